// AskNet: from a scene to a network of numbered variables, pruned to what matters, and back.
// Internal to the planner.
#ifndef RUNG_INFER_ASK_NET_H
#define RUNG_INFER_ASK_NET_H

#include "runtime/base/bitset.h"
#include "runtime/infer/ask_scene.h"

// A Net over the variables that matter: those mentioned and their ancestors. Everything else is
// barren: its tables sum to 1 (Shachter 1986).
typedef struct AskNet {
    Arena arena; // everything below
    Net net;
    uint32_t *evidence; // per net variable: the level that it is known to have, or NET_NONE
    bool *observed;     // per net variable: known from the conditions, not by its mechanism
    uint32_t *vars;     // net variable to model variable
    bool zero;          // a factor of one variable, or a constant, is zero everywhere
} AskNet;

// The variables that matter: the query, what the conditions and events mention, and the model's
// factors; and all their ancestors. With `all`, every variable. Appends them to `found`,
// numbers them in s->number and stamps them.
Status ask_net_relevant(AskScene *s, const AskFactors *events, const uint32_t *query,
                        uint32_t nquery, bool all, AskVars *found);

// Whether the question is about the law of a file's numbers just as they were printed, whose
// rows need not quite sum to 1: logP of a network with such rows. (marginals() multiplies those
// numbers too, and normalises at the end.) Nothing is pruned then, and the weight of no
// evidence is 1.
bool ask_net_printed(const AskScene *s);

// Builds the net for a joint over `query` under the scene's conditions and, unless NULL,
// `events`. With `all`, nothing is pruned. After it, s->number[v] is the net variable of every
// model variable v with s->stamp[v] == s->now.
Status ask_net_build(AskScene *s, const AskFactors *events, const uint32_t *query,
                     uint32_t nquery, bool all, AskNet *out);
void ask_net_free(AskNet *n);

// The unnormalised joint of `query` (distinct model variables), the conditions and, unless
// NULL, the events, by the scene's engine.
Status ask_net_joint(AskScene *s, const AskFactors *events, const uint32_t *query,
                     uint32_t nquery, NetTable *out);

// Where factors weigh, a variable that no factor and no mechanism mentions weighs 1 at each of
// its levels. The nets above have it weigh 1 in all; this is ln of what is missing.
Status ask_net_log_idle(AskScene *s, double *log_levels);

// ln of the weight of the conditions, but for what is idle; -INFINITY when they are impossible.
Status ask_net_log_weight(AskScene *s, double *log_z);

// Checks that the law of every variable that the question depends on is known. Faults: symbolic
// variables, infinite domains, open variables whose law matters, tables too large to be built.
Status ask_known_check(AskScene *s);

// Whether those of the variables that have a mechanism have their table, too; to be asked before
// what they are to be is tabulated, which takes as long as there are values. Faults: one has none,
// because of its size.
Status ask_known_tables(const AskScene *s, const uint32_t *vars, uint32_t nvars);

// What a ball thrown from some variables reaches, given the scene's conditions (Bayes-ball,
// Shachter 1998; <-> is a latent common cause, a condition on several variables an observed
// common effect).
typedef struct AskBall {
    Word *seen; // variables that may depend on the start
    Word *top;  // variables whose own mechanism may matter to it
    size_t words;
} AskBall;

// Throws a ball from `from`. The sets live in `arena`. Linear in the size of the model.
Status ask_ball_throw(AskScene *s, const uint32_t *from, uint32_t nfrom, Arena *arena,
                      AskBall *out);

#endif

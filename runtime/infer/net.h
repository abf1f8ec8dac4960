// Net: a discrete network as the engines see it: finite variables by number, and factors over
// them.
//
// It has no names and no model: the planner (ask.c) translates a question into a Net, and
// engines answer it. A Bayesian network contributes one factor per variable (its conditional
// table), a Markov network any factors; soft evidence is a factor of one variable.
#ifndef RUNG_INFER_NET_H
#define RUNG_INFER_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/ctl.h"
#include "runtime/base/derivation.h"
#include "runtime/base/fault.h"
#include "runtime/base/status.h"

#define NET_NONE UINT32_MAX

// Whether a factor with a child sums to 1 over it.
typedef enum NetSums {
    NET_SUMS_UNKNOWN, // the engines look
    NET_SUMS_ONE,
    NET_SUMS_OTHER,
} NetSums;

// A non-negative function of `nvars` variables. `values` is dense, in mixed radix: the last
// variable of `vars` changes fastest. All borrowed.
typedef struct NetFactor {
    uint32_t nvars;
    const uint32_t *vars;
    const double *values;
    uint32_t child; // the variable this factor is the conditional table of, else NET_NONE.
                    // Summing a conditional table over its child gives 1 in every row, so a
                    // child that nobody asks about may be dropped (a barren node). A table
                    // whose rows miss 1, as printed digits often do, is noticed and kept.
    NetSums sums;
} NetFactor;

static inline NetFactor net_factor(uint32_t nvars, const uint32_t *vars, const double *values,
                                   uint32_t child) {
    return (NetFactor){.nvars = nvars, .vars = vars, .values = values, .child = child};
}

typedef struct Net {
    uint32_t nvars;
    const uint32_t *cards; // levels of each variable, at least 1
    uint32_t nfactors;
    const NetFactor *factors;
    const char *const *names; // for derivations; may be NULL
    struct Plans *plans;      // where plans are kept (plans.h); NULL: nowhere
} Net;

// What is known of each variable: NULL, or an array of nvars levels with NET_NONE where nothing
// is known.
typedef const uint32_t *NetEvidence;

// A table over `vars` (last fastest) whose true entries are values[i] * exp(log_scale). Owned.
typedef struct NetTable {
    uint32_t nvars;
    uint32_t *vars;
    double *values;
    size_t size;
    double log_scale;
    bool faint; // what is 0, or tiny, may be more, but too little to stand beside the greatest
} NetTable;

void net_table_free(NetTable *table);

// What answering would cost, known before any table is touched.
typedef struct NetCost {
    double largest; // cells of the largest table
    double cells;   // cells of all tables together
    uint32_t width; // variables of the largest table, less one
} NetCost;

// One way to answer. Engines are constants of this type, listed in one table; `using NAME` in
// the language picks one.
//
// joint: the unnormalised joint P(query, evidence) over `nquery` distinct variables in the
// order
//   given (a query variable that is in evidence has its mass on that level). With nquery 0 the
//   table has one cell, the probability (or partition function) of the evidence.
// Each returns OK; NOMEM; CANCELLED; or FAULT with FAULT_ASK_TOO_LARGE when the predicted
// tables do not fit ctl_memory, the message stating the predicted size. Steps (pruned variables
// and why, elimination order, cost) are recorded into `d` when it is not NULL.
typedef struct Engine {
    const char *name; // "eliminate"
    const char *doc;  // one sentence for :help
    Status (*joint)(const Net *net, NetEvidence evidence, const uint32_t *query,
                    uint32_t nquery, const Ctl *ctl, Derivation *d, NetTable *out,
                    Faults *faults);
} Engine;

extern const Engine engine_enumerate; // sums over every joint assignment: the oracle
extern const Engine engine_eliminate; // variable elimination

// The engines by name, ended by NULL; and one of them, or NULL.
extern const Engine *const engine_list[];
const Engine *engine_find(const char *name);

// Predicts the cost of `joint` by elimination.
Status net_cost(const Net *net, NetEvidence evidence, const uint32_t *query, uint32_t nquery,
                NetCost *cost);

// The marginals of all variables in one pass over a junction tree: out[v] receives cards[v]
// posterior probabilities (normalised), a variable in evidence its certain level. *log_z
// receives ln of the weight of the evidence, -INFINITY when it is impossible (then out is not
// touched). `out` is an array of nvars arrays provided by the caller; a NULL entry is skipped.
// No entry is lost to underflow in small questions (up to 1e5 cells); in larger ones those below
// 1e-50 may be, here, and those below 1e-60 of the greatest in a joint.
Status net_marginals(const Net *net, NetEvidence evidence, const Ctl *ctl, Derivation *d,
                     double *const *out, double *log_z, Faults *faults);

// The most probable assignment of `nmax` variables given the evidence, all others summed out
// (MPE when there are none, else marginal MAP by constrained elimination). levels[i] receives
// the level of max[i]; *log_value ln of the unnormalised maximum.
Status net_argmax(const Net *net, NetEvidence evidence, const uint32_t *max, uint32_t nmax,
                  const Ctl *ctl, Derivation *d, uint32_t *levels, double *log_value,
                  Faults *faults);

// Whether summing a table over `child`, one of its variables, gives 1 in every row, within
// 1e-13. The engines ask this of each table before they make use of it: dropping one that
// misses 1 in its last printed digits would change the answer in those digits.
bool net_is_conditional(const uint32_t *cards, uint32_t nvars, const uint32_t *vars,
                        const double *values, uint32_t child);

// The same of a factor of a network, as it is known or else found; false without a child.
bool net_sums_to_one(const Net *net, const NetFactor *f);

#endif

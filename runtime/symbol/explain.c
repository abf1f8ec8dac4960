// Explain: the question, the special forms, the answer.
#include "runtime/symbol/explain.h"

#include "runtime/base/mem.h"
#include "runtime/graph/separation.h"
#include "runtime/graph/surgery.h"
#include "runtime/symbol/trace.h"

static Status add(Derivation *d, const char *rule, Str *text) {
    Status status = text->failed ? NOMEM : derivation_add(d, rule, "%s", str_text(text));
    str_free(text);
    return status;
}

// P(head | do(dos), given), or NULL.
static const Expr *prob(Identification *id, const Word *head, const Word *dos,
                        const Word *given) {
    return expr_prob(&id->pool, head, given, dos, NULL);
}

Status explain_question(const Identification *id, Derivation *d) {
    if (!d) return OK;
    Str text = {0};
    str_add(&text, "The effect on ");
    trace_set(id, id->y, &text);
    str_add(&text, " of setting ");
    trace_set(id, id->x, &text);
    if (!bits_empty(id->given, id->pool.words)) {
        str_add(&text, ", among those with a given value of ");
        trace_set(id, id->given, &text);
    }
    str_add(&text, id->sourced ? ", from the sources given."
                               : ", from the joint distribution of the observed variables.");
    return add(d, "question", &text);
}

// Whether a and b are separated given z without the edges into `into` and out of `out_of`.
static Status separated_in(const Identification *id, const Word *a, const Word *b,
                           const Word *z, const Word *into, const Word *out_of, bool *answer) {
    Graph *cut = NULL;
    Status status = surgery_cut(id->graph, into, out_of, &cut);
    if (status == OK) status = separation_test(cut, a, b, z, answer, NULL);
    graph_free(cut);
    return status;
}

// "Y and X are independent given Z in the graph without the edges out of X."
static void independence(const Identification *id, const Word *a, const Word *b, const Word *z,
                         const Word *into, const Word *out_of, Str *text) {
    trace_set(id, a, text);
    str_add(text, " _||_ ");
    trace_set(id, b, text);
    if (z && !bits_empty(z, id->pool.words)) {
        str_add(text, " | ");
        trace_set(id, z, text);
    }
    str_add(text, " in the graph without the edges ");
    if (into) str_add(text, "into ");
    if (into) trace_set(id, into, text);
    if (into && out_of) str_add(text, " and ");
    if (out_of) str_add(text, "out of ");
    if (out_of) trace_set(id, out_of, text);
}

// A step by a rule of do-calculus, with its independence, and the expression after it.
static Status rule_step(const Identification *id, Derivation *d, const char *rule,
                        const char *says, const Word *a, const Word *b, const Word *z,
                        const Word *into, const Word *out_of, const Expr *after) {
    Str text = {0};
    str_add(&text, says);
    independence(id, a, b, z, into, out_of, &text);
    str_add_char(&text, '.');
    TRY(add(d, rule, &text));
    return trace_result(id, d, after);
}

// --- adjustment ---

// Without covariates: rule 3 when X has no effect, rule 2 otherwise.
static Status explain_seeing(Identification *id, Derivation *d) {
    bool idle = false;
    const Expr *alone = prob(id, id->y, NULL, NULL);
    TRY(separated_in(id, id->y, id->x, NULL, id->x, NULL, &idle));
    if (idle)
        return rule_step(id, d, "rule 3 of do-calculus", "Setting makes no difference: ", id->y,
                         id->x, NULL, id->x, NULL, alone);
    return rule_step(id, d, "rule 2 of do-calculus", "Doing is the same as seeing: ", id->y,
                     id->x, NULL, NULL, id->x, id->raw);
}

static Status explain_criterion(Identification *id, Derivation *d) {
    Str text = {0};
    str_add(&text, "No member of ");
    trace_set(id, id->adjust, &text);
    str_add(&text,
            " is an effect of a variable on a causal path, and together they block every "
            "other path.");
    TRY(add(d, "adjustment criterion", &text));
    return trace_result(id, d, id->raw);
}

Status explain_backdoor(Identification *id, Derivation *d) {
    bool rule2 = false, rule3 = false;
    const Word *z = id->adjust;
    if (!d) return OK;
    TRY(separated_in(id, id->y, id->x, z, NULL, id->x, &rule2));
    TRY(separated_in(id, z, id->x, NULL, id->x, NULL, &rule3));
    if (!rule2 || !rule3) return explain_criterion(id, d);
    if (bits_empty(z, id->pool.words)) return explain_seeing(id, d);
    ExprPool *pool = &id->pool;
    const Expr *weights = prob(id, z, id->x, NULL), *effect = prob(id, id->y, id->x, z);
    const Word *xz = expr_union(pool, id->x, z);
    if (!xz) return NOMEM;
    const Expr *seen = prob(id, id->y, NULL, xz);
    Str text = {0};
    str_add(&text, "Average over ");
    trace_set(id, z, &text);
    str_add(&text, ", which blocks every back-door path.");
    TRY(add(d, "back-door criterion", &text));
    TRY(trace_result(id, d, expr_sum(pool, z, expr_times(pool, effect, weights))));
    TRY(rule_step(id, d, "rule 2 of do-calculus", "Doing is the same as seeing: ", id->y, id->x,
                  z, NULL, id->x, expr_sum(pool, z, expr_times(pool, seen, weights))));
    return rule_step(id, d, "rule 3 of do-calculus", "Setting makes no difference: ", z, id->x,
                     NULL, id->x, NULL, id->raw);
}

// --- front-door ---

Status explain_frontdoor(Identification *id, Derivation *d) {
    if (!d) return OK;
    ExprPool *pool = &id->pool;
    const Word *x = id->x, *y = id->y, *z = id->adjust;
    Word *xz = expr_union(&id->pool, x, z);
    if (!xz) return NOMEM;
    const Expr *seen = prob(id, z, NULL, x), *done = prob(id, z, x, NULL);
    const Expr *after = prob(id, y, z, NULL);
    Str text = {0};
    str_add(&text, "Every causal path passes ");
    trace_set(id, z, &text);
    str_add(&text, ", so the effect is that of ");
    trace_set(id, x, &text);
    str_add(&text, " on it and then of it on ");
    trace_set(id, y, &text);
    str_add(&text, " (rules 2 and 3 of do-calculus).");
    TRY(add(d, "front-door criterion", &text));
    TRY(trace_result(id, d, expr_sum(pool, z, expr_times(pool, done, after))));
    TRY(rule_step(id, d, "rule 2 of do-calculus", "Doing is the same as seeing: ", z, x, NULL,
                  NULL, x, expr_sum(pool, z, expr_times(pool, seen, after))));
    return rule_step(id, d, "back-door criterion",
                     "Adjusting the second effect for the first cause: ", y, z, x, NULL, z,
                     id->raw);
}

// --- conditions and the answer ---

Status explain_exchange(Identification *id, const Word *x, const Word *given, size_t v,
                        Derivation *d) {
    if (!d) return OK;
    Word *one = expr_set(&id->pool), *before = expr_set(&id->pool), *rest;
    if (!one || !before) return NOMEM;
    bits_add(one, v);
    bits_copy(before, x, id->pool.words);
    bits_drop(before, v);
    rest = expr_union(&id->pool, before, given);
    if (!rest) return NOMEM;
    return rule_step(id, d, "line 1 of IDC",
                     "Seeing is the same as doing (rule 2 of do-calculus): ", id->y, one, rest,
                     before, one, prob(id, id->y, x, given));
}

Status explain_condition(Identification *id, const Word *given, Derivation *d) {
    if (!d) return OK;
    Str text = {0};
    str_add(&text, "That was the joint effect on ");
    trace_set(id, id->y, &text);
    str_add(&text, " and ");
    trace_set(id, given, &text);
    str_add(&text, "; to condition on ");
    trace_set(id, given, &text);
    str_add(&text, ", divide by its sum over ");
    trace_set(id, id->y, &text);
    str_add_char(&text, '.');
    TRY(add(d, "line 2 of IDC", &text));
    return trace_result(id, d, id->raw);
}

Status explain_estimand(const Identification *id, Derivation *d) {
    if (!d || id->estimand == id->raw) return OK;
    TRY(derivation_add(d, "simplification",
                       "Sums that come to 1 and needless conditions are removed."));
    return trace_result(id, d, id->estimand);
}

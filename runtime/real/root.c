// Root: the one variable that a question depends on, and its law.
//
// With nothing observed, the mean, the variance, the quantiles and the law of a + b*X are those of
// the law of X (law.h), whatever its family.
#include <math.h>

#include "runtime/model/law.h"
#include "runtime/real/real_scope.h"

typedef struct Root {
    const RealQuestion *q;
    const ModelVar *var;
    double shift, scale; // what is asked about is shift + scale * X
} Root;

// A constant, or a line in X; false when it is neither. Depth is bounded by `left`.
static bool read_line(const Root *r, const Term *t, int left, double *shift, double *scale) {
    double a, b, c, d;
    *shift = *scale = 0;
    if (left == 0) return false;
    if (t->op == TERM_NUMBER) return *shift = t->number, true;
    if (t->op == TERM_VAR) return *scale = 1, t->sym == r->var->name;
    if (t->n == 0 || t->n > 2 || !read_line(r, t->kid[0], left - 1, &a, &b)) return false;
    if (t->op == TERM_NEG) return *shift = -a, *scale = -b, true;
    if (t->n < 2 || !read_line(r, t->kid[1], left - 1, &c, &d)) return false;
    switch ((TermOp)t->op) {
    case TERM_ADD: return *shift = a + c, *scale = b + d, true;
    case TERM_SUB: return *shift = a - c, *scale = b - d, true;
    case TERM_MUL:
        if (b != 0 && d != 0) return false;
        return *shift = a * c, *scale = a * d + b * c, true;
    case TERM_DIV:
        if (d != 0 || c == 0) return false;
        return *shift = a / c, *scale = b / c, true;
    default: return false;
    }
}

static bool is_asked(RealHead head) {
    return head == REAL_E || head == REAL_VAR || head == REAL_SD || head == REAL_QUANTILE ||
           head == REAL_LAW;
}

// Whether the question is about one variable alone.
static bool is_root(const RealScope *s, Root *r) {
    if (s->nvars != 1 || s->evidence.count || r->q->nweights || !is_asked(r->q->head))
        return false;
    r->var = r->q->model->vars[s->vars[0]];
    if (r->var->mech != MECH_KERNEL || !r->var->term) return false;
    if (!read_line(r, r->q->args[0], 64, &r->shift, &r->scale)) return false;
    return r->q->head != REAL_LAW || (r->shift == 0 && r->scale == 1);
}

static double quantile_of(const Root *r, const LawForm *law) {
    double p = r->q->level;
    double x = r->scale < 0 ? law_upper_quantile(law, p) : law_quantile(law, p);
    return r->scale == 0 ? r->shift : r->shift + r->scale * x;
}

static Status compute(const RealCall *call, const Root *r, const LawForm *law, bool *applies,
                      RealAnswer *out) {
    double mean, variance;
    bool reached = true;
    // The quantile of -X at p, where X has atoms, is not that of X at 1 - p.
    if (r->q->head == REAL_QUANTILE && r->scale < 0 && !law_is_continuous(law)) return OK;
    if (r->q->head == REAL_QUANTILE) {
        out->value = quantile_of(r, law);
    } else if (r->q->head == REAL_LAW) {
        out->law = term_keep(r->var->term);
    } else {
        TRY(law_moments(law, &mean, &variance, &reached));
        variance *= r->scale * r->scale;
        if (r->q->head == REAL_E) out->value = r->shift + (r->scale == 0 ? 0 : r->scale * mean);
        else out->value = r->q->head == REAL_VAR ? variance : sqrt(variance);
        if (isinf(out->value)) out->value = NAN;
    }
    if (!reached) return OK;
    *applies = true;
    out->method = "exact";
    Str text = {0};
    term_add_brief(r->var->term, &text);
    Status st = derivation_add(call->d, "law", "%s is a matter of its law alone, %s",
                               r->var->name->text, str_text(&text));
    str_free(&text);
    return st;
}

static Status answer(const RealCall *call, const RealQuestion *q, bool *applies,
                     RealAnswer *out) {
    RealScope scope;
    Root r = {.q = q};
    Status st = real_scope_open(q, call->faults, &scope);
    if (st == OK && is_root(&scope, &r)) {
        LawForm law;
        const char *why;
        st = law_init(r.var->term, &law, &why);
        if (st == OK && !why) st = compute(call, &r, &law, applies, out);
        law_free(&law);
    }
    real_scope_close(&scope);
    return st;
}

const RealEngine real_engine_root = {
    .name = "root",
    .doc = "Moments, quantiles and the law of one variable without causes, from its distribution.",
    .answer = answer,
};

// Affine: arithmetic, comparisons and functions.
#include <math.h>
#include <string.h>

#include "runtime/base/num.h"
#include "runtime/model/math.h"
#include "runtime/model/scalar.h"
#include "runtime/real/affine.h"

// --- arithmetic ------------------------------------------------------------------------------

static const char not_linear[] = "is not linear";

static Status sum(Affine *a, const Term *at, double k, const AffineValue *x, const AffineValue *y,
                  AffineValue *out) {
    FormLine p, q;
    const Form *f, *g;
    if (affine_is_line(a, x, &p) && affine_is_line(a, y, &q)) {
        *out = affine_number(0);
        return form_line_add(a->make.g, p, k, q, &out->line);
    }
    TRY(affine_as_form(a, x, &f));
    TRY(affine_as_form(a, y, &g));
    if (!f || !g) return *out = affine_bad(at, not_linear), OK;
    return affine_form(a, form_add(&a->make, f, k, g), at, out);
}

static Status product(Affine *a, const Term *at, const AffineValue *x, const AffineValue *y,
                      AffineValue *out) {
    FormLine p;
    double k;
    const Form *f, *g;
    const AffineValue *by = affine_is_number(a, x, &k) ? y : x;
    if (by == y || affine_is_number(a, y, &k)) {
        if (affine_is_line(a, by, &p)) {
            *out = affine_line((FormLine){k * p.c, k * p.a, k == 0 ? GAUSSIAN_NONE : p.node});
            return OK;
        }
    }
    TRY(affine_as_form(a, x, &f));
    TRY(affine_as_form(a, y, &g));
    if (!f || !g) return *out = affine_bad(at, not_linear), OK;
    return affine_form(a, form_mul(&a->make, f, g), at, out);
}

// (coef * exp(power)) ^ y.
static Status power_of(Affine *a, const Term *at, double coef, FormLine power, double y,
                       AffineValue *out) {
    if (!(coef > 0)) return *out = affine_bad(at, not_linear), OK;
    power.c = y * (power.c + log(coef));
    power.a *= y;
    return affine_form(a, form_exp(&a->make, power), at, out);
}

static Status power(Affine *a, const Term *at, const AffineValue *x, const AffineValue *y,
                    AffineValue *out) {
    double base, exponent, coef;
    FormLine line;
    if (affine_is_number(a, y, &exponent)) {
        if (x->kind == AFFINE_FORM && form_is_power(x->form, &coef, &line))
            return power_of(a, at, coef, line, exponent, out);
        if (exponent != floor(exponent) || exponent < 0 || exponent > FORM_LINES)
            return *out = affine_bad(at, not_linear), OK;
        AffineValue result = affine_number(1);
        for (int i = 0; i < (int)exponent && result.kind != AFFINE_BAD; i++) {
            AffineValue next;
            TRY(product(a, at, &result, x, &next));
            result = next;
        }
        return *out = result, OK;
    }
    if (affine_is_number(a, x, &base) && base > 0 && affine_is_line(a, y, &line)) {
        line.c *= log(base), line.a *= log(base);
        return affine_form(a, form_exp(&a->make, line), at, out);
    }
    return *out = affine_bad(at, not_linear), OK;
}

static Status quotient(Affine *a, const Term *at, const AffineValue *x, const AffineValue *y,
                       AffineValue *out) {
    double by, coef;
    FormLine line;
    AffineValue inverse = affine_number(NAN);
    if (affine_is_number(a, y, &by)) {
        if (affine_is_line(a, x, &line) && by != 0) {
            *out = affine_line((FormLine){line.c / by, line.a / by, line.node});
            return OK;
        }
        if (by != 0) inverse = affine_number(1 / by);
    } else {
        if (y->kind != AFFINE_FORM || !form_is_power(y->form, &coef, &line))
            return *out = affine_bad(at, not_linear), OK;
        line.c = -line.c, line.a = -line.a;
        TRY(affine_form(a, form_exp(&a->make, line), at, &inverse));
        const AffineValue scale = affine_number(1 / coef), plain = inverse;
        TRY(product(a, at, &scale, &plain, &inverse));
    }
    return product(a, at, x, &inverse, out);
}

Status affine_arithmetic(Affine *a, const Term *at, TermOp op, const AffineValue *x,
                         const AffineValue *y, AffineValue *out) {
    double p, q;
    if (x->kind == AFFINE_BAD || y->kind == AFFINE_BAD)
        return *out = x->kind == AFFINE_BAD ? *x : *y, OK;
    if (affine_is_number(a, x, &p) && affine_is_number(a, y, &q))
        return *out = affine_number(scalar_apply(op, p, q)), OK;
    switch (op) {
    case TERM_ADD:
        return sum(a, at, 1, x, y, out);
    case TERM_SUB:
        return sum(a, at, -1, x, y, out);
    case TERM_MUL:
        return product(a, at, x, y, out);
    case TERM_DIV:
        return quotient(a, at, x, y, out);
    case TERM_POW:
        return power(a, at, x, y, out);
    default:
        return *out = affine_bad(at, not_linear), OK;
    }
}

// --- comparisons -----------------------------------------------------------------------------

static const Domain *domain_of(const Affine *a, const AffineValue *v) {
    return v->kind == AFFINE_LEVEL ? a->model->vars[v->var]->domain : NULL;
}

// The position in d of a level, a name or a number; UINT32_MAX when it is not there.
static uint32_t position(const Affine *a, const Domain *d, const AffineValue *v) {
    double x;
    if (v->kind == AFFINE_NAME) return domain_find_name(d, v->name);
    if (v->kind == AFFINE_LEVEL) return domain_translate(d, domain_of(a, v), v->level);
    return affine_is_number(a, v, &x) ? domain_find_number(d, x) : UINT32_MAX;
}

// Only positions have an order in it.
static bool by_position(const Domain *d) {
    if (!d || d->kind != DOMAIN_ORDERED) return false;
    for (uint32_t i = 1; i < d->count; i++)
        if (!d->numeric || domain_number(d, i) <= domain_number(d, i - 1)) return true;
    return false;
}

// Compares levels by name or position; *done is false when they are to be compared as numbers.
static double compare_levels(const Affine *a, TermOp op, const AffineValue *x,
                             const AffineValue *y, bool *done) {
    const Domain *d = domain_of(a, x), *e = domain_of(a, y);
    const bool equation = op == TERM_EQ || op == TERM_NE;
    *done = true;
    if (equation && x->kind == AFFINE_NAME && y->kind == AFFINE_NAME)
        return (x->name == y->name) == (op == TERM_EQ);
    if (!(equation ? (d && !d->numeric) || (e && !e->numeric) || x->kind == AFFINE_NAME ||
                         y->kind == AFFINE_NAME
                   : by_position(d) || by_position(e)))
        return *done = false, 0;
    if (!d || (!equation && !by_position(d))) d = e;
    if (!d) return *done = false, 0;
    uint32_t p = position(a, d, x), q = position(a, d, y);
    if (!equation && (p == UINT32_MAX || q == UINT32_MAX)) return NAN;
    if (equation) return (p == q && p != UINT32_MAX) == (op == TERM_EQ);
    return scalar_apply(op, p, q);
}

// An event compared with true or false.
static Status compare_truth(Affine *a, const Term *at, TermOp op, const AffineValue *event,
                            double x, AffineValue *out) {
    *out = *event;
    if (x != 0 && x != 1) return *out = affine_number(op == TERM_NE), OK;
    if ((x == 1) == (op == TERM_EQ)) return OK;
    return affine_form(a, form_not(&a->make, event->form), at, out);
}

static Status compare_forms(Affine *a, const Term *at, TermOp op, const AffineValue *x,
                            const AffineValue *y, AffineValue *out) {
    AffineValue difference;
    const Form *f;
    bool can = false;
    TRY(sum(a, at, -1, x, y, &difference));
    if (difference.kind == AFFINE_BAD) return *out = difference, OK;
    if (difference.kind == AFFINE_LINE && form_line_constant(difference.line))
        return *out = affine_number(scalar_apply(op, difference.line.c, 0)), OK;
    TRY(affine_as_form(a, &difference, &f));
    f = f ? form_compare(&a->make, op, f, &can) : NULL;
    if (!f && !can) return *out = affine_bad(at, not_linear), OK;
    return affine_form(a, f, at, out);
}

Status affine_compare(Affine *a, const Term *at, TermOp op, const AffineValue *x,
                      const AffineValue *y, AffineValue *out) {
    const bool equation = op == TERM_EQ || op == TERM_NE;
    bool done = false;
    double p, q;
    if (x->kind == AFFINE_BAD || y->kind == AFFINE_BAD)
        return *out = x->kind == AFFINE_BAD ? *x : *y, OK;
    double known = compare_levels(a, op, x, y, &done);
    bool one = affine_is_number(a, x, &p), two = affine_is_number(a, y, &q);
    if (done) *out = affine_number(known);
    else if (one && two) *out = affine_number(scalar_apply(op, p, q));
    else if (equation && two && x->kind == AFFINE_FORM && x->truth)
        TRY(compare_truth(a, at, op, x, q, out));
    else if (equation && one && y->kind == AFFINE_FORM && y->truth)
        TRY(compare_truth(a, at, op, y, p, out));
    else TRY(compare_forms(a, at, op, x, y, out));
    out->truth = out->kind != AFFINE_BAD;
    return OK;
}

// --- functions -------------------------------------------------------------------------------

// x if the event holds, else y.
static Status either(Affine *a, const Term *at, const AffineValue *event, const AffineValue *x,
                     const AffineValue *y, AffineValue *out) {
    AffineValue difference, part;
    TRY(affine_arithmetic(a, at, TERM_SUB, x, y, &difference));
    TRY(affine_arithmetic(a, at, TERM_MUL, event, &difference, &part));
    return affine_arithmetic(a, at, TERM_ADD, y, &part, out);
}

// The larger of two; the smaller when `op` is LT.
static Status extreme(Affine *a, const Term *at, TermOp op, const AffineValue *x,
                      const AffineValue *y, AffineValue *out) {
    AffineValue event;
    TRY(affine_compare(a, at, op, x, y, &event));
    return either(a, at, &event, x, y, out);
}

static Status logarithm(Affine *a, const Term *at, const AffineValue *x, AffineValue *out) {
    double coef;
    FormLine line;
    if (x->kind != AFFINE_FORM || !form_is_power(x->form, &coef, &line) || !(coef > 0))
        return *out = affine_bad(at, not_linear), OK;
    line.c += log(coef);
    (void)a;
    return *out = affine_line(line), OK;
}

static Status call(Affine *a, const Term *at, const char *name, const AffineValue *args,
                   AffineValue *out) {
    FormLine line;
    AffineValue other;
    const AffineValue zero = affine_number(0), half = affine_number(0.5);
    if (!strcmp(name, "exp") && affine_is_line(a, &args[0], &line))
        return affine_form(a, form_exp(&a->make, line), at, out);
    if (!strcmp(name, "log")) return logarithm(a, at, &args[0], out);
    if (!strcmp(name, "pow")) return power(a, at, &args[0], &args[1], out);
    if (!strcmp(name, "sqrt")) return power(a, at, &args[0], &half, out);
    if (!strcmp(name, "max")) return extreme(a, at, TERM_GT, &args[0], &args[1], out);
    if (!strcmp(name, "min")) return extreme(a, at, TERM_LT, &args[0], &args[1], out);
    if (!strcmp(name, "abs")) {
        TRY(affine_arithmetic(a, at, TERM_SUB, &zero, &args[0], &other));
        return extreme(a, at, TERM_GT, &args[0], &other, out);
    }
    return *out = affine_bad(at, not_linear), OK;
}

Status affine_call(Affine *a, const Term *at, const AffineValue *args, AffineValue *out) {
    double x[MATH_MAX_ARITY];
    uint32_t known = 0;
    for (uint32_t i = 0; i < at->n; i++) {
        if (args[i].kind == AFFINE_BAD) return *out = args[i], OK;
        if (i < MATH_MAX_ARITY && affine_is_number(a, &args[i], &x[i])) known++;
    }
    if (known == at->n) return *out = affine_number(math_apply(at->function, x)), OK;
    return call(a, at, at->function->name, args, out);
}

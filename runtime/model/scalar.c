// Scalar: what the operators of terms do to numbers, one value at a time.
#include "runtime/model/scalar.h"

#include <math.h>

#include "runtime/base/num.h"
#include "runtime/model/math.h"
#include "runtime/model/term_order.h"

// Of whole numbers exactly; what is a multiple of b as closely as numbers are equal leaves nothing.
static double remainder_of(double a, double b) {
    bool whole = a == floor(a) && b == floor(b);
    bool finite = isfinite(a) && isfinite(b) && b != 0;
    if (!whole && finite && num_same(a / b, round(a / b))) return 0;
    double r = fmod(a, b);
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
}

static double both(double a, double b) {
    if (a == 0 || b == 0) return 0;
    return isnan(a) || isnan(b) ? NAN : 1;
}

static double negate(double a) {
    return isnan(a) ? a : a == 0;
}

static double compare(TermOp op, double a, double b) {
    if (isnan(a) || isnan(b)) return NAN;
    if (isinf(a) && a == b) return NAN; // as kernel_run
    switch (op) {
    case TERM_EQ:
        return num_same(a, b);
    case TERM_NE:
        return !num_same(a, b);
    case TERM_LT:
        return a < b && !num_same(a, b);
    case TERM_LE:
        return a < b || num_same(a, b);
    case TERM_GT:
        return a > b && !num_same(a, b);
    default:
        return a > b || num_same(a, b);
    }
}

double scalar_apply(TermOp op, double a, double b) {
    switch (op) {
    case TERM_NEG:
        return -a;
    case TERM_NOT:
        return negate(a);
    case TERM_ADD:
        return a + b;
    case TERM_SUB:
        return a - b;
    case TERM_MUL:
        return a * b;
    case TERM_DIV:
        return b == 0 ? NAN : a / b; // as kernel_run
    case TERM_MOD:
        return remainder_of(a, b);
    case TERM_POW:
        return isnan(a) || isnan(b) || (a == 0 && b < 0) ? NAN : pow(a, b); // as math.def
    case TERM_AND:
        return both(a, b);
    case TERM_OR:
        return negate(both(negate(a), negate(b)));
    default:
        return compare(op, a, b);
    }
}

// Whether a constant can be made of it when its children are constants.
static bool folds(const Term *t) {
    if (t->op == TERM_NUMBER || t->op == TERM_CALL || t->op == TERM_IF) return true;
    return t->op >= TERM_NEG && t->op <= TERM_OR;
}

static double fold(const Term *t, const TermOrder *order, const double *values) {
    double args[MATH_MAX_ARITY] = {0};
    if (t->op == TERM_NUMBER) return t->number;
    for (uint32_t i = 0; i < t->n && i < MATH_MAX_ARITY; i++)
        args[i] = values[term_order_find(order, t->kid[i])];
    if (t->op == TERM_CALL) return math_apply(t->function, args);
    if (t->op == TERM_IF) return isnan(args[0]) ? NAN : args[0] != 0 ? args[1] : args[2];
    return scalar_apply((TermOp)t->op, args[0], args[1]);
}

Status scalar_constant(const Term *t, bool *constant, double *value) {
    *constant = t->op == TERM_NUMBER;
    *value = *constant ? t->number : NAN;
    if (*constant || !folds(t)) return OK;
    TermOrder order = {0};
    double *values = NULL;
    bool all = true;
    Status status = term_order(t, &order);
    if (status == OK && !(values = MEM_NEW(double, order.count))) status = NOMEM;
    for (size_t i = 0; status == OK && all && i < order.count; i++) {
        all = folds(order.items[i]);
        if (all) values[i] = fold(order.items[i], &order, values);
    }
    *constant = status == OK && all;
    if (*constant) *value = values[order.count - 1];
    mem_free(values);
    term_order_free(&order);
    return status;
}

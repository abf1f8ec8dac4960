// Solve: one equation, turned around step by step from the outside in.
#include "runtime/sample/solve.h"

#include <math.h>
#include <string.h>

#include "runtime/model/math.h"
#include "runtime/model/term_order.h"

enum { DEEPEST = 200 }; // choices inside choices

typedef struct Solver {
    const Model *model;
    TermOrder order; // of the equation
    bool *depends;   // by position: on the variable
    bool failed;     // memory
} Solver;

// A variable's value so far, and the logarithm of its slope; both owned, NULL when there is none.
typedef struct Inverse {
    Term *value, *slope;
} Inverse;

static bool depends(const Solver *s, const Term *t) {
    return s->depends[term_order_find(&s->order, t)];
}

// --- small terms ---

static Term *two(TermOp op, Term *a, Term *b) {
    return term_binary(op, a, b, 0);
}

static Term *number(double x) {
    return term_number(x, 0);
}

static Term *call(const char *name, Term *a) {
    return term_call(math_find(name), &a, 1, 0);
}

static Term *log_abs(Term *a) {
    return call("log", call("abs", a));
}

static Term *negated(Term *a) {
    return term_unary(TERM_NEG, a, 0);
}

static Term *square(Term *a) {
    return two(TERM_POW, a, number(2));
}

// NaN where `cond` does not hold.
static Term *only_if(Term *cond, Term *a) {
    return term_if(cond, a, number(NAN), 0);
}

// --- the inverses of functions ---

// For f(x) = t: x, and log |dx/dt|, as terms in t.
typedef struct FunctionInverse {
    const char *name;
    Term *(*value)(const Term *t);
    Term *(*slope)(const Term *t);
} FunctionInverse;

#define T term_keep(t)
#define INVERSE(name, value, slope)                                                            \
    static Term *name##_value(const Term *t) { return value; }                                 \
    static Term *name##_slope(const Term *t) { return slope; }
INVERSE(exp, call("log", T), negated(call("log", T)))
INVERSE(log, call("exp", T), T)
INVERSE(expm1, call("log1p", T), negated(call("log1p", T)))
INVERSE(log1p, call("expm1", T), T)
INVERSE(log2, two(TERM_POW, number(2), T),
        two(TERM_ADD, two(TERM_MUL, T, number(0.693147180559945309)),
            number(-0.366512920581664327)))
INVERSE(log10, two(TERM_POW, number(10), T),
        two(TERM_ADD, two(TERM_MUL, T, number(2.30258509299404568)),
            number(0.834032445247956158)))
INVERSE(logistic, call("logit", T),
        negated(two(TERM_ADD, call("log", T), call("log1p", negated(T)))))
INVERSE(logit, call("logistic", T),
        two(TERM_ADD, call("log", call("logistic", T)), call("log", call("logistic", negated(T)))))
INVERSE(sqrt, only_if(two(TERM_GE, T, number(0)), square(T)),
        call("log", two(TERM_MUL, number(2), T)))
INVERSE(cbrt, two(TERM_POW, T, number(3)),
        two(TERM_ADD, number(1.09861228866810969), two(TERM_MUL, number(2), log_abs(T))))
INVERSE(tanh, two(TERM_DIV, two(TERM_SUB, call("log1p", T), call("log1p", negated(T))), number(2)),
        negated(call("log1p", negated(square(T)))))
INVERSE(atan,
        only_if(two(TERM_LT, call("abs", T), number(1.57079632679489662)), call("tan", T)),
        two(TERM_MUL, number(-2), log_abs(call("cos", T))))
INVERSE(sinh,
        two(TERM_MUL, call("sign", T),
            call("log", two(TERM_ADD, call("abs", T),
                            call("sqrt", two(TERM_ADD, square(T), number(1)))))),
        two(TERM_MUL, number(-0.5), call("log1p", square(T))))
#undef INVERSE
#undef T

static const FunctionInverse inverses[] = {
    {"exp", exp_value, exp_slope},       {"log", log_value, log_slope},
    {"expm1", expm1_value, expm1_slope}, {"log1p", log1p_value, log1p_slope},
    {"log2", log2_value, log2_slope},    {"log10", log10_value, log10_slope},
    {"logistic", logistic_value, logistic_slope},
    {"logit", logit_value, logit_slope}, {"sqrt", sqrt_value, sqrt_slope},
    {"cbrt", cbrt_value, cbrt_slope},    {"tanh", tanh_value, tanh_slope},
    {"atan", atan_value, atan_slope},    {"sinh", sinh_value, sinh_slope},
};

// --- one step ---

// Whether a term is positive for certain, as far as a look tells.
static bool positive(const Solver *s, const Term *t, int depth) {
    uint32_t var = t->op == TERM_VAR ? model_find(s->model, t->sym) : MODEL_NONE;
    DomainKind kind = var == MODEL_NONE ? DOMAIN_REAL : s->model->vars[var]->domain->kind;
    if (t->op == TERM_VAR) return kind == DOMAIN_POSITIVE || kind == DOMAIN_UNIT;
    if (t->op == TERM_NUMBER) return t->number > 0;
    if (t->op == TERM_CALL)
        return strcmp(t->function->name, "exp") == 0 || strcmp(t->function->name, "logistic") == 0;
    if (t->op != TERM_ADD && t->op != TERM_MUL && t->op != TERM_DIV) return false;
    return depth > 0 && positive(s, t->kid[0], depth - 1) && positive(s, t->kid[1], depth - 1);
}

// target := value(target), and the slope of this step is added. Takes both.
static void step(Solver *s, Inverse *at, Term *value, Term *slope) {
    term_drop(at->value);
    at->value = value;
    at->slope = at->slope ? two(TERM_ADD, at->slope, slope) : slope;
    if (!at->value || !at->slope) s->failed = true;
}

static void shift(Solver *s, Inverse *at, Term *value) {
    term_drop(at->value);
    at->value = value;
    if (!value) s->failed = true;
}

// a * b, a / b with one side free of the variable.
static void unmultiply(Solver *s, const Term *t, bool left, Inverse *at) {
    const Term *other = t->kid[left ? 1 : 0];
    Term *y = term_keep(at->value), *k = term_keep(other);
    if (t->op == TERM_MUL)
        step(s, at, two(TERM_DIV, y, k), negated(log_abs(term_keep(other))));
    else if (left)
        step(s, at, two(TERM_MUL, y, k), log_abs(term_keep(other)));
    else // k / x = y
        step(s, at, two(TERM_DIV, k, y),
             two(TERM_SUB, log_abs(term_keep(other)),
                 two(TERM_MUL, number(2), log_abs(term_keep(y)))));
}

static bool is_whole(double x, double *half) {
    *half = fmod(x, 2);
    return x == floor(x);
}

// x ^ k = y, unless two solutions are possible.
static bool unroot(Solver *s, const Term *t, Inverse *at) {
    const Term *k = t->kid[1];
    double odd = 0;
    bool constant = k->op == TERM_NUMBER && k->number != 0;
    bool whole = constant && is_whole(k->number, &odd);
    if (!positive(s, t->kid[0], 20) && !constant) return false;
    if (!positive(s, t->kid[0], 20) && whole && odd == 0) return false;
    Term *y = at->value, *size = call("abs", term_keep(y));
    Term *root = two(TERM_POW, size, two(TERM_DIV, number(1), term_keep(k)));
    Term *power = two(TERM_SUB, two(TERM_DIV, number(1), term_keep(k)), number(1));
    Term *slope = two(TERM_SUB, two(TERM_MUL, power, log_abs(term_keep(y))),
                      log_abs(term_keep(k)));
    if (whole && odd != 0 && !positive(s, t->kid[0], 20))
        root = two(TERM_MUL, call("sign", term_keep(y)), root);
    else
        root = only_if(two(TERM_GE, term_keep(y), number(0)), root);
    step(s, at, root, slope);
    return true;
}

// k ^ x = y.
static void unpower(Solver *s, const Term *t, Inverse *at) {
    Term *y = at->value, *base = call("log", term_keep(t->kid[0]));
    Term *slope = negated(two(TERM_ADD, call("log", term_keep(y)),
                              log_abs(base ? term_keep(base) : NULL)));
    step(s, at, two(TERM_DIV, call("log", term_keep(y)), base), slope);
}

static bool uncall(Solver *s, const Term *t, Inverse *at) {
    const Term *y = at->value;
    if (strcmp(t->function->name, "abs") == 0 && positive(s, t->kid[0], 20)) return true;
    for (size_t i = 0; i < sizeof inverses / sizeof *inverses; i++) {
        if (strcmp(inverses[i].name, t->function->name) != 0) continue;
        Term *slope = inverses[i].slope(y);
        step(s, at, inverses[i].value(y), slope);
        return true;
    }
    return false;
}

// One step inwards: to the child that depends. False when the step has no inverse.
static bool peel(Solver *s, const Term *t, uint32_t child, Inverse *at) {
    bool left = child == 0;
    const Term *other = t->n == 2 ? t->kid[left ? 1 : 0] : NULL;
    switch (t->op) {
    case TERM_NEG:
        shift(s, at, negated(term_keep(at->value)));
        return true;
    case TERM_ADD:
        shift(s, at, two(TERM_SUB, term_keep(at->value), term_keep(other)));
        return true;
    case TERM_SUB:
        if (left)
            shift(s, at, two(TERM_ADD, term_keep(at->value), term_keep(other)));
        else
            shift(s, at, two(TERM_SUB, term_keep(other), term_keep(at->value)));
        return true;
    case TERM_MUL:
    case TERM_DIV:
        unmultiply(s, t, left, at);
        return true;
    case TERM_POW:
        if (left) return unroot(s, t, at);
        unpower(s, t, at);
        return true;
    case TERM_CALL:
        return t->n == 1 && uncall(s, t, at);
    default:
        return false;
    }
}

// --- linear in the variable ---

// t = a + b x; NULL stands for 0.
typedef struct Linear {
    Term *a, *b;
} Linear;

static Term *keep(const Term *t) {
    return t ? term_keep(t) : NULL;
}

// A term that is not 0; there is memory, or `failed` is set.
static Term *must(Solver *s, Term *t) {
    if (!t) s->failed = true;
    return t;
}

// x + y or x - y; takes both.
static Term *sum(Solver *s, TermOp op, Term *x, Term *y) {
    if (!y) return x;
    if (!x) return op == TERM_SUB ? must(s, negated(y)) : y;
    return must(s, two(op, x, y));
}

// x * k or x / k.
static Linear scaled(Solver *s, TermOp op, const Linear *x, const Term *k) {
    return (Linear){x->a ? must(s, two(op, term_keep(x->a), term_keep(k))) : NULL,
                    x->b ? must(s, two(op, term_keep(x->b), term_keep(k))) : NULL};
}

static bool linear_step(Solver *s, const Term *t, const Linear *x, const Linear *y,
                        Linear *out) {
    switch (t->op) {
    case TERM_VAR:
        out->b = must(s, number(1));
        return true;
    case TERM_NEG:
        *out = (Linear){sum(s, TERM_SUB, NULL, keep(x->a)), sum(s, TERM_SUB, NULL, keep(x->b))};
        return true;
    case TERM_ADD:
    case TERM_SUB:
        *out = (Linear){sum(s, (TermOp)t->op, keep(x->a), keep(y->a)),
                        sum(s, (TermOp)t->op, keep(x->b), keep(y->b))};
        return true;
    case TERM_MUL:
        if (depends(s, t->kid[0]) && depends(s, t->kid[1])) return false;
        *out = depends(s, t->kid[0]) ? scaled(s, TERM_MUL, x, t->kid[1])
                                     : scaled(s, TERM_MUL, y, t->kid[0]);
        return true;
    case TERM_DIV:
        if (depends(s, t->kid[1])) return false;
        *out = scaled(s, TERM_DIV, x, t->kid[1]);
        return true;
    default:
        return false;
    }
}

static bool find_linear(Solver *s, const TermOrder *order, Linear *parts) {
    for (size_t i = 0; i < order->count; i++) {
        const Term *t = order->items[i];
        if (!depends(s, t)) {
            parts[i].a = term_keep(t);
            continue;
        }
        const Linear *x = t->n > 0 ? &parts[term_order_find(order, t->kid[0])] : NULL;
        const Linear *y = t->n > 1 ? &parts[term_order_find(order, t->kid[1])] : NULL;
        if (t->n > 2 || !linear_step(s, t, x, y, &parts[i]) || s->failed)
            return false;
    }
    return true;
}

// (target - a) / b when the term is linear; *found tells.
static Status solve_linear(Solver *s, const Term *t, Inverse *at, bool *found) {
    TermOrder order = {0};
    Linear *parts = NULL;
    if (term_order(t, &order) == OK) parts = MEM_NEW(Linear, order.count);
    *found = parts && find_linear(s, &order, parts);
    const Linear *root = parts ? &parts[order.count - 1] : NULL;
    if (*found && root->b) {
        Term *rest = sum(s, TERM_SUB, term_keep(at->value), keep(root->a));
        step(s, at, two(TERM_DIV, rest, term_keep(root->b)), negated(log_abs(term_keep(root->b))));
    } else {
        *found = false;
    }
    for (size_t i = 0; parts && i < order.count; i++) {
        term_drop(parts[i].a);
        term_drop(parts[i].b);
    }
    mem_free(parts);
    term_order_free(&order);
    return parts ? OK : NOMEM;
}

// --- the whole ---

static Status turn(Solver *s, const Term *t, Inverse *at, int depth, bool *done);

static bool is_result(const Term *t, uint32_t i) {
    return t->op == TERM_IF ? i > 0 : i > t->nselect && (i - t->nselect) % 2 == 1;
}

// A choice by what does not depend on the variable: the same choice between the solutions.
static Status turn_choice(Solver *s, const Term *t, Inverse *at, int depth, bool *done) {
    Term **values = MEM_NEW(Term *, t->n), **slopes = MEM_NEW(Term *, t->n);
    Status status = values && slopes ? OK : NOMEM;
    *done = status == OK && depth > 0;
    for (uint32_t i = 0; status == OK && *done && i < t->n; i++) {
        if (!is_result(t, i)) {
            *done = !depends(s, t->kid[i]);
            values[i] = term_keep(t->kid[i]);
            slopes[i] = term_keep(t->kid[i]);
            continue;
        }
        Inverse branch = {term_keep(at->value), at->slope ? term_keep(at->slope) : NULL};
        status = turn(s, t->kid[i], &branch, depth - 1, done);
        values[i] = branch.value;
        slopes[i] = branch.slope ? branch.slope : number(0);
        if (!values[i] || !slopes[i]) s->failed = true;
    }
    if (status == OK && *done && !s->failed) {
        shift(s, at, term_with_kids(t, values));
        term_drop(at->slope);
        at->slope = term_with_kids(t, slopes);
        if (!at->slope) s->failed = true;
    }
    for (uint32_t i = 0; values && slopes && i < t->n; i++) {
        term_drop(values[i]);
        term_drop(slopes[i]);
    }
    mem_free(values);
    mem_free(slopes);
    return status;
}

static Status turn(Solver *s, const Term *t, Inverse *at, int depth, bool *done) {
    *done = depends(s, t);
    while (*done && !s->failed && t->op != TERM_VAR) {
        uint32_t child = 0, count = 0;
        if (t->op == TERM_IF || t->op == TERM_CASE) return turn_choice(s, t, at, depth, done);
        for (uint32_t i = 0; i < t->n; i++)
            if (depends(s, t->kid[i])) child = i, count++;
        if (count != 1) return solve_linear(s, t, at, done);
        *done = peel(s, t, child, at);
        t = t->kid[child];
    }
    return s->failed ? NOMEM : OK;
}

static void find_depends(Solver *s, Sym name) {
    for (size_t i = 0; i < s->order.count; i++) {
        const Term *t = s->order.items[i];
        s->depends[i] = t->op == TERM_VAR && t->sym == name;
        for (uint32_t k = 0; k < t->n; k++)
            if (depends(s, t->kid[k])) s->depends[i] = true;
    }
}

Status solve_term(const Model *m, const Term *equation, const Term *target, Sym name,
                  Term **value, Term **log_slope) {
    Solver s = {.model = m};
    Inverse at = {term_keep(target), NULL};
    bool done = false;
    *value = *log_slope = NULL;
    Status status = term_order(equation, &s.order);
    if (status == OK && !(s.depends = MEM_NEW(bool, s.order.count))) status = NOMEM;
    if (status == OK) {
        find_depends(&s, name);
        status = turn(&s, equation, &at, DEEPEST, &done);
    }
    if (s.failed) status = NOMEM;
    if (status == OK && done && !at.slope && !(at.slope = number(0))) status = NOMEM;
    if (status == OK && done) {
        *value = at.value;
        *log_slope = at.slope;
    } else {
        term_drop(at.value);
        term_drop(at.slope);
    }
    mem_free(s.depends);
    term_order_free(&s.order);
    return status;
}

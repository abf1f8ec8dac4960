// Conjugate fold: arithmetic bottom up.
#include "runtime/real/conjugate_fold.h"

#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/model/math.h"
#include "runtime/model/scalar.h"

#define MOST_POWER 64

// --- polynomials ----------------------------------------------------------------------------

FoldValue conjugate_fold_number(double x) {
    return (FoldValue){.number = x, .constant = true, .polynomial = true};
}

static FoldValue not_polynomial(double x) {
    return (FoldValue){.number = x};
}

static uint32_t count_terms(const FoldValue *a) {
    return a->constant ? 1 : a->n;
}

static FoldTerm term_of(const FoldValue *a, uint32_t i) {
    return a->constant ? (FoldTerm){.c = a->number} : a->terms[i];
}

static bool same_powers(const FoldTerm *a, const FoldTerm *b, uint32_t nroots) {
    for (uint32_t r = 0; r < nroots; r++)
        if ((a->powers ? a->powers[r] : 0) != (b->powers ? b->powers[r] : 0)) return false;
    return true;
}

// Adds a term to a value that has room.
static void gather(FoldValue *v, FoldTerm t, uint32_t nroots) {
    for (uint32_t i = 0; i < v->n; i++)
        if (same_powers(&v->terms[i], &t, nroots)) {
            v->terms[i].c += t.c;
            return;
        }
    v->terms[v->n++] = t;
}

static Status open_value(double number, size_t room, Arena *scratch, FoldValue *out) {
    *out = (FoldValue){.number = number, .polynomial = true};
    out->terms = ARENA_ARRAY(scratch, FoldTerm, room);
    return out->terms ? OK : NOMEM;
}

Status conjugate_fold_add(uint32_t nroots, const FoldValue *a, const FoldValue *b, double sign,
                          Arena *scratch, FoldValue *out) {
    double number = a->number + sign * b->number;
    *out = a->constant && b->constant ? conjugate_fold_number(number) : not_polynomial(number);
    if (out->constant || !a->polynomial || !b->polynomial) return OK;
    TRY(open_value(number, (size_t)count_terms(a) + count_terms(b), scratch, out));
    for (uint32_t i = 0; i < count_terms(a); i++) gather(out, term_of(a, i), nroots);
    for (uint32_t i = 0; i < count_terms(b); i++) {
        FoldTerm t = term_of(b, i);
        t.c *= sign;
        gather(out, t, nroots);
    }
    return OK;
}

static Status product(const FoldTerm *a, const FoldTerm *b, uint32_t nroots, Arena *scratch,
                      FoldTerm *out) {
    out->c = a->c * b->c;
    out->powers = ARENA_ARRAY(scratch, uint32_t, nroots);
    if (!out->powers) return NOMEM;
    for (uint32_t r = 0; r < nroots; r++)
        out->powers[r] = (a->powers ? a->powers[r] : 0) + (b->powers ? b->powers[r] : 0);
    return OK;
}

Status conjugate_fold_times(uint32_t nroots, const FoldValue *a, const FoldValue *b,
                            Arena *scratch, FoldValue *out) {
    double number = a->number * b->number;
    bool zero = (a->constant && a->number == 0) || (b->constant && b->number == 0);
    *out = (a->constant && b->constant) || zero ? conjugate_fold_number(zero ? 0 : number)
                                                : not_polynomial(number);
    if (out->constant || !a->polynomial || !b->polynomial) return OK;
    TRY(open_value(number, (size_t)count_terms(a) * count_terms(b), scratch, out));
    for (uint32_t i = 0; i < count_terms(a); i++)
        for (uint32_t k = 0; k < count_terms(b); k++) {
            FoldTerm x = term_of(a, i), y = term_of(b, k), t;
            TRY(product(&x, &y, nroots, scratch, &t));
            gather(out, t, nroots);
        }
    return OK;
}

static Status power_of(uint32_t nroots, const FoldValue *a, double n, Arena *scratch,
                       FoldValue *out) {
    *out = not_polynomial(pow(a->number, n));
    if (!a->polynomial || n != floor(n) || n < 0 || n > MOST_POWER) return OK;
    FoldValue result = conjugate_fold_number(1);
    for (uint32_t i = 0; i < (uint32_t)n; i++) {
        FoldValue next;
        TRY(conjugate_fold_times(nroots, &result, a, scratch, &next));
        result = next;
    }
    *out = result;
    return OK;
}

// --- opening --------------------------------------------------------------------------------

static uint32_t root_at(const Fold *f, const Term *t) {
    uint32_t var = t->op == TERM_VAR ? model_find(f->m, t->sym) : MODEL_NONE;
    return var == MODEL_NONE ? MODEL_NONE : f->root_of[var];
}

static bool is_foreign(const Fold *f, const Term *t) {
    if (t->op != TERM_VAR) return false;
    uint32_t var = model_find(f->m, t->sym);
    if (var == MODEL_NONE || !term_is_factual(t)) return true;
    return !domain_finite(f->m->vars[var]->domain) && f->root_of[var] == MODEL_NONE;
}

static bool holds_dist(const Term *t) {
    return term_is_dist(t);
}

// Marks the subterms that are to be compiled: those over finite variables below something that
// is not.
static void mark_wanted(const Fold *f, bool *wanted) {
    const TermOrder *o = &f->order;
    wanted[o->count - 1] = true;
    for (size_t i = o->count; i-- > 0;) {
        const Term *t = o->items[i];
        bool open = f->real[i] || holds_dist(t);
        if (!wanted[i] || !open) continue;
        for (uint32_t k = t->op == TERM_CASE ? t->nselect : 0; k < t->n; k++)
            wanted[term_order_find(o, t->kid[k])] = true;
    }
}

// The keys of a map may be levels, which are no numbers.
static Status compile(Fold *f, size_t i, const uint32_t *levels, bool *ok) {
    const Term *t = f->order.items[i];
    Faults faults = {0};
    if (t->op == TERM_LEVEL || (t->op == TERM_NUMBER)) return OK;
    Status st = kernel_new(f->m, t, &f->kernels[i], &faults);
    fault_free(&faults);
    if (st == FAULT) *ok = false;
    if (st != OK) return st == FAULT ? OK : st;
    uint32_t n = kernel_ninputs(f->kernels[i]);
    f->inputs[i] = MEM_NEW(const void *, n);
    f->work[i] = MEM_NEW(double, kernel_work(f->kernels[i], 1));
    if (!f->inputs[i] || !f->work[i]) return NOMEM;
    for (uint32_t k = 0; k < n; k++) f->inputs[i][k] = &levels[kernel_input(f->kernels[i], k)];
    return OK;
}

Status conjugate_fold_open(const Model *m, const Term *t, const uint32_t *root_of,
                           uint32_t nroots, const uint32_t *levels, Fold *out, bool *ok) {
    *out = (Fold){.m = m, .root_of = root_of, .nroots = nroots};
    *ok = true;
    TRY(term_order(t, &out->order));
    size_t count = out->order.count;
    out->kernels = MEM_NEW(Kernel *, count);
    out->inputs = MEM_NEW(const void **, count);
    out->work = MEM_NEW(double *, count);
    out->real = MEM_NEW(bool, count);
    out->values = MEM_NEW(FoldValue, count);
    bool *wanted = MEM_NEW(bool, count);
    Status st = out->kernels && out->inputs && out->work && out->real && out->values && wanted
                    ? OK : NOMEM;
    for (size_t i = 0; st == OK && *ok && i < count; i++) {
        const Term *sub = out->order.items[i];
        *ok = !is_foreign(out, sub);
        out->real[i] = root_at(out, sub) != MODEL_NONE;
        for (uint32_t k = 0; k < sub->n; k++)
            out->real[i] |= out->real[term_order_find(&out->order, sub->kid[k])];
    }
    if (st == OK && *ok) mark_wanted(out, wanted);
    for (size_t i = 0; st == OK && *ok && i < count; i++)
        if (wanted[i] && !out->real[i] && !holds_dist(out->order.items[i]))
            st = compile(out, i, levels, ok);
    mem_free(wanted);
    return st;
}

void conjugate_fold_close(Fold *f) {
    for (size_t i = 0; i < f->order.count; i++) {
        if (f->kernels) kernel_free(f->kernels[i]);
        if (f->inputs) mem_free(f->inputs[i]);
        if (f->work) mem_free(f->work[i]);
    }
    mem_free(f->kernels);
    mem_free(f->inputs);
    mem_free(f->work);
    mem_free(f->real);
    mem_free(f->values);
    term_order_free(&f->order);
    *f = (Fold){0};
}

// --- running --------------------------------------------------------------------------------

const FoldValue *conjugate_fold_part(const Fold *f, const Term *part) {
    return &f->values[term_order_find(&f->order, part)];
}

const FoldValue *conjugate_fold_value(const Fold *f) {
    return &f->values[f->order.count - 1];
}

static Status fold_root(const Fold *f, uint32_t root, const double *point, Arena *scratch,
                        FoldValue *out) {
    TRY(open_value(point[root], 1, scratch, out));
    uint32_t *powers = ARENA_ARRAY(scratch, uint32_t, f->nroots);
    if (!powers) return NOMEM;
    powers[root] = 1;
    out->terms[out->n++] = (FoldTerm){1, powers};
    return OK;
}

static FoldValue fold_choice(const Fold *f, const Term *t) {
    if (t->op == TERM_IF) {
        const FoldValue *cond = conjugate_fold_part(f, t->kid[0]);
        if (!isnan(cond->number)) return *conjugate_fold_part(f, t->kid[cond->number != 0 ? 1 : 2]);
    } else {
        for (uint32_t k = t->nselect; k + 1 < t->n; k += 2)
            if (conjugate_fold_part(f, t->kid[k])->number == 1)
                return *conjugate_fold_part(f, t->kid[k + 1]);
    }
    return not_polynomial(NAN);
}

// What is no polynomial: a number at the point. Comparisons and what is built from them alone
// are constant, as far as the point goes.
static FoldValue fold_other(const Fold *f, const Term *t) {
    double args[MATH_MAX_ARITY];
    bool constant = true;
    for (uint32_t k = 0; k < t->n && k < MATH_MAX_ARITY; k++) {
        const FoldValue *v = conjugate_fold_part(f, t->kid[k]);
        args[k] = v->number;
        constant &= v->constant;
    }
    if (t->op == TERM_CALL ? t->n > MATH_MAX_ARITY : t->op < TERM_NEG || t->op > TERM_OR)
        return not_polynomial(NAN);
    double x = t->op == TERM_CALL ? math_apply(t->function, args)
                                  : scalar_apply((TermOp)t->op, args[0], t->n > 1 ? args[1] : 0);
    bool compares = t->op >= TERM_EQ && t->op <= TERM_GE;
    return constant || compares ? conjugate_fold_number(x) : not_polynomial(x);
}

static Status fold_arithmetic(const Fold *f, const Term *t, Arena *scratch, FoldValue *out) {
    const FoldValue *a = conjugate_fold_part(f, t->kid[0]);
    const FoldValue *b = t->n > 1 ? conjugate_fold_part(f, t->kid[1]) : NULL;
    FoldValue minus = conjugate_fold_number(-1);
    switch ((TermOp)t->op) {
    case TERM_NEG: return conjugate_fold_times(f->nroots, a, &minus, scratch, out);
    case TERM_ADD: return conjugate_fold_add(f->nroots, a, b, 1, scratch, out);
    case TERM_SUB: return conjugate_fold_add(f->nroots, a, b, -1, scratch, out);
    case TERM_MUL: return conjugate_fold_times(f->nroots, a, b, scratch, out);
    case TERM_DIV:
        if (b->constant && b->number != 0) {
            FoldValue inverse = conjugate_fold_number(1 / b->number);
            return conjugate_fold_times(f->nroots, a, &inverse, scratch, out);
        }
        break;
    case TERM_POW:
        if (b->constant) return power_of(f->nroots, a, b->number, scratch, out);
        break;
    default: break;
    }
    *out = fold_other(f, t);
    return OK;
}

static Status fold_one(Fold *f, size_t i, const double *point, Arena *scratch) {
    const Term *t = f->order.items[i];
    FoldValue *out = &f->values[i];
    if (f->kernels[i]) {
        double x;
        kernel_run(f->kernels[i], 1, f->inputs[i], &x, f->work[i]);
        *out = conjugate_fold_number(x);
        return OK;
    }
    if (t->op == TERM_NUMBER) {
        *out = conjugate_fold_number(t->number);
        return OK;
    }
    *out = not_polynomial(NAN);
    if (!f->real[i] || holds_dist(t)) return OK;
    uint32_t root = root_at(f, t);
    if (root != MODEL_NONE) return fold_root(f, root, point, scratch, out);
    if (t->op == TERM_IF || t->op == TERM_CASE) *out = fold_choice(f, t);
    else return fold_arithmetic(f, t, scratch, out);
    return OK;
}

Status conjugate_fold_run(Fold *f, const double *point, Arena *scratch) {
    for (size_t i = 0; i < f->order.count; i++) TRY(fold_one(f, i, point, scratch));
    return OK;
}

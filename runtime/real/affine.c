// Affine: terms, bottom up.
#include "runtime/real/affine.h"

#include <math.h>

#include "runtime/model/name.h"
#include "runtime/model/scalar.h"
#include "runtime/model/term_order.h"

// --- values ----------------------------------------------------------------------------------

AffineValue affine_bad(const Term *at, const char *what) {
    return (AffineValue){.kind = AFFINE_BAD, .at = at, .what = what};
}

AffineValue affine_line(FormLine line) {
    return (AffineValue){.kind = AFFINE_LINE, .line = line};
}

AffineValue affine_number(double x) {
    return affine_line(form_constant(x));
}

Status affine_form(const Affine *a, const Form *f, const Term *at, AffineValue *out) {
    FormLine line;
    if (!f && !a->make.wide) return NOMEM;
    if (!f) *out = affine_bad(at, "has too many terms");
    else if (form_is_line(f, &line)) *out = affine_line(line);
    else *out = (AffineValue){.kind = AFFINE_FORM, .form = f};
    return OK;
}

bool affine_is_line(const Affine *a, const AffineValue *v, FormLine *line) {
    double x;
    if (v->kind == AFFINE_LINE) return *line = v->line, true;
    if (v->kind == AFFINE_LEVEL)
        return *line = form_constant(domain_number(a->model->vars[v->var]->domain, v->level)), true;
    if (v->kind == AFFINE_NAME && name_number(v->name, &x)) return *line = form_constant(x), true;
    return false;
}

bool affine_is_number(const Affine *a, const AffineValue *v, double *x) {
    FormLine line;
    if (!affine_is_line(a, v, &line) || !form_line_constant(line)) return false;
    *x = line.c;
    return true;
}

Status affine_as_form(Affine *a, const AffineValue *v, const Form **out) {
    FormLine line;
    *out = NULL;
    if (v->kind == AFFINE_FORM) return *out = v->form, OK;
    if (!affine_is_line(a, v, &line)) return OK;
    *out = form_line(&a->make, line);
    return *out || a->make.wide ? OK : NOMEM;
}

// --- the code of a term ----------------------------------------------------------------------

static Status fill(const Model *m, const TermOrder *order, Arena *arena, AffineCode *out) {
    size_t kids = 0, at = 0;
    for (size_t i = 0; i < order->count; i++) kids += order->items[i]->n;
    out->count = (uint32_t)order->count;
    out->items = ARENA_ARRAY(arena, const Term *, order->count);
    out->vars = ARENA_ARRAY(arena, uint32_t, order->count);
    out->kids = ARENA_ARRAY(arena, uint32_t, kids);
    if (!out->items || !out->vars || !out->kids) return NOMEM;
    for (size_t i = 0; i < order->count; i++) {
        const Term *t = order->items[i];
        out->items[i] = t;
        out->vars[i] = t->op == TERM_VAR ? model_find(m, t->sym) : MODEL_NONE;
        for (uint32_t k = 0; k < t->n; k++)
            out->kids[at++] = term_order_find(order, t->kid[k]);
    }
    return OK;
}

Status affine_code(const Model *m, const Term *t, Arena *arena, AffineCode *out) {
    TermOrder order = {0};
    Status status = term_order(t, &order);
    if (status == OK) status = fill(m, &order, arena, out);
    term_order_free(&order);
    return status;
}

// --- operators -------------------------------------------------------------------------------

static Status negation(Affine *a, const Term *t, const AffineValue *x, AffineValue *out) {
    const Form *f;
    double known;
    if (affine_is_number(a, x, &known)) {
        *out = affine_number(scalar_apply(TERM_NOT, known, 0));
    } else {
        if (x->kind != AFFINE_FORM || !x->truth) return *out = affine_bad(t, "is not an event"), OK;
        f = form_not(&a->make, x->form);
        TRY(affine_form(a, f, t, out));
    }
    out->truth = true;
    return OK;
}

// a and b, a or b = not (not a and not b); one that decides alone needs no other.
static Status connective(Affine *a, const Term *t, const AffineValue *x, const AffineValue *y,
                         AffineValue *out) {
    const double decides = t->op == TERM_OR;
    double p = NAN, q = NAN;
    bool one = affine_is_number(a, x, &p), two = affine_is_number(a, y, &q);
    if ((one && p == decides) || (two && q == decides)) {
        *out = affine_number(decides);
    } else if (one && two) {
        *out = affine_number(scalar_apply((TermOp)t->op, p, q));
    } else if (x->kind == AFFINE_BAD || y->kind == AFFINE_BAD) {
        return *out = x->kind == AFFINE_BAD ? *x : *y, OK;
    } else if ((one && !isnan(p)) || (two && !isnan(q))) {
        *out = one ? *y : *x;
    } else if (one || two || !x->truth || !y->truth) {
        return *out = affine_bad(t, "is not an event"), OK;
    } else {
        AffineValue left = *x, right = *y;
        if (t->op == TERM_OR) TRY(negation(a, t, x, &left));
        if (t->op == TERM_OR) TRY(negation(a, t, y, &right));
        TRY(affine_form(a, form_mul(&a->make, left.form, right.form), t, out));
        out->truth = true;
        if (t->op == TERM_OR) {
            AffineValue neither = *out;
            TRY(negation(a, t, &neither, out));
        }
    }
    out->truth = true;
    return OK;
}

static AffineValue lookup(const Affine *a, const Term *t, const AffineValue *values,
                          const uint32_t *kids) {
    size_t cell = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        const AffineValue *v = &values[kids[i]];
        const Domain *d = t->table->domains[i];
        if (v->kind != AFFINE_LEVEL) return affine_bad(t, "depends on what is not known");
        uint32_t at = domain_translate(d, a->model->vars[v->var]->domain, v->level);
        if (at == UINT32_MAX) return affine_number(NAN);
        cell = cell * d->count + at;
    }
    return affine_number(t->table->cells[cell]);
}

// The children of a term as an array of their own.
static AffineValue *gather(Affine *a, const Term *t, const AffineValue *values,
                           const uint32_t *kids) {
    AffineValue *out = ARENA_ARRAY(a->make.arena, AffineValue, t->n);
    for (uint32_t i = 0; out && i < t->n; i++) out[i] = values[kids[i]];
    return out;
}

// The part of a mixture that this run takes, and its share of the weight.
static Status mixture(Affine *a, const Term *t, const AffineValue *kids, AffineValue *out) {
    double total = 0, w = 0;
    for (uint32_t i = 1; i < t->n; i += 2) {
        if (!affine_is_number(a, &kids[i], &w) || !(w >= 0))
            return *out = affine_bad(t, "has weights that are not known"), OK;
        total += w;
    }
    if (!(fabs(total - 1) < 1e-6))
        return *out = affine_bad(t, "has weights that do not sum to 1"), OK;
    if (a->choice == a->choices.count) {
        AffineChoice first = {.parts = t->n / 2};
        if (!VEC_PUSH(&a->choices, first)) return NOMEM;
    }
    size_t part = a->choices.items[a->choice++].part;
    affine_is_number(a, &kids[2 * part + 1], &w);
    a->log_weight += log(w / total);
    *out = kids[2 * part];
    return OK;
}

static Status run_many(Affine *a, const Term *t, const AffineValue *values, const uint32_t *kids,
                       AffineValue *out) {
    AffineValue *args = gather(a, t, values, kids);
    if (!args) return NOMEM;
    switch (t->op) {
    case TERM_IF:
    case TERM_CASE:
        return affine_cases(a, t, args, out);
    case TERM_CALL:
        return affine_call(a, t, args, out);
    case TERM_MIX:
        return mixture(a, t, args, out);
    case TERM_DIST:
        *out = (AffineValue){.kind = AFFINE_DIST, .family = t->family, .params = args, .at = t};
        return OK;
    default:
        *out = affine_bad(t, "is not a quantity");
        return OK;
    }
}

static Status run_item(Affine *a, const AffineCode *code, uint32_t i, const AffineValue *values,
                       const uint32_t *kids, AffineValue *out) {
    const Term *t = code->items[i];
    switch (t->op) {
    case TERM_NUMBER:
        *out = affine_number(t->number);
        out->truth = t->is_bool;
        return OK;
    case TERM_LEVEL:
        *out = (AffineValue){.kind = AFFINE_NAME, .name = t->sym, .at = t};
        return OK;
    case TERM_VAR:
        *out = code->vars[i] == MODEL_NONE ? affine_bad(t, "is unknown") : a->vars[code->vars[i]];
        return OK;
    case TERM_NEG:
        return affine_arithmetic(a, t, TERM_SUB, &(AffineValue){.kind = AFFINE_LINE,
                                 .line = form_constant(0)}, &values[kids[0]], out);
    case TERM_NOT:
        return negation(a, t, &values[kids[0]], out);
    case TERM_ADD: case TERM_SUB: case TERM_MUL: case TERM_DIV: case TERM_MOD: case TERM_POW:
        return affine_arithmetic(a, t, (TermOp)t->op, &values[kids[0]], &values[kids[1]], out);
    case TERM_EQ: case TERM_NE: case TERM_LT: case TERM_LE: case TERM_GT: case TERM_GE:
        return affine_compare(a, t, (TermOp)t->op, &values[kids[0]], &values[kids[1]], out);
    case TERM_AND: case TERM_OR:
        return connective(a, t, &values[kids[0]], &values[kids[1]], out);
    case TERM_LOOKUP:
        *out = lookup(a, t, values, kids);
        return OK;
    default:
        return run_many(a, t, values, kids, out);
    }
}

Status affine_run(Affine *a, const AffineCode *code, AffineValue *out) {
    size_t at = 0;
    if (!VEC_RESERVE(&a->values, code->count)) return NOMEM;
    for (uint32_t i = 0; i < code->count; i++) {
        a->make.wide = false;
        TRY(run_item(a, code, i, a->values.items, code->kids + at, &a->values.items[i]));
        at += code->items[i]->n;
    }
    *out = a->values.items[code->count - 1];
    return OK;
}

void affine_free(Affine *a) {
    VEC_FREE(&a->values);
    VEC_FREE(&a->choices);
}

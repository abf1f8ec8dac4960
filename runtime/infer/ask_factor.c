// Factors of a scene: events and weights, tabulated over the variables that they mention.
#include <math.h>

#include "runtime/infer/ask_net.h"
#include "runtime/infer/ask_scene.h"
#include "runtime/infer/ask_undefined.h"

Status ask_factor_refuse(const Term *t, uint32_t origin, Faults *faults) {
    Str text = {0};
    term_add(t, &text);
    Status st = fault_add(faults, FAULT_ASK_EVENT, origin,
                          "%s is not an event: it is neither true nor false", str_text(&text));
    if (st == FAULT)
        st = fault_hint(faults, "compare it with something, as in `%s = ...`",
                        str_text(&text));
    str_free(&text);
    return st;
}

static Status hint_weight(AskScene *s, const Term *t) {
    Str text = {0};
    Status st = ask_undefined_part(s, t, &text);
    if (st == OK) st = text.failed ? NOMEM : FAULT;
    if (st == FAULT && text.len)
        st = fault_hint(s->call->faults, "%s; what holds there is said by if ... then ... else",
                        str_text(&text));
    str_free(&text);
    return st;
}

static Status report_weight(AskScene *s, const AskFactor *f, double value) {
    Str text = {0};
    term_add(f->term, &text);
    Status st = f->weighs ? fault_add(s->call->faults, FAULT_ASK_WEIGHT, f->origin,
                                      "the factor %s is %g for some values of its variables; a "
                                      "weight is a number of at least 0",
                                      str_text(&text), value)
                          : fault_add(s->call->faults, FAULT_ASK_WEIGHT, f->origin,
                                      "whether %s holds is undefined for some values of its "
                                      "variables",
                                      str_text(&text));
    str_free(&text);
    return st == FAULT && isnan(value) ? hint_weight(s, f->term) : st;
}

// Tabulates a compiled term over its inputs into `f`.
static Status tabulate(AskScene *s, const Kernel *kernel, AskFactor *f) {
    f->nvars = kernel_ninputs(kernel);
    f->vars = ARENA_ARRAY(&s->arena, uint32_t, f->nvars);
    if (!f->vars) return NOMEM;
    for (uint32_t i = 0; i < f->nvars; i++) f->vars[i] = kernel_input(kernel, i);
    double cells = ask_cells(s->model, f->vars, f->nvars);
    TRY(ask_room(s->call, cells, f->term, f->origin));
    TRY(ask_known_tables(s, f->vars, f->nvars));
    if (s->call->dry && f->nvars > 1) return OK;
    f->values = ARENA_ARRAY(&s->arena, double, (size_t)cells);
    if (!f->values) return NOMEM;
    return kernel_tabulate(kernel, s->model, f->vars, f->nvars, s->call->ctl, f->values);
}

// Undefined cells wait for ask_factor_settle.
static Status check_weights(AskScene *s, const AskFactor *f) {
    if (!f->values) return OK;
    size_t cells = (size_t)ask_cells(s->model, f->vars, f->nvars);
    for (size_t i = 0; i < cells; i++)
        if (f->values[i] < 0 || isinf(f->values[i])) return report_weight(s, f, f->values[i]);
    return OK;
}

static Status add_term(AskScene *s, const Term *t, uint32_t origin, bool event,
                       AskFactors *list) {
    Kernel *kernel = NULL;
    AskFactor f = {.term = t, .origin = t->origin ? t->origin : origin, .weighs = !event};
    Status st = ask_scene_compile(s, t, &kernel);
    if (st == OK && event && kernel_kind(kernel) != VALUE_BOOL_KIND)
        st = ask_factor_refuse(t, f.origin, s->call->faults);
    if (st == OK && !event && kernel_kind(kernel) == VALUE_LEVEL_KIND)
        st = ask_factor_refuse(t, f.origin, s->call->faults);
    if (st == OK) st = tabulate(s, kernel, &f);
    if (st == OK) st = check_weights(s, &f);
    if (st == OK && !VEC_PUSH(list, f)) st = NOMEM;
    kernel_free(kernel);
    return st;
}

typedef VEC(const Term *) Terms;

static Status push_negation(AskScene *s, const Term *t, Terms *stack) {
    Term *negation = term_unary(TERM_NOT, term_keep(t), t->origin);
    if (!negation) return NOMEM;
    if (!VEC_PUSH(&s->owned, negation)) {
        term_drop(negation);
        return NOMEM;
    }
    return VEC_PUSH(stack, negation) ? OK : NOMEM;
}

// Pushes the parts of a conjunction, the first on top; `not (a or b)` is one, too.
static Status push_parts(AskScene *s, const Term *t, Terms *stack, bool *split) {
    const Term *inner = t->op == TERM_NOT ? t->kid[0] : t;
    *split = true;
    if (t->op == TERM_AND)
        return VEC_PUSH(stack, t->kid[1]) && VEC_PUSH(stack, t->kid[0]) ? OK : NOMEM;
    if (inner != t && inner->op == TERM_NOT) return VEC_PUSH(stack, inner->kid[0]) ? OK : NOMEM;
    *split = inner != t && inner->op == TERM_OR;
    if (!*split) return OK;
    TRY(push_negation(s, inner->kid[1], stack));
    return push_negation(s, inner->kid[0], stack);
}

// The level of a constant, or UINT32_MAX.
static uint32_t level_of(const Domain *d, const Term *t) {
    if (t->op == TERM_LEVEL) return domain_find_name(d, t->sym);
    return t->op == TERM_NUMBER ? domain_find_number(d, t->number) : UINT32_MAX;
}

// V = constant needs no compiler: most evidence is of this form. *done tells whether it was.
static Status add_point(AskScene *s, const Term *t, uint32_t origin, AskFactors *list,
                        bool *done) {
    *done = false;
    if (t->op != TERM_EQ || t->kid[0]->op != TERM_VAR || t->kid[0]->world) return OK;
    uint32_t var = model_find(s->model, t->kid[0]->sym);
    if (var == MODEL_NONE || !domain_finite(s->model->vars[var]->domain)) return OK;
    uint32_t level = level_of(s->model->vars[var]->domain, t->kid[1]);
    if (level == UINT32_MAX) return OK;
    *done = true;
    double cells = ask_card(s->model, var);
    TRY(ask_room(s->call, cells, t, t->origin ? t->origin : origin));
    TRY(ask_known_tables(s, &var, 1));
    TRY(ask_factor_level(s, var, level, list));
    AskFactor *f = &list->items[list->count - 1];
    f->term = t;
    f->origin = t->origin ? t->origin : origin;
    return OK;
}

// With a stack of its own: evidence may be one long `and`.
Status ask_factor_event(AskScene *s, const Term *event, uint32_t origin, AskFactors *list) {
    Terms stack = {0};
    Status st = VEC_PUSH(&stack, event) ? OK : NOMEM;
    while (st == OK && stack.count) {
        const Term *t = stack.items[--stack.count];
        bool split;
        st = push_parts(s, t, &stack, &split);
        if (st == OK && !split) st = add_point(s, t, origin, list, &split);
        if (st == OK && !split) st = add_term(s, t, origin, true, list);
    }
    VEC_FREE(&stack);
    return st;
}

Status ask_factor_weight(AskScene *s, const Term *weight, uint32_t origin, AskFactors *list) {
    return add_term(s, weight, origin, false, list);
}

Status ask_factor_values(AskScene *s, uint32_t var, double *values, AskFactors *list) {
    AskFactor f = {.nvars = 1, .values = values};
    f.vars = ARENA_NEW(&s->arena, uint32_t);
    if (!f.vars) return NOMEM;
    *f.vars = var;
    return VEC_PUSH(list, f) ? OK : NOMEM;
}

Status ask_factor_level(AskScene *s, uint32_t var, uint32_t level, AskFactors *list) {
    uint32_t card = ask_card(s->model, var);
    const ModelVar *v = s->model->vars[var];
    if ((double)card * 2 * sizeof(double) > (double)ctl_memory(s->call->ctl))
        return fault_add(s->call->faults, FAULT_ASK_TOO_LARGE, v->origin,
                         "%s has %u values, too many for a table", v->name->text, card);
    double *values = ARENA_ARRAY(&s->arena, double, card);
    if (!values) return NOMEM;
    values[level] = 1;
    return ask_factor_values(s, var, values, list);
}

uint32_t ask_factor_point(const AskScene *s, const AskFactor *f) {
    uint32_t point = NET_NONE;
    if (f->nvars != 1) return point;
    uint32_t card = ask_card(s->model, f->vars[0]);
    for (uint32_t l = 0; l < card; l++) {
        if (f->values[l] <= 0) continue;
        if (point != NET_NONE) return NET_NONE;
        point = l;
    }
    return point;
}

// --- undefined cells ------------------------------------------------------------------------

// Where a cell lies in a table over some of the factor's variables; strides of others are 0.
static size_t place_of(const AskScene *s, const AskFactor *f, size_t cell, const size_t *stride) {
    size_t at = 0;
    for (uint32_t i = f->nvars; i-- > 0;) {
        uint32_t card = ask_card(s->model, f->vars[i]);
        at += cell % card * stride[i];
        cell /= card;
    }
    return at;
}

// Strides of a table over the variables that two factors share; answers its size.
static size_t share(const AskScene *s, const AskFactor *f, const AskFactor *g, size_t *of_f,
                    size_t *of_g) {
    size_t size = 1;
    for (uint32_t i = 0; i < f->nvars; i++)
        for (uint32_t j = 0; j < g->nvars; j++) {
            if (f->vars[i] != g->vars[j]) continue;
            of_f[i] = of_g[j] = size;
            size *= ask_card(s->model, f->vars[i]);
        }
    return size;
}

// Undefined cells of `f` become 0 where `g` is 0 whatever its other variables are.
static Status exclude(AskScene *s, AskFactor *f, const AskFactor *g) {
    size_t *of_f = ARENA_ARRAY(&s->arena, size_t, f->nvars);
    size_t *of_g = ARENA_ARRAY(&s->arena, size_t, g->nvars);
    if (!of_f || !of_g) return NOMEM;
    size_t size = share(s, f, g, of_f, of_g);
    if (size == 1) return OK;
    bool *possible = ARENA_ARRAY(&s->arena, bool, size);
    if (!possible) return NOMEM;
    size_t cells = (size_t)ask_cells(s->model, g->vars, g->nvars);
    for (size_t i = 0; i < cells; i++)
        if (g->values[i] != 0) possible[place_of(s, g, i, of_g)] = true;
    if (ctl_cancelled(s->call->ctl)) return CANCELLED;
    cells = (size_t)ask_cells(s->model, f->vars, f->nvars);
    for (size_t i = 0; i < cells; i++)
        if (isnan(f->values[i]) && !possible[place_of(s, f, i, of_f)]) f->values[i] = 0;
    return ctl_cancelled(s->call->ctl) ? CANCELLED : OK;
}

static bool undefined(const AskScene *s, const AskFactor *f) {
    if (!f->values) return false;
    size_t cells = (size_t)ask_cells(s->model, f->vars, f->nvars);
    for (size_t i = 0; i < cells; i++)
        if (isnan(f->values[i])) return true;
    return false;
}

// `unknown` tells of one that a dry call has not computed, and that may exclude what is left.
static Status exclude_all(AskScene *s, AskFactor *f, const AskFactors *others, bool *unknown) {
    for (size_t i = 0; i < others->count; i++) {
        const AskFactor *g = &others->items[i];
        if (g == f) continue;
        if (g->values) TRY(exclude(s, f, g));
        *unknown |= !g->values;
    }
    return OK;
}

static Status settle(AskScene *s, AskFactors *list) {
    for (size_t i = 0; i < list->count; i++) {
        AskFactor *f = &list->items[i];
        bool unknown = false;
        if (!undefined(s, f)) continue;
        TRY(exclude_all(s, f, &s->conds, &unknown));
        if (list != &s->conds) TRY(exclude_all(s, f, list, &unknown));
        if (!unknown && undefined(s, f)) return report_weight(s, f, NAN);
    }
    return OK;
}

Status ask_factor_settle(AskScene *s) {
    TRY(settle(s, &s->conds));
    return settle(s, &s->events);
}

// P and logP: ratios of weights, one per row.
#include <math.h>

#include "runtime/infer/ask_draws.h"
#include "runtime/infer/ask_head.h"
#include "runtime/infer/ask_net.h"

// Numbers under one scale each: true values are x * exp(scale).
typedef struct Ratio {
    bool log;
    double top_scale, bottom_scale;
} Ratio;

static double ratio(const Ratio *r, double top, double bottom) {
    if (bottom == 0) return NAN;
    double shift = r->top_scale - r->bottom_scale;
    if (r->log) return top == 0 ? -INFINITY : fmin(log(top) - log(bottom) + shift, 0);
    // Rounding may carry a certain event a little beyond 1.
    return fmin(shift == 0 ? top / bottom : top / bottom * exp(shift), 1);
}

static Status join(AskScene *s, const AskVars *a, const uint32_t *b, size_t nb,
                   uint32_t **out) {
    *out = ARENA_ARRAY(&s->arena, uint32_t, a->count + nb);
    if (!*out) return NOMEM;
    for (size_t i = 0; i < a->count; i++) (*out)[i] = a->items[i];
    for (size_t i = 0; i < nb; i++) (*out)[a->count + i] = b[i];
    return OK;
}

// Divides a table over (columns, rows) by the weights of its rows.
static void divide(AskScene *s, Ratio r, const NetTable *top, const double *bottom, size_t rows,
                   double *out) {
    for (size_t i = 0; i < top->size; i++) out[i] = ratio(&r, top->values[i], bottom[i % rows]);
    ask_note_rows(s, bottom, rows);
}

static Status own_totals(AskScene *s, const NetTable *top, size_t rows, bool log, double *out) {
    double *bottom = ARENA_ARRAY(&s->arena, double, rows);
    if (!bottom) return NOMEM;
    for (size_t i = 0; i < top->size; i++) bottom[i % rows] += top->values[i];
    divide(s, (Ratio){log, 0, 0}, top, bottom, rows, out);
    return OK;
}

// Free variables alone: every row is normalised by its own sum.
static Status distribution(AskScene *s, bool log, double *out) {
    uint32_t *query;
    TRY(join(s, &s->free, s->given.items, s->given.count, &query));
    NetTable top;
    TRY(ask_net_joint(s, NULL, query, (uint32_t)(s->free.count + s->given.count), &top));
    Status st = own_totals(s, &top, ask_rows(s), log, out);
    net_table_free(&top);
    return st;
}

// The one variable of all events, or MODEL_NONE.
static uint32_t only_variable(const AskScene *s) {
    if (s->free.count) return MODEL_NONE;
    uint32_t var = MODEL_NONE;
    for (size_t i = 0; i < s->events.count; i++) {
        const AskFactor *f = &s->events.items[i];
        if (f->nvars != 1 || (var != MODEL_NONE && var != f->vars[0])) return MODEL_NONE;
        var = f->vars[0];
    }
    for (size_t i = 0; i < s->given.count; i++)
        if (s->given.items[i] == var) return MODEL_NONE;
    return var;
}

static double events_hold(const AskScene *s, size_t level) {
    double holds = 1;
    for (size_t i = 0; i < s->events.count; i++) holds *= s->events.items[i].values[level];
    return holds;
}

// Events about one variable: its distribution answers them, numerator and all.
static Status one_variable(AskScene *s, uint32_t var, bool log, double *out) {
    size_t rows = ask_rows(s);
    AskVars first = {.items = &var, .count = 1};
    uint32_t *query;
    TRY(join(s, &first, s->given.items, s->given.count, &query));
    double *top = ARENA_ARRAY(&s->arena, double, rows);
    double *bottom = ARENA_ARRAY(&s->arena, double, rows);
    if (!top || !bottom) return NOMEM;
    NetTable table;
    TRY(ask_net_joint(s, NULL, query, (uint32_t)(1 + s->given.count), &table));
    for (size_t i = 0; i < table.size; i++) {
        bottom[i % rows] += table.values[i];
        top[i % rows] += table.values[i] * events_hold(s, i / rows);
    }
    Ratio r = {log, 0, 0};
    for (size_t g = 0; g < rows; g++) out[g] = ratio(&r, top[g], bottom[g]);
    ask_note_rows(s, bottom, rows);
    net_table_free(&table);
    return OK;
}

static Status drawn_quotient(AskScene *s, const uint32_t *query, bool log, double *out) {
    NetTable top, bottom;
    TRY(ask_draws_pair(s, query, (uint32_t)s->free.count, &top, &bottom));
    divide(s, (Ratio){log, top.log_scale, bottom.log_scale}, &top, bottom.values, 1, out);
    net_table_free(&top);
    net_table_free(&bottom);
    return OK;
}

// In general: the events join the evidence above, and not below.
static Status quotient(AskScene *s, bool log, double *out) {
    uint32_t *query;
    TRY(join(s, &s->free, s->given.items, s->given.count, &query));
    NetTable top, bottom = {0};
    double one = 1;
    if (s->call->draws) return drawn_quotient(s, query, log, out);
    // The weight of no conditions is 1, unless factors weigh.
    if (s->conds.count || s->given.count || s->model->nfactors)
        TRY(ask_net_joint(s, NULL, s->given.items, (uint32_t)s->given.count, &bottom));
    Status st =
        ask_net_joint(s, &s->events, query, (uint32_t)(s->free.count + s->given.count), &top);
    if (st == OK) {
        Ratio r = {log, top.log_scale, bottom.log_scale};
        const double *below = bottom.values ? bottom.values : &one;
        divide(s, r, &top, below, bottom.values ? bottom.size : 1, out);
        net_table_free(&top);
    }
    net_table_free(&bottom);
    return st;
}

// Whether the weights of the scene are probabilities: nothing in it weighs but mechanisms.
static bool are_probabilities(const AskScene *s) {
    for (uint32_t i = 0; i < s->q->nconds; i++)
        if (s->q->conds[i].kind == COND_FACTOR) return false;
    return !s->model->nfactors && !ask_net_printed(s);
}

// logP of nothing: ln of the weights of the conditions themselves. Impossible ones have none.
static Status log_weights(AskScene *s, double *out) {
    NetTable table;
    double idle;
    TRY(ask_net_log_idle(s, &idle));
    TRY(ask_net_joint(s, NULL, s->given.items, (uint32_t)s->given.count, &table));
    // Rounding apart; a draw's error is not hidden.
    double most = are_probabilities(s) && !s->call->draws ? 0 : INFINITY;
    double shift = table.log_scale + idle;
    for (size_t i = 0; i < table.size; i++) out[i] = fmin(log(table.values[i]) + shift, most);
    net_table_free(&table);
    return OK;
}

// --- cells on their own ----------------------------------------------------------------------

// The levels of cell `at` of a table over (free, given) as events, all or only what is given.
static Status add_levels(AskScene *s, size_t at, bool all, AskFactors *out) {
    const AskVars *lists[] = {&s->given, &s->free};
    for (int l = 0; l < 1 + all; l++)
        for (size_t i = lists[l]->count; i-- > 0;) {
            uint32_t var = lists[l]->items[i], card = ask_card(s->model, var);
            TRY(ask_factor_level(s, var, (uint32_t)(at % card), out));
            at /= card;
        }
    return OK;
}

static Status log_weight_of(AskScene *s, const AskFactors *events, double *out) {
    NetTable table;
    TRY(ask_net_joint(s, events, NULL, 0, &table));
    *out = log(table.values[0]) + table.log_scale;
    net_table_free(&table);
    return OK;
}

// What is too little to stand beside others in a table can be told on its own, as evidence.
static Status log_cell(AskScene *s, size_t at, double *out) {
    AskFactors above = {0}, below = {0};
    double top = 0, bottom = 0;
    Status st = OK;
    for (size_t i = 0; st == OK && i < s->events.count; i++)
        st = VEC_PUSH(&above, s->events.items[i]) ? OK : NOMEM;
    if (st == OK) st = add_levels(s, at, true, &above);
    if (st == OK) st = add_levels(s, at, false, &below);
    if (st == OK) st = log_weight_of(s, &above, &top);
    if (st == OK && s->q->nargs) st = log_weight_of(s, &below, &bottom);
    double idle = 0;
    if (st == OK && !s->q->nargs) st = ask_net_log_idle(s, &idle);
    double most = s->q->nargs || are_probabilities(s) ? 0 : INFINITY;
    *out = bottom == -INFINITY ? NAN : fmin(top + idle - bottom, most);
    VEC_FREE(&above);
    VEC_FREE(&below);
    return st;
}

static Status log_faint_cells(AskScene *s, double *out) {
    size_t free = (size_t)ask_cells(s->model, s->free.items, (uint32_t)s->free.count);
    size_t cells = free * ask_rows(s);
    double most = s->q->nargs ? 0 : -INFINITY;
    for (size_t i = 0; i < cells; i++) most = fmax(most, out[i]);
    for (size_t i = 0; i < cells; i++)
        if (out[i] < most + log(ASK_FAINT)) TRY(log_cell(s, i, &out[i]));
    return OK;
}

static Status answer(AskScene *s, double *out) {
    bool log = s->q->head == ASK_LOGP;
    if (log && s->q->nargs == 0) return log_weights(s, out);
    if (s->events.count == 0) return distribution(s, log, out);
    uint32_t var = ask_net_printed(s) ? MODEL_NONE : only_variable(s);
    if (var != MODEL_NONE) return one_variable(s, var, log, out);
    return quotient(s, log, out);
}

Status ask_p(AskScene *s, double *out) {
    TRY(answer(s, out));
    if (s->faint && s->q->head == ASK_LOGP) TRY(log_faint_cells(s, out));
    for (size_t g = 0, rows = ask_rows(s); s->complement && g < rows; g++) out[g] = 1 - out[g];
    return OK;
}

// Means: expectations by linearity, piece by piece, or many variables in one pass.
#include <math.h>

#include "runtime/infer/ask_draws.h"
#include "runtime/infer/ask_head.h"
#include "runtime/infer/ask_net.h"
#include "runtime/infer/ask_walk.h"

// From this many variables on, the marginals of all are cheaper than one query for each.
#define MEAN_MANY 8

size_t ask_rows(const AskScene *s) {
    return (size_t)ask_cells(s->model, s->given.items, (uint32_t)s->given.count);
}

void ask_note_rows(AskScene *s, const double *total, size_t rows) {
    double most = 0;
    for (size_t g = 0; g < rows; g++) most = fmax(most, total[g]);
    s->impossible = most == 0;
    for (size_t g = 0; s->faint && g < rows; g++) s->faint_rows |= total[g] < ASK_FAINT * most;
}

// Adds coef * E[quantity] to out, row by row.
static Status add_mean(AskScene *s, AskQuantity *quantity, double coef, double *out) {
    size_t rows = ask_rows(s);
    AskList lists[] = {{quantity->vars, quantity->nvars},
                       {s->given.items, (uint32_t)s->given.count}};
    AskWalk walk;
    TRY(ask_quantity_table(s, quantity));
    TRY(ask_walk_new(s, lists, 2, &walk));
    double *sum = ARENA_ARRAY(&s->arena, double, 2 * rows);
    if (!sum) return NOMEM;
    double *total = sum + rows;
    NetTable table;
    TRY(ask_net_joint(s, NULL, walk.vars, walk.nvars, &table));
    for (size_t i = 0; i < table.size; i++, ask_walk_next(&walk)) {
        double p = table.values[i];
        if (p == 0) continue;
        total[walk.index[1]] += p;
        sum[walk.index[1]] += p * quantity->values[walk.index[0]];
    }
    net_table_free(&table);
    ask_note_rows(s, total, rows);
    for (size_t g = 0; g < rows; g++) out[g] += coef * (sum[g] / total[g]);
    return OK;
}

Status ask_mean_add(AskScene *s, const Term *t, double coef, double *out) {
    AskQuantity quantity;
    TRY(ask_quantity_new(s, t, false, &quantity));
    Status st = add_mean(s, &quantity, coef, out);
    ask_quantity_free(&quantity);
    return st;
}

// --- many variables -------------------------------------------------------------------------

// The pieces that are variables, and where their marginals go.
typedef struct Pass {
    AskQuantity *variables;
    uint32_t *vars;
    double *coefs;
    uint32_t n;
    double **cells; // per variable of the net
} Pass;

static Status collect(AskScene *s, const AskLinear *sum, Pass *p) {
    size_t room = sum->pieces.count;
    p->variables = ARENA_ARRAY(&s->arena, AskQuantity, room);
    p->vars = ARENA_ARRAY(&s->arena, uint32_t, room);
    p->coefs = ARENA_ARRAY(&s->arena, double, room);
    if (!p->variables || !p->vars || !p->coefs) return NOMEM;
    for (size_t i = 0; i < room; i++) {
        const AskPiece *piece = &sum->pieces.items[i];
        if (piece->atom->op != TERM_VAR) continue;
        TRY(ask_quantity_new(s, piece->atom, false, &p->variables[p->n]));
        TRY(ask_quantity_table(s, &p->variables[p->n]));
        p->vars[p->n] = p->variables[p->n].vars[0];
        p->coefs[p->n++] = piece->coef;
    }
    return OK;
}

static Status place_cells(AskScene *s, const AskNet *net, Pass *p) {
    p->cells = ARENA_ARRAY(&s->arena, double *, net->net.nvars);
    if (!p->cells) return NOMEM;
    for (uint32_t i = 0; i < p->n; i++) {
        double **cells = &p->cells[s->number[p->vars[i]]];
        if (!*cells) *cells = ARENA_ARRAY(&s->arena, double, ask_card(s->model, p->vars[i]));
        if (!*cells) return NOMEM;
    }
    return OK;
}

static void add_marginal(const AskScene *s, const Pass *p, uint32_t i, double *out) {
    const double *cells = p->cells[s->number[p->vars[i]]];
    double mean = 0;
    for (uint32_t l = 0; l < ask_card(s->model, p->vars[i]); l++)
        mean += cells[l] == 0 ? 0 : cells[l] * p->variables[i].values[l];
    *out += p->coefs[i] * mean;
}

static Status run_pass(AskScene *s, const AskNet *net, Pass *p, double *out, bool *done) {
    Faults refused = {0};
    double log_z = -INFINITY;
    Derivation *d = s->call->d;
    TRY(place_cells(s, net, p));
    if (net->zero) {
        s->impossible = *done = true;
        return OK;
    }
    if (s->call->draws) {
        *done = true;
        TRY(ask_draws_marginals(s, net, p->cells, &log_z));
        s->impossible = isinf(log_z);
        for (uint32_t i = 0; !s->impossible && i < p->n; i++) add_marginal(s, p, i, out);
        return OK;
    }
    TRY(derivation_add(d, "method", "exact, the means of %u variables in one pass", p->n));
    Status st =
        net_marginals(&net->net, net->evidence, s->call->ctl, d, p->cells, &log_z, &refused);
    // One tree for all may be too large where one query for each is not.
    *done = st == OK;
    if (st == FAULT) st = OK;
    fault_free(&refused);
    s->impossible = *done && isinf(log_z);
    s->call->d = NULL;
    for (uint32_t i = 0; *done && !s->impossible && i < p->n; i++) add_marginal(s, p, i, out);
    return st;
}

// Adds the means of the pieces that are variables, if they are many; *done tells.
static Status in_one_pass(AskScene *s, const AskLinear *sum, double *out, bool *done) {
    const Engine *engine = s->call->engine;
    Pass p = {0};
    AskNet net;
    *done = false;
    if (s->given.count || (engine && engine != &engine_eliminate)) return OK;
    if (sum->pieces.count < MEAN_MANY) return OK;
    TRY(collect(s, sum, &p));
    if (p.n < MEAN_MANY) return OK;
    TRY(ask_net_build(s, NULL, p.vars, p.n, false, &net));
    Status st = run_pass(s, &net, &p, out, done);
    ask_net_free(&net);
    return st;
}

Status ask_mean(AskScene *s, const Term *t, double *out) {
    AskLinear sum;
    bool passed = false;
    TRY(ask_linear_split(t, &sum));
    for (size_t g = 0, rows = ask_rows(s); g < rows; g++) out[g] = sum.constant;
    // A constant still asks whether its rows are possible.
    Status st =
        sum.pieces.count ? in_one_pass(s, &sum, out, &passed) : ask_mean_add(s, t, 0, out);
    for (size_t i = 0; st == OK && i < sum.pieces.count; i++) {
        const AskPiece *piece = &sum.pieces.items[i];
        if (passed && piece->atom->op == TERM_VAR) continue;
        st = ask_mean_add(s, piece->atom, piece->coef, out);
    }
    ask_linear_free(&sum);
    return st;
}

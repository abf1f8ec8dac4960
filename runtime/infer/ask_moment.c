// Moments: variances, covariances and correlations.
#include <float.h>
#include <math.h>
#include <string.h>

#include "runtime/infer/ask_head.h"
#include "runtime/infer/ask_net.h"
#include "runtime/infer/ask_walk.h"

// Below this many cells a joint of all that a covariance mentions is cheaper than its pairs,
// and rounds less.
#define MOMENT_SMALL 1024

static AskList given_of(const AskScene *s) {
    return (AskList){s->given.items, (uint32_t)s->given.count};
}

static AskList list_of(const AskQuantity *quantity) {
    return (AskList){quantity->vars, quantity->nvars};
}

// --- covariances ----------------------------------------------------------------------------

// What one pass over a joint table needs.
typedef struct Pass {
    AskWalk walk; // tables: a, b, rows
    NetTable table;
    const double *a, *b;
    double *total, *mean_a, *mean_b, *sum, *size; // per row; the size is that of what is added
} Pass;

static void find_means(Pass *p, size_t rows) {
    for (size_t i = 0; i < p->table.size; i++, ask_walk_next(&p->walk)) {
        const size_t *index = p->walk.index;
        double w = p->table.values[i];
        if (w == 0) continue;
        p->total[index[2]] += w;
        p->mean_a[index[2]] += w * p->a[index[0]];
        p->mean_b[index[2]] += w * p->b[index[1]];
    }
    for (size_t g = 0; g < rows; g++) {
        p->mean_a[g] /= p->total[g];
        p->mean_b[g] /= p->total[g];
    }
}

static void find_products(Pass *p) {
    ask_walk_reset(&p->walk);
    for (size_t i = 0; i < p->table.size; i++, ask_walk_next(&p->walk)) {
        const size_t *index = p->walk.index;
        double w = p->table.values[i];
        if (w == 0) continue;
        double a = p->a[index[0]] - p->mean_a[index[2]],
               b = p->b[index[1]] - p->mean_b[index[2]];
        p->sum[index[2]] += w * a * b;
        p->size[index[2]] += fabs(w * a * b);
    }
}

// A sum that is no larger than its rounding is 0, as that of what is independent.
static double rounded_off(const Pass *p, size_t row) {
    double rounding = 8 * DBL_EPSILON * p->size[row];
    return fabs(p->sum[row]) <= rounding && isfinite(rounding) ? 0 : p->sum[row];
}

// Adds coef * Cov(a, b) to out, row by row, from their joint; centred, so that little cancels.
static Status add_joint(AskScene *s, AskQuantity *a, AskQuantity *b, double coef, double *out) {
    size_t rows = ask_rows(s);
    AskList lists[] = {list_of(a), list_of(b), given_of(s)};
    Pass p = {0};
    TRY(ask_quantity_table(s, a));
    TRY(ask_quantity_table(s, b));
    TRY(ask_walk_new(s, lists, 3, &p.walk));
    p.a = a->values;
    p.b = b->values;
    p.total = ARENA_ARRAY(&s->arena, double, 5 * rows);
    if (!p.total) return NOMEM;
    p.mean_a = p.total + rows;
    p.mean_b = p.mean_a + rows;
    p.sum = p.mean_b + rows;
    p.size = p.sum + rows;
    TRY(ask_net_joint(s, NULL, p.walk.vars, p.walk.nvars, &p.table));
    find_means(&p, rows);
    find_products(&p);
    net_table_free(&p.table);
    ask_note_rows(s, p.total, rows);
    for (size_t g = 0; g < rows; g++) out[g] += coef * (rounded_off(&p, g) / p.total[g]);
    return OK;
}

// One side of a covariance, split into pieces.
typedef struct Side {
    AskLinear sum;
    AskQuantity *pieces;
    size_t count;
} Side;

static Status split_side(AskScene *s, const Term *t, Side *out) {
    *out = (Side){0};
    TRY(ask_linear_split(t, &out->sum));
    out->pieces = ARENA_ARRAY(&s->arena, AskQuantity, out->sum.pieces.count);
    if (!out->pieces) return NOMEM;
    for (; out->count < out->sum.pieces.count; out->count++)
        TRY(ask_quantity_new(s, out->sum.pieces.items[out->count].atom, false,
                             &out->pieces[out->count]));
    return OK;
}

static void free_side(Side *side) {
    for (size_t i = 0; i < side->count; i++) ask_quantity_free(&side->pieces[i]);
    ask_linear_free(&side->sum);
}

static bool touched(const AskBall *ball, const AskQuantity *quantity) {
    for (uint32_t i = 0; i < quantity->nvars; i++)
        if (bits_has(ball->seen, quantity->vars[i])) return true;
    return false;
}

// Adds the covariances of piece i of `a` with the pieces of `b` from `from` on. Those that the
// evidence separates are zero. (Soft evidence and factors of a model tie variables together in
// ways that the graph does not show, and then nothing is skipped.)
static Status add_row(AskScene *s, Side *a, size_t i, Side *b, size_t from, double *out) {
    Arena arena = {0};
    AskBall ball;
    AskQuantity *left = &a->pieces[i];
    Status st = ask_ball_throw(s, left->vars, left->nvars, &arena, &ball);
    bool all = s->model->nfactors > 0;
    for (size_t j = from; st == OK && j < b->count; j++) {
        if (!all && !touched(&ball, &b->pieces[j])) continue;
        double coef = a->sum.pieces.items[i].coef * b->sum.pieces.items[j].coef;
        // With from > 0 the two sides are one, and every pair stands for two.
        if (a == b && j > i) coef *= 2;
        st = add_joint(s, left, &b->pieces[j], coef, out);
    }
    arena_free(&arena);
    return st;
}

static Status add_pairs(AskScene *s, Side *a, Side *b, double *out) {
    for (size_t i = 0; i < a->count; i++) TRY(add_row(s, a, i, b, a == b ? i : 0, out));
    return OK;
}

static Status by_pairs(AskScene *s, const Term *a, const Term *b, double *out) {
    Side left, right = {0};
    Status st = split_side(s, a, &left);
    if (st == OK && a != b) st = split_side(s, b, &right);
    // Row by row of nothing: the conditions must be possible even when no pair asks.
    if (st == OK) st = ask_mean_add(s, left.sum.pieces.items[0].atom, 0, out);
    if (st == OK) st = add_pairs(s, &left, a == b ? &left : &right, out);
    free_side(&left);
    free_side(&right);
    return st;
}

static Status worth_splitting(AskScene *s, AskQuantity *a, AskQuantity *b, bool *split) {
    AskList lists[] = {list_of(a), list_of(b), given_of(s)};
    AskWalk walk;
    AskLinear sum;
    TRY(ask_walk_new(s, lists, 3, &walk));
    *split = false;
    if (ask_cells(s->model, walk.vars, walk.nvars) <= MOMENT_SMALL) return OK;
    TRY(ask_linear_split(a->term, &sum));
    *split = sum.pieces.count > 1;
    bool constant = sum.pieces.count == 0;
    ask_linear_free(&sum);
    if (*split || constant) return OK;
    TRY(ask_linear_split(b->term, &sum));
    *split = sum.pieces.count > 1;
    ask_linear_free(&sum);
    return OK;
}

Status ask_covariance(AskScene *s, size_t i, size_t j, double *out) {
    AskQuantity *a = &s->quantities.items[i], *b = &s->quantities.items[j];
    bool split;
    TRY(worth_splitting(s, a, b, &split));
    memset(out, 0, ask_rows(s) * sizeof *out);
    return split ? by_pairs(s, a->term, b->term, out) : add_joint(s, a, b, 1, out);
}

// A variance that is rounding and nothing else is zero, and the correlation is not defined.
static double correlation(double cov, double var_a, double var_b, double mean_a,
                          double mean_b) {
    const double tiny = 1e-28;
    if (!(var_a > tiny * mean_a * mean_a) || !(var_b > tiny * mean_b * mean_b)) return NAN;
    return fmax(-1, fmin(1, cov / sqrt(var_a * var_b)));
}

static Status correlate(AskScene *s, double *out) {
    size_t rows = ask_rows(s);
    double *var_a = ARENA_ARRAY(&s->arena, double, 4 * rows);
    if (!var_a) return NOMEM;
    double *var_b = var_a + rows, *mean_a = var_b + rows, *mean_b = mean_a + rows;
    TRY(ask_covariance(s, 0, 1, out));
    TRY(ask_covariance(s, 0, 0, var_a));
    TRY(ask_covariance(s, 1, 1, var_b));
    TRY(ask_mean(s, s->q->args[0], mean_a));
    TRY(ask_mean(s, s->q->args[1], mean_b));
    for (size_t g = 0; g < rows; g++)
        out[g] = correlation(out[g], var_a[g], var_b[g], mean_a[g], mean_b[g]);
    return OK;
}

Status ask_moment(AskScene *s, double *out) {
    size_t rows = ask_rows(s);
    switch (s->q->head) {
    case ASK_E:
        return ask_mean(s, s->q->args[0], out);
    case ASK_COV:
        return ask_covariance(s, 0, 1, out);
    case ASK_COR:
        return correlate(s, out);
    default:
        break;
    }
    TRY(ask_covariance(s, 0, 0, out));
    for (size_t g = 0; g < rows; g++) {
        out[g] = fmax(out[g], 0) + (isnan(out[g]) ? NAN : 0);
        if (s->q->head == ASK_SD) out[g] = sqrt(out[g]);
    }
    return OK;
}

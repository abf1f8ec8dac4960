// Minibucket table: loops over logarithms.
#include "runtime/infer/minibucket_table.h"

#include <math.h>

#include "runtime/base/mem.h"

Status minibucket_logs(const Problem *p, uint32_t i, MiniPiece *out) {
    Factor f;
    TRY(problem_table(p, i, false, &f));
    double shift = (double)f.exponent * log(2);
    for (size_t k = 0; k < f.size; k++) f.values[k] = log(f.values[k]) + shift;
    *out = (MiniPiece){f.nvars, f.vars, f.values};
    return OK;
}

// --- two tables, one within the other ------------------------------------------------------

// A walk over the rows of a large table (runs of its last variable), with the place in a small
// one whose variables are among the large one's.
typedef struct Walk {
    const uint32_t *cards, *vars;
    uint32_t n; // variables without the last
    size_t rows, run;
    size_t step;     // in the small table along a run: 0 or 1
    size_t *strides; // in the small table
    size_t *at;
    size_t place;
} Walk;

static Status walk_open(const uint32_t *cards, const MiniPiece *large, const MiniPiece *small,
                        Walk *w) {
    *w = (Walk){.cards = cards, .vars = large->vars, .n = large->nvars - 1, .rows = 1};
    w->strides = MEM_NEW(size_t, 2 * (size_t)large->nvars);
    if (!w->strides) return NOMEM;
    w->at = w->strides + large->nvars;
    size_t stride = 1;
    uint32_t k = small->nvars;
    for (uint32_t i = large->nvars; i-- > 0;) {
        if (k == 0 || small->vars[k - 1] != large->vars[i]) continue;
        w->strides[i] = stride;
        stride *= cards[large->vars[i]];
        k--;
    }
    for (uint32_t i = 0; i < w->n; i++) w->rows *= cards[large->vars[i]];
    w->run = cards[large->vars[w->n]];
    w->step = w->strides[w->n];
    return OK;
}

static void walk_next(Walk *w) {
    for (uint32_t d = w->n; d-- > 0;) {
        w->place += w->strides[d];
        if (++w->at[d] < w->cards[w->vars[d]]) return;
        w->place -= w->strides[d] * w->at[d];
        w->at[d] = 0;
    }
}

Status minibucket_add(const uint32_t *cards, const MiniPiece *from, double factor,
                      const MiniPiece *to) {
    Walk w;
    TRY(walk_open(cards, to, from, &w));
    double *out = to->values;
    for (size_t r = 0; r < w.rows; r++, walk_next(&w), out += w.run)
        for (size_t i = 0; i < w.run; i++)
            out[i] += factor * from->values[w.place + i * w.step];
    mem_free(w.strides);
    return OK;
}

Status minibucket_marginal(const uint32_t *cards, const MiniPiece *from, double w,
                           const MiniPiece *to) {
    Walk walk;
    size_t cells = 1;
    for (uint32_t i = 0; i < to->nvars; i++) cells *= cards[to->vars[i]];
    double *most = MEM_NEW(double, cells);
    if (!most) return NOMEM;
    for (size_t i = 0; i < cells; i++) most[i] = -INFINITY;
    Status st = walk_open(cards, from, to, &walk);
    for (size_t r = 0; st == OK && r < walk.rows; r++, walk_next(&walk))
        for (size_t i = 0; i < walk.run; i++) {
            double *m = &most[walk.place + i * walk.step], x = from->values[r * walk.run + i];
            if (x > *m) *m = x;
        }
    for (size_t i = 0; i < cells; i++) to->values[i] = 0;
    for (size_t r = 0; st == OK && r < walk.rows; r++, walk_next(&walk))
        for (size_t i = 0; i < walk.run; i++) {
            size_t at = walk.place + i * walk.step;
            double x = from->values[r * walk.run + i];
            if (x > -INFINITY) to->values[at] += exp((x - most[at]) / w);
        }
    for (size_t i = 0; i < cells; i++)
        to->values[i] = most[i] == -INFINITY ? -INFINITY : most[i] / w + log(to->values[i]);
    if (st == OK) mem_free(walk.strides);
    mem_free(most);
    return st;
}

// --- rows ----------------------------------------------------------------------------------

static double greatest(const double *x, uint32_t n) {
    double most = -INFINITY;
    for (uint32_t i = 0; i < n; i++)
        if (x[i] > most) most = x[i];
    return most;
}

static double row_sum(const double *x, uint32_t card, double w) {
    double most = greatest(x, card), sum = 0;
    if (most == -INFINITY) return most;
    for (uint32_t i = 0; i < card; i++) sum += exp((x[i] - most) / w);
    return most + w * log(sum);
}

void minibucket_sum(const double *psi, size_t rows, uint32_t card, double w, double *out) {
    for (size_t r = 0; r < rows; r++) out[r] = row_sum(psi + r * card, card, w);
}

void minibucket_least(const double *psi, size_t rows, uint32_t card, double *out) {
    for (size_t r = 0; r < rows; r++) {
        out[r] = psi[r * card];
        for (uint32_t i = 1; i < card; i++) out[r] = fmin(out[r], psi[r * card + i]);
    }
}

void minibucket_settle(uint32_t card, MiniBucket *bucket) {
    double w = bucket->ntables ? 1 / (double)bucket->ntables : 1;
    for (uint32_t k = 0; k < bucket->ntables; k++)
        for (size_t r = 0; r < bucket->tables[k].rows; r++) {
            double *x = bucket->tables[k].values + r * card;
            double sum = row_sum(x, card, w);
            for (uint32_t i = 0; i < card; i++) {
                x[i] = x[i] == -INFINITY ? x[i] : x[i] - sum;
                if (bucket->ntables == 1) x[i] = exp(x[i]);
            }
        }
}

// Gaussian: the tape, its reverse sweep, and conditioning by orthogonal directions.
#include "runtime/real/gaussian.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_cblas.h>

#define NOTHING 1e-12  // of the terms of a sum: what rounding may have left of 0
#define MISMATCH 1e-9  // of the terms of an equation: what decimals may have cost
#define HALF_LOG_2PI 0.91893853320467274178

void gaussian_clear(Gaussian *g) {
    g->nodes.count = 0;
    g->normal.count = 0;
    g->directions.count = 0;
    g->along.count = 0;
    g->log_density = 0;
}

void gaussian_free(Gaussian *g) {
    VEC_FREE(&g->nodes);
    VEC_FREE(&g->normal);
    VEC_FREE(&g->directions);
    VEC_FREE(&g->along);
    VEC_FREE(&g->adjoint);
    VEC_FREE(&g->scratch);
}

Status gaussian_noise(Gaussian *g, bool normal, uint32_t *node) {
    GaussianNode leaf = {.kid = {GAUSSIAN_NONE, (uint32_t)g->normal.count}};
    *node = (uint32_t)g->nodes.count;
    if (!VEC_PUSH(&g->normal, normal)) return NOMEM;
    return VEC_PUSH(&g->nodes, leaf) ? OK : NOMEM;
}

Status gaussian_sum(Gaussian *g, double a, uint32_t x, double b, uint32_t y, uint32_t *node) {
    GaussianNode sum = {.kid = {x, y}, .coef = {a, b}};
    *node = (uint32_t)g->nodes.count;
    return VEC_PUSH(&g->nodes, sum) ? OK : NOMEM;
}

// Room for `count` numbers; new ones are 0.
static bool room_for(double **items, size_t *have, size_t *room, size_t count) {
    if (!vec_reserve((void **)items, room, count, sizeof **items)) return false;
    if (count > *have) memset(*items + *have, 0, (count - *have) * sizeof **items);
    if (count > *have) *have = count;
    return true;
}

#define ROOM_FOR(v, n) room_for(&(v)->items, &(v)->count, &(v)->room, (n))

// What the node owes to each noise. `size` receives the root of the sum of squares of the sums of
// absolute contributions: how large the row would be if nothing cancelled. What is left of a
// contribution that cancelled is 0.
static Status sweep(Gaussian *g, uint32_t node, double *row, double *size) {
    const size_t n = gaussian_noises(g);
    if (!ROOM_FOR(&g->adjoint, 2 * ((size_t)node + 1))) return NOMEM;
    double *adjoint = g->adjoint.items; // value and size of each node, in pairs
    double all = 0;
    memset(row, 0, n * sizeof *row);
    adjoint[2 * (size_t)node] = adjoint[2 * (size_t)node + 1] = 1;
    for (size_t i = (size_t)node + 1; i-- > 0;) {
        double value = adjoint[2 * i], total = adjoint[2 * i + 1];
        if (total == 0) continue;
        adjoint[2 * i] = adjoint[2 * i + 1] = 0;
        const GaussianNode *at = &g->nodes.items[i];
        if (at->kid[0] == GAUSSIAN_NONE) {
            row[at->kid[1]] = fabs(value) <= NOTHING * total ? 0 : value;
            all = hypot(all, total);
            continue;
        }
        for (int k = 0; k < 2; k++) {
            double *kid = adjoint + 2 * (size_t)at->kid[k];
            kid[0] += at->coef[k] * value;
            kid[1] += fabs(at->coef[k]) * total;
        }
    }
    *size = all;
    return OK;
}

// Takes the known directions out of a row, and adds what they tell to *mean; *size collects
// the terms of the mean.
static Status project(Gaussian *g, double *row, double *mean, double *terms) {
    const size_t m = g->along.count, n = gaussian_noises(g);
    if (!m) return OK;
    if (!ROOM_FOR(&g->scratch, m)) return NOMEM;
    const int rows = (int)m, columns = (int)n;
    for (int pass = 0; pass < 2; pass++) {
        cblas_dgemv(CblasRowMajor, CblasNoTrans, rows, columns, 1, g->directions.items, columns,
                    row, 1, 0, g->scratch.items, 1);
        cblas_dgemv(CblasRowMajor, CblasTrans, rows, columns, -1, g->directions.items, columns,
                    g->scratch.items, 1, 1, row, 1);
        for (size_t i = 0; i < m; i++) {
            double x = g->scratch.items[i] * g->along.items[i];
            *mean += x;
            *terms += fabs(x);
        }
    }
    return OK;
}

static bool owes_to_others(const Gaussian *g, const double *row) {
    for (size_t i = 0; i < gaussian_noises(g); i++)
        if (row[i] != 0 && !g->normal.items[i]) return true;
    return false;
}

static Status learn(Gaussian *g, const double *row, double norm, double rest) {
    const size_t n = gaussian_noises(g), at = g->directions.count;
    if (!VEC_RESERVE(&g->directions, at + n)) return NOMEM;
    for (size_t i = 0; i < n; i++) g->directions.items[at + i] = row[i] / norm;
    if (!VEC_PUSH(&g->along, rest / norm)) return NOMEM;
    g->directions.count += n;
    g->log_density -= log(norm) + HALF_LOG_2PI + 0.5 * (rest / norm) * (rest / norm);
    return OK;
}

static Status judge(Gaussian *g, uint32_t node, double value, double terms, double *row,
                    GaussianSays *says) {
    double size = 0, mean = 0;
    TRY(sweep(g, node, row, &size));
    if (owes_to_others(g, row)) return *says = GAUSSIAN_OTHER, OK;
    TRY(project(g, row, &mean, &terms));
    double norm = cblas_dnrm2((int)gaussian_noises(g), row, 1);
    double rest = value - mean;
    if (norm > NOTHING * size) return *says = GAUSSIAN_NEW, learn(g, row, norm, rest);
    bool fits = fabs(rest) <= MISMATCH * (terms + size);
    *says = fits ? GAUSSIAN_KNOWN : GAUSSIAN_IMPOSSIBLE;
    return OK;
}

Status gaussian_equation(Gaussian *g, uint32_t node, double value, double terms,
                         GaussianSays *says) {
    double *row = MEM_NEW(double, gaussian_noises(g));
    Status status = row ? judge(g, node, value, terms, row, says) : NOMEM;
    mem_free(row);
    return status;
}

Status gaussian_row(Gaussian *g, uint32_t node, double *mean, double *row, bool *other) {
    double size = 0, terms = 0;
    *mean = 0;
    TRY(sweep(g, node, row, &size));
    *other = owes_to_others(g, row);
    TRY(project(g, row, mean, &terms));
    const double *end = row + gaussian_noises(g);
    for (double *x = row; x < end; x++)
        if (fabs(*x) <= NOTHING * size) *x = 0;
    return OK;
}

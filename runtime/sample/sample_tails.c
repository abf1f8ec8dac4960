// Sample tails: a generalized Pareto law fitted to the largest terms.
//
// Zhang & Stephens, "A new and efficient estimation method for the generalized Pareto
// distribution" (Technometrics 2009): the shape is averaged over a grid of the other parameter,
// weighted by the profile likelihood.
#include "runtime/sample/sample_tails.h"

#include <math.h>
#include <stdlib.h>

#define TAIL_BLOCKS 128 // at most
#define TAIL_SHARE 0.01 // of a square that matters

static double term_of(RealHead head, double w, double a, double b) {
    switch (head) {
    case REAL_E: return w * fabs(a);
    case REAL_VAR:
    case REAL_SD: return w * a * a;
    case REAL_COV: return w * fabs(a * b);
    case REAL_COR:
    case REAL_SLOPE: return w * fmax(fmax(a * a, b * b), fabs(a * b));
    default: return 0;
    }
}

// The terms of one block; lanes that are undefined count for nothing.
static size_t add_block(const SampleLanes *l, RealHead head, const double *pivot, double top,
                        bool weighted, double *out) {
    size_t n = 0;
    for (size_t i = 0; i < SAMPLE_BLOCK; i++) {
        double a = l->args[0][i] - pivot[0];
        double b = l->nargs > 1 ? l->args[1][i] - pivot[1] : 0;
        double w = exp(l->log_weight[i] - top);
        double z = term_of(head, weighted ? w : w > 0, a, b);
        if (z < INFINITY) out[n++] = z;
    }
    return n;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double mean_log(const double *x, size_t n, double b) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += log1p(-b * x[i]);
    return sum / (double)n;
}

// The shape for exceedances x, ascending, all above 0.
static Status fit(const double *x, size_t n, double *shape) {
    size_t m = 20 + (size_t)sqrt((double)n);
    double *b = MEM_NEW(double, 2 * m), *likelihood = b ? b + m : NULL;
    double quartile = x[(n + 2) / 4 - 1], most = -INFINITY, sum = 0, mean = 0;
    if (!b) return NOMEM;
    for (size_t j = 0; j < m; j++) {
        b[j] = 1 / x[n - 1] +
               (1 - sqrt((double)m / ((double)j + 0.5))) / (3 * quartile);
        double k = mean_log(x, n, b[j]);
        likelihood[j] = (double)n * (log(-b[j] / k) - k - 1);
        if (likelihood[j] > most) most = likelihood[j];
    }
    for (size_t j = 0; j < m; j++) {
        double w = exp(likelihood[j] - most);
        if (!(w > 0)) continue;
        sum += w;
        mean += w * b[j];
    }
    *shape = mean_log(x, n, mean / sum);
    mem_free(b);
    return OK;
}

// Moves the m largest of n terms to the end (quickselect, Hoare 1961): expected linear time.
static void select_largest(double *z, size_t n, size_t m) {
    size_t low = 0, high = n - 1, at = n - m;
    while (low < high) {
        double pivot = z[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;;) {
            while (z[i] < pivot) i++;
            while (z[j] > pivot) j--;
            if (i >= j) break;
            double swap = z[i];
            z[i++] = z[j];
            z[j--] = swap;
        }
        if (j + 1 > at) high = j;
        else low = j + 1;
    }
}

// The share of the largest square in the sum of squares of n terms, the largest of which is `top`.
static double largest_share(const double *z, size_t n, double top) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += z[i] / top * (z[i] / top);
    return 1 / sum;
}

// The largest terms are those beyond the 3 sqrt(n) largest (Vehtari et al. 2024).
Status sample_tails_fit(double *z, size_t n, double *shape, double *error) {
    size_t m = (size_t)fmin((double)n / 5, 3 * sqrt((double)n));
    *shape = *error = 0;
    if (m < 25) return OK;
    select_largest(z, n, m + 1);
    double *x = z + (n - m);
    qsort(x - 1, m + 1, sizeof *z, ascending);
    // Of squares that have a mean the largest vanishes in the sum (O'Brien, Journal of Applied
    // Probability 17, 1980), while lumps, as counts have, can look like a tail to the fit.
    if (!(x[m - 1] > 0) || largest_share(z, n, x[m - 1]) < TAIL_SHARE) return OK;
    double from = x[-1];
    for (size_t i = 0; i < m; i++) x[i] -= from;
    // Terms that are few different numbers have no tail.
    if (!(x[(m + 2) / 4 - 1] > 0) || !(x[m - 1] > 0)) return OK;
    TRY(fit(x, m, shape));
    *error = (1 + fabs(*shape)) / sqrt((double)m);
    return OK;
}

// The weighted mean of an argument in one block: terms are distances from where the draws are.
static double middle(const SampleLanes *l, uint32_t arg, double top) {
    double sum = 0, all = 0;
    for (size_t i = 0; i < SAMPLE_BLOCK; i++) {
        double x = l->args[arg][i], w = exp(l->log_weight[i] - top);
        if (!isfinite(x) || !(w > 0)) continue;
        sum += w * x;
        all += w;
    }
    return all > 0 ? sum / all : 0;
}

Status sample_tails_shape(const SamplePlan *plan, SampleLanes *lanes, uint64_t seed,
                          uint64_t draws, RealHead head, bool weighted, double *shape) {
    uint64_t blocks = draws / SAMPLE_BLOCK + 1;
    if (blocks > TAIL_BLOCKS) blocks = TAIL_BLOCKS;
    double *z = MEM_NEW(double, blocks *SAMPLE_BLOCK), top = 0, pivot[2] = {0}, error = 0;
    size_t n = 0;
    if (!z) return NOMEM;
    for (uint64_t b = 0; b < blocks; b++) {
        sample_block(plan, lanes, seed, b, SAMPLE_BLOCK);
        if (b == 0) { // a common scale, so that no weight underflows
            top = -INFINITY;
            for (size_t i = 0; i < SAMPLE_BLOCK; i++) top = fmax(top, lanes->log_weight[i]);
            if (!(top > -INFINITY)) top = 0;
            for (uint32_t i = 0; i < lanes->nargs && i < 2; i++) pivot[i] = middle(lanes, i, top);
        }
        n += add_block(lanes, head, pivot, top, weighted, z + n);
    }
    Status status = sample_tails_fit(z, n, shape, &error);
    *shape -= 2 * error;
    mem_free(z);
    return status;
}

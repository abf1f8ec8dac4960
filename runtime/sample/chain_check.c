// Chain check: rank-normalised split R-hat.
#include "runtime/sample/chain_check.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include <gsl/gsl_cdf.h>

#include "runtime/base/mem.h"

// More draws are thinned.
#define MOST_DRAWS ((size_t)1 << 17)

typedef struct Ranked {
    double value;
    size_t place;
} Ranked;

static int by_value(const void *a, const void *b) {
    double x = ((const Ranked *)a)->value, y = ((const Ranked *)b)->value;
    return (x > y) - (x < y);
}

// Fractional ranks as normal scores (Blom 1958), ties at their mean rank.
static void score(Ranked *r, size_t n, double *out) {
    qsort(r, n, sizeof *r, by_value);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && r[j].value == r[i].value; j++) {
        }
        double rank = (double)(i + j + 1) / 2;
        double z = gsl_cdf_ugaussian_Pinv((rank - 0.375) / ((double)n + 0.25));
        for (size_t k = i; k < j; k++) out[r[k].place] = z;
    }
}

typedef struct Moments {
    double mean, variance;
} Moments;

static Moments half_of(const double *z, size_t draws, size_t chains, size_t chain,
                       size_t half) {
    const size_t n = draws / 2;
    Moments m = {0};
    z += half * (draws - n) * chains + chain;
    for (size_t d = 0; d < n; d++) m.mean += z[d * chains] / (double)n;
    for (size_t d = 0; d < n; d++) {
        double off = z[d * chains] - m.mean;
        m.variance += off * off / (double)(n - 1);
    }
    return m;
}

// Gelman & Rubin's figure of the halves.
static double plain_rhat(const double *z, size_t draws, size_t chains) {
    const size_t half = draws / 2;
    const double n = (double)half, m = (double)(2 * chains);
    double within = 0, mean = 0, square = 0;
    for (size_t c = 0; c < 2 * chains; c++) {
        Moments h = half_of(z, draws, chains, c / 2, c % 2);
        within += h.variance / m;
        mean += h.mean / m;
        square += h.mean * h.mean;
    }
    double between = (square - m * mean * mean) / (m - 1);
    if (!(between > 0)) return 1;
    return sqrt((n - 1) / n + between / within);
}

Status chain_check_rhat(const double *x, size_t draws, size_t chains, double *out) {
    const size_t step = draws * chains > MOST_DRAWS ? draws * chains / MOST_DRAWS : 1;
    const size_t kept = draws / step, n = kept * chains;
    Ranked *r = MEM_NEW(Ranked, n);
    double *z = MEM_NEW(double, n);
    *out = 1;
    if (r && z && kept >= 4) {
        for (size_t i = 0; i < n; i++)
            r[i] = (Ranked){x[i / chains * step * chains + i % chains], i};
        score(r, n, z);
        double median = r[n / 2].value, plain = plain_rhat(z, kept, chains);
        for (size_t i = 0; i < n; i++) r[i].value = fabs(r[i].value - median);
        score(r, n, z);
        *out = fmax(plain, plain_rhat(z, kept, chains));
    }
    Status st = r && z ? OK : NOMEM;
    mem_free(r);
    mem_free(z);
    return st;
}

// Gumbel: the joint law of two Gumbel-max values in closed form.
//
// With E[c] = exp(-G[c]), exponential with rate 1, the values are the argmin of E[c]/p[c] and of
// E[c]/q[c]. Let the first be a with E[a] = s, and the second b with E[b] = t = u*s. Then every
// other E[c] is at least s*max(alpha[c], u*beta[c]), where alpha[c] = p[c]/p[a] and
// beta[c] = q[c]/q[b], and u lies between p[b]/p[a] and q[b]/q[a]. Integrating s*exp(-s*h(u)) over
// s leaves the integral of h(u)^-2, and h(u) = 1 + u + sum of max(alpha[c], u*beta[c]) is linear
// between the points alpha[c]/beta[c], so that a piece from u to v adds (v - u)/(h(u)*h(v)).
#include "runtime/model/gumbel.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "runtime/base/mem.h"

// Another value: from `at` on its beta counts, before it its alpha.
typedef struct GumbelPiece {
    double at, alpha, beta;
    double tail; // the alphas of this and all later pieces
} GumbelPiece;

static int compare_pieces(const void *a, const void *b) {
    double x = ((const GumbelPiece *)a)->at, y = ((const GumbelPiece *)b)->at;
    return (x > y) - (x < y);
}

static uint32_t make_pieces(const double *p, const double *q, uint32_t n, uint32_t a,
                            uint32_t b, GumbelPiece *pieces) {
    uint32_t count = 0;
    for (uint32_t c = 0; c < n; c++) {
        if (c == a || c == b) continue;
        GumbelPiece *piece = &pieces[count++];
        *piece = (GumbelPiece){.alpha = p[c] / p[a], .beta = q[c] / q[b]};
        piece->at = piece->beta > 0 ? piece->alpha / piece->beta : INFINITY;
    }
    qsort(pieces, count, sizeof *pieces, compare_pieces);
    double tail = 0;
    for (uint32_t i = count; i-- > 0;) pieces[i].tail = tail += pieces[i].alpha;
    return count;
}

// The integral of (from + slope*u)^-2.
static double integrate(double from, double slope, double low, double high) {
    if (!(high > low)) return 0;
    if (isinf(high)) return 1 / ((from + slope * low) * slope);
    return (high - low) / ((from + slope * low) * (from + slope * high));
}

static double different(const double *p, const double *q, uint32_t n, uint32_t a, uint32_t b,
                        GumbelPiece *pieces) {
    double low = p[b] / p[a], end = q[a] > 0 ? q[b] / q[a] : INFINITY;
    if (!(low < end)) return 0;
    uint32_t count = make_pieces(p, q, n, a, b, pieces);
    double slope = 1, sum = 0;
    for (uint32_t i = 0; i <= count && low < end; i++) {
        double high = i < count ? fmin(pieces[i].at, end) : end;
        double from = 1 + (i < count ? pieces[i].tail : 0);
        sum += integrate(from, slope, low, high);
        if (high > low) low = high;
        if (i < count) slope += pieces[i].beta;
    }
    return sum;
}

static double same(const double *p, const double *q, uint32_t n, uint32_t a) {
    double sum = 1;
    for (uint32_t c = 0; c < n; c++)
        if (c != a) sum += fmax(p[c] / p[a], q[c] / q[a]);
    return 1 / sum;
}

Status gumbel_joint(const double *p, const double *q, uint32_t n, double *out) {
    GumbelPiece *pieces = MEM_NEW(GumbelPiece, n);
    if (!pieces) return NOMEM;
    for (uint32_t a = 0; a < n; a++)
        for (uint32_t b = 0; b < n; b++) {
            bool possible = p[a] > 0 && q[b] > 0;
            double *cell = &out[(size_t)a * n + b];
            *cell = !possible ? 0 : a == b ? same(p, q, n, a) : different(p, q, n, a, b, pieces);
        }
    mem_free(pieces);
    return OK;
}

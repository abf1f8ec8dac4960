// Sample values: quantiles and laws from kept draws.
#include "runtime/sample/sample_values.h"

#include <math.h>
#include <stdlib.h>

#include "runtime/base/mem.h"

static int by_value(const void *a, const void *b) {
    const SampleValue *x = a, *y = b;
    if (x->x != y->x) return x->x < y->x ? -1 : 1;
    return x->batch < y->batch ? -1 : x->batch > y->batch;
}

size_t sample_values_sort(SampleValue *v, size_t n, bool *undefined) {
    size_t kept = 0;
    double high = -INFINITY, sum = 0;
    *undefined = false;
    for (size_t i = 0; i < n; i++)
        if (v[i].weight > high) high = v[i].weight;
    for (size_t i = 0; i < n; i++) {
        double w = exp(v[i].weight - high);
        if (!(w > 0)) continue;
        if (v[i].x != v[i].x) *undefined = true;
        v[kept] = v[i];
        v[kept++].weight = w;
        sum += w;
    }
    if (*undefined) return kept;
    qsort(v, kept, sizeof *v, by_value);
    for (size_t i = 0; i < kept; i++) v[i].weight /= sum;
    return kept;
}

static size_t place_of(const SampleValue *v, size_t n, double level) {
    double below = 0;
    for (size_t i = 0; i < n; i++) {
        below += v[i].weight;
        if (below >= level) return i;
    }
    return n - 1;
}

static double within(double p) {
    return p < 0 ? 0 : p > 1 ? 1 : p;
}

// The first and the last moment of the values, for their spread, and the effective number.
static void find_spread(const SampleValue *v, size_t n, SampleEstimate *out) {
    double mean = 0, square = 0, ww = 0;
    for (size_t i = 0; i < n; i++) mean += v[i].weight * v[i].x;
    for (size_t i = 0; i < n; i++) {
        square += v[i].weight * (v[i].x - mean) * (v[i].x - mean);
        ww += v[i].weight * v[i].weight;
    }
    out->spread = sqrt(square);
    out->ess = ww > 0 ? 1 / ww : 0;
}

void sample_values_quantile(const SampleValue *v, size_t n, double level, SampleEstimate *out) {
    double weight[REAL_BATCHES] = {0}, below[REAL_BATCHES] = {0}, cdf = 0;
    *out = (SampleEstimate){0};
    find_spread(v, n, out);
    out->value = v[place_of(v, n, level)].x;
    for (size_t i = 0; i < n; i++) {
        weight[v[i].batch] += v[i].weight;
        if (v[i].x <= out->value) below[v[i].batch] += v[i].weight, cdf += v[i].weight;
    }
    for (size_t b = 0; b < REAL_BATCHES; b++)
        out->influence[b] = REAL_BATCHES * (cdf * weight[b] - below[b]);
    double reach = 2 * sample_heads_error(out->influence);
    double low = within(level - reach), high = within(level + reach);
    double slope = high > low ? (v[place_of(v, n, high)].x - v[place_of(v, n, low)].x) /
                                    (high - low)
                              : 0;
    for (size_t b = 0; b < REAL_BATCHES; b++) out->influence[b] *= slope;
    out->se = sample_heads_error(out->influence);
}

Term *sample_values_law(const SampleValue *v, size_t n, size_t most, uint32_t origin) {
    size_t count = n < most ? n : most, at = 0;
    double *x = MEM_NEW(double, count);
    double below = n ? v[0].weight : 0;
    if (!x) return NULL;
    for (size_t i = 0; i < count; i++) {
        double level = ((double)i + 0.5) / (double)count;
        while (below < level && at + 1 < n) below += v[++at].weight;
        x[i] = v[at].x;
    }
    Term *law = term_drawn(x, count, origin);
    mem_free(x);
    return law;
}

// Chain sum: chains as batches of equal weights.
#include "runtime/sample/chain_sum.h"

#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/sample/sample_values.h"

static double mean_of(const double *x, size_t n, size_t step) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i * step];
    return sum / (double)n;
}

// The variance of the draws over that of the mean of all, which the chains' means tell.
static double effective(const double *x, size_t draws) {
    const size_t n = draws * REAL_BATCHES;
    double mean = mean_of(x, n, 1), variance = 0, between = 0;
    for (size_t i = 0; i < n; i++) variance += (x[i] - mean) * (x[i] - mean) / (double)n;
    for (size_t b = 0; b < REAL_BATCHES; b++) {
        double off = mean_of(x + b, draws, REAL_BATCHES) - mean;
        between += off * off / (REAL_BATCHES * (REAL_BATCHES - 1.0));
    }
    return between > 0 ? fmin(variance / between, (double)n) : (double)n;
}

static Status sum_heads(const RealQuestion *q, double *const *columns, uint32_t ncolumns,
                        size_t draws, SampleEstimate *out) {
    SampleSums sums = {0};
    double *weight = MEM_NEW(double, draws), *room = MEM_NEW(double, draws *ncolumns);
    double **args = MEM_NEW(double *, ncolumns);
    Status st = weight && room && args ? sample_sums_open(ncolumns, &sums) : NOMEM;
    for (uint32_t c = 0; st == OK && c < ncolumns; c++) {
        args[c] = room + c * draws;
        sums.pivot[c] = mean_of(columns[c], draws * REAL_BATCHES, 1);
        if (!isfinite(sums.pivot[c])) sums.pivot[c] = 0;
    }
    for (size_t b = 0; st == OK && b < REAL_BATCHES; b++) {
        for (uint32_t c = 0; c < ncolumns; c++)
            for (size_t d = 0; d < draws; d++) args[c][d] = columns[c][d * REAL_BATCHES + b];
        sample_sums_add(&sums, b, draws, weight, args);
    }
    if (st == OK) st = sample_heads_estimate(&sums, q->head, out);
    sample_sums_close(&sums);
    mem_free(weight);
    mem_free(room);
    mem_free(args);
    return st;
}

static SampleValue *values_of(const double *x, size_t n) {
    SampleValue *v = MEM_NEW(SampleValue, n);
    for (size_t i = 0; v && i < n; i++)
        v[i] = (SampleValue){.x = x[i], .batch = (uint32_t)(i % REAL_BATCHES)};
    return v;
}

static Status sum_values(double level, const double *x, size_t n, SampleEstimate *out) {
    SampleValue *v = values_of(x, n);
    bool undefined;
    if (!v) return NOMEM;
    n = sample_values_sort(v, n, &undefined);
    *out = (SampleEstimate){.value = NAN};
    if (!undefined) sample_values_quantile(v, n, level, out);
    mem_free(v);
    return OK;
}

Status chain_sum(const RealQuestion *q, double *const *columns, uint32_t ncolumns, size_t draws,
                 SampleEstimate *out) {
    const size_t n = draws * REAL_BATCHES;
    bool one = q->head == REAL_QUANTILE || q->head == REAL_LAW;
    double level = q->head == REAL_LAW ? 0.5 : q->level;
    if (one)
        TRY(sum_values(level, columns[0], n, out));
    else
        TRY(sum_heads(q, columns, ncolumns, draws, out));
    double hits = mean_of(columns[0], n, 1);
    out->ess = effective(columns[0], draws);
    out->hits = hits * out->ess;
    out->misses = (1 - hits) * out->ess;
    return OK;
}

Term *chain_sum_law(const RealQuestion *q, const double *column, size_t draws, size_t most) {
    const size_t n = draws * REAL_BATCHES;
    SampleValue *v = values_of(column, n);
    bool undefined;
    size_t kept = v ? sample_values_sort(v, n, &undefined) : 0;
    Term *law = v ? sample_values_law(v, kept, most, q->origin) : NULL;
    mem_free(v);
    return law;
}

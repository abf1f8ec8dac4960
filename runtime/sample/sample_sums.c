// Sample sums: adding up.
#include "runtime/sample/sample_sums.h"

#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"

static size_t width(uint32_t n) {
    return (size_t)n * n + 2 * (size_t)n;
}

static void lay_out(SampleBatch *b, size_t n, double *room) {
    b->m = room;
    b->sq = room + n;
    b->mm = room + 2 * n;
}

Status sample_sums_open(uint32_t nargs, SampleSums *out) {
    *out = (SampleSums){.n = nargs};
    out->room = MEM_NEW(double, nargs + width(nargs) * REAL_BATCHES);
    if (!out->room) return NOMEM;
    out->pivot = out->room;
    for (size_t b = 0; b < REAL_BATCHES; b++) {
        out->batches[b].scale = -INFINITY;
        lay_out(&out->batches[b], nargs, out->room + nargs + b * width(nargs));
    }
    return OK;
}

void sample_sums_close(SampleSums *s) {
    mem_free(s->room);
    *s = (SampleSums){0};
}

static void rescale(SampleBatch *b, uint32_t n, double factor) {
    b->w *= factor;
    b->ww *= factor * factor;
    for (uint32_t i = 0; i < n; i++) b->m[i] *= factor;
    for (uint32_t i = 0; i < n; i++) b->sq[i] *= factor * factor;
    for (size_t i = 0; i < (size_t)n * n; i++) b->mm[i] *= factor;
}

static void add_lane(const SampleSums *s, SampleBatch *b, size_t l, double w,
                     double *const *args) {
    b->w += w;
    b->ww += w * w;
    for (uint32_t i = 0; i < s->n; i++) {
        double x = args[i][l] - s->pivot[i];
        b->m[i] += w * x;
        b->sq[i] += w * w * x;
        for (uint32_t j = 0; j <= i; j++)
            b->mm[(size_t)i * s->n + j] += w * x * (args[j][l] - s->pivot[j]);
    }
}

void sample_sums_add(SampleSums *s, size_t batch, size_t lanes, const double *log_weight,
                     double *const *args) {
    SampleBatch *b = &s->batches[batch];
    double high = b->scale;
    for (size_t l = 0; l < lanes; l++)
        if (log_weight[l] > high) high = log_weight[l];
    if (high > b->scale) {
        rescale(b, s->n, b->scale == -INFINITY ? 0 : exp(b->scale - high));
        b->scale = high;
    }
    for (size_t l = 0; l < lanes; l++) {
        if (log_weight[l] == -INFINITY) continue;
        add_lane(s, b, l, log_weight[l] == high ? 1 : exp(log_weight[l] - high), args);
    }
}

void sample_sums_total(const SampleSums *s, SampleBatch *total, double *factor) {
    uint32_t n = s->n;
    total->scale = -INFINITY;
    total->w = total->ww = 0;
    for (size_t b = 0; b < REAL_BATCHES; b++)
        if (s->batches[b].scale > total->scale) total->scale = s->batches[b].scale;
    for (uint32_t i = 0; i < n; i++) total->m[i] = total->sq[i] = 0;
    for (size_t i = 0; i < (size_t)n * n; i++) total->mm[i] = 0;
    for (size_t b = 0; b < REAL_BATCHES; b++) {
        const SampleBatch *x = &s->batches[b];
        double f = x->scale == -INFINITY ? 0 : exp(x->scale - total->scale);
        factor[b] = f;
        total->w += f * x->w;
        total->ww += f * f * x->ww;
        for (uint32_t i = 0; i < n; i++) {
            total->m[i] += f * x->m[i];
            total->sq[i] += f * f * x->sq[i];
            for (uint32_t j = 0; j <= i; j++)
                total->mm[(size_t)i * n + j] += f * x->mm[(size_t)i * n + j];
        }
    }
}

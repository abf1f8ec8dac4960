// Draw: uniforms, the two ziggurats, and the list of samplers.
#include "runtime/sample/draw.h"

#include <math.h>

#include "runtime/model/dist_family.h"
#include "runtime/base/lanes.h"
#include "runtime/sample/draw_family.h"

#define LAYERS 256

#define LAYER_NORMAL(x, under) x,
static const double normal_x[LAYERS + 1] = {
#include "runtime/sample/ziggurat.def"
    0};
#define LAYER_NORMAL(x, under) under,
static const double normal_under[LAYERS] = {
#include "runtime/sample/ziggurat.def"
};
#define LAYER_EXPONENTIAL(x, under) x,
static const double exponential_x[LAYERS + 1] = {
#include "runtime/sample/ziggurat.def"
    0};
#define LAYER_EXPONENTIAL(x, under) under,
static const double exponential_under[LAYERS] = {
#include "runtime/sample/ziggurat.def"
};

static inline size_t min_size(size_t a, size_t b) {
    return a < b ? a : b;
}

LANES_CLONES static void units(size_t n, const uint64_t *words, double *out) {
    for (size_t i = 0; i < n; i++) out[i] = stream_unit_of(words[i]);
}

void draw_uniforms(Stream *s, size_t n, double *out) {
    uint64_t words[DRAW_BLOCK];
    for (size_t done = 0, take; done < n; done += take) {
        take = min_size(n - done, DRAW_BLOCK);
        stream_words(s, take, words);
        units(take, words, out + done);
    }
}

// The lowest 8 bits choose the layer, the upper 52 the place in it.
static inline size_t layer_of(uint64_t word) {
    return word & (LAYERS - 1);
}

// --- normal ---

// The upper 52 bits as a double in (-1, 1), symmetric, never 0.
static inline double signed_unit_of(uint64_t word) {
    union {
        uint64_t bits;
        double value; // 2 + k / 2^51
    } x = {.bits = word >> 12 | UINT64_C(0x400) << 52};
    return (x.value - 3) + 0x1p-52;
}

// Beyond the last layer (Marsaglia 1964): exponential proposals, accepted by the rest of the
// exponent.
static double normal_tail(Stream *s) {
    const double r = normal_x[1];
    double x, y;
    do {
        x = draw_one_exponential(s) / r;
        y = draw_one_exponential(s);
    } while (2 * y < x * x);
    return r + x;
}

// For a word that does not land under the curve at once.
static double normal_slow(Stream *s, uint64_t word) {
    for (;; word = stream_word(s)) {
        size_t i = layer_of(word);
        double u = signed_unit_of(word), x = u * normal_x[i];
        if (fabs(u) < normal_under[i]) return x;
        if (i == 0) return copysign(normal_tail(s), u);
        double high = exp(-0.5 * normal_x[i + 1] * normal_x[i + 1]);
        double low = exp(-0.5 * normal_x[i] * normal_x[i]);
        if (low + stream_unit(s) * (high - low) < exp(-0.5 * x * x)) return x;
    }
}

double draw_one_normal(Stream *s) {
    return normal_slow(s, stream_word(s));
}

// NaN where the word has to be looked at again. Not for vectors: two gathers cost more than
// they bring.
static void normal_fast(size_t n, const uint64_t *words, double *out) {
    for (size_t l = 0; l < n; l++) {
        size_t i = layer_of(words[l]);
        double u = signed_unit_of(words[l]);
        out[l] = fabs(u) < normal_under[i] ? u * normal_x[i] : NAN;
    }
}

void draw_normals(Stream *s, size_t n, double *out) {
    uint64_t words[DRAW_BLOCK];
    for (size_t done = 0, take; done < n; done += take, out += take) {
        take = min_size(n - done, DRAW_BLOCK);
        stream_words(s, take, words);
        normal_fast(take, words, out);
        for (size_t l = 0; l < take; l++)
            if (isnan(out[l])) out[l] = normal_slow(s, words[l]);
    }
}

// --- exponential ---

// The tail beyond the last layer is the whole again, further on.
static double exponential_slow(Stream *s, uint64_t word) {
    double start = 0;
    for (;; word = stream_word(s)) {
        size_t i = layer_of(word);
        double u = stream_unit_of(word), x = u * exponential_x[i];
        if (u < exponential_under[i]) return start + x;
        if (i == 0) {
            start += exponential_x[1];
            continue;
        }
        double high = exp(-exponential_x[i + 1]), low = exp(-exponential_x[i]);
        if (low + stream_unit(s) * (high - low) < exp(-x)) return start + x;
    }
}

double draw_one_exponential(Stream *s) {
    return exponential_slow(s, stream_word(s));
}

static void exponential_fast(size_t n, const uint64_t *words, double *out) {
    for (size_t l = 0; l < n; l++) {
        size_t i = layer_of(words[l]);
        double u = stream_unit_of(words[l]);
        out[l] = u < exponential_under[i] ? u * exponential_x[i] : NAN;
    }
}

void draw_exponentials(Stream *s, size_t n, double *out) {
    uint64_t words[DRAW_BLOCK];
    for (size_t done = 0, take; done < n; done += take, out += take) {
        take = min_size(n - done, DRAW_BLOCK);
        stream_words(s, take, words);
        exponential_fast(take, words, out);
        for (size_t l = 0; l < take; l++)
            if (isnan(out[l])) out[l] = exponential_slow(s, words[l]);
    }
}

// --- families ---

static const struct {
    const DistFamily *family;
    DrawFill *fill;
} samplers[] = {
    {&dist_continuous_normal, draw_normal},
    {&dist_discrete_bernoulli, draw_bernoulli},
    {&dist_continuous_uniform, draw_uniform},
    {&dist_continuous_exponential, draw_exponential},
    {&dist_continuous_gamma, draw_gamma},
    {&dist_continuous_beta, draw_beta},
    {&dist_discrete_poisson, draw_poisson},
    {&dist_discrete_binomial, draw_binomial},
    {&dist_discrete_uniform, draw_uniform_int},
    {&dist_discrete_geometric, draw_geometric},
    {&dist_discrete_negative_binomial, draw_negative_binomial},
    {&dist_discrete_point, draw_point},
    {&dist_continuous_cauchy, draw_cauchy},
    {&dist_continuous_gumbel, draw_gumbel},
    {&dist_continuous_laplace, draw_laplace},
    {&dist_continuous_logistic, draw_logistic},
    {&dist_continuous_lognormal, draw_lognormal},
    {&dist_continuous_pareto, draw_pareto},
    {&dist_continuous_student_t, draw_student_t},
    {&dist_continuous_triangular, draw_triangular},
    {&dist_continuous_weibull, draw_weibull},
};

static DrawFill *sampler_of(const DistFamily *f) {
    size_t i = 0;
    while (samplers[i].family != f) i++;
    return samplers[i].fill;
}

static double host_unit(void *stream) {
    return stream_unit(stream);
}

static void draw_host(const DistFamily *f, Stream *s, const double *const *params,
                      const size_t *strides, size_t n, double *out) {
    double p[DRAW_MOST_PARAMS];
    for (size_t l = 0; l < n; l++) {
        for (uint32_t i = 0; i < f->nparams; i++) p[i] = params[i][l * strides[i]];
        out[l] = f->host->draw(f, p, host_unit, s);
    }
}

void draw_family(const DistFamily *f, Stream *s, const double *const *params,
                 const size_t *strides, size_t n, double *out) {
    if (f->host) {
        draw_host(f, s, params, strides, n, out);
        return;
    }
    DrawFill *fill = sampler_of(f);
    double constant[DRAW_MOST_PARAMS][DRAW_BLOCK];
    const double *p[DRAW_MOST_PARAMS];
    for (uint32_t i = 0; i < f->nparams; i++) {
        if (strides[i]) continue;
        p[i] = constant[i];
        for (size_t l = 0; l < min_size(n, DRAW_BLOCK); l++) constant[i][l] = params[i][0];
    }
    for (size_t done = 0; done < n; done += DRAW_BLOCK) {
        for (uint32_t i = 0; i < f->nparams; i++)
            if (strides[i]) p[i] = params[i] + done;
        fill(s, p, min_size(n - done, DRAW_BLOCK), out + done);
    }
}

double draw_one(const DistFamily *f, Stream *s, const double *params) {
    const double *values[] = {params, params + 1, params + 2};
    static const size_t strides[] = {0, 0, 0};
    double out;
    draw_family(f, s, values, strides, 1, &out);
    return out;
}

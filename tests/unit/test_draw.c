// Tests of runtime/sample/stream and draw: the generator against a plain one, every family
// against GSL's cdf, tails, streams, wrong parameters.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>

#include "runtime/base/rng.h"
#include "runtime/sample/draw.h"
#include "runtime/sample/log_mass.h"

// The same loops once more, compiled for the plainest processor.
#include "runtime/base/lanes.h"
#undef LANES_CLONES
#define LANES_CLONES
void plain_open(Stream *s, uint64_t seed, uint64_t number);
void plain_words(Stream *s, size_t n, uint64_t *out);
void plain_uniforms(Stream *s, size_t n, double *out);
void plain_normals(Stream *s, size_t n, double *out);
void plain_exponentials(Stream *s, size_t n, double *out);
double plain_one_normal(Stream *s);
double plain_one_exponential(Stream *s);
void plain_family(const DistFamily *f, Stream *s, const double *const *params,
                  const size_t *strides, size_t n, double *out);
double plain_one(const DistFamily *f, Stream *s, const double *params);
#define stream_open plain_open
#define stream_words plain_words
#include "runtime/sample/stream.c"
#undef stream_open
#undef stream_words
#define draw_uniforms plain_uniforms
#define draw_normals plain_normals
#define draw_exponentials plain_exponentials
#define draw_family plain_family
#define draw_one plain_one
#define draw_one_normal plain_one_normal
#define draw_one_exponential plain_one_exponential
#include "runtime/sample/draw.c"
#undef draw_uniforms
#undef draw_normals
#undef draw_exponentials
#undef draw_family
#undef draw_one
#undef draw_one_normal
#undef draw_one_exponential

#define N 40000

// --- the generator ---

// xoshiro256++ as its authors give it.
static uint64_t one_plain(uint64_t s[4]) {
    uint64_t sum = s[0] + s[3], result = (sum << 23 | sum >> 41) + s[0], t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = s[3] << 45 | s[3] >> 19;
    return result;
}

static void lanes_are_xoshiro(void **state) {
    (void)state;
    Stream s;
    stream_open(&s, 7, 3);
    uint64_t own[STREAM_WIDTH][4], words[STREAM_WIDTH * 100];
    for (size_t lane = 0; lane < STREAM_WIDTH; lane++)
        for (size_t i = 0; i < 4; i++) own[lane][i] = s.state[i][lane];
    stream_words(&s, STREAM_WIDTH * 100, words);
    for (size_t i = 0; i < STREAM_WIDTH * 100; i++)
        assert_true(words[i] == one_plain(own[i % STREAM_WIDTH]));
    // The first output of the authors' program from the state 1, 2, 3, 4.
    assert_true(one_plain((uint64_t[]){1, 2, 3, 4}) == 41943041);
}

static void vectors_change_nothing(void **state) {
    (void)state;
    Stream a, b;
    stream_open(&a, 11, 5);
    plain_open(&b, 11, 5);
    static double x[N], y[N];
    draw_normals(&a, N, x);
    plain_normals(&b, N, y);
    assert_memory_equal(x, y, sizeof x);
    draw_exponentials(&a, N - 3, x);
    plain_exponentials(&b, N - 3, y);
    assert_memory_equal(x, y, sizeof x);
    draw_uniforms(&a, 1001, x);
    plain_uniforms(&b, 1001, y);
    assert_memory_equal(x, y, sizeof x);
    assert_true(stream_word(&a) == stream_word(&b));
}

static void units_are_open(void **state) {
    (void)state;
    assert_true(stream_unit_of(0) == 0x1p-53);
    assert_true(stream_unit_of(UINT64_MAX) == 1 - 0x1p-53);
}

static double correlation(const double *x, const double *y, size_t n) {
    double sx = 0, sy = 0, xx = 0, yy = 0, xy = 0, m = (double)n;
    for (size_t i = 0; i < n; i++) {
        sx += x[i];
        sy += y[i];
        xx += x[i] * x[i];
        yy += y[i] * y[i];
        xy += x[i] * y[i];
    }
    return (xy / m - sx / m * sy / m) /
           sqrt((xx / m - sx / m * sx / m) * (yy / m - sy / m * sy / m));
}

// Streams of neighbouring numbers and seeds, and a stream against itself further on.
static void streams_are_independent(void **state) {
    (void)state;
    static double x[N + 16], y[N];
    const uint64_t pairs[][4] = {{1, 0, 1, 1}, {1, 0, 2, 0}, {0, 1, 1, 0}, {0, 0, 0, 1}};
    Stream s;
    for (size_t i = 0; i < 4; i++) {
        stream_open(&s, pairs[i][0], pairs[i][1]);
        draw_uniforms(&s, N + 16, x);
        stream_open(&s, pairs[i][2], pairs[i][3]);
        draw_uniforms(&s, N, y);
        assert_true(fabs(correlation(x, y, N)) < 4.5 / sqrt(N));
        for (size_t lag = 1; lag <= 16; lag++)
            assert_true(fabs(correlation(x, x + lag, N)) < 4.5 / sqrt(N));
    }
}

// --- the ziggurats ---

static void layers_have_equal_areas(void **state) {
    (void)state;
    double tail = sqrt(M_PI / 2) * erfc(normal_x[1] / M_SQRT2);
    double area = normal_x[1] * exp(-0.5 * normal_x[1] * normal_x[1]) + tail;
    double tail_e = exp(-exponential_x[1]), area_e = (exponential_x[1] + 1) * tail_e;
    for (size_t i = 1; i < LAYERS; i++) {
        double a = normal_x[i], b = normal_x[i + 1];
        assert_true(fabs(a * (exp(-0.5 * b * b) - exp(-0.5 * a * a)) / area - 1) < 1e-11);
        assert_true(fabs(normal_under[i] - b / a) < 1e-15);
        a = exponential_x[i], b = exponential_x[i + 1];
        assert_true(fabs(a * (exp(-b) - exp(-a)) / area_e - 1) < 1e-11);
        assert_true(fabs(exponential_under[i] - b / a) < 1e-15);
    }
    assert_true(fabs(normal_under[0] - normal_x[1] / normal_x[0]) < 1e-15);
    assert_true(fabs(normal_x[0] * exp(-0.5 * normal_x[1] * normal_x[1]) - area) < 1e-15);
    assert_true(fabs(exponential_x[0] * tail_e - area_e) < 1e-15);
}

// Counts beyond 2, 3, 3.7 and 4.2 on both sides within 4.5 standard deviations.
static void normal_tails(void **state) {
    (void)state;
    static const double at[] = {2, 3, 3.7, 4.2};
    static double x[N];
    double above[4] = {0}, below[4] = {0}, total = 0;
    Stream s;
    for (uint64_t block = 0; block < 50; block++) {
        stream_open(&s, 20, block);
        draw_normals(&s, N, x);
        total += N;
        for (size_t i = 0; i < N; i++)
            for (size_t k = 0; k < 4; k++) above[k] += x[i] > at[k], below[k] += x[i] < -at[k];
    }
    for (size_t k = 0; k < 4; k++) {
        double want = total * gsl_cdf_ugaussian_Q(at[k]);
        assert_true(fabs(above[k] - want) < 4.5 * sqrt(want));
        assert_true(fabs(below[k] - want) < 4.5 * sqrt(want));
    }
}

// --- families ---

typedef double Cdf(const double *a, double x);

static double cdf_bernoulli(const double *a, double x) {
    return x < 0 ? 0 : x < 1 ? 1 - a[0] : 1;
}
static double cdf_beta(const double *a, double x) {
    return gsl_cdf_beta_P(x, a[0], a[1]);
}
static double cdf_binomial(const double *a, double x) {
    return x < 0 ? 0 : x >= a[0] ? 1 : gsl_cdf_binomial_P((unsigned)x, a[1], (unsigned)a[0]);
}
static double cdf_cauchy(const double *a, double x) {
    return gsl_cdf_cauchy_P(x - a[0], a[1]);
}
static double cdf_exponential(const double *a, double x) {
    return gsl_cdf_exponential_P(x, 1 / a[0]);
}
static double cdf_gamma(const double *a, double x) {
    return gsl_cdf_gamma_P(x, a[0], 1 / a[1]);
}
// GSL counts trials, we failures.
static double cdf_geometric(const double *a, double x) {
    return x < 0 ? 0 : gsl_cdf_geometric_P((unsigned)x + 1, a[0]);
}
static double cdf_gumbel(const double *a, double x) {
    return gsl_cdf_gumbel1_P((x - a[0]) / a[1], 1, 1);
}
static double cdf_laplace(const double *a, double x) {
    return gsl_cdf_laplace_P(x - a[0], a[1]);
}
static double cdf_logistic(const double *a, double x) {
    return gsl_cdf_logistic_P(x - a[0], a[1]);
}
static double cdf_lognormal(const double *a, double x) {
    return gsl_cdf_lognormal_P(x, a[0], a[1]);
}
static double cdf_negative_binomial(const double *a, double x) {
    return x < 0 ? 0 : gsl_cdf_negative_binomial_P((unsigned)x, a[1], a[0]);
}
static double cdf_normal(const double *a, double x) {
    return gsl_cdf_gaussian_P(x - a[0], a[1]);
}
static double cdf_pareto(const double *a, double x) {
    return gsl_cdf_pareto_P(x, a[0], a[1]);
}
static double cdf_poisson(const double *a, double x) {
    return x < 0 ? 0 : a[0] == 0 ? 1 : gsl_cdf_poisson_P((unsigned)x, a[0]);
}
static double cdf_student_t(const double *a, double x) {
    return gsl_cdf_tdist_P((x - a[1]) / a[2], a[0]);
}
static double cdf_triangular(const double *a, double x) {
    double range = a[1] - a[0];
    if (x <= a[2]) return (x - a[0]) * (x - a[0]) / (range * (a[2] - a[0]));
    return 1 - (a[1] - x) * (a[1] - x) / (range * (a[1] - a[2]));
}
static double cdf_uniform(const double *a, double x) {
    return gsl_cdf_flat_P(x, a[0], a[1]);
}
static double cdf_uniform_int(const double *a, double x) {
    return x < a[0] ? 0 : x >= a[1] ? 1 : (floor(x) - a[0] + 1) / (a[1] - a[0] + 1);
}
static double cdf_weibull(const double *a, double x) {
    return gsl_cdf_weibull_P(x, a[1], a[0]);
}

typedef struct Case {
    const char *family;
    Cdf *cdf;
    double params[3];
} Case;

static const Case cases[] = {
    {"bernoulli", cdf_bernoulli, {0.3}},
    {"bernoulli", cdf_bernoulli, {0}},
    {"beta", cdf_beta, {2, 3}},
    {"beta", cdf_beta, {0.5, 0.5}},
    {"beta", cdf_beta, {0.05, 4}},
    {"beta", cdf_beta, {1, 1}},
    {"beta", cdf_beta, {300, 20}},
    {"binomial", cdf_binomial, {10, 0.3}},
    {"binomial", cdf_binomial, {0, 0.3}},
    {"binomial", cdf_binomial, {1000, 0.002}},
    {"binomial", cdf_binomial, {1000, 0.998}},
    {"binomial", cdf_binomial, {20, 0.5}},
    {"binomial", cdf_binomial, {25, 0.5}},
    {"binomial", cdf_binomial, {100000, 0.7}},
    {"binomial", cdf_binomial, {7, 1}},
    {"cauchy", cdf_cauchy, {1, 3}},
    {"exponential", cdf_exponential, {0.25}},
    {"gamma", cdf_gamma, {1, 2}},
    {"gamma", cdf_gamma, {0.1, 2}},
    {"gamma", cdf_gamma, {0.9, 1}},
    {"gamma", cdf_gamma, {7.5, 0.5}},
    {"gamma", cdf_gamma, {1000, 3}},
    {"geometric", cdf_geometric, {0.2}},
    {"geometric", cdf_geometric, {1}},
    {"geometric", cdf_geometric, {0.001}},
    {"gumbel", cdf_gumbel, {1, 2}},
    {"laplace", cdf_laplace, {-1, 0.5}},
    {"logistic", cdf_logistic, {2, 0.3}},
    {"lognormal", cdf_lognormal, {0.5, 0.8}},
    {"negative_binomial", cdf_negative_binomial, {3, 0.4}},
    {"negative_binomial", cdf_negative_binomial, {0.5, 0.01}},
    {"normal", cdf_normal, {3, 2}},
    {"pareto", cdf_pareto, {1.5, 2}},
    {"poisson", cdf_poisson, {0}},
    {"poisson", cdf_poisson, {0.3}},
    {"poisson", cdf_poisson, {9.9}},
    {"poisson", cdf_poisson, {10}},
    {"poisson", cdf_poisson, {47}},
    {"poisson", cdf_poisson, {5000}},
    {"student_t", cdf_student_t, {1.5, 0, 1}},
    {"student_t", cdf_student_t, {30, 2, 3}},
    {"triangular", cdf_triangular, {0, 4, 1}},
    {"uniform", cdf_uniform, {-2, 5}},
    {"uniform_int", cdf_uniform_int, {-2, 5}},
    {"weibull", cdf_weibull, {0.7, 2}},
    {"weibull", cdf_weibull, {3, 2}},
};

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Kolmogorov's limit law: P(sqrt(n) D > 2.23) is below 1e-4; for discrete laws less. D is taken
// between the steps of the sample on both sides of each distinct value.
static double kolmogorov(double *x, size_t n, const Case *c) {
    bool discrete = dist_find(c->family)->support != NULL;
    double most = 0;
    qsort(x, n, sizeof *x, ascending);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i; j < n && x[j] == x[i]; j++) {
        }
        double at = c->cdf(c->params, x[i]);
        double before = discrete ? c->cdf(c->params, x[i] - 1) : at;
        most = fmax(most, fabs((double)j / (double)n - at));
        most = fmax(most, fabs((double)i / (double)n - before));
    }
    return most * sqrt((double)n);
}

static void check_moments(const double *x, size_t n, const Case *c) {
    const DistFamily *f = dist_find(c->family);
    double mean = f->mean(c->params), variance = f->variance(c->params), sum = 0;
    if (!isfinite(mean) || !isfinite(variance)) return;
    for (size_t i = 0; i < n; i++) sum += x[i];
    double miss = fabs(sum / (double)n - mean);
    if (miss > 4.5 * sqrt(variance / (double)n))
        fail_msg("%s(%g, %g): mean %.17g, not %.17g", c->family, c->params[0], c->params[1],
                 sum / (double)n, mean);
}

static void families_follow_their_laws(void **state) {
    (void)state;
    static double x[N];
    static const size_t strides[] = {0, 0, 0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const Case *c = &cases[i];
        const double *params[] = {c->params, c->params + 1, c->params + 2};
        Stream s;
        stream_open(&s, 2026, i);
        draw_family(dist_find(c->family), &s, params, strides, N, x);
        check_moments(x, N, c);
        double d = kolmogorov(x, N, c);
        if (!(d < 2.23))
            fail_msg("%s(%g, %g): sqrt(n) D = %g", c->family, c->params[0], c->params[1], d);
    }
}

// Chi-square on the values of small discrete laws, which Kolmogorov's test is coarse for.
static void discrete_counts(void **state) {
    (void)state;
    static const Case few[] = {
        {"binomial", cdf_binomial, {25, 0.5}},
        {"binomial", cdf_binomial, {10, 0.3}},
        {"binomial", cdf_binomial, {40, 0.3}},
        {"poisson", cdf_poisson, {3}},
        {"poisson", cdf_poisson, {12}},
        {"poisson", cdf_poisson, {30}},
        {"geometric", cdf_geometric, {0.3}},
        {"uniform_int", cdf_uniform_int, {1, 6}},
        {"negative_binomial", cdf_negative_binomial, {3, 0.4}},
    };
    static double x[N];
    static const size_t strides[] = {0, 0, 0};
    for (size_t i = 0; i < sizeof few / sizeof *few; i++) {
        const Case *c = &few[i];
        const double *params[] = {c->params, c->params + 1, c->params + 2};
        double count[64] = {0}, square = 0, cells = 0;
        Stream s;
        stream_open(&s, 99, i);
        draw_family(dist_find(c->family), &s, params, strides, N, x);
        for (size_t l = 0; l < N; l++)
            if (x[l] < 64) count[(size_t)x[l]]++;
        for (int k = 0; k < 64; k++) {
            double p = c->cdf(c->params, k) - c->cdf(c->params, k - 1);
            if (N * p < 10) continue;
            square += (count[k] - N * p) * (count[k] - N * p) / (N * p);
            cells++;
        }
        if (!(gsl_cdf_chisq_Q(square, cells) > 1e-4))
            fail_msg("%s(%g, %g): chi-square %g of %g cells", c->family, c->params[0],
                     c->params[1], square, cells);
    }
}

// Parameters that differ from lane to lane: each lane by its own cdf must be uniform.
static void lanes_have_their_own(void **state) {
    (void)state;
    static double mean[N], x[N], u[N];
    const double sd = 0.5, shape = 2.5;
    Stream s;
    stream_open(&s, 5, 0);
    for (size_t l = 0; l < N; l++) mean[l] = 1 + (double)(l % 97);
    draw_family(dist_find("normal"), &s, (const double *[]){mean, &sd}, (size_t[]){1, 0}, N, x);
    for (size_t l = 0; l < N; l++) u[l] = gsl_cdf_gaussian_P(x[l] - mean[l], sd);
    static const Case flat = {"uniform", cdf_uniform, {0, 1}};
    assert_true(kolmogorov(u, N, &flat) < 2.23);
    draw_family(dist_find("gamma"), &s, (const double *[]){&shape, mean}, (size_t[]){0, 1}, N,
                x);
    for (size_t l = 0; l < N; l++) u[l] = gsl_cdf_gamma_P(x[l], shape, 1 / mean[l]);
    assert_true(kolmogorov(u, N, &flat) < 2.23);
}

// NaN exactly where the family refuses its parameters; nothing hangs.
static void wrong_parameters_give_nan(void **state) {
    (void)state;
    static const double odd[] = {NAN,    INFINITY, -INFINITY, -1,  0,     0.5,
                                 1e-300, 1,        2,         2.5, 1e300, 1e17};
    const size_t many = sizeof odd / sizeof *odd;
    Stream s;
    stream_open(&s, 1, 1);
    for (size_t f = 0; dist_list[f]; f++)
        for (size_t i = 0; i < many * many * many; i++) {
            double p[] = {odd[i % many], odd[i / many % many], odd[i / many / many]};
            double x = draw_one(dist_list[f], &s, p);
            if (dist_list[f]->wrong(p))
                assert_true(isnan(x));
            else if (isnan(x))
                fail_msg("%s(%g, %g, %g)", dist_list[f]->name, p[0], p[1], p[2]);
        }
}

// --- log masses -----------------------------------------------------------------------------

// Block by block as one at a time, lanes with the same parameters or their own, at the ends of
// supports, and with parameters that are wrong.
static void blocks_of_log_masses(void **state) {
    (void)state;
    static const double values[] = {-1,  0,  0.25, 0.5, 1,   2,       3,
                                    7.5, 40, 900,  1e5, NAN, INFINITY};
    enum { MANY = sizeof values / sizeof *values, LANES = 64 };
    double p[3][LANES], x[LANES], out[LANES];
    Rng rng;
    rng_seed(&rng, 4, 0);
    for (size_t round = 0; round < 4000; round++) {
        const DistFamily *f = dist_list[round % 21];
        for (size_t i = 0; i < 3; i++)
            for (size_t l = 0; l < LANES; l++)
                p[i][l] = l && (round >> i & 32) ? p[i][l - 1] : values[rng_below(&rng, MANY)];
        for (size_t l = 0; l < LANES; l++)
            x[l] = rng_below(&rng, 2) ? values[rng_below(&rng, MANY)] : 20 * rng_unit(&rng);
        log_mass_block(f, (const double *[]){p[0], p[1], p[2]}, LANES, x, out);
        for (size_t l = 0; l < LANES; l++) {
            double want = f->log_mass((double[]){p[0][l], p[1][l], p[2][l]}, x[l]);
            double size = fmax(fabs(want), 1) + 10 * fabs(x[l] * log(x[l] + 2)) +
                          10 * fabs(p[0][l] * log(p[0][l] + 2));
            bool equal = want == out[l] || (isnan(want) && isnan(out[l])) ||
                         fabs(want - out[l]) <= 1e-13 * size;
            if (!equal)
                fail_msg("%s(%g, %g, %g) at %g: %.17g, not %.17g", f->name, p[0][l], p[1][l],
                         p[2][l], x[l], out[l], want);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_are_xoshiro),
        cmocka_unit_test(vectors_change_nothing),
        cmocka_unit_test(units_are_open),
        cmocka_unit_test(streams_are_independent),
        cmocka_unit_test(layers_have_equal_areas),
        cmocka_unit_test(normal_tails),
        cmocka_unit_test(families_follow_their_laws),
        cmocka_unit_test(discrete_counts),
        cmocka_unit_test(lanes_have_their_own),
        cmocka_unit_test(wrong_parameters_give_nan),
        cmocka_unit_test(blocks_of_log_masses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

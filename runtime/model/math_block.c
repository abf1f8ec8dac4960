// Math block: functions of numbers on whole arrays.
#include "runtime/model/math_block.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/lanes.h"

#define LN2_HIGH 0x1.62e42fefa3800p-1 // ends in zeros: its product with a whole number is exact
#define LN2_LOW 0x1.ef35793c76730p-45

// 2^k for a whole k in -1022..1023: adding 1.5 * 2^52 leaves k in the low bits.
static inline double power_of_two(double k) {
    return lanes_double(lanes_bits(k + (0x1.8p52 + 1023)) << 52);
}

// To the nearest whole number, by the rounding of an addition.
static inline double nearest(double x) {
    return (x + 0x1.8p52) - 0x1.8p52;
}

// exp(x) = 2^k exp(r) with |r| <= ln 2 / 2, whose Taylor series is good to 4e-18 after r^13. The
// power is applied in two halves, so that results below the normal range lose no more than they
// must.
static inline double exp_one(double x) {
    double y = x < -746 ? -746 : x;
    y = y > 710 ? 710 : y;
    double k = nearest(y * 0x1.71547652b82fep0);
    double r = (y - k * LN2_HIGH) - k * LN2_LOW;
    double p = 1.0 / 6227020800;
    p = p * r + 1.0 / 479001600;
    p = p * r + 1.0 / 39916800;
    p = p * r + 1.0 / 3628800;
    p = p * r + 1.0 / 362880;
    p = p * r + 1.0 / 40320;
    p = p * r + 1.0 / 5040;
    p = p * r + 1.0 / 720;
    p = p * r + 1.0 / 120;
    p = p * r + 1.0 / 24;
    p = p * r + 1.0 / 6;
    p = p * r + 0.5;
    p = 1 + (r + r * r * p);
    double half = nearest(k * 0.5);
    double e = p * power_of_two(half) * power_of_two(k - half);
    return x == x ? e : x;
}

// The logarithm of a normal x > 0: x = 2^k m with m in sqrt(1/2)..sqrt(2), and log m as twice the
// inverse hyperbolic tangent of s = (m - 1) / (m + 1), whose series in s^2 <= 0.0295 is good to
// 1e-18 after ten terms. `shift` is added to k.
static inline double log_normal(double x, double shift) {
    const uint64_t low = 0x3fe6a09e667f3bcdu, bias = 0x4000000000000000u;
    uint64_t u = lanes_bits(x), exponent = (u - low + bias) >> 52;
    double m = lanes_double(u - (exponent << 52) + bias);
    double k = lanes_double(exponent | 0x4330000000000000u) - (0x1p52 + 1024) + shift;
    double f = m - 1, s = f / (2 + f), z = s * s;
    double p = 1.0 / 21;
    p = p * z + 1.0 / 19;
    p = p * z + 1.0 / 17;
    p = p * z + 1.0 / 15;
    p = p * z + 1.0 / 13;
    p = p * z + 1.0 / 11;
    p = p * z + 1.0 / 9;
    p = p * z + 1.0 / 7;
    p = p * z + 1.0 / 5;
    p = p * z + 1.0 / 3;
    // log m = f - s (f - 2 z p): the large part, f, is exact.
    return k * LN2_HIGH + (f - (s * (f - 2 * z * p) - k * LN2_LOW));
}

static inline double log_one(double x) {
    bool small = x < 0x1p-1022;
    double y = small ? x * 0x1p54 : x, shift = small ? -54 : 0;
    double r = log_normal(y, shift);
    r = x > 0x1.fffffffffffffp1023 ? x : r;
    r = x == 0 ? -INFINITY : r;
    return x < 0 || x != x ? NAN : r;
}

// 1 + x rounded is u; what it lost is put back to first order (Goldberg 1991, theorem 4).
static inline double log1p_one(double x) {
    double u = 1 + x, lost = x - (u - 1);
    double r = log_one(u) + (u > 0x1p53 ? 0 : lost / u);
    r = x > 0x1.fffffffffffffp1023 ? x : r;
    r = x == -1 ? -INFINITY : r;
    return u == 1 ? x : r;
}

static inline double logistic_one(double x) {
    double e = exp_one(-fabs(x));
    return (x >= 0 ? 1 : e) / (1 + e);
}

static inline double logit_one(double x) {
    return log_one(x) - log1p_one(-x);
}

static inline double normal_pdf_one(double x) {
    return exp_one(-0.5 * x * x) * 0.3989422804014326779;
}

#define BLOCK(name, value)                                                                     \
    LANES_CLONES void math_block_##name(size_t n, double *out, const double *x) {              \
        LANES_FREE for (size_t i = 0; i < n; i++) out[i] = value(x[i]);                        \
    }
BLOCK(abs, fabs)
BLOCK(exp, exp_one)
BLOCK(log, log_one)
BLOCK(log1p, log1p_one)
BLOCK(logistic, logistic_one)
BLOCK(logit, logit_one)
BLOCK(normal_pdf, normal_pdf_one)
BLOCK(sqrt, sqrt)
#undef BLOCK

static const struct {
    const char *name;
    MathBlock *block;
} blocks[] = {
    {"abs", math_block_abs},
    {"exp", math_block_exp},
    {"log", math_block_log},
    {"log1p", math_block_log1p},
    {"logistic", math_block_logistic},
    {"logit", math_block_logit},
    {"normal_pdf", math_block_normal_pdf},
    {"sqrt", math_block_sqrt},
};

MathBlock *math_block_find(const char *name) {
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        if (strcmp(blocks[i].name, name) == 0) return blocks[i].block;
    return NULL;
}

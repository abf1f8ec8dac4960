// Draw: continuous families.
#include "runtime/base/lanes.h"
#include "runtime/sample/draw.h"
#include "runtime/sample/draw_family.h"

#define PI 3.14159265358979323846

// --- a location and a scale ---

LANES_CLONES static void move(const double *location, const double *scale, size_t n,
                              double *out) {
    for (size_t l = 0; l < n; l++) {
        double a = location[l], b = scale[l];
        out[l] = draw_finite(a) && draw_positive(b) ? a + b * out[l] : NAN;
    }
}

void draw_normal(Stream *s, const double *const *p, size_t n, double *out) {
    draw_normals(s, n, out);
    move(p[0], p[1], n, out);
}

void draw_lognormal(Stream *s, const double *const *p, size_t n, double *out) {
    draw_normal(s, p, n, out);
    for (size_t l = 0; l < n; l++) out[l] = exp(out[l]);
}

// The sign of a uniform number says on which side, its distance from the middle how far.
void draw_laplace(Stream *s, const double *const *p, size_t n, double *out) {
    draw_uniforms(s, n, out);
    for (size_t l = 0; l < n; l++)
        out[l] = out[l] < 0.5 ? log(2 * out[l]) : -log(2 * (1 - out[l]));
    move(p[0], p[1], n, out);
}

void draw_logistic(Stream *s, const double *const *p, size_t n, double *out) {
    draw_uniforms(s, n, out);
    for (size_t l = 0; l < n; l++) out[l] = log(out[l] / (1 - out[l]));
    move(p[0], p[1], n, out);
}

// -ln of an exponential: P(-ln E <= z) = exp(-exp(-z)).
void draw_gumbel(Stream *s, const double *const *p, size_t n, double *out) {
    draw_exponentials(s, n, out);
    for (size_t l = 0; l < n; l++) out[l] = -log(out[l]);
    move(p[0], p[1], n, out);
}

void draw_cauchy(Stream *s, const double *const *p, size_t n, double *out) {
    draw_uniforms(s, n, out);
    for (size_t l = 0; l < n; l++) out[l] = tan(PI * (out[l] - 0.5));
    move(p[0], p[1], n, out);
}

void draw_student_t(Stream *s, const double *const *p, size_t n, double *out) {
    draw_normals(s, n, out);
    for (size_t l = 0; l < n; l++) {
        double half = p[0][l] / 2;
        out[l] = draw_positive(half) ? out[l] * sqrt(half / draw_one_gamma(s, half)) : NAN;
    }
    move(p[1], p[2], n, out);
}

// --- from an exponential ---

void draw_exponential(Stream *s, const double *const *p, size_t n, double *out) {
    draw_exponentials(s, n, out);
    for (size_t l = 0; l < n; l++) {
        double rate = p[0][l];
        out[l] = draw_positive(rate) ? out[l] / rate : NAN;
    }
}

void draw_weibull(Stream *s, const double *const *p, size_t n, double *out) {
    draw_exponentials(s, n, out);
    for (size_t l = 0; l < n; l++) {
        double shape = p[0][l], scale = p[1][l];
        bool fine = draw_positive(shape) && draw_positive(scale);
        out[l] = fine ? scale * pow(out[l], 1 / shape) : NAN;
    }
}

void draw_pareto(Stream *s, const double *const *p, size_t n, double *out) {
    draw_exponentials(s, n, out);
    for (size_t l = 0; l < n; l++) {
        double shape = p[0][l], scale = p[1][l];
        bool fine = draw_positive(shape) && draw_positive(scale);
        out[l] = fine ? scale * exp(out[l] / shape) : NAN;
    }
}

// --- from a uniform ---

static inline bool interval(double low, double high) {
    return draw_finite(low) && draw_finite(high) && low < high;
}

LANES_CLONES void draw_uniform(Stream *s, const double *const *p, size_t n, double *out) {
    draw_uniforms(s, n, out);
    for (size_t l = 0; l < n; l++) {
        double low = p[0][l], high = p[1][l];
        out[l] = interval(low, high) ? low + (high - low) * out[l] : NAN;
    }
}

void draw_triangular(Stream *s, const double *const *p, size_t n, double *out) {
    draw_uniforms(s, n, out);
    for (size_t l = 0; l < n; l++) {
        double low = p[0][l], high = p[1][l];
        double mode = p[2][l], u = out[l];
        double range = high - low, up = mode - low;
        if (!interval(low, high) || !(mode >= low && mode <= high))
            out[l] = NAN;
        else if (u * range < up)
            out[l] = low + sqrt(u * range * up);
        else
            out[l] = high - sqrt((1 - u) * range * (high - mode));
    }
}

// --- gamma and beta ---

// Marsaglia & Tsang 2000, "A simple method for generating gamma variables", section 4: the cube
// of a normal, for shapes of at least 1.
static double gamma_of_large(Stream *s, double shape) {
    const double d = shape - 1. / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = draw_one_normal(s), v = 1 + c * x;
        if (v <= 0) continue;
        v = v * v * v;
        double u = stream_unit(s), square = x * x;
        if (u < 1 - 0.0331 * square * square) return d * v;
        if (log(u) < 0.5 * square + d * (1 - v + log(v))) return d * v;
    }
}

// Below 1 (their section 6): a gamma of shape + 1 times a power of a uniform number.
double draw_one_log_gamma(Stream *s, double shape) {
    if (shape >= 1) return log(gamma_of_large(s, shape));
    return log(gamma_of_large(s, shape + 1)) - draw_one_exponential(s) / shape;
}

double draw_one_gamma(Stream *s, double shape) {
    return shape >= 1 ? gamma_of_large(s, shape) : exp(draw_one_log_gamma(s, shape));
}

void draw_gamma(Stream *s, const double *const *p, size_t n, double *out) {
    for (size_t l = 0; l < n; l++) {
        double shape = p[0][l], rate = p[1][l];
        bool fine = draw_positive(shape) && draw_positive(rate);
        out[l] = fine ? draw_one_gamma(s, shape) / rate : NAN;
    }
}

// x / (x + y) of two gammas; by their logarithms where they may be too small for doubles.
static double one_beta(Stream *s, double a, double b) {
    if (a >= 1 && b >= 1) {
        double x = gamma_of_large(s, a), y = gamma_of_large(s, b);
        return x / (x + y);
    }
    double x = draw_one_log_gamma(s, a), y = draw_one_log_gamma(s, b);
    return 1 / (1 + exp(y - x));
}

void draw_beta(Stream *s, const double *const *p, size_t n, double *out) {
    for (size_t l = 0; l < n; l++) {
        double a = p[0][l], b = p[1][l];
        out[l] = draw_positive(a) && draw_positive(b) ? one_beta(s, a, b) : NAN;
    }
}

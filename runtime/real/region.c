// Region: products of normal variables over sets, by quadrature where there is no closed form.
#include "runtime/real/region.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_sf_erf.h>

#include "runtime/model/special.h"

#define SQRT_2PI 2.50662827463100050242
#define UNRELATED 1e-14   // a correlation below this is rounding
#define ACCURACY 1e-12    // of an adaptive integral, relative
#define NEAR_ENOUGH 1e-10 // an estimated error above this is not an exact answer
#define FAR 60            // exp(-FAR) of the largest density counts as nothing
#define WIDE 1.0          // an interval whose probability is a difference of two tails

enum {
    POINTS = 20,  // of a Gauss-Legendre rule
    PANELS = 12,  // over the range in which the density counts
    PIECES = 500, // of an adaptive integral
};

// What all integrals of one problem share.
typedef struct Rules {
    Arena *arena;
    gsl_integration_glfixed_table *fixed;
    gsl_integration_workspace *pieces;
    bool inexact; // an integral did not converge
} Rules;

typedef struct Integrand {
    Moment (*at)(void *user, double t);
    void *user;
    double top; // where the density is largest; in plain, a logarithm
} Integrand;

// --- one dimension ---------------------------------------------------------------------------

// The part of an interval where the standard normal density is not negligible next to its
// largest value there, which is at *top: as steps from *top, which far out are much smaller.
static Interval clipped(Interval in, double *top) {
    *top = in.low > 0 ? in.low : in.high < 0 ? in.high : 0;
    double far = sqrt(*top * *top + 2 * FAR), more = 2 * FAR / (far + fabs(*top));
    double less = far + fabs(*top);
    in.low = fmax(in.low - *top, *top < 0 ? -more : -less);
    in.high = fmin(in.high - *top, *top > 0 ? more : less);
    return in;
}

// The standard normal density a step away from `top`, relative to that at `top`.
static double density(double step, double top) {
    return exp(-step * (top + 0.5 * step)) / SQRT_2PI;
}

static Moment panel(const Rules *rules, const Integrand *f, double low, double high) {
    Moment sum = {0};
    for (size_t i = 0; i < POINTS; i++) {
        double step, w;
        gsl_integration_glfixed_point(low, high, i, &step, &w, rules->fixed);
        Moment y = f->at(f->user, f->top + step);
        y.value *= w * density(step, f->top);
        sum = moment_add(sum, y);
    }
    return sum;
}

// The integral of f times the density, in panels that start where the density is largest.
static Moment smooth(const Rules *rules, Integrand f, Interval in) {
    Moment sum = {0};
    in = clipped(in, &f.top);
    const double ends[2] = {in.low, in.high};
    for (int side = 0; side < 2; side++) {
        double width = ends[side] / PANELS;
        for (int i = 0; i < PANELS && width != 0; i++) {
            Moment y = panel(rules, &f, i * width, (i + 1) * width);
            y.value *= side ? 1 : -1;
            sum = moment_add(sum, y);
        }
    }
    sum.log -= 0.5 * f.top * f.top;
    return sum;
}

static Moment unity(void *user, double t) {
    (void)user;
    (void)t;
    return moment_number(1);
}

// The upper tail beyond x > 0, relative to exp(-x^2 / 2).
static double tail(double x) {
    gsl_sf_result hazard;
    if (x == INFINITY || gsl_sf_hazard_e(x, &hazard) != GSL_SUCCESS) return 0;
    return 1 / (SQRT_2PI * hazard.val);
}

// Far out it has the scale that `smooth` gives, so that a quotient of the two loses nothing.
static Moment tails(Interval in) {
    if (in.high < 0) in = (Interval){-in.high, -in.low, false, false};
    if (in.low <= 0)
        return moment_number(1 - gsl_cdf_ugaussian_P(in.low) - gsl_cdf_ugaussian_Q(in.high));
    double rest = tail(in.high) * exp(0.5 * (in.low - in.high) * (in.low + in.high));
    return (Moment){tail(in.low) - (in.high == INFINITY ? 0 : rest), -0.5 * in.low * in.low};
}

static Moment probability(const Rules *rules, IntervalSet set) {
    Moment sum = {0};
    for (uint32_t i = 0; i < set.count; i++) {
        Interval in = set.in[i];
        bool wide = in.high - in.low >= WIDE;
        sum = moment_add(sum, wide ? tails(in) : smooth(rules, (Integrand){unity, NULL, 0}, in));
    }
    return sum;
}

// --- several variables -----------------------------------------------------------------------

// E[product of the lines whose bits are set], by taking the first out and pairing it with each
// other one (Isserlis 1918).
static double product(const double *mean, const double *gram, uint32_t n, uint32_t of) {
    if (!of) return 1;
    uint32_t first = (uint32_t)__builtin_ctz(of), rest = of & (of - 1);
    double sum = mean[first] == 0 ? 0 : mean[first] * product(mean, gram, n, rest);
    for (uint32_t left = rest; left; left &= left - 1) {
        uint32_t j = (uint32_t)__builtin_ctz(left);
        double c = gram[first * n + j];
        if (c != 0) sum += c * product(mean, gram, n, rest & ~(1u << j));
    }
    return sum;
}

// A problem whose last variable is being integrated over.
typedef struct Slice {
    Rules *rules;
    RegionProblem left; // the others, given that variable
    const double *mean; // of the others when it is at its mean
    double *load;       // by how much they move with it, in its deviations
} Slice;

static Moment solve(Rules *rules, const RegionProblem *p, bool *failed);

static Moment slice_at(void *user, double t) {
    Slice *s = user;
    bool failed = false;
    for (uint32_t i = 0; i < s->left.nlines + s->left.nsets; i++)
        s->left.mean[i] = s->mean[i] + s->load[i] * t;
    Moment y = solve(s->rules, &s->left, &failed);
    if (failed) s->rules->inexact = true;
    return y;
}

static bool slice_new(Rules *rules, const RegionProblem *p, Slice *s) {
    const uint32_t n = p->nlines + p->nsets, k = n - 1;
    const double sd = sqrt(p->gram[k * n + k]);
    double *gram = ARENA_ARRAY(rules->arena, double, (size_t)k * k + 1);
    s->rules = rules;
    s->mean = p->mean;
    s->load = ARENA_ARRAY(rules->arena, double, n);
    s->left = (RegionProblem){.nlines = p->nlines, .nsets = p->nsets - 1, .sets = p->sets,
                              .gram = gram, .mean = ARENA_ARRAY(rules->arena, double, n)};
    if (!gram || !s->load || !s->left.mean) return false;
    for (uint32_t i = 0; i < k; i++) s->load[i] = p->gram[i * n + k] / sd;
    for (uint32_t i = 0; i < k; i++) {
        for (uint32_t j = 0; j < k; j++) {
            double whole = p->gram[i * n + j], known = s->load[i] * s->load[j];
            double c = whole - known;
            gram[i * k + j] = fabs(c) <= UNRELATED * (fabs(whole) + fabs(known)) ? 0 : c;
        }
    }
    return true;
}

// The logarithm of the integrand's size.
static double height(const Integrand *f, double t) {
    Moment y = f->at(f->user, t);
    return y.value == 0 ? -INFINITY : log(fabs(y.value)) + y.log - 0.5 * t * t;
}

// The integrand relative to exp(top).
static double plain(double t, void *user) {
    const Integrand *f = user;
    Moment y = f->at(f->user, t);
    return y.value == 0 ? 0 : y.value * exp(y.log - 0.5 * t * t - f->top) / SQRT_2PI;
}

static Status adaptive(Rules *rules, Integrand *f, double low, double high, double *sum,
                       double *error) {
    double value = 0, miss = 0;
    gsl_function call = {.function = plain, .params = f};
    if (!(low < high)) return OK;
    if (!rules->pieces) rules->pieces = gsl_integration_workspace_alloc(PIECES);
    if (!rules->pieces) return NOMEM;
    gsl_integration_qag(&call, low, high, 0, ACCURACY, PIECES, GSL_INTEG_GAUSS31, rules->pieces,
                        &value, &miss);
    *sum += value;
    *error += miss;
    return OK;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Where the inner probability is steep: the outer values at which the inner mean meets an end of
// the inner set; and where both densities together are largest along such an end.
typedef struct Cuts {
    double *at;
    size_t count;
    Interval in;
} Cuts;

static void add_cut(Cuts *c, double t) {
    if (t > c->in.low && t < c->in.high) c->at[c->count++] = t;
}

static Status find_cuts(Rules *rules, const Slice *s, Interval in, Cuts *out) {
    const IntervalSet inner = s->left.sets[0];
    const uint32_t k = s->left.nlines, n = k + 1;
    const double load = s->load[k], rest = s->left.gram[k * n + k];
    double top = in.low > 0 ? in.low : in.high < 0 ? in.high : 0, low = top, high = top;
    out->at = ARENA_ARRAY(rules->arena, double, 4 * (size_t)inner.count + 3);
    if (!out->at) return NOMEM;
    for (uint32_t i = 0; i < 2 * inner.count; i++) {
        double end = (i % 2 ? inner.in[i / 2].high : inner.in[i / 2].low) - s->mean[k];
        double peak = load * end / (load * load + rest);
        if (isfinite(end)) low = fmin(low, peak), high = fmax(high, peak);
    }
    const double reach = sqrt(2.0 * FAR);
    out->in = in;
    out->in.low = fmax(in.low, fmin(low, in.high) - reach);
    out->in.high = fmin(in.high, fmax(high, in.low) + reach);
    out->at[out->count++] = out->in.low;
    out->at[out->count++] = out->in.high;
    add_cut(out, top);
    for (uint32_t i = 0; i < 2 * inner.count; i++) {
        double end = (i % 2 ? inner.in[i / 2].high : inner.in[i / 2].low) - s->mean[k];
        if (!isfinite(end)) continue;
        add_cut(out, end / load);
        add_cut(out, load * end / (load * load + rest));
    }
    qsort(out->at, out->count, sizeof *out->at, by_value);
    return OK;
}

// Over a variable on which another one depends that is to be in a set too.
static Status steep(Rules *rules, Slice *s, Interval in, Moment *out) {
    Integrand f = {slice_at, s, -INFINITY};
    Cuts cuts = {0};
    double sum = 0, error = 0;
    TRY(find_cuts(rules, s, in, &cuts));
    for (size_t i = 0; i < cuts.count; i++) {
        double next = i + 1 < cuts.count ? cuts.at[i + 1] : cuts.at[i];
        f.top = fmax(f.top, height(&f, cuts.at[i]));
        f.top = fmax(f.top, height(&f, 0.5 * (cuts.at[i] + next)));
    }
    *out = (Moment){0};
    if (f.top == -INFINITY) return OK;
    for (size_t i = 0; i + 1 < cuts.count; i++)
        TRY(adaptive(rules, &f, cuts.at[i], cuts.at[i + 1], &sum, &error));
    if (!(error <= NEAR_ENOUGH * fabs(sum))) rules->inexact = true;
    *out = (Moment){sum, f.top};
    return OK;
}

// Over the last variable.
static Moment integrate(Rules *rules, const RegionProblem *p, bool *failed) {
    const uint32_t k = p->nlines + p->nsets - 1;
    const double variance = p->gram[k * (k + 1) + k], sd = sqrt(variance);
    Moment sum = {0};
    IntervalSet set;
    Slice s = {0};
    *failed = interval_map(rules->arena, p->sets[p->nsets - 1], 1 / sd, -p->mean[k] / sd, &set);
    if (*failed) return sum;
    if (k == 0) return probability(rules, set);
    if (!slice_new(rules, p, &s)) return *failed = true, sum;
    for (uint32_t i = 0; i < set.count; i++) {
        Moment y = {0};
        if (p->nsets == 1) y = smooth(rules, (Integrand){slice_at, &s, 0}, set.in[i]);
        else if (steep(rules, &s, set.in[i], &y) != OK) *failed = true;
        sum = moment_add(sum, y);
    }
    return sum;
}

static Moment solve(Rules *rules, const RegionProblem *p, bool *failed) {
    *failed = false;
    if (p->nsets) return integrate(rules, p, failed);
    return moment_number(product(p->mean, p->gram, p->nlines, (1u << p->nlines) - 1));
}

// --- problems that fall apart ----------------------------------------------------------------

static bool related(const RegionProblem *p, uint32_t i, uint32_t j) {
    const uint32_t n = p->nlines + p->nsets;
    double c = p->gram[i * n + j];
    return fabs(c) > UNRELATED * (sqrt(p->gram[i * n + i]) * sqrt(p->gram[j * n + j]));
}

// Marks what hangs together with `first`.
static void spread(const RegionProblem *p, uint32_t first, uint32_t mark, uint32_t *of,
                   uint32_t *stack) {
    uint32_t depth = 0;
    stack[depth++] = first;
    of[first] = mark;
    while (depth) {
        uint32_t i = stack[--depth];
        for (uint32_t j = 0; j < p->nlines + p->nsets; j++)
            if (!of[j] && related(p, i, j)) of[j] = mark, stack[depth++] = j;
    }
}

// The variables of one mark.
static bool extract(const RegionProblem *p, const uint32_t *of, uint32_t mark, Arena *arena,
                    RegionProblem *out) {
    const uint32_t n = p->nlines + p->nsets;
    uint32_t *who = ARENA_ARRAY(arena, uint32_t, n), k = 0;
    IntervalSet *sets = ARENA_ARRAY(arena, IntervalSet, p->nsets + 1);
    *out = (RegionProblem){.mean = ARENA_ARRAY(arena, double, n),
                           .gram = ARENA_ARRAY(arena, double, (size_t)n * n), .sets = sets};
    if (!who || !sets || !out->mean || !out->gram) return false;
    for (uint32_t i = 0; i < n; i++) {
        if (of[i] != mark) continue;
        if (i < p->nlines) out->nlines++;
        else sets[out->nsets++] = p->sets[i - p->nlines];
        who[k++] = i;
    }
    for (uint32_t i = 0; i < k; i++) {
        out->mean[i] = p->mean[who[i]];
        for (uint32_t j = 0; j < k; j++) out->gram[i * k + j] = p->gram[who[i] * n + who[j]];
    }
    return true;
}

static Status solve_parts(Rules *rules, const RegionProblem *p, Moment *out, const char **why) {
    const uint32_t n = p->nlines + p->nsets;
    uint32_t *of = ARENA_ARRAY(rules->arena, uint32_t, n);
    uint32_t *stack = ARENA_ARRAY(rules->arena, uint32_t, n), mark = 0;
    *out = moment_number(1);
    if (!of || !stack) return NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        RegionProblem part;
        bool failed;
        if (of[i]) continue;
        spread(p, i, ++mark, of, stack);
        if (!extract(p, of, mark, rules->arena, &part)) return NOMEM;
        if (part.nsets > 2) return *why = "three events about dependent quantities", OK;
        *out = moment_mul(*out, solve(rules, &part, &failed));
        if (failed) return NOMEM;
    }
    if (rules->inexact) *why = "an integral that did not converge";
    return OK;
}

Status region_integral(const RegionProblem *p, Arena *arena, Moment *out, const char **why) {
    special_hush();
    Rules rules = {.arena = arena, .fixed = gsl_integration_glfixed_table_alloc(POINTS)};
    Status status = rules.fixed ? solve_parts(&rules, p, out, why) : NOMEM;
    if (rules.fixed) gsl_integration_glfixed_table_free(rules.fixed);
    if (rules.pieces) gsl_integration_workspace_free(rules.pieces);
    return status;
}

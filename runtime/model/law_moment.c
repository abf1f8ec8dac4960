// Law: mean and variance of a law.
//
// Of a family by its own formulas; of one that is cut by sums over the integers or by
// quadrature, about its median, in units of its own spread.
#include <math.h>

#include "runtime/model/dist_family.h"
#include "runtime/model/integrate.h"
#include "runtime/model/law.h"

typedef struct Moments {
    double mean, variance;
} Moments;

// --- tables and sums ---

static Moments of_table(const LawPart *part) {
    const double *v = part->table->values + part->first;
    Moments m = {0, 0};
    for (size_t i = 0; i < part->count; i++) m.mean += law_part_mass(part, v[i]) * v[i];
    for (size_t i = 0; i < part->count; i++)
        m.variance += law_part_mass(part, v[i]) * (v[i] - m.mean) * (v[i] - m.mean);
    return m;
}

static Moments of_sums(const LawPart *part, double low, double high) {
    double centre = law_part_quantile(part, 0.5, 0.5), first = 0, second = 0;
    for (double x = low; x <= high; x++) {
        double p = law_part_mass(part, x);
        first += p * (x - centre);
        second += p * (x - centre) * (x - centre);
    }
    return (Moments){centre + first, second - first * first};
}

// E[X; low..high] and E[X (X - 1); low..high] of a count are the probabilities of the interval,
// shifted, under the same family with another parameter, times a factor: Poisson(m) m and m^2,
// binomial(n, p) n p under n - 1, negative binomial(r, p) r q / p under r + 1.
// The variance is a small difference of large numbers when the mean is: *reached is then false.
static Moments of_shifts(const LawPart *part, bool *reached) {
    LawPart next = *part;
    double factorial[2], factor = 1, *a = next.params, p = a[1];
    if (part->family == &dist_discrete_geometric) {
        next.family = &dist_discrete_negative_binomial;
        p = a[1] = a[0];
        a[0] = 1;
    }
    for (int i = 0; i < 2; i++) {
        if (next.family == &dist_discrete_poisson) {
            factor *= a[0];
        } else if (next.family == &dist_discrete_binomial) {
            factor *= a[0]-- * p;
        } else {
            factor *= a[0]++ * (1 - p) / p;
        }
        double under = part->under - 1 - i, high = part->high - 1 - i;
        double above = dist_survival(next.family, a, under) - dist_survival(next.family, a, high);
        double below = dist_cdf(next.family, a, high) - dist_cdf(next.family, a, under);
        double inside = dist_cdf(next.family, a, under) < 0.5 ? below : above;
        factorial[i] = factor * inside / part->kept;
    }
    double square = factorial[0] * factorial[0], variance = factorial[1] + factorial[0] - square;
    if (!(square * 1e-15 < variance * 1e-10)) *reached = false;
    return (Moments){factorial[0], variance};
}

static Moments of_whole_numbers(const LawPart *part, bool *reached) {
    double low = fmax(part->low, law_part_quantile(part, 1e-25, 1));
    double high = fmin(part->high, law_part_quantile(part, 1, 1e-25));
    if (part->family == &dist_discrete_uniform) {
        double n = part->high - part->low + 1;
        return (Moments){part->low + (n - 1) / 2, (n * n - 1) / 12};
    }
    return high - low < 1e6 ? of_sums(part, low, high) : of_shifts(part, reached);
}

// --- quadrature ---

typedef struct Moment {
    const LawPart *part;
    double centre, scale;
    int power;
} Moment;

static double integrand(double x, void *user) {
    const Moment *m = user;
    double z = (x - m->centre) / m->scale, f = law_part_mass(m->part, x);
    return f == 0 ? 0 : f * (m->power == 1 ? z : z * z);
}

// Whether a moment of the family diverges, and the cut leaves the tail in which it does.
static bool diverges(const LawPart *part, double of_family) {
    return !isfinite(of_family) && (isinf(part->low) || isinf(part->high));
}

static Status of_quadrature(const LawPart *part, Moments *out, bool *reached) {
    static const double cuts[] = {0, 1e-12, 1e-6, 1e-3, 0.05, 0.25, 0.5, 0.75, 0.95};
    enum { SIDE = 9 };
    double knots[SIDE + 5], value[3] = {0}, error = 0;
    for (int i = 0; i < SIDE; i++) knots[i] = law_part_quantile(part, cuts[i], 1 - cuts[i]);
    for (int i = 0; i < 4; i++)
        knots[SIDE + i] = law_part_quantile(part, 1 - cuts[3 - i], cuts[3 - i]);
    knots[0] = part->low;
    knots[SIDE + 3] = part->high;
    Moment m = {part, knots[6], knots[7] - knots[5], 0};
    for (m.power = 1; m.power <= 2; m.power++) {
        double off;
        bool infinite = diverges(part, m.power == 1 ? dist_mean(part->family, part->params)
                                                    : dist_variance(part->family, part->params));
        if (infinite) continue;
        integrate_pieces(integrand, &m, knots, SIDE + 4, &value[m.power], &off);
        error = fmax(error, off);
    }
    *out = (Moments){m.centre + m.scale * value[1],
                     m.scale * m.scale * (value[2] - value[1] * value[1])};
    if (!(error < 1e-10)) *reached = false;
    return OK;
}

// Where a moment diverges, its sign is that of the tail that is left.
static void set_divergent(const LawPart *part, Moments *m) {
    bool up = isinf(part->high), down = isinf(part->low);
    if (diverges(part, dist_mean(part->family, part->params))) {
        *m = (Moments){up && down ? NAN : up ? INFINITY : -INFINITY, NAN};
    } else if (diverges(part, dist_variance(part->family, part->params))) {
        m->variance = INFINITY;
    }
}

static Status of_part(const LawPart *part, Moments *m, bool *reached) {
    const DistFamily *f = part->family;
    if (!f) {
        *m = of_table(part);
    } else if (!part->cut) {
        *m = (Moments){dist_mean(f, part->params), dist_variance(f, part->params)};
    } else if (f->support) {
        *m = of_whole_numbers(part, reached);
    } else {
        TRY(of_quadrature(part, m, reached));
        set_divergent(part, m);
    }
    return OK;
}

Status law_moments(const LawForm *l, double *mean, double *variance, bool *reached) {
    double first = 0, second = 0, between = 0;
    *reached = true;
    Moments one = {NAN, NAN};
    for (size_t i = 0; i < l->count; i++) {
        TRY(of_part(&l->items[i], &one, reached));
        first += l->items[i].weight * one.mean;
        second += l->items[i].weight * one.variance;
    }
    // Once more, now that the mean of all is known.
    for (size_t i = 0; i < l->count && l->count > 1 && isfinite(second); i++) {
        TRY(of_part(&l->items[i], &one, reached));
        between += l->items[i].weight * (one.mean - first) * (one.mean - first);
    }
    *mean = *reached ? first : NAN;
    *variance = *reached ? second + between : NAN;
    return OK;
}

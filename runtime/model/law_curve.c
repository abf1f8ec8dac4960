// Law: probabilities, quantiles and draws of a law.
#include <math.h>

#include "runtime/base/num.h"
#include "runtime/model/law.h"
#include "runtime/model/special.h"

// --- tables ---

// How many rows of the part hold at most x.
static size_t rows_to(const LawPart *part, double x) {
    const double *v = part->table->values + part->first;
    size_t low = 0, high = part->count;
    while (low < high) {
        size_t at = low + (high - low) / 2;
        if (v[at] <= x) low = at + 1;
        else high = at;
    }
    return low;
}

// The probability of the first `rows` rows of the part.
static double sum_to(const LawPart *part, size_t rows) {
    const double *sums = part->table->sums;
    double before = part->first ? sums[part->first - 1] : 0;
    if (rows == 0) return 0;
    return rows == part->count ? 1 : (sums[part->first + rows - 1] - before) / part->kept;
}

static double table_quantile(const LawPart *part, double p, double q) {
    size_t low = 1, high = part->count; // the rows needed
    while (low < high) {
        size_t at = low + (high - low) / 2;
        double sum = sum_to(part, at);
        bool reached = p <= q ? sum >= p * (1 - 1e-12) : 1 - sum <= q * (1 + 1e-12);
        if (reached) high = at;
        else low = at + 1;
    }
    return part->table->values[part->first + low - 1];
}

// --- one part ---

bool law_part_discrete(const LawPart *part) {
    return !part->family || part->family->support;
}

double law_part_mass(const LawPart *part, double x) {
    if (!part->family) {
        size_t rows = rows_to(part, x);
        size_t at = part->first + rows - 1;
        return rows && part->table->values[at] == x ? part->table->probs[at] / part->kept : 0;
    }
    bool inside = x >= part->low && x <= part->high;
    return inside ? dist_mass(part->family, part->params, x) / part->kept : 0;
}

static double part_log_mass(const LawPart *part, double x) {
    if (!part->family) return log(law_part_mass(part, x));
    bool inside = x >= part->low && x <= part->high;
    if (!inside) return -INFINITY;
    return dist_log_mass(part->family, part->params, x) - (part->cut ? log(part->kept) : 0);
}

// P(from < X <= to) of the uncut family, accurate also far above the median.
static double between(const LawPart *part, double from, double to) {
    const DistFamily *f = part->family;
    double below = dist_cdf(f, part->params, from);
    if (below < 0.5) return dist_cdf(f, part->params, to) - below;
    return dist_survival(f, part->params, from) - dist_survival(f, part->params, to);
}

double law_part_cdf(const LawPart *part, double x) {
    if (!part->family) return sum_to(part, rows_to(part, x));
    if (!part->cut) return dist_cdf(part->family, part->params, x);
    if (x >= part->high) return 1;
    return x < part->low ? 0 : fmin(between(part, part->under, x) / part->kept, 1);
}

double law_part_survival(const LawPart *part, double x) {
    if (!part->family) return 1 - sum_to(part, rows_to(part, x));
    if (!part->cut) return dist_survival(part->family, part->params, x);
    if (x >= part->high) return 0;
    return x < part->low ? 1 : fmin(between(part, x, part->high) / part->kept, 1);
}

double law_part_quantile(const LawPart *part, double p, double q) {
    const DistFamily *f = part->family;
    const double *a = part->params;
    double x;
    if (!f) return table_quantile(part, p, q);
    if (!part->cut) return p <= q ? dist_quantile(f, a, p) : dist_upper_quantile(f, a, q);
    double below = dist_cdf(f, a, part->under) + p * part->kept;
    if (below <= 0.5) x = dist_quantile(f, a, below);
    else x = dist_upper_quantile(f, a, dist_survival(f, a, part->high) + q * part->kept);
    return fmin(fmax(x, part->low), part->high);
}

// The value of the part that x is one with (see num_same), or x.
static double place(const LawPart *part, double x) {
    if (part->family) {
        if (!part->family->support) return x;
        return num_same(part->low, x) ? part->low : num_whole(x);
    }
    size_t rows = rows_to(part, x);
    const double *v = part->table->values + part->first;
    if (rows && num_same(v[rows - 1], x)) return v[rows - 1];
    return rows < part->count && num_same(v[rows], x) ? v[rows] : x;
}

// --- the whole ---

bool law_is_discrete(const LawForm *l) {
    for (size_t i = 0; i < l->count; i++)
        if (!law_part_discrete(&l->items[i])) return false;
    return true;
}

bool law_is_continuous(const LawForm *l) {
    for (size_t i = 0; i < l->count; i++)
        if (law_part_discrete(&l->items[i])) return false;
    return true;
}

// A probability that is the parts' average, at x or at what x is one with.
static double average(const LawForm *l, double x, double (*f)(const LawPart *, double),
                      bool exact) {
    double sum = 0;
    if (isnan(x)) return NAN;
    for (size_t i = 0; i < l->count; i++)
        sum += l->items[i].weight * f(&l->items[i], exact ? x : place(&l->items[i], x));
    return fmin(sum, 1);
}

static double sum_of_kind(const LawForm *l, double x, bool discrete) {
    double sum = 0;
    for (size_t i = 0; i < l->count; i++)
        if (law_part_discrete(&l->items[i]) == discrete)
            sum += l->items[i].weight *
                   law_part_mass(&l->items[i], place(&l->items[i], x));
    return sum;
}

double law_atom(const LawForm *l, double x) {
    return sum_of_kind(l, x, true);
}

double law_density(const LawForm *l, double x) {
    return sum_of_kind(l, x, false);
}

double law_mass(const LawForm *l, double x) {
    double atom = law_atom(l, x);
    return atom > 0 || isnan(atom) ? atom : law_density(l, x);
}

double law_log_mass(const LawForm *l, double x) {
    bool atom = !law_is_continuous(l) && law_atom(l, x) > 0;
    bool discrete = atom || law_is_discrete(l);
    double most = -INFINITY, sum = 0;
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < l->count; i++) {
            const LawPart *part = &l->items[i];
            if (law_part_discrete(part) != discrete) continue;
            double each = log(part->weight) + part_log_mass(part, place(part, x));
            if (round == 0) most = fmax(most, each);
            else sum += exp(each - most);
        }
    return isinf(most) ? most : most + log(sum);
}

double law_cdf(const LawForm *l, double x) {
    return average(l, x, law_part_cdf, false);
}

double law_survival(const LawForm *l, double x) {
    return average(l, x, law_part_survival, false);
}

void law_bounds(const LawForm *l, double *low, double *high) {
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t i = 0; i < l->count; i++) {
        *low = fmin(*low, l->items[i].low);
        *high = fmax(*high, l->items[i].high);
    }
}

// --- quantiles ---

static double curve_below(const void *l, double x) {
    return average(l, x, law_part_cdf, true);
}

static double curve_above(const void *l, double x) {
    return average(l, x, law_part_survival, true);
}

static double curve_density(const void *l, double x) {
    return law_density(l, x);
}

// The quantile of a mixture lies between the least and the greatest of its parts'.
static double mixed_quantile(const LawForm *l, double p, double q) {
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < l->count; i++) {
        double x = law_part_quantile(&l->items[i], p, q);
        if (isnan(x)) return NAN;
        low = fmin(low, x);
        high = fmax(high, x);
    }
    // What steps may miss p by the rounding of a sum.
    double slack = law_is_continuous(l) ? 0 : 1e-12;
    double most = q * (1 + slack), least = p * (1 - slack);
    if (p <= q ? law_cdf(l, low) >= least : law_survival(l, low) <= most) return low;
    SpecialCurve c = {curve_below, curve_above, curve_density, l};
    return special_inverse(&c, low, high, low + (high - low) / 2, least, most);
}

static double inverse(const LawForm *l, double p, double q) {
    double low, high;
    if (!(p >= 0 && q >= 0) || l->count == 0) return NAN;
    law_bounds(l, &low, &high);
    if (p == 0) return low;
    if (q == 0) return high;
    return l->count == 1 ? law_part_quantile(&l->items[0], p, q) : mixed_quantile(l, p, q);
}

double law_quantile(const LawForm *l, double p) {
    return inverse(l, p, 1 - p);
}

double law_upper_quantile(const LawForm *l, double q) {
    return inverse(l, 1 - q, q);
}

// --- draws ---

// Uniform on (0, 1), neither end included.
static double open_unit(Rng *rng) {
    return ((double)(rng_next(rng) >> 12) + 0.5) * 0x1p-52;
}

double law_draw(const LawForm *l, Rng *rng) {
    double u = open_unit(rng), p = open_unit(rng);
    size_t i = 0;
    if (l->count == 0) return NAN;
    while (i + 1 < l->count && u >= l->items[i].weight) u -= l->items[i++].weight;
    return law_part_quantile(&l->items[i], p, 1 - p);
}

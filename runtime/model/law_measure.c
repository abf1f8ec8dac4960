// Law measure: entropy, divergences and distances of laws, and the mean of a tail.
#include "runtime/model/law_measure.h"

#include <math.h>
#include <stdlib.h>

#include "runtime/base/num.h"
#include "runtime/base/vec.h"
#include "runtime/model/integrate.h"

// What is summed and integrated, and where.
typedef struct Measure {
    const LawForm *p, *q;
    double order;
    bool infinite;
    bool too_many;
    VEC(double) atoms; // values with a probability, ascending
    VEC(double) knots; // between which the densities are smooth, ascending
} Measure;

#define MOST_ATOMS 4e6

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static size_t sort_distinct(double *items, size_t n) {
    size_t kept = 0;
    if (n) qsort(items, n, sizeof *items, by_size);
    for (size_t i = 0; i < n; i++)
        if (!isnan(items[i]) && (kept == 0 || !num_same(items[kept - 1], items[i])))
            items[kept++] = items[i];
    return kept;
}

static Status add_atoms(Measure *m, const LawPart *part) {
    for (size_t i = 0; !part->family && i < part->count; i++)
        if (!VEC_PUSH(&m->atoms, part->table->values[part->first + i])) return NOMEM;
    if (!part->family) return OK;
    double low = law_part_quantile(part, 1e-18, 1), high = law_part_quantile(part, 1, 1e-18);
    if (!(high - low + (double)m->atoms.count < MOST_ATOMS)) return m->too_many = true, OK;
    for (double x = low; x <= high; x++)
        if (!VEC_PUSH(&m->atoms, x)) return NOMEM;
    return OK;
}

static Status add_knots(Measure *m, const LawPart *part) {
    static const double cuts[] = {1e-12, 1e-6, 1e-3, 0.05, 0.25, 0.5};
    if (!VEC_PUSH(&m->knots, part->low) || !VEC_PUSH(&m->knots, part->high)) return NOMEM;
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        double low = law_part_quantile(part, cuts[i], 1 - cuts[i]);
        double high = law_part_quantile(part, 1 - cuts[i], cuts[i]);
        if (!VEC_PUSH(&m->knots, low) || !VEC_PUSH(&m->knots, high)) return NOMEM;
    }
    return OK;
}

static Status add_law(Measure *m, const LawForm *l) {
    for (size_t i = 0; l && i < l->count; i++)
        TRY(law_part_discrete(&l->items[i]) ? add_atoms(m, &l->items[i])
                                            : add_knots(m, &l->items[i]));
    return OK;
}

static void free_measure(Measure *m) {
    VEC_FREE(&m->atoms);
    VEC_FREE(&m->knots);
}

static Status prepare(Measure *m) {
    Status status = add_law(m, m->p);
    if (status == OK) status = add_law(m, m->q);
    if (status != OK) free_measure(m);
    m->atoms.count = sort_distinct(m->atoms.items, m->atoms.count);
    m->knots.count = sort_distinct(m->knots.items, m->knots.count);
    return status;
}

// The integral between the knots, added to *out; NaN when it does not come out.
static void integrate(Measure *m, double (*f)(double, void *), double *out) {
    double value, error;
    integrate_pieces(f, m, m->knots.items, m->knots.count, &value, &error);
    *out += error <= 1e-10 * fmax(1, fabs(value)) ? value : NAN;
}

// Frees the measure.
static Status conclude(Measure *m, Status status, double *out) {
    if (m->too_many) *out = NAN;
    if (m->infinite) *out = INFINITY;
    free_measure(m);
    return status;
}

// --- entropy and divergence ---

static double log_ratio(Measure *m, double p, double x, double log_p) {
    if (p == 0) return 0;
    double log_q = m->q ? law_log_mass(m->q, x) : 0;
    if (log_q == -INFINITY) m->infinite = true;
    return m->infinite ? 0 : p * (log_p - log_q);
}

static double density_ratio(double x, void *user) {
    Measure *m = user;
    double log_p = law_log_mass(m->p, x);
    return log_ratio(m, exp(log_p), x, log_p);
}

// Sum and integral of p log p, or of p log(p / q).
static Status information(Measure *m, double *out) {
    *out = 0;
    TRY(prepare(m));
    for (size_t i = 0; i < m->atoms.count; i++) {
        double x = m->atoms.items[i], p = law_atom(m->p, x);
        *out += log_ratio(m, p, x, log(p));
    }
    if (m->knots.count) integrate(m, density_ratio, out);
    return conclude(m, OK, out);
}

Status law_entropy(const LawForm *l, double *out) {
    Measure m = {.p = l};
    Status status = information(&m, out);
    *out = law_is_discrete(l) || law_is_continuous(l) ? 0 - *out : NAN;
    return status;
}

Status law_kl(const LawForm *p, const LawForm *q, double *out) {
    Measure m = {.p = p, .q = q};
    bool one_kind = (law_is_discrete(p) && law_is_discrete(q)) ||
                    (law_is_continuous(p) && law_is_continuous(q));
    bool apart = (law_is_discrete(p) && law_is_continuous(q)) ||
                 (law_is_continuous(p) && law_is_discrete(q));
    *out = apart ? INFINITY : NAN;
    return one_kind ? information(&m, out) : OK;
}

// --- distances ---

static double density_gap(double x, void *user) {
    const Measure *m = user;
    return fabs(law_density(m->p, x) - law_density(m->q, x));
}

Status law_tv(const LawForm *p, const LawForm *q, double *out) {
    Measure m = {.p = p, .q = q};
    *out = 0;
    TRY(prepare(&m));
    for (size_t i = 0; i < m.atoms.count; i++)
        *out += fabs(law_atom(p, m.atoms.items[i]) - law_atom(q, m.atoms.items[i]));
    if (m.knots.count) integrate(&m, density_gap, out);
    *out /= 2;
    return conclude(&m, OK, out);
}

static double cdf_gap(double x, void *user) {
    const Measure *m = user;
    double f = law_cdf(m->p, x);
    if (f < 0.5) return fabs(f - law_cdf(m->q, x));
    return fabs(law_survival(m->p, x) - law_survival(m->q, x));
}

static double quantile_gap(double u, void *user) {
    const Measure *m = user;
    return pow(fabs(law_quantile(m->p, u) - law_quantile(m->q, u)), m->order);
}

// The area between steps, which are constant from one atom to the next.
static double step_area(const Measure *m) {
    double sum = 0;
    for (size_t i = 0; i + 1 < m->atoms.count; i++)
        sum += (m->atoms.items[i + 1] - m->atoms.items[i]) *
               cdf_gap(m->atoms.items[i], (void *)(uintptr_t)m);
    return sum;
}

static Status area_between(Measure *m, double *out) {
    if (m->knots.count == 0) return *out = step_area(m), OK;
    for (size_t i = 0; i < m->atoms.count; i++)
        if (!VEC_PUSH(&m->knots, m->atoms.items[i])) return NOMEM;
    m->knots.count = sort_distinct(m->knots.items, m->knots.count);
    integrate(m, cdf_gap, out);
    return OK;
}

// Over probabilities, with a knot at every step of either quantile function.
static Status power_between(Measure *m, double *out) {
    static const double cuts[] = {0, 1e-9, 1e-6, 1e-3, 0.05, 0.25, 0.5, 0.75, 0.95, 0.999, 1};
    m->knots.count = 0;
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++)
        if (!VEC_PUSH(&m->knots, cuts[i])) return NOMEM;
    for (size_t i = 0; i < 2 * m->atoms.count; i++) {
        double x = m->atoms.items[i / 2];
        if (!VEC_PUSH(&m->knots, law_cdf(i % 2 ? m->q : m->p, x))) return NOMEM;
    }
    m->knots.count = sort_distinct(m->knots.items, m->knots.count);
    integrate(m, quantile_gap, out);
    *out = pow(*out, 1 / m->order);
    return OK;
}

Status law_wasserstein(const LawForm *p, const LawForm *q, double order, double *out) {
    Measure m = {.p = p, .q = q, .order = order};
    *out = 0;
    TRY(prepare(&m));
    Status status = order == 1 ? area_between(&m, out) : power_between(&m, out);
    return conclude(&m, status, out);
}

// --- tails ---

static double survival_at(double x, void *user) {
    const Measure *m = user;
    return law_survival(m->p, x);
}

// The area under the survival function from x on.
static Status area_above(Measure *m, double x, double *out) {
    size_t first = 0;
    *out = 0;
    if (!VEC_PUSH(&m->atoms, x)) return NOMEM;
    for (size_t i = 0; i < m->atoms.count && m->knots.count; i++)
        if (!VEC_PUSH(&m->knots, m->atoms.items[i])) return NOMEM;
    m->atoms.count = sort_distinct(m->atoms.items, m->atoms.count);
    for (size_t i = 0; i + 1 < m->atoms.count && !m->knots.count; i++)
        if (m->atoms.items[i] >= x)
            *out += (m->atoms.items[i + 1] - m->atoms.items[i]) *
                    law_survival(m->p, m->atoms.items[i]);
    if (!m->knots.count) return OK;
    m->knots.count = sort_distinct(m->knots.items, m->knots.count);
    while (m->knots.items[first] < x) first++;
    double value, error;
    integrate_pieces(survival_at, m, m->knots.items + first, m->knots.count - first, &value,
                     &error);
    *out = error <= 1e-10 * fmax(1, fabs(value)) ? value : NAN;
    return OK;
}

Status law_cvar(const LawForm *l, double level, double *out) {
    Measure m = {.p = l};
    double x = law_quantile(l, level), area;
    *out = NAN;
    TRY(prepare(&m));
    if (!isfinite(x)) return conclude(&m, OK, out);
    Status status = area_above(&m, x, &area);
    if (status == OK) *out = x + area / (1 - level);
    return conclude(&m, status, out);
}

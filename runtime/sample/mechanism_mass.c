// Mechanism: weighing given values.
#include <math.h>
#include <string.h>

#include "runtime/base/num.h"
#include "runtime/model/math_block.h"
#include "runtime/sample/draw.h"
#include "runtime/sample/log_mass.h"
#include "runtime/sample/mechanism_code.h"

static void weigh_table(const MechanismTable *t, size_t lanes, const void *const *values,
                        const uint32_t *given, double *sum, double *work) {
    uint32_t *rows = (uint32_t *)(void *)work;
    mechanism_rows(t, lanes, values, rows);
    for (size_t l = 0; l < lanes; l++) sum[l] += t->logs[(size_t)rows[l] * t->count + given[l]];
}

// A probability below 0, or a sum that is not 1, leaves the lane without any.
static unsigned weigh_levels(const Mechanism *m, size_t lanes, const void *const *values,
                             const uint32_t *given, double *sum, double *work) {
    double *p = work, *chosen = p + lanes, *total = chosen + lanes, *rest = total + lanes;
    unsigned how = MECHANISM_MASS;
    memset(total, 0, lanes * sizeof *total);
    for (size_t i = 0; i < m->kernels.count; i++) {
        mechanism_kernel_run(&m->kernels.items[i], lanes, values, p, rest);
        for (size_t l = 0; l < lanes; l++) {
            total[l] += p[l] >= -MECHANISM_SLACK ? p[l] : NAN;
            if (given[l] == i) chosen[l] = p[l] > 0 ? p[l] : 0;
        }
    }
    for (size_t l = 0; l < lanes; l++) {
        bool right = fabs(total[l] - 1) <= MECHANISM_SLACK;
        if (!right) how |= MECHANISM_WRONG;
        chosen[l] = right ? chosen[l] : NAN;
    }
    math_block_log(lanes, chosen, chosen);
    for (size_t l = 0; l < lanes; l++) sum[l] += chosen[l];
    return how;
}

static unsigned weigh_value(const Mechanism *m, size_t lanes, const void *const *values,
                            const void *given, double *sum, double *work) {
    double *x = work, *rest = x + lanes;
    bool finite = domain_finite(m->domain);
    unsigned how = MECHANISM_MASS;
    mechanism_kernel_run(&m->kernels.items[0], lanes, values, x, rest);
    for (size_t l = 0; l < lanes; l++) {
        double want = finite ? m->worth[((const uint32_t *)given)[l]] : ((const double *)given)[l];
        if (x[l] != x[l]) how |= MECHANISM_WRONG;
        sum[l] += x[l] != x[l] ? NAN : x[l] == want || num_same(x[l], want) ? 0 : -INFINITY;
    }
    return how;
}

// --- laws ---

// Log masses and log densities of the nodes, apart: an atom outweighs any density. A lane whose
// parameters are wrong is NaN in both.
typedef struct Weigher {
    const Mechanism *m;
    size_t lanes;
    const void *const *values;
    const double *given;
    double *mass, *density; // of every node
    double *rest;
} Weigher;

static void weigh_family(const Weigher *w, const MechanismNode *n, double *out, double *other) {
    size_t lanes = w->lanes, count = n->kernels.count;
    double *room = w->rest, *rest = room + count * lanes;
    const double *params[DRAW_MOST_PARAMS];
    for (size_t i = 0; i < count; i++) {
        if (n->kind == NODE_FAMILY) params[i] = room + i * lanes;
        mechanism_kernel_run(&n->kernels.items[i], lanes, w->values, room + i * lanes, rest);
    }
    if (n->kind == NODE_FAMILY)
        log_mass_block(n->family, params, lanes, w->given, out);
    else if (n->kind == NODE_TRUNCATED)
        mechanism_truncated_mass(n, lanes, room, w->given, out);
    else
        mechanism_empirical_mass(n, lanes, w->given, out);
    for (size_t l = 0; l < lanes; l++) other[l] = out[l] != out[l] ? NAN : -INFINITY;
}

static double log_add(double a, double b) {
    double high = a > b ? a : b, low = a > b ? b : a;
    if (a != a || b != b) return NAN;
    return high == -INFINITY ? high : high + log1p(exp(low - high));
}

static void weigh_choice(const Weigher *w, const MechanismNode *n, const double *nodes,
                         const double *at, double *out) {
    for (size_t l = 0; l < w->lanes; l++) {
        bool known = at[l] >= 0 && at[l] < (double)n->parts.count;
        out[l] = known ? nodes[n->parts.items[(size_t)at[l]] * w->lanes + l] : NAN;
    }
}

static void weigh_mix(const Weigher *w, const MechanismNode *n, double *mass, double *density) {
    size_t lanes = w->lanes;
    double *p = w->rest, *left = p + lanes, *rest = left + lanes;
    for (size_t l = 0; l < lanes; l++) mass[l] = density[l] = -INFINITY, left[l] = 1;
    for (size_t i = 0; i < n->parts.count; i++) {
        const double *m = w->mass + n->parts.items[i] * lanes;
        const double *d = w->density + n->parts.items[i] * lanes;
        mechanism_kernel_run(&n->kernels.items[i], lanes, w->values, p, rest);
        for (size_t l = 0; l < lanes; l++) {
            left[l] -= p[l];
            if (p[l] == 0) continue; // whatever its parameters
            double share = p[l] > 0 ? log(p[l]) : NAN;
            mass[l] = log_add(mass[l], share + m[l]);
            density[l] = log_add(density[l], share + d[l]);
        }
    }
    for (size_t l = 0; l < lanes; l++)
        if (!(fabs(left[l]) <= MECHANISM_SLACK)) mass[l] = density[l] = NAN;
}

static void weigh_node(const Weigher *w, size_t i) {
    const MechanismNode *n = &w->m->nodes.items[i];
    double *mass = w->mass + i * w->lanes, *density = w->density + i * w->lanes;
    if (n->kind == NODE_EMPIRICAL || (n->family && n->family->support)) {
        weigh_family(w, n, mass, density);
    } else if (n->family) {
        weigh_family(w, n, density, mass);
    } else if (n->kind == NODE_MIX) {
        weigh_mix(w, n, mass, density);
    } else {
        double *at = w->rest;
        mechanism_kernel_run(&n->kernels.items[0], w->lanes, w->values, at, at + w->lanes);
        weigh_choice(w, n, w->mass, at, mass);
        weigh_choice(w, n, w->density, at, density);
    }
}

static unsigned weigh_law(const Mechanism *m, size_t lanes, const void *const *values,
                          const void *given, double *sum, double *work) {
    size_t count = m->nodes.count;
    Weigher w = {m, lanes, values, given, work, work + count * lanes, work + 2 * count * lanes};
    if (domain_finite(m->domain)) {
        for (size_t l = 0; l < lanes; l++) w.rest[l] = m->worth[((const uint32_t *)given)[l]];
        w.given = w.rest;
        w.rest += lanes;
    }
    for (size_t i = 0; i < count; i++) weigh_node(&w, i);
    const double *mass = w.mass + (count - 1) * lanes, *density = w.density + (count - 1) * lanes;
    unsigned how = 0;
    for (size_t l = 0; l < lanes; l++) {
        bool atom = mass[l] > -INFINITY;
        how |= mass[l] != mass[l]              ? MECHANISM_WRONG
               : atom                          ? MECHANISM_MASS
               : density[l] > -INFINITY        ? MECHANISM_DENSITY
                                               : 0;
        sum[l] += atom || mass[l] != mass[l] ? mass[l] : density[l];
    }
    return how;
}

unsigned mechanism_log_mass(const Mechanism *m, size_t lanes, const void *const *values,
                            const void *given, double *sum, double *work) {
    switch (m->kind) {
    case MECHANISM_TABLE:
        weigh_table(&m->table, lanes, values, given, sum, work);
        return MECHANISM_MASS;
    case MECHANISM_LEVELS:
        return weigh_levels(m, lanes, values, given, sum, work);
    case MECHANISM_VALUE:
        return weigh_value(m, lanes, values, given, sum, work);
    default:
        return weigh_law(m, lanes, values, given, sum, work);
    }
}

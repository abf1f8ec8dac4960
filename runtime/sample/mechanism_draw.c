// Mechanism: drawing blocks of lanes.
#include <math.h>

#include "runtime/base/lanes.h"
#include "runtime/sample/draw.h"
#include "runtime/sample/mechanism_code.h"

// --- tables ---

// Counting the edges below a uniform number has no branch to predict; it wins over alias tables
// while levels are few.
#define MOST_COUNTED 16

LANES_CLONES static void draw_two(size_t lanes, const double *edges, const uint32_t *rows,
                                  const double *u, uint32_t *out) {
    LANES_FREE for (size_t l = 0; l < lanes; l++) out[l] = u[l] >= edges[rows[l]];
}

LANES_CLONES static void draw_two_alone(size_t lanes, double edge, const double *u,
                                        uint32_t *out) {
    LANES_FREE for (size_t l = 0; l < lanes; l++) out[l] = u[l] >= edge;
}

LANES_CLONES static void draw_three(size_t lanes, const double *edges, const uint32_t *rows,
                                    const double *u, uint32_t *out) {
    LANES_FREE for (size_t l = 0; l < lanes; l++)
        out[l] = (uint32_t)(u[l] >= edges[2 * (size_t)rows[l]]) +
                 (u[l] >= edges[2 * (size_t)rows[l] + 1]);
}

LANES_CLONES static void draw_few(size_t lanes, uint32_t n, const double *edges,
                                  const uint32_t *rows, const double *u, uint32_t *out) {
    memset(out, 0, lanes * sizeof *out);
    for (uint32_t i = 0; i < n; i++)
        LANES_FREE for (size_t l = 0; l < lanes; l++)
            out[l] += u[l] >= edges[(size_t)rows[l] * n + i];
}

// The first edge above u, by halving.
static void draw_many(size_t lanes, uint32_t n, const double *edges, const uint32_t *rows,
                      const double *u, uint32_t *out) {
    for (size_t l = 0; l < lanes; l++) {
        const double *row = edges + (size_t)rows[l] * n;
        uint32_t low = 0, high = n;
        while (low < high) {
            uint32_t mid = low + (high - low) / 2;
            if (u[l] >= row[mid])
                low = mid + 1;
            else
                high = mid;
        }
        out[l] = low;
    }
}

static void draw_table(const MechanismTable *t, Stream *s, size_t lanes,
                       const void *const *values, uint32_t *out, double *work) {
    uint32_t *rows = (uint32_t *)(void *)work, n = t->count - 1;
    double *u = work + lanes;
    mechanism_rows(t, lanes, values, rows);
    if (t->sure) {
        for (size_t l = 0; l < lanes; l++) out[l] = t->sure[rows[l]];
        return;
    }
    draw_uniforms(s, lanes, u);
    if (n == 1 && t->rows == 1)
        draw_two_alone(lanes, t->edges[0], u, out);
    else if (n == 1)
        draw_two(lanes, t->edges, rows, u, out);
    else if (n == 2)
        draw_three(lanes, t->edges, rows, u, out);
    else if (n <= MOST_COUNTED)
        draw_few(lanes, n, t->edges, rows, u, out);
    else
        draw_many(lanes, n, t->edges, rows, u, out);
}

// --- one kernel for each level ---

// The level is the number of cdf edges at or below u. A probability that is none, or a sum that
// is not 1, is a lane without value.
static size_t draw_levels(const Mechanism *m, Stream *s, size_t lanes,
                          const void *const *values, uint32_t *out, uint8_t *missing,
                          double *work) {
    double *u = work, *p = work + lanes, *below = work + 2 * lanes, *rest = work + 3 * lanes;
    size_t wrong = 0, last = m->kernels.count - 1;
    draw_uniforms(s, lanes, u);
    memset(below, 0, lanes * sizeof *below);
    for (size_t l = 0; l < lanes; l++) out[l] = 0;
    for (size_t i = 0; i < last; i++) {
        mechanism_kernel_run(&m->kernels.items[i], lanes, values, p, rest);
        LANES_FREE for (size_t l = 0; l < lanes; l++) {
            double q = p[l] >= -MECHANISM_SLACK ? p[l] : NAN; // stays with the sum
            below[l] += q > 0 || q != q ? q : 0;
            out[l] += u[l] >= below[l];
        }
    }
    mechanism_kernel_run(&m->kernels.items[last], lanes, values, p, rest);
    for (size_t l = 0; l < lanes; l++) {
        bool right = p[l] >= -MECHANISM_SLACK && fabs(below[l] + p[l] - 1) <= MECHANISM_SLACK;
        // Rounding may leave a level of probability 0 behind the others.
        if (right && out[l] == last && p[l] <= 0 && below[l] > 0.5) out[l] = UINT32_MAX;
        if (right) continue;
        out[l] = 0;
        wrong++;
        if (missing) missing[l] = 1;
    }
    return wrong;
}

// A lane that landed behind the last possible level: the last one with a probability.
static void mend_levels(const Mechanism *m, size_t lanes, const void *const *values,
                        uint32_t *out, double *work) {
    double *p = work + lanes, *rest = work + 3 * lanes;
    bool any = false;
    for (size_t l = 0; l < lanes; l++) any = any || out[l] == UINT32_MAX;
    for (size_t i = m->kernels.count; any && i-- > 0;) {
        mechanism_kernel_run(&m->kernels.items[i], lanes, values, p, rest);
        for (size_t l = 0; l < lanes; l++)
            if (out[l] == UINT32_MAX && p[l] > 0) out[l] = (uint32_t)i;
    }
}

// --- laws ---

static void draw_node_family(const MechanismNode *n, Stream *s, size_t lanes,
                             const void *const *values, double *out, double *work) {
    size_t count = n->kernels.count;
    const double **params = (const double **)(void *)work;
    size_t *strides = (size_t *)(void *)(work + count);
    double *lane = work + 2 * count, *rest = lane + count * lanes;
    for (size_t i = 0; i < count; i++, lane += lanes) {
        const MechanismKernel *k = &n->kernels.items[i];
        strides[i] = k->kernel ? 1 : 0;
        params[i] = k->kernel ? lane : &k->constant;
        if (k->kernel) mechanism_kernel_run(k, lanes, values, lane, rest);
    }
    draw_family(n->family, s, params, strides, lanes, out);
}

static void draw_node_alone(const MechanismNode *n, Stream *s, size_t lanes,
                            const void *const *values, double *out, double *work) {
    size_t count = n->kernels.count;
    for (size_t i = 0; i < count; i++)
        mechanism_kernel_run(&n->kernels.items[i], lanes, values, work + i * lanes,
                             work + count * lanes);
    if (n->kind == NODE_EMPIRICAL)
        mechanism_empirical_draw(n, s, lanes, out);
    else
        mechanism_truncated_draw(n, s, lanes, work, out);
}

// out[l] = part[at[l]][l], and NaN where there is no such part.
static void select_parts(const MechanismNode *n, size_t lanes, const double *at,
                         const double *nodes, double *out) {
    for (size_t l = 0; l < lanes; l++) {
        bool known = at[l] >= 0 && at[l] < (double)n->parts.count;
        out[l] = known ? nodes[n->parts.items[(size_t)at[l]] * lanes + l] : NAN;
    }
}

// The part of every lane, by its weight. A weight that is none gives no part.
static void draw_part(const MechanismNode *n, Stream *s, size_t lanes,
                      const void *const *values, double *at, double *work) {
    double *u = work, *p = u + lanes, *below = p + lanes, *rest = below + lanes;
    draw_uniforms(s, lanes, u);
    memset(below, 0, lanes * sizeof *below);
    memset(at, 0, lanes * sizeof *at);
    for (size_t i = 0; i < n->kernels.count; i++) {
        mechanism_kernel_run(&n->kernels.items[i], lanes, values, p, rest);
        LANES_FREE for (size_t l = 0; l < lanes; l++) {
            below[l] += p[l] >= -MECHANISM_SLACK ? p[l] : NAN;
            at[l] += u[l] >= below[l];
        }
    }
    for (size_t l = 0; l < lanes; l++) {
        if (!(fabs(below[l] - 1) <= MECHANISM_SLACK))
            at[l] = NAN;
        else if (at[l] >= (double)n->parts.count) // rounding
            at[l] = (double)n->parts.count - 1;
    }
}

static void draw_law(const Mechanism *m, Stream *s, size_t lanes, const void *const *values,
                     double *out, double *work) {
    size_t count = m->nodes.count;
    double *nodes = work, *at = nodes + count * lanes, *rest = at + lanes;
    for (size_t i = 0; i < count; i++) {
        const MechanismNode *n = &m->nodes.items[i];
        double *own = i + 1 == count ? out : nodes + i * lanes;
        if (n->kind == NODE_FAMILY) {
            draw_node_family(n, s, lanes, values, own, rest);
            continue;
        }
        if (n->kind == NODE_TRUNCATED || n->kind == NODE_EMPIRICAL) {
            draw_node_alone(n, s, lanes, values, own, rest);
            continue;
        }
        if (n->kind == NODE_CHOICE)
            mechanism_kernel_run(&n->kernels.items[0], lanes, values, at, rest);
        else
            draw_part(n, s, lanes, values, at, rest);
        select_parts(n, lanes, at, nodes, own);
    }
}

// --- the door ---

static size_t count_nan(size_t lanes, const double *x) {
    size_t n = 0;
    for (size_t l = 0; l < lanes; l++) n += x[l] != x[l];
    return n;
}

// Through numbers: a function, or a law that is drawn as one.
static size_t draw_numbers(const Mechanism *m, Stream *s, size_t lanes,
                           const void *const *values, void *out, uint8_t *missing,
                           double *work) {
    bool finite = domain_finite(m->domain);
    double *x = finite ? work : out;
    double *rest = finite ? work + lanes : work;
    if (m->kind == MECHANISM_VALUE)
        mechanism_kernel_run(&m->kernels.items[0], lanes, values, x, rest);
    else
        draw_law(m, s, lanes, values, x, rest);
    return finite ? mechanism_to_levels(m, lanes, x, out, missing) : count_nan(lanes, x);
}

size_t mechanism_draw(const Mechanism *m, Stream *s, size_t lanes, const void *const *values,
                      void *out, uint8_t *missing, double *work) {
    if (m->kind == MECHANISM_TABLE) {
        draw_table(&m->table, s, lanes, values, out, work);
        return 0;
    }
    if (m->kind != MECHANISM_LEVELS)
        return draw_numbers(m, s, lanes, values, out, missing, work);
    size_t wrong = draw_levels(m, s, lanes, values, out, missing, work);
    mend_levels(m, lanes, values, out, work);
    return wrong;
}

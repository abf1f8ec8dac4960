// Moment: forms taken apart into problems about normal variables.
#include "runtime/real/moment.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_cblas.h>

#include "runtime/real/region.h"

#define PARALLEL 1e-11 // the sine of an angle that is rounding
#define TOO_NEAR 1e-6  // one below which two dimensions are too near one for quadrature
#define SLACK 1e-9     // of the ends of intervals, for what does not vary

// --- scaled numbers --------------------------------------------------------------------------

double moment_value(Moment m) {
    return m.value == 0 ? 0 : m.value * exp(m.log);
}

Moment moment_add(Moment a, Moment b) {
    if (a.value == 0 || b.value == 0) return a.value == 0 ? b : a;
    if (a.log == b.log) return (Moment){a.value + b.value, a.log};
    if (a.log < b.log) return moment_add(b, a);
    return (Moment){a.value + b.value * exp(b.log - a.log), a.log};
}

Moment moment_mul(Moment a, Moment b) {
    return (Moment){a.value * b.value, a.log + b.log};
}

// --- rows of nodes ---------------------------------------------------------------------------

void moments_start(Moments *m, Gaussian *g, Arena *arena) {
    m->g = g;
    m->arena = arena;
    m->index.count = m->rows.count = m->means.count = m->other.count = 0;
}

void moments_free(Moments *m) {
    VEC_FREE(&m->index);
    VEC_FREE(&m->rows);
    VEC_FREE(&m->means);
    VEC_FREE(&m->other);
}

// The number of a node's row. Rows move when another is made.
static Status row_of(Moments *m, uint32_t node, size_t *row) {
    const size_t n = gaussian_noises(m->g), nodes = m->g->nodes.count;
    if (m->index.count < nodes) {
        if (!VEC_RESERVE(&m->index, nodes)) return NOMEM;
        memset(m->index.items + m->index.count, 0,
               (nodes - m->index.count) * sizeof *m->index.items);
        m->index.count = nodes;
    }
    if (m->index.items[node]) return *row = m->index.items[node] - 1, OK;
    *row = m->means.count;
    if (!VEC_RESERVE(&m->rows, m->rows.count + n)) return NOMEM;
    double mean;
    bool other;
    TRY(gaussian_row(m->g, node, &mean, m->rows.items + m->rows.count, &other));
    if (!VEC_PUSH(&m->means, mean) || !VEC_PUSH(&m->other, other)) return NOMEM;
    m->rows.count += n;
    m->index.items[node] = (uint32_t)*row + 1;
    return OK;
}

static double inner(const Moments *m, size_t a, size_t b) {
    const size_t n = gaussian_noises(m->g);
    return cblas_ddot((int)n, m->rows.items + a * n, 1, m->rows.items + b * n, 1);
}

Status moments_line(Moments *m, FormLine line, double *mean, double *variance, bool *normal) {
    size_t row;
    *mean = line.c, *variance = 0, *normal = true;
    if (form_line_constant(line)) return OK;
    TRY(row_of(m, line.node, &row));
    *mean += line.a * m->means.items[row];
    *variance = line.a * line.a * inner(m, row, row);
    *normal = !m->other.items[row];
    return OK;
}

// --- one product -----------------------------------------------------------------------------

// The variables of a product: its lines, then what its regions are about, then its exponential.
typedef struct Item {
    size_t row;
    double scale, mean;
} Item;

typedef struct Product {
    Moments *m;
    const FormTerm *t;
    Item *items;
    IntervalSet *sets;
    uint32_t nlines, nsets;
    Moment factor;
    const char **why;
} Product;

static double covariance(const Product *p, const Item *a, const Item *b) {
    return a->scale * b->scale * inner(p->m, a->row, b->row);
}

static Status read_line(Product *p, FormLine line, Item *out) {
    TRY(row_of(p->m, line.node, &out->row));
    out->scale = line.a;
    out->mean = line.c + line.a * p->m->means.items[out->row];
    return OK;
}

// The sine of the angle between two rows, and the factor that takes b to a where it is 0.
static double sine(const Product *p, const Item *a, const Item *b, double *ratio) {
    const size_t n = gaussian_noises(p->m->g);
    const double *x = p->m->rows.items + a->row * n, *y = p->m->rows.items + b->row * n;
    double squares = 0, size = cblas_dnrm2((int)n, x, 1);
    *ratio = inner(p->m, a->row, b->row) / inner(p->m, b->row, b->row);
    for (size_t i = 0; i < n; i++) squares += (x[i] - *ratio * y[i]) * (x[i] - *ratio * y[i]);
    return sqrt(squares) / size;
}

// Adds a region, or puts it together with one about the same variable.
static Status add_region(Product *p, const FormRegion *r) {
    Item item = {.scale = 1};
    TRY(read_line(p, (FormLine){0, 1, r->node}, &item));
    double sd = sqrt(inner(p->m, item.row, item.row));
    if (sd == 0) {
        if (!interval_has(r->set, item.mean, SLACK * (fabs(item.mean) + 1e-3)))
            p->factor = moment_number(0);
        return OK;
    }
    for (uint32_t i = 0; i < p->nsets; i++) {
        const Item *have = &p->items[p->nlines + i];
        double ratio, angle = sine(p, &item, have, &ratio);
        if (angle > PARALLEL && angle < TOO_NEAR)
            *p->why = "two events about almost the same quantity";
        if (angle > PARALLEL) continue;
        // item = mean + ratio * (have - its mean), and so for the ends of the set.
        IntervalSet same;
        TRY(interval_map(p->m->arena, r->set, 1 / ratio, have->mean - item.mean / ratio, &same));
        return interval_meet(p->m->arena, p->sets[i], same, &p->sets[i]);
    }
    p->sets[p->nsets] = r->set;
    p->items[p->nlines + p->nsets++] = item;
    return OK;
}

// exp(power): its mean, and what it does to the means of the others (Cameron & Martin 1944).
static Status add_power(Product *p) {
    Item power;
    TRY(read_line(p, p->t->power, &power));
    p->factor.log += power.mean + 0.5 * covariance(p, &power, &power);
    for (uint32_t i = 0; i < p->nlines + p->nsets; i++)
        p->items[i].mean += covariance(p, &power, &p->items[i]);
    if (p->m->other.items[power.row]) *p->why = "noise that is not normal";
    return OK;
}

static Status read_product(Product *p) {
    const FormTerm *t = p->t;
    bool other = false;
    p->items = ARENA_ARRAY(p->m->arena, Item, (size_t)t->nlines + t->nregions + 1);
    p->sets = ARENA_ARRAY(p->m->arena, IntervalSet, (size_t)t->nregions + 1);
    if (!p->items || !p->sets) return NOMEM;
    for (uint32_t i = 0; i < t->nlines; i++) {
        TRY(read_line(p, t->lines[i], &p->items[i]));
        other = other || p->m->other.items[p->items[i].row];
    }
    p->nlines = t->nlines;
    if (other && t->nlines > 2) *p->why = "noise that is not normal";
    for (uint32_t i = 0; i < t->nregions && !*p->why; i++) {
        TRY(add_region(p, &t->regions[i]));
        if (p->nsets && p->m->other.items[p->items[p->nlines + p->nsets - 1].row])
            *p->why = "noise that is not normal";
    }
    return *p->why || form_line_constant(t->power) ? OK : add_power(p);
}

static Status solve(Product *p, Moment *out) {
    const uint32_t n = p->nlines + p->nsets;
    RegionProblem problem = {.nlines = p->nlines, .nsets = p->nsets, .sets = p->sets,
                             .mean = ARENA_ARRAY(p->m->arena, double, n),
                             .gram = ARENA_ARRAY(p->m->arena, double, (size_t)n * n)};
    if (!problem.mean || !problem.gram) return NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        problem.mean[i] = p->items[i].mean;
        for (uint32_t j = 0; j <= i; j++)
            problem.gram[i * n + j] = problem.gram[j * n + i] =
                covariance(p, &p->items[i], &p->items[j]);
    }
    for (uint32_t i = 0; i < n; i++)
        if (!isfinite(problem.gram[i * n + i])) *p->why = "a variance too large for a number";
    if (*p->why) return OK;
    Moment y;
    TRY(region_integral(&problem, p->m->arena, &y, p->why));
    *out = moment_mul(p->factor, y);
    return OK;
}

static Status product(Moments *m, const FormTerm *t, Moment *out, const char **why) {
    const double log = form_line_constant(t->power) ? t->power.c : 0;
    Product p = {.m = m, .t = t, .factor = {t->coef, log}, .why = why};
    *out = p.factor;
    if (!t->nlines && !t->nregions && form_line_constant(t->power)) return OK;
    TRY(read_product(&p));
    *out = p.factor;
    if (*why || p.factor.value == 0) return OK;
    if (p.nlines == 1 && !p.nsets) return out->value *= p.items[0].mean, OK;
    return p.nlines || p.nsets ? solve(&p, out) : OK;
}

Status moments_of(Moments *m, const Form *f, Moment *out, const char **why) {
    Moment sum = {0}, y;
    *why = NULL;
    for (const FormTerm *t = f->first; t && !*why; t = t->next) {
        // The mean of a line is there without a sweep when nothing is known.
        bool plain = t->nlines == 1 && !t->nregions && form_line_constant(t->power);
        if (plain && !m->g->along.count) y = moment_number(t->coef * t->lines[0].c);
        else TRY(product(m, t, &y, why));
        sum = moment_add(sum, y);
    }
    *out = sum;
    return OK;
}

// Form: the event that a form is below, above or equal to 0.
#include <math.h>

#include "runtime/real/form.h"

static const Form *all_or_none(FormMaker *m, bool all) {
    return form_number(m, all);
}

// The values x of a node for which x `op` at; with `flip` for which at `op` x.
static Interval side(TermOp op, double at, bool flip) {
    Interval in = {-INFINITY, INFINITY, true, true};
    bool below = (op == TERM_LT || op == TERM_LE) != flip;
    bool open = op == TERM_LT || op == TERM_GT;
    if (op == TERM_EQ || op == TERM_NE) return (Interval){at, at, false, false};
    if (below) in.high = at, in.high_open = open;
    else in.low = at, in.low_open = open;
    return in;
}

static const Form *compare_line(FormMaker *m, TermOp op, FormLine l) {
    FormRegion r = {.node = l.node};
    if (interval_set(m->arena, side(op, -l.c / l.a, l.a < 0), &r.set) != OK) return NULL;
    if (op == TERM_NE && interval_not(m->arena, r.set, &r.set) != OK) return NULL;
    return form_region(m, r);
}

// c + k * exp(power).
static const Form *compare_power(FormMaker *m, TermOp op, double c, double k, FormLine power) {
    double ratio = -c / k;
    if (ratio <= 0) {
        double sign = k > 0 ? 1 : -1;
        bool holds = op == TERM_NE || (op == TERM_LT && sign < 0) || (op == TERM_LE && sign < 0) ||
                     (op == TERM_GT && sign > 0) || (op == TERM_GE && sign > 0);
        return all_or_none(m, holds);
    }
    power.c -= log(ratio);
    if (k < 0) {
        power.c = -power.c, power.a = -power.a;
    }
    return compare_line(m, op, power);
}

// The points between the roots of a quadratic that opens upwards, or beyond them.
static const Form *between(FormMaker *m, TermOp op, uint32_t node, double low, double high) {
    FormRegion r = {.node = node};
    bool inside = op == TERM_LT || op == TERM_LE, open = op == TERM_LT || op == TERM_GE;
    if (op == TERM_EQ || op == TERM_NE) {
        IntervalSet a, b;
        // What is neither below nor above: two points.
        Interval points[2] = {{low, low, false, false}, {high, high, false, false}};
        if (interval_set(m->arena, points[0], &a) != OK) return NULL;
        if (interval_set(m->arena, points[1], &b) != OK) return NULL;
        if (interval_not(m->arena, a, &a) != OK || interval_not(m->arena, b, &b) != OK) return NULL;
        if (interval_meet(m->arena, a, b, &r.set) != OK) return NULL;
        if (op == TERM_EQ && interval_not(m->arena, r.set, &r.set) != OK) return NULL;
        return form_region(m, r);
    }
    if (interval_set(m->arena, (Interval){low, high, open, open}, &r.set) != OK) return NULL;
    if (low == high && open) r.set.count = 0;
    if (!inside && interval_not(m->arena, r.set, &r.set) != OK) return NULL;
    return form_region(m, r);
}

static TermOp turned(TermOp op) {
    switch (op) {
    case TERM_LT: return TERM_GT;
    case TERM_LE: return TERM_GE;
    case TERM_GT: return TERM_LT;
    case TERM_GE: return TERM_LE;
    default: return op;
    }
}

// p + q x + r x^2.
static const Form *compare_square(FormMaker *m, TermOp op, uint32_t node, double p, double q,
                                  double r) {
    if (r < 0) return compare_square(m, turned(op), node, -p, -q, -r);
    double inside = q * q - 4 * p * r;
    if (inside < 0) return all_or_none(m, op == TERM_GT || op == TERM_GE || op == TERM_NE);
    double far = -0.5 * (q + copysign(sqrt(inside), q));
    double one = far / r, two = far == 0 ? one : p / far;
    return between(m, op, node, fmin(one, two), fmax(one, two));
}

// Reads a form as a polynomial of degree 2 in one node.
static bool read_square(const Form *f, uint32_t *node, double *p, double *q, double *r) {
    *node = GAUSSIAN_NONE;
    *p = *q = *r = 0;
    for (const FormTerm *t = f->first; t; t = t->next) {
        double of[3] = {t->coef, 0, 0};
        if (t->nregions || t->nlines > 2 || !form_line_constant(t->power)) return false;
        for (uint32_t i = 0; i < t->nlines; i++) {
            FormLine l = t->lines[i];
            if (*node != GAUSSIAN_NONE && *node != l.node) return false;
            *node = l.node;
            of[2] = of[2] * l.c + of[1] * l.a;
            of[1] = of[1] * l.c + of[0] * l.a;
            of[0] *= l.c;
        }
        *p += of[0], *q += of[1], *r += of[2];
    }
    return *r != 0;
}

// Reads a form as a number plus a multiple of one exponential.
static bool read_power(const Form *f, double *c, double *k, FormLine *power) {
    bool found = false;
    *c = 0;
    for (const FormTerm *t = f->first; t; t = t->next) {
        if (t->nlines || t->nregions) return false;
        bool plain = form_line_constant(t->power);
        if (plain) *c += t->coef;
        else if (found) return false;
        else *k = t->coef, *power = t->power, found = true;
    }
    return found;
}

const Form *form_compare(FormMaker *m, TermOp op, const Form *a, bool *can) {
    FormLine line;
    uint32_t node;
    double p, q, r;
    *can = true;
    if (form_is_line(a, &line) && !form_line_constant(line)) return compare_line(m, op, line);
    if (read_power(a, &p, &q, &line)) return compare_power(m, op, p, q, line);
    if (read_square(a, &node, &p, &q, &r)) return compare_square(m, op, node, p, q, r);
    *can = false;
    return NULL;
}

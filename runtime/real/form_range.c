// Form range: pieces, gone through at one point each.
#include "runtime/real/form_range.h"

#include <stdlib.h>

#include "runtime/base/vec.h"

// More combinations of pieces are not gone through.
#define MOST_POINTS 0x1p16

// Where a node is tried: the ends of all its intervals, and a point between any two of them.
typedef struct Axis {
    uint32_t node;
    VEC(double) points;
    size_t at;
} Axis;

typedef VEC(Axis) Axes;

static Axis *find_axis(Axes *axes, uint32_t node) {
    for (size_t i = 0; i < axes->count; i++)
        if (axes->items[i].node == node) return &axes->items[i];
    return VEC_PUSH(axes, ((Axis){.node = node})) ? &axes->items[axes->count - 1] : NULL;
}

static bool add_end(Axis *a, double x) {
    return isinf(x) || VEC_PUSH(&a->points, x);
}

static Status collect(const Form *f, Axes *axes, bool *pieces) {
    for (const FormTerm *t = f->first; t; t = t->next) {
        if (t->nlines || t->power.a != 0 || t->power.c != 0) return *pieces = false, OK;
        for (uint32_t r = 0; r < t->nregions; r++) {
            Axis *a = find_axis(axes, t->regions[r].node);
            if (!a) return NOMEM;
            for (uint32_t i = 0; i < t->regions[r].set.count; i++) {
                const Interval *in = &t->regions[r].set.in[i];
                if (!add_end(a, in->low) || !add_end(a, in->high)) return NOMEM;
            }
        }
    }
    return OK;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// The points between the ends, and beyond them.
static Status complete(Axis *a) {
    size_t n = a->points.count;
    if (!n) return VEC_PUSH(&a->points, 0) ? OK : NOMEM;
    qsort(a->points.items, n, sizeof *a->points.items, ascending);
    for (size_t i = 0; i + 1 < n; i++) {
        double middle = a->points.items[i] / 2 + a->points.items[i + 1] / 2;
        if (!VEC_PUSH(&a->points, middle)) return NOMEM;
    }
    double low = a->points.items[0], high = a->points.items[n - 1];
    return VEC_PUSH(&a->points, low - fabs(low) - 1) && VEC_PUSH(&a->points, high + fabs(high) + 1)
               ? OK
               : NOMEM;
}

static double point_of(const Axes *axes, uint32_t node) {
    for (size_t i = 0; i < axes->count; i++)
        if (axes->items[i].node == node) return axes->items[i].points.items[axes->items[i].at];
    return 0;
}

static double value_at(const Form *f, const Axes *axes) {
    double sum = 0;
    for (const FormTerm *t = f->first; t; t = t->next) {
        bool in = true;
        for (uint32_t r = 0; in && r < t->nregions; r++)
            in = interval_has(t->regions[r].set, point_of(axes, t->regions[r].node), 0);
        if (in) sum += t->coef;
    }
    return sum;
}

static bool next(Axes *axes) {
    for (size_t i = axes->count; i-- > 0;) {
        Axis *a = &axes->items[i];
        if (++a->at < a->points.count) return true;
        a->at = 0;
    }
    return false;
}

static Status try_all(const Form *f, Axes *axes, bool *inside) {
    double points = 1;
    for (size_t i = 0; i < axes->count; i++) {
        TRY(complete(&axes->items[i]));
        points *= (double)axes->items[i].points.count;
    }
    *inside = points <= MOST_POINTS;
    if (!*inside) return OK;
    do {
        double x = value_at(f, axes);
        *inside = x >= -1e-12 && x <= 1 + 1e-12;
    } while (*inside && next(axes));
    return OK;
}

Status form_range_unit(const Form *f, bool *inside) {
    Axes axes = {0};
    bool pieces = true;
    Status st = collect(f, &axes, &pieces);
    *inside = false;
    if (st == OK && pieces) st = try_all(f, &axes, inside);
    for (size_t i = 0; i < axes.count; i++) VEC_FREE(&axes.items[i].points);
    VEC_FREE(&axes);
    return st;
}

// Form: sums and products.
#include "runtime/real/form.h"

#include <math.h>
#include <string.h>

Status form_line_add(Gaussian *g, FormLine a, double k, FormLine b, FormLine *out) {
    out->c = a.c + k * b.c;
    if (form_line_constant(b) || k == 0) return out->a = a.a, out->node = a.node, OK;
    if (form_line_constant(a)) return out->a = k * b.a, out->node = b.node, OK;
    if (a.node == b.node) {
        double sum = a.a + k * b.a;
        bool none = fabs(sum) <= 1e-15 * (fabs(a.a) + fabs(k * b.a));
        out->a = none ? 0 : sum;
        out->node = none ? GAUSSIAN_NONE : a.node;
        return OK;
    }
    out->a = 1;
    return gaussian_sum(g, a.a, a.node, k * b.a, b.node, &out->node);
}

// --- comparing products ----------------------------------------------------------------------

static bool same_line(FormLine a, FormLine b) {
    return a.node == b.node && a.a == b.a && a.c == b.c;
}

static bool same_place(const FormTerm *a, const FormTerm *b) {
    if (!same_line(a->power, b->power) || a->nregions != b->nregions) return false;
    for (uint32_t i = 0; i < a->nregions; i++)
        if (a->regions[i].node != b->regions[i].node ||
            !interval_equal(a->regions[i].set, b->regions[i].set))
            return false;
    return true;
}

static bool same_lines(const FormTerm *a, const FormTerm *b) {
    if (a->nlines != b->nlines) return false;
    for (uint32_t i = 0; i < a->nlines; i++)
        if (!same_line(a->lines[i], b->lines[i])) return false;
    return true;
}

// --- sums ------------------------------------------------------------------------------------

static FormLine as_line(const FormTerm *t) {
    if (!t->nlines) return form_constant(t->coef);
    return (FormLine){t->coef * t->lines[0].c, t->coef * t->lines[0].a, t->lines[0].node};
}

static bool set_line(FormMaker *m, FormTerm *t, FormLine l) {
    t->coef = form_line_constant(l) ? l.c : 1;
    t->nlines = form_line_constant(l) ? 0 : 1;
    t->lines = NULL;
    if (!t->nlines) return true;
    FormLine *lines = ARENA_NEW(m->arena, FormLine);
    if (lines) *lines = l;
    t->lines = lines;
    return lines;
}

// Adds t to `have`, which has the same exponential and regions; *done is false when they differ
// in more than one line.
static bool merge(FormMaker *m, FormTerm *have, const FormTerm *t, bool *done) {
    FormLine sum;
    *done = true;
    if (same_lines(have, t)) return have->coef += t->coef, true;
    if (have->nlines > 1 || t->nlines > 1) return *done = false, true;
    if (form_line_add(m->g, as_line(have), 1, as_line(t), &sum) != OK) return false;
    return set_line(m, have, sum);
}

static bool put(FormMaker *m, Form *f, double k, const FormTerm *t) {
    FormTerm scaled = *t, **at = &f->first;
    scaled.coef *= k;
    if (scaled.coef == 0) return true;
    for (; *at; at = &(*at)->next) {
        bool done = false;
        if (same_place(*at, t) && !merge(m, *at, &scaled, &done)) return false;
        if (!done) continue;
        if ((*at)->coef == 0) *at = (*at)->next, f->count--;
        return true;
    }
    if (f->count >= FORM_TERMS) return m->wide = true, false;
    *at = ARENA_NEW(m->arena, FormTerm);
    if (!*at) return false;
    **at = scaled;
    (*at)->next = NULL;
    f->count++;
    return true;
}

static bool put_all(FormMaker *m, Form *f, double k, const Form *from) {
    for (const FormTerm *t = from->first; t; t = t->next)
        if (!put(m, f, k, t)) return false;
    return true;
}

const Form *form_add(FormMaker *m, const Form *a, double k, const Form *b) {
    Form *f = a && b ? ARENA_NEW(m->arena, Form) : NULL;
    return f && put_all(m, f, 1, a) && put_all(m, f, k, b) ? f : NULL;
}

// --- single products -------------------------------------------------------------------------

static const Form *single(FormMaker *m, const FormTerm *t) {
    Form *f = ARENA_NEW(m->arena, Form);
    return f && put(m, f, 1, t) ? f : NULL;
}

const Form *form_line(FormMaker *m, FormLine line) {
    FormTerm t = {.power = form_constant(0)};
    return set_line(m, &t, line) ? single(m, &t) : NULL;
}

const Form *form_number(FormMaker *m, double value) {
    return form_line(m, form_constant(value));
}

const Form *form_exp(FormMaker *m, FormLine line) {
    if (form_line_constant(line)) return form_number(m, exp(line.c));
    return single(m, &(FormTerm){.coef = 1, .power = line});
}

const Form *form_region(FormMaker *m, FormRegion region) {
    FormRegion *r = ARENA_NEW(m->arena, FormRegion);
    if (!r) return NULL;
    *r = region;
    if (!region.set.count) return form_number(m, 0);
    return single(m, &(FormTerm){.coef = 1, .power = form_constant(0), .nregions = 1,
                                 .regions = r});
}

const Form *form_not(FormMaker *m, const Form *a) {
    const FormTerm *t = a ? a->first : NULL;
    if (t && !t->next && t->nregions == 1 && !t->nlines && form_line_constant(t->power)) {
        FormRegion r = t->regions[0];
        if (interval_not(m->arena, r.set, &r.set) != OK) return NULL;
        return form_region(m, r);
    }
    return form_add(m, form_number(m, 1), -1, a);
}

// --- products --------------------------------------------------------------------------------

static bool mul_lines(FormMaker *m, const FormTerm *a, const FormTerm *b, FormTerm *out) {
    out->nlines = a->nlines + b->nlines;
    if (!a->nlines || !b->nlines) return out->lines = a->nlines ? a->lines : b->lines, true;
    if (out->nlines > FORM_LINES) return m->wide = true, false;
    FormLine *lines = ARENA_ARRAY(m->arena, FormLine, out->nlines);
    if (!lines) return false;
    memcpy(lines, a->lines, a->nlines * sizeof *lines);
    memcpy(lines + a->nlines, b->lines, b->nlines * sizeof *lines);
    out->lines = lines;
    return true;
}

// The regions of both; *empty when they exclude each other.
static bool mul_regions(FormMaker *m, const FormTerm *a, const FormTerm *b, FormTerm *out,
                        bool *empty) {
    uint32_t i = 0, j = 0, n = 0;
    *empty = false;
    if (!a->nregions || !b->nregions) {
        out->nregions = a->nregions + b->nregions;
        out->regions = a->nregions ? a->regions : b->regions;
        return true;
    }
    FormRegion *r = ARENA_ARRAY(m->arena, FormRegion, (size_t)a->nregions + b->nregions);
    if (!r) return false;
    while (i < a->nregions || j < b->nregions) {
        const FormRegion *x = i < a->nregions ? &a->regions[i] : NULL;
        const FormRegion *y = j < b->nregions ? &b->regions[j] : NULL;
        if (x && (!y || x->node < y->node)) {
            r[n++] = *x, i++;
        } else if (!x || y->node < x->node) {
            r[n++] = *y, j++;
        } else {
            r[n] = *x, i++, j++;
            if (interval_meet(m->arena, x->set, y->set, &r[n].set) != OK) return false;
            *empty = *empty || !r[n].set.count;
            n++;
        }
    }
    out->nregions = n;
    out->regions = r;
    return true;
}

static bool put_product(FormMaker *m, Form *f, const FormTerm *a, const FormTerm *b) {
    FormTerm t = {.coef = a->coef * b->coef};
    bool empty;
    if (!mul_lines(m, a, b, &t) || !mul_regions(m, a, b, &t, &empty)) return false;
    if (form_line_add(m->g, a->power, 1, b->power, &t.power) != OK) return false;
    if (form_line_constant(t.power)) t.coef *= exp(t.power.c), t.power.c = 0;
    return empty || put(m, f, 1, &t);
}

const Form *form_mul(FormMaker *m, const Form *a, const Form *b) {
    Form *f = a && b ? ARENA_NEW(m->arena, Form) : NULL;
    if (!f) return NULL;
    for (const FormTerm *x = a->first; x; x = x->next)
        for (const FormTerm *y = b->first; y; y = y->next)
            if (!put_product(m, f, x, y)) return NULL;
    return f;
}

// --- what a form is --------------------------------------------------------------------------

bool form_is_line(const Form *f, FormLine *line) {
    const FormTerm *t = f->first;
    *line = form_constant(0);
    if (!t) return true;
    if (t->next || t->nlines > 1 || t->nregions || !form_line_constant(t->power)) return false;
    *line = as_line(t);
    return true;
}

bool form_is_number(const Form *f, double *value) {
    FormLine line;
    bool is = form_is_line(f, &line) && form_line_constant(line);
    *value = line.c;
    return is;
}

bool form_is_power(const Form *f, double *coef, FormLine *power) {
    const FormTerm *t = f->first;
    if (!t || t->next || t->nlines || t->nregions || form_line_constant(t->power)) return false;
    *coef = t->coef;
    *power = t->power;
    return true;
}

// Frame: making, keeping and looking at data sets.
#include "runtime/data/frame.h"

#include <math.h>

#include "runtime/base/mem.h"
#include "runtime/base/num.h"

DataFrame *frame_new(size_t nrows, uint32_t ncolumns, bool counted) {
    DataFrame *f = MEM_NEW(DataFrame, 1);
    if (!f) return NULL;
    f->refs = 1;
    f->nrows = nrows;
    f->columns = MEM_NEW(FrameColumn, ncolumns);
    f->counts = counted ? MEM_NEW(double, nrows) : NULL;
    bool ok = f->columns && (f->counts || !counted);
    for (; ok && f->ncolumns < ncolumns; f->ncolumns += ok)
        ok = (f->columns[f->ncolumns].values = MEM_NEW(double, nrows)) != NULL;
    if (ok) return f;
    frame_drop(f);
    return NULL;
}

DataFrame *frame_keep(const DataFrame *f) {
    DataFrame *kept = (DataFrame *)f;
    kept->refs++;
    return kept;
}

void frame_drop(DataFrame *f) {
    if (!f || --f->refs) return;
    for (uint32_t i = 0; i < f->ncolumns; i++) {
        domain_drop(f->columns[i].domain);
        mem_free(f->columns[i].values);
    }
    mem_free(f->columns);
    mem_free(f->counts);
    mem_free(f);
}

DataFrame *frame_row(const DataFrame *f, size_t row) {
    DataFrame *one = frame_new(1, f->ncolumns, f->counts != NULL);
    if (!one) return NULL;
    for (uint32_t i = 0; i < f->ncolumns; i++) {
        one->columns[i].name = f->columns[i].name;
        one->columns[i].domain = domain_keep(f->columns[i].domain);
        one->columns[i].values[0] = f->columns[i].values[row];
    }
    if (one->counts) one->counts[0] = f->counts[row];
    return one;
}

uint32_t frame_find(const DataFrame *f, Sym name) {
    for (uint32_t i = 0; i < f->ncolumns; i++)
        if (f->columns[i].name == name) return i;
    return UINT32_MAX;
}

double frame_count(const DataFrame *f, size_t row) {
    return f->counts ? f->counts[row] : 1;
}

double frame_size(const DataFrame *f) {
    double sum = 0;
    for (size_t i = 0; i < f->nrows; i++) sum += frame_count(f, i);
    return sum;
}

void frame_add_value(const FrameColumn *column, size_t row, Str *out) {
    double x = column->values[row];
    if (isnan(x)) str_add_char(out, '_');
    else if (domain_finite(column->domain)) domain_add_literal(column->domain, (uint32_t)x, out);
    else num_add(out, x);
}

static bool same_numbers(const double *a, const double *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (isnan(a[i]) != isnan(b[i]) || (!isnan(a[i]) && a[i] != b[i])) return false;
    return true;
}

bool frame_equal(const DataFrame *a, const DataFrame *b) {
    if (a->ncolumns != b->ncolumns || a->nrows != b->nrows) return false;
    for (size_t i = 0; i < a->nrows; i++)
        if (frame_count(a, i) != frame_count(b, i)) return false;
    for (uint32_t i = 0; i < a->ncolumns; i++) {
        const FrameColumn *x = &a->columns[i], *y = &b->columns[i];
        if (x->name != y->name || !domain_equal(x->domain, y->domain)) return false;
        if (!same_numbers(x->values, y->values, a->nrows)) return false;
    }
    return true;
}

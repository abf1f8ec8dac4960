// Kernel: a CASE over variables with constant results, as a table.
//
// Selecting row by row costs every lane all rows, and a table written out as a case has a row
// for each cell. When the rows are patterns over levels and the results are constants, the
// cells are found once and each lane looks up its own.
#include <math.h>

#include "runtime/model/kernel_compile.h"
#include "runtime/model/rows.h"

enum {
    FEW_ROWS = 4,          // below this, selecting is as good
    MOST_CELLS = 1 << 22,  // of a table
    SPARE_CELLS = 1 << 12, // a table may have this many cells more ...
    CELLS_A_ROW = 64,      // ... than this many for each row
    VISITS_A_CELL = 16,    // rows that overlap more than this are not worth it
};

typedef struct Axis {
    const Domain *domain;
    uint32_t var;
    size_t stride;
    uint32_t *levels; // those that the row at hand accepts
    uint32_t count, at;
} Axis;

typedef struct CaseTable {
    KernelCompiler *c;
    const Term *t;
    Rows rows;
    Axis *axes;
    uint32_t naxes;
    size_t total, filled, visits;
    double *cells;
    bool *taken;
} CaseTable;

static KernelMeaning meaning_of(const KernelCompiler *c, const Term *t) {
    return c->meanings[term_order_find(&c->order, t)];
}

// The value of a pattern as a number or a level of the axis's domain; false when it is neither.
static bool find_level(const CaseTable *s, const Axis *a, const Term *value, uint32_t *level) {
    KernelMeaning m = meaning_of(s->c, value);
    double number;
    if (m.level)
        *level = domain_find_name(a->domain, m.level);
    else if (m.kind != VALUE_LEVEL_KIND && kernel_compile_constant(s->c, m.value, &number))
        *level = domain_find_number(a->domain, number);
    else
        return false;
    return *level != UINT32_MAX;
}

static void accept(Axis *a, uint32_t level) {
    a->levels[a->count++] = level;
}

static bool accept_values(const CaseTable *s, Axis *a, const RowPattern *p) {
    if (p->count > a->domain->count) return false;
    for (size_t i = 0; i < p->count; i++) {
        uint32_t level;
        if (!find_level(s, a, s->rows.values.items[p->first + i], &level)) return false;
        accept(a, level);
    }
    return true;
}

static bool is_number(const CaseTable *s, const Term *value, double *number) {
    KernelMeaning m = meaning_of(s->c, value);
    return m.kind != VALUE_LEVEL_KIND && kernel_compile_constant(s->c, m.value, number);
}

static bool accept_range(const CaseTable *s, Axis *a, const RowPattern *p) {
    double low, high;
    const Term *const *values = s->rows.values.items + p->first;
    if (!a->domain->numeric || a->domain->kind == DOMAIN_ORDERED) return false;
    if (!is_number(s, values[0], &low) || !is_number(s, values[1], &high)) return false;
    for (uint32_t i = 0; i < a->domain->count; i++) {
        double x = domain_number(a->domain, i);
        if (x >= low && x <= high) accept(a, i);
    }
    return true;
}

// The levels that a pattern accepts; false when that is not known here.
static bool accept_pattern(const CaseTable *s, Axis *a, const RowPattern *p) {
    a->count = a->at = 0;
    switch (p->kind) {
    case ROW_ANY:
        for (uint32_t i = 0; i < a->domain->count; i++) accept(a, i);
        return true;
    case ROW_TRUE:
    case ROW_FALSE:
        if (a->domain->kind != DOMAIN_BOOL) return false;
        accept(a, p->kind == ROW_TRUE);
        return true;
    case ROW_VALUES:
        return accept_values(s, a, p);
    case ROW_RANGE:
        return accept_range(s, a, p);
    default:
        return false;
    }
}

// Moves on to the next accepted combination; false after the last.
static bool advance(CaseTable *s) {
    for (uint32_t i = s->naxes; i-- > 0;) {
        if (++s->axes[i].at < s->axes[i].count) return true;
        s->axes[i].at = 0;
    }
    return false;
}

static bool fill_row(CaseTable *s, uint32_t r, double result) {
    for (uint32_t i = 0; i < s->naxes; i++)
        if (!accept_pattern(s, &s->axes[i], &s->rows.patterns[(size_t)r * s->naxes + i]))
            return false;
    for (uint32_t i = 0; i < s->naxes; i++)
        if (s->axes[i].count == 0) return true;
    do {
        size_t cell = 0;
        for (uint32_t i = 0; i < s->naxes; i++)
            cell += s->axes[i].stride * s->axes[i].levels[s->axes[i].at];
        if (!s->taken[cell]) {
            s->taken[cell] = true;
            s->cells[cell] = result;
            s->filled++;
        }
        s->visits++;
    } while (advance(s));
    return s->visits <= s->total * VISITS_A_CELL;
}

static bool fill(CaseTable *s) {
    for (size_t i = 0; i < s->total; i++) s->cells[i] = NAN;
    for (uint32_t r = 0; r < s->rows.nrows && s->filled < s->total; r++) {
        double result;
        KernelMeaning m = meaning_of(s->c, s->t->kid[s->naxes + 2 * r + 1]);
        kernel_compile_constant(s->c, m.value, &result);
        if (!fill_row(s, r, result)) return false;
    }
    return true;
}

// Whether a table is possible and not much larger than the rows.
static bool suits(const KernelCompiler *c, const Term *t, size_t *total) {
    uint32_t rows = (t->n - t->nselect) / 2;
    double number;
    if (rows < FEW_ROWS || t->nselect == 0) return false;
    *total = 1;
    for (uint32_t i = 0; i < t->nselect; i++) {
        uint32_t var = meaning_of(c, t->kid[i]).var;
        if (var == MODEL_NONE) return false;
        *total *= c->model->vars[var]->domain->count;
        if (*total > MOST_CELLS || *total > (size_t)rows * CELLS_A_ROW + SPARE_CELLS)
            return false;
    }
    for (uint32_t i = t->nselect + 1; i < t->n; i += 2)
        if (!kernel_compile_constant(c, meaning_of(c, t->kid[i]).value, &number)) return false;
    return true;
}

static Status prepare(CaseTable *s) {
    size_t stride = s->total;
    s->axes = MEM_NEW(Axis, s->naxes);
    s->cells = MEM_NEW(double, s->total);
    s->taken = MEM_NEW(bool, s->total);
    if (!s->axes || !s->cells || !s->taken) return NOMEM;
    for (uint32_t i = 0; i < s->naxes; i++) {
        Axis *a = &s->axes[i];
        a->var = meaning_of(s->c, s->t->kid[i]).var;
        a->domain = s->c->model->vars[a->var]->domain;
        stride /= a->domain->count;
        a->stride = stride;
        a->levels = MEM_NEW(uint32_t, a->domain->count);
        if (!a->levels) return NOMEM;
    }
    return OK;
}

// The instructions that look a cell up; the kernel takes the cells.
static Status look_up(CaseTable *s, KernelMeaning *m) {
    uint32_t at, position;
    if (!VEC_PUSH(&s->c->kernel->tables, s->cells)) return NOMEM;
    const double *cells = s->cells;
    s->cells = NULL;
    TRY(kernel_value_number(s->c->graph, 0, &at));
    for (uint32_t i = 0; i < s->naxes; i++) {
        TRY(kernel_compile_position(s->c, s->axes[i].var, &position));
        TRY(kernel_compile_step(s->c, at, s->axes[i].domain->count, position, &at));
    }
    KernelCode code = {.op = KERNEL_GATHER, .cells = cells};
    return kernel_compile_code(s->c, code, &at, 1, &m->value);
}

Status kernel_compile_rows(KernelCompiler *c, const Term *t, KernelMeaning *m, bool *done) {
    CaseTable s = {.c = c, .t = t, .naxes = t->nselect};
    bool patterns = false;
    *done = false;
    if (!suits(c, t, &s.total)) return OK;
    Status status = rows_read(t, &s.rows, &patterns);
    if (status == OK && patterns) status = prepare(&s);
    if (status == OK && patterns && fill(&s)) {
        status = look_up(&s, m);
        *done = true;
    }
    for (uint32_t i = 0; s.axes && i < s.naxes; i++) mem_free(s.axes[i].levels);
    mem_free(s.axes);
    mem_free(s.cells);
    mem_free(s.taken);
    rows_free(&s.rows);
    return status;
}

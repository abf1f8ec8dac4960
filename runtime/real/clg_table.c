// Clg table: variable elimination over small tables.
#include "runtime/real/clg_table.h"

#include <string.h>

#include "runtime/base/bitset.h"

static size_t card(const Model *m, uint32_t var) {
    return m->vars[var]->domain->count;
}

Status clg_table_new(const Model *m, const uint32_t *vars, uint32_t n, ClgTable *out, bool *fits) {
    *out = (ClgTable){.n = n, .size = 1};
    *fits = true;
    for (uint32_t i = 0; i < n && *fits; i++) {
        out->size *= card(m, vars[i]);
        *fits = out->size <= CLG_CELLS;
    }
    if (!*fits) return OK;
    out->vars = MEM_NEW(uint32_t, n);
    out->cells = MEM_NEW(double, out->size);
    if (!out->vars || !out->cells) {
        clg_table_free(out);
        return NOMEM;
    }
    if (n) memcpy(out->vars, vars, n * sizeof *vars);
    return OK;
}

void clg_table_free(ClgTable *t) {
    mem_free(t->vars);
    mem_free(t->cells);
    *t = (ClgTable){0};
}

void clg_tables_free(ClgTables *ts) {
    for (size_t i = 0; i < ts->items.count; i++) clg_table_free(&ts->items.items[i]);
    VEC_FREE(&ts->items);
}

bool clg_next(const Model *m, const uint32_t *vars, uint32_t n, uint32_t *levels) {
    for (uint32_t i = n; i-- > 0;) {
        if (++levels[i] < card(m, vars[i])) return true;
        levels[i] = 0;
    }
    return false;
}

// --- elimination -----------------------------------------------------------------------------

typedef VEC(uint32_t) VarVec;

typedef struct Sum {
    const Model *m;
    ClgTables *ts;
    const Ctl *ctl;
    Word *mark;       // of variables, empty between uses
    uint32_t *levels; // of every variable, while cells are visited
} Sum;

static bool mentions(const ClgTable *t, uint32_t var) {
    for (uint32_t i = 0; i < t->n; i++)
        if (t->vars[i] == var) return true;
    return false;
}

// The variables of all tables that mention `var` (of all tables when it is MODEL_NONE), without
// it, and the size of the table over them; more than CLG_CELLS counts as that and one.
static Status together(Sum *s, uint32_t var, VarVec *out, size_t *size) {
    Status status = OK;
    *size = 1;
    out->count = 0;
    for (size_t i = 0; i < s->ts->items.count; i++) {
        const ClgTable *t = &s->ts->items.items[i];
        if (var != MODEL_NONE && !mentions(t, var)) continue;
        for (uint32_t k = 0; k < t->n; k++) {
            if (t->vars[k] == var || bits_has(s->mark, t->vars[k])) continue;
            bits_add(s->mark, t->vars[k]);
            if (*size <= CLG_CELLS) *size *= card(s->m, t->vars[k]);
            if (!VEC_PUSH(out, t->vars[k])) status = NOMEM;
        }
    }
    for (size_t i = 0; i < out->count; i++) bits_drop(s->mark, out->items[i]);
    return status;
}

static size_t cell_of(const Sum *s, const ClgTable *t) {
    size_t cell = 0;
    for (uint32_t i = 0; i < t->n; i++) cell = cell * card(s->m, t->vars[i]) + s->levels[t->vars[i]];
    return cell;
}

// The product of the tables that mention `var` at the levels at hand, summed over `var`.
static double product_at(Sum *s, uint32_t var) {
    double sum = 0;
    size_t levels = var == MODEL_NONE ? 1 : card(s->m, var);
    for (size_t l = 0; l < levels; l++) {
        double p = 1;
        if (var != MODEL_NONE) s->levels[var] = (uint32_t)l;
        for (size_t i = 0; i < s->ts->items.count && p != 0; i++) {
            const ClgTable *t = &s->ts->items.items[i];
            if (var == MODEL_NONE || mentions(t, var)) p *= t->cells[cell_of(s, t)];
        }
        sum += p;
    }
    return sum;
}

static void scale(ClgTable *t) {
    double most = 0;
    for (size_t i = 0; i < t->size; i++)
        if (t->cells[i] > most) most = t->cells[i];
    for (size_t i = 0; i < t->size && most > 0; i++) t->cells[i] /= most;
}

static Status fill(Sum *s, uint32_t var, ClgTable *t) {
    uint32_t *at = MEM_NEW(uint32_t, t->n);
    if (!at) return NOMEM;
    for (size_t cell = 0; cell < t->size; cell++) {
        for (uint32_t i = 0; i < t->n; i++) s->levels[t->vars[i]] = at[i];
        t->cells[cell] = product_at(s, var);
        clg_next(s->m, t->vars, t->n, at);
    }
    mem_free(at);
    scale(t);
    return ctl_cancelled(s->ctl) ? CANCELLED : OK;
}

// Replaces the tables that mention `var` by their product, summed over it.
static Status sum_out(Sum *s, uint32_t var, VarVec *vars, bool *fits) {
    ClgTable t;
    size_t size, kept = 0;
    TRY(together(s, var, vars, &size));
    TRY(clg_table_new(s->m, vars->items, (uint32_t)vars->count, &t, fits));
    if (!*fits) return OK;
    Status status = fill(s, var, &t);
    for (size_t i = 0; i < s->ts->items.count; i++) {
        ClgTable *old = &s->ts->items.items[i];
        if (mentions(old, var)) clg_table_free(old);
        else s->ts->items.items[kept++] = *old;
    }
    s->ts->items.count = kept;
    if (status == OK && !VEC_PUSH(&s->ts->items, t)) status = NOMEM;
    if (status != OK) clg_table_free(&t);
    return status;
}

// The variable, among those to go, whose table is smallest.
static Status cheapest(Sum *s, const VarVec *left, VarVec *vars, size_t *which) {
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < left->count; i++) {
        size_t size;
        TRY(together(s, left->items[i], vars, &size));
        if (size < least) least = size, *which = i;
        // Nothing is cheaper than a table of a few cells.
        if (least <= 4) return OK;
    }
    return OK;
}

static Status sum_all(Sum *s, VarVec *left, const uint32_t *keep, uint32_t nkeep, VarVec *vars,
                      ClgTable *out, bool *fits) {
    size_t size;
    TRY(together(s, MODEL_NONE, left, &size));
    for (uint32_t k = 0; k < nkeep; k++) bits_add(s->mark, keep[k]);
    size_t n = 0;
    for (size_t i = 0; i < left->count; i++)
        if (!bits_has(s->mark, left->items[i])) left->items[n++] = left->items[i];
    left->count = n;
    for (uint32_t k = 0; k < nkeep; k++) bits_drop(s->mark, keep[k]);
    while (left->count) {
        size_t which = 0;
        TRY(cheapest(s, left, vars, &which));
        TRY(sum_out(s, left->items[which], vars, fits));
        if (!*fits) return OK;
        left->items[which] = left->items[--left->count];
    }
    TRY(clg_table_new(s->m, keep, nkeep, out, fits));
    return *fits ? fill(s, MODEL_NONE, out) : OK;
}

Status clg_tables_sum(const Model *m, ClgTables *ts, const uint32_t *keep, uint32_t nkeep,
                      const Ctl *ctl, ClgTable *out, bool *fits) {
    Sum s = {.m = m, .ts = ts, .ctl = ctl, .mark = MEM_NEW(Word, bits_words(m->nvars)),
             .levels = MEM_NEW(uint32_t, m->nvars)};
    VarVec left = {0}, vars = {0};
    *out = (ClgTable){0};
    *fits = true;
    Status status = s.mark && s.levels
                        ? sum_all(&s, &left, keep, nkeep, &vars, out, fits) : NOMEM;
    VEC_FREE(&left);
    VEC_FREE(&vars);
    mem_free(s.mark);
    mem_free(s.levels);
    if (status != OK) clg_table_free(out);
    return status;
}

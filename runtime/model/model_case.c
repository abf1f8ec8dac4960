// Model case: rows as boxes of combinations, or as conditions that are computed.
#include "runtime/model/model_case.h"

#include "runtime/base/bitset.h"
#include "runtime/base/num.h"
#include "runtime/base/vec.h"
#include "runtime/model/cpt.h"
#include "runtime/model/kernel.h"
#include "runtime/model/model_build.h"
#include "runtime/model/rows.h"
#include "runtime/model/term_order.h"

typedef struct Checker {
    const Model *m;
    const Term *term; // the CASE
    const char *what;
    const Ctl *ctl;
    Faults *faults;
    NumberVec vars; // what the case looks at
    size_t cells;   // combinations of their levels
    Word *taken;    // the combinations that some row above takes
} Checker;

static uint32_t nrows(const Checker *c) {
    return (c->term->n - c->term->nselect) / 2;
}

static const Term *condition(const Checker *c, uint32_t row) {
    return c->term->kid[c->term->nselect + 2 * row];
}

void model_case_add(const Model *m, const uint32_t *vars, uint32_t nvars, size_t cell,
                    Str *out) {
    size_t below = 1;
    for (uint32_t i = 0; i < nvars; i++) below *= m->vars[vars[i]]->domain->count;
    for (uint32_t i = 0; i < nvars; i++) {
        const ModelVar *var = m->vars[vars[i]];
        below /= var->domain->count;
        str_printf(out, "%s%s = ", i ? ", " : "", var->name->text);
        domain_add_level(var->domain, (uint32_t)(cell / below % var->domain->count), out);
    }
}

// --- faults ---

static Status report_dead(const Checker *c, uint32_t row) {
    Str s = {0};
    const Term *cond = condition(c, row);
    if (cond->op == TERM_NUMBER)
        str_add(&s, "_");
    else
        term_add(cond, &s);
    Status status =
        s.failed ? NOMEM
                 : fault_add(c->faults, FAULT_MODEL_DEAD_ROW, cond->origin,
                             "in %s the row for %s can never match", c->what, str_text(&s));
    str_free(&s);
    if (status != FAULT || row == 0) return status;
    return fault_hint(c->faults, "the rows above take all of it: remove it, or move it up");
}

static Status report_gap(const Checker *c) {
    size_t first = 0, gaps = c->cells - bits_count(c->taken, bits_words(c->cells));
    while (bits_has(c->taken, first)) first++;
    Str s = {0};
    model_case_add(c->m, c->vars.items, (uint32_t)c->vars.count, first, &s);
    if (gaps > 1)
        str_printf(&s, " (nor %zu other combination%s)", gaps - 1, gaps > 2 ? "s" : "");
    Status status = s.failed ? NOMEM
                             : fault_add(c->faults, FAULT_MODEL_GAP, c->term->origin,
                                         "in %s no row matches %s", c->what, str_text(&s));
    str_free(&s);
    return status == FAULT ? fault_hint(c->faults, "add a row for it, or a last row _ => ...")
                           : status;
}

static Status conclude(const Checker *c, Status all) {
    bool gap = bits_count(c->taken, bits_words(c->cells)) < c->cells;
    if (gap) MODEL_COLLECT(all, report_gap(c));
    return all;
}

// --- rows that are patterns over variables ---

// The level that a constant of a pattern is, or UINT32_MAX.
static uint32_t constant_level(const Domain *d, const Term *value) {
    if (value->op == TERM_LEVEL) return domain_find_name(d, value->sym);
    if (value->op == TERM_NUMBER) return domain_find_number(d, value->number);
    return UINT32_MAX;
}

// How a level compares with a constant: its number, or its position in an ordered domain.
static bool compare_level(const Domain *d, uint32_t level, const Term *value,
                          double *difference) {
    if (d->numeric && value->op == TERM_NUMBER) {
        double number = domain_number(d, level);
        *difference = num_same(number, value->number) ? 0 : number - value->number;
        return true;
    }
    uint32_t at = constant_level(d, value);
    *difference = (double)level - (double)at;
    return d->kind == DOMAIN_ORDERED && at != UINT32_MAX;
}

static bool within(TermOp op, double difference) {
    switch (op) {
    case TERM_LT:
        return difference < 0;
    case TERM_LE:
        return difference <= 0;
    case TERM_GT:
        return difference > 0;
    default:
        return difference >= 0;
    }
}

// Whether a pattern of one selector accepts a level; *known is cleared when that takes
// computing.
static bool accepts(const Rows *rows, const RowPattern *p, const Domain *d, uint32_t level,
                    bool *known) {
    const Term *const *values = rows->values.items + p->first;
    double above, below;
    bool found = false;
    switch (p->kind) {
    case ROW_ANY:
        return true;
    case ROW_TRUE:
    case ROW_FALSE:
        if (d->kind != DOMAIN_BOOL) *known = false;
        return (level == 1) == (p->kind == ROW_TRUE);
    case ROW_VALUES:
        for (size_t i = 0; i < p->count; i++) {
            uint32_t at = constant_level(d, values[i]);
            if (at == UINT32_MAX) *known = false;
            if (at == level) found = true;
        }
        return found;
    case ROW_COMPARE:
        if (!compare_level(d, level, values[0], &above)) return *known = false;
        return within(p->op, above);
    case ROW_RANGE:
        if (!compare_level(d, level, values[0], &above)) return *known = false;
        if (!compare_level(d, level, values[1], &below)) return *known = false;
        return above >= 0 && below <= 0;
    }
    return false;
}

// The box of a row: for each selector its accepted levels, one list after the other.
typedef struct Box {
    uint32_t *levels; // of selector i: levels[first[i]] .. levels[first[i + 1] - 1]
    uint32_t *first, *at;
} Box;

// Narrows the levels to look at, [low, high), where a pattern is a single one.
static void only_level(const Rows *rows, const RowPattern *p, const Domain *d, uint32_t *low,
                       uint32_t *high) {
    if (p->kind != ROW_VALUES || p->count != 1) return;
    uint32_t at = constant_level(d, rows->values.items[p->first]);
    if (at == UINT32_MAX) return;
    *low = at;
    *high = at + 1;
}

static bool find_box(const Checker *c, const Rows *rows, uint32_t row, Box *box) {
    bool known = true;
    uint32_t count = 0;
    for (uint32_t i = 0; i < rows->nselect; i++) {
        const Domain *d = c->m->vars[c->vars.items[i]]->domain;
        const RowPattern *p = &rows->patterns[(size_t)row * rows->nselect + i];
        box->first[i] = count;
        uint32_t low = 0, high = d->count;
        only_level(rows, p, d, &low, &high);
        for (uint32_t l = low; l < high; l++)
            if (accepts(rows, p, d, l, &known)) box->levels[count++] = l;
    }
    box->first[rows->nselect] = count;
    return known;
}

// Takes the combinations of a box; returns how many were free.
static size_t take_box(const Checker *c, const Box *box) {
    uint32_t n = (uint32_t)c->vars.count;
    size_t fresh = 0;
    for (uint32_t i = 0; i < n; i++) {
        box->at[i] = box->first[i];
        if (box->first[i] == box->first[i + 1]) return 0;
    }
    for (;;) {
        size_t cell = 0;
        for (uint32_t i = 0; i < n; i++)
            cell = cell * c->m->vars[c->vars.items[i]]->domain->count + box->levels[box->at[i]];
        if (!bits_has(c->taken, cell)) fresh++;
        bits_add(c->taken, cell);
        uint32_t i = n;
        while (i > 0 && ++box->at[i - 1] == box->first[i]) {
            i--;
            box->at[i] = box->first[i];
        }
        if (!i) return fresh;
    }
}

static Status take_boxes(Checker *c, const Rows *rows, Box *box, bool *known) {
    Status all = OK;
    *known = true;
    // First see that every row is a box, so that nothing is reported twice.
    for (uint32_t r = 0; r < rows->nrows && *known; r++) *known = find_box(c, rows, r, box);
    for (uint32_t r = 0; r < rows->nrows && *known; r++) {
        if (ctl_cancelled(c->ctl)) return CANCELLED;
        find_box(c, rows, r, box);
        if (!take_box(c, box)) MODEL_COLLECT(all, report_dead(c, r));
    }
    return *known ? conclude(c, all) : OK;
}

static bool add_selectors(Checker *c, bool *plain) {
    *plain = true;
    for (uint32_t i = 0; i < c->term->nselect && *plain; i++) {
        const Term *s = c->term->kid[i];
        uint32_t v =
            s->op == TERM_VAR && term_is_factual(s) ? model_find(c->m, s->sym) : MODEL_NONE;
        *plain = v != MODEL_NONE;
        for (size_t k = 0; k < c->vars.count; k++)
            if (c->vars.items[k] == v) *plain = false;
        if (*plain && !VEC_PUSH(&c->vars, v)) return false;
    }
    return true;
}

// The number of combinations of the variables; false when they cannot be gone through.
static bool count_cells(Checker *c) {
    c->cells = 1;
    for (size_t i = 0; i < c->vars.count; i++) {
        const Domain *d = c->m->vars[c->vars.items[i]]->domain;
        if (!domain_finite(d) || !d->count) return false;
        c->cells *= d->count;
        if (c->cells > CPT_CELLS) return false;
    }
    return true;
}

static Status take_patterns(Checker *c, const Rows *rows, bool *known) {
    uint32_t levels = 0;
    for (size_t i = 0; i < c->vars.count; i++)
        levels += c->m->vars[c->vars.items[i]]->domain->count;
    Box box = {.levels = MEM_NEW(uint32_t, levels),
               .first = MEM_NEW(uint32_t, c->vars.count + 1),
               .at = MEM_NEW(uint32_t, c->vars.count)};
    c->taken = MEM_NEW(Word, bits_words(c->cells));
    bool made = box.levels && box.first && box.at && c->taken;
    Status status = made ? take_boxes(c, rows, &box, known) : NOMEM;
    mem_free(box.levels);
    mem_free(box.first);
    mem_free(box.at);
    mem_free(c->taken);
    return status;
}

static Status check_patterns(Checker *c, bool *known) {
    *known = false;
    bool plain;
    if (!add_selectors(c, &plain)) return NOMEM;
    if (!plain || !count_cells(c)) return OK;
    Rows rows = {0};
    bool patterns;
    Status status = rows_read(c->term, &rows, &patterns);
    if (status == OK && patterns) status = take_patterns(c, &rows, known);
    rows_free(&rows);
    return status;
}

// --- rows in general ---

static bool add_variable(void *user, Sym name, const Term *at) {
    Checker *c = user;
    uint32_t v = model_find(c->m, name);
    (void)at;
    for (size_t k = 0; k < c->vars.count; k++)
        if (c->vars.items[k] == v) return true;
    return VEC_PUSH(&c->vars, v);
}

static Status take_condition(Checker *c, uint32_t row, double *holds) {
    Kernel *k = NULL;
    TRY(kernel_new(c->m, condition(c, row), &k, c->faults));
    Status status =
        kernel_tabulate(k, c->m, c->vars.items, (uint32_t)c->vars.count, c->ctl, holds);
    kernel_free(k);
    if (status != OK) return status;
    bool fresh = false;
    for (size_t i = 0; i < c->cells; i++) {
        if (holds[i] != 1 || bits_has(c->taken, i)) continue;
        bits_add(c->taken, i);
        fresh = true;
    }
    return fresh ? OK : report_dead(c, row);
}

static Status check_conditions(Checker *c) {
    c->vars.count = 0;
    for (uint32_t r = 0; r < nrows(c); r++)
        if (!term_variables(condition(c, r), false, add_variable, c)) return NOMEM;
    if (!count_cells(c)) return OK;
    double *holds = MEM_NEW(double, c->cells);
    c->taken = MEM_NEW(Word, bits_words(c->cells));
    Status all = holds && c->taken ? OK : NOMEM;
    for (uint32_t r = 0; r < nrows(c) && (all == OK || all == FAULT); r++) {
        Status status = take_condition(c, r, holds);
        if (status != OK) all = status;
    }
    if (all == OK) all = conclude(c, all);
    mem_free(holds);
    mem_free(c->taken);
    return all;
}

static Status check_case(Checker *c) {
    bool known;
    c->vars.count = 0;
    Status status = check_patterns(c, &known);
    return status == OK && !known ? check_conditions(c) : status;
}

Status model_case_check(const Model *m, const Term *term, const char *what, const Ctl *ctl,
                        Faults *faults) {
    TermOrder order = {0};
    Checker c = {.m = m, .what = what, .ctl = ctl, .faults = faults};
    Status all = term_order(term, &order);
    for (size_t i = 0; i < order.count && (all == OK || all == FAULT); i++) {
        if (order.items[i]->op != TERM_CASE) continue;
        c.term = order.items[i];
        Status status = check_case(&c);
        if (status != OK) all = status;
    }
    VEC_FREE(&c.vars);
    term_order_free(&order);
    return all;
}

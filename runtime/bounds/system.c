// The linear program of response types.
#include "runtime/bounds/system.h"

#include <math.h>
#include <string.h>

// More columns than this are refused.
#define SYSTEM_COLUMNS 1e6

// When the facts of a product take more rows than this, or rows times columns are more than
// that, only their sums over the other blocks are demanded.
#define SYSTEM_ROWS 4000
#define SYSTEM_CELLS 1e8

// --- groups ---------------------------------------------------------------------------------

static uint32_t root_of(const uint32_t *root, uint32_t b) {
    while (root[b] != b) b = root[b];
    return b;
}

static void join_product(const System *s, const uint32_t *events, uint32_t n, uint32_t *root) {
    for (uint32_t i = 1; i < n; i++) {
        uint32_t a = root_of(root, s->blocks->block[events[0]]);
        uint32_t b = root_of(root, s->blocks->block[events[i]]);
        if (a < b) root[b] = a;
        if (b < a) root[a] = b;
    }
}

static Status make_groups(System *s, const Poly *const *polys, size_t npolys, size_t *columns) {
    uint32_t n = (uint32_t)s->blocks->items.count;
    uint32_t *root = ARENA_ARRAY(&s->arena, uint32_t, n);
    s->group = ARENA_ARRAY(&s->arena, uint32_t, n);
    if (!root || !s->group) return NOMEM;
    for (uint32_t b = 0; b < n; b++) root[b] = b;
    for (size_t i = 0; i < npolys; i++)
        for (uint32_t k = 0; k < polys[i]->coef.count; k++)
            join_product(s, keys_items(&polys[i]->products, k),
                         keys_length(&polys[i]->products, k), root);
    double total = 1;
    for (uint32_t b = 0; b < n; b++) {
        if (root[b] != b) continue;
        SystemGroup g = {.blocks = ARENA_ARRAY(&s->arena, uint32_t, n), .first = (size_t)total};
        double count = 1;
        if (!g.blocks) return NOMEM;
        for (uint32_t c = b; c < n; c++) {
            if (root_of(root, c) != b) continue;
            s->group[c] = (uint32_t)s->groups.count;
            g.blocks[g.n++] = c;
            count *= keys_count(&s->blocks->items.items[c].classes);
        }
        total += count;
        if (total > SYSTEM_COLUMNS) {
            s->too_large = total;
            return OK;
        }
        g.count = (size_t)count;
        if (!VEC_PUSH(&s->groups, g)) return NOMEM;
    }
    *columns = (size_t)total;
    return OK;
}

// --- facts ----------------------------------------------------------------------------------

// Where block i of a group stands in the numbering of combinations.
static size_t stride_of(const System *s, const SystemGroup *g, uint32_t i) {
    size_t stride = 1;
    for (uint32_t k = i + 1; k < g->n; k++)
        stride *= keys_count(&s->blocks->items.items[g->blocks[k]].classes);
    return stride;
}

static Status demand_row(System *s, ProgramSense sense) {
    return program_row(&s->program, sense, s->row, 0);
}

static void clear_row(System *s) {
    memset(s->row, 0, s->program.ncolumns * sizeof *s->row);
}

// Fact f of block i of the group, for one combination of the others (`at`: the number of the
// combination with class 0 of this block), or, when that is SIZE_MAX, summed over them.
static Status demand_fact(System *s, const SystemGroup *g, uint32_t i, uint32_t f, size_t at) {
    const Block *b = &s->blocks->items.items[g->blocks[i]];
    size_t stride = stride_of(s, g, i), n = keys_count(&b->classes);
    clear_row(s);
    for (uint32_t class = 0; at != SIZE_MAX && class < n; class++)
        s->row[g->first + at + class * stride] =
            (block_has(b, class, f) ? 1 : 0) - b->facts[f].p;
    for (size_t w = 0; at == SIZE_MAX && w < g->count; w++)
        s->row[g->first + w] =
            (block_has(b, (uint32_t)(w / stride % n), f) ? 1 : 0) - b->facts[f].p;
    return demand_row(s, PROGRAM_EQUAL);
}

static Status demand_block(System *s, const SystemGroup *g, uint32_t i, bool apart) {
    const Block *b = &s->blocks->items.items[g->blocks[i]];
    size_t stride = stride_of(s, g, i), n = keys_count(&b->classes);
    for (uint32_t f = 0; f < b->nfacts; f++) {
        if (b->facts[f].p == 0) continue; // such types are not listed
        if (!apart) TRY(demand_fact(s, g, i, f, SIZE_MAX));
        for (size_t w = 0; apart && w < g->count; w++)
            if (w / stride % n == 0) TRY(demand_fact(s, g, i, f, w));
    }
    return OK;
}

static Status demand_group(System *s, const SystemGroup *g) {
    clear_row(s);
    s->row[0] = -1;
    for (size_t w = 0; w < g->count; w++) s->row[g->first + w] = 1;
    TRY(demand_row(s, PROGRAM_EQUAL));
    double rows = 0;
    for (uint32_t i = 0; i < g->n; i++) {
        const Block *b = &s->blocks->items.items[g->blocks[i]];
        uint32_t n = keys_count(&b->classes);
        rows += n ? (double)b->nfacts * (double)g->count / n : 0;
    }
    bool apart = g->n > 1 && rows <= SYSTEM_ROWS &&
                 rows * (double)s->program.ncolumns <= SYSTEM_CELLS;
    for (uint32_t i = 0; i < g->n; i++)
        TRY(demand_block(s, g, i, apart));
    return OK;
}

Status system_open(const Blocks *b, const Poly *const *polys, size_t n, double *spent,
                   System *out) {
    size_t columns = 0;
    *out = (System){.blocks = b};
    TRY(make_groups(out, polys, n, &columns));
    if (out->too_large > 0) return OK;
    out->program.ncolumns = columns;
    out->program.spent = spent;
    out->row = ARENA_ARRAY(&out->arena, double, columns);
    out->x = ARENA_ARRAY(&out->arena, double, columns);
    if (!out->row || !out->x) return NOMEM;
    for (size_t i = 0; i < out->groups.count; i++)
        TRY(demand_group(out, &out->groups.items[i]));
    return OK;
}

void system_free(System *s) {
    program_close(&s->program);
    VEC_FREE(&s->groups);
    arena_free(&s->arena);
}

// --- forms ----------------------------------------------------------------------------------

// Whether all events hold in combination w of a group.
static bool holds(const System *s, const SystemGroup *g, size_t w, const uint32_t *events,
                  uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        uint32_t number = s->blocks->block[events[i]], at = 0;
        const Block *b = &s->blocks->items.items[number];
        while (g->blocks[at] != number) at++;
        uint32_t class = (uint32_t)(w / stride_of(s, g, at) % keys_count(&b->classes));
        if (!block_has(b, class, s->blocks->bit[events[i]])) return false;
    }
    return true;
}

void system_form(const System *s, const Poly *p, double *form) {
    memset(form, 0, s->program.ncolumns * sizeof *form);
    for (uint32_t k = 0; k < p->coef.count; k++) {
        const uint32_t *events = keys_items(&p->products, k);
        uint32_t n = keys_length(&p->products, k);
        if (!n) {
            form[0] += p->coef.items[k];
            continue;
        }
        const SystemGroup *g = &s->groups.items[s->group[s->blocks->block[events[0]]]];
        for (size_t w = 0; w < g->count; w++)
            if (holds(s, g, w, events, n)) form[g->first + w] += p->coef.items[k];
    }
}

Status system_demand(System *s, ProgramSense sense, const Poly *p) {
    system_form(s, p, s->row);
    return demand_row(s, sense);
}

// --- ranges ---------------------------------------------------------------------------------

static Status solve(System *s, const double *objective, bool greatest, const Ctl *ctl,
                    SystemRange *range) {
    double *value = greatest ? &range->high : &range->low;
    double *at = greatest ? range->high_at : range->low_at;
    TRY(program_solve(&s->program, objective, greatest, ctl, &range->verdict, value, s->x));
    if (at) memcpy(at, s->x, s->program.ncolumns * sizeof *at);
    return OK;
}

Status system_range(System *s, const Poly *upper, const Poly *lower, const Ctl *ctl,
                    SystemRange *range) {
    size_t n = s->program.ncolumns, rows = s->program.rows.count;
    double *objective = MEM_NEW(double, n);
    if (!objective) return NOMEM;
    if (lower) {
        system_form(s, lower, s->row);
    } else {
        clear_row(s);
        s->row[0] = 1;
    }
    Status st = program_row(&s->program, PROGRAM_EQUAL, s->row, 1);
    system_form(s, upper, objective);
    if (st == OK) st = solve(s, objective, false, ctl, range);
    if (st == OK && range->verdict == PROGRAM_OPTIMAL)
        st = solve(s, objective, true, ctl, range);
    program_cut(&s->program, rows);
    mem_free(objective);
    return st;
}

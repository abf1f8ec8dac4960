// Worlds gumbel: the tables of second and later versions.
#include "runtime/infer/worlds_gumbel.h"

#include <math.h>
#include <string.h>

#include "runtime/model/cpt.h"
#include "runtime/model/gumbel.h"

// A version, those made before it, and the causes of all of them.
typedef struct Group {
    uint32_t node, n;            // n: levels of the variable
    uint32_t *earlier, nearlier; // nodes
    uint32_t *causes, ncauses;   // nodes, each once; the earlier versions are the last of them
    uint32_t *radix, *level;     // by cause: how many levels, and the one at hand
    const double **rows;         // at hand: of the earlier versions, then of this one
    double *joint;               // n by n
    size_t cells;                // SIZE_MAX: too many, or a cause of infinitely many values
} Group;

static const ModelVar *var_of(const WorldNet *net, uint32_t node) {
    const WorldNode *n = &net->nodes.items[node];
    return n->home->vars[n->var];
}

bool worlds_gumbel_later(const WorldNet *net, uint32_t node) {
    const WorldNode *n = &net->nodes.items[node];
    if (!n->needed || n->base == MODEL_NONE || !var_of(net, node)->gumbel) return false;
    uint32_t other = worlds_net_version(net, node);
    return other != MODEL_NONE && other < node;
}

// --- the causes of all ----------------------------------------------------------------------

static uint32_t position(const Group *g, uint32_t node) {
    uint32_t i = 0;
    while (i < g->ncauses && g->causes[i] != node) i++;
    return i;
}

static bool is_earlier(const Group *g, uint32_t node) {
    for (uint32_t i = 0; i < g->nearlier; i++)
        if (g->earlier[i] == node) return true;
    return false;
}

static Status find_earlier(const WorldNet *net, Arena *arena, Group *g, uint32_t *nparents) {
    uint32_t base = net->nodes.items[g->node].base, count = 0;
    uint32_t first = model_index_find(&net->first, net->m->vars[base]->name);
    for (uint32_t i = first; i != MODEL_NONE; i = net->nodes.items[i].next) count++;
    g->earlier = ARENA_ARRAY(arena, uint32_t, count);
    if (!g->earlier) return NOMEM;
    *nparents = var_of(net, g->node)->nparents;
    for (uint32_t i = first; i != MODEL_NONE; i = net->nodes.items[i].next) {
        const WorldNode *n = &net->nodes.items[i];
        if (!n->needed || n->base != base || i >= g->node) continue;
        g->earlier[g->nearlier++] = i;
        *nparents += var_of(net, i)->nparents;
    }
    return OK;
}

static void add_causes(const WorldNet *net, uint32_t node, Group *g) {
    const ModelVar *v = var_of(net, node);
    for (uint32_t i = 0; i < v->nparents; i++) {
        uint32_t cause = net->nodes.items[node].parents[i];
        if (!is_earlier(g, cause) && position(g, cause) == g->ncauses)
            g->causes[g->ncauses++] = cause;
    }
}

static void count_cells(const WorldNet *net, Group *g) {
    const ModelVar *own = var_of(net, g->node);
    g->cells = g->n;
    for (uint32_t i = 0; i < g->ncauses; i++) {
        const Domain *d = var_of(net, g->causes[i])->domain;
        g->radix[i] = d->count;
        if (!domain_finite(d) || __builtin_mul_overflow(g->cells, (size_t)d->count, &g->cells))
            g->cells = SIZE_MAX;
    }
    if (g->cells > CPT_CELLS || !own->cpt) g->cells = SIZE_MAX;
    for (uint32_t i = 0; i < g->nearlier; i++) {
        const ModelVar *v = var_of(net, g->earlier[i]);
        if (!v->cpt || !domain_equal(v->domain, own->domain)) g->cells = SIZE_MAX;
    }
}

static Status open_group(const WorldNet *net, uint32_t node, Arena *arena, Group *g) {
    uint32_t room;
    *g = (Group){.node = node, .n = var_of(net, node)->domain->count};
    TRY(find_earlier(net, arena, g, &room));
    room += g->nearlier;
    g->causes = ARENA_ARRAY(arena, uint32_t, room);
    g->radix = ARENA_ARRAY(arena, uint32_t, room);
    g->level = ARENA_ARRAY(arena, uint32_t, room);
    g->rows = ARENA_ARRAY(arena, const double *, g->nearlier + 1);
    g->joint = ARENA_ARRAY(arena, double, (size_t)g->n * g->n);
    if (!g->causes || !g->radix || !g->level || !g->rows || !g->joint) return NOMEM;
    for (uint32_t i = 0; i < g->nearlier; i++) add_causes(net, g->earlier[i], g);
    add_causes(net, node, g);
    for (uint32_t i = 0; i < g->nearlier; i++) g->causes[g->ncauses++] = g->earlier[i];
    count_cells(net, g);
    return OK;
}

// --- the law given the earlier versions -----------------------------------------------------

// The level at hand of earlier version i.
static uint32_t earlier_level(const Group *g, uint32_t i) {
    return g->level[g->ncauses - g->nearlier + i];
}

// Of two levels the second is picked when a logistic noise, the difference of two Gumbel ones, is
// below a threshold: versions are nested, as if by one uniform U < p.
static void nested(const Group *g, double *out) {
    double low = 0, high = 1, p = g->rows[g->nearlier][1];
    for (uint32_t i = 0; i < g->nearlier; i++) {
        double q = g->rows[i][1];
        if (earlier_level(g, i)) high = fmin(high, q);
        else low = fmax(low, q);
    }
    out[1] = p <= low ? 0 : p >= high ? 1 : (p - low) / (high - low);
    out[0] = 1 - out[1];
}

static bool same_row(const Group *g, const double *a, const double *b) {
    return memcmp(a, b, g->n * sizeof *a) == 0;
}

static void certain(const Group *g, uint32_t level, double *out) {
    for (uint32_t b = 0; b < g->n; b++) out[b] = b == level;
}

// Where the earlier level is impossible nothing depends on the law.
static Status paired(const Group *g, double *out) {
    const double *first = g->rows[0], *own = g->rows[g->nearlier];
    uint32_t a = earlier_level(g, 0);
    TRY(gumbel_joint(first, own, g->n, g->joint));
    double sum = 0;
    for (uint32_t b = 0; b < g->n; b++) sum += g->joint[(size_t)a * g->n + b];
    for (uint32_t b = 0; b < g->n; b++)
        out[b] = sum > 0 ? g->joint[(size_t)a * g->n + b] / sum : own[b];
    return OK;
}

// The law of the version given the levels at hand. *known is false when it has no closed form
// here: three different distributions of more than two levels.
static Status law_given(const Group *g, double *out, bool *known) {
    const double *own = g->rows[g->nearlier];
    *known = true;
    if (g->n == 2) {
        nested(g, out);
        return OK;
    }
    for (uint32_t i = 0; i < g->nearlier; i++) {
        if (!same_row(g, g->rows[i], own)) continue;
        certain(g, earlier_level(g, i), out);
        return OK;
    }
    for (uint32_t i = 1; i < g->nearlier; i++)
        if (!same_row(g, g->rows[i], g->rows[0])) *known = false;
    return *known ? paired(g, out) : OK;
}

// --- the table ------------------------------------------------------------------------------

// The row of a version's table at the levels at hand.
static const double *row_of(const WorldNet *net, const Group *g, uint32_t node) {
    const ModelVar *v = var_of(net, node);
    size_t row = 0;
    for (uint32_t i = 0; i < v->nparents; i++) {
        uint32_t at = position(g, net->nodes.items[node].parents[i]);
        row = row * g->radix[at] + g->level[at];
    }
    return v->cpt->values + row * g->n;
}

static void next_levels(Group *g) {
    for (uint32_t i = g->ncauses; i-- > 0;) {
        if (++g->level[i] < g->radix[i]) return;
        g->level[i] = 0;
    }
}

// `out` may be NULL, to find out whether the law is known everywhere.
static Status fill(const WorldNet *net, Group *g, double *out, bool *known) {
    double *row = MEM_NEW(double, g->n);
    Status st = row ? OK : NOMEM;
    *known = true;
    for (size_t at = 0; st == OK && *known && at < g->cells; at += g->n, next_levels(g)) {
        for (uint32_t i = 0; i < g->nearlier; i++) g->rows[i] = row_of(net, g, g->earlier[i]);
        g->rows[g->nearlier] = row_of(net, g, g->node);
        st = law_given(g, row, known);
        if (st == OK && out) memcpy(out + at, row, g->n * sizeof *row);
    }
    mem_free(row);
    return st;
}

Status worlds_gumbel_explicit(const WorldNet *net, uint32_t *var) {
    Arena arena = {0};
    Status st = OK;
    *var = MODEL_NONE;
    for (uint32_t i = net->m->nvars; st == OK && *var == MODEL_NONE && i < net->nodes.count; i++) {
        Group g;
        bool known = false;
        if (!worlds_gumbel_later(net, i)) continue;
        st = open_group(net, i, &arena, &g);
        if (st == OK && g.cells != SIZE_MAX) st = fill(net, &g, NULL, &known);
        if (!known) *var = net->nodes.items[i].base;
    }
    arena_free(&arena);
    return st;
}

Status worlds_gumbel_copy(const WorldNet *net, uint32_t node, Arena *arena, ModelCopy *copy) {
    Group g;
    bool known;
    TRY(open_group(net, node, arena, &g));
    Sym *causes = ARENA_ARRAY(arena, Sym, g.ncauses);
    if (!causes) return NOMEM;
    for (uint32_t i = 0; i < g.ncauses; i++) causes[i] = net->nodes.items[g.causes[i]].name;
    copy->causes = causes;
    copy->ncauses = g.ncauses;
    copy->table = cpt_new(g.cells);
    return copy->table ? fill(net, &g, copy->table->values, &known) : NOMEM;
}

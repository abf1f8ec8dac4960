// Pass: the tables of one pass of messages over a junction tree, and what they take.
#include "runtime/infer/pass.h"

#include <math.h>

#include "runtime/base/mem.h"

// --- setting up ---

static double fixed_cells(const Problem *p, const Jointree *tree) {
    double cells = 0;
    for (uint32_t f = 0; f < p->nfactors; f++) {
        double size = 1;
        for (uint32_t i = 0; i < p->factors[f].nvars; i++)
            size *= p->cards[p->factors[f].vars[i]];
        cells += size;
    }
    for (uint32_t v = 0; v < p->nvars; v++) cells += p->cards[v];
    for (uint32_t k = 0; k < tree->count; k++)
        if (!tree->cliques[k].unit && tree->cliques[k].parent != NET_NONE)
            cells += tree->cliques[k].sep_cells;
    return cells;
}

// Takes the factor's table from the common store, at an offset.
static void take_at(Pass *s, Factor *f, size_t at) {
    f->size = 1;
    for (uint32_t i = 0; i < f->nvars; i++) f->size *= s->problem->cards[f->vars[i]];
    f->values = s->values ? s->values + at : NULL;
    f->exps = s->exps ? s->exps + at : NULL;
    f->exponent = 0;
    f->low = 0;
    f->noise = FACTOR_EXACT;
}

static void take(Pass *s, Factor *f) {
    take_at(s, f, s->used);
    s->used += f->size;
}

// The most inputs and outputs that a clique has.
static void count_parts(const Jointree *tree, size_t *in, size_t *out) {
    *in = *out = 1;
    for (uint32_t k = 0; k < tree->count; k++) {
        const JointreeClique *c = &tree->cliques[k];
        size_t children = 0;
        for (uint32_t i = c->first_child; i != NET_NONE; i = tree->cliques[i].next_sibling)
            children++;
        if (children + c->nfactors + 1 > *in) *in = children + c->nfactors + 1;
        if (children + c->nvars > *out) *out = children + c->nvars;
    }
}

static bool make_hands(Pass *s) {
    size_t in, out;
    count_parts(s->tree, &in, &out);
    s->hands = ARENA_ARRAY(&s->arena, Hand, s->crew.most);
    for (unsigned i = 0; s->hands && i < s->crew.most; i++) {
        s->hands[i].in = ARENA_ARRAY(&s->arena, const Factor *, in);
        s->hands[i].out = ARENA_ARRAY(&s->arena, Factor *, out);
        if (!s->hands[i].in || !s->hands[i].out) return false;
    }
    return s->hands;
}

static bool make_lists(Pass *s) {
    const Problem *p = s->problem;
    uint32_t n = s->tree->count, regions = s->regions.count;
    s->tables = ARENA_ARRAY(&s->arena, Factor, p->nfactors);
    s->up = ARENA_ARRAY(&s->arena, Factor, n);
    s->down = ARENA_ARRAY(&s->arena, Factor, n);
    s->marginals = ARENA_ARRAY(&s->arena, Factor, p->nvars);
    s->self = ARENA_ARRAY(&s->arena, uint32_t, p->nvars);
    s->sources = ARENA_ARRAY(&s->arena, Source, p->nvars);
    s->of_clique = ARENA_ARRAY(&s->arena, uint32_t, n);
    s->of_separator = ARENA_ARRAY(&s->arena, uint32_t, n);
    s->risky = ARENA_ARRAY(&s->arena, bool, n);
    s->waiting = ARENA_ARRAY(&s->arena, atomic_uint, regions);
    s->tasks.ready = ARENA_ARRAY(&s->arena, size_t, regions);
    return s->tables && s->up && s->down && s->marginals && s->self && s->sources &&
           s->of_clique && s->of_separator && s->risky && s->waiting && s->tasks.ready &&
           make_hands(s);
}

static bool make_store(Pass *s) {
    size_t cells = (size_t)s->regions.cells;
    s->values = mem_resize(NULL, cells, sizeof(double));
    if (s->wide) s->exps = mem_resize(NULL, cells, sizeof(int32_t));
    return s->values && (s->exps || !s->wide);
}

static bool asked(const Pass *s, uint32_t v) {
    return !s->out || s->out[s->problem->global[v]];
}

// Finds the smallest separator with each variable, or, for those in one clique only, that.
static void choose_sources(Pass *s) {
    const Jointree *tree = s->tree;
    for (uint32_t v = 0; v < s->problem->nvars; v++)
        s->sources[v] = (Source){.clique = tree->top[v], .next = NET_NONE};
    for (uint32_t k = 0; k < tree->count; k++) {
        const JointreeClique *c = &tree->cliques[k];
        s->of_clique[k] = s->of_separator[k] = NET_NONE;
        for (uint32_t i = c->nvars - c->nsep; i < c->nvars; i++) {
            Source *best = &s->sources[c->vars[i]];
            if (!best->separator || c->sep_cells < tree->cliques[best->clique].sep_cells)
                *best = (Source){.clique = k, .separator = true, .next = NET_NONE};
        }
    }
    for (uint32_t v = 0; v < s->problem->nvars; v++) {
        Source *source = &s->sources[v];
        if (!asked(s, v)) continue;
        uint32_t *list = source->separator ? s->of_separator : s->of_clique;
        source->next = list[source->clique];
        list[source->clique] = v;
    }
}

// Gives every table its place in the store, or only its size while there is none.
static void place_tables(Pass *s) {
    const Problem *p = s->problem;
    s->used = 0;
    for (uint32_t f = 0; f < p->nfactors; f++) {
        s->tables[f] = (Factor){.nvars = p->factors[f].nvars, .vars = p->factors[f].vars};
        take(s, &s->tables[f]);
    }
    for (uint32_t k = 0; k < s->tree->count; k++) {
        const JointreeClique *c = &s->tree->cliques[k];
        s->up[k] = s->down[k] =
            (Factor){.nvars = c->nsep, .vars = c->vars + (c->nvars - c->nsep)};
        if (c->parent == NET_NONE) continue;
        take_at(s, &s->down[k], (size_t)s->regions.down[k]);
        if (!c->unit) take(s, &s->up[k]);
    }
    for (uint32_t v = 0; v < p->nvars; v++) {
        s->self[v] = v;
        s->marginals[v] = (Factor){.nvars = 1, .vars = s->self + v};
        if (asked(s, v)) take(s, &s->marginals[v]);
    }
}

// --- cliques ---

size_t pass_inputs(const Pass *s, Hand *h, uint32_t k) {
    const JointreeClique *c = &s->tree->cliques[k];
    size_t nin = 0;
    for (uint32_t i = 0; i < c->nfactors; i++) h->in[nin++] = &s->tables[c->factors[i]];
    for (uint32_t i = c->first_child; i != NET_NONE; i = s->tree->cliques[i].next_sibling)
        if (!s->tree->cliques[i].unit) h->in[nin++] = &s->up[i];
    return nin;
}

size_t pass_outputs(const Pass *s, Hand *h, uint32_t k) {
    size_t nout = 0;
    for (uint32_t i = s->tree->cliques[k].first_child; i != NET_NONE;
         i = s->tree->cliques[i].next_sibling)
        h->out[nout++] = &s->down[i];
    for (uint32_t v = s->of_clique[k]; v != NET_NONE; v = s->sources[v].next)
        h->out[nout++] = &s->marginals[v];
    return nout;
}

FactorJob pass_job(const Pass *s, const Hand *h, uint32_t k, size_t nin, size_t nout) {
    const JointreeClique *c = &s->tree->cliques[k];
    return (FactorJob){.cards = s->problem->cards,
                       .vars = c->vars,
                       .nvars = c->nvars,
                       .in = h->in,
                       .nin = nin,
                       .out = h->out,
                       .nout = nout,
                       .mode = FACTOR_SUM,
                       .wide = s->wide};
}

// --- memory ---

// The most that passing the messages around a clique takes beside the tables.
static Status clique_room(Pass *s, uint32_t k, double *most) {
    Hand *h = &s->hands[0];
    double bytes;
    h->out[0] = &s->up[k];
    FactorJob job = pass_job(s, h, k, pass_inputs(s, h, k), 1);
    TRY(factor_room(&job, &bytes));
    *most = fmax(*most, bytes);
    job.nout = pass_outputs(s, h, k);
    if (s->tree->cliques[k].parent != NET_NONE) h->in[job.nin++] = &s->down[k];
    TRY(factor_room(&job, &bytes));
    *most = fmax(*most, bytes);
    return OK;
}

// Adds to *bytes the lists and what comes and goes beside the tables, if that might matter.
static Status add_room(Pass *s, double limit, double *bytes) {
    double room = 0, lists = (double)(s->arena.bytes + s->regions.arena.bytes);
    size_t in, out;
    count_parts(s->tree, &in, &out);
    double most = s->crew.most * factor_room_most(in + out, s->regions.cells);
    for (uint32_t k = 0; !s->wide && *bytes + lists + most > limit / 2 && k < s->tree->count; k++)
        TRY(clique_room(s, k, &room));
    *bytes += fmax(0, lists + s->crew.most * room - FACTOR_FREE);
    return OK;
}

Status pass_open(Pass *s, unsigned workers, double limit, double *bytes) {
    crew_open(&s->crew, workers);
    TRY(regions_build(s->tree, fixed_cells(s->problem, s->tree), workers, &s->regions));
    if (!make_lists(s)) return NOMEM;
    *bytes = (double)(sizeof(double) + (s->wide ? sizeof(int32_t) : 0)) * s->regions.cells;
    if (*bytes > limit) return OK;
    choose_sources(s);
    place_tables(s);
    return add_room(s, limit, bytes);
}

Status pass_fill(Pass *s) {
    if (!make_store(s)) return NOMEM;
    place_tables(s);
    for (uint32_t f = 0; f < s->problem->nfactors; f++)
        problem_fill(s->problem, f, &s->tables[f]);
    return OK;
}

void pass_free(Pass *s) {
    crew_close(&s->crew);
    mem_free(s->values);
    mem_free(s->exps);
    arena_free(&s->arena);
    regions_free(&s->regions);
}

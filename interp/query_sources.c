// Query_sources: described sources as the library sees them.
#include "interp/query_sources.h"

#include "runtime/base/mem.h"
#include "runtime/graph/surgery.h"
#include "runtime/graph/walk.h"

typedef struct Reader {
    const SourceGroup *described;
    const Model *model;
    const Question *q;
    const Graph *graph; // the whole one
    Word *populations;  // vertices that name one
    Faults *faults;
} Reader;

void query_sources_free(QuerySources *s) {
    for (size_t i = 0; i < s->n; i++) {
        mem_free((void *)s->items[i].dos);
        mem_free((void *)s->items[i].seen);
        mem_free((void *)s->items[i].differs);
        mem_free((void *)s->items[i].law);
    }
    mem_free(s->items);
    *s = (QuerySources){0};
}

static Status vertex_of(const Reader *r, Sym name, uint32_t *out) {
    *out = model_find(r->model, name);
    if (*out != MODEL_NONE) return OK;
    return fault_add(r->faults, FAULT_TERM_UNKNOWN, 0,
                     "the source mentions %s, which is not a variable of this model", name->text);
}

// --- populations ----------------------------------------------------------------------------

Sym query_sources_level(const Question *q, Sym var) {
    for (uint32_t i = 0; i < q->nconds; i++) {
        const Term *t = q->conds[i].term;
        bool equation = q->conds[i].kind == COND_EVENT && t->op == TERM_EQ &&
                        t->kid[0]->op == TERM_VAR && t->kid[1]->op == TERM_LEVEL;
        if (equation && t->kid[0]->sym == var) return t->kid[1]->sym;
    }
    return NULL;
}

static Status check_population(const Reader *r, Sym var) {
    if (query_sources_level(r->q, var)) return OK;
    Status status = fault_add(r->faults, FAULT_IDENTIFY_SOURCE, 0,
                              "the question does not say which %s it is about", var->text);
    if (status != FAULT) return status;
    return fault_hint(r->faults, "add it to the conditions: %s = ...", var->text);
}

static Status find_populations(Reader *r) {
    for (uint32_t i = 0; i < r->described->n; i++)
        for (uint32_t k = 0; k < r->described->items[i].nconds; k++) {
            uint32_t v;
            Sym var = r->described->items[i].conds[k].var;
            TRY(vertex_of(r, var, &v));
            TRY(check_population(r, var));
            bits_add(r->populations, v);
        }
    return OK;
}

// --- sets -----------------------------------------------------------------------------------

// A set of the whole graph as one of the smaller graph.
static Word *moved(const Reader *r, const Graph *small, const uint32_t *map, const Word *set) {
    Word *out = graph_set(small);
    if (!out) return NULL;
    SET_EACH(set, r->graph->words, v) if (map[v] != GRAPH_NONE) bits_add(out, map[v]);
    return out;
}

static Status add_names(const Reader *r, const Sym *names, uint32_t n, const uint32_t *map,
                        Word *set) {
    for (uint32_t i = 0; i < n; i++) {
        uint32_t v;
        TRY(vertex_of(r, names[i], &v));
        if (map[v] != GRAPH_NONE) bits_add(set, map[v]);
    }
    return OK;
}

// What differs in a source from the population asked about, and the source's name.
static Status population(const Reader *r, const SourceShape *s, const Graph *small,
                         const uint32_t *map, Source *out) {
    Str law = {0};
    Word *differs = graph_set(small);
    if (!differs) return NOMEM;
    out->differs = differs;
    for (uint32_t k = 0; k < s->nconds; k++) {
        const SourceCond *c = &s->conds[k];
        uint32_t v = model_find(r->model, c->var);
        str_printf(&law, k ? ", %s = %s" : "%s = %s", c->var->text, c->level->text);
        if (query_sources_level(r->q, c->var) == c->level) continue;
        GRAPH_EACH(r->graph, children, v, child)
            if (map[child] != GRAPH_NONE) bits_add(differs, map[child]);
    }
    if (!s->nconds) return OK;
    out->law = str_take(&law);
    return out->law ? OK : NOMEM;
}

static Status read_source(const Reader *r, const SourceShape *s, const Graph *small,
                          const uint32_t *map, Source *out) {
    Word *seen = graph_set(small), *dos = graph_set(small);
    out->seen = seen;
    out->dos = dos;
    if (!seen || !dos) return NOMEM;
    TRY(add_names(r, s->seen, s->nseen, map, seen));
    TRY(add_names(r, s->dos, s->ndos, map, dos));
    return population(r, s, small, map, out);
}

static Status replace_sets(const Reader *r, const Graph *small, const uint32_t *map,
                           IdentifiedSets *sets) {
    IdentifiedSets next = {moved(r, small, map, sets->y), moved(r, small, map, sets->x),
                           moved(r, small, map, sets->given)};
    bool ok = next.y && next.x && next.given;
    if (!ok) {
        identified_sets_free(&next);
        return NOMEM;
    }
    identified_sets_free(sets);
    *sets = next;
    return OK;
}

static Status read_all(Reader *r, Graph *small, const uint32_t *map, IdentifiedSets *sets,
                       QuerySources *out) {
    out->items = MEM_NEW(Source, r->described->n);
    if (!out->items) return NOMEM;
    for (; out->n < r->described->n;) {
        size_t at = out->n++;
        TRY(read_source(r, &r->described->items[at], small, map, &out->items[at]));
    }
    return replace_sets(r, small, map, sets);
}

Status query_sources_find(const SourceGroup *described, const Model *m, const Question *q,
                          const Graph *graph, Graph **small, IdentifiedSets *sets,
                          QuerySources *out, Faults *faults) {
    Reader r = {.described = described, .model = m, .q = q, .graph = graph, .faults = faults,
                .populations = graph_set(graph)};
    Word *keep = graph_set(graph);
    uint32_t *map = MEM_NEW(uint32_t, graph->n);
    *small = NULL;
    Status status = r.populations && keep && map ? find_populations(&r) : NOMEM;
    for (size_t v = 0; status == OK && v < graph->n; v++)
        if (!bits_has(r.populations, v)) bits_add(keep, v);
    if (status == OK) status = surgery_induced(graph, keep, small, map);
    if (status == OK) status = read_all(&r, *small, map, sets, out);
    mem_free(r.populations);
    mem_free(keep);
    mem_free(map);
    return status;
}

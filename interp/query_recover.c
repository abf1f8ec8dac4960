// Query_recover: described sources as recovery sees them.
#include "interp/query_recover.h"

#include "interp/query_sources.h"
#include "runtime/base/mem.h"
#include "runtime/symbol/observed.h"
#include "runtime/symbol/recover.h"

typedef struct Reader {
    const SourceGroup *described;
    const Model *model;
    const Graph *graph;
    Faults *faults;
    Sym *level; // of each vertex, the value to which sources restrict it, or NULL
    RecoverSource *sources;
} Reader;

bool query_recover_wanted(const SourceGroup *described, const Model *m, const Graph *g) {
    for (uint32_t i = 0; described && i < described->n; i++)
        for (uint32_t k = 0; k < described->items[i].nconds; k++) {
            uint32_t v = model_find(m, described->items[i].conds[k].var);
            if (v != MODEL_NONE && graph_degree(&g->parents, v) + graph_degree(&g->spouses, v))
                return true;
        }
    return false;
}

static Status vertex_of(const Reader *r, Sym name, uint32_t *out) {
    *out = model_find(r->model, name);
    if (*out == MODEL_NONE)
        return fault_add(r->faults, FAULT_TERM_UNKNOWN, 0,
                         "the source mentions %s, which is not a variable of this model",
                         name->text);
    if (bits_has(r->graph->latent, *out))
        return fault_add(r->faults, FAULT_IDENTIFY_SOURCE, 0,
                         "the source mentions %s, which is latent", name->text);
    return OK;
}

static Status set_of(const Reader *r, const Sym *names, uint32_t n, const Word **out) {
    Word *set = graph_set(r->graph);
    *out = set;
    if (!set) return NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t v;
        TRY(vertex_of(r, names[i], &v));
        bits_add(set, v);
    }
    return OK;
}

static Status restriction(const Reader *r, const SourceShape *s, RecoverSource *out) {
    Str law = {0};
    Word *at = graph_set(r->graph);
    Status status = at ? OK : NOMEM;
    out->at = at;
    for (uint32_t k = 0; status == OK && k < s->nconds; k++) {
        uint32_t v;
        const SourceCond *c = &s->conds[k];
        status = vertex_of(r, c->var, &v);
        if (status != OK) break;
        if (r->level[v] && r->level[v] != c->level)
            status = fault_add(r->faults, FAULT_IDENTIFY_SOURCE, 0,
                               "the sources restrict %s to different values", c->var->text);
        r->level[v] = c->level;
        bits_add(at, v);
        str_printf(&law, k ? ", %s = %s" : "%s = %s", c->var->text, c->level->text);
    }
    if (status == OK && s->nconds) out->law = str_take(&law);
    if (status == OK && s->nconds && !out->law) status = NOMEM;
    str_free(&law);
    return status;
}

static Status read_all(Reader *r) {
    for (uint32_t i = 0; i < r->described->n; i++) {
        const SourceShape *s = &r->described->items[i];
        TRY(set_of(r, s->seen, s->nseen, &r->sources[i].seen));
        TRY(set_of(r, s->dos, s->ndos, &r->sources[i].dos));
        TRY(restriction(r, s, &r->sources[i]));
    }
    return OK;
}

// Conditions of the question that name the value to which the sources are restricted.
static void part_conditions(const Reader *r, const Question *q, Word *given, Word *at) {
    for (size_t v = 0; v < r->graph->n; v++) {
        Sym level = bits_has(given, v) ? query_sources_level(q, r->model->vars[v]->name) : NULL;
        if (!level || level != r->level[v]) continue;
        bits_drop(given, v);
        bits_add(at, v);
    }
}

// The recovery and what was asked, as an identification, which owns them then.
static Status handed_over(Recovery *r, const Graph *g, const IdentifiedSets *sets,
                          Identification *out) {
    uint32_t *map = MEM_NEW(uint32_t, g->n);
    *out = (Identification){.graph = r->graph,
                            .vertex = r->vertex,
                            .pool = r->pool,
                            .estimand = r->estimand,
                            .raw = r->estimand,
                            .sourced = true};
    *r = (Recovery){0};
    for (size_t v = 0; map && v < g->n; v++) map[v] = GRAPH_NONE;
    for (uint32_t v = 0; map && v < out->graph->n; v++) map[out->vertex[v]] = v;
    if (out->estimand) out->form = IDENTIFY_GENERAL;
    if (map) {
        out->x = observed_set(&out->pool, g, map, sets->x);
        out->y = observed_set(&out->pool, g, map, sets->y);
        out->given = observed_set(&out->pool, g, map, sets->given);
    }
    mem_free(map);
    if (map && out->x && out->y && out->given) return OK;
    identify_free(out);
    return NOMEM;
}

static Status seek(Reader *r, const Question *q, const IdentifiedSets *sets, const Ctl *ctl,
                   Derivation *d, Word *given, Word *at, Identification *out, bool *exhausted) {
    Recovery found;
    TRY(read_all(r));
    bits_copy(given, sets->given, r->graph->words);
    part_conditions(r, q, given, at);
    RecoverQuery query = {.y = sets->y,
                          .x = sets->x,
                          .given = given,
                          .at = at,
                          .sources = r->sources,
                          .nsources = r->described->n};
    TRY(recover(r->graph, &query, ctl, d, r->faults, &found));
    *exhausted = found.exhausted;
    return handed_over(&found, r->graph, sets, out);
}

Status query_recover(const SourceGroup *described, const Model *m, const Question *q,
                     const Graph *g, const IdentifiedSets *sets, const Ctl *ctl, Derivation *d,
                     Faults *faults, Identification *out, bool *exhausted) {
    Reader r = {.described = described,
                .model = m,
                .graph = g,
                .faults = faults,
                .level = MEM_NEW(Sym, g->n),
                .sources = MEM_NEW(RecoverSource, described->n)};
    Word *given = graph_set(g), *at = graph_set(g);
    Status status = r.level && r.sources && given && at ? OK : NOMEM;
    if (status == OK) status = seek(&r, q, sets, ctl, d, given, at, out, exhausted);
    for (uint32_t i = 0; r.sources && i < described->n; i++) {
        mem_free((void *)r.sources[i].seen);
        mem_free((void *)r.sources[i].dos);
        mem_free((void *)r.sources[i].at);
        mem_free((void *)r.sources[i].law);
    }
    mem_free(r.sources);
    mem_free(r.level);
    mem_free(given);
    mem_free(at);
    return status;
}

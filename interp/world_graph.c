// World_graph: the graph of several worlds.
#include "interp/world_graph.h"

#include "interp/diag.h"
#include "interp/vm.h"
#include "runtime/base/mem.h"
#include "runtime/graph/surgery.h"
#include "runtime/graph/walk.h"
#include "runtime/model/causal.h"

bool world_graph_wanted(Value v) {
    if (v.tag == VALUE_TERM) return v.term->op == TERM_VAR && v.term->world;
    if (v.tag != VALUE_LIST && v.tag != VALUE_SET) return false;
    for (size_t i = 0; i < value_items(v)->count; i++)
        if (world_graph_wanted(value_items(v)->items[i])) return true;
    return false;
}

void world_graph_close(WorldGraph *w) {
    for (size_t i = 0; i < w->nworlds; i++) mem_free(w->copies[i]);
    mem_free(w->worlds);
    mem_free(w->copies);
    graph_draft_free(&w->draft);
    graph_free(w->base);
    graph_free(w->graph);
}

// --- the actual world -----------------------------------------------------------------------

// The vertices of the base, then one disturbance for each of them.
static Status add_actual(WorldGraph *w) {
    const Graph *g = w->base;
    uint32_t at;
    for (size_t v = 0; v < g->n; v++) {
        TRY(graph_vertex(&w->draft, g->names[v], &at));
        if (bits_has(g->latent, v)) TRY(graph_latent(&w->draft, at));
        if (bits_has(g->selected, v)) TRY(graph_select(&w->draft, at));
    }
    for (size_t v = 0; v < g->n; v++) {
        Str name = {0};
        str_printf(&name, "U(%s)", g->names[v]);
        Status status = name.failed ? NOMEM : graph_vertex(&w->draft, str_text(&name), &at);
        str_free(&name);
        if (status == OK) status = graph_latent(&w->draft, at);
        if (status == OK) status = graph_edge(&w->draft, at, (uint32_t)v, 0);
        if (status != OK) return status;
        GRAPH_EACH(g, parents, v, p) TRY(graph_edge(&w->draft, (uint32_t)p, (uint32_t)v, 0));
    }
    return OK;
}

bool world_graph_open(WorldGraph *w, Vm *vm, const Model *m, Trouble *t) {
    *w = (WorldGraph){.vm = vm, .model = m};
    Graph *plain = NULL;
    // The expanded graph borrows names from the plain one, which lives on as `graph` until the end.
    Status status = causal_graph(m, &plain);
    if (status == OK) status = surgery_expand(plain, &w->base);
    w->graph = plain;
    if (status == OK) status = add_actual(w);
    return status == OK || trouble_memory(t);
}

// --- other worlds ---------------------------------------------------------------------------

static bool vertex_in(WorldGraph *w, const Term *var, uint32_t *out, Trouble *t);

static bool target_of(const WorldGraph *w, const Assign *a, uint32_t *out, Trouble *t) {
    *out = model_find(w->model, a->target);
    if (*out == MODEL_NONE)
        return trouble(t, DIAG_UNKNOWN_NAME, "%s is not a variable of this model", a->target->text);
    bool constant = a->kind == ASSIGN_FREE || (a->kind == ASSIGN_VALUE && a->value &&
                                               (a->value->n == 0));
    if (constant && !a->source) return true;
    return trouble(t, DIAG_CF_FORM, "independence across worlds is read where variables are set to "
                   "values, or to what they are in another world");
}

static bool add_copy(WorldGraph *w, const World *world, size_t v, uint32_t *out, Trouble *t) {
    Str name = {0};
    Term *term = term_var(w->model->vars[v]->name, world_keep(world), 0);
    if (term) term_add(term, &name);
    term_drop(term);
    bool ok = !name.failed && name.len && graph_vertex(&w->draft, str_text(&name), out) == OK;
    str_free(&name);
    return ok || trouble_memory(t);
}

// What stands for a cause in a world: its copy, itself, or nothing where it is a constant.
static bool link_copy(WorldGraph *w, const uint32_t *copy, size_t v, Trouble *t) {
    const Graph *g = w->base;
    Status status = graph_edge(&w->draft, (uint32_t)(g->n + v), copy[v], 0);
    GRAPH_EACH(g, parents, v, p) {
        if (status != OK || copy[p] == GRAPH_NONE) continue;
        status = graph_edge(&w->draft, copy[p], copy[v], 0);
    }
    return status == OK || trouble_memory(t);
}

static bool fill_world(WorldGraph *w, const World *world, uint32_t *copy, Trouble *t) {
    const Graph *g = w->base;
    Word *set = graph_set(g), *below = graph_set(g);
    bool ok = (set && below) || trouble_memory(t);
    for (size_t v = 0; ok && v < g->n; v++) copy[v] = (uint32_t)v;
    for (uint32_t i = 0; ok && i < world->n; i++) {
        const Assign *a = &world->items[i];
        uint32_t x;
        ok = target_of(w, a, &x, t);
        if (!ok) break;
        bits_add(set, x);
        bool other = a->value && a->value->op == TERM_VAR;
        copy[x] = GRAPH_NONE;
        if (other) ok = vertex_in(w, a->value, &copy[x], t);
    }
    if (ok) walk_descendants(g, set, NULL, below);
    if (ok) bits_andnot(below, set, g->words);
    for (size_t v = 0; ok && v < g->n; v++)
        if (bits_has(below, v)) ok = add_copy(w, world, v, &copy[v], t);
    for (size_t v = 0; ok && v < g->n; v++)
        if (bits_has(below, v)) ok = link_copy(w, copy, v, t);
    mem_free(set);
    mem_free(below);
    return ok;
}

static bool find_world(WorldGraph *w, World *world, size_t *out, Trouble *t) {
    for (*out = 0; *out < w->nworlds; ++*out)
        if (world_equal(w->worlds[*out], world)) return true;
    uint32_t *copy = MEM_NEW(uint32_t, w->base->n);
    if (!copy) return trouble_memory(t);
    if (!fill_world(w, world, copy, t)) {
        mem_free(copy);
        return false;
    }
    size_t n = w->nworlds + 1;
    World **worlds = mem_resize(w->worlds, n, sizeof *worlds);
    if (worlds) w->worlds = worlds;
    uint32_t **copies = worlds ? mem_resize(w->copies, n, sizeof *copies) : NULL;
    if (!copies) {
        mem_free(copy);
        return trouble_memory(t);
    }
    w->copies = copies;
    *out = w->nworlds++;
    w->worlds[*out] = world;
    w->copies[*out] = copy;
    return true;
}

// GRAPH_NONE for a constant.
static bool vertex_in(WorldGraph *w, const Term *var, uint32_t *out, Trouble *t) {
    uint32_t v = model_find(w->model, var->sym);
    if (v == MODEL_NONE)
        return trouble(t, DIAG_UNKNOWN_NAME, "%s is not a variable of this model", var->sym->text);
    *out = v;
    if (!var->world || var->world->n == 0) return true;
    size_t at;
    if (!find_world(w, var->world, &at, t)) return false;
    *out = w->copies[at][v];
    return true;
}

bool world_graph_add(WorldGraph *w, Value v, VertexVec *out, Trouble *t) {
    uint32_t vertex;
    if (v.tag == VALUE_LIST || v.tag == VALUE_SET) {
        for (size_t i = 0; i < value_items(v)->count; i++)
            if (!world_graph_add(w, value_items(v)->items[i], out, t)) return false;
        return true;
    }
    if (v.tag != VALUE_TERM || v.term->op != TERM_VAR)
        return trouble(t, DIAG_KIND, "a variable is wanted here, not %s", value_kind(v));
    if (!vertex_in(w, v.term, &vertex, t)) return false;
    return vertex == GRAPH_NONE || VEC_PUSH(out, vertex) || trouble_memory(t);
}

bool world_graph_end(WorldGraph *w, Trouble *t) {
    Faults faults = {0};
    Graph *plain = w->graph, *all = NULL;
    Status status = graph_build(&w->draft, &faults, &all);
    fault_free(&faults);
    graph_free(w->base);
    w->base = NULL;
    graph_free(plain);
    w->graph = all;
    return status == OK || trouble_memory(t);
}

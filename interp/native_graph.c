// Native_graph: questions that the graph of the model in context answers.
#include "interp/diag.h"
#include "interp/graph_value.h"
#include "interp/native.h"
#include "interp/vm.h"
#include "runtime/base/mem.h"
#include "runtime/graph/walk.h"

typedef Status (*Relatives)(const Graph *g, const Word *of, Word *out);

static Status parents_of(const Graph *g, const Word *of, Word *out) {
    walk_parents(g, of, out);
    return OK;
}

static Status children_of(const Graph *g, const Word *of, Word *out) {
    walk_children(g, of, out);
    return OK;
}

// Without the variables themselves.
static Status ancestors_of(const Graph *g, const Word *of, Word *out) {
    walk_ancestors(g, of, NULL, out);
    bits_andnot(out, of, g->words);
    return OK;
}

static Status descendants_of(const Graph *g, const Word *of, Word *out) {
    walk_descendants(g, of, NULL, out);
    bits_andnot(out, of, g->words);
    return OK;
}

static Status blanket_of(const Graph *g, const Word *of, Word *out) {
    Word *one = graph_set(g);
    Status status = one ? OK : NOMEM;
    SET_EACH(of, g->words, v) {
        if (status == OK) status = walk_blanket(g, v, one);
        if (status == OK) bits_or(out, one, g->words);
    }
    if (status == OK) bits_andnot(out, of, g->words);
    mem_free(one);
    return status;
}

static bool relatives(Vm *vm, Relatives f, Value of, Value *out, Trouble *t) {
    GraphView view;
    if (of.tag == VALUE_UNKNOWN) return *out = of, true;
    if (!graph_view_open(vm, &view, t)) return false;
    if (view.unknown) return *out = value_unknown(), true;
    Word *set = graph_set(view.graph), *result = graph_set(view.graph);
    bool ok = (set && result) || trouble_memory(t);
    ok = ok && graph_view_add(&view, of, set, t);
    if (ok) {
        Status status = f(view.graph, set, result);
        ok = (status == OK && graph_view_set(&view, result, out)) || trouble_memory(t);
    }
    mem_free(set);
    mem_free(result);
    graph_view_close(&view);
    return ok;
}

#define RELATIVES(name)                                                                        \
    static bool call_##name(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,  \
                            Trouble *t) {                                                      \
        (void)n, (void)origin;                                                                 \
        return relatives(vm, name##_of, args[0], out, t);                                      \
    }

RELATIVES(parents)
RELATIVES(children)
RELATIVES(ancestors)
RELATIVES(descendants)
RELATIVES(blanket)

typedef VEC(Value) ValueVec;

// The districts in the order of their first members; `district` and `seen` are empty sets.
static bool list_districts(const GraphView *view, Word *district, Word *seen, ValueVec *out) {
    const Graph *g = view->graph;
    for (size_t v = 0; v < g->n; v++) {
        if (bits_has(seen, v) || view->model->vars[v]->anonymous) continue;
        Value each;
        bits_clear(district, g->words);
        bits_add(district, v);
        if (graph_degree(&g->spouses, v) && walk_district(g, v, NULL, district) != OK) return false;
        bits_or(seen, district, g->words);
        if (!graph_view_set(view, district, &each)) return false;
        if (VEC_PUSH(out, each)) continue;
        value_drop(each);
        return false;
    }
    return true;
}

static bool call_districts(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                           Trouble *t) {
    (void)args, (void)n, (void)origin;
    GraphView view;
    ValueVec items = {0};
    if (!graph_view_open(vm, &view, t)) return false;
    if (view.unknown) return *out = value_unknown(), true;
    Word *district = graph_set(view.graph), *seen = graph_set(view.graph);
    bool ok = district && seen && list_districts(&view, district, seen, &items) &&
              value_list(VALUE_LIST, items.items, items.count, out);
    for (size_t i = 0; i < items.count; i++) value_drop(items.items[i]);
    VEC_FREE(&items);
    mem_free(district);
    mem_free(seen);
    graph_view_close(&view);
    return ok || trouble_memory(t);
}

const Native native_graph[] = {
    {"ancestors", "V", 1, 1, NULL, "graphs", "The causes of V, direct and indirect, without V.",
     call_ancestors},
    {"children", "V", 1, 1, NULL, "graphs", "The direct effects of V.", call_children},
    {"descendants", "V", 1, 1, NULL, "graphs", "The effects of V, direct and indirect, without V.",
     call_descendants},
    {"districts", "", 0, 0, NULL, "graphs",
     "The sets of variables joined by bidirected edges (c-components).", call_districts},
    {"markov_blanket", "V", 1, 1, NULL, "graphs",
     "The smallest set that makes V independent of all the rest.", call_blanket},
    {"parents", "V", 1, 1, NULL, "graphs", "The direct causes of V.", call_parents},
    {0},
};

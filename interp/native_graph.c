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

static bool district_values(const GraphView *view, const Sets *sets, Value *out) {
    Value *items = MEM_NEW(Value, sets->count);
    size_t n = 0;
    bool ok = items != NULL;
    for (size_t i = 0; ok && i < sets->count; i++) {
        size_t first = bits_next(sets_at(sets, i), sets->words, 0);
        if (view->model->vars[first]->anonymous) continue;
        ok = graph_view_set(view, sets_at(sets, i), &items[n]);
        n += ok;
    }
    ok = ok && value_list(VALUE_LIST, items, n, out);
    for (size_t i = 0; i < n; i++) value_drop(items[i]);
    mem_free(items);
    return ok;
}

static bool call_districts(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                           Trouble *t) {
    (void)args, (void)n, (void)origin;
    GraphView view;
    if (!graph_view_open(vm, &view, t)) return false;
    if (view.unknown) return *out = value_unknown(), true;
    Sets sets = {.words = view.graph->words};
    Status status = walk_districts(view.graph, NULL, &sets);
    bool ok = (status == OK && district_values(&view, &sets, out)) || trouble_memory(t);
    sets_free(&sets);
    graph_view_close(&view);
    return ok;
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

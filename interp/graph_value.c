// Graph_value: between the values of the language and sets of vertices.
#include "interp/graph_value.h"

#include <string.h>

#include "interp/diag.h"
#include "interp/vm.h"
#include "runtime/base/mem.h"
#include "runtime/model/causal.h"
#include "runtime/model/name.h"

bool graph_view_open(Vm *vm, GraphView *view, Trouble *t) {
    const Context *context = vm_context(vm);
    *view = (GraphView){.model = context->model, .unknown = context->unknown};
    vm_asked(vm);
    if (view->unknown) return true;
    if (!view->model && context->assuming)
        return trouble(t, DIAG_ASSUMPTION, "an assumption says nothing about the graph; write the "
                       "edges themselves, or let the mechanisms say so");
    if (!view->model) {
        trouble(t, DIAG_NO_MODEL, "there is no model to ask");
        return trouble_hint(t, "declare one first: model NAME { ... }, or import a network");
    }
    return causal_graph(view->model, &view->graph) == OK || trouble_memory(t);
}

void graph_view_close(GraphView *view) {
    graph_free(view->graph);
    graph_free(view->whole);
    view->graph = view->whole = NULL;
}

static bool add_one(const GraphView *view, Value v, Word *set, Trouble *t) {
    Sym name = value_variable(v);
    uint32_t at = name ? model_find(view->model, name) : MODEL_NONE;
    if (at != MODEL_NONE) return bits_add(set, at), true;
    if (name)
        return trouble(t, DIAG_UNKNOWN_NAME, "%s is not a variable of this model", name->text);
    trouble(t, DIAG_KIND, "a variable is wanted here, not %s", value_kind(v));
    if (v.tag == VALUE_FAMILY)
        trouble_hint(t, "%s is a family: write %s[_] for all its members", v.sym->text,
                     v.sym->text);
    return false;
}

bool graph_view_add(const GraphView *view, Value v, Word *set, Trouble *t) {
    if (v.tag != VALUE_LIST && v.tag != VALUE_SET) return add_one(view, v, set, t);
    const ListObject *list = value_items(v);
    for (size_t i = 0; i < list->count; i++)
        if (!graph_view_add(view, list->items[i], set, t)) return false;
    return true;
}

bool graph_view_set(const GraphView *view, const Word *set, Value *out) {
    size_t words = view->graph->words;
    Value *items = MEM_NEW(Value, bits_count(set, words));
    size_t n = 0;
    bool ok = items != NULL;
    SET_EACH(set, words, v) {
        if (!ok) break;
        if (view->model->vars[v]->anonymous) continue;
        ok = value_term(term_var(view->model->vars[v]->name, NULL, 0), &items[n]);
        n += ok;
    }
    ok = ok && value_list(VALUE_SET, items, n, out);
    for (size_t i = 0; i < n; i++) value_drop(items[i]);
    mem_free(items);
    return ok;
}

void graph_view_names(const Graph *g, const Word *set, Str *out) {
    size_t n = 0;
    SET_EACH(set, g->words, v) str_printf(out, n++ ? ", %s" : "%s", g->names[v]);
}

const char **graph_view_source_names(Vm *vm, const Graph *g) {
    Str all = {0};
    for (size_t v = 0; v < g->n; v++) {
        Sym name = intern_z(vm_names(vm), g->names[v]);
        if (name) name_add(name, &all);
        all.failed |= !name;
        str_add_char(&all, '\0');
    }
    size_t pointers = g->n * sizeof(char *);
    const char **names = all.failed ? NULL : mem_new(pointers + all.len + 1, 1);
    char *at = names ? (char *)names + pointers : NULL;
    if (names && all.len) memcpy(at, all.text, all.len);
    for (size_t v = 0; names && v < g->n; v++, at += strlen(at) + 1) names[v] = at;
    str_free(&all);
    return names;
}

void graph_view_path(const Graph *g, const Path *path, Str *out) {
    static const char *const links[] = {[PATH_OUT] = " -> ", [PATH_IN] = " <- ",
                                        [PATH_BOTH] = " <-> "};
    for (size_t i = 0; i <= path->length; i++) {
        str_add(out, g->names[path->vertices[i]]);
        if (i < path->length) str_add(out, links[path->edges[i]]);
    }
}

bool graph_view_pair(const GraphView *view, Value arrow, Word **x, Word **y, Trouble *t) {
    *x = *y = NULL;
    if (arrow.tag != VALUE_ARROW || value_items(arrow)->count != 2)
        return trouble(t, DIAG_KIND, "this is asked of an arrow, X -> Y, not of %s",
                       value_kind(arrow));
    *x = graph_set(view->graph);
    *y = graph_set(view->graph);
    if (!*x || !*y) return trouble_memory(t);
    if (!graph_view_add(view, value_items(arrow)->items[0], *x, t) ||
        !graph_view_add(view, value_items(arrow)->items[1], *y, t))
        return false;
    if (bits_empty(*x, view->graph->words) || bits_empty(*y, view->graph->words))
        return trouble(t, DIAG_KIND, "neither end of the arrow may be empty");
    if (bits_meet(*x, *y, view->graph->words))
        return trouble(t, DIAG_KIND, "a variable is at both ends of the arrow");
    return true;
}

void graph_view_cut(Vm *vm, const char *what) {
    Span nowhere = {0};
    vm_note(vm, DIAG_MORE_PATHS, nowhere, "there may be more %s: not all districts were looked at",
            what);
}

void graph_view_more(Vm *vm, const char *what) {
    Span nowhere = {0};
    vm_note(vm, DIAG_MORE_PATHS, nowhere, "there are more than %d %s; these are some of them",
            GRAPH_SHOWN, what);
}

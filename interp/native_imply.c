// Native_imply: what a graph implies about data, and which other graphs imply the same.
#include "interp/diag.h"
#include "interp/graph_value.h"
#include "interp/native.h"
#include "interp/vm.h"
#include "runtime/base/mem.h"
#include "runtime/graph/equivalents.h"
#include "runtime/graph/implications.h"
#include "runtime/graph/roles.h"
#include "runtime/symbol/expr_print.h"
#include "runtime/symbol/verma.h"

// A list of strings in the making; statements about graphs are given as text.
typedef struct Lines {
    Vm *vm;
    VEC(Value) items;
    bool failed;
} Lines;

static void add_line(Lines *l, Str *text) {
    Sym sym = text->failed ? NULL : intern(vm_names(l->vm), str_text(text), text->len);
    if (!sym || !VEC_PUSH(&l->items, value_string(sym))) l->failed = true;
    str_clear(text);
}

static bool give_lines(Lines *l, Value *out, Trouble *t) {
    bool ok = !l->failed && value_list(VALUE_LIST, l->items.items, l->items.count, out);
    VEC_FREE(&l->items);
    return ok || trouble_memory(t);
}

static bool open_graph(Vm *vm, GraphView *view, Value *out, bool *done, Trouble *t) {
    *done = false;
    if (!graph_view_open(vm, view, t)) return false;
    *done = view->unknown;
    if (*done) *out = value_unknown();
    return !*done;
}

static bool refused(Status status, Faults *faults, Trouble *t) {
    if (status == CANCELLED) trouble(t, DIAG_INTERRUPTED, "interrupted");
    else if (status == FAULT && faults->count) trouble(t, (int)faults->items[0].code, "%s", faults->items[0].message);
    else trouble_memory(t);
    fault_free(faults);
    return false;
}

// --- implications ---------------------------------------------------------------------------

static void independence_line(Lines *l, const Graph *g, const Implication *i, Str *s) {
    str_printf(s, "%s _||_ ", g->names[i->vertex]);
    graph_view_names(g, i->others, s);
    if (!bits_empty(i->given, g->words)) {
        str_add(s, " | ");
        graph_view_names(g, i->given, s);
    }
    add_line(l, s);
}

static void verma_lines(Lines *l, const Vermas *v, Str *s) {
    for (size_t i = 0; i < v->list.count; i++) {
        const Verma *c = &v->list.items[i];
        expr_print(&v->pool, c->e, v->graph->names, EXPR_TEXT, s);
        str_add(s, " does not depend on ");
        graph_view_names(v->graph, c->idle, s);
        add_line(l, s);
    }
}

static bool call_implications(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                              Trouble *t) {
    (void)n, (void)origin;
    GraphView view;
    bool done;
    if (!open_graph(vm, &view, out, &done, t)) return done;
    bool all = args[0].tag == VALUE_BOOL && args[0].truth;
    Implications list = {0};
    Vermas vermas = {0};
    Faults faults = {0};
    Lines lines = {.vm = vm};
    Str s = {0};
    Status status = all ? implications_pairs(view.graph, GRAPH_SHOWN, vm_ctl(vm), &list)
                        : implications_basis(view.graph, GRAPH_SHOWN, vm_ctl(vm), &list);
    if (status == OK) status = verma_list(view.graph, GRAPH_SHOWN, vm_ctl(vm), &faults, &vermas);
    for (size_t i = 0; status == OK && i < list.count; i++)
        independence_line(&lines, view.graph, &list.items[i], &s);
    if (status == OK) verma_lines(&lines, &vermas, &s);
    if (status == OK && list.more && list.count >= GRAPH_SHOWN)
        graph_view_more(vm, "independences");
    else if (status == OK && list.more)
        graph_view_cut(vm, "independences");
    if (status == OK && vermas.more) graph_view_cut(vm, "constraints that latent variables leave");
    bool ok = status == OK ? give_lines(&lines, out, t) : refused(status, &faults, t);
    VEC_FREE(&lines.items);
    str_free(&s);
    implications_free(&list);
    if (status == OK) verma_free(&vermas);
    graph_view_close(&view);
    return ok;
}

// --- equivalents ----------------------------------------------------------------------------

static void class_line(Lines *l, const Graph *g, bool arrow, size_t v, size_t w, Str *s) {
    str_printf(s, arrow ? "%s -> %s" : "%s -- %s", g->names[v], g->names[w]);
    add_line(l, s);
}

// The edges of v, in the order of their other ends; a line is told of by the first of its ends.
static void class_lines(Lines *l, const Graph *g, const Word *compelled, size_t v, Str *s) {
    size_t in = g->parents.first[v], ins = g->parents.first[v + 1];
    size_t out = g->children.first[v], outs = g->children.first[v + 1];
    while (in < ins || out < outs) {
        bool below = in == ins || (out < outs && g->children.items[out] < g->parents.items[in]);
        size_t w = below ? g->children.items[out++] : g->parents.items[in++];
        bool arrow = below ? equivalents_is_compelled(g, compelled, v, w)
                           : equivalents_is_compelled(g, compelled, w, v);
        if (arrow ? below : v < w) class_line(l, g, arrow, v, w, s);
    }
}

static bool call_equivalents(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                             Trouble *t) {
    (void)args, (void)n, (void)origin;
    GraphView view;
    bool done;
    if (!open_graph(vm, &view, out, &done, t)) return done;
    Word *compelled = NULL;
    Faults faults = {0};
    Lines lines = {.vm = vm};
    Str s = {0};
    Status status = equivalents_compelled(view.graph, vm_ctl(vm), &faults, &compelled);
    for (size_t v = 0; status == OK && v < view.graph->n; v++)
        class_lines(&lines, view.graph, compelled, v, &s);
    bool ok = status == OK ? give_lines(&lines, out, t) : refused(status, &faults, t);
    mem_free(compelled);
    VEC_FREE(&lines.items);
    str_free(&s);
    graph_view_close(&view);
    return ok;
}

// --- roles of a pair ------------------------------------------------------------------------

typedef Status (*Role)(const Graph *g, const Word *x, const Word *y, Word *out);

static bool role_of(Vm *vm, Role role, Value arrow, Value *out, Trouble *t) {
    GraphView view;
    bool done;
    Word *x = NULL, *y = NULL;
    if (arrow.tag == VALUE_UNKNOWN) return *out = arrow, true;
    if (!open_graph(vm, &view, out, &done, t)) return done;
    bool ok = graph_view_pair(&view, arrow, &x, &y, t);
    Word *set = graph_set(view.graph);
    ok = ok && (set || trouble_memory(t));
    if (ok) {
        bool found = role(view.graph, x, y, set) == OK;
        ok = (found && graph_view_set(&view, set, out)) || trouble_memory(t);
    }
    mem_free(set);
    mem_free(x);
    mem_free(y);
    graph_view_close(&view);
    return ok;
}

#define ROLE(name)                                                                             \
    static bool call_##name(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,  \
                            Trouble *t) {                                                      \
        (void)n, (void)origin;                                                                 \
        return role_of(vm, roles_##name, args[0], out, t);                                               \
    }

ROLE(mediators)
ROLE(confounders)
ROLE(colliders)

const Native native_imply[] = {
    {"colliders", "X -> Y", 1, 1, NULL, "graphs", "The common effects of X and Y.", call_colliders},
    {"confounders", "X -> Y", 1, 1, NULL, "graphs",
     "The causes of X that cause Y by another way than through X.", call_confounders},
    {"equivalents", "", 0, 0, NULL, "graphs",
     "The edges that all graphs have which imply the same (the CPDAG): -> where all agree on the "
     "direction, -- where not.",
     call_equivalents},
    {"implications", "all: false", 0, 0, "all", "graphs",
     "The independences that the graph implies (a basis; all minimal ones of pairs), and the "
     "constraints that latent variables leave besides.",
     call_implications},
    {"mediators", "X -> Y", 1, 1, NULL, "graphs", "The variables on causal paths from X to Y.",
     call_mediators},
    {0},
};

// Query_graph: A _||_ B | C, read off the graph in context.
#include "interp/graph_value.h"
#include "interp/query.h"
#include "interp/vm.h"
#include "interp/world_graph.h"
#include "runtime/base/mem.h"
#include "runtime/graph/paths.h"
#include "runtime/graph/separation.h"
#include "runtime/graph/surgery.h"

// Is a independent of b given c? The members of c that `set` holds do not vary: do(...) set them.
typedef struct Groups {
    Word *a, *b, *c;
    const Word *set; // NULL: nothing
} Groups;

#define PATHS_TOLD 20

// Why an inner vertex lets the path through, or stops it.
static void joint_text(const Graph *g, const Path *p, size_t i, const PathJoint *joint,
                       const Word *set, Str *out) {
    static const char *const roles[] = {[PATH_CHAIN] = "chain", [PATH_FORK] = "fork",
                                        [PATH_COLLIDER] = "collider"};
    const char *name = g->names[p->vertices[i]];
    bool collider = joint->role == PATH_COLLIDER, self = joint->by == p->vertices[i];
    str_printf(out, "%s (%s", name, roles[joint->role]);
    if (set && bits_has(set, p->vertices[i])) str_add(out, ", set)");
    else if (!collider) str_add(out, joint->open ? ", not conditioned on)" : ", conditioned on)");
    else if (!joint->open) str_add(out, ", and neither it nor an effect of it is conditioned on)");
    else if (self) str_add(out, ", conditioned on)");
    else str_printf(out, ", and %s, an effect of it, is conditioned on)", g->names[joint->by]);
}

// An open path is open at every inner vertex, a blocked one is told by what blocks it.
static bool tell_path(Derivation *d, const Graph *g, const Path *p, const Groups *groups) {
    PathJoint *joints = MEM_NEW(PathJoint, p->length);
    bool open = false;
    Str s = {0};
    Status status = joints ? path_judge(g, p, groups->c, joints, &open) : NOMEM;
    if (status == OK) graph_view_path(g, p, &s);
    for (size_t i = 1, told = 0; status == OK && i < p->length; i++) {
        if (joints[i - 1].open != open) continue;
        str_add(&s, told++ ? ", " : open ? "; open at " : "; blocked by ");
        joint_text(g, p, i, &joints[i - 1], groups->set, &s);
    }
    if (status == OK)
        status = s.failed ? NOMEM : derivation_add(d, open ? "open path" : "blocked path", "%s",
                                                   str_text(&s));
    str_free(&s);
    mem_free(joints);
    return status == OK;
}

static size_t only_member(const Graph *g, const Word *set) {
    return bits_count(set, g->words) == 1 ? bits_next(set, g->words, 0) : GRAPH_NONE;
}

// Every path between two variables when there are few; *told is false when there are more.
static bool tell_paths(Vm *vm, const Graph *g, const Groups *s, bool *told) {
    size_t a = only_member(g, s->a), b = only_member(g, s->b);
    Paths paths = {0};
    *told = false;
    if (a == GRAPH_NONE || b == GRAPH_NONE || a == b) return true;
    Status status = paths_list(g, (uint32_t)a, (uint32_t)b, PATHS_ALL, NULL, PATHS_TOLD,
                               vm_ctl(vm), &paths);
    bool ok = status == OK;
    *told = ok && !paths.more;
    for (size_t i = 0; ok && *told && i < paths.count; i++)
        ok = tell_path(vm_derivation(vm), g, &paths.items[i], s);
    if (ok && *told && paths.count == 0)
        ok = derivation_add(vm_derivation(vm), "paths", "there is no path between %s and %s",
                            g->names[a], g->names[b]) == OK;
    paths_free(&paths);
    return ok;
}

static bool tell_verdict(Derivation *d, const Graph *g, const Groups *s, bool separated) {
    Str a = {0}, b = {0}, c = {0};
    graph_view_names(g, s->a, &a);
    graph_view_names(g, s->b, &b);
    graph_view_names(g, s->c, &c);
    Status status = derivation_add(
        d, separated ? "separated" : "connected", "%s between %s and %s is %s%s%s",
        separated ? "every path" : "some path", str_text(&a), str_text(&b),
        separated ? "blocked" : "open", c.len ? " given " : "", str_text(&c));
    str_free(&a);
    str_free(&b);
    str_free(&c);
    return status == OK;
}

static bool explain(Vm *vm, const Graph *g, const Groups *s, bool separated, const Path *witness) {
    Derivation *d = vm_derivation(vm);
    bool told;
    if (!d) return true;
    bool ok = tell_paths(vm, g, s, &told);
    if (ok && !told && !separated && witness->length)
        ok = derivation_add(d, "paths", "too many to be listed; a shortest open one is shown") ==
                 OK &&
             tell_path(d, g, witness, s);
    ok = ok && tell_verdict(d, g, s, separated);
    return ok || vm_memory(vm);
}

static bool answer(Vm *vm, const GraphView *view, const Groups *s, Value *out) {
    bool separated = false;
    Path witness = {0};
    Status status = separation_test(view->graph, s->a, s->b, s->c, &separated, &witness);
    bool ok = status == OK ? explain(vm, view->graph, s, separated, &witness) : vm_memory(vm);
    path_free(&witness);
    if (ok) *out = value_bool(separated);
    return ok;
}

// The graph without the edges into what is set.
static bool cut(GraphView *view, const Word *set, Trouble *t) {
    Graph *whole = view->graph, *rest = NULL;
    if (bits_empty(set, whole->words)) return true;
    if (surgery_cut(whole, set, NULL, &rest) != OK) return trouble_memory(t);
    view->graph = rest;
    view->whole = whole;
    return true;
}

static bool read_groups(GraphView *view, const Value lists[4], Word *const sets[4], Trouble *t) {
    for (int i = 0; i < 4; i++) {
        if (!sets[i]) return trouble_memory(t);
        if (!graph_view_add(view, lists[i], sets[i], t)) return false;
    }
    // What is set does not vary: every path through it is blocked.
    SET_EACH(sets[3], view->graph->words, v)
        if (!bits_has(sets[0], v) && !bits_has(sets[1], v)) bits_add(sets[2], v);
    return cut(view, sets[3], t);
}

// Between variables of several worlds.
static bool across_worlds(Vm *vm, GraphView *view, const Value lists[4], Value *out, Trouble *t) {
    WorldGraph w;
    VertexVec vertices[3] = {{0}};
    Word *sets[3] = {NULL};
    if (value_items(lists[3])->count)
        return trouble(t, DIAG_CF_FORM, "write what do(...) sets into the brackets of a world");
    bool ok = world_graph_open(&w, vm, view->model, t);
    for (int i = 0; ok && i < 3; i++) ok = world_graph_add(&w, lists[i], &vertices[i], t);
    ok = ok && world_graph_end(&w, t);
    for (int i = 0; ok && i < 3; i++) {
        sets[i] = graph_set(w.graph);
        ok = sets[i] || trouble_memory(t);
        for (size_t k = 0; ok && k < vertices[i].count; k++) bits_add(sets[i], vertices[i].items[k]);
    }
    if (ok) {
        GraphView worlds = {.model = view->model, .graph = w.graph};
        Groups s = {.a = sets[0], .b = sets[1], .c = sets[2]};
        ok = answer(vm, &worlds, &s, out);
    }
    for (int i = 0; i < 3; i++) {
        mem_free(sets[i]);
        VEC_FREE(&vertices[i]);
    }
    world_graph_close(&w);
    return ok;
}

static bool any_world(const Value lists[4]) {
    return world_graph_wanted(lists[0]) || world_graph_wanted(lists[1]) ||
           world_graph_wanted(lists[2]);
}

bool query_separation(Vm *vm, const Value lists[4], Span span, Value *out) {
    GraphView view;
    Trouble t = {0};
    if (!graph_view_open(vm, &view, &t)) return vm_trouble(vm, &t, span);
    if (view.unknown) return *out = value_unknown(), true;
    if (any_world(lists)) {
        bool done = across_worlds(vm, &view, lists, out, &t) || (t.code && vm_trouble(vm, &t, span));
        graph_view_close(&view);
        return done;
    }
    Word *sets[4];
    for (int i = 0; i < 4; i++) sets[i] = graph_set(view.graph);
    Groups s = {sets[0], sets[1], sets[2], sets[3]};
    bool ok = read_groups(&view, lists, sets, &t);
    ok = ok ? answer(vm, &view, &s, out) : vm_trouble(vm, &t, span);
    for (int i = 0; i < 4; i++) mem_free(sets[i]);
    graph_view_close(&view);
    return ok;
}

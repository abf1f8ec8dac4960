// Query_graph: A _||_ B | C, read off the graph in context.
#include "interp/graph_value.h"
#include "interp/query.h"
#include "interp/vm.h"
#include "runtime/base/mem.h"
#include "runtime/graph/separation.h"

typedef struct Groups {
    Word *a, *b, *c;
} Groups;

static const char *joint_text(const PathJoint *joint, bool in_z) {
    if (joint->role == PATH_CHAIN) return "is a chain, and not conditioned on";
    if (joint->role == PATH_FORK) return "is a fork, and not conditioned on";
    return in_z ? "is a collider that is conditioned on"
                : "is a collider whose descendant is conditioned on";
}

static bool explain_joints(Derivation *d, const Graph *g, const Path *p, const Word *z) {
    PathJoint *joints = MEM_NEW(PathJoint, p->length);
    bool open;
    Status status = joints ? path_judge(g, p, z, joints, &open) : NOMEM;
    for (size_t i = 1; status == OK && i < p->length; i++)
        status = derivation_add(d, "open at", "%s %s", g->names[p->vertices[i]],
                                joint_text(&joints[i - 1], bits_has(z, p->vertices[i])));
    mem_free(joints);
    return status == OK;
}

static bool explain(Vm *vm, const Graph *g, const Groups *s, bool separated, const Path *witness) {
    Derivation *d = vm_derivation(vm);
    if (!d) return true;
    Str a = {0}, b = {0}, c = {0}, path = {0};
    graph_view_names(g, s->a, &a);
    graph_view_names(g, s->b, &b);
    graph_view_names(g, s->c, &c);
    bool ok;
    if (separated) {
        ok = derivation_add(d, "separated", "every path between %s and %s is blocked%s%s",
                            str_text(&a), str_text(&b), c.len ? " given " : "",
                            str_text(&c)) == OK;
    } else {
        graph_view_path(g, witness, &path);
        ok = derivation_add(d, "open path", "%s", str_text(&path)) == OK &&
             (witness->length < 2 || explain_joints(d, g, witness, s->c));
    }
    str_free(&a);
    str_free(&b);
    str_free(&c);
    str_free(&path);
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

bool query_separation(Vm *vm, Value a, Value b, Value c, Span span, Value *out) {
    GraphView view;
    Trouble t = {0};
    if (!graph_view_open(vm, &view, &t)) return vm_trouble(vm, &t, span);
    if (view.unknown || a.tag == VALUE_UNKNOWN || b.tag == VALUE_UNKNOWN ||
        c.tag == VALUE_UNKNOWN) {
        graph_view_close(&view);
        return *out = value_unknown(), true;
    }
    Groups s = {graph_set(view.graph), graph_set(view.graph), graph_set(view.graph)};
    bool ok = (s.a && s.b && s.c) || trouble_memory(&t);
    ok = ok && graph_view_add(&view, a, s.a, &t) && graph_view_add(&view, b, s.b, &t) &&
         (c.tag == VALUE_NOTHING || graph_view_add(&view, c, s.c, &t));
    ok = ok ? answer(vm, &view, &s, out) : vm_trouble(vm, &t, span);
    mem_free(s.a);
    mem_free(s.b);
    mem_free(s.c);
    graph_view_close(&view);
    return ok;
}

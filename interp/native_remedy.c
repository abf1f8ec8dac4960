// Native_remedy: what would make an effect identified that is not.
#include "interp/diag.h"
#include "interp/graph_value.h"
#include "interp/native.h"
#include "interp/vm.h"
#include "runtime/base/mem.h"
#include "runtime/symbol/explain_remedies.h"

typedef struct Texts {
    Vm *vm;
    const Remedies *remedies;
    VEC(Value) items;
} Texts;

static bool add_sets(Texts *t, const Sets *sets, bool measure) {
    for (size_t i = 0; i < sets->count; i++) {
        Str s = {0};
        explain_remedies_text(t->remedies, sets_at(sets, i), measure, &s);
        Sym sym = s.failed ? NULL : intern(vm_names(t->vm), str_text(&s), s.len);
        str_free(&s);
        if (!sym || !VEC_PUSH(&t->items, value_string(sym))) return false;
    }
    return true;
}

static bool give(Vm *vm, const Remedies *r, bool identified, Value *out) {
    Texts t = {.vm = vm, .remedies = r};
    bool ok = identified ||
              (add_sets(&t, &r->measurements, true) && add_sets(&t, &r->experiments, false));
    ok = ok && value_list(VALUE_LIST, t.items.items, t.items.count, out);
    VEC_FREE(&t.items);
    return ok;
}

static Status explain(const Graph *g, const IdentifyQuery *q, const Remedies *r,
                      bool identified, Derivation *d, Faults *faults) {
    Identification id;
    if (!d) return OK;
    TRY(identify(g, q, d, faults, &id));
    Status status = explain_remedies_hedge(&id, d);
    identify_free(&id);
    if (status != OK) return status;
    return identified
               ? derivation_add(d, "remedies", "It is identified: nothing more is needed.")
               : explain_remedies(g, q, r, d, faults);
}

static bool refused(Status status, Faults *faults, Trouble *t) {
    if (status == CANCELLED)
        trouble(t, DIAG_INTERRUPTED, "interrupted");
    else if (status == FAULT && faults->count)
        trouble(t, (int)faults->items[0].code, "%s", faults->items[0].message);
    else
        trouble_memory(t);
    fault_free(faults);
    return false;
}

static bool remedies(Vm *vm, const Graph *g, const Word *x, const Word *y, Value *out,
                     Trouble *t) {
    IdentifyQuery q = {.y = y, .x = x};
    RemediesLimits limits = {.largest = 3, .calls = 2000};
    Faults faults = {0};
    Remedies r = {0};
    Status status = remedies_find(g, &q, limits, vm_ctl(vm), &faults, &r);
    if (status != OK) return refused(status, &faults, t);
    bool identified =
        r.experiments.count && bits_empty(sets_at(&r.experiments, 0), r.graph->words);
    status = explain(g, &q, &r, identified, vm_derivation(vm), &faults);
    bool ok = status == OK ? give(vm, &r, identified, out) || trouble_memory(t)
                           : refused(status, &faults, t);
    remedies_free(&r);
    return ok;
}

static bool call_remedies(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                          Trouble *t) {
    (void)n, (void)origin;
    GraphView view;
    Word *x = NULL, *y = NULL;
    if (args[0].tag == VALUE_UNKNOWN) return *out = args[0], true;
    if (!graph_view_open(vm, &view, t)) return false;
    if (view.unknown) return *out = value_unknown(), graph_view_close(&view), true;
    bool ok =
        graph_view_pair(&view, args[0], &x, &y, t) && remedies(vm, view.graph, x, y, out, t);
    mem_free(x);
    mem_free(y);
    graph_view_close(&view);
    return ok;
}

const Native native_remedy[] = {
    {"remedies", "X -> Y", 1, 1, NULL, "graphs",
     "What would identify an effect that is not: the smallest sets of latent variables to "
     "measure "
     "and of variables to experiment on; an empty list when it is identified already.",
     call_remedies},
    {0},
};

// Native_adjust: adjustment, front door, instruments and paths, with their reasons for `explain`.
#include "interp/diag.h"
#include "interp/graph_value.h"
#include "interp/native.h"
#include "interp/vm.h"
#include "runtime/base/mem.h"
#include "runtime/graph/adjust.h"
#include "runtime/graph/frontdoor.h"
#include "runtime/graph/instrument.h"
#include "runtime/graph/paths.h"

// One question about the effect of X on Y; every native of this file begins and ends with it.
typedef struct Effect {
    GraphView view;
    Word *x, *y;
    Derivation *d;
} Effect;

// False with *done when the answer is UNKNOWN already; false without when trouble was set.
static bool effect_open(Vm *vm, Value arrow, Effect *e, Value *out, bool *done, Trouble *t) {
    *e = (Effect){.d = vm_derivation(vm)};
    *done = arrow.tag == VALUE_UNKNOWN;
    if (*done) return *out = value_unknown(), false;
    if (!graph_view_open(vm, &e->view, t)) return false;
    *done = e->view.unknown;
    if (*done) return *out = value_unknown(), false;
    return graph_view_pair(&e->view, arrow, &e->x, &e->y, t);
}

static void effect_close(Effect *e) {
    mem_free(e->x);
    mem_free(e->y);
    graph_view_close(&e->view);
}

static bool is_true(Value v) {
    return v.tag == VALUE_BOOL && v.truth;
}

// --- notes: memory that runs out may cost the explanation a step, but not the answer --------

// A step whose text ends in the names of a set.
static void note_set(Effect *e, const char *rule, const char *text, const Word *set) {
    if (!e->d) return;
    Str names = {0};
    graph_view_names(e->view.graph, set, &names);
    (void)derivation_add(e->d, rule, "%s {%s}", text, str_text(&names));
    str_free(&names);
}

static void note_path(Effect *e, const char *rule, const char *text, const Path *path) {
    if (!e->d || !path->vertices) return;
    Str names = {0};
    graph_view_path(e->view.graph, path, &names);
    (void)derivation_add(e->d, rule, "%s %s", text, str_text(&names));
    str_free(&names);
}

static void note_causal(Effect *e) {
    const Graph *g = e->view.graph;
    Word *set = e->d ? graph_set(g) : NULL;
    if (set && adjust_causal(g, e->x, e->y, set) == OK)
        note_set(e, "causal paths", "what lies on them, the outcome included:", set);
    if (set && adjust_forbidden(g, e->x, e->y, set) == OK)
        note_set(e, "forbidden", "never to be adjusted for (effects of what lies on them):", set);
    mem_free(set);
}

// --- adjustment -----------------------------------------------------------------------------

static bool give_sets(Effect *e, const Sets *sets, Value *out, Trouble *t) {
    Value *items = MEM_NEW(Value, sets->count);
    size_t n = 0;
    bool ok = items != NULL;
    for (; ok && n < sets->count; n += ok)
        ok = graph_view_set(&e->view, sets_at(sets, n), &items[n]);
    ok = (ok && value_list(VALUE_SETS, items, n, out)) || trouble_memory(t);
    for (size_t i = 0; i < n; i++) value_drop(items[i]);
    mem_free(items);
    return ok;
}

// At most one set, found by `f`.
typedef Status (*Find)(const Graph *g, const AdjustQuery *q, bool *exists, Word *out);

static Status find_smallest(const Graph *g, const AdjustQuery *q, bool *exists, Word *out) {
    return adjust_cheapest(g, q, NULL, exists, out);
}

static Status one_set(const Graph *g, const AdjustQuery *q, Find find, Sets *sets) {
    bool exists = false;
    Word *set = graph_set(g);
    Status status = set ? find(g, q, &exists, set) : NOMEM;
    if (status == OK && exists) status = sets_add(sets, set);
    mem_free(set);
    return status;
}

static Status optimal_set(Effect *e, const AdjustQuery *q, Sets *sets) {
    const Graph *g = e->view.graph;
    bool exists = false, best = false;
    Word *set = graph_set(g);
    Status status = set ? adjust_optimal(g, q, &exists, &best, set) : NOMEM;
    if (status == OK && exists) status = sets_add(sets, set);
    if (status == OK && exists && e->d)
        (void)derivation_add(e->d, "variance",
                             best ? "no other set has less, in any linear model of the graph"
                                  : "no minimal set has less; another set may, which one depends "
                                    "on the model");
    mem_free(set);
    return status;
}

static void note_adjustment(Effect *e, const Sets *sets) {
    const Graph *g = e->view.graph;
    note_causal(e);
    if (sets->count) {
        note_set(e, "adjustment criterion", "every non-causal path is blocked by",
                 sets_at(sets, 0));
        return;
    }
    AdjustCheck check;
    Word *nothing = graph_set(g);
    if (nothing && adjust_check(g, e->x, e->y, nothing, &check) == OK) {
        note_path(e, "open path", "no allowed set blocks every path like", &check.open);
        adjust_check_free(&check);
    }
    mem_free(nothing);
}

// The costs of a map {Z: 2, W: 1}; a variable that it leaves out costs 1.
static bool read_costs(const Effect *e, Value map, double *cost, Trouble *t) {
    for (size_t v = 0; v < e->view.graph->n; v++) cost[v] = 1;
    if (map.tag != VALUE_MAP)
        return trouble(t, DIAG_KIND, "costs is a map from variables to numbers, not %s",
                       value_kind(map));
    const ListObject *items = value_items(map);
    for (size_t i = 0; i < items->count; i += 2) {
        Sym name = value_variable(items->items[i]);
        uint32_t at = name ? model_find(e->view.model, name) : MODEL_NONE;
        Value number = items->items[i + 1];
        if (at == MODEL_NONE || number.tag != VALUE_NUMBER || !(number.number >= 0))
            return trouble(t, DIAG_KIND, "costs gives variables of the model numbers from 0 up");
        cost[at] = number.number;
    }
    return true;
}

static bool cheapest(Effect *e, Value costs, Sets *sets, Trouble *t) {
    const Graph *g = e->view.graph;
    AdjustQuery q = {.x = e->x, .y = e->y};
    double *cost = MEM_NEW(double, g->n);
    Word *set = graph_set(g);
    bool exists = false;
    bool ok = (cost && set) || trouble_memory(t);
    ok = ok && read_costs(e, costs, cost, t);
    if (ok) {
        Status status = adjust_cheapest(g, &q, cost, &exists, set);
        if (status == OK && exists) status = sets_add(sets, set);
        ok = status == OK || trouble_memory(t);
    }
    mem_free(cost);
    mem_free(set);
    return ok;
}

// Of more sets than are shown the first.
static void show_some(Vm *vm, Sets *sets) {
    if (sets->count <= GRAPH_SHOWN) return;
    sets->count = GRAPH_SHOWN;
    graph_view_more(vm, "minimal sets");
}

// Which sets are wanted: all: args[1], optimal: args[2], minimal: args[3], costs: args[4].
static bool find_sets(Vm *vm, Effect *e, const Value *args, Sets *sets, Trouble *t) {
    const Graph *g = e->view.graph;
    AdjustQuery q = {.x = e->x, .y = e->y};
    if (args[4].tag != VALUE_NOTHING) return cheapest(e, args[4], sets, t);
    bool optimal = is_true(args[2]), minimal = is_true(args[3]);
    Status status = is_true(args[1]) ? adjust_list(g, &q, GRAPH_SHOWN + 1, sets)
                    : minimal        ? one_set(g, &q, adjust_optimal_minimal, sets)
                    : optimal        ? optimal_set(e, &q, sets)
                                     : one_set(g, &q, find_smallest, sets);
    show_some(vm, sets);
    return status == OK || trouble_memory(t);
}

static bool call_adjustment(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                            Trouble *t) {
    (void)n, (void)origin;
    Effect e;
    bool done;
    bool ok = effect_open(vm, args[0], &e, out, &done, t);
    if (ok) {
        Sets sets = {.words = e.view.graph->words};
        ok = find_sets(vm, &e, args, &sets, t) && give_sets(&e, &sets, out, t);
        if (ok) note_adjustment(&e, &sets);
        sets_free(&sets);
    }
    effect_close(&e);
    return ok || done;
}

static void note_verdict(Effect *e, const AdjustCheck *check) {
    const Graph *g = e->view.graph;
    if (!e->d) return;
    switch (check->verdict) {
    case ADJUST_VALID:
        (void)derivation_add(
            e->d, "adjustment criterion",
            "nothing forbidden is adjusted for, and every non-causal path is blocked");
        break;
    case ADJUST_OVERLAP:
        (void)derivation_add(e->d, "overlap", "%s is the cause or the effect itself",
                             g->names[check->vertex]);
        break;
    case ADJUST_LATENT:
        (void)derivation_add(e->d, "latent", "%s is never measured", g->names[check->vertex]);
        break;
    case ADJUST_FORBIDDEN:
        if (check->through == GRAPH_NONE || check->through == check->vertex)
            (void)derivation_add(e->d, "forbidden",
                                 "%s lies on a causal path: adjusting for it takes "
                                 "away part of the effect", g->names[check->vertex]);
        else
            (void)derivation_add(e->d, "forbidden",
                                 "%s is an effect of %s, which lies on a causal path",
                                 g->names[check->vertex], g->names[check->through]);
        break;
    case ADJUST_OPEN: note_path(e, "open path", "left open:", &check->open); break;
    case ADJUST_SELECTED: note_path(e, "selection", "biased along", &check->open); break;
    }
}

static bool call_is_adjustment(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                               Trouble *t) {
    (void)n, (void)origin;
    Effect e;
    bool done;
    bool ok = effect_open(vm, args[0], &e, out, &done, t);
    if (ok) {
        AdjustCheck check;
        Word *z = graph_set(e.view.graph);
        ok = z || trouble_memory(t);
        ok = ok && graph_view_add(&e.view, args[1], z, t);
        if (ok && adjust_check(e.view.graph, e.x, e.y, z, &check) == OK) {
            note_causal(&e);
            note_verdict(&e, &check);
            *out = value_bool(check.verdict == ADJUST_VALID);
            adjust_check_free(&check);
        } else if (ok) {
            ok = trouble_memory(t);
        }
        mem_free(z);
    }
    effect_close(&e);
    return ok || done;
}

// --- front door -----------------------------------------------------------------------------

static Status frontdoor_sets(Vm *vm, Effect *e, bool all, Sets *sets) {
    const Graph *g = e->view.graph;
    FrontdoorQuery q = {.x = e->x, .y = e->y};
    if (all) {
        Status status = frontdoor_list(g, &q, GRAPH_SHOWN + 1, vm_ctl(vm), sets);
        show_some(vm, sets);
        return status;
    }
    bool exists = false;
    Word *set = graph_set(g);
    Status status = set ? frontdoor_minimal(g, &q, &exists, set) : NOMEM;
    if (status == OK && exists) status = sets_add(sets, set);
    mem_free(set);
    return status;
}

// {set: strata}, or none.
static bool conditional_frontdoor(Effect *e, Value *out, Trouble *t) {
    const Graph *g = e->view.graph;
    Word *set = graph_set(g), *given = graph_set(g);
    bool exists = false;
    Value pair[2] = {value_nothing(), value_nothing()};
    bool ok = set && given && frontdoor_conditional(g, e->x, e->y, &exists, given, set) == OK;
    ok = ok && (!exists || (graph_view_set(&e->view, set, &pair[0]) &&
                            graph_view_set(&e->view, given, &pair[1])));
    ok = ok && value_list(exists ? VALUE_MAP : VALUE_SETS, pair, exists ? 2 : 0, out);
    value_drop(pair[0]);
    value_drop(pair[1]);
    mem_free(set);
    mem_free(given);
    return ok || trouble_memory(t);
}

// The criterion is for a population that is seen whole.
static bool unselected(const Effect *e, Trouble *t) {
    const Graph *g = e->view.graph;
    size_t v = bits_next(g->selected, g->words, 0);
    return v >= g->n || trouble(t, FAULT_GRAPH_QUESTION,
                                "%s is selected: the front door needs the whole population",
                                g->names[v]);
}

static bool call_frontdoor(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                           Trouble *t) {
    (void)n, (void)origin;
    Effect e;
    bool done;
    bool ok = effect_open(vm, args[0], &e, out, &done, t) && unselected(&e, t);
    if (ok && is_true(args[2])) {
        ok = conditional_frontdoor(&e, out, t);
    } else if (ok) {
        Sets sets = {.words = e.view.graph->words};
        Status status = frontdoor_sets(vm, &e, is_true(args[1]), &sets);
        ok = status == OK ? give_sets(&e, &sets, out, t)
             : status == CANCELLED ? trouble(t, DIAG_INTERRUPTED, "interrupted")
                                   : trouble_memory(t);
        if (ok && sets.count)
            note_set(&e, "front door", "it meets every causal path, and no back-door path into it "
                     "or out of it is open:", sets_at(&sets, 0));
        sets_free(&sets);
    }
    effect_close(&e);
    return ok || done;
}

// --- instruments ----------------------------------------------------------------------------

typedef struct Found {
    Effect *e;
    VEC(Value) items; // of a map: each Z, and its conditioning set
} Found;

static bool add_instrument(void *user, uint32_t z, const Word *w) {
    Found *f = user;
    Value name = value_nothing(), set = value_nothing();
    bool ok = value_term(term_var(f->e->view.model->vars[z]->name, NULL, 0), &name);
    ok = ok && VEC_PUSH(&f->items, name);
    if (!ok) value_drop(name);
    ok = ok && graph_view_set(&f->e->view, w, &set);
    if (ok && VEC_PUSH(&f->items, set)) return true;
    value_drop(set);
    return false;
}

static bool collect_instruments(Vm *vm, Effect *e, Value *out, Trouble *t) {
    const Graph *g = e->view.graph;
    uint32_t x = (uint32_t)bits_next(e->x, g->words, 0), y = (uint32_t)bits_next(e->y, g->words, 0);
    Found f = {.e = e};
    Status status = instrument_list(g, x, y, vm_ctl(vm), add_instrument, &f);
    bool ok = status == OK &&
              value_list(f.items.count ? VALUE_MAP : VALUE_SETS, f.items.items, f.items.count, out);
    for (size_t i = 0; i < f.items.count; i++) value_drop(f.items.items[i]);
    VEC_FREE(&f.items);
    if (status == CANCELLED) return trouble(t, DIAG_INTERRUPTED, "interrupted");
    return ok || trouble_memory(t);
}

static bool call_instruments(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                             Trouble *t) {
    (void)n, (void)origin;
    Effect e;
    bool done;
    bool ok = effect_open(vm, args[0], &e, out, &done, t);
    if (ok) {
        size_t words = e.view.graph->words;
        ok = bits_count(e.x, words) == 1 && bits_count(e.y, words) == 1;
        ok = ok ? collect_instruments(vm, &e, out, t)
                : trouble(t, DIAG_KIND, "instruments are sought for one cause and one effect");
    }
    effect_close(&e);
    return ok || done;
}

// --- paths ----------------------------------------------------------------------------------

static void add_reason(const Graph *g, const Path *p, const PathJoint *joints, Str *out) {
    for (size_t i = 1; i < p->length; i++) {
        if (joints[i - 1].open) continue;
        const char *name = g->names[p->vertices[i]];
        bool collider = joints[i - 1].role == PATH_COLLIDER;
        str_printf(out, collider ? " by the collider %s" : " by %s", name);
        return;
    }
}

static bool path_value(Vm *vm, const Graph *g, const Path *p, const Word *z, Value *out) {
    PathJoint *joints = MEM_NEW(PathJoint, p->length);
    bool open = false;
    Str s = {0};
    bool ok = joints && path_judge(g, p, z, joints, &open) == OK;
    if (ok) {
        graph_view_path(g, p, &s);
        str_add(&s, open ? ": open" : ": blocked");
        add_reason(g, p, joints, &s);
    }
    Sym text = ok && !s.failed ? intern(vm_names(vm), str_text(&s), s.len) : NULL;
    if (text) *out = value_string(text);
    str_free(&s);
    mem_free(joints);
    return text != NULL;
}


static bool path_list(Vm *vm, Effect *e, const Word *z, PathKind kind, Value *out, Trouble *t) {
    const Graph *g = e->view.graph;
    uint32_t x = (uint32_t)bits_next(e->x, g->words, 0), y = (uint32_t)bits_next(e->y, g->words, 0);
    Paths paths = {0};
    Status status = paths_list(g, x, y, kind, NULL, GRAPH_SHOWN, vm_ctl(vm), &paths);
    Value *items = status == OK ? MEM_NEW(Value, paths.count) : NULL;
    size_t n = 0;
    bool ok = items != NULL;
    for (; ok && n < paths.count; n += ok) ok = path_value(vm, g, &paths.items[n], z, &items[n]);
    ok = (ok && value_list(VALUE_LIST, items, n, out)) || trouble_memory(t);
    if (ok && paths.more) graph_view_more(vm, "paths");
    for (size_t i = 0; i < n; i++) value_drop(items[i]);
    mem_free(items);
    paths_free(&paths);
    return ok;
}

static bool paths_between(Vm *vm, const Value *args, PathKind kind, Value *out, Trouble *t) {
    Effect e;
    bool done;
    bool ok = effect_open(vm, args[0], &e, out, &done, t);
    if (ok) {
        size_t words = e.view.graph->words;
        Word *z = graph_set(e.view.graph);
        ok = z || trouble_memory(t);
        if (ok && (bits_count(e.x, words) != 1 || bits_count(e.y, words) != 1))
            ok = trouble(t, DIAG_KIND, "paths run between one variable and another");
        ok = ok && (args[1].tag == VALUE_NOTHING || graph_view_add(&e.view, args[1], z, t));
        ok = ok && path_list(vm, &e, z, kind, out, t);
        mem_free(z);
    }
    effect_close(&e);
    return ok || done;
}

static bool call_paths(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                       Trouble *t) {
    (void)n, (void)origin;
    return paths_between(vm, args, PATHS_ALL, out, t);
}

static bool call_causal_paths(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                              Trouble *t) {
    (void)n, (void)origin;
    return paths_between(vm, args, PATHS_CAUSAL, out, t);
}

static bool call_backdoor_paths(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                                Trouble *t) {
    (void)n, (void)origin;
    return paths_between(vm, args, PATHS_BACKDOOR, out, t);
}

const Native native_adjust[] = {
    {"adjustment", "X -> Y, all: false, optimal: false, minimal: false, costs: {}", 1, 1,
     "all optimal minimal costs", "graphs",
     "A smallest set to adjust for; all: every minimal set; optimal: the set of least variance; "
     "minimal: the minimal set of least variance; costs: {Z: 2}: a cheapest set (others cost 1).",
     call_adjustment},
    {"backdoor_paths", "X -> Y, given: {}", 1, 1, "given", "graphs",
     "The paths from X to Y that begin with an arrow into X, each open or blocked.",
     call_backdoor_paths},
    {"causal_paths", "X -> Y, given: {}", 1, 1, "given", "graphs",
     "The directed paths from X to Y, each open or blocked.", call_causal_paths},
    {"frontdoor", "X -> Y, all: false, conditional: false", 1, 1, "all conditional", "graphs",
     "A minimal front-door set, or all of them; conditional: one that holds within the strata of "
     "other variables, as {set: {strata}}.",
     call_frontdoor},
    {"instruments", "X -> Y", 1, 1, NULL, "graphs",
     "The instruments for the effect of X on Y, each with what it must be conditioned on.",
     call_instruments},
    {"is_adjustment", "X -> Y, {Z}", 2, 2, NULL, "graphs",
     "Whether adjusting for the set gives the effect of X on Y; explain says why not.",
     call_is_adjustment},
    {"paths", "X -> Y, given: {}", 1, 1, "given", "graphs",
     "Every path between X and Y, each open or blocked, and by what.", call_paths},
    {0},
};

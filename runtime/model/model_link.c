// Model link: parents, edges, roles.
#include "runtime/model/model_link.h"

#include <stdlib.h>

#include "runtime/model/model_edges.h"
#include "runtime/model/model_joint.h"
#include "runtime/model/model_var.h"
#include "runtime/base/cycle.h"

static const char *text_of(const ModelBuilder *b, uint32_t v) {
    return b->vars.items[v].var->name->text;
}

// --- parents ---

typedef struct Finder {
    ModelBuilder *b;
    const char *what; // where the names stand
    uint32_t origin;
    bool worlds; // other worlds may be mentioned
    Faults *faults;
    NumberVec found;
    Status status;
} Finder;

static Status find_one(Finder *f, Sym name, const Term *at) {
    uint32_t origin = at->origin ? at->origin : f->origin;
    if (!f->worlds && !term_is_factual(at))
        return fault_add(f->faults, FAULT_MODEL_WORLD, origin,
                         "%s mentions %s in another world, which only a question can do",
                         f->what, name->text);
    uint32_t v = model_index_find(&f->b->index, name);
    if (v == MODEL_NONE) return model_build_unknown(f->b, name, f->what, origin, f->faults);
    return VEC_PUSH(&f->found, v) ? OK : NOMEM;
}

static bool visit(void *user, Sym name, const Term *at) {
    Finder *f = user;
    Status status = find_one(f, name, at);
    if (status != OK) f->status = status;
    return status == OK || status == FAULT;
}

// The variables that a term mentions, in order of first mention.
static Status find_variables(Finder *f, const Term *t) {
    f->status = OK;
    f->found.count = 0;
    bool complete = term_variables(t, true, visit, f);
    return !complete && f->status != FAULT ? NOMEM : f->status;
}

static Status link_mechanism(Finder *f, uint32_t v) {
    DraftVar *d = &f->b->vars.items[v];
    ModelVar *var = d->var;
    Str what = {0};
    str_printf(&what, "the mechanism of %s", var->name->text);
    f->what = str_text(&what);
    f->origin = var->mech_origin;
    Status status = what.failed ? NOMEM : find_variables(f, var->term);
    if (status == OK) status = model_var_parents(var, (uint32_t)f->found.count);
    for (size_t i = 0; status == OK && i < f->found.count; i++)
        var->parents[i] = f->found.items[i];
    if (status == FAULT) d->bad = true;
    str_free(&what);
    return status;
}

static Status link_factor(Finder *f, ModelFactor *factor) {
    f->what = "a factor";
    f->origin = factor->origin;
    TRY(find_variables(f, factor->term));
    uint32_t *vars = MEM_NEW(uint32_t, f->found.count);
    if (!vars) return NOMEM;
    for (size_t i = 0; i < f->found.count; i++) vars[i] = f->found.items[i];
    mem_free(factor->vars);
    factor->vars = vars;
    factor->nvars = (uint32_t)f->found.count;
    return OK;
}

static Status link_names(Finder *f) {
    Status all = OK;
    ModelBuilder *b = f->b;
    for (uint32_t v = 0; v < b->vars.count; v++) {
        const DraftVar *d = &b->vars.items[v];
        if (d->given && d->var->term) MODEL_COLLECT(all, link_mechanism(f, v));
        if (!d->var->observed_if) continue;
        f->what = "observed ... if";
        f->origin = d->var->origin;
        MODEL_COLLECT(all, find_variables(f, d->var->observed_if));
    }
    for (size_t i = 0; i < b->factors.count; i++)
        if (b->factors.items[i].term) MODEL_COLLECT(all, link_factor(f, &b->factors.items[i]));
    f->what = "an assumption";
    f->worlds = true;
    for (size_t i = 0; i < b->assumes.count; i++) {
        f->origin = b->assumes.items[i]->origin;
        MODEL_COLLECT(all, find_variables(f, b->assumes.items[i]));
    }
    return all;
}

// --- anonymous noise without an owner ---

// number[v] becomes the new number of v, MODEL_NONE when it goes. Returns how many stay.
static uint32_t number_kept(const ModelBuilder *b, uint32_t *number) {
    for (uint32_t v = 0; v < b->vars.count; v++) {
        const ModelVar *var = b->vars.items[v].var;
        if (!var->anonymous) number[v] = 1;
        for (uint32_t i = 0; i < var->nparents; i++) number[var->parents[i]] = 1;
    }
    uint32_t kept = 0;
    for (uint32_t v = 0; v < b->vars.count; v++) number[v] = number[v] ? kept++ : MODEL_NONE;
    return kept;
}

static void renumber_edges(ModelBuilder *b, const uint32_t *number) {
    size_t kept = 0;
    for (size_t i = 0; i < b->edges.count; i++) {
        DraftEdge e = b->edges.items[i];
        e.edge.from = number[e.edge.from];
        e.edge.to = number[e.edge.to];
        if (e.edge.from != MODEL_NONE && e.edge.to != MODEL_NONE) b->edges.items[kept++] = e;
    }
    b->edges.count = kept;
    for (size_t i = 0; i < b->removed.count; i++) {
        b->removed.items[i].from = number[b->removed.items[i].from];
        b->removed.items[i].to = number[b->removed.items[i].to];
    }
}

static Status renumber_vars(ModelBuilder *b, const uint32_t *number, uint32_t kept) {
    ModelIndex index = {0};
    for (uint32_t v = 0; v < b->vars.count; v++) {
        if (number[v] == MODEL_NONE) continue;
        if (model_index_add(&index, b->vars.items[v].var->name, number[v]) == OK) continue;
        model_index_free(&index);
        return NOMEM;
    }
    model_index_free(&b->index);
    b->index = index;
    for (uint32_t v = 0; v < b->vars.count; v++) {
        ModelVar *var = b->vars.items[v].var;
        for (uint32_t i = 0; i < var->nparents; i++) var->parents[i] = number[var->parents[i]];
        if (number[v] == MODEL_NONE)
            model_var_free(var);
        else
            b->vars.items[number[v]] = b->vars.items[v];
    }
    b->vars.count = kept;
    return OK;
}

static void renumber_factors(ModelBuilder *b, const uint32_t *number) {
    for (size_t i = 0; i < b->factors.count; i++)
        for (uint32_t k = 0; k < b->factors.items[i].nvars; k++)
            b->factors.items[i].vars[k] = number[b->factors.items[i].vars[k]];
}

static Status drop_orphans(ModelBuilder *b) {
    uint32_t *number = MEM_NEW(uint32_t, b->vars.count);
    if (!number) return NOMEM;
    uint32_t kept = number_kept(b, number);
    bool all = kept == b->vars.count;
    Status status = all ? OK : renumber_vars(b, number, kept);
    if (status == OK && !all) {
        renumber_edges(b, number);
        renumber_factors(b, number);
    }
    mem_free(number);
    return status;
}

// --- edges ---

static int compare_edges(const ModelEdge *x, const ModelEdge *y) {
    if (x->to != y->to) return x->to < y->to ? -1 : 1;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    return x->both - y->both;
}

static int compare_plain(const void *a, const void *b) {
    return compare_edges(a, b);
}

static bool was_removed(const ModelBuilder *b, uint32_t from, uint32_t to, bool both) {
    ModelEdge key = {.from = from, .to = to, .both = both};
    return b->removed.count &&
           bsearch(&key, b->removed.items, b->removed.count, sizeof key, compare_plain);
}

static const char *arrow(bool both) {
    return both ? "<->" : "->";
}

// An edge that is to be removed must be there.
static Status check_removals(const ModelBuilder *b, Faults *faults) {
    Status all = OK;
    for (size_t i = 0, at = 0; i < b->removed.count; i++) {
        const ModelEdge *r = &b->removed.items[i];
        while (at < b->edges.count && compare_edges(&b->edges.items[at].edge, r) < 0) at++;
        if (at < b->edges.count && !compare_edges(&b->edges.items[at].edge, r)) continue;
        MODEL_COLLECT(all, fault_add(faults, FAULT_MODEL_NO_EDGE, r->origin,
                                     "there is no edge %s %s %s to remove", text_of(b, r->from),
                                     arrow(r->both), text_of(b, r->to)));
    }
    return all;
}

static Status written_twice(const ModelBuilder *b, const DraftEdge *e, const DraftEdge *before,
                            Faults *faults) {
    Status status = fault_add(faults, FAULT_GRAPH_TWICE, e->edge.origin,
                              "the edge %s %s %s is written twice", text_of(b, e->edge.from),
                              arrow(e->edge.both), text_of(b, e->edge.to));
    if (status == FAULT) fault_also(faults, before->edge.origin);
    return status;
}

static Status loops(const ModelBuilder *b, const DraftEdge *e, Faults *faults) {
    const char *name = text_of(b, e->edge.to);
    return fault_add(faults, FAULT_GRAPH_LOOP, e->edge.origin, "%s %s %s joins %s to itself",
                     name, arrow(e->edge.both), name, name);
}

// Keeps the edges that hold: neither replaced with a mechanism, nor removed, nor repeated.
static Status sift_edges(ModelBuilder *b, Faults *faults) {
    Status all = OK;
    size_t kept = 0;
    for (size_t i = 0; i < b->edges.count; i++) {
        DraftEdge e = b->edges.items[i];
        bool into_new =
            b->vars.items[e.edge.to].given || (e.edge.both && b->vars.items[e.edge.from].given);
        if (e.inherited && into_new) continue;
        if (was_removed(b, e.edge.from, e.edge.to, e.edge.both)) continue;
        const DraftEdge *before = kept ? &b->edges.items[kept - 1] : NULL;
        if (before && !compare_edges(&before->edge, &e.edge)) {
            if (!before->inherited) MODEL_COLLECT(all, written_twice(b, &e, before, faults));
            continue;
        }
        if (e.edge.from == e.edge.to) {
            MODEL_COLLECT(all, loops(b, &e, faults));
            continue;
        }
        b->edges.items[kept++] = e;
    }
    b->edges.count = kept;
    return all;
}

// --- agreement ---

static Status not_mentioned(const ModelBuilder *b, const ModelEdge *e, Faults *faults) {
    const DraftVar *d = &b->vars.items[e->to];
    const char *from = text_of(b, e->from), *to = text_of(b, e->to);
    Status status = fault_add(
        faults, FAULT_MODEL_DISAGREE, e->origin,
        "%s -> %s is written, but the mechanism of %s does not mention %s", from, to, to, from);
    if (status != FAULT) return status;
    fault_also(faults, d->var->mech_origin);
    if (d->given)
        return fault_hint(faults, "mention %s in the mechanism, or leave out the edge", from);
    return fault_hint(faults, "give %s a new mechanism that mentions %s", to, from);
}

static Status not_drawn(const ModelBuilder *b, uint32_t from, uint32_t to, uint32_t edge_origin,
                        Faults *faults) {
    const char *x = text_of(b, from), *y = text_of(b, to);
    uint32_t origin = b->vars.items[to].var->mech_origin;
    Status status = fault_add(faults, FAULT_MODEL_DISAGREE, origin,
                              "the mechanism of %s mentions %s, but %s -> %s is not among the "
                              "edges that are written into %s",
                              y, x, x, y, y);
    if (status != FAULT) return status;
    fault_also(faults, edge_origin);
    return fault_hint(faults,
                      "write %s -> %s too, or no edge into %s: they follow from its mechanism",
                      x, y, y);
}

static Status needed(const ModelBuilder *b, uint32_t from, uint32_t to, Faults *faults) {
    const char *x = text_of(b, from), *y = text_of(b, to);
    ModelEdge key = {.from = from, .to = to};
    const ModelEdge *r =
        bsearch(&key, b->removed.items, b->removed.count, sizeof key, compare_plain);
    Status status =
        fault_add(faults, FAULT_MODEL_NEEDED, r->origin,
                  "%s -> %s cannot be removed: the mechanism of %s mentions %s", x, y, y, x);
    if (status != FAULT) return status;
    fault_also(faults, b->vars.items[to].var->mech_origin);
    return fault_hint(faults, "give %s a new mechanism without %s, as in with { %s ~ ... }", y,
                      x, y);
}

static Status imply(ModelBuilder *b, uint32_t from, uint32_t to) {
    DraftEdge e = {.seq = b->edges.count};
    e.edge = (ModelEdge){from, to, false, b->vars.items[to].var->mech_origin};
    return VEC_PUSH(&b->edges, e) ? OK : NOMEM;
}

// Compares the edges first..end into v with its parents, and adds those that follow.
static Status agree(ModelBuilder *b, uint32_t v, size_t first, size_t end, uint32_t *mark,
                    Faults *faults) {
    const DraftVar *d = &b->vars.items[v];
    uint32_t drawn = 2 * v + 1, mentioned = 2 * v + 2;
    uint32_t edges_origin = 0;
    bool any = false;
    if (d->var->mech == MECH_NONE || d->bad) return OK;
    // The causes of noise are reported with its role, save those of a block.
    if (d->var->role == ROLE_VAR_NOISE && !model_joint_of(d->var)) return OK;
    Status all = OK;
    for (uint32_t i = 0; i < d->var->nparents; i++) mark[d->var->parents[i]] = mentioned;
    for (size_t i = first; i < end; i++) {
        const ModelEdge *e = &b->edges.items[i].edge;
        if (e->both) continue;
        any = true;
        edges_origin = e->origin;
        if (mark[e->from] != mentioned) MODEL_COLLECT(all, not_mentioned(b, e, faults));
        mark[e->from] = drawn;
    }
    for (uint32_t i = 0; i < d->var->nparents; i++) {
        uint32_t p = d->var->parents[i];
        bool silent = b->vars.items[p].var->role == ROLE_VAR_NOISE;
        if (mark[p] == drawn) continue;
        if (was_removed(b, p, v, false))
            MODEL_COLLECT(all, needed(b, p, v, faults));
        else if (any && !silent && all == OK)
            MODEL_COLLECT(all, not_drawn(b, p, v, edges_origin, faults));
        TRY(imply(b, p, v));
    }
    return all;
}

static Status settle_edges(ModelBuilder *b, uint32_t *mark, Faults *faults) {
    Status all = OK;
    size_t given = b->edges.count;
    for (size_t i = 0; i < given; i++) b->edges.items[i].seq = i;
    TRY(model_edges_by_ends(b));
    if (b->removed.count)
        qsort(b->removed.items, b->removed.count, sizeof *b->removed.items, compare_plain);
    MODEL_COLLECT(all, check_removals(b, faults));
    MODEL_COLLECT(all, sift_edges(b, faults));
    size_t written = b->edges.count;
    for (uint32_t v = 0, at = 0; v < b->vars.count; v++) {
        size_t first = at;
        while (at < written && b->edges.items[at].edge.to == v) at++;
        MODEL_COLLECT(all, agree(b, v, first, at, mark, faults));
    }
    TRY(model_edges_as_written(b, written, given));
    return all;
}

// --- roles ---

static Status check_noise(const ModelBuilder *b, uint32_t v, Faults *faults) {
    const ModelVar *var = b->vars.items[v].var;
    if (var->mech == MECH_KERNEL && !var->nparents) return OK;
    if (model_joint_of(var)) return OK;
    uint32_t origin = var->mech_origin ? var->mech_origin : var->origin;
    if (!var->nparents) {
        Status status = fault_add(faults, FAULT_MODEL_NOISE, origin,
                                  "noise %s has no distribution", var->name->text);
        if (status != FAULT) return status;
        return fault_hint(faults, "write one after ~, as in noise %s ~ uniform(0, 1)",
                          var->name->text);
    }
    Status status = fault_add(faults, FAULT_MODEL_NOISE, origin, "noise %s has a cause, %s",
                              var->name->text, text_of(b, var->parents[0]));
    return status != FAULT ? status
                           : fault_hint(faults, "noise is exogenous: leave out the word noise");
}

static Status check_edge_roles(const ModelBuilder *b, const ModelEdge *e, Faults *faults) {
    const ModelVar *from = b->vars.items[e->from].var, *to = b->vars.items[e->to].var;
    bool noise = to->role == ROLE_VAR_NOISE || (e->both && from->role == ROLE_VAR_NOISE);
    // A cause that a mechanism mentions is reported with the mechanism.
    if (noise && (e->both || !to->nparents)) {
        const ModelVar *which = to->role == ROLE_VAR_NOISE ? to : from;
        return fault_add(faults, FAULT_MODEL_NOISE, e->origin, "noise %s is joined by %s %s %s",
                         which->name->text, from->name->text, arrow(e->both), to->name->text);
    }
    if (!e->both || from->mech == MECH_NONE || to->mech == MECH_NONE) return OK;
    Status status = fault_add(faults, FAULT_MODEL_CONFOUNDED, e->origin,
                              "%s <-> %s has no joint law: both have mechanisms of their own",
                              from->name->text, to->name->text);
    if (status != FAULT) return status;
    fault_also(faults, to->mech_origin);
    return fault_hint(faults,
                      "name the common cause: latent U ~ ..., mentioned in both mechanisms");
}

static Status check_roles(const ModelBuilder *b, Faults *faults) {
    Status all = OK;
    for (uint32_t v = 0; v < b->vars.count; v++)
        if (b->vars.items[v].var->role == ROLE_VAR_NOISE && !b->vars.items[v].bad)
            MODEL_COLLECT(all, check_noise(b, v, faults));
    for (size_t i = 0; i < b->edges.count; i++)
        MODEL_COLLECT(all, check_edge_roles(b, &b->edges.items[i].edge, faults));
    return all;
}

Status model_link(ModelBuilder *b, Faults *faults) {
    Finder f = {.b = b, .faults = faults};
    Status status = link_names(&f);
    VEC_FREE(&f.found);
    if (status != OK && status != FAULT) return status;
    TRY(drop_orphans(b));
    uint32_t *mark = MEM_NEW(uint32_t, b->vars.count);
    if (!mark) return NOMEM;
    Status edges = settle_edges(b, mark, faults);
    mem_free(mark);
    if (edges != OK && edges != FAULT) return edges;
    if (edges == FAULT) status = FAULT;
    MODEL_COLLECT(status, check_roles(b, faults));
    return status;
}

// --- order ---

// The children of v are items[first[v]] .. items[first[v + 1] - 1].
typedef struct Children {
    uint32_t *first, *items;
} Children;

static Status find_children(const ModelBuilder *b, Children *c) {
    size_t n = b->vars.count;
    c->first = MEM_NEW(uint32_t, n + 2);
    c->items = MEM_NEW(uint32_t, b->edges.count);
    if (!c->first || !c->items) return NOMEM;
    uint32_t *next = c->first + 1; // next[v + 1] counts v, then next[v] is where v's row grows
    for (size_t i = 0; i < b->edges.count; i++)
        if (!b->edges.items[i].edge.both) next[b->edges.items[i].edge.from + 1]++;
    for (size_t v = 0; v < n; v++) next[v + 1] += next[v];
    for (size_t i = 0; i < b->edges.count; i++)
        if (!b->edges.items[i].edge.both)
            c->items[next[b->edges.items[i].edge.from]++] = b->edges.items[i].edge.to;
    return OK;
}

// Writes causes before effects; returns how many come before a cycle stops it. `waits` counts,
// for the others, the causes that did not come.
static size_t peel(const Children *c, size_t n, uint32_t *waits, uint32_t *order) {
    size_t count = 0;
    for (uint32_t v = 0; v < n; v++)
        for (uint32_t i = c->first[v]; i < c->first[v + 1]; i++) waits[c->items[i]]++;
    for (uint32_t v = 0; v < n; v++)
        if (!waits[v]) order[count++] = v;
    for (size_t at = 0; at < count; at++) {
        uint32_t v = order[at];
        for (uint32_t i = c->first[v]; i < c->first[v + 1]; i++)
            if (!--waits[c->items[i]]) order[count++] = c->items[i];
    }
    return count;
}

// Where a cycle was closed: a mechanism that was given now, else an edge.
static uint32_t cycle_origin(const ModelBuilder *b, const uint32_t *cause, uint32_t start) {
    uint32_t v = start;
    do {
        if (b->vars.items[v].given) return b->vars.items[v].var->mech_origin;
        v = cause[v];
    } while (v != start);
    for (size_t i = b->edges.count; i-- > 0;) {
        const DraftEdge *e = &b->edges.items[i];
        if (!e->inherited && !e->edge.both && cause[e->edge.to] == e->edge.from)
            return e->edge.origin;
    }
    return 0;
}

// Every variable that was not peeled has a cause that was not. Going from cause to cause ends
// in a cycle; `cause` and `seen` have room for n.
static Status report_cycle(const ModelBuilder *b, const uint32_t *waits, uint32_t *cause,
                           uint32_t *seen, Faults *faults) {
    uint32_t v = MODEL_NONE;
    for (size_t i = 0; i < b->edges.count; i++) {
        const ModelEdge *e = &b->edges.items[i].edge;
        if (e->both || !waits[e->from] || !waits[e->to]) continue;
        v = e->to;
        cause[v] = e->from;
    }
    while (!seen[v]) {
        seen[v] = 1;
        v = cause[v];
    }
    // The causes are known backwards; turn them round to print them forwards.
    NumberVec cycle = {0};
    Str s = {0};
    uint32_t w = v;
    do {
        if (!VEC_PUSH(&cycle, w)) s.failed = true;
        w = cause[w];
    } while (w != v && !s.failed);
    for (size_t i = 0, n = cycle.count; i < n; i++)
        cycle_add(&s, i, n, text_of(b, cycle.items[(n - i) % n]));
    str_add(&s, text_of(b, v));
    Status status = s.failed ? NOMEM
                             : fault_add(faults, FAULT_MODEL_CYCLE, cycle_origin(b, cause, v),
                                         "%s is a cycle", str_text(&s));
    VEC_FREE(&cycle);
    str_free(&s);
    return status;
}

Status model_link_order(const ModelBuilder *b, uint32_t **out, Faults *faults) {
    size_t n = b->vars.count;
    Children c = {0};
    uint32_t *order = MEM_NEW(uint32_t, n), *waits = MEM_NEW(uint32_t, n);
    uint32_t *cause = NULL, *seen = NULL;
    Status status = order && waits ? find_children(b, &c) : NOMEM;
    if (status == OK && peel(&c, n, waits, order) < n) {
        cause = MEM_NEW(uint32_t, n);
        seen = MEM_NEW(uint32_t, n);
        status = cause && seen ? report_cycle(b, waits, cause, seen, faults) : NOMEM;
    }
    if (status == OK) *out = order;
    if (status != OK) mem_free(order);
    mem_free(waits);
    mem_free(cause);
    mem_free(seen);
    mem_free(c.first);
    mem_free(c.items);
    return status;
}

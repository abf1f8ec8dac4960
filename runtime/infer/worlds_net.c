// Worlds net: making the worlds, and the copies that they need.
#include "runtime/infer/worlds_net.h"

#include <string.h>

#include "runtime/infer/ask_rename.h"
#include "runtime/infer/worlds_gumbel.h"
#include "runtime/model/cpt.h"
#include "runtime/model/dist.h"
#include "runtime/model/dist_spine.h"
#include "runtime/model/model_copies.h"
#include "runtime/model/term_order.h"

// --- nodes ----------------------------------------------------------------------------------

static Status add_node(WorldNet *net, WorldNode node, Sym key, uint32_t *number) {
    *number = (uint32_t)net->nodes.count;
    uint32_t first = model_index_find(&net->first, key);
    node.next = MODEL_NONE;
    if (first == MODEL_NONE)
        TRY(model_index_add(&net->first, key, *number));
    else
        node.next = net->nodes.items[first].next;
    if (!VEC_PUSH(&net->nodes, node)) return NOMEM;
    if (first != MODEL_NONE) net->nodes.items[first].next = *number;
    return OK;
}

static Status add_factual(WorldNet *net) {
    const Model *m = net->m;
    uint32_t number;
    for (uint32_t v = 0; v < m->nvars; v++) {
        const ModelVar *var = m->vars[v];
        WorldNode node = {
            .home = m, .var = v, .parents = var->parents, .base = v, .name = var->name};
        TRY(add_node(net, node, var->name, &number));
    }
    return OK;
}

Status worlds_net_open(const Model *m, Faults *faults, WorldNet *out) {
    *out = (WorldNet){.m = m, .faults = faults};
    TRY(add_factual(out));
    return VEC_PUSH(&out->layers, (WorldLayer){0}) ? OK : NOMEM;
}

void worlds_net_free(WorldNet *net) {
    for (size_t i = 0; i < net->layers.count; i++) {
        world_drop(net->layers.items[i].world);
        model_drop(net->layers.items[i].opened);
        model_drop(net->layers.items[i].model);
    }
    VEC_FREE(&net->layers);
    VEC_FREE(&net->nodes);
    model_index_free(&net->first);
    model_index_free(&net->taken);
    arena_free(&net->arena);
}

// --- names ----------------------------------------------------------------------------------

static void add_item(const Assign *a, Str *out) {
    if (a->source) str_printf(out, "%s -> ", a->source->text);
    str_printf(out, "%s %s ", a->target->text, a->kind == ASSIGN_DRAW ? "~" : "=");
    term_add_brief(a->value, out);
}

// "Y [X = 1]"; a number behind it where that is taken. NULL: no memory.
static Sym make_name(WorldNet *net, const char *text, const World *w) {
    for (unsigned i = 1;; i++) {
        Str s = {0};
        str_printf(&s, "%s [", text);
        for (uint32_t k = 0; w && k < w->n; k++) {
            if (k) str_add(&s, ", ");
            add_item(&w->items[k], &s);
        }
        str_add(&s, "]");
        if (i > 1) str_printf(&s, " %u", i);
        Sym name = s.failed ? NULL : intern(net->m->names, str_text(&s), s.len);
        str_free(&s);
        if (!name) return NULL;
        if (model_find(net->m, name) != MODEL_NONE) continue;
        if (model_index_find(&net->taken, name) != UINT32_MAX) continue;
        return model_index_add(&net->taken, name, 0) == OK ? name : NULL;
    }
}

// --- what is set ----------------------------------------------------------------------------

static Status report_free(const Assign *a, Faults *faults) {
    Status st = fault_add(faults, FAULT_ASK_FREE, a->origin,
                          "a question across worlds needs a value for %s", a->target->text);
    if (st != FAULT) return st;
    return fault_hint(faults, "write it, as in `%s = ...`, and ask once for each",
                      a->target->text);
}

static Status fill_item(const Model *m, const Assign *from, Faults *faults, Assign *to) {
    uint32_t v = model_find(m, from->source ? from->source : from->target);
    bool is_bool = v != MODEL_NONE && m->vars[v]->domain->kind == DOMAIN_BOOL;
    const Term *t = from->value;
    *to = *from;
    if (from->kind == ASSIGN_DRAW && t) {
        to->value = term_keep(t);
        return OK;
    }
    if (from->kind != ASSIGN_VALUE || (!t && !is_bool)) return report_free(from, faults);
    bool is_digit = t && t->op == TERM_NUMBER && (t->number == 0 || t->number == 1);
    if (!t || (is_bool && is_digit))
        to->value = term_bool(!t || t->number == 1, from->origin);
    else
        to->value = term_keep(t);
    return to->value ? OK : NOMEM;
}

Status worlds_net_fill(const Model *m, const Assign *items, uint32_t n, Faults *faults,
                       World **out) {
    Assign *filled = MEM_NEW(Assign, n);
    if (!filled) return NOMEM;
    Status st = OK;
    uint32_t done = 0;
    while (st == OK && done < n) {
        st = fill_item(m, &items[done], faults, &filled[done]);
        done += st == OK;
    }
    for (uint32_t i = 0; st != OK && i < done; i++) term_drop(filled[i].value);
    *out = st == OK ? world_new(filled, n) : NULL;
    if (st == OK && !*out) st = NOMEM;
    mem_free(filled);
    return st;
}

// --- values of other worlds -----------------------------------------------------------------

// A variable of a world's model that stands for another world's value.
typedef struct Stand {
    Sym name;
    uint32_t node;
} Stand;

typedef struct Maker {
    WorldNet *net;
    VEC(Stand) stands;
    World *action; // the world's assignments, with such variables in their values
} Maker;

static Status stand_for(Maker *k, uint32_t node, Sym *name) {
    for (size_t i = 0; i < k->stands.count; i++)
        if (k->stands.items[i].node == node) {
            *name = k->stands.items[i].name;
            return OK;
        }
    const WorldNode *n = &k->net->nodes.items[node];
    bool factual = node < k->net->m->nvars;
    *name = factual ? make_name(k->net, n->name->text, NULL) : n->name;
    return *name && VEC_PUSH(&k->stands, ((Stand){*name, node})) ? OK : NOMEM;
}

static Status rename_nested(void *user, const Term *var, Term **out) {
    Maker *k = user;
    uint32_t node = MODEL_NONE;
    Sym name = var->sym;
    if (var->world) TRY(worlds_net_find(k->net, var, &node));
    if (node != MODEL_NONE) TRY(stand_for(k, node, &name));
    *out =
        node == MODEL_NONE && !var->world ? term_keep(var) : term_var(name, NULL, var->origin);
    return *out ? OK : NOMEM;
}

static Status rename_values(Maker *k, const World *w) {
    Assign *items = MEM_NEW(Assign, w->n);
    if (!items) return NOMEM;
    Status st = OK;
    uint32_t done = 0;
    for (; st == OK && done < w->n; done++) {
        items[done] = w->items[done];
        items[done].value = NULL;
        st = ask_rename(w->items[done].value, rename_nested, k, &items[done].value);
    }
    if (st == OK) {
        k->action = world_new(items, w->n);
        if (!k->action) st = NOMEM;
    } else {
        for (uint32_t i = 0; i < done; i++) term_drop(items[i].value);
    }
    mem_free(items);
    return st;
}

static Domain *domain_of(const WorldNet *net, uint32_t node) {
    const WorldNode *n = &net->nodes.items[node];
    return n->home->vars[n->var]->domain;
}

static Status declare_stands(const Maker *k, ModelBuilder *b) {
    for (size_t i = 0; i < k->stands.count; i++) {
        VarSpec spec = {.name = k->stands.items[i].name,
                        .role = ROLE_VAR_LATENT,
                        .domain = domain_of(k->net, k->stands.items[i].node)};
        TRY(model_declare(b, &spec, k->net->faults));
    }
    return OK;
}

static Status open_model(const Maker *k, Model **out) {
    if (!k->stands.count) {
        *out = model_keep(k->net->m);
        return OK;
    }
    ModelBuilder *b = model_builder(k->net->m->names, k->net->m);
    Status st = b ? declare_stands(k, b) : NOMEM;
    if (st == OK) st = model_finish(b, NULL, out, NULL, k->net->faults);
    model_builder_free(b);
    return st;
}

// --- copies ---------------------------------------------------------------------------------

static bool sets(const World *w, Sym name) {
    for (uint32_t i = 0; i < w->n; i++)
        if (w->items[i].target == name && !w->items[i].source) return true;
    return false;
}

static bool cuts_edge(const World *w, Sym name) {
    for (uint32_t i = 0; i < w->n; i++)
        if (w->items[i].target == name && w->items[i].source) return true;
    return false;
}

// The set variable whose natural value a new variable of a world's model is, or MODEL_NONE.
static uint32_t natural_of(const Model *m, const World *w, Sym name) {
    for (uint32_t i = 0; i < w->n; i++) {
        const char *target = w->items[i].target->text;
        size_t len = strlen(target);
        if (w->items[i].source || strncmp(name->text, target, len) != 0) continue;
        if (!strncmp(name->text + len, " (natural", 9))
            return model_find(m, w->items[i].target);
    }
    return MODEL_NONE;
}

static uint32_t stood_for(const Maker *k, Sym name) {
    for (size_t i = 0; i < k->stands.count; i++)
        if (k->stands.items[i].name == name) return k->stands.items[i].node;
    return MODEL_NONE;
}

// The factual variable that a variable of a world's model is a version of, or MODEL_NONE.
static uint32_t base_of(const WorldNet *net, const World *w, Sym name) {
    uint32_t base = model_find(net->m, name);
    if (base == MODEL_NONE) return natural_of(net->m, w, name);
    return sets(w, name) ? MODEL_NONE : base;
}

// Whether a variable has all its causes from the factual world.
static bool same_causes(const WorldNet *net, const WorldLayer *l, uint32_t v) {
    const Model *m = l->model;
    const ModelVar *var = m->vars[v];
    for (uint32_t i = 0; i < var->nparents; i++)
        if (l->node[var->parents[i]] != model_find(net->m, m->vars[var->parents[i]]->name))
            return false;
    for (uint32_t e = 0; var->mech == MECH_NONE && e < m->nedges; e++)
        if (!m->edges[e].both && m->edges[e].to == v &&
            l->node[m->edges[e].from] != model_find(net->m, m->vars[m->edges[e].from]->name))
            return false;
    return true;
}

// M = M[X = 0]: the other world's variable itself, when it has the same levels.
static uint32_t alias_of(const WorldNet *net, const WorldLayer *l, uint32_t v) {
    const ModelVar *var = l->model->vars[v];
    if (var->mech != MECH_STRUCTURAL || !var->term || var->term->op != TERM_VAR ||
        var->nparents != 1)
        return MODEL_NONE;
    uint32_t node = l->node[var->parents[0]];
    uint32_t base = net->nodes.items[node].base;
    bool own = base != MODEL_NONE && net->m->vars[base]->name == var->name;
    return own && domain_equal(domain_of(net, node), var->domain) ? node : MODEL_NONE;
}

static bool same_node(const WorldNode *a, const WorldNode *b) {
    const ModelVar *x = a->home->vars[a->var], *y = b->home->vars[b->var];
    if (a->base != b->base || x->mech != y->mech || x->nparents != y->nparents) return false;
    for (uint32_t i = 0; i < x->nparents; i++)
        if (a->parents[i] != b->parents[i]) return false;
    if (a->base != MODEL_NONE) return x->mech != MECH_NONE;
    // What worlds set is the same when it is the same function of the same; draws are not.
    return x->mech == MECH_STRUCTURAL && domain_equal(x->domain, y->domain) &&
           term_equal(x->term, y->term);
}

static uint32_t find_same(const WorldNet *net, const WorldNode *node, Sym key) {
    uint32_t i = model_index_find(&net->first, key);
    for (; i != MODEL_NONE; i = net->nodes.items[i].next)
        if (i >= net->m->nvars && same_node(&net->nodes.items[i], node)) return i;
    return MODEL_NONE;
}

static Status copy_variable(WorldNet *net, uint32_t world, uint32_t v, uint32_t base) {
    const WorldLayer *l = &net->layers.items[world];
    const ModelVar *var = l->model->vars[v];
    Sym key = base == MODEL_NONE ? var->name : net->m->vars[base]->name;
    WorldNode node = {.home = l->model, .var = v, .base = base, .world = world};
    node.parents = ARENA_ARRAY(&net->arena, uint32_t, var->nparents);
    if (!node.parents) return NOMEM;
    for (uint32_t i = 0; i < var->nparents; i++) node.parents[i] = l->node[var->parents[i]];
    l->node[v] = find_same(net, &node, key);
    if (l->node[v] != MODEL_NONE) return OK;
    node.name = make_name(net, var->name->text, l->world);
    return node.name ? add_node(net, node, key, &l->node[v]) : NOMEM;
}

static Status place_variable(const Maker *k, uint32_t world, uint32_t v) {
    WorldNet *net = k->net;
    const WorldLayer *l = &net->layers.items[world];
    Sym name = l->model->vars[v]->name;
    l->node[v] = stood_for(k, name);
    if (l->node[v] != MODEL_NONE) return OK;
    uint32_t base = base_of(net, l->world, name);
    if (base != MODEL_NONE && !cuts_edge(l->world, name) && same_causes(net, l, v))
        l->node[v] = base;
    else if (base == MODEL_NONE)
        l->node[v] = alias_of(net, l, v);
    return l->node[v] == MODEL_NONE ? copy_variable(net, world, v, base) : OK;
}

// --- worlds ---------------------------------------------------------------------------------

static Status make_layer(Maker *k, World *w, uint32_t *world) {
    WorldNet *net = k->net;
    TRY(rename_values(k, w));
    WorldLayer layer = {.world = world_keep(w)};
    Status st = open_model(k, &layer.opened);
    if (st == OK)
        st = model_do(layer.opened, k->action->items, k->action->n, &layer.model, net->faults);
    if (st == OK) {
        layer.node = ARENA_ARRAY(&net->arena, uint32_t, layer.model->nvars);
        if (!layer.node) st = NOMEM;
    }
    *world = (uint32_t)net->layers.count;
    if (st == OK && !VEC_PUSH(&net->layers, layer)) st = NOMEM;
    if (st != OK) {
        world_drop(layer.world);
        model_drop(layer.opened);
        model_drop(layer.model);
        return st;
    }
    for (uint32_t i = 0; i < layer.model->nvars; i++)
        TRY(place_variable(k, *world, layer.model->order[i]));
    return OK;
}

static Status find_world(WorldNet *net, const World *asked, uint32_t *world) {
    World *w;
    TRY(worlds_net_fill(net->m, asked->items, asked->n, net->faults, &w));
    Status st = OK;
    for (*world = 1; *world < net->layers.count; ++*world)
        if (world_equal(net->layers.items[*world].world, w)) break;
    if (*world == net->layers.count) {
        Maker k = {.net = net};
        st = make_layer(&k, w, world);
        VEC_FREE(&k.stands);
        world_drop(k.action);
    }
    world_drop(w);
    return st;
}

Status worlds_net_find(WorldNet *net, const Term *var, uint32_t *node) {
    uint32_t world;
    *node = model_find(net->m, var->sym);
    if (term_is_factual(var)) return OK;
    TRY(find_world(net, var->world, &world));
    const WorldLayer *l = &net->layers.items[world];
    uint32_t v = *node == MODEL_NONE ? MODEL_NONE : model_find(l->model, var->sym);
    *node = v == MODEL_NONE ? MODEL_NONE : l->node[v];
    return OK;
}

Status worlds_net_need(WorldNet *net, uint32_t node) {
    VEC(uint32_t) stack = {0};
    bool ok = VEC_PUSH(&stack, node);
    while (ok && stack.count) {
        WorldNode *n = &net->nodes.items[stack.items[--stack.count]];
        if (n->needed) continue;
        n->needed = true;
        uint32_t nparents = n->home->vars[n->var]->nparents;
        for (uint32_t i = 0; ok && i < nparents; i++) ok = VEC_PUSH(&stack, n->parents[i]);
    }
    VEC_FREE(&stack);
    return ok ? OK : NOMEM;
}

// --- what must be known ---------------------------------------------------------------------

// Whether all that a distribution decides between are points.
static Status is_point(const Term *dist, bool *out) {
    TermOrder order = {0};
    Status st = term_order_some(dist, dist_spine, &order);
    *out = st == OK;
    for (size_t i = 0; st == OK && i < order.count; i++) {
        const Term *t = order.items[i];
        bool decides = t->op == TERM_IF || t->op == TERM_CASE || t->op == TERM_DIST;
        if (!decides || (t->op == TERM_DIST && strcmp(t->family->name, "point") != 0)) *out = false;
    }
    term_order_free(&order);
    return st;
}

// Whether every row of a mechanism is certain: then it is a function.
static Status is_certain(const ModelVar *v, bool *out) {
    *out = v->cpt || v->mech == MECH_STRUCTURAL;
    if (!v->cpt && v->mech == MECH_KERNEL) return is_point(v->term, out);
    for (size_t i = 0; v->cpt && i < v->cpt->size; i++)
        if (v->cpt->values[i] != 0 && v->cpt->values[i] != 1) *out = false;
    return OK;
}

// `node` and `other` are two needed versions of one variable.
static Status report_kernel(const WorldNet *net, uint32_t node, uint32_t other,
                            uint32_t origin) {
    const char *name = net->m->vars[net->nodes.items[node].base]->name->text;
    Status st =
        fault_add(net->faults, FAULT_ASK_COUNTERFACTUAL, origin,
                  "this compares %s with %s (rung 3), and `%s ~ ...` does not say how the two "
                  "go together",
                  net->nodes.items[node].name->text, net->nodes.items[other].name->text, name);
    if (st != FAULT) return st;
    return fault_hint(
        net->faults, "a structural equation, `%s = ...` with its noise, would settle it", name);
}

static Status report_confounded(const WorldNet *net, uint32_t var, uint32_t origin) {
    const char *name = net->m->vars[var]->name->text;
    Status st = fault_add(net->faults, FAULT_ASK_COUNTERFACTUAL, origin,
                          "this compares worlds (rung 3), and %s shares an unmeasured cause "
                          "with others",
                          name);
    if (st != FAULT) return st;
    return fault_hint(net->faults,
                      "write that cause as a latent variable that the mechanisms mention");
}

static Status report_open(const WorldNet *net, uint32_t var, uint32_t origin) {
    const char *name = net->m->vars[var]->name->text;
    Status st = fault_add(net->faults, FAULT_ASK_OPEN, origin,
                          "%s has no mechanism, and the answer depends on what it would be in "
                          "another world",
                          name);
    if (st != FAULT) return st;
    return fault_hint(net->faults, "give %s a mechanism, `%s = ...`", name, name);
}

// Marks the variables with bidirected edges; NULL when memory is exhausted.
static bool *mark_confounded(const Model *m) {
    bool *marks = MEM_NEW(bool, m->nvars);
    for (uint32_t e = 0; marks && e < m->nedges; e++)
        if (m->edges[e].both) marks[m->edges[e].from] = marks[m->edges[e].to] = true;
    return marks;
}

uint32_t worlds_net_version(const WorldNet *net, uint32_t node) {
    uint32_t base = net->nodes.items[node].base, lowest = MODEL_NONE;
    uint32_t i = model_index_find(&net->first, net->m->vars[base]->name);
    for (; i != MODEL_NONE; i = net->nodes.items[i].next)
        if (i != node && net->nodes.items[i].needed && net->nodes.items[i].base == base &&
            i < lowest)
            lowest = i;
    return lowest;
}

static Status check_nodes(const WorldNet *net, const bool *confounded, uint32_t origin) {
    for (uint32_t i = net->m->nvars; i < net->nodes.count; i++) {
        const WorldNode *n = &net->nodes.items[i];
        if (!n->needed || n->base == MODEL_NONE) continue;
        const ModelVar *v = n->home->vars[n->var];
        if (v->mech == MECH_NONE) return report_open(net, n->base, origin);
        if (confounded[n->base]) return report_confounded(net, n->base, origin);
        bool certain;
        TRY(is_certain(v, &certain));
        uint32_t other = certain || v->gumbel ? MODEL_NONE : worlds_net_version(net, i);
        if (other != MODEL_NONE) return report_kernel(net, i, other, origin);
    }
    return OK;
}

Status worlds_net_check(const WorldNet *net, uint32_t origin) {
    bool *confounded = mark_confounded(net->m);
    Status status = confounded ? check_nodes(net, confounded, origin) : NOMEM;
    mem_free(confounded);
    return status;
}

// --- the network as a model -----------------------------------------------------------------

static Status list_copies(const WorldNet *net, Arena *arena, ModelCopy *copies, uint32_t *n) {
    for (uint32_t i = net->m->nvars; i < net->nodes.count; i++) {
        const WorldNode *node = &net->nodes.items[i];
        uint32_t nparents = node->home->vars[node->var]->nparents;
        if (!node->needed) continue;
        Sym *causes = ARENA_ARRAY(arena, Sym, nparents);
        if (!causes) return NOMEM;
        for (uint32_t p = 0; p < nparents; p++)
            causes[p] = net->nodes.items[node->parents[p]].name;
        ModelCopy *copy = &copies[(*n)++];
        *copy = (ModelCopy){.name = node->name, .home = node->home, .of = node->var,
                            .causes = causes};
        if (worlds_gumbel_later(net, i)) TRY(worlds_gumbel_copy(net, i, arena, copy));
    }
    return OK;
}

Status worlds_net_model(const WorldNet *net, Model **out) {
    Arena arena = {0};
    uint32_t n = 0;
    ModelCopy *copies = ARENA_ARRAY(&arena, ModelCopy, net->nodes.count);
    Status st = copies ? list_copies(net, &arena, copies, &n) : NOMEM;
    if (st == OK) st = model_with_copies(net->m, copies, n, out, net->faults);
    for (uint32_t i = 0; i < n; i++) cpt_drop(copies[i].table);
    arena_free(&arena);
    return st;
}

// Model do: surgery on models.
//
// All assignments act at once, on the model as it was. A name in a value means the variable as
// it is in the new world, save the name of an assigned variable: that is what the variable
// would have been in the new world had it not been set. It becomes a variable of its own, "X
// (natural)", with the mechanism that X had.
#include "runtime/model/model_build.h"
#include "runtime/model/model_carry.h"
#include "runtime/model/model_done.h"
#include "runtime/model/model_var.h"

typedef struct Surgeon {
    const Model *m;
    ModelBuilder *b;
    const Assign *items;
    uint32_t n;
    ModelIndex set;    // the items that set variables and edges, by name
    Sym *edge_names;   // of items that set edges: the variable that stands on the edge
    uint32_t *natural; // of items: the number of its natural variable, or MODEL_NONE
    bool *own;         // of items: whether the value mentions its own variable
    Faults *faults;
} Surgeon;

static bool is_edge(const Assign *item) {
    return item->source != NULL;
}

// --- what may be set ---

static Status check_target(const Surgeon *s, const Assign *item, Sym name) {
    uint32_t v = model_find(s->m, name);
    if (v == MODEL_NONE) return model_build_unknown(s->b, name, "do", item->origin, s->faults);
    const ModelVar *var = s->m->vars[v];
    if (var->role == ROLE_VAR_NOISE)
        return fault_add(s->faults, FAULT_DO_NOISE, item->origin,
                         "%s is noise: it cannot be intervened on", name->text);
    return OK;
}

static bool has_edge(const Model *m, uint32_t from, uint32_t to) {
    for (uint32_t i = 0; i < m->nedges; i++)
        if (!m->edges[i].both && m->edges[i].from == from && m->edges[i].to == to) return true;
    return false;
}

static Status check_edge(Surgeon *s, uint32_t i) {
    const Assign *item = &s->items[i];
    TRY(check_target(s, item, item->target));
    if (!has_edge(s->m, model_find(s->m, item->source), model_find(s->m, item->target)))
        return fault_add(s->faults, FAULT_DO_EDGE, item->origin, "there is no edge %s -> %s",
                         item->source->text, item->target->text);
    Str name = {0};
    str_printf(&name, "%s -> %s", item->source->text, item->target->text);
    s->edge_names[i] = name.failed ? NULL : intern(s->m->names, str_text(&name), name.len);
    str_free(&name);
    return s->edge_names[i] ? OK : NOMEM;
}

static Status check_item(Surgeon *s, uint32_t i) {
    const Assign *item = &s->items[i];
    Sym name = item->target;
    if (item->kind != ASSIGN_VALUE && item->kind != ASSIGN_DRAW)
        return fault_add(s->faults, FAULT_DO_OPEN, item->origin, "do sets %s to no value",
                         name->text);
    TRY(check_target(s, item, is_edge(item) ? item->source : name));
    if (is_edge(item)) {
        TRY(check_edge(s, i));
        name = s->edge_names[i];
    }
    if (model_index_find(&s->set, name) == UINT32_MAX) return model_index_add(&s->set, name, i);
    Status status =
        fault_add(s->faults, FAULT_DO_TWICE, item->origin, "do sets %s twice", name->text);
    if (status == FAULT)
        fault_also(s->faults, s->items[model_index_find(&s->set, name)].origin);
    return status;
}

static Status check_items(Surgeon *s) {
    Status all = OK;
    for (uint32_t i = 0; i < s->n; i++) MODEL_COLLECT(all, check_item(s, i));
    return all;
}

// --- natural values ---

typedef struct Mentions {
    Surgeon *s;
    uint32_t item;
} Mentions;

static bool mention(void *user, Sym name, const Term *at) {
    Mentions *m = user;
    const Assign *item = &m->s->items[m->item];
    (void)at;
    if (name == (is_edge(item) ? item->source : item->target)) m->s->own[m->item] = true;
    uint32_t i = model_index_find(&m->s->set, name);
    if (i != UINT32_MAX) m->s->natural[i] = 0;
    return true;
}

static Status find_mentions(Surgeon *s) {
    for (uint32_t i = 0; i < s->n; i++) s->natural[i] = MODEL_NONE;
    for (uint32_t i = 0; i < s->n; i++) {
        Mentions m = {s, i};
        if (!term_variables(s->items[i].value, false, mention, &m)) return NOMEM;
    }
    return OK;
}

// Adds the variable that has the value that the target would have had.
static Status add_natural(Surgeon *s, uint32_t i, uint32_t *twin) {
    uint32_t v = model_find(s->m, s->items[i].target);
    Str text = {0};
    str_printf(&text, "%s (natural)", s->items[i].target->text);
    Sym name = text.failed ? NULL : model_build_fresh(s->b, str_text(&text));
    str_free(&text);
    ModelVar *var = name ? model_var_copy(s->b->vars.items[v].var) : NULL;
    if (!var) return NOMEM;
    var->name = name;
    var->role = ROLE_VAR_LATENT;
    var->family = NULL;
    var->nindices = 0;
    TRY(model_build_add(s->b, var, &s->natural[i]));
    DraftVar *d = &s->b->vars.items[s->natural[i]];
    d->declared = d->inherited = true;
    twin[v] = s->natural[i];
    return OK;
}

// Copies the edges into the variables that have a natural twin.
static Status copy_edges(ModelBuilder *b, const uint32_t *twin) {
    size_t count = b->edges.count;
    for (size_t i = 0; i < count; i++) {
        DraftEdge e = b->edges.items[i];
        uint32_t to = twin[e.edge.to], from = e.edge.both ? twin[e.edge.from] : MODEL_NONE;
        if (to == MODEL_NONE && from == MODEL_NONE) continue;
        if (to != MODEL_NONE) e.edge.to = to;
        if (from != MODEL_NONE) e.edge.from = from;
        if (e.edge.both && e.edge.from > e.edge.to) {
            uint32_t swap = e.edge.from;
            e.edge.from = e.edge.to;
            e.edge.to = swap;
        }
        if (!VEC_PUSH(&b->edges, e)) return NOMEM;
    }
    return OK;
}

static Status add_naturals(Surgeon *s) {
    uint32_t room = (uint32_t)s->b->vars.count;
    uint32_t *twin = MEM_NEW(uint32_t, room);
    if (!twin) return NOMEM;
    for (uint32_t v = 0; v < room; v++) twin[v] = MODEL_NONE;
    Status status = OK;
    bool any = false;
    for (uint32_t i = 0; status == OK && i < s->n; i++) {
        if (s->natural[i] == MODEL_NONE || is_edge(&s->items[i])) continue;
        status = add_natural(s, i, twin);
        any = true;
    }
    if (status == OK && any) status = copy_edges(s->b, twin);
    mem_free(twin);
    return status;
}

// The value with the names of assigned variables replaced. New reference, NULL without memory.
static Term *natural_value(const Surgeon *s, uint32_t i) {
    Term *value = term_keep(s->items[i].value);
    for (uint32_t k = 0; value && k < s->n; k++) {
        if (s->natural[k] == MODEL_NONE || is_edge(&s->items[k])) continue;
        Term *twin =
            term_var(s->b->vars.items[s->natural[k]].var->name, NULL, s->items[i].origin);
        Term *with = twin ? term_replace(value, s->items[k].target, twin) : NULL;
        term_drop(twin);
        term_drop(value);
        value = with;
    }
    return value;
}

// --- edges ---

// Lets a mechanism (NULL allowed) read the variable on the edge.
static Status read_edge(const Assign *item, Sym name, Term **term) {
    if (!*term) return OK;
    Term *read = term_var(name, NULL, item->origin);
    Term *with = read ? term_replace(*term, item->source, read) : NULL;
    term_drop(read);
    if (!with) return NOMEM;
    term_drop(*term);
    *term = with;
    return OK;
}

// Lets the target of an edge read a variable of its own, which is then set.
static Status cut_edge(Surgeon *s, uint32_t i) {
    const Assign *item = &s->items[i];
    uint32_t from = model_find(s->m, item->source), to = model_find(s->m, item->target), on;
    ModelVar *var = model_var_new(model_build_fresh(s->b, s->edge_names[i]->text));
    if (!var || !var->name) {
        model_var_free(var);
        return NOMEM;
    }
    s->edge_names[i] = var->name;
    var->role = ROLE_VAR_LATENT;
    var->domain = domain_keep(s->m->vars[from]->domain);
    TRY(model_build_add(s->b, var, &on));
    for (size_t k = 0; k < s->b->edges.count; k++) {
        ModelEdge *e = &s->b->edges.items[k].edge;
        if (!e->both && e->from == from && e->to == to) e->from = on;
    }
    ModelVar *target = s->b->vars.items[to].var;
    for (uint32_t k = 0; k < target->nparents; k++)
        if (target->parents[k] == from) target->parents[k] = on;
    TRY(read_edge(item, var->name, &target->term));
    return read_edge(item, var->name, &target->written);
}

// --- setting ---

static Status set_item(Surgeon *s, uint32_t i) {
    const Assign *item = &s->items[i];
    Sym name = is_edge(item) ? s->edge_names[i] : item->target;
    Term *value = natural_value(s, i);
    if (!value) return NOMEM;
    MechKind kind = item->kind == ASSIGN_DRAW ? MECH_KERNEL : MECH_STRUCTURAL;
    Status status = model_mechanism(s->b, name, kind, value, false, item->origin, s->faults);
    term_drop(value);
    if (status == OK) model_build_find(s->b, name)->extend = s->own[i];
    return status;
}

// What is assumed of the model stays where the intervention does not change its meaning.
static Status carry(Surgeon *s) {
    if (s->m->nassumes == 0) return OK;
    model_build_unassume(s->b);
    for (uint32_t i = 0; i < s->m->nassumes; i++) {
        bool keeps;
        TRY(model_carry(s->m, s->items, s->n, s->m->assumes[i], &keeps));
        if (keeps) TRY(model_assume(s->b, s->m->assumes[i], NULL));
    }
    return OK;
}

static Status operate(Surgeon *s, Model **out) {
    TRY(check_items(s));
    TRY(carry(s));
    TRY(find_mentions(s));
    for (uint32_t i = 0; i < s->n; i++)
        if (is_edge(&s->items[i])) TRY(cut_edge(s, i));
    TRY(add_naturals(s));
    for (uint32_t i = 0; i < s->n; i++) TRY(set_item(s, i));
    return model_finish(s->b, NULL, out, NULL, s->faults);
}

Status model_do(const Model *m, const Assign *items, uint32_t n, Model **out, Faults *faults) {
    *out = model_done_find(m, items, n);
    if (*out) return OK;
    Surgeon s = {.m = m, .items = items, .n = n, .faults = faults};
    s.b = model_builder(m->names, m);
    s.edge_names = MEM_NEW(Sym, n);
    s.natural = MEM_NEW(uint32_t, n);
    s.own = MEM_NEW(bool, n);
    bool made = s.b && s.edge_names && s.natural && s.own;
    Status status = made ? operate(&s, out) : NOMEM;
    if (status == OK) model_done_keep(m, items, n, *out);
    model_builder_free(s.b);
    model_index_free(&s.set);
    mem_free(s.edge_names);
    mem_free(s.natural);
    mem_free(s.own);
    return status;
}

// Frame: latent causes replaced by districts.
#include "runtime/bounds/frame.h"

#include <math.h>
#include <string.h>

#include "runtime/model/cpt.h"

typedef VEC(uint32_t) Numbers;

// The work on the given model; numbers are of its variables until the frame's model is made.
typedef struct Work {
    const BoundsProblem *p;
    const Model *m;
    Frame *out;
    Faults *faults;
    bool *gone, *open;
    uint32_t *stamp, now; // marks of one walk
    Domain **domains;     // borrowed
} Work;

static bool is_latent(const ModelVar *v) {
    return v->role == ROLE_VAR_LATENT || v->role == ROLE_VAR_NOISE || v->anonymous;
}

// --- what is open ---------------------------------------------------------------------------

// One pass over the edges: a variable without mechanism, or with a cause that is gone, is open;
// a latent cause of one that is open is gone.
static bool spread(Work *w) {
    const Model *m = w->m;
    bool changed = false;
    for (uint32_t e = 0; e < m->nedges; e++) {
        const ModelEdge *edge = &m->edges[e];
        if (edge->both) continue;
        uint32_t from = edge->from, to = edge->to;
        if (w->gone[from] && !w->gone[to] && !w->open[to]) w->open[to] = changed = true;
        if ((w->open[to] || w->gone[to]) && is_latent(m->vars[from]) && !w->gone[from]) {
            w->gone[from] = changed = true;
            if (m->vars[from]->mech != MECH_NONE) w->out->weakened = true;
        }
    }
    return changed;
}

static void find_open(Work *w) {
    const Model *m = w->m;
    for (uint32_t v = 0; v < m->nvars; v++) {
        bool none = m->vars[v]->mech == MECH_NONE;
        w->gone[v] = none && is_latent(m->vars[v]);
        w->open[v] = none && !w->gone[v];
    }
    while (spread(w)) {}
    for (uint32_t v = 0; v < m->nvars; v++) {
        if (w->gone[v]) w->open[v] = false;
        if (w->open[v] && m->vars[v]->mech != MECH_NONE) w->out->weakened = true;
    }
}

// --- causes and districts -------------------------------------------------------------------

// Pushes what is not gone and leads to v (or from v, when `down`) by way of what is gone.
static Status gather(Work *w, uint32_t v, bool down, Numbers *found) {
    const Model *m = w->m;
    Numbers stack = {0};
    w->stamp[v] = w->now;
    bool ok = VEC_PUSH(&stack, v);
    while (ok && stack.count) {
        uint32_t at = stack.items[--stack.count];
        for (uint32_t e = 0; ok && e < m->nedges; e++) {
            const ModelEdge *edge = &m->edges[e];
            if (edge->both || (down ? edge->from : edge->to) != at) continue;
            uint32_t next = down ? edge->to : edge->from;
            if (w->stamp[next] == w->now) continue;
            w->stamp[next] = w->now;
            ok = w->gone[next] ? VEC_PUSH(&stack, next) : VEC_PUSH(found, next);
        }
    }
    VEC_FREE(&stack);
    return ok ? OK : NOMEM;
}

static void sort(uint32_t *items, size_t n) {
    for (size_t i = 1; i < n; i++)
        for (size_t j = i; j && items[j - 1] > items[j]; j--) {
            uint32_t t = items[j];
            items[j] = items[j - 1];
            items[j - 1] = t;
        }
}

static Status keep_numbers(Arena *arena, const Numbers *from, uint32_t **to, uint32_t *n) {
    *n = (uint32_t)from->count;
    *to = ARENA_ARRAY(arena, uint32_t, from->count);
    if (!*to) return NOMEM;
    if (from->count) memcpy(*to, from->items, from->count * sizeof **to);
    return OK;
}

// What a latent cause of `a` (and of `b`, unless MODEL_NONE) reaches.
static Status add_clique(Work *w, uint32_t a, uint32_t b) {
    Numbers found = {0};
    Status st = OK;
    w->now++;
    for (int i = 0; st == OK && i < 2; i++) {
        uint32_t v = i ? b : a;
        if (v == MODEL_NONE || w->stamp[v] == w->now) continue;
        if (w->gone[v]) {
            st = gather(w, v, true, &found);
        } else {
            w->stamp[v] = w->now;
            if (!VEC_PUSH(&found, v)) st = NOMEM;
        }
    }
    FrameClique c;
    if (st == OK && found.count > 1) {
        sort(found.items, found.count);
        st = keep_numbers(&w->out->arena, &found, &c.vars, &c.n);
        if (st == OK && !VEC_PUSH(&w->out->cliques, c)) st = NOMEM;
    }
    VEC_FREE(&found);
    return st;
}

static Status find_cliques(Work *w) {
    const Model *m = w->m;
    for (uint32_t v = 0; v < m->nvars; v++)
        if (w->gone[v]) TRY(add_clique(w, v, MODEL_NONE));
    for (uint32_t e = 0; e < m->nedges; e++)
        if (m->edges[e].both) TRY(add_clique(w, m->edges[e].from, m->edges[e].to));
    return OK;
}

// --- the model ------------------------------------------------------------------------------

static Domain *find_domain(const Work *w, uint32_t v) {
    Domain *own = w->m->vars[v]->domain;
    if (own->kind != DOMAIN_SYMBOLIC) return own;
    for (uint32_t i = 0; i < w->p->nsources; i++) {
        const Model *law = w->p->sources[i].law;
        uint32_t at = model_find(law, w->m->vars[v]->name);
        if (at != MODEL_NONE && domain_finite(law->vars[at]->domain))
            return law->vars[at]->domain;
    }
    return own;
}

// A stand-in for an unknown mechanism: any table that is not certain.
static Status stand_in(Work *w, ModelBuilder *b, uint32_t v) {
    Numbers parents = {0};
    w->now++;
    Status st = gather(w, v, false, &parents);
    if (parents.count) sort(parents.items, parents.count);
    double cells = w->domains[v]->count;
    for (size_t i = 0; i < parents.count; i++) cells *= w->domains[parents.items[i]]->count;
    double *values = NULL;
    Sym *names = MEM_NEW(Sym, parents.count);
    if (st == OK && !names) st = NOMEM;
    for (size_t i = 0; st == OK && i < parents.count; i++)
        names[i] = w->m->vars[parents.items[i]]->name;
    if (st == OK && cells > 0 && cells <= (double)CPT_CELLS) {
        values = MEM_NEW(double, (size_t)cells);
        if (!values) st = NOMEM;
        for (size_t i = 0; values && i < (size_t)cells; i++)
            values[i] = 1.0 / w->domains[v]->count;
        if (st == OK)
            st = model_table(b, w->m->vars[v]->name, names, (uint32_t)parents.count, values,
                             w->m->vars[v]->origin, w->faults);
    }
    mem_free(names);
    mem_free(values);
    VEC_FREE(&parents);
    return st;
}

static Status declare_domain(Work *w, ModelBuilder *b, uint32_t v) {
    const ModelVar *var = w->m->vars[v];
    if (w->domains[v] == var->domain) return OK;
    VarSpec spec = {.name = var->name, .role = var->role, .domain = w->domains[v],
                    .origin = var->origin};
    return model_declare(b, &spec, w->faults);
}

static Status build(Work *w) {
    const Model *m = w->m;
    ModelBuilder *b = model_builder(m->names, m);
    Status st = b ? OK : NOMEM;
    for (uint32_t v = 0; st == OK && v < m->nvars; v++) st = declare_domain(w, b, v);
    for (uint32_t v = 0; st == OK && v < m->nvars; v++)
        if (w->open[v]) st = stand_in(w, b, v);
    if (st == OK) st = model_finish(b, NULL, &w->out->model, NULL, w->faults);
    model_builder_free(b);
    return st;
}

// --- variables of the model -----------------------------------------------------------------

static bool is_certain(const ModelVar *v) {
    for (size_t i = 0; v->cpt && i < v->cpt->size; i++)
        if (v->cpt->values[i] != 0 && v->cpt->values[i] != 1) return false;
    return v->cpt != NULL;
}

static Status describe(Work *w, uint32_t v) {
    Frame *f = w->out;
    const ModelVar *var = f->model->vars[v];
    uint32_t old = model_find(w->m, var->name);
    FrameVar *out = &f->vars[v];
    out->gone = old != MODEL_NONE && w->gone[old];
    out->open = old != MODEL_NONE && w->open[old];
    out->latent = is_latent(var);
    out->card = var->domain->count;
    out->parents = var->parents;
    out->nparents = var->nparents;
    out->district = v;
    if (var->cpt && out->card) out->rows = var->cpt->size / out->card;
    if (out->open || !var->cpt) return OK;
    out->certain = is_certain(var);
    out->kernel = var->cpt->values;
    return OK;
}

static uint32_t root_of(const Frame *f, uint32_t v) {
    while (f->vars[v].district != v) v = f->vars[v].district;
    return v;
}

// The smaller root becomes the root of both.
static void join(Frame *f, uint32_t a, uint32_t b) {
    a = root_of(f, a);
    b = root_of(f, b);
    if (a < b) f->vars[b].district = a;
    if (b < a) f->vars[a].district = b;
}

static void make_districts(Work *w) {
    Frame *f = w->out;
    for (size_t i = 0; i < f->cliques.count; i++) {
        FrameClique *c = &f->cliques.items[i];
        for (uint32_t k = 0; k < c->n; k++)
            c->vars[k] = model_find(f->model, w->m->vars[c->vars[k]]->name);
        sort(c->vars, c->n);
        for (uint32_t k = 1; k < c->n; k++) join(f, c->vars[0], c->vars[k]);
    }
    uint32_t n = f->model->nvars;
    for (uint32_t v = 0; v < n; v++) f->vars[v].district = root_of(f, v);
    for (uint32_t v = 0; v < n; v++) f->vars[v].single = true;
    for (uint32_t v = 0; v < n; v++)
        if (f->vars[v].district != v)
            f->vars[v].single = f->vars[f->vars[v].district].single = false;
}

// A variable alone whose law the sources may yet tell.
static Status make_kernels(Frame *f) {
    for (uint32_t v = 0; v < f->model->nvars; v++) {
        FrameVar *var = &f->vars[v];
        if (!var->single || !var->open || !var->rows) continue;
        size_t cells = var->rows * var->card;
        var->kernel = ARENA_ARRAY(&f->arena, double, cells);
        if (!var->kernel) return NOMEM;
        for (size_t i = 0; i < cells; i++) var->kernel[i] = NAN;
    }
    return OK;
}

// --- all of it ------------------------------------------------------------------------------

static Status refuse(const Model *m, Faults *faults) {
    if (m->nfactors)
        return fault_add(faults, FAULT_ASK_FACTOR_DO, m->factors[0].origin,
                         "a model with factors says what goes together, not what causes what, "
                         "and cannot answer what would have been");
    for (uint32_t v = 0; v < m->nvars; v++)
        if (m->vars[v]->role == ROLE_VAR_SELECTED)
            return fault_add(faults, FAULT_BOUNDS_FORM, m->vars[v]->origin,
                             "bounds under selection (by %s) are not known",
                             m->vars[v]->name->text);
    return OK;
}

static Status make(Work *w) {
    uint32_t n = w->m->nvars;
    Arena *arena = &w->out->arena;
    w->gone = ARENA_ARRAY(arena, bool, n);
    w->open = ARENA_ARRAY(arena, bool, n);
    w->stamp = ARENA_ARRAY(arena, uint32_t, n);
    w->domains = ARENA_ARRAY(arena, Domain *, n);
    if (!w->gone || !w->open || !w->stamp || !w->domains) return NOMEM;
    find_open(w);
    for (uint32_t v = 0; v < n; v++) w->domains[v] = find_domain(w, v);
    TRY(find_cliques(w));
    TRY(build(w));
    w->out->vars = ARENA_ARRAY(arena, FrameVar, w->out->model->nvars);
    if (!w->out->vars) return NOMEM;
    for (uint32_t v = 0; v < w->out->model->nvars; v++) TRY(describe(w, v));
    make_districts(w);
    return make_kernels(w->out);
}

Status frame_open(const BoundsProblem *p, Faults *faults, Frame *out) {
    *out = (Frame){0};
    TRY(refuse(p->model, faults));
    Work w = {.p = p, .m = p->model, .out = out, .faults = faults};
    return make(&w);
}

void frame_free(Frame *f) {
    VEC_FREE(&f->cliques);
    model_drop(f->model);
    arena_free(&f->arena);
}

bool frame_covered(const Frame *f, const uint32_t *vars, uint32_t n) {
    if (n <= 1) return true;
    for (size_t i = 0; i < f->cliques.count; i++) {
        const FrameClique *c = &f->cliques.items[i];
        uint32_t found = 0;
        for (uint32_t k = 0; k < n; k++)
            for (uint32_t j = 0; j < c->n; j++) found += c->vars[j] == vars[k];
        if (found == n) return true;
    }
    return false;
}

// The sources read, district by district.
#include "runtime/bounds/law.h"

#include <math.h>
#include <string.h>

#include "runtime/infer/ask.h"
#include "runtime/model/cpt.h"

// A variable of the joint law that is read: a member of the district or a cause of one.
typedef struct LawVar {
    uint32_t var, card;
    size_t stride; // in the joint table
    bool member;
    // Of a member, what its conditional probability depends on: positions before it, and the
    // weights of (their levels, its own level) and of their levels.
    uint32_t *given;
    uint32_t ngiven;
    double *joint, *base;
} LawVar;

typedef struct Reader {
    LawCall *c;
    const BoundsSource *source;
    Arena arena;
    uint32_t *set;  // by variable: the level it was set to, or BOUNDS_NONE
    uint32_t *part; // by variable: its district when what was set is cut, by smallest member
    bool *covered;  // by variable: some source was read for it
    const uint32_t *rank; // by variable: its place in a causal order
    LawVar *vars;   // of the district at hand, in causal order
    uint32_t nvars;
    double *table; // their joint law
    size_t ncells;
    uint32_t *level; // of each of them, during the walk
    PoolItem *items; // responses so far
} Reader;

// --- what was set ---------------------------------------------------------------------------

static uint32_t level_of(const Domain *d, const Term *t) {
    if (!t) return d->kind == DOMAIN_BOOL ? 1 : BOUNDS_NONE;
    if (t->op == TERM_NUMBER) return domain_find_number(d, t->number);
    return t->op == TERM_LEVEL ? domain_find_name(d, t->sym) : BOUNDS_NONE;
}

static Status read_set(Reader *r) {
    const Frame *f = r->c->frame;
    uint32_t n = f->model->nvars;
    for (uint32_t v = 0; v < n; v++) r->set[v] = BOUNDS_NONE;
    for (uint32_t i = 0; i < r->source->nset; i++) {
        const Assign *a = &r->source->set[i];
        uint32_t v = model_find(f->model, a->target);
        uint32_t level = v == MODEL_NONE || a->kind != ASSIGN_VALUE || a->source
                             ? BOUNDS_NONE
                             : level_of(f->model->vars[v]->domain, a->value);
        if (level == BOUNDS_NONE)
            return fault_add(r->c->faults, FAULT_IDENTIFY_SOURCE, a->origin,
                             "what a source has set must be a value of a variable of the "
                             "graph, and %s is not",
                             a->target->text);
        r->set[v] = level;
    }
    return OK;
}

// Districts without what was set.
static void cut_districts(Reader *r) {
    const Frame *f = r->c->frame;
    for (uint32_t v = 0; v < f->model->nvars; v++) r->part[v] = v;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < f->cliques.count; i++) {
            const FrameClique *c = &f->cliques.items[i];
            uint32_t least = BOUNDS_NONE;
            for (uint32_t k = 0; k < c->n; k++)
                if (r->set[c->vars[k]] == BOUNDS_NONE && r->part[c->vars[k]] < least)
                    least = r->part[c->vars[k]];
            for (uint32_t k = 0; k < c->n; k++)
                if (r->set[c->vars[k]] == BOUNDS_NONE && r->part[c->vars[k]] != least) {
                    r->part[c->vars[k]] = least;
                    changed = true;
                }
        }
    }
}

// --- the joint law --------------------------------------------------------------------------

static bool listed(const Reader *r, uint32_t var, uint32_t *position) {
    for (*position = 0; *position < r->nvars; ++*position)
        if (r->vars[*position].var == var) return true;
    return false;
}

static void list(Reader *r, uint32_t var, bool member) {
    uint32_t at;
    if (r->set[var] != BOUNDS_NONE) return;
    if (listed(r, var, &at)) {
        r->vars[at].member |= member;
        return;
    }
    at = r->nvars++;
    while (at && r->rank[r->vars[at - 1].var] > r->rank[var]) {
        r->vars[at] = r->vars[at - 1];
        at--;
    }
    r->vars[at] = (LawVar){.var = var, .card = r->c->frame->vars[var].card, .member = member};
}

// Lists the members of district `part` and their causes.
static void list_district(Reader *r, uint32_t part) {
    const Frame *f = r->c->frame;
    r->nvars = 0;
    for (uint32_t v = 0; v < f->model->nvars; v++) {
        if (r->part[v] != part || r->set[v] != BOUNDS_NONE) continue;
        list(r, v, true);
        for (uint32_t i = 0; i < f->vars[v].nparents; i++)
            list(r, f->vars[v].parents[i], false);
    }
}

// The first variable at hand that the source does not tell about, or MODEL_NONE.
static uint32_t lacking(const Reader *r) {
    const Frame *f = r->c->frame;
    for (uint32_t i = 0; i < r->nvars; i++) {
        uint32_t v = r->vars[i].var;
        if (f->vars[v].latent || !f->vars[v].card ||
            model_find(r->source->law, f->model->vars[v]->name) == MODEL_NONE)
            return v;
    }
    return MODEL_NONE;
}

static Status ask_joint(Reader *r, Term **terms, Answer *answer) {
    const Model *m = r->c->frame->model;
    for (uint32_t i = 0; i < r->nvars; i++) {
        Term *var = term_var(m->vars[r->vars[i].var]->name, NULL, 0);
        terms[i] = term_unary(TERM_FREE, var, 0);
        if (!terms[i]) return NOMEM;
    }
    Question q = {.head = ASK_P, .args = terms, .nargs = r->nvars};
    return ask(r->source->law, &q, NULL, r->c->ctl, NULL, answer, r->c->faults);
}

static Status report_levels(const Reader *r, uint32_t i) {
    const char *name = r->c->frame->model->vars[r->vars[i].var]->name->text;
    return fault_add(r->c->faults, FAULT_IDENTIFY_SOURCE, 0,
                     "%s has other values in the source than in the graph", name);
}

// Copies the answer into the table, in the levels of the frame.
static Status translate(Reader *r, const Answer *answer) {
    const Model *m = r->c->frame->model;
    uint32_t *level = ARENA_ARRAY(&r->arena, uint32_t, r->nvars);
    if (!level) return NOMEM;
    for (size_t cell = 0; cell < answer->ncells; cell++) {
        size_t at = 0;
        bool fits = true;
        for (uint32_t i = 0; i < r->nvars; i++) {
            uint32_t l = domain_translate(m->vars[r->vars[i].var]->domain,
                                          answer->axes[i].domain, level[i]);
            fits = fits && l != UINT32_MAX;
            if (l == UINT32_MAX && answer->cells[cell] > 0) return report_levels(r, i);
            if (fits) at += l * r->vars[i].stride;
        }
        if (fits) r->table[at] += answer->cells[cell];
        for (uint32_t i = r->nvars; i-- > 0 && ++level[i] == answer->axes[i].count;)
            level[i] = 0;
    }
    return OK;
}

static Status read_table(Reader *r) {
    double cells = 1;
    for (uint32_t i = r->nvars; i-- > 0;) {
        r->vars[i].stride = (size_t)cells;
        cells *= r->vars[i].card;
        if (cells > (double)CPT_CELLS) {
            r->c->too_large = cells;
            return OK;
        }
    }
    r->ncells = (size_t)cells;
    r->table = ARENA_ARRAY(&r->arena, double, r->ncells);
    Term **terms = MEM_NEW(Term *, r->nvars);
    Answer answer = {0};
    Status st = r->table && terms ? ask_joint(r, terms, &answer) : NOMEM;
    if (st == OK && answer.naxes != r->nvars)
        st = fault_add(r->c->faults, FAULT_IDENTIFY_SOURCE, 0, "the source has no joint law");
    if (st == OK) st = translate(r, &answer);
    answer_free(&answer);
    for (uint32_t i = 0; terms && i < r->nvars; i++) term_drop(terms[i]);
    mem_free(terms);
    return st;
}

// --- conditional probabilities --------------------------------------------------------------

// Marks, by position up to i, the district of the member at i among the variables up to i.
static void find_component(const Reader *r, uint32_t i, bool *in) {
    const Frame *f = r->c->frame;
    memset(in, 0, r->nvars * sizeof *in);
    in[i] = true;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t k = 0; k < f->cliques.count; k++) {
            const FrameClique *c = &f->cliques.items[k];
            uint32_t at;
            bool meets = false;
            for (uint32_t j = 0; j < c->n; j++)
                meets |= listed(r, c->vars[j], &at) && at <= i && in[at];
            for (uint32_t j = 0; meets && j < c->n; j++)
                if (listed(r, c->vars[j], &at) && at <= i && r->vars[at].member && !in[at])
                    in[at] = changed = true;
        }
    }
}

static size_t given_index(const LawVar *v, const LawVar *vars, const uint32_t *level) {
    size_t at = 0;
    for (uint32_t k = 0; k < v->ngiven; k++)
        at = at * vars[v->given[k]].card + level[v->given[k]];
    return at;
}

static Status sum_member(Reader *r, uint32_t i) {
    LawVar *v = &r->vars[i];
    size_t cells = 1;
    for (uint32_t k = 0; k < v->ngiven; k++) cells *= r->vars[v->given[k]].card;
    v->base = ARENA_ARRAY(&r->arena, double, cells);
    v->joint = ARENA_ARRAY(&r->arena, double, cells * v->card);
    if (!v->base || !v->joint) return NOMEM;
    memset(r->level, 0, r->nvars * sizeof *r->level);
    for (size_t cell = 0; cell < r->ncells; cell++) {
        size_t at = given_index(v, r->vars, r->level);
        v->base[at] += r->table[cell];
        v->joint[at * v->card + r->level[i]] += r->table[cell];
        for (uint32_t k = r->nvars; k-- > 0 && ++r->level[k] == r->vars[k].card;)
            r->level[k] = 0;
    }
    return OK;
}

// A member depends on the rest of its district so far, and on the causes of all these.
static Status condition_member(Reader *r, uint32_t i) {
    const Frame *f = r->c->frame;
    bool *in = ARENA_ARRAY(&r->arena, bool, r->nvars);
    bool *given = ARENA_ARRAY(&r->arena, bool, r->nvars);
    LawVar *v = &r->vars[i];
    v->given = ARENA_ARRAY(&r->arena, uint32_t, r->nvars);
    if (!in || !given || !v->given) return NOMEM;
    find_component(r, i, in);
    for (uint32_t k = 0; k <= i; k++) {
        if (!in[k]) continue;
        const FrameVar *var = &f->vars[r->vars[k].var];
        uint32_t at;
        given[k] = true;
        for (uint32_t j = 0; j < var->nparents; j++)
            if (listed(r, var->parents[j], &at)) given[at] = true;
    }
    for (uint32_t k = 0; k < i; k++)
        if (given[k]) v->given[v->ngiven++] = k;
    return sum_member(r, i);
}

// --- the law of the district ----------------------------------------------------------------

static uint32_t row_of(const Reader *r, uint32_t i) {
    const Frame *f = r->c->frame;
    const FrameVar *var = &f->vars[r->vars[i].var];
    size_t row = 0;
    for (uint32_t k = 0; k < var->nparents; k++) {
        uint32_t parent = var->parents[k], at;
        uint32_t level = listed(r, parent, &at) ? r->level[at] : r->set[parent];
        row = row * f->vars[parent].card + level;
    }
    return (uint32_t)row;
}

static Status tell(Reader *r, uint32_t n, double p) {
    Pool *pool = r->c->pool;
    uint32_t event;
    if (!n) return OK;
    uint32_t cell = r->items[0].cell, var = pool_cell_var(pool, cell);
    const FrameVar *v = &r->c->frame->vars[var];
    if (v->single) {
        double *kernel = &v->kernel[(size_t)pool_cell_row(pool, cell) * v->card];
        if (isnan(kernel[r->items[0].level])) kernel[r->items[0].level] = p;
        if (fabs(kernel[r->items[0].level] - p) > 1e-9) pool->contradicted = true;
        return OK;
    }
    PoolItem *items = MEM_NEW(PoolItem, n);
    if (!items) return NOMEM;
    memcpy(items, r->items, n * sizeof *items);
    Status st = pool_event(pool, items, n, &event);
    mem_free(items);
    return st == OK ? pool_fact(pool, event, p) : st;
}

// From position i on, where n members so far have joint probability p. What happens after an
// event of probability zero, or behind causes that never occur so, the source does not tell.
static Status walk(Reader *r, uint32_t i, uint32_t n, double p) {
    if (p == 0 || i == r->nvars) return tell(r, n, p);
    const LawVar *v = &r->vars[i];
    if (ctl_cancelled(r->c->ctl)) return CANCELLED;
    if (!v->member) {
        for (r->level[i] = 0; r->level[i] < v->card; r->level[i]++) TRY(walk(r, i + 1, n, p));
        return OK;
    }
    size_t at = given_index(v, r->vars, r->level);
    if (!(v->base[at] > 0)) return tell(r, n, p);
    uint32_t cell;
    TRY(pool_cell(r->c->pool, v->var, row_of(r, i), &cell));
    for (uint32_t l = 0; l < v->card; l++) {
        r->level[i] = l;
        r->items[n] = (PoolItem){cell, l};
        TRY(walk(r, i + 1, n + 1, p * (v->joint[at * v->card + l] / v->base[at])));
    }
    return OK;
}

static Status read_district(Reader *r, uint32_t part) {
    list_district(r, part);
    if (lacking(r) != MODEL_NONE) {
        r->c->partial = true;
        return OK;
    }
    TRY(read_table(r));
    if (r->c->too_large > 0) return OK;
    r->level = ARENA_ARRAY(&r->arena, uint32_t, r->nvars);
    r->items = ARENA_ARRAY(&r->arena, PoolItem, r->nvars);
    if (!r->level || !r->items) return NOMEM;
    for (uint32_t i = 0; i < r->nvars; i++)
        if (r->vars[i].member) TRY(condition_member(r, i));
    memset(r->level, 0, r->nvars * sizeof *r->level);
    TRY(walk(r, 0, 0, 1));
    for (uint32_t i = 0; i < r->nvars; i++)
        if (r->vars[i].member) r->covered[r->vars[i].var] = true;
    return OK;
}

// --- all of it ------------------------------------------------------------------------------

// Whether a source has something to say of a variable beyond its mechanism.
static bool unsettled(const Reader *r, uint32_t v) {
    const FrameVar *var = &r->c->frame->vars[v];
    return r->c->relevant[v] && !var->gone && (var->open || !var->single);
}

static Status read_source(Reader *r) {
    uint32_t n = r->c->frame->model->nvars;
    TRY(read_set(r));
    cut_districts(r);
    for (uint32_t v = 0; v < n && r->c->too_large == 0; v++)
        if (r->part[v] == v && r->set[v] == BOUNDS_NONE && unsettled(r, v))
            TRY(read_district(r, v));
    for (uint32_t v = 0; v < n; v++)
        if (r->set[v] != BOUNDS_NONE) r->covered[v] = true;
    return OK;
}

static Status report_lacking(Reader *r, uint32_t v) {
    list_district(r, r->part[v]);
    uint32_t lacks = lacking(r);
    if (lacks == MODEL_NONE) lacks = v;
    return fault_add(r->c->faults, FAULT_IDENTIFY_SOURCE, 0,
                     "the source does not tell about %s, which the answer depends on",
                     r->c->frame->model->vars[lacks]->name->text);
}

static Status read_all(Reader *r) {
    const Model *m = r->c->frame->model;
    uint32_t n = m->nvars;
    uint32_t *rank = ARENA_ARRAY(&r->arena, uint32_t, n);
    r->set = ARENA_ARRAY(&r->arena, uint32_t, n);
    r->part = ARENA_ARRAY(&r->arena, uint32_t, n);
    r->covered = ARENA_ARRAY(&r->arena, bool, n);
    r->vars = ARENA_ARRAY(&r->arena, LawVar, n);
    if (!rank || !r->set || !r->part || !r->covered || !r->vars) return NOMEM;
    for (uint32_t i = 0; i < n; i++) rank[m->order[i]] = i;
    r->rank = rank;
    for (uint32_t i = 0; i < r->c->p->nsources && r->c->too_large == 0; i++) {
        r->source = &r->c->p->sources[i];
        TRY(read_source(r));
    }
    for (uint32_t v = 0; r->source && r->c->too_large == 0 && v < n; v++)
        if (unsettled(r, v) && r->c->frame->vars[v].open && !r->covered[v])
            return report_lacking(r, v);
    return OK;
}

Status law_read(LawCall *c) {
    Reader r = {.c = c};
    Status st = read_all(&r);
    arena_free(&r.arena);
    return st;
}

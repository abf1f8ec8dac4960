// Trial: an estimand put to the test on a random model of its graph.
#include "runtime/estimate/trial.h"

#include "runtime/base/rng.h"

// Rows of the largest table of a trial model, and the smallest weight of a level.
#define TRIAL_ROWS 4096
#define TRIAL_LEAST 0.1

typedef struct Maker {
    const Model *m;
    ModelBuilder *b;
    Rng rng;
    Domain *coin;
    Sym *hidden; // the latent variable of each <->, by edge number; else NULL
    Faults *faults;
    bool too_large;
} Maker;

static const Domain *domain_of(const Maker *k, uint32_t var) {
    const Domain *d = k->m->vars[var]->domain;
    return domain_finite(d) ? d : k->coin;
}

static Status declare(Maker *k) {
    for (uint32_t i = 0; i < k->m->nvars; i++) {
        const ModelVar *v = k->m->vars[i];
        VarSpec spec = {.name = v->name, .role = v->role == ROLE_VAR_LATENT ? v->role : ROLE_VAR_PLAIN,
                        .domain = (Domain *)domain_of(k, i)};
        TRY(model_declare(k->b, &spec, k->faults));
    }
    return OK;
}

// A name that no variable of a program can have.
static Sym hidden_name(Maker *k, uint32_t edge) {
    Str s = {0};
    str_printf(&s, "<-> %u", edge);
    Sym name = s.failed ? NULL : intern(k->m->names, str_text(&s), s.len);
    str_free(&s);
    return name;
}

static Status declare_hidden(Maker *k) {
    static const double even[] = {0.5, 0.5};
    for (uint32_t e = 0; e < k->m->nedges; e++) {
        if (!k->m->edges[e].both) continue;
        k->hidden[e] = hidden_name(k, e);
        if (!k->hidden[e]) return NOMEM;
        VarSpec spec = {.name = k->hidden[e], .role = ROLE_VAR_LATENT, .domain = k->coin};
        TRY(model_declare(k->b, &spec, k->faults));
        TRY(model_table(k->b, k->hidden[e], NULL, 0, even, 0, k->faults));
    }
    return OK;
}

// The causes of a variable in the random model, and the rows of its table.
static Status causes_of(Maker *k, uint32_t var, Sym **out, uint32_t *n, size_t *rows) {
    Sym *names = MEM_NEW(Sym, k->m->nedges);
    if (!names) return NOMEM;
    *n = 0;
    *rows = 1;
    for (uint32_t e = 0; e < k->m->nedges && *rows <= TRIAL_ROWS; e++) {
        const ModelEdge *edge = &k->m->edges[e];
        bool end = edge->to == var || (edge->both && edge->from == var);
        if (!end) continue;
        names[(*n)++] = edge->both ? k->hidden[e] : k->m->vars[edge->from]->name;
        *rows *= edge->both ? 2 : domain_of(k, edge->from)->count;
    }
    *out = names;
    return OK;
}

static void random_row(Maker *k, double *p, uint32_t count) {
    double sum = 0;
    for (uint32_t i = 0; i < count; i++) sum += p[i] = TRIAL_LEAST + rng_unit(&k->rng);
    for (uint32_t i = 0; i < count; i++) p[i] /= sum;
}

static Status give_table(Maker *k, uint32_t var) {
    Sym *causes = NULL;
    uint32_t n, count = domain_of(k, var)->count;
    size_t rows;
    TRY(causes_of(k, var, &causes, &n, &rows));
    k->too_large = k->too_large || rows > TRIAL_ROWS;
    double *values = k->too_large ? NULL : MEM_NEW(double, rows * count);
    Status status = values || k->too_large ? OK : NOMEM;
    if (values) {
        for (size_t r = 0; r < rows; r++) random_row(k, values + r * count, count);
        status = model_table(k->b, k->m->vars[var]->name, causes, n, values, 0, k->faults);
    }
    mem_free(values);
    mem_free(causes);
    return status;
}

static Status make(Maker *k, Model **out) {
    TRY(declare(k));
    TRY(declare_hidden(k));
    for (uint32_t i = 0; i < k->m->nvars && !k->too_large; i++) TRY(give_table(k, i));
    return k->too_large ? OK : model_finish(k->b, NULL, out, NULL, k->faults);
}

// --- the question ---------------------------------------------------------------------------

typedef struct Asking {
    Term **args;
    Cond *conds;
    Assign *sets;
    uint32_t nargs, nconds, nsets;
} Asking;

static void asking_free(Asking *a) {
    for (uint32_t i = 0; i < a->nargs; i++) term_drop(a->args[i]);
    for (uint32_t i = 0; i < a->nconds; i++) term_drop(a->conds[i].term);
    for (uint32_t i = 0; i < a->nsets; i++) term_drop(a->sets[i].value);
    mem_free(a->args);
    mem_free(a->conds);
    mem_free(a->sets);
}

static Term *last_level(const Domain *d) {
    uint32_t i = d->count - 1;
    if (d->kind == DOMAIN_BOOL) return term_bool(true, 0);
    return d->numeric ? term_number(domain_number(d, i), 0) : term_level(d->levels[i].name, 0);
}

static Term *at_last(const Model *trial, Sym name) {
    const ModelVar *v = trial->vars[model_find(trial, name)];
    return term_binary(TERM_EQ, term_var(name, NULL, 0), last_level(v->domain), 0);
}

static Status ask_for(const Model *m, const Identification *id, const Model *trial, Asking *a) {
    size_t n = id->graph->n;
    *a = (Asking){.args = MEM_NEW(Term *, n), .conds = MEM_NEW(Cond, n + 1),
                  .sets = MEM_NEW(Assign, n)};
    if (!a->args || !a->conds || !a->sets) return NOMEM;
    for (size_t v = 0; v < n; v++) {
        Sym name = m->vars[id->vertex[v]]->name;
        const Domain *d = trial->vars[model_find(trial, name)]->domain;
        if (bits_has(id->y, v) && !(a->args[a->nargs++] = at_last(trial, name))) return NOMEM;
        if (bits_has(id->given, v)) {
            Cond seen = {.kind = COND_EVENT, .term = at_last(trial, name)};
            if (!seen.term) return NOMEM;
            a->conds[a->nconds++] = seen;
        }
        if (bits_has(id->x, v)) {
            Assign set = {.kind = ASSIGN_VALUE, .target = name, .value = last_level(d)};
            if (!set.value) return NOMEM;
            a->sets[a->nsets++] = set;
        }
    }
    a->conds[a->nconds++] = (Cond){.kind = COND_DO, .items = a->sets, .n = a->nsets};
    return OK;
}

static Status compare(const Model *m, Identification *id, const Model *trial,
                      const Ctl *ctl, Trial *out, Faults *faults) {
    Asking a = {0};
    Answer truth = {0}, answer = {0};
    Status status = ask_for(m, id, trial, &a);
    Question q = {.head = ASK_P, .args = a.args, .nargs = a.nargs, .conds = a.conds,
                  .nconds = a.nconds};
    if (status == OK) status = ask(trial, &q, NULL, ctl, NULL, &truth, faults);
    if (status == OK) status = identified_answer(m, id, trial, &q, ctl, &answer, faults);
    out->done = status == OK;
    out->surgery = truth.value;
    out->estimand = answer.value;
    answer_free(&truth);
    answer_free(&answer);
    asking_free(&a);
    return status;
}

Status trial_run(const Model *m, Identification *id, uint64_t seed, const Ctl *ctl,
                 Trial *out, Faults *faults) {
    Maker k = {.m = m, .b = model_builder(m->names, NULL), .coin = domain_new(DOMAIN_BOOL),
               .hidden = MEM_NEW(Sym, m->nedges), .faults = faults};
    Model *trial = NULL;
    *out = (Trial){0};
    rng_seed(&k.rng, seed, 0);
    Status status = k.b && k.coin && k.hidden ? make(&k, &trial) : NOMEM;
    if (status == OK && trial) status = compare(m, id, trial, ctl, out, faults);
    model_drop(trial);
    model_builder_free(k.b);
    domain_drop(k.coin);
    mem_free(k.hidden);
    return status;
}

// marginals: the distribution of every remaining variable, in one pass.
#include <math.h>

#include "runtime/infer/ask_draws.h"
#include "runtime/infer/ask_head.h"
#include "runtime/infer/ask_net.h"

typedef struct Listing {
    AskScene *s;
    const AskNet *net;
    const Sym *set;
    uint32_t nset;
    Answer *out;
    double **cells; // per net variable: where its distribution goes, or NULL
} Listing;

// Listed is what remains: neither observed, nor set, nor an unnamed noise term.
static bool listed(const Listing *l, const ModelVar *v, uint32_t *number) {
    if (v->anonymous) return false;
    for (uint32_t i = 0; i < l->nset; i++)
        if (l->set[i] == v->name) return false;
    uint32_t var = model_find(l->s->model, v->name);
    if (var == MODEL_NONE) return false;
    *number = l->s->number[var];
    return !l->net->observed[*number];
}

// A variable's values after surgery, which may have changed them.
static const Domain *domain_after(const Listing *l, const ModelVar *v) {
    return l->s->model->vars[model_find(l->s->model, v->name)]->domain;
}

static Status shape(Listing *l, const Model *original) {
    Answer *out = l->out;
    uint32_t number;
    size_t cells = 0, n = 0;
    for (uint32_t v = 0; v < original->nvars; v++)
        if (listed(l, original->vars[v], &number)) {
            n++;
            cells += domain_after(l, original->vars[v])->count;
        }
    out->kind = ANSWER_MARGINALS;
    out->axes = MEM_NEW(AnswerAxis, n);
    out->cells = MEM_NEW(double, cells);
    out->ncells = cells;
    return out->axes && out->cells ? OK : NOMEM;
}

static void fill_axes(Listing *l, const Model *original) {
    Answer *out = l->out;
    uint32_t number;
    double *at = out->cells;
    for (uint32_t i = 0; i < original->nvars; i++) {
        const ModelVar *v = original->vars[i];
        if (!listed(l, v, &number)) continue;
        const Domain *d = domain_after(l, v);
        out->axes[out->naxes++] =
            (AnswerAxis){.name = v->name, .domain = domain_keep(d), .count = d->count};
        l->cells[number] = at;
        at += d->count;
    }
}

// One joint for each variable, when an engine was chosen that knows nothing else.
static Status one_by_one(Listing *l) {
    AskScene *s = l->s;
    double log_z;
    TRY(ask_net_log_weight(s, &log_z));
    s->impossible = isinf(log_z);
    for (uint32_t i = 0; i < l->net->net.nvars && !s->impossible; i++) {
        if (!l->cells[i]) continue;
        NetTable table;
        double total = 0;
        TRY(ask_net_joint(s, NULL, &l->net->vars[i], 1, &table));
        for (size_t k = 0; k < table.size; k++) total += table.values[k];
        for (size_t k = 0; k < table.size; k++) l->cells[i][k] = table.values[k] / total;
        net_table_free(&table);
    }
    return OK;
}

// By draws; once more without each batch, for the errors.
static Status drawn(Listing *l) {
    AskScene *s = l->s;
    Answer *out = l->out;
    AskDraws *d = s->call->draws;
    double log_z;
    ask_draws_clear(d);
    TRY(ask_draws_marginals(s, l->net, l->cells, &log_z));
    TRY(ask_draws_make(s));
    TRY(ask_draws_marginals(s, l->net, l->cells, &log_z));
    s->impossible = log_z == -INFINITY;
    if (s->impossible || !d->sampled) return OK;
    uint32_t n = l->net->net.nvars;
    double *one = ARENA_ARRAY(&s->arena, double, out->ncells);
    double **cells = ARENA_ARRAY(&s->arena, double *, n);
    double *mean = ARENA_ARRAY(&s->arena, double, out->ncells);
    out->se = MEM_NEW(double, out->ncells);
    if (!one || !cells || !mean || !out->se) return NOMEM;
    for (uint32_t v = 0; v < n; v++)
        if (l->cells[v]) cells[v] = one + (l->cells[v] - out->cells);
    for (size_t b = 0; b < REAL_BATCHES; b++) {
        ask_draws_replay(d, b);
        TRY(ask_draws_marginals(s, l->net, cells, &log_z));
        for (size_t i = 0; i < out->ncells; i++) {
            double apart = one[i] - out->cells[i];
            mean[i] += apart / REAL_BATCHES;
            out->se[i] += apart * apart;
        }
    }
    for (size_t i = 0; i < out->ncells; i++) {
        double square = out->se[i] / REAL_BATCHES - mean[i] * mean[i];
        out->se[i] = sqrt(fmax(square, 0) * (REAL_BATCHES - 1));
    }
    return OK;
}

static Status run(Listing *l, const Model *original) {
    AskScene *s = l->s;
    l->cells = ARENA_ARRAY(&s->arena, double *, l->net->net.nvars);
    if (!l->cells) return NOMEM;
    TRY(shape(l, original));
    fill_axes(l, original);
    if (l->net->zero) {
        s->impossible = true;
        return OK;
    }
    if (s->call->draws) return drawn(l);
    const Engine *engine = s->call->engine;
    if (engine && engine != &engine_eliminate) return one_by_one(l);
    double log_z;
    TRY(derivation_add(s->call->d, "method", "exact, all variables in one pass"));
    TRY(net_marginals(&l->net->net, l->net->evidence, s->call->ctl, s->call->d, l->cells,
                      &log_z, s->call->faults));
    s->call->d = NULL;
    s->impossible = isinf(log_z);
    return OK;
}

Status ask_marginals(AskScene *s, const Model *original, const Sym *set, uint32_t nset,
                     Answer *out) {
    AskNet net;
    TRY(ask_net_build(s, NULL, NULL, 0, true, &net));
    Listing l = {.s = s, .net = &net, .set = set, .nset = nset, .out = out};
    Status st = run(&l, original);
    ask_net_free(&net);
    return st;
}

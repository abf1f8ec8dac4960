// From scene to network: what matters, its tables, and the evidence.
#include "runtime/infer/ask_net.h"

#include <math.h>
#include <string.h>

#include "runtime/infer/ask_draws.h"
#include "runtime/infer/plans.h"

typedef struct Builder {
    AskScene *s;
    const AskFactors *events;
    AskNet *net;
    AskVars found; // model variables that matter, in order of discovery
    NetFactor *factors;
    uint32_t nfactors;
    Word *weighed;    // model variables in factors of the model
    double **weights; // per net variable: the product of its one-variable factors, or NULL
    bool printed;     // tables as a file printed them
} Builder;

static bool visit(AskScene *s, AskVars *found, uint32_t var) {
    if (s->stamp[var] == s->now) return true;
    s->stamp[var] = s->now;
    s->number[var] = (uint32_t)found->count;
    return VEC_PUSH(found, var);
}

static bool visit_factors(AskScene *s, const AskFactors *list, AskVars *found) {
    for (size_t i = 0; list && i < list->count; i++) {
        const AskFactor *f = &list->items[i];
        for (uint32_t j = 0; !f->off && j < f->nvars; j++)
            if (!visit(s, found, f->vars[j])) return false;
    }
    return true;
}

static bool visit_ancestors(AskScene *s, AskVars *found) {
    for (size_t i = 0; i < found->count; i++) {
        const ModelVar *v = s->model->vars[found->items[i]];
        for (uint32_t p = 0; p < v->nparents; p++)
            if (!visit(s, found, v->parents[p])) return false;
    }
    return true;
}

Status ask_net_relevant(AskScene *s, const AskFactors *events, const uint32_t *query,
                        uint32_t nquery, bool all, AskVars *found) {
    const Model *m = s->model;
    s->now++;
    bool ok = true;
    for (uint32_t i = 0; ok && i < nquery; i++) ok = visit(s, found, query[i]);
    ok = ok && visit_factors(s, &s->conds, found) && visit_factors(s, events, found);
    for (uint32_t f = 0; ok && f < m->nfactors; f++)
        for (uint32_t j = 0; ok && j < m->factors[f].nvars; j++)
            ok = visit(s, found, m->factors[f].vars[j]);
    for (uint32_t v = 0; ok && all && v < m->nvars; v++) ok = visit(s, found, v);
    return ok && visit_ancestors(s, found) ? OK : NOMEM;
}

// The model variables that factors of the model mention.
static Word *mark_weighed(const Model *m, Arena *arena) {
    Word *out = ARENA_ARRAY(arena, Word, bits_words(m->nvars));
    for (uint32_t f = 0; out && f < m->nfactors; f++)
        for (uint32_t i = 0; i < m->factors[f].nvars; i++) bits_add(out, m->factors[f].vars[i]);
    return out;
}

static const uint32_t *renumber(Builder *b, const uint32_t *vars, uint32_t nvars,
                                uint32_t last) {
    uint32_t *out = ARENA_ARRAY(&b->net->arena, uint32_t, nvars + 1);
    if (!out) return NULL;
    for (uint32_t i = 0; i < nvars; i++) out[i] = b->s->number[vars[i]];
    if (last != MODEL_NONE) out[nvars] = b->s->number[last];
    return out;
}

static NetFactor *add_factor(Builder *b, uint32_t nvars, const uint32_t *vars,
                             const double *values) {
    NetFactor *f = &b->factors[b->nfactors++];
    *f = net_factor(nvars, vars, values, NET_NONE);
    return f;
}

// An open variable on whose law nothing depends: any law will do, and this one is positive. It
// sums to 1, so that weights with the variable and without it can be compared.
static Status add_uniform(Builder *b, uint32_t var) {
    uint32_t card = ask_card(b->s->model, var);
    double *values = ARENA_ARRAY(&b->net->arena, double, card);
    const uint32_t *vars = renumber(b, &var, 1, MODEL_NONE);
    if (!values || !vars) return NOMEM;
    for (uint32_t l = 0; l < card; l++) values[l] = 1.0 / card;
    add_factor(b, 1, vars, values)->child = vars[0];
    return OK;
}

// The one level that a variable without causes can have, as when it was set; else NET_NONE.
static uint32_t certain_level(const ModelVar *v) {
    uint32_t card = v->domain->count, level = NET_NONE;
    if (v->nparents || v->printed) return NET_NONE;
    for (uint32_t l = 0; l < card; l++) {
        if (v->cpt->values[l] == 0) continue;
        if (level != NET_NONE || v->cpt->values[l] != 1) return NET_NONE;
        level = l;
    }
    return level;
}

// Whether the rows of a table sum to 1. The table remembers, which all that surgery makes of
// the model share.
static NetSums sums_of(Cpt *table, uint32_t card) {
    if (!table->sums) {
        const uint32_t cards[] = {(uint32_t)(table->size / card), card}, vars[] = {0, 1};
        bool one = net_is_conditional(cards, 2, vars, table->values, 1);
        table->sums = one ? NET_SUMS_ONE : NET_SUMS_OTHER;
    }
    return (NetSums)table->sums;
}

static Status add_mechanism(Builder *b, uint32_t var) {
    const Model *m = b->s->model;
    const ModelVar *v = m->vars[var];
    if (v->mech == MECH_NONE) return bits_has(b->weighed, var) ? OK : add_uniform(b, var);
    b->net->evidence[b->s->number[var]] = certain_level(v);
    if (b->net->evidence[b->s->number[var]] != NET_NONE) return OK;
    const uint32_t *vars = renumber(b, v->parents, v->nparents, var);
    if (!vars) return NOMEM;
    // Rows as printed do not quite sum to 1, so that such a variable is never barren.
    bool printed = b->printed && v->printed;
    const double *values = printed ? v->printed->values : v->cpt->values;
    NetFactor *f = add_factor(b, v->nparents + 1, vars, values);
    if (printed) return OK;
    f->child = vars[v->nparents];
    f->sums = sums_of(v->cpt, v->domain->count);
    return OK;
}

static Status add_weight(Builder *b, const AskFactor *f) {
    uint32_t card = ask_card(b->s->model, f->vars[0]);
    double **weight = &b->weights[b->s->number[f->vars[0]]];
    if (!*weight) {
        *weight = ARENA_ARRAY(&b->net->arena, double, card);
        if (!*weight) return NOMEM;
        for (uint32_t l = 0; l < card; l++) (*weight)[l] = 1;
    }
    for (uint32_t l = 0; l < card; l++) (*weight)[l] *= f->values[l];
    return OK;
}

static Status add_constant(Builder *b, double value) {
    double *values = ARENA_NEW(&b->net->arena, double);
    if (!values) return NOMEM;
    *values = value;
    add_factor(b, 0, NULL, values);
    return OK;
}

static Status add_condition(Builder *b, const AskFactor *f) {
    if (f->nvars == 1) return add_weight(b, f);
    if (f->nvars == 0) {
        b->net->zero |= f->values[0] == 0;
        return f->values[0] == 1 ? OK : add_constant(b, f->values[0]);
    }
    const uint32_t *vars = renumber(b, f->vars, f->nvars, MODEL_NONE);
    if (!vars) return NOMEM;
    add_factor(b, f->nvars, vars, f->values);
    return OK;
}

static Status add_conditions(Builder *b, const AskFactors *list) {
    for (size_t i = 0; list && i < list->count; i++)
        if (!list->items[i].off) TRY(add_condition(b, &list->items[i]));
    return OK;
}

// Weights with a single level left are evidence; weights that are all 1 say nothing.
static Status settle_weight(Builder *b, uint32_t number) {
    const double *weight = b->weights[number];
    if (!weight) return OK;
    uint32_t card = b->net->net.cards[number], positive = 0, at = 0;
    uint32_t *level = &b->net->evidence[number];
    bool ones = true;
    for (uint32_t l = 0; l < card; l++) {
        if (weight[l] > 0) positive++, at = l;
        ones = ones && weight[l] == 1;
    }
    b->net->observed[number] = positive == 1;
    if (positive == 0 || (*level != NET_NONE && weight[*level] == 0)) b->net->zero = true;
    if (positive == 1) *level = at;
    if (ones || (*level != NET_NONE && weight[*level] == 1)) return OK;
    const uint32_t *vars = renumber(b, &b->net->vars[number], 1, MODEL_NONE);
    if (!vars) return NOMEM;
    add_factor(b, 1, vars, weight);
    return OK;
}

static Status add_model_factors(Builder *b) {
    const Model *m = b->s->model;
    for (uint32_t i = 0; i < m->nfactors; i++) {
        const ModelFactor *f = &m->factors[i];
        const uint32_t *vars = renumber(b, f->vars, f->nvars, MODEL_NONE);
        if (!vars) return NOMEM;
        add_factor(b, f->nvars, vars, f->table->values);
    }
    return OK;
}

static Status allocate(Builder *b) {
    Arena *arena = &b->net->arena;
    size_t n = b->found.count;
    size_t most =
        2 * n + b->s->conds.count + (b->events ? b->events->count : 0) + b->s->model->nfactors;
    b->net->vars = ARENA_ARRAY(arena, uint32_t, n);
    b->net->evidence = ARENA_ARRAY(arena, uint32_t, n);
    b->net->observed = ARENA_ARRAY(arena, bool, n);
    b->weighed = mark_weighed(b->s->model, arena);
    b->weights = ARENA_ARRAY(arena, double *, n);
    b->factors = ARENA_ARRAY(arena, NetFactor, most);
    return b->net->vars && b->net->evidence && b->net->observed && b->weighed && b->weights &&
                   b->factors
               ? OK
               : NOMEM;
}

static Status number_variables(Builder *b) {
    uint32_t n = (uint32_t)b->found.count;
    uint32_t *cards = ARENA_ARRAY(&b->net->arena, uint32_t, n);
    const char **names = ARENA_ARRAY(&b->net->arena, const char *, n);
    if (!cards || !names) return NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t var = b->found.items[i];
        b->net->vars[i] = var;
        b->net->evidence[i] = NET_NONE;
        cards[i] = ask_card(b->s->model, var);
        names[i] = b->s->model->vars[var]->name->text;
    }
    b->net->net = (Net){.nvars = n, .cards = cards, .names = names};
    return OK;
}

static Status build(Builder *b, const uint32_t *query, uint32_t nquery, bool all) {
    AskScene *s = b->s;
    TRY(ask_net_relevant(s, b->events, query, nquery, all, &b->found));
    TRY(allocate(b));
    TRY(number_variables(b));
    for (size_t i = 0; i < b->found.count; i++) TRY(add_mechanism(b, b->found.items[i]));
    TRY(add_model_factors(b));
    TRY(add_conditions(b, &s->conds));
    TRY(add_conditions(b, b->events));
    for (uint32_t i = 0; i < b->net->net.nvars; i++) TRY(settle_weight(b, i));
    b->net->net.plans = plans_of(s->model);
    b->net->net.factors = b->factors;
    b->net->net.nfactors = b->nfactors;
    return OK;
}

bool ask_net_printed(const AskScene *s) {
    if (s->q->head != ASK_LOGP) return false;
    for (uint32_t i = 0; i < s->model->nvars; i++)
        if (s->model->vars[i]->printed) return true;
    return false;
}

Status ask_net_build(AskScene *s, const AskFactors *events, const uint32_t *query,
                     uint32_t nquery, bool all, AskNet *out) {
    *out = (AskNet){0};
    bool printed = s->q->head == ASK_MARGINALS || ask_net_printed(s);
    Builder b = {.s = s, .events = events, .net = out, .printed = printed};
    Status st = build(&b, query, nquery, all || ask_net_printed(s));
    VEC_FREE(&b.found);
    if (st != OK) ask_net_free(out);
    return st;
}

void ask_net_free(AskNet *n) {
    arena_free(&n->arena);
}

static Status zero_table(AskScene *s, const uint32_t *query, uint32_t nquery, NetTable *out) {
    double cells = ask_cells(s->model, query, nquery);
    TRY(ask_room(s->call, cells, NULL, s->q->origin));
    *out = (NetTable){.nvars = nquery, .size = (size_t)cells};
    out->values = MEM_NEW(double, out->size);
    out->vars = MEM_NEW(uint32_t, nquery);
    if (out->values && out->vars) return OK;
    net_table_free(out);
    return NOMEM;
}

static Status describe_pruning(AskScene *s, const AskNet *net) {
    Derivation *d = s->call->d;
    uint32_t barren = 0, first[3];
    for (uint32_t v = 0; d && v < s->model->nvars; v++)
        if (s->stamp[v] != s->now) {
            if (barren < 3) first[barren] = v;
            barren++;
        }
    if (!d || !barren) return OK;
    Str text = {0};
    for (uint32_t i = 0; i < barren && i < 3; i++)
        str_printf(&text, "%s%s", i ? ", " : "", s->model->vars[first[i]]->name->text);
    if (barren > 3) str_printf(&text, " and %u more", barren - 3);
    Status st = text.failed ? NOMEM
                            : derivation_add(d, "pruned",
                                             "%s: neither mentioned nor a cause of what is "
                                             "mentioned (barren); %u of %u variables stay",
                                             str_text(&text), net->net.nvars, s->model->nvars);
    str_free(&text);
    return st;
}

static Status run_engine(AskScene *s, const AskNet *net, const uint32_t *query, uint32_t nquery,
                         NetTable *out) {
    AskCall *call = s->call;
    uint32_t *numbers = MEM_NEW(uint32_t, nquery);
    if (!numbers) return NOMEM;
    for (uint32_t i = 0; i < nquery; i++) numbers[i] = s->number[query[i]];
    const Engine *engine = call->engine ? call->engine : &engine_eliminate;
    Status st = describe_pruning(s, net);
    if (st == OK) st = derivation_add(call->d, "method", "exact, by %s", engine->name);
    if (st == OK)
        st = engine->joint(&net->net, net->evidence, numbers, nquery, call->ctl, call->d, out,
                           call->faults);
    s->faint |= st == OK && out->faint;
    // The first table is told in full; the others of the same question go the same way.
    call->d = NULL;
    mem_free(numbers);
    return st;
}

Status ask_net_joint(AskScene *s, const AskFactors *events, const uint32_t *query,
                     uint32_t nquery, NetTable *out) {
    if (ctl_cancelled(s->call->ctl)) return CANCELLED;
    if (s->call->draws) return ask_draws_joint(s, query, nquery, out);
    AskNet net;
    TRY(ask_net_build(s, events, query, nquery, false, &net));
    Status st =
        net.zero ? zero_table(s, query, nquery, out) : run_engine(s, &net, query, nquery, out);
    ask_net_free(&net);
    return st;
}

Status ask_net_log_idle(AskScene *s, double *log_levels) {
    const Model *m = s->model;
    const Word *weighed = mark_weighed(m, &s->arena);
    if (!weighed) return NOMEM;
    *log_levels = 0;
    for (uint32_t v = 0; m->nfactors && v < m->nvars; v++)
        if (m->vars[v]->mech == MECH_NONE && !bits_has(weighed, v) &&
            domain_finite(m->vars[v]->domain))
            *log_levels += log(ask_card(m, v));
    return OK;
}

Status ask_net_log_weight(AskScene *s, double *log_z) {
    NetTable table;
    TRY(ask_net_joint(s, NULL, NULL, 0, &table));
    *log_z = log(table.values[0]) + table.log_scale;
    net_table_free(&table);
    return OK;
}

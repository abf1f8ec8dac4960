// Identified: questions put to a graph, answered from a law.
#include "runtime/estimate/identified.h"

#include <math.h>

#include "runtime/estimate/expr_eval.h"
#include "runtime/estimate/gap.h"

// --- what a question is about ---------------------------------------------------------------

typedef struct Finder {
    const Model *model;
    const Graph *graph;
    Faults *faults;
    Word *set;
    Status status;
} Finder;

static bool find_one(void *user, Sym name, const Term *at) {
    Finder *f = user;
    uint32_t var = model_find(f->model, name);
    if (at->op == TERM_VAR && at->world) {
        f->status = fault_add(f->faults, FAULT_ASK_COUNTERFACTUAL, at->origin,
                              "identification of questions across worlds comes in a later version");
    } else if (var == MODEL_NONE) {
        f->status = fault_add(f->faults, FAULT_TERM_UNKNOWN, at->origin,
                              "%s is not a variable of this model", name->text);
    } else if (bits_has(f->graph->latent, var)) {
        f->status = fault_add(f->faults, FAULT_IDENTIFY_FORM, at->origin,
                              "%s is latent: no distribution of what is observed mentions it",
                              name->text);
    } else {
        bits_add(f->set, var);
    }
    return f->status == OK;
}

static Status find_all(Finder *f, const Term *t, Word *set) {
    f->set = set;
    if (!term_variables(t, true, find_one, f) && f->status == OK) return NOMEM;
    return f->status;
}

static Status find_set(Finder *f, const Cond *c, Word *x) {
    for (uint32_t i = 0; i < c->n; i++) {
        const Assign *a = &c->items[i];
        bool plain = !a->source && (a->kind == ASSIGN_FREE || a->kind == ASSIGN_VALUE);
        if (plain && a->kind == ASSIGN_VALUE) plain = a->value->n == 0 && a->value->op != TERM_VAR;
        if (!plain)
            return fault_add(f->faults, FAULT_IDENTIFY_FORM, a->origin,
                             "identification treats do(X) and do(X = level); policies, shifts and "
                             "edges need mechanisms");
        uint32_t var = model_find(f->model, a->target);
        if (var == MODEL_NONE)
            return fault_add(f->faults, FAULT_TERM_UNKNOWN, a->origin,
                             "%s is not a variable of this model", a->target->text);
        bits_add(x, var);
    }
    return OK;
}

bool identified_pins(const Term *event) {
    switch (event->op) {
    case TERM_VAR: case TERM_FREE: return true;
    case TERM_NOT: return event->kid[0]->op == TERM_VAR;
    case TERM_EQ: return event->kid[0]->op == TERM_VAR && event->kid[1]->n == 0 &&
                         event->kid[1]->op != TERM_VAR;
    default: return false;
    }
}

// An event that leaves several values weighs them by how likely they are after the intervention:
// its variables are among the outcomes.
static Status find_conds(Finder *f, const Question *q, IdentifiedSets *s) {
    for (uint32_t i = 0; i < q->nconds; i++) {
        const Cond *c = &q->conds[i];
        if (c->kind == COND_DO) TRY(find_set(f, c, s->x));
        else if (c->kind == COND_EVENT)
            TRY(find_all(f, c->term, identified_pins(c->term) ? s->given : s->y));
        else
            return fault_add(f->faults, FAULT_IDENTIFY_FORM, c->origin,
                             "identification conditions on events, not on soft evidence");
    }
    return OK;
}

static Status one_role(const Finder *f, const IdentifiedSets *s, uint32_t origin) {
    for (size_t v = 0; v < f->graph->n; v++) {
        int roles = bits_has(s->x, v) + bits_has(s->y, v) + bits_has(s->given, v);
        if (roles > 1)
            return fault_add(f->faults, FAULT_IDENTIFY_FORM, origin,
                             "%s stands in two places of the question", f->graph->names[v]);
    }
    return OK;
}

Status identified_sets(const Model *m, const Graph *g, const Question *q, IdentifiedSets *out,
                       Faults *faults) {
    *out = (IdentifiedSets){graph_set(g), graph_set(g), graph_set(g)};
    if (!out->y || !out->x || !out->given) return NOMEM;
    Finder f = {.model = m, .graph = g, .faults = faults};
    for (uint32_t i = 0; i < q->nargs; i++) TRY(find_all(&f, q->args[i], out->y));
    TRY(find_conds(&f, q, out));
    return one_role(&f, out, q->origin);
}

void identified_sets_free(IdentifiedSets *s) {
    mem_free(s->y);
    mem_free(s->x);
    mem_free(s->given);
    *s = (IdentifiedSets){0};
}

// --- from a law -----------------------------------------------------------------------------

// The model's variable for every vertex of the identification's graph.
static Status law_variables(const Identification *id, const Model *graph, const Model *law,
                            uint32_t *out, Faults *faults) {
    for (size_t v = 0; v < id->graph->n; v++) {
        Sym name = graph->vars[id->vertex[v]]->name;
        out[v] = model_find(law, name);
        const ModelVar *var = out[v] == MODEL_NONE ? NULL : law->vars[out[v]];
        const Domain *d = graph->vars[id->vertex[v]]->domain;
        bool needed = bits_has(id->estimand->free, v) || bits_has(id->y, v) || bits_has(id->x, v);
        if (!var && !needed) continue;
        if (!var)
            return fault_add(faults, FAULT_IDENTIFY_SOURCE, 0, "the source has no variable %s",
                             name->text);
        if (domain_finite(d) && !domain_equal(d, var->domain))
            return fault_add(faults, FAULT_IDENTIFY_SOURCE, 0,
                             "%s has other values in the source than in the graph", name->text);
    }
    return OK;
}

// A model whose law, given x and what is observed, is the table: one factor over its variables.
static Status table_model(const Model *law, const EvalTable *table, Model **out, Faults *faults) {
    ModelBuilder *b = model_builder(law->names, NULL);
    Sym *names = MEM_NEW(Sym, table->n);
    double *values = MEM_NEW(double, table->size);
    Status status = b && names && values ? OK : NOMEM;
    for (uint32_t i = 0; status == OK && i < table->n; i++) {
        const ModelVar *v = law->vars[table->vars[i]];
        VarSpec spec = {.name = names[i] = v->name, .domain = v->domain};
        status = model_declare(b, &spec, faults);
    }
    // What the law does not determine has no weight: asking for it is asking the impossible.
    for (size_t i = 0; status == OK && i < table->size; i++)
        values[i] = isnan(table->values[i]) || table->values[i] < 0 ? 0 : table->values[i];
    if (status == OK) status = model_factor_table(b, names, table->n, values, 0, faults);
    if (status == OK) status = model_finish(b, NULL, out, NULL, faults);
    model_builder_free(b);
    mem_free(names);
    mem_free(values);
    return status;
}

static Term *assigned(const Assign *a) {
    Term *var = term_var(a->target, NULL, a->origin);
    if (a->kind == ASSIGN_FREE) return term_unary(TERM_FREE, var, a->origin);
    return term_binary(TERM_EQ, var, term_keep(a->value), a->origin);
}

static Status seen_conds(const Question *q, Cond *conds, uint32_t *n) {
    for (uint32_t i = 0; i < q->nconds; i++) {
        const Cond *c = &q->conds[i];
        if (c->kind == COND_EVENT) {
            conds[*n] = *c;
            conds[(*n)++].term = term_keep(c->term);
        }
        for (uint32_t k = 0; k < c->n; k++) {
            Cond seen = {.kind = COND_EVENT, .term = assigned(&c->items[k]),
                         .origin = c->items[k].origin};
            if (!seen.term) return NOMEM;
            conds[(*n)++] = seen;
        }
    }
    return OK;
}

static uint32_t most_conds(const Question *q) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < q->nconds; i++) n += 1 + q->conds[i].n;
    return n;
}

// An axis over what the question sets is one of do, though the table was asked by conditioning.
static void mark_axes(const Question *q, Answer *out) {
    for (uint32_t i = 0; i < out->naxes; i++)
        for (uint32_t c = 0; c < q->nconds; c++)
            for (uint32_t k = 0; k < q->conds[c].n; k++)
                if (q->conds[c].items[k].target == out->axes[i].name) out->axes[i].in_do = true;
}

static Status ask_table(const Model *m, const Question *q, const Ctl *ctl, Answer *out,
                        Faults *faults) {
    uint32_t n = 0;
    Cond *conds = MEM_NEW(Cond, most_conds(q));
    Status status = conds ? seen_conds(q, conds, &n) : NOMEM;
    if (status == OK) {
        Question seen = *q;
        seen.conds = conds;
        seen.nconds = n;
        status = ask(m, &seen, NULL, ctl, NULL, out, faults);
        out->rung = 2;
        if (status == OK) mark_axes(q, out);
    }
    for (uint32_t i = 0; conds && i < n; i++) term_drop(conds[i].term);
    mem_free(conds);
    return status;
}

// A variable that is asked about, set or observed, and that the estimand does not mention, is
// given its place in the table, which does not depend on it.
static Status widen(const EvalLaw *law, const Identification *id, EvalTable *t) {
    for (size_t v = 0; v < id->graph->n; v++) {
        bool mentioned = bits_has(id->x, v) || bits_has(id->given, v);
        if (!mentioned || bits_has(id->estimand->free, v)) continue;
        uint32_t var = law->model_var[v];
        size_t card = law->model->vars[var]->domain->count;
        double *values = MEM_NEW(double, t->size * card);
        uint32_t *vars = mem_resize(t->vars, t->n + 1, sizeof *vars);
        if (vars) t->vars = vars;
        if (!values || !vars) {
            mem_free(values);
            return NOMEM;
        }
        for (size_t i = 0; i < t->size * card; i++) values[i] = t->values[i / card];
        mem_free(t->values);
        t->values = values;
        t->size *= card;
        t->vars[t->n++] = var;
    }
    return OK;
}

// What is set and observed together must be possible in the law: an estimand that mentions only
// some of it would give a number for what cannot happen.
static Status keep_possible(const EvalLaw *law, Identification *id, EvalTable *t) {
    if (bits_empty(id->given, id->graph->words)) return OK;
    const Word *seen = expr_union(&id->pool, id->x, id->given);
    const Expr *e = seen ? expr_prob(&id->pool, seen, NULL, NULL, NULL) : NULL;
    EvalTable support = {0};
    Status status = e ? expr_eval(law, &id->pool, e, &support) : NOMEM;
    if (status == OK) status = expr_eval_within(law, &support, t);
    eval_table_free(&support);
    return status;
}

// Where some outcomes are not determined, what is known of the others is no law of them.
static Status keep_determined(const EvalLaw *law, const Identification *id, EvalTable *t,
                              bool *gaps) {
    bool *outcome = MEM_NEW(bool, t->n), *gap = MEM_NEW(bool, t->size);
    Status status = outcome && gap ? OK : NOMEM;
    for (uint32_t i = 0; status == OK && i < t->n; i++)
        SET_EACH(id->y, id->graph->words, v)
            outcome[i] = outcome[i] || law->model_var[v] == t->vars[i];
    // A first pass marks the gaps, a second takes all that goes with one.
    for (size_t k = 0; status == OK && k < 2 * t->size; k++) {
        size_t cell = k % t->size, rest = cell, first = cell, stride = 1;
        for (uint32_t i = t->n; i-- > 0;) {
            size_t card = law->model->vars[t->vars[i]]->domain->count;
            if (outcome[i]) first -= rest % card * stride;
            rest /= card;
            stride *= card;
        }
        if (k < t->size) gap[first] = gap[first] || isnan(t->values[cell]);
        else if (gap[first]) t->values[cell] = 0, *gaps = true;
    }
    mem_free(outcome);
    mem_free(gap);
    return status;
}

// The level that a constant is of a variable, or GAP_ANY.
static uint32_t level_of(const Domain *d, const Term *t) {
    return t->op == TERM_NUMBER  ? domain_find_number(d, t->number)
           : t->op == TERM_LEVEL ? domain_find_name(d, t->sym)
                                 : GAP_ANY;
}

static uint32_t vertex_of(const Identification *id, const Model *graph, Sym name) {
    uint32_t v = 0;
    while (v < id->graph->n && graph->vars[id->vertex[v]]->name != name) v++;
    return v;
}

static void pin(const EvalLaw *law, const Identification *id, const Model *graph, Sym name,
                const Term *value, uint32_t *level) {
    uint32_t v = vertex_of(id, graph, name);
    if (v < id->graph->n && bits_has(id->estimand->free, v))
        level[v] = level_of(law->model->vars[law->model_var[v]]->domain, value);
}

// What the question says of the values of single variables.
static Status pinned(const EvalLaw *law, const Identification *id, const Model *graph,
                     const Question *q, uint32_t *level) {
    Term *truth[2] = {term_bool(false, 0), term_bool(true, 0)};
    Status status = truth[0] && truth[1] ? OK : NOMEM;
    for (size_t v = 0; v < id->graph->n; v++) level[v] = GAP_ANY;
    for (uint32_t i = 0; status == OK && i < q->nconds; i++) {
        const Cond *c = &q->conds[i];
        for (uint32_t k = 0; k < c->n; k++)
            if (c->items[k].kind == ASSIGN_VALUE)
                pin(law, id, graph, c->items[k].target, c->items[k].value, level);
        const Term *t = c->kind == COND_EVENT && identified_pins(c->term) ? c->term : NULL;
        if (t && t->op == TERM_EQ) pin(law, id, graph, t->kid[0]->sym, t->kid[1], level);
        if (t && t->op == TERM_NOT) pin(law, id, graph, t->kid[0]->sym, truth[0], level);
        bool truth_of = t && t->op == TERM_VAR; // of a bool; any other variable is free
        if (truth_of && graph->vars[model_find(graph, t->sym)]->domain->kind == DOMAIN_BOOL)
            pin(law, id, graph, t->sym, truth[1], level);
    }
    term_drop(truth[0]);
    term_drop(truth[1]);
    return status;
}

// Replaces what was said of the table, whose gaps have no weight, by what the law has never seen.
static Status tell_gap(const EvalLaw *law, Identification *id, const Model *graph,
                       const Question *q, Faults *faults) {
    Str text = {0};
    uint32_t *level = MEM_NEW(uint32_t, id->graph->n);
    fault_free(faults);
    Status status = level ? pinned(law, id, graph, q, level) : NOMEM;
    if (status == OK) status = gap_describe(law, &id->pool, id->estimand, level, &text);
    mem_free(level);
    if (status == OK)
        status = fault_add(faults, FAULT_ASK_IMPOSSIBLE, q->origin,
                           "the source does not tell: %s (positivity)",
                           text.len ? str_text(&text)
                                    : "what is set is never seen there together with some values "
                                      "that matter");
    str_free(&text);
    if (status != FAULT) return status;
    return fault_hint(faults, "`using bounds` gives the range of what agrees with the source") ==
           NOMEM ? NOMEM : FAULT;
}

Status identified_answer(const Model *graph, Identification *id, const Model *law,
                         const Question *q, const Ctl *ctl, Answer *out, Faults *faults) {
    uint32_t *vars = MEM_NEW(uint32_t, id->graph->n);
    EvalLaw where = {.model = law, .model_var = vars, .ctl = ctl, .faults = faults};
    EvalTable table = {0};
    Model *m = NULL;
    Status status = vars ? law_variables(id, graph, law, vars, faults) : NOMEM;
    if (status == OK) status = expr_eval(&where, &id->pool, id->estimand, &table);
    if (status == OK) status = widen(&where, id, &table);
    if (status == OK) status = keep_possible(&where, id, &table);
    bool gaps = false;
    if (status == OK) status = keep_determined(&where, id, &table, &gaps);
    if (status == OK) status = table_model(law, &table, &m, faults);
    if (status == OK) status = ask_table(m, q, ctl, out, faults);
    bool impossible = status == FAULT && faults->count &&
                      faults->items[faults->count - 1].code == FAULT_ASK_IMPOSSIBLE;
    if (gaps && impossible) status = tell_gap(&where, id, graph, q, faults);
    model_drop(m);
    eval_table_free(&table);
    mem_free(vars);
    return status;
}

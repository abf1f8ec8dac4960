// Soft evidence: weights that give a variable a stated posterior.
//
// Jeffrey's rule for one variable Y: multiply by r(y) / P(y | the other conditions). For
// several, iterative proportional fitting (Deming & Stephan 1940) of the joint of the soft
// variables.
#include <math.h>
#include <string.h>

#include "runtime/infer/ask_net.h"
#include "runtime/infer/ask_walk.h"
#include "runtime/model/dist.h"

#define SOFT_SWEEPS 20000

static Status level_weight(const Model *m, const Term *dist, uint32_t var, uint32_t level,
                           Faults *faults, double *out) {
    Term *t = NULL;
    TRY(dist_level_term(dist, m->vars[var]->domain, level, &t, faults));
    Status st = ask_quantity_constant(m, t, faults, out);
    term_drop(t);
    return st;
}

static Status report_sum(const Cond *cond, double sum, Faults *faults) {
    return fault_add(faults, FAULT_ASK_SOFT, cond->origin,
                     "the probabilities stated for %s sum to %.10g, not to 1",
                     cond->term->sym->text, sum);
}

Status ask_soft_target(const Model *m, const Cond *cond, uint32_t var, Faults *faults,
                       double *target) {
    uint32_t card = ask_card(m, var);
    double sum = 0;
    for (uint32_t l = 0; l < card; l++) {
        TRY(level_weight(m, cond->value, var, l, faults, &target[l]));
        if (!(target[l] >= 0)) return report_sum(cond, target[l], faults);
        sum += target[l];
    }
    if (!(fabs(sum - 1) <= 1e-9)) return report_sum(cond, sum, faults);
    for (uint32_t l = 0; l < card; l++) target[l] /= sum;
    return OK;
}

Status ask_soft_read(AskScene *s, const Cond *cond) {
    AskSoft soft = {.term = cond->term, .origin = cond->origin};
    TRY(ask_scene_find(s->model, cond->term->sym, cond->term, s->call->faults, &soft.var));
    for (size_t i = 0; i < s->softs.count; i++)
        if (s->softs.items[i].var == soft.var)
            return fault_add(s->call->faults, FAULT_ASK_SOFT, cond->origin,
                             "%s is given two distributions", cond->term->sym->text);
    soft.target = ARENA_ARRAY(&s->arena, double, ask_card(s->model, soft.var));
    if (!soft.target) return NOMEM;
    TRY(ask_soft_target(s->model, cond, soft.var, s->call->faults, soft.target));
    return VEC_PUSH(&s->softs, soft) ? OK : NOMEM;
}

// The fitting: a table over the soft variables and, for each, its weights so far.
typedef struct Fit {
    AskScene *s;
    AskWalk walk;
    NetTable table;
    double **weight, **marginal; // per soft variable and level
} Fit;

Status ask_soft_stuck(const Model *m, uint32_t var, uint32_t level, double target,
                      uint32_t origin, Faults *faults) {
    const ModelVar *v = m->vars[var];
    Str text = {0};
    domain_add_level(v->domain, level, &text);
    Status st = fault_add(faults, FAULT_ASK_SOFT, origin,
                          "%s = %s cannot happen, so its probability cannot become %g",
                          v->name->text, str_text(&text), target);
    str_free(&text);
    return st;
}

Status ask_soft_refused(const AskScene *s) {
    const AskSoft *soft = s->refused;
    uint32_t level = s->refused_level;
    return ask_soft_stuck(s->model, soft->var, level, soft->target[level], soft->origin,
                          s->call->faults);
}

static double cell_weight(const Fit *f, size_t cell) {
    double p = f->table.values[cell];
    for (uint32_t k = 0; k < f->walk.nvars; k++) p *= f->weight[k][f->walk.level[k]];
    return p;
}

// The marginal of soft variable k under the weights so far, normalised. False when it has none.
static bool find_marginal(Fit *f, uint32_t k) {
    double sum = 0;
    memset(f->marginal[k], 0, f->walk.cards[k] * sizeof(double));
    ask_walk_reset(&f->walk);
    for (size_t cell = 0; cell < f->table.size; cell++, ask_walk_next(&f->walk)) {
        double p = cell_weight(f, cell);
        f->marginal[k][f->walk.level[k]] += p;
        sum += p;
    }
    for (uint32_t l = 0; l < f->walk.cards[k]; l++) f->marginal[k][l] /= sum;
    return sum > 0;
}

static void refuse(AskScene *s, const AskSoft *soft, uint32_t level) {
    s->refused = soft;
    s->refused_level = level;
    s->impossible = true;
}

// One scaling step; *gap grows to the largest difference from a target.
static void scale(Fit *f, uint32_t k, bool first, double *gap) {
    const AskSoft *soft = &f->s->softs.items[k];
    if (!find_marginal(f, k)) {
        *gap = INFINITY;
        return;
    }
    for (uint32_t l = 0; l < f->walk.cards[k]; l++) {
        double p = f->marginal[k][l], target = soft->target[l];
        if (first && p == 0 && target > 0) refuse(f->s, soft, l);
        *gap = fmax(*gap, fabs(p - target));
        f->weight[k][l] = p > 0 ? f->weight[k][l] * (target / p) : 0;
    }
}

static Status report_fit(const AskScene *s) {
    const AskSoft *last = &s->softs.items[s->softs.count - 1];
    Status st = fault_add(s->call->faults, FAULT_ASK_SOFT, last->origin,
                          "no distribution gives all %zu soft conditions what they state",
                          s->softs.count);
    if (st != FAULT) return st;
    return fault_hint(s->call->faults, "check whether one of them contradicts the others");
}

static Status fit(Fit *f) {
    uint32_t n = f->walk.nvars;
    for (uint32_t sweep = 0; sweep < SOFT_SWEEPS; sweep++) {
        if (ctl_cancelled(f->s->call->ctl)) return CANCELLED;
        double gap = 0;
        for (uint32_t k = 0; k < n && !f->s->impossible; k++) scale(f, k, sweep == 0, &gap);
        if (f->s->impossible) return OK;
        if (isinf(gap)) break;
        if (n == 1 || gap < 1e-14) return OK;
    }
    return report_fit(f->s);
}

static Status allocate(Fit *f) {
    Arena *arena = &f->s->arena;
    uint32_t n = f->walk.nvars;
    f->weight = ARENA_ARRAY(arena, double *, n);
    f->marginal = ARENA_ARRAY(arena, double *, n);
    if (!f->weight || !f->marginal) return NOMEM;
    for (uint32_t k = 0; k < n; k++) {
        f->weight[k] = ARENA_ARRAY(arena, double, f->walk.cards[k]);
        f->marginal[k] = ARENA_ARRAY(arena, double, f->walk.cards[k]);
        if (!f->weight[k] || !f->marginal[k]) return NOMEM;
        for (uint32_t l = 0; l < f->walk.cards[k]; l++) f->weight[k][l] = 1;
    }
    return OK;
}

static bool all_zero(const NetTable *table) {
    for (size_t i = 0; i < table->size; i++)
        if (table->values[i] > 0) return false;
    return true;
}

static Status apply(Fit *f, const uint32_t *vars, uint32_t nvars) {
    AskScene *s = f->s;
    AskList list = {vars, nvars};
    TRY(ask_walk_new(s, &list, 1, &f->walk));
    TRY(ask_net_joint(s, NULL, vars, nvars, &f->table));
    s->impossible = all_zero(&f->table);
    if (s->impossible) return OK;
    TRY(allocate(f));
    TRY(fit(f));
    for (uint32_t k = 0; k < nvars && !s->impossible; k++)
        TRY(ask_factor_values(s, vars[k], f->weight[k], &s->conds));
    return OK;
}

Status ask_soft_apply(AskScene *s) {
    uint32_t n = (uint32_t)s->softs.count;
    uint32_t *vars = ARENA_ARRAY(&s->arena, uint32_t, n);
    if (!vars) return NOMEM;
    for (uint32_t i = 0; i < n; i++) vars[i] = s->softs.items[i].var;
    Fit f = {.s = s};
    Status st = apply(&f, vars, n);
    net_table_free(&f.table);
    return st;
}

// Clg: one configuration after the other.
#include <math.h>

#include "runtime/base/num.h"
#include "runtime/real/clg.h"
#include "runtime/real/form_range.h"

#define MISMATCH 1e-9 // of the terms of an equation: what decimals may have cost

// --- distributions ---------------------------------------------------------------------------

static bool is_family(const AffineValue *v, const char *name) {
    return v->family == dist_find(name);
}

// Whether all parameters are numbers, and then they.
static Status constants(Clg *c, const AffineValue *v, double **out, bool *all) {
    *out = ARENA_ARRAY(&c->scratch, double, v->family->nparams);
    *all = true;
    if (!*out) return NOMEM;
    for (uint32_t i = 0; i < v->family->nparams && *all; i++)
        *all = affine_is_number(&c->affine, &v->params[i], &(*out)[i]);
    return OK;
}

// A deviation that depends on continuous causes is above 0 when all its terms are: positive
// numbers times exponentials, on one event each.
static bool is_positive(const Clg *c, const AffineValue *v) {
    double x;
    if (affine_is_number(&c->affine, v, &x)) return x > 0;
    if (v->kind != AFFINE_FORM || !v->form->first) return false;
    for (const FormTerm *t = v->form->first; t; t = t->next)
        if (!(t->coef > 0) || t->nlines) return false;
    return true;
}

// m + s * noise.
static Status draw_normal(Clg *c, const AffineValue *v, AffineValue *out) {
    AffineValue noise = affine_line((FormLine){0, 1, 0}), scaled;
    if (!is_positive(c, &v->params[1]))
        return *out = affine_bad(v->at, "has a deviation that is not above 0"), OK;
    TRY(gaussian_noise(&c->gaussian, true, &noise.line.node));
    TRY(affine_arithmetic(&c->affine, v->at, TERM_MUL, &v->params[1], &noise, &scaled));
    return affine_arithmetic(&c->affine, v->at, TERM_ADD, &v->params[0], &scaled, out);
}

// Another family: known by its mean and variance.
static Status draw_other(Clg *c, const AffineValue *v, AffineValue *out) {
    double *params;
    bool all;
    TRY(constants(c, v, &params, &all));
    if (!all || dist_wrong(v->family, params))
        return *out = affine_bad(v->at, "is not normal"), OK;
    FormLine line = {.c = dist_mean(v->family, params), .a = sqrt(dist_variance(v->family, params))};
    if (!isfinite(line.c) || !isfinite(line.a))
        return *out = affine_bad(v->at, "has no variance"), OK;
    TRY(gaussian_noise(&c->gaussian, false, &line.node));
    return *out = affine_line(line), OK;
}

// The value of a variable that has the distribution.
static Status draw(Clg *c, const AffineValue *v, AffineValue *out) {
    FormLine line;
    if (v->kind == AFFINE_BAD) return *out = *v, OK;
    if (v->kind != AFFINE_DIST) return *out = affine_bad(v->at, "is not a distribution"), OK;
    if (is_family(v, "point")) return *out = v->params[0], OK;
    if (is_family(v, "normal")) return draw_normal(c, v, out);
    if (!is_family(v, "lognormal")) return draw_other(c, v, out);
    TRY(draw_normal(c, v, out));
    if (out->kind == AFFINE_BAD) return OK;
    if (!affine_is_line(&c->affine, out, &line))
        return *out = affine_bad(v->at, "is not linear"), OK;
    return affine_form(&c->affine, form_exp(&c->affine.make, line), v->at, out);
}

// --- what is known ---------------------------------------------------------------------------

static bool fits(double a, double b) {
    return fabs(a - b) <= MISMATCH * (fabs(a) + fabs(b)) || num_same(a, b);
}

static Status equate(Clg *c, const AffineValue *v, double value, const Term *at) {
    ClgEquation e = {.value = value};
    double coef;
    if (v->kind == AFFINE_BAD) return clg_refuse(c, v);
    if (v->kind == AFFINE_FORM && form_is_power(v->form, &coef, &e.line)) {
        if (!(value / coef > 0)) return c->possible = false, OK;
        e.value = log(value / coef);
        c->weight.log -= log(fabs(value));
    } else if (!affine_is_line(&c->affine, v, &e.line)) {
        AffineValue bad = affine_bad(at, "is not linear");
        return clg_refuse(c, &bad);
    }
    if (form_line_constant(e.line)) {
        c->possible = c->possible && fits(e.line.c, e.value);
        return OK;
    }
    return VEC_PUSH(&c->equations, e) ? OK : NOMEM;
}

// The law of an observed variable has a density, or a probability, there.
static Status weigh_value(Clg *c, const AffineValue *v, double value) {
    double *params, mass;
    bool all;
    TRY(constants(c, v, &params, &all));
    if (!all || dist_wrong(v->family, params)) {
        AffineValue bad = affine_bad(v->at, "is not normal");
        return clg_refuse(c, &bad);
    }
    mass = dist_log_mass(v->family, params, value);
    c->densities += !v->family->support;
    c->weight.log += mass;
    c->possible = c->possible && mass > -INFINITY;
    return OK;
}

static Status observe(Clg *c, const AffineValue *v, double value, const Term *at) {
    AffineValue drawn = *v;
    if (v->kind == AFFINE_DIST) {
        if (!is_family(v, "normal") && !is_family(v, "lognormal") && !is_family(v, "point"))
            return weigh_value(c, v, value);
        TRY(draw(c, v, &drawn));
    }
    return equate(c, &drawn, value, at);
}

// Multiplies the event by another, or by a weight.
static Status add_event(Clg *c, const AffineValue *v, const Term *at) {
    const Form *f;
    double x;
    if (v->kind == AFFINE_BAD) return clg_refuse(c, v);
    if (affine_is_number(&c->affine, v, &x)) {
        if (!(x > 0)) c->possible = false;
        else c->weight.log += log(x);
        return OK;
    }
    TRY(affine_as_form(&c->affine, v, &f));
    if (f) f = c->event ? form_mul(&c->affine.make, c->event, f) : f;
    if (!f && c->affine.make.wide) {
        AffineValue bad = affine_bad(at, "has too many terms");
        return clg_refuse(c, &bad);
    }
    if (!f) {
        AffineValue bad = affine_bad(at, "is not an event");
        return clg_refuse(c, &bad);
    }
    c->event = f;
    return OK;
}

// --- variables -------------------------------------------------------------------------------

static Status run_real(Clg *c, const ClgVar *v) {
    const ModelVar *mv = c->model->vars[v->var];
    AffineValue value = affine_bad(NULL, "has no mechanism"), *out = &c->affine.vars[v->var];
    bool known = bits_has(c->scope.known, v->var);
    if (v->coded) TRY(affine_run(&c->affine, v->code, &value));
    if (!known) {
        *out = value;
        return mv->mech == MECH_KERNEL && v->coded ? draw(c, &value, out) : OK;
    }
    double x = c->scope.evidence.items[c->scope.evidence_of[v->var]].value;
    *out = affine_number(x);
    return v->coded ? observe(c, &value, x, mv->term) : OK;
}

// A probability that depends on continuous variables and may leave [0, 1] is none.
static Status add_probability(Clg *c, const AffineValue *v, const Term *at) {
    const Form *f = NULL;
    double x;
    bool inside = true;
    if (v->kind != AFFINE_BAD && !affine_is_number(&c->affine, v, &x))
        TRY(affine_as_form(&c->affine, v, &f));
    if (f) TRY(form_range_unit(f, &inside));
    if (inside) return add_event(c, v, at);
    AffineValue bad = affine_bad(at, "may not be a probability");
    return clg_refuse(c, &bad);
}

// A finite variable whose mechanism is run: the event, or probability, that it has its level.
static Status run_finite(Clg *c, const ClgVar *v) {
    const ModelVar *mv = c->model->vars[v->var];
    const AffineValue *level = &c->affine.vars[v->var];
    AffineValue value, holds;
    if (!v->coded) return OK;
    TRY(affine_run(&c->affine, mv->mech == MECH_KERNEL ? &v->code[level->level] : v->code, &value));
    if (mv->mech == MECH_KERNEL) return add_probability(c, &value, mv->term);
    TRY(affine_compare(&c->affine, mv->term, TERM_EQ, &value, level, &holds));
    return add_event(c, &holds, mv->term);
}

static AffineValue level_value(uint32_t var, uint32_t level) {
    return (AffineValue){.kind = AFFINE_LEVEL, .var = var, .level = level};
}

// Known values, also of variables whose own mechanisms do not matter, and the configuration.
static void set_values(Clg *c) {
    for (size_t i = 0; i < c->scope.evidence.count; i++) {
        const RealEvidence *e = &c->scope.evidence.items[i];
        if (e->var == MODEL_NONE) continue;
        c->affine.vars[e->var] = e->kind == REAL_LEVEL ? level_value(e->var, e->level)
                                                       : affine_number(e->value);
    }
    for (size_t i = 0; i < c->switches.count; i++)
        c->affine.vars[c->switches.items[i]] = level_value(c->switches.items[i], c->levels[i]);
}

static Status run_spread(Clg *c, const ClgVar *v) {
    FormLine line = {.c = v->mean, .a = v->sd};
    TRY(gaussian_noise(&c->gaussian, false, &line.node));
    c->affine.vars[v->var] = v->sd > 0 ? affine_line(line) : affine_number(v->mean);
    return OK;
}

static Status run_vars(Clg *c) {
    for (uint32_t i = 0; i < c->scope.nvars && c->applies && c->possible; i++) {
        const ClgVar *v = &c->vars[i];
        if (v->role == CLG_REAL) TRY(run_real(c, v));
        else if (v->role == CLG_SPREAD) TRY(run_spread(c, v));
        else if (v->role != CLG_SUMMED) TRY(run_finite(c, v));
    }
    return OK;
}

static bool is_truth(const AffineValue *v) {
    return v->kind == AFFINE_FORM && v->truth;
}

// Conditions that are not the value of one variable, and the weights.
static Status run_evidence(Clg *c) {
    AffineValue v;
    for (size_t i = 0; i < c->scope.evidence.count && c->applies && c->possible; i++) {
        const RealEvidence *e = &c->scope.evidence.items[i];
        if (e->var != MODEL_NONE) continue;
        TRY(affine_run(&c->affine, &c->evidence[i], &v));
        if (e->kind == REAL_POINT && is_truth(&v)) {
            const AffineValue is = affine_number(e->value), event = v;
            TRY(affine_compare(&c->affine, e->written, TERM_EQ, &event, &is, &v));
            TRY(add_event(c, &v, e->written));
        } else if (e->kind == REAL_POINT) {
            TRY(equate(c, &v, e->value, e->term));
        } else {
            TRY(add_event(c, &v, e->written));
        }
    }
    for (uint32_t i = 0; i < c->q->nweights && c->applies && c->possible; i++) {
        TRY(affine_run(&c->affine, &c->weights[i], &v));
        TRY(add_event(c, &v, c->q->weights[i]));
    }
    return OK;
}

static Status run_args(Clg *c) {
    for (uint32_t i = 0; i < c->q->nargs && c->applies && c->possible; i++) {
        AffineValue v;
        TRY(affine_run(&c->affine, &c->args[i], &v));
        if (v.kind == AFFINE_BAD) return clg_refuse(c, &v);
        TRY(affine_as_form(&c->affine, &v, &c->forms[i]));
        if (c->forms[i]) continue;
        AffineValue bad = affine_bad(c->q->args[i], "is not a number");
        return clg_refuse(c, &bad);
    }
    return OK;
}

static Status condition(Clg *c) {
    for (size_t i = 0; i < c->equations.count && c->possible; i++) {
        const ClgEquation *e = &c->equations.items[i];
        GaussianSays says = GAUSSIAN_NEW;
        if (ctl_cancelled(c->call->ctl)) return CANCELLED;
        double terms = (fabs(e->value) + fabs(e->line.c)) / fabs(e->line.a);
        TRY(gaussian_equation(&c->gaussian, e->line.node, (e->value - e->line.c) / e->line.a,
                              terms, &says));
        if (says == GAUSSIAN_OTHER) return clg_refuse_why(c, "what is observed is not normal");
        if (says == GAUSSIAN_IMPOSSIBLE) c->possible = false;
        if (says != GAUSSIAN_NEW) continue;
        c->densities++;
        c->weight.log -= log(fabs(e->line.a));
    }
    c->weight.log += c->gaussian.log_density;
    return OK;
}

// --- configurations --------------------------------------------------------------------------

static Status run_one(Clg *c, double weight, Status (*visit)(Clg *, void *), void *user) {
    arena_free(&c->scratch);
    gaussian_clear(&c->gaussian);
    c->equations.count = 0;
    c->affine.choice = 0;
    c->affine.log_weight = 0;
    c->weight = (Moment){weight, 0};
    c->densities = 0;
    c->event = NULL;
    c->possible = true;
    set_values(c);
    TRY(run_vars(c));
    if (c->applies && c->possible) TRY(run_evidence(c));
    if (c->applies && c->possible) TRY(run_args(c));
    if (c->applies && c->possible) TRY(condition(c));
    c->weight.log += c->affine.log_weight;
    if (!c->applies || !c->possible || c->weight.log == -INFINITY) return OK;
    moments_start(&c->moments, &c->gaussian, &c->scratch);
    return visit(c, user);
}

// The next combination of the parts of the mixtures that the last run met.
static bool next_choice(Affine *a) {
    while (a->choices.count) {
        AffineChoice *last = &a->choices.items[a->choices.count - 1];
        if (++last->part < last->parts) return true;
        a->choices.count--;
    }
    return false;
}

Status clg_each(Clg *c, Status (*visit)(Clg *, void *), void *user) {
    size_t cell = 0, runs = 0;
    for (size_t i = 0; i < c->switches.count; i++) c->levels[i] = 0;
    do {
        double weight = c->table.cells[cell++];
        c->affine.choices.count = 0;
        do {
            if (!(weight > 0)) break;
            if (ctl_cancelled(c->call->ctl)) return CANCELLED;
            if (++runs > CLG_CELLS)
                return clg_refuse_why(c, "its mixtures have too many combinations");
            TRY(run_one(c, weight, visit, user));
        } while (c->applies && next_choice(&c->affine));
    } while (c->applies && clg_next(c->model, c->switches.items, (uint32_t)c->switches.count,
                                    c->levels));
    return OK;
}

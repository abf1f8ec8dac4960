// Model scale: location and scale of the families, in one table.
//
// A location-scale family is closed under x -> m + s*x; a scale family under x -> s*x, and its
// rate is 1 / s. (Casella & Berger 2002, Statistical Inference, section 3.5.)
#include "runtime/model/model_scale.h"

#include <string.h>

#include "runtime/model/dist.h"
#include "runtime/model/math.h"

enum { NO_PARAM = UINT32_MAX };

typedef enum ScaleForm {
    SCALE_TIMES,    // location + scale*noise
    SCALE_RATE,     // noise / rate
    SCALE_EXP,      // exp(location + scale*noise), the noise normal
    SCALE_INTERVAL, // low + (high - low)*noise
    SCALE_POINT,    // the parameter itself
} ScaleForm;

typedef struct ScaleRule {
    const char *family;
    ScaleForm form;
    uint32_t location, scale; // which parameters they are
} ScaleRule;

static const ScaleRule scale_rules[] = {
    {"cauchy", SCALE_TIMES, 0, 1},
    {"exponential", SCALE_RATE, NO_PARAM, 0},
    {"gamma", SCALE_RATE, NO_PARAM, 1},
    {"gumbel", SCALE_TIMES, 0, 1},
    {"laplace", SCALE_TIMES, 0, 1},
    {"logistic", SCALE_TIMES, 0, 1},
    {"lognormal", SCALE_EXP, 0, 1},
    {"normal", SCALE_TIMES, 0, 1},
    {"pareto", SCALE_TIMES, NO_PARAM, 1},
    {"point", SCALE_POINT, 0, NO_PARAM},
    {"student_t", SCALE_TIMES, 1, 2},
    {"uniform", SCALE_INTERVAL, 0, 1},
    {"weibull", SCALE_TIMES, NO_PARAM, 1},
};

static const ScaleRule *rule_of(const Term *dist) {
    for (size_t i = 0; i < sizeof scale_rules / sizeof *scale_rules; i++)
        if (strcmp(dist->family->name, scale_rules[i].family) == 0) return &scale_rules[i];
    return NULL;
}

bool model_scale_fits(const Term *dist, const bool *open) {
    const ScaleRule *r = rule_of(dist);
    for (uint32_t i = 0; i < dist->n; i++)
        if (open[i] && (!r || (i != r->location && i != r->scale))) return false;
    return true;
}

// --- the noise ------------------------------------------------------------------------------

// A location goes with its scale: s*(m + z) is not m + s*z.
static Term *standard_param(const Term *dist, const ScaleRule *r, const bool *open,
                            uint32_t i) {
    bool scaled = r->scale != NO_PARAM && open[r->scale];
    bool goes = open[i] || r->form == SCALE_INTERVAL || (scaled && i == r->location);
    if (!goes) return term_keep(dist->kid[i]);
    return term_number(i == r->location ? 0 : 1, dist->origin);
}

Status model_scale_law(const Term *dist, const bool *open, Term **law) {
    const ScaleRule *r = rule_of(dist);
    *law = NULL;
    if (r->form == SCALE_POINT) return OK;
    Term **params = MEM_NEW(Term *, dist->n);
    if (!params) return NOMEM;
    for (uint32_t i = 0; i < dist->n; i++) params[i] = standard_param(dist, r, open, i);
    const DistFamily *family = r->form == SCALE_EXP ? dist_find("normal") : dist->family;
    *law = term_dist(family, params, dist->n, dist->origin);
    mem_free(params);
    return *law ? OK : NOMEM;
}

// --- the value ------------------------------------------------------------------------------

static bool is_zero(const Term *t) {
    return t->op == TERM_NUMBER && t->number == 0;
}

static Term *interval_value(const Term *dist, Term *const *params, Term *noise) {
    uint32_t at = dist->origin;
    Term *low = params[0], *high = term_keep(params[1]);
    if (is_zero(low)) return term_binary(TERM_MUL, high, noise, at);
    Term *width = term_binary(TERM_SUB, high, term_keep(low), at);
    return term_binary(TERM_ADD, term_keep(low), term_binary(TERM_MUL, width, noise, at), at);
}

static Term *sum_value(const Term *dist, const ScaleRule *r, const bool *open,
                       Term *const *params, Term *noise) {
    uint32_t at = dist->origin;
    bool scaled = r->scale != NO_PARAM && open[r->scale];
    bool moved = r->location != NO_PARAM &&
                 (open[r->location] || (scaled && !is_zero(params[r->location])));
    if (scaled) noise = term_binary(TERM_MUL, term_keep(params[r->scale]), noise, at);
    return moved ? term_binary(TERM_ADD, term_keep(params[r->location]), noise, at) : noise;
}

Term *model_scale_value(const Term *dist, const bool *open, Term *const *params, Term *noise) {
    const ScaleRule *r = rule_of(dist);
    Term *value = NULL;
    switch (r->form) {
    case SCALE_POINT:
        return term_keep(params[0]);
    case SCALE_INTERVAL:
        return interval_value(dist, params, noise);
    case SCALE_RATE:
        return term_binary(TERM_DIV, noise, term_keep(params[r->scale]), dist->origin);
    case SCALE_TIMES:
        return sum_value(dist, r, open, params, noise);
    case SCALE_EXP:
        value = sum_value(dist, r, open, params, noise);
        return term_call(math_find("exp"), &value, 1, dist->origin);
    }
    return value;
}

// Model fit: numbers and laws against infinite domains.
#include "runtime/model/model_fit.h"

#include <math.h>

#include "runtime/model/dist.h"
#include "runtime/model/dist_spine.h"
#include "runtime/model/term_order.h"

bool model_fit_number(const Domain *d, double x) {
    switch (d->kind) {
    case DOMAIN_INT:
        return x == floor(x);
    case DOMAIN_POSITIVE:
        return x >= 0;
    case DOMAIN_UNIT:
        return x >= 0 && x <= 1;
    default:
        return !isnan(x);
    }
}

static Status become_real(ModelVar *var) {
    Domain *real = domain_new(DOMAIN_REAL);
    if (!real) return NOMEM;
    domain_drop(var->domain);
    var->domain = real;
    return OK;
}

Status model_fit_values(ModelVar *var, ValueKind kind, const double *values, size_t n,
                        size_t *bad) {
    for (*bad = 0; *bad < n; ++*bad) {
        double x = values[*bad];
        if (kind == VALUE_LEVEL_KIND || isnan(x)) return OK;
        if (model_fit_number(var->domain, x)) continue;
        if (!var->inferred) return OK;
        TRY(become_real(var));
    }
    *bad = SIZE_MAX;
    return OK;
}

// --- laws -----------------------------------------------------------------------------------

static bool holds(const Domain *big, const Domain *small) {
    if (!domain_finite(small))
        return big->kind == DOMAIN_REAL || big->kind == small->kind ||
               (big->kind == DOMAIN_POSITIVE && small->kind == DOMAIN_UNIT);
    for (uint32_t i = 0; i < small->count; i++)
        if (!model_fit_number(big, domain_number(small, i))) return false;
    return true;
}

static Status report_names(const ModelVar *var, const Domain *law, Faults *faults) {
    Str s = {0};
    str_printf(&s, "the values of %s are now ", var->name->text);
    domain_add(law, &s);
    str_add(&s, ", which are names, and its domain is ");
    domain_add(var->domain, &s);
    Status st = s.failed ? NOMEM
                         : fault_add(faults, FAULT_MODEL_VALUE, var->mech_origin, "%s",
                                     str_text(&s));
    str_free(&s);
    return st;
}

static Status report_number(const ModelVar *var, Faults *faults) {
    Status st = fault_add(faults, FAULT_DIST_KIND, var->mech_origin,
                          "after `%s ~` stands a distribution, not a number", var->name->text);
    if (st != FAULT) return st;
    return fault_hint(faults, "write `%s = ...` for a value, or a distribution such as "
                              "normal(0, 1)",
                      var->name->text);
}

// Whether all values of a family lie in an infinite domain that was written, as far as its
// parameters are constants; `law` is a DIST.
static bool family_fits(const Domain *d, const Term *law) {
    const DistFamily *f = law->family;
    double params[DIST_MOST_PARAMS], low, high;
    if (d->kind == DOMAIN_REAL) return true;
    if (d->kind == DOMAIN_INT) return f->support != NULL;
    for (uint32_t i = 0; i < law->n; i++) {
        if (law->kid[i]->op != TERM_NUMBER) return true;
        params[i] = law->kid[i]->number;
    }
    dist_bounds(f, params, &low, &high);
    return low >= 0 && (d->kind == DOMAIN_POSITIVE || high <= 1);
}

static Status report_family(const ModelVar *var, const Term *law, Faults *faults) {
    Str s = {0}, domain = {0};
    term_add_brief(law, &s);
    domain_add(var->domain, &domain);
    bool failed = s.failed || domain.failed;
    Status st = failed ? NOMEM
                       : fault_add(faults, FAULT_MODEL_VALUE, law->origin,
                                   "%s is %s, and %s has other values", var->name->text,
                                   str_text(&domain), str_text(&s));
    if (st == FAULT && var->domain->kind == DOMAIN_POSITIVE)
        st = fault_hint(faults, "cut it off, truncate(%s, low: 0), or let %s be real",
                        str_text(&s), var->name->text);
    str_free(&s);
    str_free(&domain);
    return st;
}

// The families through which the law decides, each on its own.
static Status check_families(const ModelVar *var, Faults *faults) {
    TermOrder order = {0};
    Status st = term_order_some(var->term, dist_spine, &order);
    for (size_t i = 0; st == OK && i < order.count; i++) {
        const Term *t = order.items[i];
        if (t->op == TERM_DIST && !family_fits(var->domain, t))
            st = report_family(var, t, faults);
    }
    term_order_free(&order);
    return st;
}

Status model_fit_law(const Model *m, ModelVar *var, Faults *faults) {
    Domain *law;
    if (!term_is_dist(var->term)) return report_number(var, faults);
    TRY(dist_infer_domain(var->term, m->names, &law, faults));
    if (!law) return OK;
    Status st = OK;
    if (domain_finite(law) && !law->numeric)
        st = report_names(var, law, faults);
    else if (var->inferred && !holds(var->domain, law))
        st = become_real(var);
    else if (!var->inferred && !domain_finite(var->domain))
        st = check_families(var, faults);
    domain_drop(law);
    return st;
}

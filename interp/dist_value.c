// Dist_value: finite distributions as plain arrays.
#include "interp/dist_value.h"

#include <math.h>

#include "interp/diag.h"
#include "interp/table.h"
#include "runtime/base/mem.h"
#include "runtime/model/dist.h"

static bool init(FiniteDist *d, size_t n) {
    *d = (FiniteDist){.probs = MEM_NEW(double, n), .numbers = MEM_NEW(double, n),
                      .outcomes = MEM_NEW(Value, n)};
    return d->probs && d->numbers && d->outcomes;
}

void dist_value_free(FiniteDist *d) {
    for (size_t i = 0; i < d->n; i++) value_drop(d->outcomes[i]);
    mem_free(d->probs);
    mem_free(d->numbers);
    mem_free(d->outcomes);
    *d = (FiniteDist){0};
}

static double number_of(Value v) {
    if (v.tag == VALUE_NUMBER) return v.number;
    return v.tag == VALUE_BOOL ? (v.truth ? 1 : 0) : NAN;
}

// Takes the outcome.
static void add(FiniteDist *d, Value outcome, double prob) {
    d->outcomes[d->n] = outcome;
    d->numbers[d->n] = number_of(outcome);
    d->probs[d->n++] = prob;
}

static bool from_table(const Answer *a, FiniteDist *out, Trouble *t) {
    if (!init(out, a->ncells)) return trouble_memory(t);
    for (uint32_t i = 0; i < a->ncells; i++) {
        Value level;
        if (!table_level_value(a->axes[0].domain, i, &level)) return trouble_memory(t);
        add(out, level, a->cells[i]);
    }
    return true;
}

static bool from_domain(const Term *dist, const Domain *domain, FiniteDist *out, Trouble *t) {
    if (!init(out, domain->count)) return trouble_memory(t);
    for (uint32_t i = 0; i < domain->count; i++) {
        Term *p = NULL;
        Faults faults = {0};
        Value level;
        Status status = dist_level_term(dist, domain, i, &p, &faults);
        bool known = status == OK && p->op == TERM_NUMBER;
        double prob = known ? p->number : NAN;
        fault_free(&faults);
        term_drop(p);
        if (status == NOMEM || !table_level_value(domain, i, &level)) return trouble_memory(t);
        add(out, level, prob);
        if (!known && dist->op == TERM_JOINT)
            return trouble(t, DIAG_KIND, "mvnormal is the law of several variables at once");
        if (!known) return trouble(t, DIAG_KIND, "this distribution depends on variables");
    }
    return true;
}

static bool from_term(const char *name, Interner *names, const Term *dist, FiniteDist *out,
                      Trouble *t) {
    Domain *domain = NULL;
    Faults faults = {0};
    Status status = dist_infer_domain(dist, names, &domain, &faults);
    fault_free(&faults);
    if (status == NOMEM) return trouble_memory(t);
    bool ok = status == OK && domain && domain_finite(domain);
    ok = ok ? from_domain(dist, domain, out, t)
            : trouble(t, DIAG_KIND, "%s takes a distribution that does not depend on variables",
                      name);
    domain_drop(domain);
    return ok;
}

// The probability of true.
static bool from_number(double p, FiniteDist *out, Trouble *t) {
    if (!init(out, 2)) return trouble_memory(t);
    add(out, value_bool(false), 1 - p);
    add(out, value_bool(true), p);
    return true;
}

bool dist_value_refuse(const char *name, Value v, Trouble *t) {
    Sym variable = value_variable(v);
    trouble(t, DIAG_KIND, "%s takes a distribution, not %s", name, value_kind(v));
    if (variable) trouble_hint(t, "that of %s is P(%s = ?)", variable->text, variable->text);
    return false;
}

bool dist_value_finite(const char *name, Interner *names, Value v, FiniteDist *out, Trouble *t) {
    bool ok;
    *out = (FiniteDist){0};
    if (table_is(v) && value_answer_of(v)->naxes == 1 && !value_answer_of(v)->axes[0].labels) {
        ok = table_check_exact(value_answer_of(v), t) && from_table(value_answer_of(v), out, t);
    } else if ((v.tag == VALUE_TERM && term_is_dist(v.term)) || v.tag == VALUE_MAP) {
        Term *term;
        if (!value_to_term(v, 0, &term, t)) return false;
        ok = from_term(name, names, term, out, t);
        term_drop(term);
    } else if (v.tag == VALUE_NUMBER && v.number >= 0 && v.number <= 1) {
        ok = from_number(v.number, out, t);
    } else {
        return dist_value_refuse(name, v, t);
    }
    if (!ok) dist_value_free(out);
    return ok;
}

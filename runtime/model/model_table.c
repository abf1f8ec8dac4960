// Model table: settling variables one by one, causes first.
#include "runtime/model/model_table.h"

#include <math.h>
#include <string.h>

#include "runtime/base/closest.h"
#include "runtime/base/num.h"
#include "runtime/model/cpt.h"
#include "runtime/model/dist.h"
#include "runtime/model/kernel.h"
#include "runtime/model/model_case.h"
#include "runtime/model/model_fit.h"
#include "runtime/model/model_kernel.h"
#include "runtime/model/model_values.h"

// How far probabilities may miss before they are wrong, and before the miss is more than the
// rounding of the sum.
static const double slack_printed = 1e-3, slack_exact = 1e-9, slack_rounding = 1e-14;

static bool is_unknown(const Domain *d) {
    return d->kind == DOMAIN_SYMBOLIC;
}

static void set_domain(ModelVar *var, Domain *domain) {
    domain_drop(var->domain);
    var->domain = domain;
    var->inferred = true;
}

// --- rows of probabilities ---

// "Treatment given Size = small"
static void add_row(const Model *m, const ModelVar *var, size_t row, Str *out) {
    str_add(out, var->name->text);
    if (!var->nparents) return;
    str_add(out, " given ");
    model_case_add(m, var->parents, var->nparents, row, out);
}

static Status report_probability(const Tabler *t, const ModelVar *var, size_t row,
                                 uint32_t level, double p) {
    Str s = {0};
    str_printf(&s, "the probability of %s = ", var->name->text);
    domain_add_level(var->domain, level, &s);
    if (var->nparents) {
        str_add(&s, " given ");
        model_case_add(t->m, var->parents, var->nparents, row, &s);
    }
    str_add(&s, " is ");
    if (isnan(p))
        str_add(&s, "not defined");
    else
        num_add_digits(&s, p, 10);
    FaultCode code = isnan(p) ? FAULT_MODEL_UNDEFINED : FAULT_MODEL_PROBABILITY;
    Status status =
        s.failed ? NOMEM : fault_add(t->faults, code, var->mech_origin, "%s", str_text(&s));
    str_free(&s);
    if (status == FAULT && p >= 2 && p <= 100 && !var->nparents)
        return fault_hint(t->faults, "%g percent is written %g%%", p, p);
    return status;
}

static Status report_sum(const Tabler *t, const ModelVar *var, size_t row, double sum) {
    Str s = {0};
    add_row(t->m, var, row, &s);
    str_add(&s, " sum to ");
    num_add_digits(&s, sum, 10);
    Status status = s.failed ? NOMEM
                             : fault_add(t->faults, FAULT_MODEL_SUM, var->mech_origin,
                                         "the probabilities of %s", str_text(&s));
    str_free(&s);
    return status;
}

static Status check_row(const Tabler *t, const ModelVar *var, double *p, size_t row) {
    uint32_t n = var->domain->count;
    double sum = 0;
    for (uint32_t l = 0; l < n; l++) {
        if (!(p[l] >= -slack_exact && p[l] <= 1 + slack_exact))
            return report_probability(t, var, row, l, p[l]);
        if (p[l] < 0) p[l] = 0;
        if (p[l] > 1) p[l] = 1;
        sum += p[l];
    }
    double miss = fabs(sum - 1);
    if (miss > slack_printed) return report_sum(t, var, row, sum);
    if (miss > slack_exact && t->normalised) (*t->normalised)++;
    if (miss > slack_rounding)
        for (uint32_t l = 0; l < n; l++) p[l] /= sum;
    return OK;
}

// The first wrong row is reported; the others are likely to be wrong in the same way.
static Status check_rows(const Tabler *t, const ModelVar *var, Cpt *cpt) {
    uint32_t n = var->domain->count;
    size_t rows = n ? cpt->size / n : 0;
    for (size_t r = 0; r < rows; r++) TRY(check_row(t, var, cpt->values + r * n, r));
    return OK;
}

// --- shapes ---

// The rows of a table of `var`; *finite tells whether its parents are.
static size_t count_rows(const Model *m, const ModelVar *var, bool *finite) {
    size_t rows = 1;
    *finite = true;
    for (uint32_t i = 0; i < var->nparents; i++) {
        const Domain *d = m->vars[var->parents[i]]->domain;
        if (!domain_finite(d)) *finite = false;
        if (__builtin_mul_overflow(rows, (size_t)d->count, &rows)) rows = SIZE_MAX;
    }
    return rows;
}

static bool fits(size_t rows, uint32_t count) {
    return count && rows <= CPT_CELLS / count;
}

static void set_table(ModelVar *var, Cpt *cpt) {
    cpt_drop(var->cpt);
    var->cpt = cpt;
}

// Checks a table that was given, and keeps what was given when that had to be scaled.
static Status check_table(const Tabler *t, ModelVar *var) {
    Cpt *given = var->cpt;
    var->cpt = cpt_copy(given->values, given->size);
    Status status = var->cpt ? check_rows(t, var, var->cpt) : NOMEM;
    bool same = status != OK ||
                !memcmp(var->cpt->values, given->values, given->size * sizeof *given->values);
    if (same)
        cpt_drop(given);
    else
        var->printed = given;
    return status;
}

static Status settle_table(const Tabler *t, const DraftVar *d) {
    ModelVar *var = d->var;
    bool finite;
    size_t rows = count_rows(t->m, var, &finite);
    if (!finite || !fits(rows, var->domain->count) ||
        var->cpt->size != rows * var->domain->count)
        return fault_add(t->faults, FAULT_MODEL_TABLE, var->mech_origin,
                         "the table of %s does not fit the values of its variables",
                         var->name->text);
    return d->given ? check_table(t, var) : OK;
}

// --- kernels ---

static Status report_name(const Tabler *t, const ModelVar *var) {
    Status status = fault_add(t->faults, FAULT_DIST_KIND, var->mech_origin,
                              "the probability of %s is a named value, not a number",
                              var->name->text);
    return status != FAULT ? status
                           : fault_hint(t->faults, "after ~ stands a distribution, such as "
                                                   "{low: 0.3}; a value is given by =");
}

// A named value is the id of its name in a kernel, and no probability.
static Status tabulate(const Tabler *t, const ModelVar *var, const Term *term, double *out) {
    Kernel *k = NULL;
    TRY(kernel_new(t->m, term, &k, t->faults));
    Status status = kernel_kind(k) == VALUE_LEVEL_KIND ? report_name(t, var) : OK;
    if (status == OK) status = kernel_tabulate(k, t->m, var->parents, var->nparents, t->ctl, out);
    kernel_free(k);
    return status;
}

// The probabilities of one level, in every row. A variable may have millions of levels, with a
// number each.
static Status fill_level(const Tabler *t, const ModelVar *var, DistLevels *levels,
                         uint32_t level, size_t rows, double *column, Cpt *cpt) {
    Term *term = NULL;
    TRY(dist_levels_term(levels, level, &term, t->faults));
    bool number = term->op == TERM_NUMBER;
    for (size_t r = 0; number && r < rows; r++) column[r] = term->number;
    Status status = number ? OK : tabulate(t, var, term, column);
    term_drop(term);
    uint32_t n = var->domain->count;
    if (level % 1024 == 0 && ctl_cancelled(t->ctl)) status = CANCELLED;
    for (size_t r = 0; status == OK && r < rows; r++) cpt->values[r * n + level] = column[r];
    return status;
}

// A plain number is the probability of true.
static Status fill_number(const Tabler *t, const ModelVar *var, size_t rows, double *column,
                          Cpt *cpt) {
    TRY(tabulate(t, var, var->term, column));
    for (size_t r = 0; r < rows; r++) {
        if (!(column[r] >= -slack_exact && column[r] <= 1 + slack_exact))
            return report_probability(t, var, r, 1, column[r]);
        cpt->values[2 * r] = 1 - column[r];
        cpt->values[2 * r + 1] = column[r];
    }
    return OK;
}

static Status fill_levels(const Tabler *t, const ModelVar *var, size_t rows, double *column,
                          Cpt *cpt) {
    DistLevels *levels = dist_levels_open(var->term, var->domain);
    Status status = levels ? OK : NOMEM;
    for (uint32_t l = 0; status == OK && l < var->domain->count; l++)
        status = fill_level(t, var, levels, l, rows, column, cpt);
    dist_levels_close(levels);
    return status;
}

static Status fill_kernel(const Tabler *t, const ModelVar *var, size_t rows, Cpt *cpt) {
    double *column = MEM_NEW(double, rows);
    if (!column) return NOMEM;
    bool number = var->domain->kind == DOMAIN_BOOL && !term_is_dist(var->term);
    Status status = number ? fill_number(t, var, rows, column, cpt)
                           : fill_levels(t, var, rows, column, cpt);
    mem_free(column);
    return status == OK ? check_rows(t, var, cpt) : status;
}

static Status no_domain(const Tabler *t, const ModelVar *var) {
    Status status =
        fault_add(t->faults, FAULT_MODEL_DOMAIN, var->mech_origin,
                  "the values of %s do not follow from its mechanism", var->name->text);
    return status != FAULT ? status
                           : fault_hint(t->faults, "write its domain, as in %s : 0..10 ~ ...",
                                        var->name->text);
}

static Status infer_kernel(const Tabler *t, ModelVar *var) {
    Domain *domain = NULL;
    if (term_is_dist(var->term))
        TRY(dist_infer_domain(var->term, t->m->names, &domain, t->faults));
    else if (!(domain = domain_new(DOMAIN_BOOL)))
        return NOMEM;
    if (!domain) return no_domain(t, var);
    set_domain(var, domain);
    return OK;
}

static Status report_infinite(const Tabler *t, const ModelVar *var) {
    Str s = {0};
    domain_add(var->domain, &s);
    Status status = s.failed ? NOMEM
                             : fault_add(t->faults, FAULT_MODEL_GUMBEL, var->mech_origin,
                                         "gumbel_max picks one of finitely many values, and %s "
                                         "is %s",
                                         var->name->text, str_text(&s));
    str_free(&s);
    return status;
}

static Status settle_kernel(const Tabler *t, ModelVar *var) {
    if (is_unknown(var->domain))
        TRY(infer_kernel(t, var));
    else if (!domain_finite(var->domain))
        TRY(model_fit_law(t->m, var, t->faults));
    if (var->gumbel && !domain_finite(var->domain)) return report_infinite(t, var);
    bool finite;
    size_t rows = count_rows(t->m, var, &finite);
    set_table(var, NULL);
    if (!finite || !domain_finite(var->domain) || !fits(rows, var->domain->count))
        return model_kernel_check(t->m, var, t->faults);
    Cpt *cpt = cpt_new(rows * var->domain->count);
    if (!cpt) return NOMEM;
    set_table(var, cpt);
    return fill_kernel(t, var, rows, cpt);
}

// --- functions ---

static Status guess(const Tabler *t, ModelVar *var) {
    Domain *domain = NULL;
    if (!is_unknown(var->domain)) return OK;
    TRY(model_values_guess(t->m, var->term, &domain));
    set_domain(var, domain);
    return OK;
}

static Status hint_level(const Tabler *t, const ModelVar *var, Sym wrong) {
    Closest c;
    closest_start(&c, wrong->text);
    bool named = var->domain->kind == DOMAIN_LEVELS || var->domain->kind == DOMAIN_ORDERED;
    for (uint32_t i = 0; named && i < var->domain->count; i++)
        closest_offer(&c, var->domain->levels[i].name->text);
    const char *best = closest_end(&c);
    return best ? fault_hint(t->faults, "did you mean %s?", best) : FAULT;
}

static Status report_value(const Tabler *t, const ModelVar *var, ValueKind kind, double value,
                           size_t row) {
    Str s = {0};
    if (var->nparents) {
        str_add(&s, "given ");
        model_case_add(t->m, var->parents, var->nparents, row, &s);
        str_add(&s, ", ");
    }
    str_printf(&s, "the value of %s is ", var->name->text);
    bool finite = kind != VALUE_NUMBER_KIND ? !isnan(value) : isfinite(value);
    if (isnan(value))
        str_add(&s, "not defined");
    else if (!finite)
        str_add(&s, "infinite, or too large for a number");
    else
        model_values_add(t->m, kind, value, &s);
    if (finite) {
        str_printf(&s, ", which is not among its values ");
        domain_add(var->domain, &s);
    }
    FaultCode code = finite ? FAULT_MODEL_VALUE : FAULT_MODEL_UNDEFINED;
    Status status =
        s.failed ? NOMEM : fault_add(t->faults, code, var->mech_origin, "%s", str_text(&s));
    str_free(&s);
    bool named = status == FAULT && kind == VALUE_LEVEL_KIND && !isnan(value);
    return named ? hint_level(t, var, intern_at(t->m->names, (uint32_t)value)) : status;
}

// A shift of a range of integers needs room for the new values.
static Status extend_range(ModelVar *var, const double *values, size_t rows) {
    const Domain *d = var->domain;
    double low = (double)d->low, high = low + (double)d->count - 1;
    for (size_t r = 0; r < rows; r++) {
        if (values[r] != floor(values[r]) || fabs(values[r]) > 1e9) return OK;
        if (values[r] < low) low = values[r];
        if (values[r] > high) high = values[r];
    }
    Domain *wider = domain_range((int64_t)low, (int64_t)high);
    if (!wider) return NOMEM;
    domain_drop(var->domain);
    var->domain = wider;
    return OK;
}

static Status fill_values(const Tabler *t, ModelVar *var, ValueKind kind, const double *values,
                          size_t rows) {
    uint32_t n = var->domain->count;
    Cpt *cpt = fits(rows, n) ? cpt_new(rows * n) : NULL;
    if (!cpt && fits(rows, n)) return NOMEM;
    set_table(var, cpt);
    uint32_t level = UINT32_MAX;
    for (size_t r = 0; r < rows; r++) {
        if (level == UINT32_MAX || values[r] != values[r - 1])
            level = isnan(values[r]) ? UINT32_MAX
                                     : model_values_level(t->m, var->domain, kind, values[r]);
        if (level == UINT32_MAX) return report_value(t, var, kind, values[r], r);
        if (cpt) cpt->values[r * n + level] = 1;
    }
    return OK;
}

static Status settle_values(const Tabler *t, const DraftVar *d, const Kernel *k, double *values,
                            size_t rows) {
    ModelVar *var = d->var;
    ValueKind kind = kernel_kind(k);
    TRY(kernel_tabulate(k, t->m, var->parents, var->nparents, t->ctl, values));
    for (size_t r = 0; kind == VALUE_NUMBER_KIND && r < rows; r++)
        if (isinf(values[r])) return report_value(t, var, kind, values[r], r);
    if (is_unknown(var->domain)) {
        Domain *domain;
        TRY(model_values_domain(t->m, var->term, kind, values, rows, &domain));
        if (!domain) return report_value(t, var, kind, values[0], 0);
        set_domain(var, domain);
    }
    if (d->extend && var->domain->kind == DOMAIN_RANGE && kind == VALUE_NUMBER_KIND)
        TRY(extend_range(var, values, rows));
    if (domain_finite(var->domain)) return fill_values(t, var, kind, values, rows);
    size_t bad;
    TRY(model_fit_values(var, kind, values, rows, &bad));
    return bad == SIZE_MAX ? OK : report_value(t, var, kind, values[bad], bad);
}

static Status settle_function(const Tabler *t, const DraftVar *d) {
    ModelVar *var = d->var;
    bool finite;
    size_t rows = count_rows(t->m, var, &finite);
    set_table(var, NULL);
    if (!finite) TRY(guess(t, var));
    if (rows > CPT_CELLS && is_unknown(var->domain)) return no_domain(t, var);
    if (!finite || rows > CPT_CELLS) return model_kernel_check(t->m, var, t->faults);
    double *values = MEM_NEW(double, rows);
    if (!values) return NOMEM;
    Kernel *k = NULL;
    Status status = kernel_new(t->m, var->term, &k, t->faults);
    if (status == OK) status = settle_values(t, d, k, values, rows);
    kernel_free(k);
    mem_free(values);
    return status;
}

// --- settling ---

static Status check_cases(const Tabler *t, const ModelVar *var) {
    Str what = {0};
    str_printf(&what, "the mechanism of %s", var->name->text);
    Status status = what.failed
                        ? NOMEM
                        : model_case_check(t->m, var->term, str_text(&what), t->ctl, t->faults);
    str_free(&what);
    return status;
}

static Status settle_mechanism(const Tabler *t, DraftVar *d) {
    ModelVar *var = d->var;
    if (!var->term) return settle_table(t, d);
    if (!d->given && var->inferred) {
        Domain *unknown = domain_new(DOMAIN_SYMBOLIC);
        if (!unknown) return NOMEM;
        set_domain(var, unknown);
    }
    TRY(check_cases(t, var));
    return var->mech == MECH_KERNEL ? settle_kernel(t, var) : settle_function(t, d);
}

// Whether the mechanism must be looked at; a parent whose domain is missing spoils it.
static bool must_settle(const Tabler *t, DraftVar *d) {
    const ModelVar *var = d->var;
    bool must = d->given || d->changed;
    for (uint32_t i = 0; i < var->nparents; i++) {
        const DraftVar *p = &t->b->vars.items[var->parents[i]];
        if (p->changed) must = true;
        if (p->bad && is_unknown(p->var->domain)) d->bad = true;
    }
    return must && !d->bad && var->mech != MECH_NONE;
}

// A mechanism that was sound before does not go with new values of a cause: says which.
static Status blame_cause(const Tabler *t, const DraftVar *d) {
    for (uint32_t i = 0; i < d->var->nparents; i++) {
        const DraftVar *p = &t->b->vars.items[d->var->parents[i]];
        if (!p->changed) continue;
        Str s = {0};
        domain_add(p->var->domain, &s);
        fault_also(t->faults, p->var->mech_origin);
        Status status = s.failed ? NOMEM
                                 : fault_hint(t->faults, "the values of %s are now %s",
                                              p->var->name->text, str_text(&s));
        str_free(&s);
        return status;
    }
    return FAULT;
}

Status model_table_settle(Tabler *t, uint32_t v) {
    DraftVar *d = &t->b->vars.items[v];
    if (!must_settle(t, d)) return OK;
    Domain *before = domain_keep(d->var->domain);
    Status status = settle_mechanism(t, d);
    if (!domain_equal(before, d->var->domain)) d->changed = true;
    if (status == FAULT) d->bad = true;
    if (status == FAULT && !d->given) status = blame_cause(t, d);
    domain_drop(before);
    return status;
}

// --- factors ---

static Status factor_shape(const Tabler *t, const ModelFactor *f, size_t *cells) {
    *cells = 1;
    for (uint32_t i = 0; i < f->nvars; i++) {
        const ModelVar *var = t->m->vars[f->vars[i]];
        if (!domain_finite(var->domain))
            return fault_add(t->faults, FAULT_MODEL_FACTOR, f->origin,
                             "a factor mentions %s, which does not have finitely many values",
                             var->name->text);
        if (!fits(*cells, var->domain->count))
            return fault_add(t->faults, FAULT_MODEL_FACTOR, f->origin,
                             "the table of a factor would have more than %zu cells", CPT_CELLS);
        *cells *= var->domain->count;
    }
    return OK;
}

static Status report_weight(const Tabler *t, const ModelFactor *f, size_t cell) {
    Str s = {0};
    double w = f->table->values[cell];
    str_add(&s, "the weight of a factor");
    if (f->nvars) {
        str_add(&s, " at ");
        model_case_add(t->m, f->vars, f->nvars, cell, &s);
    }
    str_add(&s, " is ");
    if (isnan(w))
        str_add(&s, "not defined");
    else
        num_add_digits(&s, w, 10);
    Status status =
        s.failed ? NOMEM
                 : fault_add(t->faults, FAULT_MODEL_FACTOR, f->origin, "%s", str_text(&s));
    str_free(&s);
    return status == FAULT ? fault_hint(t->faults, "weights are numbers, 0 or more") : status;
}

static Status tabulate_factor(const Tabler *t, const ModelFactor *f) {
    Kernel *k = NULL;
    TRY(model_case_check(t->m, f->term, "a factor", t->ctl, t->faults));
    TRY(kernel_new(t->m, f->term, &k, t->faults));
    Status status = OK;
    if (kernel_kind(k) == VALUE_LEVEL_KIND)
        status = fault_add(t->faults, FAULT_MODEL_FACTOR, f->origin,
                           "a factor is a weight, a number, and not a named value");
    if (status == OK) status = kernel_tabulate(k, t->m, f->vars, f->nvars, t->ctl, f->table->values);
    kernel_free(k);
    return status;
}

Status model_table_factor(Tabler *t, ModelFactor *f) {
    size_t cells;
    bool changed = false;
    for (uint32_t i = 0; i < f->nvars; i++) {
        const DraftVar *d = &t->b->vars.items[f->vars[i]];
        if (d->bad && is_unknown(d->var->domain)) return OK;
        if (d->changed) changed = true;
    }
    TRY(factor_shape(t, f, &cells));
    if (f->term && (changed || !f->table)) {
        cpt_drop(f->table);
        f->table = cpt_new(cells);
        if (!f->table) return NOMEM;
        TRY(tabulate_factor(t, f));
    }
    if (f->table->size != cells)
        return fault_add(t->faults, FAULT_MODEL_TABLE, f->origin,
                         "the table of a factor does not fit the values of its variables");
    for (size_t i = 0; i < cells; i++)
        if (!(f->table->values[i] >= 0 && f->table->values[i] < INFINITY))
            return report_weight(t, f, i);
    return OK;
}

// Cells law: the spine of a distribution, evaluated bottom up.
#include "runtime/real/cells_law.h"

#include <math.h>

#include "runtime/model/dist.h"
#include "runtime/model/dist_spine.h"
#include "runtime/model/kernel.h"

#define MOST_COMBINATIONS ((size_t)1 << 20)
#define MOST_PARAMETERS 8

static bool fits_node(const Term *t, bool whole) {
    if (t->op == TERM_IF || t->op == TERM_CASE || t->op == TERM_MIX) return true;
    if (t->op != TERM_DIST || t->n > MOST_PARAMETERS) return false;
    return (t->family->support != NULL) == whole;
}

static Status list_parents(const Model *m, const Term *dist, Arena *arena, CellsLaw *law,
                           bool *ok) {
    TermOrder all = {0};
    Status st = term_order(dist, &all);
    law->parents = ARENA_ARRAY(arena, uint32_t, all.count);
    if (!law->parents) st = NOMEM;
    law->combinations = 1;
    for (size_t i = 0; st == OK && *ok && i < all.count; i++) {
        if (all.items[i]->op != TERM_VAR) continue;
        uint32_t var = model_find(m, all.items[i]->sym), k = 0;
        if (var == MODEL_NONE || !domain_finite(m->vars[var]->domain)) *ok = false;
        while (*ok && k < law->nparents && law->parents[k] != var) k++;
        if (!*ok || k < law->nparents) continue;
        law->parents[law->nparents++] = var;
        law->combinations *= m->vars[var]->domain->count;
        if (law->combinations > MOST_COMBINATIONS) *ok = false;
    }
    term_order_free(&all);
    return st;
}

// Selectors are not numbers, and not needed: the conditions of the rows are.
static bool is_number(const Term *t, uint32_t kid) {
    return !dist_spine(t, kid) && !(t->op == TERM_CASE && kid < t->nselect);
}

static Status tabulate(const Model *m, const CellsLaw *law, const Term *t, const Ctl *ctl,
                       Arena *arena, double **out, bool *ok) {
    Kernel *k = NULL;
    Faults faults = {0};
    *out = ARENA_ARRAY(arena, double, law->combinations);
    if (!*out) return NOMEM;
    Status st = kernel_new(m, t, &k, &faults);
    if (st == OK) st = kernel_tabulate(k, m, law->parents, law->nparents, ctl, *out);
    if (st == FAULT) *ok = false, st = OK;
    kernel_free(k);
    fault_free(&faults);
    return st;
}

static Status fill_node(const Model *m, CellsLaw *law, size_t node, const Ctl *ctl, Arena *arena,
                        bool *ok) {
    const Term *t = law->spine.items[node];
    law->numbers[node] = ARENA_ARRAY(arena, double *, t->n);
    if (!law->numbers[node]) return NOMEM;
    for (uint32_t k = 0; *ok && k < t->n; k++)
        if (is_number(t, k))
            TRY(tabulate(m, law, t->kid[k], ctl, arena, &law->numbers[node][k], ok));
    return OK;
}

// The parameters of a family at a combination.
static void read_parameters(const CellsLaw *law, size_t node, size_t combination, double *out) {
    const Term *t = law->spine.items[node];
    for (uint32_t k = 0; k < t->n; k++) out[k] = law->numbers[node][k][combination];
}

static void find_bounds(CellsLaw *law) {
    law->low = INFINITY;
    law->high = -INFINITY;
    for (size_t i = 0; i < law->spine.count; i++) {
        const Term *t = law->spine.items[i];
        for (size_t c = 0; t->op == TERM_DIST && c < law->combinations; c++) {
            double params[MOST_PARAMETERS], low, high;
            read_parameters(law, i, c, params);
            if (dist_wrong(t->family, params)) continue;
            dist_bounds(t->family, params, &low, &high);
            law->low = fmin(law->low, low);
            law->high = fmax(law->high, high);
        }
    }
}

Status cells_law_open(const Model *m, const Term *dist, bool whole, const Ctl *ctl, Arena *arena,
                      CellsLaw *out, bool *ok) {
    *out = (CellsLaw){0};
    *ok = true;
    TRY(term_order_some(dist, dist_spine, &out->spine));
    for (size_t i = 0; *ok && i < out->spine.count; i++)
        *ok = fits_node(out->spine.items[i], whole);
    if (*ok) TRY(list_parents(m, dist, arena, out, ok));
    if (!*ok) return OK;
    out->numbers = ARENA_ARRAY(arena, double **, out->spine.count);
    out->values = ARENA_ARRAY(arena, double, out->spine.count);
    if (!out->numbers || !out->values) return NOMEM;
    for (size_t i = 0; *ok && i < out->spine.count; i++)
        TRY(fill_node(m, out, i, ctl, arena, ok));
    if (*ok) find_bounds(out);
    return OK;
}

void cells_law_close(CellsLaw *law) {
    term_order_free(&law->spine);
}

// --- probabilities --------------------------------------------------------------------------

// From the side on which it loses no digits.
static double of_family(const Term *t, const double *params, double low, double high) {
    if (dist_wrong(t->family, params)) return NAN;
    double below = low == -INFINITY ? 0 : dist_cdf(t->family, params, low);
    if (below > 0.5) {
        double above = high == INFINITY ? 0 : dist_survival(t->family, params, high);
        return fmax(0, dist_survival(t->family, params, low) - above);
    }
    double upto = high == INFINITY ? 1 : dist_cdf(t->family, params, high);
    return fmax(0, upto - below);
}

static double value_of(const CellsLaw *law, const Term *t) {
    return law->values[term_order_find(&law->spine, t)];
}

static double of_mix(const CellsLaw *law, size_t node, size_t combination) {
    const Term *t = law->spine.items[node];
    double sum = 0;
    for (uint32_t k = 0; k + 1 < t->n; k += 2)
        sum += law->numbers[node][k + 1][combination] * value_of(law, t->kid[k]);
    return sum;
}

static double of_case(const CellsLaw *law, size_t node, size_t combination) {
    const Term *t = law->spine.items[node];
    for (uint32_t k = t->nselect; k + 1 < t->n; k += 2)
        if (law->numbers[node][k][combination] != 0) return value_of(law, t->kid[k + 1]);
    return NAN;
}

// 1 where the interval holds values of the family, else 0.
static double reach_of_family(const Term *t, const double *params, double low, double high) {
    double first, last;
    if (dist_wrong(t->family, params)) return 0;
    dist_bounds(t->family, params, &first, &last);
    if (!t->family->support) return low < last && first < high;
    return fmax(floor(low) + 1, first) <= fmin(high, last);
}

typedef double (*Rule)(const Term *t, const double *params, double low, double high);

static double of_spine(CellsLaw *law, size_t combination, Rule rule, double low, double high) {
    double params[MOST_PARAMETERS];
    for (size_t i = 0; i < law->spine.count; i++) {
        const Term *t = law->spine.items[i];
        if (t->op == TERM_DIST) {
            read_parameters(law, i, combination, params);
            law->values[i] = rule(t, params, low, high);
        } else if (t->op == TERM_MIX) {
            law->values[i] = of_mix(law, i, combination);
        } else if (t->op == TERM_CASE) {
            law->values[i] = of_case(law, i, combination);
        } else {
            bool yes = law->numbers[i][0][combination] != 0;
            law->values[i] = value_of(law, t->kid[yes ? 1 : 2]);
        }
    }
    return law->values[law->spine.count - 1];
}

double cells_law_probability(CellsLaw *law, size_t combination, double low, double high) {
    return of_spine(law, combination, of_family, low, high);
}

bool cells_law_reaches(CellsLaw *law, size_t combination, double low, double high) {
    return of_spine(law, combination, reach_of_family, low, high) > 0;
}

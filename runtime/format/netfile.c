// NetFile: what every format has in common.
#include "runtime/format/netfile.h"

#include <math.h>
#include <string.h>

void netfile_free(NetFile *net) {
    arena_free(&net->arena);
    *net = (NetFile){0};
}

size_t netfile_rows(const NetVar *var) {
    return var->cells / var->nlevels;
}

static void normalise_row(double *row, uint32_t n) {
    double sum = 0;
    for (uint32_t k = 0; k < n; k++) sum += row[k];
    if (fabs(sum - 1) <= NETFILE_EXACT || sum == 0) return;
    for (uint32_t k = 0; k < n; k++) row[k] /= sum;
}

void netfile_normalise(NetFile *net) {
    if (net->rounded_rows == 0) return;
    for (uint32_t v = 0; v < net->nvars; v++) {
        const NetVar *var = &net->vars[v];
        if (!var->table) continue;
        double *table = (double *)var->table; // ours: it lives in our arena
        for (size_t at = 0; at < var->cells; at += var->nlevels)
            normalise_row(table + at, var->nlevels);
    }
}

static bool same_numbers(const double *a, const double *b, size_t n) {
    if (!a || !b) return a == b;
    return memcmp(a, b, n * sizeof *a) == 0;
}

static bool same_ids(const uint32_t *a, const uint32_t *b, uint32_t n) {
    return n == 0 || memcmp(a, b, n * sizeof *a) == 0;
}

static bool same_var(const NetVar *a, const NetVar *b) {
    if (strcmp(a->name, b->name) != 0 || a->nlevels != b->nlevels) return false;
    for (uint32_t k = 0; k < a->nlevels; k++)
        if (strcmp(a->levels[k], b->levels[k]) != 0) return false;
    return a->nparents == b->nparents && same_ids(a->parents, b->parents, a->nparents) &&
           a->cells == b->cells && same_numbers(a->table, b->table, a->cells);
}

static bool same_factor(const NetPotential *a, const NetPotential *b) {
    return a->nvars == b->nvars && same_ids(a->vars, b->vars, a->nvars) &&
           a->cells == b->cells && same_numbers(a->values, b->values, a->cells);
}

bool netfile_equal(const NetFile *a, const NetFile *b) {
    if (strcmp(a->name, b->name) != 0 || a->markov != b->markov) return false;
    if (a->nvars != b->nvars || a->nfactors != b->nfactors) return false;
    for (uint32_t v = 0; v < a->nvars; v++)
        if (!same_var(&a->vars[v], &b->vars[v])) return false;
    for (uint32_t f = 0; f < a->nfactors; f++)
        if (!same_factor(&a->factors[f], &b->factors[f])) return false;
    return true;
}

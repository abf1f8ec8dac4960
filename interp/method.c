// Method: the table, and what each of them sets.
#include "interp/method.h"

#include <math.h>
#include <string.h>

static void set_exact(AskMethod *out, const double *given) {
    (void)given;
    out->exact = true;
}

static void set_bounds(AskMethod *out, const double *given) {
    (void)given;
    out->bounds = true;
}

static void set_eliminate(AskMethod *out, const double *given) {
    (void)given;
    out->engine = &engine_eliminate;
}

static void set_enumerate(AskMethod *out, const double *given) {
    (void)given;
    out->engine = &engine_enumerate;
}

static const MethodOption sampling_options[] = {
    {"n", "how many draws; left out: until the standard error is below :set tolerance", 2},
    {"seed", "of the random streams; left out: that of :set seed", 0},
    {NULL, NULL, 0},
};

static void set_sampling(AskMethod *out, const double *given) {
    out->sample = true;
    if (!isnan(given[0])) out->budget.draws = (uint64_t)given[0];
    if (!isnan(given[1])) out->budget.seed = (uint64_t)given[1];
}

static const MethodOption minibuckets_options[] = {
    {"size", "the most variables of a table; left out: as many as the memory allows", 1},
    {"n", "how many draws; left out: until the standard error is below :set tolerance", 2},
    {"seed", "of the random streams; left out: that of :set seed", 0},
    {NULL, NULL, 0},
};

static void set_minibuckets(AskMethod *out, const double *given) {
    out->minibuckets = true;
    if (!isnan(given[0])) out->size = (uint32_t)fmin(given[0], UINT32_MAX);
    if (!isnan(given[1])) out->budget.draws = (uint64_t)given[1];
    if (!isnan(given[2])) out->budget.seed = (uint64_t)given[2];
}

const Method method_table[] = {
    {"bounds", "What a question can come to over all models that agree with what is known.", NULL,
     set_bounds},
    {"eliminate", "Variable elimination, for what has finitely many values.", NULL, set_eliminate},
    {"enumerate", "Brute force over all joint values: the oracle for small finite models.", NULL,
     set_enumerate},
    {"exact", "Fail, saying why, rather than sample.", NULL, set_exact},
    {"minibuckets", "Draws from mini-buckets, for what is too large for exact tables.",
     minibuckets_options, set_minibuckets},
    {"sampling", "Sample, also where an exact answer is at hand.", sampling_options, set_sampling},
    {NULL, NULL, NULL, NULL},
};

const Method *method_find(const char *name) {
    for (const Method *m = method_table; m->name; m++)
        if (strcmp(m->name, name) == 0) return m;
    return NULL;
}

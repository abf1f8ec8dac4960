// Wide: arithmetic on tables whose entries have their own exponents.
#include "runtime/infer/wide.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"

// Puts the value in [0.5, 1) and its exponent right; a zero gets exponent 0.
static void store(Factor *f, size_t at, double value, int64_t exp) {
    int shift;
    f->values[at] = frexp(value, &shift);
    f->exps[at] = value > 0 ? (int32_t)(exp + shift) : 0;
}

// Beyond 1100 binary places the smaller summand is nothing to the greater.
static void add(Factor *f, size_t at, double value, int64_t exp) {
    if (value == 0) return;
    if (f->values[at] == 0) {
        store(f, at, value, exp);
        return;
    }
    int64_t apart = exp - f->exps[at];
    if (apart >= 0)
        store(f, at, value + ldexp(f->values[at], apart > 1100 ? -1100 : -(int)apart), exp);
    else
        store(f, at, f->values[at] + ldexp(value, apart < -1100 ? -1100 : (int)apart),
              f->exps[at]);
}

// The entry of `f` that goes with the clique's cell `at`.
static size_t entry(const FactorJob *job, const Factor *f, const uint32_t *at) {
    size_t offset = 0;
    uint32_t d = 0;
    for (uint32_t k = 0; k < f->nvars; k++) {
        while (job->vars[d] != f->vars[k]) d++;
        offset = offset * job->cards[f->vars[k]] + at[d];
    }
    return offset;
}

static void combine_cell(const FactorJob *job, const uint32_t *at) {
    double value = 1;
    int64_t exp = 0;
    for (size_t i = 0; i < job->nin && value > 0; i++) {
        size_t k = entry(job, job->in[i], at);
        int shift;
        value = frexp(value * job->in[i]->values[k], &shift);
        exp += job->in[i]->exps[k] + shift;
    }
    if (value == 0) return;
    for (size_t i = 0; i < job->nout; i++)
        add(job->out[i], entry(job, job->out[i], at), value, exp);
}

static bool next_cell(const FactorJob *job, uint32_t *at) {
    for (uint32_t d = job->nvars; d-- > 0;) {
        if (++at[d] < job->cards[job->vars[d]]) return true;
        at[d] = 0;
    }
    return false;
}

Status wide_combine(const FactorJob *job, const Ctl *ctl) {
    uint32_t *at = MEM_NEW(uint32_t, job->nvars);
    Status status = at ? OK : NOMEM;
    for (size_t i = 0; i < job->nout; i++) {
        memset(job->out[i]->values, 0, job->out[i]->size * sizeof(double));
        memset(job->out[i]->exps, 0, job->out[i]->size * sizeof(int32_t));
    }
    while (status == OK) {
        if (ctl_cancelled(ctl)) status = CANCELLED;
        combine_cell(job, at);
        if (!next_cell(job, at)) break;
    }
    mem_free(at);
    return status;
}

void wide_normalise(Factor *f) {
    bool any = false;
    int32_t most = 0;
    for (size_t i = 0; i < f->size; i++) {
        if (f->values[i] == 0) continue;
        store(f, i, f->values[i], f->exps[i]);
        if (!any || f->exps[i] > most) most = f->exps[i];
        any = true;
    }
    for (size_t i = 0; i < f->size; i++)
        if (f->values[i] > 0) f->exps[i] -= most;
    f->exponent = any ? f->exponent + most : 0;
    f->low = 0;
}

void wide_divide(Factor *above, const Factor *below) {
    for (size_t i = 0; i < above->size; i++) {
        if (below->values[i] == 0)
            above->values[i] = 0;
        else
            store(above, i, above->values[i] / below->values[i],
                  (int64_t)above->exps[i] - below->exps[i]);
    }
}

bool wide_flatten(Factor *f) {
    bool faint = false;
    wide_normalise(f);
    for (size_t i = 0; i < f->size; i++) {
        faint |= f->values[i] > 0 && f->exps[i] < DBL_MIN_EXP;
        f->values[i] = ldexp(f->values[i], f->exps[i] < -2000 ? -2000 : f->exps[i]);
    }
    mem_free(f->exps);
    f->exps = NULL;
    return faint;
}

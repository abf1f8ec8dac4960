// Sample fault: what stands in the way of a sampled answer.
#include "runtime/sample/sample_fault.h"

#include <gsl/gsl_cdf.h>
#include <inttypes.h>

#include "runtime/base/num.h"

static Status fault_written(Faults *faults, FaultCode code, const Term *t, const char *why) {
    Str s = {0};
    term_add_brief(t, &s);
    Status status =
        s.failed ? NOMEM : fault_add(faults, code, t->origin, "%s %s", str_text(&s), why);
    str_free(&s);
    return status;
}

Status sample_fault_value(const SamplePlan *p, const SampleStep *step, Faults *faults) {
    if (step->var == MODEL_NONE)
        return fault_written(faults, FAULT_SAMPLE_VALUE, step->written,
                             "has no value in some of the draws");
    return sample_fault_mechanism(p->q->model->vars[step->var], faults);
}

Status sample_fault_mechanism(const ModelVar *v, Faults *faults) {
    Status st = fault_add(faults, FAULT_SAMPLE_VALUE, v->mech_origin,
                          "the mechanism of %s gives it no value, or no probability, in some of "
                          "the draws",
                          v->name->text);
    bool number = v->mech == MECH_KERNEL && v->term && !term_is_dist(v->term);
    if (st != FAULT || !number || v->domain->kind != DOMAIN_BOOL) return st;
    return fault_hint(faults, "a number after ~ is the probability of true; %s = ... gives a value, "
                      "and %s ~ normal(..., sd) a law around it", v->name->text,
                      v->name->text) == NOMEM ? NOMEM : FAULT;
}

Status sample_fault_atom(const SamplePlan *p, const SampleStep *step, Faults *faults) {
    const ModelVar *v = p->q->model->vars[step->var];
    return fault_add(faults, FAULT_SAMPLE_ATOM, p->q->origin,
                     "the evidence gives %s a value that has a probability in some draws, and "
                     "only a density in others",
                     v->name->text);
}

Status sample_fault_improbable(const RealQuestion *q, double ess, uint64_t draws,
                               Faults *faults) {
    if (ess == 0)
        return fault_add(faults, FAULT_SAMPLE_IMPROBABLE, q->origin,
                         "none of %" PRIu64 " draws met the evidence", draws);
    return fault_add(faults, FAULT_SAMPLE_IMPROBABLE, q->origin,
                     "beside the evidence, %" PRIu64 " draws are worth only %.3g", draws, ess);
}

// The probability that so many hits, or fewer, do not rule out at 5% (Clopper & Pearson 1934, in
// the Poisson limit).
Status sample_fault_rare(const RealQuestion *q, double hits, double draws, Faults *faults) {
    double bound = gsl_cdf_gamma_Pinv(0.95, hits + 1, 1) / draws;
    return fault_add(faults, FAULT_SAMPLE_RARE, q->origin,
                     "of %.0f effective draws %.3g met the event: its probability is below %.2g "
                     "with 95%% confidence, and more is not known",
                     draws, hits, bound < 1 ? bound : 1);
}

Status sample_fault_quantile(const RealQuestion *q, double draws, Faults *faults) {
    return fault_add(faults, FAULT_SAMPLE_RARE, q->origin,
                     "too few of %.0f effective draws lie beyond the quantile at %.6g", draws,
                     q->level);
}

Status sample_fault_tails(const RealQuestion *q, double shape, Faults *faults) {
    Status st = fault_add(faults, FAULT_SAMPLE_TAIL, q->origin,
                          "the largest values fall off so slowly (as x^-%.2g) that %s",
                          1 / shape + 1,
                          shape >= 0.9 ? "this has no mean"
                                       : "an average of draws has no error to be trusted");
    if (st != FAULT) return st;
    return fault_hint(faults, "a quantile or a probability is answered: Quantile[..., 0.5], "
                              "P(... > 1)");
}

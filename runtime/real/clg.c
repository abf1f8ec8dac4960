// Clg: the heads of questions, and the engine.
#include "runtime/real/clg.h"

#include <math.h>

// --- heads -----------------------------------------------------------------------------------

static Status all_args(Clg *c, void *user, const Form **out) {
    (void)user;
    for (uint32_t i = 0; i < c->q->nargs; i++) out[i] = c->forms[i];
    return OK;
}

static Status product_of_args(Clg *c, void *user, const Form **out) {
    (void)user;
    *out = c->q->nargs ? c->forms[0] : form_number(&c->affine.make, 1);
    for (uint32_t i = 1; i < c->q->nargs && *out; i++)
        *out = form_mul(&c->affine.make, *out, c->forms[i]);
    return OK;
}

static Status probability(Clg *c, RealAnswer *out) {
    Moment ratio = {0};
    TRY(clg_means(c, 1, product_of_args, NULL, &out->value, &ratio));
    if (c->q->head == REAL_LOGP) out->value = log(ratio.value) + ratio.log;
    return OK;
}

// The products of the deviations of the args from their means: i * (i + 1) / 2 + j for j <= i.
static Status deviations(Clg *c, void *user, const Form **out) {
    const double *means = user;
    FormMaker *m = &c->affine.make;
    const Form **off = ARENA_ARRAY(&c->scratch, const Form *, c->q->nargs);
    if (!off) return NOMEM;
    for (uint32_t i = 0; i < c->q->nargs; i++) {
        off[i] = form_add(m, c->forms[i], -1, form_number(m, means[i]));
        for (uint32_t j = 0; j <= i; j++) *out++ = form_mul(m, off[i], off[j]);
    }
    return OK;
}

// Covariances of the args, packed as above. A variance that is rounding is 0.
static Status covariances(Clg *c, double **out) {
    const uint32_t n = c->q->nargs;
    const size_t size = (size_t)n * (n + 1) / 2;
    double *means = ARENA_ARRAY(&c->plan, double, n);
    *out = ARENA_ARRAY(&c->plan, double, size);
    if (!means || !*out) return NOMEM;
    TRY(clg_means(c, n, all_args, NULL, means, NULL));
    if (c->applies) TRY(clg_means(c, (uint32_t)size, deviations, means, *out, NULL));
    for (uint32_t i = 0; i < n; i++) {
        double *variance = &(*out)[(size_t)i * (i + 1) / 2 + i];
        if (*variance < 1e-30 * means[i] * means[i]) *variance = 0;
    }
    return OK;
}

static double correlation(const double *cov) {
    if (cov[0] == 0 || cov[2] == 0) return NAN;
    return cov[1] / (sqrt(cov[0]) * sqrt(cov[2]));
}

static double at(const double *cov, uint32_t i, uint32_t j) {
    return i < j ? at(cov, j, i) : cov[(size_t)i * (i + 1) / 2 + j];
}

// Sweeps args 2.. out of the covariances (Beaton 1964), then divides Cov(0, 1) by Var(1).
static double slope(double *cov, uint32_t n) {
    double whole = at(cov, 1, 1);
    for (uint32_t k = n - 1; k >= 2; k--) {
        double pivot = at(cov, k, k);
        if (!(pivot > 0)) continue;
        for (uint32_t i = 0; i < k; i++)
            for (uint32_t j = 0; j <= i; j++) {
                double *x = &cov[(size_t)i * (i + 1) / 2 + j];
                double off = at(cov, i, k) * at(cov, j, k) / pivot;
                *x = fabs(*x - off) <= 1e-12 * (fabs(*x) + fabs(off)) ? 0 : *x - off;
            }
    }
    double rest = at(cov, 1, 1);
    return rest > 1e-12 * whole ? at(cov, 1, 0) / rest : NAN;
}

static Status second_moments(Clg *c, RealAnswer *out) {
    double *cov;
    TRY(covariances(c, &cov));
    switch (c->q->head) {
    case REAL_VAR:
        out->value = cov[0];
        return OK;
    case REAL_SD:
        out->value = sqrt(cov[0]);
        return OK;
    case REAL_COV:
        out->value = cov[1];
        return OK;
    case REAL_COR:
        out->value = correlation(cov);
        return OK;
    default:
        out->value = slope(cov, c->q->nargs);
        return OK;
    }
}

static Status answer_head(Clg *c, RealAnswer *out) {
    switch (c->q->head) {
    case REAL_P:
    case REAL_LOGP:
        return probability(c, out);
    case REAL_E:
        return clg_means(c, 1, all_args, NULL, &out->value, NULL);
    case REAL_QUANTILE:
        return clg_quantile(c, out);
    case REAL_LAW:
        return clg_law(c, out);
    default:
        return second_moments(c, out);
    }
}

// Two moments of the causes tell two moments of what is linear in them.
static bool is_moment(RealHead head) {
    return head == REAL_E || head == REAL_VAR || head == REAL_SD || head == REAL_COV ||
           head == REAL_COR || head == REAL_SLOPE;
}

static Status try_answer(const RealCall *call, const RealQuestion *q, ClgMode mode,
                         bool *applies, RealAnswer *out) {
    Clg clg;
    Status status = clg_open(call, q, mode, &clg);
    if (status == OK && clg.applies) status = answer_head(&clg, out);
    if (status == OK && clg.applies && call->d) status = clg_explain(&clg, call->d);
    *applies = status == OK && clg.applies;
    if (*applies) out->method = "exact";
    else real_answer_free(out);
    clg_close(&clg);
    return status;
}

// --- joint normality -------------------------------------------------------------------------

typedef struct Normality {
    uint32_t configurations;
    bool normal;
} Normality;

static Status look(Clg *c, void *user) {
    Normality *n = user;
    FormLine line;
    n->normal = n->normal && n->configurations++ == 0 && !c->event;
    for (uint32_t i = 0; n->normal && i < c->q->nargs; i++)
        n->normal = form_is_line(c->forms[i], &line);
    for (size_t i = 0; n->normal && i < gaussian_noises(&c->gaussian); i++)
        n->normal = c->gaussian.normal.items[i];
    return OK;
}

Status clg_normal(const RealCall *call, const RealQuestion *q, bool *applies, double *out) {
    Clg clg;
    double *cov = NULL;
    Normality n = {.normal = true};
    Status status = clg_open(call, q, CLG_PLAIN, &clg);
    if (status == OK && clg.applies) status = clg_each(&clg, look, &n);
    *applies = status == OK && clg.applies && n.normal;
    if (*applies) status = covariances(&clg, &cov);
    *applies = *applies && status == OK && clg.applies;
    for (size_t i = 0; *applies && i < (size_t)q->nargs * (q->nargs + 1) / 2; i++)
        out[i] = cov[i];
    clg_close(&clg);
    return status;
}

// --- whether what is given can happen --------------------------------------------------------

// Observed values that are functions of others, without noise of their own, may contradict them.
static bool may_contradict(const Model *m, const RealScope *s) {
    if (s->evidence.count < 2) return false;
    for (size_t i = 0; i < s->evidence.count; i++) {
        const RealEvidence *e = &s->evidence.items[i];
        if (e->kind == REAL_POINT && e->var == MODEL_NONE) return true;
        if (e->kind != REAL_POINT || m->vars[e->var]->mech != MECH_STRUCTURAL) continue;
        const ModelVar *v = m->vars[e->var];
        bool noise = false;
        for (uint32_t p = 0; p < v->nparents; p++)
            noise = noise || m->vars[v->parents[p]]->anonymous;
        if (!noise) return true;
    }
    return false;
}

static Status weigh_given(const RealCall *call, const RealQuestion *q) {
    Clg clg;
    Status status = clg_open(call, q, CLG_GIVEN, &clg);
    if (status == OK && clg.applies) status = clg_means(&clg, 0, all_args, NULL, NULL, NULL);
    clg_close(&clg);
    return status;
}

// What is separated from the question is looked at here. Where it cannot be judged it stands.
static Status check_given(const RealCall *call, const RealQuestion *q) {
    Faults faults = {0};
    const RealCall quiet = {.budget = call->budget, .ctl = call->ctl, .faults = &faults};
    RealQuestion given = *q;
    RealScope scope;
    given.nargs = given.nweights = 0;
    Status status = real_scope_open_given(&given, &faults, &scope);
    bool doubtful = status == OK && may_contradict(q->model, &scope);
    real_scope_close(&scope);
    if (doubtful) status = weigh_given(&quiet, &given);
    bool impossible = faults.count && faults.items[0].code == FAULT_ASK_IMPOSSIBLE;
    if (status == FAULT)
        status = !impossible ? OK
                             : fault_add(call->faults, FAULT_ASK_IMPOSSIBLE, q->origin, "%s",
                                         faults.items[0].message);
    fault_free(&faults);
    return status;
}

static Status answer(const RealCall *call, const RealQuestion *q, bool *applies,
                     RealAnswer *out) {
    RealCall quiet = *call;
    *applies = false;
    quiet.why = NULL;
    if (q->ngiven) TRY(check_given(call, q));
    if (is_moment(q->head)) TRY(try_answer(&quiet, q, CLG_MOMENTS, applies, out));
    return *applies ? OK : try_answer(call, q, CLG_PLAIN, applies, out);
}

const RealEngine real_engine_gaussian = {
    .name = "gaussian",
    .doc = "Linear equations with normal noise, by linear algebra; mixtures over discrete causes.",
    .answer = answer,
};

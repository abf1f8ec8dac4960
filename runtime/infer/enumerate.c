// Enumerate: the joint of a few variables and the evidence as a sum over every assignment.
//
// The oracle that other engines are tested against: it shares nothing with them but the Net,
// and is as plain as can be. Products carry their exponent apart, and sums are compensated
// (Neumaier 1974), so that neither extreme probabilities nor many terms cost accuracy.
#include <float.h>
#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/base/num.h"
#include "runtime/infer/net.h"

// Assignments beyond which nobody would wait.
static const double HOPELESS = 1e10;

typedef struct Walk {
    const Net *net;
    NetEvidence evidence;
    uint32_t *levels; // the assignment at hand
} Walk;

static void first(const Walk *w) {
    for (uint32_t v = 0; v < w->net->nvars; v++)
        w->levels[v] = w->evidence && w->evidence[v] != NET_NONE ? w->evidence[v] : 0;
}

static bool next(const Walk *w) {
    for (uint32_t v = w->net->nvars; v-- > 0;) {
        if (w->evidence && w->evidence[v] != NET_NONE) continue;
        if (++w->levels[v] < w->net->cards[v]) return true;
        w->levels[v] = 0;
    }
    return false;
}

static size_t cell_of(const Walk *w, const uint32_t *vars, uint32_t nvars) {
    size_t cell = 0;
    for (uint32_t i = 0; i < nvars; i++)
        cell = cell * w->net->cards[vars[i]] + w->levels[vars[i]];
    return cell;
}

// The product of all factors as m * 2^*exponent with m in [0.5, 1), or 0.
static double weight(const Walk *w, int64_t *exponent) {
    double m = 0.5;
    int64_t sum = 1;
    for (uint32_t f = 0; f < w->net->nfactors && m > 0; f++) {
        const NetFactor *factor = &w->net->factors[f];
        int up, again;
        double entry = frexp(factor->values[cell_of(w, factor->vars, factor->nvars)], &up);
        m = frexp(m * entry, &again);
        sum += up + again;
    }
    *exponent = sum;
    return m;
}

static Status refuse(double assignments, Faults *faults) {
    Str s = {0};
    num_add_digits(&s, assignments, 3);
    Status status =
        s.failed ? NOMEM
                 : fault_add(faults, FAULT_ASK_TOO_LARGE, 0,
                             "enumeration would have to visit %s assignments", str_text(&s));
    if (status == FAULT) status = fault_hint(faults, "leave `using enumerate` out");
    str_free(&s);
    return status;
}

static Status check_size(const Walk *w, const uint32_t *query, uint32_t nquery, const Ctl *ctl,
                         Faults *faults) {
    double assignments = 1, cells = 1;
    for (uint32_t v = 0; v < w->net->nvars; v++)
        if (!w->evidence || w->evidence[v] == NET_NONE) assignments *= w->net->cards[v];
    for (uint32_t i = 0; i < nquery; i++) cells *= w->net->cards[query[i]];
    if (assignments > HOPELESS) return refuse(assignments, faults);
    if (2 * cells * sizeof(double) > (double)ctl_memory(ctl)) return refuse(cells, faults);
    return OK;
}

// The first pass finds the greatest exponent, by which the second scales its terms.
static Status greatest_exponent(const Walk *w, const Ctl *ctl, bool *any, int64_t *greatest) {
    *any = false;
    *greatest = 0;
    first(w);
    do {
        int64_t exponent;
        if (ctl_cancelled(ctl)) return CANCELLED;
        if (weight(w, &exponent) == 0) continue;
        if (!*any || exponent > *greatest) *greatest = exponent;
        *any = true;
    } while (next(w));
    return OK;
}

static void add_compensated(double *sum, double *lost, double term) {
    double total = *sum + term;
    *lost += *sum >= term ? (*sum - total) + term : (term - total) + *sum;
    *sum = total;
}

static Status add_up(const Walk *w, int64_t greatest, const Ctl *ctl, NetTable *out) {
    double *lost = MEM_NEW(double, out->size);
    if (!lost) return NOMEM;
    Status status = OK;
    first(w);
    do {
        int64_t exponent;
        if (ctl_cancelled(ctl)) status = CANCELLED;
        double m = weight(w, &exponent);
        int64_t below = exponent - greatest < -3000 ? -3000 : exponent - greatest;
        size_t cell = cell_of(w, out->vars, out->nvars);
        out->faint |= m > 0 && below < DBL_MIN_EXP;
        if (m > 0) add_compensated(&out->values[cell], &lost[cell], ldexp(m, (int)below));
    } while (status == OK && next(w));
    for (size_t i = 0; i < out->size; i++) out->values[i] += lost[i];
    mem_free(lost);
    return status;
}

static Status allocate(const Net *net, const uint32_t *query, uint32_t nquery, NetTable *out) {
    out->nvars = nquery;
    out->size = 1;
    for (uint32_t i = 0; i < nquery; i++) out->size *= net->cards[query[i]];
    out->vars = MEM_NEW(uint32_t, nquery);
    out->values = MEM_NEW(double, out->size);
    if (!out->vars || !out->values) return NOMEM;
    if (nquery) memcpy(out->vars, query, nquery * sizeof *query);
    return OK;
}

static Status joint(const Net *net, NetEvidence evidence, const uint32_t *query,
                    uint32_t nquery, const Ctl *ctl, Derivation *d, NetTable *out,
                    Faults *faults) {
    Walk w = {.net = net, .evidence = evidence, .levels = MEM_NEW(uint32_t, net->nvars)};
    bool any;
    int64_t greatest;
    *out = (NetTable){0};
    Status status = w.levels ? check_size(&w, query, nquery, ctl, faults) : NOMEM;
    if (status == OK) status = allocate(net, query, nquery, out);
    if (status == OK)
        status = derivation_add(d, "enumeration",
                                "every joint assignment of all "
                                "variables, one by one");
    if (status == OK) status = greatest_exponent(&w, ctl, &any, &greatest);
    if (status == OK) status = add_up(&w, greatest, ctl, out);
    if (status == OK) out->log_scale = any ? (double)greatest * log(2) : 0;
    if (status != OK) net_table_free(out);
    mem_free(w.levels);
    return status;
}

const Engine engine_enumerate = {
    .name = "enumerate",
    .doc = "sums over every assignment of all variables: slow, simple, for checking",
    .joint = joint,
};

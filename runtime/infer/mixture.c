// Mixture: the marginals of many variables put together from those of cases.
#include "runtime/infer/mixture.h"

#include <math.h>
#include <stddef.h>

#include "runtime/base/mem.h"

static size_t cells(const Mixture *m) {
    size_t count = 0;
    for (uint32_t v = 0; v < m->nvars; v++)
        if (m->out[v]) count += m->cards[v];
    return count;
}

double mixture_bytes(const Mixture *m) {
    return sizeof(double) * (double)cells(m) + sizeof(double *) * (double)m->nvars;
}

Status mixture_place(Mixture *m, double *const **place) {
    *place = m->total > 0 ? m->at : m->out;
    if (*place) return OK;
    m->cells = MEM_NEW(double, cells(m));
    m->at = MEM_NEW(double *, m->nvars);
    if (!m->cells || !m->at) return NOMEM;
    double *next = m->cells;
    for (uint32_t v = 0; v < m->nvars; v++) {
        if (!m->out[v]) continue;
        m->at[v] = next;
        next += m->cards[v];
    }
    *place = m->at;
    return OK;
}

void mixture_add(Mixture *m, double log_weight) {
    double shrink = 1, weight = 1;
    if (log_weight == -(double)INFINITY) return;
    if (m->total == 0) {
        m->most = log_weight;
        m->total = 1;
        return;
    }
    if (log_weight > m->most) {
        shrink = exp(m->most - log_weight);
        m->most = log_weight;
    } else
        weight = exp(log_weight - m->most);
    for (uint32_t v = 0; v < m->nvars; v++)
        for (uint32_t i = 0; m->out[v] && i < m->cards[v]; i++)
            m->out[v][i] = m->out[v][i] * shrink + m->at[v][i] * weight;
    m->total = m->total * shrink + weight;
}

double mixture_finish(Mixture *m) {
    if (m->total == 0) return -(double)INFINITY;
    for (uint32_t v = 0; m->total != 1 && v < m->nvars; v++)
        for (uint32_t i = 0; m->out[v] && i < m->cards[v]; i++) m->out[v][i] /= m->total;
    return m->most + log(m->total);
}

void mixture_free(Mixture *m) {
    mem_free(m->cells);
    mem_free(m->at);
}

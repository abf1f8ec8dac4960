// Prune: what a question does not need.
#include "runtime/infer/prune.h"

#include "runtime/base/mem.h"
#include "runtime/base/str.h"
#include "runtime/infer/problem.h"

enum { NAMED = 20 }; // variables named before "and N more"

// Which factors mention each variable: those of v are of[start[v]] .. of[start[v + 1]].
typedef struct Mentions {
    size_t *start;
    uint32_t *of;
    uint32_t *left; // how many of them are not dropped
} Mentions;

static void mentions_free(Mentions *m) {
    mem_free(m->start);
    mem_free(m->of);
    mem_free(m->left);
}

static Status mentions_new(const Net *net, Mentions *m) {
    size_t total = 0;
    for (uint32_t f = 0; f < net->nfactors; f++) total += net->factors[f].nvars;
    m->start = MEM_NEW(size_t, (size_t)net->nvars + 2);
    m->of = MEM_NEW(uint32_t, total);
    m->left = MEM_NEW(uint32_t, net->nvars);
    if (!m->start || !m->of || !m->left) return NOMEM;
    for (uint32_t f = 0; f < net->nfactors; f++)
        for (uint32_t i = 0; i < net->factors[f].nvars; i++) {
            m->start[net->factors[f].vars[i] + 2]++;
            m->left[net->factors[f].vars[i]]++;
        }
    for (uint32_t v = 1; v < net->nvars; v++) m->start[v + 1] += m->start[v];
    for (uint32_t f = 0; f < net->nfactors; f++)
        for (uint32_t i = 0; i < net->factors[f].nvars; i++)
            m->of[m->start[net->factors[f].vars[i] + 1]++] = f;
    return OK;
}

// The conditional table of v when it is the one factor left that mentions v, else NET_NONE.
static uint32_t only_table(const Net *net, const Mentions *m, const bool *dropped, uint32_t v) {
    if (m->left[v] != 1) return NET_NONE;
    for (size_t i = m->start[v]; i < m->start[v + 1]; i++)
        if (!dropped[m->of[i]])
            return net->factors[m->of[i]].child == v ? m->of[i] : NET_NONE;
    return NET_NONE;
}

Status prune_barren(const Net *net, const bool *needed, bool *barren, bool *dropped) {
    Mentions m = {0};
    uint32_t *stack = NULL, count = 0;
    Status status = mentions_new(net, &m);
    if (status != OK) goto done;
    // A variable is looked at first by itself, then whenever a factor of it is dropped.
    stack = MEM_NEW(uint32_t, net->nvars);
    if (!stack) status = NOMEM;
    for (uint32_t v = 0; status == OK && v < net->nvars; v++) {
        stack[count++] = v;
        while (count) {
            uint32_t u = stack[--count];
            uint32_t f = needed[u] || barren[u] ? NET_NONE : only_table(net, &m, dropped, u);
            if (f == NET_NONE) continue;
            barren[u] = dropped[f] = true;
            for (uint32_t i = 0; i < net->factors[f].nvars; i++) {
                uint32_t w = net->factors[f].vars[i];
                if (--m.left[w] == 1 && w < v) stack[count++] = w;
            }
        }
    }
done:
    mem_free(stack);
    mentions_free(&m);
    return status;
}

Status prune_explain(const Net *net, const bool *marked, const char *why, Derivation *d) {
    uint32_t count = 0;
    Str names = {0};
    if (!d) return OK;
    for (uint32_t v = 0; v < net->nvars; v++) {
        if (!marked[v]) continue;
        if (count++ >= NAMED) continue;
        if (count > 1) str_add(&names, ", ");
        problem_name(net, v, &names);
    }
    if (count > NAMED) str_printf(&names, " and %u more", (unsigned)(count - NAMED));
    Status status = names.failed ? NOMEM : OK;
    if (status == OK && count)
        status = derivation_add(d, "pruned", "%s: %s", str_text(&names), why);
    str_free(&names);
    return status;
}

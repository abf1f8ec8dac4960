// Net: what all engines share.
#include "runtime/infer/net.h"

#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"

const Engine *const engine_list[] = {&engine_eliminate, &engine_enumerate, NULL};

const Engine *engine_find(const char *name) {
    for (const Engine *const *e = engine_list; *e; e++)
        if (strcmp((*e)->name, name) == 0) return *e;
    return NULL;
}

void net_table_free(NetTable *table) {
    mem_free(table->vars);
    mem_free(table->values);
    *table = (NetTable){0};
}

// The sum of every stride-th value, in four lanes: a single one would wait for each addition.
static double strided_sum(const double *values, size_t count, size_t stride) {
    double lane[4] = {0, 0, 0, 0};
    size_t i = 0;
    for (; i + 4 <= count; i += 4)
        for (size_t k = 0; k < 4; k++) lane[k] += values[(i + k) * stride];
    for (; i < count; i++) lane[0] += values[i * stride];
    return (lane[0] + lane[1]) + (lane[2] + lane[3]);
}

bool net_is_conditional(const uint32_t *cards, uint32_t nvars, const uint32_t *vars,
                        const double *values, uint32_t child) {
    size_t inner = 1, outer = 1, card = cards[child];
    uint32_t i = nvars;
    while (vars[--i] != child) inner *= cards[vars[i]];
    while (i-- > 0) outer *= cards[vars[i]];
    for (size_t o = 0; o < outer; o++, values += inner * card)
        for (size_t k = 0; k < inner; k++)
            if (fabs(strided_sum(values + k, card, inner) - 1) > 1e-13) return false;
    return true;
}

bool net_sums_to_one(const Net *net, const NetFactor *f) {
    if (f->child == NET_NONE) return false;
    if (f->sums != NET_SUMS_UNKNOWN) return f->sums == NET_SUMS_ONE;
    return net_is_conditional(net->cards, f->nvars, f->vars, f->values, f->child);
}

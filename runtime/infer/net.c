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

bool net_is_conditional(const uint32_t *cards, uint32_t nvars, const uint32_t *vars,
                        const double *values, uint32_t child) {
    size_t inner = 1, outer = 1;
    uint32_t i = nvars;
    while (vars[--i] != child) inner *= cards[vars[i]];
    while (i-- > 0) outer *= cards[vars[i]];
    for (size_t o = 0; o < outer; o++, values += inner * cards[child])
        for (size_t k = 0; k < inner; k++) {
            double sum = 0;
            for (size_t level = 0; level < cards[child]; level++)
                sum += values[level * inner + k];
            if (fabs(sum - 1) > 1e-13) return false;
        }
    return true;
}

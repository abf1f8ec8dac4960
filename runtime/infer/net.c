// Net: what all engines share.
#include "runtime/infer/net.h"

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

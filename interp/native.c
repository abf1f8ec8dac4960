// Native: the list of tables.
#include "interp/native.h"

#include <string.h>

const Native *const native_tables[] = {
    native_math, native_list, native_dist, native_law, native_joint, native_model,
    native_graph, native_adjust, native_imply, native_remedy, native_estimand, native_text,
    native_data, NULL,
};

const Native *native_find(const char *name) {
    for (size_t i = 0; native_tables[i]; i++)
        for (const Native *n = native_tables[i]; n->name; n++)
            if (strcmp(n->name, name) == 0) return n;
    return NULL;
}

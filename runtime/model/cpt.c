// Cpt: reference counted tables.
#include "runtime/model/cpt.h"

#include <string.h>

#include "runtime/base/mem.h"

Cpt *cpt_new(size_t size) {
    Cpt *c = MEM_NEW(Cpt, 1);
    if (!c) return NULL;
    c->values = MEM_NEW(double, size);
    if (!c->values) {
        mem_free(c);
        return NULL;
    }
    c->refs = 1;
    c->size = size;
    return c;
}

Cpt *cpt_copy(const double *values, size_t size) {
    Cpt *c = cpt_new(size);
    if (c) memcpy(c->values, values, size * sizeof *values);
    return c;
}

Cpt *cpt_keep(const Cpt *c) {
    Cpt *kept = (Cpt *)c;
    if (kept) kept->refs++;
    return kept;
}

void cpt_drop(Cpt *c) {
    if (!c || --c->refs) return;
    mem_free(c->values);
    mem_free(c);
}

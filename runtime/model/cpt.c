// Cpt: reference counted tables.
#include "runtime/model/cpt.h"

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

bool cpt_cells(Domain *const *domains, uint32_t n, size_t *cells) {
    *cells = 1;
    for (uint32_t i = 0; i < n; i++) {
        if (!domain_finite(domains[i])) return false;
        if (__builtin_mul_overflow(*cells, (size_t)domains[i]->count, cells)) *cells = SIZE_MAX;
    }
    return true;
}

// Mechanism: making and freeing compiled mechanisms.
#include "runtime/sample/mechanism.h"

#include <math.h>

#include "runtime/base/bitset.h"
#include "runtime/model/cpt.h"
#include "runtime/sample/mechanism_code.h"

// Above this, a law is drawn as a number and the level looked up.
enum { MOST_LEVELS = 24 };

// --- tables ---

static Status alloc_table(MechanismTable *t, const Model *model, const ModelVar *v) {
    size_t count = v->domain->count;
    *t = (MechanismTable){.count = v->domain->count, .nparents = v->nparents,
                          .rows = v->cpt->size / count};
    t->parents = MEM_NEW(uint32_t, v->nparents);
    t->sizes = MEM_NEW(uint32_t, v->nparents);
    t->logs = MEM_NEW(double, v->cpt->size);
    t->edges = MEM_NEW(double, t->rows * (count - 1));
    t->sure = MEM_NEW(uint32_t, t->rows);
    if (!t->parents || !t->sizes || !t->logs || !t->edges || !t->sure) return NOMEM;
    for (uint32_t i = 0; i < v->nparents; i++) {
        t->parents[i] = v->parents[i];
        t->sizes[i] = model->vars[v->parents[i]]->domain->count;
    }
    return OK;
}

// Rounding must not let a level of probability 0 appear behind the last possible one.
static bool fill_row(MechanismTable *t, size_t row, const double *p) {
    uint32_t last = t->count - 1;
    double below = 0;
    while (last > 0 && !(p[last] > 0)) last--;
    for (uint32_t i = 0; i < t->count; i++) t->logs[row * t->count + i] = log(p[i]);
    for (uint32_t i = 0; i + 1 < t->count; i++) {
        below += p[i];
        t->edges[row * (t->count - 1) + i] = i >= last ? INFINITY : below;
    }
    t->sure[row] = last;
    return p[last] == 1;
}

static Status read_table(MechanismTable *t, const Model *model, const ModelVar *v) {
    bool sure = true;
    TRY(alloc_table(t, model, v));
    for (size_t r = 0; r < t->rows; r++)
        if (!fill_row(t, r, v->cpt->values + r * t->count)) sure = false;
    if (sure) return OK;
    mem_free(t->sure);
    t->sure = NULL;
    return OK;
}

// --- kernels ---

Status mechanism_build_kernel(const Model *model, const Term *term, MechanismKernels *list,
                              Faults *faults) {
    MechanismKernel k = {0};
    TRY(kernel_new_real(model, term, &k.kernel, faults));
    if (kernel_constant(k.kernel, &k.constant)) {
        kernel_free(k.kernel);
        k.kernel = NULL;
    }
    if (VEC_PUSH(list, k)) return OK;
    kernel_free(k.kernel);
    return NOMEM;
}

static Status read_value(Mechanism *m, const Model *model, const ModelVar *v, Faults *faults) {
    Kernel *k = NULL;
    TRY(kernel_new_real(model, v->term, &k, faults));
    MechanismKernel only = {.kernel = k};
    if (!VEC_PUSH(&m->kernels, only)) {
        kernel_free(k);
        return NOMEM;
    }
    bool named = kernel_kind(k) == VALUE_LEVEL_KIND;
    for (uint32_t i = 0; m->worth && named && i < v->domain->count; i++)
        m->worth[i] = v->domain->kind == DOMAIN_LEVELS || v->domain->kind == DOMAIN_ORDERED
                          ? v->domain->levels[i].name->id
                          : (double)NAN;
    return OK;
}

static Status read_levels(Mechanism *m, const Model *model, const ModelVar *v, Faults *faults) {
    DistLevels *levels = dist_levels_open(v->term, v->domain);
    Status status = levels ? OK : NOMEM;
    for (uint32_t i = 0; status == OK && i < v->domain->count; i++) {
        Term *p = NULL;
        status = dist_levels_term(levels, i, &p, faults);
        if (status == OK) status = mechanism_build_kernel(model, p, &m->kernels, faults);
        term_drop(p);
    }
    dist_levels_close(levels);
    return status;
}

static Status read_kind(Mechanism *m, const Model *model, const ModelVar *v, Faults *faults) {
    bool finite = domain_finite(v->domain);
    m->domain = domain_keep(v->domain);
    if (finite && !(m->worth = MEM_NEW(double, v->domain->count))) return NOMEM;
    for (uint32_t i = 0; finite && i < v->domain->count; i++)
        m->worth[i] = domain_number(v->domain, i);
    if (v->cpt) {
        m->kind = MECHANISM_TABLE;
        return read_table(&m->table, model, v);
    }
    if (v->mech == MECH_STRUCTURAL) {
        m->kind = MECHANISM_VALUE;
        return read_value(m, model, v, faults);
    }
    bool few = finite && v->domain->count <= MOST_LEVELS;
    bool plain = finite && !term_is_dist(v->term);
    m->kind = few || plain ? MECHANISM_LEVELS : MECHANISM_LAW;
    return m->kind == MECHANISM_LEVELS ? read_levels(m, model, v, faults)
                                       : mechanism_build_law(m, model, v->term, faults);
}

// --- what is read ---

static Status add_read(Mechanism *m, Word *seen, uint32_t var) {
    if (bits_has(seen, var)) return OK;
    bits_add(seen, var);
    return VEC_PUSH(&m->reads, var) ? OK : NOMEM;
}

static Status add_reads(Mechanism *m, Word *seen, const MechanismKernels *list) {
    for (size_t i = 0; i < list->count; i++) {
        const Kernel *k = list->items[i].kernel;
        for (uint32_t j = 0; k && j < kernel_ninputs(k); j++)
            TRY(add_read(m, seen, kernel_input(k, j)));
    }
    return OK;
}

static Status find_reads(Mechanism *m, uint32_t nvars) {
    Word *seen = MEM_NEW(Word, bits_words(nvars));
    Status status = seen ? add_reads(m, seen, &m->kernels) : NOMEM;
    for (uint32_t i = 0; status == OK && i < m->table.nparents; i++)
        status = add_read(m, seen, m->table.parents[i]);
    for (size_t i = 0; status == OK && i < m->nodes.count; i++)
        status = add_reads(m, seen, &m->nodes.items[i].kernels);
    mem_free(seen);
    return status;
}

// --- the door ---

Status mechanism_new(const Model *model, uint32_t var, Mechanism **out, Faults *faults) {
    *out = NULL;
    Mechanism *m = MEM_NEW(Mechanism, 1);
    if (!m) return NOMEM;
    Status status = read_kind(m, model, model->vars[var], faults);
    if (status == OK) status = find_reads(m, model->nvars);
    if (status == OK)
        *out = m;
    else
        mechanism_free(m);
    return status;
}

static void free_kernels(MechanismKernels *list) {
    for (size_t i = 0; i < list->count; i++) kernel_free(list->items[i].kernel);
    VEC_FREE(list);
}

void mechanism_free(Mechanism *m) {
    if (!m) return;
    for (size_t i = 0; i < m->nodes.count; i++) {
        free_kernels(&m->nodes.items[i].kernels);
        term_drop(m->nodes.items[i].term);
        VEC_FREE(&m->nodes.items[i].parts);
    }
    VEC_FREE(&m->nodes);
    free_kernels(&m->kernels);
    VEC_FREE(&m->reads);
    mem_free(m->table.parents);
    mem_free(m->table.sizes);
    mem_free(m->table.sure);
    mem_free(m->table.edges);
    mem_free(m->table.logs);
    mem_free(m->worth);
    domain_drop(m->domain);
    mem_free(m);
}

bool mechanism_sure(const Mechanism *m) {
    return m->kind == MECHANISM_VALUE || (m->kind == MECHANISM_TABLE && m->table.sure);
}

bool mechanism_total(const Mechanism *m) {
    return m->kind == MECHANISM_TABLE;
}

bool mechanism_continuous(const Mechanism *m) {
    for (size_t i = 0; i < m->nodes.count; i++)
        if (m->nodes.items[i].family && !m->nodes.items[i].family->support)
            return true;
    return false;
}

bool mechanism_atomic(const Mechanism *m) {
    for (size_t i = 0; i < m->nodes.count; i++)
        if (m->nodes.items[i].kind == NODE_FAMILY && m->nodes.items[i].family->support) return true;
    return m->nodes.count == 0;
}

uint32_t mechanism_nreads(const Mechanism *m) {
    return (uint32_t)m->reads.count;
}

uint32_t mechanism_read(const Mechanism *m, uint32_t i) {
    return m->reads.items[i];
}

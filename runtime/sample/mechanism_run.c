// Mechanism: what drawing and weighing share: kernels, rows of tables, numbers to levels.
#include <math.h>

#include "runtime/base/lanes.h"
#include "runtime/base/num.h"
#include "runtime/sample/mechanism_code.h"

size_t mechanism_kernel_work(const MechanismKernel *k, size_t lanes) {
    return k->kernel ? kernel_ninputs(k->kernel) + kernel_work(k->kernel, lanes) : 0;
}

void mechanism_kernel_run(const MechanismKernel *k, size_t lanes, const void *const *values,
                          double *out, double *work) {
    if (!k->kernel) {
        for (size_t l = 0; l < lanes; l++) out[l] = k->constant;
        return;
    }
    const void **inputs = (const void **)(void *)work;
    uint32_t n = kernel_ninputs(k->kernel);
    for (uint32_t i = 0; i < n; i++) inputs[i] = values[kernel_input(k->kernel, i)];
    kernel_run(k->kernel, lanes, inputs, out, work + n);
}

// --- rows ---

LANES_CLONES static void add_digit(size_t lanes, uint32_t size, const uint32_t *level,
                                   uint32_t *rows) {
    LANES_FREE for (size_t l = 0; l < lanes; l++) rows[l] = rows[l] * size + level[l];
}

void mechanism_rows(const MechanismTable *t, size_t lanes, const void *const *values,
                    uint32_t *rows) {
    memset(rows, 0, lanes * sizeof *rows);
    for (uint32_t i = 0; i < t->nparents; i++)
        add_digit(lanes, t->sizes[i], values[t->parents[i]], rows);
}

// --- levels ---

static uint32_t find_level(const Mechanism *m, double x) {
    for (uint32_t i = 0; i < m->domain->count; i++)
        if (x == m->worth[i] || num_same(x, m->worth[i])) return i;
    return UINT32_MAX;
}

// A bool or a range: the distance to the first number is the level.
static uint32_t count_level(const Mechanism *m, double x) {
    double at = x - m->worth[0], whole = floor(at + 0.5);
    bool good = whole >= 0 && whole < m->domain->count && num_same(x, m->worth[0] + whole);
    return good ? (uint32_t)whole : UINT32_MAX;
}

size_t mechanism_to_levels(const Mechanism *m, size_t lanes, const double *x, uint32_t *out,
                           uint8_t *missing) {
    bool counts = m->domain->kind == DOMAIN_BOOL || m->domain->kind == DOMAIN_RANGE;
    size_t wrong = 0;
    for (size_t l = 0; l < lanes; l++) {
        uint32_t level = counts ? count_level(m, x[l]) : find_level(m, x[l]);
        out[l] = level == UINT32_MAX ? 0 : level;
        if (level != UINT32_MAX) continue;
        wrong++;
        if (missing) missing[l] = 1;
    }
    return wrong;
}

// --- room ---

// A law keeps the lanes of every node; a node with its parameters beside them. A mixture of
// weights needs a few more lanes.
static size_t node_work(const MechanismNode *n, size_t lanes) {
    size_t most = 0;
    for (size_t i = 0; i < n->kernels.count; i++) {
        size_t one = mechanism_kernel_work(&n->kernels.items[i], lanes);
        if (one > most) most = one;
    }
    return 2 * n->kernels.count + (n->kernels.count + 3) * lanes + most;
}

size_t mechanism_work(const Mechanism *m, size_t lanes) {
    size_t most = 4 * lanes; // rows and uniform numbers of tables
    for (size_t i = 0; i < m->kernels.count; i++) {
        size_t one = mechanism_kernel_work(&m->kernels.items[i], lanes) + 4 * lanes;
        if (one > most) most = one;
    }
    for (size_t i = 0; i < m->nodes.count; i++) {
        size_t one = node_work(&m->nodes.items[i], lanes) + (2 * m->nodes.count + 2) * lanes;
        if (one > most) most = one;
    }
    return most;
}

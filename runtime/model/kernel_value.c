// Kernel: distinct values, by hash-consing.
#include <math.h>
#include <string.h>

#include "runtime/model/kernel_code.h"

static uint64_t mix(uint64_t h, uint64_t x) {
    h = (h ^ x) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

static uint64_t bits_of(double x) {
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static uint64_t hash(const KernelCode *c) {
    uint64_t h = mix(c->op, c->term);
    for (int i = 0; i < 4; i++) h = mix(h, c->arg[i]);
    h = mix(mix(h, c->input), c->level);
    h = mix(h, bits_of(c->number));
    return mix(mix(h, (uintptr_t)c->cells), (uintptr_t)c->function);
}

static bool equal(const KernelCode *a, const KernelCode *b) {
    return a->op == b->op && a->term == b->term && a->input == b->input &&
           a->level == b->level && memcmp(a->arg, b->arg, sizeof a->arg) == 0 &&
           a->cells == b->cells && a->function == b->function &&
           bits_of(a->number) == bits_of(b->number);
}

static uint32_t *find(const KernelGraph *g, uint32_t *slots, size_t room, const KernelCode *c) {
    size_t i = (size_t)hash(c) & (room - 1);
    while (slots[i] != KERNEL_NONE && !equal(&g->values.items[slots[i]], c))
        i = (i + 1) & (room - 1);
    return &slots[i];
}

static Status grow(KernelGraph *g) {
    size_t room = g->room ? g->room * 2 : 64;
    uint32_t *slots = MEM_NEW(uint32_t, room);
    if (!slots) return NOMEM;
    for (size_t i = 0; i < room; i++) slots[i] = KERNEL_NONE;
    for (uint32_t v = 0; v < g->values.count; v++)
        *find(g, slots, room, &g->values.items[v]) = v;
    mem_free(g->slots);
    g->slots = slots;
    g->room = room;
    return OK;
}

static Status share(KernelGraph *g, const KernelCode *code, uint32_t *out) {
    if (g->values.count * 2 >= g->room) TRY(grow(g));
    uint32_t *slot = find(g, g->slots, g->room, code);
    if (*slot == KERNEL_NONE) {
        if (!VEC_PUSH(&g->values, *code)) return NOMEM;
        *slot = (uint32_t)(g->values.count - 1);
    }
    *out = *slot;
    return OK;
}

// The number that a value always is, if it is one.
static bool constant(const KernelGraph *g, uint32_t value, double *number) {
    const KernelCode *c = &g->values.items[value];
    *number = c->number;
    return c->op == KERNEL_CONST;
}

static bool constant_operands(const KernelGraph *g, const KernelCode *code, double *args) {
    if (code->op != KERNEL_SAME && code->op != KERNEL_CALL && code->op != KERNEL_TERM)
        return false;
    for (int i = 0; i < 4; i++)
        if (code->arg[i] != KERNEL_NONE && !constant(g, code->arg[i], &args[i])) return false;
    return true;
}

// A choice that is known, or does not matter.
static bool decided(const KernelGraph *g, const KernelCode *code, uint32_t *out) {
    double cond;
    if (code->op != KERNEL_SELECT || !constant(g, code->arg[0], &cond) || isnan(cond))
        return false;
    *out = code->arg[cond != 0 ? 1 : 2];
    return true;
}

Status kernel_value_number(KernelGraph *g, double number, uint32_t *out) {
    KernelCode c = {.op = KERNEL_CONST, .number = number};
    for (int i = 0; i < 4; i++) c.arg[i] = KERNEL_NONE;
    return share(g, &c, out);
}

Status kernel_value(KernelGraph *g, const KernelCode *code, uint32_t *out) {
    double args[4] = {0};
    if (decided(g, code, out)) return OK;
    if (constant_operands(g, code, args))
        return kernel_value_number(g, kernel_run_one(code, args), out);
    return share(g, code, out);
}

void kernel_value_free(KernelGraph *g) {
    VEC_FREE(&g->values);
    mem_free(g->slots);
    *g = (KernelGraph){0};
}

// Kernel: from a graph of values to instructions and registers.
//
// Of two operands the one that needs more registers is computed first (Sethi and Ullman 1970,
// exact on trees), so that a sum over a thousand terms needs a handful, whichever way it leans.
#include "runtime/model/kernel_code.h"

typedef struct Frame {
    uint32_t value;
    uint32_t done;        // operands looked at
    uint32_t operands[4]; // in the order of computation
} Frame;

typedef struct Orderer {
    const KernelGraph *graph;
    Kernel *kernel;
    uint32_t *need;  // registers that a value needs when it is computed as a tree
    uint32_t *uses;  // operands still to come that are this value
    uint32_t *place; // the register of a value, KERNEL_NONE before it is computed
    VEC(Frame) stack;
    KernelNumbers order; // values, as computed
    KernelNumbers idle;  // registers free for reuse
} Orderer;

static uint32_t operand_count(const KernelCode *c) {
    uint32_t n = 0;
    while (n < 4 && c->arg[n] != KERNEL_NONE) n++;
    return n;
}

// The operands by falling need, in place; the order of equals stays.
static void sort_operands(const Orderer *o, uint32_t *args, uint32_t n) {
    for (uint32_t i = 1; i < n; i++)
        for (uint32_t k = i; k > 0 && o->need[args[k - 1]] < o->need[args[k]]; k--) {
            uint32_t swap = args[k];
            args[k] = args[k - 1];
            args[k - 1] = swap;
        }
}

static void find_needs(Orderer *o, uint32_t root) {
    for (uint32_t v = 0; v <= root; v++) {
        const KernelCode *c = &o->graph->values.items[v];
        uint32_t args[4], n = operand_count(c);
        for (uint32_t i = 0; i < n; i++) args[i] = c->arg[i];
        sort_operands(o, args, n);
        o->need[v] = 1;
        for (uint32_t i = 0; i < n; i++)
            if (o->need[args[i]] + i > o->need[v]) o->need[v] = o->need[args[i]] + i;
    }
}

// `place` marks values that are already on the way: they are not entered twice.
static Status enter(Orderer *o, uint32_t value) {
    if (o->place[value] != KERNEL_NONE) return OK;
    const KernelCode *c = &o->graph->values.items[value];
    Frame f = {.value = value};
    for (uint32_t i = 0; i < 4; i++) f.operands[i] = c->arg[i];
    sort_operands(o, f.operands, operand_count(c));
    o->place[value] = 0;
    return VEC_PUSH(&o->stack, f) ? OK : NOMEM;
}

static Status walk(Orderer *o, uint32_t root) {
    TRY(enter(o, root));
    while (o->stack.count) {
        Frame *top = &o->stack.items[o->stack.count - 1];
        if (top->done < 4 && top->operands[top->done] != KERNEL_NONE) {
            uint32_t operand = top->operands[top->done++];
            o->uses[operand]++;
            TRY(enter(o, operand));
            continue;
        }
        if (!VEC_PUSH(&o->order, top->value)) return NOMEM;
        o->stack.count--;
    }
    return OK;
}

static Status release(Orderer *o, uint32_t value) {
    if (--o->uses[value] > 0) return OK;
    return VEC_PUSH(&o->idle, o->place[value]) ? OK : NOMEM;
}

// An instruction may write where it reads: lanes do not look at one another.
static Status emit(Orderer *o, uint32_t value) {
    KernelCode c = o->graph->values.items[value];
    uint32_t n = operand_count(&c);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t operand = c.arg[i];
        c.arg[i] = o->place[operand];
        TRY(release(o, operand));
    }
    c.out = o->idle.count ? o->idle.items[--o->idle.count] : o->kernel->registers++;
    o->place[value] = c.out;
    return VEC_PUSH(&o->kernel->code, c) ? OK : NOMEM;
}

static Status put_in_order(Orderer *o, uint32_t root) {
    size_t count = (size_t)root + 1;
    o->need = MEM_NEW(uint32_t, count);
    o->uses = MEM_NEW(uint32_t, count);
    o->place = MEM_NEW(uint32_t, count);
    if (!o->need || !o->uses || !o->place) return NOMEM;
    for (size_t v = 0; v < count; v++) o->place[v] = KERNEL_NONE;
    find_needs(o, root);
    TRY(walk(o, root));
    o->uses[root]++;
    for (size_t i = 0; i < o->order.count; i++) TRY(emit(o, o->order.items[i]));
    o->kernel->result = o->place[root];
    return OK;
}

Status kernel_order(Kernel *k, const KernelGraph *g, uint32_t root) {
    Orderer o = {.graph = g, .kernel = k};
    Status status = put_in_order(&o, root);
    mem_free(o.need);
    mem_free(o.uses);
    mem_free(o.place);
    VEC_FREE(&o.stack);
    VEC_FREE(&o.order);
    VEC_FREE(&o.idle);
    return status;
}

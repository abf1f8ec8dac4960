// Term order: a depth-first search with a stack of its own.
#include "runtime/model/term_order.h"

typedef struct Frame {
    const Term *term;
    uint32_t next; // the child to look at next
} Frame;

typedef VEC(Frame) FrameVec;

// A term is filed when it is first met, with no position yet: terms have no cycles, so nobody
// asks for it before it has been left.
static Status enter(TermOrder *order, FrameVec *stack, const Term *t) {
    bool fresh = false;
    TRY(pairmap_add(&order->index, t, NULL, UINT32_MAX, &fresh));
    if (!fresh) return OK;
    return VEC_PUSH(stack, ((Frame){.term = t})) ? OK : NOMEM;
}

typedef bool (*Follow)(const Term *parent, uint32_t child);

static Status walk(TermOrder *order, FrameVec *stack, const Term *root, Follow follow) {
    TRY(enter(order, stack, root));
    while (stack->count) {
        Frame *top = &stack->items[stack->count - 1];
        const Term *t = top->term;
        if (top->next < t->n) {
            uint32_t i = top->next++;
            if (!follow || follow(t, i)) TRY(enter(order, stack, t->kid[i]));
            continue;
        }
        pairmap_set(&order->index, t, NULL, (uint32_t)order->count);
        if (!VEC_PUSH(order, t)) return NOMEM;
        stack->count--;
    }
    return OK;
}

Status term_order_some(const Term *t, Follow follow, TermOrder *out) {
    FrameVec stack = {0};
    Status status = walk(out, &stack, t, follow);
    VEC_FREE(&stack);
    return status;
}

Status term_order(const Term *t, TermOrder *out) {
    return term_order_some(t, NULL, out);
}

uint32_t term_order_find(const TermOrder *order, const Term *t) {
    return pairmap_get(&order->index, t, NULL);
}

void term_order_free(TermOrder *order) {
    VEC_FREE(order);
    pairmap_free(&order->index);
}

// Linear forms: a term as a constant and a sum of multiples of other terms.
#include "runtime/infer/ask_head.h"
#include "runtime/model/term_order.h"

// Per subterm: whether it is a constant, which, and how often the whole contains it.
typedef struct Node {
    bool constant;
    double value, coef;
} Node;

typedef struct Splitter {
    TermOrder order;
    Node *nodes;
} Splitter;

static Node *node_of(Splitter *s, const Term *t) {
    return &s->nodes[term_order_find(&s->order, t)];
}

static Node evaluate(Splitter *s, const Term *t) {
    Node none = {0}, number = {.constant = true};
    const Node *a = t->n > 0 ? node_of(s, t->kid[0]) : &none;
    const Node *b = t->n > 1 ? node_of(s, t->kid[1]) : &none;
    bool both = a->constant && b->constant;
    switch ((TermOp)t->op) {
    case TERM_NUMBER:
        number.value = t->number;
        return number;
    case TERM_NEG:
        number.value = -a->value;
        return a->constant ? number : none;
    case TERM_ADD:
        number.value = a->value + b->value;
        return both ? number : none;
    case TERM_SUB:
        number.value = a->value - b->value;
        return both ? number : none;
    case TERM_MUL:
        number.value = a->value * b->value;
        return both ? number : none;
    case TERM_DIV:
        number.value = a->value / b->value;
        return both ? number : none;
    default:
        return none;
    }
}

// Hands a subterm's coefficient on to its children; false when it is an atom.
static bool expand(Splitter *s, const Term *t, double coef) {
    Node *a = t->n > 0 ? node_of(s, t->kid[0]) : NULL;
    Node *b = t->n > 1 ? node_of(s, t->kid[1]) : NULL;
    switch ((TermOp)t->op) {
    case TERM_NEG:
        a->coef -= coef;
        return true;
    case TERM_ADD:
    case TERM_SUB:
        a->coef += coef;
        b->coef += t->op == TERM_ADD ? coef : -coef;
        return true;
    case TERM_MUL:
        if (!a->constant && !b->constant) return false;
        if (a->constant)
            b->coef += coef * a->value;
        else
            a->coef += coef * b->value;
        return true;
    case TERM_DIV:
        if (!b->constant || b->value == 0) return false;
        a->coef += coef / b->value;
        return true;
    default:
        return false;
    }
}

static void reverse(AskLinear *l) {
    for (size_t i = 0, j = l->pieces.count; i + 1 < j; i++) {
        AskPiece kept = l->pieces.items[i];
        l->pieces.items[i] = l->pieces.items[--j];
        l->pieces.items[j] = kept;
    }
}

// Parents stand behind their children: one walk up finds the constants, one down the pieces.
static Status split(Splitter *s, AskLinear *out) {
    size_t n = s->order.count;
    s->nodes = MEM_NEW(Node, n);
    if (!s->nodes) return NOMEM;
    for (size_t i = 0; i < n; i++) s->nodes[i] = evaluate(s, s->order.items[i]);
    s->nodes[n - 1].coef = 1;
    for (size_t i = n; i-- > 0;) {
        Node *node = &s->nodes[i];
        if (node->coef == 0) continue;
        if (node->constant)
            out->constant += node->coef * node->value;
        else if (!expand(s, s->order.items[i], node->coef) &&
                 !VEC_PUSH(&out->pieces, ((AskPiece){node->coef, s->order.items[i]})))
            return NOMEM;
    }
    reverse(out);
    return OK;
}

Status ask_linear_split(const Term *t, AskLinear *out) {
    *out = (AskLinear){0};
    Splitter s = {0};
    Status st = term_order(t, &s.order);
    if (st == OK) st = split(&s, out);
    mem_free(s.nodes);
    term_order_free(&s.order);
    if (st != OK) ask_linear_free(out);
    return st;
}

void ask_linear_free(AskLinear *l) {
    VEC_FREE(&l->pieces);
}

// Linear forms: a term as a constant and a sum of multiples of other terms.
#include <math.h>

#include "runtime/infer/ask_head.h"

static bool constant_of(const Term *t, double *value) {
    double a, b;
    switch ((TermOp)t->op) {
    case TERM_NUMBER: *value = t->number; return true;
    case TERM_NEG:
        if (!constant_of(t->kid[0], &a)) return false;
        *value = -a;
        return true;
    case TERM_MUL:
    case TERM_DIV:
        if (!constant_of(t->kid[0], &a) || !constant_of(t->kid[1], &b)) return false;
        *value = t->op == TERM_MUL ? a * b : a / b;
        return true;
    default: return false;
    }
}

// Rewrites one piece into simpler ones on the stack; false when it is an atom.
static bool expand(AskPiece p, AskPiece next[2], int *n) {
    const Term *t = p.atom;
    double c;
    *n = 1;
    switch ((TermOp)t->op) {
    case TERM_NEG: next[0] = (AskPiece){-p.coef, t->kid[0]}; return true;
    case TERM_ADD:
    case TERM_SUB:
        next[1] = (AskPiece){p.coef, t->kid[0]};
        next[0] = (AskPiece){t->op == TERM_ADD ? p.coef : -p.coef, t->kid[1]};
        *n = 2;
        return true;
    case TERM_MUL:
        for (int side = 0; side < 2; side++)
            if (constant_of(t->kid[side], &c)) {
                next[0] = (AskPiece){p.coef * c, t->kid[1 - side]};
                return true;
            }
        return false;
    case TERM_DIV:
        if (!constant_of(t->kid[1], &c) || c == 0) return false;
        next[0] = (AskPiece){p.coef / c, t->kid[0]};
        return true;
    default: return false;
    }
}

Status ask_linear_split(const Term *t, AskLinear *out) {
    *out = (AskLinear){0};
    VEC(AskPiece) stack = {0};
    bool ok = VEC_PUSH(&stack, ((AskPiece){1, t}));
    while (ok && stack.count) {
        AskPiece p = stack.items[--stack.count], next[2];
        double c;
        int n;
        if (constant_of(p.atom, &c))
            out->constant += p.coef * c;
        else if (!expand(p, next, &n))
            ok = VEC_PUSH(&out->pieces, p);
        else
            for (int i = 0; ok && i < n; i++) ok = VEC_PUSH(&stack, next[i]);
    }
    VEC_FREE(&stack);
    if (ok) return OK;
    ask_linear_free(out);
    return NOMEM;
}

void ask_linear_free(AskLinear *l) {
    VEC_FREE(&l->pieces);
}

// Rename: a term rebuilt bottom up.
#include "runtime/infer/ask_rename.h"

#include "runtime/base/mem.h"
#include "runtime/model/term_order.h"

static Status rebuild(const Term *t, const TermOrder *order, Term *const *made, Term **out) {
    bool same = true;
    Term **kids = MEM_NEW(Term *, t->n);
    if (!kids) return NOMEM;
    for (uint32_t i = 0; i < t->n; i++) {
        kids[i] = made[term_order_find(order, t->kid[i])];
        same = same && kids[i] == t->kid[i];
    }
    *out = same ? term_keep(t) : term_with_kids(t, kids);
    mem_free(kids);
    return *out ? OK : NOMEM;
}

static Status rebuild_all(const TermOrder *order, AskRename *rename, void *user, Term **made) {
    for (size_t i = 0; i < order->count; i++) {
        const Term *t = order->items[i];
        if (t->op == TERM_VAR)
            TRY(rename(user, t, &made[i]));
        else
            TRY(rebuild(t, order, made, &made[i]));
    }
    return OK;
}

Status ask_rename(const Term *t, AskRename *rename, void *user, Term **out) {
    TermOrder order = {0};
    *out = NULL;
    Status st = term_order(t, &order);
    Term **made = st == OK ? MEM_NEW(Term *, order.count) : NULL;
    if (st == OK && !made) st = NOMEM;
    if (st == OK) st = rebuild_all(&order, rename, user, made);
    if (st == OK) *out = term_keep(made[order.count - 1]);
    for (size_t i = 0; made && i < order.count; i++) term_drop(made[i]);
    mem_free(made);
    term_order_free(&order);
    return st;
}

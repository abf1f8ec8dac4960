// Ask cut: the terms of a question taken out, rewritten, and put back.
#include "runtime/infer/ask_cut.h"

// The terms in the order in which put_back finds them.
static uint32_t take_out(const Question *q, const Term **terms) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < q->nargs; i++) terms[n++] = q->args[i];
    for (uint32_t i = 0; i < q->nconds; i++)
        if (q->conds[i].term) terms[n++] = q->conds[i].term;
    return n;
}

static Status put_back(const Question *q, AskCut *c) {
    uint32_t n = 0;
    c->args = MEM_NEW(Term *, q->nargs);
    c->conds = MEM_NEW(Cond, q->nconds);
    if (!c->args || !c->conds) return NOMEM;
    for (uint32_t i = 0; i < q->nargs; i++) c->args[i] = c->cells.terms[n++];
    for (uint32_t i = 0; i < q->nconds; i++) {
        c->conds[i] = q->conds[i];
        if (q->conds[i].term) c->conds[i].term = c->cells.terms[n++];
    }
    c->q = *q;
    c->q.args = c->args;
    c->q.conds = c->conds;
    return OK;
}

// A variable of infinitely many values alone: its distribution is asked for, or all its values.
static bool is_bare(const Model *m, const Term *t) {
    const Term *v = t->op == TERM_FREE ? t->kid[0] : t;
    uint32_t var = v->op == TERM_VAR ? model_find(m, v->sym) : MODEL_NONE;
    return var != MODEL_NONE && !domain_finite(m->vars[var]->domain);
}

// The marginals are those of the variables as they stand.
static bool asks_for_laws(const Model *m, const Question *q) {
    bool events = q->head == ASK_P || q->head == ASK_LOGP || q->head == ASK_ARGMAX;
    for (uint32_t i = 0; events && i < q->nargs; i++)
        if (is_bare(m, q->args[i])) return true;
    for (uint32_t i = 0; i < q->nconds; i++)
        if (q->conds[i].term && is_bare(m, q->conds[i].term)) return true;
    return q->head == ASK_MARGINALS;
}

Status ask_cut(AskCall *call, const Model *m, const Question *q, AskCut *out) {
    *out = (AskCut){0};
    if (asks_for_laws(m, q)) return OK;
    const Term **terms = MEM_NEW(const Term *, (size_t)q->nargs + q->nconds);
    if (!terms) return NOMEM;
    uint32_t n = take_out(q, terms);
    Status st = cells_rewrite(m, terms, n, call->ctl, call->d, &out->cells);
    if (st == OK && out->cells.model) st = put_back(q, out);
    mem_free(terms);
    return st;
}

void ask_cut_free(AskCut *c) {
    cells_free(&c->cells);
    mem_free(c->args);
    mem_free(c->conds);
    *c = (AskCut){0};
}

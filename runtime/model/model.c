// Model: access, sharing, forgetting, comparing.
#include "runtime/model/model.h"

#include <math.h>
#include <stdlib.h>

#include "runtime/model/cpt.h"
#include "runtime/model/model_build.h"
#include "runtime/model/model_done.h"
#include "runtime/model/model_joint.h"
#include "runtime/model/model_var.h"

// --- memo ---

ModelMemo *model_memo_new(void) {
    ModelMemo *memo = MEM_NEW(ModelMemo, 1);
    if (memo) memo->refs = 1;
    return memo;
}

ModelMemo *model_memo_keep(ModelMemo *memo) {
    memo->refs++;
    return memo;
}

void model_memo_drop(ModelMemo *memo) {
    if (!memo || --memo->refs) return;
    if (memo->data) memo->drop(memo->data);
    mem_free(memo);
}

// --- sharing ---

Model *model_keep(const Model *m) {
    Model *kept = (Model *)m;
    kept->refs++;
    return kept;
}

void model_drop(Model *m) {
    if (!m || --m->refs) return;
    model_done_free(m);
    for (uint32_t i = 0; i < m->nvars; i++) model_var_free(m->vars[i]);
    for (uint32_t i = 0; i < m->nfactors; i++) {
        term_drop(m->factors[i].term);
        cpt_drop(m->factors[i].table);
        mem_free(m->factors[i].vars);
    }
    for (uint32_t i = 0; i < m->nassumes; i++) term_drop(m->assumes[i]);
    mem_free(m->assumes);
    model_index_free(m->index);
    mem_free(m->index);
    model_memo_drop(m->memo);
    mem_free(m->vars);
    mem_free(m->edges);
    mem_free(m->factors);
    mem_free(m->order);
    mem_free(m->doc);
    mem_free(m);
}

uint32_t model_find(const Model *m, Sym name) {
    return model_index_find(m->index, name);
}

void model_family(const Model *m, Sym family, void (*visit)(void *user, uint32_t var),
                  void *user) {
    for (uint32_t i = 0; i < m->nvars; i++)
        if (m->vars[i]->family == family) visit(user, i);
}

static bool in_factor(const Model *m, uint32_t v) {
    for (uint32_t i = 0; i < m->nfactors; i++)
        for (uint32_t k = 0; k < m->factors[i].nvars; k++)
            if (m->factors[i].vars[k] == v) return true;
    return false;
}

bool model_complete(const Model *m) {
    for (uint32_t i = 0; i < m->nvars; i++)
        if (m->vars[i]->mech == MECH_NONE && !in_factor(m, i)) return false;
    return true;
}

// --- forgetting ---

// The noise that a block shares becomes edges <->.
static Status keep_blocks(const Model *m, ModelBuilder *b) {
    JointList list;
    Faults none = {0};
    Status st = model_joint_list(m, &list);
    for (uint32_t v = 0; st == OK && v < m->nvars; v++)
        for (uint32_t w = list.next[v]; st == OK && w != MODEL_NONE; w = list.next[w])
            if (model_joint_covariance(m->vars[v], m->vars[w]) != 0)
                st = model_edge(b, m->vars[v]->name, m->vars[w]->name, true, 0, &none);
    model_joint_list_free(&list);
    fault_free(&none);
    return st;
}

Status model_graph(const Model *m, Model **out) {
    Faults none = {0};
    ModelBuilder *b = model_builder(m->names, m);
    if (!b) return NOMEM;
    for (size_t i = 0; i < b->factors.count; i++) {
        term_drop(b->factors.items[i].term);
        cpt_drop(b->factors.items[i].table);
        mem_free(b->factors.items[i].vars);
    }
    b->factors.count = 0;
    Status status = keep_blocks(m, b);
    for (size_t v = 0; v < b->vars.count; v++) {
        ModelVar *var = b->vars.items[v].var;
        model_var_forget(var);
        // Noise has to have a distribution; without one it is a cause that nobody measures.
        if (var->role == ROLE_VAR_NOISE) var->role = ROLE_VAR_LATENT;
    }
    if (status == OK) status = model_finish(b, NULL, out, NULL, &none);
    model_builder_free(b);
    fault_free(&none);
    return status;
}

// --- comparing ---

// The parents of `x` in `a` as positions among the parents of `y` in `b`; false when they are
// not the same variables. `place` has room for them.
static bool match_parents(const Model *a, const ModelVar *x, const Model *b, const ModelVar *y,
                          uint32_t *place) {
    if (x->nparents != y->nparents) return false;
    for (uint32_t i = 0; i < x->nparents; i++) {
        uint32_t p = model_find(b, a->vars[x->parents[i]]->name), k = 0;
        while (k < y->nparents && y->parents[k] != p) k++;
        if (k == y->nparents) return false;
        place[i] = k;
    }
    return true;
}

static bool same_number(double x, double y) {
    return x == y || fabs(x - y) <= 1e-12;
}

// The stride in the table of `y` of its parent number `k`.
static size_t stride_of(const Model *m, const ModelVar *y, uint32_t k) {
    size_t stride = y->domain->count;
    for (uint32_t i = y->nparents; i-- > k + 1;)
        stride *= m->vars[y->parents[i]]->domain->count;
    return stride;
}

// Whether two tables say the same, the parents in whatever order.
static Status same_tables(const Model *a, const ModelVar *x, const Model *b, const ModelVar *y,
                          bool *same) {
    uint32_t *place = MEM_NEW(uint32_t, x->nparents);
    size_t *stride = MEM_NEW(size_t, x->nparents);
    Status status = place && stride ? OK : NOMEM;
    *same = status == OK && x->cpt->size == y->cpt->size && match_parents(a, x, b, y, place);
    for (uint32_t i = 0; *same && i < x->nparents; i++) stride[i] = stride_of(b, y, place[i]);
    for (size_t cell = 0; *same && cell < x->cpt->size; cell++) {
        size_t rest = cell / x->domain->count, other = cell % x->domain->count;
        for (uint32_t i = x->nparents; i-- > 0;) {
            uint32_t count = a->vars[x->parents[i]]->domain->count;
            other += rest % count * stride[i];
            rest /= count;
        }
        *same = same_number(x->cpt->values[cell], y->cpt->values[other]);
    }
    mem_free(place);
    mem_free(stride);
    return status;
}

static bool same_variable(const Model *a, const ModelVar *x, const Model *b) {
    uint32_t v = model_find(b, x->name);
    if (v == MODEL_NONE) return false;
    const ModelVar *y = b->vars[v];
    bool alike = x->role == y->role && x->mech == y->mech &&
                 x->gumbel == y->gumbel && domain_equal(x->domain, y->domain);
    if (!alike) return false;
    if (x->cpt == y->cpt && x->cpt) return true;
    bool same;
    if (x->cpt && y->cpt) return same_tables(a, x, b, y, &same) == OK && same;
    return !x->cpt == !y->cpt && term_equal(x->term, y->term);
}

// An edge by the names of its ends, for comparing between models.
typedef struct NamedEdge {
    uint32_t from, to;
    bool both;
} NamedEdge;

static int compare_named(const void *a, const void *b) {
    const NamedEdge *x = a, *y = b;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    if (x->to != y->to) return x->to < y->to ? -1 : 1;
    return x->both - y->both;
}

static NamedEdge *named_edges(const Model *m) {
    NamedEdge *edges = MEM_NEW(NamedEdge, m->nedges);
    if (!edges) return NULL;
    for (uint32_t i = 0; i < m->nedges; i++) {
        const ModelEdge *e = &m->edges[i];
        uint32_t from = m->vars[e->from]->name->id, to = m->vars[e->to]->name->id;
        bool turn = e->both && from > to;
        edges[i] = (NamedEdge){turn ? to : from, turn ? from : to, e->both};
    }
    if (m->nedges) qsort(edges, m->nedges, sizeof *edges, compare_named);
    return edges;
}

static bool same_edges(const Model *a, const Model *b) {
    if (a->nedges != b->nedges) return false;
    NamedEdge *x = named_edges(a), *y = named_edges(b);
    bool same = x && y;
    for (uint32_t i = 0; same && i < a->nedges; i++) same = !compare_named(&x[i], &y[i]);
    mem_free(x);
    mem_free(y);
    return same;
}

static bool same_factor(const Model *a, const ModelFactor *x, const Model *b,
                        const ModelFactor *y) {
    if (x->nvars != y->nvars || x->table->size != y->table->size) return false;
    for (uint32_t i = 0; i < x->nvars; i++)
        if (a->vars[x->vars[i]]->name != b->vars[y->vars[i]]->name) return false;
    for (size_t i = 0; i < x->table->size; i++)
        if (!same_number(x->table->values[i], y->table->values[i])) return false;
    return true;
}

bool model_equal(const Model *a, const Model *b) {
    if (a == b) return true;
    if (a->names != b->names || a->nvars != b->nvars || a->nfactors != b->nfactors ||
        a->nassumes != b->nassumes)
        return false;
    for (uint32_t i = 0; i < a->nassumes; i++)
        if (!term_equal(a->assumes[i], b->assumes[i])) return false;
    for (uint32_t i = 0; i < a->nvars; i++)
        if (!same_variable(a, a->vars[i], b)) return false;
    for (uint32_t i = 0; i < a->nfactors; i++)
        if (!same_factor(a, &a->factors[i], b, &b->factors[i])) return false;
    return same_edges(a, b);
}

// Causal: between models and graphs.
#include "runtime/model/causal.h"

#include "runtime/model/model_joint.h"

static Status add_vertices(const Model *m, GraphDraft *d) {
    for (uint32_t i = 0; i < m->nvars; i++) {
        const ModelVar *v = m->vars[i];
        uint32_t at;
        TRY(graph_vertex(d, v->name->text, &at));
        if (v->role == ROLE_VAR_LATENT || v->role == ROLE_VAR_NOISE || v->anonymous)
            TRY(graph_latent(d, at));
        if (v->role == ROLE_VAR_SELECTED) TRY(graph_select(d, at));
    }
    return OK;
}

static Status add_edges(const Model *m, GraphDraft *d) {
    for (uint32_t i = 0; i < m->nedges; i++) {
        const ModelEdge *e = &m->edges[i];
        if (!e->both && model_joint_shares(m, e->from, e->to)) continue;
        TRY(e->both ? graph_confound(d, e->from, e->to, e->origin)
                    : graph_edge(d, e->from, e->to, e->origin));
    }
    return OK;
}

static Status add_blocks(const Model *m, GraphDraft *d) {
    JointList list;
    Status st = model_joint_list(m, &list);
    for (uint32_t v = 0; st == OK && v < m->nvars; v++)
        for (uint32_t w = list.next[v]; st == OK && w != MODEL_NONE; w = list.next[w])
            if (model_joint_covariance(m->vars[v], m->vars[w]) != 0)
                st = graph_confound(d, v, w, m->vars[v]->mech_origin);
    model_joint_list_free(&list);
    return st;
}

Status causal_graph(const Model *m, Graph **out) {
    GraphDraft draft = {0};
    Faults faults = {0};
    Status status = add_vertices(m, &draft);
    if (status == OK) status = add_edges(m, &draft);
    if (status == OK) status = add_blocks(m, &draft);
    if (status == OK) status = graph_build(&draft, &faults, out);
    graph_draft_free(&draft);
    fault_free(&faults);
    return status;
}

// --- the way back ---------------------------------------------------------------------------

static Status declare(ModelBuilder *b, const Graph *g, const Sym *syms, Faults *faults) {
    for (size_t v = 0; v < g->n; v++) {
        VarSpec spec = {.name = syms[v]};
        if (bits_has(g->latent, v)) spec.role = ROLE_VAR_LATENT;
        if (bits_has(g->selected, v)) spec.role = ROLE_VAR_SELECTED;
        TRY(model_declare(b, &spec, faults));
    }
    return OK;
}

static Status connect(ModelBuilder *b, const Graph *g, const Sym *syms, Faults *faults) {
    for (size_t v = 0; v < g->n; v++) {
        GRAPH_EACH(g, children, v, c)
            TRY(model_edge(b, syms[v], syms[c], false, 0, faults));
        GRAPH_EACH(g, spouses, v, s)
            if (v < s) TRY(model_edge(b, syms[v], syms[s], true, 0, faults));
    }
    return OK;
}

Status causal_model(Interner *names, const Graph *g, Sym name, Model **out, Faults *faults) {
    ModelBuilder *b = model_builder(names, NULL);
    Sym *syms = MEM_NEW(Sym, g->n);
    Status status = b && syms ? model_builder_name(b, name, NULL) : NOMEM;
    for (size_t v = 0; status == OK && v < g->n; v++) {
        syms[v] = intern_z(names, g->names[v]);
        if (!syms[v]) status = NOMEM;
    }
    if (status == OK) status = declare(b, g, syms, faults);
    if (status == OK) status = connect(b, g, syms, faults);
    if (status == OK) status = model_finish(b, NULL, out, NULL, faults);
    mem_free(syms);
    model_builder_free(b);
    return status;
}

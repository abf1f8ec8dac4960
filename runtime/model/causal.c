// Causal: the graph of a model.
#include "runtime/model/causal.h"

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
        TRY(e->both ? graph_confound(d, e->from, e->to, e->origin)
                    : graph_edge(d, e->from, e->to, e->origin));
    }
    return OK;
}

Status causal_graph(const Model *m, Graph **out) {
    GraphDraft draft = {0};
    Faults faults = {0};
    Status status = add_vertices(m, &draft);
    if (status == OK) status = add_edges(m, &draft);
    if (status == OK) status = graph_build(&draft, &faults, out);
    graph_draft_free(&draft);
    fault_free(&faults);
    return status;
}

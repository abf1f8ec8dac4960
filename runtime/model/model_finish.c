// Model finish: from a builder to a model.
#include "runtime/model/model_build.h"
#include "runtime/model/model_gumbel.h"
#include "runtime/model/model_joint.h"
#include "runtime/model/model_link.h"
#include "runtime/model/model_noise.h"
#include "runtime/model/model_table.h"

static Status split_one(ModelBuilder *b, uint32_t v, JointBlocks *blocks, Faults *faults) {
    const ModelVar *var = b->vars.items[v].var;
    if (var->term->op == TERM_PART) return model_joint_lower(blocks, b, v);
    TRY(model_noise_single(b, v, faults));
    if (var->term->op == TERM_GUMBEL) {
        model_gumbel_lower(b, v);
        return OK;
    }
    return var->mech == MECH_STRUCTURAL ? model_noise_split(b, v, faults) : OK;
}

static Status split_noise(ModelBuilder *b, Faults *faults) {
    Status all = OK;
    JointBlocks blocks = {0};
    uint32_t written = (uint32_t)b->vars.count;
    for (uint32_t v = 0; all != NOMEM && v < written; v++) {
        if (!b->vars.items[v].given || !b->vars.items[v].var->term) continue;
        Status status = split_one(b, v, &blocks, faults);
        if (status == FAULT) b->vars.items[v].bad = true;
        if (status != OK) all = status;
    }
    model_joint_free(&blocks);
    return all;
}

static Status fill_domains(ModelBuilder *b) {
    for (size_t v = 0; v < b->vars.count; v++) {
        ModelVar *var = b->vars.items[v].var;
        if (!var->domain && !(var->domain = domain_new(DOMAIN_SYMBOLIC))) return NOMEM;
    }
    return OK;
}

// The model's view of the builder: variables and factors are borrowed until hand_over.
static Status assemble(ModelBuilder *b, Model *m) {
    m->refs = 1;
    m->names = b->names;
    m->name = b->name;
    m->nvars = (uint32_t)b->vars.count;
    m->nedges = (uint32_t)b->edges.count;
    m->index = &b->index;
    m->vars = MEM_NEW(ModelVar *, m->nvars);
    m->edges = MEM_NEW(ModelEdge, m->nedges);
    if (!m->vars || !m->edges) return NOMEM;
    for (uint32_t v = 0; v < m->nvars; v++) m->vars[v] = b->vars.items[v].var;
    for (uint32_t i = 0; i < m->nedges; i++) m->edges[i] = b->edges.items[i].edge;
    return fill_domains(b);
}

static Status settle(Tabler *t) {
    Status all = OK;
    for (uint32_t i = 0; i < t->m->nvars; i++) {
        if (ctl_cancelled(t->ctl)) return CANCELLED;
        MODEL_COLLECT(all, model_table_settle(t, t->m->order[i]));
    }
    for (size_t i = 0; i < t->b->factors.count; i++)
        MODEL_COLLECT(all, model_table_factor(t, &t->b->factors.items[i]));
    return all;
}

// Gives the model what it borrowed and the rest; the builder is left empty.
static Status hand_over(ModelBuilder *b, Model *m) {
    ModelIndex *index = MEM_NEW(ModelIndex, 1);
    if (!index) return NOMEM;
    *index = b->index;
    b->index = (ModelIndex){0};
    m->index = index;
    m->memo = b->memo;
    b->memo = NULL;
    m->doc = b->doc;
    b->doc = NULL;
    m->factors = b->factors.items;
    m->nfactors = (uint32_t)b->factors.count;
    b->factors.items = NULL;
    b->factors.count = b->factors.room = 0;
    m->assumes = b->assumes.items;
    m->nassumes = (uint32_t)b->assumes.count;
    b->assumes.items = NULL;
    b->assumes.count = b->assumes.room = 0;
    b->vars.count = 0;
    return OK;
}

static void discard(Model *m) {
    mem_free(m->vars);
    mem_free(m->edges);
    mem_free(m->order);
    mem_free(m);
}

Status model_finish(ModelBuilder *b, const Ctl *ctl, Model **out, uint32_t *normalised,
                    Faults *faults) {
    Status all = b->failed ? FAULT : OK;
    if (normalised) *normalised = 0;
    MODEL_COLLECT(all, split_noise(b, faults));
    MODEL_COLLECT(all, model_link(b, faults));
    Model *m = MEM_NEW(Model, 1);
    if (!m) return NOMEM;
    Tabler t = {b, m, ctl, normalised, faults};
    Status status = assemble(b, m);
    if (status == OK) status = model_link_order(b, &m->order, faults);
    if (status == OK) status = settle(&t);
    if (status == OK) status = all;
    if (status == OK) status = hand_over(b, m);
    if (status == OK)
        *out = m;
    else
        discard(m);
    return status;
}

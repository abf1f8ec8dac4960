// Model_text: a model written out.
#include "interp/model_text.h"

#include <string.h>

#include "interp/render.h"
#include "runtime/base/num.h"
#include "runtime/model/model_joint.h"
#include "runtime/model/name.h"

static const char *role_text(const ModelVar *v) {
    switch (v->role) {
    case ROLE_VAR_LATENT: return "latent ";
    case ROLE_VAR_NOISE: return "noise ";
    case ROLE_VAR_OBSERVED: return "observed ";
    case ROLE_VAR_SELECTED: return "selected ";
    default: return "";
    }
}

// The distribution in one row of a table.
static void row_text(const ModelVar *v, const double *row, Str *out) {
    if (v->domain->kind == DOMAIN_BOOL) {
        num_add(out, row[1]);
        return;
    }
    str_add_char(out, '{');
    for (uint32_t i = 0; i < v->domain->count; i++) {
        if (i) str_add(out, ", ");
        domain_add_literal(v->domain, i, out);
        str_add(out, ": ");
        num_add(out, row[i]);
    }
    str_add_char(out, '}');
}

static void add_levels(const Model *m, const uint32_t *vars, uint32_t n,
                       const uint32_t *levels, Str *out) {
    for (uint32_t i = 0; i < n; i++) {
        if (i) str_add(out, ", ");
        domain_add_literal(m->vars[vars[i]]->domain, levels[i], out);
    }
}

static void next_row(const Model *m, const uint32_t *vars, uint32_t n, uint32_t *levels) {
    for (uint32_t i = n; i-- > 0;) {
        if (++levels[i] < m->vars[vars[i]]->domain->count) return;
        levels[i] = 0;
    }
}

// A row for every joint level of `n` variables, one at least: the distribution of v (its cells in
// `values`), or, without v, a number.
static void case_text(const Model *m, const uint32_t *vars, uint32_t n, const ModelVar *v,
                      const double *values, size_t size, Str *out) {
    size_t width = v ? v->domain->count : 1;
    uint32_t *levels = MEM_NEW(uint32_t, n);
    if (!levels) {
        out->failed = true;
        return;
    }
    str_add(out, "case ");
    for (uint32_t i = 0; i < n; i++) {
        if (i) str_add(out, ", ");
        name_add(m->vars[vars[i]]->name, out);
    }
    str_add(out, " {\n");
    for (size_t at = 0; at < size; at += width, next_row(m, vars, n, levels)) {
        str_add(out, "    ");
        add_levels(m, vars, n, levels, out);
        str_add(out, " => ");
        if (v) row_text(v, values + at, out);
        else num_add(out, values[at]);
        str_add_char(out, '\n');
    }
    str_add(out, "  }");
    mem_free(levels);
}

static void table_text(const Model *m, const ModelVar *v, Str *out) {
    const Cpt *table = v->printed ? v->printed : v->cpt;
    if (v->nparents == 0) row_text(v, table->values, out);
    else case_text(m, v->parents, v->nparents, v, table->values, table->size, out);
}

static void factor_text(const Model *m, const ModelFactor *f, Str *out) {
    str_add(out, "  factor ");
    if (f->term) term_add(f->term, out);
    else if (f->nvars == 0) num_add(out, f->table->values[0]);
    else case_text(m, f->vars, f->nvars, NULL, f->table->values, f->table->size, out);
    str_add_char(out, '\n');
}

static void mechanism_text(const Model *m, const ModelVar *v, Str *out) {
    if (v->mech == MECH_NONE) return;
    str_add(out, v->mech == MECH_KERNEL && !v->gumbel ? " ~ " : " = ");
    if (v->term) term_add(v->written ? v->written : v->term, out);
    else table_text(m, v, out);
}

// The variables of a block stand in one line, where the first of them is.
static void block_text(const Model *m, const JointList *blocks, uint32_t first, Str *out) {
    for (uint32_t v = blocks->next[first]; v != MODEL_NONE; v = blocks->next[v]) {
        str_add(out, ", ");
        name_add(m->vars[v]->name, out);
    }
}

static void block_law_text(const Model *m, const JointList *blocks, uint32_t first, Str *out) {
    Term *law = model_joint_law(m, blocks, first);
    str_add(out, " ~ ");
    if (law) term_add(law, out);
    else out->failed = true;
    term_drop(law);
}

static void variable_text(const Model *m, const JointList *blocks, uint32_t at, Str *out) {
    const ModelVar *v = m->vars[at];
    str_printf(out, "  %s", role_text(v));
    name_add(v->name, out);
    block_text(m, blocks, at, out);
    if (v->label) {
        str_add_char(out, ' ');
        name_add_text(v->label, strlen(v->label), out);
    }
    if (v->domain->kind != DOMAIN_SYMBOLIC) {
        str_add(out, " : ");
        domain_add(v->domain, out);
    }
    if (model_joint_of(v)) block_law_text(m, blocks, at, out);
    else mechanism_text(m, v, out);
    str_add_char(out, '\n');
}

static void edge_text(const Model *m, const ModelEdge *e, Str *out) {
    bool implied = !e->both && m->vars[e->to]->mech != MECH_NONE;
    if (implied) return;
    str_add(out, "  ");
    name_add(m->vars[e->from]->name, out);
    str_add(out, e->both ? " <-> " : " -> ");
    name_add(m->vars[e->to]->name, out);
    str_add_char(out, '\n');
}

void model_text_rung(const Model *m, Str *out) {
    str_add(out, "model ");
    if (m->name) name_add(m->name, out);
    else str_add(out, "unnamed");
    if (m->doc) {
        str_add_char(out, ' ');
        name_add_text(m->doc, strlen(m->doc), out);
    }
    str_add(out, " {\n");
    JointList blocks;
    if (model_joint_list(m, &blocks) != OK) out->failed = true;
    for (uint32_t i = 0; !out->failed && i < m->nvars; i++)
        if (!m->vars[i]->anonymous && !blocks.follows[i]) variable_text(m, &blocks, i, out);
    model_joint_list_free(&blocks);
    for (uint32_t i = 0; i < m->nedges; i++) edge_text(m, &m->edges[i], out);
    for (uint32_t i = 0; i < m->nfactors; i++) factor_text(m, &m->factors[i], out);
    for (uint32_t i = 0; i < m->nassumes; i++) {
        str_add(out, "  assume ");
        term_add(m->assumes[i], out);
        str_add_char(out, '\n');
    }
    str_add(out, "}\n");
}

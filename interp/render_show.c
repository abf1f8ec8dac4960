// Render_show: the pictures of `show`: models, and charts by render_chart.
#include <string.h>

#include "interp/draw.h"
#include "interp/render_chart.h"
#include "runtime/base/num.h"
#include "runtime/model/causal.h"
#include "runtime/model/model_joint.h"

// --- models ---------------------------------------------------------------------------------

static const char *role_word(const ModelVar *v) {
    switch (v->role) {
    case ROLE_VAR_LATENT: return "latent ";
    case ROLE_VAR_NOISE: return "noise ";
    case ROLE_VAR_SELECTED: return "selected ";
    default: return "";
    }
}

// What is left of a block of variables, where its first one stands.
static void show_law(const Model *m, const JointList *blocks, uint32_t first, Str *out) {
    Term *law = model_joint_law(m, blocks, first);
    str_add(out, "   ~ ");
    if (law) term_add(law, out);
    else out->failed = true;
    term_drop(law);
}

static void show_variable(const Model *m, const JointList *blocks, uint32_t at, bool graph,
                          Str *out) {
    const ModelVar *v = m->vars[at];
    str_printf(out, "\n  %s%s", role_word(v), v->name->text);
    for (uint32_t w = blocks->next[at]; w != MODEL_NONE; w = blocks->next[w])
        str_printf(out, ", %s", m->vars[w]->name->text);
    if (v->domain->kind != DOMAIN_SYMBOLIC) {
        str_add(out, " : ");
        domain_add(v->domain, out);
    }
    for (uint32_t i = 0, shown = 0; i < v->nparents; i++) {
        const ModelVar *parent = m->vars[v->parents[i]];
        if (parent->anonymous) continue;
        str_printf(out, shown++ ? ", %s" : "   <- %s", parent->name->text);
    }
    if (v->mech == MECH_NONE && !graph) str_add(out, "   (open)");
    if (!v->term || v->mech == MECH_NONE) return;
    if (model_joint_of(v)) {
        show_law(m, blocks, at, out);
        return;
    }
    str_add(out, v->mech == MECH_KERNEL && !v->gumbel ? "   ~ " : "   = ");
    term_add(v->written ? v->written : v->term, out);
}

// The causes in a mechanism are shown with it; other edges on lines of their own.
static void show_edge(const Model *m, const ModelEdge *e, Str *out) {
    if (!e->both && m->vars[e->to]->mech != MECH_NONE) return;
    str_printf(out, "\n  %s %s %s", m->vars[e->from]->name->text, e->both ? "<->" : "->",
               m->vars[e->to]->name->text);
}

// Lines, corners and arrowheads by the characters of ASCII that come closest.
static void add_ascii(const char *picture, Str *out) {
    static const struct {
        const char *sign;
        char plain;
    } signs[] = {{"─", '-'}, {"│", '|'}, {"═", '='}, {"║", '#'}, {"╌", '-'},
                 {"╎", ':'}, {"▼", 'v'}, {"▲", '^'}, {"◀", '<'}, {"▶", '>'}};
    while (*picture) {
        size_t n = 1, count = sizeof signs / sizeof *signs;
        while (((unsigned char)picture[n] & 0xC0) == 0x80) n++;
        bool box = n == 3 && memcmp(picture, "\xE2\x94", 2) >= 0 &&
                   memcmp(picture, "\xE2\x98", 2) < 0;
        char plain = '+';
        for (size_t i = 0; i < count; i++)
            if (memcmp(signs[i].sign, picture, n) == 0) plain = signs[i].plain;
        if (box) str_add_char(out, plain);
        else str_add_n(out, picture, n);
        picture += n;
    }
}

// The graph without anonymous noise. Whether it was drawn: not when it is too wide, or empty.
static bool show_graph(const Model *m, const RenderStyle *style, Str *out) {
    Model *bare = NULL;
    Graph *g = NULL;
    Str picture = {0};
    bool fits = false;
    Status status = model_graph(m, &bare);
    if (status == OK) status = causal_graph(bare, &g);
    if (status == OK && g->n) status = draw_graph(g, style->width ? style->width : 80, &fits, &picture);
    if (status == NOMEM || picture.failed) out->failed = true;
    if (fits && picture.len) {
        picture.text[--picture.len] = '\0';
        str_add_char(out, '\n');
        if (style->ascii) add_ascii(str_text(&picture), out);
        else str_add(out, str_text(&picture));
    }
    str_free(&picture);
    graph_free(g);
    model_drop(bare);
    return fits;
}

static void show_title(const Model *m, Str *out) {
    str_printf(out, "model %s", m->name ? m->name->text : "(unnamed)");
    if (m->doc) str_printf(out, " \"%s\"", m->doc);
}

// A factor's weight; of one that came as a table, the variables.
static void show_factor(const Model *m, const ModelFactor *f, Str *out) {
    str_add(out, "\n  factor ");
    if (f->term) term_add(f->term, out);
    for (uint32_t i = 0; !f->term && i < f->nvars; i++)
        str_printf(out, i ? ", %s" : "of %s", m->vars[f->vars[i]]->name->text);
    if (!f->term && !f->nvars) num_add(out, f->table->values[0]);
}

static void list_model(const Model *m, Str *out) {
    bool graph = true;
    for (uint32_t i = 0; i < m->nvars; i++) graph = graph && m->vars[i]->mech == MECH_NONE;
    JointList blocks;
    if (model_joint_list(m, &blocks) != OK) out->failed = true;
    for (uint32_t i = 0; !out->failed && i < m->nvars; i++)
        if (!m->vars[m->order[i]]->anonymous && !blocks.follows[m->order[i]])
            show_variable(m, &blocks, m->order[i], graph, out);
    model_joint_list_free(&blocks);
    for (uint32_t i = 0; i < m->nedges; i++) show_edge(m, &m->edges[i], out);
    for (uint32_t i = 0; i < m->nfactors; i++) show_factor(m, &m->factors[i], out);
    for (uint32_t i = 0; i < m->nassumes; i++) {
        str_add(out, "\n  assume ");
        term_add(m->assumes[i], out);
    }
}

void render_graph(const Model *m, const RenderStyle *style, Str *out) {
    show_title(m, out);
    if (!show_graph(m, style, out)) list_model(m, out);
}

// The picture first, then the variables, unless they are names alone.
static void show_model(const Model *m, const RenderStyle *style, Str *out) {
    bool bare = m->nfactors == 0 && m->nassumes == 0;
    for (uint32_t i = 0; i < m->nvars; i++)
        bare = bare && m->vars[i]->mech == MECH_NONE &&
               m->vars[i]->domain->kind == DOMAIN_SYMBOLIC && !m->vars[i]->label;
    show_title(m, out);
    if (!show_graph(m, style, out) || !bare) list_model(m, out);
}

void render_show(Value v, const RenderStyle *style, Str *out) {
    if (v.tag == VALUE_MODEL) show_model(v.model, style, out);
    else if (render_chart_has(v)) render_chart(v, style, out);
    else if (v.tag == VALUE_STRING) str_add_n(out, v.sym->text, v.sym->len);
    else render_value(v, style, out);
}

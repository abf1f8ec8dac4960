// Render_show: the pictures of `show`: bar charts and models.
#include <math.h>

#include "interp/draw.h"
#include "interp/render.h"
#include "interp/table.h"
#include "runtime/model/causal.h"
#include "runtime/model/model_joint.h"

#define BAR_WIDTH 40

// A bar of eighths of a character cell, `part` of the full width long.
static void bar(double part, Str *out) {
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    long n = lround(fmax(0, fmin(1, part)) * BAR_WIDTH * 8);
    for (long i = 0; i < n / 8; i++) str_add(out, "█");
    str_add(out, eighths[n % 8]);
}

static double largest(const double *cells, size_t n) {
    double most = 0;
    for (size_t i = 0; i < n; i++)
        if (cells[i] > most) most = cells[i];
    return most <= 1 ? 1 : most;
}

static void label_of(const Answer *a, size_t row, Str *out) {
    size_t below = a->ncells;
    for (uint32_t i = 0; i < a->naxes; i++) {
        below /= a->axes[i].count;
        if (i) str_add(out, ", ");
        render_axis_level(&a->axes[i], (uint32_t)(row / below % a->axes[i].count), out);
    }
}

// Memory that runs out is told to `out`.
static size_t label_width(const Answer *a, Str *out) {
    size_t most = 0;
    Str s = {0};
    for (size_t row = 0; row < a->ncells; row++) {
        str_clear(&s);
        label_of(a, row, &s);
        out->failed |= s.failed;
        size_t w = render_width(str_text(&s));
        if (w > most) most = w;
    }
    str_free(&s);
    return most;
}

static void show_line(const char *label, size_t width, double x, double scale,
                      const RenderStyle *style, Str *out) {
    str_add(out, label);
    if (render_width(label) < width) str_fill(out, ' ', width - render_width(label));
    str_add(out, "  ");
    if (!isnan(x)) bar(x / scale, out);
    str_add(out, " ");
    render_number(x, style->digits, out);
}

static void show_table(const Answer *a, const RenderStyle *style, Str *out) {
    size_t width = label_width(a, out);
    double scale = largest(a->cells, a->ncells);
    Str label = {0};
    for (uint32_t i = 0; i < a->naxes; i++)
        str_printf(out, i ? ", %s" : "%s", a->axes[i].name->text);
    for (size_t row = 0; row < a->ncells; row++) {
        str_clear(&label);
        label_of(a, row, &label);
        out->failed |= label.failed;
        str_add_char(out, '\n');
        show_line(str_text(&label), width, a->cells[row], scale, style, out);
    }
    str_free(&label);
}

static void show_marginals(const Answer *a, const RenderStyle *style, Str *out) {
    size_t at = 0;
    Str label = {0};
    for (uint32_t i = 0; i < a->naxes; i++) {
        str_printf(out, i ? "\n%s" : "%s", a->axes[i].name->text);
        size_t width = 0;
        for (uint32_t j = 0; j < a->axes[i].count; j++) {
            str_clear(&label);
            render_axis_level(&a->axes[i], j, &label);
            out->failed |= label.failed;
            size_t w = render_width(str_text(&label));
            if (w > width) width = w;
        }
        for (uint32_t j = 0; j < a->axes[i].count; j++) {
            str_clear(&label);
            render_axis_level(&a->axes[i], j, &label);
            out->failed |= label.failed;
            str_add(out, "\n  ");
            show_line(str_text(&label), width, a->cells[at++], 1, style, out);
        }
    }
    str_free(&label);
}

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

// The graph without anonymous noise. Whether it was drawn: not when it is too wide, or empty.
static bool show_graph(const Model *m, uint32_t width, Str *out) {
    Model *bare = NULL;
    Graph *g = NULL;
    Str picture = {0};
    bool fits = false;
    Status status = model_graph(m, &bare);
    if (status == OK) status = causal_graph(bare, &g);
    if (status == OK && g->n) status = draw_graph(g, width ? width : 80, &fits, &picture);
    if (status == NOMEM || picture.failed) out->failed = true;
    if (fits && picture.len) {
        str_add_char(out, '\n');
        str_add_n(out, str_text(&picture), picture.len - 1);
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
    for (uint32_t i = 0; i < m->nfactors; i++) {
        str_add(out, "\n  factor ");
        term_add(m->factors[i].term, out);
    }
    for (uint32_t i = 0; i < m->nassumes; i++) {
        str_add(out, "\n  assume ");
        term_add(m->assumes[i], out);
    }
}

void render_graph(const Model *m, const RenderStyle *style, Str *out) {
    show_title(m, out);
    if (!show_graph(m, style->width, out)) list_model(m, out);
}

// The picture first, then the variables, unless they are names alone.
static void show_model(const Model *m, uint32_t width, Str *out) {
    bool bare = m->nfactors == 0 && m->nassumes == 0;
    for (uint32_t i = 0; i < m->nvars; i++)
        bare = bare && m->vars[i]->mech == MECH_NONE &&
               m->vars[i]->domain->kind == DOMAIN_SYMBOLIC && !m->vars[i]->label;
    show_title(m, out);
    if (!show_graph(m, width, out) || !bare) list_model(m, out);
}

void render_show(Value v, const RenderStyle *style, Str *out) {
    if (v.tag == VALUE_MODEL) show_model(v.model, style->width, out);
    else if (table_is(v)) show_table(value_answer_of(v), style, out);
    else if (v.tag == VALUE_ANSWER && value_answer_of(v)->kind == ANSWER_MARGINALS)
        show_marginals(value_answer_of(v), style, out);
    else if (v.tag == VALUE_STRING) str_add_n(out, v.sym->text, v.sym->len);
    else render_value(v, style, out);
}

// Tikz: the writer.
#include "runtime/format/tikz.h"

#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/graph/layout.h"

typedef struct Writer {
    const Graph *g;
    Layout layout;
    double *width, *x;
    Str *out;
} Writer;

// Characters that LaTeX would take for commands are set as themselves.
static void add_text(const char *name, Str *out) {
    for (const char *p = name; *p; p++) {
        if (*p == '\\') str_add(out, "\\textbackslash{}");
        else if (*p == '^') str_add(out, "\\textasciicircum{}");
        else if (*p == '~') str_add(out, "\\textasciitilde{}");
        else if ((unsigned char)*p < ' ') str_add_char(out, ' ');
        else {
            if (strchr("#$%&_{}", *p)) str_add_char(out, '\\');
            str_add_char(out, *p);
        }
    }
}

static void add_node(Writer *w, uint32_t v) {
    const char *style = bits_has(w->g->latent, v)     ? "latent"
                        : bits_has(w->g->selected, v) ? "selected"
                                                      : "variable";
    str_printf(w->out, "\\node[%s] (v%u) at (%.2f, %.2f) {", style, v, w->x[v] + 0.0,
               -1.6 * w->layout.nodes[v].layer + 0.0);
    add_text(w->g->names[v], w->out);
    str_add(w->out, "};\n");
}

// The bend of v's edges on a layer.
static uint32_t bend_of(const Writer *w, uint32_t v, uint32_t layer) {
    uint32_t at = v;
    while (w->layout.nodes[at].layer < layer) {
        uint32_t next = at;
        GRAPH_EACH(&w->layout, down, at, below)
            if (w->layout.nodes[below].kind == LAYOUT_BEND) next = (uint32_t)below;
        if (next == at) break;
        at = next;
    }
    return at;
}

static void add_edge(Writer *w, uint32_t from, uint32_t to) {
    uint32_t end = w->layout.nodes[to].layer;
    str_printf(w->out, "\\draw[cause] (v%u)", from);
    for (uint32_t layer = w->layout.nodes[from].layer + 1; layer < end; layer++)
        str_printf(w->out, " -- (%.2f, %.2f)", w->x[bend_of(w, from, layer)], -1.6 * layer);
    str_printf(w->out, " -- (v%u);\n", to);
}

static const char head[] =
    "\\documentclass[tikz, border=4pt]{standalone}\n"
    "\\usetikzlibrary{arrows.meta}\n"
    "\\begin{document}\n"
    "\\begin{tikzpicture}[>=Stealth, rounded corners,\n"
    "  variable/.style={draw, ellipse, minimum size=7mm}, latent/.style={variable, dashed},\n"
    "  selected/.style={draw, minimum size=7mm}, cause/.style={->},\n"
    "  confounded/.style={<->, dashed, bend left=40}]\n";

static void add_picture(Writer *w) {
    const Graph *g = w->g;
    str_add(w->out, head);
    for (uint32_t v = 0; v < g->n; v++) add_node(w, v);
    for (uint32_t v = 0; v < g->n; v++)
        GRAPH_EACH(g, children, v, c) add_edge(w, v, (uint32_t)c);
    for (uint32_t v = 0; v < g->n; v++)
        GRAPH_EACH(g, spouses, v, s)
            if (v < s) str_printf(w->out, "\\draw[confounded] (v%u) to (v%zu);\n", v, s);
    str_add(w->out, "\\end{tikzpicture}\n\\end{document}\n");
}

// Centimetres: a name needs about two millimetres for each letter.
static void set_widths(Writer *w) {
    for (size_t i = 0; i < w->layout.count; i++)
        w->width[i] = w->layout.nodes[i].kind == LAYOUT_BEND
                          ? 0.3
                          : fmax(1, 0.6 + 0.2 * (double)strlen(w->g->names[i]));
}

Status tikz_write(const GraphFile *file, Str *out, Faults *faults) {
    (void)faults;
    Writer w = {.g = file->graph, .out = out};
    TRY(layout_make(w.g, false, NULL, &w.layout));
    w.width = MEM_NEW(double, w.layout.count);
    w.x = MEM_NEW(double, w.layout.count);
    Status status = w.width && w.x ? OK : NOMEM;
    if (status == OK) set_widths(&w);
    if (status == OK) status = layout_spread(&w.layout, w.width, 0.8, INFINITY, w.x);
    if (status == OK) add_picture(&w);
    mem_free(w.width);
    mem_free(w.x);
    layout_free(&w.layout);
    return status;
}

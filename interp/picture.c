// Picture: values as files of SVG.
#include "interp/picture.h"

#include "interp/svg_chart.h"
#include "interp/svg_graph.h"

static bool draw_graph(const Model *m, Str *out, const char **why) {
    GraphFile file;
    Str dot = {0};
    Faults faults = {0};
    Status status = svg_graph_file(m, &file);
    if (status == OK) status = graph_file_dot.write(&file, &dot, &faults);
    *why = status == OK && !dot.failed ? NULL : "the graph cannot be drawn";
    if (!*why) {
        switch (svg_graph_dot(str_text(&dot), dot.len, out)) {
        case SVG_GRAPH_DRAWN: break;
        case SVG_GRAPH_MISSING:
            *why = "graphs are drawn as SVG by Graphviz, which is not installed (apt-get install "
                   "graphviz)";
            break;
        case SVG_GRAPH_FAILED: *why = "Graphviz cannot draw this graph"; break;
        }
    }
    fault_free(&faults);
    graph_file_free(&file);
    str_free(&dot);
    return !*why;
}

bool picture_svg(Value v, const RenderStyle *style, Str *out, const char **why) {
    if (v.tag == VALUE_MODEL) return draw_graph(v.model, out, why);
    if (!svg_chart_has(v)) {
        *why = "there is a picture of a table, of marginals, and of a model";
        return false;
    }
    svg_chart_add(v, style, true, out);
    *why = "memory is exhausted";
    return !out->failed;
}

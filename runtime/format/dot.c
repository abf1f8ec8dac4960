// Dot: reader and writer.
#include "runtime/format/dot.h"

#include <string.h>
#include <strings.h>

#include "runtime/format/graph_stmt.h"

static bool is(Span span, const char *word) {
    return span.text && strlen(word) == span.len && strncasecmp(word, span.text, span.len) == 0;
}

// A style is a list: "filled,dashed".
static bool has_style(Span value, const char *style) {
    size_t n = strlen(style);
    return value.text && value.len >= n && memmem(value.text, value.len, style, n);
}

static bool is_yes(Span value) {
    return is(value, "true") || is(value, "yes") || is(value, "1");
}

static bool is_no(Span value) {
    return is(value, "false") || is(value, "no") || is(value, "0");
}

static Status take_vertex(GraphReader *r, uint32_t vertex, const StmtAttribute *a,
                          unsigned *marks) {
    (void)r, (void)vertex;
    if (is(a->key, "style") && has_style(a->value, "dashed")) *marks |= STMT_LATENT;
    if (is(a->key, "latent") && is_yes(a->value)) *marks |= STMT_LATENT;
    if (is(a->key, "observed") && is_no(a->value)) *marks |= STMT_LATENT;
    if (is(a->key, "selected") && is_yes(a->value)) *marks |= STMT_SELECTED;
    return OK;
}

static Status take_edge(GraphReader *r, const StmtAttribute *a, unsigned *marks) {
    (void)r;
    if (is(a->key, "style")) {
        *marks &= ~(unsigned)STMT_DASHED;
        if (has_style(a->value, "dashed")) *marks |= STMT_DASHED;
    }
    if (is(a->key, "dir")) {
        *marks &= ~(unsigned)(STMT_DIR_BOTH | STMT_DIR_BACK | STMT_DIR_NONE);
        if (is(a->value, "both")) *marks |= STMT_DIR_BOTH;
        if (is(a->value, "back")) *marks |= STMT_DIR_BACK;
        if (is(a->value, "none")) *marks |= STMT_DIR_NONE;
    }
    return OK;
}

static Status take_arrow(GraphReader *r, StmtArrow *arrow) {
    Scan *s = &r->s;
    *arrow = STMT_NONE;
    if (s->end - s->at < 2 || s->at[0] != '-') return OK;
    if (s->at[1] == '-')
        return scan_fault(s, FAULT_GRAPH_MARK, s->at,
                          "-- is an edge without a direction: it is not causal");
    if (s->at[1] != '>') return OK;
    *arrow = STMT_OUT;
    s->at += 2;
    return OK;
}

static const StmtDialect dialect = {take_arrow, take_vertex, take_edge, true};

Status dot_read(GraphReader *r) {
    Span name = {0};
    TRY(graph_stmt_skip(r));
    if (graph_stmt_word(r, "strict")) TRY(graph_stmt_skip(r));
    const char *at = r->s.at;
    if (graph_stmt_word(r, "graph"))
        return scan_fault(&r->s, FAULT_GRAPH_MARK, at,
                          "an undirected graph is not causal: digraph is needed");
    if (!graph_stmt_word(r, "digraph")) return scan_expected(&r->s, "'digraph'");
    TRY(graph_stmt_skip(r));
    if (scan_peek(&r->s) != '{') TRY(graph_stmt_name(r, &name));
    if (name.len && !(r->name = arena_text(&r->draft.arena, name.text, name.len))) return NOMEM;
    TRY(graph_stmt_skip(r));
    if (!scan_take(&r->s, '{')) return scan_expected(&r->s, "'{'");
    TRY(graph_stmt_read(r, &dialect, true));
    TRY(graph_stmt_skip(r));
    return r->s.at == r->s.end ? OK : scan_expected(&r->s, "nothing after the closing brace");
}

// --- writing --------------------------------------------------------------------------------

static void add_edge(const Graph *g, size_t a, size_t b, bool both, Str *out) {
    str_add(out, "  ");
    graph_stmt_add_name(g->names[a], false, out);
    str_add(out, " -> ");
    graph_stmt_add_name(g->names[b], false, out);
    str_add(out, both ? " [dir=both, style=dashed];\n" : ";\n");
}

static Status write_graph(const GraphFile *file, Str *out, Faults *faults) {
    const Graph *g = file->graph;
    str_add(out, "digraph ");
    if (file->name && graph_stmt_add_name(file->name, false, out)) str_add_char(out, ' ');
    str_add(out, "{\n");
    for (size_t v = 0; v < g->n; v++) {
        str_add(out, "  ");
        if (!graph_stmt_add_name(g->names[v], false, out))
            return graph_stmt_refuse(g->names[v], "dot", faults);
        if (bits_has(g->latent, v)) str_add(out, " [style=dashed]");
        if (bits_has(g->selected, v)) str_add(out, " [shape=box, selected=true]");
        str_add(out, ";\n");
    }
    for (size_t v = 0; v < g->n; v++) {
        GRAPH_EACH(g, children, v, c) add_edge(g, v, c, false, out);
        GRAPH_EACH(g, spouses, v, s)
            if (v < s) add_edge(g, v, s, true, out);
    }
    str_add(out, "}\n");
    return OK;
}

Status dot_write(const GraphFile *file, Str *out, Faults *faults) {
    Str text = {0};
    Status status = write_graph(file, &text, faults);
    if (status == OK && text.failed) status = NOMEM;
    if (status == OK) str_add_n(out, str_text(&text), text.len);
    str_free(&text);
    return status;
}

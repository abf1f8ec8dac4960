// Svg_graph: causal graphs as SVG, drawn by Graphviz.
#include "interp/svg_graph.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interp/html.h"
#include "runtime/model/causal.h"

enum { MOST_VERTICES = 150, MOST_DEGREE = 4 };

const char svg_graph_css[] =
    "svg.graph{display:block;max-width:max(100%,40rem);height:auto}\n"
    "svg.graph text{fill:currentColor;font-family:system-ui,-apple-system,\"Segoe UI\",Roboto,"
    "\"DejaVu Sans\",sans-serif}\n"
    "svg.graph ellipse,svg.graph path,svg.graph .node polygon{stroke:currentColor;fill:none}\n"
    "svg.graph>g>polygon{fill:none;stroke:none}\n"
    "svg.graph .edge polygon{stroke:currentColor;fill:currentColor}\n";

static char *copy_text(const char *text) {
    Str s = {0};
    str_add(&s, text);
    return str_take(&s);
}

Status svg_graph_file(const Model *m, GraphFile *out) {
    Model *bare = NULL;
    *out = (GraphFile){0};
    Status status = model_graph(m, &bare);
    if (status == OK) status = causal_graph(bare, &out->graph);
    if (status == OK && m->name && !(out->name = copy_text(m->name->text))) status = NOMEM;
    model_drop(bare);
    return status;
}

// --- Graphviz -------------------------------------------------------------------------------

extern char **environ;

static SvgGraph run_dot(FILE *from, FILE *to) {
    static char *const argv[] = {"dot", "-Tsvg", NULL};
    posix_spawn_file_actions_t files;
    pid_t child;
    int status, error;
    if (posix_spawn_file_actions_init(&files) != 0) return SVG_GRAPH_FAILED;
    error = posix_spawn_file_actions_adddup2(&files, fileno(from), STDIN_FILENO);
    if (!error) error = posix_spawn_file_actions_adddup2(&files, fileno(to), STDOUT_FILENO);
    if (!error) error = posix_spawnp(&child, "dot", &files, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&files);
    if (error) return error == ENOENT ? SVG_GRAPH_MISSING : SVG_GRAPH_FAILED;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return SVG_GRAPH_FAILED;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? SVG_GRAPH_DRAWN : SVG_GRAPH_FAILED;
}

static bool take_all(FILE *from, Str *out) {
    char part[4096];
    size_t n;
    if (fseek(from, 0, SEEK_SET) != 0) return false;
    while ((n = fread(part, 1, sizeof part, from)) > 0) str_add_n(out, part, n);
    return !ferror(from) && !out->failed;
}

SvgGraph svg_graph_dot(const char *dot, size_t len, Str *out) {
    FILE *from = tmpfile(), *to = tmpfile();
    SvgGraph result = SVG_GRAPH_FAILED;
    bool ready = from && to && fwrite(dot, 1, len, from) == len && fflush(from) == 0 &&
                 lseek(fileno(from), 0, SEEK_SET) == 0;
    if (ready) result = run_dot(from, to);
    if (result == SVG_GRAPH_DRAWN && !take_all(to, out)) result = SVG_GRAPH_FAILED;
    if (from) fclose(from);
    if (to) fclose(to);
    return result;
}

// --- for a page -----------------------------------------------------------------------------

// The attributes that the page's own styles replace, and ids.
static const char *dropped_attribute(const char *p) {
    static const char *const names[] = {" id=\"", " font-family=\"", " xmlns=\"",
                                        " xmlns:xlink=\""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t n = strlen(names[i]);
        const char *end = strncmp(p, names[i], n) == 0 ? strchr(p + n, '"') : NULL;
        if (end) return end + 1;
    }
    return NULL;
}

// To the end of a tag, without what dropped_attribute drops; comments are left out.
static const char *add_tag(const char *p, Str *out) {
    const char *end = strchr(p, '>');
    if (strncmp(p, "<!--", 4) == 0) end = strstr(p, "-->") ? strstr(p, "-->") + 2 : NULL;
    if (!end) return NULL;
    if (p[1] == '!') return end + 1 + (end[1] == '\n');
    if (strncmp(p, "<svg", 4) == 0) str_add(out, "<svg class=\"graph\" role=\"img\""), p += 4;
    while (p <= end) {
        const char *after = *p == ' ' ? dropped_attribute(p) : NULL;
        if (after && after <= end) p = after;
        else if (*p == '\n') str_add_char(out, ' '), p++;
        else str_add_char(out, *p++);
    }
    return p;
}

static bool add_page(const char *svg, Str *out) {
    Str text = {0};
    const char *p = strstr(svg, "<svg");
    while (p && *p) {
        if (*p == '<') p = add_tag(p, &text);
        else str_add_char(&text, *p++);
    }
    out->failed |= text.failed;
    bool ok = p && text.len && !text.failed;
    if (ok) html_add_clean(text.text, text.len, out);
    str_free(&text);
    return ok;
}

// The looks go before the first statement of the graph.
static Status write_dot(const GraphFile *file, Str *out) {
    static const char looks[] =
        "\n  graph [bgcolor=transparent, nodesep=0.35, ranksep=0.4, margin=0.04];\n"
        "  node [fontname=\"Helvetica\", fontsize=12, height=0.4, width=0.5, "
        "margin=\"0.11,0.055\"];\n  edge [arrowsize=0.7];";
    Str text = {0};
    Faults faults = {0};
    Status status = graph_file_dot.write(file, &text, &faults);
    fault_free(&faults);
    const char *brace = status == OK && !text.failed ? strstr(str_text(&text), "{\n") : NULL;
    if (status == OK && text.failed) status = NOMEM;
    if (status == OK && brace) {
        str_add_n(out, text.text, (size_t)(brace + 1 - text.text));
        str_add(out, looks);
        str_add(out, brace + 1);
    }
    str_free(&text);
    return status;
}

bool svg_graph_add(const Model *m, Str *out) {
    GraphFile file;
    Str dot = {0}, svg = {0};
    Status status = svg_graph_file(m, &file);
    const Graph *g = file.graph;
    bool fits = status == OK && g->n && g->n <= MOST_VERTICES &&
                g->directed + g->bidirected <= MOST_DEGREE * g->n;
    if (fits) status = write_dot(&file, &dot);
    bool drawn = fits && status == OK && !dot.failed &&
                 svg_graph_dot(dot.text, dot.len, &svg) == SVG_GRAPH_DRAWN &&
                 add_page(str_text(&svg), out);
    if (status == NOMEM || dot.failed || svg.failed) out->failed = true;
    graph_file_free(&file);
    str_free(&dot);
    str_free(&svg);
    return drawn;
}

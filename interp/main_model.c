// Main_model: models in files, read, drawn and written.
#include "interp/main_model.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "interp/main_tools.h"
#include "interp/model_text.h"
#include "interp/module.h"
#include "interp/module_network.h"
#include "interp/query_identify.h"
#include "interp/render.h"
#include "interp/svg_graph.h"
#include "runtime/base/mem.h"
#include "runtime/format/format.h"
#include "runtime/format/graph_file.h"
#include "runtime/format/gzfile.h"
#include "runtime/model/causal.h"
#include "runtime/model/model_import.h"
#include "runtime/model/name.h"

static void print_nothing(void *user, const char *text, size_t len) {
    (void)user;
    (void)text;
    (void)len;
}

// A session in which the file's model is current; NULL with *status set. Questions that a program
// asks are put, and may fail without harm to its model.
static Interp *load(const char *path, const InterpOptions *options, int *status) {
    if (access(path, R_OK) != 0 && strcmp(path, "-") != 0) {
        main_say("rung: %s: %s\n", path, strerror(errno));
        *status = EXIT_IO;
        return NULL;
    }
    InterpOptions quiet = *options;
    quiet.print = print_nothing;
    Interp *interp = interp_new(&quiet);
    *status = EXIT_INTERNAL;
    if (!interp) {
        interp_exhausted(options);
        return NULL;
    }
    if (module_is_network(path) || module_is_graph(path)) {
        Str text = {0};
        str_add(&text, "import ");
        name_add_text(path, strlen(path), &text);
        if (text.failed) interp_exhausted(options);
        else *status = interp_run(interp, "<command line>", NULL, str_text(&text), text.len);
        str_free(&text);
    } else {
        *status = interp_file(interp, path);
    }
    if (*status <= EXIT_FAILED && interp_model(interp)) return interp;
    if (*status == EXIT_OK) {
        main_say("rung: %s declares no model\n", path);
        *status = EXIT_FAILED;
    }
    interp_free(interp);
    return NULL;
}

// --- graph ----------------------------------------------------------------------------------

static int draw_svg(const Str *dot, const InterpOptions *options) {
    Str svg = {0};
    SvgGraph result = svg_graph_dot(str_text(dot), dot->len, &svg);
    if (result == SVG_GRAPH_DRAWN && !interp_print(options, &svg)) result = SVG_GRAPH_FAILED;
    if (result == SVG_GRAPH_MISSING)
        fputs("rung: SVG is drawn by Graphviz, which is not installed (apt-get install graphviz)\n",
              stderr);
    str_free(&svg);
    return result == SVG_GRAPH_DRAWN ? EXIT_OK : EXIT_IO;
}

static int draw_text(const Model *m, const InterpOptions *options) {
    Str out = {0};
    RenderStyle style = {
        .digits = options->digits, .ascii = options->ascii, .width = options->width};
    Model *graph = NULL;
    Status status = model_graph(m, &graph);
    if (status == OK) render_graph(graph, &style, &out);
    str_add_char(&out, '\n');
    if (status == OK && out.failed) status = NOMEM;
    if (status == OK) interp_print(options, &out);
    model_drop(graph);
    str_free(&out);
    Faults none = {0};
    return status == OK ? EXIT_OK : main_faults(&none, status, options);
}

static int draw_as(const Model *m, const GraphFormat *format, bool svg,
                   const InterpOptions *options) {
    GraphFile file;
    Str out = {0};
    Faults faults = {0};
    Status status = svg_graph_file(m, &file);
    if (status == OK) status = format->write(&file, &out, &faults);
    if (status == OK && out.failed) status = NOMEM;
    int result = EXIT_OK;
    if (status != OK) result = main_faults(&faults, status, options);
    else if (svg) result = draw_svg(&out, options);
    else interp_print(options, &out);
    graph_file_free(&file);
    str_free(&out);
    return result;
}

static int unknown_format(const char *format) {
    fprintf(stderr, "rung: --format is text, svg");
    for (size_t i = 0; graph_file_list[i]; i++)
        fprintf(stderr, graph_file_list[i + 1] ? ", %s" : " or %s", graph_file_list[i]->name);
    main_say(", not %s\n", format);
    return EXIT_USAGE;
}

// In a format that the program itself brings.
static int export(Interp *interp, const char *format, const InterpOptions *options) {
    Str out = {0};
    bool found, ok = interp_export(interp, format, &found, &out);
    if (ok) ok = interp_print(options, &out);
    str_free(&out);
    return ok ? EXIT_OK : found ? EXIT_FAILED : unknown_format(format);
}

int main_model_graph(const char *file, const char *format, const InterpOptions *options) {
    bool text = strcmp(format, "text") == 0, svg = strcmp(format, "svg") == 0;
    const GraphFormat *as = svg ? &graph_file_dot : graph_file_find(format);
    int status;
    Interp *interp = load(file, options, &status);
    if (!interp) return status;
    status = text ? draw_text(interp_model(interp), options)
             : as ? draw_as(interp_model(interp), as, svg, options)
                  : export(interp, format, options);
    interp_free(interp);
    return status;
}

// --- convert --------------------------------------------------------------------------------

static int write_rung(const char *to, const Model *m, const InterpOptions *options) {
    Str out = {0};
    Faults faults = {0};
    model_text_rung(m, &out);
    Status status = out.failed ? NOMEM : gzfile_write(to, str_text(&out), out.len, &faults);
    str_free(&out);
    return status == OK ? EXIT_OK : main_faults(&faults, status, options);
}

static int write_network(const char *to, const Model *m, const InterpOptions *options) {
    NetFile net = {0};
    Faults faults = {0};
    Status status = model_export(m, &net, &faults);
    if (status == OK) status = format_write(to, &net, &faults);
    netfile_free(&net);
    return status == OK ? EXIT_OK : main_faults(&faults, status, options);
}

static int write_graph(const char *to, const Model *m, const InterpOptions *options) {
    static const char note[] = "note: a graph file holds the graph alone; the numbers and the "
                               "values of the variables are left out\n";
    GraphFile file;
    Faults faults = {0};
    Status status = svg_graph_file(m, &file);
    if (status == OK) status = graph_file_write(to, &file, &faults);
    graph_file_free(&file);
    if (status != OK) return main_faults(&faults, status, options);
    if (!query_is_graph(m)) options->report(options->user, note, sizeof note - 1);
    return EXIT_OK;
}

// Between two network formats, without the detour through a model: nothing is lost.
static int convert_network(const char *from, const char *to, const InterpOptions *options) {
    NetFile net = {0};
    Faults faults = {0};
    Status status = format_read(from, &options->ctl, &net, &faults);
    if (status == OK) status = format_write(to, &net, &faults);
    netfile_free(&net);
    return status == OK ? EXIT_OK : main_faults(&faults, status, options);
}

// Between two graph formats: what a file says about the purpose of its variables is kept.
static int convert_graph(const char *from, const char *to, const InterpOptions *options) {
    GraphFile file;
    Faults faults = {0};
    Status status = graph_file_read(from, &options->ctl, &file, &faults);
    if (status == OK) status = graph_file_write(to, &file, &faults);
    graph_file_free(&file);
    return status == OK ? EXIT_OK : main_faults(&faults, status, options);
}

int main_model_convert(const char *from, const char *to, const InterpOptions *options) {
    bool graph = graph_file_of_path(to) != NULL;
    if (graph_file_of_path(from) && !module_is_graph(from)) {
        main_say("rung: %s is of a format that is written only\n", from);
        return EXIT_IO;
    }
    if (main_same_file(from, to)) {
        main_say("rung: %s and %s are one file, which would be lost\n", from, to);
        return EXIT_IO;
    }
    if (module_is_network(from) && module_is_network(to)) return convert_network(from, to, options);
    if (module_is_graph(from) && graph) return convert_graph(from, to, options);
    int status;
    Interp *interp = load(from, options, &status);
    if (!interp) return status;
    const Model *m = interp_model(interp);
    status = module_kind(to) == MODULE_RUNG ? write_rung(to, m, options)
             : graph                        ? write_graph(to, m, options)
                                            : write_network(to, m, options);
    interp_free(interp);
    return status;
}

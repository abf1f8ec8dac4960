// Main_tools: the subcommands that do more than run a program.
#include "interp/main_tools.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interp/help.h"
#include "interp/model_text.h"
#include "interp/module.h"
#include "interp/module_network.h"
#include "interp/parser.h"
#include "interp/printer.h"
#include "interp/render.h"
#include "runtime/base/mem.h"
#include "runtime/format/format.h"
#include "runtime/format/gzfile.h"
#include "runtime/model/model_import.h"

static void say(const InterpOptions *o, const Str *text) {
    o->print(o->user, str_text(text), text->len);
}

static int report_faults(Faults *faults, Status status, const InterpOptions *o) {
    Sources none = {0};
    Diags diags = {0};
    Span nowhere = {0};
    Str out = {0};
    if (status == NOMEM) str_add(&out, "rung: out of memory\n");
    diag_take_faults(&diags, faults, &none, nowhere);
    for (size_t i = 0; i < diags.count; i++) {
        if (o->json) diag_render_json(&diags.items[i], &none, &out);
        else diag_render(&diags.items[i], &none, o->color, &out);
    }
    o->report(o->user, str_text(&out), out.len);
    str_free(&out);
    diag_free(&diags);
    return EXIT_IO;
}

// --- fmt ------------------------------------------------------------------------------------

static void report_diags(const Diags *diags, const Sources *sources, const InterpOptions *o) {
    Str out = {0};
    for (size_t i = 0; i < diags->count; i++) {
        if (o->json) diag_render_json(&diags->items[i], sources, &out);
        else diag_render(&diags->items[i], sources, o->color, &out);
    }
    o->report(o->user, str_text(&out), out.len);
    str_free(&out);
}

// The text in the house style; false when it does not parse, and that was reported.
static bool format_text(const char *name, const GzFile *file, const InterpOptions *o, Str *out) {
    Sources sources = {0};
    Diags diags = {0};
    Ast ast = {0};
    Interner *names = intern_new();
    uint32_t source = source_add(&sources, name, file->text, file->len);
    bool ok = names && source && parser_parse(&sources, source, names, &ast, &diags, NULL);
    if (ok && diags.errors == 0) printer_program(&ast, source_get(&sources, source), out);
    ok = ok && diags.errors == 0 && !out->failed;
    report_diags(&diags, &sources, o);
    ast_free(&ast);
    diag_free(&diags);
    source_free(&sources);
    intern_free(names);
    return ok;
}

static int write_formatted(const char *path, const GzFile *file, const Str *text, bool check,
                           const InterpOptions *o) {
    bool same = text->len == file->len && memcmp(str_text(text), file->text, file->len) == 0;
    if (check) {
        if (!same) printf("%s\n", path);
        return same ? EXIT_OK : EXIT_FAILED;
    }
    if (strcmp(path, "-") == 0) {
        say(o, text);
        return EXIT_OK;
    }
    if (same) return EXIT_OK;
    Faults faults = {0};
    Status status = gzfile_write(path, str_text(text), text->len, &faults);
    return status == OK ? EXIT_OK : report_faults(&faults, status, o);
}

static int format_file(const char *path, bool check, const InterpOptions *o) {
    GzFile file = {0};
    Faults faults = {0};
    Status status = gzfile_read(path, &file, &faults);
    if (status != OK) return report_faults(&faults, status, o);
    Str text = {0};
    int result = EXIT_COMPILE;
    if (format_text(path, &file, o, &text)) result = write_formatted(path, &file, &text, check, o);
    str_free(&text);
    gzfile_free(&file);
    return result;
}

int main_fmt(char **files, int n, bool check, const InterpOptions *options) {
    int worst = EXIT_OK;
    for (int i = 0; i < n; i++) {
        int status = format_file(files[i], check, options);
        if (status > worst) worst = status;
    }
    return worst;
}

// --- models in files ------------------------------------------------------------------------

static void print_nothing(void *user, const char *text, size_t len) {
    (void)user;
    (void)text;
    (void)len;
}

// A session in which the file's model is current; NULL with *status set. Questions that a program
// asks are put, and may fail without harm to its model.
static Interp *load(const char *path, const InterpOptions *options, int *status) {
    if (access(path, R_OK) != 0 && strcmp(path, "-") != 0) {
        fprintf(stderr, "rung: %s: %s\n", path, strerror(errno));
        *status = EXIT_IO;
        return NULL;
    }
    InterpOptions quiet = *options;
    quiet.print = print_nothing;
    Interp *interp = interp_new(&quiet);
    *status = EXIT_INTERNAL;
    if (!interp) return NULL;
    if (module_is_network(path)) {
        Str text = {0};
        str_add(&text, "import ");
        render_json_string(path, strlen(path), &text);
        *status = interp_run(interp, "<command line>", NULL, str_text(&text), text.len);
        str_free(&text);
    } else {
        *status = interp_file(interp, path);
    }
    if (*status <= EXIT_FAILED && interp_model(interp)) return interp;
    if (*status == EXIT_OK) {
        fprintf(stderr, "rung: %s declares no model\n", path);
        *status = EXIT_FAILED;
    }
    interp_free(interp);
    return NULL;
}

// --- graph ----------------------------------------------------------------------------------

static int draw_svg(const Str *dot) {
    fflush(stdout);
    signal(SIGPIPE, SIG_IGN);
    FILE *graphviz = popen("command -v dot >/dev/null || exit 127; exec dot -Tsvg", "w");
    if (!graphviz) return EXIT_IO;
    bool sent = fwrite(str_text(dot), 1, dot->len, graphviz) == dot->len;
    int status = pclose(graphviz);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        fputs("rung: SVG is drawn by Graphviz, which is not installed (apt-get install graphviz)\n",
              stderr);
        return EXIT_IO;
    }
    return sent && status == 0 ? EXIT_OK : EXIT_IO;
}

int main_graph(const char *file, const char *format, const InterpOptions *options) {
    bool text = strcmp(format, "text") == 0, svg = strcmp(format, "svg") == 0;
    if (!text && !svg && strcmp(format, "dot") != 0) {
        fprintf(stderr, "rung: --format is text, dot or svg, not %s\n", format);
        return EXIT_USAGE;
    }
    int status;
    Interp *interp = load(file, options, &status);
    if (!interp) return status;
    Str out = {0};
    RenderStyle style = {.digits = interp_options(interp)->digits, .color = options->color};
    Model *graph = NULL;
    if (text && model_graph(interp_model(interp), &graph) == OK) {
        Value v = {.tag = VALUE_MODEL, .model = graph};
        render_show(v, &style, &out);
        str_add_char(&out, '\n');
        model_drop(graph);
    } else {
        model_text_dot(interp_model(interp), &out);
    }
    if (svg) status = draw_svg(&out);
    else say(options, &out);
    str_free(&out);
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
    return status == OK ? EXIT_OK : report_faults(&faults, status, options);
}

static int write_network(const char *to, const Model *m, const InterpOptions *options) {
    NetFile net = {0};
    Faults faults = {0};
    Status status = model_export(m, &net, &faults);
    if (status == OK) status = format_write(to, &net, &faults);
    netfile_free(&net);
    return status == OK ? EXIT_OK : report_faults(&faults, status, options);
}

// Between two network formats, without the detour through a model: nothing is lost.
static int convert_network(const char *from, const char *to, const InterpOptions *options) {
    NetFile net = {0};
    Faults faults = {0};
    Status status = format_read(from, &net, &faults);
    if (status == OK) status = format_write(to, &net, &faults);
    netfile_free(&net);
    return status == OK ? EXIT_OK : report_faults(&faults, status, options);
}

int main_convert(const char *from, const char *to, const InterpOptions *options) {
    if (module_is_network(from) && module_is_network(to)) return convert_network(from, to, options);
    int status;
    Interp *interp = load(from, options, &status);
    if (!interp) return status;
    status = module_kind(to) == MODULE_RUNG ? write_rung(to, interp_model(interp), options)
                         : write_network(to, interp_model(interp), options);
    interp_free(interp);
    return status;
}

// --- disasm, explain ------------------------------------------------------------------------

int main_disasm(const char *file, const InterpOptions *options) {
    GzFile text = {0};
    Faults faults = {0};
    Status status = gzfile_read(file, &text, &faults);
    if (status != OK) return report_faults(&faults, status, options);
    Interp *interp = interp_new(options);
    Str out = {0};
    bool ok = interp && interp_disasm(interp, file, text.text, text.len, &out);
    if (ok) say(options, &out);
    str_free(&out);
    interp_free(interp);
    gzfile_free(&text);
    return ok ? EXIT_OK : EXIT_COMPILE;
}

int main_explain(const char *code) {
    DiagCode found = diag_find(code);
    if (found == DIAG_NONE) {
        fprintf(stderr, "rung: there is no diagnostic %s\n", code);
        return EXIT_USAGE;
    }
    printf("%s: %s\n\n%s", diag_code(found), diag_title(found), diag_page(found));
    return EXIT_OK;
}

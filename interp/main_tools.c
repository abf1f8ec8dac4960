// Main_tools: the subcommands that do more than run a program.
#include "interp/main_tools.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "interp/help.h"
#include "interp/parser.h"
#include "interp/printer.h"
#include "interp/visible.h"
#include "runtime/base/mem.h"
#include "runtime/format/gzfile.h"

void main_say(const char *format, ...) {
    Str raw = {0}, out = {0};
    va_list args;
    va_start(args, format);
    str_vprintf(&raw, format, args);
    va_end(args);
    visible_add(&out, str_text(&raw), raw.len);
    fputs(out.failed || raw.failed ? "rung: out of memory\n" : str_text(&out), stderr);
    str_free(&raw);
    str_free(&out);
}

bool main_same_file(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

int main_faults(Faults *faults, Status status, const InterpOptions *o) {
    Sources none = {0};
    Diags diags = {0};
    Span nowhere = {0};
    Str out = {0};
    if (status == NOMEM) interp_exhausted(o);
    if (status == CANCELLED) str_add(&out, "rung: interrupted\n");
    diag_take_faults(&diags, faults, &none, nowhere);
    for (size_t i = 0; i < diags.count; i++) {
        if (o->json) diag_render_json(&diags.items[i], &none, &out);
        else diag_render(&diags.items[i], &none, o->color, &out);
    }
    out.failed |= diags.failed;
    interp_report(o, &out);
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
    out.failed |= diags->failed;
    if (out.len || out.failed) interp_report(o, &out);
    str_free(&out);
}

// The text in the house style; false when it does not parse, and that was reported.
static bool format_text(const char *name, const GzFile *file, const InterpOptions *o, Str *out) {
    Sources sources = {0};
    Diags diags = {0};
    Ast ast = {0};
    Interner *names = intern_new();
    uint32_t source = source_add(&sources, name, file->text, file->len);
    bool ok = names && source && parser_parse(&sources, source, names, &ast, &diags, &o->ctl, NULL);
    if (ok && diags.errors == 0) printer_program(&ast, source_get(&sources, source), out);
    ok = ok && diags.errors == 0 && !out->failed;
    diags.failed |= !ok && !diags.errors;
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
        interp_print(o, text);
        return EXIT_OK;
    }
    if (same) return EXIT_OK;
    Faults faults = {0};
    Status status = gzfile_write(path, str_text(text), text->len, &faults);
    return status == OK ? EXIT_OK : main_faults(&faults, status, o);
}

static int format_file(const char *path, bool check, const InterpOptions *o) {
    GzFile file = {0};
    Faults faults = {0};
    Status status = gzfile_read(path, &o->ctl, &file, &faults);
    if (status == CANCELLED) return EXIT_INTERRUPTED;
    if (status != OK) return main_faults(&faults, status, o);
    Str text = {.ctl = &o->ctl};
    int result = EXIT_COMPILE;
    if (format_text(path, &file, o, &text)) result = write_formatted(path, &file, &text, check, o);
    str_free(&text);
    gzfile_free(&file);
    return result;
}

int main_fmt(char **files, int n, bool check, const InterpOptions *options) {
    int worst = EXIT_OK;
    for (int i = 0; i < n && !ctl_cancelled(&options->ctl); i++) {
        int status = format_file(files[i], check, options);
        if (status > worst) worst = status;
    }
    Faults none = {0};
    if (ctl_cancelled(&options->ctl)) main_faults(&none, CANCELLED, options);
    return worst;
}

// --- disasm, explain ------------------------------------------------------------------------

int main_disasm(const char *file, const InterpOptions *options) {
    GzFile text = {0};
    Faults faults = {0};
    Status status = gzfile_read(file, &options->ctl, &text, &faults);
    if (status != OK) return main_faults(&faults, status, options);
    Interp *interp = interp_new(options);
    Str out = {0};
    bool ok = interp && interp_disasm(interp, file, text.text, text.len, &out);
    if (!interp) interp_exhausted(options);
    if (ok) ok = interp_print(options, &out);
    str_free(&out);
    interp_free(interp);
    gzfile_free(&text);
    return ok ? EXIT_OK : EXIT_COMPILE;
}

int main_explain(const char *code) {
    DiagCode found = diag_find(code);
    if (found == DIAG_NONE) {
        main_say("rung: there is no diagnostic %s\n", code);
        return EXIT_USAGE;
    }
    printf("%s: %s\n\n%s", diag_code(found), diag_title(found), diag_page(found));
    return EXIT_OK;
}

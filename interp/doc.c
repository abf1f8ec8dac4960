// Doc: literate pages.
#include "interp/doc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interp/doc_answer.h"
#include "interp/doc_code.h"
#include "interp/doc_prose.h"
#include "interp/doc_style.h"
#include "interp/html.h"
#include "interp/main_tools.h"
#include "interp/markdown.h"
#include "interp/module.h"
#include "interp/progress.h"
#include "runtime/base/mem.h"
#include "runtime/format/gzfile.h"

// Something that stands below the line of byte `at`.
typedef struct Insert {
    uint32_t at, order;
    char *html;
} Insert;

typedef struct Doc {
    const char *name;
    const InterpOptions *outer; // what was asked for
    DocCode code;
    VEC(Insert) inserts;
    RenderStyle style;
    Span now;          // the statement that runs
    uint32_t answered; // up to here everything ran
    Str title;
    Str prose;         // Markdown that was gathered
    bool headed;       // there is a title, or it is too late for one
    bool opened;       // the page begins with its title
    bool failed;       // no memory
    Str *out;
} Doc;

// --- what happens during the run ------------------------------------------------------------

static bool insert(Doc *d, uint32_t at, Str *html) {
    Insert i = {.at = at, .order = (uint32_t)d->inserts.count, .html = str_take(html)};
    if (i.html && VEC_PUSH(&d->inserts, i)) return true;
    mem_free(i.html);
    d->failed = true;
    return false;
}

static uint32_t last_byte(Span span) {
    return span.end > span.start ? span.end - 1 : span.start;
}

static void on_statement(void *user, Span span) {
    Doc *d = user;
    d->now = span;
    d->answered = span.start;
}

static bool on_answer(void *user, const InterpAnswer *a) {
    Doc *d = user;
    Str html = {0};
    doc_answer_add(a, &d->style, &html);
    return insert(d, last_byte(d->now), &html);
}

static void on_print(void *user, const char *text, size_t len) {
    Doc *d = user;
    Str html = {0};
    doc_answer_text(text, len, &html);
    insert(d, last_byte(d->now), &html);
}

static void on_report(void *user, const char *text, size_t len) {
    const Doc *d = user;
    d->outer->report(d->outer->user, text, len);
}

// While a statement runs below it, wherever the trouble is; before, at the trouble itself.
static void on_diagnostic(void *user, const Diag *diag, const Sources *all) {
    Doc *d = user;
    const SourceText *source = source_get(all, diag->span.source);
    bool here = source && strcmp(source->name, d->name) == 0;
    uint32_t at = d->now.end ? last_byte(d->now) : here ? last_byte(diag->span) : 0;
    Str html = {0};
    doc_answer_diagnostic(diag, all, &html);
    insert(d, at, &html);
}

static int run(Doc *d, const char *path, const char *text, size_t len) {
    const InterpListener listener = {.user = d, .statement = on_statement, .answer = on_answer,
                                     .diagnostic = on_diagnostic};
    InterpOptions options = *d->outer;
    options.json = options.color = options.echo = false;
    options.dump = NULL;
    options.width = 0;
    options.print = on_print;
    options.report = on_report;
    options.user = d;
    options.listener = &listener;
    Interp *interp = interp_new(&options);
    if (!interp) return d->failed = true, EXIT_INTERNAL;
    d->style = (RenderStyle){.digits = interp_options(interp)->digits};
    int status = interp_run(interp, d->name, path, text, len);
    if (status == EXIT_OK) d->answered = UINT32_MAX;
    interp_free(interp);
    return status;
}

// --- the page -------------------------------------------------------------------------------

static void flush_prose(Doc *d) {
    const char *text = str_text(&d->prose);
    size_t len = d->prose.len, taken = 0;
    while (len && *text == '\n') text++, len--;
    if (len && !d->headed) {
        taken = doc_prose_title(text, len, &d->title, d->out);
        d->opened = taken || strncmp(text, "# ", 2) == 0;
    }
    if (len && !d->title.len) markdown_heading(text, len, &d->title);
    if (len) d->headed = true;
    while (taken < len && text[taken] == '\n') taken++;
    if (len > taken) {
        str_add(d->out, "<section>\n");
        markdown_add(text + taken, len - taken, d->out);
        str_add(d->out, "</section>\n");
    }
    str_clear(&d->prose);
}


// Code without the empty lines around it. Text that comes later is no title.
static void flush_code(Doc *d, uint32_t from, uint32_t to) {
    const char *text = d->code.text;
    uint32_t line = from;
    Str code = {0};
    for (uint32_t i = from; i < to && strchr(" \t\r\n", text[i]) && text[i]; i++)
        if (text[i] == '\n') line = i + 1;
    while (to > line && strchr(" \t\r\n", text[to - 1]) && text[to - 1]) to--;
    doc_code_add(&d->code, line, to, d->answered, &code);
    while (code.len && strchr(" \n", code.text[code.len - 1])) code.len--;
    if (code.len) {
        str_add(d->out, "<pre class=\"code\"><code>");
        str_add_n(d->out, str_text(&code), code.len);
        str_add(d->out, "</code></pre>\n");
        d->headed = true;
    }
    d->out->failed |= code.failed;
    str_free(&code);
}

static int compare_inserts(const void *a, const void *b) {
    const Insert *x = a, *y = b;
    if (x->at != y->at) return x->at < y->at ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

// What stands below the line that ends before byte `end`, from the `next` on.
static size_t add_inserts(Doc *d, size_t next, uint32_t end, uint32_t from, uint32_t to) {
    bool any = next < d->inserts.count && d->inserts.items[next].at < end;
    if (!any) return next;
    flush_prose(d);
    str_add(d->out, "<div class=\"cell\">\n");
    flush_code(d, from, to);
    str_add(d->out, "<div class=\"answer\">\n");
    for (; next < d->inserts.count && d->inserts.items[next].at < end; next++)
        str_add(d->out, d->inserts.items[next].html);
    str_add(d->out, "</div>\n</div>\n");
    return next;
}

// Where the program begins: behind a first line that names what runs it.
static uint32_t first_line(const Doc *d) {
    const char *newline = d->code.len ? memchr(d->code.text, '\n', d->code.len) : NULL;
    if (strncmp(d->code.text, "#!", 2) != 0) return 0;
    return newline ? (uint32_t)(newline - d->code.text) + 1 : d->code.len;
}

// Line by line: comments are gathered as prose, other lines as code, and what a line has below
// it ends both.
static void add_body(Doc *d) {
    const char *text = d->code.text;
    uint32_t len = d->code.len, from = first_line(d);
    size_t next = 0;
    for (uint32_t at = from; at < len;) {
        const char *newline = memchr(text + at, '\n', len - at);
        uint32_t stop = newline ? (uint32_t)(newline - text) : len;
        uint32_t after = stop + (newline != NULL);
        bool prose = doc_code_prose(&d->code, at) != NULL;
        if (prose) {
            flush_code(d, from, at);
            doc_prose_line(text + at, stop - at, &d->prose);
            from = after;
        } else if (d->prose.len) {
            flush_prose(d);
        }
        size_t before = next;
        next = add_inserts(d, next, after == len ? UINT32_MAX : after, from, after);
        if (next != before) from = after;
        at = after;
    }
    flush_prose(d);
    flush_code(d, from, len);
    add_inserts(d, next, UINT32_MAX, len, len);
}

// The name of the file without its folders.
static const char *short_name(const char *name) {
    const char *slash = strrchr(name, '/');
    return slash && slash[1] ? slash + 1 : name;
}

static void add_page(Doc *d, Str *body, Str *out) {
    const char *name = short_name(d->name);
    str_add(out, "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                 "<meta name=\"generator\" content=\"Rung " RUNG_VERSION "\">\n<title>");
    html_add(d->title.len ? str_text(&d->title) : name, out);
    str_add(out, "</title>\n<style>\n");
    doc_style_add(out);
    str_add(out, "</style>\n</head>\n<body>\n<main>\n");
    if (!d->opened) {
        str_add(out, "<h1>");
        html_add(name, out);
        str_add(out, "</h1>\n");
    }
    str_add_n(out, str_text(body), body->len);
    str_add(out, "</main>\n<footer>");
    html_add(name, out);
    str_add(out, ", answered by Rung " RUNG_VERSION "</footer>\n</body>\n</html>\n");
    out->failed |= body->failed || d->title.failed || d->prose.failed;
}

int doc_page(const char *name, const char *path, const char *text, size_t len,
             const InterpOptions *options, Str *out) {
    Str body = {0};
    Doc d = {.name = name, .outer = options, .out = &body};
    int status = EXIT_INTERNAL;
    bool read = doc_code_read(text, len, &d.code);
    if (read) {
        status = run(&d, path, text, len);
        if (d.inserts.count)
            qsort(d.inserts.items, d.inserts.count, sizeof *d.inserts.items, compare_inserts);
        add_body(&d);
        add_page(&d, &body, out);
    }
    out->failed |= d.failed || !read;
    if (out->failed) status = EXIT_INTERNAL;
    for (size_t i = 0; i < d.inserts.count; i++) mem_free(d.inserts.items[i].html);
    VEC_FREE(&d.inserts);
    doc_code_free(&d.code);
    str_free(&d.title);
    str_free(&d.prose);
    str_free(&body);
    return status;
}

// --- files ----------------------------------------------------------------------------------

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n > m && strcmp(text + n - m, end) == 0;
}

static void page_path(const char *file, const char *page, Str *out) {
    if (page || strcmp(file, "-") == 0) {
        str_add(out, page ? page : "-");
        return;
    }
    str_add_n(out, file, strlen(file) - (ends_with(file, ".rung") ? strlen(".rung") : 0));
    str_add(out, ".html");
}

static int write_page(const char *file, const char *path, const Str *text,
                      const InterpOptions *options) {
    Faults faults = {0};
    if (main_same_file(file, path)) {
        main_say("rung: the page would take the place of the program %s\n", file);
        return EXIT_IO;
    }
    if (strcmp(path, "-") == 0) {
        options->print(options->user, str_text(text), text->len);
        return EXIT_OK;
    }
    Status status = gzfile_write(path, str_text(text), text->len, &faults);
    return status == OK ? EXIT_OK : main_faults(&faults, status, options);
}

int doc_file(const char *file, const char *page, const InterpOptions *options) {
    char *text;
    size_t len;
    bool standard = strcmp(file, "-") == 0;
    if (!module_read(file, &options->ctl, &text, &len)) {
        main_say("rung: %s: %s\n", file, strerror(errno));
        return EXIT_IO;
    }
    Str out = {0}, path = {0};
    progress_start();
    int status = doc_page(standard ? "<stdin>" : file, standard ? NULL : file, text, len,
                          options, &out);
    progress_stop();
    page_path(file, page, &path);
    if (ctl_cancelled(&options->ctl)) {
        status = EXIT_INTERRUPTED; // and no page
    } else if (out.failed || path.failed) {
        Faults none = {0};
        main_faults(&none, NOMEM, options);
        status = EXIT_INTERNAL;
    } else {
        int written = write_page(file, str_text(&path), &out, options);
        if (written != EXIT_OK) status = written;
    }
    mem_free(text);
    str_free(&out);
    str_free(&path);
    return status;
}

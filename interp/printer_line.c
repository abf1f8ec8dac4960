// Printer: lines, blank lines and comments.
#include "interp/printer_inner.h"

#include <string.h>

#include "runtime/base/unicode.h"

enum { INDENT_LIMIT = 80 }; // comments behind longer lines are not aligned with the others

void printer_add(Printer *p, const char *text) {
    str_add(&p->text, text);
    p->open = true;
}

static size_t newlines(const Printer *p, uint32_t from, uint32_t to) {
    size_t n = 0;
    if (!p->source) return 0;
    for (uint32_t i = from; i < to && i < p->source->len; i++) n += p->source->text[i] == '\n';
    return n;
}

bool printer_broken(const Printer *p, uint32_t from, uint32_t to) {
    return newlines(p, from, to) > 0;
}

bool printer_blank(const Printer *p, uint32_t from, uint32_t to) {
    bool empty = false;
    if (!p->source) return false;
    for (uint32_t i = from; i < to && i < p->source->len; i++) {
        char c = p->source->text[i];
        if (c == '\n' && empty) return true;
        if (c == '\n')
            empty = true;
        else if (c != ' ' && c != '\t' && c != '\r')
            empty = false;
    }
    return false;
}

bool printer_comments(const Printer *p, uint32_t from, uint32_t to) {
    if (!p->ast) return false;
    for (size_t i = p->comment; i < p->ast->ncomments; i++) {
        uint32_t start = p->ast->comments[i].span.start;
        if (start >= to) return false;
        if (start >= from) return true;
    }
    return false;
}

// Of the lines that the printer ends itself: those inside a block of Lua stay as they are.
static void trim(Printer *p) {
    while (p->text.len && p->text.text[p->text.len - 1] == ' ')
        p->text.text[--p->text.len] = '\0';
}

static void begin(Printer *p, uint32_t at, uint32_t indent, bool blank) {
    trim(p);
    if (p->open) str_add_char(&p->text, '\n');
    if (blank && !p->fresh && newlines(p, p->last, at) > 1) str_add_char(&p->text, '\n');
    str_fill(&p->text, ' ', indent);
    p->open = p->commented = false;
}

static void put_comment(Printer *p, const Comment *c, uint32_t indent) {
    if (p->open && !p->commented && !c->own_line) {
        str_add(&p->text, "  ");
        if (!VEC_PUSH(&p->trailing, p->text.len)) p->text.failed = true;
    } else {
        begin(p, c->span.start, indent, true);
        p->fresh = false;
    }
    printer_add(p, "#");
    printer_add(p, c->text);
    p->commented = true;
    if (c->span.end > p->last) p->last = c->span.end;
}

void printer_line(Printer *p, uint32_t at, uint32_t inner, bool blank) {
    while (p->ast && p->comment < p->ast->ncomments) {
        const Comment *c = &p->ast->comments[p->comment];
        if (c->span.start >= at) break;
        put_comment(p, c, inner);
        p->comment++;
    }
    begin(p, at, p->indent, blank);
}

size_t printer_width(const char *text, size_t len) {
    size_t width = 0;
    for (size_t i = 0; i < len;) {
        uint32_t point;
        size_t n = unicode_decode(text + i, len - i, &point);
        width += n ? (size_t)unicode_width(point) : 1;
        i += n ? n : 1;
    }
    return width;
}

// --- aligning ---

// A line of the printed text: where it begins and ends, and the comment behind its code, if
// any.
typedef struct Line {
    size_t start, end, code, comment; // code: the end of the code, without white space
    bool commented;
} Line;

static bool next_line(const Printer *p, size_t start, size_t *mark, Line *line) {
    if (start >= p->text.len) return false;
    const char *end = memchr(p->text.text + start, '\n', p->text.len - start);
    *line = (Line){.start = start, .end = end ? (size_t)(end - p->text.text) : p->text.len};
    line->code = line->end;
    if (*mark < p->trailing.count && p->trailing.items[*mark] < line->end) {
        line->commented = true;
        line->comment = p->trailing.items[(*mark)++];
        line->code = line->comment;
        while (line->code > start && p->text.text[line->code - 1] == ' ') line->code--;
    }
    return true;
}

// The column for the comments of a run of commented lines that begins at `start`.
static size_t run_column(const Printer *p, size_t start, size_t mark) {
    size_t column = 0;
    Line line;
    while (next_line(p, start, &mark, &line) && line.commented) {
        size_t width = printer_width(p->text.text + line.start, line.code - line.start);
        if (width <= INDENT_LIMIT && width > column) column = width;
        start = line.end + 1;
    }
    return column;
}

void printer_finish(Printer *p, Str *out) {
    size_t mark = 0, column = 0;
    bool run = false;
    Line line;
    if (p->text.failed) out->failed = true;
    trim(p);
    for (size_t at = 0, before = 0; !p->text.failed && next_line(p, at, &mark, &line);
         at = line.end + 1, before = mark) {
        if (line.commented && !run) column = run_column(p, at, before);
        run = line.commented;
        str_add_n(out, p->text.text + line.start, line.code - line.start);
        if (line.commented) {
            size_t width = printer_width(p->text.text + line.start, line.code - line.start);
            str_fill(out, ' ', (width < column ? column - width : 0) + 2);
            str_add_n(out, p->text.text + line.comment, line.end - line.comment);
        }
        if (line.end < p->text.len) str_add_char(out, '\n');
    }
    str_free(&p->text);
    VEC_FREE(&p->trailing);
}

// Diag: the catalogue, the list of what was found wrong, and how one is shown.
#include "interp/diag.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/base/unicode.h"
#include "interp/visible.h"
#include "runtime/base/closest.h"
#include "runtime/base/vec.h"

static const struct {
    const char *code, *title, *page;
} catalogue[] = {
    [DIAG_NONE] = {"", "", ""},
#define DIAG(id, code, title, page) [DIAG_##id] = {code, title, page},
#include "runtime/base/fault.def"
#include "interp/diag.def"
#undef DIAG
};

// --- the list ---

static void add(Diags *d, DiagCode code, DiagLevel level, Span span, const char *format,
                va_list args) {
    if (level == DIAG_ERROR) d->errors++;
    Str s = {0};
    str_vprintf(&s, format, args);
    Diag diag = {.code = code, .level = level, .span = span, .message = str_take(&s)};
    if (diag.message && VEC_PUSH(d, diag)) return;
    mem_free(diag.message);
    d->failed = true;
}

void diag_error_v(Diags *d, DiagCode code, Span span, const char *format, va_list args) {
    add(d, code, DIAG_ERROR, span, format, args);
}

void diag_error(Diags *d, DiagCode code, Span span, const char *format, ...) {
    va_list args;
    va_start(args, format);
    diag_error_v(d, code, span, format, args);
    va_end(args);
}

void diag_note(Diags *d, DiagCode code, Span span, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(d, code, DIAG_NOTE, span, format, args);
    va_end(args);
}

void diag_hint(Diags *d, const char *format, ...) {
    // After a failure the last item may be another diagnostic than the caller's.
    if (d->failed || d->count == 0) return;
    Str s = {0};
    va_list args;
    va_start(args, format);
    str_vprintf(&s, format, args);
    va_end(args);
    Diag *last = &d->items[d->count - 1];
    mem_free(last->hint);
    last->hint = str_take(&s);
    if (!last->hint) d->failed = true;
}

void diag_also(Diags *d, Span span) {
    if (!d->failed && d->count) d->items[d->count - 1].also = span;
}

void diag_take_faults(Diags *d, Faults *faults, const Sources *sources, Span fallback) {
    for (size_t i = 0; i < faults->count; i++) {
        Fault *f = &faults->items[i];
        Span span = source_span(sources, f->origin);
        Diag diag = {.code = (DiagCode)f->code,
                     .level = DIAG_ERROR,
                     .span = span.source ? span : fallback,
                     .also = source_span(sources, f->origin2),
                     .message = f->message,
                     .hint = f->hint};
        d->errors++;
        if (VEC_PUSH(d, diag))
            f->message = f->hint = NULL;
        else
            d->failed = true;
    }
    fault_free(faults);
}

void diag_drop(Diags *d, size_t keep) {
    for (; d->count > keep; d->count--) {
        Diag *last = &d->items[d->count - 1];
        d->errors -= last->level == DIAG_ERROR;
        mem_free(last->message);
        mem_free(last->hint);
    }
}

void diag_free(Diags *d) {
    diag_drop(d, 0);
    VEC_FREE(d);
    *d = (Diags){0};
}

// --- the catalogue ---

const char *diag_code(DiagCode code) {
    return catalogue[code].code;
}

const char *diag_title(DiagCode code) {
    return catalogue[code].title;
}

const char *diag_page(DiagCode code) {
    return catalogue[code].page;
}

DiagCode diag_find(const char *code) {
    if (*code == 'E' || *code == 'e') code++;
    char *end;
    unsigned long number = strtoul(code, &end, 10);
    if (*code < '0' || *code > '9' || *end) return DIAG_NONE;
    for (int i = 1; i < DIAG_COUNT; i++)
        if (strtoul(catalogue[i].code + 1, NULL, 10) == number) return (DiagCode)i;
    return DIAG_NONE;
}

// --- rendering ---

typedef struct Colors {
    const char *bold, *error, *note, *faint, *off;
} Colors;

static const Colors plain = {"", "", "", "", ""};
static const Colors ansi = {"\033[1m", "\033[1;31m", "\033[1;36m", "\033[34m", "\033[0m"};

// Appends as much white space as the bytes [from, to) take on the screen, keeping tabs.
static void add_blank(Str *out, const char *text, size_t from, size_t to) {
    while (from < to) {
        uint32_t point;
        size_t n = unicode_decode(text + from, to - from, &point);
        if (n && point == '\t')
            str_add_char(out, '\t');
        else
            str_fill(out, ' ', n ? (size_t)unicode_width(point) : 1);
        from += n ? n : 1;
    }
}

static size_t shown_width(const char *text, size_t from, size_t to) {
    size_t width = 0;
    while (from < to) {
        uint32_t point;
        size_t n = unicode_decode(text + from, to - from, &point);
        width += n ? (size_t)unicode_width(point) : 1;
        from += n ? n : 1;
    }
    return width;
}

static bool within_point(const SourceText *s, size_t at) {
    return at < s->len && ((unsigned char)s->text[at] & 0xC0) == 0x80;
}

// The line around a place, [from, to); of a very long one a part, and then true when its
// beginning is left out.
static bool find_line(const SourceText *s, size_t at, size_t *from, size_t *to) {
    enum { LONGEST = 160, BEFORE = 60 };
    *from = *to = at;
    // No further than needed: a line may be as long as the text.
    while (*from > 0 && at - *from <= LONGEST && s->text[*from - 1] != '\n') --*from;
    while (*to < s->len && *to - at <= LONGEST && s->text[*to] != '\n') ++*to;
    if (*to > *from && s->text[*to - 1] == '\r') --*to;
    if (*to - *from <= LONGEST) return false;
    bool clipped = at > *from + BEFORE;
    if (clipped) *from = at - BEFORE;
    while (clipped && *from < at && within_point(s, *from)) ++*from;
    if (*to - *from > LONGEST) *to = *from + LONGEST;
    while (within_point(s, *to)) ++*to;
    return clipped;
}

// "   12 | the line" and below it the carets.
static void add_excerpt(Str *out, const SourceText *s, Span span, const Colors *c, char mark) {
    size_t start = span.start < s->len ? span.start : s->len, from, to;
    bool clipped = find_line(s, start, &from, &to);
    if (start > to) start = to;
    size_t end = span.end < to ? span.end : to;
    uint32_t line, column;
    source_line_column(s, (uint32_t)start, &line, &column);
    str_printf(out, "%s%5u |%s %s", c->faint, line, c->off, clipped ? "..." : "");
    visible_add(out, s->text + from, to - from);
    str_printf(out, "\n%s      |%s %s", c->faint, c->off, clipped ? "   " : "");
    add_blank(out, s->text, from, start);
    size_t width = end > start ? shown_width(s->text, start, end) : 0;
    str_add(out, mark == '^' ? c->error : c->faint);
    str_fill(out, mark, width ? width : 1);
    str_printf(out, "%s\n", c->off);
}

static void add_place(Str *out, const SourceText *s, Span span) {
    uint32_t line, column;
    source_line_column(s, span.start, &line, &column);
    visible_add(out, s->name, strlen(s->name));
    str_printf(out, ":%u:%u", line, column);
}

// The beginning of a character, at or after a place of which this is not sure.
static size_t next_point(const char *text, size_t at) {
    for (int i = 0; i < 3 && ((unsigned char)text[at] & 0xC0) == 0x80; i++) at++;
    return at;
}

// A message, without the middle of one that would fill the screen: a name may be as long as a file.
static void add_message(Str *out, const char *text) {
    enum { LONGEST = 2000, FIRST = 800, LAST = 400 };
    size_t len = strlen(text), rest = 0;
    if (len > LONGEST) {
        size_t first = next_point(text, FIRST);
        rest = next_point(text, len - LAST);
        visible_add(out, text, first);
        str_printf(out, " ... (%zu more bytes) ... ", rest - first);
    }
    visible_add(out, text + rest, len - rest);
}

void diag_render(const Diag *diag, const Sources *sources, bool color, Str *out) {
    const Colors *c = color ? &ansi : &plain;
    const SourceText *s = source_get(sources, diag->span.source);
    const SourceText *also = source_get(sources, diag->also.source);
    bool error = diag->level == DIAG_ERROR;
    if (s) {
        str_add(out, c->bold);
        add_place(out, s, diag->span);
        str_printf(out, ":%s ", c->off);
    }
    str_printf(out, "%s%s", error ? c->error : c->note, error ? "error" : "note");
    if (error) str_printf(out, " %s", diag_code(diag->code));
    str_printf(out, ":%s ", c->off);
    add_message(out, diag->message);
    str_add_char(out, '\n');
    if (s) add_excerpt(out, s, diag->span, c, '^');
    if (also) {
        str_add(out, "      see ");
        add_place(out, also, diag->also);
        str_add_char(out, '\n');
        add_excerpt(out, also, diag->also, c, '-');
    }
    if (!diag->hint) return;
    str_printf(out, "%s      hint:%s ", c->note, c->off);
    add_message(out, diag->hint);
    str_add_char(out, '\n');
}

static void add_json_text(Str *out, const char *text) {
    size_t len = strlen(text);
    str_add_char(out, '"');
    for (size_t i = 0; i < len;) {
        uint32_t point;
        size_t n = unicode_decode(text + i, len - i, &point);
        if (n == 0)
            str_add(out, "\\ufffd");
        else if (point == '"' || point == '\\')
            str_printf(out, "\\%c", (char)point);
        else if (point == '\n')
            str_add(out, "\\n");
        else if (point == '\t')
            str_add(out, "\\t");
        else if (point < 0x20 || point == 0x7F)
            str_printf(out, "\\u%04x", point);
        else
            str_add_n(out, text + i, n);
        i += n ? n : 1;
    }
    str_add_char(out, '"');
}

void diag_render_json(const Diag *diag, const Sources *sources, Str *out) {
    const SourceText *s = source_get(sources, diag->span.source);
    str_printf(out, "{\"kind\":\"%s\"", diag->level == DIAG_ERROR ? "error" : "note");
    if (*diag_code(diag->code)) str_printf(out, ",\"code\":\"%s\"", diag_code(diag->code));
    if (s) {
        uint32_t line, column;
        source_line_column(s, diag->span.start, &line, &column);
        str_add(out, ",\"file\":");
        add_json_text(out, s->name);
        str_printf(out, ",\"line\":%u,\"column\":%u", line, column);
    }
    str_add(out, ",\"message\":");
    add_json_text(out, diag->message);
    if (diag->hint) {
        str_add(out, ",\"hint\":");
        add_json_text(out, diag->hint);
    }
    str_add(out, "}\n");
}

// --- did you mean ---

const char *diag_closest(const char *wrong, const char *const *names, size_t n) {
    return closest_name(wrong, names, n);
}

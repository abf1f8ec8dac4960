// Diag: the catalogue, the list of what was found wrong, and how one is shown.
#include "interp/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "interp/unicode.h"
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

void diag_error(Diags *d, DiagCode code, Span span, const char *format, ...) {
    va_list args;
    va_start(args, format);
    add(d, code, DIAG_ERROR, span, format, args);
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
        if (VEC_PUSH(d, diag)) f->message = f->hint = NULL;
        else d->failed = true;
    }
    fault_free(faults);
}

void diag_free(Diags *d) {
    for (size_t i = 0; i < d->count; i++) {
        mem_free(d->items[i].message);
        mem_free(d->items[i].hint);
    }
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

// Appends the bytes [from, to) of a line so that a terminal shows them harmlessly.
static void add_visible(Str *out, const char *text, size_t from, size_t to) {
    while (from < to) {
        uint32_t point;
        size_t n = unicode_decode(text + from, to - from, &point);
        if (n == 0 || (point < 0x20 && point != '\t') || (point >= 0x7F && point < 0xA0))
            str_add(out, "\xEF\xBF\xBD");
        else str_add_n(out, text + from, n);
        from += n ? n : 1;
    }
}

// Appends as much white space as the bytes [from, to) take on the screen, keeping tabs.
static void add_blank(Str *out, const char *text, size_t from, size_t to) {
    while (from < to) {
        uint32_t point;
        size_t n = unicode_decode(text + from, to - from, &point);
        if (n && point == '\t') str_add_char(out, '\t');
        else str_fill(out, ' ', n ? (size_t)unicode_width(point) : 1);
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

// "   12 | the line" and below it the carets.
static void add_excerpt(Str *out, const Source *s, Span span, const Colors *c, char mark) {
    size_t start = span.start < s->len ? span.start : s->len, from = start, to = start;
    while (from > 0 && s->text[from - 1] != '\n') from--;
    while (to < s->len && s->text[to] != '\n') to++;
    if (to > from && s->text[to - 1] == '\r') to--;
    if (start > to) start = to;
    size_t end = span.end < to ? span.end : to;
    uint32_t line, column;
    source_line_column(s, (uint32_t)start, &line, &column);
    str_printf(out, "%s%5u |%s ", c->faint, line, c->off);
    add_visible(out, s->text, from, to);
    str_printf(out, "\n%s      |%s ", c->faint, c->off);
    add_blank(out, s->text, from, start);
    size_t width = end > start ? shown_width(s->text, start, end) : 0;
    str_add(out, mark == '^' ? c->error : c->faint);
    str_fill(out, mark, width ? width : 1);
    str_printf(out, "%s\n", c->off);
}

static void add_place(Str *out, const Source *s, Span span) {
    uint32_t line, column;
    source_line_column(s, span.start, &line, &column);
    str_printf(out, "%s:%u:%u", s->name, line, column);
}

void diag_render(const Diag *diag, const Sources *sources, bool color, Str *out) {
    const Colors *c = color ? &ansi : &plain;
    const Source *s = source_get(sources, diag->span.source);
    const Source *also = source_get(sources, diag->also.source);
    bool error = diag->level == DIAG_ERROR;
    if (s) {
        str_add(out, c->bold);
        add_place(out, s, diag->span);
        str_printf(out, ":%s ", c->off);
    }
    str_printf(out, "%s%s", error ? c->error : c->note, error ? "error" : "note");
    if (error) str_printf(out, " %s", diag_code(diag->code));
    str_printf(out, ":%s %s\n", c->off, diag->message);
    if (s) add_excerpt(out, s, diag->span, c, '^');
    if (also) {
        str_add(out, "      see ");
        add_place(out, also, diag->also);
        str_add_char(out, '\n');
        add_excerpt(out, also, diag->also, c, '-');
    }
    if (diag->hint) str_printf(out, "%s      hint:%s %s\n", c->note, c->off, diag->hint);
}

static void add_json_text(Str *out, const char *text) {
    size_t len = strlen(text);
    str_add_char(out, '"');
    for (size_t i = 0; i < len;) {
        uint32_t point;
        size_t n = unicode_decode(text + i, len - i, &point);
        if (n == 0) str_add(out, "\\ufffd");
        else if (point == '"' || point == '\\') str_printf(out, "\\%c", (char)point);
        else if (point == '\n') str_add(out, "\\n");
        else if (point == '\t') str_add(out, "\\t");
        else if (point < 0x20 || point == 0x7F) str_printf(out, "\\u%04x", point);
        else str_add_n(out, text + i, n);
        i += n ? n : 1;
    }
    str_add_char(out, '"');
}

void diag_render_json(const Diag *diag, const Sources *sources, Str *out) {
    const Source *s = source_get(sources, diag->span.source);
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

typedef VEC(uint32_t) Points;

static bool to_points(Points *points, const char *text) {
    size_t len = strlen(text);
    points->count = 0;
    for (size_t i = 0; i < len;) {
        uint32_t point;
        size_t n = unicode_decode(text + i, len - i, &point);
        if (!VEC_PUSH(points, n ? point : (unsigned char)text[i])) return false;
        i += n ? n : 1;
    }
    return true;
}

static size_t min3(size_t a, size_t b, size_t c) {
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

// Damerau-Levenshtein distance in its "optimal string alignment" form: insertions, deletions,
// substitutions and swaps of neighbours. `rows` holds three rows of b.count + 1 cells.
static size_t distance(const Points *a, const Points *b, size_t *rows) {
    size_t width = b->count + 1;
    size_t *before = rows, *last = rows + width, *now = rows + 2 * width;
    for (size_t j = 0; j < width; j++) last[j] = j;
    for (size_t i = 1; i <= a->count; i++) {
        now[0] = i;
        for (size_t j = 1; j < width; j++) {
            bool same = a->items[i - 1] == b->items[j - 1];
            now[j] = min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + !same);
            if (i > 1 && j > 1 && a->items[i - 1] == b->items[j - 2] &&
                a->items[i - 2] == b->items[j - 1] && before[j - 2] + 1 < now[j])
                now[j] = before[j - 2] + 1;
        }
        size_t *spare = before;
        before = last;
        last = now;
        now = spare;
    }
    return last[b->count];
}

// The distance when it is at most `limit`, else limit + 1.
static size_t near(const Points *a, const Points *b, size_t limit) {
    size_t gap = a->count > b->count ? a->count - b->count : b->count - a->count;
    if (gap > limit) return limit + 1;
    size_t *rows = MEM_NEW(size_t, 3 * (b->count + 1));
    if (!rows) return limit + 1;
    size_t d = distance(a, b, rows);
    mem_free(rows);
    return d <= limit ? d : limit + 1;
}

const char *diag_closest(const char *wrong, const char *const *names, size_t n) {
    Points a = {0}, b = {0};
    const char *best = NULL;
    if (!to_points(&a, wrong)) goto done;
    size_t limit = a.count / 3 ? a.count / 3 : 1, least = limit + 1;
    for (size_t i = 0; i < n; i++) {
        if (!to_points(&b, names[i])) goto done;
        size_t d = strcasecmp(wrong, names[i]) == 0 ? 1 : near(&a, &b, limit);
        // A name of which nothing is left is no suggestion.
        if (d < least && d < b.count) {
            least = d;
            best = names[i];
        }
    }
done:
    VEC_FREE(&a);
    VEC_FREE(&b);
    return best;
}

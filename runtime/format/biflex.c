// BifLex: tokens, found where they stand.
#include "runtime/format/biflex.h"

#include <string.h>

bool biflex_at_comment(const Scan *s) {
    return s->end - s->at >= 2 && s->at[0] == '/' && (s->at[1] == '/' || s->at[1] == '*');
}

static void skip_comment(BifLex *f) {
    Scan *s = &f->scan;
    size_t left = (size_t)(s->end - s->at);
    const char *end;
    if (s->at[1] == '/') {
        end = memchr(s->at, '\n', left);
        s->at = end ? end : s->end;
        return;
    }
    end = memmem(s->at + 2, left - 2, "*/", 2);
    if (!end) f->open_comment = s->at;
    s->at = end ? end + 2 : s->end;
}

// Skips blanks and comments.
void biflex_skip(BifLex *f) {
    Scan *s = &f->scan;
    for (;;) {
        while (s->at < s->end && scan_is_space(*s->at)) s->at++;
        if (!biflex_at_comment(s)) return;
        skip_comment(f);
    }
}

// Skips blanks, comments and the separators that the format ignores between tokens.
void biflex_skip_commas(BifLex *f) {
    do biflex_skip(f);
    while (scan_take(&f->scan, ','));
}

Status biflex_need(BifLex *f, char c, const char *where) {
    biflex_skip(f);
    if (scan_take(&f->scan, c)) return OK;
    return BIFLEX_EXPECTED(f, "'%c' %s", c, where);
}

bool biflex_take_word(BifLex *f, const char *word) {
    biflex_skip(f);
    if (!scan_is_word(&f->scan, word)) return false;
    f->scan.at += strlen(word);
    return true;
}

Status biflex_quoted(BifLex *f, Span *out) {
    Scan *s = &f->scan;
    const char *from = s->at + 1, *p = from;
    while (p < s->end && *p != '"' && *p != '\n') p++;
    if (p == s->end || *p == '\n')
        return scan_fault(s, FAULT_BIF_SYNTAX, s->at, "the quote that begins here has no end");
    *out = (Span){from, (size_t)(p - from)};
    s->at = p + 1;
    return OK;
}

bool biflex_ends_name(const Scan *s, const char *p) {
    switch (*p) {
    case ',':
    case '|':
    case ';':
    case '{':
    case '}':
    case '(':
    case ')':
        return true;
    case '/':
        return p + 1 < s->end && (p[1] == '/' || p[1] == '*');
    default:
        return scan_is_space(*p);
    }
}

// The end of a bracket that opens at p, as in "X(t)", or NULL when it does not close on its
// line.
const char *biflex_bracket_end(const Scan *s, const char *p) {
    size_t depth = 0;
    const char *end = s->end - p > BIFLEX_BRACKET ? p + BIFLEX_BRACKET : s->end;
    for (; p < end && *p != '\n' && *p != ';' && *p != '{' && *p != '}'; p++) {
        if (*p == '(' || *p == '[') depth++;
        if ((*p == ')' || *p == ']') && --depth == 0) return p + 1;
    }
    return NULL;
}

// An unquoted word at the cursor; empty when there is none.
static Span word(BifLex *f) {
    Scan *s = &f->scan;
    const char *from = s->at, *p = from;
    while (p < s->end && !biflex_ends_name(s, p)) {
        p++;
        const char *close = p < s->end && *p == '(' ? biflex_bracket_end(s, p) : NULL;
        if (close) p = close;
    }
    s->at = p;
    return (Span){from, (size_t)(p - from)};
}

// A name, quoted or not.
Status biflex_name(BifLex *f, Span *out, const char *what) {
    biflex_skip(f);
    if (scan_peek(&f->scan) == '"') return biflex_quoted(f, out);
    *out = word(f);
    return out->len ? OK : BIFLEX_EXPECTED(f, "%s", what);
}

static const char *line_end(const Scan *s, const char *p) {
    const char *end = memchr(p, '\n', (size_t)(s->end - p));
    return end ? end : s->end;
}

// The first semicolon of a line that is not between quotes, or NULL. A quote that the line does
// not close is a character like others.
static const char *find_semicolon(const char *p, const char *end) {
    for (; p < end; p++) {
        if (*p == ';') return p;
        if (*p != '"') continue;
        const char *close = p + 1;
        while (close < end && *close != '"') close += *close == '\\' && close + 1 < end ? 2 : 1;
        if (close < end) p = close;
    }
    return NULL;
}

static bool begins_entry(BifLex *f, const char *at) {
    static const char *const words[] = {"property", "type", "table", "default"};
    Scan here = f->scan;
    for (here.at = at; here.at < here.end && scan_is_space(*here.at); here.at++) continue;
    char c = scan_peek(&here);
    if (c == '\0' || c == '}' || c == '(') return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (scan_is_word(&here, words[i])) return true;
    return false;
}

Span biflex_trim(const char *from, const char *to) {
    while (from < to && scan_is_space(*from)) from++;
    while (to > from && scan_is_space(to[-1])) to--;
    return (Span){from, (size_t)(to - from)};
}

// The text of a property, up to its semicolon or the line that ends it; see bif.h.
Span biflex_property_text(BifLex *f) {
    Scan *s = &f->scan;
    const char *from = s->at, *line = from;
    for (;;) {
        const char *end = line_end(s, line), *stop = find_semicolon(line, end);
        if (stop) {
            s->at = stop + 1;
            return biflex_trim(from, stop);
        }
        if (end == s->end || begins_entry(f, end)) {
            s->at = end;
            Span text = biflex_trim(from, end);
            if (text.len && text.text[text.len - 1] == '}') s->at = text.text + --text.len;
            return biflex_trim(text.text, text.text + text.len);
        }
        line = end + 1;
    }
}

// Xml: one piece at a time, found where it stands.
#include "runtime/format/xml.h"

#include <stdint.h>
#include <string.h>

static bool looking_at(const Scan *s, const char *text) {
    size_t n = strlen(text);
    return (size_t)(s->end - s->at) >= n && memcmp(s->at, text, n) == 0;
}

static Status unclosed(const Scan *s, const char *what) {
    return scan_fault(s, s->syntax, s->at, "the %s that begins here has no end", what);
}

// Skips to behind `end`.
static Status skip_past(Scan *s, const char *end, const char *what) {
    const char *p = memmem(s->at, (size_t)(s->end - s->at), end, strlen(end));
    if (!p) return unclosed(s, what);
    s->at = p + strlen(end);
    return OK;
}

// <!DOCTYPE name [ internal subset ]>
static Status skip_doctype(Scan *s) {
    size_t depth = 0;
    for (const char *p = s->at; p < s->end; p++) {
        if (*p == '[') depth++;
        if (*p == ']' && depth > 0) depth--;
        if (*p != '>' || depth > 0) continue;
        s->at = p + 1;
        return OK;
    }
    return unclosed(s, "document type");
}

// --- texts ---

static void add_utf8(Str *out, uint32_t c) {
    if (c < 0x80) {
        str_add_char(out, (char)c);
        return;
    }
    int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char leads[] = {0, 0xC0, 0xE0, 0xF0};
    str_add_char(out, (char)(leads[more] | c >> (6 * more)));
    while (more-- > 0) str_add_char(out, (char)(0x80 | ((c >> (6 * more)) & 0x3F)));
}

// The code point of "#65" or "#x41", or 0 when it is none.
static uint32_t numbered_entity(Span name) {
    bool hex = name.len > 1 && (name.text[1] == 'x' || name.text[1] == 'X');
    uint32_t c = 0, base = hex ? 16 : 10;
    size_t from = hex ? 2 : 1;
    for (size_t i = from; i < name.len && c <= 0x10FFFF; i++) {
        char d = name.text[i];
        uint32_t digit = d >= '0' && d <= '9'   ? (uint32_t)(d - '0')
                         : d >= 'a' && d <= 'f' ? (uint32_t)(d - 'a') + 10
                         : d >= 'A' && d <= 'F' ? (uint32_t)(d - 'A') + 10
                                                : 99;
        if (digit >= base) return 0;
        c = c * base + digit;
    }
    bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    return c > 0x10FFFF || surrogate ? 0 : c;
}

static uint32_t entity(Span name) {
    static const struct {
        const char *name;
        char c;
    } named[] = {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    if (name.len > 1 && name.text[0] == '#') return numbered_entity(name);
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (strlen(named[i].name) == name.len && !memcmp(named[i].name, name.text, name.len))
            return (uint32_t)named[i].c;
    return 0;
}

static Status add_entity(Xml *x) {
    Scan *s = &x->scan;
    size_t left = (size_t)(s->end - s->at);
    const char *semicolon = memchr(s->at, ';', left < 12 ? left : 12);
    uint32_t c = 0;
    if (semicolon) c = entity((Span){s->at + 1, (size_t)(semicolon - s->at - 1)});
    if (c == 0)
        return scan_fault(s, s->syntax, s->at,
                          "unknown entity (a plain &, as a character, is written &amp;)");
    add_utf8(&x->replaced, c);
    s->at = semicolon + 1;
    return OK;
}

static Status add_cdata(Xml *x) {
    Scan *s = &x->scan;
    const char *from = s->at + strlen("<![CDATA[");
    TRY(skip_past(s, "]]>", "CDATA section"));
    str_add_n(&x->replaced, from, (size_t)(s->at - 3 - from));
    return OK;
}

static Span trim(const char *from, const char *to) {
    while (from < to && scan_is_space(*from)) from++;
    while (to > from && scan_is_space(to[-1])) to--;
    return (Span){from, (size_t)(to - from)};
}

// The rest of a text, from its first entity, comment or CDATA section on.
static Status replace_text(Xml *x, const char *from) {
    Scan *s = &x->scan;
    str_clear(&x->replaced);
    str_add_n(&x->replaced, from, (size_t)(s->at - from));
    while (s->at < s->end) {
        if (*s->at == '&')
            TRY(add_entity(x));
        else if (looking_at(s, "<!--"))
            TRY(skip_past(s, "-->", "comment"));
        else if (looking_at(s, "<![CDATA["))
            TRY(add_cdata(x));
        else if (*s->at == '<')
            break;
        for (from = s->at; s->at < s->end && *s->at != '<' && *s->at != '&';) s->at++;
        str_add_n(&x->replaced, from, (size_t)(s->at - from));
    }
    if (x->replaced.failed) return NOMEM;
    const char *text = str_text(&x->replaced);
    x->text = trim(text, text + x->replaced.len);
    return OK;
}

// Characters up to the next tag, across comments and CDATA sections.
static Status read_text(Xml *x) {
    Scan *s = &x->scan;
    const char *from = s->at;
    while (s->at < s->end && *s->at != '<' && *s->at != '&') s->at++;
    x->text = trim(from, s->at);
    bool tag = s->at < s->end && *s->at == '<' && !looking_at(s, "<!");
    x->in_file = s->at == s->end || tag;
    return x->in_file ? OK : replace_text(x, from);
}

// --- tags ---

static bool in_name(char c) {
    return !scan_is_space(c) && !strchr("<>/=\"'", c);
}

// The place of the '>' that ends a tag; a '>' between quotes does not.
static const char *tag_end(const Scan *s) {
    char quote = '\0';
    for (const char *p = s->at; p < s->end; p++) {
        if (quote)
            quote = *p == quote ? '\0' : quote;
        else if (*p == '"' || *p == '\'')
            quote = *p;
        else if (*p == '>')
            return p;
        else if (*p == '<' && p > s->at)
            return NULL;
    }
    return NULL;
}

static Status close_element(Xml *x) {
    if (x->open.count == 0)
        return scan_fault(&x->scan, x->scan.syntax, x->at,
                          "</%.*s> closes an element that is not open", SPAN_ARGS(x->name));
    Span open = x->open.items[--x->open.count];
    if (open.len == x->name.len && memcmp(open.text, x->name.text, open.len) == 0) return OK;
    return scan_fault(&x->scan, x->scan.syntax, x->at, "expected </%.*s>, found </%.*s>",
                      SPAN_ARGS(open), SPAN_ARGS(x->name));
}

static Status read_tag(Xml *x) {
    Scan *s = &x->scan;
    bool closing = s->end - s->at > 1 && s->at[1] == '/';
    const char *end = tag_end(s), *from = s->at + (closing ? 2 : 1), *p = from;
    if (!end) return unclosed(s, "tag");
    while (p < end && in_name(*p)) p++;
    if (p == from) return scan_fault(s, s->syntax, s->at, "expected the name of an element");
    x->name = (Span){from, (size_t)(p - from)};
    x->tag = (Span){from, (size_t)(end - from)};
    x->kind = closing ? XML_END : XML_START;
    x->pending_end = !closing && end[-1] == '/';
    s->at = end + 1;
    if (closing) return close_element(x);
    return VEC_PUSH(&x->open, x->name) ? OK : NOMEM;
}

static Status at_end(Xml *x) {
    x->kind = XML_DONE;
    if (x->open.count == 0) return OK;
    Span open = x->open.items[x->open.count - 1];
    return scan_fault(&x->scan, x->scan.syntax, x->scan.at,
                      "expected </%.*s>, found the end of the file", SPAN_ARGS(open));
}

Status xml_next(Xml *x) {
    Scan *s = &x->scan;
    if (x->pending_end) {
        x->pending_end = false;
        x->kind = XML_END;
        x->open.count--;
        return OK;
    }
    for (;;) {
        x->at = s->at;
        if (s->at == s->end) return at_end(x);
        if (looking_at(s, "<?"))
            TRY(skip_past(s, "?>", "instruction"));
        else if (looking_at(s, "<!DOCTYPE"))
            TRY(skip_doctype(s));
        else if (*s->at == '<' && !looking_at(s, "<!"))
            return read_tag(x);
        else if (looking_at(s, "<!") && !looking_at(s, "<!--") && !looking_at(s, "<![CDATA["))
            return scan_fault(s, s->syntax, s->at, "expected an element");
        else {
            while (s->at < s->end && scan_is_space(*s->at)) s->at++;
            x->at = s->at;
            TRY(read_text(x));
            x->kind = XML_TEXT;
            if (x->text.len > 0) return OK;
        }
    }
}

bool xml_is(const Xml *x, XmlKind kind, const char *name) {
    if (x->kind != kind) return false;
    if (kind == XML_TEXT || kind == XML_DONE) return true;
    return strlen(name) == x->name.len && memcmp(name, x->name.text, x->name.len) == 0;
}

Span xml_attribute(const Xml *x, const char *name) {
    const char *p = x->tag.text + x->name.len, *end = x->tag.text + x->tag.len;
    while (p < end) {
        while (p < end && !in_name(*p)) p++;
        const char *from = p;
        while (p < end && in_name(*p)) p++;
        Span called = {from, (size_t)(p - from)};
        while (p < end && (scan_is_space(*p) || *p == '=')) p++;
        if (p == end || (*p != '"' && *p != '\'')) continue;
        const char *close = memchr(p + 1, *p, (size_t)(end - p - 1));
        if (!close) break;
        if (strlen(name) == called.len && memcmp(name, called.text, called.len) == 0)
            return (Span){p + 1, (size_t)(close - p - 1)};
        p = close + 1;
    }
    return (Span){NULL, 0};
}

Status xml_text(Xml *x) {
    Span name = x->name;
    x->text = (Span){x->scan.at, 0};
    x->in_file = true;
    TRY(xml_next(x));
    if (x->kind == XML_TEXT) TRY(xml_next(x));
    if (x->kind == XML_END) return OK;
    return scan_fault(&x->scan, x->scan.syntax, x->at, "expected </%.*s>", SPAN_ARGS(name));
}

Status xml_skip(Xml *x) {
    size_t outside = x->open.count - 1;
    while (x->kind != XML_END || x->open.count > outside) TRY(xml_next(x));
    return OK;
}

void xml_add(Str *out, const char *text) {
    for (const char *p = text; *p; p++) {
        if (*p == '<')
            str_add(out, "&lt;");
        else if (*p == '>')
            str_add(out, "&gt;");
        else if (*p == '&')
            str_add(out, "&amp;");
        else if (*p == '"')
            str_add(out, "&quot;");
        else
            str_add_char(out, *p);
    }
}

void xml_free(Xml *x) {
    str_free(&x->replaced);
    VEC_FREE(&x->open);
}

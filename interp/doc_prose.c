// Doc_prose: the comments of a program as the prose of a page.
#include "interp/doc_prose.h"

#include <ctype.h>
#include <string.h>

#include "interp/markdown.h"

#define TITLE_MOST 260 // bytes

// How often its first character is repeated at the beginning of a text, and at its end.
static size_t run_at_start(const char *text, size_t len) {
    size_t n = 0;
    while (n < len && text[n] == text[0]) n++;
    return n;
}

static size_t run_at_end(const char *text, size_t len) {
    size_t n = 0;
    while (n < len && text[len - 1 - n] == text[len - 1]) n++;
    return n;
}

// "--- Title ---"
static bool is_ruled(const char *text, size_t len, size_t *rule) {
    if (len < 9 || !strchr("-=*~", text[0]) || text[len - 1] != text[0]) return false;
    size_t first = run_at_start(text, len), last = run_at_end(text, len);
    *rule = first;
    return first >= 3 && last >= 3 && first + last + 2 < len && text[first] == ' ' &&
           text[len - last - 1] == ' ';
}

void doc_prose_line(const char *line, size_t len, Str *out) {
    size_t hashes = run_at_start(line, len), rule;
    while (len && isspace((unsigned char)line[len - 1])) len--;
    if (hashes > 1 && hashes <= 6 && hashes < len && line[hashes] == ' ') {
        str_add_n(out, line, len);
    } else {
        size_t skip = len > 1 && line[1] == ' ' ? 2 : 1;
        line += skip < len ? skip : len;
        len -= skip < len ? skip : len;
        if (is_ruled(line, len, &rule)) {
            str_add(out, "\n## ");
            str_add_n(out, line + rule + 1, len - rule - 2 - run_at_end(line, len));
            str_add_char(out, '\n');
        } else {
            str_add_n(out, line, len);
        }
    }
    str_add_char(out, '\n');
}

// --- the title ------------------------------------------------------------------------------

static size_t paragraph_length(const char *text, size_t len) {
    const char *end = memmem(text, len, "\n\n", 2);
    size_t n = end ? (size_t)(end - text) : len;
    while (n && text[n - 1] == '\n') n--;
    return n;
}

static bool is_plain(char first) {
    return isalnum((unsigned char)first) || (first & 0x80) || strchr("\"'`_(*", first);
}

// What ends the title, outside of parentheses and backquotes: a colon, or else the end of the
// first sentence. The length of the title, and in *rest where the rest begins.
static size_t split(const char *text, size_t len, size_t *rest) {
    size_t depth = 0, sentence = 0;
    bool quoted = false;
    for (size_t i = 0; i + 1 < len; i++) {
        if (text[i] == '`') quoted = !quoted;
        if (quoted) continue;
        depth += text[i] == '(';
        depth -= text[i] == ')' && depth;
        bool ends = !depth && text[i + 1] == ' ';
        if (ends && text[i] == ':') return *rest = i + 2, i;
        if (ends && !sentence && strchr(".?!", text[i])) sentence = i + 1;
    }
    *rest = sentence ? sentence + 1 : len;
    return sentence ? sentence : len;
}

// Without a full stop at the end; and before parentheses that end it, in which a source stands.
static size_t before_source(const char *text, size_t len) {
    if (!len || text[len - 1] != ')') return len;
    size_t depth = 0, i = len;
    while (i > 0) {
        i--;
        depth += text[i] == ')';
        depth -= text[i] == '(';
        if (!depth) break;
    }
    return i > 1 && text[i - 1] == ' ' ? i - 1 : len;
}

static void add_title(const char *text, size_t len, Str *title, Str *out) {
    if (len && text[len - 1] == '.') len--;
    size_t named = before_source(text, len);
    str_add_n(title, text, named);
    str_add(out, "<h1>");
    markdown_add_line(text, named, out);
    if (named < len) {
        str_add(out, " <small>");
        markdown_add_line(text + named + 1, len - named - 1, out);
        str_add(out, "</small>");
    }
    str_add(out, "</h1>\n");
}

// Its first word begins with a capital, when it is a word.
static void add_rest(char *text, size_t len, Str *out) {
    size_t word = 0;
    while (word < len && islower((unsigned char)text[word])) word++;
    bool is_word = word && (word == len || strchr(" ,.;:?!", text[word]));
    if (is_word) text[0] = (char)toupper((unsigned char)text[0]);
    if (!len) return;
    str_add(out, "<p class=\"lede\">");
    markdown_add_line(text, len, out);
    str_add(out, "</p>\n");
}

size_t doc_prose_title(const char *markdown, size_t len, Str *title, Str *out) {
    size_t taken = paragraph_length(markdown, len), rest;
    if (!taken || taken > TITLE_MOST || !is_plain(markdown[0])) return 0;
    Str line = {0};
    str_add_n(&line, markdown, taken);
    for (size_t i = 0; i < line.len; i++)
        if (line.text[i] == '\n') line.text[i] = ' ';
    if (!line.failed) {
        size_t n = split(line.text, line.len, &rest);
        add_title(line.text, n, title, out);
        if (rest < line.len) add_rest(line.text + rest, line.len - rest, out);
    }
    out->failed |= line.failed;
    str_free(&line);
    return taken;
}

// Fuzz_page: the page of a program, and a pattern of `matches`.
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "interp/doc.h"
#include "interp/interp_inner.h"
#include "interp/native.h"
#include "runtime/base/vec.h"
#include "tests/fuzz/fuzz.h"

// --- pages -----------------------------------------------------------------------------------

typedef struct Tag {
    const char *name;
    size_t len;
} Tag;

typedef VEC(Tag) Tags;

static bool empty_element(const Tag *tag) {
    static const char *const names[] = {"meta", "br", "hr", "img", "link", "input", "col"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == tag->len && strncasecmp(names[i], tag->name, tag->len) == 0)
            return true;
    return false;
}

// The end of a tag, `>` in quotes aside.
static const char *tag_end(const char *at) {
    for (char quote = '\0'; *at && (quote || *at != '>'); at++) {
        if (quote) quote = *at == quote ? '\0' : quote;
        else if (*at == '"' || *at == '\'') quote = *at;
    }
    return at;
}

static bool same_tag(const Tag *a, const Tag *b) {
    return a->len == b->len && strncmp(a->name, b->name, a->len) == 0;
}

// Every element that is opened is closed, in the right order.
static bool balanced(const char *page) {
    Tags open = {0};
    bool good = true;
    for (const char *at = strchr(page, '<'); good && at; at = strchr(at, '<')) {
        bool closes = *++at == '/';
        const char *end = tag_end(at);
        Tag tag = {at + closes, 0};
        while (isalnum((unsigned char)tag.name[tag.len])) tag.len++;
        if (*at == '!') good = *end == '>';
        else if (!tag.len || *end != '>') good = false;
        else if (closes) good = open.count && same_tag(&open.items[--open.count], &tag);
        else if (end[-1] != '/' && !empty_element(&tag)) good = VEC_PUSH(&open, tag);
        if (!good) fprintf(stderr, "at %.60s\n", at);
    }
    good = good && !open.count;
    VEC_FREE(&open);
    return good;
}

void fuzz_doc(const uint8_t *data, size_t size) {
    static const char begin[] = "<!DOCTYPE html>", end[] = "</html>\n";
    InterpOptions options = fuzz_options();
    Interp *in = fuzz_begin(&options); // for the reports to be about
    options.user = in;
    Str page = {0};
    int status = doc_page("f", NULL, (const char *)data, size, &options, &page);
    fuzz_alarm(0);
    fuzz_promise(status != EXIT_INTERNAL, "there are no internal errors");
    fuzz_promise(strlen(str_text(&page)) == page.len, "a page is text");
    fuzz_promise(strncmp(str_text(&page), begin, sizeof begin - 1) == 0, "it begins as one");
    fuzz_promise(page.len > sizeof end &&
                     strcmp(page.text + page.len + 1 - sizeof end, end) == 0,
                 "it ends as one");
    fuzz_promise(!strcasestr(str_text(&page), "<script"), "it has no scripts");
    fuzz_promise(balanced(str_text(&page)), "its elements are closed");
    str_free(&page);
    interp_free(in);
}

// --- patterns --------------------------------------------------------------------------------

// A pattern, and the text to look at behind the first newline.
void fuzz_regex(const uint8_t *data, size_t size) {
    const uint8_t *line = memchr(data, '\n', size);
    size_t len = line ? (size_t)(line - data) : size, rest = line ? size - len - 1 : 0;
    const char *pattern = (const char *)data, *text = line ? (const char *)line + 1 : "";
    bool match = false;
    Trouble t = {0};
    bool done = native_text_matches(text, rest, pattern, len, &match, &t);
    fuzz_promise(done == !t.message, "a refusal says why");
    trouble_free(&t);
}

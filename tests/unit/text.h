// What the tests of the front end share: a text with all that comes of parsing it.
#ifndef RUNG_TESTS_UNIT_TEXT_H
#define RUNG_TESTS_UNIT_TEXT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interp/parser.h"
#include "interp/printer.h"

typedef struct Text {
    Sources sources;
    Interner *names;
    Diags diags;
    Ast ast;
    uint32_t source;
    bool ok, incomplete;
} Text;

static inline Text text_parse_n(const char *text, size_t len) {
    Text t = {.names = intern_new()};
    t.source = source_add(&t.sources, "test.rung", text, len);
    t.ok = parser_parse(&t.sources, t.source, t.names, &t.ast, &t.diags, NULL, &t.incomplete);
    return t;
}

static inline Text text_parse(const char *text) {
    return text_parse_n(text, strlen(text));
}

static inline void text_free(Text *t) {
    ast_free(&t->ast);
    diag_free(&t->diags);
    source_free(&t->sources);
    intern_free(t->names);
}

static inline void text_print(const Text *t, Str *out) {
    printer_program(&t->ast, source_get(&t->sources, t->source), out);
}

// Shows what was reported, for a test that did not expect it.
static inline void text_show(const Text *t) {
    Str out = {0};
    for (size_t i = 0; i < t->diags.count; i++)
        diag_render(&t->diags.items[i], &t->sources, false, &out);
    fputs(str_text(&out), stderr);
    str_free(&out);
}

static inline bool text_same_words(const Node *a, const Node *b) {
    if ((a->sym == NULL) != (b->sym == NULL) || (a->text == NULL) != (b->text == NULL))
        return false;
    if (a->sym && strcmp(a->sym->text, b->sym->text) != 0) return false;
    return !a->text || (a->len == b->len && memcmp(a->text, b->text, a->len) == 0);
}

// Whether two trees are the same but for places, heights, and how they were laid out.
static inline bool text_same(const Node *a, const Node *b) {
    const uint32_t layout = FLAG_QUOTED | FLAG_NEWLINES;
    if (!a || !b) return a == b;
    if (a->kind != b->kind || a->op != b->op || a->n != b->n) return false;
    if ((a->flags | layout) != (b->flags | layout) || !text_same_words(a, b)) return false;
    if (memcmp(&a->num, &b->num, sizeof a->num) != 0) return false;
    for (uint32_t i = 0; i < a->n; i++)
        if (!text_same(a->kid[i], b->kid[i])) return false;
    return true;
}

// Reads a whole file into `out`; the tests run in the root of the project.
static inline void text_read(const char *path, Str *out) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    for (int c = getc(file); c != EOF; c = getc(file)) str_add_char(out, (char)c);
    fclose(file);
}

// The example programs, in tests/data/programs.
static const char *const text_programs[] = {
    "01-simpson",   "02-front-door", "03-instrument", "04-firing-squad", "05-monty-hall",
    "06-mediation", "07-berkson",    "08-feedback",   "09-paths",        "10-coin",
    "11-transport", "12-missing",    "13-necessity",  "14-patient",      "15-proxy",
    "16-time",      "17-groups",     "18-learning",   "19-deciding",     "20-hidden",
};
enum { TEXT_PROGRAMS = sizeof text_programs / sizeof *text_programs };

static inline void text_program(size_t i, Str *out) {
    char path[64];
    snprintf(path, sizeof path, "tests/data/programs/%s.rung", text_programs[i]);
    text_read(path, out);
}

#endif

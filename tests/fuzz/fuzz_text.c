// Fuzz_text: text is parsed, printed, and parsed again.
#include <string.h>

#include "interp/parser.h"
#include "interp/printer.h"
#include "tests/fuzz/fuzz.h"

typedef struct Parsed {
    Sources sources;
    Interner *names;
    Diags diags;
    Ast ast;
    bool incomplete;
} Parsed;

static void parse(const char *text, size_t len, Parsed *p) {
    *p = (Parsed){.names = intern_new()};
    uint32_t source = source_add(&p->sources, "f", text, len);
    bool parsed =
        parser_parse(&p->sources, source, p->names, &p->ast, &p->diags, NULL, &p->incomplete);
    fuzz_promise(parsed, "there is memory");
    fuzz_promise(p->ast.program != NULL, "there is always a tree");
}

static void render(const Parsed *p) {
    for (size_t i = 0; i < p->diags.count; i++) {
        Str s = {0};
        diag_render(&p->diags.items[i], &p->sources, true, &s);
        diag_render_json(&p->diags.items[i], &p->sources, &s);
        str_free(&s);
    }
}

static void print(const Parsed *p, Str *out) {
    printer_program(&p->ast, source_get(&p->sources, p->ast.source), out);
    fuzz_promise(!out->failed, "there is memory");
}

// The tree, without places in the text, without the quotes around names, which are printed
// where they are needed, and without the lines of a case, which a domain has in one.
static void dump(const Parsed *p, Str *out) {
    static const char quoted[] = " [quoted]", newlines[] = " [newlines]";
    Str all = {0};
    ast_dump(p->ast.program, &all);
    for (const char *at = str_text(&all); *at;) {
        if (*at == '@') at += 1 + strspn(at + 1, "0123456789-");
        else if (strncmp(at, quoted, strlen(quoted)) == 0) at += strlen(quoted);
        else if (strncmp(at, newlines, strlen(newlines)) == 0) at += strlen(newlines);
        else str_add_char(out, *at++);
    }
    str_free(&all);
}

static void release(Parsed *p) {
    ast_free(&p->ast);
    diag_free(&p->diags);
    source_free(&p->sources);
    intern_free(p->names);
}

static void round_trip(const Parsed *first) {
    Str once = {0}, twice = {0}, tree = {0}, again = {0};
    Parsed second;
    print(first, &once);
    parse(str_text(&once), once.len, &second);
    fuzz_promise(!second.diags.errors, "what is printed parses");
    print(&second, &twice);
    fuzz_same(&once, &twice, "printing what was printed changes nothing");
    dump(first, &tree);
    dump(&second, &again);
    fuzz_same(&tree, &again, "printing keeps the tree");
    release(&second);
    str_free(&once);
    str_free(&twice);
    str_free(&tree);
    str_free(&again);
}

void fuzz_parse(const uint8_t *data, size_t size) {
    Parsed p;
    parse((const char *)data, size, &p);
    render(&p);
    if (!p.diags.errors) round_trip(&p);
    release(&p);
}

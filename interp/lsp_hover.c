// Lsp_hover: what is known of the thing under the pointer.
#include <string.h>

#include "interp/help.h"
#include "interp/interp_inner.h"
#include "interp/lsp_inner.h"
#include "interp/render.h"
#include "runtime/base/unicode.h"

// The seconds that the answer to a question may take, and the lines of it, or of a definition,
// that are shown.
#define ANSWER_SECONDS 0.3
#define LINES_MOST 24

// --- texts ---------------------------------------------------------------------------------

json_t *lsp_hover_markup(const Lsp *lsp, const Str *code, const Str *text) {
    Str s = {0};
    if (code->len && lsp->markdown) str_printf(&s, "```rung\n%s\n```\n", str_text(code));
    else if (code->len) str_printf(&s, "%s\n", str_text(code));
    if (code->len && text->len) str_add_char(&s, '\n');
    str_add(&s, str_text(text));
    while (s.len && s.text[s.len - 1] == '\n') s.text[--s.len] = '\0';
    json_t *made = s.failed ? NULL
                            : json_pack("{s:s, s:s}", "kind",
                                        lsp->markdown ? "markdown" : "plaintext", "value",
                                        str_text(&s));
    str_free(&s);
    return made;
}

// The first lines of a text.
static void add_lines(const char *text, size_t len, Str *out) {
    size_t end = 0;
    for (int lines = 0; end < len; end++)
        if (text[end] == '\n' && ++lines == LINES_MOST) break;
    str_add_n(out, text, end);
    if (end < len) str_add(out, "\n...");
}

typedef struct Search {
    const char *name;
    bool found;
} Search;

static void look(void *user, const char *name) {
    Search *s = user;
    s->found |= strcmp(s->name, name) == 0;
}

// The first line is the form, the others are the text. Topics are no names.
bool lsp_hover_help(const char *name, Str *code, Str *text) {
    Search s = {.name = name};
    Str all = {0};
    help_each(look, &s);
    if (!s.found || !help_name(name, &all)) return str_free(&all), false;
    size_t first = strcspn(str_text(&all), "\n");
    str_add_n(code, str_text(&all), first);
    str_add(text, str_text(&all) + first + (first < all.len));
    str_free(&all);
    return true;
}

// --- names ---------------------------------------------------------------------------------

static const ModelVar *find_variable(Interp *in, const char *name) {
    const Model *m = interp_model(in);
    Sym sym = m ? intern_z(in->names, name) : NULL;
    uint32_t var = sym ? model_find(m, sym) : MODEL_NONE;
    return var == MODEL_NONE ? NULL : m->vars[var];
}

// "rain: Rain, {false, true}; causes: Cloudy"
static void add_variable(Interp *in, const ModelVar *v, Str *out) {
    const Model *m = interp_model(in);
    static const char *const roles[] = {"variable", "latent variable", "noise", "variable",
                                        "selection"};
    str_printf(out, "%s of %s: ", roles[v->role], m->name ? m->name->text : "the model");
    domain_add(v->domain, out);
    if (v->label) str_printf(out, "; %s", v->label);
    for (uint32_t i = 0; i < v->nparents; i++)
        if (!m->vars[v->parents[i]]->anonymous)
            str_printf(out, i ? ", %s" : "; causes: %s", m->vars[v->parents[i]]->name->text);
    str_add_char(out, '\n');
}

static void add_value(Interp *in, const char *name, Str *out) {
    Sym sym = intern_z(in->names, name);
    const Global *g = sym ? globals_find(&in->vm->globals, sym) : NULL;
    Str s = {0};
    if (!g || g->kind != GLOBAL_LET || g->value.tag == VALUE_UNKNOWN) return;
    render_value(g->value, &(RenderStyle){.digits = RENDER_DIGITS}, &s);
    add_lines(str_text(&s), s.len, out);
    str_free(&s);
}

// What the session knows of a name that the text defines.
static void add_known(Lsp *lsp, LspDocument *d, const LspFound *found, const char *name,
                      size_t offset, Str *out) {
    NodeKind kind = (NodeKind)found->node->kind;
    Interp *in = lsp_session_at(lsp, d, offset, true);
    const ModelVar *v = in ? find_variable(in, name) : NULL;
    if (kind == NODE_VARIABLE || kind == NODE_CHAIN) {
        if (v) add_variable(in, v, out);
    } else if (in && kind == NODE_LET) {
        add_value(in, name, out);
    }
}

static void add_definition(const LspTree *tree, const Node *node, Str *code, Str *text) {
    add_lines(lsp_tree_text(tree)->text + node->span.start, node->span.end - node->span.start,
              code);
    lsp_tree_comment(tree, node, text);
    bool model = node->kind == NODE_MODEL && node->kid[1];
    if (model) str_printf(text, "%s\n", node->kid[1]->text);
}

// A name that no text defines: a variable of a network, or a part of the language.
static bool add_other(Lsp *lsp, LspDocument *d, const char *name, size_t offset, Str *code,
                      Str *text) {
    Interp *in = lsp_session_at(lsp, d, offset, true);
    const ModelVar *v = in ? find_variable(in, name) : NULL;
    if (!v) return lsp_hover_help(name, code, text);
    add_variable(in, v, text);
    return true;
}

static bool add_name(Lsp *lsp, LspDocument *d, const LspPath *path, const char *name,
                     size_t offset, Str *code, Str *text) {
    LspFound found;
    const Node *last = path->items[path->count - 1];
    if (last->kind == NODE_METHOD || last->kind == NODE_ARG)
        return lsp_hover_help(name, code, text);
    if (!lsp_define_name(d, path, name, &found))
        return add_other(lsp, d, name, offset, code, text);
    add_definition(found.path ? &found.other : &d->tree, found.node, code, text);
    add_known(lsp, d, &found, name, offset, text);
    lsp_define_free(&found);
    return true;
}

// --- questions -----------------------------------------------------------------------------

static bool asks(const Node *n) {
    return n->kind == NODE_HEAD || n->kind == NODE_SEPARATION;
}

// What says how its first kid is to be asked.
static bool surrounds(const Node *n, const Node *kid) {
    switch ((NodeKind)n->kind) {
    case NODE_UNDER: case NODE_FROM: case NODE_USING: case NODE_ARGMAX: case NODE_PAREN:
        return n->kid[0] == kid;
    default: return false;
    }
}

// The innermost question around a place with its clauses, or NULL.
static const Node *question_of(const LspPath *path) {
    size_t i = path->count;
    while (i && !asks(path->items[i - 1])) i--;
    if (!i) return NULL;
    const Node *found = path->items[--i];
    while (i && surrounds(path->items[i - 1], found)) found = path->items[--i];
    return found;
}

static bool contains(const Node *n, NodeKind kind) {
    if (n->kind == kind && (kind != NODE_WORLD || n->n > 1)) return true;
    for (uint32_t i = 0; i < n->n; i++)
        if (n->kid[i] && contains(n->kid[i], kind)) return true;
    return false;
}

// By its looks, where it was not asked; 0: these do not tell.
static uint32_t rung_of(const Node *question) {
    if (contains(question, NODE_WORLD)) return 0;
    const Node *head = question;
    while (head->kind != NODE_HEAD && head->kind != NODE_SEPARATION) head = head->kid[0];
    if (head->kind == NODE_HEAD && head->op >= HEAD_CAUSES) return 3;
    return contains(question, NODE_DO) ? 2 : 1;
}

static bool exact(Value v) {
    switch (v.tag) {
    case VALUE_ANSWER: return !value_answer_of(v)->sampled;
    case VALUE_NUMBER: case VALUE_BOOL: case VALUE_BOUNDS: case VALUE_LEVEL: case VALUE_TERM:
    case VALUE_ESTIMAND: return true;
    default: return false;
    }
}

// Asks, when there is time; the rung it stands on, or 0.
static uint32_t answer(Lsp *lsp, LspDocument *d, const Node *question, Str *out) {
    Interp *in = lsp_session_at(lsp, d, question->span.start, false);
    LspWatch watch;
    Value v;
    if (!in) return 0;
    in->vm->rung = 0;
    lsp_watch_start(&watch, lsp, ANSWER_SECONDS);
    bool ok = interp_eval(in, str_text(&d->text.text) + question->span.start,
                          question->span.end - question->span.start, &v);
    lsp_watch_end(&watch);
    if (!ok) return 0;
    Str s = {0};
    if (exact(v)) render_value(v, &(RenderStyle){.digits = RENDER_DIGITS}, &s);
    add_lines(str_text(&s), s.len, out);
    str_free(&s);
    value_drop(v);
    return in->vm->rung;
}

static void add_question(Lsp *lsp, LspDocument *d, const Node *question, Str *text) {
    static const char *const rungs[] = {"", "Rung 1: seeing", "Rung 2: doing",
                                        "Rung 3: imagining"};
    Str shown = {0};
    uint32_t rung = answer(lsp, d, question, &shown);
    if (!rung) rung = rung_of(question);
    if (rung && rung <= 3) str_printf(text, "%s\n", rungs[rung]);
    if (shown.len && lsp->markdown) str_printf(text, "\n```\n%s\n```\n", str_text(&shown));
    else if (shown.len) str_printf(text, "\n%s\n", str_text(&shown));
    str_free(&shown);
}

// --- requests ------------------------------------------------------------------------------

static bool in_word(char c) {
    return (unsigned char)c >= 0x80 || unicode_continues_name((unsigned char)c);
}

// The word around a byte, which may be a part of the language.
static void word_at(const LspText *t, size_t offset, Span *span, Str *word) {
    const char *s = str_text(&t->text);
    size_t start = offset, end = offset;
    while (start && in_word(s[start - 1])) start--;
    while (end < t->text.len && in_word(s[end])) end++;
    str_add_n(word, s + start, end - start);
    *span = (Span){0, (uint32_t)start, (uint32_t)end};
}

typedef struct Hover {
    Str code, text;
    Span span; // of what is described
} Hover;

// What the name or word there means, and the question around it.
static void describe(Lsp *lsp, LspDocument *d, const LspPath *path, size_t offset, Hover *h) {
    Str word = {0};
    const char *name = lsp_tree_name(path, offset, &h->span);
    const Node *question = question_of(path);
    bool known = false;
    if (lsp_tree_quoted(&d->tree, path, offset)) return;
    if (name) {
        known = add_name(lsp, d, path, name, offset, &h->code, &h->text);
    } else {
        word_at(&d->text, offset, &h->span, &word);
        known = word.len && lsp_hover_help(str_text(&word), &h->code, &h->text) &&
                !(question && path->items[path->count - 1]->kind == NODE_HEAD);
        str_free(&word);
    }
    if (known || !question) return;
    h->span = question->span;
    if (h->text.len) str_add_char(&h->text, '\n');
    add_question(lsp, d, question, &h->text);
}

static json_t *hover(Lsp *lsp, LspDocument *d, const LspPath *path, size_t offset) {
    Hover h = {0};
    json_t *found = json_null();
    describe(lsp, d, path, offset, &h);
    if (h.code.len || h.text.len)
        found = json_pack("{s:o, s:o}", "contents", lsp_hover_markup(lsp, &h.code, &h.text),
                          "range",
                          lsp_text_range(&d->text, lsp->units, h.span.start, h.span.end));
    str_free(&h.code);
    str_free(&h.text);
    return found;
}

json_t *lsp_hover(Lsp *lsp, const json_t *params) {
    return lsp_document_at(lsp, params, hover);
}

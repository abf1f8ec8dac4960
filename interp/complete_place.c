// Complete place: what is wanted where the cursor stands.
#include "interp/complete_place.h"

#include <ctype.h>
#include <string.h>

#include "runtime/base/vec.h"

// --- the word at the cursor -----------------------------------------------------------------

static bool in_word(char c) {
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

// The quote or # that is open at the cursor, and where; 0 when none is.
static char open_quote(const char *text, size_t cursor, size_t *at) {
    char quote = '\0';
    for (size_t i = 0; i < cursor; i++) {
        char c = text[i];
        if (quote == '#' || quote == '`' || quote == '"') {
            bool end = c == '\n' || (quote != '#' && c == quote);
            if (c == '\\' && quote != '#') i++;
            else if (end) quote = '\0';
        } else if (c == '#' || c == '`' || c == '"') {
            quote = c;
            *at = i;
        }
    }
    return quote;
}

static size_t word_start(const char *text, size_t cursor) {
    while (cursor && in_word(text[cursor - 1])) cursor--;
    return cursor;
}

// --- tokens ---------------------------------------------------------------------------------

static const Token *back(const Place *p, size_t n) {
    size_t count = p->before.count;
    return n <= count ? &p->before.items[count - n] : NULL;
}

static bool is(const Token *t, TokenKind kind) {
    return t && t->kind == kind;
}

static bool is_word(const Token *t, const char *word) {
    return is(t, TOKEN_NAME) && !(t->flags & TOKEN_QUOTED) && strcmp(t->sym->text, word) == 0;
}

static bool opens(const Token *t) {
    return is(t, TOKEN_LPAREN) || is(t, TOKEN_LBRACKET) || is(t, TOKEN_LBRACE);
}

static bool closes(const Token *t) {
    return is(t, TOKEN_RPAREN) || is(t, TOKEN_RBRACKET) || is(t, TOKEN_RBRACE);
}

static bool lex(Place *p, const char *text, size_t len, Tokens *out) {
    Diags ignored = {0};
    uint32_t source = source_add(&p->sources, "", text, len);
    bool ok = source && lexer_run(&p->sources, source, p->names, &p->arena, &ignored, out);
    diag_free(&ignored);
    if (out->count && out->items[out->count - 1].kind == TOKEN_END) out->count--;
    return ok;
}

static bool find_opener(Place *p) {
    VEC(uint32_t) open = {0};
    bool ok = true;
    for (uint32_t i = 0; ok && i < p->before.count; i++) {
        const Token *t = &p->before.items[i];
        if (opens(t)) ok = VEC_PUSH(&open, i);
        else if (closes(t) && open.count) open.count--;
    }
    p->opener = open.count ? open.items[open.count - 1] : (uint32_t)p->before.count;
    VEC_FREE(&open);
    return ok;
}

// The token before the innermost open bracket, or NULL; and the bracket.
static const Token *before_opener(const Place *p) {
    return p->opener && p->opener < p->before.count ? &p->before.items[p->opener - 1] : NULL;
}

static const Token *opener(const Place *p) {
    return p->opener < p->before.count ? &p->before.items[p->opener] : NULL;
}

// The variable that ends `n` tokens back: X, X[3], Y[X = 1]; NULL when none does.
static const Token *variable_back(const Place *p, size_t n) {
    const Token *t = back(p, n);
    size_t depth = 0;
    while (is(t, TOKEN_RBRACKET) || depth) {
        depth += is(t, TOKEN_RBRACKET);
        depth -= is(t, TOKEN_LBRACKET);
        t = back(p, ++n);
        if (!t) return NULL;
    }
    return is(t, TOKEN_NAME) ? t : NULL;
}

// --- what is wanted -------------------------------------------------------------------------

static bool compares(const Token *t) {
    return is(t, TOKEN_EQ) || is(t, TOKEN_EQEQ) || is(t, TOKEN_NE) || is(t, TOKEN_LT) ||
           is(t, TOKEN_LE) || is(t, TOKEN_GT) || is(t, TOKEN_GE);
}

// After `{` or `,` within `V in {`.
static const Token *member_of(const Place *p) {
    if (!is(opener(p), TOKEN_LBRACE) || !is(before_opener(p), TOKEN_IN)) return NULL;
    return variable_back(p, p->before.count - p->opener + 2);
}

static PlaceKind after_compare(Place *p) {
    p->name = variable_back(p, 2);
    return p->name ? PLACE_LEVEL : PLACE_CODE;
}

// The start of an element of the innermost bracket.
static PlaceKind element(Place *p) {
    const Token *open = opener(p), *head = before_opener(p);
    bool touches = open && !(open->flags & TOKEN_SPACE);
    const Token *using = p->opener >= 2 ? &p->before.items[p->opener - 2] : NULL;
    if (is(open, TOKEN_LBRACE) && (p->name = member_of(p))) return PLACE_LEVEL;
    if (is(open, TOKEN_LBRACKET) && is(head, TOKEN_USING)) return PLACE_METHOD;
    if (is(open, TOKEN_LPAREN) && is(head, TOKEN_DO)) return PLACE_SET;
    if (!is(head, TOKEN_NAME) || !touches) return PLACE_CODE;
    p->name = head;
    if (is(open, TOKEN_LBRACKET)) return PLACE_SET;
    if (!is(open, TOKEN_LPAREN)) return PLACE_CODE;
    return is(using, TOKEN_USING) ? PLACE_OPTION : PLACE_ARGUMENT;
}

static PlaceKind after_arrow(Place *p) {
    p->name = variable_back(p, 2);
    bool set = is(opener(p), TOKEN_LPAREN) && is(before_opener(p), TOKEN_DO);
    return set && p->name ? PLACE_EDGE : PLACE_ARROW;
}

// `V :` in a model declares its domain, `n :` in a call gives the argument n.
static PlaceKind after_colon(Place *p) {
    const Token *open = opener(p);
    if (!is(back(p, 2), TOKEN_NAME)) return PLACE_CODE;
    if (is(open, TOKEN_LBRACE)) return PLACE_DOMAIN;
    p->name = before_opener(p);
    return is(open, TOKEN_LPAREN) && is(p->name, TOKEN_NAME) ? PLACE_VALUE : PLACE_CODE;
}

// `ladder Y, X` on the line that ends here.
static bool in_ladder(const Place *p) {
    const Token *last = back(p, 1), *first = is(last, TOKEN_COMMA) ? back(p, 3) : last;
    return is_word(first, "ladder") && !opener(p);
}

static PlaceKind wanted(Place *p, bool new_line) {
    const Token *last = back(p, 1), *open = opener(p);
    bool block = !open || is(open, TOKEN_LBRACE);
    if (!last) return PLACE_STATEMENT;
    if (is(last, TOKEN_LUA) && last->open) return PLACE_NOTHING;
    if (in_ladder(p)) return PLACE_SET;
    if (is(last, TOKEN_UNDER) || is_word(last, "use")) return PLACE_MODEL;
    if (is(last, TOKEN_FROM)) return PLACE_SOURCE;
    if (is(last, TOKEN_USING)) return PLACE_METHOD;
    if (compares(last)) return after_compare(p);
    if (is(last, TOKEN_ARROW)) return after_arrow(p);
    if (is(last, TOKEN_COLON)) return after_colon(p);
    if (is(last, TOKEN_COMMA) || last == open) {
        PlaceKind kind = element(p);
        return kind == PLACE_CODE && is(open, TOKEN_LBRACE) && last == open ? PLACE_STATEMENT
                                                                            : kind;
    }
    return block && (is(last, TOKEN_SEMICOLON) || new_line) ? PLACE_STATEMENT : PLACE_CODE;
}

static bool is_import(const Place *p) {
    return is_word(back(p, 1), "import");
}

// A quote that is open: a name in backquotes, a level in double ones, a file, or no place at all.
static PlaceKind inside(const Place *p, char quote, PlaceKind kind) {
    if (quote == '#') return PLACE_NOTHING;
    if (quote == '`') return kind;
    if (is_import(p)) return PLACE_FILE;
    return kind == PLACE_LEVEL ? kind : PLACE_NOTHING;
}

// The model after the first `under` behind the cursor that belongs to what the cursor is in.
static const Token *under_after(const Place *p) {
    long depth = 0;
    for (size_t i = 0; i + 1 < p->after.count; i++) {
        const Token *t = &p->after.items[i], *next = t + 1;
        if (is(t, TOKEN_SEMICOLON)) return NULL;
        if (i && t->flags & TOKEN_NEWLINE && depth <= 0 && !is(t, TOKEN_UNDER)) return NULL;
        depth += opens(t) ? 1 : closes(t) ? -1 : 0;
        if (is(t, TOKEN_UNDER) && depth <= 0) return is(next, TOKEN_NAME) ? next : NULL;
    }
    return NULL;
}

// The model that a clause before the cursor names, on this line.
static const Token *under_before(const Place *p) {
    for (size_t n = 1; n < p->before.count; n++) {
        const Token *t = back(p, n), *model = n > 1 ? back(p, n - 1) : NULL;
        if (is(t, TOKEN_UNDER) && is(model, TOKEN_NAME)) return model;
        if (is(t, TOKEN_SEMICOLON) || t->flags & TOKEN_NEWLINE) return NULL;
    }
    return NULL;
}

static bool has_newline(const char *text, size_t from, size_t to) {
    for (size_t i = from; i < to; i++)
        if (text[i] == '\n') return true;
    return false;
}

bool complete_place(const char *text, size_t len, size_t cursor, Place *out) {
    size_t at = 0;
    char quote = open_quote(text, cursor, &at);
    *out = (Place){.text = text, .start = quote && quote != '#' ? at : word_start(text, cursor)};
    out->names = intern_new();
    bool ok = out->names && lex(out, text, out->start, &out->before) &&
              lex(out, text + cursor, len - cursor, &out->after) && find_opener(out);
    if (!ok) return false;
    const Token *last = back(out, 1);
    PlaceKind kind = wanted(out, has_newline(text, last ? last->end : 0, out->start));
    out->kind = quote ? inside(out, quote, kind) : kind;
    if (isdigit((unsigned char)text[out->start]) && out->start < cursor &&
        out->kind != PLACE_LEVEL)
        out->kind = PLACE_NOTHING;
    out->under = under_after(out);
    if (!out->under) out->under = under_before(out);
    return true;
}

void complete_place_free(Place *p) {
    lexer_free(&p->before);
    lexer_free(&p->after);
    arena_free(&p->arena);
    source_free(&p->sources);
    if (p->names) intern_free(p->names);
}

const Token *complete_place_levels(const Place *p, const char *name, bool *is_bool) {
    const Token *end = p->before.items + p->before.count;
    *is_bool = false;
    for (const Token *t = p->before.items; t && t + 2 < end; t++) {
        const Token *domain = t + 2;
        if (!is(t, TOKEN_NAME) || !is(t + 1, TOKEN_COLON) || strcmp(t->sym->text, name) != 0)
            continue;
        if (is_word(domain, "ordered") && domain + 1 < end) domain++;
        *is_bool = is_word(domain, "bool");
        return is(domain, TOKEN_LBRACE) ? domain : NULL;
    }
    return NULL;
}

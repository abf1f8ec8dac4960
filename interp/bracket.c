// Bracket: which bracket closes which.
#include "interp/bracket.h"

#include "runtime/base/vec.h"

static TokenKind partner(TokenKind kind) {
    if (kind == TOKEN_RPAREN) return TOKEN_LPAREN;
    if (kind == TOKEN_RBRACKET) return TOKEN_LBRACKET;
    return kind == TOKEN_RBRACE ? TOKEN_LBRACE : TOKEN_END;
}

typedef struct Opener {
    uint32_t token, indent; // of the line that it stands on
} Opener;

typedef VEC(Opener) Openers;

// The place in the stack of the opener that a closer closes, or `count` when there is none. A
// `)` or `]` does not reach beyond a block; a `}` that begins its line prefers the opener whose
// line is indented as it is, when those above are indented further: they were left open. (All
// lines count as indented alike until a bracket turns out to lack its partner: a program that
// is only laid out badly has them all.) The search is bounded, so that the whole stays linear.
static size_t find_opener(const Tokens *tokens, const Openers *open, const Token *closer,
                          uint32_t indent) {
    enum { REACH = 64 };
    TokenKind kind = partner((TokenKind)closer->kind);
    size_t found = open->count;
    bool first = closer->flags & TOKEN_NEWLINE && kind == TOKEN_LBRACE;
    for (size_t i = open->count; i > 0 && open->count - i < REACH; i--) {
        const Opener *o = &open->items[i - 1];
        uint8_t other = tokens->items[o->token].kind;
        if (other != kind && other == TOKEN_LBRACE) break;
        if (other != kind) continue;
        if (found == open->count) found = i - 1;
        if (!first || o->indent < indent) break;
        if (o->indent == indent) return i - 1;
    }
    return found;
}

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

// The columns before the first token of a line.
static uint32_t indent_before(const char *text, uint32_t at) {
    uint32_t n = 0;
    while (at > n && is_space(text[at - n - 1])) n++;
    return n;
}

static bool opens(TokenKind kind) {
    return kind == TOKEN_LPAREN || kind == TOKEN_LBRACKET || kind == TOKEN_LBRACE;
}

// Pairs all brackets; `*left` counts those without a partner. False when memory ran out.
static bool pair(Tokens *tokens, const char *text, bool by_indent, size_t *left) {
    Openers open = {0};
    uint32_t indent = 0;
    bool enough = true;
    *left = 0;
    for (uint32_t i = 0; i < tokens->count && enough; i++) {
        Token *t = &tokens->items[i];
        t->match = 0;
        if (by_indent && t->flags & TOKEN_NEWLINE) indent = indent_before(text, t->start);
        if (opens((TokenKind)t->kind)) {
            Opener opener = {i, indent};
            enough = VEC_PUSH(&open, opener);
        } else if (partner((TokenKind)t->kind) != TOKEN_END) {
            size_t k = find_opener(tokens, &open, t, indent);
            *left += k == open.count ? 1 : open.count - k - 1;
            if (k == open.count) continue;
            tokens->items[open.items[k].token].match = i;
            open.count = k;
        }
    }
    *left += open.count;
    VEC_FREE(&open);
    return enough;
}

bool bracket_match(Tokens *tokens, const char *text) {
    size_t left;
    if (!pair(tokens, text, false, &left)) return false;
    return left == 0 || pair(tokens, text, true, &left);
}

// Lexer: program text into tokens and comments.
#ifndef RUNG_INTERP_LEXER_H
#define RUNG_INTERP_LEXER_H

#include "interp/ast.h"
#include "interp/diag.h"

typedef enum TokenKind {
#define TOKEN(id, text) TOKEN_##id,
#define MARK(id, text) TOKEN_##id,
#define WORD(id, text) TOKEN_##id,
#include "interp/token.def"
#undef TOKEN
#undef MARK
#undef WORD
    TOKEN_COUNT
} TokenKind;

enum {
    TOKEN_NEWLINE = 1, // a line ends between the token before and this one
    TOKEN_SPACE = 2,   // anything (white space, a comment) stands between them
    TOKEN_QUOTED = 4,  // a name in backquotes
    TOKEN_PERCENT = 8, // a number with a percent sign
    TOKEN_BAD = 16,    // the lexer has reported something at this token, or just before it
};

// The arrow `<-` is not a token: it is `<` and a `-` without TOKEN_SPACE.
typedef struct Token {
    uint8_t kind; // TokenKind
    uint8_t flags;
    uint32_t start, end; // bytes of the source
    uint32_t match;      // of an opening bracket: the index of the closing one, or 0
    Sym sym;             // of a NAME
    double num;          // of a NUMBER, a percentage already divided
    bool open;           // of LUA: its closing brace is missing
    const char *text;    // of a STRING (escapes resolved), REGEX or LUA: NUL-terminated
    size_t len;
} Token;

// The tokens of one text, the last of them END; and its comments, in order.
typedef struct Tokens {
    Token *items;
    size_t count, room;
    Comment *comments;
    size_t ncomments, commentroom;
} Tokens;

// Splits a text. Strings and comments live in `arena`, names in `names`. Whatever cannot be
// read is reported and skipped, or repaired (`&&` becomes `and`). False when memory ran out,
// or arena->ctl was cancelled; free the result with lexer_free in any case. Linear time.
bool lexer_run(const Sources *sources, uint32_t source, Interner *names, Arena *arena,
               Diags *diags, Tokens *tokens);
void lexer_free(Tokens *tokens);

// How a message names a kind: "`)`", "a name".
const char *lexer_kind_text(TokenKind kind);

// Whether a name must be written in backquotes: it is reserved, or not an identifier.
bool lexer_needs_quotes(const char *name);

// Appends the tokens, one a line: --dump=tokens.
void lexer_dump(const Tokens *tokens, const SourceText *source, Str *out);

#endif

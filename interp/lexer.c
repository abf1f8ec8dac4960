// Lexer: program text into tokens and comments.
#include "interp/lexer.h"

#include <string.h>

#include "interp/bracket.h"
#include "runtime/base/unicode.h"
#include "runtime/base/ctl.h"
#include "runtime/base/num.h"
#include "runtime/base/vec.h"

typedef struct Lexer {
    const char *text;
    uint32_t source, len, at;
    uint8_t flags;   // of the next token
    uint32_t strays; // where the last run of stray characters ended
    Interner *names;
    Arena *arena;
    Diags *diags;
    Tokens *tokens;
    Str scratch;
    bool nomem;
} Lexer;

static const struct {
    const char *text, *shown;
    bool mark, word;
} kinds[] = {
#define TOKEN(id, what) [TOKEN_##id] = {what, what, false, false},
#define MARK(id, what) [TOKEN_##id] = {what, "`" what "`", true, false},
#define WORD(id, what) [TOKEN_##id] = {what, "`" what "`", false, true},
#include "interp/token.def"
#undef TOKEN
#undef MARK
#undef WORD
};

const char *lexer_kind_text(TokenKind kind) {
    return kinds[kind].shown;
}

static char peek(const Lexer *x, uint32_t ahead) {
    return ahead < x->len - x->at ? x->text[x->at + ahead] : '\0';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool looking_at(const Lexer *x, const char *what) {
    size_t n = strlen(what);
    return n <= x->len - x->at && memcmp(x->text + x->at, what, n) == 0;
}

static Span span_at(const Lexer *x, uint32_t start, uint32_t end) {
    return (Span){x->source, start, end};
}

// The code point at `at`; 0 bytes at the end of the text or when it is not UTF-8.
static size_t point_at(const Lexer *x, uint32_t at, uint32_t *point) {
    *point = 0;
    return at < x->len ? unicode_decode(x->text + at, x->len - at, point) : 0;
}

// The end of the run of name characters that begins at `at`.
static uint32_t name_end(const Lexer *x, uint32_t at) {
    for (;;) {
        uint32_t point;
        size_t n = point_at(x, at, &point);
        if (n == 0 || !unicode_continues_name(point)) return at;
        at += (uint32_t)n;
    }
}

// --- tokens ---

// Appends a token that ends at the current position.
static Token *push(Lexer *x, TokenKind kind, uint32_t start) {
    Token token = {.kind = (uint8_t)kind, .flags = x->flags, .start = start, .end = x->at};
    x->flags = 0;
    if (!VEC_PUSH(x->tokens, token)) {
        x->nomem = true;
        return NULL;
    }
    return &x->tokens->items[x->tokens->count - 1];
}

static void push_name(Lexer *x, uint32_t start, const char *name, size_t len, uint8_t flags) {
    Token *token = push(x, TOKEN_NAME, start);
    if (!token) return;
    token->flags |= flags;
    token->sym = intern(x->names, name, len);
    if (!token->sym) x->nomem = true;
}

static void push_text(Lexer *x, TokenKind kind, uint32_t start) {
    Token *token = push(x, kind, start);
    if (!token) return;
    token->text = arena_text(x->arena, str_text(&x->scratch), x->scratch.len);
    token->len = x->scratch.len;
    if (!token->text || x->scratch.failed) x->nomem = true;
}

static TokenKind word_kind(const char *text, size_t len) {
    for (int k = TOKEN_IF; k < TOKEN_COUNT && len <= 5; k++)
        if (kinds[k].word && strlen(kinds[k].text) == len && !memcmp(kinds[k].text, text, len))
            return (TokenKind)k;
    return TOKEN_NAME;
}

// name = letter { letter | digit } | "`" { character | escape } "`" ;
static void lex_name(Lexer *x) {
    uint32_t start = x->at, end = name_end(x, start);
    // A_||_B is A, _||_, B.
    if (end - start > 1 && x->text[end - 1] == '_' && x->len - end >= 3 &&
        memcmp(x->text + end, "||_", 3) == 0)
        end--;
    x->at = end;
    TokenKind kind = word_kind(x->text + start, end - start);
    if (kind == TOKEN_NAME)
        push_name(x, start, x->text + start, end - start, 0);
    else
        push(x, kind, start);
}

static void unclosed_text(Lexer *x, uint32_t start, const char *what, char quote) {
    diag_error(x->diags, DIAG_UNCLOSED_TEXT, span_at(x, start, x->at),
               "this %s does not end on its line", what);
    diag_hint(x->diags, "close it with `%c`", quote);
    x->flags |= TOKEN_BAD;
}

// --- texts ---

static void bad_escape(Lexer *x, uint32_t start) {
    diag_error(x->diags, DIAG_BAD_ESCAPE, span_at(x, start, x->at), "`%.*s` is no escape",
               (int)(x->at - start), x->text + start);
    diag_hint(x->diags, "write `\\\\` for a backslash itself");
    x->flags |= TOKEN_BAD;
}

// \u{1F600}
static void lex_code_point(Lexer *x, uint32_t start) {
    uint32_t point = 0, digits = 0;
    if (peek(x, 0) == '{') x->at++;
    for (; digits < 7; digits++) {
        static const char hex[] = "0123456789abcdefABCDEF";
        const char *found = peek(x, 0) ? strchr(hex, peek(x, 0)) : NULL;
        if (!found) break;
        uint32_t value = (uint32_t)(found - hex);
        point = point * 16 + (value > 15 ? value - 6 : value);
        x->at++;
    }
    char utf8[4];
    size_t n = digits && point ? unicode_encode(point, utf8) : 0;
    bool closed = peek(x, 0) == '}';
    if (closed) x->at++;
    if (n == 0 || !closed)
        bad_escape(x, start);
    else
        str_add_n(&x->scratch, utf8, n);
}

// escape = "\" ( "n" | "t" | "r" | "\" | '"' | "'" | "`" | "u{" digit { digit } "}" ) ;
static void lex_escape(Lexer *x) {
    static const char from[] = "ntr\\\"'`", to[] = "\n\t\r\\\"'`";
    uint32_t start = x->at++, point;
    if (x->at == x->len) return;
    const char *found = peek(x, 0) ? strchr(from, peek(x, 0)) : NULL;
    if (found) {
        str_add_char(&x->scratch, to[found - from]);
        x->at++;
    } else if (peek(x, 0) == 'u') {
        x->at++;
        lex_code_point(x, start);
    } else if (peek(x, 0) != '\n') {
        size_t n = point_at(x, x->at, &point);
        x->at += n ? (uint32_t)n : 1;
        bad_escape(x, start);
    }
}

// Copies one character of a text; bytes that are not UTF-8, and NUL, are reported.
static void copy_character(Lexer *x) {
    uint32_t start = x->at, point;
    size_t n = point_at(x, start, &point);
    x->at += n ? (uint32_t)n : 1;
    if (n && point) {
        str_add_n(&x->scratch, x->text + start, n);
    } else if (!(x->flags & TOKEN_BAD)) {
        diag_error(x->diags, DIAG_STRAY_CHARACTER, span_at(x, start, x->at),
                   "this byte is not UTF-8 text");
        x->flags |= TOKEN_BAD;
    }
}

// Copies what stands between the mark here and the next, or the end of the line.
static void lex_characters(Lexer *x, char mark) {
    x->at++;
    str_clear(&x->scratch);
    while (x->at < x->len && x->text[x->at] != mark && x->text[x->at] != '\n') {
        if (x->text[x->at] == '\\')
            lex_escape(x);
        else
            copy_character(x);
    }
}

// string = '"' { character | escape } '"' ;
static void lex_string(Lexer *x) {
    uint32_t start = x->at;
    lex_characters(x, '"');
    if (peek(x, 0) == '"')
        x->at++;
    else
        unclosed_text(x, start, "text", '"');
    push_text(x, TOKEN_STRING, start);
}

// A name in backquotes.
static void lex_quoted(Lexer *x) {
    uint32_t start = x->at;
    lex_characters(x, '`');
    if (peek(x, 0) == '`') {
        x->at++;
    } else {
        diag_error(x->diags, DIAG_UNCLOSED_TEXT, span_at(x, start, x->at),
                   "this name in backquotes does not end on its line");
        x->flags |= TOKEN_BAD;
    }
    if (x->scratch.len == 0 && !(x->flags & TOKEN_BAD)) {
        diag_error(x->diags, DIAG_STRAY_CHARACTER, span_at(x, start, x->at),
                   "a name cannot be empty");
        x->flags |= TOKEN_BAD;
    }
    push_name(x, start, str_text(&x->scratch), x->scratch.len, TOKEN_QUOTED);
    if (x->scratch.failed) x->nomem = true;
}

// regex = 're"' { character | "\" character } '"' ;
static void lex_regex(Lexer *x) {
    uint32_t start = x->at;
    x->at += 3;
    str_clear(&x->scratch);
    while (x->at < x->len && x->text[x->at] != '"' && x->text[x->at] != '\n') {
        if (x->text[x->at] == '\\' && peek(x, 1) != '\n') copy_character(x);
        if (x->at < x->len && x->text[x->at] != '\n') copy_character(x);
    }
    if (peek(x, 0) == '"')
        x->at++;
    else
        unclosed_text(x, start, "regular expression", '"');
    push_text(x, TOKEN_REGEX, start);
}

// --- blocks of Lua ---

// The level of a long bracket of Lua, `[`, any number of `=`, `[`; or -1.
static int long_bracket(const Lexer *x, uint32_t at) {
    uint32_t end = at + 1;
    if (at >= x->len || x->text[at] != '[') return -1;
    while (end < x->len && x->text[end] == '=') end++;
    return end < x->len && x->text[end] == '[' ? (int)(end - at - 1) : -1;
}

// Behind the long bracket that opens at `at`, or the end of the text.
static uint32_t long_bracket_end(const Lexer *x, uint32_t at, int level) {
    for (at += (uint32_t)level + 2; at < x->len; at++) {
        uint32_t end = at + 1;
        if (x->text[at] != ']') continue;
        while (end < x->len && x->text[end] == '=') end++;
        if (end < x->len && x->text[end] == ']' && (int)(end - at - 1) == level) return end + 1;
    }
    return x->len;
}

// Behind a text of Lua in quotes, or the end of its line.
static uint32_t lua_quoted_end(const Lexer *x, uint32_t at) {
    char quote = x->text[at++];
    while (at < x->len && x->text[at] != quote && x->text[at] != '\n')
        at += x->text[at] == '\\' && at + 1 < x->len ? 2 : 1;
    return at < x->len ? at + 1 : at;
}

// Behind what begins at `at`: a comment or text of Lua as a whole, else one character.
static uint32_t lua_next(const Lexer *x, uint32_t at) {
    int level = long_bracket(x, at);
    if (level >= 0) return long_bracket_end(x, at, level);
    if (x->text[at] == '"' || x->text[at] == '\'') return lua_quoted_end(x, at);
    if (x->text[at] != '-' || at + 1 == x->len || x->text[at + 1] != '-') return at + 1;
    level = long_bracket(x, at + 2);
    if (level >= 0) return long_bracket_end(x, at + 2, level);
    while (at < x->len && x->text[at] != '\n') at++;
    return at;
}

// The brace behind a first word `lua` of a line or block, or 0.
static uint32_t lua_opener(const Lexer *x) {
    const Token *last = x->tokens->count ? &x->tokens->items[x->tokens->count - 1] : NULL;
    uint32_t at = x->at + 3;
    bool first = x->flags & TOKEN_NEWLINE || last->kind == TOKEN_SEMICOLON ||
                 last->kind == TOKEN_LBRACE;
    if (!first || !looking_at(x, "lua")) return 0;
    while (at < x->len && (x->text[at] == ' ' || x->text[at] == '\t')) at++;
    return at < x->len && x->text[at] == '{' ? at : 0;
}

// lua_block = "lua" "{" { character } "}" ;
static void lex_lua(Lexer *x, uint32_t opener) {
    uint32_t start = x->at, depth = 1, at = opener + 1, inside = at;
    while (at < x->len && depth) {
        depth += x->text[at] == '{';
        depth -= x->text[at] == '}';
        at = depth ? lua_next(x, at) : at + 1;
    }
    x->at = at;
    Token *token = push(x, TOKEN_LUA, start);
    if (!token) return;
    token->open = depth > 0;
    token->len = at - inside - (depth == 0);
    token->text = arena_text(x->arena, x->text + inside, token->len);
    if (!token->text) x->nomem = true;
}

// --- numbers ---

// Skips digits, with single underscores between them.
static void skip_digits(Lexer *x) {
    while (is_digit(peek(x, 0)) || (peek(x, 0) == '_' && is_digit(peek(x, 1)) && x->at > 0 &&
                                    is_digit(x->text[x->at - 1])))
        x->at++;
}

static bool read_value(Lexer *x, uint32_t start, double *value) {
    str_clear(&x->scratch);
    for (uint32_t i = start; i < x->at; i++)
        if (x->text[i] != '_') str_add_char(&x->scratch, x->text[i]);
    if (x->scratch.failed) {
        x->nomem = true;
        return true;
    }
    return num_read(str_text(&x->scratch), x->scratch.len, value) == x->scratch.len &&
           *value <= 1.7976931348623157e308;
}

static void bad_number(Lexer *x, uint32_t start, const char *why) {
    diag_error(x->diags, DIAG_BAD_NUMBER, span_at(x, start, x->at), "`%.*s` is no number: %s",
               (int)(x->at - start), x->text + start, why);
    x->flags |= TOKEN_BAD;
}

// Looks at what touches the end of a number, and takes it in when it makes no sense there.
static void check_number_end(Lexer *x, uint32_t start) {
    uint32_t digits = x->at, end = name_end(x, x->at);
    if (end > x->at) {
        x->at = end;
        bad_number(x, start, "letters touch its digits");
        diag_hint(x->diags,
                  "a product has a `*`: %.*s*%.*s; a name with a digit first stands in "
                  "backquotes",
                  (int)(digits - start), x->text + start, (int)(end - digits),
                  x->text + digits);
    } else if (peek(x, 0) == '.' && peek(x, 1) != '.') {
        x->at++;
        skip_digits(x);
        bad_number(x, start, "a point stands between digits, and only once");
    }
}

// number = digits [ "." digits ] [ exponent ] [ "%" ] | "." digits [ exponent ] [ "%" ] ;
// digits = digit { [ "_" ] digit } ;
// exponent = ( "e" | "E" ) [ "+" | "-" ] digit { digit } ;
static void lex_number(Lexer *x) {
    uint32_t start = x->at;
    double value = 0;
    skip_digits(x);
    if (peek(x, 0) == '.' && is_digit(peek(x, 1))) {
        x->at++;
        skip_digits(x);
    }
    if (peek(x, 0) == 'e' || peek(x, 0) == 'E') {
        uint32_t sign = peek(x, 1) == '+' || peek(x, 1) == '-';
        if (is_digit(peek(x, 1 + sign))) {
            x->at += 1 + sign;
            while (is_digit(peek(x, 0))) x->at++;
        }
    }
    bool good = read_value(x, start, &value);
    uint8_t percent = 0;
    if (peek(x, 0) == '%') {
        percent = TOKEN_PERCENT;
        value /= 100;
        x->at++;
    }
    if (!good)
        bad_number(x, start, "it is too large");
    else
        check_number_end(x, start);
    Token *token = push(x, TOKEN_NUMBER, start);
    if (!token) return;
    token->num = value;
    token->flags |= percent;
}

// --- punctuation ---

// Spellings that are understood besides those of token.def.
static const struct {
    const char *text;
    TokenKind kind;
} spellings[] = {
    {"\xE2\x86\x92", TOKEN_ARROW},     {"\xE2\x86\x94", TOKEN_BOTH},
    {"\xE2\xAB\xAB", TOKEN_SEPARATED}, {"\xE2\x89\xA4", TOKEN_LE},
    {"\xE2\x89\xA5", TOKEN_GE},        {"\xE2\x89\xA0", TOKEN_NE},
    {"\xE2\x88\x88", TOKEN_IN},
};

// Spellings of other languages and of word processors: reported, then read as what is meant.
static const struct {
    const char *text;
    TokenKind kind;
    const char *instead;
} foreign[] = {
    {"&&", TOKEN_AND, "and"},
    {"||", TOKEN_OR, "or"},
    {"**", TOKEN_CARET, "^"},
    {"<>", TOKEN_NE, "!="},
    {":=", TOKEN_EQ, "="},
    {"!", TOKEN_NOT, "not"},
    {"&", TOKEN_AND, "and"},
    {"\xE2\x88\x92", TOKEN_MINUS, "-"},        // minus sign
    {"\xE2\x80\x93", TOKEN_MINUS, "-"},        // en dash
    {"\xC3\x97", TOKEN_STAR, "*"},             // multiplication sign
    {"\xC2\xB7", TOKEN_STAR, "*"},             // middle dot
    {"\xC3\xB7", TOKEN_SLASH, "/"},            // division sign
    {"\xE2\x80\xA6", TOKEN_RANGE, ".."},       // ellipsis
    {"\xE2\x8A\xA5", TOKEN_SEPARATED, "_||_"}, // up tack
    {"\xE2\x9F\x82", TOKEN_SEPARATED, "_||_"}, // perpendicular
    {"\xE2\x87\x92", TOKEN_ROW, "=>"},         // double arrow
    {"\xE2\x88\xA7", TOKEN_AND, "and"},        // logical and
    {"\xE2\x88\xA8", TOKEN_OR, "or"},          // logical or
    {"\xC2\xAC", TOKEN_NOT, "not"},            // not sign
    {"\xE2\x88\xAA", TOKEN_NAME, "union"},     // union
    {"\xE2\x88\xA9", TOKEN_NAME, "intersect"}, // intersection
};

// The longest mark of token.def at this place, or TOKEN_END.
static TokenKind find_mark(const Lexer *x) {
    TokenKind best = TOKEN_END;
    size_t length = 0;
    for (int k = 0; k < TOKEN_COUNT; k++) {
        if (!kinds[k].mark || kinds[k].text[0] != peek(x, 0)) continue;
        size_t n = strlen(kinds[k].text);
        if (n > length && looking_at(x, kinds[k].text)) {
            best = (TokenKind)k;
            length = n;
        }
    }
    return best;
}

static bool lex_foreign(Lexer *x) {
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        if (!looking_at(x, foreign[i].text)) continue;
        uint32_t start = x->at;
        x->at += (uint32_t)strlen(foreign[i].text);
        diag_error(x->diags, DIAG_FOREIGN_OPERATOR, span_at(x, start, x->at),
                   "`%s` is written `%s` in Rung", foreign[i].text, foreign[i].instead);
        Token *token = push(x, foreign[i].kind, start);
        if (token && foreign[i].kind == TOKEN_NAME) {
            token->sym = intern_z(x->names, foreign[i].instead);
            if (!token->sym) x->nomem = true;
        }
        return true;
    }
    return false;
}

// `//` and `/*` to the end of the line, or of the comment.
static void lex_foreign_comment(Lexer *x) {
    uint32_t start = x->at;
    bool block = looking_at(x, "/*");
    diag_error(x->diags, DIAG_FOREIGN_OPERATOR, span_at(x, start, start + 2),
               "a comment begins with `#` in Rung, and ends with the line");
    x->at += 2;
    while (peek(x, 0) && !(block ? looking_at(x, "*/") : peek(x, 0) == '\n')) x->at++;
    if (block && peek(x, 0)) x->at += 2;
}

static bool lex_mark(Lexer *x) {
    uint32_t start = x->at;
    if (looking_at(x, "//") || looking_at(x, "/*")) return lex_foreign_comment(x), true;
    for (size_t i = 0; i < sizeof spellings / sizeof *spellings; i++) {
        if (!looking_at(x, spellings[i].text)) continue;
        x->at += (uint32_t)strlen(spellings[i].text);
        return push(x, spellings[i].kind, start), true;
    }
    TokenKind kind = find_mark(x);
    bool doubled = looking_at(x, "||") || looking_at(x, "**") || looking_at(x, "<>");
    if ((kind == TOKEN_END || doubled) && lex_foreign(x)) return true;
    if (kind == TOKEN_COLON && looking_at(x, ":=")) return lex_foreign(x);
    if (kind == TOKEN_END) return false;
    x->at += (uint32_t)strlen(kinds[kind].text);
    return push(x, kind, start), true;
}

static bool is_quote(uint32_t point) {
    return point == '\'' || (point >= 0x2018 && point <= 0x201F) || point == 0xAB ||
           point == 0xBB;
}

// A text in quotes of another kind is reported, and read as a text. False when the line has no
// second such quote.
static bool lex_foreign_string(Lexer *x, uint32_t inside) {
    uint32_t start = x->at, at = inside, point;
    while (at < x->len && x->text[at] != '\n') {
        size_t n = point_at(x, at, &point);
        if (n && is_quote(point)) {
            x->at = at + (uint32_t)n;
            diag_error(x->diags, DIAG_FOREIGN_OPERATOR, span_at(x, start, x->at),
                       "texts stand in straight double quotes: \"%.*s\"", (int)(at - inside),
                       x->text + inside);
            str_clear(&x->scratch);
            str_add_n(&x->scratch, x->text + inside, at - inside);
            push_text(x, TOKEN_STRING, start);
            return true;
        }
        at += n ? (uint32_t)n : 1;
    }
    return false;
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The end of an operator of R such as %in%, or 0.
static uint32_t percent_end(const Lexer *x, uint32_t at) {
    static const char signs[] = {'>', '*', '<', '|'};
    uint32_t end = at + 1;
    while (end < x->len && (is_letter(x->text[end]) || memchr(signs, x->text[end], sizeof signs)))
        end++;
    bool closed = end > at + 1 && end < x->len && x->text[end] == '%';
    return x->text[at] == '%' && closed ? end + 1 : 0;
}

static const char *stray_hint(const Lexer *x, uint32_t at, uint32_t point) {
    bool within = at > 0 && at + 1 < x->len && is_letter(x->text[at - 1]) &&
                  is_letter(x->text[at + 1]);
    if (point == '%' && percent_end(x, at) == at + 4 && memcmp(x->text + at, "%in%", 4) == 0)
        return "whether it is one of several is asked by `in`: x in {1, 2}";
    if (point == '%' && percent_end(x, at)) return "functions are called as f(x)";
    if (point == '.' && within)
        return "there are no packages and no methods; functions are called as f(x)";
    if (is_quote(point)) return "texts stand in straight double quotes: \"...\"";
    if (point == '%')
        return "the remainder is written `mod`; a percentage touches its sign: 30%";
    if (point == '.')
        return "a point stands between digits; the path of a file stands in quotes";
    if (point == 0x2248) return "numbers are compared by a ~= b within 0.01";
    return point == 0x2190 ? "write `<-`" : NULL;
}

// The mistake belongs to the statement that it stands in: no second message there.
static void spoil(Lexer *x) {
    size_t n = x->tokens->count;
    if (n && !(x->flags & TOKEN_NEWLINE))
        x->tokens->items[n - 1].flags |= TOKEN_BAD;
    else
        x->flags |= TOKEN_BAD;
}

// The end of a run of bytes that are no text.
static uint32_t binary_end(const Lexer *x, uint32_t at) {
    uint32_t point;
    while (at < x->len && (point_at(x, at, &point) == 0 || point == 0)) at++;
    return at;
}

// Skips what cannot begin a token: one report for a run of such characters.
static void stray(Lexer *x) {
    uint32_t start = x->at, first;
    size_t n = point_at(x, start, &first);
    if (is_quote(first) && lex_foreign_string(x, start + (uint32_t)n)) return;
    bool binary = n == 0 || first == 0, again = start > 0 && x->strays == start;
    uint32_t operator = first == '%' ? percent_end(x, start) : 0;
    x->at = binary ? binary_end(x, start) : operator ? operator : start + (uint32_t)n;
    x->strays = x->at;
    spoil(x);
    if (again) return;
    Span span = span_at(x, start, x->at);
    if (binary) {
        diag_error(x->diags, DIAG_STRAY_CHARACTER, span, "this is not UTF-8 text");
    } else if (first < 0x20 || first == 0x7F) {
        diag_error(x->diags, DIAG_STRAY_CHARACTER, span, "a control character (%u) stands here",
                   first);
    } else {
        diag_error(x->diags, DIAG_STRAY_CHARACTER, span, "`%.*s` means nothing in Rung",
                   (int)(x->at - start),
                   x->text + start);
    }
    const char *hint = stray_hint(x, start, first);
    if (hint) diag_hint(x->diags, "%s", hint);
}

// --- comments and white space ---

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

// The text between two places without the white space around it.
static const char *trimmed(Lexer *x, uint32_t from, uint32_t to) {
    while (from < to && is_space(x->text[from])) from++;
    while (to > from && is_space(x->text[to - 1])) to--;
    const char *text = arena_text(x->arena, x->text + from, to - from);
    if (!text) x->nomem = true;
    return text;
}

static bool begins_line(const Lexer *x, uint32_t at) {
    while (at > 0 && x->text[at - 1] != '\n')
        if (!is_space(x->text[--at])) return false;
    return true;
}

// comment = "#" { character } ;
static void lex_comment(Lexer *x) {
    uint32_t start = x->at;
    while (x->at < x->len && x->text[x->at] != '\n') x->at++;
    uint32_t end = x->at;
    while (end > start + 1 && is_space(x->text[end - 1])) end--;
    const char *nul = memchr(x->text + start, '\0', end - start);
    if (nul) { // it would end the comment's text
        uint32_t at = (uint32_t)(nul - x->text);
        diag_error(x->diags, DIAG_STRAY_CHARACTER, span_at(x, at, at + 1),
                   "a control character (0) stands here");
    }
    Comment c = {.span = span_at(x, start, end), .own_line = begins_line(x, start)};
    c.text = arena_text(x->arena, x->text + start + 1, end - start - 1);
    if (!c.text) x->nomem = true;
    if (end - start >= 3 && memcmp(x->text + start, "#=>", 3) == 0) {
        uint32_t stop = start + 3;
        while (stop < end && x->text[stop] != '#') stop++;
        c.expect = trimmed(x, start + 3, stop);
    }
    Tokens *t = x->tokens;
    if (!vec_reserve((void **)&t->comments, &t->commentroom, t->ncomments + 1, sizeof c)) {
        x->nomem = true;
        return;
    }
    t->comments[t->ncomments++] = c;
}

// Bytes of white space here: ASCII, the no-break space and the byte order mark.
static uint32_t space_width(const Lexer *x) {
    if (is_space(peek(x, 0))) return 1;
    if (looking_at(x, "\xC2\xA0")) return 2;
    return looking_at(x, "\xEF\xBB\xBF") ? 3 : 0;
}

static void skip_space(Lexer *x) {
    for (;;) {
        uint32_t n = space_width(x);
        if (n) {
            x->at += n;
        } else if (peek(x, 0) == '\n') {
            x->at++;
            x->flags |= TOKEN_NEWLINE;
        } else if (peek(x, 0) == '#') {
            lex_comment(x);
        } else {
            return;
        }
        x->flags |= TOKEN_SPACE;
    }
}

// --- the whole ---

static void lex_token(Lexer *x) {
    uint32_t point;
    size_t n = point_at(x, x->at, &point);
    if (is_digit(peek(x, 0)) || (peek(x, 0) == '.' && is_digit(peek(x, 1))))
        lex_number(x);
    else if (peek(x, 0) == '"')
        lex_string(x);
    else if (looking_at(x, "re\""))
        lex_regex(x);
    else if (peek(x, 0) == '`')
        lex_quoted(x);
    else if (looking_at(x, "_||_"))
        lex_mark(x);
    else if (peek(x, 0) == '_' && name_end(x, x->at) == x->at + 1)
        lex_mark(x);
    else if (lua_opener(x))
        lex_lua(x, lua_opener(x));
    else if (n && unicode_starts_name(point))
        lex_name(x);
    else if (!lex_mark(x))
        stray(x);
}

bool lexer_run(const Sources *sources, uint32_t source, Interner *names, Arena *arena,
               Diags *diags, Tokens *tokens) {
    const SourceText *s = source_get(sources, source);
    Lexer x = {.text = s->text,
               .len = (uint32_t)s->len,
               .source = source,
               .flags = TOKEN_NEWLINE,
               .names = names,
               .arena = arena,
               .diags = diags,
               .tokens = tokens};
    *tokens = (Tokens){0};
    for (skip_space(&x); x.at < x.len && !x.nomem; skip_space(&x)) {
        lex_token(&x);
        x.nomem = x.nomem || ctl_cancelled(arena->ctl);
    }
    push(&x, TOKEN_END, x.at);
    if (!x.nomem && !bracket_match(tokens, s->text)) x.nomem = true;
    str_free(&x.scratch);
    return !x.nomem;
}

void lexer_free(Tokens *tokens) {
    mem_free(tokens->items);
    mem_free(tokens->comments);
    *tokens = (Tokens){0};
}

bool lexer_needs_quotes(const char *name) {
    size_t len = strlen(name);
    uint32_t point;
    size_t n = len ? unicode_decode(name, len, &point) : 0;
    if (n == 0 || !unicode_starts_name(point) || strcmp(name, "_") == 0) return true;
    for (size_t i = n; i < len; i += n) {
        n = unicode_decode(name + i, len - i, &point);
        if (n == 0 || !unicode_continues_name(point)) return true;
    }
    return word_kind(name, len) != TOKEN_NAME;
}

static const char *kind_id(TokenKind kind) {
    static const char *const ids[] = {
#define TOKEN(id, text) [TOKEN_##id] = #id,
#define MARK(id, text) [TOKEN_##id] = #id,
#define WORD(id, text) [TOKEN_##id] = #id,
#include "interp/token.def"
#undef TOKEN
#undef MARK
#undef WORD
    };
    return ids[kind];
}

void lexer_dump(const Tokens *tokens, const SourceText *source, Str *out) {
    uint32_t line = 1, column = 1, at = 0;
    for (size_t i = 0; i < tokens->count; i++) {
        const Token *t = &tokens->items[i];
        for (; at < t->start; at++) {
            bool newline = source->text[at] == '\n';
            line += newline;
            if (newline)
                column = 1;
            else if (((unsigned char)source->text[at + 1] & 0xC0) != 0x80)
                column++;
        }
        str_printf(out, "%4u:%-3u %-10s ", line, column, kind_id((TokenKind)t->kind));
        str_add_n(out, source->text + t->start, t->end - t->start);
        str_add_char(out, '\n');
    }
}

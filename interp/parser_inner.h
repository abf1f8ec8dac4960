// Parser, inside: what the files parser*.c share. A parsing function returns its node, or NULL
// when it failed: then it has reported (or memory ran out), and its caller returns NULL too, up
// to the loop over statements, items or rows, which recovers. Newlines and tokens: language
// design, sections 3 and 13.
#ifndef RUNG_INTERP_PARSER_INNER_H
#define RUNG_INTERP_PARSER_INNER_H

#include "interp/lexer.h"
#include "interp/parser.h"
#include "runtime/base/vec.h"

// What the brackets and blocks around a place decide.
typedef struct Mode {
    bool lines;     // a line's end can end an expression: not in ( ) [ ] sets and maps
    bool rows;      // an operator that begins a line with `=>` in it begins a row
    bool commas;    // a comma list may be one side of an independence
    bool plain;     // `with`, `where` and `select` are left to the caller
    bool selecting; // a `{` opens the rows of a case, never a map after `mix`
} Mode;

typedef struct Parser {
    const SourceText *source;
    uint32_t number; // of the source
    Token *tokens;
    uint32_t at, count;
    uint32_t begun; // the token that began the statement, item or row being parsed
    Mode mode;
    uint32_t depth; // of recursion
    bool nomem;
    bool failed;   // panic: an error was reported and not recovered from yet
    bool ended;    // the last error was that the text ends
    bool at_end;   // the first one was
    size_t errors; // reported by the lexer and here
    Arena *arena;
    Interner *names;
    Diags *diags;
    VEC(Node *) stack; // kids of unfinished nodes
} Parser;

// Binding powers of the operators, loosest first.
enum {
    BIND_OR = 1,
    BIND_AND,
    BIND_NOT,
    BIND_COMPARE,
    BIND_RANGE,
    BIND_ADD,
    BIND_MUL,
    BIND_NEG,
    BIND_POW,
};

// --- tokens (parser.c) ---

// The token `ahead` places from here; the last one when there are no more.
const Token *parser_peek(const Parser *p, uint32_t ahead);
bool parser_at(const Parser *p, TokenKind kind);
// Whether a token is the unquoted name `word`.
bool parser_is_word(const Token *t, const char *word);
bool parser_at_word(const Parser *p, const char *word);
// Consumes the token when it is of this kind.
bool parser_take(Parser *p, TokenKind kind);
// Consumes a token of this kind or reports that it was expected.
bool parser_expect(Parser *p, TokenKind kind);
// Consumes the closing partner of the bracket at token `opener`, or reports; `more` says what
// else could have stood there ("`,` or "), or is "".
bool parser_close(Parser *p, TokenKind kind, uint32_t opener, const char *more);
// A name, or NULL: then reported, as the name of `what` ("a name for the model").
const Token *parser_name(Parser *p, const char *what);
// Whether the token is on a new line where lines matter, ends the text, or is `;` or `}`.
bool parser_line_ends(const Parser *p);
// Whether the line that begins here has a `=>` outside brackets.
bool parser_row_follows(const Parser *p);
bool parser_starts_operand(const Token *t);
// The arrow `<-`: two tokens.
bool parser_at_left_arrow(const Parser *p);
Span parser_token_span(const Parser *p, uint32_t token);
// From token `start` to the last one consumed.
Span parser_span(const Parser *p, uint32_t start);

// --- errors (parser.c) ---

// Reports, unless an error of the same statement was reported already. True when it did: the
// caller may then add a hint. Parsing cannot go on (parser_fail), or can (parser_complain).
bool parser_fail(Parser *p, DiagCode code, Span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
bool parser_complain(Parser *p, DiagCode code, Span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
// Reports that the token does not fit, where `expected` ("a variable") would.
void *parser_unexpected(Parser *p, const char *expected);
// Ends the panic: skips to the end of what began at token `begun`, drops unfinished kids beyond
// `stack`, and returns an ERROR node (NULL: no memory).
Node *parser_recover(Parser *p, uint32_t begun, size_t stack);
// Guards recursion; parser_leave is called only after parser_enter was true.
bool parser_enter(Parser *p);
void parser_leave(Parser *p);

// --- nodes (parser.c) ---

// A node with `n` kids (each may be NULL), given as arguments.
Node *parser_node(Parser *p, NodeKind kind, Span span, uint32_t n, ...);
// Pushes a kid of a list; false: no memory. NULL is refused.
bool parser_push(Parser *p, Node *kid);
// A node whose kids are those pushed since the stack had `mark` items.
Node *parser_list(Parser *p, NodeKind kind, Span span, size_t mark);
Node *parser_name_node(Parser *p, uint32_t token);
Node *parser_string_node(Parser *p, uint32_t token);

// --- statements (parser_statement.c) ---

// All statements up to the end of the text, or to the `}` that closes the block opened at token
// `opener` (0: the whole text): the kids of a PROGRAM or GROUP.
Node *parser_statement_list(Parser *p, NodeKind kind, uint32_t opener);
// Whether the tokens can only begin a statement, not an item.
bool parser_statement_begins(const Parser *p);
// Whether a new line begins here with the opening word of a statement (`let x`).
bool parser_statement_opens(const Parser *p);

// --- items (parser_item.c) ---

Node *parser_item_block(Parser *p);
// ASSUME, from its first word on.
Node *parser_item_assume(Parser *p);
// FACTOR, from its first word on; `condition`: among the conditions of a question.
Node *parser_item_factor(Parser *p, bool condition);
// FORS, or NULL when there is no `for` here (see p->failed).
Node *parser_item_fors(Parser *p);
// A NAME or INDEX.
Node *parser_item_variable(Parser *p, const char *what);

// --- rows (parser_row.c) ---

Node *parser_row_case(Parser *p);
Node *parser_row_data(Parser *p);
// The selectors of a case, up to its `{`, after the first (which may be NULL).
Node *parser_row_selectors(Parser *p, Node *first);
// The block of rows: `columns` patterns each; `data`: cells, and the count may be missing.
Node *parser_row_block(Parser *p, uint32_t columns, bool data, uint32_t *flags);

// --- expressions (parser_expr.c) ---

// With clauses, and comma lists on both sides of `_||_` where the mode allows them.
Node *parser_expr_full(Parser *p);
// With clauses.
Node *parser_expr(Parser *p);
// Without clauses: operators that bind at least as tightly as `bind`.
Node *parser_expr_operators(Parser *p, int bind);
// An argument without a label: an expression or an arrow, with clauses.
Node *parser_expr_arrow(Parser *p);
// The clauses behind an expression that was parsed already; NULL stays NULL.
Node *parser_expr_clauses(Parser *p, Node *e);
// Goes on behind an operand that was parsed already.
Node *parser_expr_continue(Parser *p, Node *left, int bind);

// --- brackets (parser_bracket.c) ---

Node *parser_bracket_paren(Parser *p);
Node *parser_bracket_list(Parser *p);
Node *parser_bracket_braces(Parser *p);
// GROUP of the arguments in ( ), the bracket included.
Node *parser_bracket_arguments(Parser *p);
// INDEX or WORLD of a base.
Node *parser_bracket_index(Parser *p, Node *base, bool index_only);
Node *parser_bracket_do(Parser *p);

// --- questions (parser_head.c) ---

// The HEAD_ that a token begins, OP_NONE when it begins none.
NodeOp parser_head_op(const Parser *p, uint32_t ahead);
bool parser_head_word(const Token *t);
Node *parser_head(Parser *p);
Node *parser_head_argmax(Parser *p);
Node *parser_head_query(Parser *p);

#endif

// Tests of the lexer.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "interp/lexer.h"
#include "runtime/base/mem.h"
#include "tests/unit/text.h"

typedef struct Lexed {
    Sources sources;
    Interner *names;
    Arena arena;
    Diags diags;
    Tokens tokens;
    bool ok;
} Lexed;

static Lexed lex_n(const char *text, size_t len) {
    Lexed x = {.names = intern_new()};
    uint32_t source = source_add(&x.sources, "test.rung", text, len);
    x.ok = lexer_run(&x.sources, source, x.names, &x.arena, &x.diags, &x.tokens);
    return x;
}

static Lexed lex(const char *text) {
    return lex_n(text, strlen(text));
}

static void lexed_free(Lexed *x) {
    lexer_free(&x->tokens);
    arena_free(&x->arena);
    diag_free(&x->diags);
    source_free(&x->sources);
    intern_free(x->names);
}

// Checks that the kinds of the tokens of `text`, without the END, are those given.
static void check_kinds(const char *text, size_t n, const TokenKind *kinds) {
    Lexed x = lex(text);
    assert_true(x.ok);
    assert_int_equal(x.diags.count, 0);
    assert_int_equal(x.tokens.count, n + 1);
    for (size_t i = 0; i < n; i++) assert_int_equal(x.tokens.items[i].kind, kinds[i]);
    assert_int_equal(x.tokens.items[n].kind, TOKEN_END);
    lexed_free(&x);
}

#define KINDS(text, ...)                                                                       \
    check_kinds(text, sizeof((TokenKind[]){__VA_ARGS__}) / sizeof(TokenKind),                  \
                (TokenKind[]){__VA_ARGS__})

static void check_error(const char *text, DiagCode code, uint32_t start, uint32_t end) {
    Lexed x = lex(text);
    if (x.diags.count == 0) fail_msg("nothing is reported for %s", text);
    assert_int_equal(x.diags.items[0].code, code);
    assert_int_equal(x.diags.items[0].span.start, start);
    assert_int_equal(x.diags.items[0].span.end, end);
    lexed_free(&x);
}

static void punctuation_is_longest_first(void **state) {
    (void)state;
    KINDS("( ) [ ] { } , ; : | ? _", TOKEN_LPAREN, TOKEN_RPAREN, TOKEN_LBRACKET, TOKEN_RBRACKET,
          TOKEN_LBRACE, TOKEN_RBRACE, TOKEN_COMMA, TOKEN_SEMICOLON, TOKEN_COLON, TOKEN_BAR,
          TOKEN_QUERY, TOKEN_WILDCARD);
    KINDS("~ ~= = == != < <= > >= =>", TOKEN_TILDE, TOKEN_APPROX, TOKEN_EQ, TOKEN_EQEQ,
          TOKEN_NE, TOKEN_LT, TOKEN_LE, TOKEN_GT, TOKEN_GE, TOKEN_ROW);
    KINDS("+-*/^..->", TOKEN_PLUS, TOKEN_MINUS, TOKEN_STAR, TOKEN_SLASH, TOKEN_CARET,
          TOKEN_RANGE, TOKEN_ARROW);
    KINDS("A<->B", TOKEN_NAME, TOKEN_BOTH, TOKEN_NAME);
    KINDS("A<-B", TOKEN_NAME, TOKEN_LT, TOKEN_MINUS, TOKEN_NAME);
}

static void unicode_spellings_are_the_same(void **state) {
    (void)state;
    KINDS("\xE2\x86\x92 \xE2\x86\x94 \xE2\xAB\xAB \xE2\x89\xA4 \xE2\x89\xA5 \xE2\x89\xA0 "
          "\xE2\x88\x88",
          TOKEN_ARROW, TOKEN_BOTH, TOKEN_SEPARATED, TOKEN_LE, TOKEN_GE, TOKEN_NE, TOKEN_IN);
}

static void independence_is_one_mark(void **state) {
    (void)state;
    KINDS("A _||_ B", TOKEN_NAME, TOKEN_SEPARATED, TOKEN_NAME);
    KINDS("A_||_B", TOKEN_NAME, TOKEN_SEPARATED, TOKEN_NAME);
    KINDS("_ _a a_", TOKEN_WILDCARD, TOKEN_NAME, TOKEN_NAME);
}

static void words_are_reserved_exactly(void **state) {
    (void)state;
    KINDS("if then else case for in and or not", TOKEN_IF, TOKEN_THEN, TOKEN_ELSE, TOKEN_CASE,
          TOKEN_FOR, TOKEN_IN, TOKEN_AND, TOKEN_OR, TOKEN_NOT);
    KINDS("under from using with where do true false", TOKEN_UNDER, TOKEN_FROM, TOKEN_USING,
          TOKEN_WITH, TOKEN_WHERE, TOKEN_DO, TOKEN_TRUE, TOKEN_FALSE);
    KINDS("If iff model let mod `if`", TOKEN_NAME, TOKEN_NAME, TOKEN_NAME, TOKEN_NAME,
          TOKEN_NAME, TOKEN_NAME);
}

static void check_number(const char *text, double value, bool percent) {
    Lexed x = lex(text);
    assert_int_equal(x.diags.count, 0);
    assert_int_equal(x.tokens.count, 2);
    assert_int_equal(x.tokens.items[0].kind, TOKEN_NUMBER);
    assert_true(x.tokens.items[0].num == value);
    assert_int_equal(!!(x.tokens.items[0].flags & TOKEN_PERCENT), percent);
    lexed_free(&x);
}

static void numbers_have_their_values(void **state) {
    (void)state;
    check_number("1", 1, false);
    check_number("0.5", 0.5, false);
    check_number(".5", 0.5, false);
    check_number("1e-3", 1e-3, false);
    check_number("2E+10", 2e10, false);
    check_number("1_000_000", 1e6, false);
    check_number("1_0.2_5", 10.25, false);
    check_number("30%", 30.0 / 100, true);
    check_number("12.5%", 12.5 / 100, true);
    check_number("0.1234567890123456789012345", 0.1234567890123456789012345, false);
}

static void ranges_are_no_decimals(void **state) {
    (void)state;
    KINDS("1..5", TOKEN_NUMBER, TOKEN_RANGE, TOKEN_NUMBER);
    KINDS("0.5...7", TOKEN_NUMBER, TOKEN_RANGE, TOKEN_NUMBER);
    KINDS("a..b", TOKEN_NAME, TOKEN_RANGE, TOKEN_NAME);
    KINDS("2*X", TOKEN_NUMBER, TOKEN_STAR, TOKEN_NAME);
}

static void malformed_numbers_are_told(void **state) {
    (void)state;
    check_error("x 1.", DIAG_BAD_NUMBER, 2, 4);
    check_error("1.2.3", DIAG_BAD_NUMBER, 0, 5);
    check_error("12abc", DIAG_BAD_NUMBER, 0, 5);
    check_error("1__0", DIAG_BAD_NUMBER, 0, 4);
    check_error("1e", DIAG_BAD_NUMBER, 0, 2);
    check_error("1e999", DIAG_BAD_NUMBER, 0, 5);
    check_error("3 % 2", DIAG_STRAY_CHARACTER, 2, 3);
}

static void check_string(const char *text, TokenKind kind, const char *expected) {
    Lexed x = lex(text);
    assert_int_equal(x.diags.count, 0);
    assert_int_equal(x.tokens.items[0].kind, kind);
    assert_string_equal(x.tokens.items[0].text, expected);
    assert_int_equal(x.tokens.items[0].len, strlen(expected));
    lexed_free(&x);
}

static void strings_resolve_their_escapes(void **state) {
    (void)state;
    check_string("\"\"", TOKEN_STRING, "");
    check_string("\"a # b\"", TOKEN_STRING, "a # b");
    check_string("\"\\n\\t\\r\\\\\\\"\\'\"", TOKEN_STRING, "\n\t\r\\\"'");
    check_string("\"\\u{e9}\\u{1F600}\"", TOKEN_STRING, "\xC3\xA9\xF0\x9F\x98\x80");
    check_string("re\"^x\\d\\\"+\"", TOKEN_REGEX, "^x\\d\\\"+");
    KINDS("re \"x\"", TOKEN_NAME, TOKEN_STRING);
}

static void malformed_strings_are_told(void **state) {
    (void)state;
    check_error("x \"abc\ny", DIAG_UNCLOSED_TEXT, 2, 6);
    check_error("\"abc", DIAG_UNCLOSED_TEXT, 0, 4);
    check_error("\"abc\\", DIAG_UNCLOSED_TEXT, 0, 5);
    check_error("re\"abc\\", DIAG_UNCLOSED_TEXT, 0, 7);
    check_error("`abc\n", DIAG_UNCLOSED_TEXT, 0, 4);
    check_error("\"a\\qb\"", DIAG_BAD_ESCAPE, 2, 4);
    check_error("\"\\u{110000}\"", DIAG_BAD_ESCAPE, 1, 11);
    check_error("\"\\u{d800}\"", DIAG_BAD_ESCAPE, 1, 9);
    check_error("\"\\u{}\"", DIAG_BAD_ESCAPE, 1, 5);
    check_error("\"\xFF\"", DIAG_STRAY_CHARACTER, 1, 2);
    check_error("``", DIAG_STRAY_CHARACTER, 0, 2);
}

static void names_may_use_any_alphabet(void **state) {
    (void)state;
    KINDS("\xC3\xA9t\xC3\xA9 \xCE\xB1_1 \xE4\xB8\xAD\xE6\x96\x87 `Blood pressure`", TOKEN_NAME,
          TOKEN_NAME, TOKEN_NAME, TOKEN_NAME);
    Lexed x = lex("`Blood pressure`");
    assert_string_equal(x.tokens.items[0].sym->text, "Blood pressure");
    assert_true(x.tokens.items[0].flags & TOKEN_QUOTED);
    lexed_free(&x);
    assert_true(lexer_needs_quotes("a b") && lexer_needs_quotes("if"));
    assert_true(lexer_needs_quotes("_") && lexer_needs_quotes("1a") && lexer_needs_quotes(""));
    assert_false(lexer_needs_quotes("a1") || lexer_needs_quotes("model"));
    assert_false(lexer_needs_quotes("\xC3\xA9t\xC3\xA9"));
}

static void other_spellings_are_repaired(void **state) {
    (void)state;
    static const struct {
        const char *text;
        TokenKind kind;
    } rows[] = {
        {"&&", TOKEN_AND}, {"||", TOKEN_OR}, {"!", TOKEN_NOT}, {"**", TOKEN_CARET},
        {"<>", TOKEN_NE},  {":=", TOKEN_EQ}, {"&", TOKEN_AND}, {"\xE2\x88\x92", TOKEN_MINUS}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Lexed x = lex(rows[i].text);
        assert_int_equal(x.diags.count, 1);
        assert_int_equal(x.diags.items[0].code, DIAG_FOREIGN_OPERATOR);
        assert_int_equal(x.tokens.items[0].kind, rows[i].kind);
        lexed_free(&x);
    }
}

static void strays_are_told_once(void **state) {
    (void)state;
    check_error("a @ b", DIAG_STRAY_CHARACTER, 2, 3);
    check_error("a 'b", DIAG_STRAY_CHARACTER, 2, 3);
    check_error("a 'b'", DIAG_FOREIGN_OPERATOR, 2, 5);
    Lexed x = lex_n("a \xFF\xFE\x00\xFF b", 8);
    assert_int_equal(x.diags.count, 1);
    assert_int_equal(x.tokens.count, 3);
    assert_true(x.tokens.items[0].flags & TOKEN_BAD);
    lexed_free(&x);
    x = lex("a\n\xE2\x80\x9C"
            "b c\xE2\x80\x9D"); // curly quotes
    assert_int_equal(x.tokens.items[1].kind, TOKEN_STRING);
    assert_string_equal(x.tokens.items[1].text, "b c");
    lexed_free(&x);
}

static void lines_and_spaces_are_flagged(void **state) {
    (void)state;
    Lexed x = lex("a b(\r\n# c\n  d)");
    const Token *t = x.tokens.items;
    assert_true(t[0].flags & TOKEN_NEWLINE);
    assert_true(t[1].flags & TOKEN_SPACE && !(t[1].flags & TOKEN_NEWLINE));
    assert_false(t[2].flags & TOKEN_SPACE);
    assert_true(t[3].flags & TOKEN_NEWLINE);
    assert_int_equal(t[2].match, 4);
    lexed_free(&x);
    x = lex("\xEF\xBB\xBF#!/usr/bin/rung\nx\xC2\xA0y");
    assert_int_equal(x.diags.count, 0);
    assert_int_equal(x.tokens.count, 3);
    lexed_free(&x);
}

static void comments_and_expectations_are_kept(void **state) {
    (void)state;
    Lexed x = lex("# one  \nP(A) #=> 0.5  # why\n  #=>\n\"#no\"");
    assert_int_equal(x.tokens.ncomments, 3);
    const Comment *c = x.tokens.comments;
    assert_string_equal(c[0].text, " one");
    assert_null(c[0].expect);
    assert_true(c[0].own_line);
    assert_string_equal(c[1].text, "=> 0.5  # why");
    assert_string_equal(c[1].expect, "0.5");
    assert_false(c[1].own_line);
    assert_string_equal(c[2].expect, "");
    assert_true(c[2].own_line);
    lexed_free(&x);
}

static void unclosed_brackets_are_found_by_indent(void **state) {
    (void)state;
    Lexed x = lex("m {\n  case {\n    1\n  c\n}\n");
    assert_int_equal(x.tokens.items[1].match, 6); // the outer one; the inner one is left open
    assert_int_equal(x.tokens.items[3].match, 0);
    lexed_free(&x);
    x = lex("{ ( ]\n}");
    assert_int_equal(x.tokens.items[0].match, 3);
    assert_int_equal(x.tokens.items[1].match, 0);
    lexed_free(&x);
}

static void tokens_can_be_dumped(void **state) {
    (void)state;
    Lexed x = lex("let\n \xC3\xA9 = 1");
    Str out = {0};
    lexer_dump(&x.tokens, source_get(&x.sources, 1), &out);
    assert_string_equal(str_text(&out), "   1:1   NAME       let\n"
                                        "   2:2   NAME       \xC3\xA9\n"
                                        "   2:4   EQ         =\n"
                                        "   2:6   NUMBER     1\n"
                                        "   2:7   END        \n");
    str_free(&out);
    lexed_free(&x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(punctuation_is_longest_first),
        cmocka_unit_test(unicode_spellings_are_the_same),
        cmocka_unit_test(independence_is_one_mark),
        cmocka_unit_test(words_are_reserved_exactly),
        cmocka_unit_test(numbers_have_their_values),
        cmocka_unit_test(ranges_are_no_decimals),
        cmocka_unit_test(malformed_numbers_are_told),
        cmocka_unit_test(strings_resolve_their_escapes),
        cmocka_unit_test(malformed_strings_are_told),
        cmocka_unit_test(names_may_use_any_alphabet),
        cmocka_unit_test(other_spellings_are_repaired),
        cmocka_unit_test(strays_are_told_once),
        cmocka_unit_test(lines_and_spaces_are_flagged),
        cmocka_unit_test(comments_and_expectations_are_kept),
        cmocka_unit_test(unclosed_brackets_are_found_by_indent),
        cmocka_unit_test(tokens_can_be_dumped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

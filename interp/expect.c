// Expect: does what a statement printed agree with its comment `#=> text`?
#include "interp/expect.h"

#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// A word, a number or a sign.
typedef struct Token {
    const char *start;
    size_t len; // 0 at the end of the text
    bool number;
    double value, slack; // half a unit of the last digit written
} Token;

static bool in_word(char c) {
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 128;
}

// A sign belongs to the number after it unless a value stands before it.
static bool begins_number(const char *p, char before) {
    if (*p == '-' && !in_word(before) && before != ')' && before != ']') p++;
    if (*p == '.') p++;
    return isdigit((unsigned char)*p);
}

static size_t digits(const char *p) {
    size_t n = 0;
    while (isdigit((unsigned char)p[n]) || p[n] == '_') n++;
    return n;
}

static void read_number(Token *t) {
    const char *p = t->start + (*t->start == '-');
    long decimals = 0, exponent = 0;
    char *end;
    p += digits(p);
    if (*p == '.' && isdigit((unsigned char)p[1])) {
        decimals = (long)digits(p + 1);
        p += 1 + decimals;
    }
    if ((*p == 'e' || *p == 'E') && begins_number(p + 1 + (p[1] == '+'), ' ')) {
        exponent = strtol(p + 1, &end, 10);
        p = end;
    }
    t->value = strtod(t->start, &end);
    if (*p == '%') {
        t->value /= 100;
        exponent -= 2;
        p++;
    }
    t->slack = 0.5 * pow(10, (double)(exponent - decimals));
    t->len = (size_t)(p - t->start);
    t->number = true;
}

static Token next(const char *p, char before) {
    while (isspace((unsigned char)*p)) before = *p++;
    Token t = {.start = p, .len = *p != '\0'};
    if (begins_number(p, before) && !in_word(before)) {
        read_number(&t);
    } else if (strncmp(p, "...", 3) == 0) {
        t.len = 3;
    } else {
        while (in_word(*p)) p++;
        if (p > t.start) t.len = (size_t)(p - t.start);
    }
    return t;
}

static bool agree(const Token *expected, const Token *actual) {
    if (expected->number && actual->number) {
        double error = fabs(expected->value - actual->value);
        return error <= expected->slack * (1 + 1e-9) + 1e-12 * fabs(expected->value);
    }
    return !expected->number && !actual->number && expected->len == actual->len &&
           strncmp(expected->start, actual->start, expected->len) == 0;
}

static const char *skip_space(const char *p) {
    while (isspace((unsigned char)*p)) p++;
    return p;
}

// What follows a number and only tells how well it is known: "+- 0.01" and "(sampled: ...)".
static const char *skip_error(const char *expected, const char *actual) {
    const char *e = skip_space(expected), *a = skip_space(actual);
    if (strncmp(a, "+-", 2) == 0 && strncmp(e, "+-", 2) != 0) {
        Token t = next(a + 2, ' ');
        actual = t.start + t.len;
        a = skip_space(actual);
    }
    const char *end = strncmp(a, "(sampled: ", 10) == 0 ? strchr(a, ')') : NULL;
    return end && *e != '(' ? end + 1 : actual;
}

static bool match(const char *expected, char before, const char *actual, char before2) {
    for (;;) {
        Token e = next(expected, before), a = next(actual, before2);
        if (e.len == 3 && strncmp(e.start, "...", 3) == 0) {
            char last = a.start > actual ? ' ' : before2;
            if (match(e.start + 3, '.', a.start, last)) return true;
            if (!a.len) return false;
        } else if (!e.len || !a.len) {
            return e.len == a.len;
        } else if (!agree(&e, &a)) {
            return false;
        } else {
            expected = e.start + e.len;
            before = expected[-1];
        }
        actual = a.start + a.len;
        if (a.len && a.number) actual = skip_error(expected, actual);
        before2 = actual[-1];
    }
}

bool expect_matches(const char *expected, const char *actual) {
    return match(expected, ' ', actual, ' ');
}

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

// A place in a text, and the character before it.
typedef struct Place {
    const char *at;
    char before;
} Place;

// Behind a token of what was printed.
static Place behind(const Token *t, const char *expected) {
    const char *at = t->start + t->len;
    if (t->len && t->number) at = skip_error(expected, at);
    return (Place){at, at[-1]};
}

// Goes back to the last `...` alone, which then takes a token more: whatever follows it and fits
// early leaves the most to what comes later.
bool expect_matches(const char *expected, const char *actual) {
    Place e = {expected, ' '}, a = {actual, ' '}, gap = {0}, taken = a;
    for (;;) {
        Token x = next(e.at, e.before), y = next(a.at, a.before);
        if (x.len == 3 && strncmp(x.start, "...", 3) == 0) {
            gap = e = (Place){x.start + 3, '.'};
            taken = a = (Place){y.start, y.start > a.at ? ' ' : a.before};
        } else if (x.len && y.len && agree(&x, &y)) {
            e = (Place){x.start + x.len, x.start[x.len - 1]};
            a = behind(&y, e.at);
        } else if (!x.len && !y.len) {
            return true;
        } else {
            y = next(taken.at, taken.before);
            if (!gap.at || !y.len) return false;
            taken = a = behind(&y, gap.at);
            e = gap;
        }
    }
}

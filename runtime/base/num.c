// Num: numbers in and out of text, exactly.
#include "runtime/base/num.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

__extension__ typedef unsigned __int128 Wide;

// A decimal as it stands in the text: `digits` significant digits from `first` (a point may lie
// among them), worth `mantissa` * 10^exponent when there are at most 19.
typedef struct Decimal {
    const char *first;
    size_t digits;
    uint64_t mantissa;
    int64_t exponent;
} Decimal;

static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Reads digits into the mantissa, leaving leading zeros out. Overflow of the mantissa is
// harmless: it is only used when there are at most 19 digits.
static const char *read_digits(const char *p, const char *end, Decimal *d) {
    if (d->digits == 0) {
        while (p < end && *p == '0') p++;
        d->first = p;
    }
    uint64_t mantissa = d->mantissa;
    const char *start = p;
    for (; p < end && is_digit(*p); p++) mantissa = mantissa * 10 + (uint64_t)(*p - '0');
    d->mantissa = mantissa;
    d->digits += (size_t)(p - start);
    return p;
}

// An exponent part, or nothing when no digit follows the `e`. The value saturates far beyond
// what any text in memory could compensate with zeros.
static const char *read_exponent(const char *p, const char *end, int64_t *exponent) {
    if (p == end || (*p != 'e' && *p != 'E')) return p;
    const char *q = p + 1;
    bool minus = q < end && *q == '-';
    if (q < end && (*q == '-' || *q == '+')) q++;
    if (q == end || !is_digit(*q)) return p;
    int64_t e = 0;
    for (; q < end && is_digit(*q); q++)
        if (e < (int64_t)1 << 56) e = e * 10 + (*q - '0');
    *exponent += minus ? -e : e;
    return q;
}

// The general case, by strtod on a copy without a point (so that no locale matters). 800 digits
// and a mark for what follows decide every rounding: midpoints of doubles have at most 767.
static double by_strtod(const Decimal *d) {
    enum { KEEP = 800 };
    char copy[KEEP + 32];
    size_t n = 0;
    const char *p = d->first;
    for (size_t seen = 0; seen < d->digits; p++) {
        if (!is_digit(*p)) continue;
        seen++;
        if (n < KEEP)
            copy[n++] = *p;
        else if (*p != '0')
            copy[KEEP - 1] = copy[KEEP - 1] == '0' ? '1' : copy[KEEP - 1];
    }
    int64_t e = d->exponent + (int64_t)(d->digits - n);
    if (e > 9999) e = 9999;
    if (e < -9999) e = -9999;
    snprintf(copy + n, sizeof copy - n, "e%d", (int)e);
    return strtod(copy, NULL);
}

// mantissa / 10^k for a mantissa above 2^53 and k in 1..19, correctly rounded: the quotient has
// at least 54 bits, and one more holds whether anything is left over.
static double divide(uint64_t mantissa, unsigned k) {
    uint64_t ten = (uint64_t)powers[k];
    Wide top = (Wide)mantissa << 64, q = top / ten;
    return (double)(q << 1 | (q * ten != top)) * 0x1p-65;
}

static double to_double(const Decimal *d) {
    int64_t e = d->exponent;
    if (d->digits > 19) return by_strtod(d);
    if (d->mantissa == 0) return 0;
    if (d->mantissa <= (uint64_t)1 << 53) {
        // Clinger 1990: both operands are exact, so one rounding is made.
        if (e >= 0 && e <= 22) return (double)d->mantissa * powers[e];
        if (e < 0 && e >= -22) return (double)d->mantissa / powers[-e];
        return by_strtod(d);
    }
    if (e == 0) return (double)d->mantissa;
    return e < 0 && e >= -19 ? divide(d->mantissa, (unsigned)-e) : by_strtod(d);
}

size_t num_read(const char *text, size_t len, double *value) {
    const char *end = text + len;
    Decimal d = {.first = text};
    const char *p = read_digits(text, end, &d);
    size_t written = (size_t)(p - text);
    if (p < end && *p == '.') {
        const char *point = p + 1;
        p = read_digits(point, end, &d);
        d.exponent = point - p;
        written += (size_t)(p - point);
    }
    if (written == 0) return 0;
    p = read_exponent(p, end, &d.exponent);
    *value = to_double(&d);
    return (size_t)(p - text);
}

// --- printing ---

// A decimal to print: 0.d1d2d3... * 10^point.
typedef struct Digits {
    char text[24];
    int count, point;
} Digits;

// The value (positive, finite) rounded to `count` significant digits, trailing zeros removed.
static Digits round_to(double value, int count) {
    char text[40];
    if (count > 17) count = 17;
    snprintf(text, sizeof text, "%.*e", count - 1, value);
    Digits d = {.count = 0};
    const char *p = text;
    for (; *p != 'e'; p++)
        if (is_digit(*p)) d.text[d.count++] = *p;
    d.point = (int)strtol(p + 1, NULL, 10) + 1;
    while (d.count > 1 && d.text[d.count - 1] == '0') d.count--;
    return d;
}

static double value_of(const Digits *d) {
    Decimal decimal = {.first = d->text, .digits = (size_t)d->count};
    for (int i = 0; i < d->count; i++)
        decimal.mantissa = decimal.mantissa * 10 + (uint64_t)(d->text[i] - '0');
    decimal.exponent = d->point - d->count;
    return to_double(&decimal);
}

// Adds one unit in the last of 16 digits; false when that would carry out of the first.
static bool step_up(Digits *d) {
    while (d->count < 16) d->text[d->count++] = '0';
    int i = 15;
    for (; i >= 0 && d->text[i] == '9'; i--) d->text[i] = '0';
    if (i < 0) return false;
    d->text[i]++;
    while (d->count > 1 && d->text[d->count - 1] == '0') d->count--;
    return true;
}

// 15 digits are kept by every normal double and so find each shorter decimal; subnormals have
// fewer. Just above a power of two the doubles are wider apart than below it, so that there the
// nearest 16 digits may miss while the next ones above hit.
static Digits shortest(double value) {
    Digits d = {.count = 0};
    for (int n = value < 0x1p-1022 ? 1 : 15; n <= 16; n++) {
        d = round_to(value, n);
        if (value_of(&d) == value) return d;
    }
    int exponent;
    if (frexp(value, &exponent) == 0.5 && step_up(&d) && value_of(&d) == value) return d;
    return round_to(value, 17);
}

// Plain notation for values from 1e-4 to below 10^limit, else with an exponent.
static void lay_out(Str *s, const Digits *d, int limit) {
    size_t count = (size_t)d->count, point = (size_t)d->point;
    if (d->point < -3 || d->point > limit) {
        str_add_n(s, d->text, 1);
        if (count > 1) str_add_char(s, '.');
        str_add_n(s, d->text + 1, count - 1);
        str_printf(s, "e%d", d->point - 1);
    } else if (d->point <= 0) {
        str_add(s, "0.");
        str_fill(s, '0', (size_t)-d->point);
        str_add_n(s, d->text, count);
    } else if (point >= count) {
        str_add_n(s, d->text, count);
        str_fill(s, '0', point - count);
    } else {
        str_add_n(s, d->text, point);
        str_add_char(s, '.');
        str_add_n(s, d->text + point, count - point);
    }
}

// Signs, zero and what is not finite; true when that was all.
static bool add_special(Str *s, double value) {
    if (isnan(value)) {
        str_add(s, "nan");
        return true;
    }
    if (signbit(value)) str_add_char(s, '-');
    if (isfinite(value) && value != 0) return false;
    str_add(s, value == 0 ? "0" : "inf");
    return true;
}

void num_add(Str *s, double value) {
    if (add_special(s, value)) return;
    Digits d = shortest(fabs(value));
    lay_out(s, &d, 15);
}

void num_add_digits(Str *s, double value, int digits) {
    if (digits < 1) digits = 1;
    if (add_special(s, value == 0 ? 0 : value)) return;
    Digits d = round_to(fabs(value), digits);
    lay_out(s, &d, digits < 15 ? digits : 15);
}

bool num_same(double a, double b) {
    if (a == b) return true;
    double size = fmax(fabs(a), fabs(b));
    return isfinite(size) && fabs(a - b) <= 1e-12 * size;
}

bool num_at_most(double a, double b) {
    return a <= b || num_same(a, b);
}

double num_whole(double x) {
    double whole = rint(x);
    return num_same(x, whole) ? whole : x;
}

// Render_estimate: numbers with their error, as text.
#include "interp/render_estimate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/num.h"

// From so many digits on numbers are shown as they are, for other programs and for expectations.
#define FULL_DIGITS 12
#define MOST_DECIMALS 8

static int magnitude(double x) {
    char text[32];
    snprintf(text, sizeof text, "%.1e", fabs(x));
    const char *e = strchr(text, 'e');
    return e ? (int)strtol(e + 1, NULL, 10) : 0;
}

// An error is known to one digit, or to two when the first is 1 or 2.
static int error_digits(double se) {
    return fabs(se) / pow(10, magnitude(se)) < 2.95 ? 2 : 1;
}

static void add(double x, int decimals, int digits, Str *out) {
    double unit = pow(10, -decimals);
    if (decimals >= 0 && decimals <= MOST_DECIMALS) str_printf(out, "%.*f", decimals, x);
    else if (decimals < 0 && fabs(x) < 1e15) str_printf(out, "%.0f", round(x / unit) * unit);
    else num_add_digits(out, x, digits > 1 ? digits : 1);
}

void render_estimate(double value, double se, const RenderStyle *style, Str *out) {
    if (se < 1e-13 * fabs(value)) se = 0; // rounding
    bool rounded = isfinite(value) && isfinite(se) && se > 0 && style->digits < FULL_DIGITS;
    if (!rounded) {
        render_number(value, style->digits, out);
        // A draw has made it infinite, and so it stays however many there are.
        if (isinf(value) && isnan(se)) return;
        str_add(out, " +- ");
        render_number(se, style->digits, out);
        return;
    }
    int digits = error_digits(se), exponent = magnitude(se), decimals = digits - 1 - exponent;
    int whole = value == 0 ? 0 : magnitude(value);
    add(value, decimals, whole - exponent + digits, out);
    str_add(out, " +- ");
    add(se, decimals, digits, out);
}

// 1,000,000
static void add_count(uint64_t n, Str *out) {
    char text[32];
    int len = snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0) str_add_char(out, ',');
        str_add_char(out, text[i]);
    }
}

void render_sampling(Value v, Str *out) {
    const AnswerObject *object = (const AnswerObject *)v.object;
    str_add(out, "(sampled: ");
    add_count(object->answer.draws, out);
    str_add(out, " draws, ");
    if (object->mixed) str_add(out, "several seeds");
    else str_printf(out, "seed %llu", (unsigned long long)object->answer.seed);
    if (object->answer.unmet) str_add(out, "; heavy draws may be missing, see explain");
    if (object->answer.alike) str_add(out, "; all draws alike, rarer values may be missing");
    str_add_char(out, ')');
}

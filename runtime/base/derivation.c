// Derivation: a list of steps.
#include "runtime/base/derivation.h"

#include <stdarg.h>
#include <string.h>

#include "runtime/base/str.h"
#include "runtime/base/vec.h"

static char *format_text(const char *format, va_list args) {
    Str s = {0};
    str_vprintf(&s, format, args);
    return str_take(&s);
}

static char *copy_text(const char *text) {
    Str s = {0};
    str_add(&s, text);
    return str_take(&s);
}

Status derivation_add(Derivation *d, const char *rule, const char *format, ...) {
    if (!d) return OK;
    va_list args;
    va_start(args, format);
    Step step = {.rule = copy_text(rule), .text = format_text(format, args)};
    va_end(args);
    if (step.rule && step.text && VEC_PUSH(d, step)) return OK;
    mem_free(step.rule);
    mem_free(step.text);
    return NOMEM;
}

Status derivation_result(Derivation *d, const char *format, ...) {
    if (!d || d->count == 0) return OK;
    va_list args;
    va_start(args, format);
    char *text = format_text(format, args);
    va_end(args);
    if (!text) return NOMEM;
    mem_free(d->items[d->count - 1].result);
    d->items[d->count - 1].result = text;
    return OK;
}

void derivation_cut(Derivation *d, size_t count) {
    while (d && d->count > count) {
        Step *last = &d->items[--d->count];
        mem_free(last->rule);
        mem_free(last->text);
        mem_free(last->result);
    }
}

void derivation_free(Derivation *d) {
    derivation_cut(d, 0);
    VEC_FREE(d);
}

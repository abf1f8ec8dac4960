// Faults: the list and its catalogue.
#include "runtime/base/fault.h"

#include <stdarg.h>

#include "runtime/base/str.h"

static const struct {
    const char *code, *title;
} catalogue[] = {
    [FAULT_NONE] = {"", ""},
#define DIAG(id, code, title, page) [FAULT_##id] = {code, title},
#include "runtime/base/fault.def"
#undef DIAG
};

static char *format_text(const char *format, va_list args) {
    Str s = {0};
    str_vprintf(&s, format, args);
    return str_take(&s);
}

Status fault_add(Faults *faults, FaultCode code, uint32_t origin, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *message = format_text(format, args);
    va_end(args);
    if (!message) return NOMEM;
    Fault fault = {.code = code, .origin = origin, .message = message};
    if (!VEC_PUSH(faults, fault)) {
        mem_free(message);
        return NOMEM;
    }
    return FAULT;
}

Status fault_hint(Faults *faults, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *hint = format_text(format, args);
    va_end(args);
    if (!hint) return NOMEM;
    Fault *last = &faults->items[faults->count - 1];
    mem_free(last->hint);
    last->hint = hint;
    return FAULT;
}

void fault_also(Faults *faults, uint32_t origin2) {
    if (faults->count) faults->items[faults->count - 1].origin2 = origin2;
}

Status fault_move(Faults *from, Faults *to) {
    for (size_t i = 0; i < from->count; i++) {
        if (!VEC_PUSH(to, from->items[i])) return NOMEM;
        from->items[i] = (Fault){0};
    }
    from->count = 0;
    return OK;
}

void fault_free(Faults *faults) {
    for (size_t i = 0; i < faults->count; i++) {
        mem_free(faults->items[i].message);
        mem_free(faults->items[i].hint);
    }
    VEC_FREE(faults);
}

const char *fault_code(FaultCode code) {
    return catalogue[code].code;
}

const char *fault_title(FaultCode code) {
    return catalogue[code].title;
}

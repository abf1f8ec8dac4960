// Derivation: the numbered steps by which an answer was found, for `explain`.
#ifndef RUNG_BASE_DERIVATION_H
#define RUNG_BASE_DERIVATION_H

#include <stddef.h>

#include "runtime/base/status.h"

// One step. `rule` is a short name in the field's terms ("surgery", "pruned", "elimination
// order", "rule 2 of do-calculus"); `text` says what was done and why; `result`, which may be
// NULL, is the expression or figure after the step.
typedef struct Step {
    char *rule, *text, *result; // owned
} Step;

// A zeroed Derivation is empty.
typedef struct Derivation {
    Step *items;
    size_t count, room;
} Derivation;

// Appends a step with a printf-style text. A NULL derivation is allowed and records nothing, so
// that callers need not ask whether anybody listens. NOMEM when memory is exhausted.
Status derivation_add(Derivation *d, const char *rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Sets the result of the step added last (nothing when d is NULL or empty).
Status derivation_result(Derivation *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// Forgets the steps after the first `count`.
void derivation_cut(Derivation *d, size_t count);

void derivation_free(Derivation *d);

#endif

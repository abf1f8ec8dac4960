// Faults: what is wrong with an input, in words that a user can act on.
//
// The library prints nothing. A function that refuses its input appends to a Faults list: a code
// of the catalogue (fault.def), one sentence, a remedy where there is one, and the origin, an
// opaque number that the caller attached to the offending term, variable or mechanism (0: none).
#ifndef RUNG_BASE_FAULT_H
#define RUNG_BASE_FAULT_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"
#include "runtime/base/vec.h"

typedef enum FaultCode {
    FAULT_NONE = 0,
#define DIAG(id, code, title, page) FAULT_##id,
#include "runtime/base/fault.def"
#undef DIAG
    FAULT_COUNT
} FaultCode;

typedef struct Fault {
    FaultCode code;
    uint32_t origin, origin2; // origin2: a second place that belongs to it, or 0
    char *message;            // one sentence, owned
    char *hint;               // what to write instead, owned, or NULL
} Fault;

// A zeroed Faults is empty.
typedef struct Faults {
    Fault *items;
    size_t count, room;
} Faults;

// Appends a fault with a printf-style message and returns FAULT (NOMEM when memory is exhausted).
Status fault_add(Faults *faults, FaultCode code, uint32_t origin, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

// Sets the hint, or the second place, of the fault added last.
Status fault_hint(Faults *faults, const char *format, ...) __attribute__((format(printf, 2, 3)));
void fault_also(Faults *faults, uint32_t origin2);

// Moves the faults of one list to the end of another. OK or NOMEM.
Status fault_move(Faults *from, Faults *to);

void fault_free(Faults *faults);

// The stable code ("E0401") and the title of a fault code.
const char *fault_code(FaultCode code);
const char *fault_title(FaultCode code);

#endif

// Ctl: how a caller bounds, watches and interrupts a long computation.
#ifndef RUNG_BASE_CTL_H
#define RUNG_BASE_CTL_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

// A zeroed Ctl sets no limits. All members are borrowed.
typedef struct Ctl {
    const volatile sig_atomic_t *cancel; // long loops poll it and return CANCELLED; may be NULL
    void (*progress)(void *user, const char *what, double done); // done in [0, 1]; may be NULL
    void *user;
    size_t memory; // bytes a computation may take for its tables; 0: a default of 2 GiB
} Ctl;

static inline bool ctl_cancelled(const Ctl *ctl) {
    return ctl && ctl->cancel && *ctl->cancel;
}

// The memory limit in force, in bytes.
static inline size_t ctl_memory(const Ctl *ctl) {
    return ctl && ctl->memory ? ctl->memory : (size_t)2 << 30;
}

#endif

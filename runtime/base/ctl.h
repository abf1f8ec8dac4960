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
    unsigned threads; // that it may use, the caller's among them; 0: one for each processor
    double budget; // seconds that it may take, as predicted before it starts; 0: a minute
    bool (*late)(void *owner); // asked where `cancel` is polled, by any thread: true ends it
    void *owner;               // for `late`
} Ctl;

static inline bool ctl_cancelled(const Ctl *ctl) {
    if (!ctl) return false;
    if (ctl->cancel && __atomic_load_n(ctl->cancel, __ATOMIC_RELAXED)) return true;
    return ctl->late && ctl->late(ctl->owner);
}

// Tells how far the work is, `done` in [0, 1]; `what` is kept, and so a constant text. From the
// caller's thread only.
static inline void ctl_report(const Ctl *ctl, const char *what, double done) {
    if (ctl && ctl->progress) ctl->progress(ctl->user, what, done);
}

// The memory limit in force, in bytes.
static inline size_t ctl_memory(const Ctl *ctl) {
    return ctl && ctl->memory ? ctl->memory : (size_t)2 << 30;
}

// The threads wished for, 0: one for each processor.
static inline unsigned ctl_threads(const Ctl *ctl) {
    return ctl ? ctl->threads : 0;
}

// The budget in force, in seconds.
static inline double ctl_budget(const Ctl *ctl) {
    return ctl && ctl->budget > 0 ? ctl->budget : 60;
}

#endif

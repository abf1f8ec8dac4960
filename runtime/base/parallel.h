// Parallel: independent tasks on several processors.
#ifndef RUNG_BASE_PARALLEL_H
#define RUNG_BASE_PARALLEL_H

#include <stddef.h>

#include "runtime/base/crew.h"

// The number of workers for a wish: the processors that the process may use when it is 0; at
// least 1.
unsigned parallel_workers(unsigned wish);

// Calls run(user, worker, task) for each task 0..tasks-1, once. Tasks are handed out in order to
// workers 0..workers-1, a crew of which the first is the caller's thread. No task is begun once `ctl` is
// cancelled: then CANCELLED. Progress is reported from the caller's thread, from `from` to `to`
// (of 1), when `what` is not NULL.
Status parallel_run(unsigned workers, size_t tasks,
                    void (*run)(void *user, unsigned worker, size_t task), void *user,
                    const Ctl *ctl, const char *what, double from, double to);

#endif

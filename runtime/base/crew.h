// Crew: threads kept for the length of one computation, and tasks for them.
//
// A crew costs nothing until tasks are run: the threads are started when there is something for
// them to do, and sleep while there is not. Tasks may run tasks of their own on the same crew;
// whoever is idle takes part. Nothing outlives crew_close, so that a process may fork or exit
// between two computations without a thought of threads.
#ifndef RUNG_BASE_CREW_H
#define RUNG_BASE_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/ctl.h"
#include "runtime/base/status.h"

typedef struct Crew Crew;

// One of a crew: the caller's thread is number 0.
typedef struct CrewWorker {
    Crew *crew;
    unsigned number;
    pthread_t thread;
    void *room; // memory of its own, see crew_room
    size_t bytes;
} CrewWorker;

// Tasks 0..count-1, which are waited for together. Zero what is not mentioned.
typedef struct CrewTasks {
    void (*run)(void *user, CrewWorker *worker, size_t task);
    void *user;
    size_t count;
    const Ctl *ctl; // once it is cancelled, no task is begun
    // NULL: all tasks are ready from the start and are begun in their order. Else room for
    // `count` numbers, the first `nready` those of the tasks that are ready; the others become
    // so by crew_ready. Of those ready the one with the greatest weight is begun first.
    size_t *ready;
    size_t nready;
    const double *weights;
    size_t next, running, done; // the crew's own
    bool stopped;
    struct CrewTasks *below;
} CrewTasks;

struct Crew {
    unsigned most; // workers at most, the caller among them
    CrewWorker caller;
    CrewWorker *others;
    unsigned started, idle; // of the others
    bool opened, closing;
    pthread_mutex_t lock;
    pthread_cond_t work, done; // something to do; all of some tasks are done
    CrewTasks *tasks;          // those begun last come first
};

// A crew of at most `most` workers (at least 1), none of them started. Its address must not
// change. To be closed.
void crew_open(Crew *crew, unsigned most);

// Ends the threads.
void crew_close(Crew *crew);

// Runs the tasks, the caller, which is `worker`, taking part. Returns when all are done, OK, or,
// when `ctl` is cancelled, once none is running any more, CANCELLED. A thread that cannot be
// started leaves its work to the others.
Status crew_run(CrewWorker *worker, CrewTasks *tasks);

// Makes a task ready; for tasks that are being run, once for each that was not from the start.
void crew_ready(CrewWorker *worker, CrewTasks *tasks, size_t task);

// Memory of the worker, of at least so many bytes, kept for the next time; its content is lost
// with every call. NULL when memory is exhausted.
void *crew_room(CrewWorker *worker, size_t bytes);

#endif

// Parallel: threads that take tasks from one counter.
#include "runtime/base/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "runtime/base/mem.h"

typedef struct Pool {
    atomic_size_t next;
    size_t tasks;
    void (*run)(void *user, unsigned worker, size_t task);
    void *user;
    const Ctl *ctl;
    const char *what;
    double from, to;
} Pool;

typedef struct Worker {
    Pool *pool;
    unsigned number;
    pthread_t thread;
} Worker;

static void tell(const Pool *p, size_t done) {
    if (!p->what || !p->ctl || !p->ctl->progress) return;
    p->ctl->progress(p->ctl->user, p->what,
                     p->from + (p->to - p->from) * (double)done / (double)p->tasks);
}

static void *work(void *arg) {
    const Worker *w = arg;
    Pool *p = w->pool;
    while (!ctl_cancelled(p->ctl)) {
        size_t task = atomic_fetch_add(&p->next, 1);
        if (task >= p->tasks) break;
        p->run(p->user, w->number, task);
        if (w->number == 0) tell(p, task + 1);
    }
    return NULL;
}

unsigned parallel_workers(unsigned wish) {
    if (wish) return wish;
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 1 ? (unsigned)n : 1;
}

Status parallel_run(unsigned workers, size_t tasks,
                    void (*run)(void *user, unsigned worker, size_t task), void *user,
                    const Ctl *ctl, const char *what, double from, double to) {
    Pool pool = {.tasks = tasks, .run = run, .user = user, .ctl = ctl, .what = what,
                 .from = from, .to = to};
    unsigned started = 1;
    atomic_init(&pool.next, 0);
    if (workers > tasks) workers = tasks ? (unsigned)tasks : 1;
    Worker *list = MEM_NEW(Worker, workers);
    if (!list) return NOMEM;
    for (unsigned i = 0; i < workers; i++) list[i] = (Worker){.pool = &pool, .number = i};
    while (started < workers &&
           pthread_create(&list[started].thread, NULL, work, &list[started]) == 0)
        started++;
    work(&list[0]);
    for (unsigned i = 1; i < started; i++) pthread_join(list[i].thread, NULL);
    mem_free(list);
    return ctl_cancelled(ctl) ? CANCELLED : OK;
}

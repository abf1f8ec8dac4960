// Parallel: independent tasks on several processors.
#include "runtime/base/parallel.h"

#include <sched.h>
#include <unistd.h>

typedef struct Loop {
    void (*run)(void *user, unsigned worker, size_t task);
    void *user;
    size_t tasks;
    const Ctl *ctl;
    const char *what;
    double from, to;
} Loop;

static void tell(const Loop *l, size_t done) {
    if (l->what)
        ctl_report(l->ctl, l->what,
                   l->from + (l->to - l->from) * (double)done / (double)l->tasks);
}

static void run_task(void *user, CrewWorker *worker, size_t task) {
    const Loop *l = user;
    l->run(l->user, worker->number, task);
    if (worker->number == 0) tell(l, task + 1);
}

unsigned parallel_workers(unsigned wish) {
    cpu_set_t allowed;
    if (wish) return wish;
    long n = sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed)
                                                                 : sysconf(_SC_NPROCESSORS_ONLN);
    return n > 1 ? (unsigned)n : 1;
}

Status parallel_run(unsigned workers, size_t tasks,
                    void (*run)(void *user, unsigned worker, size_t task), void *user,
                    const Ctl *ctl, const char *what, double from, double to) {
    Loop loop = {.run = run, .user = user, .tasks = tasks, .ctl = ctl, .what = what,
                 .from = from, .to = to};
    CrewTasks all = {.run = run_task, .user = &loop, .count = tasks, .ctl = ctl};
    Crew crew;
    crew_open(&crew, workers);
    Status status = crew_run(&crew.caller, &all);
    crew_close(&crew);
    return status;
}

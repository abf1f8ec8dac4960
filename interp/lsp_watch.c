// Lsp_watch: how long a computation may take.
#include <time.h>

#include "interp/lsp_inner.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *watch(void *user) {
    LspWatch *w = user;
    pthread_mutex_lock(&w->lock);
    int status = 0;
    while (!w->over && status == 0)
        status = pthread_cond_timedwait(&w->wake, &w->lock, &w->until);
    if (!w->over) __atomic_store_n(w->cancel, 1, __ATOMIC_RELAXED);
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

void lsp_watch_start(LspWatch *w, Lsp *lsp, double seconds) {
    pthread_condattr_t clock;
    *w = (LspWatch){.cancel = &lsp->cancel, .begun = now()};
    double until = w->begun + seconds;
    w->until.tv_sec = (time_t)until;
    w->until.tv_nsec = (long)(1e9 * (until - (double)w->until.tv_sec));
    lsp->cancel = 0;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->wake, &clock);
    pthread_condattr_destroy(&clock);
    w->runs = pthread_create(&w->thread, NULL, watch, w) == 0;
}

double lsp_watch_end(LspWatch *w) {
    pthread_mutex_lock(&w->lock);
    w->over = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    if (w->runs) pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    return now() - w->begun;
}

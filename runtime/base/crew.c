// Crew: threads kept for the length of one computation, and tasks for them.
#include "runtime/base/crew.h"

#include "runtime/base/mem.h"

void crew_open(Crew *crew, unsigned most) {
    *crew = (Crew){.most = most ? most : 1, .caller = {.crew = crew}};
}

void *crew_room(CrewWorker *worker, size_t bytes) {
    if (bytes <= worker->bytes) return worker->room;
    mem_free(worker->room);
    worker->bytes = 0;
    worker->room = mem_resize(NULL, bytes, 1);
    if (worker->room) worker->bytes = bytes;
    return worker->room;
}

// --- what there is to do; all under the lock ---

static bool finished(const CrewTasks *t) {
    return t->done == t->count || (t->stopped && t->running == 0);
}

// Wakes whoever waits for the tasks: those at the bottom are waited for by one who takes part
// in everything.
static void tell_finished(Crew *c, const CrewTasks *t) {
    if (finished(t)) pthread_cond_broadcast(t->below ? &c->done : &c->work);
}

static size_t heaviest(CrewTasks *t) {
    size_t best = 0, task;
    for (size_t i = 1; i < t->nready; i++)
        if (t->weights[t->ready[i]] > t->weights[t->ready[best]]) best = i;
    task = t->ready[best];
    t->ready[best] = t->ready[--t->nready];
    return task;
}

static bool take(Crew *c, CrewTasks *t, size_t *task) {
    if (!t->stopped && ctl_cancelled(t->ctl)) {
        t->stopped = true;
        tell_finished(c, t);
    }
    if (t->stopped) return false;
    if (t->ready) {
        if (t->nready == 0) return false;
        *task = heaviest(t);
    } else {
        if (t->next == t->count) return false;
        *task = t->next++;
    }
    return true;
}

static CrewTasks *find(Crew *c, size_t *task) {
    CrewTasks *t = c->tasks;
    while (t && !take(c, t, task)) t = t->below;
    return t;
}

// Runs a task without the lock, which is held before and after.
static void perform(CrewWorker *w, CrewTasks *t, size_t task) {
    Crew *c = w->crew;
    t->running++;
    pthread_mutex_unlock(&c->lock);
    t->run(t->user, w, task);
    pthread_mutex_lock(&c->lock);
    t->running--;
    t->done++;
    tell_finished(c, t);
}

// --- threads ---

static void *work(void *arg) {
    CrewWorker *w = arg;
    Crew *c = w->crew;
    pthread_mutex_lock(&c->lock);
    while (!c->closing) {
        size_t task;
        CrewTasks *t = find(c, &task);
        if (t) {
            perform(w, t, task);
            continue;
        }
        c->idle++;
        pthread_cond_wait(&c->work, &c->lock);
        c->idle--;
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

static void start_another(Crew *c) {
    if (!c->others && !(c->others = MEM_NEW(CrewWorker, c->most - 1))) return;
    CrewWorker *w = &c->others[c->started];
    *w = (CrewWorker){.crew = c, .number = c->started + 1};
    if (pthread_create(&w->thread, NULL, work, w) == 0) c->started++;
}

// Sees to it that `more` tasks find somebody.
static void call_up(Crew *c, size_t more) {
    for (size_t i = 0; i < c->idle && i < more; i++) pthread_cond_signal(&c->work);
    for (; more > c->idle && c->started + 1 < c->most; more--) {
        unsigned before = c->started;
        start_another(c);
        if (c->started == before) return;
    }
}

static void start_crew(Crew *c) {
    if (c->opened) return;
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->work, NULL);
    pthread_cond_init(&c->done, NULL);
    c->opened = true;
}

void crew_close(Crew *c) {
    if (c->opened) {
        pthread_mutex_lock(&c->lock);
        c->closing = true;
        pthread_cond_broadcast(&c->work);
        pthread_mutex_unlock(&c->lock);
        for (unsigned i = 0; i < c->started; i++) pthread_join(c->others[i].thread, NULL);
        pthread_cond_destroy(&c->done);
        pthread_cond_destroy(&c->work);
        pthread_mutex_destroy(&c->lock);
    }
    for (unsigned i = 0; i < c->started; i++) mem_free(c->others[i].room);
    mem_free(c->others);
    mem_free(c->caller.room);
    *c = (Crew){0};
}

// --- running ---

static Status run_alone(CrewWorker *w, CrewTasks *t) {
    size_t task;
    while (t->done < t->count && take(w->crew, t, &task)) {
        t->run(t->user, w, task);
        t->done++;
    }
    return ctl_cancelled(t->ctl) ? CANCELLED : OK;
}

static void withdraw(Crew *c, const CrewTasks *t) {
    CrewTasks **at = &c->tasks;
    while (*at != t) at = &(*at)->below;
    *at = t->below;
}

// The one who waits for the tasks at the bottom takes part in all that come out of them; others
// only in what they wait for, so that no task is kept waiting for one that it has nothing to do
// with.
static void take_part(CrewWorker *w, CrewTasks *t) {
    Crew *c = w->crew;
    while (!finished(t)) {
        size_t task;
        CrewTasks *from = t;
        if (!take(c, t, &task)) from = t->below ? NULL : find(c, &task);
        if (from) {
            perform(w, from, task);
        } else if (!finished(t)) {
            bool bottom = !t->below;
            c->idle += bottom;
            pthread_cond_wait(bottom ? &c->work : &c->done, &c->lock);
            c->idle -= bottom;
        }
    }
}

Status crew_run(CrewWorker *w, CrewTasks *t) {
    Crew *c = w->crew;
    t->next = t->running = t->done = 0;
    t->stopped = false;
    t->below = NULL;
    if (c->most == 1) return run_alone(w, t);
    start_crew(c);
    pthread_mutex_lock(&c->lock);
    t->below = c->tasks;
    c->tasks = t;
    size_t ready = t->ready ? t->nready : t->count;
    if (ready > 1) call_up(c, ready - 1);
    take_part(w, t);
    withdraw(c, t);
    pthread_mutex_unlock(&c->lock);
    return ctl_cancelled(t->ctl) ? CANCELLED : OK;
}

void crew_ready(CrewWorker *w, CrewTasks *t, size_t task) {
    Crew *c = w->crew;
    bool shared = c->most > 1;
    if (shared) pthread_mutex_lock(&c->lock);
    t->ready[t->nready++] = task;
    if (shared) {
        call_up(c, t->nready - 1);
        pthread_mutex_unlock(&c->lock);
    }
}

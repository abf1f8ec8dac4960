// Tests of runtime/base/crew: tasks on several threads.
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/crew.h"
#include "runtime/base/mem.h"
#include "runtime/base/parallel.h"

enum { MANY = 500 };

typedef struct Count {
    atomic_int times[MANY];
    volatile sig_atomic_t stop;
    size_t stop_at;
} Count;

static void count_one(void *user, CrewWorker *worker, size_t task) {
    Count *c = user;
    assert_true(worker->number < worker->crew->most);
    c->times[task]++;
    if (task == c->stop_at) c->stop = 1;
}

static void every_task_is_run_once(void **state) {
    (void)state;
    for (unsigned workers = 1; workers <= 5; workers++) {
        Crew crew;
        crew_open(&crew, workers);
        for (size_t n = 0; n <= MANY; n += 1 + n * 4) {
            Count c = {.stop_at = SIZE_MAX};
            CrewTasks tasks = {.run = count_one, .user = &c, .count = n};
            assert_int_equal(crew_run(&crew.caller, &tasks), OK);
            for (size_t i = 0; i < MANY; i++) assert_int_equal(c.times[i], i < n);
        }
        crew_close(&crew);
    }
}

// --- tasks that wait for others ---

// A binary tree: task i waits for 2i + 1 and 2i + 2.
typedef struct Tree {
    CrewTasks tasks;
    atomic_int waiting[MANY], done[MANY];
    atomic_int early; // tasks begun before those that they wait for
    bool nested;
} Tree;

static void sum_up(void *user, CrewWorker *worker, size_t part) {
    atomic_int *sum = user;
    (void)worker;
    *sum += (int)part;
}

static void run_node(void *user, CrewWorker *worker, size_t i) {
    Tree *t = user;
    for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < MANY; child++)
        t->early += !t->done[child];
    if (t->nested && i % 7 == 0) {
        atomic_int sum = 0;
        CrewTasks parts = {.run = sum_up, .user = &sum, .count = 10};
        assert_int_equal(crew_run(worker, &parts), OK);
        assert_int_equal(sum, 45);
    }
    t->done[i]++;
    if (i && --t->waiting[(i - 1) / 2] == 0) crew_ready(worker, &t->tasks, (i - 1) / 2);
}

static void tasks_wait_for_others(void **state) {
    (void)state;
    for (unsigned workers = 1; workers <= 4; workers++) {
        for (int nested = 0; nested < 2; nested++) {
            size_t ready[MANY];
            double weights[MANY];
            Tree t = {.nested = nested};
            Crew crew;
            t.tasks = (CrewTasks){.run = run_node, .user = &t, .count = MANY, .ready = ready,
                                  .weights = weights};
            for (size_t i = MANY; i-- > 0;) {
                weights[i] = (double)i;
                for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < MANY; child++)
                    t.waiting[i]++;
                if (!t.waiting[i]) ready[t.tasks.nready++] = i;
            }
            crew_open(&crew, workers);
            assert_int_equal(crew_run(&crew.caller, &t.tasks), OK);
            crew_close(&crew);
            assert_int_equal(t.early, 0);
            for (size_t i = 0; i < MANY; i++) assert_int_equal(t.done[i], 1);
        }
    }
}

typedef struct Order {
    size_t seen[MANY], count;
} Order;

static void note_order(void *user, CrewWorker *worker, size_t task) {
    Order *o = user;
    (void)worker;
    o->seen[o->count++] = task;
}

static void the_heaviest_come_first(void **state) {
    (void)state;
    size_t ready[] = {0, 1, 2, 3};
    static const double weights[] = {2, 9, 4, 7};
    Order o = {0};
    Crew crew;
    CrewTasks tasks = {.run = note_order, .user = &o, .count = 4, .ready = ready, .nready = 4,
                       .weights = weights};
    crew_open(&crew, 1);
    assert_int_equal(crew_run(&crew.caller, &tasks), OK);
    crew_close(&crew);
    static const size_t expected[] = {1, 3, 2, 0};
    assert_memory_equal(o.seen, expected, sizeof expected);
}

// --- limits ---

static void nothing_is_begun_once_cancelled(void **state) {
    (void)state;
    for (unsigned workers = 1; workers <= 4; workers++) {
        Count c = {.stop_at = 20};
        Ctl ctl = {.cancel = &c.stop};
        Crew crew;
        CrewTasks tasks = {.run = count_one, .user = &c, .count = MANY, .ctl = &ctl};
        crew_open(&crew, workers);
        assert_int_equal(crew_run(&crew.caller, &tasks), CANCELLED);
        int begun = 0;
        for (size_t i = 0; i < MANY; i++) begun += c.times[i];
        if (workers == 1) assert_int_equal(begun, 21);
        assert_true(begun >= 21);
        assert_int_equal(crew_run(&crew.caller, &tasks), CANCELLED);
        int again = 0;
        for (size_t i = 0; i < MANY; i++) again += c.times[i];
        assert_int_equal(again, begun);
        crew_close(&crew);
    }
}

// Without memory for threads the caller does everything.
static void no_thread_is_needed(void **state) {
    (void)state;
    Count c = {.stop_at = SIZE_MAX};
    Crew crew;
    CrewTasks tasks = {.run = count_one, .user = &c, .count = MANY};
    crew_open(&crew, 3);
    mem_fail_after(0, 1);
    Status status = crew_run(&crew.caller, &tasks);
    mem_fail_after(-1, 0);
    assert_int_equal(status, OK);
    assert_int_equal(crew.started, 0);
    for (size_t i = 0; i < MANY; i++) assert_int_equal(c.times[i], 1);
    crew_close(&crew);
}

static void workers_keep_their_room(void **state) {
    (void)state;
    Crew crew;
    crew_open(&crew, 2);
    char *room = crew_room(&crew.caller, 1000);
    assert_non_null(room);
    memset(room, 1, 1000);
    assert_ptr_equal(crew_room(&crew.caller, 10), room);
    mem_fail_after(0, 0);
    assert_null(crew_room(&crew.caller, 2000));
    mem_fail_after(-1, 0);
    assert_non_null(crew_room(&crew.caller, 2000));
    crew_close(&crew);
}

static void workers_are_as_many_as_wished(void **state) {
    (void)state;
    assert_int_equal(parallel_workers(3), 3);
    assert_true(parallel_workers(0) >= 1);
    Ctl ctl = {.threads = 2};
    assert_int_equal(ctl_threads(&ctl), 2);
    assert_int_equal(ctl_threads(NULL), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_task_is_run_once),
        cmocka_unit_test(tasks_wait_for_others),
        cmocka_unit_test(the_heaviest_come_first),
        cmocka_unit_test(nothing_is_begun_once_cancelled),
        cmocka_unit_test(no_thread_is_needed),
        cmocka_unit_test(workers_keep_their_room),
        cmocka_unit_test(workers_are_as_many_as_wished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

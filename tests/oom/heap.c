// Heap: stands in for malloc and its kin.
#include "tests/oom/heap.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unwind.h>

#ifdef __SANITIZE_ADDRESS__
#define REAL(name) __interceptor_##name
#else
#define REAL(name) __libc_##name
#endif

#ifdef __SANITIZE_ADDRESS__
// Blocks are counted here, and what GLPK loses is known.
const char *__asan_default_options(void);

const char *__asan_default_options(void) {
    return "detect_leaks=0";
}
#endif

void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t count, size_t size);
void *REAL(realloc)(void *old, size_t size);
void REAL(free)(void *block);

// Of a trace, and those that make a place.
enum { FRAMES = 64, CALLERS = 11 };

static atomic_bool counting;
static atomic_long seen, live;
static long plan_at = -1;
static bool plan_all;
static uint64_t *watched;
static size_t watched_room;
static _Thread_local int ours = 1; // until a thread runs what it was started for
static void *failed[FRAMES];
static atomic_size_t nfailed;

// --- places ---------------------------------------------------------------------------------

typedef struct Trace {
    void *frames[FRAMES];
    size_t count;
} Trace;

static _Unwind_Reason_Code add_frame(struct _Unwind_Context *context, void *user) {
    Trace *t = user;
    void *at = (void *)_Unwind_GetIP(context); // NOLINT: an address is what it is
    if (t->count == FRAMES || !at) return _URC_END_OF_STACK;
    t->frames[t->count++] = at;
    return _URC_NO_REASON;
}

static uint64_t mix(uint64_t x) {
    x = (x ^ (x >> 31)) * 0x7fb5d329728ea185;
    x = (x ^ (x >> 27)) * 0x81dadef4bc2dd44d;
    return x ^ (x >> 33);
}

// The sum over the innermost of the different callers, so that recursion counts once.
static uint64_t place(void) {
    Trace t = {.count = 0};
    uint64_t sum = 1;
    _Unwind_Backtrace(add_frame, &t);
    for (size_t i = 0, callers = 0; i < t.count && callers < CALLERS; i++) {
        size_t j = 0;
        while (t.frames[j] != t.frames[i]) j++;
        if (j < i) continue;
        sum += mix((uint64_t)(uintptr_t)t.frames[i]);
        callers++;
    }
    return sum;
}

static void remember_failure(void) {
    Trace t = {.count = 0};
    if (nfailed) return;
    _Unwind_Backtrace(add_frame, &t);
    for (size_t i = 0; i < t.count; i++) failed[i] = t.frames[i];
    nfailed = t.count;
}

static bool must_fail(void) {
    if (!counting || ours) return false;
    long k = atomic_fetch_add(&seen, 1);
    if (watched && (size_t)k < watched_room) watched[k] = place();
    if (plan_at < 0 || k < plan_at || (k > plan_at && !plan_all)) return false;
    remember_failure();
    errno = ENOMEM;
    return true;
}

// --- the functions --------------------------------------------------------------------------

static void *counted(void *block) {
    live += block != NULL;
    return block;
}

void *malloc(size_t size) {
    return must_fail() ? NULL : counted(REAL(malloc)(size));
}

void *calloc(size_t count, size_t size) {
    return must_fail() ? NULL : counted(REAL(calloc)(count, size));
}

void *realloc(void *old, size_t size) {
    if (must_fail()) return NULL;
    void *block = REAL(realloc)(old, size);
    live += (block != NULL && !old) - (old && !block && !size);
    return block;
}

void free(void *block) {
    live -= block != NULL;
    REAL(free)(block);
}

// What a thread is to do. Before that a sanitizer allocates in it.
typedef struct Start {
    void *(*run)(void *);
    void *user;
} Start;

static void *begin(void *given) {
    Start s = *(Start *)given;
    free(given);
    heap_theirs();
    return s.run(s.user);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *user) {
    int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
    Start *s = must_fail() ? NULL : counted(REAL(malloc)(sizeof *s));
    if (!s) return EAGAIN;
    *s = (Start){run, user};
    int error = real(thread, attributes, begin, s);
    if (error) free(s);
    return error;
}

// --- what a test says -----------------------------------------------------------------------

void heap_start(long n, bool all_after) {
    ours = 0;
    plan_at = n;
    plan_all = all_after;
    seen = 0;
    nfailed = 0;
    counting = true;
}

long heap_stop(void) {
    counting = false;
    return seen;
}

void heap_ours(void) {
    ours++;
}

void heap_theirs(void) {
    ours--;
}

long heap_live(void) {
    return live;
}

void heap_watch(uint64_t *places, size_t room) {
    watched = places;
    watched_room = room;
}

size_t heap_failed(void *const **frames) {
    *frames = failed;
    return nfailed;
}

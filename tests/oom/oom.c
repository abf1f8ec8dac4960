// Oom: runs scenarios (play.h) with each allocation failing in turn, once and from then on. None
// may crash, hang or leak, what is said must be right or an error (said.h), and the session must
// go on.
//
// Usage: oom FILE...
//   RUNG_OOM=all        every allocation; else the first and the last of each place, which is the
//                       calls that lead to it, where no scenario before has been there
//   RUNG_OOM=N          ... and each N-th
//   RUNG_OOM_AT=N, RUNG_OOM_AT=N+   only number N of the one file, and what was said; with +, all
//                       later ones fail too
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/oom/heap.h"
#include "tests/oom/play.h"

#define PLACES ((size_t)1 << 22)      // of all scenarios; a power of 2
#define ALLOCATIONS ((size_t)1 << 26) // of one
enum { SHOWN = 10, SECONDS = 120 };   // findings of a scenario; time of a run

// What the processes share: each scenario is swept by another, which a crash may end.
typedef struct Shared {
    uint64_t places[PLACES]; // that have failed
    uint64_t trace[ALLOCATIONS];
    long count;              // of the allocations of this scenario
    long n;                  // the one at hand
    int all_after;
    long runs;
    unsigned findings, told; // the latter with their places
} Shared;

static Shared *shared;
static FILE *out; // standard output itself

static void *pages(size_t bytes) {
    void *made = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (made == MAP_FAILED) abort();
    return made;
}

static bool first_time(uint64_t place) {
    size_t at = place & (PLACES - 1);
    while (shared->places[at] && shared->places[at] != place) at = (at + 1) & (PLACES - 1);
    bool new = shared->places[at] == 0;
    shared->places[at] = place;
    return new;
}

// --- telling ----------------------------------------------------------------------------------

// The calls that led to the allocation that failed.
static void tell_place(void *const *frames, size_t n) {
    char command[4096], *to = command + sprintf(command, "addr2line -fspe /proc/%d/exe", getpid());
    for (size_t i = 2; i < n && i < 16; i++) {
        Dl_info info;
        if (!dladdr(frames[i], &info)) continue;
        to += sprintf(to, " %#zx", (size_t)((char *)frames[i] - (char *)info.dli_fbase) - 1);
    }
    fflush(out);
    sprintf(to, " | sed 's/ (discriminator.*//; s/ at / /; s/^/      /' >&%d", fileno(out));
    if (system(command) != 0) fprintf(out, "      (install addr2line to see where)\n");
}

// Once of each place.
static void tell(const Scenario *s, const char *wrong) {
    void *const *frames;
    uint64_t place = 7;
    size_t n = heap_failed(&frames);
    for (size_t i = 2; i < n && i < 9; i++) place = place * 31 + (uint64_t)(uintptr_t)frames[i];
    shared->findings++;
    if (!first_time(place) || ++shared->told > SHOWN) return;
    fprintf(out, "%s: allocation %ld%s of %ld fails: %s\n", s->path, shared->n,
            shared->all_after ? "+" : "", shared->count, wrong);
    tell_place(frames, n);
}

// --- one run ----------------------------------------------------------------------------------

// GLPK loses a block that it cannot make larger.
static bool in_glpk(void) {
    void *const *frames;
    Dl_info info;
    return heap_failed(&frames) > 3 && dladdr(frames[3], &info) && info.dli_fname &&
           strstr(info.dli_fname, "libglpk");
}

static const char *try(const Scenario *s, const Said *whole, Said *said) {
    long before = heap_live();
    alarm(SECONDS);
    play_run(s, shared->n, shared->all_after, said);
    alarm(0);
    shared->runs++;
    const char *wrong = said_compare(whole, said);
    if (wrong || heap_live() <= before) return wrong;
    // What a library keeps for the next time is no leak: it is not kept twice.
    before = heap_live();
    play_run(s, shared->n, shared->all_after, said);
    return heap_live() > before && !in_glpk() ? "something leaks" : NULL;
}

// --- which allocations ------------------------------------------------------------------------

// Keeps the trace of those that are to fail, and sets the others to 0.
static void choose(long count, const char *which) {
    long step = which ? atol(which) : 0;
    if (which && strcmp(which, "all") == 0) return;
    for (long i = 0; i < count; i++) {
        bool wanted = first_time(shared->trace[i]);
        if (!wanted && !(step && i % step == 0)) shared->trace[i] = 0;
    }
}

static void sweep(const Scenario *s, const Said *whole) {
    Said said = said_new();
    for (; shared->all_after < 2; shared->all_after++, shared->n = 0)
        for (; shared->n < shared->count; shared->n++) {
            if (!shared->trace[shared->n]) continue;
            const char *wrong = try(s, whole, &said);
            if (wrong) tell(s, wrong);
        }
}

// --- scenarios --------------------------------------------------------------------------------

// The run with enough memory: twice, so that what is made once is there.
static void prepare(const Scenario *s, Said *whole) {
    play_run(s, -1, false, whole);
    heap_watch(shared->trace, ALLOCATIONS);
    shared->count = play_run(s, -1, false, whole);
    heap_watch(NULL, 0);
}

static void run_child(const Scenario *s, bool again) {
    Said whole = said_new();
    if (again) {
        play_run(s, -1, false, &whole);
    } else {
        prepare(s, &whole);
        choose(shared->count, getenv("RUNG_OOM"));
    }
    sweep(s, &whole);
    fflush(out);
    exit(0);
}

static const char *how(int status) {
    if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGALRM ? "it hangs" : "it crashes";
    return WEXITSTATUS(status) ? "it exits" : NULL;
}

static bool sweep_all(const char *path) {
    Scenario s;
    struct timespec from, to;
    if (!play_read(path, &s)) return fprintf(out, "%s cannot be read\n", path), false;
    shared->n = shared->all_after = 0;
    shared->runs = shared->count = 0;
    shared->findings = shared->told = 0;
    clock_gettime(CLOCK_MONOTONIC, &from);
    int status = 0;
    for (bool again = false; shared->all_after < 2; again = true) {
        fflush(out);
        pid_t child = fork();
        if (child < 0) abort();
        if (child == 0) run_child(&s, again);
        waitpid(child, &status, 0);
        if (!how(status)) break;
        tell(&s, how(status));
        if (!shared->count) break;
        shared->n++;
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    fprintf(out, "%s: %ld allocations, %ld runs, %u findings, %.1f s\n", path, shared->count,
            shared->runs, shared->findings,
            (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) * 1e-9);
    free(s.text);
    return shared->findings == 0;
}

static int show_one(const char *path, const char *at) {
    Scenario s;
    Said whole = said_new(), said = said_new();
    if (!play_read(path, &s)) return 1;
    play_run(&s, -1, false, &whole);
    shared->count = play_run(&s, -1, false, &whole);
    shared->n = atol(at);
    shared->all_after = strchr(at, '+') != NULL;
    const char *wrong = try(&s, &whole, &said);
    dup2(fileno(out), STDOUT_FILENO);
    said_show(&said);
    fflush(stdout);
    tell(&s, wrong ? wrong : "all is well");
    free(s.text);
    return wrong != NULL;
}

int main(int argc, char **argv) {
    const char *at = getenv("RUNG_OOM_AT");
    int failed = 0;
    out = fdopen(dup(STDOUT_FILENO), "w");
    shared = pages(sizeof *shared);
    if (!out || !play_open()) return 1;
    if (at && argc == 2) failed = show_one(argv[1], at);
    else for (int i = 1; i < argc; i++) failed += !sweep_all(argv[i]);
    if (!at) fprintf(out, "oom: %d passed, %d failed\n", argc - 1 - failed, failed);
    play_close();
    return failed > 0;
}

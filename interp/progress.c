// Progress: a line on the terminal while a computation takes more than a second.
#include "interp/progress.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define TICKS_A_SECOND 4

// What the handler reads: it takes no argument.
static struct {
    volatile sig_atomic_t running, shown;
    volatile sig_atomic_t ticks;   // since the computation began
    volatile sig_atomic_t quiet;   // since something was printed last
    volatile sig_atomic_t percent; // of `what`
    const char *volatile what;
} state;

static char *add(char *to, const char *end, const char *text) {
    while (*text && to < end) *to++ = *text++;
    return to;
}

static char *add_number(char *to, const char *end, unsigned n) {
    char digits[12];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do digits[--at] = (char)('0' + n % 10);
    while (n /= 10);
    return add(to, end, digits + at);
}

// Only what a signal handler may do: no stdio, no memory.
static void write_line(void) {
    char line[80], *to = line;
    const char *end = line + sizeof line;
    to = add(to, end, "\rcomputing, ");
    to = add_number(to, end, (unsigned)state.ticks / TICKS_A_SECOND);
    to = add(to, end, " s");
    if (state.what) {
        to = add(to, end, ": ");
        to = add(to, end, state.what);
        if (state.percent) {
            to = add(to, end, ", ");
            to = add_number(to, end, (unsigned)state.percent);
            to = add(to, end, "%");
        }
        to = add(to, end, "      ");
    }
    ssize_t written = write(STDERR_FILENO, line, (size_t)(to - line));
    state.shown = written > 0;
}

static void on_tick(int signal) {
    (void)signal;
    int saved = errno;
    state.ticks++;
    state.quiet++;
    if (state.running && state.quiet > TICKS_A_SECOND) write_line();
    errno = saved;
}

static void set_timer(bool on) {
    struct itimerval t = {0};
    if (on) t.it_value.tv_usec = t.it_interval.tv_usec = 1000000 / TICKS_A_SECOND;
    setitimer(ITIMER_REAL, &t, NULL);
}

void progress_start(void) {
    if (!isatty(STDERR_FILENO)) return;
    struct sigaction action = {.sa_handler = on_tick, .sa_flags = SA_RESTART};
    state.ticks = state.quiet = state.shown = 0;
    state.what = NULL;
    state.running = 1;
    sigaction(SIGALRM, &action, NULL);
    set_timer(true);
}

void progress_report(void *user, const char *what, double done) {
    (void)user;
    state.percent = (sig_atomic_t)(done * 100);
    state.what = what;
}

void progress_clear(void) {
    state.quiet = 0;
    if (!state.shown) return;
    state.shown = 0;
    static const char blank[] =
        "\r                                                            \r";
    if (write(STDERR_FILENO, blank, strlen(blank)) < 0) state.running = 0;
}

void progress_stop(void) {
    if (!state.running) return;
    set_timer(false);
    state.running = 0;
    progress_clear();
}

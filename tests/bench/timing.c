// Timing: runs commands in turn, and prints how long each takes.
//
// Usage: timing ROUNDS COMMAND [-- COMMAND]...
// A command is a program and its arguments; its output is thrown away. The commands alternate, so
// that what disturbs the machine disturbs all of them. For each a line with the median and the
// least time in milliseconds, and the most memory of any run in megabytes.
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

typedef struct Command {
    char **argv;
    double *times; // of each round, in milliseconds
    long memory;   // the most, in kilobytes
} Command;

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void die(const char *what, const char *which) {
    fprintf(stderr, "timing: %s: %s\n", which, what);
    exit(1);
}

static void run(Command *c, int round, posix_spawn_file_actions_t *actions) {
    pid_t pid;
    int status;
    struct rusage usage;
    double start = now_ms();
    if (posix_spawnp(&pid, c->argv[0], actions, NULL, c->argv, environ) != 0)
        die("cannot be run", c->argv[0]);
    if (wait4(pid, &status, 0, &usage) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        die("fails", c->argv[0]);
    c->times[round] = now_ms() - start;
    if (usage.ru_maxrss > c->memory) c->memory = usage.ru_maxrss;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Cuts the arguments at each "--"; returns the number of commands.
static int split(char **argv, int argc, Command *commands, int rounds) {
    int n = 0;
    for (int i = 0, start = 0; i <= argc; i++) {
        if (i < argc && strcmp(argv[i], "--") != 0) continue;
        if (i == start) die("a command is missing", "--");
        argv[i] = NULL;
        commands[n].argv = argv + start;
        commands[n].times = calloc((size_t)rounds, sizeof(double));
        if (!commands[n++].times) die("no memory", "timing");
        start = i + 1;
    }
    return n;
}

int main(int argc, char **argv) {
    int rounds = argc > 2 ? atoi(argv[1]) : 0;
    if (rounds < 1) die("ROUNDS COMMAND [-- COMMAND]...", "usage");
    Command *commands = calloc((size_t)argc, sizeof *commands);
    if (!commands) die("no memory", "timing");
    int n = split(argv + 2, argc - 2, commands, rounds);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < n; i++) run(&commands[i], round, &actions);
    for (int i = 0; i < n; i++) {
        qsort(commands[i].times, (size_t)rounds, sizeof(double), ascending);
        printf("%.2f %.2f %.1f\n", commands[i].times[rounds / 2], commands[i].times[0],
               (double)commands[i].memory / 1024);
        free(commands[i].times);
    }
    posix_spawn_file_actions_destroy(&actions);
    free(commands);
    return 0;
}

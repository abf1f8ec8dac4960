// Measure: runs a program within bounds, and tells what it took.
//
// Usage: measure MEGABYTES SECONDS PROGRAM ARGUMENT...
// The address space is limited to MEGABYTES (0: not at all), processor time to SECONDS, the stack
// to the usual 8 MB. The result is a line on descriptor 3: exit status, or minus the signal that
// ended it; milliseconds of processor time; the most memory resident, in kilobytes.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void limit(int what, rlim_t most) {
    struct rlimit r = {most, most};
    if (setrlimit(what, &r) != 0) perror("measure: setrlimit");
}

static void run(const char *megabytes, const char *seconds, char **argv) {
    rlim_t memory = strtoul(megabytes, NULL, 10);
    struct rlimit stack = {8 << 20, RLIM_INFINITY};
    getrlimit(RLIMIT_STACK, &stack);
    stack.rlim_cur = 8 << 20;
    setrlimit(RLIMIT_STACK, &stack);
    limit(RLIMIT_CORE, 0);
    if (memory) limit(RLIMIT_AS, memory << 20);
    limit(RLIMIT_CPU, strtoul(seconds, NULL, 10));
    close(3);
    execvp(argv[0], argv);
    perror(argv[0]);
    _exit(127);
}

static double milliseconds(struct timeval t) {
    return (double)t.tv_sec * 1e3 + (double)t.tv_usec * 1e-3;
}

int main(int argc, char **argv) {
    if (argc < 4) {
        fputs("usage: measure MEGABYTES SECONDS PROGRAM ARGUMENT...\n", stderr);
        return 2;
    }
    pid_t pid = fork();
    if (pid == 0) run(argv[1], argv[2], argv + 3);
    int status;
    struct rusage usage;
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
        perror("measure");
        return 2;
    }
    dprintf(3, "%d %.3f %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
            milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime), usage.ru_maxrss);
    return 0;
}

// Play: one run of a scenario.
//
// Kinds, by the ending of the file:
//   .rung  a program, then once more in the same session; --test runs its tests too
//   .repl  what is typed in a conversation, line by line
//   .cmd   command lines of rung, one a line; $TMP is a folder that is empty at first, and what
//          they leave there counts as printed
//   .talk  a conversation with the language server (see tests/unit/test_lsp.c); that each request
//          is answered is what counts, an answer may say less
// The first line may hold options as on the command line: "# oom: --threads 2 --json".
#ifndef RUNG_TESTS_OOM_PLAY_H
#define RUNG_TESTS_OOM_PLAY_H

#include "tests/oom/said.h"

typedef struct Scenario {
    const char *path;
    char *text;
    size_t len;
} Scenario;

// Makes the folder for $TMP, which play_close removes, and takes away the terminal.
bool play_open(void);
void play_close(void);

// False: the file cannot be read.
bool play_read(const char *path, Scenario *s);

// Runs it with allocation number `n` failing (see heap_start), and asks a little more with enough
// memory. Returns the number of allocations.
long play_run(const Scenario *s, long n, bool all_after, Said *said);

#endif

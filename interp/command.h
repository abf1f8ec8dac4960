// Command: the commands of the REPL, `:help` and its like.
#ifndef RUNG_INTERP_COMMAND_H
#define RUNG_INTERP_COMMAND_H

#include <stdbool.h>

#include "interp/interp.h"

typedef struct Session {
    Interp *interp;
    bool quit;   // :quit was given
    bool time;   // print how long each entry took
    int status;  // the worst exit status so far
    struct Lesson *lesson; // that is going on, or NULL
} Session;

typedef struct Command {
    const char *name;  // "help"
    const char *args;  // "[topic]"
    const char *doc;
    void (*run)(Session *s, const char *arg); // `arg` trimmed, "" when none
} Command;

// In alphabetical order, ended by a row whose name is NULL.
extern const Command command_list[];

// The settings of :set, and their values.
void command_settings(const InterpOptions *o,
                      void (*visit)(void *user, const char *name, const char *value), void *user);

// Runs a line that begins with a colon. An unknown command is reported with the closest one; any
// beginning of a name will do (:q), and means the first in order that begins so (:h is :help).
void command_run(Session *s, const char *line);

#endif

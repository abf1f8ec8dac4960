// Repl: the conversation at a terminal, or with a pipe.
#ifndef RUNG_INTERP_REPL_H
#define RUNG_INTERP_REPL_H

#include "interp/interp.h"

// Reads entries until the end of input or :quit. On a terminal with line editing, history (kept
// in $XDG_STATE_HOME/rung/history) and completion; else without prompts. Returns the exit status:
// on a terminal 0, in a pipe that of the worst entry.
int repl_run(Interp *interp);

#endif

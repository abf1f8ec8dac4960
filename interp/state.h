// State: the files that are kept between sessions.
#ifndef RUNG_INTERP_STATE_H
#define RUNG_INTERP_STATE_H

#include "runtime/base/str.h"

// The path of a file in $XDG_STATE_HOME/rung, or in ~/.local/state/rung when the variable is not
// set or not absolute; the folders are made. Empty when there is no home for it. The caller frees it.
Str state_path(const char *name);

#endif

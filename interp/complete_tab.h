// Complete tab: readline's Tab key.
#ifndef RUNG_INTERP_COMPLETE_TAB_H
#define RUNG_INTERP_COMPLETE_TAB_H

#include "interp/interp.h"

// Makes readline complete from this session. `entry` (borrowed) are the lines of the entry before
// the one that is being typed.
void complete_tab_install(Interp *interp, const Str *entry);

#endif

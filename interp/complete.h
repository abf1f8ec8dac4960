// Complete: what Tab offers.
#ifndef RUNG_INTERP_COMPLETE_H
#define RUNG_INTERP_COMPLETE_H

#include "interp/interp.h"
#include "runtime/base/str.h"

// Calls `visit` for every completion of the text before the cursor, with the whole word: after
// `V =` the levels of V; after `under` and `use` models; after `:` commands; after `:help` what
// has help; inside quotes nothing (files are left to readline); else variables, levels, functions
// and keywords. `*start` receives where the word begins.
void complete_text(Interp *interp, const char *text, size_t len, size_t *start,
                   void (*visit)(void *user, const char *word), void *user);

// Makes readline complete from this session.
void complete_install(Interp *interp);

#endif

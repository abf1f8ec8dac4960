// Complete: what Tab offers.
#ifndef RUNG_INTERP_COMPLETE_H
#define RUNG_INTERP_COMPLETE_H

#include "interp/interp.h"
#include "runtime/base/str.h"

// Calls `visit` with every completion of the word that ends at byte `cursor`, as it is written:
// names in backquotes and levels in quotes where they need them. What is offered depends on the
// place (complete_place.h): after `V =` the levels of V; in do( and Y[ what can be set; after
// `under` and `use` models, after `from` data sets too; after `using` methods, and in their
// brackets their options; in a call the names of its arguments; after a colon at the beginning
// commands, and what each takes; in comments and texts nothing. Variables are those of the model
// that `under` names, also behind the cursor, else of the current model. `*start` receives where
// the word begins, a quote included. One word may be offered twice.
void complete_text(Interp *interp, const char *text, size_t len, size_t cursor, size_t *start,
                   void (*visit)(void *user, const char *word), void *user);

// Whether files are wanted there: after :load and `import "`.
bool complete_wants_file(const char *text, size_t len, size_t cursor);

#endif

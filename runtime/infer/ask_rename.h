// Rename: a term with its variables replaced one by one. Internal to the planner.
#ifndef RUNG_INFER_ASK_RENAME_H
#define RUNG_INFER_ASK_RENAME_H

#include "runtime/model/term.h"

// What stands for a variable (a VAR term, which may have a world): a new reference.
typedef Status AskRename(void *user, const Term *var, Term **out);

// A copy of `t` with every VAR replaced; worlds are not entered, what stays the same is shared.
// *out is a new reference. Linear time.
Status ask_rename(const Term *t, AskRename *rename, void *user, Term **out);

#endif

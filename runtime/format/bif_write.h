// BifWrite: printing networks in the Bayesian interchange format.
#ifndef RUNG_FORMAT_BIF_WRITE_H
#define RUNG_FORMAT_BIF_WRITE_H

#include "runtime/base/fault.h"
#include "runtime/base/str.h"
#include "runtime/format/netfile.h"

// Appends a network to `out` so that bif_read gives the same network back, numbers bit for bit.
// Numbers have as few digits as that needs; names are quoted only where they must be, so that
// other programs read them too; one row per combination of the parents' states, `table` for
// variables without parents. A network without a name is called "unknown".
// FAULT_FILE_EXPRESS for a Markov network and for names that hold a quotation mark or a control
// character; then `out` holds part of the text.
Status bif_write(const NetFile *net, Str *out, Faults *faults);

#endif

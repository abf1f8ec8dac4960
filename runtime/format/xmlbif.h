// XmlBif: networks in the XML form of the Bayesian interchange format.
//
// Version 0.3 (F. Cozman, 1998): <BIF><NETWORK> with <VARIABLE TYPE="nature"> (<NAME>,
// <OUTCOME>, <PROPERTY>) and <DEFINITION> (<FOR>, <GIVEN>, <TABLE>); version 0.2's <VALUE> and
// <PROBABILITY> are understood too. In a table the variable itself is fastest, then the last
// parent. Elements may come in any order; unknown ones are skipped. Decisions and utilities are
// refused.
#ifndef RUNG_FORMAT_XMLBIF_H
#define RUNG_FORMAT_XMLBIF_H

#include "runtime/base/ctl.h"
#include "runtime/base/fault.h"
#include "runtime/base/status.h"
#include "runtime/base/str.h"
#include "runtime/format/netfile.h"

// Reads a network; as bif_read.
Status xmlbif_read(const char *text, size_t len, const char *file, const Ctl *ctl, NetFile *out,
                   Faults *faults);

// Appends a network to `out` so that xmlbif_read gives the same network back, numbers bit for
// bit. FAULT_FILE_EXPRESS for a Markov network, and for names that are empty, begin or end with
// a blank or hold a control character.
Status xmlbif_write(const NetFile *net, Str *out, Faults *faults);

#endif

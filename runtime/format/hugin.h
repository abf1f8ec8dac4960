// Hugin: networks in the Hugin .net language.
//
//     file      = [ "net" block | "class" name "{" ] { node | potential | attribute } [ "}" ] .
//     node      = [ "discrete" ] "node" name block .
//     potential = "potential" "(" name [ "|" { name } ] ")" block .
//     block     = "{" { attribute } "}" .
//     attribute = name "=" value ";" .
//
// (Hugin net language, revisions 2 and 3.) Comments run from % to the end of the line. The
// `data` of a potential are nested lists with the parents in the order listed and the variable
// itself fastest. They need not be normalised: a row that misses 1 is divided by its sum. A
// potential without data is uniform. Decisions, utilities, continuous nodes, instances and
// tables given by `model_data` are refused.
#ifndef RUNG_FORMAT_HUGIN_H
#define RUNG_FORMAT_HUGIN_H

#include "runtime/base/ctl.h"
#include "runtime/base/fault.h"
#include "runtime/base/status.h"
#include "runtime/base/str.h"
#include "runtime/format/netfile.h"

// Reads a network; as bif_read. The attributes of the network and the nodes, other than
// `states`, become properties "name = value"; those of potentials are dropped.
Status hugin_read(const char *text, size_t len, const char *file, const Ctl *ctl, NetFile *out,
                  Faults *faults);

// Appends a network to `out`, numbers bit for bit. Properties of the form "name = value" become
// attributes, others attributes note_1, note_2, ... The name of the network is lost.
// FAULT_FILE_EXPRESS for a Markov network and for names of variables that are no C identifiers.
Status hugin_write(const NetFile *net, Str *out, Faults *faults);

#endif

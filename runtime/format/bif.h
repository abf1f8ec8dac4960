// Bif: reading networks in the Bayesian interchange format.
//
// The grammar is version 0.15 of "The Interchange Format for Bayesian Networks" (F. Cozman,
// 1998), with what files in the wild do:
//
//     file        = [ network ] { variable | probability } .
//     network     = "network" [ text ] "{" { property } "}" .
//     variable    = "variable" name "{" { type | property } "}" .
//     type        = "type" "discrete" [ "[" count "]" ] "{" state { [","] state } "}" [";"] .
//     probability = "probability" "(" name { [","|"|"] name } ")" "{" { entry } "}" .
//     entry       = "table" numbers ";" | "default" numbers ";" | row | property .
//     row         = "(" state { [","] state } ")" numbers ";" .
//     property    = "property" text ";" .
//
// - Comments are // to the end of the line and /* */. Blanks or commas separate numbers.
// - `table` lists the variable's states slowest and the last parent fastest; a row gives the
//   variable's states for one combination of the parents, in any order of rows; `default`
//   stands for every row that is not given.
// - Names may be quoted. Unquoted, they hold anything but blanks, comments and , | ; { } and
//   parentheses that do not balance. Unquoted states may also hold blanks between commas.
// - A probability block may precede the variables it names. A block with nothing but a
//   `default` may be replaced by a later one.
// - A property ends at its semicolon; without one, at the end of the line when the next line
//   begins a property, an entry or the end of the block.
#ifndef RUNG_FORMAT_BIF_H
#define RUNG_FORMAT_BIF_H

#include "runtime/base/ctl.h"
#include "runtime/base/fault.h"
#include "runtime/base/status.h"
#include "runtime/format/netfile.h"

// Reads a text; `file` is how messages call it. On anything but OK, *out is untouched and a
// fault tells the first thing that is wrong, as "asia.bif:12:5: expected ...". One pass; the
// time is linear in the text and the cells of the tables.
Status bif_read(const char *text, size_t len, const char *file, const Ctl *ctl, NetFile *out,
                Faults *faults);

#endif

// Main_tools: the subcommands that do more than run a program.
#ifndef RUNG_INTERP_MAIN_TOOLS_H
#define RUNG_INTERP_MAIN_TOOLS_H

#include "interp/interp.h"
#include "runtime/base/fault.h"

// Each prints and reports through `options` and returns an exit status.

// Formats files in place ("-": from standard input to standard output). With `check` changes
// nothing, names the files that would change, and fails when there is one.
int main_fmt(char **files, int n, bool check, const InterpOptions *options);

// Prints the code of a program.
int main_disasm(const char *file, const InterpOptions *options);

// Prints the page of a diagnostic.
int main_explain(const char *code);

// Prints to standard error, as printf does, what was asked of the program and cannot be; control
// characters in names are shown.
void main_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Whether both are there and are one file: what is written to the one is lost from the other.
bool main_same_file(const char *a, const char *b);

// Reports faults of a file, or that memory is exhausted; they are freed.
int main_faults(Faults *faults, Status status, const InterpOptions *options);

#endif

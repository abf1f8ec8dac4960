// Main_tools: the subcommands that do more than run a program.
#ifndef RUNG_INTERP_MAIN_TOOLS_H
#define RUNG_INTERP_MAIN_TOOLS_H

#include "interp/interp.h"

// Each prints and reports through `options` and returns an exit status.

// Formats files in place ("-": from standard input to standard output). With `check` changes
// nothing, names the files that would change, and fails when there is one.
int main_fmt(char **files, int n, bool check, const InterpOptions *options);

// The graph of the model that a program or network file leaves current, as "text", "dot" or
// "svg" (drawn by Graphviz).
int main_graph(const char *file, const char *format, const InterpOptions *options);

// Reads a network or the last model of a program, and writes it in the format of the second
// path's extension.
int main_convert(const char *from, const char *to, const InterpOptions *options);

// Prints the code of a program.
int main_disasm(const char *file, const InterpOptions *options);

// Prints the page of a diagnostic.
int main_explain(const char *code);

#endif

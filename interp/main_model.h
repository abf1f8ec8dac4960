// Main_model: the subcommands about a model in a file.
#ifndef RUNG_INTERP_MAIN_MODEL_H
#define RUNG_INTERP_MAIN_MODEL_H

#include "interp/interp.h"

// Each prints and reports through `options` and returns an exit status.

// The graph of the model that a file (a program, a network, a graph) leaves current: drawn, as
// "text" or "svg" (by Graphviz), or written in a format of graph files, by its name.
int main_model_graph(const char *file, const char *format, const InterpOptions *options);

// Reads a network, a graph or the last model of a program, and writes it in the format of the
// second path's extension. Of a model that is written as a graph the numbers are left out, with a
// note.
int main_model_convert(const char *from, const char *to, const InterpOptions *options);

#endif

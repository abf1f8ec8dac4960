// Module_network: networks and graphs in files, as models.
#ifndef RUNG_INTERP_MODULE_NETWORK_H
#define RUNG_INTERP_MODULE_NETWORK_H

#include "interp/value.h"

typedef struct Vm Vm;

// Whether `import` takes the file for a network, for a graph: by its extension.
bool module_is_network(const char *path);
bool module_is_graph(const char *path);

// The name of a model that is read from a file which does not say one. NULL: no memory.
Sym module_model_name(Vm *vm, const char *path);

// Reads a file of a network, or of a graph (symbolic variables without mechanisms), as a model
// named `as`, or after the network, graph or file, made a valid name. False: reported at `span`.
bool module_network(Vm *vm, const char *path, Sym as, Span span, Value *out);

#endif

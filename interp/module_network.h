// Module_network: networks in files, as models.
#ifndef RUNG_INTERP_MODULE_NETWORK_H
#define RUNG_INTERP_MODULE_NETWORK_H

#include "interp/value.h"

typedef struct Vm Vm;

// Whether `import` takes the file for a network: by its extension.
bool module_is_network(const char *path);

// Reads a network file as a model named `as`, or after the network or the file, made a valid
// name. False: reported at `span`.
bool module_network(Vm *vm, const char *path, Sym as, Span span, Value *out);

#endif

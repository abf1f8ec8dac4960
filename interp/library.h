// Library: the standard library's texts, embedded at build time (stdlib/*.rung, one a topic).
#ifndef RUNG_INTERP_LIBRARY_H
#define RUNG_INTERP_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

typedef struct LibraryText {
    const char *name; // "<stdlib/effects.rung>"
    const char *topic; // "effects"
    const char *text;
} LibraryText;

// Ended by a row whose name is NULL.
extern const LibraryText library_texts[];

// A name that a text defines.
typedef struct LibraryName {
    const char *name;
    size_t text; // its number in library_texts
    bool model;  // a model; else a function
} LibraryName;

// All of them, in order, ended by a row whose name is NULL.
extern const LibraryName library_names[];

// The row of a name, or NULL.
const LibraryName *library_find(const char *name);

#endif

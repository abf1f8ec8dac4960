// Library: the standard library's texts, embedded at build time (stdlib/*.rung).
#ifndef RUNG_INTERP_LIBRARY_H
#define RUNG_INTERP_LIBRARY_H

typedef struct LibraryText {
    const char *name; // "<stdlib>/effects.rung"
    const char *text;
} LibraryText;

// Ended by a row whose name is NULL.
extern const LibraryText library_texts[];

// The functions that they define, in order, ended by NULL.
extern const char *const library_names[];

#endif

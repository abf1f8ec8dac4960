// Native: the built-in functions, in tables of rows; arity and kind errors, :help, completion and
// the manual all come from the row.
#ifndef RUNG_INTERP_NATIVE_H
#define RUNG_INTERP_NATIVE_H

#include "interp/value.h"

typedef struct Vm Vm;

#define NATIVE_ANY UINT32_MAX

typedef struct Native {
    const char *name;
    const char *params;   // as shown by :help: "d, x", "xs", "X -> Y, all: false"
    uint32_t least, most; // positional arguments; NATIVE_ANY: any number
    const char *labels;   // named arguments it takes, separated by spaces, or NULL
    const char *topic;    // "numbers", "lists", "distributions", "models", "graphs", "text"
    const char *doc;      // one or two sentences; NULL: that of the family of this name (native_doc)
    // Computes. `args` are the positional arguments, then one per label in the order of `labels`
    // (NOTHING where left out). All borrowed. Returns false with `t` set when it cannot.
    // NULL: the session computes (VmHost).
    bool (*call)(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out, Trouble *t);
} Native;

// The tables, each ended by a row whose name is NULL; the list of tables ended by NULL. One table
// per area, in that area's file: native_math.c, native_list.c, native_dist.c, native_law.c, native_model.c,
// native_graph.c, native_text.c, native_data.c.
extern const Native native_math[], native_list[], native_dist[], native_law[], native_joint[], native_model[], native_graph[],
    native_adjust[], native_imply[], native_remedy[], native_estimand[], native_text[],
    native_data[];
extern const Native *const native_tables[];

// Whether a pattern is found in a text, as `matches` sees it. False: trouble set.
bool native_text_matches(const char *text, size_t len, const char *pattern, size_t pattern_len,
                         bool *found, Trouble *t);

// What :help says of a row.
const char *native_doc(const Native *row);

// The built-in of that name, or NULL.
const Native *native_find(const char *name);

#endif

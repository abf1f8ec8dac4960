// Method: the ways to answer that `using` names, in one table.
#ifndef RUNG_INTERP_METHOD_H
#define RUNG_INTERP_METHOD_H

#include "interp/value.h"
#include "runtime/infer/ask.h"

// One option of a method: a whole number, and the least that it can be.
typedef struct MethodOption {
    const char *name, *doc;
    double least;
} MethodOption;

typedef struct Method {
    const char *name, *doc;
    const MethodOption *options; // ended by a NULL name; or NULL
    // Sets what the method means; `given[i]` is the value of option i, NaN where left out.
    void (*set)(AskMethod *out, const double *given);
} Method;

// In alphabetical order, ended by a NULL name.
extern const Method method_table[];

// The method of that name, or NULL.
const Method *method_find(const char *name);

#endif

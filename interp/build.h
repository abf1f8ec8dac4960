// Build: models as the VM declares them, item by item, around the library's ModelBuilder.
//
// A block is run in two passes: first every variable is declared (families unrolled, names that
// only edges mention included), then mechanisms are given, so that a right side may mention any
// variable of the block.
#ifndef RUNG_INTERP_BUILD_H
#define RUNG_INTERP_BUILD_H

#include "interp/value.h"

typedef struct Vm Vm;
typedef struct Build Build;

// Starts a model, or a change of `from` (a MODEL value; NOTHING for a new one).
Build *build_new(Vm *vm, Value from);
void build_abandon(Build *b); // NULL allowed

// What names mean inside the block.
bool build_has(const Build *b, Sym name);          // a variable
bool build_has_family(const Build *b, Sym family);
bool build_full(const Build *b); // there were more variables than the memory allowed; reported
const Domain *build_domain(const Build *b, Sym name); // NULL: not known (yet)
void build_members(const Build *b, Sym family, void (*visit)(void *user, Sym member), void *user);
Sym build_has_level(const Build *b, Sym word); // word when it is a level of some variable, else NULL

// Pass 1. `name` is a plain name, or the family with `indices` (NUMBER values that are whole).
// `domain` is NOTHING, or what the domain expression gave: a SET (levels), RANGE, or the value of
// build_domain_named. `ordered` for `ordered {...}`. False: reported.
typedef struct BuildVar {
    NodeOp role; // ROLE_PLAIN ...
    Sym name;
    const Value *indices;
    uint32_t nindices;
    Value domain;
    bool ordered;
    const char *label; // or NULL
    Span span;
} BuildVar;
bool build_declare(Build *b, const BuildVar *var);

// False, and reported: so many different variables are more than a model may have.
bool build_room(Build *b, double members, Span span);

// The canonical name of a member, "X[2]" or "X[2,1]"; NULL: reported (an index that is not whole).
Sym build_member(Vm *vm, Sym family, const Value *indices, uint32_t n, Span span);

bool build_edge(Build *b, Value from, Value to, NodeOp link, bool removed, Span span); // each a
                                         // VAR term, a name's LEVEL-less SYM (see vm), list or set
// Pass 2. The next `count` mechanisms belong to the names of one item, which a joint distribution
// makes one block.
void build_block(Build *b, uint32_t count);
// `value` is whatever the right side gave; `structural` after =; `place` among the names.
bool build_mechanism(Build *b, Sym name, bool structural, Value value, uint32_t place, Span span);
bool build_factor(Build *b, Value weight, Span span);
// `sentence` is what stood after assume: an event, or a sentence about questions.
bool build_assume(Build *b, Value sentence, Span span);

// Ends the block: checks everything; the model in *out (UNKNOWN when something in it was). False:
// reported. The Build is spent in either case.
bool build_end(Build *b, Sym name, const char *doc, Value *out);

#endif

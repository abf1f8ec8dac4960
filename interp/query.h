// Query: from the elements of a head, evaluated by the VM, to a question of the library and back.
#ifndef RUNG_INTERP_QUERY_H
#define RUNG_INTERP_QUERY_H

#include "interp/value.h"

typedef struct Vm Vm;

// How the values of an assignment lie on the stack, in order: the target (a VAR term, a list of
// them, a family), the source first when it is an edge, then the value unless it is bare.
typedef struct AssignShape {
    uint16_t op;   // ASSIGN_SET, ASSIGN_RANDOM, ASSIGN_BARE of NodeOp
    bool edge;     // X -> M = 1: source, target, value
    bool negated;  // not X: set to false
    Span span;
} AssignShape;

// How the values of one element of a head lie on the stack.
typedef enum PartKind {
    PART_ARG,       // an event, quantity or variable before the bar: one value
    PART_SECOND,    // the same in the second group of I(V; W | ...): one value
    PART_EVENT,     // a condition: one value
    PART_DO,        // a condition: assigns[first_assign ...], nassigns of them
    PART_SOFT,      // a condition: the variable, the distribution
    PART_FACTOR,    // a condition: one value
} PartKind;

typedef struct Part {
    PartKind kind;
    uint32_t first_assign, nassigns;
    Span span;
} Part;

// A compiled head: what stands where. Belongs to its chunk.
typedef struct QueryShape {
    NodeOp head;  // HEAD_P ...
    bool argmax;  // argmax P(...)
    Part *parts;
    uint32_t nparts;
    AssignShape *assigns;
    uint32_t nassigns;
    uint32_t nvalues; // on the stack
    Span span;
} QueryShape;

// A source described after `from`: P(seen | do(dos), conds), names as written.
typedef struct SourceCond {
    Sym var, level;
} SourceCond;

typedef struct SourceShape {
    Sym *seen, *dos;
    SourceCond *conds;
    uint32_t nseen, ndos, nconds;
    Span span;
} SourceShape;

// The sources of one clause. Belongs to its chunk.
typedef struct SourceGroup {
    SourceShape *items;
    uint32_t n;
} SourceGroup;

// Asks: `values` are the shape's values in order (borrowed). The context (model, sources, method,
// engine, derivation) is the VM's. In check mode only checks, and *out is UNKNOWN. False: a
// diagnostic was reported to the VM.
bool query_ask(Vm *vm, const QueryShape *shape, const Value *values, Value *out);

// The assignments of a world or a do, from their values, as a new World. False: reported.
bool query_world(Vm *vm, const AssignShape *assigns, uint32_t n, const Value *values, World **out);

// base[world]: the variable `base` in that world (taken). False: reported.
bool query_in_world(Vm *vm, Value base, World *world, Span span, Value *out);

// A _||_ B | C, do(X) under the context's graph, without the edges into X; the values are lists of
// variables. False: reported.
bool query_separation(Vm *vm, const Value lists[4], Span span, Value *out);

#endif

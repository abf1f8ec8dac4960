// Domain: the values a variable can take.
#ifndef RUNG_MODEL_DOMAIN_H
#define RUNG_MODEL_DOMAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/str.h"
#include "runtime/base/sym.h"

typedef enum DomainKind {
    DOMAIN_SYMBOLIC, // nothing is known: a variable of a graph
    DOMAIN_BOOL,     // false, true; equal to 0, 1
    DOMAIN_LEVELS,   // named or numeric levels, in the order written
    DOMAIN_ORDERED,  // the same, and < compares positions
    DOMAIN_RANGE,    // the integers low..high
    DOMAIN_INT, DOMAIN_REAL, DOMAIN_POSITIVE, DOMAIN_UNIT, // infinite
} DomainKind;

// One level: a name, and the number that it is when it is one (`numeric`).
typedef struct Level {
    Sym name;
    double number;
    bool numeric;
} Level;

// Immutable and reference counted.
typedef struct Domain {
    uint32_t refs;
    DomainKind kind;
    uint32_t count;  // levels; 0 when infinite or symbolic
    bool numeric;    // every level is a number (bool and ranges included): values are numbers
    int64_t low;     // of a range
    // Positions sorted for searching, when there are many levels; else NULL.
    uint32_t *by_name, *by_number;
    Level levels[];  // of LEVELS and ORDERED
} Domain;

// Each returns a new reference, or NULL when memory is exhausted. domain_levels copies; the
// caller has made sure that levels are distinct (domain_repeated finds one that is not), and that
// a range has 1 to 2^32 - 2 values.
Domain *domain_new(DomainKind kind); // any kind without levels, and BOOL
Domain *domain_range(int64_t low, int64_t high);
Domain *domain_levels(DomainKind kind, const Level *levels, uint32_t count);

Domain *domain_keep(const Domain *d); // one more reference; returns d
void domain_drop(Domain *d);          // NULL allowed

bool domain_finite(const Domain *d);

// The position of a level: by name ("true" and "1" in a bool, "3" in 0..10), by number (to 1e-12
// relative). UINT32_MAX when there is none. Logarithmic time.
uint32_t domain_find_name(const Domain *d, Sym name);
uint32_t domain_find_number(const Domain *d, double number);

// The position in `to` of level i of `from`: the same number, or the same name. UINT32_MAX when
// `to` has no such level.
uint32_t domain_translate(const Domain *to, const Domain *from, uint32_t i);

// Every level of `small` is one of `big`.
bool domain_contains(const Domain *big, const Domain *small);

// The first level equal to an earlier one, or UINT32_MAX.
uint32_t domain_repeated(const Level *levels, uint32_t count);

// The number of level i: its own value when it is numeric, else its position.
double domain_number(const Domain *d, uint32_t i);

// Appends the name of level i ("true", "small", "3"), or the domain as written in Rung
// ("bool", "{small, large}", "0..10", "real").
void domain_add_level(const Domain *d, uint32_t i, Str *out);

// Appends level i as program text: in quotes where a plain word would not be read back.
void domain_add_literal(const Domain *d, uint32_t i, Str *out);
void domain_add(const Domain *d, Str *out);

// The same for messages that list the values: a bool is "{false, true}".
void domain_add_values(const Domain *d, Str *out);

// The same kind and levels in the same order.
bool domain_equal(const Domain *a, const Domain *b);

#endif

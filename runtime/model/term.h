// Term: an expression over variables: a mechanism, an event, a quantity, a policy, a factor.
//
// Terms are immutable, reference counted trees (shared subterms allowed). Functions of the
// language are already inlined, comprehensions unrolled, indices resolved: what is left are
// constants, variables by name, operators and distributions. A term knows no model: names are
// looked up when a question is asked (kernel_new), so that the same quantity can be asked under
// two models.
#ifndef RUNG_MODEL_TERM_H
#define RUNG_MODEL_TERM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/fault.h"
#include "runtime/base/status.h"
#include "runtime/base/str.h"
#include "runtime/base/sym.h"
#include "runtime/model/domain.h"

typedef enum TermOp {
#define TERM(id, children, what) TERM_##id,
#include "runtime/model/term.def"
#undef TERM
    TERM_COUNT
} TermOp;

typedef struct Term Term;
typedef struct World World;
typedef struct DistFamily DistFamily;     // dist.h: one constant per family
typedef struct MathFunction MathFunction; // math.h: one constant per function of numbers

// A table over finite variables, as an inner question returned it. Immutable, reference counted.
typedef struct TermTable {
    uint32_t refs;
    uint32_t naxes;
    Domain **domains; // of each axis, in the order of the LOOKUP's children
    double *cells;    // mixed radix, last axis fastest; NaN where undefined
    struct Term *meaning; // the comparison that holds where the cell is 1, which is printed in
                          // place of LOOKUP = 1; kept; or NULL
} TermTable;

// Numbers in ascending order, repeated as often as they occur. Immutable, reference counted.
typedef struct TermNumbers {
    uint32_t refs;
    bool drawn; // they stand for a law that they were drawn from, with an error
    size_t count;
    double items[];
} TermNumbers;

struct Term {
    uint32_t refs;
    uint16_t op; // TermOp
    bool is_bool;
    bool is_dist : 1; // term_is_dist and term_asks, found when it was made
    bool asks : 1;
    bool compares : 1; // something in it is compared, or looked up by level; likewise
    uint32_t origin; // the caller's number for the place it was written, or 0
    uint32_t nselect;
    union {
        double number;
        Sym sym;
        TermTable *table;
        TermNumbers *numbers; // of EMPIRICAL
        const DistFamily *family;
        const MathFunction *function;
        Term *next_dead; // used by term_drop only
    };
    World *world; // of VAR and ASK
    uint32_t n;
    Term *kid[];
};

// How an assignment acts on its target.
typedef enum AssignKind {
    ASSIGN_VALUE,  // X = value
    ASSIGN_DRAW,   // X ~ distribution
    ASSIGN_FREE,   // a bare X of a domain other than bool, or X = ?: one answer per level
    ASSIGN_POLICY, // X = ?(inputs): one answer per function from the inputs' levels to X's
} AssignKind;

// One item of do(...) or of a world's brackets.
typedef struct Assign {
    AssignKind kind;
    Sym target;
    Sym source;      // of an edge only, do(X -> M = 1): source X, target M; else NULL
    Term *value;     // VALUE: a term; DRAW: a distribution; else NULL
    Sym *inputs;     // of POLICY
    uint32_t ninputs;
    uint32_t origin;
} Assign;

// A world: what is set in it. In a value's term, the name of an assigned variable means its own
// natural value. Worlds with equal assignments are the same world (world_equal).
struct World {
    uint32_t refs;
    uint32_t n;
    Assign items[];
};

// Constructors return a new reference, or NULL when memory is exhausted. They TAKE the references
// of their children (and drop them on failure); a NULL child makes the result NULL.
Term *term_number(double value, uint32_t origin);
Term *term_bool(bool value, uint32_t origin);
Term *term_level(Sym name, uint32_t origin);
Term *term_var(Sym name, World *world, uint32_t origin); // takes world
Term *term_unary(TermOp op, Term *a, uint32_t origin);
Term *term_binary(TermOp op, Term *a, Term *b, uint32_t origin);
Term *term_if(Term *cond, Term *yes, Term *no, uint32_t origin);
Term *term_many(TermOp op, Term *const *kids, uint32_t n, uint32_t origin);
Term *term_case(Term *const *kids, uint32_t nselect, uint32_t n, uint32_t origin);
Term *term_call(const MathFunction *function, Term *const *kids, uint32_t n, uint32_t origin);
Term *term_dist(const DistFamily *family, Term *const *kids, uint32_t n, uint32_t origin);
// A question: `nargs` arguments, then conditions, n in all; takes `set` (NULL: no do(...)).
Term *term_ask(Sym head, Term *const *kids, uint32_t nargs, uint32_t n, World *set,
               uint32_t origin);
Term *term_lookup(TermTable *table, Term *const *vars, uint32_t n, uint32_t origin); // takes table
Term *term_truncate(Term *dist, Term *low, Term *high, uint32_t origin);
Term *term_empirical(const double *values, size_t n, uint32_t origin); // copies; finite, n > 0
Term *term_drawn(const double *values, size_t n, uint32_t origin);     // likewise

// A copy of a term with other children, as many as it has; the children are kept, not taken.
Term *term_with_kids(const Term *t, Term *const *kids);

Term *term_keep(const Term *t);
void term_drop(Term *t); // NULL allowed; never recurses deeper than the heap allows

World *world_new(const Assign *items, uint32_t n); // takes the values and inputs of the items
World *world_keep(const World *w);
void world_drop(World *w);
// Whatever the order of the assignments; a NULL world is the empty one.
bool world_equal(const World *a, const World *b);

TermTable *term_table_new(Domain *const *domains, uint32_t naxes, const double *cells);
TermTable *term_table_keep(const TermTable *t);
void term_table_drop(TermTable *t);

// Structure and names equal, origins aside (tables: the same object). Also false when memory is
// exhausted. Both may be NULL. Expected linear time, shared subterms compared once.
bool term_equal(const Term *a, const Term *b);

// True when a question is part of the term. Constant time.
bool term_asks(const Term *t);

// True when the term's value is a distribution (DIST, MAP, MIX, TRUNCATE, EMPIRICAL, or IF / CASE
// where any branch is one). Constant time.
bool term_is_dist(const Term *t);

// True when a VAR stands in the factual world: without a world, or with an empty one (M[]).
bool term_is_factual(const Term *var);

// The distinct variables a term mentions in the factual world, in order of first mention;
// when `worlds` is set also variables of other worlds, and the targets, values and inputs of
// their assignments. `at` is the VAR term, or the question, that mentions the name. `visit`
// returns false to stop; term_variables returns false when it was stopped or memory is exhausted.
// Linear time.
bool term_variables(const Term *t, bool worlds, bool (*visit)(void *user, Sym name, const Term *at),
                    void *user);

// Whether a term or any part of it passes the test; worlds are not entered. NOMEM when memory is
// exhausted. Linear time.
Status term_any(const Term *t, bool (*test)(const Term *part), bool *found);

// Replaces every factual mention of `name` by `with` (borrowed); the inside of worlds stays as it
// is, what does not mention the name is shared. New reference, or NULL without memory.
Term *term_replace(const Term *t, Sym name, const Term *with);

// Appends the term as Rung text, with as few parentheses as precedence allows. Shared subterms are
// printed wherever they stand, so that the text of a small term can be very long:
// term_add_brief stops after some 120 bytes with three points, for messages.
void term_add(const Term *t, Str *out);
void term_add_brief(const Term *t, Str *out);

// The same as term_add with numbers to `digits` significant digits, for people.
void term_add_digits(const Term *t, int digits, Str *out);

#endif

// Solver: a problem of bounds on its way from questions to linear programs.
#ifndef RUNG_BOUNDS_SOLVER_H
#define RUNG_BOUNDS_SOLVER_H

#include "runtime/bounds/asked.h"
#include "runtime/bounds/pool.h"
#include "runtime/bounds/system.h"

// The value of a question: upper / lower, or upper alone.
typedef struct SolverQuotient {
    Poly upper, lower;
    bool divided;   // lower is not 1
    bool undefined; // lower is 0 in every model
} SolverQuotient;

typedef struct SolverDemand {
    ProgramSense sense;
    Poly poly; // >= 0, or = 0
} SolverDemand;

typedef struct Solver {
    const BoundsProblem *p;
    const Ctl *ctl;
    Faults *faults;
    BoundsAnswer *out;
    Frame frame;
    Asked asked;
    Pool pool;
    Blocks blocks;
    System system;
    VEC(SolverQuotient) quotients; // by question: of the objective, then of each assumption
    uint32_t *first;               // by assumption: its first question
    VEC(SolverDemand) demands;     // the assumptions in force
    bool partial;                  // a source could not be used in full
    double steps;
    double spent;  // nominal seconds of linear programming
    bool done; // the answer is there already: too large, refuted or undefined
} Solver;

// Reads the problem and makes the program of what the model and the sources say. To be closed
// whatever the result.
Status solver_open(Solver *s);
void solver_close(Solver *s);

// The range under everything demanded so far. When no law agrees range->verdict says so.
Status solver_range(Solver *s, const Poly *upper, const Poly *lower, SystemRange *range);

// Finds out whether the condition of a question has a known probability, and divides by it.
Status solver_settle(Solver *s, SolverQuotient *q);

// constant + the sum of coef * value over questions first, first + 1, .. as the form linear +
// upper / lower. *several when there are more such quotients: then only `linear` and the
// first are there. *undefined when some question is.
typedef struct SolverSum {
    Poly linear, upper;
    const Poly *lower; // NULL: no quotient
    bool several, undefined;
} SolverSum;
Status solver_sum(Solver *s, const BoundsSum *sum, uint32_t first, SolverSum *out);
void solver_sum_free(SolverSum *sum);

// Ends with an answer that is not a range.
void solver_end(Solver *s, BoundsKind kind);

// --- assume.c -------------------------------------------------------------------------------

// Demands what is assumed, one assumption after the other; ends the solver with the first that
// contradicts what is before it.
Status assume_all(Solver *s);

// --- inner.c --------------------------------------------------------------------------------

// Looks for independent laws of the blocks that give upper / lower a value as low (or great) as
// possible, starting from the marginals of the solution x, by optimising one block of each
// group after the other (coordinate ascent). `law` has room for the classes of all blocks,
// block by block, and receives their laws. *found when all demands were met.
Status inner_search(Solver *s, const Poly *upper, const Poly *lower, bool greatest,
                    const double *x, bool *found, double *value, double *law);

// The law of each block's classes in a solution, normalised.
void inner_marginals(const System *s, const double *x, double *law);

#endif

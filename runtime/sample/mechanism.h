// Mechanism: what gives one variable of a model its value, compiled for blocks of lanes.
//
// Lanes of a variable of finitely many values are uint32_t levels, those of any other doubles.
// `values` is indexed by model variable; the entries of those that the mechanism reads must be
// there. Mechanisms are immutable: threads may share one, each with its own `work`.
#ifndef RUNG_SAMPLE_MECHANISM_H
#define RUNG_SAMPLE_MECHANISM_H

#include "runtime/model/model.h"
#include "runtime/sample/stream.h"

typedef struct Mechanism Mechanism;

// Compiles the mechanism of `var`, which must have one. Faults: those of kernel_new_real and
// dist_level_term. Linear in the size of the mechanism.
Status mechanism_new(const Model *model, uint32_t var, Mechanism **out, Faults *faults);
void mechanism_free(Mechanism *m); // NULL allowed

// Whether the value is a function of what the mechanism reads: nothing is drawn.
bool mechanism_sure(const Mechanism *m);

// Whether its law can have a density (not a function, and some family in it is continuous).
bool mechanism_continuous(const Mechanism *m);

// Whether its law can have values with a probability of their own.
bool mechanism_atomic(const Mechanism *m);

// The variables that it reads.
uint32_t mechanism_nreads(const Mechanism *m);
uint32_t mechanism_read(const Mechanism *m, uint32_t i);

// Doubles of room that `work` must have for this many lanes.
size_t mechanism_work(const Mechanism *m, size_t lanes);

// Fills out[0..lanes-1], lanes of the variable, with draws given what it reads, or with the value
// of the function. Returns the number of lanes in which there is no value, because parameters
// are wrong, the function is undefined, or what is drawn lies outside of the domain: there a double
// is NaN, a level 0, whose missing[lane] is set to 1 when `missing` is not NULL.
size_t mechanism_draw(const Mechanism *m, Stream *s, size_t lanes, const void *const *values,
                      void *out, uint8_t *missing, double *work);

// Whether there is a value whatever it reads.
bool mechanism_total(const Mechanism *m);

// How values were weighed, as a sum of bits.
enum {
    MECHANISM_MASS = 1,    // some by their probability
    MECHANISM_DENSITY = 2, // some by a density, to which nothing with a probability compares
    MECHANISM_WRONG = 4,   // some not at all, since parameters are wrong: NaN
};

// Adds to sum[0..lanes-1] the logarithm of the probability, or the density, of the values
// `given`, lanes of the variable. Of a law with atoms and a density, the probability where there
// is one. For a function the probability is 0 or 1 (numbers compare as TERM_EQ).
unsigned mechanism_log_mass(const Mechanism *m, size_t lanes, const void *const *values,
                            const void *given, double *sum, double *work);

#endif

// Conjugate states: weighted joint levels of some variables, with exponents of the roots; equal
// ones are one. Internal to conjugate.
#ifndef RUNG_REAL_CONJUGATE_STATES_H
#define RUNG_REAL_CONJUGATE_STATES_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/status.h"

typedef struct States {
    uint32_t nlevels, nexponents;
    size_t count, room;
    uint32_t *levels;  // nlevels for each state
    double *exponents; // nexponents for each
    double *logs;      // the logarithm of each weight
    size_t *slots;     // open addressing: number + 1
    size_t nslots;
} States;

// Starts an empty table. To be freed in any case.
void conjugate_states_open(States *s, uint32_t nlevels, uint32_t nexponents);
void conjugate_states_free(States *s);
void conjugate_states_clear(States *s);

// Adds a weight to the state with these levels and exponents. Expected constant time.
Status conjugate_states_add(States *s, const uint32_t *levels, const double *exponents, double log);

#endif

// Rng: reproducible random streams (xoshiro256**, Blackman & Vigna 2018, seeded by splitmix64).
#ifndef RUNG_BASE_RNG_H
#define RUNG_BASE_RNG_H

#include <stdint.h>

typedef struct Rng {
    uint64_t s[4];
} Rng;

// Stream `stream` of seed `seed`: different pairs give independent streams.
void rng_seed(Rng *rng, uint64_t seed, uint64_t stream);

uint64_t rng_next(Rng *rng);

// Uniform on [0, 1) with 53 random bits, and uniform on 0..n-1 without bias (n > 0).
double rng_unit(Rng *rng);
uint64_t rng_below(Rng *rng, uint64_t n);

#endif

// Stream: a random stream that fills blocks, the same numbers on every machine.
//
// Eight interleaved generators xoshiro256++ (Blackman & Vigna 2021, "Scrambled linear
// pseudorandom number generators"), advanced side by side so that the compiler can use vectors.
// One stream per (seed, number): give each block of draws, or each chain, its own number, and
// results do not depend on which thread does which block.
#ifndef RUNG_SAMPLE_STREAM_H
#define RUNG_SAMPLE_STREAM_H

#include <stddef.h>
#include <stdint.h>

#define STREAM_WIDTH 8  // generators
#define STREAM_SPARE 64 // words kept for those who take them one at a time

typedef struct Stream {
    uint64_t state[4][STREAM_WIDTH];
    uint64_t spare[STREAM_SPARE];
    uint32_t left; // of the spare words
} Stream;

// Opens stream `number` of `seed`. The states of different pairs come from splitmix64
// sequences that start at hashed places: with 256 bits each, they do not overlap in practice.
// About 60 ns.
void stream_open(Stream *s, uint64_t seed, uint64_t number);

// Writes `n` random words. Generators advance together: n is rounded up to a multiple of
// STREAM_WIDTH, what is left over is lost.
void stream_words(Stream *s, size_t n, uint64_t *out);

// One random word.
static inline uint64_t stream_word(Stream *s) {
    if (s->left == 0) {
        stream_words(s, STREAM_SPARE, s->spare);
        s->left = STREAM_SPARE;
    }
    return s->spare[--s->left];
}

// The double (2k + 1) / 2^53 of a word's upper 52 bits k: uniform, never 0 or 1, and symmetric
// around 1/2.
static inline double stream_unit_of(uint64_t word) {
    union {
        uint64_t bits;
        double value; // 1 + k / 2^52
    } x = {.bits = word >> 12 | UINT64_C(0x3ff) << 52};
    return x.value - (1 - 0x1p-53);
}

// One uniform number in (0, 1).
static inline double stream_unit(Stream *s) {
    return stream_unit_of(stream_word(s));
}

#endif

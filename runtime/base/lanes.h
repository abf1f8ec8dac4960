// Lanes: what loops over blocks of doubles share: a clone for wider registers, and numbers as
// bits.
#ifndef RUNG_BASE_LANES_H
#define RUNG_BASE_LANES_H

#include <stdint.h>
#include <string.h>

// Compiles a function twice, for any processor and for those with AVX2; the right one is chosen
// when the program starts. Results are the same to the last bit: -std=c11 never fuses a product
// with a sum. With -DLANES_PLAIN there are no clones, to show just that.
#if !defined(LANES_PLAIN) && defined(__x86_64__) && defined(__GNUC__) &&                       \
    !defined(__clang__) && defined(__linux__) && defined(__GLIBC__) &&                         \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define LANES_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define LANES_CLONES
#endif

// Goes before a loop whose iterations do not depend on one another. Clang finds that out when the
// loop runs.
#ifdef __clang__
#define LANES_FREE
#else
#define LANES_FREE _Pragma("GCC ivdep")
#endif

static inline uint64_t lanes_bits(double x) {
    uint64_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}

static inline double lanes_double(uint64_t u) {
    double x;
    memcpy(&x, &u, sizeof x);
    return x;
}

#endif

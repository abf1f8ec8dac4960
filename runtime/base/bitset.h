// Bitset: sets of small integers as rows of 64-bit words.
#ifndef RUNG_BASE_BITSET_H
#define RUNG_BASE_BITSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint64_t Word;

// Words needed for a set over 0..n-1.
static inline size_t bits_words(size_t n) {
    return (n + 63) / 64;
}

static inline bool bits_has(const Word *s, size_t i) {
    return (s[i / 64] >> (i % 64)) & 1u;
}

static inline void bits_add(Word *s, size_t i) {
    s[i / 64] |= (Word)1 << (i % 64);
}

static inline void bits_drop(Word *s, size_t i) {
    s[i / 64] &= ~((Word)1 << (i % 64));
}

static inline void bits_clear(Word *s, size_t words) {
    memset(s, 0, words * sizeof *s);
}

static inline void bits_copy(Word *to, const Word *from, size_t words) {
    memcpy(to, from, words * sizeof *to);
}

static inline void bits_or(Word *to, const Word *from, size_t words) {
    for (size_t i = 0; i < words; i++) to[i] |= from[i];
}

static inline void bits_and(Word *to, const Word *from, size_t words) {
    for (size_t i = 0; i < words; i++) to[i] &= from[i];
}

static inline void bits_andnot(Word *to, const Word *from, size_t words) {
    for (size_t i = 0; i < words; i++) to[i] &= ~from[i];
}

static inline bool bits_empty(const Word *s, size_t words) {
    for (size_t i = 0; i < words; i++)
        if (s[i]) return false;
    return true;
}

static inline bool bits_meet(const Word *a, const Word *b, size_t words) {
    for (size_t i = 0; i < words; i++)
        if (a[i] & b[i]) return true;
    return false;
}

static inline bool bits_within(const Word *a, const Word *b, size_t words) {
    for (size_t i = 0; i < words; i++)
        if (a[i] & ~b[i]) return false;
    return true;
}

static inline bool bits_equal(const Word *a, const Word *b, size_t words) {
    return memcmp(a, b, words * sizeof *a) == 0;
}

static inline size_t bits_count(const Word *s, size_t words) {
    size_t n = 0;
    for (size_t i = 0; i < words; i++) n += (size_t)__builtin_popcountll(s[i]);
    return n;
}

// The smallest member at or after `from`, or `words * 64` when there is none:
//     for (size_t i = bits_next(s, w, 0); i < w * 64; i = bits_next(s, w, i + 1))
static inline size_t bits_next(const Word *s, size_t words, size_t from) {
    size_t w = from / 64;
    if (w >= words) return words * 64;
    Word x = s[w] & (~(Word)0 << (from % 64));
    while (!x) {
        if (++w == words) return words * 64;
        x = s[w];
    }
    return w * 64 + (size_t)__builtin_ctzll(x);
}

#endif

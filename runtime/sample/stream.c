// Stream: xoshiro256++, eight side by side.
#include "runtime/sample/stream.h"

#include <string.h>

#include "runtime/base/lanes.h"

static uint64_t splitmix(uint64_t *x) {
    uint64_t z = (*x += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void stream_open(Stream *s, uint64_t seed, uint64_t number) {
    uint64_t x = seed;
    uint64_t place = splitmix(&x);
    place += number * 0xd1342543de82ef95u;
    place = splitmix(&place) ^ x;
    for (size_t lane = 0; lane < STREAM_WIDTH; lane++)
        for (size_t i = 0; i < 4; i++) s->state[i][lane] = splitmix(&place);
    s->left = 0;
}

static inline uint64_t rotate(uint64_t x, int k) {
    return x << k | x >> (64 - k);
}

// A local copy of the state stays in vector registers over the whole block.
LANES_CLONES static void advance(uint64_t state[4][STREAM_WIDTH], size_t rounds,
                                 uint64_t *out) {
    uint64_t a[STREAM_WIDTH], b[STREAM_WIDTH], c[STREAM_WIDTH], d[STREAM_WIDTH];
    memcpy(a, state[0], sizeof a);
    memcpy(b, state[1], sizeof b);
    memcpy(c, state[2], sizeof c);
    memcpy(d, state[3], sizeof d);
    for (size_t r = 0; r < rounds; r++, out += STREAM_WIDTH)
        for (size_t i = 0; i < STREAM_WIDTH; i++) {
            uint64_t t = b[i] << 17;
            out[i] = rotate(a[i] + d[i], 23) + a[i];
            c[i] ^= a[i];
            d[i] ^= b[i];
            b[i] ^= c[i];
            a[i] ^= d[i];
            c[i] ^= t;
            d[i] = rotate(d[i], 45);
        }
    memcpy(state[0], a, sizeof a);
    memcpy(state[1], b, sizeof b);
    memcpy(state[2], c, sizeof c);
    memcpy(state[3], d, sizeof d);
}

void stream_words(Stream *s, size_t n, uint64_t *out) {
    size_t rounds = n / STREAM_WIDTH, rest = n % STREAM_WIDTH;
    advance(s->state, rounds, out);
    if (rest == 0) return;
    uint64_t last[STREAM_WIDTH];
    advance(s->state, 1, last);
    memcpy(out + rounds * STREAM_WIDTH, last, rest * sizeof *last);
}

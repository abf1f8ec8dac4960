// Hash: SipHash-2-4, by the definition in section 2 of the paper.
#include "runtime/base/hash.h"

#include <time.h>
#include <unistd.h>

typedef struct Sip {
    uint64_t a, b, c, d; // v0, v1, v2, v3
} Sip;

static uint64_t turn(uint64_t x, unsigned bits) {
    return x << bits | x >> (64 - bits);
}

static void rounds(Sip *v, int n) {
    for (int i = 0; i < n; i++) {
        v->a += v->b;
        v->c += v->d;
        v->b = turn(v->b, 13) ^ v->a;
        v->d = turn(v->d, 16) ^ v->c;
        v->a = turn(v->a, 32) + v->d;
        v->c += v->b;
        v->b = turn(v->b, 17) ^ v->c;
        v->d = turn(v->d, 21) ^ v->a;
        v->c = turn(v->c, 32);
    }
}

static void take(Sip *v, uint64_t word) {
    v->d ^= word;
    rounds(v, 2);
    v->a ^= word;
}

// The first n <= 8 bytes, the lowest first.
static uint64_t word_of(const char *text, size_t n) {
    uint64_t word = 0;
    for (size_t i = 0; i < n; i++) word |= (uint64_t)(unsigned char)text[i] << 8 * i;
    return word;
}

uint64_t hash_text(HashKey key, const char *text, size_t len) {
    Sip v = {key.k[0] ^ 0x736f6d6570736575u, key.k[1] ^ 0x646f72616e646f6du,
             key.k[0] ^ 0x6c7967656e657261u, key.k[1] ^ 0x7465646279746573u};
    size_t at = 0;
    for (; len - at >= 8; at += 8) take(&v, word_of(text + at, 8));
    take(&v, word_of(text + at, len - at) | (uint64_t)len << 56);
    v.c ^= 0xff;
    rounds(&v, 4);
    return v.a ^ v.b ^ v.c ^ v.d;
}

HashKey hash_key(void) {
    HashKey key;
    if (getentropy(&key, sizeof key) == 0) return key;
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (HashKey){{(uint64_t)now.tv_sec, (uint64_t)now.tv_nsec}};
}

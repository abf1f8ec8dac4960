// Hash: hashes of texts that whoever writes the texts cannot foresee.
//
// SipHash-2-4 (Aumasson & Bernstein 2012, "SipHash: a fast short-input PRF") under a secret key.
// With a hash that everybody can compute, a file may be written whose names all meet in one slot,
// and reading it takes quadratic time. A table draws its own key; nothing that is printed may
// depend on a hash, nor on the order of slots.
#ifndef RUNG_BASE_HASH_H
#define RUNG_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

typedef struct HashKey {
    uint64_t k[2];
} HashKey;

// A key from the system's source of randomness; where there is none, from the clock.
HashKey hash_key(void);

// The hash of `len` bytes; all its bits are equally good.
uint64_t hash_text(HashKey key, const char *text, size_t len);

#endif

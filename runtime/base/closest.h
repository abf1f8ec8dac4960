// Closest: the name that somebody probably meant.
#ifndef RUNG_BASE_CLOSEST_H
#define RUNG_BASE_CLOSEST_H

#include <stddef.h>
#include <stdint.h>

// A search among candidates that are offered one by one. The texts are borrowed.
typedef struct Closest {
    const char *wrong;
    const char *best; // the closest candidate so far, or NULL
    size_t distance;  // its distance
    uint32_t *work;   // owned
    size_t wrong_len, room;
} Closest;

// Starts a search for a misspelt UTF-8 name. Without memory nothing is ever found.
void closest_start(Closest *c, const char *wrong);

// Offers a candidate. It counts when its Damerau-Levenshtein distance, in characters (optimal
// string alignment: insertion, deletion, substitution, exchange of neighbours), is at most a
// third of the length of the misspelt name, and at least 1 is allowed, unless no character is
// left as it was, or the misspelt name is a single one; names that differ in the case of ASCII
// letters only are at distance 1. The first of several equally close ones wins. O(length of one times length of the other).
void closest_offer(Closest *c, const char *candidate);

// Ends the search: the closest candidate, or NULL.
const char *closest_end(Closest *c);

// All three for an array.
const char *closest_name(const char *wrong, const char *const *names, size_t n);

#endif

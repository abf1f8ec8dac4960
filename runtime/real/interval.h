// Interval: sets of real numbers made of finitely many intervals.
#ifndef RUNG_REAL_INTERVAL_H
#define RUNG_REAL_INTERVAL_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/arena.h"
#include "runtime/base/status.h"

// The points between two ends; an end that is `open` is left out. An infinite end is open.
typedef struct Interval {
    double low, high;
    bool low_open, high_open;
} Interval;

// Intervals that rise and do not meet, in an arena. A zeroed one is the empty set.
typedef struct IntervalSet {
    uint32_t count;
    const Interval *in;
} IntervalSet;

// The points from low to high. NOMEM, as everywhere below.
Status interval_set(Arena *arena, Interval in, IntervalSet *out);

// What is in both; what is not in a; the points shift + scale * x of the points x (scale is
// not 0). Linear time.
Status interval_meet(Arena *arena, IntervalSet a, IntervalSet b, IntervalSet *out);
Status interval_not(Arena *arena, IntervalSet a, IntervalSet *out);
Status interval_map(Arena *arena, IntervalSet a, double scale, double shift, IntervalSet *out);

// Whether x is in the set; a closed end also takes what misses it by `slack`, an open one
// refuses what is as near.
bool interval_has(IntervalSet a, double x, double slack);

bool interval_equal(IntervalSet a, IntervalSet b);

#endif

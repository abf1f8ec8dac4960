// Interval: unions of intervals.
#include "runtime/real/interval.h"

Status interval_set(Arena *arena, Interval in, IntervalSet *out) {
    Interval *one = ARENA_NEW(arena, Interval);
    if (!one) return NOMEM;
    *one = in;
    *out = (IntervalSet){1, one};
    return OK;
}

// The later of two lower ends, the earlier of two upper ends.
static Interval meet(Interval a, Interval b) {
    Interval m = a;
    if (b.low > a.low || (b.low == a.low && b.low_open)) m.low = b.low, m.low_open = b.low_open;
    if (b.high < a.high || (b.high == a.high && b.high_open))
        m.high = b.high, m.high_open = b.high_open;
    return m;
}

static bool is_empty(Interval a) {
    return a.low > a.high || (a.low == a.high && (a.low_open || a.high_open));
}

Status interval_meet(Arena *arena, IntervalSet a, IntervalSet b, IntervalSet *out) {
    Interval *in = ARENA_ARRAY(arena, Interval, (size_t)a.count + b.count);
    uint32_t n = 0;
    if (!in) return NOMEM;
    for (uint32_t i = 0, j = 0; i < a.count && j < b.count;) {
        Interval m = meet(a.in[i], b.in[j]);
        if (!is_empty(m)) in[n++] = m;
        if (a.in[i].high < b.in[j].high) i++;
        else j++;
    }
    *out = (IntervalSet){n, in};
    return OK;
}

Status interval_not(Arena *arena, IntervalSet a, IntervalSet *out) {
    Interval *in = ARENA_ARRAY(arena, Interval, (size_t)a.count + 1);
    Interval next = {-INFINITY, INFINITY, true, true};
    uint32_t n = 0;
    if (!in) return NOMEM;
    for (uint32_t i = 0; i < a.count; i++) {
        Interval before = next;
        before.high = a.in[i].low, before.high_open = !a.in[i].low_open;
        if (a.in[i].low > -INFINITY && !is_empty(before)) in[n++] = before;
        next.low = a.in[i].high, next.low_open = !a.in[i].high_open;
    }
    if (!is_empty(next) && next.low < INFINITY) in[n++] = next;
    *out = (IntervalSet){n, in};
    return OK;
}

static Interval map(Interval a, double scale, double shift) {
    if (scale > 0)
        return (Interval){shift + scale * a.low, shift + scale * a.high, a.low_open, a.high_open};
    return (Interval){shift + scale * a.high, shift + scale * a.low, a.high_open, a.low_open};
}

Status interval_map(Arena *arena, IntervalSet a, double scale, double shift, IntervalSet *out) {
    Interval *in = ARENA_ARRAY(arena, Interval, a.count);
    if (!in) return NOMEM;
    for (uint32_t i = 0; i < a.count; i++)
        in[scale > 0 ? i : a.count - 1 - i] = map(a.in[i], scale, shift);
    *out = (IntervalSet){a.count, in};
    return OK;
}

bool interval_has(IntervalSet a, double x, double slack) {
    for (uint32_t i = 0; i < a.count; i++) {
        const Interval *in = &a.in[i];
        bool above = in->low_open ? x > in->low + slack : x >= in->low - slack;
        bool below = in->high_open ? x < in->high - slack : x <= in->high + slack;
        if (above && below) return true;
    }
    return false;
}

bool interval_equal(IntervalSet a, IntervalSet b) {
    if (a.count != b.count) return false;
    for (uint32_t i = 0; i < a.count; i++) {
        const Interval *x = &a.in[i], *y = &b.in[i];
        if (x->low != y->low || x->high != y->high || x->low_open != y->low_open ||
            x->high_open != y->high_open)
            return false;
    }
    return true;
}

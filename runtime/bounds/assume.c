// Assumptions as linear demands on the law of response types.
#include <math.h>

#include "runtime/bounds/solver.h"

// A margin that misses zero by less than this holds: what is known is known to about as much.
#define ASSUME_SLACK 1e-9

// Values between its bounds at which the margin of a single unknown is looked at.
#define ASSUME_GRID 400

static Status report(const Solver *s, const BoundsAssume *a, const char *why) {
    return fault_add(s->faults, FAULT_BOUNDS_ASSUME, a->origin,
                     "this assumption cannot be used: %s", why);
}

// Takes over the polynomial.
static Status demand(Solver *s, ProgramSense sense, Poly *poly) {
    Status st = system_demand(&s->system, sense, poly);
    if (st == OK && !VEC_PUSH(&s->demands, ((SolverDemand){sense, *poly}))) st = NOMEM;
    if (st != OK) poly_free(poly);
    return st;
}

// a * x + b * y >= 0, or = 0; y may be NULL.
static Status demand_sum(Solver *s, ProgramSense sense, const Poly *x, double a, const Poly *y,
                         double b) {
    Poly sum = {0};
    Status st = poly_sum(&sum, x, a);
    if (st == OK && y) st = poly_sum(&sum, y, b);
    if (st != OK) {
        poly_free(&sum);
        return st;
    }
    return demand(s, sense, &sum);
}

// --- sums -----------------------------------------------------------------------------------

static Status assume_sum(Solver *s, const BoundsAssume *a, uint32_t first) {
    ProgramSense sense = a->kind == BOUNDS_EQUAL ? PROGRAM_EQUAL : PROGRAM_AT_LEAST;
    SolverSum sum;
    double constant = 0;
    Status st = solver_sum(s, &a->sum, first, &sum);
    if (st != OK || sum.undefined) {
        // Of units that do not exist everything holds.
    } else if (!sum.lower) {
        st = demand_sum(s, sense, &sum.linear, 1, NULL, 0);
    } else if (sum.several || !poly_constant(&sum.linear, &constant)) {
        st = report(s, a, "it divides by several probabilities that are not known");
    } else {
        st = demand_sum(s, sense, &sum.upper, 1, sum.lower, constant);
    }
    solver_sum_free(&sum);
    return st;
}

// --- margins --------------------------------------------------------------------------------

typedef struct Margin {
    Solver *s;
    const BoundsAssume *a;
    uint32_t first;
    double *values, *low, *high;
    uint32_t unknown; // the question that is not known
} Margin;

static double margin_at(Margin *m, double x) {
    m->values[m->unknown] = x;
    double v = m->a->margin(m->a->user, m->values);
    return isnan(v) ? -INFINITY : v;
}

// Between `in`, where the margin holds, and `out`, where it does not: the last point where it
// does.
static double last_inside(Margin *m, double in, double out) {
    for (int i = 0; i < 200 && in != out; i++) {
        double mid = in + (out - in) / 2;
        if (mid == in || mid == out) break;
        if (margin_at(m, mid) >= 0)
            in = mid;
        else
            out = mid;
    }
    return in;
}

// The greatest margin between two points around which it rises and falls (golden section).
static double peak(Margin *m, double a, double b) {
    const double g = 0.6180339887498949;
    for (int i = 0; i < 120 && b - a > 0; i++) {
        double c = b - g * (b - a), d = a + g * (b - a);
        if (margin_at(m, c) >= margin_at(m, d))
            b = d;
        else
            a = c;
    }
    return a + (b - a) / 2;
}

static double grid(const Margin *m, int i) {
    double low = m->low[m->unknown], high = m->high[m->unknown];
    return i == 0 ? low : i == ASSUME_GRID ? high : low + (high - low) * i / ASSUME_GRID;
}

static double grid_margin(Margin *m, int i) {
    return i < 0 || i > ASSUME_GRID ? -INFINITY : margin_at(m, grid(m, i));
}

// Whether the margin also holds between two points of the grid, apart from the interval.
static bool holds_elsewhere(Margin *m, double low, double high) {
    double slack = ASSUME_SLACK * (m->high[m->unknown] - m->low[m->unknown]);
    for (int i = 0; i <= ASSUME_GRID; i++) {
        double v = grid_margin(m, i);
        if (v >= 0 || isinf(v) || v < grid_margin(m, i - 1) || v < grid_margin(m, i + 1)) continue;
        double at = peak(m, grid(m, i ? i - 1 : 0), grid(m, i < ASSUME_GRID ? i + 1 : i));
        if (margin_at(m, at) >= 0 && (at < low - slack || at > high + slack)) return true;
    }
    return false;
}

// The interval of the unknown in which the margin holds. *single: the grid agrees that it is
// one; *empty: it holds nowhere.
static void find_interval(Margin *m, double *low, double *high, bool *single, bool *empty) {
    int best = 0, first = -1, last = -1, inside = 0;
    double most = -INFINITY;
    for (int i = 0; i <= ASSUME_GRID; i++) {
        double v = margin_at(m, grid(m, i));
        if (v > most) most = v, best = i;
        if (!(v >= 0)) continue;
        if (first < 0) first = i;
        last = i;
        inside++;
    }
    *single = first < 0 || inside == last - first + 1;
    *empty = false;
    if (first < 0) {
        double at = peak(m, grid(m, best > 0 ? best - 1 : 0),
                         grid(m, best < ASSUME_GRID ? best + 1 : ASSUME_GRID));
        if (margin_at(m, grid(m, best)) > margin_at(m, at)) at = grid(m, best);
        *empty = margin_at(m, at) < -ASSUME_SLACK;
        *low = *high = at;
        if (margin_at(m, at) < 0) return;
        *low = last_inside(m, at, m->low[m->unknown]);
        *high = last_inside(m, at, m->high[m->unknown]);
        return;
    }
    *low = first ? last_inside(m, grid(m, first), grid(m, first - 1)) : grid(m, 0);
    *high = last < ASSUME_GRID ? last_inside(m, grid(m, last), grid(m, last + 1))
                               : grid(m, ASSUME_GRID);
}

static Status refute(Solver *s) {
    Poly never = {0};
    Status st = poly_add(&never, NULL, 0, -1);
    if (st != OK) {
        poly_free(&never);
        return st;
    }
    return demand(s, PROGRAM_AT_LEAST, &never);
}

static Status assume_interval(Margin *m) {
    SolverQuotient *q = &m->s->quotients.items[m->first + m->unknown];
    double low, high;
    bool single, empty;
    find_interval(m, &low, &high, &single, &empty);
    if (!single || (!empty && holds_elsewhere(m, low, high)))
        return report(m->s, m->a,
                      "what it allows is not an interval of the probability that it limits");
    if (empty) return refute(m->s);
    Poly one = {0};
    Status st = poly_add(&one, NULL, 0, 1);
    const Poly *lower = q->divided ? &q->lower : &one;
    if (st == OK && low > m->low[m->unknown])
        st = demand_sum(m->s, PROGRAM_AT_LEAST, &q->upper, 1, lower, -low);
    if (st == OK && high < m->high[m->unknown])
        st = demand_sum(m->s, PROGRAM_AT_LEAST, &q->upper, -1, lower, high);
    poly_free(&one);
    return st;
}

// Whether the margin is constant + the sum of slope * value between the bounds, by trial.
static bool is_affine(Margin *m, double *slope, double *constant) {
    uint32_t n = m->a->nquestions;
    double *v = m->values;
    for (uint32_t i = 0; i < n; i++) v[i] = m->low[i];
    double base = m->a->margin(m->a->user, v);
    *constant = base;
    for (uint32_t i = 0; i < n; i++) {
        double width = m->high[i] - m->low[i];
        v[i] = m->high[i];
        slope[i] = width > ASSUME_SLACK ? (m->a->margin(m->a->user, v) - base) / width : 0;
        v[i] = m->low[i];
        *constant -= slope[i] * m->low[i];
    }
    for (uint32_t trial = 1; trial <= 64; trial++) {
        double expected = *constant, scale = fabs(*constant) + 1;
        for (uint32_t i = 0; i < n; i++) {
            // Kronecker's sequence: spread over the box and the same in every run.
            double u = fmod(trial * (0.7548776662466927 + 0.31830988618379 * i), 1);
            v[i] = m->low[i] + u * (m->high[i] - m->low[i]);
            expected += slope[i] * v[i];
            scale += fabs(slope[i] * v[i]);
        }
        if (!(fabs(m->a->margin(m->a->user, v) - expected) <= 1e-9 * scale)) return false;
    }
    return true;
}

static Status assume_affine(Margin *m, double *slope) {
    Poly sum = {0};
    double constant;
    if (!is_affine(m, slope, &constant))
        return report(m->s, m->a,
                      "it depends on several unknown probabilities, and not linearly");
    Status st = poly_add(&sum, NULL, 0, constant);
    for (uint32_t i = 0; st == OK && i < m->a->nquestions; i++) {
        const SolverQuotient *q = &m->s->quotients.items[m->first + i];
        if (slope[i] == 0) continue;
        if (q->divided)
            st = report(m->s, m->a, "it divides by several probabilities that are not known");
        else
            st = poly_sum(&sum, &q->upper, slope[i]);
    }
    if (st != OK) {
        poly_free(&sum);
        return st;
    }
    return demand(m->s, PROGRAM_AT_LEAST, &sum);
}

static Status range_questions(Margin *m, uint32_t *unknown, bool *undefined) {
    *unknown = 0;
    *undefined = false;
    for (uint32_t i = 0; i < m->a->nquestions; i++) {
        SolverQuotient *q = &m->s->quotients.items[m->first + i];
        SystemRange range = {0};
        TRY(solver_settle(m->s, q));
        if (!q->undefined)
            TRY(solver_range(m->s, &q->upper, q->divided ? &q->lower : NULL, &range));
        if (q->undefined || range.verdict != PROGRAM_OPTIMAL) {
            *undefined = true;
            return OK;
        }
        m->low[i] = range.low;
        m->high[i] = range.high;
        if (range.high - range.low > ASSUME_SLACK) {
            m->unknown = i;
            ++*unknown;
        } else {
            m->values[i] = m->low[i] = m->high[i] = (range.low + range.high) / 2;
        }
    }
    return OK;
}

static Status assume_margin(Solver *s, const BoundsAssume *a, uint32_t first) {
    size_t n = a->nquestions;
    uint32_t unknown;
    bool undefined;
    double *room = MEM_NEW(double, 4 * n);
    if (!room) return NOMEM;
    Margin m = {s, a, first, room, room + n, room + 2 * n, 0};
    Status st = range_questions(&m, &unknown, &undefined);
    if (st == OK && !undefined) {
        if (unknown == 0)
            st = a->margin(a->user, m.values) >= -ASSUME_SLACK ? OK : refute(s);
        else if (unknown == 1)
            st = assume_interval(&m);
        else
            st = assume_affine(&m, room + 3 * n);
    }
    mem_free(room);
    return st;
}

// --- all of them ----------------------------------------------------------------------------

static Status assume(Solver *s, uint32_t i) {
    const BoundsAssume *a = &s->p->assumes[i];
    uint32_t first = s->first[i];
    switch (a->kind) {
    case BOUNDS_UNIT:
        return demand_sum(s, PROGRAM_EQUAL, &s->quotients.items[first].upper, 1, NULL, 0);
    case BOUNDS_AT_LEAST:
    case BOUNDS_EQUAL: return assume_sum(s, a, first);
    case BOUNDS_MARGIN: break;
    }
    return assume_margin(s, a, first);
}

Status assume_all(Solver *s) {
    for (uint32_t i = 0; i < s->p->nassumes && !s->done; i++) {
        Poly nothing = {0};
        SystemRange range = {0};
        TRY(assume(s, i));
        TRY(solver_range(s, &nothing, NULL, &range));
        if (range.verdict != PROGRAM_INFEASIBLE) continue;
        s->out->culprit = i;
        solver_end(s, BOUNDS_REFUTED);
    }
    return OK;
}

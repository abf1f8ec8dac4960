// Bounds: the objective's range, and whether it is sharp.
#include "runtime/bounds/bounds.h"

#include <math.h>

#include "runtime/bounds/solver.h"
#include "runtime/bounds/vertex.h"

// Bounds closer than this are one number.
#define BOUNDS_POINT 1e-9

// A bound that independent laws come this near to is attained.
#define BOUNDS_ATTAINED 1e-8

// One side of the answer on its way.
typedef struct Side {
    double value;
    double *x, *law;
    bool sharp;
} Side;

typedef struct Finder {
    Solver *s;
    SolverSum sum;
    Side low, high;
} Finder;

// --- sharpness ------------------------------------------------------------------------------

static bool has_products(const Solver *s) {
    for (size_t i = 0; i < s->system.groups.count; i++)
        if (s->system.groups.items[i].n > 1) return true;
    return false;
}

// Whether every block's variables can go together in any way, since one latent cause has them
// all.
static Status all_covered(const Solver *s, bool *covered) {
    *covered = true;
    for (size_t i = 0; i < s->blocks.items.count; i++) {
        const Block *b = &s->blocks.items.items[i];
        uint32_t n = 0;
        uint32_t *vars = MEM_NEW(uint32_t, b->ncells);
        if (!vars) return NOMEM;
        for (uint32_t c = 0; c < b->ncells; c++) {
            uint32_t var = pool_cell_var(&s->pool, b->cells[c]), k = 0;
            while (k < n && vars[k] != var) k++;
            if (k == n) vars[n++] = var;
        }
        *covered = *covered && frame_covered(&s->frame, vars, n);
        mem_free(vars);
    }
    return OK;
}

// Why the program as a whole is only a relaxation; NULL when it is not.
static Status find_why(Finder *f, const char **why) {
    const Solver *s = f->s;
    bool covered;
    TRY(all_covered(s, &covered));
    if (s->frame.weakened)
        *why = "what is known of a latent variable could not be used";
    else if (s->partial)
        *why = "a source that lacks variables could not be used in full";
    else if (!covered)
        *why = "several latent causes meet in one district, and that they are independent was "
               "not used";
    else if (f->sum.several)
        *why = "it is a sum of conditional probabilities, each bounded alone";
    else
        *why = NULL;
    return OK;
}

static Status check_side(Finder *f, Side *side, bool greatest) {
    bool found;
    double value;
    Solver *s = f->s;
    const Poly *upper = f->sum.lower ? &f->sum.upper : &f->sum.linear;
    TRY(inner_search(s, upper, f->sum.lower, greatest, side->x, &found, &value, side->law));
    double constant;
    if (f->sum.lower && poly_constant(&f->sum.linear, &constant)) value += constant;
    side->sharp = found && fabs(value - side->value) <= BOUNDS_ATTAINED;
    return OK;
}

static Status check_sharp(Finder *f) {
    Solver *s = f->s;
    BoundsAnswer *out = s->out;
    TRY(find_why(f, &out->why));
    f->low.sharp = f->high.sharp = !out->why;
    if (!out->why && has_products(s)) {
        TRY(check_side(f, &f->low, false));
        TRY(check_side(f, &f->high, true));
        if (!f->low.sharp || !f->high.sharp)
            out->why = "it multiplies unknown probabilities of independent districts";
    } else if (!f->sum.several) {
        inner_marginals(&s->system, f->low.x, f->low.law);
        inner_marginals(&s->system, f->high.x, f->high.law);
    }
    out->low_sharp = f->low.sharp;
    out->high_sharp = f->high.sharp;
    return OK;
}

// --- the range ------------------------------------------------------------------------------

static Status make_side(Finder *f, Side *side) {
    Solver *s = f->s;
    size_t classes = 0;
    for (size_t i = 0; i < s->blocks.items.count; i++)
        classes += keys_count(&s->blocks.items.items[i].classes);
    side->x = ARENA_ARRAY(&s->frame.arena, double, s->system.program.ncolumns);
    side->law = ARENA_ARRAY(&s->frame.arena, double, classes);
    return side->x && side->law ? OK : NOMEM;
}

static Status report_failed(const Solver *s) {
    return fault_add(s->faults, FAULT_BOUNDS_FORM,
                     s->p->objective.nparts ? s->p->objective.parts[0].q->origin : 0,
                     "the linear program of %.6g response types could not be solved in double "
                     "precision",
                     s->out->size);
}

// Each quotient's range alone, added up.
static Status add_ranges(Finder *f) {
    Solver *s = f->s;
    const BoundsSum *sum = &s->p->objective;
    SystemRange range = {0};
    TRY(solver_range(s, &f->sum.linear, NULL, &range));
    f->low.value = range.low;
    f->high.value = range.high;
    for (uint32_t i = 0; i < sum->nparts; i++) {
        const SolverQuotient *q = &s->quotients.items[i];
        double coef = sum->parts[i].coef;
        if (!q->divided) continue;
        range = (SystemRange){0};
        TRY(solver_range(s, &q->upper, &q->lower, &range));
        if (range.verdict != PROGRAM_OPTIMAL) return report_failed(s);
        f->low.value += coef * (coef > 0 ? range.low : range.high);
        f->high.value += coef * (coef > 0 ? range.high : range.low);
    }
    return OK;
}

static Status find_range(Finder *f) {
    Solver *s = f->s;
    double constant = 0;
    bool linear = poly_constant(&f->sum.linear, &constant);
    if (f->sum.lower && !linear) f->sum.several = true;
    if (f->sum.several) return add_ranges(f);
    SystemRange range = {.low_at = f->low.x, .high_at = f->high.x};
    if (f->sum.lower)
        TRY(solver_range(s, &f->sum.upper, f->sum.lower, &range));
    else
        TRY(solver_range(s, &f->sum.linear, NULL, &range));
    if (range.verdict == PROGRAM_INFEASIBLE && f->sum.lower)
        solver_end(s, BOUNDS_UNDEFINED);
    else if (range.verdict != PROGRAM_OPTIMAL)
        return report_failed(s);
    f->low.value = range.low + (f->sum.lower ? constant : 0);
    f->high.value = range.high + (f->sum.lower ? constant : 0);
    return OK;
}

// A relaxation may go beyond what the questions can come to whatever the law: no probability is
// above 1.
static void keep_possible(Finder *f) {
    const Solver *s = f->s;
    const BoundsSum *sum = &s->p->objective;
    double low = sum->constant, high = sum->constant;
    for (uint32_t i = 0; i < sum->nparts; i++) {
        double coef = sum->parts[i].coef, least, greatest;
        asked_range(&s->asked.questions.items[i], &least, &greatest);
        low += coef * (coef > 0 ? least : greatest);
        high += coef * (coef > 0 ? greatest : least);
    }
    f->low.value = fmax(f->low.value, low);
    f->high.value = fmin(f->high.value, high);
}

static Status finish(Finder *f) {
    Solver *s = f->s;
    BoundsAnswer *out = s->out;
    out->kind = BOUNDS_FOUND;
    out->low = f->low.value;
    out->high = f->high.value;
    if (out->high - out->low < BOUNDS_POINT) {
        out->low = out->high = (out->low + out->high) / 2;
        out->low_sharp = out->high_sharp = true;
        out->why = NULL;
    }
    if (!s->p->vertices || f->sum.several) return OK;
    if (f->low.sharp) TRY(vertex_make(s, f->low.law, &out->low_at));
    if (f->high.sharp) TRY(vertex_make(s, f->high.law, &out->high_at));
    return OK;
}

static Status find(Finder *f) {
    Solver *s = f->s;
    TRY(solver_sum(s, &s->p->objective, 0, &f->sum));
    if (f->sum.undefined) {
        solver_end(s, BOUNDS_UNDEFINED);
        return OK;
    }
    TRY(make_side(f, &f->low));
    TRY(make_side(f, &f->high));
    TRY(find_range(f));
    if (s->done) return OK;
    keep_possible(f);
    TRY(check_sharp(f));
    return finish(f);
}

static Status tell(const Solver *s, Derivation *d) {
    const BoundsAnswer *a = s->out;
    if (!d || a->kind != BOUNDS_FOUND) return OK;
    size_t classes = s->system.program.ncolumns - 1;
    return derivation_add(d, "response types",
                          "the units are of %.6g response types at most, of which %zu kinds "
                          "can be told apart here; their shares are bounded by a linear "
                          "program with %zu rows (Balke & Pearl 1994)",
                          a->size, classes, s->system.program.rows.count);
}

static Status solve(Solver *s, Derivation *d) {
    TRY(solver_open(s));
    if (!s->done) TRY(assume_all(s));
    if (s->done) return OK;
    Finder f = {.s = s};
    Status st = find(&f);
    solver_sum_free(&f.sum);
    return st == OK ? tell(s, d) : st;
}

static Status report_late(const Solver *s) {
    uint32_t origin = s->p->objective.nparts ? s->p->objective.parts[0].q->origin : 0;
    size_t kinds = s->system.program.ncolumns;
    if (!kinds)
        return fault_add(s->faults, FAULT_BOUNDS_SIZE, origin,
                         "the bounds take more linear programming than the budget of %.3g s "
                         "allows",
                         ctl_budget(s->ctl));
    return fault_add(s->faults, FAULT_BOUNDS_SIZE, origin,
                     "the bounds take linear programs over %zu kinds of response types with %zu "
                     "rows, more than the budget of %.3g s allows",
                     kinds - 1, s->system.program.rows.count, ctl_budget(s->ctl));
}

Status bounds_solve(const BoundsProblem *p, const Ctl *ctl, Derivation *d, BoundsAnswer *out,
                    Faults *faults) {
    *out = (BoundsAnswer){.culprit = BOUNDS_NONE};
    Solver s = {.p = p, .ctl = ctl, .faults = faults, .out = out};
    Status st = solve(&s, d);
    if (st == FAULT && s.spent > ctl_budget(ctl)) st = report_late(&s);
    solver_close(&s);
    if (st != OK) bounds_free(out);
    return st;
}

void bounds_free(BoundsAnswer *answer) {
    arena_free(&answer->low_at.arena);
    arena_free(&answer->high_at.arena);
    *answer = (BoundsAnswer){0};
}

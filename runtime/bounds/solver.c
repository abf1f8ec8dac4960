// From a problem to its linear program.
#include "runtime/bounds/solver.h"

#include <math.h>
#include <string.h>

#include "runtime/bounds/law.h"
#include "runtime/bounds/tree.h"

// Probabilities whose range is narrower than this are known.
#define SOLVER_POINT 1e-9

void solver_end(Solver *s, BoundsKind kind) {
    s->out->kind = kind;
    s->done = true;
}

static void end_large(Solver *s, double size) {
    s->out->size = size;
    solver_end(s, BOUNDS_TOO_LARGE);
}

// --- questions ------------------------------------------------------------------------------

static Status add_sum(Solver *s, const BoundsSum *sum) {
    uint32_t number;
    for (uint32_t i = 0; i < sum->nparts; i++)
        TRY(asked_add(&s->asked, sum->parts[i].q, &number));
    return OK;
}

static Status add_assume(Solver *s, const BoundsAssume *a) {
    uint32_t number;
    switch (a->kind) {
    case BOUNDS_UNIT: return asked_add_not(&s->asked, a->event, &number);
    case BOUNDS_AT_LEAST:
    case BOUNDS_EQUAL: return add_sum(s, &a->sum);
    case BOUNDS_MARGIN: break;
    }
    for (uint32_t i = 0; i < a->nquestions; i++)
        TRY(asked_add(&s->asked, &a->questions[i], &number));
    return OK;
}

static Status add_questions(Solver *s) {
    TRY(asked_open(&s->frame, s->faults, &s->asked));
    TRY(add_sum(s, &s->p->objective));
    s->first = ARENA_ARRAY(&s->frame.arena, uint32_t, s->p->nassumes);
    if (!s->first) return NOMEM;
    for (uint32_t i = 0; i < s->p->nassumes; i++) {
        s->first[i] = (uint32_t)s->asked.questions.count;
        TRY(add_assume(s, &s->p->assumes[i]));
    }
    TRY(asked_finish(&s->asked, s->ctl));
    if (s->asked.too_large) end_large(s, s->asked.size);
    return OK;
}

// --- what is known --------------------------------------------------------------------------

static Status find_relevant(Solver *s, bool **relevant) {
    const Frame *f = &s->frame;
    uint32_t n = f->model->nvars;
    bool *reads = ARENA_ARRAY(&s->frame.arena, bool, n);
    bool *district = ARENA_ARRAY(&s->frame.arena, bool, n);
    if (!reads || !district) return NOMEM;
    for (uint32_t q = 0; q < s->asked.questions.count; q++)
        TRY(tree_reads(&s->asked, q, reads));
    for (uint32_t v = 0; v < n; v++)
        if (reads[v]) district[f->vars[v].district] = true;
    for (uint32_t v = 0; v < n; v++) reads[v] = district[f->vars[v].district];
    *relevant = reads;
    return OK;
}

// A mechanism whose variable shares a latent cause with others: its rows are facts.
static Status tell_mechanism(Solver *s, uint32_t v) {
    const FrameVar *var = &s->frame.vars[v];
    for (uint32_t row = 0; row < var->rows; row++)
        for (uint32_t l = 0; l < var->card; l++) {
            PoolItem item = {.level = l};
            uint32_t event;
            TRY(pool_cell(&s->pool, v, row, &item.cell));
            TRY(pool_event(&s->pool, &item, 1, &event));
            TRY(pool_fact(&s->pool, event, var->kernel[(size_t)row * var->card + l]));
        }
    return OK;
}

static Status read_facts(Solver *s) {
    bool *relevant;
    TRY(find_relevant(s, &relevant));
    LawCall call = {.p = s->p, .frame = &s->frame, .pool = &s->pool, .relevant = relevant,
                    .ctl = s->ctl, .faults = s->faults};
    s->pool.frame = &s->frame;
    TRY(law_read(&call));
    for (uint32_t v = 0; v < s->frame.model->nvars; v++) {
        const FrameVar *var = &s->frame.vars[v];
        if (relevant[v] && !var->single && !var->open && var->kernel) TRY(tell_mechanism(s, v));
    }
    s->partial = call.partial;
    if (call.too_large > 0)
        end_large(s, call.too_large);
    else if (s->pool.contradicted)
        solver_end(s, BOUNDS_REFUTED);
    return OK;
}

// --- polynomials ----------------------------------------------------------------------------

static Status make_quotients(Solver *s) {
    for (uint32_t i = 0; i < s->asked.questions.count; i++) {
        if (!VEC_PUSH(&s->quotients, (SolverQuotient){0})) return NOMEM;
        SolverQuotient *q = &s->quotients.items[i];
        q->divided = s->asked.questions.items[i].nconds > 0;
        TRY(tree_add(&s->asked, i, true, 1, &s->pool, s->ctl, &s->steps, &q->upper));
        if (q->divided)
            TRY(tree_add(&s->asked, i, false, 1, &s->pool, s->ctl, &s->steps, &q->lower));
        if (s->steps > TREE_STEPS) {
            end_large(s, s->steps);
            return OK;
        }
    }
    return OK;
}

static void mark_events(const Poly *p, uint32_t least, bool *asked) {
    for (uint32_t k = 0; k < p->coef.count; k++) {
        uint32_t n = keys_length(&p->products, k);
        for (uint32_t i = 0; n >= least && i < n; i++)
            asked[keys_items(&p->products, k)[i]] = true;
    }
}

// Marks the events of all products of at least so many; *any when there are some.
static Status mark_all(Solver *s, uint32_t least, bool **asked, bool *any) {
    uint32_t n = keys_count(&s->pool.events);
    *asked = MEM_NEW(bool, n);
    *any = false;
    if (!*asked) return NOMEM;
    for (size_t i = 0; i < s->quotients.count; i++) {
        mark_events(&s->quotients.items[i].upper, least, *asked);
        mark_events(&s->quotients.items[i].lower, least, *asked);
    }
    for (uint32_t e = 0; e < n; e++) *any = *any || (*asked)[e];
    return OK;
}

static Status settle_polys(Solver *s) {
    for (size_t i = 0; i < 2 * s->quotients.count; i++) {
        SolverQuotient *q = &s->quotients.items[i / 2];
        Poly *p = i % 2 ? &q->lower : &q->upper, settled = {0};
        Status st = poly_settle(&s->pool, p, &settled);
        if (st != OK) {
            poly_free(&settled);
            return st;
        }
        poly_free(p);
        *p = settled;
    }
    return OK;
}

// --- the events of products -----------------------------------------------------------------

static Status range_event(Solver *s, System *system, uint32_t event) {
    Poly p = {0};
    SystemRange range = {0};
    Status st = poly_add(&p, &event, 1, 1);
    if (st == OK) st = system_range(system, &p, NULL, s->ctl, &range);
    poly_free(&p);
    if (st != OK) return st;
    if (range.verdict == PROGRAM_INFEASIBLE)
        solver_end(s, BOUNDS_REFUTED);
    else if (range.verdict == PROGRAM_OPTIMAL && range.high - range.low < SOLVER_POINT)
        s->pool.known.items[event] = (range.low + range.high) / 2;
    return OK;
}

// Where events of several districts are multiplied, finds out which of them have a known
// probability, so that as few products as possible remain.
static Status know_factors(Solver *s) {
    Blocks blocks = {0};
    System system = {0};
    bool *asked, any;
    TRY(mark_all(s, 2, &asked, &any));
    uint32_t n = keys_count(&s->pool.events);
    Status st = any ? blocks_open(&s->pool, asked, s->ctl, &blocks) : OK;
    if (st == OK && any && blocks.too_large == 0)
        st = system_open(&blocks, NULL, 0, &s->spent, &system);
    bool fits = any && blocks.too_large == 0 && system.too_large == 0;
    for (uint32_t e = 0; st == OK && fits && !s->done && e < n; e++)
        if (asked[e]) st = range_event(s, &system, e);
    if (st == OK && fits) st = settle_polys(s);
    system_free(&system);
    blocks_free(&blocks);
    mem_free(asked);
    return st;
}

// --- the program ----------------------------------------------------------------------------

static Status make_program(Solver *s) {
    bool *asked, any;
    TRY(mark_all(s, 1, &asked, &any));
    Status st = blocks_open(&s->pool, asked, s->ctl, &s->blocks);
    mem_free(asked);
    if (st != OK) return st;
    if (s->blocks.too_large > 0) {
        end_large(s, s->blocks.too_large);
        return OK;
    }
    size_t n = s->quotients.count;
    const Poly **polys = MEM_NEW(const Poly *, 2 * n);
    if (!polys) return NOMEM;
    for (size_t i = 0; i < n; i++) {
        polys[2 * i] = &s->quotients.items[i].upper;
        polys[2 * i + 1] = &s->quotients.items[i].lower;
    }
    st = system_open(&s->blocks, polys, 2 * n, &s->spent, &s->system);
    mem_free(polys);
    for (size_t i = 0; i < s->blocks.items.count; i++)
        if (s->blocks.items.items[i].size > s->out->size)
            s->out->size = s->blocks.items.items[i].size;
    if (st == OK && s->system.too_large > 0) end_large(s, s->system.too_large);
    return st;
}

static Status check_feasible(Solver *s) {
    Poly nothing = {0};
    SystemRange range = {0};
    TRY(solver_range(s, &nothing, NULL, &range));
    if (range.verdict == PROGRAM_INFEASIBLE) solver_end(s, BOUNDS_REFUTED);
    return OK;
}

Status solver_open(Solver *s) {
    TRY(frame_open(s->p, s->faults, &s->frame));
    s->out->culprit = BOUNDS_NONE;
    TRY(add_questions(s));
    if (!s->done) TRY(read_facts(s));
    if (!s->done) TRY(make_quotients(s));
    if (!s->done) TRY(know_factors(s));
    if (!s->done) TRY(make_program(s));
    return s->done ? OK : check_feasible(s);
}

void solver_close(Solver *s) {
    system_free(&s->system);
    blocks_free(&s->blocks);
    for (size_t i = 0; i < s->quotients.count; i++) {
        poly_free(&s->quotients.items[i].upper);
        poly_free(&s->quotients.items[i].lower);
    }
    for (size_t i = 0; i < s->demands.count; i++) poly_free(&s->demands.items[i].poly);
    VEC_FREE(&s->quotients);
    VEC_FREE(&s->demands);
    pool_free(&s->pool);
    asked_free(&s->asked);
    frame_free(&s->frame);
}

// --- values ---------------------------------------------------------------------------------

Status solver_range(Solver *s, const Poly *upper, const Poly *lower, SystemRange *range) {
    return system_range(&s->system, upper, lower, s->ctl, range);
}

static Status divide(SolverQuotient *q, double by) {
    Poly scaled = {0};
    Status st = poly_sum(&scaled, &q->upper, 1 / by);
    if (st != OK) {
        poly_free(&scaled);
        return st;
    }
    poly_free(&q->upper);
    q->upper = scaled;
    q->divided = false;
    return OK;
}

Status solver_settle(Solver *s, SolverQuotient *q) {
    double value;
    if (!q->divided) return OK;
    if (!poly_constant(&q->lower, &value)) {
        SystemRange range = {0};
        TRY(solver_range(s, &q->lower, NULL, &range));
        bool point = range.verdict == PROGRAM_OPTIMAL && range.high - range.low < SOLVER_POINT;
        value = point ? (range.low + range.high) / 2 : NAN;
        if (isnan(value)) return OK;
    }
    if (value > 1e-12) return divide(q, value);
    q->undefined = true;
    return OK;
}

Status solver_sum(Solver *s, const BoundsSum *sum, uint32_t first, SolverSum *out) {
    *out = (SolverSum){0};
    TRY(poly_add(&out->linear, NULL, 0, sum->constant));
    for (uint32_t i = 0; i < sum->nparts; i++) {
        SolverQuotient *q = &s->quotients.items[first + i];
        double coef = sum->parts[i].coef;
        TRY(solver_settle(s, q));
        if (q->undefined)
            out->undefined = true;
        else if (!q->divided)
            TRY(poly_sum(&out->linear, &q->upper, coef));
        else if (out->lower && !poly_equal(out->lower, &q->lower))
            out->several = true;
        else {
            out->lower = &q->lower;
            TRY(poly_sum(&out->upper, &q->upper, coef));
        }
    }
    return OK;
}

void solver_sum_free(SolverSum *sum) {
    poly_free(&sum->linear);
    poly_free(&sum->upper);
}

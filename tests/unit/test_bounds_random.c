// Bounds on random structural models: they contain the truth, and their vertices attain them.
#include "runtime/bounds/bounds.h"
#include "tests/unit/graph_text.h"
#include "tests/unit/model_make.h"

#define MOST 4  // variables
#define KINDS 5 // of units, in each district

// A unit of a structural model: how every variable responds to every row of its causes.
typedef struct Plan {
    uint32_t n, card[MOST];
    uint32_t nparents[MOST], parents[MOST][MOST]; // ascending; causes before effects
    uint32_t district[MOST], ndistricts;
    double share[MOST][KINDS];                // of the kinds in a district
    uint32_t respond[MOST][KINDS][81];        // by variable, kind in its district, row
    bool kernels;                             // known by mechanisms, not by a law
} Plan;

// A unit: its kind in each district, and its type in each block of a vertex, if there is one.
typedef struct Unit {
    const Plan *plan;
    uint32_t kind[MOST];
    const BoundsVertex *vertex;
    size_t type[16];
} Unit;

// Set to NONE where nothing is set.
#define NONE 99

static const BoundsCell *cell_of(const BoundsVertex *v, uint32_t var, const uint32_t *levels,
                                 uint32_t *block, uint32_t *at) {
    for (*block = 0; *block < v->nblocks; ++*block)
        for (*at = 0; *at < v->blocks[*block].ncells; ++*at) {
            const BoundsCell *c = &v->blocks[*block].cells[*at];
            bool same = c->var == var;
            for (uint32_t i = 0; same && i < c->ncauses; i++)
                same = c->levels[i] == levels[c->causes[i]];
            if (same) return c;
        }
    return NULL;
}

static uint32_t response(const Unit *u, uint32_t v, const uint32_t *levels) {
    uint32_t row = 0, block, at;
    const Plan *p = u->plan;
    for (uint32_t i = 0; i < p->nparents[v]; i++)
        row = row * p->card[p->parents[v][i]] + levels[p->parents[v][i]];
    if (u->vertex && cell_of(u->vertex, v, levels, &block, &at)) {
        const BoundsBlock *b = &u->vertex->blocks[block];
        return b->levels[u->type[block] * b->ncells + at];
    }
    return p->respond[v][u->kind[p->district[v]]][row];
}

static void world(const Unit *u, const uint32_t *set, uint32_t *levels) {
    for (uint32_t v = 0; v < u->plan->n; v++)
        levels[v] = set[v] != NONE ? set[v] : response(u, v, levels);
}

// --- plans ----------------------------------------------------------------------------------

static Plan random_plan(Rng *rng) {
    Plan p = {.n = 2 + (uint32_t)rng_below(rng, MOST - 1)};
    p.kernels = rng_below(rng, 4) == 0;
    for (uint32_t v = 0; v < p.n; v++) {
        p.card[v] = p.n <= 3 && rng_below(rng, 4) == 0 ? 3 : 2;
        for (uint32_t w = 0; w < v; w++)
            if (rng_below(rng, 10) < 6) p.parents[v][p.nparents[v]++] = w;
        p.district[v] = (uint32_t)rng_below(rng, p.ndistricts + 1);
        if (p.kernels) p.district[v] = v;
        if (p.district[v] == p.ndistricts) p.ndistricts++;
    }
    for (uint32_t d = 0; d < p.ndistricts; d++) {
        double sum = 0;
        for (uint32_t k = 0; k < KINDS; k++) sum += p.share[d][k] = -log(1 - rng_unit(rng));
        for (uint32_t k = 0; k < KINDS; k++) p.share[d][k] /= sum;
    }
    for (uint32_t v = 0; v < p.n; v++)
        for (uint32_t k = 0; k < KINDS; k++)
            for (uint32_t r = 0; r < 81; r++)
                p.respond[v][k][r] = (uint32_t)rng_below(rng, p.card[v]);
    return p;
}

static const char *names[] = {"A", "B", "C", "D"};
static const char *latents[] = {"U0", "U1", "U2", "U3"};
static const char *domains[] = {"", "", "0..1", "0..2"};

static size_t rows_of(const Plan *p, uint32_t v) {
    size_t rows = 1;
    for (uint32_t i = 0; i < p->nparents[v]; i++) rows *= p->card[p->parents[v][i]];
    return rows;
}

static void give_table(const Plan *p, uint32_t v) {
    double values[81 * 3] = {0};
    Sym parents[MOST];
    for (uint32_t i = 0; i < p->nparents[v]; i++) parents[i] = sym(names[p->parents[v][i]]);
    for (uint32_t r = 0; r < rows_of(p, v); r++)
        for (uint32_t k = 0; k < KINDS; k++)
            values[r * p->card[v] + p->respond[v][k][r]] += p->share[p->district[v]][k];
    assert_int_equal(
        model_table(make.b, sym(names[v]), parents, p->nparents[v], values, 0, &make.faults),
        OK);
}

// The graph, with a latent cause of each district of several; or the mechanisms.
static Model *graph_model(const Plan *p) {
    again(NULL);
    for (uint32_t v = 0; v < p->n; v++)
        assert_int_equal(declare(names[v], domains[p->card[v]]), OK);
    for (uint32_t v = 0; v < p->n; v++) {
        if (p->kernels) give_table(p, v);
        for (uint32_t i = 0; !p->kernels && i < p->nparents[v]; i++)
            assert_int_equal(model_edge(make.b, sym(names[p->parents[v][i]]), sym(names[v]),
                                        false, 0, &make.faults),
                             OK);
    }
    for (uint32_t d = 0; d < p->ndistricts; d++) {
        uint32_t members = 0;
        for (uint32_t v = 0; v < p->n; v++) members += p->district[v] == d;
        if (members < 2) continue;
        assert_int_equal(declare_as(ROLE_VAR_LATENT, latents[d], ""), OK);
        for (uint32_t v = 0; v < p->n; v++)
            if (p->district[v] == d)
                assert_int_equal(model_edge(make.b, sym(latents[d]), sym(names[v]), false, 0,
                                            &make.faults),
                                 OK);
    }
    return finish();
}

// --- sums over units ------------------------------------------------------------------------

typedef void OfUnit(void *user, const Unit *u, double share);

static void each_type(Unit *u, uint32_t block, double share, OfUnit *visit, void *user) {
    if (!u->vertex || block == u->vertex->nblocks) {
        visit(user, u, share);
        return;
    }
    const BoundsBlock *b = &u->vertex->blocks[block];
    for (size_t t = 0; t < b->ntypes; t++) {
        u->type[block] = t;
        each_type(u, block + 1, share * b->weight[t], visit, user);
    }
}

static void each_unit(const Plan *p, const BoundsVertex *vertex, OfUnit *visit, void *user) {
    Unit u = {.plan = p, .vertex = vertex};
    if (vertex) assert_true(vertex->nblocks <= 16);
    for (;;) {
        double share = 1;
        for (uint32_t d = 0; d < p->ndistricts; d++) share *= p->share[d][u.kind[d]];
        each_type(&u, 0, share, visit, user);
        uint32_t d = 0;
        while (d < p->ndistricts && ++u.kind[d] == KINDS) u.kind[d++] = 0;
        if (d == p->ndistricts) return;
    }
}

typedef struct Law {
    double cells[81];
    size_t n;
} Law;

static void add_law(void *user, const Unit *u, double share) {
    Law *law = user;
    uint32_t set[MOST] = {NONE, NONE, NONE, NONE}, levels[MOST];
    size_t at = 0;
    world(u, set, levels);
    for (uint32_t v = 0; v < u->plan->n; v++) at = at * u->plan->card[v] + levels[v];
    law->cells[at] += share;
}

static Law law_of_plan(const Plan *p, const BoundsVertex *vertex) {
    Law law = {.n = 1};
    for (uint32_t v = 0; v < p->n; v++) law.n *= p->card[v];
    each_unit(p, vertex, add_law, &law);
    return law;
}

static Model *law_model(const Plan *p, const Law *law) {
    Sym vars[MOST];
    again(NULL);
    for (uint32_t v = 0; v < p->n; v++) {
        assert_int_equal(declare(names[v], domains[p->card[v]]), OK);
        vars[v] = sym(names[v]);
    }
    assert_int_equal(model_factor_table(make.b, vars, p->n, law->cells, 0, &make.faults), OK);
    return finish();
}

// --- questions ------------------------------------------------------------------------------

typedef enum Form { EFFECT, JOINT, GIVEN, NESTED, FORMS } Form;

// EFFECT: E[Y[X = 1] - Y[X = 0]]. JOINT: P(Y[X = 1] > Y[X = 0]). GIVEN: P(Y[X = 1] = 1 | X = 0,
// Z = 1). NESTED: P(Y[X = 1, M = M[X = 0]] = 1).
typedef struct Asking {
    Form form;
    uint32_t x, y, m;
    double upper, lower;
} Asking;

static void add_value(void *user, const Unit *u, double share) {
    Asking *a = user;
    uint32_t none[MOST] = {NONE, NONE, NONE, NONE}, set[MOST] = {NONE, NONE, NONE, NONE};
    uint32_t fact[MOST], zero[MOST], one[MOST];
    world(u, none, fact);
    set[a->x] = 0;
    world(u, set, zero);
    set[a->x] = 1;
    if (a->form == NESTED && a->m != a->x) set[a->m] = zero[a->m];
    world(u, set, one);
    bool given = a->form != GIVEN || (fact[a->x] == 0 && fact[a->m] == 1);
    double value = 0;
    switch (a->form) {
    case EFFECT: value = (double)one[a->y] - (double)zero[a->y]; break;
    case JOINT: value = one[a->y] > zero[a->y]; break;
    default: value = one[a->y] == 1;
    }
    if (given) {
        a->upper += share * value;
        a->lower += share;
    }
}

static double truth(const Plan *p, const BoundsVertex *vertex, Asking a) {
    a.upper = a.lower = 0;
    each_unit(p, vertex, add_value, &a);
    return a.upper / a.lower;
}

static Term *in_world(uint32_t y, uint32_t x, double value) {
    Assign item = {.kind = ASSIGN_VALUE, .target = sym(names[x]), .value = N(value)};
    return term_var(sym(names[y]), world_new(&item, 1), 0);
}

static Term *nested(const Asking *a) {
    if (a->m == a->x) return in_world(a->y, a->x, 1);
    Assign items[] = {
        {.kind = ASSIGN_VALUE, .target = sym(names[a->x]), .value = N(1)},
        {.kind = ASSIGN_VALUE, .target = sym(names[a->m]), .value = in_world(a->m, a->x, 0)}};
    return term_var(sym(names[a->y]), world_new(items, 2), 0);
}

static Status pose(const Asking *a, const Model *m, const Model *law, BoundsAnswer *out) {
    Term *zero = in_world(a->y, a->x, 0), *one = in_world(a->y, a->x, 1);
    Term *arg = a->form == EFFECT  ? op(TERM_SUB, one, zero)
                : a->form == JOINT ? op(TERM_GT, one, zero)
                : a->form == GIVEN ? op(TERM_EQ, one, N(1))
                                   : op(TERM_EQ, nested(a), N(1));
    Term *given[] = {op(TERM_EQ, V(names[a->x]), N(0)), op(TERM_EQ, V(names[a->m]), N(1))};
    Cond conds[] = {{.kind = COND_EVENT, .term = given[0]},
                    {.kind = COND_EVENT, .term = given[1]}};
    Question q = {.head = a->form == EFFECT ? ASK_E : ASK_P, .args = &arg, .nargs = 1,
                  .conds = conds, .nconds = a->form == GIVEN ? 2 : 0};
    BoundsPart part = {1, &q};
    BoundsSource source = {.law = law};
    BoundsProblem p = {.model = m, .sources = &source, .nsources = law != NULL,
                       .objective = {.parts = &part, .nparts = 1}, .vertices = true};
    Status st = bounds_solve(&p, NULL, NULL, out, &make.faults);
    if (a->form == NESTED) term_drop(one);
    if (a->form == GIVEN || a->form == NESTED) term_drop(zero);
    term_drop(arg);
    term_drop(given[0]);
    term_drop(given[1]);
    return st;
}

// --- the test -------------------------------------------------------------------------------

static uint64_t seed_now;

static void check_vertex(const Plan *p, const Law *law, const Asking *a,
                         const BoundsVertex *vertex, double value) {
    Law again_law = law_of_plan(p, vertex);
    for (size_t i = 0; i < law->n; i++)
        if (fabs(law->cells[i] - again_law.cells[i]) > 1e-8)
            fail_msg("seed %lu: cell %zu of the vertex's law is %.12g, not %.12g", seed_now, i,
                     again_law.cells[i], law->cells[i]);
    double at = truth(p, vertex, *a);
    if (!(fabs(at - value) <= 1e-7))
        fail_msg("seed %lu: the vertex gives %.12g, not %.12g", seed_now, at, value);
}

typedef struct Count {
    unsigned asked, wide, sharp, products;
} Count;

static void check(const Plan *p, const Law *law, const Asking *a, const BoundsAnswer *out,
                  Count *count) {
    double is = truth(p, NULL, *a);
    if (out->kind != BOUNDS_FOUND) fail_msg("seed %lu: kind %d", seed_now, out->kind);
    if (!(out->low - 1e-8 <= is && is <= out->high + 1e-8))
        fail_msg("seed %lu: %.12g is not between %.12g and %.12g", seed_now, is, out->low,
                 out->high);
    count->asked++;
    count->wide += out->low < out->high;
    count->sharp += out->low_sharp && out->high_sharp;
    if (out->low_at.nblocks) check_vertex(p, law, a, &out->low_at, out->low);
    if (out->high_at.nblocks) check_vertex(p, law, a, &out->high_at, out->high);
}

static void test_random(void **state) {
    (void)state;
    Count count = {0};
    uint64_t n = seeds(60);
    for (seed_now = 0; seed_now < n; seed_now++) {
        Rng rng;
        rng_seed(&rng, seed_now, 7);
        Plan p = random_plan(&rng);
        Asking a = {.form = (Form)rng_below(&rng, FORMS)};
        a.y = p.n - 1;
        a.x = (uint32_t)rng_below(&rng, p.n - 1);
        a.m = a.x + (uint32_t)rng_below(&rng, p.n - 1 - a.x);
        if (a.form == GIVEN) a.m = p.n - 1;
        Law law = law_of_plan(&p, NULL);
        if (a.form == GIVEN && isnan(truth(&p, NULL, a))) continue;
        make_start();
        Model *m = graph_model(&p), *source = p.kernels ? NULL : law_model(&p, &law);
        BoundsAnswer out = {0};
        Status st = pose(&a, m, source, &out);
        if (st != OK)
            fail_msg("seed %lu: %s", seed_now,
                     make.faults.count ? make.faults.items[0].message : "status");
        check(&p, &law, &a, &out, &count);
        bounds_free(&out);
        model_drop(m);
        model_drop(source);
        make_end();
    }
    print_message("%u questions, %u not identified, %u sharp\n", count.asked, count.wide,
                  count.sharp);
    assert_true(count.wide > count.asked / 5);
    assert_true(count.sharp > count.asked * 9 / 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

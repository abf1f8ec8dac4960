// Worlds of models over the reals, against the definition.
//
// The network of all worlds is a function of the noise: for random values of the noise, every
// variable of every world must have the value that the definition gives it (action in each
// world, the same noise in all). The oracle knows nothing of networks.
#include "tests/unit/model_make.h"

#include "runtime/base/rng.h"
#include "runtime/infer/worlds.h"
#include "runtime/model/kernel.h"
#include "tests/unit/graph_text.h"

#define VARS 6
#define WORLDS 3
#define ASKED 5
#define MOST_NODES 200

typedef enum SetKind { SET_NONE, SET_CONSTANT, SET_SHIFT, SET_TWICE, SET_OTHER, SET_EDGE } SetKind;

// V[i] = at + sum of coef[j]*V[j] for j < i, doubled where V[turn] < 0, + scale*noise, the scale 1
// or 1 + V[wide]^2.
typedef struct RealVar {
    double at, coef[VARS];
    uint32_t turn, wide; // VARS: none
} RealVar;

// In a world: what is done to V[i]. `other`: the variable read, or the source of the edge.
typedef struct RealSet {
    SetKind kind;
    double value;
    uint32_t other;
} RealSet;

typedef struct RealCase {
    RealVar vars[VARS];
    RealSet sets[WORLDS + 1][VARS]; // world 0 is the factual one
    uint32_t asked[ASKED], world[ASKED];
    double noise[VARS];
} RealCase;

static double pick(Rng *rng) {
    return (double)rng_below(rng, 7) - 3;
}

static void draw_set(Rng *rng, const RealCase *c, uint32_t i, RealSet *set) {
    *set = (RealSet){.value = pick(rng)};
    if (rng_below(rng, 3)) return;
    set->kind = (SetKind)(1 + rng_below(rng, 5));
    bool reads = set->kind == SET_TWICE || set->kind == SET_OTHER || set->kind == SET_EDGE;
    if (reads && i == 0) set->kind = SET_SHIFT;
    if (reads && i > 0) set->other = (uint32_t)rng_below(rng, i);
    bool edge = set->kind != SET_EDGE || c->vars[i].coef[set->other] != 0;
    if (!edge) set->kind = SET_SHIFT;
}

static void draw_case(Rng *rng, RealCase *c) {
    for (uint32_t i = 0; i < VARS; i++) {
        RealVar *v = &c->vars[i];
        *v = (RealVar){.at = pick(rng), .turn = VARS, .wide = VARS};
        for (uint32_t j = 0; j < i; j++) v->coef[j] = rng_below(rng, 2) ? pick(rng) : 0;
        if (i && !rng_below(rng, 3)) v->turn = (uint32_t)rng_below(rng, i);
        if (i && !rng_below(rng, 3)) v->wide = (uint32_t)rng_below(rng, i);
        c->noise[i] = rng_unit(rng) * 4 - 2;
    }
    for (uint32_t w = 0; w <= WORLDS; w++)
        for (uint32_t i = 0; i < VARS; i++)
            if (w) draw_set(rng, c, i, &c->sets[w][i]);
            else c->sets[w][i] = (RealSet){0};
    for (uint32_t k = 0; k < ASKED; k++) {
        c->asked[k] = (uint32_t)rng_below(rng, VARS);
        c->world[k] = (uint32_t)rng_below(rng, WORLDS + 1);
    }
}

// --- the definition -------------------------------------------------------------------------

// What V[i] would be of itself, where `x` has the values before it.
static double natural(const RealCase *c, const RealSet *set, const double *x, uint32_t i) {
    const RealVar *v = &c->vars[i];
    bool edge = set->kind == SET_EDGE;
    double sum = v->at;
#define READ(j) (edge && (j) == set->other ? set->value : x[j])
    for (uint32_t j = 0; j < i; j++) sum += v->coef[j] * READ(j);
    if (v->turn < VARS && READ(v->turn) < 0) sum *= 2;
    double wide = v->wide < VARS ? READ(v->wide) : 0;
#undef READ
    return sum + (v->wide < VARS ? 1 + wide * wide : 1) * c->noise[i];
}

static double defined(const RealCase *c, uint32_t world, uint32_t asked) {
    double x[VARS];
    for (uint32_t i = 0; i <= asked; i++) {
        const RealSet *set = &c->sets[world][i];
        double own = natural(c, set, x, i);
        bool free = set->kind == SET_NONE || set->kind == SET_EDGE;
        if (free) x[i] = own;
        if (set->kind == SET_CONSTANT) x[i] = set->value;
        if (set->kind == SET_SHIFT) x[i] = own + set->value;
        // A name of another set variable would mean its natural value.
        if (set->kind == SET_TWICE || set->kind == SET_OTHER) {
            const RealSet *other = &c->sets[world][set->other];
            bool is_set = other->kind != SET_NONE && other->kind != SET_EDGE;
            double y = is_set ? natural(c, other, x, set->other) : x[set->other];
            x[i] = (set->kind == SET_TWICE ? 2 : 1) * y + (set->kind == SET_OTHER ? own : 0);
        }
    }
    return x[asked];
}

// --- the model ------------------------------------------------------------------------------

static const char *const names[VARS] = {"V0", "V1", "V2", "V3", "V4", "V5"};

static Term *mechanism(const RealVar *v, uint32_t i) {
    Term *sum = N(v->at);
    for (uint32_t j = 0; j < i; j++)
        if (v->coef[j] != 0)
            sum = op(TERM_ADD, sum, op(TERM_MUL, N(v->coef[j]), V(names[j])));
    if (v->turn < VARS)
        sum = op(TERM_MUL, sum, iff(op(TERM_LT, V(names[v->turn]), N(0)), N(2), N(1)));
    Term *scale = N(1);
    if (v->wide < VARS)
        scale = op(TERM_ADD, scale, op(TERM_MUL, V(names[v->wide]), V(names[v->wide])));
    Term *kids[] = {sum, scale};
    return term_dist(dist_find("normal"), kids, 2, 0);
}

static World *world_of(const RealCase *c, uint32_t world) {
    Assign items[VARS];
    uint32_t n = 0;
    for (uint32_t i = 0; i < VARS; i++) {
        const RealSet *s = &c->sets[world][i];
        Assign *a = &items[n];
        *a = (Assign){.kind = ASSIGN_VALUE, .target = sym(names[i])};
        if (s->kind == SET_NONE) continue;
        n++;
        if (s->kind == SET_CONSTANT || s->kind == SET_EDGE) a->value = N(s->value);
        if (s->kind == SET_EDGE) a->source = sym(names[s->other]);
        if (s->kind == SET_SHIFT) a->value = op(TERM_ADD, V(names[i]), N(s->value));
        if (s->kind == SET_TWICE) a->value = op(TERM_MUL, N(2), V(names[s->other]));
        if (s->kind == SET_OTHER) a->value = op(TERM_ADD, V(names[s->other]), V(names[i]));
    }
    return n ? world_new(items, n) : NULL;
}

// --- the network ----------------------------------------------------------------------------

static double run_term(const Model *m, const Term *t, const double *values) {
    Kernel *k;
    assert_int_equal(kernel_new_real(m, t, &k, &make.faults), OK);
    const void *inputs[MOST_NODES];
    for (uint32_t i = 0; i < kernel_ninputs(k); i++) inputs[i] = &values[kernel_input(k, i)];
    double out, *work = malloc(sizeof(double) * (kernel_work(k, 1) + 1));
    kernel_run(k, 1, inputs, &out, work);
    free(work);
    kernel_free(k);
    return out;
}

static double noise_of(const RealCase *c, const char *name) {
    for (uint32_t i = 0; i < VARS; i++)
        if (!strncmp(name, names[i], 2) && !strcmp(name + 2, ".noise1")) return c->noise[i];
    fail_msg("no noise %s", name);
    return 0;
}

static void run_network(const Model *m, const RealCase *c, double *values) {
    assert_true(m->nvars <= MOST_NODES);
    for (uint32_t i = 0; i < m->nvars; i++) {
        uint32_t v = m->order[i];
        const ModelVar *var = m->vars[v];
        if (var->mech == MECH_KERNEL)
            values[v] = var->term->kid[0]->number +
                        var->term->kid[1]->number * noise_of(c, var->name->text);
        else values[v] = run_term(m, var->term, values);
    }
}

static void check_case(const RealCase *c, uint64_t seed) {
    again(NULL);
    for (uint32_t i = 0; i < VARS; i++) var(names[i], "real", '=', mechanism(&c->vars[i], i));
    Model *m = finish();
    Term *args[ASKED];
    double values[MOST_NODES];
    for (uint32_t k = 0; k < ASKED; k++)
        args[k] = term_var(sym(names[c->asked[k]]), world_of(c, c->world[k]), 0);
    Question q = {.head = ASK_E, .args = args, .nargs = ASKED};
    Worlds worlds;
    Status st = worlds_build(m, &q, NULL, &make.faults, &worlds);
    if (st != OK) fail_msg("seed %lu: %s", (unsigned long)seed, make.faults.items[0].message);
    run_network(worlds.model, c, values);
    for (uint32_t k = 0; k < ASKED; k++) {
        double want = defined(c, c->world[k], c->asked[k]);
        double got = run_term(worlds.model, worlds.q.args[k], values);
        if (fabs(got - want) > 1e-9 * fmax(1, fabs(want)))
            fail_msg("seed %lu: %s in world %u is %.15g, not %.15g", (unsigned long)seed,
                     names[c->asked[k]], c->world[k], got, want);
    }
    worlds_free(&worlds);
    for (uint32_t k = 0; k < ASKED; k++) term_drop(args[k]);
    model_drop(m);
}

static void test_definition(void **state) {
    (void)state;
    make_start();
    for (uint64_t seed = 0; seed < seeds(300); seed++) {
        Rng rng;
        RealCase c;
        rng_seed(&rng, seed, 0);
        draw_case(&rng, &c);
        check_case(&c, seed);
    }
    make_end();
}

// --- what is shared -------------------------------------------------------------------------

static uint32_t nodes_of(const Model *m, Term *a, Term *b, Status want) {
    Term *args[] = {a, b};
    Question q = {.head = ASK_COV, .args = args, .nargs = 2};
    Worlds worlds;
    assert_int_equal(worlds_build(m, &q, NULL, &make.faults, &worlds), want);
    uint32_t n = want == OK ? worlds.model->nvars - m->nvars : 0;
    worlds_free(&worlds);
    term_drop(a);
    term_drop(b);
    return n;
}

static Term *in_world(const char *name, const char *target, Term *value) {
    Assign a = {.kind = ASSIGN_VALUE, .target = sym(target), .value = value};
    return term_var(sym(name), world_new(&a, 1), 0);
}

static Term *normal(Term *mean) {
    Term *kids[] = {mean, N(1)};
    return term_dist(dist_find("normal"), kids, 2, 0);
}

static Term *point(Term *at) {
    return term_dist(dist_find("point"), &at, 1, 0);
}

// Equal worlds are one, and so are copies that cannot differ.
static void test_shares(void **state) {
    (void)state;
    make_start();
    var("X", "", '~', normal(N(0)));
    var("M", "", '=', op(TERM_ADD, op(TERM_MUL, N(2), V("X")), normal(N(0))));
    var("Y", "", '=', op(TERM_ADD, V("M"), V("X")));
    var("K", "", '~', normal(V("X")));
    var("C", "real", '~', point(V("X")));
    Model *m = finish();
    // X, M and Y of one world.
    assert_int_equal(nodes_of(m, in_world("Y", "X", N(1)), in_world("M", "X", N(1)), OK), 3);
    assert_int_equal(nodes_of(m, in_world("Y", "X", N(1)), in_world("Y", "X", N(2)), OK), 6);
    // Setting M leaves X as it is.
    assert_int_equal(nodes_of(m, in_world("Y", "M", N(1)), in_world("X", "M", N(1)), OK), 2);
    // A kernel in two versions is refused, one whose rows are certain is not.
    nodes_of(m, in_world("K", "X", N(1)), V("K"), FAULT);
    assert_int_equal(make.faults.items[0].code, FAULT_ASK_COUNTERFACTUAL);
    assert_int_equal(nodes_of(m, in_world("C", "X", N(1)), V("C"), OK), 2);
    model_drop(m);
    make_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_definition),
                                       cmocka_unit_test(test_shares)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

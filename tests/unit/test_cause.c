// Actual causation against the definition, tried out literally on random functions.
#include "tests/unit/graph_text.h"
#include "tests/unit/model_make.h"

#include "runtime/cause/cause.h"

// A model of `n` variables of 2 or 3 levels; the first `roots` have no causes. Functions are
// tables of the test's own, which the model gets as CASE terms.
typedef struct Toy {
    uint32_t n, roots;
    uint32_t card[6];
    uint32_t parents[6][3], nparents[6];
    uint32_t table[6][27];
    uint32_t actual[6];
} Toy;

static const char *const toy_names[] = {"A", "B", "C", "D", "E", "F"};
static const char *const toy_domain[] = {"", "", "0..1", "0..2"};

static void draw_toy(Toy *t, Rng *rng) {
    t->n = 3 + (uint32_t)rng_below(rng, 3);
    t->roots = 1 + (uint32_t)rng_below(rng, 2);
    for (uint32_t i = 0; i < t->n; i++) {
        t->card[i] = 2 + (rng_below(rng, 4) == 0);
        t->nparents[i] = 0;
        for (uint32_t p = 0; i >= t->roots && p < i; p++)
            if (t->nparents[i] < 3 && rng_below(rng, 3) > 0) t->parents[i][t->nparents[i]++] = p;
        if (i >= t->roots && t->nparents[i] == 0) t->parents[i][t->nparents[i]++] = i - 1;
        for (uint32_t r = 0; r < 27; r++)
            t->table[i][r] = (uint32_t)rng_below(rng, t->card[i]);
        if (i < t->roots) t->actual[i] = (uint32_t)rng_below(rng, t->card[i]);
    }
}

// --- the test's own view --------------------------------------------------------------------

// set[i] < 0: not set.
static void toy_run(const Toy *t, const int *set, uint32_t *out) {
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t row = 0;
        for (uint32_t p = 0; p < t->nparents[i]; p++) row = row * 3 + out[t->parents[i][p]];
        out[i] = set[i] >= 0            ? (uint32_t)set[i]
                 : i < t->roots         ? t->actual[i]
                                        : t->table[i][row];
    }
}

// AC2 by trying every value of X and every set of variables held: `x` is a set of bits. The
// least number held in *held, or 99.
static bool undone(const Toy *t, uint32_t x, uint32_t target, uint32_t level,
                   const uint32_t *actual, uint32_t *held) {
    *held = 99;
    for (uint32_t w = 0; w < 1u << t->n; w++) {
        if (w & x) continue;
        uint32_t values = 1, size = (uint32_t)__builtin_popcount(w);
        for (uint32_t i = 0; i < t->n; i++) values *= t->card[i];
        for (uint32_t k = 0; k < values && size < *held; k++) {
            int set[6];
            uint32_t out[6], rest = k;
            for (uint32_t i = 0; i < t->n; i++) {
                int value = (int)(rest % t->card[i]);
                rest /= t->card[i];
                set[i] = x >> i & 1 ? value : w >> i & 1 ? (int)actual[i] : -1;
            }
            toy_run(t, set, out);
            if (out[target] != level) *held = size;
        }
    }
    return *held < 99;
}

// --- the comparison -------------------------------------------------------------------------

// Nested IFs over the parents' levels.
static Term *toy_term(const Toy *t, uint32_t i, uint32_t p, uint32_t row) {
    if (p == t->nparents[i]) return N(t->table[i][row]);
    uint32_t parent = t->parents[i][p];
    Term *term = toy_term(t, i, p + 1, row * 3 + t->card[parent] - 1);
    for (uint32_t k = t->card[parent] - 1; k-- > 0;)
        term = iff(op(TERM_EQ, V(toy_names[parent]), N(k)), toy_term(t, i, p + 1, row * 3 + k),
                   term);
    return term;
}

static Model *toy_model(const Toy *t) {
    for (uint32_t i = 0; i < t->n; i++) {
        const char *domain = toy_domain[t->card[i]];
        if (i < t->roots)
            var(toy_names[i], domain, '~',
                t->card[i] == 2 ? MAP(N(0), N(.5), N(1), N(.5))
                                : MAP(N(0), N(.3), N(1), N(.3), N(2), N(.4)));
        else
            var(toy_names[i], domain, '=', toy_term(t, i, 0, 0));
    }
    return finish();
}

static bool ancestor(const Toy *t, uint32_t a, uint32_t of) {
    for (uint32_t p = 0; p < t->nparents[of]; p++)
        if (t->parents[of][p] == a || ancestor(t, a, t->parents[of][p])) return true;
    return false;
}

static void check_toy(const Toy *t, const Model *m, uint64_t seed) {
    int none[6] = {-1, -1, -1, -1, -1, -1};
    uint32_t actual[6], target = t->n - 1, want = 0, unused;
    toy_run(t, none, actual);
    Term *event = op(TERM_EQ, V(toy_names[target]), N(actual[target]));
    Term *given[2];
    for (uint32_t i = 0; i < t->roots; i++)
        given[i] = op(TERM_EQ, V(toy_names[i]), N(t->actual[i]));
    CauseQuestion q = {m, event, (const Term *const *)given, t->roots, 0};
    Causes causes;
    Faults faults = {0};
    if (cause_find(&q, NULL, &causes, &faults) != OK)
        fail_msg("seed %lu: %s", (unsigned long)seed, faults.items[0].message);
    for (uint32_t x = 1; x < 1u << target; x++) {
        uint32_t held;
        bool near = true, least = true;
        for (uint32_t i = 0; i < target; i++)
            near = near && (!(x >> i & 1) || ancestor(t, i, target));
        for (uint32_t part = (x - 1) & x; part; part = (part - 1) & x)
            least = least && !undone(t, part, target, actual[target], actual, &unused);
        if (!near || !least || !undone(t, x, target, actual[target], actual, &held)) continue;
        want++;
        bool found = false;
        for (size_t c = 0; c < causes.items.count; c++) {
            const Cause *cause = &causes.items.items[c];
            uint32_t bits = 0;
            for (uint32_t k = 0; k < cause->n; k++)
                for (uint32_t i = 0; i < target; i++)
                    if (m->vars[cause->vars[k]]->name == sym(toy_names[i])) bits |= 1u << i;
            found = found || (bits == x && cause->nheld == held);
        }
        if (!found) fail_msg("seed %lu: the cause %x is missing", (unsigned long)seed, x);
    }
    if (causes.items.count != want)
        fail_msg("seed %lu: %zu causes, not %u", (unsigned long)seed, causes.items.count, want);
    causes_free(&causes);
    term_drop(event);
    for (uint32_t i = 0; i < t->roots; i++) term_drop(given[i]);
}

static void test_definition(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(200); seed++) {
        Rng rng;
        Toy t;
        rng_seed(&rng, seed, 77);
        draw_toy(&t, &rng);
        make_start();
        Model *m = toy_model(&t);
        check_toy(&t, m, seed);
        model_drop(m);
        make_end();
    }
}

// --- degrees --------------------------------------------------------------------------------

// Ten marksmen, one of them with a live bullet, nobody knows which: each is to blame by 1/10
// (Chockler & Halpern 2004, example 3.5), and the one who had it is responsible by 1.
static void test_marksmen(void **state) {
    (void)state;
    make_start();
    Term *map[20], *dies = NULL;
    for (uint32_t i = 0; i < 10; i++) {
        map[2 * i] = N(i);
        map[2 * i + 1] = N(.1);
    }
    assert_int_equal(declare_as(ROLE_VAR_NOISE, "Live", "0..9"), OK);
    assert_int_equal(give("Live", '~', many(TERM_MAP, map, 20)), OK);
    for (uint32_t i = 0; i < 10; i++) {
        char name[4];
        snprintf(name, sizeof name, "S%u", i);
        var(name, "bool", '~', bernoulli(N(.5)));
        Term *hit = op(TERM_AND, V(name), op(TERM_EQ, V("Live"), N(i)));
        dies = dies ? op(TERM_OR, dies, hit) : hit;
    }
    var("Dies", "bool", '=', dies);
    Model *m = finish();
    Term *event = V("Dies"), *claim = V("S3"), *given[11];
    for (uint32_t i = 0; i < 10; i++) {
        char name[4];
        snprintf(name, sizeof name, "S%u", i);
        given[i] = V(name);
    }
    given[10] = op(TERM_EQ, V("Live"), N(3));
    Faults faults = {0};
    double degree;
    CauseQuestion q = {m, event, (const Term *const *)given, 10, 0};
    assert_int_equal(cause_blame(&q, claim, NULL, &degree, &faults), OK);
    assert_true(fabs(degree - .1) < 1e-12);
    assert_int_equal(cause_responsibility(&q, claim, NULL, &degree, &faults), FAULT);
    assert_int_equal(faults.items[0].code, FAULT_CAUSE_OPEN);
    q.ngiven = 11;
    assert_int_equal(cause_responsibility(&q, claim, NULL, &degree, &faults), OK);
    assert_true(degree == 1);
    fault_free(&faults);
    term_drop(event);
    term_drop(claim);
    for (uint32_t i = 0; i < 11; i++) term_drop(given[i]);
    model_drop(m);
    make_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_definition),
        cmocka_unit_test(test_marksmen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

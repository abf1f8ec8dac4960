// Tests of runtime/infer/plan and plans: a plan that was kept gives the bits of one made anew.
#include "tests/unit/model_make.h"

#include "runtime/infer/ask.h"
#include "runtime/infer/plans.h"
#include "tests/unit/graph_text.h"
#include "tests/unit/net_random.h"

// --- the same question with and without plans ---

typedef struct Result {
    NetTable joint;
    double cells[MOST][4], log_z;
    uint32_t levels[MOST];
    double log_value;
} Result;

static void answer(const Net *net, const RandomNet *r, Result *out) {
    double *cells[MOST];
    memset(out, 0, sizeof *out);
    for (uint32_t v = 0; v < net->nvars; v++) cells[v] = out->cells[v];
    assert_int_equal(engine_eliminate.joint(net, r->evidence, r->query, r->nquery, NULL, NULL,
                                            &out->joint, NULL),
                     OK);
    assert_int_equal(net_marginals(net, r->evidence, NULL, NULL, cells, &out->log_z, NULL), OK);
    assert_int_equal(net_argmax(net, r->evidence, r->query, r->nquery, NULL, NULL, out->levels,
                                &out->log_value, NULL),
                     OK);
}

static bool same_bits(const void *a, const void *b, size_t size) {
    return memcmp(a, b, size) == 0;
}

static void check_same(uint64_t seed, const Result *a, const Result *b) {
    bool same = a->joint.size == b->joint.size &&
                same_bits(&a->joint.log_scale, &b->joint.log_scale, sizeof(double)) &&
                same_bits(a->joint.values, b->joint.values, a->joint.size * sizeof(double)) &&
                same_bits(a->cells, b->cells, sizeof a->cells) &&
                same_bits(&a->log_z, &b->log_z, sizeof a->log_z) &&
                same_bits(a->levels, b->levels, sizeof a->levels) &&
                same_bits(&a->log_value, &b->log_value, sizeof a->log_value);
    if (!same) fail_msg("seed %llu: another answer", (unsigned long long)seed);
}

// Asks without plans and, twice, with those given.
static void compare(uint64_t seed, RandomNet *r, Plans *plans) {
    Result cold, warm;
    answer(&r->net, r, &cold);
    Net net = r->net;
    net.plans = plans;
    for (int again = 0; again < 2; again++) {
        answer(&net, r, &warm);
        check_same(seed, &warm, &cold);
        net_table_free(&warm.joint);
    }
    net_table_free(&cold.joint);
}

static void change_levels(RandomNet *r) {
    for (uint32_t v = 0; v < r->net.nvars; v++)
        if (r->evidence[v] != NET_NONE) r->evidence[v] = below(r, r->cards[v]);
}

static void change_numbers(RandomNet *r) {
    for (uint32_t k = 0; k < r->net.nfactors; k++) {
        size_t size = 1;
        for (uint32_t i = 0; i < r->factors[k].nvars; i++) size *= r->cards[r->scopes[k][i]];
        if (below(r, 2)) r->tables[k][below(r, (uint32_t)size)] += 0.25;
    }
}

// Other levels, other variables, other numbers (rows that no longer sum to 1), all with the
// plans of all seeds before, which do not all have room.
static void kept_plans_change_no_bit(void **state) {
    (void)state;
    Plans *plans = plans_new(100000);
    for (uint64_t seed = 1; seed <= seeds(200); seed++) {
        RandomNet r;
        random_net(&r, seed);
        compare(seed, &r, plans);
        change_levels(&r);
        compare(seed, &r, plans);
        uint32_t v = below(&r, r.net.nvars);
        r.evidence[v] = r.evidence[v] == NET_NONE ? below(&r, r.cards[v]) : NET_NONE;
        compare(seed, &r, plans);
        change_numbers(&r);
        compare(seed, &r, plans);
        assert_true(plans->bytes <= plans->most && plans->count > 0);
        net_free(&r);
    }
    plans_free(plans);
}

// --- what a plan depends on ---

// X -> Y, both with two levels.
static const uint32_t CARDS[] = {2, 2}, X[] = {0}, XY[] = {0, 1};
static const double P_X[] = {0.25, 0.75}, P_Y[] = {0.5, 0.5, 0.125, 0.875};
static const double MISSES[] = {0.5, 0.5, 0.125, 0.75};

static double weight(Plans *plans, const double *table, NetSums sums, NetEvidence evidence) {
    NetFactor factors[] = {net_factor(1, X, P_X, 0), net_factor(2, XY, table, 1)};
    factors[1].sums = sums;
    Net net = {.nvars = 2, .cards = CARDS, .nfactors = 2, .factors = factors, .plans = plans};
    NetTable t;
    assert_int_equal(engine_eliminate.joint(&net, evidence, NULL, 0, NULL, NULL, &t, NULL), OK);
    double value = t.values[0] * exp(t.log_scale);
    net_table_free(&t);
    return value;
}

static bool near(double a, double b) {
    return fabs(a - b) < 1e-14;
}

static void rows_that_miss_1_have_a_plan_of_their_own(void **state) {
    (void)state;
    Plans *plans = plans_new(100000);
    assert_true(near(weight(plans, P_Y, NET_SUMS_UNKNOWN, NULL), 1));
    assert_true(near(weight(plans, MISSES, NET_SUMS_UNKNOWN, NULL), 0.25 + 0.75 * 0.875));
    assert_int_equal(plans->count, 2);
    assert_true(near(weight(plans, P_Y, NET_SUMS_ONE, NULL), 1));
    assert_true(near(weight(plans, MISSES, NET_SUMS_OTHER, NULL), 0.25 + 0.75 * 0.875));
    assert_int_equal(plans->count, 2);
    plans_free(plans);
}

static void other_levels_share_a_plan(void **state) {
    (void)state;
    Plans *plans = plans_new(100000);
    const uint32_t no[] = {NET_NONE, 0}, yes[] = {NET_NONE, 1}, x[] = {0, NET_NONE};
    assert_true(near(weight(plans, P_Y, NET_SUMS_UNKNOWN, no), 0.125 + 0.75 * 0.125));
    assert_true(near(weight(plans, P_Y, NET_SUMS_UNKNOWN, yes), 0.125 + 0.75 * 0.875));
    assert_int_equal(plans->count, 1);
    assert_true(near(weight(plans, P_Y, NET_SUMS_UNKNOWN, x), 0.25));
    assert_int_equal(plans->count, 2);
    plans_free(plans);
}

// Keys are compared, not their hashes.
static void a_hash_alone_finds_nothing(void **state) {
    (void)state;
    Plans *plans = plans_new(100000);
    weight(plans, P_Y, NET_SUMS_UNKNOWN, NULL);
    PlanKey key = plans->newest->key;
    uint32_t words[64];
    assert_true(key.count <= 64);
    memcpy(words, key.words, key.count * sizeof *words);
    key.words = words;
    Plan *found = plans_get(plans, &key);
    assert_non_null(found);
    plan_drop(found);
    words[key.count - 1] ^= 1;
    assert_null(plans_get(plans, &key));
    plans_free(plans);
}

// --- room ---

// A chain of `n` variables, the first observed.
static Plan *chain_plan(Plans *plans, uint32_t n) {
    enum { LONGEST = 40 };
    uint32_t cards[LONGEST], scopes[LONGEST][2], evidence[LONGEST];
    NetFactor factors[LONGEST];
    Plan *plan;
    assert_true(n <= LONGEST);
    for (uint32_t v = 0; v < n; v++) {
        cards[v] = 2;
        evidence[v] = v ? NET_NONE : 0;
        scopes[v][0] = v ? v - 1 : 0;
        scopes[v][1] = v;
        factors[v] = net_factor(v ? 2 : 1, scopes[v], P_Y, NET_NONE);
    }
    Net net = {.nvars = n, .cards = cards, .nfactors = n, .factors = factors, .plans = plans};
    assert_int_equal(plan_find(&net, evidence, PLAN_MARGINALS, NULL, 0, NULL, &plan), OK);
    return plan;
}

static void the_least_recently_used_go(void **state) {
    (void)state;
    Plan *forty = chain_plan(NULL, 40);
    Plans *plans = plans_new(3 * forty->bytes);
    plan_drop(forty);
    Plan *ten = chain_plan(plans, 10);
    for (uint32_t n = 11; n <= 40; n++) {
        plan_drop(chain_plan(plans, n));
        assert_true(plans->bytes <= plans->most);
        Plan *again = chain_plan(plans, 10);
        assert_ptr_equal(again, ten);
        plan_drop(again);
    }
    assert_true(plans->count < 30);
    plan_drop(ten);
    plans_free(plans);
}

static void too_large_a_plan_is_not_kept(void **state) {
    (void)state;
    Plans *plans = plans_new(100);
    Plan *plan = chain_plan(plans, 10);
    assert_int_equal(plans->count, 0);
    plan_drop(plan);
    plans_free(plans);
}

static void plans_survive_any_failed_allocation(void **state) {
    (void)state;
    Plans *plans = plans_new(1 << 20);
    for (uint64_t seed = 1; seed <= 20; seed++) {
        RandomNet r;
        Status status = NOMEM;
        random_net(&r, seed);
        Net net = r.net;
        net.plans = plans;
        for (long n = 0; status != OK; n++) {
            NetTable t;
            mem_fail_after(n, (int)(n & 1));
            status = engine_eliminate.joint(&net, r.evidence, r.query, r.nquery, NULL, NULL, &t,
                                            NULL);
            mem_fail_after(-1, 0);
            assert_true(status == OK || status == NOMEM);
            net_table_free(&t);
            assert_true(n < 1000);
        }
        compare(seed, &r, plans);
        net_free(&r);
    }
    plans_free(plans);
}

// --- with a model ---

// P(Y | do(X = x))
static double probability(const Model *m, bool x) {
    Assign set = {.kind = ASSIGN_VALUE, .target = sym("X"), .value = B(x)};
    Cond cond = {.kind = COND_DO, .items = &set, .n = 1};
    Term *event = V("Y");
    Question q = {.head = ASK_P, .args = &event, .nargs = 1, .conds = &cond, .nconds = 1};
    Answer out;
    assert_int_equal(ask(m, &q, NULL, NULL, NULL, &out, &make.faults), OK);
    double value = out.value;
    answer_free(&out);
    term_drop(event);
    term_drop(set.value);
    return value;
}

// do(X = false) and do(X = true) make two models, which share what is kept with the first.
static void surgery_shares_plans(void **state) {
    (void)state;
    make_start();
    var("X", "bool", '~', bernoulli(N(0.75)));
    var("Y", "bool", '~', iff(V("X"), bernoulli(N(0.875)), bernoulli(N(0.5))));
    Model *m = finish();
    assert_true(near(probability(m, false), 0.5));
    size_t count = plans_of(m)->count;
    assert_true(count > 0);
    assert_true(near(probability(m, true), 0.875));
    assert_int_equal(plans_of(m)->count, count);
    model_drop(m);
    make_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_plans_change_no_bit),
        cmocka_unit_test(rows_that_miss_1_have_a_plan_of_their_own),
        cmocka_unit_test(other_levels_share_a_plan),
        cmocka_unit_test(a_hash_alone_finds_nothing),
        cmocka_unit_test(the_least_recently_used_go),
        cmocka_unit_test(too_large_a_plan_is_not_kept),
        cmocka_unit_test(plans_survive_any_failed_allocation),
        cmocka_unit_test(surgery_shares_plans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

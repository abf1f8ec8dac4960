// Identification against surgery: an effect that the graph of a model identifies, evaluated on the
// model's law of what is observed, equals the effect that the model itself gives.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/base/rng.h"
#include "runtime/estimate/identified.h"
#include "runtime/model/causal.h"

#define MOST 6

static unsigned seeds(void) {
    const char *text = getenv("RUNG_SEEDS");
    return text ? (unsigned)atoi(text) : 300;
}

// A random model of 3 to 6 bool variables, some latent, with random tables bounded away from 0.
static Model *random_model(Interner *names, Rng *rng, Sym *vars, uint32_t *n) {
    ModelBuilder *b = model_builder(names, NULL);
    Faults faults = {0};
    *n = 3 + (uint32_t)rng_below(rng, MOST - 2);
    Domain *domain = domain_new(DOMAIN_BOOL);
    for (uint32_t i = 0; i < *n; i++) {
        char name[] = {'A', '\0'};
        name[0] = (char)('A' + i);
        vars[i] = intern_z(names, name);
        VarSpec spec = {.name = vars[i], .domain = domain,
                        .role = rng_below(rng, 3) == 0 ? ROLE_VAR_LATENT : ROLE_VAR_PLAIN};
        assert_int_equal(model_declare(b, &spec, &faults), OK);
    }
    for (uint32_t i = 0; i < *n; i++) {
        Sym parents[MOST];
        double values[2 << MOST];
        uint32_t nparents = 0;
        for (uint32_t j = 0; j < i; j++)
            if (rng_below(rng, 2)) parents[nparents++] = vars[j];
        for (size_t row = 0; row < (size_t)1 << nparents; row++) {
            values[2 * row + 1] = 0.05 + 0.9 * rng_unit(rng);
            values[2 * row] = 1 - values[2 * row + 1];
        }
        assert_int_equal(model_table(b, vars[i], parents, nparents, values, 0, &faults), OK);
    }
    Model *m = NULL;
    assert_int_equal(model_finish(b, NULL, &m, NULL, &faults), OK);
    model_builder_free(b);
    domain_drop(domain);
    return m;
}

static bool latent(const Model *m, Sym name) {
    return m->vars[model_find(m, name)]->role == ROLE_VAR_LATENT;
}

typedef struct Counts {
    unsigned identified, not;
} Counts;

// P(y | do(x = 1)), and given z = 0 when z is not NULL, both ways.
static void compare(const Model *m, const Model *graph, Sym x, Sym y, Sym z, unsigned seed,
                    Counts *counts) {
    Assign set = {.kind = ASSIGN_VALUE, .target = x, .value = term_bool(true, 0)};
    Term *event = term_var(y, NULL, 0);
    Term *seen = z ? term_binary(TERM_EQ, term_var(z, NULL, 0), term_bool(false, 0), 0) : NULL;
    Cond conds[2] = {{.kind = COND_DO, .items = &set, .n = 1}, {.kind = COND_EVENT, .term = seen}};
    Question q = {.head = ASK_P, .args = &event, .nargs = 1, .conds = conds, .nconds = z ? 2 : 1};
    Faults faults = {0};
    Graph *g = NULL;
    IdentifiedSets sets;
    Identification id;
    Answer truth = {0}, answer = {0};
    assert_int_equal(causal_graph(graph, &g), OK);
    assert_int_equal(identified_sets(graph, g, &q, &sets, &faults), OK);
    IdentifyQuery query = {.y = sets.y, .x = sets.x, .given = sets.given};
    assert_int_equal(identify(g, &query, NULL, &faults, &id), OK);
    if (id.estimand) {
        counts->identified++;
        assert_int_equal(ask(m, &q, NULL, NULL, NULL, &truth, &faults), OK);
        assert_int_equal(identified_answer(graph, &id, m, &q, NULL, &answer, &faults), OK);
        if (fabs(truth.value - answer.value) > 1e-9)
            fail_msg("seed %u: P(%s | do(%s)%s%s) is %.12g, identified %.12g", seed, y->text,
                     x->text, z ? ", " : "", z ? z->text : "", truth.value, answer.value);
    } else {
        counts->not ++;
    }
    answer_free(&truth);
    answer_free(&answer);
    identify_free(&id);
    identified_sets_free(&sets);
    graph_free(g);
    term_drop(event);
    term_drop(seen);
    term_drop(set.value);
}

static void one_seed(unsigned seed, Counts *counts) {
    Rng rng;
    Sym vars[MOST];
    uint32_t n;
    rng_seed(&rng, seed, 0);
    Interner *names = intern_new();
    Model *m = random_model(names, &rng, vars, &n), *graph = NULL;
    assert_int_equal(model_graph(m, &graph), OK);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < n; j++) {
            if (i == j || latent(m, vars[i]) || latent(m, vars[j])) continue;
            compare(m, graph, vars[i], vars[j], NULL, seed, counts);
            uint32_t k = (uint32_t)rng_below(&rng, n);
            if (k == i || k == j || latent(m, vars[k])) continue;
            compare(m, graph, vars[i], vars[j], vars[k], seed, counts);
        }
    model_drop(graph);
    model_drop(m);
    intern_free(names);
}

static void test_identified_equals_surgery(void **state) {
    (void)state;
    Counts counts = {0};
    for (unsigned seed = 0; seed < seeds(); seed++) one_seed(seed, &counts);
    print_message("%u effects identified, %u not\n", counts.identified, counts.not);
    assert_true(counts.identified > counts.not);
    assert_true(counts.not > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_identified_equals_surgery)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

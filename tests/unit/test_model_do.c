// Tests of surgery: laws on random models, against sums over all worlds.
#include "tests/unit/model_make.h"

#include "runtime/base/rng.h"

static size_t seeds(void) {
    const char *text = getenv("RUNG_SEEDS");
    return text ? (size_t)strtoul(text, NULL, 10) : 60;
}

enum { MOST = 5 };

static const char *const letters[MOST] = {"A", "B", "C", "D", "E"};

// --- random models of tables over ranges of integers ---

static void random_rows(Rng *rng, double *p, size_t rows, uint32_t card) {
    for (size_t r = 0; r < rows; r++) {
        double sum = 0;
        for (uint32_t k = 0; k < card; k++) {
            p[r * card + k] = rng_below(rng, 6) ? rng_unit(rng) : 0;
            sum += p[r * card + k];
        }
        if (sum == 0) p[r * card] = sum = 1;
        for (uint32_t k = 0; k < card; k++) p[r * card + k] /= sum;
    }
}

static Model *random_model(Rng *rng, uint32_t n) {
    uint32_t cards[MOST];
    for (uint32_t v = 0; v < n; v++) {
        cards[v] = 2 + (uint32_t)rng_below(rng, 2);
        declare(letters[v], cards[v] == 2 ? "0..1" : "0..2");
    }
    for (uint32_t v = 0; v < n; v++) {
        Sym parents[MOST];
        uint32_t np = 0;
        size_t rows = 1;
        for (uint32_t p = 0; p < v; p++) {
            if (rng_below(rng, 2)) continue;
            parents[np++] = sym(letters[p]);
            rows *= cards[p];
        }
        double values[81 * 3];
        random_rows(rng, values, rows, cards[v]);
        assert_int_equal(
            model_table(make.b, sym(letters[v]), parents, np, values, 0, &make.faults), OK);
    }
    Model *m = finish();
    again(NULL);
    return m;
}

// --- worlds ---

static double chance(const Model *m, uint32_t v, const uint32_t *levels) {
    const ModelVar *var = m->vars[v];
    size_t row = 0;
    for (uint32_t i = 0; i < var->nparents; i++)
        row = row * m->vars[var->parents[i]]->domain->count + levels[var->parents[i]];
    return var->cpt->values[row * var->domain->count + levels[v]];
}

static bool next_world(const Model *m, uint32_t *levels) {
    for (uint32_t v = m->nvars; v-- > 0;) {
        if (++levels[v] < m->vars[v]->domain->count) return true;
        levels[v] = 0;
    }
    return false;
}

enum { CELLS = 6 * 6 * 6 * 6 * 6 };

// The joint distribution of the first n letters by their numbers (each below 6), everything
// else summed out.
static void joint(const Model *m, uint32_t n, double *out) {
    uint32_t levels[2 * MOST] = {0};
    memset(out, 0, CELLS * sizeof *out);
    do {
        double p = 1;
        size_t cell = 0;
        for (uint32_t v = 0; v < m->nvars; v++) p *= chance(m, v, levels);
        for (uint32_t i = 0; i < n; i++) {
            uint32_t v = model_find(m, sym(letters[i]));
            cell = cell * 6 + (size_t)domain_number(m->vars[v]->domain, levels[v]);
        }
        out[cell] += p;
    } while (next_world(m, levels));
}

// What surgery should give, from the model as it was: `set` gives the value of letter x from
// the numbers of all letters in the new world and the natural value of x. Sums over the natural
// value.
typedef double (*Setting)(const uint32_t *levels, uint32_t natural, uint32_t value);

static void cut_joint(const Model *m, uint32_t n, uint32_t x, Setting set, double *out) {
    uint32_t levels[MOST];
    memset(out, 0, CELLS * sizeof *out);
    for (size_t cell = 0; cell < CELLS; cell++) {
        size_t rest = cell;
        bool inside = true;
        for (uint32_t i = n; i-- > 0; rest /= 6) levels[i] = (uint32_t)(rest % 6);
        if (rest) continue;
        for (uint32_t i = 0; i < n; i++)
            if (i != x && levels[i] >= m->vars[i]->domain->count) inside = false;
        if (!inside || levels[x] >= m->vars[x]->domain->count) continue;
        double p = 1;
        for (uint32_t i = 0; i < n; i++)
            if (i != x) p *= chance(m, i, levels);
        uint32_t value = levels[x];
        double weight = 0;
        for (uint32_t k = 0; k < m->vars[x]->domain->count; k++) {
            levels[x] = k;
            weight += chance(m, x, levels) * set(levels, k, value);
        }
        out[cell] = p * weight;
    }
}

static void check_joint(const Model *m, uint32_t n, const double *want, uint64_t seed) {
    static double got[CELLS];
    joint(m, n, got);
    for (size_t i = 0; i < CELLS; i++)
        if (fabs(got[i] - want[i]) > 1e-14)
            fail_msg("seed %lu: cell %zu is %.17g, not %.17g", (unsigned long)seed, i, got[i],
                     want[i]);
}

// --- doing ---

static Status try_do(const Model *m, const Assign *items, uint32_t n, Model **out) {
    fault_free(&make.faults);
    *out = NULL;
    return model_do(m, items, n, out, &make.faults);
}

static Model *done(const Model *m, const Assign *items, uint32_t n) {
    Model *out;
    Status status = try_do(m, items, n, &out);
    for (size_t i = 0; i < make.faults.count; i++)
        print_error("%s: %s\n", fault_code(make.faults.items[i].code),
                    make.faults.items[i].message);
    assert_int_equal(status, OK);
    for (uint32_t i = 0; i < n; i++) term_drop(items[i].value);
    return out;
}

static void refused(const Model *m, const Assign *items, uint32_t n, FaultCode code,
                    const char *part) {
    Model *out;
    assert_int_equal(try_do(m, items, n, &out), FAULT);
    assert_null(out);
    bool right = make.faults.count == 1 && make.faults.items[0].code == code &&
                 strstr(make.faults.items[0].message, part);
    if (!right) fail_msg("%s", make.faults.items[0].message);
    for (uint32_t i = 0; i < n; i++) term_drop(items[i].value);
}

static Assign value(const char *name, Term *t) {
    return (Assign){.kind = ASSIGN_VALUE, .target = sym(name), .value = t};
}

static Assign draw(const char *name, Term *t) {
    return (Assign){.kind = ASSIGN_DRAW, .target = sym(name), .value = t};
}

static Assign on_edge(const char *from, const char *to, Term *t) {
    return (Assign){.target = sym(to), .source = sym(from), .value = t};
}

static double is_one(const uint32_t *levels, uint32_t natural, uint32_t x) {
    (void)levels;
    (void)natural;
    return x == 1;
}

static double mirrors(const uint32_t *levels, uint32_t natural, uint32_t x) {
    (void)levels;
    return x == 1 - (natural > 0);
}

static double copies_first(const uint32_t *levels, uint32_t natural, uint32_t x) {
    (void)natural;
    return x == (levels[0] > 0);
}

static double quarter(const uint32_t *levels, uint32_t natural, uint32_t x) {
    (void)levels;
    (void)natural;
    return x == 0 ? 0.25 : x == 1 ? 0.75 : 0;
}

static void test_cuts_as_it_should(void **state) {
    (void)state;
    static double want[CELLS];
    for (uint64_t seed = 0; seed < seeds(); seed++) {
        make_start();
        Rng rng;
        rng_seed(&rng, seed, 1);
        uint32_t n = 2 + (uint32_t)rng_below(&rng, 3), x = 1 + (uint32_t)rng_below(&rng, n - 1);
        const char *name = letters[x];
        Model *m = random_model(&rng, n), *cut;
        Term *positive = op(TERM_GT, V(name), N(0)), *first = op(TERM_GT, V("A"), N(0));
        Assign items[] = {
            value(name, N(1)),
            value(name, op(TERM_SUB, N(1), positive)),
            value(name, iff(first, N(1), N(0))),
            {.kind = ASSIGN_DRAW,
             .target = sym(name),
             .value = MAP(N(0), N(0.25), N(1), N(0.75))},
        };
        Setting settings[] = {is_one, mirrors, copies_first, quarter};
        for (int i = 0; i < 4; i++) {
            cut_joint(m, n, x, settings[i], want);
            cut = done(m, &items[i], 1);
            check_joint(cut, n, want, seed);
            model_drop(cut);
        }
        model_drop(m);
        make_end();
    }
}

static void test_obeys_laws(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < seeds(); seed++) {
        make_start();
        Rng rng;
        rng_seed(&rng, seed, 2);
        Model *m = random_model(&rng, 4);
        Model *b = done(m, &(Assign){.target = sym("B"), .value = N(1)}, 1);
        Model *bb = done(b, &(Assign){.target = sym("B"), .value = N(1)}, 1);
        assert_true(model_equal(b, bb)); // idempotent
        Model *bd = done(b, &(Assign){.target = sym("D"), .value = N(0)}, 1);
        Model *d = done(m, &(Assign){.target = sym("D"), .value = N(0)}, 1);
        Model *db = done(d, &(Assign){.target = sym("B"), .value = N(1)}, 1);
        assert_true(model_equal(bd, db)); // in either order
        Assign both[] = {value("D", N(0)), value("B", N(1))};
        Model *at_once = done(m, both, 2);
        assert_true(model_equal(bd, at_once)); // or at once
        assert_false(model_equal(m, bd));
        // Downstream tables are the very same.
        assert_ptr_equal(var_of(bd, "C")->cpt, var_of(m, "C")->cpt);
        // The last one counts.
        Model *over = done(b, &(Assign){.target = sym("B"), .value = N(0)}, 1);
        Model *other = done(m, &(Assign){.target = sym("B"), .value = N(0)}, 1);
        assert_true(model_equal(over, other));
        Model *all[] = {m, b, bb, bd, d, db, at_once, over, other};
        for (int i = 0; i < 9; i++) model_drop(all[i]);
        make_end();
    }
}

static void test_shifts_natural_values(void **state) {
    (void)state;
    make_start();
    var("Z", "bool", '~', N(0.5));
    var("X", "0..2", '~',
        iff(V("Z"), MAP(N(0), N(0.5), N(1), N(0.5)), MAP(N(1), N(0.25), N(2), N(0.75))));
    var("Y", "", '=', op(TERM_MUL, V("X"), N(2)));
    Model *m = finish();
    check_domain(m, "Y", "{0, 2, 4}");
    Model *s = done(m, &(Assign){.target = sym("X"), .value = op(TERM_ADD, V("X"), N(1))}, 1);
    check_domain(s, "X", "0..3");
    check_domain(s, "X (natural)", "0..2");
    check_domain(s, "Y", "{0, 2, 4, 6}"); // the values that follow, follow again
    CHECK_TABLE(s, "X", 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1);
    CHECK_TABLE(s, "X (natural)", 0, 0.25, 0.75, 0.5, 0.5, 0);
    Model *twice =
        done(s, &(Assign){.target = sym("X"), .value = op(TERM_ADD, V("X"), N(1))}, 1);
    check_domain(twice, "X", "0..4");
    assert_int_equal(twice->nvars, 5);
    // With Z set as well, the natural X is that of the new world; Z itself means the natural Z.
    Assign items[] = {value("Z", B(true)), value("X", op(TERM_ADD, V("X"), V("Z")))};
    Model *both = done(m, items, 2);
    CHECK_TABLE(both, "Z", 0, 1);
    CHECK_TABLE(both, "Z (natural)", 0.5, 0.5);
    assert_int_equal(var_of(both, "X (natural)")->parents[0], model_find(both, sym("Z")));
    const ModelVar *x = var_of(both, "X");
    assert_int_equal(x->parents[0], model_find(both, sym("X (natural)")));
    assert_int_equal(x->parents[1], model_find(both, sym("Z (natural)")));
    model_drop(m);
    model_drop(s);
    model_drop(twice);
    model_drop(both);
    make_end();
}

static void test_moves_confounding(void **state) {
    (void)state;
    make_start();
    declare("X", "bool");
    declare("Y", "bool");
    edge("X -> Y");
    edge("X <-> Y");
    edge("X <-> Z");
    Model *m = finish();
    Model *set = done(m, &(Assign){.target = sym("X"), .value = B(true)}, 1);
    assert_int_equal(set->nedges, 1);
    Model *same =
        done(m, &(Assign){.target = sym("X"), .value = op(TERM_AND, V("X"), B(true))}, 1);
    assert_int_equal(same->nedges, 4); // X -> Y, natural X <-> Y and Z, natural X -> X
    assert_false(model_complete(same));
    model_drop(m);
    model_drop(set);
    model_drop(same);
    make_end();
}

static void test_drops_replaced_noise(void **state) {
    (void)state;
    make_start();
    var("X", "0..2", '=', op(TERM_ADD, bernoulli(N(0.5)), bernoulli(N(0.25))));
    Model *m = finish();
    assert_int_equal(m->nvars, 3);
    Model *set = done(m, &(Assign){.target = sym("X"), .value = N(2)}, 1);
    assert_int_equal(set->nvars, 1);
    Model *shift =
        done(m, &(Assign){.target = sym("X"), .value = op(TERM_MUL, V("X"), N(2))}, 1);
    assert_int_equal(shift->nvars, 4);
    check_domain(shift, "X", "0..4");
    model_drop(m);
    model_drop(set);
    model_drop(shift);
    make_end();
}

static void test_sets_edges(void **state) {
    (void)state;
    make_start();
    var("X", "a b", '~', MAP(L("a"), N(0.5)));
    var("M", "bool", '~', iff(is("X", "b"), N(0.9), N(0.1)));
    var("Y", "bool", '~', iff(is("X", "b"), N(0.8), iff(V("M"), N(0.7), N(0.2))));
    Model *m = finish();
    Model *cut = done(m, (Assign[]){on_edge("X", "M", L("b"))}, 1);
    CHECK_TABLE(cut, "X -> M", 0, 1);
    CHECK_TABLE(cut, "M", 0.9, 0.1, 1 - 0.9, 0.9);
    assert_int_equal(var_of(cut, "M")->parents[0], model_find(cut, sym("X -> M")));
    assert_int_equal(var_of(cut, "Y")->parents[0], model_find(cut, sym("X")));
    assert_int_equal(cut->nedges, 3);
    // Both the variable and what one edge says of it.
    Model *both = done(m, (Assign[]){value("X", L("a")), on_edge("X", "M", L("b"))}, 2);
    CHECK_TABLE(both, "X", 1, 0);
    CHECK_TABLE(both, "X -> M", 0, 1);
    refused(m, (Assign[]){on_edge("M", "X", B(true))}, 1, FAULT_DO_EDGE, "no edge M -> X");
    model_drop(m);
    model_drop(cut);
    model_drop(both);
    make_end();
}

static void test_refuses(void **state) {
    (void)state;
    make_start();
    declare_as(ROLE_VAR_NOISE, "U", "bool");
    give("U", '~', N(0.5));
    var("Size", "small large", '~', MAP(L("small"), N(0.5)));
    var("Y", "bool", '~', iff(is("Size", "small"), N(0.1), N(0.2)));
    declare("R", "real");
    declare("Share", "unit");
    Model *m = finish();
    refused(m, (Assign[]){value("Size", L("medium"))}, 1, FAULT_MODEL_VALUE, "medium");
    refused(m, (Assign[]){value("U", B(true))}, 1, FAULT_DO_NOISE, "U");
    refused(m, (Assign[]){value("Yy", B(true))}, 1, FAULT_MODEL_UNKNOWN, "Yy");
    refused(m, (Assign[]){value("Y", B(true)), value("Y", B(false))}, 2, FAULT_DO_TWICE, "Y");
    refused(m, (Assign[]){value("R", L("small"))}, 1, FAULT_MODEL_VALUE, "small");
    refused(m, (Assign[]){value("R", op(TERM_DIV, N(1), N(0)))}, 1, FAULT_MODEL_UNDEFINED,
            "not defined");
    refused(m, (Assign[]){draw("R", N(0.5))}, 1, FAULT_DIST_KIND, "R ~");
    refused(m, (Assign[]){draw("R", MAP(L("a"), N(0.5), L("b"), N(0.5)))}, 1, FAULT_MODEL_VALUE,
            "names");
    refused(m, (Assign[]){value("Share", N(1.5))}, 1, FAULT_MODEL_VALUE, "1.5");
    refused(m, (Assign[]){{.kind = ASSIGN_FREE, .target = sym("Y")}}, 1, FAULT_DO_OPEN, "Y");
    refused(m, (Assign[]){value("Size", iff(V("Y"), L("small"), L("large")))}, 1,
            FAULT_MODEL_CYCLE, "Size -> Y -> Size");
    refused(m, (Assign[]){value("Y", V("Sice"))}, 1, FAULT_MODEL_UNKNOWN, "Sice");
    model_drop(m);
    make_end();
}

// A shift beyond the rows of a mechanism: which variable has new values is said.
static void test_blames_the_shift(void **state) {
    (void)state;
    make_start();
    var("X", "0..1", '~', MAP(N(0), N(0.5)));
    var("Y", "bool", '~',
        CASE(1, V("X"), op(TERM_EQ, V("X"), N(0)), N(0.1), op(TERM_EQ, V("X"), N(1)), N(0.2)));
    Model *m = finish();
    Assign shift[] = {value("X", op(TERM_ADD, V("X"), N(1)))};
    shift[0].origin = 7;
    refused(m, shift, 1, FAULT_MODEL_GAP, "no row matches X = 2");
    assert_int_equal(make.faults.items[0].origin2, 7);
    assert_string_equal(make.faults.items[0].hint, "the values of X are now 0..2");
    model_drop(m);
    make_end();
}

static void test_survives_exhaustion(void **state) {
    (void)state;
    make_start();
    var("X", "0..1", '~', MAP(N(0), N(0.5)));
    var("Y", "bool", '=', op(TERM_LT, V("X"), bernoulli(N(0.3))));
    Model *m = finish();
    Term *shift = op(TERM_ADD, V("X"), N(1)), *edge_value = N(0);
    Assign items[] = {value("X", shift), on_edge("X", "Y", edge_value)};
    model_drop(done(m, (Assign[]){value("X", term_keep(shift)), on_edge("X", "Y", N(0))}, 2));
    for (long i = 0;; i++) {
        Faults faults = {0};
        Model *out = NULL;
        mem_fail_after(i, 0);
        Status status = model_do(m, items, 2, &out, &faults);
        bool finished = mem_count() <= i;
        mem_fail_after(-1, 0);
        if (status == FAULT) fail_msg("allocation %ld: %s", i, faults.items[0].message);
        model_drop(out);
        fault_free(&faults);
        if (finished) break;
    }
    term_drop(shift);
    term_drop(edge_value);
    model_drop(m);
    make_end();
}

static Model *set_to(const Model *m, const char *name, Term *value) {
    Assign item = {.kind = ASSIGN_VALUE, .target = sym(name), .value = value};
    Model *out = NULL;
    assert_int_equal(model_do(m, &item, 1, &out, &make.faults), OK);
    term_drop(value);
    return out;
}

// The same operation gives the same model while it is among the latest; another gives another.
static void test_remembers_constants(void **state) {
    (void)state;
    make_start();
    var("A", "0..99", '~', bernoulli(N(0.5)));
    var("B", "0..99", '=', V("A"));
    Model *m = finish();
    Model *first = set_to(m, "A", N(1)), *second = set_to(m, "A", N(1));
    assert_ptr_equal(first, second);
    model_drop(second);
    for (int i = 2; i < 99; i++) {
        Model *other = set_to(m, "A", N(i));
        assert_ptr_not_equal(other, first);
        assert_true(var_of(other, "A")->cpt->values[i] == 1);
        model_drop(other);
    }
    Model *late = set_to(m, "A", N(1)), *target = set_to(m, "B", N(1));
    assert_ptr_not_equal(late, first);
    assert_ptr_not_equal(target, late);
    assert_true(var_of(late, "A")->cpt->values[1] == 1);
    Model *shift = set_to(m, "B", op(TERM_SUB, V("B"), N(1)));
    Model *again = set_to(m, "B", op(TERM_SUB, V("B"), N(1)));
    assert_ptr_not_equal(shift, again);
    // What came out outlives the model.
    Model *made[] = {m, first, late, target, shift, again};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) model_drop(made[i]);
    make_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cuts_as_it_should),
        cmocka_unit_test(test_obeys_laws),
        cmocka_unit_test(test_shifts_natural_values),
        cmocka_unit_test(test_moves_confounding),
        cmocka_unit_test(test_drops_replaced_noise),
        cmocka_unit_test(test_sets_edges),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_blames_the_shift),
        cmocka_unit_test(test_survives_exhaustion),
        cmocka_unit_test(test_remembers_constants),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

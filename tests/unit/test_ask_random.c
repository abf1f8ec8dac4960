// Random questions put to random models, against brute force over the full joint.
#include "tests/unit/ask_question.h"

// Event axes stand first in the answer, the others in the order of the text; so they were
// added.
static void check_axes(const Trial *t, const Answer *a) {
    assert_int_equal(a->naxes, t->nspots);
    for (uint32_t i = 0; i < t->nspots; i++) {
        assert_ptr_equal(a->axes[i].name, t->syms[t->spots[i].var]);
        assert_int_equal(a->axes[i].count, t->spots[i].count);
        assert_int_equal(a->axes[i].in_do, t->spots[i].kind == SPOT_DO);
        assert_int_equal(a->axes[i].given, t->spots[i].kind == SPOT_GIVEN);
    }
}

static void check_assignment(const Trial *t, const char *engine, const Answer *a) {
    uint32_t none[2 * MOST_ITEMS] = {0};
    double total = weigh(t, none, &worlds), best = 0, mine = 0;
    soften(t, &worlds, &total);
    for (size_t i = 0; i < worlds.n; i++) {
        double p = 0;
        for (size_t j = 0; j < worlds.n; j++) {
            bool same = true;
            for (uint32_t k = 0; k < a->naxes; k++) {
                uint32_t v = find_var(t, a->axes[k].name);
                same = same && worlds.a[i][v] == worlds.a[j][v];
            }
            if (same) p += worlds.w[j] / total;
        }
        bool here = true;
        for (uint32_t k = 0; k < a->naxes; k++)
            here = here && worlds.a[i][find_var(t, a->axes[k].name)] == a->levels[k];
        if (here) mine = p;
        best = fmax(best, p);
    }
    if (!close_to(mine, best)) mismatch(t, engine, mine, best);
    if (!close_to(a->log_value, log(best))) mismatch(t, engine, a->log_value, log(best));
}

static void check_marginals(const Trial *t, const char *engine, const Answer *a) {
    uint32_t none[2 * MOST_ITEMS] = {0};
    double total = weigh(t, none, &worlds);
    soften(t, &worlds, &total);
    const double *at = a->cells;
    for (uint32_t k = 0; k < a->naxes; k++) {
        uint32_t v = find_var(t, a->axes[k].name);
        assert_null(act_on(t, v));
        for (uint32_t l = 0; l < t->cards[v]; l++, at++) {
            double p = 0;
            for (size_t i = 0; i < worlds.n; i++)
                if (worlds.a[i][v] == l) p += worlds.w[i];
            if (!close_to(*at, p / total)) mismatch(t, engine, *at, p / total);
        }
    }
    assert_int_equal(at - a->cells, a->ncells);
}

static void check_answer(const Trial *t, const char *engine, const Answer *a,
                         const Expected *want) {
    if (t->head == ASK_ARGMAX) {
        check_assignment(t, engine, a);
        return;
    }
    if (t->head == ASK_MARGINALS) {
        check_marginals(t, engine, a);
        return;
    }
    if (!t->nspots) {
        double got = a->kind == ANSWER_UNDEFINED ? NAN : a->value;
        if (!close_to(got, want->cells[0])) mismatch(t, engine, got, want->cells[0]);
        return;
    }
    check_axes(t, a);
    assert_int_equal(a->ncells, want->n);
    for (size_t i = 0; i < want->n; i++)
        if (!close_to(a->cells[i], want->cells[i]))
            mismatch(t, engine, a->cells[i], want->cells[i]);
}

static bool is_numeric(const Trial *t) {
    return t->head != ASK_ARGMAX && t->head != ASK_MARGINALS;
}

static void run_engine(const Trial *t, const Engine *engine, const Expected *want) {
    Question q = question_of(t);
    Answer answer;
    Faults faults = {0};
    Derivation d = {0};
    Status st = ask(t->model, &q, engine, NULL, &d, &answer, &faults);
    const char *name = engine ? engine->name : "default";
    if (!want->possible) {
        if (st != FAULT) mismatch(t, name, st, FAULT);
        FaultCode code = faults.items[0].code;
        bool expected =
            code == FAULT_ASK_IMPOSSIBLE || (want->soft_fails && code == FAULT_ASK_SOFT);
        if (!expected) {
            print_message("%s\n", faults.items[0].message);
            mismatch(t, name, (double)code, FAULT_ASK_IMPOSSIBLE);
        }
    } else {
        if (st != OK) {
            print_message("%s\n", faults.count ? faults.items[0].message : "");
            mismatch(t, name, st, OK);
        }
        check_answer(t, name, &answer, want);
        assert_true(d.count > 0);
    }
    derivation_free(&d);
    answer_free(&answer);
    fault_free(&faults);
}

// --- open variables -------------------------------------------------------------------------

// Another law for the variable that is open.
static void change_law(Trial *t) {
    size_t rows = 1;
    for (uint32_t p = 0; p < t->nparents[t->open]; p++)
        rows *= t->cards[t->parents[t->open][p]];
    for (size_t r = 0; r < rows; r++) {
        uint32_t card = t->cards[t->open];
        random_law(t, t->tables[t->open] + r * card, card, 0);
    }
}

static bool same_expected(const Expected *a, const Expected *b) {
    if (a->possible != b->possible || a->soft_fails != b->soft_fails) return false;
    for (size_t i = 0; i < a->n; i++)
        if (!close_to(a->cells[i], b->cells[i])) return false;
    return true;
}

// Whether the planner refuses for want of a mechanism.
static bool refuses(const Trial *t) {
    Question q = question_of(t);
    Answer answer;
    Faults faults = {0};
    Status st = ask(t->model, &q, NULL, NULL, NULL, &answer, &faults);
    bool open = st == FAULT && faults.items[0].code == FAULT_ASK_OPEN;
    answer_free(&answer);
    fault_free(&faults);
    return open;
}

// What is answered is the same whatever the law. What is refused depends on it, but for
// accidents (zeros, conditions that cannot happen), which are counted.
static void run_open(Trial *t, const Expected *want, uint32_t *needless) {
    Expected other;
    bool refused = refuses(t);
    if (!refused) run_engine(t, NULL, want);
    change_law(t);
    expect_cells(t, &other);
    if (!refused) run_engine(t, NULL, &other);
    if (refused && is_numeric(t) && same_expected(want, &other)) ++*needless;
    free(other.cells);
}

// --- worlds ---------------------------------------------------------------------------------

// The same term with its variables in a world.
static Term *into_world(Term *e, World *w) {
    if (e->op == TERM_VAR) return term_var(e->sym, world_keep(w), 0);
    Term *kids[8], *copy;
    assert_true(e->n <= 8);
    for (uint32_t i = 0; i < e->n; i++) kids[i] = into_world(e->kid[i], w);
    copy = term_with_kids(e, kids);
    for (uint32_t i = 0; i < e->n; i++) term_drop(kids[i]);
    return copy;
}

static bool descends(const Trial *t, uint32_t v) {
    if (act_on(t, v)) return true;
    for (uint32_t p = 0; p < t->nparents[v]; p++)
        if (descends(t, t->parents[v][p])) return true;
    return false;
}

static bool mention_descends(void *user, Sym name, const Term *at) {
    (void)at;
    const Trial *t = user;
    return !descends(t, find_var(t, name));
}

// Moves a question about doing into the brackets of a world; conditions that the world cannot
// change may stay outside.
static void imagine(Trial *t) {
    Assign items[MOST_ITEMS];
    for (uint32_t i = 0; i < t->nacts; i++) {
        items[i] = t->assigns[i];
        if (items[i].value) term_keep(items[i].value);
        if (items[i].ninputs) return;
    }
    World *w = world_new(items, t->nacts);
    for (uint32_t i = 0; i < t->nargs; i++)
        if (t->head != ASK_QUANTILE || i == 0) t->args[i] = own(t, into_world(t->args[i], w));
    uint32_t kept = 0;
    for (uint32_t i = 0; i < t->nlist; i++) {
        Cond c = t->list[i];
        if (c.kind == COND_DO) continue;
        bool same = term_variables(c.term, false, mention_descends, t);
        if (!same || chance(t, .5)) c.term = own(t, into_world(c.term, w));
        t->list[kept++] = c;
    }
    t->nlist = kept;
    world_drop(w);
}

static void run_worlds(Trial *t, const Expected *want) {
    if (!t->nacts || t->head == ASK_MARGINALS) return;
    for (uint32_t i = 0; i < t->nspots; i++)
        if (t->spots[i].kind == SPOT_DO) return;
    imagine(t);
    run_engine(t, NULL, want);
}

// --- trials ---------------------------------------------------------------------------------

typedef struct Tally {
    uint32_t open, needless;
} Tally;

static void put_question(Trial *t, Tally *tally) {
    Expected want;
    expect_cells(t, &want);
    if (t->open == MODEL_NONE) {
        run_engine(t, NULL, &want);
        run_engine(t, &engine_enumerate, &want);
        run_worlds(t, &want);
    } else {
        tally->open++;
        run_open(t, &want, &tally->needless);
    }
    free(want.cells);
}

static void run_trial(uint64_t seed, Tally *tally) {
    Trial *t = trial_new(seed);
    if (t->nargs || t->head == ASK_MARGINALS) put_question(t, tally);
    trial_free(t);
}

static void test_random(void **state) {
    (void)state;
    const char *seeds = getenv("RUNG_SEEDS"), *only = getenv("RUNG_SEED");
    uint64_t n = seeds ? strtoull(seeds, NULL, 10) : 400;
    Tally tally = {0};
    if (only) {
        run_trial(strtoull(only, NULL, 10), &tally);
        return;
    }
    for (uint64_t seed = 1; seed <= n; seed++) run_trial(seed, &tally);
    if (tally.needless * 3 > tally.open)
        fail_msg("%u of %u questions about open variables refused without need", tally.needless,
                 tally.open);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Random questions answered by draws from mini-buckets, against brute force over the full
// joint.
#include "tests/unit/ask_question.h"

typedef struct Tally {
    size_t checked, beyond;
} Tally;

// An answer without error is exact; one with an error is within 5.5 of them.
static void check_cell(const Trial *t, const Answer *a, double got, double error, double want,
                       Tally *tally) {
    if (isnan(got) || isnan(want) || !a->sampled || isinf(want)) {
        if (!close_to(got, want)) mismatch(t, "minibuckets", got, want);
        return;
    }
    if (!(fabs(got - want) <= 5.5 * error + 1e-12)) {
        print_message("error %g, ess %g\n", error, a->ess);
        mismatch(t, "minibuckets", got, want);
    }
    // One draw's worth is the least that is claimed, and not an estimate.
    if (error < 3 / a->ess) return;
    tally->checked++;
    tally->beyond += fabs(got - want) > 1.96 * error;
}

static void check_marginals(const Trial *t, const Answer *a, Tally *tally) {
    uint32_t none[2 * MOST_ITEMS] = {0};
    double total = weigh(t, none, &worlds);
    size_t at = 0;
    for (uint32_t k = 0; k < a->naxes; k++) {
        uint32_t v = find_var(t, a->axes[k].name);
        for (uint32_t l = 0; l < t->cards[v]; l++, at++) {
            double p = 0;
            for (size_t i = 0; i < worlds.n; i++)
                if (worlds.a[i][v] == l) p += worlds.w[i];
            check_cell(t, a, a->cells[at], a->se ? a->se[at] : 0, p / total, tally);
        }
    }
}

static void check_answer(const Trial *t, const Answer *a, const Expected *want, Tally *tally) {
    if (t->head == ASK_MARGINALS) {
        check_marginals(t, a, tally);
    } else if (!t->nspots) {
        double got = a->kind == ANSWER_UNDEFINED ? (double)NAN : a->value;
        check_cell(t, a, got, a->se ? a->se[0] : 0, want->cells[0], tally);
    } else {
        assert_int_equal(a->ncells, want->n);
        for (size_t i = 0; i < want->n; i++)
            check_cell(t, a, a->cells[i], a->se ? a->se[i] : 0, want->cells[i], tally);
    }
}

static bool is_drawn(const Trial *t) {
    if (t->soft != MODEL_NONE || t->open != MODEL_NONE) return false;
    return (t->nargs && (t->head == ASK_P || t->head == ASK_LOGP || t->head == ASK_E ||
                         t->head == ASK_VAR || t->head == ASK_SD || t->head == ASK_COV ||
                         t->head == ASK_COR)) ||
           t->head == ASK_MARGINALS;
}

static void run_draws(const Trial *t, const Expected *want, Tally *tally) {
    Answer answer;
    Faults faults = {0};
    Question q = question_of(t);
    AskMethod method = {.minibuckets = true,
                        .size = 1,
                        .budget = {.draws = 4000, .seed = t->seed, .threads = 1}};
    Status st = ask_by(t->model, &q, &method, NULL, NULL, &answer, &faults);
    FaultCode code = faults.count ? faults.items[0].code : FAULT_NONE;
    bool impossible = !want->possible && code == FAULT_ASK_IMPOSSIBLE;
    if (st == OK && want->possible) {
        check_answer(t, &answer, want, tally);
    } else if (st != FAULT || !(impossible || code == FAULT_ASK_UNEVEN)) {
        print_message("%s\n", faults.count ? faults.items[0].message : "");
        mismatch(t, "minibuckets", st, OK);
    }
    answer_free(&answer);
    fault_free(&faults);
}

static void run_trial(uint64_t seed, Tally *tally) {
    Trial *t = trial_new(seed);
    if (is_drawn(t)) {
        Expected want;
        expect_cells(t, &want);
        run_draws(t, &want, tally);
        free(want.cells);
    }
    trial_free(t);
}

static void test_draws(void **state) {
    (void)state;
    const char *seeds = getenv("RUNG_SEEDS"), *only = getenv("RUNG_SEED");
    uint64_t n = seeds ? strtoull(seeds, NULL, 10) : 4000;
    Tally tally = {0};
    if (only) {
        run_trial(strtoull(only, NULL, 10), &tally);
        return;
    }
    for (uint64_t seed = 1; seed <= n; seed++) run_trial(seed, &tally);
    double share = (double)tally.beyond / (double)tally.checked;
    if (!(tally.checked > n / 20 && share < 0.09))
        fail_msg("%zu of %zu beyond 1.96 standard errors", tally.beyond, tally.checked);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_draws)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

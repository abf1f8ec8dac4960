// Random questions put to random models, against brute force over the full joint.
#include "tests/unit/ask_random.h"

// --- random questions -----------------------------------------------------------------------

static bool take(Trial *t, uint32_t *var) {
    *var = below(t, t->n);
    if (t->taken[*var]) return false;
    return t->taken[*var] = true;
}

static void add_spot(Trial *t, SpotKind kind, uint32_t var, uint32_t count, RandomDo *act) {
    t->spots[t->nspots++] = (Spot){kind, var, count, act};
}

static Term *free_term(Trial *t, uint32_t var) {
    Term *v = var_of(t, var);
    bool bare = t->domains[var]->kind != DOMAIN_BOOL && t->head != ASK_H && t->head != ASK_I;
    return own(t, bare && chance(t, .7) ? v : term_unary(TERM_FREE, v, 0));
}

static void random_arguments(Trial *t) {
    uint32_t var, n = 1 + below(t, 2);
    switch (t->head) {
    case ASK_P:
    case ASK_LOGP:
        for (uint32_t i = 0; i < n; i++)
            if (chance(t, .3) && take(t, &var)) {
                t->args[t->nargs++] = free_term(t, var);
                add_spot(t, SPOT_EVENT, var, t->cards[var], NULL);
            } else {
                t->events[t->nevents] = own(t, random_event(t, (int)below(t, 3)));
                t->args[t->nargs++] = t->events[t->nevents++];
            }
        break;
    case ASK_COV:
    case ASK_COR:
        t->args[t->nargs++] = own(t, random_number(t, 2));
        t->args[t->nargs++] = own(t, random_number(t, 2));
        break;
    case ASK_QUANTILE:
        t->q = below(t, 11) / 10.0;
        t->args[t->nargs++] = own(t, random_number(t, 2));
        t->args[t->nargs++] = own(t, term_number(t->q, 0));
        break;
    case ASK_H:
    case ASK_I:
        t->nfirst = n;
        for (uint32_t i = 0; i < n + (t->head == ASK_I); i++)
            t->args[t->nargs++] =
                own(t, chance(t, .6) ? var_of(t, below(t, t->n)) : random_number(t, 1));
        break;
    case ASK_ARGMAX:
        for (uint32_t i = 0; i < n + 1; i++)
            if (take(t, &var)) t->args[t->nargs++] = own(t, var_of(t, var));
        break;
    case ASK_MARGINALS:
        break;
    default:
        t->args[t->nargs++] = own(t, random_number(t, 2));
    }
}

// For H and I a bare condition is averaged over, and no event.
static void add_event_condition(Trial *t) {
    Term *event = own(t, random_event(t, (int)below(t, 2)));
    if (event->op == TERM_VAR && (t->head == ASK_H || t->head == ASK_I)) return;
    t->conds[t->nconds] = event;
    t->list[t->nlist++] = (Cond){.kind = COND_EVENT, .term = t->conds[t->nconds++]};
}

static void add_free_condition(Trial *t) {
    uint32_t var;
    if (t->head == ASK_ARGMAX || t->head == ASK_MARGINALS || !take(t, &var)) return;
    bool info = t->head == ASK_H || t->head == ASK_I;
    Term *term = info && chance(t, .6) ? own(t, var_of(t, var)) : free_term(t, var);
    t->list[t->nlist++] = (Cond){.kind = COND_EVENT, .term = term};
    if (info && term->op == TERM_VAR)
        t->averaged[t->naveraged++] = var;
    else
        add_spot(t, SPOT_GIVEN, var, t->cards[var], NULL);
}

static void add_soft_condition(Trial *t) {
    if (t->soft != MODEL_NONE) return;
    t->soft = below(t, t->n);
    uint32_t card = t->cards[t->soft];
    random_law(t, t->soft_law, card, 0.2);
    Term *kids[2 * MOST_CARD];
    for (uint32_t l = 0; l < card; l++) {
        kids[2 * l] = level_of(t, t->soft, l);
        kids[2 * l + 1] = term_number(t->soft_law[l], 0);
    }
    t->list[t->nlist++] = (Cond){.kind = COND_SOFT,
                                 .term = own(t, var_of(t, t->soft)),
                                 .value = own(t, term_many(TERM_MAP, kids, 2 * card, 0))};
}

static void add_factor_condition(Trial *t) {
    if (t->factor) return;
    t->factor = own(t, term_if(random_event(t, 1), term_number(0.5 + below(t, 3), 0),
                               term_number(below(t, 3), 0), 0));
    t->list[t->nlist++] = (Cond){.kind = COND_FACTOR, .term = t->factor};
}

static Term *draw_term(Trial *t, RandomDo *act) {
    Term *kids[2 * MOST_CARD];
    uint32_t card = t->cards[act->var];
    random_law(t, act->law, card, 0.2);
    for (uint32_t l = 0; l < card; l++) {
        kids[2 * l] = level_of(t, act->var, l);
        kids[2 * l + 1] = term_number(act->law[l], 0);
    }
    return own(t, term_many(TERM_MAP, kids, 2 * card, 0));
}

static Term *rule_term(Trial *t, RandomDo *act) {
    Term *test = term_binary(TERM_EQ, var_of(t, act->input), level_of(t, act->input, 0), 0);
    uint32_t card = t->cards[act->var];
    return own(t, term_if(test, level_of(t, act->var, below(t, card)),
                          level_of(t, act->var, below(t, card)), 0));
}

static void add_do(Trial *t) {
    uint32_t var;
    bool read[MOST_VARS + 1] = {false};
    bool table = t->head != ASK_ARGMAX && t->head != ASK_MARGINALS;
    for (uint32_t i = 0; i < t->nacts; i++)
        if (t->acts[i].kind != DO_CONST && chance(t, .5)) return;
    // What a policy reads of a variable that is set is its natural value: not tried here.
    for (uint32_t i = 0; i < t->nacts; i++) read[t->acts[i].input] = true;
    if (!take(t, &var) || read[var]) return;
    RandomDo *act = &t->acts[t->nacts];
    Assign *a = &t->assigns[t->nacts];
    *act = (RandomDo){.kind = (DoKind)below(t, 5),
                      .var = var,
                      .level = below(t, t->cards[var]),
                      .input = MOST_VARS};
    bool reads = act->kind == DO_TERM || act->kind == DO_POLICY;
    if (reads && var > 0) act->input = below(t, var);
    if ((reads && (var == 0 || act_on(t, act->input))) ||
        (!table && (act->kind == DO_FREE || act->kind == DO_POLICY)))
        act->kind = DO_CONST;
    *a = (Assign){.kind = ASSIGN_VALUE, .target = t->syms[var]};
    if (act->kind == DO_CONST) a->value = own(t, level_of(t, var, act->level));
    if (act->kind == DO_FREE) a->kind = ASSIGN_FREE;
    if (act->kind == DO_DRAW) a->kind = ASSIGN_DRAW, a->value = draw_term(t, act);
    if (act->kind == DO_TERM) a->value = act->term = rule_term(t, act);
    if (act->kind == DO_POLICY) {
        a->kind = ASSIGN_POLICY;
        t->inputs[t->nacts] = t->syms[act->input];
        a->inputs = &t->inputs[t->nacts];
        a->ninputs = 1;
    }
    if (act->kind == DO_FREE) add_spot(t, SPOT_DO, var, t->cards[var], act);
    if (act->kind == DO_POLICY)
        add_spot(t, SPOT_DO, var, (uint32_t)lround(pow(t->cards[var], t->cards[act->input])),
                 act);
    t->list[t->nlist++] = (Cond){.kind = COND_DO, .items = a, .n = 1};
    t->nacts++;
}

static void random_question(Trial *t) {
    t->head = (AskHead)below(t, ASK_MARGINALS + 1);
    t->soft = MODEL_NONE;
    random_arguments(t);
    for (uint32_t i = 0, n = below(t, 4); i < n; i++) switch (below(t, 8)) {
        case 0:
        case 1:
        case 2:
            add_event_condition(t);
            break;
        case 3:
            add_free_condition(t);
            break;
        case 4:
            add_soft_condition(t);
            break;
        case 5:
            add_factor_condition(t);
            break;
        default:
            if (!t->weight) add_do(t);
        }
}

// --- comparison -----------------------------------------------------------------------------

static bool close_to(double got, double want) {
    if (isnan(got) || isnan(want)) return isnan(got) && isnan(want);
    if (isinf(got) || isinf(want)) return got == want;
    return fabs(got - want) <= 1e-12 * fmax(1, fabs(want));
}

static void mismatch(const Trial *t, const char *engine, double got, double want) {
    Str text = {0};
    str_printf(&text, "head %d:", (int)t->head);
    for (uint32_t i = 0; i < t->nargs; i++) {
        str_add(&text, i ? ", " : " ");
        term_add(t->args[i], &text);
    }
    for (uint32_t i = 0; i < t->nlist; i++) {
        str_add(&text, i ? ", " : " | ");
        const Cond *c = &t->list[i];
        if (c->kind == COND_DO) {
            str_printf(&text, "do(%s kind %d ", c->items->target->text, (int)c->items->kind);
            if (c->items->value) term_add(c->items->value, &text);
            str_add(&text, ")");
        } else {
            str_printf(&text, "[%d] ", (int)c->kind);
            term_add(c->term, &text);
        }
    }
    fail_msg("seed %lu, %s: got %.17g, want %.17g\n%s", (unsigned long)t->seed, engine, got,
             want, str_text(&text));
}

static bool next_choice(const Trial *t, uint32_t *choice) {
    for (uint32_t i = t->nspots; i-- > 0;) {
        if (++choice[i] < t->spots[i].count) return true;
        choice[i] = 0;
    }
    return false;
}

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

// What the oracle expects of the whole: the values, and whether any row is possible.
typedef struct Expected {
    double *cells;
    size_t n;
    bool possible, soft_fails;
} Expected;

static Worlds worlds; // too large for a stack

static void expect_cells(const Trial *t, Expected *out) {
    uint32_t choice[2 * MOST_ITEMS] = {0};
    size_t n = 1, i = 0;
    for (uint32_t s = 0; s < t->nspots; s++) n *= t->spots[s].count;
    *out = (Expected){.cells = malloc(n * sizeof(double)), .n = n};
    do {
        double total = weigh(t, choice, &worlds);
        if (!soften(t, &worlds, &total)) {
            out->soft_fails = true;
            total = 0; // an impossible row among others
        }
        if (total > 0) out->possible = true;
        out->cells[i++] = oracle(t, &worlds, total, choice);
    } while (next_choice(t, choice));
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

static Question question_of(const Trial *t) {
    return (Question){.head = t->head,
                      .args = t->args,
                      .nargs = t->nargs,
                      .nfirst = t->nfirst,
                      .conds = t->list,
                      .nconds = t->nlist};
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
    Trial *t = calloc(1, sizeof *t);
    t->seed = seed;
    t->names = intern_new();
    rng_seed(&t->rng, seed, 0);
    random_model(t);
    random_question(t);
    if (t->nargs || t->head == ASK_MARGINALS) put_question(t, tally);
    for (uint32_t i = 0; i < t->npool; i++) term_drop(t->pool[i]);
    for (uint32_t v = 0; v < t->n; v++) {
        domain_drop(t->domains[v]);
        free(t->tables[v]);
    }
    model_drop(t->model);
    intern_free(t->names);
    free(t);
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

// Random questions to the models of ask_random.h, and the numbers that the oracle expects.
#ifndef RUNG_TESTS_ASK_QUESTION_H
#define RUNG_TESTS_ASK_QUESTION_H

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

static Question question_of(const Trial *t) {
    return (Question){.head = t->head,
                      .args = t->args,
                      .nargs = t->nargs,
                      .nfirst = t->nfirst,
                      .conds = t->list,
                      .nconds = t->nlist};
}

// A random model and a question to it, from a seed; the question may have no
// arguments.
static inline Trial *trial_new(uint64_t seed) {
    Trial *t = calloc(1, sizeof *t);
    t->seed = seed;
    t->names = intern_new();
    rng_seed(&t->rng, seed, 0);
    random_model(t);
    random_question(t);
    return t;
}

static inline void trial_free(Trial *t) {
    for (uint32_t i = 0; i < t->npool; i++) term_drop(t->pool[i]);
    for (uint32_t v = 0; v < t->n; v++) {
        domain_drop(t->domains[v]);
        free(t->tables[v]);
    }
    model_drop(t->model);
    intern_free(t->names);
    free(t);
}

#endif

// Random finite models for the tests of ask, and their laws by brute force over the joint.
//
// The oracle knows nothing of nets, engines or kernels: it evaluates terms itself and
// multiplies the tables of a truncated factorisation for every joint assignment.
#ifndef RUNG_TESTS_ASK_RANDOM_H
#define RUNG_TESTS_ASK_RANDOM_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "runtime/base/rng.h"
#include "runtime/infer/ask.h"

#define MOST_VARS 6
#define MOST_CARD 4
#define MOST_ITEMS 4

typedef enum DoKind { DO_CONST, DO_FREE, DO_DRAW, DO_TERM, DO_POLICY } DoKind;

typedef struct RandomDo {
    DoKind kind;
    uint32_t var, level, input;
    double law[MOST_CARD];
    Term *term;
} RandomDo;

typedef enum SpotKind { SPOT_EVENT, SPOT_GIVEN, SPOT_DO } SpotKind;

// One axis of the answer as the oracle expects it.
typedef struct Spot {
    SpotKind kind;
    uint32_t var, count;
    RandomDo *act;
} Spot;

typedef struct Trial {
    Rng rng;
    Interner *names;
    uint64_t seed;
    // the model
    uint32_t n, cards[MOST_VARS], nparents[MOST_VARS], parents[MOST_VARS][MOST_VARS];
    Domain *domains[MOST_VARS];
    double *tables[MOST_VARS];
    Sym syms[MOST_VARS];
    uint32_t open; // a variable whose mechanism the model does not tell, or MODEL_NONE
    Term *weight;  // a factor of the model, or NULL
    Model *model;
    // the question
    AskHead head;
    Term *args[MOST_ITEMS];
    uint32_t nargs, nfirst;
    Term *events[MOST_ITEMS], *conds[MOST_ITEMS], *factor;
    uint32_t nevents, nconds, averaged[MOST_ITEMS], naveraged;
    uint32_t soft;
    double soft_law[MOST_CARD];
    RandomDo acts[MOST_ITEMS];
    uint32_t nacts;
    Spot spots[2 * MOST_ITEMS];
    uint32_t nspots;
    bool taken[MOST_VARS];
    Cond list[4 * MOST_ITEMS];
    uint32_t nlist;
    Assign assigns[MOST_ITEMS];
    Sym inputs[MOST_ITEMS];
    double q;
    // everything to drop
    Term *pool[512];
    uint32_t npool;
} Trial;

static uint32_t below(Trial *t, uint32_t n) {
    return (uint32_t)rng_below(&t->rng, n);
}

static bool chance(Trial *t, double p) {
    return rng_unit(&t->rng) < p;
}

static Term *own(Trial *t, Term *term) {
    assert_non_null(term);
    assert_true(t->npool < 512);
    return t->pool[t->npool++] = term;
}

// --- random terms ---------------------------------------------------------------------------

static Term *var_of(Trial *t, uint32_t v) {
    return term_var(t->syms[v], NULL, 0);
}

static Term *level_of(Trial *t, uint32_t v, uint32_t l) {
    const Domain *d = t->domains[v];
    if (d->kind == DOMAIN_BOOL) return term_bool(l == 1, 0);
    if (d->kind == DOMAIN_RANGE) return term_number((double)(d->low + l), 0);
    return term_level(d->levels[l].name, 0);
}

static Term *random_event(Trial *t, int depth) {
    uint32_t v = below(t, t->n), l = below(t, t->cards[v]), form = below(t, 8);
    const Domain *d = t->domains[v];
    if (depth > 0 && form < 3) {
        Term *a = random_event(t, depth - 1), *b = random_event(t, depth - 1);
        return term_binary(form == 0 ? TERM_OR : TERM_AND, a, b, 0);
    }
    if (depth > 0 && form == 3) return term_unary(TERM_NOT, random_event(t, depth - 1), 0);
    if (d->kind == DOMAIN_BOOL && form < 6) return var_of(t, v);
    if ((d->numeric || d->kind == DOMAIN_ORDERED) && form == 6)
        return term_binary(chance(t, .5) ? TERM_LT : TERM_GE, var_of(t, v), level_of(t, v, l),
                           0);
    return term_binary(chance(t, .8) ? TERM_EQ : TERM_NE, var_of(t, v), level_of(t, v, l), 0);
}

static Term *random_number(Trial *t, int depth) {
    if (depth > 0) {
        switch (below(t, 5)) {
        case 0:
            return term_binary(TERM_ADD, random_number(t, depth - 1),
                               random_number(t, depth - 1), 0);
        case 1:
            return term_binary(TERM_SUB, random_number(t, depth - 1),
                               random_number(t, depth - 1), 0);
        case 2:
            return term_binary(TERM_MUL, random_number(t, depth - 1),
                               random_number(t, depth - 1), 0);
        case 3:
            return term_if(random_event(t, 1), random_number(t, depth - 1),
                           random_number(t, depth - 1), 0);
        default:
            break;
        }
    }
    for (int tries = 0; tries < 4; tries++) {
        uint32_t v = below(t, t->n);
        if (t->domains[v]->numeric) return var_of(t, v);
    }
    return term_number(below(t, 5) - 1.5, 0);
}

// --- random models --------------------------------------------------------------------------

static Domain *random_domain(Trial *t) {
    uint32_t kind = below(t, 5), card = 2 + below(t, MOST_CARD - 1);
    if (kind <= 1) return domain_new(DOMAIN_BOOL);
    if (kind == 2) return domain_range(-1 - (int64_t)below(t, 3), 0);
    Level levels[MOST_CARD];
    for (uint32_t i = 0; i < card; i++) {
        char name[16];
        bool numeric = kind == 3 && card > 2;
        snprintf(name, sizeof name, numeric ? "%u.5" : "l%u", (i * 7 + 3) % 5);
        levels[i] = (Level){intern_z(t->names, name), (i * 7 + 3) % 5 + 0.5, numeric};
    }
    return domain_levels(kind == 4 ? DOMAIN_ORDERED : DOMAIN_LEVELS, levels, card);
}

static void random_law(Trial *t, double *law, uint32_t n, double zeros) {
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) sum += law[i] = chance(t, zeros) ? 0 : rng_unit(&t->rng);
    if (sum == 0) sum = law[below(t, n)] = 1;
    for (uint32_t i = 0; i < n; i++) law[i] /= sum;
}

static void give_mechanism(Trial *t, ModelBuilder *b, uint32_t v, const Sym *parents,
                           Faults *faults) {
    if (v != t->open) {
        assert_int_equal(
            model_table(b, t->syms[v], parents, t->nparents[v], t->tables[v], 0, faults), OK);
        return;
    }
    for (uint32_t p = 0; p < t->nparents[v]; p++)
        assert_int_equal(model_edge(b, parents[p], t->syms[v], false, 0, faults), OK);
}

static void random_model(Trial *t) {
    ModelBuilder *b = model_builder(t->names, NULL);
    Faults faults = {0};
    double zeros = chance(t, 0.5) ? 0.3 : 0;
    t->n = 2 + below(t, MOST_VARS - 1);
    t->open = chance(t, .25) ? below(t, t->n) : MODEL_NONE;
    for (uint32_t v = 0; v < t->n; v++) {
        char name[8];
        snprintf(name, sizeof name, "X%u", v);
        t->syms[v] = intern_z(t->names, name);
        t->domains[v] = random_domain(t);
        t->cards[v] = t->domains[v]->count;
        VarSpec spec = {.name = t->syms[v], .domain = t->domains[v]};
        assert_int_equal(model_declare(b, &spec, &faults), OK);
        Sym parents[MOST_VARS];
        size_t rows = 1;
        for (uint32_t p = 0; p < v; p++) {
            if (!chance(t, 0.5) || t->nparents[v] == 3) continue;
            parents[t->nparents[v]] = t->syms[p];
            t->parents[v][t->nparents[v]++] = p;
            rows *= t->cards[p];
        }
        t->tables[v] = malloc(rows * t->cards[v] * sizeof(double));
        for (size_t r = 0; r < rows; r++)
            random_law(t, t->tables[v] + r * t->cards[v], t->cards[v],
                       v == t->open ? 0 : zeros);
        give_mechanism(t, b, v, parents, &faults);
    }
    if (t->open == MODEL_NONE && chance(t, .15)) {
        t->weight = own(t, term_if(random_event(t, 2), term_number(2.5, 0),
                                   term_number(below(t, 2) / 2.0, 0), 0));
        assert_int_equal(model_factor(b, t->weight, 0, &faults), OK);
    }
    uint32_t normalised = 0;
    Status st = model_finish(b, NULL, &t->model, &normalised, &faults);
    if (st != OK) fail_msg("seed %lu: %s", (unsigned long)t->seed, faults.items[0].message);
    model_builder_free(b);
    fault_free(&faults);
}

// --- the oracle -----------------------------------------------------------------------------

static uint32_t find_var(const Trial *t, Sym name) {
    for (uint32_t v = 0; v < t->n; v++)
        if (t->syms[v] == name) return v;
    fail_msg("unknown variable %s", name->text);
    return 0;
}

// The value of a variable: its number, or the position of a named level.
static double value_of(const Trial *t, uint32_t v, const uint32_t *a) {
    const Domain *d = t->domains[v];
    if (!d->numeric) return a[v];
    if (d->kind == DOMAIN_BOOL) return a[v];
    if (d->kind == DOMAIN_RANGE) return (double)d->low + a[v];
    return d->levels[a[v]].number;
}

static double level_value(const Trial *t, uint32_t v, Sym name) {
    const Domain *d = t->domains[v];
    for (uint32_t l = 0; l < d->count; l++)
        if (d->levels[l].name == name) return d->numeric ? d->levels[l].number : l;
    fail_msg("unknown level %s", name->text);
    return 0;
}

static double eval(const Trial *t, const Term *e, const uint32_t *a);

static double side(const Trial *t, const Term *e, int i, const uint32_t *a) {
    if (e->kid[i]->op == TERM_LEVEL)
        return level_value(t, find_var(t, e->kid[1 - i]->sym), e->kid[i]->sym);
    return eval(t, e->kid[i], a);
}

static double eval(const Trial *t, const Term *e, const uint32_t *a) {
    double x, y;
    switch ((TermOp)e->op) {
    case TERM_NUMBER:
        return e->number;
    case TERM_VAR:
        return value_of(t, find_var(t, e->sym), a);
    case TERM_NOT:
        return !eval(t, e->kid[0], a);
    case TERM_IF:
        return eval(t, e->kid[0], a) ? eval(t, e->kid[1], a) : eval(t, e->kid[2], a);
    default:
        break;
    }
    x = side(t, e, 0, a);
    y = side(t, e, 1, a);
    switch ((TermOp)e->op) {
    case TERM_AND:
        return x && y;
    case TERM_OR:
        return x || y;
    case TERM_EQ:
        return x == y;
    case TERM_NE:
        return x != y;
    case TERM_LT:
        return x < y;
    case TERM_GE:
        return x >= y;
    case TERM_ADD:
        return x + y;
    case TERM_SUB:
        return x - y;
    case TERM_MUL:
        return x * y;
    default:
        fail_msg("operator %d", e->op);
    }
    return 0;
}

static const RandomDo *act_on(const Trial *t, uint32_t v) {
    for (uint32_t i = 0; i < t->nacts; i++)
        if (t->acts[i].var == v) return &t->acts[i];
    return NULL;
}

static double own_law(const Trial *t, uint32_t v, const uint32_t *a) {
    size_t row = 0;
    for (uint32_t p = 0; p < t->nparents[v]; p++)
        row = row * t->cards[t->parents[v][p]] + a[t->parents[v][p]];
    return t->tables[v][row * t->cards[v] + a[v]];
}

static uint32_t choice_of(const Trial *t, const RandomDo *act, const uint32_t *choice) {
    for (uint32_t i = 0; i < t->nspots; i++)
        if (t->spots[i].act == act) return choice[i];
    return 0;
}

// The digit of function number k at the input's level; the first level is the most significant.
static uint32_t policy_at(uint32_t k, uint32_t base, uint32_t digits, uint32_t level) {
    for (uint32_t i = level + 1; i < digits; i++) k /= base;
    return k % base;
}

static bool is_level(const Trial *t, const RandomDo *act, const uint32_t *a) {
    const Term *chosen = eval(t, act->term->kid[0], a) ? act->term->kid[1] : act->term->kid[2];
    const Domain *d = t->domains[act->var];
    if (chosen->op == TERM_NUMBER) return chosen->number == value_of(t, act->var, a);
    return d->levels[a[act->var]].name == chosen->sym;
}

static double acted_law(const Trial *t, const RandomDo *act, const uint32_t *a,
                        const uint32_t *choice) {
    uint32_t k = choice_of(t, act, choice), at = a[act->var];
    switch (act->kind) {
    case DO_CONST:
        return at == act->level;
    case DO_FREE:
        return at == k;
    case DO_DRAW:
        return act->law[at];
    case DO_TERM:
        return is_level(t, act, a);
    case DO_POLICY:
        return at == policy_at(k, t->cards[act->var], t->cards[act->input], a[act->input]);
    }
    return 0;
}

static bool next(const Trial *t, uint32_t *a) {
    for (uint32_t v = t->n; v-- > 0;) {
        if (++a[v] < t->cards[v]) return true;
        a[v] = 0;
    }
    return false;
}

typedef struct World_ {
    uint32_t a[4096][MOST_VARS];
    double w[4096];
    size_t n;
} Worlds;

// All assignments that the conditions allow, weighed; event axes are left to the heads.
static double weigh(const Trial *t, const uint32_t *choice, Worlds *out) {
    uint32_t a[MOST_VARS] = {0};
    double total = 0;
    out->n = 0;
    do {
        double w = 1;
        for (uint32_t v = 0; v < t->n && w > 0; v++) {
            const RandomDo *act = act_on(t, v);
            w *= act ? acted_law(t, act, a, choice) : own_law(t, v, a);
        }
        for (uint32_t i = 0; i < t->nconds; i++) w *= eval(t, t->conds[i], a);
        if (t->factor) w *= eval(t, t->factor, a);
        if (t->weight) w *= eval(t, t->weight, a);
        for (uint32_t i = 0; i < t->nspots; i++)
            if (t->spots[i].kind == SPOT_GIVEN) w *= a[t->spots[i].var] == choice[i];
        if (w == 0) continue;
        memcpy(out->a[out->n], a, sizeof a);
        out->w[out->n++] = w;
        total += w;
    } while (next(t, a));
    return total;
}

// Jeffrey's rule; false when a level that cannot happen should become possible.
static bool soften(const Trial *t, Worlds *ws, double *total) {
    double old[MOST_CARD] = {0};
    if (t->soft == MODEL_NONE || *total == 0) return true;
    for (size_t i = 0; i < ws->n; i++) old[ws->a[i][t->soft]] += ws->w[i] / *total;
    for (uint32_t l = 0; l < t->cards[t->soft]; l++)
        if (old[l] == 0 && t->soft_law[l] > 0) return false;
    *total = 0;
    for (size_t i = 0; i < ws->n; i++) {
        uint32_t l = ws->a[i][t->soft];
        ws->w[i] *= t->soft_law[l] / old[l];
        *total += ws->w[i];
    }
    return true;
}

static bool event_axes_hold(const Trial *t, const uint32_t *a, const uint32_t *choice) {
    for (uint32_t i = 0; i < t->nspots; i++)
        if (t->spots[i].kind == SPOT_EVENT && a[t->spots[i].var] != choice[i]) return false;
    return true;
}

static double mean_of(const Trial *t, const Worlds *ws, const Term *f, const Term *g, double mf,
                      double mg) {
    double sum = 0, total = 0;
    for (size_t i = 0; i < ws->n; i++) {
        double y = eval(t, f, ws->a[i]) - mf;
        if (g) y *= eval(t, g, ws->a[i]) - mg;
        sum += ws->w[i] * y;
        total += ws->w[i];
    }
    return sum / total;
}

static double covariance(const Trial *t, const Worlds *ws, const Term *f, const Term *g) {
    return mean_of(t, ws, f, g, mean_of(t, ws, f, NULL, 0, 0), mean_of(t, ws, g, NULL, 0, 0));
}

static double quantile(const Trial *t, const Worlds *ws, double total) {
    double best = INFINITY;
    for (size_t i = 0; i < ws->n; i++) {
        double y = eval(t, t->args[0], ws->a[i]), below_y = 0;
        for (size_t j = 0; j < ws->n; j++)
            if (eval(t, t->args[0], ws->a[j]) <= y) below_y += ws->w[j];
        if (below_y / total >= t->q - 1e-12 && y < best) best = y;
    }
    return best;
}

// Whether two worlds agree in the quantities from..to-1 and, with `z`, in what is averaged
// over.
static bool agree(const Trial *t, const uint32_t *a, const uint32_t *b, uint32_t from,
                  uint32_t to, bool z) {
    for (uint32_t i = from; i < to; i++)
        if (eval(t, t->args[i], a) != eval(t, t->args[i], b)) return false;
    for (uint32_t i = 0; z && i < t->naveraged; i++)
        if (a[t->averaged[i]] != b[t->averaged[i]]) return false;
    return true;
}

static double share(const Trial *t, const Worlds *ws, size_t i, uint32_t from, uint32_t to,
                    double total) {
    double sum = 0;
    for (size_t j = 0; j < ws->n; j++)
        if (agree(t, ws->a[i], ws->a[j], from, to, true)) sum += ws->w[j];
    return sum / total;
}

static double information(const Trial *t, const Worlds *ws, double total) {
    double bits = 0;
    for (size_t i = 0; i < ws->n; i++) {
        if (ws->w[i] == 0) continue;
        double all = share(t, ws, i, 0, t->nargs, total), z = share(t, ws, i, 0, 0, total);
        double x = z / all;
        if (t->head == ASK_I)
            x = all * z / share(t, ws, i, 0, t->nfirst, total) /
                share(t, ws, i, t->nfirst, t->nargs, total);
        bits += ws->w[i] / total * log2(x);
    }
    return bits;
}

static double probability(const Trial *t, const Worlds *ws, double total,
                          const uint32_t *choice) {
    double sum = 0;
    for (size_t i = 0; i < ws->n; i++) {
        bool holds = event_axes_hold(t, ws->a[i], choice);
        for (uint32_t e = 0; holds && e < t->nevents; e++)
            holds = eval(t, t->events[e], ws->a[i]) != 0;
        if (holds) sum += ws->w[i];
    }
    return sum / total;
}

static double oracle(const Trial *t, const Worlds *ws, double total, const uint32_t *choice) {
    double va, vb;
    if (total == 0) return NAN;
    switch (t->head) {
    case ASK_P:
        return probability(t, ws, total, choice);
    case ASK_LOGP:
        return log(probability(t, ws, total, choice));
    case ASK_E:
        return mean_of(t, ws, t->args[0], NULL, 0, 0);
    case ASK_VAR:
        return covariance(t, ws, t->args[0], t->args[0]);
    case ASK_SD:
        return sqrt(covariance(t, ws, t->args[0], t->args[0]));
    case ASK_COV:
        return covariance(t, ws, t->args[0], t->args[1]);
    case ASK_COR:
        va = covariance(t, ws, t->args[0], t->args[0]);
        vb = covariance(t, ws, t->args[1], t->args[1]);
        if (va < 1e-20 || vb < 1e-20) return NAN;
        return covariance(t, ws, t->args[0], t->args[1]) / sqrt(va * vb);
    case ASK_QUANTILE:
        return quantile(t, ws, total);
    case ASK_H:
    case ASK_I:
        return information(t, ws, total);
    default:
        return NAN;
    }
}

#endif

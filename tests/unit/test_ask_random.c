// Random questions put to random models, against brute force over the full joint.
//
// The oracle knows nothing of nets, engines or kernels: it evaluates terms itself and
// multiplies the tables of a truncated factorisation for every joint assignment.
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

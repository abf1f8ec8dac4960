// Questions across worlds put to random models, against enumeration of the noise.
//
// The oracle knows nothing of networks: it runs every variable of every world as a function of
// its causes and its noise, for every joint value of the noise. Where a mechanism is only a
// distribution, the answer must be the same for every function and noise that have it: several
// are drawn at random.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/rng.h"
#include "runtime/infer/ask.h"

#define MOST_VARS 6
#define MOST_CARD 3
#define MOST_CAUSES 3
#define MOST_ROWS 27
#define MOST_CELLS 32
#define MOST_WORLDS 4
#define MOST_EVENTS 4
#define MOST_STATES 4000
#define FACTUAL UINT32_MAX

// A variable as a function of its causes and its noise, whose values are `cells` with their
// probabilities. A cause from MOST_VARS on is the noise of variable cause - MOST_VARS.
typedef struct Var {
    uint32_t card, ncauses, causes[MOST_CAUSES], rows, cells;
    bool kernel; // only its distribution is told
    double law[MOST_ROWS][MOST_CARD];
    double noise[MOST_CELLS];
    uint32_t response[MOST_CELLS][MOST_ROWS];
} Var;

typedef enum SetKind {
    SET_CONSTANT, // X = level
    SET_OTHER,    // X = Z[world] mod card
    SET_POLICY,   // X = Z mod card, Z of this world
    SET_SHIFT,    // X = (X + 1) mod card
    SET_DRAW,     // X ~ law
    SET_EDGE,     // Z -> X = level of Z
    SET_KINDS,
} SetKind;

typedef struct Set {
    SetKind kind;
    uint32_t var, level, other, world;
    double law[MOST_CARD];
} Set;

typedef struct WorldOf {
    uint32_t n;
    Set sets[MOST_VARS];
} WorldOf;

typedef struct Event {
    uint32_t var, world, level;
} Event;

typedef struct Trial {
    Rng rng;
    uint64_t seed;
    Interner *names;
    uint32_t n, nworlds, nasked, nevents;
    Var vars[MOST_VARS];
    WorldOf worlds[MOST_WORLDS];
    Event events[MOST_EVENTS]; // first what is asked, then what is known
    uint32_t set, set_level;   // a do among the conditions, or FACTUAL
    bool mean;                 // E of the sum of what is asked
    Model *model;
} Trial;

static uint32_t below(Trial *t, uint32_t n) {
    return (uint32_t)rng_below(&t->rng, n);
}

static bool chance(Trial *t, double p) {
    return rng_unit(&t->rng) < p;
}

// --- random models --------------------------------------------------------------------------

static void random_law(Trial *t, uint32_t n, double *law) {
    double total = 0;
    for (uint32_t l = 0; l < n; l++)
        total += law[l] = chance(t, .1) ? 0 : .05 + rng_unit(&t->rng);
    for (uint32_t l = 0; l < n; l++) law[l] = total > 0 ? law[l] / total : l == 0;
}

static uint32_t card_of(const Trial *t, uint32_t cause) {
    return cause < MOST_VARS ? t->vars[cause].card : t->vars[cause - MOST_VARS].cells;
}

static void add_cause(Trial *t, Var *v, uint32_t cause) {
    for (uint32_t i = 0; i < v->ncauses; i++)
        if (v->causes[i] == cause) return;
    if (v->ncauses == MOST_CAUSES || v->rows * card_of(t, cause) > MOST_ROWS) return;
    v->causes[v->ncauses++] = cause;
    v->rows *= card_of(t, cause);
}

static void random_var(Trial *t, uint32_t i, double kernels) {
    Var *v = &t->vars[i];
    *v = (Var){.card = 2 + below(t, MOST_CARD - 1), .rows = 1, .cells = 1 + below(t, 3)};
    v->kernel = chance(t, kernels);
    for (uint32_t k = 0; k < 2 && i; k++)
        if (chance(t, .75)) add_cause(t, v, below(t, i));
    // The noise of another: correlated noise.
    uint32_t other = i ? below(t, i) : 0;
    if (i && chance(t, .2) && !t->vars[other].kernel && t->vars[other].cells > 1)
        add_cause(t, v, MOST_VARS + other);
    random_law(t, v->cells, v->noise);
    for (uint32_t c = 0; c < v->cells; c++)
        for (uint32_t r = 0; r < v->rows; r++) v->response[c][r] = below(t, v->card);
    for (uint32_t r = 0; r < v->rows; r++) random_law(t, v->card, v->law[r]);
}

static int compare_doubles(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// A random function and noise with the distributions of v: in each row the levels lie in some
// order on a circle of length 1, and the noise is a point on it.
static void couple(Trial *t, Var *v) {
    double cut[MOST_CELLS + 1], start[MOST_ROWS];
    uint32_t order[MOST_ROWS][MOST_CARD], ncuts = 0;
    cut[ncuts++] = 0;
    for (uint32_t r = 0; r < v->rows; r++) {
        for (uint32_t l = 0; l < v->card; l++) order[r][l] = l;
        for (uint32_t l = v->card; l-- > 1;) {
            uint32_t k = below(t, l + 1), kept = order[r][l];
            order[r][l] = order[r][k];
            order[r][k] = kept;
        }
        start[r] = chance(t, .5) ? 0 : rng_unit(&t->rng);
        double at = start[r];
        for (uint32_t l = 0; l < v->card; l++) {
            cut[ncuts++] = at - floor(at);
            at += v->law[r][order[r][l]];
        }
    }
    qsort(cut, ncuts, sizeof *cut, compare_doubles);
    v->cells = 0;
    for (uint32_t i = 0; i < ncuts; i++) {
        double end = i + 1 < ncuts ? cut[i + 1] : 1, width = end - cut[i];
        if (width < 1e-15) continue;
        uint32_t c = v->cells++;
        v->noise[c] = width;
        for (uint32_t r = 0; r < v->rows; r++) {
            double at = cut[i] + width / 2 - start[r];
            at -= floor(at);
            uint32_t l = 0;
            while (l + 1 < v->card && at >= v->law[r][order[r][l]])
                at -= v->law[r][order[r][l++]];
            v->response[c][r] = order[r][l];
        }
    }
}

static void random_model(Trial *t) {
    double kernels = chance(t, .5) ? 0 : .8, states = 1;
    t->n = 2 + below(t, MOST_VARS - 1);
    for (uint32_t i = 0; i < t->n; i++) {
        Var *v = &t->vars[i];
        random_var(t, i, kernels);
        if (v->kernel && v->rows * v->card + 1 > MOST_CELLS) v->kernel = false;
        double cells = v->kernel ? v->rows * v->card + 1 : v->cells;
        if (states * cells > MOST_STATES) {
            v->kernel = false;
            v->cells = 1;
            v->noise[0] = cells = 1;
        }
        states *= cells;
    }
}

static Sym var_name(Trial *t, uint32_t i) {
    char text[16];
    snprintf(text, sizeof text, i < MOST_VARS ? "X%u" : "U%u", i % MOST_VARS);
    return intern_z(t->names, text);
}

static void check(const Trial *t, Status st, const Faults *faults) {
    if (st == OK) return;
    fail_msg("seed %lu: %s", (unsigned long)t->seed,
             faults->count ? faults->items[0].message : "no memory");
}

static void declare(Trial *t, ModelBuilder *b, uint32_t i, uint32_t card, VarRole role) {
    Faults faults = {0};
    VarSpec spec = {.name = var_name(t, i), .role = role, .domain = domain_range(0, card - 1)};
    check(t, model_declare(b, &spec, &faults), &faults);
    domain_drop(spec.domain);
}

static bool has_noise(const Var *v) {
    return !v->kernel && v->cells > 1;
}

// The response as an `=` mechanism: a table looked up.
static void add_equation(Trial *t, ModelBuilder *b, uint32_t i) {
    const Var *v = &t->vars[i];
    Faults faults = {0};
    Domain *domains[MOST_CAUSES + 1];
    Term *kids[MOST_CAUSES + 1];
    double cells[MOST_ROWS * MOST_CELLS];
    uint32_t n = 0;
    for (; n < v->ncauses; n++) {
        domains[n] = domain_range(0, card_of(t, v->causes[n]) - 1);
        kids[n] = term_var(var_name(t, v->causes[n]), NULL, 0);
    }
    if (has_noise(v)) {
        domains[n] = domain_range(0, v->cells - 1);
        kids[n++] = term_var(var_name(t, MOST_VARS + i), NULL, 0);
    }
    for (uint32_t r = 0; r < v->rows; r++)
        for (uint32_t c = 0; c < v->cells; c++) cells[r * v->cells + c] = v->response[c][r];
    TermTable *table = term_table_new(domains, n, cells);
    Term *term = n ? term_lookup(table, kids, n, 0) : term_number(cells[0], 0);
    if (!n) term_table_drop(table);
    for (uint32_t k = 0; k < n; k++) domain_drop(domains[k]);
    check(t, model_mechanism(b, var_name(t, i), MECH_STRUCTURAL, term, false, 0, &faults),
          &faults);
    term_drop(term);
}

// The same, or the distribution, as a table.
static void add_table(Trial *t, ModelBuilder *b, uint32_t i) {
    const Var *v = &t->vars[i];
    Faults faults = {0};
    Sym causes[MOST_CAUSES + 1];
    double values[MOST_ROWS * MOST_CELLS * MOST_CARD] = {0};
    uint32_t n = 0, cells = has_noise(v) ? v->cells : 1;
    for (; n < v->ncauses; n++) causes[n] = var_name(t, v->causes[n]);
    if (has_noise(v)) causes[n++] = var_name(t, MOST_VARS + i);
    for (uint32_t r = 0; r < v->rows; r++)
        for (uint32_t c = 0; c < cells; c++)
            for (uint32_t l = 0; l < v->card; l++)
                values[(r * cells + c) * v->card + l] =
                    v->kernel ? v->law[r][l] : v->response[c][r] == l;
    check(t, model_table(b, var_name(t, i), causes, n, values, 0, &faults), &faults);
}

static void build_model(Trial *t) {
    ModelBuilder *b = model_builder(t->names, NULL);
    Faults faults = {0};
    for (uint32_t i = 0; i < t->n; i++) {
        const Var *v = &t->vars[i];
        declare(t, b, i, v->card, ROLE_VAR_PLAIN);
        if (!has_noise(v)) continue;
        declare(t, b, MOST_VARS + i, v->cells, ROLE_VAR_NOISE);
        check(t, model_table(b, var_name(t, MOST_VARS + i), NULL, 0, v->noise, 0, &faults),
              &faults);
    }
    for (uint32_t i = 0; i < t->n; i++)
        if (t->vars[i].kernel || chance(t, .3))
            add_table(t, b, i);
        else
            add_equation(t, b, i);
    check(t, model_finish(b, NULL, &t->model, NULL, &faults), &faults);
    model_builder_free(b);
}

// --- random questions -----------------------------------------------------------------------

static uint32_t cause_of(Trial *t, uint32_t var) {
    const Var *v = &t->vars[var];
    uint32_t cause = v->ncauses ? v->causes[below(t, v->ncauses)] : FACTUAL;
    return cause < MOST_VARS ? cause : FACTUAL;
}

static void random_set(Trial *t, uint32_t world, uint32_t var) {
    WorldOf *w = &t->worlds[world];
    Set s = {.kind = SET_CONSTANT, .var = var, .level = below(t, t->vars[var].card)};
    uint32_t earlier = world + 1;
    if (chance(t, .5)) s.kind = below(t, SET_KINDS);
    s.other = below(t, t->n);
    s.world = below(t, earlier) == world ? FACTUAL : below(t, world);
    if (s.kind == SET_POLICY && var == 0) s.kind = SET_SHIFT;
    if (s.kind == SET_POLICY) s.other = below(t, var);
    if (s.kind == SET_EDGE) s.other = cause_of(t, var);
    if (s.kind == SET_EDGE && (s.other == FACTUAL || t->set == var)) s.kind = SET_CONSTANT;
    if (s.kind == SET_EDGE) s.level = below(t, t->vars[s.other].card);
    if (s.kind == SET_DRAW) random_law(t, t->vars[var].card, s.law);
    w->sets[w->n++] = s;
}

static void random_worlds(Trial *t) {
    t->set = chance(t, .15) ? below(t, t->n) : FACTUAL;
    t->set_level = t->set == FACTUAL ? 0 : below(t, t->vars[t->set].card);
    t->nworlds = 1 + below(t, MOST_WORLDS - 1);
    uint32_t draws = 0;
    for (uint32_t i = 0; i < t->nworlds; i++) {
        t->worlds[i].n = 0;
        for (uint32_t v = 0; v < t->n; v++)
            if (chance(t, 1.3 / t->n)) random_set(t, i, v);
        if (!t->worlds[i].n) random_set(t, i, below(t, t->n));
        for (uint32_t k = 0; k < t->worlds[i].n; k++) {
            Set *s = &t->worlds[i].sets[k];
            if (s->kind == SET_DRAW && draws++ >= 2) s->kind = SET_CONSTANT;
        }
    }
}

static void random_question(Trial *t) {
    random_worlds(t);
    t->mean = chance(t, .4);
    t->nasked = 1 + below(t, 2);
    t->nevents = t->nasked + below(t, 3);
    if (t->nevents > MOST_EVENTS) t->nevents = MOST_EVENTS;
    for (uint32_t i = 0; i < t->nevents; i++) {
        Event *e = &t->events[i];
        uint32_t world = below(t, t->nworlds + (i < t->nasked ? 0 : 2));
        *e = (Event){.var = below(t, t->n), .world = world < t->nworlds ? world : FACTUAL};
        e->level = below(t, t->vars[e->var].card);
    }
}

static World *make_world(Trial *t, uint32_t world);

static Term *var_in(Trial *t, uint32_t var, uint32_t world) {
    World *w = world == FACTUAL ? NULL : make_world(t, world);
    return term_var(var_name(t, var), w, 0);
}

static Term *wrap(const Trial *t, Term *value, uint32_t var) {
    return term_binary(TERM_MOD, value, term_number(t->vars[var].card, 0), 0);
}

// Sometimes a bare M[X = 0], where the domains are the same.
static Term *other_value(Trial *t, const Set *s) {
    Term *value = s->world == FACTUAL ? term_var(var_name(t, s->other), world_new(NULL, 0), 0)
                                      : var_in(t, s->other, s->world);
    return t->vars[s->other].card == t->vars[s->var].card ? value : wrap(t, value, s->var);
}

static Term *draw_value(const Set *s, uint32_t card) {
    Term *kids[2 * MOST_CARD];
    for (uint32_t l = 0; l < card; l++) {
        kids[2 * l] = term_number(l, 0);
        kids[2 * l + 1] = term_number(s->law[l], 0);
    }
    return term_many(TERM_MAP, kids, 2 * card, 0);
}

static Term *set_value(Trial *t, const Set *s) {
    switch (s->kind) {
    case SET_OTHER:
        return other_value(t, s);
    case SET_POLICY:
        return wrap(t, term_var(var_name(t, s->other), NULL, 0), s->var);
    case SET_SHIFT:
        return wrap(
            t,
            term_binary(TERM_ADD, term_var(var_name(t, s->var), NULL, 0), term_number(1, 0), 0),
            s->var);
    case SET_DRAW:
        return draw_value(s, t->vars[s->var].card);
    default:
        return term_number(s->level, 0);
    }
}

static World *make_world(Trial *t, uint32_t world) {
    const WorldOf *w = &t->worlds[world];
    Assign items[MOST_VARS];
    for (uint32_t i = 0; i < w->n; i++) {
        const Set *s = &w->sets[i];
        items[i] = (Assign){.kind = s->kind == SET_DRAW ? ASSIGN_DRAW : ASSIGN_VALUE,
                            .target = var_name(t, s->var),
                            .value = set_value(t, s)};
        if (s->kind == SET_EDGE) items[i].source = var_name(t, s->other);
    }
    return world_new(items, w->n);
}

static Term *event_term(Trial *t, const Event *e) {
    return term_binary(TERM_EQ, var_in(t, e->var, e->world), term_number(e->level, 0), 0);
}

// --- the oracle -----------------------------------------------------------------------------

typedef struct Oracle {
    Trial *t;
    uint32_t noise[MOST_VARS];
    uint32_t draws[MOST_WORLDS][MOST_VARS];
    uint32_t factual[MOST_VARS], values[MOST_WORLDS][MOST_VARS];
    double known, sum;
} Oracle;

static const Set *edge_of(const WorldOf *w, uint32_t from, uint32_t to) {
    for (uint32_t i = 0; w && i < w->n; i++)
        if (w->sets[i].kind == SET_EDGE && w->sets[i].var == to && w->sets[i].other == from)
            return &w->sets[i];
    return NULL;
}

static uint32_t respond(const Oracle *o, const WorldOf *w, uint32_t var,
                        const uint32_t *values) {
    const Var *v = &o->t->vars[var];
    uint32_t row = 0;
    if (var == o->t->set) return o->t->set_level;
    for (uint32_t i = 0; i < v->ncauses; i++) {
        uint32_t cause = v->causes[i];
        const Set *edge = cause < MOST_VARS ? edge_of(w, cause, var) : NULL;
        uint32_t level = cause >= MOST_VARS ? o->noise[cause - MOST_VARS] : values[cause];
        row = row * card_of(o->t, cause) + (edge ? edge->level : level);
    }
    return v->response[o->noise[var]][row];
}

static void run_world(Oracle *o, uint32_t world) {
    const WorldOf *w = &o->t->worlds[world];
    uint32_t natural[MOST_VARS], *values = o->values[world];
    for (uint32_t v = 0; v < o->t->n; v++) {
        natural[v] = values[v] = respond(o, w, v, values);
        for (uint32_t i = 0; i < w->n; i++) {
            const Set *s = &w->sets[i];
            uint32_t card = o->t->vars[v].card;
            if (s->var != v || s->kind == SET_EDGE) continue;
            const uint32_t *other = s->world == FACTUAL ? o->factual : o->values[s->world];
            if (s->kind == SET_CONSTANT) values[v] = s->level;
            if (s->kind == SET_OTHER) values[v] = other[s->other] % card;
            if (s->kind == SET_POLICY) values[v] = natural[s->other] % card;
            if (s->kind == SET_SHIFT) values[v] = (natural[v] + 1) % card;
            if (s->kind == SET_DRAW) values[v] = o->draws[world][i];
        }
    }
}

static bool holds(const Oracle *o, const Event *e) {
    const uint32_t *values = e->world == FACTUAL ? o->factual : o->values[e->world];
    return values[e->var] == e->level;
}

static void add_state(Oracle *o, double weight) {
    const Trial *t = o->t;
    for (uint32_t v = 0; v < t->n; v++) o->factual[v] = respond(o, NULL, v, o->factual);
    for (uint32_t w = 0; w < t->nworlds; w++) run_world(o, w);
    for (uint32_t i = t->nasked; i < t->nevents; i++)
        if (!holds(o, &t->events[i])) return;
    double value = t->mean ? 0 : 1;
    for (uint32_t i = 0; i < t->nasked; i++)
        if (t->mean)
            value += (i + 1) * holds(o, &t->events[i]);
        else
            value *= holds(o, &t->events[i]);
    o->known += weight;
    o->sum += weight * value;
}

static void add_draws(Oracle *o, uint32_t world, uint32_t item, double weight) {
    const Trial *t = o->t;
    if (world == t->nworlds) {
        add_state(o, weight);
        return;
    }
    const WorldOf *w = &t->worlds[world];
    if (item == w->n) {
        add_draws(o, world + 1, 0, weight);
        return;
    }
    const Set *s = &w->sets[item];
    uint32_t card = s->kind == SET_DRAW ? t->vars[s->var].card : 1;
    for (uint32_t l = 0; l < card; l++) {
        o->draws[world][item] = l;
        double p = card > 1 ? s->law[l] : 1;
        if (p > 0) add_draws(o, world, item + 1, weight * p);
    }
}

static void add_noise(Oracle *o, uint32_t var, double weight) {
    if (var == o->t->n) {
        add_draws(o, 0, 0, weight);
        return;
    }
    const Var *v = &o->t->vars[var];
    for (uint32_t c = 0; c < v->cells; c++) {
        o->noise[var] = c;
        if (v->noise[c] > 0) add_noise(o, var + 1, weight * v->noise[c]);
    }
}

// --- a trial --------------------------------------------------------------------------------

typedef struct Tally {
    uint64_t structural, kernels, across, refused, impossible, unsure;
} Tally;

static Term *asked_sum(Trial *t) {
    Term *sum = NULL;
    for (uint32_t i = 0; i < t->nasked; i++) {
        Term *part =
            term_if(event_term(t, &t->events[i]), term_number(i + 1, 0), term_number(0, 0), 0);
        sum = sum ? term_binary(TERM_ADD, sum, part, 0) : part;
    }
    return sum;
}

static Status put(Trial *t, Answer *answer, Faults *faults) {
    Term *args[MOST_EVENTS], *known[MOST_EVENTS];
    Cond conds[MOST_EVENTS + 1];
    Assign item = {.kind = ASSIGN_VALUE};
    uint32_t nargs = t->mean ? 1 : t->nasked, nconds = 0;
    if (t->mean) args[0] = asked_sum(t);
    for (uint32_t i = 0; !t->mean && i < t->nasked; i++) args[i] = event_term(t, &t->events[i]);
    for (uint32_t i = t->nasked; i < t->nevents; i++, nconds++) {
        known[nconds] = event_term(t, &t->events[i]);
        conds[nconds] = (Cond){.kind = COND_EVENT, .term = known[nconds]};
    }
    uint32_t nknown = nconds;
    if (t->set != FACTUAL) {
        item.target = var_name(t, t->set);
        item.value = term_number(t->set_level, 0);
        conds[nconds++] = (Cond){.kind = COND_DO, .items = &item, .n = 1};
    }
    Question q = {.head = t->mean ? ASK_E : ASK_P,
                  .args = args,
                  .nargs = nargs,
                  .conds = conds,
                  .nconds = nconds};
    Status st = ask(t->model, &q, NULL, NULL, NULL, answer, faults);
    for (uint32_t i = 0; i < nargs; i++) term_drop(args[i]);
    for (uint32_t i = 0; i < nknown; i++) term_drop(known[i]);
    term_drop(item.value);
    return st;
}

static bool any_kernel(const Trial *t) {
    for (uint32_t i = 0; i < t->n; i++)
        if (t->vars[i].kernel) return true;
    return false;
}

static void compare(Trial *t, Status st, const Answer *a, const Faults *faults, Tally *tally) {
    bool kernels = any_kernel(t);
    if (st == FAULT && faults->items[0].code == FAULT_ASK_COUNTERFACTUAL && kernels) {
        tally->refused++;
        return;
    }
    for (int i = 0; i < (kernels ? 3 : 1); i++) {
        Oracle o = {.t = t};
        for (uint32_t v = 0; v < t->n; v++)
            if (t->vars[v].kernel) couple(t, &t->vars[v]);
        add_noise(&o, 0, 1);
        if (o.known == 0 && st == FAULT && faults->items[0].code == FAULT_ASK_IMPOSSIBLE) {
            tally->impossible++;
            return;
        }
        if (o.known < (kernels ? 1e-3 : 1e-9)) {
            tally->unsure++;
            return;
        }
        check(t, st, faults);
        double got = a->value, want = o.sum / o.known;
        if (!(fabs(got - want) <= 1e-12 * fmax(1, fabs(want))))
            fail_msg("seed %lu: got %.17g, want %.17g", (unsigned long)t->seed, got, want);
    }
    *(kernels ? &tally->kernels : &tally->structural) += 1;
    tally->across += a->rung == 3;
}

static void run_trial(uint64_t seed, Tally *tally) {
    Trial *t = calloc(1, sizeof *t);
    Answer answer = {0};
    Faults faults = {0};
    t->seed = seed;
    t->names = intern_new();
    rng_seed(&t->rng, seed, 4);
    random_model(t);
    build_model(t);
    random_question(t);
    Status st = put(t, &answer, &faults);
    compare(t, st, &answer, &faults, tally);
    answer_free(&answer);
    fault_free(&faults);
    model_drop(t->model);
    intern_free(t->names);
    free(t);
}

static void test_random(void **state) {
    (void)state;
    const char *seeds = getenv("RUNG_SEEDS"), *only = getenv("RUNG_SEED");
    uint64_t n = seeds ? strtoull(seeds, NULL, 10) : 300;
    Tally tally = {0};
    if (only) {
        run_trial(strtoull(only, NULL, 10), &tally);
        return;
    }
    for (uint64_t seed = 1; seed <= n; seed++) run_trial(seed, &tally);
    printf("%lu structural, %lu with kernels (%lu across worlds), %lu refused, %lu impossible, "
           "%lu unsure\n",
           (unsigned long)tally.structural, (unsigned long)tally.kernels,
           (unsigned long)tally.across, (unsigned long)tally.refused,
           (unsigned long)tally.impossible, (unsigned long)tally.unsure);
    assert_true(n < 100 || tally.structural * 4 > n);
    assert_true(n < 100 || tally.kernels * 5 > n);
    assert_true(n < 100 || tally.across * 5 > n);
}

// --- laws -----------------------------------------------------------------------------------

static Trial *structural_trial(uint64_t seed) {
    Trial *t = calloc(1, sizeof *t);
    t->seed = seed;
    t->names = intern_new();
    rng_seed(&t->rng, seed, 5);
    random_model(t);
    for (uint32_t i = 0; i < t->n; i++)
        if (t->vars[i].kernel) t->vars[i].kernel = false, t->vars[i].cells = 1;
    for (uint32_t i = 0; i < t->n; i++)
        if (t->vars[i].cells == 1) t->vars[i].noise[0] = 1;
    build_model(t);
    return t;
}

static void end_trial(Trial *t) {
    model_drop(t->model);
    intern_free(t->names);
    free(t);
}

// `var` under the first n of the assignments var = level.
static Term *under(Trial *t, uint32_t var, const uint32_t (*sets)[2], uint32_t n) {
    Assign items[2];
    for (uint32_t i = 0; i < n; i++)
        items[i] = (Assign){.kind = ASSIGN_VALUE,
                            .target = var_name(t, sets[i][0]),
                            .value = term_number(sets[i][1], 0)};
    return term_var(var_name(t, var), world_new(items, n), 0);
}

static Term *at(Term *var, uint32_t level) {
    return term_binary(TERM_EQ, var, term_number(level, 0), 0);
}

// P of events, the first of which may be known; NaN when what is known is impossible.
static double probability(Trial *t, Term *known, Term **args, uint32_t n) {
    Cond cond = {.kind = COND_EVENT, .term = known};
    Question q = {
        .head = ASK_P, .args = args, .nargs = n, .conds = &cond, .nconds = known != NULL};
    Answer answer = {0};
    Faults faults = {0};
    Status st = ask(t->model, &q, NULL, NULL, NULL, &answer, &faults);
    double value = answer.value;
    if (st == FAULT && faults.items[0].code == FAULT_ASK_IMPOSSIBLE)
        value = NAN;
    else
        check(t, st, &faults);
    for (uint32_t i = 0; i < n; i++) term_drop(args[i]);
    term_drop(known);
    answer_free(&answer);
    fault_free(&faults);
    return value;
}

static void same(const Trial *t, const char *law, double a, double b) {
    if (!(fabs(a - b) <= 1e-12) && !(isnan(a) && isnan(b)))
        fail_msg("seed %lu, %s: %.17g and %.17g", (unsigned long)t->seed, law, a, b);
}

// Galles & Pearl 1998; consistency is Robins 1987.
static void check_laws(Trial *t) {
    uint32_t x = below(t, t->n), w = (x + 1 + below(t, t->n - 1)) % t->n, y = below(t, t->n);
    uint32_t lx = below(t, t->vars[x].card), lw = below(t, t->vars[w].card);
    uint32_t ly = below(t, t->vars[y].card);
    const uint32_t xw[][2] = {{x, lx}, {w, lw}};
    Term *effective[] = {at(under(t, x, xw, 2), lx)};
    same(t, "effectiveness", probability(t, NULL, effective, 1), 1);
    if (y == x || y == w) return;
    const uint32_t xy[][2] = {{x, lx}, {y, ly}};
    Term *one[] = {at(under(t, w, xw, 1), lw), at(under(t, y, xw, 1), ly)};
    Term *two[] = {at(under(t, w, xw, 1), lw), at(under(t, y, xw, 2), ly)};
    same(t, "composition", probability(t, NULL, one, 2), probability(t, NULL, two, 2));
    Term *back[] = {at(under(t, y, xw, 2), ly), at(under(t, w, xy, 2), lw),
                    term_unary(TERM_NOT, at(under(t, y, xw, 1), ly), 0)};
    same(t, "reversibility", probability(t, NULL, back, 3), 0);
    Term *had[] = {at(under(t, y, xw, 1), ly), at(under(t, w, NULL, 0), lw)};
    Term *has[] = {at(under(t, y, NULL, 0), ly), at(under(t, w, NULL, 0), lw)};
    Term *known[] = {at(under(t, x, NULL, 0), lx), at(under(t, x, NULL, 0), lx)};
    same(t, "consistency", probability(t, known[0], had, 2), probability(t, known[1], has, 2));
}

static void test_laws(void **state) {
    (void)state;
    const char *seeds = getenv("RUNG_SEEDS");
    uint64_t n = seeds ? strtoull(seeds, NULL, 10) : 300;
    for (uint64_t seed = 1; seed <= n; seed++) {
        Trial *t = structural_trial(seed);
        check_laws(t);
        end_trial(t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_laws)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

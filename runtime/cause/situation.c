// Situation: mechanisms as functions, and the walk through contexts.
#include "runtime/cause/situation.h"

#include "runtime/model/domain.h"
#include "runtime/model/model_reach.h"

// More contexts than this are not gone through.
#define MOST_CONTEXTS 0x1p24

// --- which variables matter -----------------------------------------------------------------

// Reaches what a term mentions, and all ancestors.
static Status climb(ModelReach *r, const Term *t) {
    uint32_t var;
    TRY(model_reach_term(r, t));
    while (model_reach_next(r, &var)) continue;
    return r->failed ? NOMEM : OK;
}

static Status number_vars(Situation *s, const Word *seen) {
    const Model *m = s->q->model;
    s->vars = ARENA_ARRAY(&s->arena, uint32_t, m->nvars);
    s->local = ARENA_ARRAY(&s->arena, uint32_t, m->nvars);
    if (!s->vars || !s->local) return NOMEM;
    for (uint32_t i = 0; i < m->nvars; i++) {
        uint32_t v = m->order[i];
        s->local[v] = bits_has(seen, v) ? s->n : MODEL_NONE;
        if (bits_has(seen, v)) s->vars[s->n++] = v;
    }
    return OK;
}

// The event's ancestors may be held; all that its conditions and the claim mention matters.
static Status find_vars(Situation *s, const Term *claim) {
    ModelReach r;
    Word *near = MEM_NEW(Word, bits_words(s->q->model->nvars));
    Status st = model_reach_open(s->q->model, &r);
    if (!near) st = NOMEM;
    if (st == OK) st = climb(&r, s->q->event);
    if (st == OK) bits_copy(near, r.seen, bits_words(s->q->model->nvars));
    for (uint32_t i = 0; st == OK && i < s->q->ngiven; i++) st = climb(&r, s->q->given[i]);
    if (st == OK && claim) st = climb(&r, claim);
    if (st == OK) st = number_vars(s, r.seen);
    if (st == OK) {
        s->held = ARENA_ARRAY(&s->arena, bool, s->n);
        st = s->held ? OK : NOMEM;
    }
    for (uint32_t i = 0; st == OK && i < s->n; i++) {
        bool noise = s->q->model->vars[s->vars[i]]->role == ROLE_VAR_NOISE;
        s->held[i] = bits_has(near, s->vars[i]) && !noise;
    }
    model_reach_close(&r);
    mem_free(near);
    return st;
}

// --- mechanisms -----------------------------------------------------------------------------

static Status refuse(const Situation *s, uint32_t i, const char *why, const char *hint) {
    const ModelVar *v = s->q->model->vars[s->vars[i]];
    Status st = fault_add(s->faults, FAULT_CAUSE_MODEL, s->q->origin, "%s %s", v->name->text, why);
    if (st != FAULT) return st;
    fault_also(s->faults, v->origin);
    return fault_hint(s->faults, hint, v->name->text);
}

// A table all of whose rows are certain, as a function.
static Status read_function(Situation *s, uint32_t i) {
    const ModelVar *v = s->q->model->vars[s->vars[i]];
    uint32_t card = s->cards[i];
    size_t rows = v->cpt->size / card;
    s->function[i] = ARENA_ARRAY(&s->arena, uint32_t, rows);
    if (!s->function[i]) return NOMEM;
    for (size_t r = 0; r < rows; r++) {
        const double *row = v->cpt->values + r * card;
        uint32_t level = 0, possible = 0;
        for (uint32_t l = 0; l < card; l++) {
            if (row[l] > 0) possible++;
            if (row[l] == 1) level = l;
        }
        if (possible != 1)
            return refuse(s, i, "is not a function of its causes, so what caused what is not "
                                "determined",
                          "write it with `%s = ...`, and its randomness as noise");
        s->function[i][r] = level;
    }
    return OK;
}

static Status read_mechanism(Situation *s, uint32_t i) {
    const ModelVar *v = s->q->model->vars[s->vars[i]];
    s->cards[i] = v->domain->count;
    if (!domain_finite(v->domain))
        return refuse(s, i, "does not have finitely many values",
                      "give %s levels, or a range such as 0..10");
    if (v->mech == MECH_NONE)
        return refuse(s, i, "has no mechanism", "give %s one with `=`");
    if (!v->cpt) return refuse(s, i, "has too many causes for a table", "build %s in steps");
    if (v->nparents) return read_function(s, i);
    s->law[i] = v->cpt->values;
    return OK;
}

static Status find_descendants(Situation *s) {
    s->words = bits_words(s->n);
    Word *all = ARENA_ARRAY(&s->arena, Word, s->words * s->n);
    s->down = ARENA_ARRAY(&s->arena, Word *, s->n);
    if (!all || !s->down) return NOMEM;
    for (uint32_t i = 0; i < s->n; i++) s->down[i] = all + i * s->words;
    for (uint32_t i = s->n; i-- > 0;) {
        const ModelVar *v = s->q->model->vars[s->vars[i]];
        for (uint32_t p = 0; p < v->nparents; p++) {
            uint32_t parent = s->local[v->parents[p]];
            bits_or(s->down[parent], s->down[i], s->words);
            bits_add(s->down[parent], i);
        }
    }
    return OK;
}

static Status read_mechanisms(Situation *s) {
    s->cards = ARENA_ARRAY(&s->arena, uint32_t, s->n);
    s->function = ARENA_ARRAY(&s->arena, uint32_t *, s->n);
    s->law = ARENA_ARRAY(&s->arena, const double *, s->n);
    if (!s->cards || !s->function || !s->law) return NOMEM;
    for (uint32_t i = 0; i < s->n; i++) TRY(read_mechanism(s, i));
    return find_descendants(s);
}

// --- events ---------------------------------------------------------------------------------

static Status read_claim(Situation *s, const Term *t, Claim *out) {
    TRY(kernel_new(s->q->model, t, &out->kernel, s->faults));
    double value;
    bool constant = kernel_constant(out->kernel, &value) && (value == 0 || value == 1);
    if (kernel_kind(out->kernel) != VALUE_BOOL_KIND && !constant)
        return fault_add(s->faults, FAULT_ASK_EVENT, t->origin,
                         "this is not an event: it is neither true nor false");
    uint32_t n = kernel_ninputs(out->kernel);
    out->inputs = ARENA_ARRAY(&s->arena, uint32_t, n);
    out->lanes = ARENA_ARRAY(&s->arena, const void *, n);
    out->work = ARENA_ARRAY(&s->arena, double, kernel_work(out->kernel, 1));
    if (!out->inputs || !out->lanes || !out->work) return NOMEM;
    for (uint32_t i = 0; i < n; i++) out->inputs[i] = s->local[kernel_input(out->kernel, i)];
    return OK;
}

static bool holds(const Claim *c, const uint32_t *levels) {
    double value;
    uint32_t n = kernel_ninputs(c->kernel);
    for (uint32_t i = 0; i < n; i++) c->lanes[i] = &levels[c->inputs[i]];
    kernel_run(c->kernel, 1, c->lanes, &value, c->work);
    return value == 1;
}

static Status read_claims(Situation *s) {
    TRY(read_claim(s, s->q->event, &s->event));
    s->given = ARENA_ARRAY(&s->arena, Claim, s->q->ngiven);
    s->mentioned = ARENA_ARRAY(&s->arena, bool, s->n);
    s->candidate = ARENA_ARRAY(&s->arena, bool, s->n);
    if (!s->given || !s->mentioned || !s->candidate) return NOMEM;
    for (uint32_t i = 0; i < s->q->ngiven; i++) TRY(read_claim(s, s->q->given[i], &s->given[i]));
    for (uint32_t i = 0; i < kernel_ninputs(s->event.kernel); i++)
        s->mentioned[s->event.inputs[i]] = true;
    for (uint32_t i = 0; i < s->n; i++) s->candidate[i] = s->held[i] && !s->mentioned[i];
    return OK;
}

bool situation_event(const Situation *s, const uint32_t *levels) {
    return holds(&s->event, levels);
}

// --- all of it ------------------------------------------------------------------------------

Status situation_open(const CauseQuestion *q, const Term *claim, const Ctl *ctl, Faults *faults,
                      Situation *out) {
    *out = (Situation){.q = q, .ctl = ctl, .faults = faults};
    if (q->model->nfactors)
        return fault_add(faults, FAULT_CAUSE_MODEL, q->origin,
                         "a model with factors says what goes together, not what causes what");
    TRY(find_vars(out, claim));
    TRY(read_mechanisms(out));
    return read_claims(out);
}

void situation_close(Situation *s) {
    kernel_free(s->event.kernel);
    for (uint32_t i = 0; s->given && i < s->q->ngiven; i++) kernel_free(s->given[i].kernel);
    arena_free(&s->arena);
}

void situation_run(const Situation *s, const uint32_t *context, const uint32_t *set,
                   uint32_t *levels) {
    for (uint32_t i = 0; i < s->n; i++) {
        if (set && set[i] != SITUATION_FREE) {
            levels[i] = set[i];
        } else if (!s->function[i]) {
            levels[i] = context[i];
        } else {
            const ModelVar *v = s->q->model->vars[s->vars[i]];
            size_t row = 0;
            for (uint32_t p = 0; p < v->nparents; p++) {
                uint32_t parent = s->local[v->parents[p]];
                row = row * s->cards[parent] + levels[parent];
            }
            levels[i] = s->function[i][row];
        }
    }
}

// --- contexts -------------------------------------------------------------------------------

// The level that a condition alone gives to a variable without causes.
static void read_pin(const Situation *s, const Term *t, uint32_t *pins) {
    const Model *m = s->q->model;
    bool no = t->op == TERM_NOT, equal = t->op == TERM_EQ;
    const Term *side = no || equal ? t->kid[0] : t, *value = equal ? t->kid[1] : NULL;
    uint32_t var = side->op == TERM_VAR ? model_find(m, side->sym) : MODEL_NONE;
    if (var == MODEL_NONE || !s->law[s->local[var]]) return;
    const Domain *d = m->vars[var]->domain;
    uint32_t level = UINT32_MAX;
    if (!equal && d->kind == DOMAIN_BOOL) level = no ? 0 : 1;
    else if (equal && value->op == TERM_NUMBER) level = domain_find_number(d, value->number);
    else if (equal && value->op == TERM_LEVEL) level = domain_find_name(d, value->sym);
    if (level != UINT32_MAX) pins[s->local[var]] = level;
}

typedef struct Contexts {
    Situation *s;
    uint32_t *roots, *choice, *pins, *levels, *seen; // roots that are open; levels as they are
    uint32_t nroots;
    double count;
} Contexts;

static Status list_roots(Contexts *c) {
    Situation *s = c->s;
    Arena *a = &s->arena;
    c->roots = ARENA_ARRAY(a, uint32_t, s->n);
    c->choice = ARENA_ARRAY(a, uint32_t, s->n);
    c->pins = ARENA_ARRAY(a, uint32_t, s->n);
    c->levels = ARENA_ARRAY(a, uint32_t, s->n);
    c->seen = ARENA_ARRAY(a, uint32_t, s->n);
    if (!c->roots || !c->choice || !c->pins || !c->levels || !c->seen) return NOMEM;
    for (uint32_t i = 0; i < s->n; i++) c->pins[i] = SITUATION_FREE;
    for (uint32_t i = 0; i < s->q->ngiven; i++) read_pin(s, s->q->given[i], c->pins);
    c->count = 1;
    for (uint32_t i = 0; i < s->n; i++) {
        if (!s->law[i]) continue;
        c->choice[i] = c->pins[i] == SITUATION_FREE ? 0 : c->pins[i];
        if (c->pins[i] != SITUATION_FREE) continue;
        c->roots[c->nroots++] = i;
        c->count *= s->cards[i];
    }
    if (c->count <= MOST_CONTEXTS) return OK;
    return fault_add(s->faults, FAULT_CAUSE_LARGE, s->q->origin,
                     "the conditions leave %.3g contexts open", c->count);
}

static double weight(const Contexts *c) {
    double p = 1;
    for (uint32_t i = 0; i < c->s->n; i++)
        if (c->s->law[i]) p *= c->s->law[i][c->choice[i]];
    return p;
}

static bool next(Contexts *c) {
    for (uint32_t i = c->nroots; i-- > 0;) {
        uint32_t r = c->roots[i];
        if (++c->choice[r] < c->s->cards[r]) return true;
        c->choice[r] = 0;
    }
    return false;
}

static bool meets(const Contexts *c) {
    for (uint32_t i = 0; i < c->s->q->ngiven; i++)
        if (!holds(&c->s->given[i], c->levels)) return false;
    return true;
}

Status situation_each(Situation *s, const uint32_t *set,
                      Status (*visit)(void *user, const uint32_t *levels, double p), void *user) {
    Contexts c = {.s = s};
    size_t found = 0;
    TRY(list_roots(&c));
    do {
        double p = weight(&c);
        if (ctl_cancelled(s->ctl)) return CANCELLED;
        if (p == 0) continue;
        situation_run(s, c.choice, NULL, c.levels);
        if (!meets(&c)) continue;
        found++;
        situation_run(s, c.choice, set, c.seen);
        TRY(visit(user, c.seen, p));
    } while (next(&c));
    if (found) return OK;
    return fault_add(s->faults, FAULT_ASK_IMPOSSIBLE, s->q->origin,
                     "no context meets these conditions");
}

// Ask real: from a question with axes to one number at a time, and the choice of the engine.
#include "runtime/infer/ask_real.h"

#include <math.h>

#include "runtime/model/model_reach.h"
#include "runtime/real/real_scope.h"
#include "runtime/sample/sample.h"

typedef struct RealAsk {
    AskCall *call;
    const Model *m;
    const Question *q;
    const AskAxes *axes;
    const bool *outer;
    size_t first;
    Answer *out;
    Arena arena;
    VEC(Term *) owned;
    RealQuestion rq;
    const Term **args, **given; // with room for a pin per axis
    uint32_t nargs, ngiven;     // without the pins
    uint32_t *choice;           // per axis
    bool possible;              // what is given, for some cell
    Faults impossible;          // for the first for which it is not
} RealAsk;

// --- is it needed? --------------------------------------------------------------------------

static Status reach_question(ModelReach *r, const Question *q) {
    for (uint32_t i = 0; i < q->nargs; i++) TRY(model_reach_term(r, q->args[i]));
    for (uint32_t i = 0; i < q->nconds; i++)
        if (q->conds[i].term) TRY(model_reach_term(r, q->conds[i].term));
    for (uint32_t v = 0; q->head == ASK_MARGINALS && v < r->m->nvars; v++)
        model_reach_var(r, v);
    return OK;
}

Status ask_real_needed(const Model *m, const Question *q, bool *needed) {
    ModelReach r;
    uint32_t var;
    Status st = model_reach_open(m, &r);
    if (st == OK) st = reach_question(&r, q);
    *needed = false;
    while (st == OK && !*needed && model_reach_next(&r, &var)) {
        const Domain *d = m->vars[var]->domain;
        *needed = d->kind != DOMAIN_SYMBOLIC && !domain_finite(d);
    }
    if (r.failed) st = NOMEM;
    model_reach_close(&r);
    return st;
}

// --- what cannot be asked -------------------------------------------------------------------

static Status refuse_bare(const RealAsk *r, const Term *t) {
    const char *name = t->sym->text;
    Status st = fault_add(r->call->faults, FAULT_ASK_CONTINUOUS, t->origin,
                          "%s has infinitely many values: the condition must say which", name);
    if (st != FAULT) return st;
    return fault_hint(r->call->faults,
                      "give it a value, as in `%s = 1`, or ask slope(%s -> Y) for how the mean "
                      "of Y moves with it",
                      name, name);
}

static Status refuse_joint(const RealAsk *r, const Term *t) {
    Status st = fault_add(r->call->faults, FAULT_ASK_CONTINUOUS, t->origin,
                          "%s has infinitely many values, and its distribution is asked for on "
                          "its own",
                          t->sym->text);
    if (st != FAULT) return st;
    return fault_hint(r->call->faults, "ask P(%s | ...) without other events, or for an event "
                      "such as %s > 0", t->sym->text, t->sym->text);
}

// --- the question ---------------------------------------------------------------------------

static RealHead head_of(AskHead head) {
    switch (head) {
    case ASK_LOGP: return REAL_LOGP;
    case ASK_E: return REAL_E;
    case ASK_VAR: return REAL_VAR;
    case ASK_SD: return REAL_SD;
    case ASK_COV: return REAL_COV;
    case ASK_COR: return REAL_COR;
    case ASK_QUANTILE: return REAL_QUANTILE;
    case ASK_SLOPE: return REAL_SLOPE;
    default: return REAL_P;
    }
}

// That a term makes sense, and is an event or a number.
static Status check_term(const RealAsk *r, const Term *t, bool event) {
    Kernel *k = NULL;
    TRY(kernel_new_real(r->m, t, &k, r->call->faults));
    ValueKind kind = kernel_kind(k);
    double value;
    bool truth = kind == VALUE_BOOL_KIND ||
                 (kernel_constant(k, &value) && (value == 0 || value == 1));
    kernel_free(k);
    if (event && !truth) return ask_factor_refuse(t, t->origin, r->call->faults);
    return !event && kind == VALUE_LEVEL_KIND ? ask_quantity_refuse(t, r->call->faults) : OK;
}

static Status add_argument(RealAsk *r, const Term *t) {
    AskPlace place;
    uint32_t var;
    TRY(ask_scene_place(r->m, r->q->head, false, t, r->call->faults, &place, &var));
    if (place == PLACE_FREE) return OK;
    if (place == PLACE_LAW && t->op == TERM_FREE) t = t->kid[0]; // Y = ? is Y
    if (place == PLACE_LAW && (r->q->nargs > 1 || r->q->head != ASK_P)) return refuse_joint(r, t);
    if (place == PLACE_LAW) r->rq.head = REAL_LAW;
    r->args[r->nargs++] = t;
    return place == PLACE_LAW ? OK : check_term(r, t, place == PLACE_EVENT);
}

static Status add_condition(RealAsk *r, const Cond *c) {
    AskPlace place;
    uint32_t var;
    if (c->kind == COND_FACTOR) return check_term(r, c->term, false);
    if (c->kind != COND_EVENT) return OK;
    TRY(ask_scene_place(r->m, r->q->head, true, c->term, r->call->faults, &place, &var));
    if (place == PLACE_LAW) return refuse_bare(r, c->term->op == TERM_FREE ? c->term->kid[0] : c->term);
    if (place != PLACE_EVENT) return OK;
    r->given[r->ngiven++] = c->term;
    return check_term(r, c->term, true);
}

Status ask_real_conditions(const Question *q, Arena *arena, Faults *faults, RealQuestion *out) {
    const Term **given = ARENA_ARRAY(arena, const Term *, q->nconds);
    const Term **weights = ARENA_ARRAY(arena, const Term *, q->nconds);
    if (!given || !weights) return NOMEM;
    for (uint32_t i = 0; i < q->nconds; i++) {
        const Cond *c = &q->conds[i];
        if (c->kind == COND_EVENT) given[out->ngiven++] = c->term;
        if (c->kind == COND_FACTOR) weights[out->nweights++] = c->term;
        if (c->kind == COND_SOFT)
            return fault_add(faults, FAULT_ASK_REAL_HEAD, c->origin,
                             "soft evidence is not taken here: it belongs to P, E, Var, Sd, Cov "
                             "and Cor");
    }
    out->given = given;
    out->weights = weights;
    return OK;
}

static Status read_level(RealAsk *r) {
    if (r->q->head != ASK_QUANTILE) return OK;
    TRY(ask_quantity_constant(r->m, r->q->args[1], r->call->faults, &r->rq.level));
    if (r->rq.level >= 0 && r->rq.level <= 1) return OK;
    return fault_add(r->call->faults, FAULT_ASK_QUANTITY, r->q->args[1]->origin,
                     "a quantile is asked at a probability between 0 and 1");
}

static Status read_question(RealAsk *r) {
    const Question *q = r->q;
    size_t room = r->axes->count;
    r->rq = (RealQuestion){.model = r->m, .head = head_of(q->head), .origin = q->origin};
    TRY(ask_real_conditions(q, &r->arena, r->call->faults, &r->rq));
    r->args = ARENA_ARRAY(&r->arena, const Term *, q->nargs + room);
    r->given = ARENA_ARRAY(&r->arena, const Term *, q->nconds + room);
    r->choice = ARENA_ARRAY(&r->arena, uint32_t, r->axes->count);
    if (!r->args || !r->given || !r->choice) return NOMEM;
    uint32_t nargs = q->head == ASK_QUANTILE ? 1 : q->nargs;
    for (uint32_t i = 0; i < nargs; i++) TRY(add_argument(r, q->args[i]));
    for (uint32_t i = 0; i < q->nconds; i++) TRY(add_condition(r, &q->conds[i]));
    return read_level(r);
}

// --- pins -----------------------------------------------------------------------------------

// The event that a variable has a level; owned by r.
static Status pin(RealAsk *r, Sym name, const Domain *d, uint32_t level, const Term **out) {
    Term *t = ask_real_level(name, d, level);
    *out = t;
    if (t && VEC_PUSH(&r->owned, t)) return OK;
    term_drop(t);
    return NOMEM;
}

static Status pin_axes(RealAsk *r, size_t *at) {
    *at = r->first;
    r->rq.nargs = r->nargs;
    r->rq.ngiven = r->ngiven;
    for (size_t i = 0; i < r->axes->count; i++) {
        const AskAxis *axis = &r->axes->items[i];
        if (r->outer[i]) continue;
        *at += r->choice[i] * axis->stride;
        const Term **to = axis->kind == AXIS_EVENT ? &r->args[r->rq.nargs++]
                                                   : &r->given[r->rq.ngiven++];
        TRY(pin(r, axis->name, axis->domain, r->choice[i], to));
    }
    r->rq.args = r->args;
    r->rq.given = r->given;
    return OK;
}

static void unpin(RealAsk *r) {
    for (size_t i = 0; i < r->owned.count; i++) term_drop(r->owned.items[i]);
    r->owned.count = 0;
}

static bool next_choice(RealAsk *r) {
    for (size_t i = r->axes->count; i-- > 0;) {
        if (r->outer[i]) continue;
        if (++r->choice[i] < r->axes->items[i].count) return true;
        r->choice[i] = 0;
    }
    return false;
}

// --- engines --------------------------------------------------------------------------------

static Status refuse_sampling(const RealAsk *r, const Str *why) {
    return fault_add(r->call->faults, FAULT_ASK_REAL_EXACT, r->q->origin,
                     "there is no exact answer%s%s", why->len ? ": " : "",
                     str_text((Str *)(uintptr_t)why));
}

static Status try_engines(const RealAsk *r, const RealCall *call, bool *done, RealAnswer *a) {
    for (const RealEngine *const *e = real_engines; *e && !*done; e++) {
        size_t before = call->why->len;
        if (before) str_add(call->why, "; ");
        size_t written = call->why->len;
        TRY((*e)->answer(call, &r->rq, done, a));
        if (call->why->len == written) call->why->len = before;
    }
    return OK;
}

static Status refuse_engine(const RealAsk *r) {
    Status st = fault_add(r->call->faults, FAULT_ASK_REAL_HEAD, r->q->origin,
                          "a question by this method is answered only where everything the "
                          "question depends on has finitely many values");
    if (st != FAULT) return st;
    return fault_hint(r->call->faults, "leave the method out, or write `using exact` or `using "
                                       "sampling`");
}

static Status answer_by(const RealAsk *r, RealAnswer *a) {
    const AskMethod *method = r->call->method;
    if (method && method->engine) return refuse_engine(r);
    Str why = {0};
    RealCall call = {.budget = method ? &method->budget : &(RealBudget){0},
                     .ctl = r->call->ctl,
                     .d = r->call->d,
                     .faults = r->call->faults,
                     .why = &why};
    bool done = false;
    Status st = ask_real_check(&r->rq, r->call->faults);
    if (st == OK) st = ask_real_separated(&call, &r->rq);
    if (st == OK && !(method && method->sample)) st = try_engines(r, &call, &done, a);
    if (st == OK && !done && method && method->exact) st = refuse_sampling(r, &why);
    else if (st == OK && !done && why.len)
        st = derivation_add(call.d, "sampled", "no exact method applies: %s", str_text(&why));
    if (st == OK && !done) st = sample_answer(&call, &r->rq, a);
    str_free(&why);
    return st;
}

// --- answers --------------------------------------------------------------------------------

static Status make_room(Answer *out) {
    if (out->se) return OK;
    size_t n = out->ncells ? out->ncells : 1;
    out->se = MEM_NEW(double, n);
    out->influence = MEM_NEW(double, n * REAL_BATCHES);
    if (!out->se || !out->influence) return NOMEM;
    return OK;
}

static Status note_sample(Answer *out, size_t at, const RealAnswer *a) {
    TRY(make_room(out));
    bool first = !out->sampled;
    out->sampled = true;
    out->se[at] = a->se;
    out->alike |= a->alike;
    if (first || a->ess < out->ess) out->ess = a->ess;
    if (a->draws > out->draws) out->draws = a->draws;
    out->seed = a->seed;
    out->method = a->method;
    for (size_t b = 0; a->influence && b < REAL_BATCHES; b++)
        out->influence[at * REAL_BATCHES + b] = a->influence[b];
    return OK;
}

static Status store(RealAsk *r, size_t at, RealAnswer *a) {
    if (r->rq.head == REAL_LAW) {
        term_drop(r->out->law);
        r->out->law = a->law;
        a->law = NULL;
        r->out->kind = ANSWER_LAW;
        mem_free(r->out->cells);
        r->out->cells = NULL;
        r->out->ncells = 0;
        at = 0;
    } else {
        r->out->cells[at] = a->value;
    }
    return a->sampled ? note_sample(r->out, at, a) : OK;
}

static bool has_axes(const RealAsk *r) {
    for (size_t i = 0; i < r->axes->count; i++)
        if (!r->outer[i]) return true;
    return false;
}

// Evidence that is impossible in one row of a table leaves that row undefined.
static Status one_cell(RealAsk *r) {
    size_t at;
    RealAnswer a = {0};
    Faults *faults = r->call->faults, own = {0};
    if (ctl_cancelled(r->call->ctl)) return CANCELLED;
    TRY(pin_axes(r, &at));
    if (r->rq.head == REAL_LAW && r->axes->count) return refuse_joint(r, r->q->args[0]);
    bool table = r->axes->count > 0;
    if (table) r->call->faults = &own;
    Status st = answer_by(r, &a);
    r->call->faults = faults;
    bool impossible = st == FAULT && own.count && own.items[0].code == FAULT_ASK_IMPOSSIBLE;
    r->possible = r->possible || (st == OK && !impossible);
    if (impossible) {
        r->out->cells[at] = NAN;
        st = r->impossible.count ? OK : fault_move(&own, &r->impossible);
    } else if (st == OK) {
        st = store(r, at, &a);
    } else if (st == FAULT && table) {
        st = fault_move(&own, faults) == OK ? FAULT : NOMEM;
    }
    fault_free(&own);
    real_answer_free(&a);
    r->call->d = NULL;
    return st;
}

static Status all_cells(RealAsk *r) {
    bool many = has_axes(r);
    do {
        TRY(one_cell(r));
        unpin(r);
    } while (many && next_choice(r));
    return OK;
}

// A question of which no cell has an answer is told why.
static Status check_possible(RealAsk *r) {
    for (size_t i = 0; i < r->axes->count; i++)
        if (r->outer[i]) return OK;
    if (r->possible || !r->impossible.count) return OK;
    return fault_move(&r->impossible, r->call->faults) == OK ? FAULT : NOMEM;
}

// That the model knows enough, before anything is pinned.
static Status check_scope(RealAsk *r) {
    RealScope scope;
    r->rq.args = r->args;
    r->rq.nargs = r->nargs;
    r->rq.given = r->given;
    r->rq.ngiven = r->ngiven;
    Status st = real_scope_open(&r->rq, r->call->faults, &scope);
    real_scope_close(&scope);
    return st;
}

Status ask_real(AskCall *call, const Model *m, const Question *q, const AskAxes *axes,
                const bool *outer, size_t first, Answer *out) {
    RealAsk r = {.call = call, .m = m, .q = q, .axes = axes, .outer = outer, .first = first,
                 .out = out};
    Status st = read_question(&r);
    if (st == OK) st = check_scope(&r);
    if (st == OK && !call->dry) st = all_cells(&r);
    if (st == OK) st = check_possible(&r);
    fault_free(&r.impossible);
    unpin(&r);
    VEC_FREE(&r.owned);
    arena_free(&r.arena);
    return st;
}

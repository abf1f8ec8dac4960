// Ask real separated: conditions that no engine weighs.
//
// Evidence that is separated from what is asked, or that separates it from its own causes, leaves
// the answer as it is, unless it cannot happen at all: then there is no answer. Each such condition is looked at together with those that it is
// not separated from, so that the conditions of one component of the model that contradict each
// other are found, and what other components make improbable does not count.
#include <math.h>

#include "runtime/infer/ask_real.h"
#include "runtime/real/real_scope.h"
#include "runtime/sample/sample.h"

typedef struct Separated {
    const RealCall *call;
    const RealQuestion *q;
    RealScope scope;
    Arena arena;
    const RealEvidence **items; // all that is given, taken apart: what is not weighed first
    const Term **terms;         // of each
    uint32_t nterms, nlight;
} Separated;

static const Term *term_of(const RealEvidence *e) {
    return e->kind == REAL_EVENT ? e->term : e->written;
}

// The engines weigh what is in scope.
static bool is_weighed(const RealScope *x, const RealEvidence *e) {
    return e->kind == REAL_EVENT || e->var == MODEL_NONE || bits_has(x->in, e->var);
}

static void list(Separated *s, const RealEvidence *e) {
    s->items[s->nterms] = e;
    s->terms[s->nterms++] = term_of(e);
}

static Status list_terms(Separated *s) {
    const RealScope *x = &s->scope;
    const size_t n = x->separated.count + x->evidence.count;
    s->terms = ARENA_ARRAY(&s->arena, const Term *, n);
    s->items = ARENA_ARRAY(&s->arena, const RealEvidence *, n);
    if (!s->terms || !s->items) return NOMEM;
    for (size_t i = 0; i < x->separated.count; i++) list(s, &x->separated.items[i]);
    for (int weighed = 0; weighed < 2; weighed++) {
        for (size_t i = 0; i < x->evidence.count; i++)
            if (is_weighed(x, &x->evidence.items[i]) == weighed) list(s, &x->evidence.items[i]);
        if (!weighed) s->nlight = s->nterms;
    }
    return OK;
}

// A fault about a condition: its text between `before` and `after`.
static Status say(const Separated *s, FaultCode code, const Term *t, const char *before,
                  const char *after) {
    Str name = {0};
    term_add_brief(t, &name);
    Status st = name.failed ? NOMEM : fault_add(s->call->faults, code, t->origin, "%s%s%s",
                                                before, str_text(&name), after);
    str_free(&name);
    return st;
}

static Status report_unmet(const Separated *s, const Term *t) {
    Status st = say(s, FAULT_SAMPLE_IMPROBABLE, t, "no draw met ",
                    ", and no exact method tells whether it can happen");
    if (st != FAULT) return st;
    return fault_hint(s->call->faults,
                      "if it can, leave it out: the answer does not depend on it");
}

// ln P(term | what is given with it), or, where the term is an equation between quantities with
// a density, whether it can be conditioned on. `terms` are those, and room for one more.
static Status judge(Separated *s, const RealEvidence *e, const Term **terms, uint32_t n,
                    bool *judged) {
    const Term *t = term_of(e);
    Faults own = {0};
    const RealCall quiet = {.budget = s->call->budget, .ctl = s->call->ctl, .faults = &own};
    RealAnswer a = {0};
    if (e->kind == REAL_POINT) terms[n++] = t;
    const RealQuestion q = {.model = s->q->model, .head = REAL_LOGP, .args = &t, .nargs = 1,
                            .given = terms, .ngiven = n, .origin = t->origin};
    Status st = OK;
    for (const RealEngine *const *engine = real_engines; *engine && !*judged && st == OK; engine++)
        st = (*engine)->answer(&quiet, &q, judged, &a);
    bool impossible = st == FAULT && own.items[0].code == FAULT_ASK_IMPOSSIBLE;
    if (impossible || (st == OK && *judged && a.value == -INFINITY))
        st = say(s, FAULT_ASK_IMPOSSIBLE, t, n ? "given the other conditions, " : "",
                 " cannot happen");
    else if (st == FAULT) st = OK;
    real_answer_free(&a);
    fault_free(&own);
    return st;
}

// The conditions that matter to one of them, among those that follow it: by the chain rule it
// suffices to look at each given those.
static Status relevant(Separated *s, uint32_t i, const Term **out, uint32_t *n) {
    const RealQuestion q = {.model = s->q->model, .head = REAL_P, .args = &s->terms[i],
                            .nargs = 1, .given = s->terms + i + 1, .ngiven = s->nterms - i - 1};
    RealScope scope;
    Status st = real_scope_open(&q, s->call->faults, &scope);
    for (size_t k = 0; st == OK && k < scope.evidence.count; k++)
        out[(*n)++] = term_of(&scope.evidence.items[k]);
    real_scope_close(&scope);
    return st;
}

static Status is_met(const Separated *s, const Term *const *terms, uint32_t n, bool *met) {
    const RealQuestion q = {.model = s->q->model, .given = terms, .ngiven = n};
    return sample_met(s->call, &q, met);
}

static Status check_one(Separated *s, uint32_t i, const Term **terms) {
    uint32_t n = 0;
    bool met, judged = false;
    TRY(relevant(s, i, terms, &n));
    terms[n] = s->terms[i];
    TRY(is_met(s, terms, n + 1, &met));
    if (met) return OK;
    TRY(judge(s, s->items[i], terms, n, &judged));
    return judged ? OK : report_unmet(s, s->terms[i]);
}

static Status check_all(Separated *s) {
    bool met;
    TRY(list_terms(s));
    if (!s->nlight) return OK;
    TRY(is_met(s, s->terms, s->nterms, &met));
    if (met) return OK;
    const Term **terms = ARENA_ARRAY(&s->arena, const Term *, s->nterms + 1);
    if (!terms) return NOMEM;
    for (uint32_t i = 0; i < s->nlight; i++) TRY(check_one(s, i, terms));
    return OK;
}

Status ask_real_separated(const RealCall *call, const RealQuestion *q) {
    Separated s = {.call = call, .q = q};
    if (!q->ngiven) return OK;
    Status st = real_scope_open(q, call->faults, &s.scope);
    if (st == OK) st = check_all(&s);
    real_scope_close(&s.scope);
    arena_free(&s.arena);
    return st;
}

// Identify: the question, the special forms, and the conditional algorithm around ID (id.c).
#include "runtime/symbol/identify.h"

#include "runtime/base/mem.h"
#include "runtime/graph/adjust.h"
#include "runtime/graph/frontdoor.h"
#include "runtime/graph/separation.h"
#include "runtime/graph/surgery.h"
#include "runtime/symbol/explain.h"
#include "runtime/symbol/gid.h"
#include "runtime/symbol/id.h"
#include "runtime/symbol/observed.h"
#include "runtime/symbol/simplify.h"

// --- the question ---

static Status check_question(const Graph *g, const IdentifyQuery *q, Faults *faults) {
    const Word *sets[] = {q->y, q->x, q->given, g->latent};
    for (size_t i = 0; i < 4; i++)
        for (size_t j = i + 1; j < 4; j++) {
            if (!sets[i] || !sets[j]) continue;
            uint32_t v = graph_common(g, sets[i], sets[j]);
            if (v != GRAPH_NONE)
                return fault_add(faults, FAULT_GRAPH_QUESTION, 0,
                                 j == 3 ? "%s is latent: nothing can be asked about it."
                                        : "%s has two places in one question.",
                                 g->names[v]);
        }
    if (bits_empty(q->y, g->words))
        return fault_add(faults, FAULT_GRAPH_QUESTION, 0,
                         "The question asks about no variable.");
    TRY(observed_all(g, faults));
    return OK;
}

// The sources, with sets of the projection's vertices; in the pool.
static Status translate_sources(const Graph *g, const uint32_t *map, const IdentifyQuery *q,
                                Identification *id, const Source **out) {
    Source *sources = ARENA_ARRAY(&id->pool.arena, Source, q->nsources + 1);
    *out = sources;
    if (!sources) return NOMEM;
    for (size_t i = 0; i < q->nsources; i++) {
        const Source *s = &q->sources[i];
        Word *differs = observed_set(&id->pool, g, map, s->differs);
        Word *dos = observed_set(&id->pool, g, map, s->dos);
        Word *seen = observed_set(&id->pool, g, map, s->seen);
        if (!differs || !dos || !seen) return NOMEM;
        sources[i] = (Source){dos, s->seen ? seen : NULL, differs, s->law};
    }
    return OK;
}

static Status set_up(const Graph *g, const IdentifyQuery *q, Identification *id,
                     const Source **sources) {
    uint32_t *map = MEM_NEW(uint32_t, g->n);
    Status status = NOMEM;
    if (map) status = observed_init(g, &id->graph, &id->vertex, &id->pool, map);
    if (status == OK) {
        id->x = observed_set(&id->pool, g, map, q->x);
        id->y = observed_set(&id->pool, g, map, q->y);
        id->given = observed_set(&id->pool, g, map, q->given);
        id->adjust = expr_set(&id->pool);
        if (!id->x || !id->y || !id->given || !id->adjust) status = NOMEM;
    }
    if (status == OK) status = translate_sources(g, map, q, id, sources);
    mem_free(map);
    return status;
}

// --- special forms ---

// The sum over z of P(y | x, z) P(z).
static const Expr *backdoor_estimand(Identification *id) {
    Word *xz = expr_union(&id->pool, id->x, id->adjust);
    if (!xz) return NULL;
    const Expr *regression = expr_prob(&id->pool, id->y, xz, NULL, NULL);
    const Expr *weights = expr_prob(&id->pool, id->adjust, NULL, NULL, NULL);
    return expr_sum(&id->pool, id->adjust, expr_times(&id->pool, regression, weights));
}

// The sum over z of P(z | x) times the sum over x of P(y | x, z) P(x).
static const Expr *frontdoor_estimand(Identification *id) {
    Word *xz = expr_union(&id->pool, id->x, id->adjust);
    if (!xz) return NULL;
    const Expr *first = expr_prob(&id->pool, id->adjust, id->x, NULL, NULL);
    const Expr *regression = expr_prob(&id->pool, id->y, xz, NULL, NULL);
    const Expr *weights = expr_prob(&id->pool, id->x, NULL, NULL, NULL);
    const Expr *second = expr_sum(&id->pool, id->x, expr_times(&id->pool, regression, weights));
    return expr_sum(&id->pool, id->adjust, expr_times(&id->pool, first, second));
}

static Status try_backdoor(Identification *id, Derivation *d) {
    AdjustQuery q = {.x = id->x, .y = id->y};
    bool exists;
    TRY(adjust_cheapest(id->graph, &q, NULL, &exists, id->adjust));
    if (!exists) return OK;
    id->raw = backdoor_estimand(id);
    if (!id->raw) return NOMEM;
    bool none = bits_empty(id->adjust, id->pool.words);
    id->form = none ? IDENTIFY_SEEING : IDENTIFY_BACKDOOR;
    return explain_backdoor(id, d);
}

static Status try_frontdoor(Identification *id, Derivation *d) {
    FrontdoorQuery q = {.x = id->x, .y = id->y};
    bool exists;
    TRY(frontdoor_minimal(id->graph, &q, &exists, id->adjust));
    if (!exists || bits_empty(id->adjust, id->pool.words)) return OK;
    id->raw = frontdoor_estimand(id);
    if (!id->raw) return NOMEM;
    id->form = IDENTIFY_FRONTDOOR;
    return explain_frontdoor(id, d);
}

// --- the general algorithms ---

// Whether rule 2 turns the observation of v into an intervention: Y and v are separated by X
// and the other conditions in the graph without edges into X and out of v.
static Status exchangeable(const Identification *id, const Word *x, const Word *given, size_t v,
                           bool *answer) {
    Graph *cut = NULL;
    Word *one = graph_set(id->graph), *rest = graph_set(id->graph);
    Status status = one && rest ? OK : NOMEM;
    if (status == OK) {
        bits_add(one, v);
        bits_copy(rest, given, id->graph->words);
        bits_or(rest, x, id->graph->words);
        bits_drop(rest, v);
        status = surgery_cut(id->graph, x, one, &cut);
    }
    if (status == OK) status = separation_test(cut, id->y, one, rest, answer, NULL);
    graph_free(cut);
    mem_free(one);
    mem_free(rest);
    return status;
}

// IDC of Shpitser & Pearl 2006b: while rule 2 applies to a condition, make it an intervention
// (line 1); then P(y, z | do(x)) over its sum (line 2).
static Status run_general(Identification *id, const Source *sources, size_t nsources,
                          Derivation *d) {
    size_t words = id->pool.words;
    Word *x = expr_copy(&id->pool, id->x), *given = expr_copy(&id->pool, id->given);
    if (!x || !given) return NOMEM;
    for (size_t v = bits_next(given, words, 0); v < words * 64;) {
        bool exchange = false;
        TRY(exchangeable(id, x, given, v, &exchange));
        if (exchange) {
            bits_drop(given, v);
            bits_add(x, v);
            TRY(explain_exchange(id, x, given, v, d));
        }
        v = bits_next(given, words, exchange ? 0 : v + 1);
    }
    Word *joint = expr_union(&id->pool, id->y, given);
    const Expr *e = NULL;
    if (!joint) return NOMEM;
    if (nsources)
        TRY(gid_run(id, sources, nsources, joint, x, d, &e));
    else
        TRY(id_run(id, joint, x, d, &e));
    if (!e) return OK;
    id->form = IDENTIFY_GENERAL;
    id->raw = bits_empty(given, words)
                  ? e
                  : expr_quotient(&id->pool, e, expr_sum(&id->pool, id->y, e));
    if (!id->raw) return NOMEM;
    return bits_empty(given, words) ? OK : explain_condition(id, given, d);
}

// Whether the observed joint of the population asked about is among what is known.
static bool has_joint(const Identification *id, const Source *sources, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const Source *s = &sources[i];
        if (bits_empty(s->dos, id->pool.words) && !s->seen && !s->law &&
            bits_empty(s->differs, id->pool.words))
            return true;
    }
    return count == 0;
}

// The raw estimand simplified; not so far that it speaks of what no source tells, as P(b | a)
// does where one source shows a and c, the other b and c.
static const Expr *simplified(Identification *id, const Source *sources, size_t count) {
    const Expr *e = simplify(&id->pool, id->graph, id->raw);
    if (!e || !count || source_tells(&id->pool, sources, count, e)) return e;
    e = simplify(&id->pool, NULL, id->raw);
    if (!e || source_tells(&id->pool, sources, count, e)) return e;
    return id->raw;
}

static Status answer(Identification *id, const IdentifyQuery *q, const Source *sources,
                     Derivation *d) {
    TRY(explain_question(id, d));
    bool special = !q->general && bits_empty(id->given, id->pool.words) &&
                   has_joint(id, sources, q->nsources);
    if (special) TRY(try_backdoor(id, d));
    if (special && id->form == IDENTIFY_NONE) TRY(try_frontdoor(id, d));
    if (id->form == IDENTIFY_NONE) TRY(run_general(id, sources, q->nsources, d));
    if (id->form == IDENTIFY_NONE) return OK;
    id->estimand = simplified(id, sources, q->nsources);
    if (!id->estimand) return NOMEM;
    return explain_estimand(id, d);
}

Status identify(const Graph *g, const IdentifyQuery *q, Derivation *d, Faults *faults,
                Identification *out) {
    *out = (Identification){.form = IDENTIFY_NONE, .sourced = q->nsources > 0};
    TRY(check_question(g, q, faults));
    const Source *sources = NULL;
    Status status = set_up(g, q, out, &sources);
    if (status == OK) status = answer(out, q, sources, d);
    if (status != OK) identify_free(out);
    return status;
}

void identify_free(Identification *id) {
    graph_free(id->graph);
    mem_free(id->vertex);
    expr_pool_free(&id->pool);
    *id = (Identification){0};
}

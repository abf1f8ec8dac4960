// Identify: the question, the special forms, and the conditional algorithm around ID (id.c).
#include "runtime/symbol/identify.h"

#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/graph/adjust.h"
#include "runtime/graph/frontdoor.h"
#include "runtime/graph/separation.h"
#include "runtime/graph/surgery.h"
#include "runtime/symbol/explain.h"
#include "runtime/symbol/id.h"
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
    SET_EACH(g->selected, g->words, v)
        return fault_add(faults, FAULT_GRAPH_QUESTION, 0,
                         "%s is selected: say what is known of the whole population.",
                         g->names[v]);
    return OK;
}

// A set of g's vertices as one of the projection's.
static Word *translate(const Graph *g, const uint32_t *map, Identification *id,
                       const Word *set) {
    Word *out = expr_set(&id->pool);
    if (!out || !set) return out;
    SET_EACH(set, g->words, v) bits_add(out, map[v]);
    return out;
}

static Status set_up(const Graph *g, const IdentifyQuery *q, Identification *id) {
    uint32_t *map = MEM_NEW(uint32_t, g->n), *rank = NULL;
    Status status = map ? surgery_project(g, g->latent, &id->graph, map) : NOMEM;
    if (status == OK) {
        id->vertex = MEM_NEW(uint32_t, 2 * id->graph->n);
        status = id->vertex ? OK : NOMEM;
    }
    if (status == OK) {
        rank = id->vertex + id->graph->n;
        for (size_t v = 0; v < g->n; v++)
            if (map[v] != GRAPH_NONE) id->vertex[map[v]] = (uint32_t)v;
        for (size_t i = 0; i < id->graph->n; i++) rank[id->graph->order[i]] = (uint32_t)i;
        status = expr_pool_init(&id->pool, id->graph->n, rank);
    }
    if (status == OK) {
        id->x = translate(g, map, id, q->x);
        id->y = translate(g, map, id, q->y);
        id->given = translate(g, map, id, q->given);
        id->adjust = expr_set(&id->pool);
        if (!id->x || !id->y || !id->given || !id->adjust) status = NOMEM;
    }
    mem_free(map);
    return status;
}

// --- special forms ---

// The sum over z of P(y | x, z) P(z).
static const Expr *backdoor_estimand(Identification *id) {
    Word *xz = expr_set(&id->pool);
    if (!xz) return NULL;
    bits_copy(xz, id->x, id->pool.words);
    bits_or(xz, id->adjust, id->pool.words);
    const Expr *regression = expr_prob(&id->pool, id->y, xz, NULL, NULL);
    const Expr *weights = expr_prob(&id->pool, id->adjust, NULL, NULL, NULL);
    return expr_sum(&id->pool, id->adjust, expr_times(&id->pool, regression, weights));
}

// The sum over z of P(z | x) times the sum over x of P(y | x, z) P(x).
static const Expr *frontdoor_estimand(Identification *id) {
    Word *xz = expr_set(&id->pool);
    if (!xz) return NULL;
    bits_copy(xz, id->x, id->pool.words);
    bits_or(xz, id->adjust, id->pool.words);
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
static Status run_general(Identification *id, Derivation *d) {
    size_t words = id->pool.words;
    Word *x = expr_set(&id->pool), *given = expr_set(&id->pool), *joint = expr_set(&id->pool);
    if (!x || !given || !joint) return NOMEM;
    bits_copy(x, id->x, words);
    bits_copy(given, id->given, words);
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
    bits_copy(joint, id->y, words);
    bits_or(joint, given, words);
    const Expr *e = NULL;
    TRY(id_run(id, joint, x, d, &e));
    if (!e) return OK;
    id->form = IDENTIFY_GENERAL;
    id->raw = bits_empty(given, words)
                  ? e
                  : expr_quotient(&id->pool, e, expr_sum(&id->pool, id->y, e));
    if (!id->raw) return NOMEM;
    return bits_empty(given, words) ? OK : explain_condition(id, given, d);
}

static Status answer(Identification *id, const IdentifyQuery *q, Derivation *d) {
    TRY(explain_question(id, d));
    bool special = !q->general && bits_empty(id->given, id->pool.words);
    if (special) TRY(try_backdoor(id, d));
    if (special && id->form == IDENTIFY_NONE) TRY(try_frontdoor(id, d));
    if (id->form == IDENTIFY_NONE) TRY(run_general(id, d));
    if (id->form == IDENTIFY_NONE) return OK;
    id->estimand = simplify(&id->pool, id->graph, id->raw);
    if (!id->estimand) return NOMEM;
    return explain_estimand(id, d);
}

Status identify(const Graph *g, const IdentifyQuery *q, Derivation *d, Faults *faults,
                Identification *out) {
    *out = (Identification){.form = IDENTIFY_NONE};
    TRY(check_question(g, q, faults));
    Status status = set_up(g, q, out);
    if (status == OK) status = answer(out, q, d);
    if (status != OK) identify_free(out);
    return status;
}

void identify_free(Identification *id) {
    graph_free(id->graph);
    mem_free(id->vertex);
    expr_pool_free(&id->pool);
    *id = (Identification){0};
}

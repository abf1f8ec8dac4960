// Plan: how a question to a network is computed, as far as it does not depend on any number.
#include "runtime/infer/plan.h"

#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/infer/plans.h"

// What is done with the variables asked about, and how much an order is worth (triangulate.h).
static const struct {
    uint8_t stage;
    double effort;
} kinds[] = {
    [PLAN_JOINT] = {TRIANGULATE_KEEP, 0.01},
    [PLAN_MARGINALS] = {0, 0.02},
    [PLAN_ARGMAX] = {1, 0.1},
};

// --- the key ---

// The words: kind, variables, factors, asked variables; the levels of each variable; 0 for each
// observed variable and NET_NONE for others; the asked variables; and of each factor the number
// of its variables, the child over which it sums to 1 or NET_NONE, and the variables.
enum { HEAD = 4 };

static size_t key_size(const Net *net, uint32_t nquery) {
    size_t count = HEAD + 2 * (size_t)net->nvars + nquery + 2 * (size_t)net->nfactors;
    for (uint32_t f = 0; f < net->nfactors; f++) count += net->factors[f].nvars;
    return count;
}

static uint32_t *add_words(uint32_t *to, const uint32_t *words, size_t count) {
    if (count) memcpy(to, words, count * sizeof *to);
    return to + count;
}

static uint32_t *add_evidence(uint32_t *to, const Net *net, NetEvidence evidence) {
    for (uint32_t v = 0; v < net->nvars; v++)
        *to++ = evidence && evidence[v] != NET_NONE ? 0 : NET_NONE;
    return to;
}

static uint32_t *add_factor(uint32_t *to, const Net *net, const NetFactor *f) {
    *to++ = f->nvars;
    *to++ = net_sums_to_one(net, f) ? f->child : NET_NONE;
    return add_words(to, f->vars, f->nvars);
}

// Mixes the words two by two, in the manner of multiplicative hashing (Knuth 1998, section 6.4).
static uint64_t hash_words(const uint32_t *words, size_t count) {
    uint64_t hash = count;
    for (size_t i = 0; i < count; i++) {
        hash = (hash ^ words[i]) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 29;
    }
    return hash ^ hash >> 32;
}

bool plan_key_equal(const PlanKey *a, const PlanKey *b) {
    return a->hash == b->hash && a->count == b->count &&
           memcmp(a->words, b->words, a->count * sizeof *a->words) == 0;
}

static Status key_new(const Net *net, NetEvidence evidence, PlanKind kind,
                      const uint32_t *query, uint32_t nquery, PlanKey *out) {
    *out = (PlanKey){.count = key_size(net, nquery)};
    uint32_t *to = out->words = mem_resize(NULL, out->count, sizeof *to);
    if (!to) return NOMEM;
    *to++ = kind;
    *to++ = net->nvars;
    *to++ = net->nfactors;
    *to++ = nquery;
    to = add_words(to, net->cards, net->nvars);
    to = add_evidence(to, net, evidence);
    to = add_words(to, query, nquery);
    for (uint32_t f = 0; f < net->nfactors; f++) to = add_factor(to, net, &net->factors[f]);
    out->hash = hash_words(out->words, out->count);
    return OK;
}

// Reads the structure back from the key, which owns its arrays.
static Status read_key(Plan *p) {
    uint32_t *at = p->key.words + HEAD;
    p->kind = (PlanKind)p->key.words[0];
    p->net = (Net){.nvars = p->key.words[1], .nfactors = p->key.words[2]};
    p->nquery = p->key.words[3];
    NetFactor *factors = ARENA_ARRAY(&p->arena, NetFactor, p->net.nfactors);
    if (!factors) return NOMEM;
    p->net.cards = at;
    p->evidence = at += p->net.nvars;
    p->query = at += p->net.nvars;
    at += p->nquery;
    for (uint32_t f = 0; f < p->net.nfactors; f++) {
        factors[f] = (NetFactor){.nvars = at[0], .child = at[1], .vars = at + 2};
        at += 2 + at[0];
    }
    p->net.factors = factors;
    return OK;
}

// --- the plan ---

// The variables asked about keep the order of the query, after all others.
static void place_query(Plan *p) {
    uint32_t next = p->order.count;
    for (uint32_t i = 0; i < p->nquery; i++) {
        uint32_t v = p->problem.local[p->query[i]];
        if (v != NET_NONE) p->problem.place[v] = next++;
    }
}

static Status make(Plan *p, double effort, const Ctl *ctl) {
    TRY(read_key(p));
    uint8_t *stage = NULL;
    if (p->kind != PLAN_MARGINALS) {
        stage = ARENA_ARRAY(&p->arena, uint8_t, p->net.nvars);
        if (!stage) return NOMEM;
    }
    for (uint32_t i = 0; i < p->nquery; i++) stage[p->query[i]] = kinds[p->kind].stage;
    TRY(problem_new(&p->net, p->evidence, stage, &p->problem));
    TRY(problem_triangulate(&p->problem, stage, effort, ctl, &p->order));
    for (uint32_t i = 0; i < p->order.count; i++)
        if (!stage || !stage[p->problem.global[p->order.order[i]]]) p->summed++;
    if (p->kind == PLAN_MARGINALS) return jointree_build(&p->problem, &p->order, &p->tree);
    if (p->kind == PLAN_JOINT) place_query(p);
    problem_order(&p->problem);
    return OK;
}

static size_t size_of(const Plan *p) {
    const Triangulation *t = &p->order;
    size_t words = p->key.count + t->count + (t->start ? t->start[t->count] : 0);
    return sizeof *p + words * sizeof(uint32_t) + (t->count + 1) * sizeof *t->start +
           p->arena.bytes + p->problem.arena.bytes + p->tree.arena.bytes;
}

// Takes the key.
static Status plan_new(PlanKey *key, double effort, const Ctl *ctl, Plan **out) {
    Plan *p = *out = MEM_NEW(Plan, 1);
    if (!p) {
        mem_free(key->words);
        return NOMEM;
    }
    p->refs = 1;
    p->key = *key;
    Status status = make(p, effort, ctl);
    p->bytes = size_of(p);
    if (status == OK) return OK;
    plan_drop(p);
    *out = NULL;
    return status;
}

Plan *plan_keep(Plan *plan) {
    plan->refs++;
    return plan;
}

void plan_drop(Plan *plan) {
    if (!plan || --plan->refs) return;
    jointree_free(&plan->tree);
    triangulation_free(&plan->order);
    problem_free(&plan->problem);
    arena_free(&plan->arena);
    mem_free(plan->key.words);
    mem_free(plan);
}

Status plan_find(const Net *net, NetEvidence evidence, PlanKind kind, const uint32_t *query,
                 uint32_t nquery, const Ctl *ctl, Plan **out) {
    PlanKey key;
    *out = NULL;
    TRY(key_new(net, evidence, kind, query, nquery, &key));
    *out = net->plans ? plans_get(net->plans, &key) : NULL;
    if (*out) {
        mem_free(key.words);
        return OK;
    }
    TRY(plan_new(&key, kinds[kind].effort, ctl, out));
    if (net->plans) plans_put(net->plans, *out);
    return OK;
}

Status plan_vary(const Plan *plan, NetEvidence evidence, double effort, const Ctl *ctl,
                 Plan **out) {
    PlanKey key = {.count = plan->key.count};
    *out = NULL;
    key.words = mem_resize(NULL, key.count, sizeof *key.words);
    if (!key.words) return NOMEM;
    memcpy(key.words, plan->key.words, key.count * sizeof *key.words);
    add_evidence(key.words + HEAD + plan->net.nvars, &plan->net, evidence);
    return plan_new(&key, effort, ctl, out);
}

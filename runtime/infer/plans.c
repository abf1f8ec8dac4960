// Plans: the plans that are kept, to be found again by their keys.
#include "runtime/infer/plans.h"

#include <string.h>

#include "runtime/base/mem.h"

// What is kept with one model: the plans of some hundred different questions to a network of a
// thousand variables, or of many thousand small ones.
static const size_t MOST = (size_t)16 << 20;

Plans *plans_new(size_t most) {
    Plans *plans = MEM_NEW(Plans, 1);
    if (plans) plans->most = most;
    return plans;
}

// --- by use ---

static void link_newest(Plans *plans, Plan *p) {
    p->older = plans->newest;
    p->newer = NULL;
    if (plans->newest)
        plans->newest->newer = p;
    else
        plans->oldest = p;
    plans->newest = p;
}

static void unlink_use(Plans *plans, Plan *p) {
    if (p->newer)
        p->newer->older = p->older;
    else
        plans->newest = p->older;
    if (p->older)
        p->older->newer = p->newer;
    else
        plans->oldest = p->newer;
}

// --- by key ---

static Plan **chain_of(const Plans *plans, uint64_t hash) {
    return &plans->chains[hash & (plans->nchains - 1)];
}

// As many chains as plans, at least; without memory the chains just get longer.
static bool grow(Plans *plans) {
    if (plans->count < plans->nchains) return true;
    size_t old = plans->nchains, n = old ? 2 * old : 16;
    Plan **chains = MEM_NEW(Plan *, n), **from = plans->chains;
    if (!chains) return old > 0;
    plans->chains = chains;
    plans->nchains = n;
    for (size_t i = 0; i < old; i++)
        for (Plan *p = from[i], *next; p; p = next) {
            Plan **chain = chain_of(plans, p->key.hash);
            next = p->chained;
            p->chained = *chain;
            *chain = p;
        }
    mem_free(from);
    return true;
}

static void drop_oldest(Plans *plans) {
    Plan *p = plans->oldest, **at = chain_of(plans, p->key.hash);
    while (*at != p) at = &(*at)->chained;
    *at = p->chained;
    unlink_use(plans, p);
    plans->bytes -= p->bytes;
    plans->count--;
    plan_drop(p);
}

Plan *plans_get(Plans *plans, const PlanKey *key) {
    if (!plans->count) return NULL;
    Plan *p = *chain_of(plans, key->hash);
    while (p && !plan_key_equal(&p->key, key)) p = p->chained;
    if (!p) return NULL;
    unlink_use(plans, p);
    link_newest(plans, p);
    return plan_keep(p);
}

void plans_put(Plans *plans, Plan *plan) {
    if (plan->bytes > plans->most || !grow(plans)) return;
    while (plans->bytes > plans->most - plan->bytes) drop_oldest(plans);
    Plan **chain = chain_of(plans, plan->key.hash);
    plan->chained = *chain;
    *chain = plan_keep(plan);
    link_newest(plans, plan);
    plans->bytes += plan->bytes;
    plans->count++;
}

void plans_free(Plans *plans) {
    if (!plans) return;
    while (plans->count) drop_oldest(plans);
    mem_free(plans->chains);
    mem_free(plans);
}

// --- with a model ---

static void drop(void *data) {
    plans_free(data);
}

Plans *plans_of(const Model *m) {
    if (!m->memo->data) {
        m->memo->data = plans_new(MOST);
        m->memo->drop = drop;
    }
    return m->memo->data;
}

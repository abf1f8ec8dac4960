// Responses, events and polynomials in the probabilities of events.
#include "runtime/bounds/pool.h"

#include <math.h>

// Two sources that tell the same probability agree to this.
#define POOL_AGREE 1e-9

uint32_t pool_event_district(const Pool *p, uint32_t event) {
    return p->frame->vars[pool_cell_var(p, keys_items(&p->events, event)[0])].district;
}

Status pool_cell(Pool *p, uint32_t var, uint32_t row, uint32_t *cell) {
    return keys_add(&p->cells, (uint32_t[]){var, row}, 2, cell);
}

Status pool_event(Pool *p, PoolItem *items, uint32_t n, uint32_t *event) {
    for (uint32_t i = 1; i < n; i++)
        for (uint32_t j = i; j && items[j - 1].cell > items[j].cell; j--) {
            PoolItem t = items[j];
            items[j] = items[j - 1];
            items[j - 1] = t;
        }
    _Static_assert(sizeof(PoolItem) == 2 * sizeof(uint32_t), "items are pairs of numbers");
    TRY(keys_add(&p->events, &items[0].cell, 2 * n, event));
    while (p->known.count < keys_count(&p->events))
        if (!VEC_PUSH(&p->known, NAN)) return NOMEM;
    return OK;
}

Status pool_fact(Pool *p, uint32_t event, double probability) {
    double *known = &p->known.items[event];
    if (!isnan(*known)) {
        if (fabs(*known - probability) > POOL_AGREE) p->contradicted = true;
        return OK;
    }
    *known = probability;
    return VEC_PUSH(&p->facts, ((PoolFact){event, probability})) ? OK : NOMEM;
}

void pool_free(Pool *p) {
    keys_free(&p->cells);
    keys_free(&p->events);
    VEC_FREE(&p->known);
    VEC_FREE(&p->facts);
}

// --- polynomials ----------------------------------------------------------------------------

Status poly_add(Poly *to, uint32_t *events, uint32_t n, double coef) {
    for (uint32_t i = 1; i < n; i++)
        for (uint32_t j = i; j && events[j - 1] > events[j]; j--) {
            uint32_t t = events[j];
            events[j] = events[j - 1];
            events[j - 1] = t;
        }
    uint32_t key;
    TRY(keys_add(&to->products, events, n, &key));
    if (key == to->coef.count) return VEC_PUSH(&to->coef, coef) ? OK : NOMEM;
    to->coef.items[key] += coef;
    return OK;
}

Status poly_sum(Poly *to, const Poly *from, double coef) {
    for (uint32_t k = 0; k < from->coef.count; k++) {
        uint32_t key;
        TRY(keys_add(&to->products, keys_items(&from->products, k),
                     keys_length(&from->products, k), &key));
        if (key == to->coef.count && !VEC_PUSH(&to->coef, 0)) return NOMEM;
        to->coef.items[key] += coef * from->coef.items[k];
    }
    return OK;
}

bool poly_constant(const Poly *p, double *value) {
    *value = 0;
    for (uint32_t k = 0; k < p->coef.count; k++) {
        if (!keys_length(&p->products, k))
            *value = p->coef.items[k];
        else if (p->coef.items[k] != 0)
            return false;
    }
    return true;
}

static bool within(const Poly *a, const Poly *b) {
    for (uint32_t k = 0; k < a->coef.count; k++) {
        uint32_t key =
            keys_find(&b->products, keys_items(&a->products, k), keys_length(&a->products, k));
        double other = key == KEYS_NONE ? 0 : b->coef.items[key];
        if (fabs(a->coef.items[k] - other) > 1e-12) return false;
    }
    return true;
}

bool poly_equal(const Poly *a, const Poly *b) {
    return within(a, b) && within(b, a);
}

Status poly_settle(const Pool *pool, const Poly *from, Poly *out) {
    VEC(uint32_t) left = {0};
    Status st = OK;
    for (uint32_t k = 0; st == OK && k < from->coef.count; k++) {
        const uint32_t *events = keys_items(&from->products, k);
        double coef = from->coef.items[k];
        left.count = 0;
        for (uint32_t i = 0; st == OK && i < keys_length(&from->products, k); i++) {
            double p = pool->known.items[events[i]];
            if (!isnan(p))
                coef *= p;
            else if (!VEC_PUSH(&left, events[i]))
                st = NOMEM;
        }
        if (st == OK && coef != 0) st = poly_add(out, left.items, (uint32_t)left.count, coef);
    }
    VEC_FREE(&left);
    return st;
}

void poly_free(Poly *p) {
    keys_free(&p->products);
    VEC_FREE(&p->coef);
}

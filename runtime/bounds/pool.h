// Pool: responses, events among them, and sums of products of their probabilities.
//
// A cell is the response of a variable to one row of its causes. An event says what some cells
// of one district are. Events of different districts are independent, so that whatever a
// question asks is a sum of products of the probabilities of events.
#ifndef RUNG_BOUNDS_POOL_H
#define RUNG_BOUNDS_POOL_H

#include "runtime/bounds/frame.h"
#include "runtime/bounds/keys.h"

typedef struct PoolItem {
    uint32_t cell, level;
} PoolItem;

typedef struct PoolFact {
    uint32_t event;
    double p;
} PoolFact;

typedef struct Pool {
    const Frame *frame;
    Keys cells;           // (variable, row)
    Keys events;          // (cell, level), .. by cell
    VEC(double) known;    // by event: its probability, or NaN
    VEC(PoolFact) facts;  // what the sources say of districts of several variables
    bool contradicted;    // two sources differ about the same
} Pool;

// A polynomial: the sum of coef[k] times the product of the events that key k lists. The empty
// list is the constant.
typedef struct Poly {
    Keys products;
    VEC(double) coef;
} Poly;

static inline uint32_t pool_cell_var(const Pool *p, uint32_t cell) {
    return keys_items(&p->cells, cell)[0];
}

static inline uint32_t pool_cell_row(const Pool *p, uint32_t cell) {
    return keys_items(&p->cells, cell)[1];
}

static inline uint32_t pool_cell_card(const Pool *p, uint32_t cell) {
    return p->frame->vars[pool_cell_var(p, cell)].card;
}

// The district that an event is of.
uint32_t pool_event_district(const Pool *p, uint32_t event);

Status pool_cell(Pool *p, uint32_t var, uint32_t row, uint32_t *cell);

// The number of an event; sorts the items.
Status pool_event(Pool *p, PoolItem *items, uint32_t n, uint32_t *event);

// Records that an event has a probability.
Status pool_fact(Pool *p, uint32_t event, double probability);

void pool_free(Pool *p);

// Adds coef times a product of events (numbers, which are sorted here).
Status poly_add(Poly *to, uint32_t *events, uint32_t n, double coef);

// Adds coef * from.
Status poly_sum(Poly *to, const Poly *from, double coef);

// What it is without events, when it has none (terms of coefficient zero aside).
bool poly_constant(const Poly *p, double *value);
bool poly_equal(const Poly *a, const Poly *b);

// The polynomial with what the pool knows by now put in.
Status poly_settle(const Pool *pool, const Poly *from, Poly *out);

void poly_free(Poly *p);

#endif

// Quantiles of discrete quantities.
#include <math.h>
#include <stdlib.h>

#include "runtime/infer/ask_head.h"
#include "runtime/infer/ask_net.h"
#include "runtime/infer/ask_walk.h"

typedef struct Mass {
    size_t row;
    double value, weight;
} Mass;

static int by_row_and_value(const void *a, const void *b) {
    const Mass *x = a, *y = b;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return (x->value > y->value) - (x->value < y->value);
}

static Status report_probability(const AskScene *s, double q) {
    return fault_add(s->call->faults, FAULT_ASK_QUANTITY, s->q->args[1]->origin,
                     "%g is not a probability: a quantile is asked at a number from 0 to 1", q);
}

// The value at which the masses of one row reach q.
static double reach(const Mass *mass, size_t count, double q) {
    double total = 0, sum = 0;
    for (size_t i = 0; i < count; i++) {
        if (isnan(mass[i].value)) return NAN;
        total += mass[i].weight;
    }
    // Ten times 0.1 may fall short of 1 by rounding.
    double target = q * total * (1 - 1e-12);
    for (size_t i = 0; i < count; i++) {
        sum += mass[i].weight;
        if (sum >= target) return mass[i].value;
    }
    return count ? mass[count - 1].value : NAN;
}

static size_t collect(const NetTable *table, AskWalk *walk, const double *values, Mass *mass) {
    size_t n = 0;
    for (size_t i = 0; i < table->size; i++, ask_walk_next(walk))
        if (table->values[i] > 0)
            mass[n++] = (Mass){walk->index[1], values[walk->index[0]], table->values[i]};
    return n;
}

static Status answer_rows(AskScene *s, const NetTable *table, AskWalk *walk, double q,
                          double *out) {
    size_t rows = ask_rows(s);
    Mass *mass = ARENA_ARRAY(&s->arena, Mass, table->size);
    double *total = ARENA_ARRAY(&s->arena, double, rows);
    if (!mass || !total) return NOMEM;
    size_t n = collect(table, walk, s->quantities.items[0].values, mass);
    qsort(mass, n, sizeof *mass, by_row_and_value);
    for (size_t i = 0; i < n; i++) total[mass[i].row] += mass[i].weight;
    ask_note_rows(s, total, rows);
    for (size_t g = 0, at = 0; g < rows; g++) {
        size_t start = at;
        while (at < n && mass[at].row == g) at++;
        out[g] = reach(mass + start, at - start, q);
    }
    return OK;
}

Status ask_quantile(AskScene *s, double *out) {
    double q;
    TRY(ask_quantity_constant(s->model, s->q->args[1], s->call->faults, &q));
    if (!(q >= 0 && q <= 1)) return report_probability(s, q);
    AskQuantity *quantity = &s->quantities.items[0];
    AskList lists[] = {{quantity->vars, quantity->nvars},
                       {s->given.items, (uint32_t)s->given.count}};
    AskWalk walk;
    NetTable table;
    TRY(ask_quantity_table(s, quantity));
    TRY(ask_walk_new(s, lists, 2, &walk));
    TRY(ask_net_joint(s, NULL, walk.vars, walk.nvars, &table));
    Status st = answer_rows(s, &table, &walk, q, out);
    net_table_free(&table);
    return st;
}

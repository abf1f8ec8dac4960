// Information: entropy and mutual information, in bits.
#include <math.h>
#include <stdlib.h>

#include "runtime/base/num.h"
#include "runtime/infer/ask_head.h"
#include "runtime/infer/ask_net.h"
#include "runtime/infer/ask_walk.h"

// Values of a tuple of quantities as codes 0..ncodes-1: equal tuples, equal codes.
typedef struct Part {
    const AskQuantity *quantities;
    size_t count;
    uint32_t **code;  // per quantity and cell of its table
    uint32_t *ncodes; // per quantity
    double size;      // product of ncodes
} Part;

static int by_number(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Leaves the least of the numbers that count as one.
static size_t drop_repeats(double *sorted, size_t n) {
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!kept || !num_same(sorted[kept - 1], sorted[i])) sorted[kept++] = sorted[i];
    return kept;
}

// Of the number that `value` counts as one with: the greatest that does not exceed it.
static uint32_t position(const double *sorted, size_t n, double value) {
    size_t low = 0, high = n;
    while (high - low > 1) {
        size_t mid = (low + high) / 2;
        if (sorted[mid] <= value)
            low = mid;
        else
            high = mid;
    }
    return (uint32_t)low;
}

// A value that is not a number (1/0, no case row fits) gets a code of its own, the last.
static Status encode(AskScene *s, const AskQuantity *quantity, uint32_t **code,
                     uint32_t *ncodes) {
    size_t n = quantity->size, numbers = 0;
    double *sorted = ARENA_ARRAY(&s->arena, double, n);
    *code = ARENA_ARRAY(&s->arena, uint32_t, n);
    if (!sorted || !*code) return NOMEM;
    for (size_t i = 0; i < n; i++)
        if (!isnan(quantity->values[i])) sorted[numbers++] = quantity->values[i];
    qsort(sorted, numbers, sizeof *sorted, by_number);
    size_t distinct = drop_repeats(sorted, numbers);
    for (size_t i = 0; i < n; i++)
        (*code)[i] = isnan(quantity->values[i])
                         ? (uint32_t)distinct
                         : position(sorted, distinct, quantity->values[i]);
    *ncodes = (uint32_t)distinct + (numbers < n);
    return OK;
}

static Status make_part(AskScene *s, size_t from, size_t to, Part *out) {
    *out = (Part){.quantities = s->quantities.items + from, .count = to - from, .size = 1};
    out->code = ARENA_ARRAY(&s->arena, uint32_t *, out->count);
    out->ncodes = ARENA_ARRAY(&s->arena, uint32_t, out->count);
    if (!out->code || !out->ncodes) return NOMEM;
    for (size_t i = 0; i < out->count; i++) {
        TRY(ask_quantity_table(s, &s->quantities.items[from + i]));
        TRY(encode(s, &out->quantities[i], &out->code[i], &out->ncodes[i]));
        out->size *= out->ncodes[i];
    }
    return OK;
}

// Whether some quantity has no value there.
static bool lacks_value(const Part *part, const size_t *index) {
    bool lacks = false;
    for (size_t i = 0; i < part->count; i++)
        lacks |= isnan(part->quantities[i].values[index[i]]);
    return lacks;
}

// The code of a tuple; `index` holds the positions in the tables of the part's quantities.
static size_t code_of(const Part *part, const size_t *index) {
    size_t code = 0;
    for (size_t i = 0; i < part->count; i++)
        code = code * part->ncodes[i] + part->code[i][index[i]];
    return code;
}

// A distribution over (rows, z, v, w), w fastest: I(v; w | z), and H(v | z) when w is trivial.
typedef struct Joint {
    Part v, w;
    size_t rows, nz, nv, nw;
    double *p;
    bool *lacks; // of the rows in which some quantity has no value
} Joint;

static Status allocate(AskScene *s, Joint *j) {
    AskVars *z = &s->averaged, *g = &s->given;
    double rows = ask_cells(s->model, g->items, (uint32_t)g->count);
    double nz = ask_cells(s->model, z->items, (uint32_t)z->count);
    TRY(ask_room(s->call, rows * nz * j->v.size * j->w.size, NULL, s->q->origin));
    j->rows = (size_t)rows;
    j->nz = (size_t)nz;
    j->nv = (size_t)j->v.size;
    j->nw = (size_t)j->w.size;
    j->p = ARENA_ARRAY(&s->arena, double, j->rows * j->nz * j->nv * j->nw);
    j->lacks = ARENA_ARRAY(&s->arena, bool, j->rows);
    return j->p && j->lacks ? OK : NOMEM;
}

static Status gather(AskScene *s, Joint *j) {
    size_t nq = s->quantities.count;
    AskList *lists = ARENA_ARRAY(&s->arena, AskList, nq + 2);
    if (!lists) return NOMEM;
    for (size_t i = 0; i < nq; i++)
        lists[i] = (AskList){s->quantities.items[i].vars, s->quantities.items[i].nvars};
    lists[nq] = (AskList){s->averaged.items, (uint32_t)s->averaged.count};
    lists[nq + 1] = (AskList){s->given.items, (uint32_t)s->given.count};
    AskWalk walk;
    NetTable table;
    TRY(ask_walk_new(s, lists, (uint32_t)nq + 2, &walk));
    TRY(ask_net_joint(s, NULL, walk.vars, walk.nvars, &table));
    for (size_t i = 0; i < table.size; i++, ask_walk_next(&walk)) {
        if (table.values[i] == 0) continue;
        size_t at = walk.index[nq + 1] * j->nz + walk.index[nq];
        at = at * j->nv + code_of(&j->v, walk.index);
        at = at * j->nw + code_of(&j->w, walk.index + j->v.count);
        bool lacks = lacks_value(&j->v, walk.index) ||
                     lacks_value(&j->w, walk.index + j->v.count);
        if (lacks) j->lacks[walk.index[nq + 1]] = true;
        j->p[at] += table.values[i];
    }
    net_table_free(&table);
    return OK;
}

// p log2(ratio). A ratio within rounding of 1 is 1: what that leaves out is of second order.
static double bits(double p, double ratio) {
    return fabs(ratio - 1) < 1e-14 ? 0 : p * log2(ratio);
}

// Sum over v and w of one (row, z), whose probabilities add up to `pz`, with `total` that of
// the row. `pv` and `pw` have room for the marginals.
static double slice_bits(const Joint *j, const double *p, double *pv, double *pw, bool mutual) {
    double pz = 0, sum = 0;
    for (size_t v = 0; v < j->nv; v++) pv[v] = 0;
    for (size_t w = 0; w < j->nw; w++) pw[w] = 0;
    for (size_t v = 0; v < j->nv; v++)
        for (size_t w = 0; w < j->nw; w++) {
            double x = p[v * j->nw + w];
            pz += x;
            pv[v] += x;
            pw[w] += x;
        }
    for (size_t v = 0; v < j->nv; v++)
        for (size_t w = 0; w < j->nw; w++) {
            double x = p[v * j->nw + w];
            if (x > 0) sum += mutual ? bits(x, x / pv[v] * (pz / pw[w])) : bits(x, pz / x);
        }
    return sum;
}

static double row_bits(const Joint *j, size_t row, double *pv, double *pw, bool mutual) {
    size_t slice = j->nv * j->nw;
    double *p = j->p + row * j->nz * slice, total = 0, sum = 0;
    for (size_t i = 0; i < j->nz * slice; i++) total += p[i];
    if (total == 0) return NAN;
    for (size_t i = 0; i < j->nz * slice; i++) p[i] /= total;
    for (size_t z = 0; z < j->nz; z++) sum += slice_bits(j, p + z * slice, pv, pw, mutual);
    return fmax(sum, 0);
}

double ask_info_bits(double *p, size_t nz, size_t nv, size_t nw, double *room, bool mutual) {
    const Joint j = {.nz = nz, .nv = nv, .nw = nw, .p = p};
    return row_bits(&j, 0, room, room + nv, mutual);
}

Status ask_info(AskScene *s, double *out) {
    bool mutual = s->q->head == ASK_I;
    size_t n = s->quantities.count, first = mutual ? s->q->nfirst : n;
    Joint j;
    TRY(make_part(s, 0, first, &j.v));
    TRY(make_part(s, first, n, &j.w));
    TRY(allocate(s, &j));
    TRY(gather(s, &j));
    double *pv = ARENA_ARRAY(&s->arena, double, j.nv),
           *pw = ARENA_ARRAY(&s->arena, double, j.nw);
    double *total = ARENA_ARRAY(&s->arena, double, j.rows);
    if (!pv || !pw || !total) return NOMEM;
    for (size_t i = 0; i < j.rows * j.nz * j.nv * j.nw; i++)
        total[i / (j.nz * j.nv * j.nw)] += j.p[i];
    ask_note_rows(s, total, j.rows);
    for (size_t g = 0; g < j.rows; g++)
        out[g] = j.lacks[g] ? NAN : row_bits(&j, g, pv, pw, mutual);
    return OK;
}

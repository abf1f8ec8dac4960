// Law: the normal form of a distribution without variables.
//
// Every term of the spine gets its list of parts, children first, so that neither the depth of
// a term nor the number of ways through it matters.
#include "runtime/model/law.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/base/num.h"
#include "runtime/base/vec.h"
#include "runtime/model/dist_family.h"
#include "runtime/model/dist_spine.h"
#include "runtime/model/scalar.h"
#include "runtime/model/term_order.h"

typedef VEC(LawPart) Parts;

typedef struct Former {
    LawForm *form; // owns the tables
    TermOrder order;
    Parts *made;      // of each item of the order
    const char **why; // why it is no law, or NULL
} Former;

// --- tables ---

typedef struct Row {
    double value, prob;
} Row;

static int by_value(const void *a, const void *b) {
    double x = ((const Row *)a)->value, y = ((const Row *)b)->value;
    return (x > y) - (x < y);
}

static LawTable *new_table(Former *f, size_t n) {
    LawTable *t = MEM_NEW(LawTable, 1);
    if (!t) return NULL;
    t->next = f->form->tables;
    f->form->tables = t;
    t->values = MEM_NEW(double, n);
    t->probs = MEM_NEW(double, n);
    t->sums = MEM_NEW(double, n);
    return t->values && t->probs && t->sums ? t : NULL;
}

// Sorts the rows, and adds up those of equal values. `total` becomes 1.
static Status add_table(Former *f, Row *rows, size_t n, double total, uint32_t leaf, Parts *out) {
    LawTable *t = new_table(f, n);
    double sum = 0;
    if (!t) return NOMEM;
    qsort(rows, n, sizeof *rows, by_value);
    for (size_t i = 0; i < n; i++) {
        if (rows[i].prob == 0) continue;
        sum += rows[i].prob;
        if (t->count == 0 || !num_same(t->values[t->count - 1], rows[i].value))
            t->values[t->count++] = rows[i].value;
        t->probs[t->count - 1] += rows[i].prob / total;
        t->sums[t->count - 1] = sum / total;
    }
    t->sums[t->count - 1] = 1;
    LawPart part = {.weight = 1, .table = t, .count = t->count, .kept = 1, .leaf = leaf,
                    .low = t->values[0], .high = t->values[t->count - 1]};
    return VEC_PUSH(out, part) ? OK : NOMEM;
}

static Status form_empirical(Former *f, const Term *t, uint32_t at) {
    size_t n = t->numbers->count;
    Row *rows = MEM_NEW(Row, n);
    if (!rows) return NOMEM;
    for (size_t i = 0; i < n; i++) rows[i] = (Row){t->numbers->items[i], 1};
    Status status = add_table(f, rows, n, (double)n, at, &f->made[at]);
    mem_free(rows);
    return status;
}

static const char words[] = "its values are words, not numbers";
static const char variables[] = "it depends on variables";

static Status read_row(const Term *key, const Term *weight, Row *row, const char **why) {
    bool constant = false;
    if (key->op == TERM_LEVEL) return *why = words, OK;
    TRY(scalar_constant(key, &constant, &row->value));
    if (constant) TRY(scalar_constant(weight, &constant, &row->prob));
    if (!constant) *why = variables;
    else if (!isfinite(row->value)) *why = "a value is not a finite number";
    else if (!(row->prob >= 0)) *why = "a probability is below 0";
    return OK;
}

static Status form_map(Former *f, const Term *t, uint32_t at) {
    size_t n = t->n / 2;
    double sum = 0;
    Row *rows = MEM_NEW(Row, n);
    Status status = rows ? OK : NOMEM;
    for (size_t i = 0; status == OK && i < n && !f->why[at]; i++) {
        status = read_row(t->kid[2 * i], t->kid[2 * i + 1], &rows[i], &f->why[at]);
        sum += rows[i].prob;
    }
    if (status == OK && !f->why[at] && !(fabs(sum - 1) < 1e-6))
        f->why[at] = "its probabilities do not sum to 1";
    if (fabs(sum - 1) < 1e-12) sum = 1; // but for the rounding of the sum
    if (status == OK && !f->why[at]) status = add_table(f, rows, n, sum, at, &f->made[at]);
    mem_free(rows);
    return status;
}

// --- families ---

static Status form_family(Former *f, const Term *t, uint32_t at) {
    LawPart part = {.weight = 1, .family = t->family, .kept = 1, .leaf = at};
    bool constant = true;
    if (t->family == &dist_discrete_point && t->kid[0]->op == TERM_LEVEL) {
        f->why[at] = words;
        return OK;
    }
    for (uint32_t i = 0; constant && i < t->n && i < MATH_MAX_ARITY; i++)
        TRY(scalar_constant(t->kid[i], &constant, &part.params[i]));
    f->why[at] = constant ? dist_wrong(t->family, part.params) : variables;
    if (f->why[at]) return OK;
    if (t->family == &dist_discrete_point)
        return add_table(f, &(Row){part.params[0], 1}, 1, 1, at, &f->made[at]);
    dist_bounds(t->family, part.params, &part.low, &part.high);
    part.under = part.family->support ? part.low - 1 : part.low;
    return VEC_PUSH(&f->made[at], part) ? OK : NOMEM;
}

// --- mixtures and choices ---

static int by_leaf(const void *a, const void *b) {
    const LawPart *x = a, *y = b;
    if (x->leaf != y->leaf) return x->leaf < y->leaf ? -1 : 1;
    if (x->low != y->low) return x->low < y->low ? -1 : 1;
    return (x->high > y->high) - (x->high < y->high);
}

// Parts that are the same leaf cut alike are one.
static void join(Parts *p) {
    size_t kept = 0;
    if (p->count) qsort(p->items, p->count, sizeof *p->items, by_leaf);
    for (size_t i = 0; i < p->count; i++) {
        bool same = kept && by_leaf(&p->items[kept - 1], &p->items[i]) == 0;
        if (same) p->items[kept - 1].weight += p->items[i].weight;
        else p->items[kept++] = p->items[i];
    }
    p->count = kept;
}

// Appends the parts of a child, their weights times `weight`.
static Status take_parts(Former *f, const Term *child, double weight, uint32_t at) {
    size_t from = term_order_find(&f->order, child);
    if (f->why[from]) f->why[at] = f->why[from];
    for (size_t i = 0; i < f->made[from].count && weight > 0; i++) {
        LawPart part = f->made[from].items[i];
        part.weight *= weight;
        if (!VEC_PUSH(&f->made[at], part)) return NOMEM;
    }
    return OK;
}

static Status form_mix(Former *f, const Term *t, uint32_t at) {
    double sum = 0;
    for (uint32_t i = 0; i + 1 < t->n && !f->why[at]; i += 2) {
        bool constant;
        double weight;
        TRY(scalar_constant(t->kid[i + 1], &constant, &weight));
        if (!constant) f->why[at] = variables;
        else if (!(weight >= 0)) f->why[at] = "a weight is below 0";
        else TRY(take_parts(f, t->kid[i], weight, at));
        sum += weight;
    }
    if (!f->why[at] && !(fabs(sum - 1) < 1e-6)) f->why[at] = "its weights do not sum to 1";
    for (size_t i = 0; i < f->made[at].count; i++) f->made[at].items[i].weight /= sum;
    join(&f->made[at]);
    return OK;
}

static Status form_choice(Former *f, const Term *t, uint32_t at) {
    uint32_t first = t->op == TERM_IF ? 0 : t->nselect;
    bool constant = true;
    double holds = 0;
    for (uint32_t i = first; i + 1 < t->n; i += 2) {
        TRY(scalar_constant(t->kid[i], &constant, &holds));
        if (!constant || isnan(holds)) break;
        if (holds != 0) return take_parts(f, t->kid[i + 1], 1, at);
    }
    if (constant && !isnan(holds) && t->op == TERM_IF) return take_parts(f, t->kid[2], 1, at);
    f->why[at] = variables;
    return OK;
}

// --- truncation ---

static void cut_table(LawPart *part, double low, double high) {
    const double *v = part->table->values, *sums = part->table->sums;
    while (part->count && !num_at_most(low, v[part->first])) part->first++, part->count--;
    while (part->count && !num_at_most(v[part->first + part->count - 1], high)) part->count--;
    if (!part->count) return;
    size_t last = part->first + part->count - 1;
    part->low = v[part->first];
    part->high = v[last];
    part->kept = sums[last] - (part->first ? sums[part->first - 1] : 0);
}

// P(from < X <= to), accurate also when both lie far above the median.
static double between(const LawPart *part, double from, double to) {
    const DistFamily *f = part->family;
    double below = dist_cdf(f, part->params, from);
    if (below < 0.5) return dist_cdf(f, part->params, to) - below;
    return dist_survival(f, part->params, from) - dist_survival(f, part->params, to);
}

static void cut_family(LawPart *part, double low, double high) {
    bool whole = part->family->support != NULL;
    if (whole) {
        low = ceil(num_whole(low));
        high = floor(num_whole(high));
    }
    if (low > part->low) {
        part->cut = true;
        part->low = low;
        part->under = whole ? low - 1 : low;
    }
    if (high < part->high) {
        part->cut = true;
        part->high = high;
    }
    part->kept = part->low <= part->high ? between(part, part->under, part->high) : 0;
}

// Weights in proportion to what each part keeps.
static void cut_parts(Parts *p, double low, double high, const char **why) {
    double sum = 0;
    size_t left = 0;
    for (size_t i = 0; i < p->count; i++) {
        LawPart part = p->items[i];
        double before = part.kept;
        if (part.family) cut_family(&part, low, high);
        else cut_table(&part, low, high);
        part.weight *= part.kept / before;
        if ((part.family || part.count) && part.weight > 0) p->items[left++] = part;
    }
    p->count = left;
    for (size_t i = 0; i < left; i++) sum += p->items[i].weight;
    for (size_t i = 0; i < left; i++) p->items[i].weight /= sum;
    if (left == 0) *why = "no probability is left between its bounds";
    join(p);
}

static Status form_truncate(Former *f, const Term *t, uint32_t at) {
    bool low_known, high_known;
    double low, high;
    TRY(take_parts(f, t->kid[0], 1, at));
    TRY(scalar_constant(t->kid[1], &low_known, &low));
    TRY(scalar_constant(t->kid[2], &high_known, &high));
    if (!low_known || !high_known) f->why[at] = variables;
    else if (!(low <= high)) f->why[at] = "its bounds leave nothing between them";
    if (!f->why[at]) cut_parts(&f->made[at], low, high, &f->why[at]);
    return OK;
}

// --- the whole ---

static bool law_spine(const Term *t, uint32_t i) {
    return (t->op == TERM_TRUNCATE && i == 0) || dist_spine(t, i);
}

static Status form_one(Former *f, uint32_t at) {
    const Term *t = f->order.items[at];
    switch ((TermOp)t->op) {
    case TERM_DIST: return form_family(f, t, at);
    case TERM_MAP: return form_map(f, t, at);
    case TERM_EMPIRICAL: return form_empirical(f, t, at);
    case TERM_MIX: return form_mix(f, t, at);
    case TERM_IF:
    case TERM_CASE: return form_choice(f, t, at);
    case TERM_TRUNCATE: return form_truncate(f, t, at);
    default: f->why[at] = "it is no distribution"; return OK;
    }
}

static Status form_all(Former *f, const Term *dist) {
    TRY(term_order_some(dist, law_spine, &f->order));
    f->made = (Parts *)mem_new(f->order.count, sizeof *f->made);
    f->why = MEM_NEW(const char *, f->order.count);
    if (!f->made || !f->why) return NOMEM;
    for (uint32_t i = 0; i < f->order.count; i++) TRY(form_one(f, i));
    return OK;
}

Status law_init(const Term *dist, LawForm *out, const char **why) {
    Former f = {.form = out};
    *out = (LawForm){0};
    *why = NULL;
    Status status = form_all(&f, dist);
    size_t last = f.order.count ? f.order.count - 1 : 0;
    if (status == OK) *why = f.why[last];
    if (status == OK && !*why) {
        out->items = f.made[last].items;
        out->count = f.made[last].count;
        out->room = f.made[last].room;
        f.made[last] = (Parts){0};
    }
    for (size_t i = 0; f.made && i < f.order.count; i++) VEC_FREE(&f.made[i]);
    mem_free(f.made);
    mem_free(f.why);
    term_order_free(&f.order);
    if (status != OK || *why) law_free(out);
    return status;
}

void law_free(LawForm *l) {
    while (l->tables) {
        LawTable *t = l->tables;
        l->tables = t->next;
        mem_free(t->values);
        mem_free(t->probs);
        mem_free(t->sums);
        mem_free(t);
    }
    VEC_FREE(l);
    *l = (LawForm){0};
}

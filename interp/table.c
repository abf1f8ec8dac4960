// Table: arithmetic on answers that are tables.
#include "interp/table.h"

#include <math.h>
#include <string.h>

#include "interp/diag.h"
#include "runtime/base/mem.h"

bool table_is(Value v) {
    return v.tag == VALUE_ANSWER && value_answer_of(v)->kind == ANSWER_TABLE;
}

static char *copy_text(const char *text) {
    size_t len = strlen(text);
    char *copy = mem_new(len + 1, 1);
    if (copy) memcpy(copy, text, len + 1);
    return copy;
}

bool table_copy_axis(const AnswerAxis *from, AnswerAxis *to) {
    *to = *from;
    to->domain = from->domain ? domain_keep(from->domain) : NULL;
    if (!from->labels) return true;
    to->labels = MEM_NEW(char *, from->count);
    bool ok = to->labels != NULL;
    for (uint32_t i = 0; ok && i < from->count; i++)
        ok = (to->labels[i] = copy_text(from->labels[i])) != NULL;
    return ok;
}

static const AnswerAxis *find_axis(const Answer *a, Sym name) {
    for (uint32_t i = 0; i < a->naxes; i++)
        if (a->axes[i].name == name) return &a->axes[i];
    return NULL;
}

static bool same_levels(const AnswerAxis *a, const AnswerAxis *b) {
    if (a->count != b->count) return false;
    if (!a->labels != !b->labels) return false;
    for (uint32_t i = 0; a->labels && i < a->count; i++)
        if (strcmp(a->labels[i], b->labels[i]) != 0) return false;
    return a->labels || domain_equal(a->domain, b->domain);
}

static bool add_axes(Answer *out, const Answer *from, Trouble *t) {
    for (uint32_t i = 0; i < from->naxes; i++) {
        const AnswerAxis *axis = &from->axes[i], *have = find_axis(out, axis->name);
        if (have && !same_levels(have, axis))
            return trouble(t, DIAG_TABLE_AXES, "the tables disagree about the levels of %s",
                           axis->name->text);
        if (!have && !table_copy_axis(axis, &out->axes[out->naxes++])) return trouble_memory(t);
    }
    return true;
}

// The step in `of`'s cells when axis `axis` of the result moves by one; 0 when it has none such.
static size_t stride_of(const Answer *of, Sym axis) {
    size_t stride = 1;
    for (uint32_t i = of->naxes; i-- > 0; stride *= of->axes[i].count)
        if (of->axes[i].name == axis) return stride;
    return 0;
}

typedef struct Walk {
    const double *cells; // NULL: the constant
    double constant;
    const double *influence; // REAL_BATCHES for each cell; NULL: exact
    size_t *strides;
    size_t at;
} Walk;

static bool walk_init(Walk *w, Value v, const Answer *out) {
    *w = (Walk){0};
    if (v.tag == VALUE_ESTIMATE) w->influence = value_answer_of(v)->influence;
    if (!table_is(v)) return value_as_number(v, &w->constant);
    const Answer *a = value_answer_of(v);
    w->cells = a->cells;
    w->influence = a->influence;
    w->strides = MEM_NEW(size_t, out->naxes);
    for (uint32_t i = 0; w->strides && i < out->naxes; i++)
        w->strides[i] = stride_of(a, out->axes[i].name);
    return w->strides != NULL;
}

static double walk_get(const Walk *w) {
    return w->cells ? w->cells[w->at] : w->constant;
}

static void walk_move(Walk *w, uint32_t axis, uint32_t back) {
    if (!w->cells) return;
    w->at += w->strides[axis];
    w->at -= w->strides[axis] * back;
}

// Advances a mixed-radix counter and both walks.
static void step(const Answer *out, uint32_t *at, Walk *a, Walk *b) {
    for (uint32_t i = out->naxes; i-- > 0;) {
        bool wraps = ++at[i] == out->axes[i].count;
        uint32_t back = wraps ? out->axes[i].count : 0;
        walk_move(a, i, back);
        walk_move(b, i, back);
        if (!wraps) return;
        at[i] = 0;
    }
}

bool table_or_estimate(Value v) {
    return table_is(v) || v.tag == VALUE_ESTIMATE;
}

static const Answer *sampled_of(Value v) {
    return table_or_estimate(v) && value_answer_of(v)->sampled ? value_answer_of(v) : NULL;
}

// How the result was sampled: as the arguments were.
static void describe(Answer *out, const Answer *a, const Answer *b) {
    const Answer *first = a ? a : b;
    out->sampled = true;
    out->unmet = (a && a->unmet) || (b && b->unmet);
    out->alike = (a && a->alike) || (b && b->alike);
    out->method = first->method;
    out->seed = first->seed;
    out->draws = a && b && b->draws > a->draws ? b->draws : first->draws;
    out->ess = a && b ? fmin(a->ess, b->ess) : first->ess;
}

static bool new_cells(Answer *out, Value a, Value b, bool smooth) {
    size_t cells = 1;
    for (uint32_t i = 0; i < out->naxes; i++)
        if (__builtin_mul_overflow(cells, (size_t)out->axes[i].count, &cells)) return false;
    out->cells = MEM_NEW(double, cells);
    out->ncells = cells;
    if (!out->cells || !smooth || !(sampled_of(a) || sampled_of(b))) return out->cells;
    if (cells > SIZE_MAX / REAL_BATCHES) return false;
    describe(out, sampled_of(a), sampled_of(b));
    out->se = MEM_NEW(double, cells);
    out->influence = MEM_NEW(double, cells * REAL_BATCHES);
    return out->se && out->influence;
}

static bool new_result(Value a, Value b, bool smooth, Answer *out, Trouble *t) {
    uint32_t most = (table_is(a) ? value_answer_of(a)->naxes : 0) +
                    (table_is(b) ? value_answer_of(b)->naxes : 0);
    const Answer *first = value_answer_of(table_or_estimate(a) ? a : b);
    *out = (Answer){.kind = ANSWER_TABLE, .method = first->method, .rung = first->rung};
    out->axes = MEM_NEW(AnswerAxis, most);
    if (!out->axes) return trouble_memory(t);
    if (table_is(a) && !add_axes(out, value_answer_of(a), t)) return false;
    if (table_is(b) && !add_axes(out, value_answer_of(b), t)) return false;
    return new_cells(out, a, b, smooth) || trouble_memory(t);
}

static void add_influence(const Walk *w, double slope, double *out) {
    const double *from = w->influence ? w->influence + w->at * REAL_BATCHES : NULL;
    for (size_t k = 0; from && k < REAL_BATCHES; k++) out[k] += slope * from[k];
}

// The error of cell i from those of its arguments.
static void carry(Answer *out, size_t i, const Walk *x, const Walk *y, const CellFunction *f) {
    double slopes[2], sum = 0, *influence = out->influence + i * REAL_BATCHES;
    f->slopes(f->user, walk_get(x), walk_get(y), slopes);
    add_influence(x, slopes[0], influence);
    add_influence(y, slopes[1], influence);
    for (size_t k = 0; k < REAL_BATCHES; k++) sum += influence[k] * influence[k];
    out->se[i] = sqrt(sum / ((double)REAL_BATCHES * (REAL_BATCHES - 1)));
}

static bool fill(Answer *out, Value a, Value b, const CellFunction *f) {
    Walk x = {0}, y = {0};
    uint32_t *at = MEM_NEW(uint32_t, out->naxes);
    bool ok = at && walk_init(&x, a, out) && walk_init(&y, b, out);
    for (size_t i = 0; ok && i < out->ncells; i++) {
        double u = walk_get(&x), v = walk_get(&y);
        out->cells[i] = isnan(u) || isnan(v) ? NAN : f->f(f->user, u, v);
        if (out->sampled) carry(out, i, &x, &y, f);
        step(out, at, &x, &y);
    }
    mem_free(at);
    mem_free(x.strides);
    mem_free(y.strides);
    return ok;
}

static bool is_mixed(Value v) {
    return v.tag == VALUE_ANSWER || v.tag == VALUE_ESTIMATE ? ((AnswerObject *)v.object)->mixed
                                                            : false;
}

// A result without axes is one number.
static bool give(Answer *answer, Value a, Value b, Value *out) {
    const Answer *x = sampled_of(a), *y = sampled_of(b);
    if (!answer->naxes) {
        answer->kind = ANSWER_NUMBER;
        answer->value = answer->cells[0];
    }
    if (!value_answer(answer, out)) return false;
    if (out->tag == VALUE_ANSWER || out->tag == VALUE_ESTIMATE)
        ((AnswerObject *)out->object)->mixed =
            is_mixed(a) || is_mixed(b) || (x && y && x->seed != y->seed);
    return true;
}

bool table_combine(Value a, Value b, const CellFunction *f, Value *out, Trouble *t) {
    Answer answer;
    bool ok = new_result(a, b, f->slopes != NULL, &answer, t) &&
              ((fill(&answer, a, b, f) && give(&answer, a, b, out)) || trouble_memory(t));
    if (!ok) answer_free(&answer);
    return ok;
}

bool table_cell(Value table, size_t i, Value *out) {
    const Answer *a = value_answer_of(table);
    if (!a->sampled) return *out = value_number(a->cells[i]), true;
    Answer one = {.kind = ANSWER_NUMBER, .value = a->cells[i], .method = a->method,
                  .rung = a->rung, .sampled = true, .unmet = a->unmet, .alike = a->alike,
                  .ess = a->ess, .draws = a->draws, .seed = a->seed, .se = MEM_NEW(double, 1),
                  .influence = MEM_NEW(double, REAL_BATCHES)};
    bool ok = one.se && one.influence;
    if (ok) {
        one.se[0] = a->se[i];
        memcpy(one.influence, a->influence + i * REAL_BATCHES, REAL_BATCHES * sizeof(double));
        ok = value_answer(&one, out);
    }
    if (ok) ((AnswerObject *)out->object)->mixed = is_mixed(table);
    else answer_free(&one);
    return ok;
}

// --- tables inside terms --------------------------------------------------------------------

Term *table_level_term(const Domain *d, uint32_t i, uint32_t origin) {
    if (d->kind == DOMAIN_BOOL) return term_bool(i == 1, origin);
    if (d->numeric) return term_number(domain_number(d, i), origin);
    return term_level(d->levels[i].name, origin);
}

bool table_level_value(const Domain *d, uint32_t i, Value *out) {
    return value_term(table_level_term(d, i, 0), out);
}

bool table_check_exact(const Answer *a, Trouble *t) {
    if (!a->sampled) return true;
    trouble(t, DIAG_KIND, "a sampled table cannot stand inside a quantity");
    return trouble_hint(t, "value(x) is the table alone, without its errors");
}

static bool can_stand_inside(const Answer *a, Trouble *t) {
    for (uint32_t i = 0; i < a->naxes; i++)
        if (a->axes[i].labels)
            return trouble(t, DIAG_TABLE_USE, "a table over the policies for %s cannot stand "
                           "inside another question", a->axes[i].name->text);
    return table_check_exact(a, t);
}

// A LOOKUP of `cells` over the axes of `a` other than `without` (naxes: none left out).
static Term *lookup_of(const Answer *a, uint32_t without, const double *cells, uint32_t origin) {
    Domain **domains = MEM_NEW(Domain *, a->naxes);
    Term **vars = MEM_NEW(Term *, a->naxes);
    uint32_t n = 0;
    for (uint32_t i = 0; domains && vars && i < a->naxes; i++) {
        if (i == without) continue;
        domains[n] = a->axes[i].domain;
        vars[n++] = term_var(a->axes[i].name, NULL, origin);
    }
    Term *lookup = NULL;
    if (domains && vars)
        lookup = term_lookup(term_table_new(domains, n, cells), vars, n, origin);
    mem_free(domains);
    mem_free(vars);
    return lookup;
}

bool table_lookup(Value v, uint32_t origin, Term **out, Trouble *t) {
    const Answer *a = value_answer_of(v);
    if (!can_stand_inside(a, t)) return false;
    *out = lookup_of(a, a->naxes, a->cells, origin);
    return *out ? true : trouble_memory(t);
}

static bool copy_axes(const Answer *from, Answer *to) {
    to->axes = MEM_NEW(AnswerAxis, from->naxes);
    for (uint32_t i = 0; to->axes && i < from->naxes; i++, to->naxes++)
        if (!table_copy_axis(&from->axes[i], &to->axes[i])) return false;
    return to->axes;
}

bool table_part(Value table, bool errors, Value *out) {
    const Answer *a = value_answer_of(table);
    Answer part = {.kind = ANSWER_TABLE, .method = a->method, .rung = a->rung,
                   .cells = MEM_NEW(double, a->ncells), .ncells = a->ncells};
    const double *cells = errors ? a->se : a->cells;
    if (part.cells && cells) memcpy(part.cells, cells, a->ncells * sizeof *cells);
    if (part.cells && copy_axes(a, &part) && value_answer(&part, out)) return true;
    answer_free(&part);
    return false;
}

// The cells of `a` where axis `axis` is at `level`, in the order of the other axes.
static double *slice(const Answer *a, uint32_t axis, uint32_t level) {
    size_t inner = 1, n = a->ncells / a->axes[axis].count;
    for (uint32_t i = axis + 1; i < a->naxes; i++) inner *= a->axes[i].count;
    double *cells = MEM_NEW(double, n);
    for (size_t i = 0; cells && i < n; i++)
        cells[i] = a->cells[(i / inner * a->axes[axis].count + level) * inner + i % inner];
    return cells;
}

static Term *weight_of(const Answer *a, uint32_t axis, uint32_t level, uint32_t origin) {
    if (a->naxes == 1) return term_number(a->cells[level], origin);
    double *cells = slice(a, axis, level);
    Term *weight = cells ? lookup_of(a, axis, cells, origin) : NULL;
    mem_free(cells);
    return weight;
}

bool table_distribution(Value v, uint32_t origin, Term **out, Trouble *t) {
    const Answer *a = value_answer_of(v);
    uint32_t axis = a->naxes, events = 0;
    for (uint32_t i = 0; i < a->naxes; i++)
        if (!a->axes[i].given && !a->axes[i].in_do && !a->axes[i].labels) axis = i, events++;
    if (events != 1)
        return trouble(t, DIAG_TABLE_USE, "a distribution needs a table with exactly one free "
                       "event, such as P(Size)");
    if (!can_stand_inside(a, t)) return false;
    uint32_t count = a->axes[axis].count;
    Term **kids = MEM_NEW(Term *, (size_t)count * 2);
    for (uint32_t i = 0; kids && i < count; i++) {
        kids[2 * (size_t)i] = table_level_term(a->axes[axis].domain, i, origin);
        kids[2 * (size_t)i + 1] = weight_of(a, axis, i, origin);
    }
    *out = kids ? term_many(TERM_MAP, kids, count * 2, origin) : NULL;
    mem_free(kids);
    return *out ? true : trouble_memory(t);
}

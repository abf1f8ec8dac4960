// Undefined: why an answer is no number.
#include "runtime/infer/ask_undefined.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "runtime/model/math.h"
#include "runtime/model/term_order.h"

// Expressions may be huge; a reason is looked for among their first parts.
enum { MOST_VISITED = 4096, MOST_ASKED = 64 };

typedef enum Blame {
    BLAME_NONE,
    BLAME_HOLE,     // it has no value
    BLAME_OVERFLOW, // its value is too large for a number
    BLAME_INFINITE, // its value is infinite
} Blame;

typedef struct Search {
    const AskCall *call;
    const Model *m;
    const Question *q;
    bool undefined; // the answer is no number, rather than an infinite one
    bool lacks; // nothing else than a missing value makes such an answer undefined
    uint32_t visited, asked;
    const Term *culprit; // borrowed
    Term *where;         // of a hole; owned
    Blame blame;
} Search;

// --- where operations have no value ---------------------------------------------------------

static Term *against(TermOp op, const Term *t, double bound) {
    return term_binary(op, term_keep(t), term_number(bound, t->origin), t->origin);
}

static Term *absolute(const Term *t) {
    Term *kid = term_keep(t);
    return term_call(math_find("abs"), &kid, 1, t->origin);
}

static Term *broken(const Term *t) {
    Term *kid = term_keep(t);
    Term *whole = term_call(math_find("floor"), &kid, 1, t->origin);
    return term_binary(TERM_NE, term_keep(t), whole, t->origin);
}

static Term *both(Term *a, Term *b) {
    return term_binary(TERM_AND, a, b, 0);
}

static Term *either(Term *a, Term *b) {
    return term_binary(TERM_OR, a, b, 0);
}

// These answer the event that an operation has no value although its operands have; without
// memory NULL. Where it always has one `*always` is set, and NULL answered.
static Term *power_hole(const Term *base, const Term *exponent, bool *always) {
    bool whole = exponent->op == TERM_NUMBER && exponent->number == floor(exponent->number);
    bool positive = base->op == TERM_NUMBER && base->number > 0;
    *always = positive || (whole && exponent->number >= 0);
    if (*always) return NULL;
    if (base->op == TERM_NUMBER)
        return base->number < 0 ? broken(exponent) : against(TERM_LT, exponent, 0);
    if (whole) return against(TERM_EQ, base, 0);
    if (exponent->op == TERM_NUMBER)
        return against(exponent->number < 0 ? TERM_LE : TERM_LT, base, 0);
    return either(both(against(TERM_LT, base, 0), broken(exponent)),
                  both(against(TERM_EQ, base, 0), against(TERM_LT, exponent, 0)));
}

static Term *call_hole(const char *name, Term *const *kid, bool *always) {
    static const struct {
        const char *name;
        TermOp op;
        double bound;
    } holes[] = {{"log", TERM_LT, 0},  {"log2", TERM_LT, 0},   {"log10", TERM_LT, 0},
                 {"sqrt", TERM_LT, 0}, {"log1p", TERM_LT, -1}};
    for (size_t i = 0; i < sizeof holes / sizeof *holes; i++)
        if (strcmp(name, holes[i].name) == 0)
            return against(holes[i].op, kid[0], holes[i].bound);
    if (strcmp(name, "asin") == 0 || strcmp(name, "acos") == 0)
        return term_binary(TERM_GT, absolute(kid[0]), term_number(1, 0), 0);
    if (strcmp(name, "logit") == 0)
        return either(against(TERM_LT, kid[0], 0), against(TERM_GT, kid[0], 1));
    if (strcmp(name, "factorial") == 0)
        return either(against(TERM_LT, kid[0], 0), broken(kid[0]));
    if (strcmp(name, "pow") == 0) return power_hole(kid[0], kid[1], always);
    *always = true;
    return NULL;
}

static Term *hole(const Term *t, bool *always) {
    *always = false;
    if (t->op == TERM_DIV || t->op == TERM_MOD) return against(TERM_EQ, t->kid[1], 0);
    if (t->op == TERM_POW) return power_hole(t->kid[0], t->kid[1], always);
    if (t->op == TERM_CALL) return call_hole(t->function->name, t->kid, always);
    *always = true;
    return NULL;
}

static bool computes(const Term *t) {
    return t->op == TERM_CALL || t->op == TERM_VAR || (t->op >= TERM_ADD && t->op <= TERM_POW);
}

// --- asking ---------------------------------------------------------------------------------

static Status put(const Search *s, AskHead head, Term *const *args, uint32_t nargs,
                  double *out) {
    Question q = *s->q;
    q.head = head;
    q.args = args;
    q.nargs = q.nfirst = nargs;
    Faults faults = {0};
    Answer a = {0};
    *out = NAN;
    AskCall call = {.engine = s->call->engine, .method = s->call->method, .ctl = s->call->ctl,
                    .faults = &faults, .inner = true};
    Status st = ask_run(&call, s->m, &q, &a);
    fault_free(&faults);
    if (st == OK && a.kind == ANSWER_NUMBER) *out = a.value;
    answer_free(&a);
    return st == FAULT ? OK : st;
}

// Whether the event, under `guard` (NULL: always), is more probable than `least`.
static Status possible(Search *s, Term *event, const Term *guard, double least, bool *out) {
    *out = false;
    if (!event) return NOMEM;
    Term *all = guard ? both(term_keep(guard), term_keep(event)) : term_keep(event);
    double p = NAN;
    Status st = all ? OK : NOMEM;
    if (st == OK && s->asked++ < MOST_ASKED) st = put(s, ASK_P, &all, 1, &p);
    term_drop(all);
    *out = p > least;
    return st;
}

static Term *beyond_numbers(const Term *t) {
    return term_binary(TERM_GT, absolute(t), term_number(DBL_MAX, 0), 0);
}

static bool has_pole(const Term *t) {
    return t->op == TERM_CALL && math_has_pole(t->function);
}

static Status judge(Search *s, const Term *t, const Term *guard) {
    bool found = false, always;
    Term *where = hole(t, &always);
    Status st = always ? OK : possible(s, where, guard, 0, &found);
    if (found) {
        s->blame = BLAME_HOLE;
        s->culprit = t;
        s->where = where;
        return st;
    }
    term_drop(where);
    if (st != OK || !computes(t)) return st;
    where = beyond_numbers(t);
    // The tails of a law reach beyond all numbers, but with no probability to speak of.
    st = possible(s, where, guard, t->op == TERM_VAR ? 1e-12 : 0, &found);
    term_drop(where);
    if (found) s->blame = has_pole(t) ? BLAME_INFINITE : BLAME_OVERFLOW;
    if (found) s->culprit = t;
    return st;
}

static Status search(Search *s, const Term *t, const Term *guard);

// One side of an if: what stands there is read only where the condition says so.
static Status side(Search *s, const Term *t, bool yes, const Term *guard) {
    Term *here = term_keep(t->kid[0]);
    if (!yes) here = term_unary(TERM_NOT, here, 0);
    if (guard) here = both(term_keep(guard), here);
    Status st = here ? search(s, t->kid[yes ? 1 : 2], here) : NOMEM;
    term_drop(here);
    return st;
}

// The rows of a case are tried in order.
static Status rows(Search *s, const Term *t, const Term *guard) {
    Term *left = guard ? term_keep(guard) : term_bool(true, 0);
    Status st = left ? OK : NOMEM;
    for (uint32_t i = t->nselect; st == OK && i + 1 < t->n; i += 2) {
        Term *here = both(term_keep(left), term_keep(t->kid[i]));
        st = here ? search(s, t->kid[i + 1], here) : NOMEM;
        term_drop(here);
        left = both(left, term_unary(TERM_NOT, term_keep(t->kid[i]), 0));
        if (!left) st = NOMEM;
    }
    term_drop(left);
    return st;
}

static Status search(Search *s, const Term *t, const Term *guard) {
    if (s->blame != BLAME_NONE || s->visited++ >= MOST_VISITED) return OK;
    uint32_t n = t->op == TERM_IF ? 1u : t->op == TERM_CASE ? t->nselect : t->n;
    for (uint32_t i = 0; i < n; i++) TRY(search(s, t->kid[i], guard));
    if (t->op == TERM_IF) {
        TRY(side(s, t, true, guard));
        TRY(side(s, t, false, guard));
    }
    if (t->op == TERM_CASE) TRY(rows(s, t, guard));
    return s->blame == BLAME_NONE ? judge(s, t, guard) : OK;
}

// --- reasons --------------------------------------------------------------------------------

static void add_hole(const Term *t, const Term *where, Str *out) {
    term_add_brief(t, out);
    str_add(out, " has no value where ");
    term_add_brief(where, out);
}

static void add_beyond(const Term *t, Str *out) {
    term_add_brief(t, out);
    str_add(out, has_pole(t)           ? " is infinite"
                 : t->op == TERM_VAR ? " is too large for a number, or infinite"
                                     : " is too large for a number");
}

static bool is_moment(AskHead head) {
    return head == ASK_E || head == ASK_VAR || head == ASK_SD || head == ASK_COV;
}

// The same of the quantities made very small: a number where overflow alone was in the way.
static Status shrunk(const Search *s, double *out) {
    Term *args[2] = {NULL, NULL};
    uint32_t n = s->q->nargs;
    Status st = OK;
    for (uint32_t i = 0; i < n && st == OK; i++) {
        args[i] = term_binary(TERM_MUL, term_keep(s->q->args[i]), term_number(0x1p-600, 0), 0);
        if (!args[i]) st = NOMEM;
    }
    if (st == OK) st = put(s, s->q->head, args, n, out);
    for (uint32_t i = 0; i < n; i++) term_drop(args[i]);
    return st;
}

// What does not vary has no correlation, and no slope; nor have predictors a slope that are
// linear functions of each other.
static Status no_spread(const Search *s, uint32_t from, Str *out) {
    bool finite = true;
    for (uint32_t i = from; i < s->q->nargs; i++) {
        double variance;
        TRY(put(s, ASK_VAR, &s->q->args[i], 1, &variance));
        finite = finite && isfinite(variance);
        if (variance != 0) continue;
        term_add_brief(s->q->args[i], out);
        str_add(out, " does not vary");
        return OK;
    }
    if (finite && s->q->head == ASK_SLOPE)
        str_add(out, "what it is predicted from are linear functions of each other");
    return OK;
}

// A quantity that has values, as its median tells, may have no moment.
static Status no_moment(const Search *s, Str *out) {
    static const char *const names[] = {
        [ASK_E] = "mean", [ASK_VAR] = "variance", [ASK_SD] = "standard deviation"};
    Term *args[2] = {s->q->args[0], term_number(0.5, 0)};
    double median;
    if (!args[1]) return NOMEM;
    Status st = put(s, ASK_QUANTILE, args, 2, &median);
    term_drop(args[1]);
    if (st != OK || !isfinite(median)) return st;
    term_add_brief(s->q->args[0], out);
    str_printf(out, " has no %s: its tails are too heavy", names[s->q->head]);
    return OK;
}

// Nothing in the quantities is to blame: the number itself is not there.
static Status whole(const Search *s, Str *out) {
    double small = NAN;
    AskHead head = s->q->head;
    if (is_moment(head) || head == ASK_COR) TRY(shrunk(s, &small));
    if (isfinite(small) && small != 0)
        str_add(out, head == ASK_COR ? "its variances are too large for numbers"
                                     : "it is too large for a number");
    else if (head == ASK_COR)
        return no_spread(s, 0, out);
    else if (head == ASK_SLOPE)
        return no_spread(s, 1, out);
    else if (head == ASK_E || head == ASK_VAR || head == ASK_SD)
        return no_moment(s, out);
    return OK;
}

static Status explain(Search *s, Str *out) {
    for (uint32_t i = 0; i < s->q->nargs; i++) TRY(search(s, s->q->args[i], NULL));
    if (s->blame == BLAME_HOLE) add_hole(s->culprit, s->where, out);
    if (s->blame == BLAME_OVERFLOW || (s->blame == BLAME_INFINITE && s->undefined))
        add_beyond(s->culprit, out);
    if (s->blame == BLAME_NONE) TRY(whole(s, out));
    // Draws, and the values that entropy is taken of, come out so for no other reason.
    if (!out->len && s->blame == BLAME_NONE && s->lacks)
        str_add(out, "what it depends on has no value in some cases");
    return OK;
}

Status ask_undefined(const AskCall *call, const Model *m, const Question *q, Answer *out) {
    bool infinite = out->kind == ANSWER_NUMBER && isinf(out->value) && is_moment(q->head);
    if (out->kind != ANSWER_UNDEFINED && !infinite) return OK;
    Search s = {.call = call, .m = m, .q = q, .undefined = !infinite};
    s.lacks = out->sampled || q->head == ASK_H || q->head == ASK_I;
    Str why = {0};
    Status st = explain(&s, &why);
    term_drop(s.where);
    if (st == OK && why.failed) st = NOMEM;
    if (st == OK && infinite && s.blame != BLAME_INFINITE) out->kind = ANSWER_UNDEFINED;
    if (st == OK && why.len && !(out->why = str_take(&why))) st = NOMEM;
    str_free(&why);
    return st;
}

// Whether the event happens for some values of its variables, when these are few enough.
static Status somewhere(AskScene *s, const Term *event, bool *out) {
    enum { MOST_CELLS = 1 << 20 };
    AskQuantity quantity;
    Faults faults = {0}, *kept = s->call->faults;
    *out = false;
    s->call->faults = &faults;
    Status st = ask_quantity_new(s, event, false, &quantity);
    if (st == OK && quantity.size <= MOST_CELLS) st = ask_quantity_table(s, &quantity);
    for (size_t i = 0; st == OK && quantity.values && i < quantity.size; i++)
        *out |= quantity.values[i] == 1;
    if (st == OK) ask_quantity_free(&quantity);
    s->call->faults = kept;
    fault_free(&faults);
    return st == FAULT ? OK : st;
}

// Looks for a part that has no value somewhere, or for one that is beyond all numbers there.
static Status blame_part(AskScene *s, const TermOrder *order, bool beyond, Str *out) {
    bool found = false;
    for (size_t i = 0; !found && i < order->count && i < MOST_VISITED; i++) {
        const Term *t = order->items[i];
        bool always = !computes(t);
        Term *where = !beyond ? hole(t, &always) : always ? NULL : beyond_numbers(t);
        Status st = OK;
        if (!always) st = where ? somewhere(s, where, &found) : NOMEM;
        if (found && beyond) add_beyond(t, out);
        if (found && !beyond) add_hole(t, where, out);
        term_drop(where);
        TRY(st);
    }
    return OK;
}

Status ask_undefined_part(AskScene *s, const Term *t, Str *out) {
    TermOrder order = {0};
    Status st = term_order(t, &order);
    if (st == OK) st = blame_part(s, &order, false, out);
    if (st == OK && !out->len) st = blame_part(s, &order, true, out);
    term_order_free(&order);
    return st;
}

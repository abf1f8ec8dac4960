// Sums: partial sums as variables of an extended model.
#include "runtime/infer/ask_sum.h"

#include <math.h>

#include "runtime/infer/ask_head.h"
#include "runtime/model/term_order.h"

// Below this many joint values a table of the whole is quick; a term, and all steps together,
// may have so many.
#define SUM_SMALL 0x1p14
#define SUM_TERM 4096
#define SUM_STEPS 0x1p25

typedef struct Rewriter {
    AskCall *call;
    const Model *m;
    ModelBuilder *b; // made with the first sum
    uint32_t made;   // variables so far
    AskSums *out;
} Rewriter;

// The whole numbers low..high that a piece can be.
typedef struct Range {
    double low, high, cells;
} Range;

// --- which sums -----------------------------------------------------------------------------

typedef struct Size {
    const Model *m;
    double cells;
} Size;

static bool add_mention(void *user, Sym name, const Term *at) {
    (void)at;
    Size *size = user;
    uint32_t var = model_find(size->m, name);
    bool finite = var != MODEL_NONE && domain_finite(size->m->vars[var]->domain);
    size->cells = finite ? size->cells * ask_card(size->m, var) : 0;
    return finite;
}

// The joint values of a term's variables; 0 when they are not all finite.
static Status find_size(const Model *m, const Term *t, double *cells) {
    Size size = {m, 1};
    bool all = term_variables(t, false, add_mention, &size);
    *cells = size.cells;
    return all || size.cells == 0 ? OK : NOMEM;
}

static bool is_sum(const Term *t) {
    if (t->op == TERM_MUL) return t->kid[0]->op == TERM_NUMBER || t->kid[1]->op == TERM_NUMBER;
    return t->op == TERM_ADD || t->op == TERM_SUB || t->op == TERM_NEG;
}

static void widen(Range *range, double value, bool *whole) {
    *whole = *whole && value == floor(value) && fabs(value) < 0x1p31;
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
}

// The range of coef * atom; *whole tells whether all its values are whole numbers.
static Status find_range(Rewriter *r, const AskPiece *p, Range *range, bool *whole) {
    *range = (Range){INFINITY, -INFINITY, 0};
    TRY(find_size(r->m, p->atom, &range->cells));
    *whole = range->cells > 0 && range->cells <= SUM_TERM;
    if (!*whole) return OK;
    Kernel *kernel = NULL;
    Faults ignored = {0}; // the question itself will be told
    Status st = kernel_new(r->m, p->atom, &kernel, &ignored);
    fault_free(&ignored);
    *whole = st == OK && kernel_kind(kernel) != VALUE_LEVEL_KIND;
    uint32_t n = *whole ? kernel_ninputs(kernel) : 0;
    double *values = MEM_NEW(double, (size_t)range->cells);
    uint32_t *vars = MEM_NEW(uint32_t, n);
    if (!values || !vars) st = NOMEM;
    for (uint32_t i = 0; vars && i < n; i++) vars[i] = kernel_input(kernel, i);
    if (st == OK && *whole) st = kernel_tabulate(kernel, r->m, vars, n, r->call->ctl, values);
    for (size_t i = 0; st == OK && *whole && i < (size_t)range->cells; i++)
        widen(range, p->coef * values[i], whole);
    kernel_free(kernel);
    mem_free(values);
    mem_free(vars);
    return st == FAULT ? OK : st;
}

// Finds the ranges of all pieces and what the chain would cost; *fits tells whether it can be
// built.
static Status plan(Rewriter *r, const AskLinear *sum, Range *ranges, bool *fits) {
    double low = 0, high = 0, cells = 0;
    *fits = sum->pieces.count >= 3;
    for (size_t i = 0; *fits && i < sum->pieces.count; i++) {
        TRY(find_range(r, &sum->pieces.items[i], &ranges[i], fits));
        double before = high - low + 1;
        low += ranges[i].low;
        high += ranges[i].high;
        cells += before * ranges[i].cells * (high - low + 1);
        *fits = *fits && cells <= SUM_STEPS;
    }
    return OK;
}

// --- the chain ------------------------------------------------------------------------------

static Status keep(Rewriter *r, Term *t, const Term **out) {
    *out = t;
    if (!t) return NOMEM;
    if (VEC_PUSH(&r->out->owned, t)) return OK;
    term_drop(t);
    return NOMEM;
}

static Sym name_step(const Rewriter *r) {
    Str text = {0};
    str_printf(&text, "partial sum %u", r->made);
    Sym name = text.failed ? NULL : intern_z(r->m->names, str_text(&text));
    str_free(&text);
    return name;
}

// A name that the model does not have; NULL without memory.
static Sym next_name(Rewriter *r) {
    Sym name;
    do {
        r->made++;
        name = name_step(r);
    } while (name && model_find(r->m, name) != MODEL_NONE);
    return name;
}

static Term *step_term(const AskPiece *p, Sym before) {
    Term *t = term_keep(p->atom);
    if (p->coef != 1) t = term_binary(TERM_MUL, term_number(p->coef, 0), t, 0);
    return before ? term_binary(TERM_ADD, term_var(before, NULL, 0), t, 0) : t;
}

static Status add_step(Rewriter *r, const AskPiece *p, Sym before, Sym name, double low,
                       double high) {
    Domain *domain = domain_range((int64_t)low, (int64_t)high);
    Term *t = step_term(p, before);
    VarSpec spec = {.name = name, .domain = domain};
    Status st = domain && t && name ? OK : NOMEM;
    if (st == OK) st = model_declare(r->b, &spec, r->call->faults);
    if (st == OK)
        st = model_mechanism(r->b, name, MECH_STRUCTURAL, t, false, 0, r->call->faults);
    domain_drop(domain);
    term_drop(t);
    return st;
}

static Status build_chain(Rewriter *r, const AskLinear *sum, const Range *ranges, Sym *last) {
    double low = 0, high = 0;
    if (!r->b) r->b = model_builder(r->m->names, r->m);
    if (!r->b) return NOMEM;
    *last = NULL;
    for (size_t i = 0; i < sum->pieces.count; i++) {
        low += ranges[i].low;
        high += ranges[i].high;
        Sym name = next_name(r);
        TRY(add_step(r, &sum->pieces.items[i], *last, name, low, high));
        *last = name;
    }
    return OK;
}

// The last partial sum stands for the whole. It is written as a sum still: compared with a
// number that it cannot be it is merely different, where a variable would be a mistake.
static Status build_sum(Rewriter *r, const AskLinear *sum, const Range *ranges,
                        const Term **out) {
    Sym last;
    TRY(build_chain(r, sum, ranges, &last));
    Term *t = term_var(last, NULL, 0);
    return keep(r, term_binary(TERM_ADD, t, term_number(sum->constant, 0), 0), out);
}

// A new variable for a sum that deserves one; else *out stays NULL.
static Status replace_sum(Rewriter *r, const Term *t, const Term **out) {
    AskLinear sum;
    double cells;
    *out = NULL;
    TRY(find_size(r->m, t, &cells));
    if (cells <= SUM_SMALL) return OK;
    TRY(ask_linear_split(t, &sum));
    Range *ranges = MEM_NEW(Range, sum.pieces.count);
    bool fits = false;
    Status st = ranges ? plan(r, &sum, ranges, &fits) : NOMEM;
    if (st == OK && fits) st = build_sum(r, &sum, ranges, out);
    mem_free(ranges);
    ask_linear_free(&sum);
    return st;
}

// --- terms ----------------------------------------------------------------------------------

// Marks the subterms that are wanted as a whole: the root, and what something other than a sum
// is made of.
static void mark_whole(const TermOrder *order, bool *whole) {
    whole[order->count - 1] = true;
    for (size_t i = 0; i < order->count; i++) {
        const Term *t = order->items[i];
        for (uint32_t k = 0; !is_sum(t) && k < t->n; k++)
            whole[term_order_find(order, t->kid[k])] = true;
    }
}

static Status rewrite_node(Rewriter *r, const TermOrder *order, const Term **made, size_t i,
                           bool whole) {
    const Term *t = order->items[i];
    if (whole && is_sum(t)) TRY(replace_sum(r, t, &made[i]));
    if (made[i]) return OK;
    bool same = true;
    Term **kids = MEM_NEW(Term *, t->n);
    if (!kids) return NOMEM;
    for (uint32_t k = 0; k < t->n; k++) {
        kids[k] = (Term *)(uintptr_t)made[term_order_find(order, t->kid[k])];
        same = same && kids[k] == t->kid[k];
    }
    made[i] = t;
    Status st = same ? OK : keep(r, term_with_kids(t, kids), &made[i]);
    mem_free(kids);
    return st;
}

static Status rewrite_all(Rewriter *r, const TermOrder *order, const Term **out) {
    const Term **made = MEM_NEW(const Term *, order->count);
    bool *whole = MEM_NEW(bool, order->count);
    Status st = made && whole ? OK : NOMEM;
    if (st == OK) mark_whole(order, whole);
    for (size_t i = 0; st == OK && i < order->count; i++)
        st = rewrite_node(r, order, made, i, whole[i]);
    if (st == OK) *out = made[order->count - 1];
    mem_free(made);
    mem_free(whole);
    return st;
}

static Status rewrite(Rewriter *r, const Term *t, const Term **out) {
    TermOrder order = {0};
    double cells;
    bool sums;
    *out = t;
    TRY(term_any(t, is_sum, &sums));
    if (!sums) return OK;
    TRY(find_size(r->m, t, &cells));
    if (cells <= SUM_SMALL) return OK;
    Status st = term_order(t, &order);
    if (st == OK) st = rewrite_all(r, &order, out);
    term_order_free(&order);
    return st;
}

// Moments split the sums that they are taken of.
static Status rewrite_args(Rewriter *r, const Question *q) {
    const Term **args = ARENA_ARRAY(&r->out->arena, const Term *, q->nargs);
    if (!args) return NOMEM;
    bool splits = q->head == ASK_E || q->head == ASK_VAR || q->head == ASK_SD ||
                  q->head == ASK_COV || q->head == ASK_COR;
    for (uint32_t i = 0; i < q->nargs; i++) {
        args[i] = q->args[i];
        if (!(splits && is_sum(args[i]))) TRY(rewrite(r, q->args[i], &args[i]));
    }
    r->out->q.args = (Term *const *)args;
    return OK;
}

static Status rewrite_conds(Rewriter *r, const Question *q) {
    Cond *conds = ARENA_ARRAY(&r->out->arena, Cond, q->nconds);
    if (!conds) return NOMEM;
    for (uint32_t i = 0; i < q->nconds; i++) {
        const Term *t;
        conds[i] = q->conds[i];
        if (conds[i].kind != COND_EVENT && conds[i].kind != COND_FACTOR) continue;
        TRY(rewrite(r, conds[i].term, &t));
        conds[i].term = (Term *)(uintptr_t)t;
    }
    r->out->q.conds = conds;
    return OK;
}

Status ask_sum_rewrite(AskCall *call, const Model *m, const Question *q, AskSums *out) {
    *out = (AskSums){.q = *q};
    Rewriter r = {.call = call, .m = m, .out = out};
    Status st = rewrite_args(&r, q);
    if (st == OK) st = rewrite_conds(&r, q);
    if (st == OK && r.b) {
        uint32_t normalised;
        st = model_finish(r.b, call->ctl, &out->model, &normalised, call->faults);
    }
    if (st == OK && r.b)
        st = derivation_add(call->d, "sums",
                            "%u partial sums stand for sums over many variables", r.made);
    model_builder_free(r.b);
    return st;
}

void ask_sum_free(AskSums *sums) {
    for (size_t i = 0; i < sums->owned.count; i++) term_drop(sums->owned.items[i]);
    VEC_FREE(&sums->owned);
    arena_free(&sums->arena);
    model_drop(sums->model);
}

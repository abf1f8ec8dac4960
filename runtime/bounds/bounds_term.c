// Bounds_term: objectives and assumptions written as terms over questions.
#include "runtime/bounds/bounds_term.h"

#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/base/vec.h"
#include "runtime/model/math.h"

// --- questions as terms ---------------------------------------------------------------------

// The assignments of all do(...) among the conditions as one world; NULL in *out: none.
static Status set_of(const Question *q, World **out) {
    VEC(Assign) items = {0};
    bool ok = true;
    for (uint32_t i = 0; i < q->nconds; i++)
        for (uint32_t k = 0; ok && k < q->conds[i].n; k++) {
            Assign a = q->conds[i].items[k];
            term_keep(a.value);
            ok = VEC_PUSH(&items, a);
            if (!ok) term_drop(a.value);
        }
    for (size_t i = 0; !ok && i < items.count; i++) term_drop(items.items[i].value);
    if (ok && items.count) ok = (*out = world_new(items.items, (uint32_t)items.count)) != NULL;
    VEC_FREE(&items);
    return ok ? OK : NOMEM;
}

bool bounds_term_fits(const Question *q) {
    if (q->head != ASK_P && (q->head != ASK_E || q->nargs != 1)) return false;
    for (uint32_t i = 0; i < q->nconds; i++)
        if (q->conds[i].kind != COND_EVENT && q->conds[i].kind != COND_DO) return false;
    for (uint32_t i = 0; i < q->nconds; i++)
        for (uint32_t k = 0; k < q->conds[i].n; k++)
            if (q->conds[i].items[k].kind != ASSIGN_VALUE || !q->conds[i].items[k].value)
                return false;
    return true;
}

Status bounds_term_ask(const Question *q, Sym head, Term **out) {
    World *set = NULL;
    TRY(set_of(q, &set));
    Term **kids = MEM_NEW(Term *, (size_t)q->nargs + q->nconds);
    uint32_t n = 0;
    for (uint32_t i = 0; kids && i < q->nargs; i++) kids[n++] = term_keep(q->args[i]);
    for (uint32_t i = 0; kids && i < q->nconds; i++)
        if (q->conds[i].kind == COND_EVENT) kids[n++] = term_keep(q->conds[i].term);
    if (kids) *out = term_ask(head, kids, q->nargs, n, set, q->origin);
    else world_drop(set);
    bool made = kids && *out;
    mem_free(kids);
    return made ? OK : NOMEM;
}

// The question of an ASK, in the arena.
static const Question *question_of(const Term *ask, Arena *arena) {
    uint32_t events = ask->n - ask->nselect;
    bool set = ask->world && ask->world->n;
    Question *q = ARENA_NEW(arena, Question);
    Cond *conds = ARENA_ARRAY(arena, Cond, (size_t)events + set);
    if (!q || !conds) return NULL;
    for (uint32_t i = 0; i < events; i++)
        conds[i] = (Cond){.kind = COND_EVENT, .term = ask->kid[ask->nselect + i],
                          .origin = ask->origin};
    if (set)
        conds[events] = (Cond){.kind = COND_DO, .items = ask->world->items, .n = ask->world->n,
                               .origin = ask->origin};
    *q = (Question){.head = strcmp(ask->sym->text, "P") == 0 ? ASK_P : ASK_E,
                    .args = (Term *const *)ask->kid, .nargs = ask->nselect,
                    .nfirst = ask->nselect, .conds = conds, .nconds = events + set,
                    .origin = ask->origin};
    return q;
}

// --- the value of a term whose questions have values ----------------------------------------

// A sentence as a function of its questions.
typedef struct Formula {
    const Term *term;
    const Term **asks; // the distinct questions in it
    uint32_t nasks;
    bool negative; // its value times -1
} Formula;

static double evaluate(const Formula *f, const Term *t, const double *values);

static double call(const Formula *f, const Term *t, const double *values) {
    double args[MATH_MAX_ARITY];
    for (uint32_t i = 0; i < t->n; i++) args[i] = evaluate(f, t->kid[i], values);
    return t->function->one(args);
}

static double operate(TermOp op, double x, double y) {
    switch (op) {
    case TERM_ADD: return x + y;
    case TERM_SUB: return x - y;
    case TERM_MUL: return x * y;
    case TERM_DIV: return x / y;
    default: return pow(x, y);
    }
}

static double value_of_ask(const Formula *f, const Term *t, const double *values) {
    for (uint32_t i = 0; values && i < f->nasks; i++)
        if (f->asks[i] == t || term_equal(f->asks[i], t)) return values[i];
    return NAN;
}

// NaN for what has no value, and for a form that is not treated.
static double evaluate(const Formula *f, const Term *t, const double *values) {
    switch ((TermOp)t->op) {
    case TERM_NUMBER: return t->number;
    case TERM_ASK: return value_of_ask(f, t, values);
    case TERM_NEG: return -evaluate(f, t->kid[0], values);
    case TERM_CALL: return call(f, t, values);
    case TERM_ADD: case TERM_SUB: case TERM_MUL: case TERM_DIV: case TERM_POW:
        return operate((TermOp)t->op, evaluate(f, t->kid[0], values),
                       evaluate(f, t->kid[1], values));
    default: return NAN;
    }
}

// Whether every operator in the term is one that evaluate knows.
static bool treated(const Term *t) {
    bool leaf = t->op == TERM_NUMBER || t->op == TERM_ASK;
    bool known = t->op == TERM_NEG || t->op == TERM_CALL || t->op == TERM_ADD ||
                 t->op == TERM_SUB || t->op == TERM_MUL || t->op == TERM_DIV || t->op == TERM_POW;
    for (uint32_t i = 0; known && i < t->n; i++) known = treated(t->kid[i]);
    return leaf || known;
}

static bool constant(const Term *t, double *value) {
    Formula none = {0};
    if (!treated(t) || term_asks(t)) return false;
    *value = evaluate(&none, t, NULL);
    return isfinite(*value);
}

// --- linear sums ----------------------------------------------------------------------------

typedef struct Sum {
    double constant;
    VEC(BoundsPart) parts; // q is NULL in a dry run
    Arena *arena;          // NULL: only see whether it is linear
    bool failed;
} Sum;

static bool add_question(Sum *s, const Term *t, double coef) {
    if (!s->arena) return true;
    BoundsPart part = {coef, question_of(t, s->arena)};
    s->failed |= !part.q || !VEC_PUSH(&s->parts, part);
    return true;
}

// Adds coef * t. False: not linear.
static bool add_term(Sum *s, const Term *t, double coef) {
    double c;
    if (constant(t, &c)) return s->constant += coef * c, true;
    switch ((TermOp)t->op) {
    case TERM_ASK: return add_question(s, t, coef);
    case TERM_NEG: return add_term(s, t->kid[0], -coef);
    case TERM_ADD: return add_term(s, t->kid[0], coef) && add_term(s, t->kid[1], coef);
    case TERM_SUB: return add_term(s, t->kid[0], coef) && add_term(s, t->kid[1], -coef);
    case TERM_MUL:
        if (constant(t->kid[0], &c)) return add_term(s, t->kid[1], coef * c);
        return constant(t->kid[1], &c) && add_term(s, t->kid[0], coef * c);
    case TERM_DIV: return constant(t->kid[1], &c) && c != 0 && add_term(s, t->kid[0], coef / c);
    default: return false;
    }
}

static bool is_linear(const Term *t) {
    Sum s = {0};
    return add_term(&s, t, 1);
}

// Adds a linear term to a sum, whose parts come to lie in the arena. OK or NOMEM.
static Status sum_of(const Term *t, const Term *less, double factor, Arena *arena,
                     BoundsSum *out) {
    Sum s = {.arena = arena};
    add_term(&s, t, 1);
    if (less) add_term(&s, less, -factor);
    BoundsPart *parts = ARENA_ARRAY(arena, BoundsPart, s.parts.count);
    if (parts && s.parts.count)
        memcpy(parts, s.parts.items, s.parts.count * sizeof *parts);
    *out = (BoundsSum){s.constant, parts, (uint32_t)s.parts.count};
    bool ok = parts && !s.failed;
    VEC_FREE(&s.parts);
    return ok ? OK : NOMEM;
}

// --- assumptions ----------------------------------------------------------------------------

static Status find_asks(const Term *t, Arena *arena, Formula *f) {
    if (t->op == TERM_ASK) {
        for (uint32_t i = 0; i < f->nasks; i++)
            if (term_equal(f->asks[i], t)) return OK;
        const Term **more = ARENA_ARRAY(arena, const Term *, f->nasks + 1);
        if (!more) return NOMEM;
        if (f->nasks) memcpy(more, f->asks, f->nasks * sizeof *more);
        more[f->nasks++] = t;
        f->asks = more;
        return OK;
    }
    for (uint32_t i = 0; i < t->n; i++) TRY(find_asks(t->kid[i], arena, f));
    return OK;
}

static double margin(void *user, const double *values) {
    const Formula *f = user;
    double left = evaluate(f, f->term->kid[0], values);
    double right = evaluate(f, f->term->kid[1], values);
    return f->negative ? right - left : left - right;
}

// left >= right, or with `negative` left <= right, for functions of questions.
static Status margin_of(const Term *t, bool negative, Arena *arena, BoundsAssume *out) {
    Formula *f = ARENA_NEW(arena, Formula);
    if (!f) return NOMEM;
    *f = (Formula){.term = t, .negative = negative};
    TRY(find_asks(t, arena, f));
    Question *questions = ARENA_ARRAY(arena, Question, f->nasks);
    if (!questions) return NOMEM;
    for (uint32_t i = 0; i < f->nasks; i++) {
        const Question *q = question_of(f->asks[i], arena);
        if (!q) return NOMEM;
        questions[i] = *q;
    }
    *out = (BoundsAssume){.kind = BOUNDS_MARGIN, .questions = questions, .nquestions = f->nasks,
                          .margin = margin, .user = f, .origin = t->origin};
    return OK;
}

static Status refuse(const Term *t, Faults *faults) {
    Str s = {0};
    term_add_brief(t, &s);
    Status status = fault_add(faults, FAULT_BOUNDS_ASSUME, t->origin,
                              "%s is no assumption that can be used", str_text(&s));
    str_free(&s);
    if (status != FAULT) return status;
    return fault_hint(faults, "assumptions are events of every unit, or comparisons of numbers "
                              "and questions by =, <= and >=");
}

// The assumptions of a model; which[i] is the sentence that the i-th comes from.
typedef struct Assumed {
    VEC(BoundsAssume) items;
    VEC(uint32_t) which;
} Assumed;

static Status push(Assumed *a, BoundsAssume item, uint32_t sentence) {
    return VEC_PUSH(&a->items, item) && VEC_PUSH(&a->which, sentence) ? OK : NOMEM;
}

static Status add_margin(Assumed *a, const Term *t, bool negative, uint32_t sentence,
                         Arena *arena) {
    BoundsAssume item;
    TRY(margin_of(t, negative, arena, &item));
    return push(a, item, sentence);
}

static Status add_linear(Assumed *a, const Term *t, uint32_t sentence, Arena *arena) {
    bool less = t->op == TERM_LE || t->op == TERM_LT;
    BoundsAssume item = {.kind = t->op == TERM_EQ ? BOUNDS_EQUAL : BOUNDS_AT_LEAST,
                         .origin = t->origin};
    TRY(sum_of(t->kid[less], t->kid[!less], 1, arena, &item.sum));
    return push(a, item, sentence);
}

static Status add_sentence(Assumed *a, const Model *m, uint32_t i, Arena *arena,
                           Faults *faults) {
    const Term *t = m->assumes[i];
    bool less = t->op == TERM_LE || t->op == TERM_LT, more = t->op == TERM_GE || t->op == TERM_GT;
    if (!term_asks(t))
        return push(a, (BoundsAssume){.kind = BOUNDS_UNIT, .event = t, .origin = t->origin}, i);
    if (!less && !more && t->op != TERM_EQ) return refuse(t, faults);
    if (!treated(t->kid[0]) || !treated(t->kid[1])) return refuse(t, faults);
    if (is_linear(t->kid[0]) && is_linear(t->kid[1])) return add_linear(a, t, i, arena);
    if (!less) TRY(add_margin(a, t, false, i, arena));
    return more ? OK : add_margin(a, t, true, i, arena);
}

static void assumed_free(Assumed *a) {
    VEC_FREE(&a->items);
    VEC_FREE(&a->which);
}

// --- solving --------------------------------------------------------------------------------

typedef struct Solver {
    BoundsProblem problem;
    Arena arena;
    Assumed assumed;
    const Ctl *ctl;
    Faults *faults;
} Solver;

// The bounds of top - factor * bottom (bottom NULL: of top).
static Status solve_sum(Solver *s, const Term *top, const Term *bottom, double factor,
                        Derivation *d, BoundsAnswer *out) {
    TRY(sum_of(top, bottom, factor, &s->arena, &s->problem.objective));
    return bounds_solve(&s->problem, s->ctl, d, out, s->faults);
}

// The quotient's bound on one side is the root of a function of r that falls from left to right:
// the highest (lowest) value of top - r * bottom. Regula falsi, by the Illinois rule.
typedef struct Root {
    double left, right;   // of r
    double at_left, at_right;
} Root;

#define ROOT_STEPS 200
#define ROOT_CLOSE 1e-13

// With a negative denominator both are turned around: sign -1.
static Status value_at(Solver *s, const Term *t, double r, double sign, bool high,
                       BoundsAnswer *best, double *value) {
    bounds_free(best);
    *best = (BoundsAnswer){0};
    TRY(solve_sum(s, t->kid[0], t->kid[1], r, NULL, best));
    bool upper = high == (sign > 0);
    *value = sign * (upper ? best->high : best->low);
    return OK;
}

static Status find_root(Solver *s, const Term *t, double sign, bool high, Root *root,
                        BoundsAnswer *best, double *out) {
    TRY(value_at(s, t, root->left, sign, high, best, &root->at_left));
    TRY(value_at(s, t, root->right, sign, high, best, &root->at_right));
    int side = 0;
    *out = fabs(root->at_left) < fabs(root->at_right) ? root->left : root->right;
    for (int i = 0; i < ROOT_STEPS && root->at_left > 0 && root->at_right < 0; i++) {
        double width = root->right - root->left, at;
        if (width <= ROOT_CLOSE * (1 + fabs(root->left))) break;
        *out = root->left + width * root->at_left / (root->at_left - root->at_right);
        TRY(value_at(s, t, *out, sign, high, best, &at));
        if (fabs(at) <= ROOT_CLOSE) break;
        if (at > 0) {
            root->left = *out, root->at_left = at;
            if (side == 1) root->at_right /= 2;
            side = 1;
        } else {
            root->right = *out, root->at_right = at;
            if (side == -1) root->at_left /= 2;
            side = -1;
        }
    }
    return OK;
}

static Status refuse_zero(Solver *s, const Term *t, const BoundsAnswer *bottom) {
    Str text = {0};
    term_add_brief(t->kid[1], &text);
    Status status = fault_add(s->faults, FAULT_BOUNDS_FORM, t->origin,
                              "%s may be 0: it lies between %.6g and %.6g", str_text(&text),
                              bottom->low, bottom->high);
    str_free(&text);
    return status;
}

// With both ends known, no quotient lies outside of those of the ends.
static void bracket(const BoundsAnswer *top, const BoundsAnswer *bottom, Root *root) {
    double ends[4] = {top->low / bottom->low, top->low / bottom->high, top->high / bottom->low,
                      top->high / bottom->high};
    *root = (Root){.left = ends[0], .right = ends[0]};
    for (int i = 1; i < 4; i++) {
        root->left = fmin(root->left, ends[i]);
        root->right = fmax(root->right, ends[i]);
    }
    double slack = 1e-9 * (1 + root->right - root->left);
    root->left -= slack;
    root->right += slack;
}

static Status solve_ends(Solver *s, const Term *t, double sign, const Root *root,
                         BoundsAnswer *out) {
    BoundsAnswer low = {0}, high = {0};
    Root one = *root, other = *root;
    Status status = find_root(s, t, sign, false, &one, &low, &out->low);
    if (status == OK) status = find_root(s, t, sign, true, &other, &high, &out->high);
    out->kind = BOUNDS_FOUND;
    out->low_sharp = low.low_sharp;
    out->high_sharp = high.high_sharp;
    out->why = low.low_sharp ? high.why : low.why;
    out->size = low.size;
    out->culprit = BOUNDS_NONE;
    bounds_free(&low);
    bounds_free(&high);
    return status;
}

static Status solve_quotient(Solver *s, const Term *t, Derivation *d, BoundsAnswer *out) {
    BoundsAnswer top = {0}, bottom = {0};
    Root root;
    Status status = solve_sum(s, t->kid[0], NULL, 0, d, &top);
    if (status == OK) status = solve_sum(s, t->kid[1], NULL, 0, d, &bottom);
    if (status == OK && (top.kind != BOUNDS_FOUND || bottom.kind != BOUNDS_FOUND)) {
        BoundsAnswer *bad = top.kind != BOUNDS_FOUND ? &top : &bottom;
        *out = *bad;
        *bad = (BoundsAnswer){0};
    } else if (status == OK && !(bottom.low > 0 || bottom.high < 0)) {
        status = refuse_zero(s, t, &bottom);
    } else if (status == OK) {
        bracket(&top, &bottom, &root);
        status = solve_ends(s, t, bottom.low > 0 ? 1 : -1, &root, out);
    }
    bounds_free(&top);
    bounds_free(&bottom);
    return status;
}

static bool is_quotient(const Term *t) {
    return t->op == TERM_DIV && is_linear(t->kid[0]) && is_linear(t->kid[1]);
}

bool bounds_term_treats(const Term *objective) {
    return is_linear(objective) || is_quotient(objective);
}

static Status solve(Solver *s, const Term *t, Derivation *d, BoundsAnswer *out) {
    if (is_linear(t)) return solve_sum(s, t, NULL, 0, d, out);
    if (is_quotient(t)) return solve_quotient(s, t, d, out);
    Str text = {0};
    term_add_brief(t, &text);
    Status status = fault_add(s->faults, FAULT_BOUNDS_FORM, t->origin,
                              "%s is neither a sum of questions nor a quotient of such",
                              str_text(&text));
    str_free(&text);
    return status;
}

Status bounds_term_solve(const BoundsKnown *known, const Term *objective, const Ctl *ctl,
                         Derivation *d, BoundsAnswer *out, Faults *faults) {
    const Model *m = known->model;
    Solver s = {.ctl = ctl, .faults = faults};
    Status status = OK;
    for (uint32_t i = 0; status == OK && i < m->nassumes; i++)
        status = add_sentence(&s.assumed, m, i, &s.arena, faults);
    s.problem = (BoundsProblem){.model = m, .sources = known->sources,
                                .nsources = known->nsources, .assumes = s.assumed.items.items,
                                .nassumes = (uint32_t)s.assumed.items.count};
    if (status == OK) status = solve(&s, objective, d, out);
    if (status == OK && out->kind == BOUNDS_REFUTED && out->culprit != BOUNDS_NONE)
        out->culprit = s.assumed.which.items[out->culprit];
    assumed_free(&s.assumed);
    arena_free(&s.arena);
    return status;
}

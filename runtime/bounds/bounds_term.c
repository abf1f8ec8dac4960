// Bounds_term: objectives and assumptions written as terms over questions.
#include "runtime/bounds/bounds_term.h"

#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/base/vec.h"
#include "runtime/bounds/formula.h"

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

// --- linear sums ----------------------------------------------------------------------------

// What a linear combination of two steps is as a sum of questions, in the arena.
static Status sum_of(const Formula *f, uint32_t plus, uint32_t minus, double factor, Arena *arena,
                     BoundsSum *out) {
    double *coef;
    *out = (BoundsSum){0};
    TRY(formula_sum(f, plus, minus, factor, arena, &out->constant, &coef));
    BoundsPart *parts = ARENA_ARRAY(arena, BoundsPart, f->nasks + 1);
    if (!parts) return NOMEM;
    out->parts = parts;
    for (uint32_t i = 0; i < f->nasks; i++) {
        if (coef[i] == 0) continue;
        BoundsPart part = {coef[i], question_of(f->asks[i], arena)};
        if (!part.q) return NOMEM;
        parts[out->nparts++] = part;
    }
    return OK;
}

// --- assumptions ----------------------------------------------------------------------------

// A comparison as a function of its questions.
typedef struct Margin {
    Formula formula;
    bool negative; // left <= right
} Margin;

static double margin(void *user, const double *values) {
    Margin *m = user;
    double left = formula_kid(&m->formula, 0, values);
    double right = m->formula.steps[formula_root(&m->formula)->kids[1]].value;
    return m->negative ? right - left : left - right;
}

// left >= right, or with `negative` left <= right, for functions of questions.
static Status margin_of(const Formula *f, bool negative, Arena *arena, BoundsAssume *out) {
    Margin *m = ARENA_NEW(arena, Margin);
    Question *questions = ARENA_ARRAY(arena, Question, f->nasks + 1);
    if (!m || !questions) return NOMEM;
    *m = (Margin){*f, negative};
    for (uint32_t i = 0; i < f->nasks; i++) {
        const Question *q = question_of(f->asks[i], arena);
        if (!q) return NOMEM;
        questions[i] = *q;
    }
    *out = (BoundsAssume){.kind = BOUNDS_MARGIN, .questions = questions, .nquestions = f->nasks,
                          .margin = margin, .user = m,
                          .origin = formula_root(f)->term->origin};
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

static Status add_margin(Assumed *a, const Formula *f, bool negative, uint32_t sentence,
                         Arena *arena) {
    BoundsAssume item;
    TRY(margin_of(f, negative, arena, &item));
    return push(a, item, sentence);
}

static Status add_linear(Assumed *a, const Formula *f, uint32_t sentence, Arena *arena) {
    const FormulaStep *root = formula_root(f);
    const Term *t = root->term;
    bool less = t->op == TERM_LE || t->op == TERM_LT;
    BoundsAssume item = {.kind = t->op == TERM_EQ ? BOUNDS_EQUAL : BOUNDS_AT_LEAST,
                         .origin = t->origin};
    TRY(sum_of(f, root->kids[less], root->kids[!less], 1, arena, &item.sum));
    return push(a, item, sentence);
}

static Status add_sentence(Assumed *a, const Model *m, uint32_t i, Arena *arena,
                           Faults *faults) {
    const Term *t = m->assumes[i];
    bool less = t->op == TERM_LE || t->op == TERM_LT, more = t->op == TERM_GE || t->op == TERM_GT;
    if (!term_asks(t))
        return push(a, (BoundsAssume){.kind = BOUNDS_UNIT, .event = t, .origin = t->origin}, i);
    if (!less && !more && t->op != TERM_EQ) return refuse(t, faults);
    Formula f;
    TRY(formula_open(t, arena, &f));
    const FormulaStep *left = &f.steps[formula_root(&f)->kids[0]];
    const FormulaStep *right = &f.steps[formula_root(&f)->kids[1]];
    if (!left->treated || !right->treated) return refuse(t, faults);
    if (left->linear && right->linear) return add_linear(a, &f, i, arena);
    if (!less) TRY(add_margin(a, &f, false, i, arena));
    return more ? OK : add_margin(a, &f, true, i, arena);
}

static void assumed_free(Assumed *a) {
    VEC_FREE(&a->items);
    VEC_FREE(&a->which);
}

// --- solving --------------------------------------------------------------------------------

typedef struct Solver {
    BoundsProblem problem;
    Formula formula; // of the objective
    Arena arena;
    Assumed assumed;
    const Ctl *ctl;
    Faults *faults;
} Solver;

// The bounds of top - factor * bottom, steps of the objective (bottom FORMULA_NONE: of top).
static Status solve_sum(Solver *s, uint32_t top, uint32_t bottom, double factor, Derivation *d,
                        BoundsAnswer *out) {
    TRY(sum_of(&s->formula, top, bottom, factor, &s->arena, &s->problem.objective));
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
static Status value_at(Solver *s, const uint32_t *kids, double r, double sign, bool high,
                       BoundsAnswer *best, double *value) {
    bounds_free(best);
    *best = (BoundsAnswer){0};
    TRY(solve_sum(s, kids[0], kids[1], r, NULL, best));
    bool upper = high == (sign > 0);
    *value = sign * (upper ? best->high : best->low);
    return OK;
}

static Status find_root(Solver *s, const uint32_t *kids, double sign, bool high, Root *root,
                        BoundsAnswer *best, double *out) {
    TRY(value_at(s, kids, root->left, sign, high, best, &root->at_left));
    TRY(value_at(s, kids, root->right, sign, high, best, &root->at_right));
    int side = 0;
    *out = fabs(root->at_left) < fabs(root->at_right) ? root->left : root->right;
    for (int i = 0; i < ROOT_STEPS && root->at_left > 0 && root->at_right < 0; i++) {
        double width = root->right - root->left, at;
        if (width <= ROOT_CLOSE * (1 + fabs(root->left))) break;
        *out = root->left + width * root->at_left / (root->at_left - root->at_right);
        TRY(value_at(s, kids, *out, sign, high, best, &at));
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

static Status solve_ends(Solver *s, const uint32_t *kids, double sign, const Root *root,
                         BoundsAnswer *out) {
    BoundsAnswer low = {0}, high = {0};
    Root one = *root, other = *root;
    Status status = find_root(s, kids, sign, false, &one, &low, &out->low);
    if (status == OK) status = find_root(s, kids, sign, true, &other, &high, &out->high);
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
    const uint32_t *kids = formula_root(&s->formula)->kids;
    Root root;
    Status status = solve_sum(s, kids[0], FORMULA_NONE, 0, d, &top);
    if (status == OK) status = solve_sum(s, kids[1], FORMULA_NONE, 0, d, &bottom);
    if (status == OK && (top.kind != BOUNDS_FOUND || bottom.kind != BOUNDS_FOUND)) {
        BoundsAnswer *bad = top.kind != BOUNDS_FOUND ? &top : &bottom;
        *out = *bad;
        *bad = (BoundsAnswer){0};
    } else if (status == OK && !(bottom.low > 0 || bottom.high < 0)) {
        status = refuse_zero(s, t, &bottom);
    } else if (status == OK) {
        bracket(&top, &bottom, &root);
        status = solve_ends(s, kids, bottom.low > 0 ? 1 : -1, &root, out);
    }
    bounds_free(&top);
    bounds_free(&bottom);
    return status;
}

static bool is_quotient(const Formula *f) {
    const FormulaStep *root = formula_root(f);
    return root->term->op == TERM_DIV && f->steps[root->kids[0]].linear &&
           f->steps[root->kids[1]].linear;
}

Status bounds_term_treats(const Term *objective, bool *treats) {
    Arena arena = {0};
    Formula f;
    Status status = formula_open(objective, &arena, &f);
    *treats = status == OK && (formula_root(&f)->linear || is_quotient(&f));
    arena_free(&arena);
    return status;
}

static Status solve(Solver *s, const Term *t, Derivation *d, BoundsAnswer *out) {
    TRY(formula_open(t, &s->arena, &s->formula));
    if (formula_root(&s->formula)->linear)
        return solve_sum(s, s->formula.nsteps - 1, FORMULA_NONE, 0, d, out);
    if (is_quotient(&s->formula)) return solve_quotient(s, t, d, out);
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

// Lesson_judge: does what the learner typed answer the question of a lesson?
#include "interp/lesson_judge.h"

#include <math.h>
#include <string.h>

#include "interp/render.h"

// Digits in which answers that are no plain numbers are compared.
enum { COMPARED_DIGITS = 6 };

// What was typed, and what it is compared with.
typedef struct Judged {
    Interp *in;
    const LessonQuestion *q;
    Value model;
    Value typed, right;
    Str text;      // of the expression that was typed
    bool asks;     // it asks something
    bool plain;    // it is written out: no arithmetic, and no name of a value
    uint32_t rung, wanted;
} Judged;

// --- asking ---------------------------------------------------------------------------------

// What was wrong is nobody's business, unless there was no memory.
static void forget_diags(Interp *in) {
    const Diags *d = &in->diags;
    in->exhausted |= d->failed;
    for (size_t i = 0; i < d->count; i++) in->exhausted |= d->items[i].code == DIAG_MEMORY;
    diag_free(&in->diags);
    in->diags = (Diags){0};
}

// Evaluates under a model; what goes wrong is left among the diagnostics.
static bool evaluate(Judged *j, const char *text, Value model, Value *out) {
    j->in->vm->rung = 0;
    return interp_ask(j->in, text, strlen(text), model, out);
}

// --- comparing ------------------------------------------------------------------------------

static bool near(double a, double b, double within) {
    return fabs(a - b) <= within * (1 + 1e-9);
}

static bool same_bounds(Value a, Value b) {
    const BoundsObject *x = value_bounds_of(a), *y = value_bounds_of(b);
    return near(x->low, y->low, 1e-6) && near(x->high, y->high, 1e-6);
}

static bool same_text(Value a, Value b) {
    const RenderStyle style = {.digits = COMPARED_DIGITS};
    Str x = {0}, y = {0};
    render_value(a, &style, &x);
    render_value(b, &style, &y);
    bool same = !x.failed && !y.failed && strcmp(str_text(&x), str_text(&y)) == 0;
    str_free(&x);
    str_free(&y);
    return same;
}

// What was computed agrees to many digits, what was sampled as far as it can; what was typed
// need only come near.
static double slack(const Judged *j, double right, bool sampled) {
    if (j->asks && !sampled) return 1e-6 * fmax(1, fabs(right));
    return j->q->within >= 0 ? j->q->within : LESSON_NEAR * fmax(1, fabs(right));
}

static bool same(const Judged *j, Value typed, Value right) {
    double a, b;
    bool sampled = typed.tag == VALUE_ESTIMATE || right.tag == VALUE_ESTIMATE;
    if ((typed.tag == VALUE_BOOL) != (right.tag == VALUE_BOOL)) return false;
    if (value_as_number(typed, &a) && value_as_number(right, &b))
        return near(a, b, slack(j, b, sampled));
    if (typed.tag == VALUE_BOUNDS && right.tag == VALUE_BOUNDS)
        return same_bounds(typed, right);
    return value_equal(typed, right) || same_text(typed, right);
}

// The condition on `it`. That it has no meaning for what was typed makes it false.
static bool accepted(Judged *j) {
    Interp *in = j->in;
    Sym it = intern_z(in->names, "it");
    if (!j->q->accept || !it) return false;
    Global before = globals_keep(&in->vm->globals, it);
    Global g = {.name = it, .kind = GLOBAL_LET, .value = value_keep(j->typed)};
    Value out = value_nothing();
    bool ok = globals_set(&in->vm->globals, g) && evaluate(j, j->q->accept, j->model, &out);
    bool yes = ok && out.tag == VALUE_BOOL && out.truth;
    if (ok) value_drop(out);
    forget_diags(in);
    globals_put_back(&in->vm->globals, it, before);
    return yes;
}

// --- what was typed -------------------------------------------------------------------------

static bool asks(const Node *n) {
    if (!n) return false;
    switch ((NodeKind)n->kind) {
    case NODE_HEAD: case NODE_ARGMAX: case NODE_SEPARATION: case NODE_CALL: return true;
    default: break;
    }
    for (uint32_t i = 0; i < n->n; i++)
        if (asks(n->kid[i])) return true;
    return false;
}

// Numbers, fractions, truths, levels, variables, and sets and lists of these.
static bool is_plain(const Judged *j, const Node *n) {
    switch ((NodeKind)n->kind) {
    case NODE_NUMBER: case NODE_BOOL: case NODE_STRING: return true;
    case NODE_NAME: return !globals_find(&j->in->vm->globals, n->sym);
    case NODE_SET: case NODE_LIST: case NODE_PAREN: break;
    case NODE_UNARY: return n->op == OP_NEG && is_plain(j, n->kid[0]);
    case NODE_BINARY:
        if (n->op != OP_DIV) return false;
        return n->kid[0]->kind == NODE_NUMBER && n->kid[1]->kind == NODE_NUMBER;
    default: return false;
    }
    for (uint32_t i = 0; i < n->n; i++)
        if (!is_plain(j, n->kid[i])) return false;
    return true;
}

// Finds the expression in what was typed: the last statement, or what it explains. False: none.
static bool find_typed(Judged *j, const char *text, size_t len) {
    Program *p = program_new(j->in, "<input>", NULL, text, len, NULL);
    const Node *node = p && p->ntasks ? p->tasks[p->ntasks - 1].node : NULL;
    bool plain = node && (node->kind == NODE_EXPRESSION || node->kind == NODE_EXPLAIN ||
                          node->kind == NODE_SHOW);
    if (plain) {
        Span span = node->kid[0]->span;
        j->asks = asks(node->kid[0]) || j->rung > 0;
        j->plain = is_plain(j, node->kid[0]);
        str_add_n(&j->text, text + span.start, span.end - span.start);
    }
    program_free(p);
    forget_diags(j->in);
    j->in->exhausted |= j->text.failed;
    return plain && !j->text.failed;
}

static bool agree_under(Judged *j, Value model) {
    Value a, b;
    if (!evaluate(j, j->q->answer, model, &b)) return false;
    bool ok = evaluate(j, str_text(&j->text), model, &a);
    bool agree = ok && same(j, a, b);
    if (ok) value_drop(a);
    value_drop(b);
    return agree;
}

// Whether the question that was typed gives what the lesson's does in its other models too.
static bool agree_elsewhere(Judged *j) {
    bool agree = true;
    for (size_t i = 0; agree && i < j->q->models.count; i++) {
        Value model;
        agree = evaluate(j, j->q->models.items[i], j->model, &model);
        if (!agree) break;
        agree = model.tag == VALUE_MODEL && agree_under(j, model);
        value_drop(model);
    }
    forget_diags(j->in);
    return agree;
}

// --- the verdict ----------------------------------------------------------------------------

// Whether two texts differ in white space only.
static bool same_words(const char *a, const char *b) {
    for (;;) {
        a += strspn(a, " \t\r\n");
        b += strspn(b, " \t\r\n");
        if (*a != *b) return false;
        if (!*a) return true;
        a++, b++;
    }
}

static Verdict judge_question(Judged *j) {
    Verdict wrong = j->q->ask ? VERDICT_OTHER : VERDICT_LOOKING;
    if (accepted(j)) return VERDICT_RIGHT;
    if (!same(j, j->typed, j->right)) return wrong;
    if (!j->q->ask && j->right.tag == VALUE_BOOL)
        return same_words(str_text(&j->text), j->q->answer) ? VERDICT_RIGHT : VERDICT_LOOKING;
    if (j->wanted && j->rung != j->wanted) return j->q->ask ? VERDICT_RUNG : wrong;
    if (!agree_elsewhere(j)) return j->q->ask ? VERDICT_CHANCE : wrong;
    return VERDICT_RIGHT;
}

static Verdict judge_value(Judged *j) {
    bool right = same(j, j->typed, j->right);
    Verdict wrong = j->plain ? VERDICT_WRONG : VERDICT_LOOKING;
    if (j->q->ask) return right ? VERDICT_ASK : wrong;
    return right || accepted(j) ? VERDICT_RIGHT : wrong;
}

static Verdict judge(Judged *j) {
    if (!evaluate(j, j->q->answer, j->model, &j->right)) {
        interp_flush(j->in);
        return VERDICT_BROKEN;
    }
    j->wanted = j->in->vm->rung;
    Verdict v = j->asks ? judge_question(j) : judge_value(j);
    value_drop(j->right);
    return v;
}

Verdict lesson_judge(Interp *in, const LessonQuestion *q, Value model, const char *text,
                     size_t len, uint32_t rung) {
    Judged j = {.in = in, .q = q, .model = model, .rung = rung};
    Sym ans = intern_z(in->names, "ans");
    const Global *g = ans ? globals_find(&in->vm->globals, ans) : NULL;
    Verdict v = VERDICT_LOOKING;
    if (g && find_typed(&j, text, len)) {
        j.typed = value_keep(g->value);
        v = judge(&j);
        value_drop(j.typed);
    }
    str_free(&j.text);
    return v;
}

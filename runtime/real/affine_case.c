// Affine: what is chosen by conditions. Where a condition is not decided, the result is the sum
// of the results, each times the event that its row is taken.
#include <math.h>

#include "runtime/real/affine.h"

// A number, or the mean and deviation of a normal distribution.
typedef struct Cases {
    Affine *a;
    const Term *at;
    const Form *rest;    // the event that no row has matched so far; NULL: always
    const Form *part[2]; // what the rows so far make of each number
    uint32_t parts;      // 0 before the first row that may be taken
    bool truth;
    bool done;           // *out is the value
    AffineValue *out;
} Cases;

static Status stop(Cases *c, AffineValue v) {
    *c->out = v;
    c->done = true;
    return OK;
}

// A form that was not made.
static Status too_many(Cases *c) {
    return c->a->make.wide ? stop(c, affine_bad(c->at, "has too many cases")) : NOMEM;
}

static bool is_normal(const AffineValue *v) {
    return v->kind == AFFINE_DIST && v->family == dist_find("normal");
}

static Status add_part(Cases *c, uint32_t i, const Form *when, const AffineValue *v) {
    const Form *f;
    TRY(affine_as_form(c->a, v, &f));
    if (!f) return stop(c, affine_bad(c->at, "is not a number"));
    f = form_mul(&c->a->make, when, f);
    if (f && c->parts) f = form_add(&c->a->make, c->part[i], 1, f);
    if (!f) return too_many(c);
    c->part[i] = f;
    return OK;
}

// Adds a result where `when` holds.
static Status add_result(Cases *c, const Form *when, const AffineValue *v) {
    const bool normal = is_normal(v);
    const uint32_t parts = normal ? 2 : 1;
    if (v->kind == AFFINE_BAD) return stop(c, *v);
    if (v->kind == AFFINE_DIST && !normal) return stop(c, affine_bad(c->at, "is not normal"));
    if (c->parts && c->parts != parts) return stop(c, affine_bad(c->at, "is of two kinds"));
    for (uint32_t i = 0; i < parts && !c->done; i++)
        TRY(add_part(c, i, when, normal ? &v->params[i] : v));
    c->truth = v->truth && (!c->parts || c->truth);
    c->parts = parts;
    return OK;
}

// All rows are in.
static Status finish(Cases *c) {
    AffineValue parts[2];
    for (uint32_t i = 0; i < c->parts; i++) TRY(affine_form(c->a, c->part[i], c->at, &parts[i]));
    parts[0].truth = c->truth;
    if (c->parts == 1) return stop(c, parts[0]);
    AffineValue *params = ARENA_ARRAY(c->a->make.arena, AffineValue, 2);
    if (!params) return NOMEM;
    params[0] = parts[0], params[1] = parts[1];
    return stop(c, (AffineValue){.kind = AFFINE_DIST, .family = dist_find("normal"),
                                 .params = params, .at = c->at});
}

static Status add_guarded(Cases *c, const Form *event, const AffineValue *result) {
    FormMaker *m = &c->a->make;
    const Form *when = c->rest ? form_mul(m, c->rest, event) : event;
    if (!when) return too_many(c);
    TRY(add_result(c, when, result));
    const Form *others = c->done ? NULL : form_not(m, event);
    if (c->done) return OK;
    c->rest = c->rest && others ? form_mul(m, c->rest, others) : others;
    if (!c->rest) return too_many(c);
    return c->rest->first ? OK : finish(c);
}

static Status add_row(Cases *c, const AffineValue *condition, const AffineValue *result) {
    double x;
    if (affine_is_number(c->a, condition, &x)) {
        if (isnan(x)) return stop(c, affine_bad(c->at, "has an undefined condition"));
        if (x == 0) return OK;
        if (!c->rest) return stop(c, *result);
        TRY(add_result(c, c->rest, result));
        return c->done ? OK : finish(c);
    }
    if (condition->kind == AFFINE_BAD) return stop(c, *condition);
    if (condition->kind != AFFINE_FORM || !condition->truth)
        return stop(c, affine_bad(c->at, "has a condition that is not an event"));
    return add_guarded(c, condition->form, result);
}

Status affine_cases(Affine *a, const Term *at, const AffineValue *args, AffineValue *out) {
    Cases c = {.a = a, .at = at, .out = out};
    const AffineValue always = affine_number(1);
    if (at->op == TERM_IF) {
        TRY(add_row(&c, &args[0], &args[1]));
        return c.done ? OK : add_row(&c, &always, &args[2]);
    }
    for (uint32_t i = at->nselect; i + 1 < at->n && !c.done; i += 2)
        TRY(add_row(&c, &args[i], &args[i + 1]));
    return c.done ? OK : stop(&c, affine_bad(at, "has no row for some values"));
}

// Trace: the steps of the algorithm ID.
#include "runtime/symbol/trace.h"

#include <stdio.h>

#include "runtime/symbol/expr_print.h"

void trace_set(const Identification *id, const Word *set, Str *out) {
    size_t words = id->pool.words, count = bits_count(set, words);
    bool first = true;
    if (count != 1) str_add_char(out, '{');
    SET_EACH(set, words, v) {
        str_printf(out, "%s%s", first ? "" : ", ", id->graph->names[v]);
        first = false;
    }
    if (count != 1) str_add_char(out, '}');
}

Status trace_result(const Identification *id, Derivation *d, const Expr *e) {
    if (!d) return OK;
    if (!e) return NOMEM;
    Str text = {0};
    expr_print(&id->pool, e, id->graph->names, EXPR_TEXT, &text);
    Status status = text.failed ? NOMEM : derivation_result(d, "%s", str_text(&text));
    str_free(&text);
    return status;
}

// The effect that a call of ID is about.
static const Expr *goal(Trace *t, const Word *y, const Word *x, const Word *fixed) {
    Word *dos = expr_set(&t->id->pool);
    if (!dos) return NULL;
    bits_copy(dos, x, t->id->pool.words);
    if (fixed) bits_or(dos, fixed, t->id->pool.words);
    return expr_prob(&t->id->pool, y, NULL, dos, NULL);
}

// Adds a step; `text` is given up.
static Status add_step(Trace *t, int line, Str *text) {
    Status status = NOMEM;
    char rule[32];
    snprintf(rule, sizeof rule, "line %d of ID", line);
    if (!text->failed) status = derivation_add(t->d, rule, "%s", str_text(text));
    str_free(text);
    return status;
}

// Replaces one effect by what it comes to, and shows the whole.
static Status rewrite(Trace *t, const Expr *from, const Expr *to) {
    t->whole = expr_replace(&t->id->pool, t->whole, from, to);
    return trace_result(t->id, t->d, t->whole);
}

static void add_expr(Trace *t, const Expr *e, Str *out) {
    if (e)
        expr_print(&t->id->pool, e, t->id->graph->names, EXPR_TEXT, out);
    else
        out->failed = true;
}

Status trace_begin(Trace *t, Identification *id, const Word *y, const Word *x, Derivation *d) {
    *t = (Trace){.id = id, .d = d};
    if (d) t->whole = goal(t, y, x, NULL);
    return d && !t->whole ? NOMEM : OK;
}

Status trace_seen(Trace *t, const Word *y, const Word *x, const Word *fixed, const Expr *e) {
    if (!t->d) return OK;
    Str text = {0};
    const Expr *from = goal(t, y, x, fixed);
    add_expr(t, from, &text);
    str_add(&text, " no longer depends on an intervention within this law: sum out the rest.");
    TRY(add_step(t, 1, &text));
    return rewrite(t, from, e);
}

Status trace_barren(Trace *t, const Word *y, const Word *x, const Word *still, const Word *rest,
                    const Word *fixed) {
    if (!t->d) return OK;
    Str text = {0};
    trace_set(t->id, rest, &text);
    str_add(&text, bits_count(rest, t->id->pool.words) == 1 ? " is no cause of "
                                                            : " are no causes of ");
    trace_set(t->id, y, &text);
    str_add(&text, " here and can be left out.");
    TRY(add_step(t, 2, &text));
    return rewrite(t, goal(t, y, x, fixed), goal(t, y, still, fixed));
}

Status trace_idle(Trace *t, const Word *y, const Word *x, const Word *more, const Word *idle,
                  const Word *fixed) {
    if (!t->d) return OK;
    Str text = {0};
    str_add(&text, "Once ");
    trace_set(t->id, x, &text);
    str_add(&text, bits_count(x, t->id->pool.words) == 1 ? " is set, " : " are set, ");
    trace_set(t->id, idle, &text);
    str_add(&text, bits_count(idle, t->id->pool.words) == 1 ? " has no effect on "
                                                            : " have no effect on ");
    trace_set(t->id, y, &text);
    str_add(&text,
            ": it may as well be set (rule 3 of do-calculus: they are independent given ");
    trace_set(t->id, x, &text);
    str_add(&text, " in the graph without the edges into ");
    trace_set(t->id, more, &text);
    str_add(&text, ").");
    TRY(add_step(t, 3, &text));
    return rewrite(t, goal(t, y, x, fixed), goal(t, y, more, fixed));
}

// Names the districts, and gives the product of their responses to all others.
static const Expr *list_districts(Trace *t, const Word *vertices, const Word *fixed,
                                  const Sets *parts, Str *text) {
    ExprPool *pool = &t->id->pool;
    const Expr *product = expr_one(pool);
    for (size_t i = 0; i < parts->count; i++) {
        Word *others = expr_minus(pool, vertices, sets_at(parts, i));
        if (!others) return NULL;
        product = expr_times(pool, product, goal(t, sets_at(parts, i), others, fixed));
        str_add(text, i == 0 ? "" : i + 1 == parts->count ? " and " : ", ");
        trace_set(t->id, sets_at(parts, i), text);
    }
    return product;
}

Status trace_districts(Trace *t, const Word *y, const Word *x, const Word *vertices,
                       const Word *fixed, const Word *sum, const Sets *parts) {
    if (!t->d) return OK;
    Str text = {0};
    str_add(&text, "Without ");
    trace_set(t->id, x, &text);
    str_add(&text, " the graph falls into the districts ");
    const Expr *product = list_districts(t, vertices, fixed, parts, &text);
    str_add(&text, "; each answers on its own to the setting of all others.");
    TRY(add_step(t, 4, &text));
    return rewrite(t, goal(t, y, x, fixed), expr_sum(&t->id->pool, sum, product));
}

Status trace_hedge(Trace *t, const Word *y, const Word *x, const Word *fixed) {
    if (!t->d) return OK;
    Str text = {0};
    const Hedge *h = &t->id->hedge;
    str_add(&text, "No formula for ");
    add_expr(t, goal(t, y, x, fixed), &text);
    str_add(&text, ": the district ");
    trace_set(t->id, h->outer, &text);
    str_add(&text, " contains ");
    trace_set(t->id, h->inner, &text);
    str_add(&text, ", which is connected by latent common causes even without ");
    trace_set(t->id, x, &text);
    str_add(&text, ". Both lead to ");
    trace_set(t->id, h->roots, &text);
    str_add(&text,
            ". They form a hedge: two models can agree on everything observed and differ in "
            "this effect.");
    return add_step(t, 5, &text);
}

Status trace_known(Trace *t, const Word *y, const Word *x, const Word *fixed, const Word *s,
                   const Expr *e) {
    if (!t->d) return OK;
    Str text = {0};
    trace_set(t->id, s, &text);
    str_add(&text, " is a whole district, so its response to the others is the product of its "
                   "conditional probabilities in causal order.");
    TRY(add_step(t, 6, &text));
    return rewrite(t, goal(t, y, x, fixed), e);
}

Status trace_within(Trace *t, const Word *y, const Word *x, const Word *fixed,
                    const Word *whole, const Expr *e) {
    if (!t->d) return OK;
    Str text = {0};
    add_expr(t, goal(t, y, x, fixed), &text);
    str_add(&text, " depends on the district ");
    trace_set(t->id, whole, &text);
    str_add(&text, " only, whose law, all others being set, is the expression shown.");
    TRY(add_step(t, 7, &text));
    return trace_result(t->id, t->d, e);
}

// --- general identification ---

Status trace_factors(Trace *t, const Word *y, const Word *x, const Word *all, const Word *sum,
                     const Sets *parts) {
    if (!t->d) return OK;
    Str text = {0};
    str_add(&text, "The causes of ");
    trace_set(t->id, y, &text);
    str_add(&text, " fall into the districts ");
    const Expr *product = list_districts(t, all, NULL, parts, &text);
    str_add(&text, "; each answers on its own to the setting of all others.");
    Status status =
        text.failed ? NOMEM : derivation_add(t->d, "districts", "%s", str_text(&text));
    str_free(&text);
    TRY(status);
    return rewrite(t, goal(t, y, x, NULL), expr_sum(&t->id->pool, sum, product));
}

Status trace_source(Trace *t, const Word *part, const Word *others, const Source *source,
                    const Expr *e) {
    if (!t->d) return OK;
    Str text = {0};
    trace_set(t->id, part, &text);
    str_add(&text, ": its response to the others is known from ");
    if (source->dos && !bits_empty(source->dos, t->id->pool.words)) {
        str_add(&text, "the experiment on ");
        trace_set(t->id, source->dos, &text);
    } else {
        str_add(&text, "observation");
    }
    if (source->law) str_printf(&text, " in %s", source->law);
    str_add_char(&text, '.');
    Status status = text.failed ? NOMEM : derivation_add(t->d, "source", "%s", str_text(&text));
    str_free(&text);
    TRY(status);
    return rewrite(t, goal(t, part, others, NULL), e);
}

Status trace_stuck(Trace *t, const Word *part, const Word *others) {
    if (!t->d) return OK;
    Str text = {0};
    str_add(&text, "No source gives ");
    add_expr(t, goal(t, part, others, NULL), &text);
    str_add(&text,
            ": in each it is mixed with the response of a larger district, or a member of ");
    trace_set(t->id, part, &text);
    str_add(&text, " was set, is not shown, or behaves differently.");
    Status status =
        text.failed ? NOMEM : derivation_add(t->d, "not known", "%s", str_text(&text));
    str_free(&text);
    return status;
}

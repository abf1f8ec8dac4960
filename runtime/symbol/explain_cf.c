// Explain_cf: the steps of counterfactual identification.
#include "runtime/symbol/explain_cf.h"

#include "runtime/symbol/expr_print.h"

static Status add(Derivation *d, const char *rule, Str *text) {
    Status status = text->failed ? NOMEM : derivation_add(d, rule, "%s", str_text(text));
    str_free(text);
    return status;
}

static Status show(const CfIdentification *id, const char *const *names, const Expr *e,
                   Derivation *d) {
    Str text = {0};
    if (!e) return NOMEM;
    expr_print(&id->pool, e, names, EXPR_TEXT, &text);
    Status status = text.failed ? NOMEM : derivation_result(d, "%s", str_text(&text));
    str_free(&text);
    return status;
}

// "Y[X = x]".
static void add_variable(const Ctf *c, const CtfVariable *v, const char *const *names,
                         Str *text) {
    const Graph *g = c->table->g;
    bool open = false;
    str_add(text, g->names[v->vertex]);
    for (size_t p = 0; p < g->n; p++) {
        if (v->world[p] == GRAPH_NONE) continue;
        str_printf(text, "%s%s", open ? ", " : "[", names[ctf_same(c->table, v->world[p])]);
        open = true;
    }
    if (open) str_add_char(text, ']');
}

// P(members | do(their other causes)) for each factor; NULL when a factor clashes.
static const Expr *factors_as_effects(CfIdentification *id, const Ctf *c) {
    ExprPool *pool = &id->pool;
    const Expr *product = expr_one(pool);
    Word *sum = expr_set(pool);
    for (size_t i = 0; i < c->factors.count && sum; i++) {
        const CtfFactor *f = &c->factors.items[i];
        Word *head = expr_set(pool), *dos = expr_set(pool);
        if (!head || !dos) return NULL;
        for (size_t v = 0; v < c->table->g->n; v++) {
            if (f->assign[v] == GRAPH_NONE) continue;
            bits_add(bits_has(f->district, v) ? head : dos, f->assign[v]);
            if (c->table->symbols.items[f->assign[v]].summed) bits_add(sum, f->assign[v]);
        }
        product = expr_times(pool, product, expr_prob(pool, head, NULL, dos, NULL));
    }
    return sum ? expr_sum(pool, sum, product) : NULL;
}

Status explain_cf_factors(CfIdentification *id, const Ctf *c, const char *const *names,
                          Derivation *d) {
    if (!d) return OK;
    Str text = {0};
    size_t count = 0;
    bool clash = false;
    str_add(&text, "The events and their causes in each world: ");
    for (uint32_t i = 0; i < c->variables.count; i++) {
        if (c->variables.items[i].same != i) continue;
        str_add(&text, count++ ? ", " : "");
        add_variable(c, &c->variables.items[i], names, &text);
    }
    str_add_char(&text, '.');
    TRY(add(d, "counterfactual ancestors", &text));
    for (size_t i = 0; i < c->factors.count; i++)
        if (c->factors.items[i].clash != GRAPH_NONE) clash = true;
    if (clash) return OK;
    TRY(derivation_add(d, "districts",
                       "What each would be, had its causes their values: one factor for each "
                       "district."));
    return show(id, names, factors_as_effects(id, c), d);
}

static void add_district(const Graph *g, const Word *set, Str *text) {
    bool first = true;
    str_add_char(text, '{');
    SET_EACH(set, g->words, v) {
        str_printf(text, "%s%s", first ? "" : ", ", g->names[v]);
        first = false;
    }
    str_add_char(text, '}');
}

Status explain_cf_failure(const CfIdentification *id, const Graph *g, Derivation *d) {
    if (!d) return OK;
    Str text = {0};
    if (id->verdict == CF_CLASH) {
        str_printf(&text, "In the district ");
        add_district(g, id->district, &text);
        str_printf(&text, " the variable %s has two values at once: no experiment shows both.",
                   g->names[id->clash]);
        return add(d, "inconsistent factor", &text);
    }
    str_add(&text, "No source gives the law of the district ");
    add_district(g, id->district, &text);
    str_add(&text, " when all else is set.");
    return add(d, "not known", &text);
}

Status explain_cf_answer(const CfIdentification *id, const char *const *names, bool quotient,
                         Derivation *d) {
    if (!d) return OK;
    TRY(derivation_add(d, "sources",
                       quotient
                           ? "Each factor in terms of what is known, over the same for what "
                             "is given; factors that both have are cancelled."
                           : "Each factor in terms of what is known."));
    TRY(show(id, names, id->raw, d));
    if (id->estimand == id->raw) return OK;
    TRY(derivation_add(d, "simplification",
                       "Sums that come to 1 and needless conditions are removed."));
    return show(id, names, id->estimand, d);
}

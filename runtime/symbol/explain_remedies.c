// Explain_remedies: hedges and remedies in plain words.
#include "runtime/symbol/explain_remedies.h"

#include <ctype.h>

#include "runtime/base/mem.h"
#include "runtime/symbol/expr_print.h"
#include "runtime/symbol/trace.h"

// --- in words ---

static void join(size_t i, size_t count, Str *out) {
    if (i) str_add(out, i + 1 == count ? " and " : ", ");
}

// "U and the common cause V of X and Y"; `names` may be NULL.
static void add_members(const Remedies *r, const Word *set, const char *const *names,
                        Str *out) {
    const Graph *g = r->graph;
    size_t i = 0, count = bits_count(set, g->words);
    SET_EACH(set, g->words, v) {
        join(i++, count, out);
        if (v < r->named) {
            str_add(out, g->names[v]);
            continue;
        }
        size_t first = g->children.first[v];
        str_add(out, "the common cause ");
        if (names) str_printf(out, "%s ", names[v]);
        str_printf(out, "of %s and %s", g->names[g->children.items[first]],
                   g->names[g->children.items[first + 1]]);
    }
}

static void add_remedy(const Remedies *r, const Word *set, bool measure,
                       const char *const *names, Str *out) {
    if (bits_empty(set, r->graph->words)) {
        str_add(out, "observing all variables together, in the population asked about");
        return;
    }
    str_add(out, measure ? "measuring " : "an experiment on ");
    add_members(r, set, names, out);
}

void explain_remedies_text(const Remedies *r, const Word *set, bool measure, Str *out) {
    add_remedy(r, set, measure, NULL, out);
}

static Status add(Derivation *d, const char *rule, Str *text) {
    Status status = text->failed ? NOMEM : derivation_add(d, rule, "%s", str_text(text));
    str_free(text);
    return status;
}

// --- the hedge ---

// The bidirected edges within `set` that touch `at`.
static void add_confounded(const Graph *g, const Word *set, const Word *at, Str *out) {
    size_t n = 0;
    SET_EACH(set, g->words, a)
        GRAPH_EACH(g, spouses, a, b)
            if (a < b && bits_has(set, b) && (bits_has(at, a) || bits_has(at, b)))
                str_printf(out, "%s%s <-> %s", n++ ? ", " : "", g->names[a], g->names[b]);
}

static void tell_hedge(const Identification *id, const Word *set, Str *out) {
    const Hedge *h = &id->hedge;
    str_add(out, "The law of ");
    trace_set(id, h->inner, out);
    str_add(out, " when ");
    trace_set(id, set, out);
    str_add(out, bits_count(set, id->pool.words) == 1 ? " is set" : " are set");
    str_add(out, " is wanted; what is observed is the law of ");
    trace_set(id, h->outer, out);
    str_add(out, " together, in which the effect of ");
    trace_set(id, set, out);
    str_add(out, " is mixed with that of latent common causes (");
    add_confounded(id->graph, h->outer, set, out);
    str_add(out, "). ");
    trace_set(id, set, out);
    str_add(out, bits_count(set, id->pool.words) == 1 ? " cannot be summed out (it causes "
                                                      : " cannot be summed out (they cause ");
    trace_set(id, h->roots, out);
    str_add(out, ") nor conditioned on (the common causes would stay mixed in), and there is "
                 "no other way to take a district apart.");
}

Status explain_remedies_hedge(const Identification *id, Derivation *d) {
    const Hedge *h = &id->hedge;
    if (!d || id->sourced || !h->outer || !h->inner) return OK;
    Word *set = graph_set(id->graph);
    Str text = {0};
    if (!set) return NOMEM;
    bits_copy(set, h->outer, id->pool.words);
    bits_andnot(set, h->inner, id->pool.words);
    tell_hedge(id, set, &text);
    mem_free(set);
    return add(d, "hedge", &text);
}

// --- remedies, with formulas ---

// Names for the members of a set that have none; in `arena`.
static Status christen(const Remedies *r, const Word *set, Arena *arena, const char **names) {
    const Graph *g = r->graph;
    size_t nameless = 0, number = 0;
    for (size_t v = 0; v < g->n; v++) names[v] = g->names[v];
    SET_EACH(set, g->words, v) nameless += v >= r->named;
    if (nameless > 1) number = 1;
    for (size_t v = bits_next(set, g->words, r->named); v < g->n;
         v = bits_next(set, g->words, v + 1)) {
        Str name = {0};
        do {
            str_clear(&name);
            str_printf(&name, number ? "U%zu" : "U", number);
            number++;
        } while (graph_find(g, str_text(&name)) != GRAPH_NONE);
        names[v] = name.failed ? NULL : arena_text(arena, str_text(&name), name.len);
        str_free(&name);
        if (!names[v]) return NOMEM;
    }
    return OK;
}

// "P(Y | do(X)) = ..", the estimand with the names given to the vertices of the whole graph;
// nothing when it is the effect itself.
static Status add_formula(Identification *id, const char *const *names, Derivation *d) {
    Str s = {0};
    const char **own = MEM_NEW(const char *, id->graph->n);
    const Expr *asked = expr_prob(&id->pool, id->y, id->given, id->x, NULL);
    if (own && asked == id->estimand) {
        mem_free(own);
        return OK;
    }
    if (own && asked) {
        for (size_t v = 0; v < id->graph->n; v++) own[v] = names[id->vertex[v]];
        expr_print(&id->pool, asked, own, EXPR_TEXT, &s);
        str_add(&s, " = ");
        expr_print(&id->pool, id->estimand, own, EXPR_TEXT, &s);
    }
    bool ok = own && asked && !s.failed;
    Status status = ok ? derivation_result(d, "%s", str_text(&s)) : NOMEM;
    str_free(&s);
    mem_free(own);
    return status;
}

typedef struct Telling {
    const Graph *g;
    const IdentifyQuery *q;
    const Remedies *r;
    Derivation *d;
    Faults *faults;
} Telling;

static Status tell_one(const Telling *t, const Word *set, bool measure) {
    Arena arena = {0};
    Identification id = {0};
    Str text = {0};
    const char **names = ARENA_ARRAY(&arena, const char *, t->r->graph->n);
    Status status = names ? christen(t->r, set, &arena, names) : NOMEM;
    if (status == OK)
        status = remedies_identify(t->g, t->q, t->r, set, measure, t->faults, &id);
    if (status == OK) {
        add_remedy(t->r, set, measure, names, &text);
        str_add(&text, " would identify it.");
        if (text.len) text.text[0] = (char)toupper((unsigned char)text.text[0]);
        status = add(t->d, "remedies", &text);
        if (status == OK && id.estimand) status = add_formula(&id, names, t->d);
        identify_free(&id);
    }
    arena_free(&arena);
    return status;
}

Status explain_remedies(const Graph *g, const IdentifyQuery *q, const Remedies *r,
                        Derivation *d, Faults *faults) {
    Telling t = {g, q, r, d, faults};
    if (!d) return OK;
    for (size_t i = 0; i < r->measurements.count; i++)
        TRY(tell_one(&t, sets_at(&r->measurements, i), true));
    for (size_t i = 0; i < r->experiments.count; i++)
        TRY(tell_one(&t, sets_at(&r->experiments, i), false));
    if (!r->more) return OK;
    return derivation_add(d, "remedies", "Not all larger sets were tried: more may exist.");
}

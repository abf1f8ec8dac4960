// Recover: a breadth-first search through laws.
#include "runtime/symbol/recover.h"

#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/graph/separation.h"
#include "runtime/graph/surgery.h"
#include "runtime/symbol/expr_print.h"
#include "runtime/symbol/observed.h"
#include "runtime/symbol/simplify.h"

#define MOST 16
#define LIMIT 20000

// P(a | do(d), b, f at its value), sets as bits.
typedef struct Key {
    uint32_t a, b, d, f;
} Key;

// A law that is known, and how: by `rule` from the laws number `from`.
typedef struct Known {
    Key key;
    const Expr *e;
    const char *rule;
    uint32_t from[2]; // GRAPH_NONE: none
} Known;

typedef struct Search {
    Recovery *out;
    size_t n;
    uint32_t all, doable, fixable;
    Key goal;
    VEC(Known) known;
    uint32_t *table; // open addressing; GRAPH_NONE: empty
    size_t room, limit;
    uint32_t found; // the goal's number
    const Ctl *ctl;
    Derivation *d;
    Faults *faults;
} Search;

// --- the table ---

static size_t slot_of(const Search *s, const Key *k) {
    uint64_t h = k->a;
    h = h * 0x9e3779b97f4a7c15u + k->b;
    h = h * 0x9e3779b97f4a7c15u + k->d;
    h = h * 0x9e3779b97f4a7c15u + k->f;
    h ^= h >> 29;
    size_t i = (size_t)(h * 0x9e3779b97f4a7c15u >> 20) & (s->room - 1);
    while (s->table[i] != GRAPH_NONE) {
        const Key *o = &s->known.items[s->table[i]].key;
        if (o->a == k->a && o->b == k->b && o->d == k->d && o->f == k->f) break;
        i = (i + 1) & (s->room - 1);
    }
    return i;
}

static uint32_t find(const Search *s, Key k) {
    return s->table[slot_of(s, &k)];
}

static Status add(Search *s, Key k, const Expr *e, const char *rule, uint32_t one,
                  uint32_t two) {
    size_t i = slot_of(s, &k);
    if (!e) return NOMEM;
    if (s->table[i] != GRAPH_NONE || s->known.count >= s->limit) return OK;
    uint32_t number = (uint32_t)s->known.count;
    if (!VEC_PUSH(&s->known, ((Known){k, e, rule, {one, two}}))) return NOMEM;
    s->table[i] = number;
    if (k.a == s->goal.a && k.b == s->goal.b && k.d == s->goal.d && k.f == s->goal.f)
        s->found = number;
    return OK;
}

// --- the rules ---

static bool separated(const Search *s, uint32_t a, uint32_t b, uint32_t given, uint32_t into,
                      uint32_t out_of, Status *status) {
    Word wa = a, wb = b, wz = given, wi = into, wo = out_of;
    Graph *cut = NULL;
    bool yes = false;
    if (*status == OK) *status = surgery_cut(s->out->graph, &wi, &wo, &cut);
    if (*status == OK) *status = separation_test(cut, &wa, &wb, &wz, &yes, NULL);
    graph_free(cut);
    return *status == OK && yes;
}

static uint32_t ancestors_after(const Search *s, uint32_t of, uint32_t set) {
    uint32_t out = of;
    for (size_t i = s->n; i-- > 0;) {
        uint32_t v = s->out->graph->order[i];
        if (!(out >> v & 1) || set >> v & 1) continue;
        GRAPH_EACH(s->out->graph, parents, v, p) out |= 1u << p;
    }
    return out;
}

// Pearl's rule 3 for the one vertex v: without the edges into D, and those into v unless it
// causes a condition.
static bool idle(const Search *s, Key k, uint32_t v, Status *status) {
    uint32_t z = k.b | k.f, cause = ancestors_after(s, z, k.d) & v;
    return separated(s, k.a, v, z | k.d, k.d | (cause ? 0 : v), 0, status);
}

static Status observations(Search *s, uint32_t number, uint32_t v) {
    Known l = s->known.items[number];
    Key k = l.key, next = k;
    Status status = OK;
    uint32_t z = (k.b | k.f) & ~v;
    if (k.a & v || k.d & v) return OK;
    if (!separated(s, k.a, v, z | k.d, k.d, 0, &status)) return status;
    if (k.b & v || k.f & v) {
        next.b &= ~v;
        next.f &= ~v;
        return add(s, next, l.e, "rule 1 of do-calculus", number, GRAPH_NONE);
    }
    next.b |= v;
    TRY(add(s, next, l.e, "rule 1 of do-calculus", number, GRAPH_NONE));
    if (!(s->fixable & v)) return OK;
    next = k;
    next.f |= v;
    return add(s, next, l.e, "rule 1 of do-calculus", number, GRAPH_NONE);
}

static Status actions(Search *s, uint32_t number, uint32_t v) {
    Known l = s->known.items[number];
    Key k = l.key, next = k;
    Status status = OK;
    if (!(s->doable & v) || k.a & v || k.f & v) return OK;
    if ((k.b | k.d) & v) {
        Key rest = {k.a, k.b & ~v, k.d & ~v, k.f};
        if (separated(s, k.a, v, rest.b | k.f | rest.d, rest.d, v, &status)) {
            next = rest;
            *(k.b & v ? &next.d : &next.b) |= v;
            TRY(add(s, next, l.e, "rule 2 of do-calculus", number, GRAPH_NONE));
        }
        if (k.d & v && idle(s, rest, v, &status))
            TRY(add(s, rest, l.e, "rule 3 of do-calculus", number, GRAPH_NONE));
        return status;
    }
    if (idle(s, k, v, &status)) {
        next.d |= v;
        TRY(add(s, next, l.e, "rule 3 of do-calculus", number, GRAPH_NONE));
    }
    return status;
}

static Status split(Search *s, uint32_t number, uint32_t v) {
    Known l = s->known.items[number];
    ExprPool *pool = &s->out->pool;
    Word one = v, rest = l.key.a & ~v;
    if (!(l.key.a & v) || !rest) return OK;
    Key sum = {(uint32_t)rest, l.key.b, l.key.d, l.key.f}, given = sum;
    given.b |= v;
    TRY(add(s, sum, expr_sum(pool, &one, l.e), "sum", number, GRAPH_NONE));
    const Expr *below = expr_sum(pool, &rest, l.e);
    return add(s, given, expr_quotient(pool, l.e, below), "condition", number, GRAPH_NONE);
}

static Status multiply(Search *s, uint32_t left, uint32_t right) {
    Known l = s->known.items[left], r = s->known.items[right];
    Key k = {l.key.a | r.key.a, r.key.b, l.key.d, l.key.f};
    return add(s, k, expr_times(&s->out->pool, l.e, r.e), "chain rule", left, right);
}

// P(a | c, b) P(c | b), the law at hand being either.
static Status products(Search *s, uint32_t number) {
    Key k = s->known.items[number].key;
    for (uint32_t c = k.b; c; c = (c - 1) & k.b) {
        uint32_t other = find(s, (Key){c, k.b & ~c, k.d, k.f});
        if (other != GRAPH_NONE) TRY(multiply(s, number, other));
    }
    uint32_t rest = s->all & ~(k.a | k.b | k.d | k.f);
    for (uint32_t a = rest; a; a = (a - 1) & rest) {
        uint32_t other = find(s, (Key){a, k.b | k.a, k.d, k.f});
        if (other != GRAPH_NONE) TRY(multiply(s, other, number));
    }
    return OK;
}

static Status expand(Search *s, uint32_t number) {
    for (size_t i = 0; i < s->n; i++) {
        TRY(split(s, number, 1u << i));
        TRY(observations(s, number, 1u << i));
        TRY(actions(s, number, 1u << i));
    }
    return products(s, number);
}

// Breadth first, so that short derivations come first.
static Status run(Search *s) {
    for (uint32_t i = 0; i < s->known.count && s->found == GRAPH_NONE; i++) {
        if (ctl_cancelled(s->ctl)) return CANCELLED;
        TRY(expand(s, i));
    }
    return OK;
}

// --- the answer ---

static void add_names(const Search *s, uint32_t set, const char *before, Str *out) {
    if (!set) return;
    str_add(out, before);
    for (size_t v = 0, n = 0; v < s->n; v++)
        if (set >> v & 1) str_printf(out, "%s%s", n++ ? ", " : "", s->out->graph->names[v]);
}

static void add_law(const Search *s, Key k, Str *out) {
    add_names(s, k.a, "P(", out);
    add_names(s, k.d, " | do(", out);
    if (k.d) str_add_char(out, ')');
    add_names(s, k.b, k.d ? ", " : " | ", out);
    add_names(s, k.f, k.d || k.b ? ", selected " : " | selected ", out);
    str_add_char(out, ')');
}

// The steps that lead to law number i, sources first, each law once: *told marks them.
static Status tell(const Search *s, uint32_t i, bool *told) {
    const Known *l = &s->known.items[i];
    Str text = {0}, e = {0};
    if (told[i]) return OK;
    told[i] = true;
    for (int k = 0; k < 2; k++)
        if (l->from[k] != GRAPH_NONE) TRY(tell(s, l->from[k], told));
    add_law(s, l->key, &text);
    for (int k = 0; k < 2 && l->from[k] != GRAPH_NONE; k++) {
        str_add(&text, k ? " and " : " from ");
        add_law(s, s->known.items[l->from[k]].key, &text);
    }
    const Expr *simple = simplify(&s->out->pool, NULL, l->e);
    if (simple) expr_print(&s->out->pool, simple, s->out->graph->names, EXPR_TEXT, &e);
    bool ok = simple && !text.failed && !e.failed;
    Status status = ok ? derivation_add(s->d, l->rule, "%s", str_text(&text)) : NOMEM;
    if (status == OK) status = derivation_result(s->d, "%s", str_text(&e));
    str_free(&text);
    str_free(&e);
    return status;
}

static Status conclude(Search *s) {
    s->out->exhausted = s->found == GRAPH_NONE && s->known.count < s->limit;
    if (s->found == GRAPH_NONE)
        return derivation_add(
            s->d, "search",
            "%zu laws follow from the sources by sums, quotients, the chain rule "
            "and the rules of do-calculus%s; what is asked is not among them.",
            s->known.count, s->out->exhausted ? "" : " up to the limit");
    // Independences of the whole population need not hold in a selected part: none are used.
    s->out->estimand = simplify(&s->out->pool, NULL, s->known.items[s->found].e);
    if (!s->out->estimand) return NOMEM;
    bool *told = s->d ? MEM_NEW(bool, s->known.count) : NULL;
    if (!s->d) return OK;
    Status status = told ? tell(s, s->found, told) : NOMEM;
    mem_free(told);
    return status;
}

// --- the question ---

// The graph on the variables that occur.
static Status project(const Graph *g, const RecoverQuery *q, Recovery *out, uint32_t *map,
                      Faults *faults) {
    Graph view = *g;
    Word *hidden = graph_set(g), *none = graph_set(g);
    Status status = hidden && none ? OK : NOMEM;
    for (size_t v = 0; status == OK && v < g->n; v++) {
        bool occurs = bits_has(q->y, v) || (q->x && bits_has(q->x, v)) ||
                      (q->given && bits_has(q->given, v)) || (q->at && bits_has(q->at, v));
        for (size_t i = 0; i < q->nsources; i++) {
            const RecoverSource *s = &q->sources[i];
            occurs |= (s->seen && bits_has(s->seen, v)) || (s->dos && bits_has(s->dos, v)) ||
                      (s->at && bits_has(s->at, v));
        }
        if (!occurs) bits_add(hidden, v);
    }
    view.latent = hidden;
    view.selected = none;
    if (status == OK && g->n - bits_count(hidden, g->words) > MOST)
        status = fault_add(faults, FAULT_GRAPH_QUESTION, 0,
                           "More than %d variables occur: too many to search for a way.", MOST);
    if (status == OK) status = observed_init(&view, &out->graph, &out->vertex, &out->pool, map);
    mem_free(hidden);
    mem_free(none);
    return status;
}

static uint32_t bits_of(const Graph *g, const uint32_t *map, const Word *set) {
    uint32_t out = 0;
    if (set)
        SET_EACH(set, g->words, v) out |= 1u << map[v];
    return out;
}

static Status add_sources(Search *s, const Graph *g, const RecoverQuery *q,
                          const uint32_t *map) {
    for (size_t i = 0; i < q->nsources; i++) {
        const RecoverSource *r = &q->sources[i];
        Key k = {.d = bits_of(g, map, r->dos), .f = bits_of(g, map, r->at)};
        k.a = bits_of(g, map, r->seen) & ~(k.d | k.f);
        Word head = k.a, dos = k.d;
        s->doable |= k.d;
        s->fixable |= k.f;
        if (!k.a) continue;
        const char *law =
            r->law ? arena_text(&s->out->pool.arena, r->law, strlen(r->law)) : NULL;
        if (r->law && !law) return NOMEM;
        const Expr *e = expr_prob(&s->out->pool, &head, NULL, &dos, law);
        TRY(add(s, k, e, "known", GRAPH_NONE, GRAPH_NONE));
    }
    return OK;
}

static Status search(Search *s, const Graph *g, const RecoverQuery *q, const uint32_t *map) {
    s->n = s->out->graph->n;
    s->all = (uint32_t)((1ull << s->n) - 1);
    s->goal = (Key){bits_of(g, map, q->y), bits_of(g, map, q->given), bits_of(g, map, q->x),
                    bits_of(g, map, q->at)};
    s->doable = s->goal.d;
    s->fixable = s->goal.f;
    s->found = GRAPH_NONE;
    for (s->room = 64; s->room < 2 * s->limit;) s->room *= 2;
    s->table = mem_resize(NULL, s->room, sizeof *s->table);
    if (!s->table) return NOMEM;
    for (size_t i = 0; i < s->room; i++) s->table[i] = GRAPH_NONE;
    TRY(add_sources(s, g, q, map));
    TRY(run(s));
    return conclude(s);
}

Status recover(const Graph *g, const RecoverQuery *q, const Ctl *ctl, Derivation *d,
               Faults *faults, Recovery *out) {
    Search s = {
        .out = out, .limit = q->limit ? q->limit : LIMIT, .ctl = ctl, .d = d, .faults = faults};
    uint32_t *map = MEM_NEW(uint32_t, g->n);
    *out = (Recovery){0};
    Status status = map ? project(g, q, out, map, faults) : NOMEM;
    if (status == OK) status = search(&s, g, q, map);
    VEC_FREE(&s.known);
    mem_free(s.table);
    mem_free(map);
    if (status != OK) recover_free(out);
    return status;
}

void recover_free(Recovery *r) {
    graph_free(r->graph);
    mem_free(r->vertex);
    expr_pool_free(&r->pool);
    *r = (Recovery){0};
}

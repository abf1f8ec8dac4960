// Search: breadth-first search through distributions.
#include "runtime/symbol/search.h"

#include <stdlib.h>

#include "runtime/base/mem.h"
#include "runtime/base/str.h"
#include "runtime/graph/separation.h"
#include "runtime/graph/surgery.h"
#include "runtime/graph/walk.h"
#include "runtime/symbol/expr_print.h"
#include "runtime/symbol/simplify.h"

// A distribution is a key of four bits for each variable: what the variable is in it.
enum {
    ABSENT = 0,
    HEAD = 1,
    GIVEN = 2,
    DONE = 3,
    FIXED = 4
}; // FIXED + 2k: given value number k,
   // FIXED + 2k + 1: set to it
#define NONE UINT32_MAX

typedef enum Rule { SOURCE, SUM_OUT, CONDITION, RULE1, RULE2, RULE3, SPECIAL, PRODUCT } Rule;

typedef struct Known {
    uint64_t key;
    Rule rule;
    uint32_t from, with; // what it was derived from; `with` for products
    uint32_t variable;   // the one that changed
    const Expr *e;       // made when it is needed
} Known;

// A product that waits for its second factor.
typedef struct Wish {
    uint64_t key;
    uint32_t first, next; // next wish for the same key's slot
} Wish;

typedef struct Search {
    const Graph *g; // as given: latent vertices do no harm to separation
    const SearchQuery *q;
    SearchAnswer *out;
    uint32_t vertex[SEARCH_VARIABLES];
    uint32_t values[SEARCH_VARIABLES][SEARCH_VALUES];
    size_t n, nvalues[SEARCH_VARIABLES];
    uint32_t symbol[SEARCH_VARIABLES][SEARCH_VALUES];
    VEC(Known) known;
    VEC(Wish) wishes;
    uint32_t *slots, *wish_slots; // open addressing by key; chains of wishes
    size_t room, limit;
    uint64_t target;
    uint32_t found;
    Word *sets; // workspace of six sets
} Search;

static unsigned state_of(uint64_t key, size_t i) {
    return (unsigned)(key >> 4 * i & 15);
}

static uint64_t with_state(uint64_t key, size_t i, unsigned state) {
    return (key & ~(15ull << 4 * i)) | (uint64_t)state << 4 * i;
}

static bool is_given(unsigned state) {
    return state >= GIVEN && state % 2 == 0;
}

static bool is_done(unsigned state) {
    return state >= DONE && state % 2 == 1;
}

// --- what is known ---

static size_t slot_of(const Search *s, uint64_t key) {
    uint64_t hash = key * 0x9e3779b97f4a7c15ull;
    size_t at = (size_t)(hash >> 20) & (s->room - 1);
    while (s->slots[at] != NONE && s->known.items[s->slots[at]].key != key)
        at = (at + 1) & (s->room - 1);
    return at;
}

static uint32_t find(const Search *s, uint64_t key) {
    return s->slots[slot_of(s, key)];
}

static Status add(Search *s, uint64_t key, Rule rule, uint32_t from, uint32_t with,
                  size_t variable);

// Where P(A | h, C) and P(h | C) are both known, P(A, h | C) is.
static Status grant(Search *s, uint64_t key, uint32_t second) {
    size_t at = (size_t)(key * 0x9e3779b97f4a7c15ull >> 20) & (s->room - 1);
    for (uint32_t w = s->wish_slots[at]; w != NONE; w = s->wishes.items[w].next) {
        if (s->wishes.items[w].key != key) continue;
        uint32_t first = s->wishes.items[w].first;
        size_t h = 0;
        while (state_of(key, h) != HEAD) h++;
        uint64_t product = with_state(s->known.items[first].key, h, HEAD);
        TRY(add(s, product, PRODUCT, first, second, h));
    }
    return OK;
}

static Status add(Search *s, uint64_t key, Rule rule, uint32_t from, uint32_t with,
                  size_t variable) {
    size_t at = slot_of(s, key);
    if (s->slots[at] != NONE || s->known.count >= s->limit || s->found != NONE) return OK;
    Known k = {.key = key, .rule = rule, .from = from, .with = with};
    k.variable = (uint32_t)variable;
    if (!VEC_PUSH(&s->known, k)) return NOMEM;
    s->slots[at] = (uint32_t)(s->known.count - 1);
    if (key == s->target) s->found = s->slots[at];
    return OK;
}

static Status wish(Search *s, uint64_t key, uint32_t first) {
    size_t at = (size_t)(key * 0x9e3779b97f4a7c15ull >> 20) & (s->room - 1);
    Wish w = {key, first, s->wish_slots[at]};
    if (!VEC_PUSH(&s->wishes, w)) return NOMEM;
    s->wish_slots[at] = (uint32_t)(s->wishes.count - 1);
    return OK;
}

// --- independences ---

// The head, the conditions and the interventions of a key, less variable `but`.
static void read_sets(Search *s, uint64_t key, size_t but, Word *head, Word *given,
                      Word *done) {
    bits_clear(s->sets, 3 * s->g->words);
    for (size_t i = 0; i < s->n; i++) {
        unsigned state = state_of(key, i);
        if (i == but) continue;
        if (state == HEAD) bits_add(head, s->vertex[i]);
        if (is_given(state)) bits_add(given, s->vertex[i]);
        if (is_done(state)) bits_add(done, s->vertex[i]);
    }
}

// The vertices that a rule cuts the edges into (Pearl 1995), into `z`: those set, and for rule
// 3 also variable i unless it is a cause of a condition. The sets of the key have been read.
static Status rule_graph(Search *s, size_t i, Rule rule, Word *z) {
    size_t words = s->g->words;
    Word *given = s->sets + words, *done = given + words, *work = s->sets + 5 * words;
    Graph *after = NULL;
    bits_copy(z, done, words);
    if (rule != RULE3) return OK;
    TRY(surgery_cut(s->g, done, NULL, &after));
    walk_ancestors(after, given, NULL, work);
    graph_free(after);
    if (!bits_has(work, s->vertex[i])) bits_add(z, s->vertex[i]);
    return OK;
}

// Whether the head is independent of variable i given the rest of the conditions, in the graph
// that the rule looks at.
static Status rule_holds(Search *s, uint64_t key, size_t i, Rule rule, bool *holds) {
    size_t words = s->g->words;
    Word *head = s->sets, *given = head + words, *done = given + words;
    Word *one = done + words, *z = one + words, *work = z + words;
    Graph *cut = NULL;
    read_sets(s, key, i, head, given, done);
    bits_clear(one, words);
    bits_add(one, s->vertex[i]);
    TRY(rule_graph(s, i, rule, z));
    Status status = surgery_cut(s->g, z, rule == RULE2 ? one : NULL, &cut);
    if (status == OK) {
        bits_copy(work, given, words);
        bits_or(work, done, words);
        status = separation_test(cut, head, one, work, holds, NULL);
    }
    graph_free(cut);
    return status;
}

// --- one step ---

// Whether variable i can come or go freely: as a condition (rule 1) or an intervention (rule
// 3).
static Status step_free(Search *s, uint32_t at, size_t i, unsigned state) {
    uint64_t key = s->known.items[at].key;
    bool holds = false;
    if (state == ABSENT || is_given(state)) {
        TRY(rule_holds(s, key, i, RULE1, &holds));
        if (holds && state != ABSENT)
            TRY(add(s, with_state(key, i, ABSENT), RULE1, at, NONE, i));
        if (holds && state == ABSENT) {
            TRY(add(s, with_state(key, i, GIVEN), RULE1, at, NONE, i));
            for (size_t k = 0; k < s->nvalues[i]; k++)
                TRY(add(s, with_state(key, i, FIXED + 2 * (unsigned)k), RULE1, at, NONE, i));
        }
    }
    if (state == ABSENT || is_done(state)) {
        TRY(rule_holds(s, key, i, RULE3, &holds));
        if (holds && state != ABSENT)
            TRY(add(s, with_state(key, i, ABSENT), RULE3, at, NONE, i));
        if (holds && state == ABSENT) TRY(add(s, with_state(key, i, DONE), RULE3, at, NONE, i));
    }
    return OK;
}

static Status step_condition(Search *s, uint32_t at, size_t i, unsigned state) {
    uint64_t key = s->known.items[at].key;
    bool holds = false;
    TRY(rule_holds(s, key, i, RULE2, &holds));
    if (holds) TRY(add(s, with_state(key, i, state ^ 1), RULE2, at, NONE, i));
    for (size_t k = 0; k < s->nvalues[i] && state < FIXED; k++)
        TRY(add(s, with_state(key, i, state + 2 + 2 * (unsigned)k), SPECIAL, at, NONE, i));
    if (state != GIVEN) return OK;
    // P(head | i, C): with P(i | C) it makes the joint.
    uint64_t second = with_state(key, i, HEAD);
    for (size_t j = 0; j < s->n; j++)
        if (state_of(key, j) == HEAD) second = with_state(second, j, ABSENT);
    TRY(wish(s, second, at));
    uint32_t have = find(s, second);
    return have == NONE ? OK : add(s, with_state(key, i, HEAD), PRODUCT, at, have, i);
}

static Status step(Search *s, uint32_t at) {
    uint64_t key = s->known.items[at].key;
    size_t heads = 0;
    for (size_t i = 0; i < s->n; i++) heads += state_of(key, i) == HEAD;
    if (heads == 1) TRY(grant(s, key, at));
    for (size_t i = 0; i < s->n; i++) {
        unsigned state = state_of(key, i);
        if (state == HEAD && heads > 1) {
            TRY(add(s, with_state(key, i, ABSENT), SUM_OUT, at, NONE, i));
            TRY(add(s, with_state(key, i, GIVEN), CONDITION, at, NONE, i));
        }
        if (state != HEAD) TRY(step_free(s, at, i, state));
        if (state >= GIVEN) TRY(step_condition(s, at, i, state));
    }
    return OK;
}

// --- reading the query ---

static Status name_variable(Search *s, uint32_t v, Faults *faults, size_t *index) {
    for (*index = 0; *index < s->n; ++*index)
        if (s->vertex[*index] == v) return OK;
    if (bits_has(s->g->latent, v))
        return fault_add(faults, FAULT_GRAPH_QUESTION, 0,
                         "%s is latent: nothing can be known about it.", s->g->names[v]);
    if (s->n == SEARCH_VARIABLES)
        return fault_add(faults, FAULT_GRAPH_QUESTION, 0,
                         "The sources and the question name more than %d variables.",
                         SEARCH_VARIABLES);
    s->vertex[s->n++] = v;
    return OK;
}

static Status name_value(Search *s, size_t i, uint32_t value, Faults *faults, size_t *k) {
    for (*k = 0; *k < s->nvalues[i]; ++*k)
        if (s->values[i][*k] == value) return OK;
    if (s->nvalues[i] == SEARCH_VALUES)
        return fault_add(faults, FAULT_GRAPH_QUESTION, 0,
                         "The sources and the question name more than %d values of %s.",
                         SEARCH_VALUES, s->g->names[s->vertex[i]]);
    s->values[i][s->nvalues[i]++] = value;
    return OK;
}

static Status read_part(Search *s, const Word *set, unsigned state, Faults *faults,
                        uint64_t *key) {
    size_t i;
    if (!set) return OK;
    SET_EACH(set, s->g->words, v) {
        TRY(name_variable(s, (uint32_t)v, faults, &i));
        *key = with_state(*key, i, state);
    }
    return OK;
}

static Status read_term(Search *s, const SearchTerm *t, Faults *faults, uint64_t *key) {
    size_t i, k;
    *key = 0;
    if (!t->head || bits_empty(t->head, s->g->words))
        return fault_add(faults, FAULT_GRAPH_QUESTION, 0,
                         "A distribution is described that is of no variable.");
    TRY(read_part(s, t->given, GIVEN, faults, key));
    TRY(read_part(s, t->dos, DONE, faults, key));
    TRY(read_part(s, t->head, HEAD, faults, key));
    for (size_t f = 0; f < t->nfixed; f++) {
        TRY(name_variable(s, t->fixed[f].vertex, faults, &i));
        TRY(name_value(s, i, t->fixed[f].value, faults, &k));
        unsigned state = state_of(*key, i);
        if (state >= GIVEN) *key = with_state(*key, i, state + 2 + 2 * (unsigned)k);
    }
    return OK;
}

static Status read_query(Search *s, Faults *faults) {
    TRY(read_term(s, &s->q->target, faults, &s->target));
    for (size_t i = 0; i < s->q->nsources; i++) {
        uint64_t key;
        TRY(read_term(s, &s->q->sources[i], faults, &key));
        TRY(add(s, key, SOURCE, NONE, NONE, 0));
    }
    return OK;
}

// --- the expression ---

static Status open_pool(Search *s) {
    SearchAnswer *a = s->out;
    size_t n = s->g->n, total = n;
    for (size_t i = 0; i < s->n; i++) total += s->nvalues[i];
    a->rank = MEM_NEW(uint32_t, total);
    if (!a->rank) return NOMEM;
    TRY(expr_pool_init(&a->pool, total, a->rank));
    SearchFix *values = ARENA_ARRAY(&a->pool.arena, SearchFix, total + 1);
    if (!values) return NOMEM;
    for (uint32_t i = 0; i < n; i++) a->rank[s->g->order[i]] = i * (SEARCH_VALUES + 1);
    for (size_t i = 0; i < s->n; i++)
        for (size_t k = 0; k < s->nvalues[i]; k++) {
            s->symbol[i][k] = (uint32_t)(n + a->nvalues);
            a->rank[n + a->nvalues] = a->rank[s->vertex[i]] + 1 + (uint32_t)k;
            values[a->nvalues++] = (SearchFix){s->vertex[i], s->values[i][k]};
        }
    a->values = values;
    return OK;
}

// The distribution of a key as one probability.
static const Expr *plain(Search *s, uint64_t key) {
    ExprPool *pool = &s->out->pool;
    Word *head = expr_set(pool), *given = expr_set(pool), *done = expr_set(pool);
    if (!head || !given || !done) return NULL;
    for (size_t i = 0; i < s->n; i++) {
        unsigned state = state_of(key, i);
        uint32_t v = state >= FIXED ? s->symbol[i][(state - FIXED) / 2] : s->vertex[i];
        if (state == HEAD) bits_add(head, v);
        if (is_given(state)) bits_add(given, v);
        if (is_done(state)) bits_add(done, v);
    }
    return expr_prob(pool, head, given, done, NULL);
}

// Puts a value in place of a vertex: the expression holds for all values, so for this one.
static const Expr *specialise(Search *s, const Expr *e, size_t i, unsigned state) {
    ExprPool *pool = &s->out->pool;
    uint32_t from = s->vertex[i], to = s->symbol[i][(state - FIXED) / 2];
    if (!e || !bits_has(e->free, from)) return e;
    if (e->kind == EXPR_PROB) {
        Word *sets[] = {expr_copy(pool, e->head), expr_copy(pool, e->given),
                        expr_copy(pool, e->dos)};
        for (size_t k = 0; k < 3; k++) {
            if (!sets[k]) return NULL;
            if (!bits_has(sets[k], from)) continue;
            bits_drop(sets[k], from);
            bits_add(sets[k], to);
        }
        return expr_prob(pool, sets[0], sets[1], sets[2], e->law);
    }
    const Expr **kids = ARENA_ARRAY(&pool->arena, const Expr *, e->count);
    if (!kids) return NULL;
    for (size_t k = 0; k < e->count; k++) kids[k] = specialise(s, e->kids[k], i, state);
    if (e->kind == EXPR_SUM) return expr_sum(pool, e->head, kids[0]);
    return e->kind == EXPR_QUOTIENT ? expr_quotient(pool, kids[0], kids[1])
                                    : expr_product(pool, kids, e->count);
}

static const Expr *expression(Search *s, uint32_t at);

static const Expr *made(Search *s, const Known *k) {
    ExprPool *pool = &s->out->pool;
    if (k->rule == SOURCE) return plain(s, k->key);
    const Expr *e = expression(s, k->from);
    Word *sum = expr_set(pool);
    if (!e || !sum) return NULL;
    if (k->rule == PRODUCT) return expr_times(pool, e, expression(s, k->with));
    if (k->rule == SPECIAL) return specialise(s, e, k->variable, state_of(k->key, k->variable));
    if (k->rule == SUM_OUT) bits_add(sum, s->vertex[k->variable]);
    if (k->rule == SUM_OUT) return expr_sum(pool, sum, e);
    if (k->rule != CONDITION) return e; // rules 1 to 3: the value is the same
    for (size_t i = 0; i < s->n; i++)
        if (state_of(k->key, i) == HEAD) bits_add(sum, s->vertex[i]);
    return expr_quotient(pool, e, expr_sum(pool, sum, e));
}

static const Expr *expression(Search *s, uint32_t at) {
    Known *k = &s->known.items[at];
    if (!k->e) {
        const Expr *e = made(s, k);
        k->e = e ? simplify(&s->out->pool, NULL, e) : NULL;
    }
    return k->e;
}

// --- the steps ---

static const char *const rules[] = {"source",
                                    "sum",
                                    "condition",
                                    "rule 1 of do-calculus",
                                    "rule 2 of do-calculus",
                                    "rule 3 of do-calculus",
                                    "special value",
                                    "product"};

// What is said before and after the name of the variable that changed.
static const char *const reasons[][2] = {
    {"", ""},
    {"Sum over ", "."},
    {"Given ", ": divide by the sum over the rest."},
    {"", " says nothing more: "},
    {"Seeing and setting ", " come to the same: "},
    {"Setting ", " makes no difference: "},
    {"What holds for all values of ", " holds for this one."},
    {"The distribution of ", " completes the joint one."}};

// The variables' names: vertices, then "Town = 1" or what the caller's numbers are.
static char **pool_names(const Search *s) {
    size_t n = s->out->pool.n;
    char **names = MEM_NEW(char *, n + 1);
    for (size_t i = 0; names && i < n; i++) {
        Str name = {0};
        if (i < s->g->n) {
            str_add(&name, s->g->names[i]);
        } else {
            SearchFix f = s->out->values[i - s->g->n];
            str_printf(&name, "%s = %u", s->g->names[f.vertex], (unsigned)f.value);
        }
        names[i] = str_take(&name);
        if (!names[i]) break;
    }
    return names;
}

static void free_names(const Search *s, char **names) {
    for (size_t i = 0; names && i < s->out->pool.n; i++) mem_free(names[i]);
    mem_free(names);
}

static void add_names(const Search *s, const Word *set, Str *out) {
    const char *separator = "";
    SET_EACH(set, s->g->words, v) {
        str_printf(out, "%s%s", separator, s->g->names[v]);
        separator = ", ";
    }
}

// The independence that a rule of do-calculus rests on: that of the key after the step, in
// which the variable has come, or of the one before, from which it went.
static Status add_independence(Search *s, const Known *k, Str *out) {
    size_t words = s->g->words;
    Word *head = s->sets, *given = head + words, *done = given + words;
    Word *one = done + words, *z = one + words;
    read_sets(s, k->key, k->variable, head, given, done);
    add_names(s, head, out);
    str_printf(out, " _||_ %s", s->g->names[s->vertex[k->variable]]);
    bits_copy(one, given, words);
    bits_or(one, done, words);
    str_add(out, bits_empty(one, words) ? "" : " | ");
    add_names(s, one, out);
    TRY(rule_graph(s, k->variable, k->rule, z));
    bool into = !bits_empty(z, words), out_of = k->rule == RULE2;
    str_add(out, into || out_of ? " in the graph without the edges " : " in the graph");
    if (into) str_add(out, "into ");
    if (into) add_names(s, z, out);
    if (into && out_of) str_add(out, " and ");
    if (out_of) str_printf(out, "out of %s", s->g->names[s->vertex[k->variable]]);
    str_add_char(out, '.');
    return OK;
}

static Status add_step(Search *s, const Known *k, Derivation *d) {
    Str text = {0};
    Status status = OK;
    if (k->rule == SOURCE) return derivation_add(d, rules[SOURCE], "Known.");
    str_printf(&text, "%s%s%s", reasons[k->rule][0], s->g->names[s->vertex[k->variable]],
               reasons[k->rule][1]);
    if (k->rule == RULE1 || k->rule == RULE2 || k->rule == RULE3)
        status = add_independence(s, k, &text);
    if (status == OK && text.failed) status = NOMEM;
    if (status == OK) status = derivation_add(d, rules[k->rule], "%s", str_text(&text));
    str_free(&text);
    return status;
}

// Adds the steps to a known distribution, each after those it rests on.
static Status tell(Search *s, uint32_t at, const char *const *names, bool *told,
                   Derivation *d) {
    const Known *k = &s->known.items[at];
    if (told[at]) return OK;
    told[at] = true;
    if (k->from != NONE) TRY(tell(s, k->from, names, told, d));
    if (k->with != NONE) TRY(tell(s, k->with, names, told, d));
    const Expr *left = plain(s, k->key), *right = expression(s, at);
    if (!left || !right) return NOMEM;
    TRY(add_step(s, k, d));
    Str text = {0};
    expr_print(&s->out->pool, left, names, EXPR_TEXT, &text);
    if (left != right) {
        str_add(&text, " = ");
        expr_print(&s->out->pool, right, names, EXPR_TEXT, &text);
    }
    Status status = text.failed ? NOMEM : derivation_result(d, "%s", str_text(&text));
    str_free(&text);
    return status;
}

static Status explain(Search *s, Derivation *d) {
    if (!d) return OK;
    char **names = pool_names(s);
    bool *told = MEM_NEW(bool, s->known.count);
    Status status = NOMEM;
    if (names && told && names[s->out->pool.n - 1])
        status = tell(s, s->found, (const char *const *)names, told, d);
    free_names(s, names);
    mem_free(told);
    return status;
}

// --- the search ---

static Status make_room(Search *s) {
    s->limit = s->q->limit ? s->q->limit : 50000;
    s->room = 64;
    while (s->room < 2 * s->limit) s->room *= 2;
    s->slots = mem_resize(NULL, s->room, sizeof *s->slots);
    s->wish_slots = mem_resize(NULL, s->room, sizeof *s->wish_slots);
    s->sets = MEM_NEW(Word, 6 * s->g->words);
    if (!s->slots || !s->wish_slots || !s->sets) return NOMEM;
    for (size_t i = 0; i < s->room; i++) s->slots[i] = s->wish_slots[i] = NONE;
    return OK;
}

static Status run(Search *s, Derivation *d, const Ctl *ctl, Faults *faults) {
    TRY(make_room(s));
    TRY(read_query(s, faults));
    for (uint32_t at = 0; at < s->known.count && s->found == NONE; at++) {
        if (ctl_cancelled(ctl)) return CANCELLED;
        TRY(step(s, at));
    }
    s->out->found = s->found != NONE;
    s->out->complete = s->found != NONE || s->known.count < s->limit;
    TRY(open_pool(s));
    if (!s->out->found) return OK;
    s->out->estimand = expression(s, s->found);
    return s->out->estimand ? explain(s, d) : NOMEM;
}

Status search_run(const Graph *g, const SearchQuery *q, Derivation *d, const Ctl *ctl,
                  Faults *faults, SearchAnswer *out) {
    Search s = {.g = g, .q = q, .out = out, .found = NONE};
    *out = (SearchAnswer){0};
    Status status = run(&s, d, ctl, faults);
    VEC_FREE(&s.known);
    VEC_FREE(&s.wishes);
    mem_free(s.slots);
    mem_free(s.wish_slots);
    mem_free(s.sets);
    if (status != OK) search_free(out);
    return status;
}

void search_free(SearchAnswer *a) {
    expr_pool_free(&a->pool);
    mem_free(a->rank);
    *a = (SearchAnswer){0};
}

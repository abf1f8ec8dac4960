// Identify_cf: factors of counterfactual conjunctions, each found in a source.
#include "runtime/symbol/identify_cf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/base/str.h"
#include "runtime/symbol/ctf.h"
#include "runtime/symbol/explain_cf.h"
#include "runtime/symbol/observed.h"
#include "runtime/symbol/simplify.h"

typedef struct CfRun {
    const Graph *g; // as given
    const CfQuery *q;
    CfIdentification *id;
    Derivation *d;
    Graph *graph; // without latent vertices
    uint32_t *vertex, *map;
    ExprPool factors; // over its vertices
    const Source *sources;
    CtfTable table;
    Ctf joint, given;              // the events with what is given, and the latter alone
    bool *drop_joint, *drop_given; // factors that cancel in the quotient of both
    uint32_t *any; // of each vertex, the symbol of a value that does not matter or is summed
                   // within a factor
} CfRun;

// --- reading the question ---

static Status check_vertex(const CfRun *r, uint32_t v, Faults *faults) {
    if (!bits_has(r->g->latent, v)) return OK;
    return fault_add(faults, FAULT_GRAPH_QUESTION, 0,
                     "%s is latent: nothing can be asked about it.", r->g->names[v]);
}

static Status check_events(const CfRun *r, const CfEvent *events, size_t count,
                           Faults *faults) {
    for (size_t i = 0; i < count; i++) {
        TRY(check_vertex(r, events[i].vertex, faults));
        for (size_t j = 0; j < events[i].nworld; j++)
            TRY(check_vertex(r, events[i].world[j].vertex, faults));
    }
    return OK;
}

static Status check_question(const CfRun *r, Faults *faults) {
    TRY(observed_all(r->g, faults));
    TRY(check_events(r, r->q->events, r->q->nevents, faults));
    return check_events(r, r->q->given, r->q->ngiven, faults);
}

static Status symbol_of(CfRun *r, uint32_t vertex, uint32_t value, uint32_t *symbol) {
    return ctf_symbol(&r->table, r->map[vertex], value, symbol);
}

static Status add_events(CfRun *r, Ctf *c, const CfEvent *events, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t *world = ctf_world(&r->table), symbol;
        if (!world) return NOMEM;
        for (size_t j = 0; j < events[i].nworld; j++) {
            const CfSetting *s = &events[i].world[j];
            TRY(symbol_of(r, s->vertex, s->value, &symbol));
            world[r->map[s->vertex]] = symbol;
        }
        TRY(symbol_of(r, events[i].vertex, events[i].value, &symbol));
        TRY(ctf_event(c, r->map[events[i].vertex], world, symbol));
    }
    return OK;
}

static Status mark_sums(CfRun *r) {
    for (size_t i = 0; i < r->q->nsums; i++) {
        uint32_t symbol;
        TRY(symbol_of(r, r->q->sums[i].vertex, r->q->sums[i].value, &symbol));
        r->table.symbols.items[symbol].summed = true;
    }
    return OK;
}

// Factorises what is given, and then all events with it.
static Status factorise(CfRun *r) {
    TRY(mark_sums(r));
    TRY(add_events(r, &r->given, r->q->given, r->q->ngiven));
    if (!r->given.impossible) TRY(ctf_factorise(&r->given));
    ctf_forget(&r->table);
    TRY(add_events(r, &r->joint, r->q->events, r->q->nevents));
    TRY(add_events(r, &r->joint, r->q->given, r->q->ngiven));
    return r->joint.impossible ? OK : ctf_factorise(&r->joint);
}

// --- what cancels ---

static bool is_summed(const CfRun *r, uint32_t symbol) {
    return symbol != GRAPH_NONE && r->table.symbols.items[symbol].summed;
}

// Whether two factors share a summed symbol.
static bool linked(const CfRun *r, const CtfFactor *a, const CtfFactor *b) {
    for (size_t v = 0; v < r->graph->n; v++)
        if (is_summed(r, a->assign[v]))
            for (size_t w = 0; w < r->graph->n; w++)
                if (b->assign[w] == a->assign[v]) return true;
    return false;
}

static bool equal_factors(const CfRun *r, const CtfFactor *a, const CtfFactor *b) {
    return a->clash == GRAPH_NONE && b->clash == GRAPH_NONE &&
           bits_equal(a->district, b->district, r->graph->words) &&
           !memcmp(a->assign, b->assign, r->graph->n * sizeof *a->assign);
}

static bool has_equal(const CfRun *r, const CtfFactor *f, const Ctf *c, const bool *drop) {
    for (size_t i = 0; i < c->factors.count; i++)
        if (drop[i] && equal_factors(r, f, &c->factors.items[i])) return true;
    return false;
}

// Factors stay when they have no equal on the other side, or are linked to one that stays.
static bool keep_more(const CfRun *r, const Ctf *c, bool *drop, const Ctf *other,
                      const bool *other_drop) {
    bool changed = false;
    for (size_t i = 0; i < c->factors.count; i++) {
        const CtfFactor *f = &c->factors.items[i];
        bool stays = drop[i] && !has_equal(r, f, other, other_drop);
        for (size_t j = 0; j < c->factors.count && drop[i]; j++)
            if (!drop[j] && linked(r, f, &c->factors.items[j])) stays = true;
        if (!stays) continue;
        drop[i] = false;
        changed = true;
    }
    return changed;
}

// Ancestral components that hold no event of the question cancel (Correa et al. 2021, section
// 4).
static Status cancel(CfRun *r) {
    r->drop_joint = MEM_NEW(bool, r->joint.factors.count);
    r->drop_given = MEM_NEW(bool, r->given.factors.count);
    if (!r->drop_joint || !r->drop_given) return NOMEM;
    for (size_t i = 0; i < r->joint.factors.count; i++) r->drop_joint[i] = true;
    for (size_t i = 0; i < r->given.factors.count; i++) r->drop_given[i] = true;
    for (bool changed = true; changed;) {
        changed = keep_more(r, &r->joint, r->drop_joint, &r->given, r->drop_given);
        changed |= keep_more(r, &r->given, r->drop_given, &r->joint, r->drop_joint);
    }
    return OK;
}

// --- factors as expressions over symbols ---

// Vertices of a factor's expression become symbols, by its assignment; those in `bound` are
// summed around it.
typedef struct Rename {
    CfRun *r;
    const CtfFactor *f;
    const Word *bound;
} Rename;

static void rename_set(const Rename *n, const Word *set, Word *out) {
    SET_EACH(set, n->r->factors.words, v) {
        bool own = bits_has(n->bound, v) || n->f->assign[v] == GRAPH_NONE;
        bits_add(out, own ? n->r->any[v] : n->f->assign[v]);
    }
}

static const Expr *renamed(Rename *n, const Expr *e);

static const Expr *renamed_prob(Rename *n, const Expr *e) {
    ExprPool *pool = &n->r->id->pool;
    Word *head = expr_set(pool), *given = expr_set(pool), *dos = expr_set(pool);
    if (!head || !given || !dos) return NULL;
    rename_set(n, e->head, head);
    rename_set(n, e->given, given);
    rename_set(n, e->dos, dos);
    return expr_prob(pool, head, given, dos, e->law);
}

static const Expr *renamed_sum(Rename *n, const Expr *e) {
    ExprPool *pool = &n->r->id->pool;
    Word *vars = expr_set(pool);
    Word *bound = expr_union(&n->r->factors, n->bound, e->head);
    if (!vars || !bound) return NULL;
    Rename inner = {.r = n->r, .f = n->f, .bound = bound};
    rename_set(&inner, e->head, vars);
    return expr_sum(pool, vars, renamed(&inner, e->kids[0]));
}

static const Expr *renamed(Rename *n, const Expr *e) {
    ExprPool *pool = &n->r->id->pool;
    if (!e) return NULL;
    if (e->kind == EXPR_ONE) return expr_one(pool);
    if (e->kind == EXPR_PROB) return renamed_prob(n, e);
    if (e->kind == EXPR_SUM) return renamed_sum(n, e);
    const Expr **kids = ARENA_ARRAY(&pool->arena, const Expr *, e->count);
    if (!kids) return NULL;
    for (size_t i = 0; i < e->count; i++) kids[i] = renamed(n, e->kids[i]);
    return e->kind == EXPR_QUOTIENT ? expr_quotient(pool, kids[0], kids[1])
                                    : expr_product(pool, kids, e->count);
}

// --- finding the factors ---

// With every experiment at hand, a factor is the experiment on its parents.
static const Expr *experiment(CfRun *r, const CtfFactor *f) {
    Word *dos = expr_set(&r->factors);
    if (!dos) return NULL;
    for (size_t v = 0; v < r->graph->n; v++)
        if (f->assign[v] != GRAPH_NONE && !bits_has(f->district, v)) bits_add(dos, v);
    return expr_prob(&r->factors, f->district, NULL, dos, NULL);
}

static Status fail(CfRun *r, const CtfFactor *f, CfVerdict verdict) {
    Word *district = graph_set(r->g);
    if (!district) return NOMEM;
    r->id->verdict = verdict;
    r->id->district = district;
    SET_EACH(f->district, r->graph->words, v) bits_add(district, r->vertex[v]);
    if (verdict == CF_CLASH) r->id->clash = r->vertex[f->clash];
    return OK;
}

// The law of a factor, or the verdict why there is none.
static Status find_factor(CfRun *r, const CtfFactor *f, const Expr **out) {
    static const Source joint = {0};
    const Source *sources = r->q->nsources ? r->sources : &joint;
    size_t which, count = r->q->nsources ? r->q->nsources : 1;
    const Expr *e = NULL;
    *out = NULL;
    if (f->clash != GRAPH_NONE) return fail(r, f, CF_CLASH);
    if (r->q->experiments) {
        e = experiment(r, f);
        if (!e) return NOMEM;
    } else {
        TRY(source_factor(&r->factors, r->graph, sources, count, f->district, &e, &which));
        if (!e) return fail(r, f, CF_UNKNOWN);
        e = simplify(&r->factors, r->graph, e);
    }
    Word *none = expr_set(&r->factors);
    if (!none) return NOMEM;
    Rename n = {.r = r, .f = f, .bound = none};
    *out = renamed(&n, e);
    return *out ? OK : NOMEM;
}

// The sum over the summed symbols of the factors that do not cancel; NULL with a verdict when
// one cannot be had.
static Status assemble(CfRun *r, const Ctf *c, const bool *drop, const Expr **out) {
    ExprPool *pool = &r->id->pool;
    const Expr *product = expr_one(pool);
    Word *sum = expr_set(pool);
    *out = NULL;
    if (!sum) return NOMEM;
    for (size_t i = 0; i < c->factors.count; i++) {
        const Expr *e;
        if (drop[i]) continue;
        TRY(find_factor(r, &c->factors.items[i], &e));
        if (!e) return OK;
        for (size_t v = 0; v < r->graph->n; v++)
            if (is_summed(r, c->factors.items[i].assign[v]))
                bits_add(sum, c->factors.items[i].assign[v]);
        product = expr_times(pool, product, e);
    }
    *out = expr_sum(pool, sum, product);
    return *out ? OK : NOMEM;
}

// --- the pool over symbols ---

typedef struct RankKey {
    uint32_t rank, symbol;
} RankKey;

static int compare_keys(const void *a, const void *b) {
    const RankKey *x = a, *y = b;
    if (x->rank != y->rank) return x->rank < y->rank ? -1 : 1;
    return (x->symbol > y->symbol) - (x->symbol < y->symbol);
}

// All symbols are known now: ranks them by their vertices.
static Status open_pool(CfRun *r) {
    CfIdentification *id = r->id;
    for (uint32_t v = 0; v < r->graph->n; v++)
        TRY(ctf_symbol(&r->table, v, GRAPH_NONE, &r->any[v]));
    size_t n = r->table.symbols.count;
    RankKey *keys = MEM_NEW(RankKey, n);
    id->rank = MEM_NEW(uint32_t, n);
    Status status = keys && id->rank ? expr_pool_init(&id->pool, n, id->rank) : NOMEM;
    CfSymbol *symbols = status == OK ? ARENA_ARRAY(&id->pool.arena, CfSymbol, n + 1) : NULL;
    if (status == OK && !symbols) status = NOMEM;
    for (uint32_t i = 0; status == OK && i < n; i++) {
        const CtfSymbol *s = &r->table.symbols.items[i];
        keys[i] = (RankKey){r->factors.rank[s->vertex], i};
        symbols[i] = (CfSymbol){r->vertex[s->vertex], s->value, s->summed};
    }
    if (status == OK) {
        qsort(keys, n, sizeof *keys, compare_keys);
        for (uint32_t i = 0; i < n; i++) id->rank[keys[i].symbol] = i;
        id->symbols = symbols;
    }
    mem_free(keys);
    return status;
}

// --- the answer ---

static Status identify_both(CfRun *r, const char *const *names) {
    CfIdentification *id = r->id;
    const Expr *up, *down = NULL;
    TRY(explain_cf_factors(id, &r->joint, names, r->d));
    TRY(cancel(r));
    TRY(assemble(r, &r->joint, r->drop_joint, &up));
    if (up) TRY(assemble(r, &r->given, r->drop_given, &down));
    if (!up || !down) return explain_cf_failure(id, r->g, r->d);
    id->raw = expr_quotient(&id->pool, up, down);
    id->estimand = id->raw ? simplify(&id->pool, NULL, id->raw) : NULL;
    if (!id->estimand) return NOMEM;
    id->verdict = CF_IDENTIFIED;
    return explain_cf_answer(id, names, r->q->ngiven > 0, r->d);
}

static Status conclude(CfRun *r) {
    if (r->given.impossible || r->joint.impossible) {
        r->id->verdict = r->given.impossible ? CF_UNDEFINED : CF_ZERO;
        return OK;
    }
    const char **names = r->d ? identify_cf_names(r->g, r->id) : NULL;
    if (r->d && !names) return NOMEM;
    Status status = identify_both(r, names);
    mem_free(names);
    return status;
}

static Status translate_sources(CfRun *r) {
    Source *sources = ARENA_ARRAY(&r->factors.arena, Source, r->q->nsources + 1);
    if (!sources) return NOMEM;
    for (size_t i = 0; i < r->q->nsources; i++) {
        const Source *s = &r->q->sources[i];
        Word *dos = observed_set(&r->factors, r->g, r->map, s->dos);
        Word *seen = observed_set(&r->factors, r->g, r->map, s->seen);
        Word *differs = observed_set(&r->factors, r->g, r->map, s->differs);
        if (!dos || !seen || !differs) return NOMEM;
        sources[i] = (Source){dos, s->seen ? seen : NULL, differs, s->law};
    }
    r->sources = sources;
    return OK;
}

static Status run(CfRun *r, Faults *faults) {
    TRY(check_question(r, faults));
    r->map = MEM_NEW(uint32_t, r->g->n);
    if (!r->map) return NOMEM;
    TRY(observed_init(r->g, &r->graph, &r->vertex, &r->factors, r->map));
    TRY(translate_sources(r));
    r->any = MEM_NEW(uint32_t, r->graph->n);
    if (!r->any) return NOMEM;
    r->table.g = r->graph;
    r->table.arena = &r->factors.arena;
    TRY(factorise(r));
    TRY(open_pool(r));
    return conclude(r);
}

Status identify_cf(const Graph *g, const CfQuery *q, Derivation *d, Faults *faults,
                   CfIdentification *out) {
    *out =
        (CfIdentification){.clash = GRAPH_NONE, .value_text = q->value_text, .user = q->user};
    CfRun r = {.g = g, .q = q, .id = out, .d = d};
    r.joint.table = r.given.table = &r.table;
    Status status = run(&r, faults);
    ctf_free(&r.joint);
    ctf_free(&r.given);
    ctf_table_free(&r.table);
    mem_free(r.drop_joint);
    mem_free(r.drop_given);
    mem_free(r.any);
    mem_free(r.map);
    mem_free(r.vertex);
    graph_free(r.graph);
    expr_pool_free(&r.factors);
    if (status != OK) identify_cf_free(out);
    return status;
}

void identify_cf_free(CfIdentification *id) {
    expr_pool_free(&id->pool);
    mem_free(id->district);
    mem_free(id->rank);
    *id = (CfIdentification){0};
}

// --- names ---

// How many symbols before this one are of the same vertex and kind (named by the caller, or
// not); named ones are counted by their values.
static size_t place_among(const CfIdentification *id, size_t symbol) {
    const CfSymbol *s = &id->symbols[symbol];
    size_t place = 0;
    for (size_t i = 0; i < id->pool.n; i++) {
        const CfSymbol *other = &id->symbols[i];
        bool named = s->value != GRAPH_NONE && !s->summed;
        if (other->vertex != s->vertex ||
            (other->value != GRAPH_NONE && !other->summed) != named)
            continue;
        place += named ? other->value < s->value : i < symbol;
    }
    return place;
}

static void name_symbol(const Graph *g, const CfIdentification *id, size_t symbol, Str *out) {
    const CfSymbol *s = &id->symbols[symbol];
    const char *name = g->names[s->vertex];
    bool named = s->value != GRAPH_NONE && !s->summed;
    str_add(out, name);
    if (named && id->value_text) {
        str_add(out, " = ");
        id->value_text(id->user, s->vertex, s->value, out);
        return;
    }
    if (named) {
        str_add(out, " = ");
        for (; *name; name++) str_add_char(out, (char)tolower((unsigned char)*name));
    }
    str_fill(out, '\'', place_among(id, symbol));
}

const char **identify_cf_names(const Graph *g, const CfIdentification *id) {
    Str all = {0};
    size_t n = id->pool.n;
    for (size_t i = 0; i < n; i++) {
        name_symbol(g, id, i, &all);
        str_add_char(&all, '\0');
    }
    size_t pointers = n * sizeof(char *);
    char *block = all.failed ? NULL : mem_new(pointers + all.len + 1, 1);
    if (block) {
        if (all.len) memcpy(block + pointers, all.text, all.len);
        const char **names = (const char **)(void *)block;
        const char *at = block + pointers;
        for (size_t i = 0; i < n; i++, at += strlen(at) + 1) names[i] = at;
    }
    str_free(&all);
    return (const char **)(void *)block;
}

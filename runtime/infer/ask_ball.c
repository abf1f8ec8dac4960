// Bayes-ball: what depends on what, given the evidence, and whose mechanism matters.
//
// Shachter, "Bayes-Ball: the rational pastime" (UAI 1998), with two additions: A <-> B bounces
// as through a latent common cause, and a condition on several variables is an observed effect
// of all of them.
#include "runtime/infer/ask_net.h"

// Lists of small integers by key, one after the other: those of k are
// items[start[k]..start[k+1]).
typedef struct Lists {
    size_t *start;
    uint32_t *items;
} Lists;

typedef struct Ball {
    const AskScene *s;
    AskBall *out;
    Word *observed, *bottom;
    Lists children, spouses;
    Lists causes;    // of open variables
    Lists factors;   // indices into s->conds
    Word *bounced;   // factors that the ball has bounced off
    uint32_t *queue; // variables to visit; the low bit says "from a child"
    size_t head, tail;
    Word *queued; // 2 * variable + from_child
} Ball;

typedef struct Pair {
    uint32_t key, item;
} Pair;
typedef VEC(Pair) Pairs;

static Status group(Arena *arena, uint32_t nkeys, Pairs *pairs, bool ok, Lists *out) {
    out->start = ARENA_ARRAY(arena, size_t, (size_t)nkeys + 2);
    out->items = ARENA_ARRAY(arena, uint32_t, pairs->count);
    ok = ok && out->start && out->items;
    for (size_t i = 0; ok && i < pairs->count; i++) out->start[pairs->items[i].key + 2]++;
    for (uint32_t k = 1; ok && k < nkeys; k++) out->start[k + 1] += out->start[k];
    for (size_t i = 0; ok && i < pairs->count; i++)
        out->items[out->start[pairs->items[i].key + 1]++] = pairs->items[i].item;
    VEC_FREE(pairs);
    return ok ? OK : NOMEM;
}

// The causes of an open variable are known from the edges alone.
static bool is_open_edge(const Model *m, const ModelEdge *e) {
    return !e->both && m->vars[e->to]->mech == MECH_NONE;
}

static Status list_children(Ball *b, Arena *arena) {
    const Model *m = b->s->model;
    Pairs pairs = {0};
    bool ok = true;
    for (uint32_t v = 0; v < m->nvars; v++)
        for (uint32_t p = 0; ok && m->vars[v]->mech != MECH_NONE && p < m->vars[v]->nparents;
             p++)
            ok = VEC_PUSH(&pairs, ((Pair){m->vars[v]->parents[p], v}));
    for (uint32_t e = 0; ok && e < m->nedges; e++)
        if (is_open_edge(m, &m->edges[e]))
            ok = VEC_PUSH(&pairs, ((Pair){m->edges[e].from, m->edges[e].to}));
    return group(arena, m->nvars, &pairs, ok, &b->children);
}

static Status list_causes(Ball *b, Arena *arena) {
    const Model *m = b->s->model;
    Pairs pairs = {0};
    bool ok = true;
    for (uint32_t e = 0; ok && e < m->nedges; e++)
        if (is_open_edge(m, &m->edges[e]))
            ok = VEC_PUSH(&pairs, ((Pair){m->edges[e].to, m->edges[e].from}));
    return group(arena, m->nvars, &pairs, ok, &b->causes);
}

static Status list_spouses(Ball *b, Arena *arena) {
    const Model *m = b->s->model;
    Pairs pairs = {0};
    bool ok = true;
    for (uint32_t e = 0; ok && e < m->nedges; e++) {
        const ModelEdge *edge = &m->edges[e];
        if (edge->both)
            ok = VEC_PUSH(&pairs, ((Pair){edge->from, edge->to})) &&
                 VEC_PUSH(&pairs, ((Pair){edge->to, edge->from}));
    }
    return group(arena, m->nvars, &pairs, ok, &b->spouses);
}

static Status list_factors(Ball *b, Arena *arena) {
    const AskFactors *conds = &b->s->conds;
    Pairs pairs = {0};
    bool ok = true;
    for (size_t i = 0; i < conds->count; i++)
        for (uint32_t j = 0; ok && j < conds->items[i].nvars; j++)
            ok = VEC_PUSH(&pairs, ((Pair){conds->items[i].vars[j], (uint32_t)i}));
    return group(arena, b->s->model->nvars, &pairs, ok, &b->factors);
}

static void send(Ball *b, uint32_t var, bool from_child) {
    size_t key = 2 * (size_t)var + from_child;
    if (bits_has(b->queued, key)) return;
    bits_add(b->queued, key);
    b->queue[b->tail++] = (uint32_t)key;
}

static void send_up(Ball *b, uint32_t var) {
    if (bits_has(b->out->top, var)) return;
    bits_add(b->out->top, var);
    const ModelVar *v = b->s->model->vars[var];
    for (uint32_t p = 0; v->mech != MECH_NONE && p < v->nparents; p++)
        send(b, v->parents[p], true);
    for (size_t i = b->causes.start[var]; i < b->causes.start[var + 1]; i++)
        send(b, b->causes.items[i], true);
    for (size_t i = b->spouses.start[var]; i < b->spouses.start[var + 1]; i++)
        send(b, b->spouses.items[i], false);
}

static void bounce(Ball *b, uint32_t factor) {
    if (bits_has(b->bounced, factor)) return;
    bits_add(b->bounced, factor);
    const AskFactor *f = &b->s->conds.items[factor];
    for (uint32_t i = 0; i < f->nvars; i++) send(b, f->vars[i], true);
}

static void send_down(Ball *b, uint32_t var) {
    if (bits_has(b->bottom, var)) return;
    bits_add(b->bottom, var);
    for (size_t i = b->children.start[var]; i < b->children.start[var + 1]; i++)
        send(b, b->children.items[i], false);
    for (size_t i = b->factors.start[var]; i < b->factors.start[var + 1]; i++)
        bounce(b, b->factors.items[i]);
}

static void arrive(Ball *b, uint32_t var, bool from_child) {
    bits_add(b->out->seen, var);
    bool observed = bits_has(b->observed, var);
    if (observed != from_child) send_up(b, var);
    if (!observed) send_down(b, var);
}

static void mark_observed(Ball *b) {
    const AskScene *s = b->s;
    for (size_t i = 0; i < s->given.count; i++) bits_add(b->observed, s->given.items[i]);
    for (size_t i = 0; i < s->conds.count; i++)
        if (ask_factor_point(s, &s->conds.items[i]) != NET_NONE)
            bits_add(b->observed, s->conds.items[i].vars[0]);
}

static Status prepare(Ball *b, Arena *arena) {
    size_t n = b->s->model->nvars, words = bits_words(n);
    b->out->words = words;
    b->out->seen = ARENA_ARRAY(arena, Word, words);
    b->out->top = ARENA_ARRAY(arena, Word, words);
    b->bottom = ARENA_ARRAY(arena, Word, words);
    b->observed = ARENA_ARRAY(arena, Word, words);
    b->queued = ARENA_ARRAY(arena, Word, bits_words(2 * n));
    b->queue = ARENA_ARRAY(arena, uint32_t, 2 * n);
    b->bounced = ARENA_ARRAY(arena, Word, bits_words(b->s->conds.count));
    bool ok = b->out->seen && b->out->top && b->bottom && b->observed && b->queued &&
              b->queue && b->bounced;
    if (!ok) return NOMEM;
    TRY(list_children(b, arena));
    TRY(list_causes(b, arena));
    TRY(list_spouses(b, arena));
    TRY(list_factors(b, arena));
    mark_observed(b);
    return OK;
}

Status ask_ball_throw(AskScene *s, const uint32_t *from, uint32_t nfrom, Arena *arena,
                      AskBall *out) {
    *out = (AskBall){0};
    Ball b = {.s = s, .out = out};
    TRY(prepare(&b, arena));
    for (uint32_t i = 0; i < nfrom; i++) send(&b, from[i], true);
    while (b.head < b.tail) {
        uint32_t key = b.queue[b.head++];
        arrive(&b, key / 2, key & 1);
    }
    return OK;
}

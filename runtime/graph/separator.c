// Separator: minimal, nearest and cheapest separating sets.
#include "runtime/graph/separator.h"

#include "runtime/base/mem.h"
#include "runtime/graph/flow.h"
#include "runtime/graph/walk.h"

// --- setting up ---

static Status copy_query(Separators *s, const Graph *g, const SeparatorQuery *q) {
    s->x = graph_set(g);
    s->y = graph_set(g);
    s->must = graph_set(g);
    s->may = graph_set(g);
    s->hidden = graph_set(g);
    s->side = graph_set(g);
    s->near = graph_set(g);
    s->far = graph_set(g);
    s->frame = MEM_NEW(Word, 2 * g->words);
    if (!s->x || !s->y || !s->must || !s->may || !s->hidden || !s->side || !s->near ||
        !s->far || !s->frame)
        return NOMEM;
    bits_copy(s->must, g->selected, g->words);
    bits_copy(s->hidden, g->selected, g->words);
    if (q->must) bits_or(s->must, q->must, g->words);
    bits_copy(s->x, q->x, g->words);
    bits_andnot(s->x, s->must, g->words);
    bits_copy(s->y, q->y, g->words);
    bits_andnot(s->y, s->must, g->words);
    if (q->may)
        bits_copy(s->may, q->may, g->words);
    else
        graph_observed(g, s->may);
    bits_andnot(s->may, s->x, g->words);
    bits_andnot(s->may, s->y, g->words);
    return OK;
}

static Status prepare(Separators *s, const Graph *g, const SeparatorQuery *q) {
    TRY(copy_query(s, g, q));
    bits_copy(s->near, s->x, g->words);
    bits_or(s->near, s->y, g->words);
    bits_or(s->near, s->must, g->words);
    walk_ancestors(g, s->near, NULL, s->side);
    TRY(moral_init(&s->moral, g, s->side));
    // What must be conditioned on bars the way already: neither to be chosen nor passed.
    bits_andnot(s->may, s->must, g->words);
    bits_and(s->may, s->moral.vertices, g->words);
    return OK;
}

static Word *frame_at(Separators *s, size_t i) {
    return s->stack + 2 * i * s->moral.words;
}

// A frame is a pair (within, barred): separators whose X-side holds `within` and nothing
// barred.
static Status push_frame(Separators *s, const Word *within, const Word *barred) {
    size_t words = s->moral.words;
    if (s->depth == s->room) {
        size_t room = s->room ? 2 * s->room : 8;
        Word *stack = mem_resize(s->stack, room, (2 * words + 1) * sizeof *stack);
        if (!stack) return NOMEM;
        s->stack = stack;
        s->room = room;
    }
    Word *frame = frame_at(s, s->depth++);
    bits_copy(frame, within, words);
    bits_copy(frame + words, barred, words);
    return OK;
}

Status separator_begin(Separators *s, const Graph *g, const SeparatorQuery *q) {
    TRY(prepare(s, g, q));
    if (bits_meet(s->x, s->y, g->words)) return OK;
    bits_clear(s->near, g->words);
    return push_frame(s, s->x, s->near);
}

void separator_end(Separators *s) {
    moral_free(&s->moral);
    mem_free(s->x);
    mem_free(s->y);
    mem_free(s->must);
    mem_free(s->may);
    mem_free(s->hidden);
    mem_free(s->side);
    mem_free(s->near);
    mem_free(s->far);
    mem_free(s->frame);
    mem_free(s->stack);
    *s = (Separators){0};
}

// What was asked for belongs to every answer; the selected vertices go without saying.
static void list_must(const Separators *s, Word *out) {
    bits_or(out, s->must, s->moral.words);
    bits_andnot(out, s->hidden, s->moral.words);
}

// --- the nearest separator ---

// Grows `from` through vertices that may not be chosen. Its boundary (s->far, without `must`)
// separates unless the growth, left in s->side, has met `goal`.
static bool grow(Separators *s, const Word *from, const Word *goal) {
    size_t words = s->moral.words;
    bits_copy(s->near, s->may, words);
    bits_or(s->near, s->must, words);
    moral_component(&s->moral, from, s->near, s->side);
    moral_boundary(&s->moral, s->side, s->far);
    bits_andnot(s->far, s->must, words);
    return !bits_meet(s->side, goal, words);
}

// The minimal separator closest to `from`, between from and goal, into `out`; s->side is then
// its whole side of `from`. False when there is none.
static bool nearest(Separators *s, const Word *from, const Word *goal, Word *out) {
    size_t words = s->moral.words;
    if (!grow(s, from, goal)) return false;
    bits_copy(out, s->far, words);
    bits_or(s->far, s->must, words);
    moral_component(&s->moral, goal, s->far, s->near);
    moral_boundary(&s->moral, s->near, s->far);
    bits_and(out, s->far, words); // those of the boundary that face the goal
    bits_copy(s->far, out, words);
    bits_or(s->far, s->must, words);
    moral_component(&s->moral, from, s->far, s->side);
    return true;
}

Status separator_next(Separators *s, bool *found, Word *out) {
    size_t words = s->moral.words;
    Word *within = s->frame, *barred = s->frame + words;
    *found = false;
    while (s->depth) {
        s->depth--;
        bits_copy(s->frame, frame_at(s, s->depth), 2 * words);
        if (!nearest(s, within, s->y, out) || bits_meet(s->side, barred, words)) continue;
        bits_copy(s->near, out, words);
        bits_andnot(s->near, barred, words);
        size_t v = bits_next(s->near, words, 0);
        if (v == words * 64) {
            list_must(s, out);
            *found = true;
            return OK;
        }
        // Separators with v beyond X's side are tried after those with v in it are exhausted,
        // but the nearest one, which has v beyond, comes first.
        bits_copy(within, s->side, words);
        bits_add(within, v);
        TRY(push_frame(s, within, barred));
        bits_drop(within, v);
        bits_add(barred, v);
        TRY(push_frame(s, within, barred));
    }
    return OK;
}

Status separator_nearest(const Graph *g, const SeparatorQuery *q, bool *exists, Word *out) {
    Separators s = {0};
    Status status = prepare(&s, g, q);
    if (status == OK) {
        *exists = !bits_meet(s.x, s.y, g->words) && nearest(&s, s.x, s.y, out);
        if (*exists) list_must(&s, out);
    }
    separator_end(&s);
    return status;
}

Status separator_boundary(const Graph *g, const SeparatorQuery *q, bool *exists, Word *out) {
    Separators s = {0};
    Status status = prepare(&s, g, q);
    if (status == OK) {
        *exists = !bits_meet(s.x, s.y, g->words) && grow(&s, s.x, s.y);
        bits_copy(out, s.far, g->words);
        list_must(&s, out);
    }
    separator_end(&s);
    return status;
}

// --- the cheapest separator ---

// Node numbers of the flow network: each vertex enters by 2v and leaves by 2v + 1; then the
// cliques, the source and the sink.
static Status lay_network(const Separators *s, const double *cost, Flow *f) {
    const Moral *m = &s->moral;
    size_t source = 2 * m->n + m->ncliques, sink = source + 1;
    SET_EACH(m->vertices, m->words, v) {
        if (bits_has(s->must, v)) continue;
        double price = bits_has(s->may, v) ? (cost ? cost[v] : 1) : FLOW_ENDLESS;
        TRY(flow_arc(f, 2 * v, 2 * v + 1, price));
        if (bits_has(s->x, v)) TRY(flow_arc(f, source, 2 * v, FLOW_ENDLESS));
        if (bits_has(s->y, v)) TRY(flow_arc(f, 2 * v + 1, sink, FLOW_ENDLESS));
        for (size_t i = m->clique_first[v]; i < m->clique_first[v + 1]; i++) {
            TRY(flow_arc(f, 2 * v + 1, 2 * m->n + m->clique[i], FLOW_ENDLESS));
            TRY(flow_arc(f, 2 * m->n + m->clique[i], 2 * v, FLOW_ENDLESS));
        }
    }
    return OK;
}

static Status cut_cheapest(Separators *s, const double *cost, bool *exists, Word *out) {
    Flow f = {0};
    double value = 0;
    size_t nodes = 2 * s->moral.n + s->moral.ncliques + 2;
    Status status = flow_init(&f, nodes);
    if (status == OK) status = lay_network(s, cost, &f);
    if (status == OK) status = flow_run(&f, nodes - 2, nodes - 1, &value);
    if (status == OK && value < FLOW_ENDLESS) {
        *exists = true;
        flow_mark_sink_side(&f, nodes - 1);
        bits_clear(out, s->moral.words);
        list_must(s, out);
        SET_EACH(s->may, s->moral.words, v)
            if (!flow_on_sink_side(&f, 2 * v) && flow_on_sink_side(&f, 2 * v + 1))
                bits_add(out, v);
    }
    flow_free(&f);
    return status;
}

Status separator_cheapest(const Graph *g, const SeparatorQuery *q, const double *cost,
                          bool *exists, Word *out) {
    Separators s = {0};
    Status status = prepare(&s, g, q);
    *exists = false;
    if (status == OK && !bits_meet(s.x, s.y, g->words))
        status = cut_cheapest(&s, cost, exists, out);
    separator_end(&s);
    return status;
}

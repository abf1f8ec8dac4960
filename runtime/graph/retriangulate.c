// Retriangulate: a triangulation made better part by part.
#include "runtime/graph/retriangulate.h"

#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"

enum {
    NONE = UINT32_MAX,
    STEP_CELLS = 3, // are swept in the time of an elementary step
};

typedef VEC(uint32_t) List;

// A clique of the tree.
typedef struct Bag {
    uint32_t *vars; // the arena's
    uint32_t nvars;
    double cells; // 0 once it is out
    List links;   // to the bags next to it
} Bag;

typedef struct Tree {
    const TriangulateGraph *graph;
    Arena arena;
    VEC(Bag) bags;
    List spare;     // bags that are out
    uint32_t fixed; // the bag of the vertices that are kept, NONE when there are none
    double cells;
    Rng *rng;
    double work;
} Tree;

static void tree_free(Tree *t) {
    for (size_t i = 0; i < t->bags.count; i++) VEC_FREE(&t->bags.items[i].links);
    VEC_FREE(&t->bags);
    VEC_FREE(&t->spare);
    arena_free(&t->arena);
}

static bool add_bag(Tree *t, uint32_t nvars, uint32_t *number) {
    if (t->spare.count) {
        *number = t->spare.items[--t->spare.count];
    } else {
        *number = (uint32_t)t->bags.count;
        if (!VEC_PUSH(&t->bags, ((Bag){.cells = 0}))) return false;
    }
    Bag *b = &t->bags.items[*number];
    b->nvars = nvars;
    b->cells = 1;
    b->links.count = 0;
    return (b->vars = ARENA_ARRAY(&t->arena, uint32_t, nvars)) != NULL;
}

static bool link_bags(Tree *t, uint32_t a, uint32_t b) {
    return VEC_PUSH(&t->bags.items[a].links, b) && VEC_PUSH(&t->bags.items[b].links, a);
}

static void drop_link(Tree *t, uint32_t a, uint32_t b) {
    List *links = &t->bags.items[a].links;
    size_t k = 0;
    while (links->items[k] != b) k++;
    links->items[k] = links->items[--links->count];
}

// --- the maximal cliques of a run ---

// A run's cliques. The clique of a step lies within that of an earlier one exactly when that
// one's first neighbour went at this step, and had one neighbour less.
typedef struct Steps {
    const ShrinkTrace *trace;
    uint32_t *place; // of each vertex in the order, the number of steps for those kept
    uint32_t *next;  // of each step, that of its first neighbour to go
    uint32_t *whole; // of each step, one whose clique is maximal and includes this one's
    uint32_t *bag;   // of each such step
} Steps;

static bool find_steps(Arena *a, const ShrinkTrace *trace, uint32_t n, Steps *s) {
    uint32_t count = (uint32_t)trace->order.count;
    const uint32_t *order = trace->order.items, *members = trace->members.items;
    *s = (Steps){.trace = trace,
                 .place = ARENA_ARRAY(a, uint32_t, n),
                 .next = ARENA_ARRAY(a, uint32_t, count),
                 .whole = ARENA_ARRAY(a, uint32_t, count),
                 .bag = ARENA_ARRAY(a, uint32_t, (size_t)count + 1)};
    if (!s->place || !s->next || !s->whole || !s->bag) return false;
    for (uint32_t v = 0; v < n; v++) s->place[v] = count;
    for (uint32_t i = 0; i < count; i++) {
        s->place[order[i]] = i;
        s->whole[i] = i;
    }
    for (uint32_t i = 0; i < count; i++) {
        size_t from = trace->start.items[i], to = shrink_trace_end(trace, i);
        s->next[i] = from < to ? count : NONE;
        for (size_t k = from; k < to; k++)
            if (s->place[members[k]] < s->next[i]) s->next[i] = s->place[members[k]];
        uint32_t next = s->next[i];
        if (next >= count) continue;
        if (to - from == shrink_trace_end(trace, next) - trace->start.items[next] + 1)
            s->whole[next] = s->whole[i];
    }
    return true;
}

static double cells_of(const Steps *s, const uint32_t *cards, uint32_t i) {
    const ShrinkTrace *t = s->trace;
    double cells = cards[t->order.items[i]];
    for (size_t k = t->start.items[i]; k < shrink_trace_end(t, i); k++)
        cells *= cards[t->members.items[k]];
    return cells;
}

// Makes a bag of a step, its vertices renamed by `name` (NULL: not).
static bool bag_of_step(Tree *t, Steps *s, uint32_t i, const uint32_t *name) {
    const ShrinkTrace *trace = s->trace;
    size_t from = trace->start.items[i], n = shrink_trace_end(trace, i) - from;
    if (!add_bag(t, (uint32_t)n + 1, &s->bag[i])) return false;
    Bag *b = &t->bags.items[s->bag[i]];
    b->vars[0] = trace->order.items[i];
    if (n) memcpy(b->vars + 1, trace->members.items + from, n * sizeof *b->vars);
    for (uint32_t k = 0; k < b->nvars; k++) {
        if (name) b->vars[k] = name[b->vars[k]];
        b->cells *= t->graph->cards[b->vars[k]];
    }
    t->cells += b->cells;
    return true;
}

static bool link_steps(Tree *t, const Steps *s) {
    uint32_t count = (uint32_t)s->trace->order.count;
    for (uint32_t i = 0; i < count; i++) {
        if (s->next[i] == NONE) continue;
        uint32_t a = s->bag[s->whole[i]];
        uint32_t b = s->next[i] < count ? s->bag[s->whole[s->next[i]]] : s->bag[count];
        if (a != b && !link_bags(t, a, b)) return false;
    }
    return true;
}

// The tree of a whole run. The vertices that are kept are a bag of their own.
static bool grow_tree(Tree *t, const ShrinkTrace *trace) {
    Steps s;
    uint32_t count = (uint32_t)trace->order.count, kept = t->graph->n - count;
    if (!find_steps(&t->arena, trace, t->graph->n, &s)) return false;
    t->fixed = NONE;
    if (kept) {
        if (!add_bag(t, kept, &t->fixed)) return false;
        Bag *b = &t->bags.items[t->fixed];
        b->nvars = 0;
        b->cells = 0;
        for (uint32_t v = 0; v < t->graph->n; v++)
            if (s.place[v] == count) b->vars[b->nvars++] = v;
        s.bag[count] = t->fixed;
    }
    for (uint32_t i = 0; i < count; i++)
        if (s.whole[i] == i && !bag_of_step(t, &s, i, NULL)) return false;
    return link_steps(t, &s);
}

// --- a part of the tree ---

typedef struct Door {
    uint32_t inside, outside; // bags on either side of it
    uint32_t from, to;        // what they share: vertices shared[from .. to)
} Door;

// A part taken out for another try. Everything is used again for the next one.
typedef struct Part {
    List bags, vars, shared;
    VEC(Door) doors;
    uint32_t *local; // of each vertex, its number in the part, else NONE
    bool *inside;    // of each bag
    size_t bag_room;
    double cells;
    VEC(bool) linked; // pairs of the part's vertices
    uint32_t *cards;
    VEC(size_t) start;
    VEC(uint32_t) adj;
    VEC(uint32_t) levels;
} Part;

static void part_free(Part *p) {
    VEC_FREE(&p->bags);
    VEC_FREE(&p->vars);
    VEC_FREE(&p->shared);
    VEC_FREE(&p->doors);
    mem_free(p->local);
    mem_free(p->inside);
    VEC_FREE(&p->linked);
    VEC_FREE(&p->start);
    VEC_FREE(&p->adj);
    VEC_FREE(&p->levels);
}

static bool put_in(const Tree *t, Part *p, uint32_t bag) {
    const Bag *b = &t->bags.items[bag];
    p->inside[bag] = true;
    p->cells += b->cells;
    for (uint32_t i = 0; i < b->nvars; i++) {
        uint32_t v = b->vars[i];
        if (p->local[v] != NONE) continue;
        p->local[v] = (uint32_t)p->vars.count;
        if (!VEC_PUSH(&p->vars, v)) return false;
    }
    return VEC_PUSH(&p->bags, bag);
}

static void take_out(Part *p) {
    for (size_t i = 0; i < p->bags.count; i++) p->inside[p->bags.items[i]] = false;
    for (size_t i = 0; i < p->vars.count; i++) p->local[p->vars.items[i]] = NONE;
    p->bags.count = p->vars.count = p->shared.count = p->doors.count = 0;
    p->cells = 0;
}

// A bag, the more likely the more cells it has.
static uint32_t choose_bag(const Tree *t) {
    double at = rng_unit(t->rng) * t->cells;
    uint32_t last = NONE;
    for (uint32_t i = 0; i < t->bags.count; i++) {
        if (t->bags.items[i].cells <= 0) continue;
        last = i;
        at -= t->bags.items[i].cells;
        if (at < 0) break;
    }
    return last;
}

// The next bag to put in: as a rule the one of most cells beside those that are.
static uint32_t choose_next(const Tree *t, const Part *p) {
    uint32_t best = NONE;
    double most = 0;
    for (size_t i = 0; i < p->bags.count; i++) {
        const List *links = &t->bags.items[p->bags.items[i]].links;
        for (size_t k = 0; k < links->count; k++) {
            uint32_t b = links->items[k];
            double cells = t->bags.items[b].cells;
            if (p->inside[b] || b == t->fixed) continue;
            cells *= 0.1 + rng_unit(t->rng);
            if (cells <= most) continue;
            most = cells;
            best = b;
        }
    }
    return best;
}

static bool choose_part(Tree *t, Part *p, size_t size) {
    take_out(p);
    uint32_t b = choose_bag(t);
    while (b != NONE) {
        if (!put_in(t, p, b)) return false;
        if (p->bags.count >= size) break;
        t->work += (double)p->bags.count * 4;
        b = choose_next(t, p);
    }
    return true;
}

static bool open_door(const Tree *t, Part *p, uint32_t inside, uint32_t outside) {
    const Bag *b = &t->bags.items[outside];
    Door door = {inside, outside, (uint32_t)p->shared.count, 0};
    for (uint32_t i = 0; i < b->nvars; i++)
        if (p->local[b->vars[i]] != NONE && !VEC_PUSH(&p->shared, p->local[b->vars[i]]))
            return false;
    door.to = (uint32_t)p->shared.count;
    return VEC_PUSH(&p->doors, door);
}

static bool open_doors(const Tree *t, Part *p) {
    for (size_t i = 0; i < p->bags.count; i++) {
        uint32_t inside = p->bags.items[i];
        const List *links = &t->bags.items[inside].links;
        for (size_t k = 0; k < links->count; k++)
            if (!p->inside[links->items[k]] && !open_door(t, p, inside, links->items[k]))
                return false;
    }
    return true;
}

// The graph of the part: the edges among its vertices, and all pairs at each door.
static bool set_links(Tree *t, Part *p) {
    size_t n = p->vars.count;
    const TriangulateGraph *g = t->graph;
    if (!VEC_RESERVE(&p->linked, n * n)) return false;
    bool *linked = p->linked.items;
    memset(linked, 0, n * n);
    for (size_t i = 0; i < n; i++) {
        uint32_t v = p->vars.items[i];
        for (size_t k = g->start[v]; k < g->start[v + 1]; k++)
            if (p->local[g->adj[k]] != NONE) linked[i * n + p->local[g->adj[k]]] = true;
        t->work += (double)(g->start[v + 1] - g->start[v]);
    }
    for (size_t d = 0; d < p->doors.count; d++)
        for (uint32_t i = p->doors.items[d].from; i < p->doors.items[d].to; i++)
            for (uint32_t k = p->doors.items[d].from; k < p->doors.items[d].to; k++)
                if (i != k) linked[p->shared.items[i] * n + p->shared.items[k]] = true;
    t->work += (double)(n * n);
    return true;
}

static bool draw_part(Tree *t, Part *p, TriangulateGraph *g) {
    uint32_t n = (uint32_t)p->vars.count;
    if (!open_doors(t, p) || !set_links(t, p)) return false;
    p->start.count = p->adj.count = p->levels.count = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (!VEC_PUSH(&p->start, p->adj.count)) return false;
        if (!VEC_PUSH(&p->levels, t->graph->cards[p->vars.items[i]])) return false;
        for (uint32_t k = 0; k < n; k++)
            if (p->linked.items[(size_t)i * n + k] && !VEC_PUSH(&p->adj, k)) return false;
    }
    if (!VEC_PUSH(&p->start, p->adj.count)) return false;
    *g = (TriangulateGraph){n, p->start.items, p->adj.items, p->levels.items, NULL, t->graph->ctl};
    return true;
}

// --- another try ---

// A run over the part. A maximal clique that is no more than a door is part of the bag outside.
typedef struct Try {
    Arena arena;
    ShrinkTrace trace;
    Steps steps;
    uint32_t *door; // of each step that is a door, the bag outside, else NONE
    double cells;
} Try;

static void try_free(Try *r) {
    shrink_trace_free(&r->trace);
    arena_free(&r->arena);
    *r = (Try){.cells = 0};
}

// The step whose clique has all that is shared at a door.
static uint32_t step_at(const Part *p, const Steps *s, const Door *door) {
    uint32_t first = NONE;
    for (uint32_t i = door->from; i < door->to; i++)
        if (s->place[p->shared.items[i]] < first) first = s->place[p->shared.items[i]];
    return s->whole[first];
}

static bool weigh_try(const Part *p, const TriangulateGraph *g, Try *r) {
    uint32_t count = (uint32_t)r->trace.order.count;
    if (!find_steps(&r->arena, &r->trace, g->n, &r->steps)) return false;
    if (!(r->door = ARENA_ARRAY(&r->arena, uint32_t, count))) return false;
    for (uint32_t i = 0; i < count; i++) r->door[i] = NONE;
    for (size_t d = 0; d < p->doors.count; d++) {
        const Door *door = &p->doors.items[d];
        uint32_t i = step_at(p, &r->steps, door);
        size_t size = shrink_trace_end(&r->trace, i) - r->trace.start.items[i] + 1;
        if (size == door->to - door->from) r->door[i] = door->outside;
    }
    for (uint32_t i = 0; i < count; i++)
        if (r->steps.whole[i] == i && r->door[i] == NONE)
            r->cells += cells_of(&r->steps, g->cards, i);
    return true;
}

// Triangulates the part by one heuristic; not *finished when that came to far too many cells.
static bool attempt(Tree *t, const Part *p, const TriangulateGraph *g, ShrinkScore by,
                    double noise, Try *r, bool *finished) {
    Shrink s;
    bool ok = shrink_start(&s, g, by);
    if (ok && noise > 0) ok = shrink_add_noise(&s, t->rng, noise);
    if (ok) ok = shrink_run(&s, NULL, 2 * p->cells, &r->trace, finished);
    t->work += s.work + 20 * g->n + 100;
    shrink_free(&s);
    return ok && (!*finished || weigh_try(p, g, r));
}

// --- exchanging the part ---

static bool exchange(Tree *t, Part *p, Try *r) {
    Steps *s = &r->steps;
    uint32_t count = (uint32_t)r->trace.order.count;
    for (size_t d = 0; d < p->doors.count; d++)
        drop_link(t, p->doors.items[d].outside, p->doors.items[d].inside);
    for (size_t i = 0; i < p->bags.count; i++) {
        Bag *b = &t->bags.items[p->bags.items[i]];
        t->cells -= b->cells;
        b->cells = 0;
        b->links.count = 0;
        p->inside[p->bags.items[i]] = false;
        if (!VEC_PUSH(&t->spare, p->bags.items[i])) return false;
    }
    p->bags.count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (s->whole[i] != i) continue;
        s->bag[i] = r->door[i];
        if (r->door[i] == NONE && !bag_of_step(t, s, i, p->vars.items)) return false;
    }
    for (size_t d = 0; d < p->doors.count; d++) {
        const Door *door = &p->doors.items[d];
        uint32_t bag = s->bag[step_at(p, s, door)];
        if (bag != door->outside && !link_bags(t, bag, door->outside)) return false;
    }
    return link_steps(t, s);
}

static bool make_room(Tree *t, Part *p) {
    if (t->bags.room <= p->bag_room) return true;
    bool *grown = mem_resize(p->inside, t->bags.room, sizeof *grown);
    if (!grown) return false;
    for (size_t i = p->bag_room; i < t->bags.room; i++) grown[i] = false;
    p->inside = grown;
    p->bag_room = t->bags.room;
    return true;
}

// Tries the part once, and exchanges it unless that makes it larger. Taking others as good,
// too, opens ways that would stay shut.
static bool improve(Tree *t, Part *p, double noise) {
    static const ShrinkScore by[] = {SHRINK_MIN_FILL, SHRINK_WEIGHTED_MIN_FILL,
                                     SHRINK_MIN_WEIGHT};
    TriangulateGraph g;
    Try r = {.cells = 0};
    bool finished;
    bool ok = draw_part(t, p, &g) &&
              attempt(t, p, &g, by[rng_below(t->rng, 3)], noise, &r, &finished);
    if (ok && finished && r.cells <= p->cells) ok = exchange(t, p, &r) && make_room(t, p);
    try_free(&r);
    return ok;
}

// --- back to an order ---

typedef struct Visit {
    uint32_t bag, from, next; // where it came from, and which link is next
} Visit;

// Adds what a bag has beyond the bag that it hangs on.
static bool strip(const Tree *t, uint32_t bag, uint32_t on, bool *seen, List *order) {
    const Bag *b = &t->bags.items[bag], *base = on == NONE ? NULL : &t->bags.items[on];
    bool ok = true;
    if (bag == t->fixed) return true;
    for (uint32_t i = 0; base && i < base->nvars; i++) seen[base->vars[i]] = true;
    for (uint32_t i = 0; ok && i < b->nvars; i++)
        ok = seen[b->vars[i]] || VEC_PUSH(order, b->vars[i]);
    for (uint32_t i = 0; base && i < base->nvars; i++) seen[base->vars[i]] = false;
    return ok;
}

static bool walk(const Tree *t, uint32_t root, bool *been, bool *seen, List *order) {
    VEC(Visit) stack = {0};
    bool ok = VEC_PUSH(&stack, ((Visit){root, NONE, 0}));
    been[root] = true;
    while (ok && stack.count) {
        Visit *top = &stack.items[stack.count - 1], at = *top;
        const List *links = &t->bags.items[at.bag].links;
        if (at.next < links->count) {
            uint32_t to = links->items[top->next++];
            if (been[to]) continue;
            been[to] = true;
            ok = VEC_PUSH(&stack, ((Visit){to, at.bag, 0}));
        } else {
            ok = strip(t, at.bag, at.from, seen, order);
            stack.count--;
        }
    }
    VEC_FREE(&stack);
    return ok;
}

// An order that strips the tree of its leaves. Links that only a former part needed are not
// made again.
static bool to_trace(Tree *t, ShrinkTrace *out) {
    bool *been = ARENA_ARRAY(&t->arena, bool, t->bags.count);
    bool *seen = ARENA_ARRAY(&t->arena, bool, t->graph->n);
    List order = {0};
    Shrink g = {.n = 0};
    *out = (ShrinkTrace){.cells = 0};
    bool ok = been && seen;
    if (ok && t->fixed != NONE) ok = walk(t, t->fixed, been, seen, &order);
    for (uint32_t b = 0; ok && b < t->bags.count; b++)
        if (!been[b] && t->bags.items[b].cells > 0) ok = walk(t, b, been, seen, &order);
    ok = ok && shrink_start(&g, t->graph, SHRINK_MIN_FILL) &&
         shrink_follow(&g, order.items, order.count, out);
    if (!ok) shrink_trace_free(out);
    shrink_free(&g);
    VEC_FREE(&order);
    return ok;
}

Status retriangulate(const TriangulateGraph *graph, Rng *rng, double window, double steps,
                     ShrinkTrace *trace) {
    static const size_t sizes[] = {5, 8, 12, 4, 6, 20, 3, 10};
    Tree t = {.graph = graph, .rng = rng};
    Part p = {.local = MEM_NEW(uint32_t, graph->n)};
    ShrinkTrace better;
    bool ok = p.local && grow_tree(&t, trace) && make_room(&t, &p);
    for (uint32_t v = 0; ok && v < graph->n; v++) p.local[v] = NONE;
    double before = t.cells, last = t.cells, until = window;
    for (unsigned k = 0; ok && t.cells > 0 && t.work < steps; k++) {
        if (t.work >= until) {
            if (last - t.cells < STEP_CELLS * window) break;
            until = t.work + window;
            last = t.cells;
        }
        ok = choose_part(&t, &p, sizes[k % 8]) && improve(&t, &p, 0.2 * (k % 5));
        t.work += (double)t.bags.count;
    }
    if (ok && t.cells < before && (ok = to_trace(&t, &better))) {
        shrink_trace_free(trace);
        *trace = better;
    }
    part_free(&p);
    tree_free(&t);
    return ok ? OK : NOMEM;
}

// The tree of a question's responses.
#include "runtime/bounds/tree.h"

#include <math.h>
#include <string.h>

// A node of the network at its place in causal order.
typedef struct Place {
    uint32_t node, card, base;
    uint32_t nparents;
    const uint32_t *parents; // places
    const double *table;
    bool shared;          // another place is a version of the same variable
    bool last;            // and none of those comes later
    uint32_t used;        // the last place at which its level is looked at
    VEC(uint32_t) checks; // tables whose last node this is
} Place;

// The paths so far, those that will go on alike merged into one. A key has the levels of the
// places that are looked at later, then the responses decided, (cell, level) by cell.
typedef struct Layer {
    Keys keys;
    VEC(double) weight;
} Layer;

typedef struct Tree {
    const Asked *a;
    const AskedQuestion *q;
    Pool *pool;
    const Ctl *ctl;
    double *steps;
    Poly *out;
    Arena arena;
    uint32_t *place_of;  // by node, or BOUNDS_NONE
    VEC(Place) places;
    Layer layers[2];     // before the place at hand, and after it
    uint32_t *level;     // by place, on the path at hand
    VEC(PoolItem) path;  // the responses decided on it, by cell
    VEC(PoolItem) items; // those that the path has after one more
    VEC(uint32_t) key, product;
} Tree;

// --- the places -----------------------------------------------------------------------------

static Status report_table(const Tree *t, const ModelVar *v) {
    return fault_add(t->a->faults, FAULT_BOUNDS_FORM, t->q->origin,
                     "bounds need a finite mechanism of each variable that the answer depends "
                     "on, and %s has none",
                     v->name->text);
}

static Status add_place(Tree *t, uint32_t node) {
    const WorldNode *n = &t->a->net.nodes.items[node];
    const ModelVar *v = n->home->vars[n->var];
    const Frame *f = t->a->frame;
    Place place = {.node = node, .card = v->domain->count, .base = n->base};
    const ModelVar *factual = n->base == MODEL_NONE ? NULL : f->model->vars[n->base];
    if (!v->cpt || (factual && (!factual->cpt || factual->cpt->size != v->cpt->size)))
        return report_table(t, v);
    place.table = v->cpt->values;
    place.nparents = v->nparents;
    uint32_t *parents = ARENA_ARRAY(&t->arena, uint32_t, v->nparents);
    if (!parents) return NOMEM;
    for (uint32_t i = 0; i < v->nparents; i++) parents[i] = t->place_of[n->parents[i]];
    place.parents = parents;
    t->place_of[node] = (uint32_t)t->places.count;
    return VEC_PUSH(&t->places, place) ? OK : NOMEM;
}

// Places a node after its causes.
static Status place(Tree *t, uint32_t root) {
    VEC(uint32_t) stack = {0};
    bool ok = VEC_PUSH(&stack, root);
    Status st = OK;
    while (ok && st == OK && stack.count) {
        uint32_t node = stack.items[stack.count - 1];
        const WorldNode *n = &t->a->net.nodes.items[node];
        uint32_t nparents = n->home->vars[n->var]->nparents;
        size_t before = stack.count;
        if (t->place_of[node] == BOUNDS_NONE)
            for (uint32_t i = nparents; ok && i-- > 0;)
                if (t->place_of[n->parents[i]] == BOUNDS_NONE)
                    ok = VEC_PUSH(&stack, n->parents[i]);
        if (!ok || stack.count > before) continue;
        stack.count--;
        if (t->place_of[node] == BOUNDS_NONE) st = add_place(t, node);
    }
    VEC_FREE(&stack);
    return ok ? st : NOMEM;
}

static Status place_tables(Tree *t, uint32_t first, uint32_t count) {
    for (uint32_t k = first; k < first + count; k++) {
        const AskedTable *table = &t->q->tables[k];
        uint32_t last = 0;
        for (uint32_t i = 0; i < table->n; i++) {
            TRY(place(t, table->nodes[i]));
            uint32_t at = t->place_of[table->nodes[i]];
            if (at > last) last = at;
        }
        if (table->n && !VEC_PUSH(&t->places.items[last].checks, k)) return NOMEM;
    }
    return OK;
}

static Status find_shared(Tree *t) {
    uint32_t n = t->a->frame->model->nvars;
    uint32_t *times = ARENA_ARRAY(&t->arena, uint32_t, n);
    if (!times) return NOMEM;
    for (size_t i = 0; i < t->places.count; i++)
        if (t->places.items[i].base != MODEL_NONE) times[t->places.items[i].base]++;
    for (size_t i = 0; i < t->places.count; i++) {
        Place *p = &t->places.items[i];
        p->shared = p->base != MODEL_NONE && times[p->base] > 1;
    }
    for (size_t i = t->places.count; i-- > 0;) {
        Place *p = &t->places.items[i];
        p->last = p->base != MODEL_NONE && times[p->base] > 0;
        if (p->last) times[p->base] = 0;
    }
    return OK;
}

static void find_uses(Tree *t) {
    for (uint32_t i = 0; i < t->places.count; i++) {
        const Place *p = &t->places.items[i];
        for (uint32_t k = 0; k < p->nparents; k++) t->places.items[p->parents[k]].used = i;
        for (size_t k = 0; k < p->checks.count; k++) {
            const AskedTable *table = &t->q->tables[p->checks.items[k]];
            for (uint32_t j = 0; j < table->n; j++)
                t->places.items[t->place_of[table->nodes[j]]].used = i;
        }
    }
}

static Status start(Tree *t, bool args) {
    size_t nodes = t->a->net.nodes.count;
    t->place_of = ARENA_ARRAY(&t->arena, uint32_t, nodes);
    if (!t->place_of) return NOMEM;
    memset(t->place_of, 0xff, nodes * sizeof *t->place_of);
    TRY(place_tables(t, 0, t->q->nconds));
    if (args) TRY(place_tables(t, t->q->nconds, t->q->nargs));
    TRY(find_shared(t));
    find_uses(t);
    t->level = ARENA_ARRAY(&t->arena, uint32_t, t->places.count);
    return t->level ? OK : NOMEM;
}

static void tidy(Tree *t) {
    for (size_t i = 0; i < t->places.count; i++) VEC_FREE(&t->places.items[i].checks);
    VEC_FREE(&t->places);
    VEC_FREE(&t->path);
    VEC_FREE(&t->items);
    VEC_FREE(&t->key);
    VEC_FREE(&t->product);
    for (int i = 0; i < 2; i++) {
        keys_free(&t->layers[i].keys);
        VEC_FREE(&t->layers[i].weight);
    }
    arena_free(&t->arena);
}

// --- a path's end ---------------------------------------------------------------------------

static uint32_t district_of(const Tree *t, uint32_t cell) {
    return t->a->frame->vars[pool_cell_var(t->pool, cell)].district;
}

// The known probability of one response, or NaN.
static double response(const Tree *t, PoolItem item) {
    const FrameVar *v = &t->a->frame->vars[pool_cell_var(t->pool, item.cell)];
    if (!v->single || !v->kernel) return NAN;
    return v->kernel[(size_t)pool_cell_row(t->pool, item.cell) * v->card + item.level];
}

static Status close_district(Tree *t, PoolItem *items, uint32_t n, double *weight) {
    uint32_t event;
    double p = n == 1 ? response(t, items[0]) : NAN;
    if (isnan(p)) {
        TRY(pool_event(t->pool, items, n, &event));
        p = t->pool->known.items[event];
    }
    if (!isnan(p))
        *weight *= p;
    else if (!VEC_PUSH(&t->product, event))
        return NOMEM;
    return OK;
}

static Status leaf(Tree *t, double weight) {
    t->items.count = t->product.count = 0;
    for (size_t i = 0; i < t->path.count; i++) {
        PoolItem item = t->path.items[i];
        uint32_t district = district_of(t, item.cell);
        if (!VEC_PUSH(&t->items, item)) return NOMEM;
        for (size_t j = i; j && district < district_of(t, t->items.items[j - 1].cell); j--) {
            t->items.items[j] = t->items.items[j - 1];
            t->items.items[j - 1] = item;
        }
    }
    for (size_t i = 0, k; i < t->items.count; i = k) {
        uint32_t district = district_of(t, t->items.items[i].cell);
        for (k = i; k < t->items.count; k++)
            if (district_of(t, t->items.items[k].cell) != district) break;
        TRY(close_district(t, &t->items.items[i], (uint32_t)(k - i), &weight));
    }
    if (weight == 0) return OK;
    return poly_add(t->out, t->product.items, (uint32_t)t->product.count, weight);
}

// --- one more place -------------------------------------------------------------------------

// Takes the path apart that a key stands for; `place` is the one that comes next.
static Status unpack(Tree *t, const Keys *keys, uint32_t key, uint32_t place) {
    const uint32_t *at = keys_items(keys, key), *end = at + keys_length(keys, key);
    for (uint32_t k = 0; k < place; k++)
        if (t->places.items[k].used >= place) t->level[k] = *at++;
    for (t->path.count = 0; at < end; at += 2)
        if (!VEC_PUSH(&t->path, ((PoolItem){at[0], at[1]}))) return NOMEM;
    return OK;
}

// Files the path with `items` after a place, merged with those that will go on alike.
static Status pack(Tree *t, uint32_t place, double weight) {
    Layer *to = &t->layers[1];
    uint32_t key;
    t->key.count = 0;
    for (uint32_t k = 0; k <= place; k++)
        if (t->places.items[k].used > place && !VEC_PUSH(&t->key, t->level[k])) return NOMEM;
    for (size_t i = 0; i < t->items.count; i++)
        if (!VEC_PUSH(&t->key, t->items.items[i].cell) ||
            !VEC_PUSH(&t->key, t->items.items[i].level))
            return NOMEM;
    TRY(keys_add(&to->keys, t->key.items, (uint32_t)t->key.count, &key));
    if (key == to->weight.count) return VEC_PUSH(&to->weight, weight) ? OK : NOMEM;
    to->weight.items[key] += weight;
    return OK;
}

static double value_of(const Tree *t, const AskedTable *table) {
    size_t at = 0;
    for (uint32_t i = 0; i < table->n; i++)
        at = at * table->cards[i] + t->level[t->place_of[table->nodes[i]]];
    return table->values[at];
}

// Where no version of a variable comes later, a single response of it has a known probability.
static void drop_known(Tree *t, const Place *p, double *weight) {
    size_t found = SIZE_MAX;
    if (!p->last) return;
    for (size_t i = 0; i < t->items.count; i++) {
        if (pool_cell_var(t->pool, t->items.items[i].cell) != p->base) continue;
        if (found != SIZE_MAX) return;
        found = i;
    }
    if (found == SIZE_MAX) return;
    double known = response(t, t->items.items[found]);
    if (isnan(known)) return;
    *weight *= known;
    t->items.count--;
    for (size_t i = found; i < t->items.count; i++) t->items.items[i] = t->items.items[i + 1];
}

// The place takes a level; with a cell, that response is decided now.
static Status take(Tree *t, uint32_t i, uint32_t level, uint32_t cell, double weight) {
    const Place *p = &t->places.items[i];
    t->level[i] = level;
    for (size_t k = 0; weight != 0 && k < p->checks.count; k++)
        weight *= value_of(t, &t->q->tables[p->checks.items[k]]);
    ++*t->steps;
    if (weight == 0) return OK;
    t->items.count = 0;
    bool placed = cell == BOUNDS_NONE;
    for (size_t k = 0; k < t->path.count; k++) {
        PoolItem item = t->path.items[k];
        if (!placed && cell < item.cell) {
            if (!VEC_PUSH(&t->items, ((PoolItem){cell, level}))) return NOMEM;
            placed = true;
        }
        if (!VEC_PUSH(&t->items, item)) return NOMEM;
    }
    if (!placed && !VEC_PUSH(&t->items, ((PoolItem){cell, level}))) return NOMEM;
    drop_known(t, p, &weight);
    return weight == 0 ? OK : pack(t, i, weight);
}

// Branches over the response in a row of which only the district's law may be known.
static Status branch(Tree *t, uint32_t i, uint32_t row, const double *known, double weight) {
    uint32_t cell, card = t->places.items[i].card;
    TRY(pool_cell(t->pool, t->places.items[i].base, row, &cell));
    for (size_t k = 0; k < t->path.count; k++)
        if (t->path.items[k].cell == cell)
            return take(t, i, t->path.items[k].level, BOUNDS_NONE, weight);
    for (uint32_t l = 0; l < card; l++)
        if (!known || known[l] != 0) TRY(take(t, i, l, cell, weight));
    return OK;
}

static bool all_known(const double *row, uint32_t card) {
    for (uint32_t l = 0; l < card; l++)
        if (isnan(row[l])) return false;
    return true;
}

static bool is_sure(const double *row, uint32_t card) {
    for (uint32_t l = 0; l < card; l++)
        if (row[l] == 1) return true;
    return false;
}

static Status visit(Tree *t, uint32_t i, double weight) {
    const Place *p = &t->places.items[i];
    size_t row = 0;
    for (uint32_t k = 0; k < p->nparents; k++)
        row = row * t->places.items[p->parents[k]].card + t->level[p->parents[k]];
    const FrameVar *v = p->base == MODEL_NONE ? NULL : &t->a->frame->vars[p->base];
    const double *table = !v ? p->table : v->single ? v->kernel : NULL;
    const double *known = table ? table + row * p->card : NULL;
    if (known && !all_known(known, p->card)) known = NULL;
    if (!known || (p->shared && !is_sure(known, p->card)))
        return branch(t, i, (uint32_t)row, known, weight);
    for (uint32_t l = 0; l < p->card; l++)
        if (known[l] > 0) TRY(take(t, i, l, BOUNDS_NONE, weight * known[l]));
    return OK;
}

// --- all of it ------------------------------------------------------------------------------

static Status walk(Tree *t, double coef) {
    Layer *from = &t->layers[0], *to = &t->layers[1];
    uint32_t key;
    TRY(keys_add(&from->keys, NULL, 0, &key));
    if (!VEC_PUSH(&from->weight, coef)) return NOMEM;
    for (uint32_t i = 0; i < t->places.count; i++) {
        for (key = 0; key < keys_count(&from->keys); key++) {
            if (ctl_cancelled(t->ctl)) return CANCELLED;
            if (*t->steps > TREE_STEPS) return OK;
            TRY(unpack(t, &from->keys, key, i));
            TRY(visit(t, i, from->weight.items[key]));
        }
        Layer swap = *from;
        *from = *to;
        *to = swap;
        keys_clear(&to->keys);
        to->weight.count = 0;
    }
    for (key = 0; key < keys_count(&from->keys); key++) {
        TRY(unpack(t, &from->keys, key, (uint32_t)t->places.count));
        TRY(leaf(t, from->weight.items[key]));
    }
    return OK;
}

Status tree_add(const Asked *a, uint32_t question, bool args, double coef, Pool *pool,
                const Ctl *ctl, double *steps, Poly *out) {
    const AskedQuestion *q = &a->questions.items[question];
    Tree t = {.a = a, .q = q, .pool = pool, .ctl = ctl, .steps = steps, .out = out};
    uint32_t n = q->nconds + (args ? q->nargs : 0);
    for (uint32_t k = 0; k < n; k++)
        if (!q->tables[k].n) coef *= q->tables[k].values[0];
    Status st = start(&t, args);
    if (st == OK && coef != 0) st = walk(&t, coef);
    tidy(&t);
    return st;
}

Status tree_reads(const Asked *a, uint32_t question, bool *reads) {
    Tree t = {.a = a, .q = &a->questions.items[question]};
    Status st = start(&t, true);
    for (size_t i = 0; st == OK && i < t.places.count; i++)
        if (t.places.items[i].base != MODEL_NONE) reads[t.places.items[i].base] = true;
    tidy(&t);
    return st;
}

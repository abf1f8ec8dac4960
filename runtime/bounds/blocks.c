// Blocks of cells and the classes of their types.
#include "runtime/bounds/blocks.h"

#include <math.h>
#include <string.h>

typedef VEC(PoolFact) Facts;

typedef struct Maker {
    Pool *pool;
    Blocks *out;
    const Ctl *ctl;
    const bool *asked;
    uint32_t ncells, nevents;
    uint32_t *root; // by cell
    bool *touched;  // by cell: in an event that is asked, or that is connected with one
    bool *district; // by variable: of an event that is asked
    Facts facts;
} Maker;

// --- what belongs together ------------------------------------------------------------------

static uint32_t root_of(const Maker *k, uint32_t cell) {
    while (k->root[cell] != cell) {
        k->root[cell] = k->root[k->root[cell]];
        cell = k->root[cell];
    }
    return cell;
}

static void join_event(Maker *k, uint32_t event) {
    const uint32_t *items = keys_items(&k->pool->events, event);
    uint32_t n = keys_length(&k->pool->events, event), first = root_of(k, items[0]);
    for (uint32_t i = 2; i < n; i += 2) {
        uint32_t other = root_of(k, items[i]);
        if (other < first) k->root[first] = other, first = other;
        if (other > first) k->root[other] = first;
    }
}

static Status gather_facts(Maker *k) {
    for (size_t i = 0; i < k->pool->facts.count; i++) {
        PoolFact fact = k->pool->facts.items[i];
        if (!k->district[pool_event_district(k->pool, fact.event)]) continue;
        join_event(k, fact.event);
        if (!VEC_PUSH(&k->facts, fact)) return NOMEM;
    }
    return OK;
}

// The known law of one response of a variable alone in its district; the last level follows.
static Status add_kernel_facts(Maker *k, uint32_t cell) {
    const FrameVar *v = &k->pool->frame->vars[pool_cell_var(k->pool, cell)];
    if (!v->single || !v->kernel) return OK;
    const double *row = &v->kernel[(size_t)pool_cell_row(k->pool, cell) * v->card];
    for (uint32_t l = 0; l < v->card; l++) {
        uint32_t event;
        if (isnan(row[l]) || (l + 1 == v->card && row[l] > 0)) continue;
        TRY(pool_event(k->pool, &(PoolItem){cell, l}, 1, &event));
        if (!VEC_PUSH(&k->facts, ((PoolFact){event, row[l]}))) return NOMEM;
    }
    return OK;
}

static Status connect(Maker *k) {
    const Pool *pool = k->pool;
    for (uint32_t c = 0; c < k->ncells; c++) k->root[c] = c;
    for (uint32_t e = 0; e < k->nevents; e++) {
        if (!k->asked[e]) continue;
        join_event(k, e);
        k->district[pool_event_district(pool, e)] = true;
    }
    TRY(gather_facts(k));
    for (uint32_t e = 0; e < k->nevents; e++)
        if (k->asked[e]) k->touched[root_of(k, keys_items(&pool->events, e)[0])] = true;
    for (uint32_t c = 0; c < k->ncells; c++) k->touched[c] = k->touched[root_of(k, c)];
    for (uint32_t c = 0; c < k->ncells; c++)
        if (k->touched[c]) TRY(add_kernel_facts(k, c));
    return OK;
}

// --- one block ------------------------------------------------------------------------------

static uint32_t block_root(const Maker *k, uint32_t event) {
    return root_of(k, keys_items(&k->pool->events, event)[0]);
}

static Status list_block(Maker *k, uint32_t root, Block *b) {
    Arena *arena = &k->out->arena;
    uint32_t number = (uint32_t)k->out->items.count;
    for (uint32_t c = 0; c < k->ncells; c++) b->ncells += root_of(k, c) == root;
    for (size_t i = 0; i < k->facts.count; i++)
        b->nfacts += block_root(k, k->facts.items[i].event) == root;
    b->cells = ARENA_ARRAY(arena, uint32_t, b->ncells);
    b->facts = ARENA_ARRAY(arena, PoolFact, b->nfacts);
    if (!b->cells || !b->facts) return NOMEM;
    b->ncells = b->nfacts = 0;
    b->size = 1;
    for (uint32_t c = 0; c < k->ncells; c++)
        if (root_of(k, c) == root) {
            b->cells[b->ncells++] = c;
            b->size *= pool_cell_card(k->pool, c);
        }
    for (size_t i = 0; i < k->facts.count; i++)
        if (block_root(k, k->facts.items[i].event) == root)
            b->facts[b->nfacts++] = k->facts.items[i];
    for (uint32_t e = 0; e < k->nevents; e++)
        if (k->asked[e] && block_root(k, e) == root) {
            k->out->block[e] = number;
            k->out->bit[e] = b->nfacts + b->nasked++;
        }
    b->words = (b->nfacts + b->nasked + 31) / 32;
    return OK;
}

// For each level of each cell, the bits of the events that it rules out; and for each cell, the
// bits of impossible events that it is the last cell of.
typedef struct Masks {
    uint32_t **kill; // by cell of the block: level * words
    uint32_t **zero;
} Masks;

static void mask_event(const Maker *k, const Block *b, const Masks *m, uint32_t event,
                       uint32_t bit, bool zero) {
    const uint32_t *items = keys_items(&k->pool->events, event);
    uint32_t n = keys_length(&k->pool->events, event), last = 0;
    for (uint32_t i = 0; i < n; i += 2) {
        uint32_t at = 0, card = pool_cell_card(k->pool, items[i]);
        while (b->cells[at] != items[i]) at++;
        for (uint32_t l = 0; l < card; l++)
            if (l != items[i + 1]) m->kill[at][l * b->words + bit / 32] |= 1u << (bit % 32);
        if (at > last) last = at;
    }
    if (zero) m->zero[last][bit / 32] |= 1u << (bit % 32);
}

static Status make_masks(Maker *k, const Block *b, Arena *arena, Masks *m) {
    m->kill = ARENA_ARRAY(arena, uint32_t *, b->ncells);
    m->zero = ARENA_ARRAY(arena, uint32_t *, b->ncells);
    if (!m->kill || !m->zero) return NOMEM;
    for (uint32_t c = 0; c < b->ncells; c++) {
        size_t card = pool_cell_card(k->pool, b->cells[c]);
        m->kill[c] = ARENA_ARRAY(arena, uint32_t, card * b->words);
        m->zero[c] = ARENA_ARRAY(arena, uint32_t, b->words);
        if (!m->kill[c] || !m->zero[c]) return NOMEM;
    }
    for (uint32_t i = 0; i < b->nfacts; i++)
        mask_event(k, b, m, b->facts[i].event, i, b->facts[i].p == 0);
    uint32_t number = (uint32_t)k->out->items.count;
    for (uint32_t e = 0; e < k->nevents; e++)
        if (k->out->block[e] == number) mask_event(k, b, m, e, k->out->bit[e], false);
    return OK;
}

// The classes of types of the first cells, and how each was reached.
typedef struct Layer {
    VEC(uint32_t) from, level;
} Layer;

static bool too_many(const Keys *classes) {
    return keys_count(classes) > BLOCKS_CLASSES || classes->pool.count > BLOCKS_WORDS;
}

// Extends every class by the levels of one more cell.
static Status extend(const Maker *k, const Block *b, const Masks *m, uint32_t c, Keys *old,
                     Keys *new, Layer *layer, uint32_t *scratch) {
    uint32_t card = pool_cell_card(k->pool, b->cells[c]), count = keys_count(old);
    for (uint32_t s = 0; s < count; s++) {
        if (ctl_cancelled(k->ctl)) return CANCELLED;
        for (uint32_t l = 0; l < card; l++) {
            const uint32_t *bits = keys_items(old, s);
            uint32_t bad = 0, key;
            for (uint32_t w = 0; w < b->words; w++) {
                scratch[w] = bits[w] & ~m->kill[c][l * b->words + w];
                bad |= scratch[w] & m->zero[c][w];
            }
            if (bad) continue;
            TRY(keys_add(new, scratch, b->words, &key));
            if (key < layer->from.count) continue;
            if (!VEC_PUSH(&layer->from, s) || !VEC_PUSH(&layer->level, l)) return NOMEM;
        }
        if (too_many(new)) break;
    }
    return OK;
}

static Status trace_types(Maker *k, Block *b, const Layer *layers) {
    uint32_t n = keys_count(&b->classes);
    b->types = ARENA_ARRAY(&k->out->arena, uint32_t, (size_t)n * b->ncells);
    if (!b->types) return NOMEM;
    for (uint32_t t = 0; t < n; t++)
        for (uint32_t c = b->ncells, at = t; c-- > 0; at = layers[c].from.items[at])
            b->types[(size_t)t * b->ncells + c] = layers[c].level.items[at];
    return OK;
}

static Status find_classes(Maker *k, Block *b, const Masks *m, Layer *layers, Keys *other,
                           uint32_t *scratch) {
    uint32_t start;
    memset(scratch, 0, b->words * sizeof *scratch);
    for (uint32_t i = 0; i < b->nfacts + b->nasked; i++) scratch[i / 32] |= 1u << (i % 32);
    TRY(keys_add(&b->classes, scratch, b->words, &start));
    for (uint32_t c = 0; c < b->ncells; c++) {
        Keys swap = *other;
        *other = b->classes;
        b->classes = swap;
        keys_clear(&b->classes);
        TRY(extend(k, b, m, c, other, &b->classes, &layers[c], scratch));
        if (too_many(&b->classes)) {
            k->out->too_large = b->size;
            return OK;
        }
    }
    return trace_types(k, b, layers);
}

static Status fill_block(Maker *k, Block *b) {
    Arena arena = {0};
    Masks m;
    Keys other = {0};
    Layer *layers = ARENA_ARRAY(&arena, Layer, b->ncells);
    uint32_t *scratch = ARENA_ARRAY(&arena, uint32_t, b->words);
    Status st = layers && scratch ? make_masks(k, b, &arena, &m) : NOMEM;
    if (st == OK) st = find_classes(k, b, &m, layers, &other, scratch);
    for (uint32_t c = 0; layers && c < b->ncells; c++) {
        VEC_FREE(&layers[c].from);
        VEC_FREE(&layers[c].level);
    }
    keys_free(&other);
    arena_free(&arena);
    return st;
}

// --- all of it ------------------------------------------------------------------------------

static Status make(Maker *k) {
    Arena *arena = &k->out->arena;
    uint32_t nvars = k->pool->frame->model->nvars;
    k->root = ARENA_ARRAY(arena, uint32_t, k->ncells);
    k->touched = ARENA_ARRAY(arena, bool, k->ncells);
    k->district = ARENA_ARRAY(arena, bool, nvars);
    k->out->nevents = k->nevents;
    k->out->block = ARENA_ARRAY(arena, uint32_t, k->nevents);
    k->out->bit = ARENA_ARRAY(arena, uint32_t, k->nevents);
    if (!k->root || !k->touched || !k->district || !k->out->block || !k->out->bit) return NOMEM;
    for (uint32_t e = 0; e < k->nevents; e++) k->out->block[e] = BLOCKS_NONE;
    TRY(connect(k));
    for (uint32_t c = 0; c < k->ncells && k->out->too_large == 0; c++) {
        if (!k->touched[c] || root_of(k, c) != c) continue;
        Block b = {0};
        TRY(list_block(k, c, &b));
        Status st = fill_block(k, &b);
        if (st != OK || !VEC_PUSH(&k->out->items, b)) {
            keys_free(&b.classes);
            return st != OK ? st : NOMEM;
        }
    }
    return OK;
}

Status blocks_open(Pool *pool, const bool *asked, const Ctl *ctl, Blocks *out) {
    *out = (Blocks){.pool = pool};
    Maker k = {.pool = pool, .out = out, .ctl = ctl, .asked = asked,
               .ncells = keys_count(&pool->cells), .nevents = keys_count(&pool->events)};
    Status st = make(&k);
    VEC_FREE(&k.facts);
    return st;
}

void blocks_free(Blocks *b) {
    for (size_t i = 0; i < b->items.count; i++) keys_free(&b->items.items[i].classes);
    VEC_FREE(&b->items);
    arena_free(&b->arena);
}

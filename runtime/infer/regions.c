// Regions: connected parts of a junction tree, each worked off by one worker as one task.
#include "runtime/infer/regions.h"

#include <math.h>

static const double MESSAGE = 4000; // cells that take as long as a message takes beside its own
static const double GRAIN = 2e5;    // cells touched that make a task
static const double TASKS = 128;     // of each worker, about

typedef struct Cost {
    double up, down;
} Cost;

static Cost cost_of(const Jointree *tree, uint32_t k) {
    const JointreeClique *c = &tree->cliques[k];
    double in = c->nfactors, children = 0;
    for (uint32_t i = c->first_child; i != NET_NONE; i = tree->cliques[i].next_sibling) {
        children++;
        if (!tree->cliques[i].unit) in++;
    }
    bool up = !c->unit && c->parent != NET_NONE;
    return (Cost){.up = up ? c->cells * (in + 1) + MESSAGE : 0,
                  .down = c->cells * (in + 1 + children) + MESSAGE};
}

double regions_cost(const Jointree *tree) {
    double sum = 0;
    for (uint32_t k = 0; k < tree->count; k++) {
        Cost cost = cost_of(tree, k);
        sum += cost.up + cost.down;
    }
    return sum;
}

// --- parting ---

static bool allocate(const Jointree *tree, uint32_t count, Regions *r) {
    r->count = count;
    r->start = ARENA_ARRAY(&r->arena, uint32_t, (size_t)count + 1);
    r->cliques = ARENA_ARRAY(&r->arena, uint32_t, tree->count);
    r->parent = ARENA_ARRAY(&r->arena, uint32_t, count);
    r->first_child = ARENA_ARRAY(&r->arena, uint32_t, count);
    r->next_sibling = ARENA_ARRAY(&r->arena, uint32_t, count);
    r->children = ARENA_ARRAY(&r->arena, uint32_t, count);
    r->up_weight = ARENA_ARRAY(&r->arena, double, count);
    r->down_weight = ARENA_ARRAY(&r->arena, double, count);
    r->down = ARENA_ARRAY(&r->arena, double, tree->count);
    return r->start && r->cliques && r->parent && r->first_child && r->next_sibling &&
           r->children && r->up_weight && r->down_weight && r->down;
}

// Numbers the regions, parents before children: a clique heads one when what is below it and in
// no other region is worth a task. Small trees of a forest share a region. Returns the number of
// regions.
static uint32_t mark(const Jointree *tree, double grain, double *work, uint32_t *of) {
    uint32_t count = 0, rest = NET_NONE;
    for (uint32_t k = tree->count; k-- > 0;) {
        uint32_t parent = tree->cliques[k].parent;
        Cost cost = cost_of(tree, k);
        work[k] += cost.up + cost.down;
        if (parent != NET_NONE && work[k] < grain) work[parent] += work[k];
    }
    for (uint32_t k = 0; k < tree->count; k++) {
        uint32_t parent = tree->cliques[k].parent;
        if (work[k] >= grain)
            of[k] = count++;
        else if (parent != NET_NONE)
            of[k] = of[parent];
        else
            of[k] = rest = rest == NET_NONE ? count++ : rest;
    }
    return count;
}

static void fill(const Jointree *tree, const uint32_t *of, Regions *r) {
    for (uint32_t k = 0; k < tree->count; k++) r->start[of[k] + 1]++;
    for (uint32_t i = 0; i < r->count; i++) r->start[i + 1] += r->start[i];
    for (uint32_t k = tree->count; k-- > 0;) r->cliques[--r->start[of[k] + 1]] = k;
    // Each start has moved one place too far.
    for (uint32_t i = 0; i < r->count; i++) r->start[i] = r->start[i + 1];
    r->start[r->count] = tree->count;
}

static void link_regions(const Jointree *tree, const uint32_t *of, Regions *r) {
    for (uint32_t i = 0; i < r->count; i++)
        r->parent[i] = r->first_child[i] = r->next_sibling[i] = NET_NONE;
    for (uint32_t i = r->count; i-- > 0;) {
        uint32_t above = tree->cliques[r->cliques[r->start[i]]].parent;
        if (above == NET_NONE) continue;
        uint32_t parent = r->parent[i] = of[above];
        r->next_sibling[i] = r->first_child[parent];
        r->first_child[parent] = i;
        r->children[parent]++;
    }
}

static void weigh(const Jointree *tree, Regions *r) {
    for (uint32_t i = r->count; i-- > 0;) {
        double longest = 0;
        for (uint32_t k = r->start[i]; k < r->start[i + 1]; k++) {
            Cost cost = cost_of(tree, r->cliques[k]);
            r->up_weight[i] += cost.up;
            r->down_weight[i] += cost.down;
        }
        for (uint32_t c = r->first_child[i]; c != NET_NONE; c = r->next_sibling[c])
            longest = fmax(longest, r->down_weight[c]);
        r->down_weight[i] += longest;
    }
    for (uint32_t i = 0; i < r->count; i++)
        if (r->parent[i] != NET_NONE) r->up_weight[i] += r->up_weight[r->parent[i]];
}

// --- places ---

// Within a region cliques are visited in their order, so that a clique finds the stack as its
// parent left it but for the siblings that are done: the first child's message lies on top.
static void lay_out(const Jointree *tree, const uint32_t *of, double fixed, Regions *r) {
    r->cells = fixed;
    for (uint32_t k = 0; k < tree->count; k++) {
        const JointreeClique *c = &tree->cliques[k];
        if (c->parent == NET_NONE || of[k] == of[c->parent]) continue;
        r->down[k] = r->cells;
        r->cells += c->sep_cells;
    }
    for (uint32_t n = 0; n < tree->count; n++) {
        uint32_t k = r->cliques[n];
        const JointreeClique *c = &tree->cliques[k];
        bool first = c->parent == NET_NONE || of[k] != of[c->parent];
        double top = first ? r->cells : r->down[k] + c->sep_cells;
        for (uint32_t i = c->first_child; i != NET_NONE; i = tree->cliques[i].next_sibling)
            if (of[i] == of[k]) top += tree->cliques[i].sep_cells;
        r->cells = fmax(r->cells, top);
        for (uint32_t i = c->first_child; i != NET_NONE; i = tree->cliques[i].next_sibling) {
            if (of[i] != of[k]) continue;
            top -= tree->cliques[i].sep_cells;
            r->down[i] = top;
        }
    }
}

Status regions_build(const Jointree *tree, double fixed, unsigned workers, Regions *out) {
    *out = (Regions){0};
    uint32_t *of = ARENA_ARRAY(&out->arena, uint32_t, tree->count);
    double *work = ARENA_ARRAY(&out->arena, double, tree->count);
    if (!of || !work) return NOMEM;
    double grain = INFINITY;
    if (workers > 1) grain = fmax(GRAIN, regions_cost(tree) / (workers * TASKS));
    if (!allocate(tree, mark(tree, grain, work, of), out)) return NOMEM;
    fill(tree, of, out);
    link_regions(tree, of, out);
    weigh(tree, out);
    lay_out(tree, of, fixed, out);
    return OK;
}

void regions_free(Regions *r) {
    arena_free(&r->arena);
    *r = (Regions){0};
}

// Jointree: the tree of cliques along which marginals are passed.
#include "runtime/infer/jointree.h"

#include <string.h>

#include "runtime/base/mem.h"

// The cliques before they have a root. All arrays are the tree's arena's.
typedef struct Forest {
    Problem *problem;
    const Triangulation *order;
    Arena *arena;
    uint32_t count;
    uint32_t **vars;
    uint32_t *nvars;
    double *cells;
    uint32_t *up;  // one end of each edge: the clique that this one was joined to
    size_t *start; // neighbours of c: adj[start[c]] .. adj[start[c + 1]]
    uint32_t *adj;
    uint32_t *parent;     // under the orientation at hand
    uint32_t *preorder;   // cliques, parents first
    uint32_t *number;     // of each clique in the preorder
    uint32_t *last;       // the greatest number in the clique's subtree
    uint32_t *top;        // of each variable: the first clique that has it
    uint32_t *home;       // of each factor: the first clique that has all its variables
    uint32_t *table;      // of each variable: its conditional table, NET_NONE when it has none
    uint32_t *others;     // of each clique: what else is at home in its subtree
    uint32_t *stamp, now; // of variables
} Forest;

static bool allocate(Forest *f, uint32_t n) {
    Arena *a = f->arena;
    uint32_t vars = f->problem->nvars;
    f->vars = ARENA_ARRAY(a, uint32_t *, n);
    f->nvars = ARENA_ARRAY(a, uint32_t, n);
    f->cells = ARENA_ARRAY(a, double, n);
    f->up = ARENA_ARRAY(a, uint32_t, n);
    f->start = ARENA_ARRAY(a, size_t, (size_t)n + 2);
    f->adj = ARENA_ARRAY(a, uint32_t, 2 * (size_t)n);
    f->parent = ARENA_ARRAY(a, uint32_t, n);
    f->preorder = ARENA_ARRAY(a, uint32_t, n);
    f->number = ARENA_ARRAY(a, uint32_t, n);
    f->last = ARENA_ARRAY(a, uint32_t, n);
    f->others = ARENA_ARRAY(a, uint32_t, n);
    f->top = ARENA_ARRAY(a, uint32_t, vars);
    f->table = ARENA_ARRAY(a, uint32_t, vars);
    f->stamp = ARENA_ARRAY(a, uint32_t, vars);
    f->home = ARENA_ARRAY(a, uint32_t, f->problem->nfactors);
    return f->vars && f->nvars && f->cells && f->up && f->start && f->adj && f->parent &&
           f->preorder && f->number && f->last && f->others && f->top && f->table && f->stamp &&
           f->home;
}

// --- maximal cliques ---

static bool add_clique(Forest *f, uint32_t i) {
    const Triangulation *t = f->order;
    uint32_t n = (uint32_t)(t->start[i + 1] - t->start[i]);
    uint32_t *vars = ARENA_ARRAY(f->arena, uint32_t, (size_t)n + 1);
    if (!vars) return false;
    vars[0] = t->order[i];
    if (n) memcpy(vars + 1, t->members + t->start[i], n * sizeof *vars);
    double cells = 1;
    for (uint32_t k = 0; k <= n; k++) cells *= f->problem->cards[vars[k]];
    f->vars[f->count] = vars;
    f->nvars[f->count] = n + 1;
    f->cells[f->count++] = cells;
    return true;
}

// The step at which the first of the neighbours that order[i] had is eliminated, else NET_NONE.
static uint32_t next_step(const Forest *f, uint32_t i) {
    const Triangulation *t = f->order;
    uint32_t first = NET_NONE;
    for (size_t k = t->start[i]; k < t->start[i + 1]; k++)
        if (f->problem->place[t->members[k]] < first) first = f->problem->place[t->members[k]];
    return first;
}

// Step i makes a clique of its own unless it lies within that of an earlier step, namely one
// whose next step it is and that had one neighbour more.
static bool find_cliques(Forest *f) {
    const Triangulation *t = f->order;
    uint32_t n = t->count;
    uint32_t *clique = ARENA_ARRAY(f->arena, uint32_t, n);
    uint32_t *next = ARENA_ARRAY(f->arena, uint32_t, n);
    if (!clique || !next) return false;
    for (uint32_t i = 0; i < n; i++) clique[i] = NET_NONE;
    for (uint32_t i = 0; i < n; i++) {
        if (clique[i] == NET_NONE) {
            clique[i] = f->count;
            if (!add_clique(f, i)) return false;
        }
        next[i] = next_step(f, i);
        if (next[i] == NET_NONE) continue;
        size_t mine = t->start[i + 1] - t->start[i];
        if (mine == t->start[next[i] + 1] - t->start[next[i]] + 1) clique[next[i]] = clique[i];
    }
    for (uint32_t c = 0; c < f->count; c++) f->up[c] = NET_NONE;
    for (uint32_t i = 0; i < n; i++)
        if (next[i] != NET_NONE && clique[i] != clique[next[i]])
            f->up[clique[i]] = clique[next[i]];
    return true;
}

static void link_cliques(Forest *f) {
    for (uint32_t c = 0; c < f->count; c++) {
        if (f->up[c] == NET_NONE) continue;
        f->start[c + 2]++;
        f->start[f->up[c] + 2]++;
    }
    for (uint32_t c = 1; c < f->count; c++) f->start[c + 1] += f->start[c];
    for (uint32_t c = 0; c < f->count; c++) {
        if (f->up[c] == NET_NONE) continue;
        f->adj[f->start[c + 1]++] = f->up[c];
        f->adj[f->start[f->up[c] + 1]++] = c;
    }
}

// --- orientation ---

// Numbers the cliques from the roots, parents first; `stack` has room for all.
static void orient(Forest *f, const uint32_t *roots, uint32_t nroots, uint32_t *stack) {
    uint32_t number = 0;
    for (uint32_t r = 0; r < nroots; r++) {
        uint32_t depth = 0;
        stack[depth++] = roots[r];
        f->parent[roots[r]] = NET_NONE;
        while (depth) {
            uint32_t c = stack[--depth];
            f->number[c] = number;
            f->preorder[number++] = c;
            for (size_t k = f->start[c]; k < f->start[c + 1]; k++) {
                if (f->adj[k] == f->parent[c]) continue;
                f->parent[f->adj[k]] = c;
                stack[depth++] = f->adj[k];
            }
        }
    }
    for (uint32_t k = number; k-- > 0;) f->last[k] = 0;
    for (uint32_t k = number; k-- > 0;) {
        uint32_t c = f->preorder[k];
        if (f->last[c] < k) f->last[c] = k;
        if (f->parent[c] != NET_NONE && f->last[f->parent[c]] < f->last[c])
            f->last[f->parent[c]] = f->last[c];
    }
}

static bool within(const Forest *f, uint32_t c, uint32_t subtree) {
    return f->number[subtree] <= f->number[c] && f->number[c] <= f->last[subtree];
}

// A factor's variables are all in the top clique of whichever of them comes last.
static void find_homes(Forest *f) {
    const Problem *p = f->problem;
    for (uint32_t k = f->count; k-- > 0;) {
        uint32_t c = f->preorder[k];
        for (uint32_t i = 0; i < f->nvars[c]; i++) f->top[f->vars[c][i]] = c;
    }
    for (uint32_t i = 0; i < p->nfactors; i++) {
        const ProblemFactor *factor = &p->factors[i];
        uint32_t home = f->top[factor->vars[0]];
        for (uint32_t k = 1; k < factor->nvars; k++)
            if (f->number[f->top[factor->vars[k]]] > f->number[home])
                home = f->top[factor->vars[k]];
        f->home[i] = home;
    }
}

// --- the root ---

// Counts in each subtree what keeps messages from being 1 wherever it stands: factors that are
// no conditional tables, and variables without one.
static void count_others(Forest *f) {
    const Problem *p = f->problem;
    memset(f->others, 0, f->count * sizeof *f->others);
    for (uint32_t v = 0; v < p->nvars; v++) f->table[v] = NET_NONE;
    for (uint32_t i = 0; i < p->nfactors; i++) {
        if (p->factors[i].child == NET_NONE)
            f->others[f->home[i]]++;
        else
            f->table[p->factors[i].child] = i;
    }
    for (uint32_t v = 0; v < p->nvars; v++)
        if (f->table[v] == NET_NONE) f->others[f->top[v]]++;
    for (uint32_t k = f->count; k-- > 0;) {
        uint32_t c = f->preorder[k];
        if (f->parent[c] != NET_NONE) f->others[f->parent[c]] += f->others[c];
    }
}

static bool scope_stamped(const Forest *f, const ProblemFactor *factor) {
    for (uint32_t i = 0; i < factor->nvars; i++)
        if (f->stamp[factor->vars[i]] != f->now) return false;
    return true;
}

// Whether the messages over the edge from c to its parent, and back, have to be computed: those
// are 1 unless they sum a table whose child they keep, or something that is no conditional
// table.
static void edge_needs(Forest *f, uint32_t c, uint32_t root, bool *up, bool *down) {
    *up = f->others[c] > 0;
    *down = f->others[root] > f->others[c];
    f->now++;
    for (uint32_t i = 0; i < f->nvars[c]; i++)
        if (f->top[f->vars[c][i]] != c) f->stamp[f->vars[c][i]] = f->now;
    for (uint32_t i = 0; i < f->nvars[c]; i++) {
        uint32_t table = f->stamp[f->vars[c][i]] == f->now ? f->table[f->vars[c][i]] : NET_NONE;
        if (table == NET_NONE) continue;
        if (within(f, f->home[table], c))
            *up = true;
        else if (!scope_stamped(f, &f->problem->factors[table]))
            *down = true;
    }
}

// Moves each root to the clique towards which computing messages costs least. The cost of a
// neighbour as root differs by the one edge whose direction turns.
static bool choose_roots(Forest *f, uint32_t *roots) {
    double *up = ARENA_ARRAY(f->arena, double, f->count);
    double *down = ARENA_ARRAY(f->arena, double, f->count);
    if (!up || !down) return false;
    uint32_t at = 0, nroots = 0;
    while (at < f->count) {
        uint32_t root = f->preorder[at], end = f->last[root] + 1, best = root;
        double cost = 0, least;
        for (uint32_t k = at + 1; k < end; k++) {
            uint32_t c = f->preorder[k];
            bool need_up, need_down;
            edge_needs(f, c, root, &need_up, &need_down);
            up[c] = need_up ? f->cells[c] : 0;
            down[c] = need_down ? f->cells[f->parent[c]] : 0;
            cost += up[c];
        }
        // From here on up[] holds the cost of the clique as root.
        up[root] = least = cost;
        for (uint32_t k = at + 1; k < end; k++) {
            uint32_t c = f->preorder[k];
            up[c] = up[f->parent[c]] - up[c] + down[c];
            if (up[c] < least) {
                least = up[c];
                best = c;
            }
        }
        roots[nroots++] = best;
        at = end;
    }
    return true;
}

// --- the tree ---

// Moves the variables that only the subtree of c has to the front, the lightest first, and
// returns their number.
static uint32_t residual_first(const Forest *f, uint32_t c, const double *weight) {
    uint32_t *vars = f->vars[c], n = 0;
    for (uint32_t i = 0; i < f->nvars[c]; i++) {
        if (f->top[vars[i]] != c) continue;
        uint32_t v = vars[i], k = n++;
        vars[i] = vars[k];
        for (; k > 0 && weight[vars[k - 1]] > weight[v]; k--) vars[k] = vars[k - 1];
        vars[k] = v;
    }
    return n;
}

// Gives the variables their places: those that vanish farthest from the root first, and of
// those that vanish together, those last that have many levels and are in many cliques. The
// last change fastest, and the longer the tables around a clique agree in these, the longer are
// the contiguous runs of its loops.
static bool set_places(Forest *f) {
    Problem *p = f->problem;
    uint32_t next = 0;
    double *weight = ARENA_ARRAY(f->arena, double, p->nvars);
    if (!weight) return false;
    for (uint32_t c = 0; c < f->count; c++)
        for (uint32_t i = 0; i < f->nvars[c]; i++)
            weight[f->vars[c][i]] += p->cards[f->vars[c][i]];
    for (uint32_t k = f->count; k-- > 0;) {
        uint32_t c = f->preorder[k], n = residual_first(f, c, weight);
        for (uint32_t i = 0; i < n; i++) p->place[f->vars[c][i]] = next++;
    }
    return true;
}

static bool copy_cliques(Forest *f, Jointree *tree) {
    tree->cliques = ARENA_ARRAY(f->arena, JointreeClique, f->count);
    if (!tree->cliques) return false;
    for (uint32_t k = 0; k < f->count; k++) {
        uint32_t c = f->preorder[k], parent = f->parent[c];
        JointreeClique *to = &tree->cliques[k];
        *to = (JointreeClique){.nvars = f->nvars[c],
                               .vars = f->vars[c],
                               .cells = f->cells[c],
                               .sep_cells = 1,
                               .first_child = NET_NONE,
                               .next_sibling = NET_NONE};
        to->parent = parent == NET_NONE ? NET_NONE : f->number[parent];
        problem_sort(f->problem, to->vars, to->nvars);
        for (uint32_t i = 0; i < to->nvars; i++) {
            if (f->top[to->vars[i]] == c) continue;
            to->nsep++;
            to->sep_cells *= f->problem->cards[to->vars[i]];
        }
        tree->cells += to->cells;
        if (to->parent != NET_NONE) tree->seps += to->sep_cells;
    }
    for (uint32_t k = f->count; k-- > 0;) {
        JointreeClique *c = &tree->cliques[k];
        if (c->parent == NET_NONE) continue;
        c->next_sibling = tree->cliques[c->parent].first_child;
        tree->cliques[c->parent].first_child = k;
    }
    return true;
}

static bool assign_factors(Forest *f, Jointree *tree) {
    const Problem *p = f->problem;
    for (uint32_t i = 0; i < p->nfactors; i++) tree->cliques[f->number[f->home[i]]].nfactors++;
    for (uint32_t k = 0; k < tree->count; k++) {
        JointreeClique *c = &tree->cliques[k];
        c->factors = ARENA_ARRAY(f->arena, uint32_t, c->nfactors);
        if (!c->factors) return false;
        c->nfactors = 0;
    }
    for (uint32_t i = 0; i < p->nfactors; i++) {
        JointreeClique *c = &tree->cliques[f->number[f->home[i]]];
        c->factors[c->nfactors++] = i;
    }
    return true;
}

// A message is 1 when those into the clique are and each variable summed out is the child of
// one of the clique's factors, each of which is the conditional table of such a variable:
// summed in reverse topological order, every table gives 1.
static bool is_unit(const Jointree *tree, uint32_t k, const uint32_t *top) {
    const JointreeClique *c = &tree->cliques[k];
    if (c->nfactors != c->nvars - c->nsep) return false;
    for (uint32_t i = 0; i < c->nfactors; i++) {
        uint32_t child = tree->problem->factors[c->factors[i]].child;
        if (child == NET_NONE || top[child] != k) return false;
        for (uint32_t j = 0; j < i; j++)
            if (tree->problem->factors[c->factors[j]].child == child) return false;
    }
    for (uint32_t child = c->first_child; child != NET_NONE;
         child = tree->cliques[child].next_sibling)
        if (!tree->cliques[child].unit) return false;
    return true;
}

static Status build(Forest *f, Jointree *tree) {
    if (!allocate(f, f->order->count) || !find_cliques(f)) return NOMEM;
    link_cliques(f);
    uint32_t *roots = ARENA_ARRAY(f->arena, uint32_t, f->count);
    uint32_t *stack = ARENA_ARRAY(f->arena, uint32_t, f->count), nroots = 0;
    if (!roots || !stack) return NOMEM;
    for (uint32_t c = 0; c < f->count; c++)
        if (f->up[c] == NET_NONE) roots[nroots++] = c;
    orient(f, roots, nroots, stack);
    find_homes(f);
    count_others(f);
    if (!choose_roots(f, roots)) return NOMEM;
    orient(f, roots, nroots, stack);
    find_homes(f);
    if (!set_places(f)) return NOMEM;
    problem_order(f->problem);
    tree->count = f->count;
    if (!copy_cliques(f, tree) || !assign_factors(f, tree)) return NOMEM;
    tree->top = f->top;
    for (uint32_t v = 0; v < f->problem->nvars; v++) tree->top[v] = f->number[f->top[v]];
    for (uint32_t k = tree->count; k-- > 0;)
        tree->cliques[k].unit = is_unit(tree, k, tree->top);
    return OK;
}

Status jointree_build(Problem *p, const Triangulation *t, Jointree *out) {
    *out = (Jointree){.problem = p};
    Forest f = {.problem = p, .order = t, .arena = &out->arena};
    return build(&f, out);
}

void jointree_free(Jointree *tree) {
    arena_free(&tree->arena);
    *tree = (Jointree){0};
}

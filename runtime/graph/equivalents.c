// Equivalents: CPDAGs, and the members of the class by Meek's rules.
#include "runtime/graph/equivalents.h"

#include "runtime/base/mem.h"

static Word *row(Word *rows, const Cpdag *c, size_t v) {
    return rows + v * c->words;
}

static bool adjacent(const Cpdag *c, size_t v, size_t w) {
    return equivalents_arrow(c, v, w) || equivalents_arrow(c, w, v) ||
           equivalents_line(c, v, w);
}

static void direct(Cpdag *c, size_t v, size_t w) {
    bits_drop(row(c->line, c, v), w);
    bits_drop(row(c->line, c, w), v);
    bits_add(row(c->out, c, v), w);
}

// --- Meek's rules: whether the line v - w must be v -> w ---

// Rule 1: u -> v with u and w not adjacent: otherwise a new collider.
static bool rule1(const Cpdag *c, size_t v, size_t w) {
    for (size_t u = 0; u < c->n; u++)
        if (equivalents_arrow(c, u, v) && u != w && !adjacent(c, u, w)) return true;
    return false;
}

// Rule 2: v -> u -> w: otherwise a cycle.
static bool rule2(const Cpdag *c, size_t v, size_t w) {
    SET_EACH(c->out + v * c->words, c->words, u)
        if (equivalents_arrow(c, u, w)) return true;
    return false;
}

// Rule 3: v - a -> w and v - b -> w with a and b not adjacent.
static bool rule3(const Cpdag *c, size_t v, size_t w) {
    SET_EACH(c->line + v * c->words, c->words, a) {
        if (!equivalents_arrow(c, a, w)) continue;
        SET_EACH(c->line + v * c->words, c->words, b)
            if (b > a && equivalents_arrow(c, b, w) && !adjacent(c, a, b)) return true;
    }
    return false;
}

// Rule 4, needed once directions are chosen freely: v - a -> b -> w with v and b adjacent by
// any edge and a and w not adjacent.
static bool rule4(const Cpdag *c, size_t v, size_t w) {
    SET_EACH(c->line + v * c->words, c->words, a)
        SET_EACH(c->out + a * c->words, c->words, b)
            if (equivalents_arrow(c, b, w) && adjacent(c, v, b) && !adjacent(c, a, w))
                return true;
    return false;
}

static bool must_point(const Cpdag *c, size_t v, size_t w) {
    return rule1(c, v, w) || rule2(c, v, w) || rule3(c, v, w) || rule4(c, v, w);
}

static void close_rules(Cpdag *c) {
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t v = 0; v < c->n; v++)
            for (size_t w = 0; w < c->n; w++) {
                if (!equivalents_line(c, v, w) || !must_point(c, v, w)) continue;
                direct(c, v, w);
                changed = true;
            }
    }
}

// --- the class ---

static Status cpdag_init(Cpdag *c, size_t n) {
    *c = (Cpdag){.n = n, .words = bits_words(n)};
    c->out = MEM_NEW(Word, n * c->words);
    c->line = MEM_NEW(Word, n * c->words);
    return c->out && c->line ? OK : NOMEM;
}

void equivalents_free(Cpdag *c) {
    mem_free(c->out);
    mem_free(c->line);
    *c = (Cpdag){0};
}

// The number of the edge v -> w; SIZE_MAX when there is none.
static size_t edge_number(const Graph *g, size_t v, size_t w) {
    size_t low = g->parents.first[w], end = g->parents.first[w + 1], high = end;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (g->parents.items[mid] < v)
            low = mid + 1;
        else
            high = mid;
    }
    return low < end && g->parents.items[low] == v ? low : SIZE_MAX;
}

// The parent of y that comes last in the order of causes, all edges into which are labelled.
static size_t last_parent(const Graph *g, const uint32_t *rank, size_t y) {
    size_t last = g->parents.items[g->parents.first[y]];
    GRAPH_EACH(g, parents, y, w)
        if (rank[w] > rank[last]) last = w;
    return last;
}

static void compel(const Graph *g, size_t y, Word *out) {
    for (size_t e = g->parents.first[y]; e < g->parents.first[y + 1]; e++) bits_add(out, e);
}

// Label-Edges of Chickering 1995. Its edges come in the order of what they point at, and of the
// causes of y the last first: what that one settles, it settles for all edges into y.
static void label(const Graph *g, const uint32_t *rank, size_t y, Word *out) {
    size_t x = last_parent(g, rank, y);
    for (size_t e = g->parents.first[x]; e < g->parents.first[x + 1]; e++) {
        if (!bits_has(out, e)) continue;
        size_t same = edge_number(g, g->parents.items[e], y);
        if (same == SIZE_MAX) {
            compel(g, y, out);
            return;
        }
        bits_add(out, same);
    }
    GRAPH_EACH(g, parents, y, z)
        if (z != x && !graph_has_edge(g, z, x)) {
            compel(g, y, out);
            return;
        }
}

Status equivalents_compelled(const Graph *g, const Ctl *ctl, Faults *faults, Word **out) {
    *out = NULL;
    if (g->bidirected || !bits_empty(g->latent, g->words) || !bits_empty(g->selected, g->words))
        return fault_add(faults, FAULT_GRAPH_CLASS, 0,
                         "this graph has latent or selected variables, and its class is of another kind");
    Word *compelled = MEM_NEW(Word, bits_words(g->directed));
    uint32_t *rank = MEM_NEW(uint32_t, g->n);
    Status status = compelled && rank ? OK : NOMEM;
    for (uint32_t i = 0; status == OK && i < g->n; i++) rank[g->order[i]] = i;
    for (size_t i = 0; status == OK && i < g->n; i++) {
        if (i % 1024 == 0 && ctl_cancelled(ctl)) status = CANCELLED;
        if (graph_degree(&g->parents, g->order[i])) label(g, rank, g->order[i], compelled);
    }
    mem_free(rank);
    if (status == OK)
        *out = compelled;
    else
        mem_free(compelled);
    return status;
}

bool equivalents_is_compelled(const Graph *g, const Word *compelled, size_t v, size_t w) {
    return bits_has(compelled, edge_number(g, v, w));
}

Status equivalents_class(const Graph *g, Faults *faults, Cpdag *out) {
    Word *compelled;
    *out = (Cpdag){0};
    TRY(equivalents_compelled(g, NULL, faults, &compelled));
    Status status = cpdag_init(out, g->n);
    for (size_t w = 0; status == OK && w < g->n; w++)
        for (size_t e = g->parents.first[w]; e < g->parents.first[w + 1]; e++) {
            size_t v = g->parents.items[e];
            if (bits_has(compelled, e)) {
                bits_add(row(out->out, out, v), w);
                continue;
            }
            bits_add(row(out->line, out, v), w);
            bits_add(row(out->line, out, w), v);
        }
    mem_free(compelled);
    if (status != OK) equivalents_free(out);
    return status;
}

// --- its members ---

typedef VEC(Cpdag) CpdagVec;

static Status copy_cpdag(const Cpdag *from, Cpdag *to) {
    Status status = cpdag_init(to, from->n);
    if (status == OK) {
        bits_copy(to->out, from->out, from->n * from->words);
        bits_copy(to->line, from->line, from->n * from->words);
    } else {
        equivalents_free(to);
    }
    return status;
}

static bool find_line(const Cpdag *c, size_t *v, size_t *w) {
    for (*v = 0; *v < c->n; ++*v) {
        *w = bits_next(c->line + *v * c->words, c->words, 0);
        if (*w < c->words * 64) return true;
    }
    return false;
}

static Status keep_member(const Graph *g, const Cpdag *c, GraphVec *out) {
    VEC(GraphEdge) edges = {0};
    Graph *member = NULL;
    Status status = OK;
    for (size_t v = 0; v < c->n && status == OK; v++)
        SET_EACH(c->out + v * c->words, c->words, w) {
            GraphEdge e = {(uint32_t)v, (uint32_t)w, 0};
            if (status == OK && !VEC_PUSH(&edges, e)) status = NOMEM;
        }
    GraphParts parts = {.n = g->n, .names = g->names, .by_name = g->by_name};
    parts.directed = edges.items;
    parts.ndirected = edges.count;
    if (status == OK) status = graph_assemble(&parts, &member);
    if (status == OK && !VEC_PUSH(out, member)) {
        graph_free(member);
        status = NOMEM;
    }
    VEC_FREE(&edges);
    return status;
}

// Directs one line both ways, each with what follows from it. Meek's rules are complete: every
// leaf of this tree is a member, and each member is one leaf.
static Status split(CpdagVec *todo, Cpdag *c, size_t v, size_t w) {
    Cpdag other;
    TRY(copy_cpdag(c, &other));
    direct(&other, w, v);
    close_rules(&other);
    if (!VEC_PUSH(todo, other)) {
        equivalents_free(&other);
        return NOMEM;
    }
    direct(c, v, w);
    close_rules(c);
    return OK;
}

static Status list_members(const Graph *g, CpdagVec *todo, size_t limit, const Ctl *ctl,
                           GraphVec *out, bool *more) {
    while (todo->count) {
        size_t v, w;
        if (ctl_cancelled(ctl)) return CANCELLED;
        if (limit && out->count == limit) {
            *more = true;
            return OK;
        }
        Cpdag c = todo->items[--todo->count];
        Status status = OK;
        while (status == OK && find_line(&c, &v, &w)) status = split(todo, &c, v, w);
        if (status == OK) status = keep_member(g, &c, out);
        equivalents_free(&c);
        TRY(status);
    }
    return OK;
}

Status equivalents_list(const Graph *g, size_t limit, const Ctl *ctl, Faults *faults,
                        GraphVec *out, bool *more) {
    CpdagVec todo = {0};
    Cpdag first;
    *more = false;
    *out = (GraphVec){0};
    TRY(equivalents_class(g, faults, &first));
    Status status = NOMEM;
    if (VEC_PUSH(&todo, first))
        status = list_members(g, &todo, limit, ctl, out, more);
    else
        equivalents_free(&first);
    for (size_t i = 0; i < todo.count; i++) equivalents_free(&todo.items[i]);
    VEC_FREE(&todo);
    if (status != OK) {
        for (size_t i = 0; i < out->count; i++) graph_free(out->items[i]);
        VEC_FREE(out);
    }
    return status;
}

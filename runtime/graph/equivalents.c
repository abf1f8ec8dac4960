// Equivalents: CPDAGs by colliders and Meek's rules, and the members of the class.
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

// Directs the edges into colliders whose parents are not adjacent.
static void direct_colliders(const Graph *g, Cpdag *c) {
    for (size_t v = 0; v < g->n; v++)
        GRAPH_EACH(g, parents, v, a)
            GRAPH_EACH(g, parents, v, b) {
                if (a >= b || graph_has_edge(g, a, b) || graph_has_edge(g, b, a)) continue;
                direct(c, a, v);
                direct(c, b, v);
            }
}

Status equivalents_class(const Graph *g, Faults *faults, Cpdag *out) {
    *out = (Cpdag){0};
    if (g->bidirected || !bits_empty(g->latent, g->words) || !bits_empty(g->selected, g->words))
        return fault_add(faults, FAULT_GRAPH_CLASS, 0,
                         "this graph has latent or selected variables, and its class is of another kind");
    Status status = cpdag_init(out, g->n);
    if (status != OK) {
        equivalents_free(out);
        return status;
    }
    for (size_t v = 0; v < g->n; v++)
        GRAPH_EACH(g, children, v, w) {
            bits_add(row(out->line, out, v), w);
            bits_add(row(out->line, out, w), v);
        }
    direct_colliders(g, out);
    close_rules(out);
    return OK;
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

// An oracle for estimands: random binary models of a graph, and expressions evaluated on them
// by plain enumeration.
#ifndef RUNG_TESTS_ORACLE_H
#define RUNG_TESTS_ORACLE_H

#include <math.h>

#include "tests/unit/graph_text.h"

#include "runtime/symbol/expr.h"

#define ORACLE_MAX 8 // vertices of the graph
#define ORACLE_LATENT 14

// A binary model of an ADMG: each bidirected edge is a fair or unfair coin that both ends see.
typedef struct World World;
struct World {
    const Graph *g;
    const World *other; // the population that a named law is of
    size_t n, latents;
    double coin[ORACLE_LATENT]; // P(latent = 1)
    uint32_t ends[ORACLE_LATENT][2];
    double *row[ORACLE_MAX]; // P(v = 1 | parents, latents of v), in mixed radix
    double *joint;           // P(v), bit i of the index is vertex i
};

// The probability that v is 1 when the vertices have the values of `state` and latents of
// `coins`.
static inline double world_row(const World *w, size_t v, uint32_t state, uint32_t coins) {
    size_t index = 0;
    GRAPH_EACH(w->g, parents, v, p) index = 2 * index + (state >> p & 1);
    for (size_t l = 0; l < w->latents; l++)
        if (w->ends[l][0] == v || w->ends[l][1] == v) index = 2 * index + (coins >> l & 1);
    return w->row[v][index];
}

// Adds to out[state] the law after setting the vertices of `set` to their values in `values`.
static inline void world_law(const World *w, uint32_t set, uint32_t values, double *out) {
    for (uint32_t s = 0; s < 1u << w->n; s++) {
        out[s] = 0;
        if ((s ^ values) & set) continue;
        for (uint32_t coins = 0; coins < 1u << w->latents; coins++) {
            double p = 1;
            for (size_t l = 0; l < w->latents; l++)
                p *= coins >> l & 1 ? w->coin[l] : 1 - w->coin[l];
            for (size_t v = 0; v < w->n; v++) {
                if (set >> v & 1) continue;
                double one = world_row(w, v, s, coins);
                p *= s >> v & 1 ? one : 1 - one;
            }
            out[s] += p;
        }
    }
}

// Whether the graph is small enough for world_init.
static inline bool world_fits(const Graph *g) {
    return g->n <= ORACLE_MAX && g->bidirected <= ORACLE_LATENT && g->n + g->bidirected <= 16;
}

static inline void world_init(World *w, const Graph *g, Rng *rng) {
    memset(w, 0, sizeof *w);
    w->g = g;
    w->n = g->n;
    for (size_t v = 0; v < g->n; v++)
        GRAPH_EACH(g, spouses, v, s)
            if (v < s) {
                w->ends[w->latents][0] = (uint32_t)v;
                w->ends[w->latents][1] = (uint32_t)s;
                w->coin[w->latents++] = 0.2 + 0.6 * rng_unit(rng);
            }
    for (size_t v = 0; v < g->n; v++) {
        size_t rows = 1ull << (graph_degree(&g->parents, v) + graph_degree(&g->spouses, v));
        w->row[v] = calloc(rows, sizeof(double));
        for (size_t i = 0; i < rows; i++) w->row[v][i] = 0.05 + 0.9 * rng_unit(rng);
    }
    w->joint = calloc(1ull << w->n, sizeof(double));
    world_law(w, 0, 0, w->joint);
}

// Makes `w` like `model`, but for new mechanisms of the vertices in `differs`.
static inline void world_vary(World *w, const World *model, Word differs, Rng *rng) {
    *w = *model;
    for (size_t v = 0; v < w->n; v++) {
        size_t rows =
            1ull << (graph_degree(&w->g->parents, v) + graph_degree(&w->g->spouses, v));
        w->row[v] = calloc(rows, sizeof(double));
        for (size_t i = 0; i < rows; i++)
            w->row[v][i] = differs >> v & 1 ? 0.05 + 0.9 * rng_unit(rng) : model->row[v][i];
    }
    w->joint = calloc(1ull << w->n, sizeof(double));
    world_law(w, 0, 0, w->joint);
}

static inline void world_free(World *w) {
    for (size_t v = 0; v < w->n; v++) free(w->row[v]);
    free(w->joint);
}

// The probability of the states that agree with `values` on `on`, under a law over 2^n states.
static inline double law_of(const double *law, size_t n, uint32_t on, uint32_t values) {
    double p = 0;
    for (uint32_t s = 0; s < 1u << n; s++)
        if (!((s ^ values) & on)) p += law[s];
    return p;
}

// The value of an expression under the observed joint, with its free variables as in `values`.
// Effects P(. | do(..)) are evaluated in the model itself.
static inline double world_eval(const World *w, const Expr *e, uint32_t values) {
    uint32_t vars = 0;
    double value = 0;
    switch (e->kind) {
    case EXPR_ONE:
        return 1;
    case EXPR_PROB: {
        uint32_t given = (uint32_t)*e->given, head = (uint32_t)*e->head;
        double *law = w->joint, p;
        if (e->law && w->other) {
            w = w->other;
            law = w->joint;
        }
        if (*e->dos) {
            law = calloc(1ull << w->n, sizeof(double));
            world_law(w, (uint32_t)*e->dos, values, law);
        }
        p = law_of(law, w->n, head | given, values) / law_of(law, w->n, given, values);
        if (*e->dos) free(law);
        return p;
    }
    case EXPR_QUOTIENT:
        return world_eval(w, e->kids[0], values) / world_eval(w, e->kids[1], values);
    case EXPR_PRODUCT:
        value = 1;
        for (size_t i = 0; i < e->count; i++) value *= world_eval(w, e->kids[i], values);
        return value;
    case EXPR_SUM:
        vars = (uint32_t)*e->head;
        for (uint32_t s = vars;; s = (s - 1) & vars) {
            value += world_eval(w, e->kids[0], (values & ~vars) | s);
            if (!s) return value;
        }
    }
    return NAN;
}

// P(y | do(x), z) in the model, at the values given.
static inline double world_truth(const World *w, Word y, Word x, Word z, uint32_t values) {
    double *law = calloc(1ull << w->n, sizeof(double));
    world_law(w, (uint32_t)x, values, law);
    double p =
        law_of(law, w->n, (uint32_t)(y | z), values) / law_of(law, w->n, (uint32_t)z, values);
    free(law);
    return p;
}

#endif

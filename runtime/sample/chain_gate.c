// Chain gate: distances from events, as terms.
#include "runtime/sample/chain_gate.h"

#include "runtime/model/math.h"

enum { DEEPEST = 200 }; // what is nested deeper is 0 or 1

typedef struct Gate {
    const Model *m;
    const RealScope *scope;
    bool graded;
} Gate;

static Term *choose(const char *function, Term *a, Term *b) {
    Term *kids[] = {a, b};
    return term_call(math_find(function), kids, 2, 0);
}

static Term *hard(const Term *t, bool holds) {
    return term_if(term_keep(t), term_number(holds ? 0 : 1, 0), term_number(holds ? 1 : 0, 0),
                   0);
}

// By how much a <= b is missed.
static Term *excess(const Term *a, const Term *b) {
    return choose("max", term_binary(TERM_SUB, term_keep(a), term_keep(b), 0),
                  term_number(0, 0));
}

static const Term *function_of(const Gate *g, const Term *t) {
    uint32_t v = t->op == TERM_VAR ? model_find(g->m, t->sym) : MODEL_NONE;
    if (v == MODEL_NONE || g->m->vars[v]->mech != MECH_STRUCTURAL) return NULL;
    if (!bits_has(g->scope->in, v) || bits_has(g->scope->known, v)) return NULL;
    return g->m->vars[v]->term;
}

// The distance from `t` being true, or with `holds` unset, false.
static Term *distance(Gate *g, const Term *t, bool holds, int depth) {
    const Term *inner = function_of(g, t);
    if (depth == 0) return hard(t, holds);
    if (inner) return distance(g, inner, holds, depth - 1);
    switch (t->op) {
    case TERM_NOT:
        return distance(g, t->kid[0], !holds, depth - 1);
    case TERM_AND:
    case TERM_OR:
        return choose((t->op == TERM_AND) == holds ? "max" : "min",
                      distance(g, t->kid[0], holds, depth - 1),
                      distance(g, t->kid[1], holds, depth - 1));
    case TERM_LT:
    case TERM_LE:
        g->graded = true;
        return holds ? excess(t->kid[0], t->kid[1]) : excess(t->kid[1], t->kid[0]);
    case TERM_GT:
    case TERM_GE:
        g->graded = true;
        return holds ? excess(t->kid[1], t->kid[0]) : excess(t->kid[0], t->kid[1]);
    default:
        return hard(t, holds);
    }
}

Status chain_gate_distance(const Model *m, const RealScope *scope, const Term *event, Term **out,
                           bool *graded) {
    Gate g = {.m = m, .scope = scope};
    *out = distance(&g, event, true, DEEPEST);
    *graded = g.graded;
    return *out ? OK : NOMEM;
}

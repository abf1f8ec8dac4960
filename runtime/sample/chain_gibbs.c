// Chain gibbs: finite variables drawn from their conditional laws, and the blocks themselves.
#include <math.h>

#include "runtime/sample/chain_move.h"
#include "runtime/sample/draw.h"

// The level with the largest log weight + Gumbel noise is a draw from the weights (Gumbel
// 1954); so the levels need not be kept. -ln E is Gumbel noise.
void chain_gibbs(ChainBlock *b, uint32_t i) {
    const ChainTarget *t = b->t;
    const uint32_t var = t->free[i], count = t->q->model->vars[var]->domain->count;
    const size_t lanes = b->lanes.lanes;
    uint32_t *level = chain_levels(&b->lanes, var), *chosen = b->steps_left;
    for (size_t l = 0; l < lanes; l++) {
        chosen[l] = level[l];
        b->level[l] = -INFINITY;
    }
    for (uint32_t k = 0; k < count; k++) {
        for (size_t l = 0; l < lanes; l++) level[l] = k;
        chain_evaluate(t, &t->parts[i], &b->lanes, b->value);
        b->evaluations += t->parts[i].nfactors + t->parts[i].nsteps;
        draw_exponentials(&b->stream, lanes, b->uniform);
        for (size_t l = 0; l < lanes; l++) {
            double key = b->value[l] - log(b->uniform[l]);
            if (!(key > b->level[l])) continue;
            b->level[l] = key;
            chosen[l] = k;
        }
    }
    for (size_t l = 0; l < lanes; l++) level[l] = chosen[l];
    chain_follow(t, &t->parts[i], &b->lanes);
}

uint32_t chain_continuous(const ChainTarget *t, uint32_t *out) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < t->nfree; i++) {
        uint32_t v = t->free[i];
        if (!chain_finite(t, v) && mechanism_continuous(t->mechs[v])) out[count++] = v;
    }
    return count;
}

Status chain_block_open(const ChainTarget *t, size_t lanes, Arena *arena, ChainBlock *out) {
    *out = (ChainBlock){.t = t};
    TRY(chain_lanes_open(t, lanes, arena, &out->lanes));
    double **const arrays[] = {&out->origin, &out->low,   &out->high,   &out->at,
                               &out->level,  &out->value, &out->uniform};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) {
        *arrays[i] = ARENA_ARRAY(arena, double, lanes);
        if (!*arrays[i]) return NOMEM;
    }
    out->steps_left = ARENA_ARRAY(arena, uint32_t, lanes);
    out->open = ARENA_ARRAY(arena, uint8_t, lanes);
    out->base = ARENA_ARRAY(arena, double, t->nfree *lanes);
    out->direction = ARENA_ARRAY(arena, double, t->nfree *lanes);
    out->log_width = ARENA_ARRAY(arena, double, (size_t)t->nfree + 1);
    out->width_count = ARENA_ARRAY(arena, double, (size_t)t->nfree + 1);
    bool ok = out->steps_left && out->open && out->base && out->direction && out->log_width &&
              out->width_count;
    return ok ? OK : NOMEM;
}

// Laws of response types written down.
#include "runtime/bounds/vertex.h"

#include <string.h>

static Status make_cell(const Solver *s, uint32_t cell, Arena *arena, BoundsCell *out) {
    const Frame *f = &s->frame;
    uint32_t var = pool_cell_var(&s->pool, cell), row = pool_cell_row(&s->pool, cell);
    const FrameVar *v = &f->vars[var];
    uint32_t *causes = ARENA_ARRAY(arena, uint32_t, v->nparents);
    uint32_t *levels = ARENA_ARRAY(arena, uint32_t, v->nparents);
    if (!causes || !levels) return NOMEM;
    for (uint32_t i = v->nparents; i-- > 0;) {
        uint32_t card = f->vars[v->parents[i]].card;
        causes[i] = model_find(s->p->model, f->model->vars[v->parents[i]]->name);
        levels[i] = row % card;
        row /= card;
    }
    *out = (BoundsCell){model_find(s->p->model, f->model->vars[var]->name), v->nparents, causes,
                        levels};
    return OK;
}

static Status make_block(const Solver *s, const Block *b, const double *law, Arena *arena,
                         BoundsBlock *out) {
    uint32_t n = keys_count(&b->classes);
    out->ncells = b->ncells;
    out->cells = ARENA_ARRAY(arena, BoundsCell, b->ncells);
    out->levels = ARENA_ARRAY(arena, uint32_t, (size_t)n * b->ncells);
    out->weight = ARENA_ARRAY(arena, double, n);
    if (!out->cells || !out->levels || !out->weight) return NOMEM;
    for (uint32_t c = 0; c < b->ncells; c++)
        TRY(make_cell(s, b->cells[c], arena, &out->cells[c]));
    for (uint32_t t = 0; t < n; t++) {
        if (!(law[t] > 0)) continue;
        memcpy(out->levels + out->ntypes * b->ncells, b->types + (size_t)t * b->ncells,
               b->ncells * sizeof *out->levels);
        out->weight[out->ntypes++] = law[t];
    }
    return OK;
}

Status vertex_make(const Solver *s, const double *law, BoundsVertex *out) {
    size_t n = s->blocks.items.count;
    out->nblocks = (uint32_t)n;
    out->blocks = ARENA_ARRAY(&out->arena, BoundsBlock, n);
    if (!out->blocks) return NOMEM;
    for (size_t i = 0; i < n; i++) {
        const Block *b = &s->blocks.items.items[i];
        TRY(make_block(s, b, law, &out->arena, &out->blocks[i]));
        law += keys_count(&b->classes);
    }
    return OK;
}

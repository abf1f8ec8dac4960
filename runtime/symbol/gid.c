// Gid: district by district, from whichever source gives it.
#include "runtime/symbol/gid.h"

#include "runtime/graph/walk.h"
#include "runtime/symbol/trace.h"

typedef struct Gid {
    Identification *id;
    const Source *sources;
    size_t count;
    Trace trace;
} Gid;

static Status one_part(Gid *r, const Word *part, const Word *all, const Expr **e) {
    size_t which;
    ExprPool *pool = &r->id->pool;
    Word *others = expr_minus(pool, all, part), *none = expr_set(pool);
    if (!others || !none) return NOMEM;
    TRY(source_factor(pool, r->id->graph, r->sources, r->count, part, e, &which));
    if (*e) return trace_source(&r->trace, part, others, &r->sources[which], *e);
    r->id->hedge = (Hedge){.outer = expr_copy(pool, part),
                           .inner = expr_copy(pool, part),
                           .roots = expr_copy(pool, part)};
    if (!r->id->hedge.outer || !r->id->hedge.inner || !r->id->hedge.roots) return NOMEM;
    return trace_stuck(&r->trace, part, others);
}

// Tian & Pearl 2003: P(y | do(x)) is the sum over D - Y of the product of the laws of the
// districts of G[D], D being the causes of Y when X is set, and Y.
static Status all_parts(Gid *r, const Word *y, const Word *x, const Word *causes,
                        const Sets *parts, const Expr **e) {
    ExprPool *pool = &r->id->pool;
    const Expr **list = ARENA_ARRAY(&pool->arena, const Expr *, parts->count);
    Word *all = expr_set(pool), *sum = expr_minus(pool, causes, y);
    if (!list || !all || !sum) return NOMEM;
    for (size_t v = 0; v < r->id->graph->n; v++) bits_add(all, v);
    TRY(trace_factors(&r->trace, y, x, all, sum, parts));
    for (size_t i = 0; i < parts->count; i++) {
        Word *part = expr_copy(pool, sets_at(parts, i));
        if (!part) return NOMEM;
        TRY(one_part(r, part, all, &list[i]));
        if (!list[i]) return OK;
    }
    *e = expr_sum(pool, sum, expr_product(pool, list, parts->count));
    return *e ? OK : NOMEM;
}

Status gid_run(Identification *id, const Source *sources, size_t count, const Word *y,
               const Word *x, Derivation *d, const Expr **e) {
    Gid r = {.id = id, .sources = sources, .count = count};
    Sets parts = {.words = id->pool.words};
    Word *rest = expr_set(&id->pool), *causes = expr_set(&id->pool);
    *e = NULL;
    if (!rest || !causes) return NOMEM;
    for (size_t v = 0; v < id->graph->n; v++)
        if (!bits_has(x, v)) bits_add(rest, v);
    walk_ancestors(id->graph, y, rest, causes);
    TRY(trace_begin(&r.trace, id, y, x, d));
    Status status = walk_districts(id->graph, causes, &parts);
    if (status == OK) status = all_parts(&r, y, x, causes, &parts, e);
    sets_free(&parts);
    return status;
}

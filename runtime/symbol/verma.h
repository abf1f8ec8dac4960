// Verma: constraints on the observed law that latent variables leave and no independence
// states.
//
// In  V1 -> V2 -> V3 -> V4, V2 <-> V4  the sum over V2 of P(V4 | V1, V2, V3) P(V2 | V1) does
// not depend on V1 (Verma & Pearl 1990). Such constraints say that a distribution that can be
// computed from the observed one does not depend on variables that occur in its expression;
// they can be tested on data like an independence.
#ifndef RUNG_SYMBOL_VERMA_H
#define RUNG_SYMBOL_VERMA_H

#include "runtime/base/ctl.h"
#include "runtime/graph/graph.h"
#include "runtime/symbol/expr.h"

// `e`, the law of `vertex` among the members of `district` when all else is set, does not
// depend on `idle`. Sets belong to the list.
typedef struct Verma {
    uint32_t vertex;
    const Word *district, *idle;
    const Expr *e; // simplified
} Verma;

// It owns everything; free it with verma_free.
typedef struct Vermas {
    Graph *graph;     // the ADMG on the observed vertices
    uint32_t *vertex; // of each of its vertices, the vertex of the given graph
    ExprPool pool;    // over its vertices
    VEC(Verma) list;
    bool more; // there are constraints beyond the limit, or may be: not all was looked at
} Vermas;

// Lists constraints of g after Tian & Pearl (2002), for each vertex one for every smaller
// district that leaving out effects gives it, as far as the expression, simplified by the
// independences of the graph, still shows variables that the district's law cannot depend on.
// At most `limit` when it is not 0, and at most 2 `limit` districts looked at, and fewer
// when their expressions take more than an eighth of the memory allowed. Names are borrowed from
// g. Some may follow from others. FAULT when g has selected vertices.
Status verma_list(const Graph *g, size_t limit, const Ctl *ctl, Faults *faults, Vermas *out);
void verma_free(Vermas *v);

#endif

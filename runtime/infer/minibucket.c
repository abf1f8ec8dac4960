// Minibucket: splitting, summing, and what is kept of it.
#include "runtime/infer/minibucket.h"

#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/infer/minibucket_table.h"

// What is done with the parts of a bucket.
typedef enum Mode {
    MODE_COUNT, // scopes only: what would it cost?
    MODE_UPPER, // power means, and the tables are kept
    MODE_LOWER, // the first part is summed, of the others the least counts
} Mode;

typedef struct Piece {
    MiniPiece piece;
    uint32_t next; // in the same bucket, NET_NONE at the end
} Piece;

// A mini-bucket: its scope, the bucket's variable last, and the pieces in it.
typedef struct Part {
    uint32_t *vars;
    uint32_t nvars;
    uint32_t first; // of its pieces, by Piece.next
    double cells;
    double *psi;
} Part;

typedef struct Elimination {
    MiniBuckets *m;
    Mode mode;
    const MiniLimit *limit;
    double part_cells; // the most cells of a mini-bucket
    const Ctl *ctl;
    Arena arena; // scopes
    VEC(Piece) pieces;
    uint32_t *heads; // per place in the order
    VEC(Part) parts; // of the bucket at hand
    VEC(uint32_t) waiting;
    double log_total, cells;
    uint32_t split;
} Elimination;

// --- pieces --------------------------------------------------------------------------------

// Places are given from the last variable to the first, so that scopes end with the variable
// that is eliminated first.
static uint32_t bucket_of(const Elimination *e, uint32_t var) {
    return e->m->problem.nvars - 1 - e->m->problem.place[var];
}

static Status add_piece(Elimination *e, const MiniPiece *piece) {
    if (piece->nvars == 0) {
        if (piece->values) e->log_total += piece->values[0];
        mem_free(piece->values);
        return OK;
    }
    uint32_t at = bucket_of(e, piece->vars[piece->nvars - 1]);
    Piece p = {*piece, e->heads[at]};
    if (!VEC_PUSH(&e->pieces, p)) {
        mem_free(piece->values);
        return NOMEM;
    }
    e->heads[at] = (uint32_t)e->pieces.count - 1;
    return OK;
}

static Status add_factors(Elimination *e) {
    const Problem *p = &e->m->problem;
    for (uint32_t i = 0; i < p->nfactors; i++) {
        MiniPiece piece = {p->factors[i].nvars, p->factors[i].vars, NULL};
        if (e->mode != MODE_COUNT) TRY(minibucket_logs(p, i, &piece));
        TRY(add_piece(e, &piece));
    }
    return OK;
}

// --- parts ---------------------------------------------------------------------------------

// The union of two scopes in the problem's order, and its cells.
static uint32_t merge(const Problem *p, const uint32_t *a, uint32_t na, const uint32_t *b,
                      uint32_t nb, uint32_t *out, double *cells) {
    uint32_t i = 0, j = 0, n = 0;
    *cells = 1;
    while (i < na || j < nb) {
        bool left = j == nb || (i < na && p->place[a[i]] <= p->place[b[j]]);
        bool right = i == na || (j < nb && p->place[b[j]] <= p->place[a[i]]);
        uint32_t v = left ? a[i] : b[j];
        i += left;
        j += right;
        *cells *= p->cards[v];
        if (out) out[n] = v;
        n++;
    }
    return n;
}

// The part that a piece makes least larger within the limit, or UINT32_MAX.
static uint32_t best_part(const Elimination *e, const MiniPiece *piece) {
    uint32_t best = UINT32_MAX;
    double least = INFINITY;
    for (uint32_t k = 0; k < e->parts.count; k++) {
        const Part *part = &e->parts.items[k];
        double cells;
        uint32_t n = merge(&e->m->problem, part->vars, part->nvars, piece->vars, piece->nvars,
                           NULL, &cells);
        bool grows = n > part->nvars;
        if (grows && (cells > e->part_cells || (e->limit->vars && n > e->limit->vars)))
            continue;
        if (!(cells / part->cells < least)) continue;
        least = cells / part->cells;
        best = k;
    }
    return best;
}

static Status place_piece(Elimination *e, uint32_t number) {
    Piece *piece = &e->pieces.items[number];
    uint32_t k = best_part(e, &piece->piece);
    if (k == UINT32_MAX) {
        Part part = {.first = NET_NONE, .cells = 1};
        k = (uint32_t)e->parts.count;
        if (!VEC_PUSH(&e->parts, part)) return NOMEM;
    }
    Part *part = &e->parts.items[k];
    uint32_t *vars = ARENA_ARRAY(&e->arena, uint32_t, part->nvars + piece->piece.nvars);
    if (!vars) return NOMEM;
    part->nvars = merge(&e->m->problem, part->vars, part->nvars, piece->piece.vars,
                        piece->piece.nvars, vars, &part->cells);
    part->vars = vars;
    piece->next = part->first;
    part->first = number;
    return OK;
}

// The pieces of a bucket, the largest scopes first, each into the part that it fits best.
static Status split(Elimination *e, uint32_t at) {
    e->parts.count = e->waiting.count = 0;
    uint32_t most = 0;
    for (uint32_t i = e->heads[at]; i != NET_NONE; i = e->pieces.items[i].next) {
        if (!VEC_PUSH(&e->waiting, i)) return NOMEM;
        if (e->pieces.items[i].piece.nvars > most) most = e->pieces.items[i].piece.nvars;
    }
    for (uint32_t n = most; n > 0; n--)
        for (size_t k = e->waiting.count; k-- > 0;)
            if (e->pieces.items[e->waiting.items[k]].piece.nvars == n)
                TRY(place_piece(e, e->waiting.items[k]));
    return OK;
}

// --- one bucket ----------------------------------------------------------------------------

// Multiplies the pieces of a part, whose tables go.
static Status combine(Elimination *e, Part *part) {
    part->psi = MEM_NEW(double, (size_t)part->cells);
    if (!part->psi) return NOMEM;
    MiniPiece to = {part->nvars, part->vars, part->psi};
    for (uint32_t i = part->first; i != NET_NONE; i = e->pieces.items[i].next) {
        MiniPiece *from = &e->pieces.items[i].piece;
        TRY(minibucket_add(e->m->problem.cards, from, 1, &to));
        mem_free(from->values);
        from->values = NULL;
    }
    return OK;
}

// The variables that all parts share, in order; the bucket's own is among them.
static uint32_t shared(const Elimination *e, uint32_t *out) {
    const Part *first = &e->parts.items[0];
    uint32_t n = 0;
    for (uint32_t i = 0; i < first->nvars; i++) {
        bool all = true;
        for (size_t k = 1; all && k < e->parts.count; k++) {
            const Part *part = &e->parts.items[k];
            uint32_t j = 0;
            while (j < part->nvars && part->vars[j] != first->vars[i]) j++;
            all = j < part->nvars;
        }
        if (all) out[n++] = first->vars[i];
    }
    return n;
}

// Moment matching: what the parts say of the variables that they share is moved to its weighted
// mean. Where one part says 0, all do.
static Status match(Elimination *e) {
    size_t n = e->parts.count, cells = 1;
    double w = 1 / (double)n;
    const uint32_t *cards = e->m->problem.cards;
    uint32_t *vars = ARENA_ARRAY(&e->arena, uint32_t, e->parts.items[0].nvars);
    if (!vars) return NOMEM;
    uint32_t nvars = shared(e, vars);
    for (uint32_t i = 0; i < nvars; i++) cells *= cards[vars[i]];
    double *room = MEM_NEW(double, (n + 1) * cells), *mean = room;
    if (!room) return NOMEM;
    Status st = OK;
    for (size_t k = 0; st == OK && k < n; k++) {
        double *own = room + (k + 1) * cells;
        const Part *part = &e->parts.items[k];
        MiniPiece from = {part->nvars, part->vars, part->psi}, to = {nvars, vars, own};
        st = minibucket_marginal(cards, &from, w, &to);
        for (size_t i = 0; i < cells; i++)
            mean[i] += own[i] == -INFINITY ? -INFINITY : w * own[i];
    }
    for (size_t k = 0; st == OK && k < n; k++) {
        double *own = room + (k + 1) * cells;
        const Part *part = &e->parts.items[k];
        MiniPiece from = {nvars, vars, own}, to = {part->nvars, part->vars, part->psi};
        for (size_t i = 0; i < cells; i++)
            own[i] = mean[i] == -INFINITY ? -INFINITY : mean[i] - own[i];
        st = minibucket_add(cards, &from, w, &to);
    }
    mem_free(room);
    return st;
}

// The part's message, into a later bucket.
static Status send(Elimination *e, Part *part, size_t k) {
    uint32_t card = e->m->problem.cards[part->vars[part->nvars - 1]];
    size_t rows = (size_t)part->cells / card, n = e->parts.count;
    MiniPiece message = {part->nvars - 1, part->vars, MEM_NEW(double, rows)};
    if (!message.values) return NOMEM;
    if (e->mode == MODE_UPPER)
        minibucket_sum(part->psi, rows, card, 1 / (double)n, message.values);
    else if (k == 0)
        minibucket_sum(part->psi, rows, card, 1, message.values);
    else
        minibucket_least(part->psi, rows, card, message.values);
    return add_piece(e, &message);
}

// What a part leaves behind to draw from.
static Status keep(Elimination *e, Part *part, MiniTable *out) {
    uint32_t n = part->nvars - 1;
    uint32_t *vars = ARENA_ARRAY(&e->m->arena, uint32_t, n);
    size_t *strides = ARENA_ARRAY(&e->m->arena, size_t, n);
    if (!vars || !strides) return NOMEM;
    size_t stride = e->m->problem.cards[part->vars[n]];
    for (uint32_t i = n; i-- > 0;) {
        vars[i] = part->vars[i];
        strides[i] = stride;
        stride *= e->m->problem.cards[vars[i]];
    }
    *out =
        (MiniTable){n, vars, strides, stride / e->m->problem.cards[part->vars[n]], part->psi};
    part->psi = NULL;
    return OK;
}

static Status work_off(Elimination *e, uint32_t at) {
    MiniBucket *bucket = &e->m->buckets[at];
    size_t n = e->parts.count;
    for (size_t k = 0; k < n; k++) TRY(combine(e, &e->parts.items[k]));
    if (n > 1 && e->mode == MODE_UPPER) TRY(match(e));
    for (size_t k = 0; k < n; k++) TRY(send(e, &e->parts.items[k], k));
    for (size_t k = 0; k < n && e->mode == MODE_LOWER; k++) {
        mem_free(e->parts.items[k].psi);
        e->parts.items[k].psi = NULL;
    }
    if (e->mode == MODE_LOWER) return OK;
    bucket->var = e->m->order.order[at];
    bucket->tables = ARENA_ARRAY(&e->m->arena, MiniTable, n);
    if (!bucket->tables) return NOMEM;
    for (size_t k = 0; k < n; k++) {
        TRY(keep(e, &e->parts.items[k], &bucket->tables[bucket->ntables]));
        bucket->ntables++;
    }
    minibucket_settle(e->m->problem.cards[bucket->var], bucket);
    return OK;
}

static Status count_parts(Elimination *e) {
    for (size_t k = 0; k < e->parts.count; k++) {
        const Part *part = &e->parts.items[k];
        MiniPiece message = {part->nvars - 1, part->vars, NULL};
        TRY(add_piece(e, &message));
    }
    return OK;
}

// --- all buckets ---------------------------------------------------------------------------

static Status eliminate(Elimination *e) {
    uint32_t n = e->m->order.count;
    e->heads = ARENA_ARRAY(&e->arena, uint32_t, n);
    if (!e->heads) return NOMEM;
    for (uint32_t i = 0; i < n; i++) e->heads[i] = NET_NONE;
    TRY(add_factors(e));
    for (uint32_t i = 0; i < n; i++) {
        if (ctl_cancelled(e->ctl)) return CANCELLED;
        TRY(split(e, i));
        e->split += e->parts.count > 1;
        // A variable in no factor.
        if (e->parts.count == 0) e->log_total += log(e->m->problem.cards[e->m->order.order[i]]);
        for (size_t k = 0; k < e->parts.count; k++) {
            const Part *part = &e->parts.items[k];
            uint32_t card = e->m->problem.cards[part->vars[part->nvars - 1]];
            e->cells += part->cells + part->cells / card;
        }
        TRY(e->mode == MODE_COUNT ? count_parts(e) : work_off(e, i));
    }
    return OK;
}

static void close_elimination(Elimination *e) {
    for (size_t k = 0; k < e->parts.count; k++) mem_free(e->parts.items[k].psi);
    for (size_t i = 0; i < e->pieces.count; i++) mem_free(e->pieces.items[i].piece.values);
    VEC_FREE(&e->pieces);
    VEC_FREE(&e->parts);
    VEC_FREE(&e->waiting);
    arena_free(&e->arena);
}

static Status run(MiniBuckets *m, Mode mode, const MiniLimit *limit, double part_cells,
                  const Ctl *ctl, Elimination *e) {
    *e = (Elimination){
        .m = m, .mode = mode, .limit = limit, .part_cells = part_cells, .ctl = ctl};
    e->log_total = log(m->problem.constant) + (double)m->problem.exponent * log(2);
    if (m->problem.constant == 0) e->log_total = -INFINITY;
    Status st = eliminate(e);
    close_elimination(e);
    return st;
}

// The largest mini-buckets, by powers of two, with which all tables fit.
static Status choose(MiniBuckets *m, const MiniLimit *limit, const Ctl *ctl,
                     double *part_cells) {
    Elimination e;
    *part_cells = fmin(limit->cells, 2 * m->order.largest);
    for (;;) {
        TRY(run(m, MODE_COUNT, limit, *part_cells, ctl, &e));
        if (e.cells <= limit->cells || *part_cells < 2) return OK;
        *part_cells /= 2;
    }
}

// The network with the children that its tables do sum to 1 over.
static Status copy_net(MiniBuckets *m, const Net *net) {
    NetFactor *factors = ARENA_ARRAY(&m->arena, NetFactor, net->nfactors);
    if (!factors) return NOMEM;
    for (uint32_t i = 0; i < net->nfactors; i++) {
        NetFactor *f = &factors[i];
        *f = net->factors[i];
        if (!net_sums_to_one(net, f)) f->child = NET_NONE;
    }
    m->net = *net;
    m->net.factors = factors;
    return OK;
}

static Status plan(MiniBuckets *m, NetEvidence evidence, const uint32_t *query, uint32_t nquery,
                   bool all, const Ctl *ctl) {
    uint8_t *stage = all ? NULL : ARENA_ARRAY(&m->arena, uint8_t, m->net.nvars);
    if (!all && !stage) return NOMEM;
    for (uint32_t i = 0; !all && i < nquery; i++) stage[query[i]] = 1;
    TRY(problem_new(&m->net, evidence, stage, &m->base));
    TRY(problem_triangulate(&m->base, NULL, 0.05, ctl, &m->order));
    uint32_t n = m->order.count;
    for (uint32_t i = 0; i < n; i++) m->base.place[m->order.order[i]] = n - 1 - i;
    problem_order(&m->base);
    TRY(problem_bind(&m->base, &m->net, evidence, &m->problem));
    m->buckets = ARENA_ARRAY(&m->arena, MiniBucket, n);
    return m->buckets ? OK : NOMEM;
}

Status minibucket_new(const Net *net, NetEvidence evidence, const uint32_t *query,
                      uint32_t nquery, bool all, const MiniLimit *limit, const Ctl *ctl,
                      MiniBuckets *out) {
    double part_cells;
    Elimination e;
    *out = (MiniBuckets){0};
    TRY(copy_net(out, net));
    TRY(plan(out, evidence, query, nquery, all, ctl));
    TRY(choose(out, limit, ctl, &part_cells));
    TRY(run(out, MODE_UPPER, limit, part_cells, ctl, &e));
    out->log_upper = out->log_lower = e.log_total;
    out->cells = e.cells;
    out->split = e.split;
    out->part_cells = part_cells;
    out->limit = *limit;
    if (e.split) out->log_lower = -INFINITY;
    return OK;
}

Status minibucket_lower(MiniBuckets *m, const Ctl *ctl) {
    Elimination e;
    if (!m->split) return OK;
    TRY(run(m, MODE_LOWER, &m->limit, m->part_cells, ctl, &e));
    m->log_lower = e.log_total;
    return OK;
}

void minibucket_free(MiniBuckets *m) {
    for (uint32_t i = 0; m->buckets && i < m->order.count; i++)
        for (uint32_t k = 0; k < m->buckets[i].ntables; k++)
            mem_free(m->buckets[i].tables[k].values);
    triangulation_free(&m->order);
    problem_free(&m->problem);
    problem_free(&m->base);
    arena_free(&m->arena);
    *m = (MiniBuckets){0};
}

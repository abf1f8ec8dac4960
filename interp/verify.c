// Verify: proves a chunk safe before it runs.
#include "interp/verify.h"
#include "interp/diag.h"
#include "runtime/base/mem.h"

// What is true whenever an instruction is reached: the depth of the stack, and how many scopes
// of each kind are open.
typedef struct State {
    bool seen;
    uint32_t depth;
    uint32_t open[4]; // expectations, lists, contexts, builds
} State;

typedef struct Verifier {
    Chunk *chunk;
    Str *why;
    State *states;
    VEC(uint32_t) work;
} Verifier;

static bool refuse(Verifier *v, uint32_t at, const char *what) {
    const Instr *i = &v->chunk->code.items[at];
    const char *name = i->op < CODE_COUNT ? chunk_row((Code)i->op)->name : "?";
    str_printf(v->why, "instruction %u (%s): %s", at, name, what);
    return false;
}

static bool text_in_range(const Chunk *k, uint32_t x) {
    return x == 0 || (x <= k->constants.count && k->constants.items[x - 1].tag == VALUE_STRING);
}

static bool operand_in_range(const Chunk *k, OperandKind kind, uint32_t x, uint32_t before) {
    switch (kind) {
    case OPERAND_NONE: return x == 0;
    case OPERAND_CONST: return x < k->constants.count;
    case OPERAND_SYM: return x < k->syms.count;
    case OPERAND_SLOT: return x < k->slots;
    case OPERAND_SLOTS: return x <= k->slots && before <= k->slots - x;
    case OPERAND_COUNT: return x <= INT32_MAX / 4;
    case OPERAND_FLAG: return x <= 1;
    case OPERAND_JUMP: return x < k->code.count;
    case OPERAND_OPERATOR: return x > OP_NONE && x <= LINK_BOTH;
    case OPERAND_WORLD: return x < k->worlds.count;
    case OPERAND_CALL: return x < k->calls.count;
    case OPERAND_QUERY: return x < k->queries.count;
    case OPERAND_SOURCES: return x < k->sources.count;
    case OPERAND_ITEM: return x < k->items.count;
    case OPERAND_CHUNK: return x < k->chunks.count;
    case OPERAND_DIAG: return x > DIAG_NONE && x < DIAG_COUNT;
    case OPERAND_NAME: return x <= k->syms.count;
    case OPERAND_TEXT: return text_in_range(k, x);
    }
    return false;
}

static uint32_t values_of_assign(const AssignShape *a) {
    return 1 + (a->edge ? 1u : 0u) + (a->op == ASSIGN_BARE ? 0u : 1u);
}

static uint32_t values_of_assigns(const AssignShape *items, uint32_t n) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < n; i++) sum += values_of_assign(&items[i]);
    return sum;
}

// A question's shape must account for exactly the values it claims.
static bool query_fits(const QueryShape *q) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < q->nparts; i++) {
        const Part *p = &q->parts[i];
        if (p->first_assign > q->nassigns || p->nassigns > q->nassigns - p->first_assign)
            return false;
        if (p->kind == PART_DO && !p->nassigns) return false;
        if (p->kind == PART_DO)
            sum += values_of_assigns(q->assigns + p->first_assign, p->nassigns);
        else sum += p->kind == PART_SOFT ? 2 : 1;
    }
    return sum == q->nvalues;
}

static bool shape_fits(const Chunk *k, const Instr *i) {
    switch (i->op) {
    case CODE_ASK: return query_fits(&k->queries.items[i->a]);
    case CODE_WORLD:
    case CODE_DO: {
        const AssignGroup *g = &k->worlds.items[i->a];
        return values_of_assigns(g->items, g->n) == g->nvalues;
    }
    case CODE_CALL: return k->calls.items[i->a].nlabels <= k->calls.items[i->a].nargs;
    case CODE_USING: return k->calls.items[i->b].nlabels == k->calls.items[i->b].nargs;
    case CODE_CASE_MERGE: return i->b <= k->slots && i->a <= k->slots - i->b;
    case CODE_UNPACK: return i->a < k->params.count;
    case CODE_MAP: return i->a % 2 == 0;
    case CODE_DATA: return i->b <= INT32_MAX / 4 / (i->a + 1);
    default: return true;
    }
}

static bool check_operands(Verifier *v, uint32_t at) {
    const Instr *i = &v->chunk->code.items[at];
    if (i->op >= CODE_COUNT) return refuse(v, at, "no such instruction");
    const CodeRow *row = chunk_row((Code)i->op);
    const uint32_t x[3] = {i->a, i->b, i->c};
    for (int n = 0; n < 3; n++)
        if (!operand_in_range(v->chunk, row->operand[n], x[n], n ? x[n - 1] : 0))
            return refuse(v, at, "an operand is out of range");
    return shape_fits(v->chunk, i) || refuse(v, at, "its shape does not fit");
}

// Opens, needs or closes a scope of one kind.
static bool nest(Verifier *v, uint32_t at, State *s) {
    Nest n = chunk_row((Code)v->chunk->code.items[at].op)->nest;
    if (n == NEST_PLAIN) return true;
    uint32_t *open = &s->open[(n - NEST_OPEN_EXPECT) / 3];
    uint32_t part = (uint32_t)(n - NEST_OPEN_EXPECT) % 3;
    if (part == 0) return ++*open, true;
    if (!*open) return refuse(v, at, "the scope it needs is not open");
    if (part == 2) --*open;
    return true;
}

// An instruction is reached in a state: the same as before, or it is new work.
static bool reach(Verifier *v, uint32_t from, uint32_t to, const State *s) {
    if (to >= v->chunk->code.count) return refuse(v, from, "the code ends without a return");
    State *old = &v->states[to];
    if (!old->seen) {
        *old = *s;
        old->seen = true;
        return VEC_PUSH(&v->work, to);
    }
    bool same = old->depth == s->depth;
    for (int i = 0; i < 4; i++) same = same && old->open[i] == s->open[i];
    return same || refuse(v, from, "two paths meet with different stacks");
}

static bool step_jump(Verifier *v, uint32_t at, const State *before, const State *after) {
    const Instr *i = &v->chunk->code.items[at];
    const CodeRow *row = chunk_row((Code)i->op);
    if (row->operand[0] != OPERAND_JUMP) return true;
    State s = *after;
    s.depth = (uint32_t)((int64_t)before->depth + row->jump(i, v->chunk));
    if (s.depth > v->chunk->depth) v->chunk->depth = s.depth;
    return reach(v, at, i->a, &s);
}

static bool step_return(Verifier *v, uint32_t at, const State *s) {
    for (int i = 0; i < 4; i++)
        if (s->open[i]) return refuse(v, at, "a scope is still open");
    return s->depth == 1 || refuse(v, at, "more than one value is left");
}

static bool step(Verifier *v, uint32_t at) {
    const Instr *i = &v->chunk->code.items[at];
    const CodeRow *row = chunk_row((Code)i->op);
    State s = v->states[at];
    uint32_t pops = row->pops(i, v->chunk), pushes = row->pushes(i, v->chunk);
    if (s.depth < pops) return refuse(v, at, "the stack is too short");
    if (i->op == CODE_RETURN) return step_return(v, at, &s);
    if (!nest(v, at, &s)) return false;
    s.depth = s.depth - pops + pushes;
    if (s.depth > v->chunk->depth) v->chunk->depth = s.depth;
    if (!step_jump(v, at, &v->states[at], &s)) return false;
    return i->op == CODE_JUMP || reach(v, at, at + 1, &s);
}

bool verify_chunk(Chunk *chunk, Str *why) {
    Verifier v = {.chunk = chunk, .why = why};
    size_t n = chunk->code.count;
    bool good = false;
    chunk->depth = 0;
    if (!n || n != chunk->places.count || chunk->params.count > chunk->slots) {
        str_add(why, "there is no code, or it is torn");
        return false;
    }
    v.states = MEM_NEW(State, n);
    if (!v.states) goto done;
    for (uint32_t at = 0; at < n; at++)
        if (!check_operands(&v, at)) goto done;
    if (!reach(&v, 0, 0, &(State){0})) goto done;
    good = true;
    while (good && v.work.count) good = step(&v, v.work.items[--v.work.count]);
done:
    mem_free(v.states);
    VEC_FREE(&v.work);
    return good;
}

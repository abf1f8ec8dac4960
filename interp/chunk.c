// Chunk: compiled code, what the VM runs.
#include "interp/chunk.h"
#include "runtime/base/mem.h"

#define CODE(id, name, a, b, c, pops, pushes, jump, nest, effect)                              \
    static uint32_t pops_##id(const Instr *i, const Chunk *k) {                                \
        (void)i, (void)k;                                                                      \
        return (pops);                                                                         \
    }                                                                                          \
    static uint32_t pushes_##id(const Instr *i, const Chunk *k) {                              \
        (void)i, (void)k;                                                                      \
        return (pushes);                                                                       \
    }                                                                                          \
    static int jump_##id(const Instr *i, const Chunk *k) {                                     \
        (void)i, (void)k;                                                                      \
        return (jump);                                                                         \
    }
#include "interp/opcode.def"
#undef CODE

static const CodeRow rows[] = {
#define CODE(id, name, a, b, c, pops, pushes, jump, nest, effect)                              \
    {name, effect, {OPERAND_##a, OPERAND_##b, OPERAND_##c}, NEST_##nest,                       \
     pops_##id, pushes_##id, jump_##id},
#include "interp/opcode.def"
#undef CODE
};

const CodeRow *chunk_row(Code op) {
    return &rows[op];
}

Chunk *chunk_new(void) {
    Chunk *chunk = MEM_NEW(Chunk, 1);
    if (chunk) chunk->refs = 1;
    return chunk;
}

Chunk *chunk_keep(Chunk *chunk) {
    chunk->refs++;
    return chunk;
}

static void free_sources(SourceGroup *g) {
    for (uint32_t i = 0; i < g->n; i++) {
        mem_free(g->items[i].seen);
        mem_free(g->items[i].dos);
        mem_free(g->items[i].conds);
    }
    mem_free(g->items);
}

static void free_shapes(Chunk *chunk) {
    for (size_t i = 0; i < chunk->sources.count; i++) free_sources(&chunk->sources.items[i]);
    VEC_FREE(&chunk->sources);
    for (size_t i = 0; i < chunk->queries.count; i++) {
        mem_free(chunk->queries.items[i].parts);
        mem_free(chunk->queries.items[i].assigns);
    }
    for (size_t i = 0; i < chunk->worlds.count; i++) mem_free(chunk->worlds.items[i].items);
    for (size_t i = 0; i < chunk->calls.count; i++) mem_free(chunk->calls.items[i].labels);
    for (size_t i = 0; i < chunk->items.count; i++) mem_free(chunk->items.items[i].label);
    for (size_t i = 0; i < chunk->params.count; i++) mem_free(chunk->params.items[i].text);
    VEC_FREE(&chunk->queries);
    VEC_FREE(&chunk->worlds);
    VEC_FREE(&chunk->calls);
    VEC_FREE(&chunk->items);
    VEC_FREE(&chunk->params);
}

void chunk_drop(Chunk *chunk) {
    if (!chunk || --chunk->refs) return;
    for (size_t i = 0; i < chunk->constants.count; i++) value_drop(chunk->constants.items[i]);
    for (size_t i = 0; i < chunk->chunks.count; i++) chunk_drop(chunk->chunks.items[i]);
    free_shapes(chunk);
    VEC_FREE(&chunk->code);
    VEC_FREE(&chunk->places);
    VEC_FREE(&chunk->constants);
    VEC_FREE(&chunk->syms);
    VEC_FREE(&chunk->chunks);
    mem_free(chunk);
}

uint32_t chunk_emit(Chunk *chunk, Code op, uint32_t a, uint32_t b, uint32_t c, uint32_t place) {
    Instr instr = {.op = op, .a = a, .b = b, .c = c};
    if (!VEC_PUSH(&chunk->code, instr)) return UINT32_MAX;
    if (!VEC_PUSH(&chunk->places, place)) {
        chunk->code.count--;
        return UINT32_MAX;
    }
    return (uint32_t)chunk->code.count - 1;
}

uint32_t chunk_constant(Chunk *chunk, Value taken) {
    if (VEC_PUSH(&chunk->constants, taken)) return (uint32_t)chunk->constants.count - 1;
    value_drop(taken);
    return UINT32_MAX;
}

// Chunks name few things: a statement or a function, so a linear search will do; one statement
// that names very many is bounded by looking only at the latest.
uint32_t chunk_sym(Chunk *chunk, Sym name) {
    size_t n = chunk->syms.count, first = n > 64 ? n - 64 : 0;
    for (size_t i = n; i > first; i--)
        if (chunk->syms.items[i - 1] == name) return (uint32_t)(i - 1);
    if (!VEC_PUSH(&chunk->syms, name)) return UINT32_MAX;
    return (uint32_t)n;
}

void chunk_signature(const Chunk *chunk, Str *out) {
    str_add(out, chunk->name ? chunk->name->text : "");
    str_add_char(out, '(');
    for (size_t i = 0; i < chunk->params.count; i++) {
        if (i) str_add(out, ", ");
        str_add(out, chunk->params.items[i].text);
    }
    str_add_char(out, ')');
}

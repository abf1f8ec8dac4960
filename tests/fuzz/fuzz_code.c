// Fuzz_code: compiled code is changed anywhere; what is verified is run.
#include <string.h>

#include "interp/compiler.h"
#include "interp/interp_inner.h"
#include "interp/parser.h"
#include "interp/verify.h"
#include "tests/fuzz/fuzz.h"

// An input is a program, a NUL byte, and edits of five bytes: which instruction of which chunk
// (two), what is done (one), and the number to do it with (two).
enum {
    EDIT_OP,
    EDIT_A,
    EDIT_B,
    EDIT_C,
    EDIT_SLOTS,
    EDIT_COPY,   // one instruction over another
    EDIT_JUMP,   // to another instruction
    EDIT_SWAP,   // two instructions
    EDIT_CUT,    // the code ends early,
    EDIT_TORN,   // or its places do
    EDIT_CONST,  // a constant for another
    EDIT_NUMBER, // or for a number
    EDIT_SYM,
    EDIT_CALL,   // the numbers of arguments, and of labels
    EDIT_QUERY,  // the values of a question
    EDIT_PART,   // the kind of a part of a question
    EDIT_WORLD,  // the values of a do
    EDIT_ITEM,   // the indices of a variable
    EDIT_KINDS
};

static uint32_t word(const uint8_t *at) {
    return (uint32_t)(at[0] | at[1] << 8);
}

// A chunk, or one of those inside it, by a number.
static Chunk *pick(Chunk *chunk, uint32_t *n) {
    while (*n % 4 == 0 && chunk->chunks.count) {
        *n /= 4;
        chunk = chunk->chunks.items[*n % chunk->chunks.count];
    }
    return chunk;
}

static void edit_instr(Chunk *chunk, uint32_t where, uint32_t what, uint32_t value) {
    uint32_t n = (uint32_t)chunk->code.count;
    Instr *i = &chunk->code.items[where % n], *other = &chunk->code.items[value % n], copy = *i;
    switch (what) {
    case EDIT_OP: i->op = value % (CODE_COUNT + 1); break;
    case EDIT_A: i->a = value; break;
    case EDIT_B: i->b = value; break;
    case EDIT_C: i->c = value; break;
    case EDIT_COPY: *i = *other; break;
    case EDIT_JUMP: i->a = value % n; break;
    case EDIT_SWAP: *i = *other, *other = copy; break;
    case EDIT_CUT: chunk->code.count = chunk->places.count = value % (n + 1); break;
    case EDIT_TORN: chunk->places.count = value % (n + 1); break;
    case EDIT_SLOTS: chunk->slots = value % 16; break;
    }
}

static void edit_constant(Chunk *chunk, uint32_t where, uint32_t value, bool number) {
    if (!chunk->constants.count) return;
    Value *old = &chunk->constants.items[where % chunk->constants.count];
    Value new = number ? value_number((double)value - 1000)
                       : value_keep(chunk->constants.items[value % chunk->constants.count]);
    value_drop(*old);
    *old = new;
}

// What instructions are about: the lengths that are told of them may be wrong.
static void edit_table(Chunk *chunk, uint32_t where, uint32_t what, uint32_t value) {
    if (what == EDIT_SYM && chunk->syms.count)
        chunk->syms.items[where % chunk->syms.count] =
            chunk->syms.items[value % chunk->syms.count];
    if (what == EDIT_CALL && chunk->calls.count) {
        CallShape *call = &chunk->calls.items[where % chunk->calls.count];
        call->nargs = value % 8;
        if (call->nlabels > value / 8 % 8) call->nlabels = value / 8 % 8;
    }
    if ((what == EDIT_QUERY || what == EDIT_PART) && chunk->queries.count) {
        QueryShape *query = &chunk->queries.items[where % chunk->queries.count];
        if (what == EDIT_QUERY) query->nvalues = value % 8;
        else if (query->nparts)
            query->parts[value / 16 % query->nparts].kind = (PartKind)(value % 6);
    }
    if (what == EDIT_WORLD && chunk->worlds.count)
        chunk->worlds.items[where % chunk->worlds.count].nvalues = value % 8;
    if (what == EDIT_ITEM && chunk->items.count)
        chunk->items.items[where % chunk->items.count].nindices = value % 4;
}

static void edit(Chunk *whole, const uint8_t *at) {
    uint32_t where = word(at), what = at[2] % EDIT_KINDS, value = word(at + 3);
    Chunk *chunk = pick(whole, &where);
    if (!chunk->code.count) return;
    if (what <= EDIT_TORN) edit_instr(chunk, where, what, value);
    else if (what <= EDIT_NUMBER) edit_constant(chunk, where, value, what == EDIT_NUMBER);
    else edit_table(chunk, where, what, value);
}

static bool verify_all(Chunk *chunk) {
    Str why = {0};
    bool good = verify_chunk(chunk, &why);
    fuzz_promise(good == !why.len, "a refusal says why");
    str_free(&why);
    for (size_t i = 0; good && i < chunk->chunks.count; i++)
        good = verify_all(chunk->chunks.items[i]);
    return good;
}

static void run_statement(Interp *in, const Node *node, const uint8_t *edits, size_t nedits) {
    const CompilerEnv env = {in->names, &in->sources, &in->diags};
    Value out;
    if (node->kind == NODE_TEST || node->kind == NODE_IMPORT || node->kind == NODE_LUA)
        return;
    Chunk *chunk = compiler_statement(&env, node);
    if (!chunk) return;
    for (size_t i = 0; i < nedits; i++) edit(chunk, edits + i * FUZZ_EDIT);
    if (verify_all(chunk) && vm_run(in->vm, chunk, NULL, 0, &out)) value_drop(out);
    chunk_drop(chunk);
    interp_flush(in);
}

static void run_all(Interp *in, const Ast *ast, const uint8_t *edits, size_t nedits) {
    // The edits are for the statements in turn; the names that those before define are there.
    const Node *program = ast->program;
    for (uint32_t i = 0; i < program->n; i++) {
        size_t from = nedits * i / program->n, to = nedits * (i + 1) / program->n;
        run_statement(in, program->kid[i], edits + from * FUZZ_EDIT, to - from);
    }
}

void fuzz_code(const uint8_t *data, size_t size) {
    const Ctl ctl = {.cancel = &fuzz_late, .memory = 64 << 20, .threads = 1, .budget = 0.05};
    const InterpOptions options = {.ctl = ctl, .budget = {.draws = 500}};
    const uint8_t *nul = memchr(data, 0, size);
    Interp *in = interp_new(&options);
    Ast ast = {0};
    size_t len = nul ? (size_t)(nul - data) : size, rest = nul ? size - len - 1 : 0;
    fuzz_promise(in != NULL, "there is memory");
    uint32_t source = source_add(&in->sources, "f", (const char *)data, len);
    fuzz_alarm(150);
    if (parser_parse(&in->sources, source, in->names, &ast, &in->diags, NULL, NULL) &&
        !in->diags.errors)
        run_all(in, &ast, nul ? nul + 1 : data, rest / FUZZ_EDIT);
    fuzz_alarm(0);
    interp_flush(in);
    ast_free(&ast);
    interp_free(in);
}

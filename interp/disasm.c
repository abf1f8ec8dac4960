// Disasm: code as text.
#include "interp/disasm.h"
#include "interp/diag.h"
#include "interp/render.h"

static void add_constant(Value v, Str *out) {
    switch (v.tag) {
    case VALUE_NUMBER:
    case VALUE_BOOL: render_value(v, &(RenderStyle){.digits = 6}, out); break;
    case VALUE_STRING: render_json_string(v.sym->text, v.sym->len, out); break;
    case VALUE_LEVEL: str_add(out, v.sym->text); break;
    case VALUE_WILDCARD: str_add(out, "_"); break;
    default: str_add(out, value_kind(v)); break;
    }
}

static void add_call(const CallShape *c, Str *out) {
    str_printf(out, " /%u", c->nargs - c->nlabels);
    for (uint32_t i = 0; i < c->nlabels; i++) str_printf(out, " %s:", c->labels[i]->text);
}

static void add_query(const QueryShape *q, Str *out) {
    static const char *const kinds[] = {"arg", "second", "event", "do", "soft", "factor"};
    str_printf(out, " %s%s", q->argmax ? "argmax " : "", ast_op_text(q->head));
    for (uint32_t i = 0; i < q->nparts; i++) str_printf(out, " %s", kinds[q->parts[i].kind]);
}

static void add_item(const ItemShape *s, Str *out) {
    const char *role = ast_op_text(s->role);
    str_printf(out, " %s%s%s/%u", role, *role ? " " : "", s->name->text, s->nindices);
}

static void add_operand(const Chunk *k, OperandKind kind, uint32_t x, Str *out) {
    switch (kind) {
    case OPERAND_NONE: break;
    case OPERAND_CONST: str_add_char(out, ' '), add_constant(k->constants.items[x], out); break;
    case OPERAND_SYM: str_printf(out, " %s", k->syms.items[x]->text); break;
    case OPERAND_SLOT: str_printf(out, " $%u", x); break;
    case OPERAND_JUMP: str_printf(out, " @%u", x); break;
    case OPERAND_OPERATOR: str_printf(out, " %s", ast_op_text((NodeOp)x)); break;
    case OPERAND_WORLD: str_printf(out, " world/%u", k->worlds.items[x].n); break;
    case OPERAND_CALL: add_call(&k->calls.items[x], out); break;
    case OPERAND_SOURCES: str_printf(out, " sources/%u", k->sources.items[x].n); break;
    case OPERAND_QUERY: add_query(&k->queries.items[x], out); break;
    case OPERAND_ITEM: add_item(&k->items.items[x], out); break;
    case OPERAND_CHUNK: str_add_char(out, ' '), chunk_signature(k->chunks.items[x], out); break;
    case OPERAND_DIAG: str_printf(out, " %s", diag_code((DiagCode)x)); break;
    case OPERAND_NAME: str_printf(out, " %s", x ? k->syms.items[x - 1]->text : "-"); break;
    case OPERAND_TEXT:
        str_add_char(out, ' ');
        if (x) add_constant(k->constants.items[x - 1], out);
        else str_add_char(out, '-');
        break;
    default: str_printf(out, " %u", x); break;
    }
}

void disasm_instr(const Chunk *chunk, uint32_t at, Str *out) {
    const Instr *i = &chunk->code.items[at];
    const CodeRow *row = chunk_row((Code)i->op);
    const uint32_t x[3] = {i->a, i->b, i->c};
    size_t start = out->len;
    str_printf(out, "%4u  %s", at, row->name);
    for (int n = 0; n < 3; n++) add_operand(chunk, row->operand[n], x[n], out);
    size_t used = out->len - start;
    if (used < 38) str_fill(out, ' ', 38 - used);
    str_printf(out, "  ; -%u +%u  %s\n", row->pops(i, chunk), row->pushes(i, chunk),
               row->effect);
}

void disasm_chunk(const Chunk *chunk, const Sources *sources, Str *out) {
    uint32_t line = 0, column = 0;
    const SourceText *source = source_get(sources, chunk->span.source);
    if (source) source_line_column(source, chunk->span.start, &line, &column);
    if (chunk->name) chunk_signature(chunk, out);
    else str_add(out, "statement");
    str_printf(out, " of %s:%u  (%u slots, stack %u)\n", source ? source->name : "?", line,
               chunk->slots, chunk->depth);
    for (uint32_t at = 0; at < chunk->code.count; at++) disasm_instr(chunk, at, out);
    for (size_t i = 0; i < chunk->chunks.count; i++) {
        str_add_char(out, '\n');
        disasm_chunk(chunk->chunks.items[i], sources, out);
    }
}

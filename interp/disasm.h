// Disasm: code as text, for `rung disasm`, :disasm, --dump=code and --dump=trace.
#ifndef RUNG_INTERP_DISASM_H
#define RUNG_INTERP_DISASM_H

#include "interp/chunk.h"
#include "runtime/base/str.h"

// Appends one instruction: its number, name, operands (names and constants spelled out), the
// stack effect and what it does; one line.
void disasm_instr(const Chunk *chunk, uint32_t at, Str *out);

// Appends a chunk and the functions inside it, one instruction a line, under a heading.
void disasm_chunk(const Chunk *chunk, const Sources *sources, Str *out);

#endif

// Verify: proves a chunk safe before it runs.
#ifndef RUNG_INTERP_VERIFY_H
#define RUNG_INTERP_VERIFY_H

#include "interp/chunk.h"
#include "runtime/base/str.h"

// True when the code cannot leave its tables: every operand is in range, every jump lands on an
// instruction, the stack has the same depth on every path to an instruction and never
// underflows, scopes opened are closed, and the end is reached only through RETURN. Sets
// chunk->depth. Else false, with one sentence in `why`, or nothing when memory ran out. Functions
// inside are verified when they are made. Linear in the code.
bool verify_chunk(Chunk *chunk, Str *why);

#endif

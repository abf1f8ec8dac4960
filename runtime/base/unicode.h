// Unicode: code points in UTF-8, and the few classes of them that program text needs.
#ifndef RUNG_BASE_UNICODE_H
#define RUNG_BASE_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Decodes the first code point of `len` bytes (len > 0). Returns the bytes it takes, or 0 when
// they are not UTF-8 (overlong forms, surrogates and values above 10FFFF included); *point is
// then 0.
size_t unicode_decode(const char *text, size_t len, uint32_t *point);

// Writes the UTF-8 form of a code point to `to` (room for 4 bytes) and returns
// its length, 0 when the value is no code point.
size_t unicode_encode(uint32_t point, char *to);

// Letters (general categories L and Nl, and `_`), which may begin a name; and what may follow
// them (marks and decimal digits besides). Tables of Unicode 14.
bool unicode_starts_name(uint32_t point);
bool unicode_continues_name(uint32_t point);

// Columns on a terminal: 0 for combining marks, 2 for wide East Asian characters, else 1.
int unicode_width(uint32_t point);

#endif

// Doc_code: program text as highlighted HTML, and where its comments are prose.
#ifndef RUNG_INTERP_DOC_CODE_H
#define RUNG_INTERP_DOC_CODE_H

#include "interp/lexer.h"

// A text with its tokens. Zeroed, it is empty.
typedef struct DocCode {
    const char *text; // borrowed
    uint32_t len;
    Tokens tokens;
    bool *outside; // of each comment: outside of all brackets
    Sources sources;
    Diags diags;
    Interner *names;
    Arena arena;
} DocCode;

// False: no memory. Free it in any case.
bool doc_code_read(const char *text, size_t len, DocCode *code);
void doc_code_free(DocCode *code);

// The comment that is prose and begins at byte `at`, or NULL: it begins a line, and expects
// nothing. O(log n).
const Comment *doc_code_prose(const DocCode *code, uint32_t at);

// Appends bytes [from, to), tokens in <span>s of classes k (keyword), f (function), n (number),
// s (text), o (operator), c (comment) and lua. What is expected, #=>, outside of all brackets,
// is left out where it begins before byte `answered`: the answer stands in its place.
void doc_code_add(const DocCode *code, uint32_t from, uint32_t to, uint32_t answered,
                  Str *out);

#endif

// Markdown: CommonMark as HTML, through cmark.
//
// What a text cannot do: bring in markup of its own (raw HTML comes out as text), scripts, or
// anything that a browser would fetch (an image becomes a link). `_||_` is not an emphasis.
// Quotes and dashes become typographic ones. cmark ends the program when memory is exhausted.
#ifndef RUNG_INTERP_MARKDOWN_H
#define RUNG_INTERP_MARKDOWN_H

#include <stdbool.h>

#include "runtime/base/str.h"

// Appends the text as blocks of HTML. Any bytes will do.
void markdown_add(const char *text, size_t len, Str *out);

// Appends a text of one paragraph, without the paragraph around it.
void markdown_add_line(const char *text, size_t len, Str *out);

// The first heading as plain text; false (and nothing appended) when there is none.
bool markdown_heading(const char *text, size_t len, Str *out);

#endif

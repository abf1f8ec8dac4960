// Doc_prose: the comments of a program as the prose of a page.
#ifndef RUNG_INTERP_DOC_PROSE_H
#define RUNG_INTERP_DOC_PROSE_H

#include <stdbool.h>
#include <stddef.h>

#include "runtime/base/str.h"

// Appends a line of a comment, "#" and all, as a line of Markdown: "# text" is the line "text",
// "## Title" and "# # Title" are headings, and so is "# --- Title ---".
void doc_prose_line(const char *line, size_t len, Str *out);

// Takes the first paragraph of a program's first comment as the title of its page, when it is
// short: what stands before ": ", or its first sentence, is the title, the rest the line below
// it. Appends both as HTML to `out` and the title as plain text to `title`; returns the
// length of what was taken, 0 when it is no title.
size_t doc_prose_title(const char *markdown, size_t len, Str *title, Str *out);

#endif

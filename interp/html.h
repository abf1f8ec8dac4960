// Html: text inside of HTML and SVG.
#ifndef RUNG_INTERP_HTML_H
#define RUNG_INTERP_HTML_H

#include "runtime/base/str.h"

// Appends any bytes as text of an HTML or XML document, fit for content and for attributes in
// double quotes: what has a meaning there is escaped, and what may not stand there (bytes that
// are not UTF-8, control characters other than tab and newline, noncharacters) becomes U+FFFD.
void html_add_n(const char *text, size_t len, Str *out);
void html_add(const char *text, Str *out);

// Appends markup that is well-formed but for bytes that may not stand there: these become
// U+FFFD.
void html_add_clean(const char *markup, size_t len, Str *out);

#endif

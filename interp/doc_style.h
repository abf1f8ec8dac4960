// Doc_style: the looks of a page.
#ifndef RUNG_INTERP_DOC_STYLE_H
#define RUNG_INTERP_DOC_STYLE_H

#include "runtime/base/str.h"

// Appends the style sheet of doc.h's pages: light and dark, on screens of any width and on
// paper.
void doc_style_add(Str *out);

#endif

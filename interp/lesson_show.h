// Lesson_show: prose for a terminal.
#ifndef RUNG_INTERP_LESSON_SHOW_H
#define RUNG_INTERP_LESSON_SHOW_H

#include "interp/render.h"

// Appends Markdown as text: paragraphs and items of lists filled to the width (at most 80
// columns), headings underlined, lines that are indented by four as they are; **strong**,
// *emphasis* and `code` in colour when there is colour. Ends in a newline. Linear in the
// text.
void lesson_show_prose(const char *markdown, const RenderStyle *style, Str *out);

#endif

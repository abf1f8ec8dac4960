// Doc: literate pages: a program with its comments as prose and its answers in place, as HTML.
#ifndef RUNG_INTERP_DOC_H
#define RUNG_INTERP_DOC_H

#include "interp/interp.h"

// Runs a text as interp_run does and appends the page: one document in HTML5 and UTF-8 that
// holds all that it needs, without scripts. Any bytes will do; what does not run has its
// diagnostics in place, and they are reported as ever. Comments that begin a line outside of all
// brackets are Markdown, anything else is code, and each statement is followed by what it
// answered. Returns the exit status of the run, EXIT_INTERNAL when memory was exhausted (the page
// is then incomplete).
int doc_page(const char *name, const char *path, const char *text, size_t len,
             const InterpOptions *options, Str *out);

// Reads a file ("-": standard input) and writes its page to `page` ("-": standard output; NULL:
// beside the file, with the ending .html). Returns an exit status.
int doc_file(const char *file, const char *page, const InterpOptions *options);

#endif

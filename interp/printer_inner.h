// Printer, inside: what the files printer*.c share.
#ifndef RUNG_INTERP_PRINTER_INNER_H
#define RUNG_INTERP_PRINTER_INNER_H

#include "interp/printer.h"
#include "runtime/base/vec.h"

typedef struct Printer {
    Str text;             // the program, comments not yet aligned
    const Ast *ast;       // NULL: an expression alone, all on one line, without comments
    const SourceText *source; // NULL likewise
    size_t comment;       // the next comment to put back
    uint32_t last;        // the source has been printed up to here
    uint32_t indent;      // of the line that is being printed
    bool open;            // something stands on the line
    bool commented;       // a comment ends the line
    bool fresh;           // nothing stands yet in this block: no blank line
    bool one_line;        // line breaks are not kept
    VEC(size_t) trailing; // offsets in `text` of the comments behind code
} Printer;

// --- lines and comments (printer_line.c) ---

void printer_add(Printer *p, const char *text);
// Ends the line, puts back the comments that stand before source offset `at`, and begins a line
// for what stands there. Comments are indented by `inner`, the line by p->indent. `blank`: a
// blank line of the source before the new line is kept.
void printer_line(Printer *p, uint32_t at, uint32_t inner, bool blank);
// Whether the source has a line break, or a blank line, in [from, to).
bool printer_broken(const Printer *p, uint32_t from, uint32_t to);
bool printer_blank(const Printer *p, uint32_t from, uint32_t to);
// Whether a comment stands in [from, to) of the source.
bool printer_comments(const Printer *p, uint32_t from, uint32_t to);
// Appends p->text to `out` with its trailing comments aligned.
void printer_finish(Printer *p, Str *out);
// The columns that text takes.
size_t printer_width(const char *text, size_t len);

// --- blocks (printer_block.c) ---

// Prints the kids of a node, one a line or separated by `; `, in braces.
void printer_block(Printer *p, const Node *block);
// The rows of a CASE or DATA, from the word on; the factor's `factor` takes the place of
// `case`.
void printer_rows(Printer *p, const Node *node, const char *word);
void printer_statements(Printer *p, const Node *program);
// One item or statement.
void printer_item(Printer *p, const Node *node);

// --- expressions (printer_expr.c) ---

void printer_expr(Printer *p, const Node *node);
void printer_name(Printer *p, Sym sym, bool quoted);
void printer_string(Printer *p, const char *text, size_t len);
// The kids of a GROUP, separated by commas, on the same line.
void printer_commas(Printer *p, const Node *group);
// ` for i in 1..n`, or nothing for NULL.
void printer_fors(Printer *p, const Node *fors);
// The kids of a node between brackets, with the line breaks of the source.
void printer_elements(Printer *p, const Node *node, const char *open, const char *close);

#endif

// Graph stmt: the statements that dagitty's language and DOT share: names, chains of edges,
// groups in braces, and attributes in brackets.
//
//     X [exposure]   "Blood pressure" -> {Y Z} <- W [label="a"]   {A; B -> C} -> D   rankdir=LR
//
// Blanks, newlines, ';' and ',' separate and mean nothing else. Comments are // to the end of the
// line, # likewise, and /* */. An edge with a group is an edge with each of its variables, those
// named by edges inside included. Attributes after a chain belong to its edges.
#ifndef RUNG_FORMAT_GRAPH_STMT_H
#define RUNG_FORMAT_GRAPH_STMT_H

#include "runtime/base/str.h"
#include "runtime/format/graph_reader.h"

typedef enum StmtArrow { STMT_NONE, STMT_OUT, STMT_IN, STMT_BOTH } StmtArrow;

// Marks of an edge or a vertex that attributes set.
enum {
    STMT_LATENT = 1,
    STMT_SELECTED = 2,
    STMT_DASHED = 4,
    STMT_DIR_BOTH = 8,
    STMT_DIR_BACK = 16,
    STMT_DIR_NONE = 32,
};

typedef struct StmtAttribute {
    Span key, value; // value: text NULL when there is none
    const char *at;
} StmtAttribute;

// What differs between the two languages.
typedef struct StmtDialect {
    // Takes an arrow at the cursor; *arrow is STMT_NONE when there is none. Faults for marks
    // that a causal graph does not have.
    Status (*arrow)(GraphReader *r, StmtArrow *arrow);
    // One attribute of a vertex (GRAPH_NONE: of all vertices from here on), of an edge: changes
    // *marks.
    Status (*vertex)(GraphReader *r, uint32_t vertex, const StmtAttribute *a, unsigned *marks);
    Status (*edge)(GraphReader *r, const StmtAttribute *a, unsigned *marks);
    bool dot; // has `node`, `edge`, `graph` and `subgraph` as words, and ports behind names
} StmtDialect;

// Skips blanks, separators and comments. A comment that does not end is a fault.
Status graph_stmt_skip(GraphReader *r);

// Takes a name: a bare word, or a text between quotes. It lies in the text or in the draft's
// arena. FAULT when there is none.
Status graph_stmt_name(GraphReader *r, Span *name);

// Takes a bare word that is, without regard to case, `word`.
bool graph_stmt_word(GraphReader *r, const char *word);

// Reads statements up to the closing brace, which is taken (`wrapped`), or the end of the text.
Status graph_stmt_read(GraphReader *r, const StmtDialect *dialect, bool wrapped);

// Appends a name, between quotes unless it is made of ASCII letters, digits and _ (and '.' when
// `dots`), and does not begin with a digit (unless `dots`). Whether a reader gets it back:
// false, with nothing appended, for a backslash before a quote, before a newline or at the end.
bool graph_stmt_add_name(const char *name, bool dots, Str *out);

// Refuses a name that cannot be written.
Status graph_stmt_refuse(const char *name, const char *format, Faults *faults);

#endif

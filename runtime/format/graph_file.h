// Graph file: the file formats of graphs, in one table.
#ifndef RUNG_FORMAT_GRAPH_FILE_H
#define RUNG_FORMAT_GRAPH_FILE_H

#include "runtime/base/ctl.h"
#include "runtime/base/fault.h"
#include "runtime/base/status.h"
#include "runtime/base/str.h"
#include "runtime/graph/graph.h"

struct GraphReader; // runtime/format/graph_reader.h

// A graph as a file has it. Zeroed, it is empty. The lists are what the file says about the
// purpose of its variables, in its order; no algorithm heeds them.
typedef struct GraphFile {
    Graph *graph; // owned
    char *name;   // owned, or NULL
    VertexVec exposures, outcomes, adjusted;
} GraphFile;

void graph_file_free(GraphFile *file);

typedef struct GraphFormat {
    const char *name;              // "dagitty"
    const char *doc;               // one sentence
    const char *const *extensions; // ended by NULL: ".dag"
    FaultCode syntax;              // of a malformed file
    // Reads r->s into r->draft and the rest; NULL: the format is only written.
    Status (*read)(struct GraphReader *r);
    // Appends the text. FAULT_FILE_EXPRESS, with nothing appended, when the format has no way
    // to say something that the graph holds.
    Status (*write)(const GraphFile *file, Str *out, Faults *faults);
} GraphFormat;

extern const GraphFormat graph_file_dagitty, graph_file_dot, graph_file_lavaan,
    graph_file_tikz;

// The formats, ended by NULL; one of them by its name, or NULL; and the one that a path's
// extension tells (without regard to case, ".gz" stripped), or NULL.
extern const GraphFormat *const graph_file_list[];
const GraphFormat *graph_file_find(const char *name);
const GraphFormat *graph_file_of_path(const char *path);

// Reads a graph from a text; messages call it `file`. Edges given twice are one. A fault names
// the place, and then nothing was made. `ctl` (may be NULL) bounds the memory of edges and may
// cancel. *out is freed with graph_file_free.
// O(n + m log m) for n vertices and m edges.
Status graph_file_parse(const GraphFormat *format, const char *text, size_t len,
                        const char *file, const Ctl *ctl, GraphFile *out, Faults *faults);

// Reads the file at `path`, plain or gzipped, in the format that its extension tells.
// FAULT_FILE_FORMAT when that is none, or one that is only written.
Status graph_file_read(const char *path, const Ctl *ctl, GraphFile *out, Faults *faults);

// Writes a graph to `path` in the format of its extension, compressed with ".gz" behind it. On
// anything but OK no file has changed.
Status graph_file_write(const char *path, const GraphFile *file, Faults *faults);

#endif

// Graph file: the table, and what is the same for every format.
#include "runtime/format/graph_file.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "runtime/base/cycle.h"
#include "runtime/base/mem.h"
#include "runtime/format/dagitty.h"
#include "runtime/format/dot.h"
#include "runtime/format/gzfile.h"
#include "runtime/format/lavaan.h"
#include "runtime/format/tikz.h"

const GraphFormat graph_file_dagitty = {
    "dagitty",
    "the graph language of dagitty",
    (const char *const[]){".dag", ".dagitty", NULL},
    FAULT_DAGITTY_SYNTAX,
    dagitty_read,
    dagitty_write,
};

const GraphFormat graph_file_dot = {
    "dot",
    "the DOT language of Graphviz, directed graphs",
    (const char *const[]){".dot", ".gv", NULL},
    FAULT_DOT_SYNTAX,
    dot_read,
    dot_write,
};

const GraphFormat graph_file_lavaan = {
    "lavaan",
    "the regressions of a structural equation model",
    (const char *const[]){".lavaan", NULL},
    FAULT_LAVAAN_SYNTAX,
    lavaan_read,
    lavaan_write,
};

const GraphFormat graph_file_tikz = {
    "tikz",
    "a drawing in TikZ, for LaTeX",
    (const char *const[]){".tikz", ".tex", NULL},
    FAULT_NONE,
    NULL,
    tikz_write,
};

const GraphFormat *const graph_file_list[] = {&graph_file_dagitty, &graph_file_dot,
                                              &graph_file_lavaan, &graph_file_tikz, NULL};

const GraphFormat *graph_file_find(const char *name) {
    for (size_t i = 0; graph_file_list[i]; i++)
        if (strcmp(graph_file_list[i]->name, name) == 0) return graph_file_list[i];
    return NULL;
}

static bool ends_with(const char *text, size_t len, const char *end) {
    size_t n = strlen(end);
    return len >= n && strncasecmp(text + len - n, end, n) == 0;
}

const GraphFormat *graph_file_of_path(const char *path) {
    size_t len = strlen(path);
    if (ends_with(path, len, ".gz")) len -= strlen(".gz");
    for (size_t i = 0; graph_file_list[i]; i++)
        for (const char *const *e = graph_file_list[i]->extensions; *e; e++)
            if (ends_with(path, len, *e)) return graph_file_list[i];
    return NULL;
}

void graph_file_free(GraphFile *file) {
    graph_free(file->graph);
    mem_free(file->name);
    VEC_FREE(&file->exposures);
    VEC_FREE(&file->outcomes);
    VEC_FREE(&file->adjusted);
    *file = (GraphFile){0};
}

// --- from the draft to the graph ------------------------------------------------------------

static int compare_ends(const void *a, const void *b) {
    const GraphEdge *x = a, *y = b;
    if (x->from != y->from) return x->from < y->from ? -1 : 1;
    return (x->to > y->to) - (x->to < y->to);
}

static int compare_edges(const void *a, const void *b) {
    const GraphEdge *x = a, *y = b;
    int ends = compare_ends(a, b);
    if (ends) return ends;
    return (x->origin > y->origin) - (x->origin < y->origin);
}

// Of edges given several times the first stays.
static size_t drop_repeated(GraphEdge *edges, size_t count) {
    size_t kept = 0;
    if (count) qsort(edges, count, sizeof *edges, compare_edges);
    for (size_t i = 0; i < count; i++)
        if (!kept || edges[kept - 1].from != edges[i].from || edges[kept - 1].to != edges[i].to)
            edges[kept++] = edges[i];
    return kept;
}

// The place of the last edge in the text that belongs to the cycle: that one closes it. The edges
// are sorted.
static const char *closing_edge(const GraphReader *r, const VertexVec *cycle) {
    uint32_t last = 1;
    for (size_t i = 0; i < cycle->count; i++) {
        GraphEdge key = {cycle->items[i], cycle->items[(i + 1) % cycle->count], 0};
        const GraphEdge *e = bsearch(&key, r->draft.directed.items, r->draft.directed.count,
                                     sizeof key, compare_ends);
        if (e && e->origin > last) last = e->origin;
    }
    return r->s.start + last - 1;
}

static Status check_cycle(const GraphReader *r) {
    VertexVec cycle = {0};
    Str text = {0};
    Status status = graph_cycle(&r->draft, &cycle);
    if (status == OK && cycle.count) {
        for (size_t i = 0; i < cycle.count; i++)
            cycle_add(&text, i, cycle.count, r->draft.names.items[cycle.items[i]]);
        str_add(&text, r->draft.names.items[cycle.items[0]]);
        status = text.failed ? NOMEM
                             : scan_fault(&r->s, FAULT_GRAPH_FILE_CYCLE,
                                          closing_edge(r, &cycle), "the edges make a cycle: %s",
                                          str_text(&text));
    }
    str_free(&text);
    VEC_FREE(&cycle);
    return status;
}

static Status copy_name(const char *name, char **out) {
    Str s = {0};
    str_add(&s, name);
    *out = str_take(&s);
    str_free(&s);
    return *out ? OK : NOMEM;
}

// A variable that is marked twice is listed once.
static Status keep_roles(VertexVec *from, size_t n, VertexVec *to) {
    Word *seen = MEM_NEW(Word, bits_words(n));
    size_t kept = 0;
    if (!seen) return NOMEM;
    for (size_t i = 0; i < from->count; i++) {
        uint32_t v = from->items[i];
        if (!bits_has(seen, v)) from->items[kept++] = v;
        bits_add(seen, v);
    }
    mem_free(seen);
    *to = *from;
    to->count = kept;
    *from = (VertexVec){0};
    return OK;
}

static Status finish(GraphReader *r, GraphFile *out) {
    GraphDraft *d = &r->draft;
    d->directed.count = drop_repeated(d->directed.items, d->directed.count);
    d->bidirected.count = drop_repeated(d->bidirected.items, d->bidirected.count);
    TRY(check_cycle(r));
    if (r->name) TRY(copy_name(r->name, &out->name));
    TRY(graph_build(d, r->s.faults, &out->graph));
    TRY(keep_roles(&r->exposures, out->graph->n, &out->exposures));
    TRY(keep_roles(&r->outcomes, out->graph->n, &out->outcomes));
    return keep_roles(&r->adjusted, out->graph->n, &out->adjusted);
}

Status graph_file_parse(const GraphFormat *format, const char *text, size_t len,
                        const char *file, const Ctl *ctl, GraphFile *out, Faults *faults) {
    GraphReader r = {.s = {.start = text,
                           .at = text,
                           .end = text + len,
                           .file = file,
                           .syntax = format->syntax,
                           .faults = faults},
                     .ctl = ctl};
    *out = (GraphFile){0};
    Status status = format->read(&r);
    if (status == OK) status = finish(&r, out);
    if (status != OK) graph_file_free(out);
    graph_reader_free(&r);
    return status;
}

// --- files ----------------------------------------------------------------------------------

static Status unknown(const char *path, bool writing, Faults *faults) {
    Str list = {0};
    for (size_t i = 0; graph_file_list[i]; i++)
        for (const char *const *e = graph_file_list[i]->extensions; *e; e++)
            if (writing || graph_file_list[i]->read)
                str_printf(&list, "%s%s", list.len ? ", " : "", *e);
    Status status =
        fault_add(faults, FAULT_FILE_FORMAT, 0, "the format of '%s' is not one that graphs are %s",
                  path, writing ? "written in" : "read from");
    if (status == FAULT && !list.failed)
        status = fault_hint(faults, "graphs are %s files ending in %s, each also with .gz behind "
                                    "it",
                            writing ? "written to" : "read from", str_text(&list));
    str_free(&list);
    return status;
}

Status graph_file_read(const char *path, const Ctl *ctl, GraphFile *out, Faults *faults) {
    const GraphFormat *format = graph_file_of_path(path);
    GzFile file;
    *out = (GraphFile){0};
    if (!format || !format->read) return unknown(path, false, faults);
    TRY(gzfile_read(path, ctl, &file, faults));
    Status status = graph_file_parse(format, file.text, file.len, path, ctl, out, faults);
    gzfile_free(&file);
    return status;
}

Status graph_file_write(const char *path, const GraphFile *file, Faults *faults) {
    const GraphFormat *format = graph_file_of_path(path);
    Str text = {0};
    if (!format) return unknown(path, true, faults);
    Status status = format->write(file, &text, faults);
    if (status == OK && text.failed) status = NOMEM;
    if (status == OK) status = gzfile_write(path, str_text(&text), text.len, faults);
    str_free(&text);
    return status;
}

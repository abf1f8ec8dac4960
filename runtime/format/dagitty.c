// Dagitty: reader and writer.
#include "runtime/format/dagitty.h"

#include <string.h>
#include <strings.h>

#include "runtime/base/mem.h"
#include "runtime/format/graph_stmt.h"

// --- roles ----------------------------------------------------------------------------------

typedef enum Role { ROLE_NONE, EXPOSURE, OUTCOME, ADJUSTED, LATENT, SELECTED } Role;

static Role role_of(Span key) {
    static const struct {
        const char *word;
        Role role;
    } words[] = {
        {"exposure", EXPOSURE}, {"e", EXPOSURE},        {"source", EXPOSURE},
        {"outcome", OUTCOME},   {"o", OUTCOME},         {"target", OUTCOME},
        {"adjusted", ADJUSTED}, {"a", ADJUSTED},        {"adjustednode", ADJUSTED},
        {"latent", LATENT},     {"l", LATENT},          {"unobserved", LATENT},
        {"u", LATENT},          {"selected", SELECTED}, {"s", SELECTED},
        {"selectednode", SELECTED},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i].word) == key.len && !strncasecmp(words[i].word, key.text, key.len))
            return words[i].role;
    return ROLE_NONE;
}

static Status take_vertex(GraphReader *r, uint32_t vertex, const StmtAttribute *a,
                          unsigned *marks) {
    VertexVec *list = NULL;
    switch (role_of(a->key)) {
    case LATENT: *marks |= STMT_LATENT; break;
    case SELECTED: *marks |= STMT_SELECTED; break;
    case EXPOSURE: list = &r->exposures; break;
    case OUTCOME: list = &r->outcomes; break;
    case ADJUSTED: list = &r->adjusted; break;
    case ROLE_NONE: break;
    }
    return !list || VEC_PUSH(list, vertex) ? OK : NOMEM;
}

static Status take_edge(GraphReader *r, const StmtAttribute *a, unsigned *marks) {
    (void)marks;
    if (a->value.text || !role_of(a->key)) return OK;
    Status status = scan_fault(&r->s, FAULT_GRAPH_FILE_ROLE, a->at,
                               "'%.*s' stands after an edge and says nothing of a variable",
                               SPAN_ARGS(a->key));
    return status == FAULT
               ? fault_hint(r->s.faults, "write it behind the variable alone: X [%.*s]",
                            SPAN_ARGS(a->key))
               : status;
}

// --- arrows ---------------------------------------------------------------------------------

static Status take_arrow(GraphReader *r, StmtArrow *arrow) {
    static const struct {
        const char *text;
        StmtArrow arrow; // STMT_NONE: no edge of a causal graph
    } arrows[] = {
        {"<->", STMT_BOTH}, {"->", STMT_OUT},   {"<-@", STMT_NONE}, {"<-", STMT_IN},
        {"@->", STMT_NONE}, {"@-@", STMT_NONE}, {"@--", STMT_NONE}, {"--@", STMT_NONE},
        {"--", STMT_NONE},
    };
    *arrow = STMT_NONE;
    for (size_t i = 0; i < sizeof arrows / sizeof *arrows; i++) {
        size_t n = strlen(arrows[i].text);
        if ((size_t)(r->s.end - r->s.at) < n || memcmp(r->s.at, arrows[i].text, n) != 0) continue;
        *arrow = arrows[i].arrow;
        if (*arrow) return r->s.at += n, OK;
        Status status =
            scan_fault(&r->s, FAULT_GRAPH_MARK, r->s.at,
                       "%s is an edge of a class of graphs, not of one causal graph",
                       arrows[i].text);
        return status == FAULT ? fault_hint(r->s.faults, "orient it: ->, <- or <->") : status;
    }
    return OK;
}

static const StmtDialect dialect = {take_arrow, take_vertex, take_edge, false};

// --- reading --------------------------------------------------------------------------------

static Status refuse_kind(GraphReader *r, const char *at, const char *kind) {
    Status status = scan_fault(&r->s, FAULT_GRAPH_MARK, at,
                               "a %s stands for a class of graphs, not for one causal graph", kind);
    return status == FAULT ? fault_hint(r->s.faults, "give a single graph: dag { .. }") : status;
}

// The word that says what kind of graph it is, a name perhaps, and '{'. Without all of that the
// text begins with a statement, and the cursor stays.
static Status read_header(GraphReader *r, bool *wrapped) {
    static const char *const kinds[] = {"dag", "digraph", "pdag", "graph", "mag", "pag"};
    const char *start = r->s.at;
    size_t kind = 0, count = sizeof kinds / sizeof *kinds;
    Span name = {0};
    if (graph_stmt_word(r, "strict")) TRY(graph_stmt_skip(r));
    while (kind < count && !graph_stmt_word(r, kinds[kind])) kind++;
    if (kind < count) {
        TRY(graph_stmt_skip(r));
        char c = scan_peek(&r->s);
        if (c && !strchr("{}[]<-@=", c)) TRY(graph_stmt_name(r, &name));
        TRY(graph_stmt_skip(r));
    }
    *wrapped = kind < count && scan_take(&r->s, '{');
    if (!*wrapped) r->s.at = start;
    if (*wrapped && kind >= 4) return refuse_kind(r, start, kinds[kind]);
    if (*wrapped && name.len && !(r->name = arena_text(&r->draft.arena, name.text, name.len)))
        return NOMEM;
    return OK;
}

Status dagitty_read(GraphReader *r) {
    bool wrapped;
    TRY(graph_stmt_skip(r));
    TRY(read_header(r, &wrapped));
    TRY(graph_stmt_read(r, &dialect, wrapped));
    TRY(graph_stmt_skip(r));
    return r->s.at == r->s.end ? OK : scan_expected(&r->s, "nothing after the closing brace");
}

// --- writing --------------------------------------------------------------------------------

typedef struct Writer {
    const Graph *g;
    Word *exposures, *outcomes, *adjusted;
    Str text;
} Writer;

static void add_roles(Writer *w, size_t v) {
    const struct {
        const Word *set;
        const char *word;
    } roles[] = {
        {w->g->latent, "latent"},  {w->g->selected, "selected"}, {w->exposures, "exposure"},
        {w->outcomes, "outcome"}, {w->adjusted, "adjusted"},
    };
    size_t n = 0;
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (bits_has(roles[i].set, v)) str_printf(&w->text, n++ ? ",%s" : " [%s", roles[i].word);
    if (n) str_add_char(&w->text, ']');
}

static void add_edge(Writer *w, size_t a, const char *arrow, size_t b) {
    str_add(&w->text, "  ");
    graph_stmt_add_name(w->g->names[a], true, &w->text);
    str_add(&w->text, arrow);
    graph_stmt_add_name(w->g->names[b], true, &w->text);
    str_add_char(&w->text, '\n');
}

static Status write_graph(Writer *w, Faults *faults) {
    const Graph *g = w->g;
    str_add(&w->text, "dag {\n");
    for (size_t v = 0; v < g->n; v++) {
        str_add(&w->text, "  ");
        if (!graph_stmt_add_name(g->names[v], true, &w->text))
            return graph_stmt_refuse(g->names[v], "dagitty", faults);
        add_roles(w, v);
        str_add_char(&w->text, '\n');
    }
    for (size_t v = 0; v < g->n; v++) {
        GRAPH_EACH(g, children, v, c) add_edge(w, v, " -> ", c);
        GRAPH_EACH(g, spouses, v, s)
            if (v < s) add_edge(w, v, " <-> ", s);
    }
    str_add(&w->text, "}\n");
    return OK;
}

static Word *set_of(const Graph *g, const VertexVec *list) {
    Word *set = graph_set(g);
    for (size_t i = 0; set && i < list->count; i++) bits_add(set, list->items[i]);
    return set;
}

Status dagitty_write(const GraphFile *file, Str *out, Faults *faults) {
    Writer w = {.g = file->graph,
                .exposures = set_of(file->graph, &file->exposures),
                .outcomes = set_of(file->graph, &file->outcomes),
                .adjusted = set_of(file->graph, &file->adjusted)};
    Status status = NOMEM;
    if (w.exposures && w.outcomes && w.adjusted) status = write_graph(&w, faults);
    if (status == OK && w.text.failed) status = NOMEM;
    if (status == OK) str_add_n(out, str_text(&w.text), w.text.len);
    str_free(&w.text);
    mem_free(w.exposures);
    mem_free(w.outcomes);
    mem_free(w.adjusted);
    return status;
}

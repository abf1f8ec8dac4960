// Graph stmt: reading the statements with a stack of open groups, so that no nesting is too deep.
#include "runtime/format/graph_stmt.h"

#include <string.h>
#include <strings.h>

#include "runtime/base/mem.h"

// --- words ----------------------------------------------------------------------------------

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_bare(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           c == '.' || ((unsigned char)c & 0x80);
}

static char next_char(const Scan *s) {
    return s->end - s->at > 1 ? s->at[1] : '\0';
}

static Status skip_block(GraphReader *r) {
    Scan *s = &r->s;
    const char *close = memmem(s->at + 2, (size_t)(s->end - s->at - 2), "*/", 2);
    if (!close) return scan_fault(s, s->syntax, s->at, "this comment does not end");
    s->at = close + 2;
    return OK;
}

Status graph_stmt_skip(GraphReader *r) {
    Scan *s = &r->s;
    for (;;) {
        char c = scan_peek(s);
        bool line = c == '#' || (c == '/' && next_char(s) == '/');
        if (c == '/' && next_char(s) == '*') {
            TRY(skip_block(r));
        } else if (line) {
            const char *end = memchr(s->at, '\n', (size_t)(s->end - s->at));
            s->at = end ? end : s->end;
        } else if (s->at < s->end && (scan_is_space(c) || c == ';' || c == ',')) {
            s->at++;
        } else {
            return OK;
        }
    }
}

// The end of the bare word at the cursor; the cursor itself when there is none. A minus sign
// belongs to a number.
static const char *bare_end(const Scan *s) {
    const char *p = s->at;
    if (s->end - p > 1 && *p == '-' && (is_digit(p[1]) || p[1] == '.')) p++;
    while (p < s->end && is_bare(*p)) p++;
    return p;
}

bool graph_stmt_word(GraphReader *r, const char *word) {
    size_t len = (size_t)(bare_end(&r->s) - r->s.at);
    if (len != strlen(word) || strncasecmp(r->s.at, word, len) != 0) return false;
    r->s.at += len;
    return true;
}

// Appends the text between quotes at the cursor: \" is a quote, and a backslash before a newline
// joins the lines.
static Status add_quoted(GraphReader *r, Str *out) {
    Scan *s = &r->s;
    const char *open = s->at++;
    while (s->at < s->end && *s->at != '"') {
        if (*s->at == '\\' && next_char(s) == '\n') {
            s->at += 2;
            continue;
        }
        if (*s->at == '\\' && next_char(s) == '"') s->at++;
        str_add_char(out, *s->at++);
    }
    if (scan_take(s, '"')) return OK;
    s->at = open;
    return scan_fault(s, s->syntax, open, "this quotation mark is not closed");
}

// Several texts between quotes are joined by +.
static Status quoted_name(GraphReader *r, Span *name) {
    Str text = {0};
    Status status = add_quoted(r, &text);
    while (status == OK) {
        const char *after = r->s.at;
        status = graph_stmt_skip(r);
        bool more = status == OK && scan_take(&r->s, '+');
        if (more) status = graph_stmt_skip(r);
        if (more && status == OK && scan_peek(&r->s) != '"')
            status = scan_expected(&r->s, "a text between quotes after +");
        if (more && status == OK) status = add_quoted(r, &text);
        if (more || status != OK) continue;
        r->s.at = after;
        break;
    }
    if (status == OK && text.failed) status = NOMEM;
    if (status == OK) {
        *name = (Span){arena_text(&r->draft.arena, str_text(&text), text.len), text.len};
        if (!name->text) status = NOMEM;
    }
    str_free(&text);
    return status;
}

Status graph_stmt_name(GraphReader *r, Span *name) {
    Scan *s = &r->s;
    if (scan_peek(s) == '"') return quoted_name(r, name);
    const char *end = bare_end(s);
    if (end == s->at) return scan_expected(s, "a name");
    *name = (Span){s->at, (size_t)(end - s->at)};
    s->at = end;
    return OK;
}

// --- the state of reading -------------------------------------------------------------------

// One link of a chain: the variables members[first..end).
typedef struct Term {
    size_t first, end;
    bool group;
    StmtArrow arrow; // before it
    const char *at;
} Term;

// What is open: the file, and each group.
typedef struct Level {
    size_t first_member, first_term;
    unsigned vertex_marks, edge_marks; // of all that follow
    StmtArrow pending;                 // an arrow that waits for its right side
    const char *at;                    // of the arrow, or of the brace
} Level;

typedef struct Parser {
    GraphReader *r;
    const StmtDialect *dialect;
    VertexVec members;
    VEC(Term) terms;
    VEC(Level) levels;
} Parser;

static Level *top(const Parser *p) {
    return &p->levels.items[p->levels.count - 1];
}

static size_t chain_length(const Parser *p) {
    return p->terms.count - top(p)->first_term;
}

static Status mark_vertex(GraphReader *r, uint32_t v, unsigned marks) {
    if (marks & STMT_LATENT) TRY(graph_latent(&r->draft, v));
    if (marks & STMT_SELECTED) TRY(graph_select(&r->draft, v));
    return OK;
}

// --- edges ----------------------------------------------------------------------------------

static Status join(Parser *p, const Term *a, const Term *b, unsigned marks) {
    bool dashed = marks & STMT_DASHED;
    bool both = dashed || b->arrow == STMT_BOTH || (marks & STMT_DIR_BOTH);
    bool back = (b->arrow == STMT_IN) != ((marks & STMT_DIR_BACK) != 0);
    if ((marks & STMT_DIR_NONE) && !dashed)
        return scan_fault(&p->r->s, FAULT_GRAPH_MARK, b->at,
                          "an edge without a direction is not causal");
    for (size_t i = a->first; i < a->end; i++)
        for (size_t j = b->first; j < b->end; j++) {
            uint32_t from = p->members.items[back ? j : i];
            uint32_t to = p->members.items[back ? i : j];
            TRY(graph_reader_edge(p->r, from, to, both, b->at));
        }
    return OK;
}

// Ends the chain at the top level: its edges are made.
static Status flush(Parser *p, unsigned marks) {
    Level *l = top(p);
    if (l->pending) return scan_expected(&p->r->s, "a variable or a group after the arrow");
    for (size_t i = l->first_term; i + 1 < p->terms.count; i++)
        TRY(join(p, &p->terms.items[i], &p->terms.items[i + 1], marks));
    p->terms.count = l->first_term;
    return OK;
}

// Before a new link: without an arrow in front of it, it begins a new chain.
static Status begin_term(Parser *p) {
    return !top(p)->pending && chain_length(p) ? flush(p, top(p)->edge_marks) : OK;
}

static Status add_term(Parser *p, size_t first, bool group, const char *at) {
    Level *l = top(p);
    Term term = {first, p->members.count, group, l->pending, l->pending ? l->at : at};
    l->pending = STMT_NONE;
    return VEC_PUSH(&p->terms, term) ? OK : NOMEM;
}

static Status read_arrow(Parser *p, StmtArrow arrow, const char *at) {
    Level *l = top(p);
    if (l->pending || !chain_length(p)) {
        p->r->s.at = at;
        return scan_expected(&p->r->s, "a variable or a group before this arrow");
    }
    l->pending = arrow;
    l->at = at;
    return OK;
}

// --- attributes -----------------------------------------------------------------------------

// A value in angle brackets, which may be nested: Graphviz's HTML.
static Status skip_html(GraphReader *r, Span *value) {
    Scan *s = &r->s;
    const char *open = s->at;
    size_t depth = 0;
    do {
        if (s->at == s->end) {
            s->at = open;
            return scan_fault(s, s->syntax, open, "this '<' is not closed");
        }
        depth += *s->at == '<';
        depth -= *s->at == '>';
        s->at++;
    } while (depth);
    *value = (Span){open, (size_t)(s->at - open)};
    return OK;
}

static Status read_value(GraphReader *r, Span *value) {
    TRY(graph_stmt_skip(r));
    return scan_peek(&r->s) == '<' ? skip_html(r, value) : graph_stmt_name(r, value);
}

// What an attribute list is about.
typedef enum Subject { OF_VERTEX, OF_EDGE, OF_NOTHING } Subject;

static Status read_attribute(Parser *p, Subject subject, uint32_t vertex, unsigned *marks) {
    GraphReader *r = p->r;
    StmtAttribute a = {.at = r->s.at};
    TRY(graph_stmt_name(r, &a.key));
    TRY(graph_stmt_skip(r));
    if (scan_take(&r->s, '=')) TRY(read_value(r, &a.value));
    if (subject == OF_VERTEX) TRY(p->dialect->vertex(r, vertex, &a, marks));
    if (subject == OF_EDGE) TRY(p->dialect->edge(r, &a, marks));
    return OK;
}

// Lists of attributes in brackets, one after the other.
static Status read_attributes(Parser *p, Subject subject, uint32_t vertex, unsigned *marks) {
    while (scan_take(&p->r->s, '[')) {
        TRY(graph_stmt_skip(p->r));
        while (!scan_take(&p->r->s, ']')) {
            TRY(read_attribute(p, subject, vertex, marks));
            TRY(graph_stmt_skip(p->r));
        }
        TRY(graph_stmt_skip(p->r));
    }
    return OK;
}

static Status attributes_of_chain(Parser *p) {
    Level *l = top(p);
    size_t length = chain_length(p);
    if (l->pending) return scan_expected(&p->r->s, "a variable or a group after the arrow");
    if (length > 1) {
        unsigned marks = l->edge_marks;
        TRY(read_attributes(p, OF_EDGE, GRAPH_NONE, &marks));
        return flush(p, marks);
    }
    const Term *term = length ? &p->terms.items[l->first_term] : NULL;
    if (!term || term->group) return scan_expected(&p->r->s, "a variable or an edge before '['");
    uint32_t vertex = p->members.items[term->first];
    unsigned marks = 0;
    TRY(read_attributes(p, OF_VERTEX, vertex, &marks));
    return mark_vertex(p->r, vertex, marks);
}

// `node [..]`, `edge [..]`, `graph [..]`: *done tells whether it was one.
static Status read_defaults(Parser *p, bool *done) {
    Level *l = top(p);
    const char *start = p->r->s.at;
    Subject subject = graph_stmt_word(p->r, "node")   ? OF_VERTEX
                      : graph_stmt_word(p->r, "edge") ? OF_EDGE
                                                      : OF_NOTHING;
    if (subject == OF_NOTHING) graph_stmt_word(p->r, "graph");
    *done = p->r->s.at != start;
    if (!*done) return OK;
    TRY(begin_term(p));
    TRY(graph_stmt_skip(p->r));
    if (scan_peek(&p->r->s) != '[') return scan_expected(&p->r->s, "'[' with attributes");
    return read_attributes(p, subject, GRAPH_NONE,
                           subject == OF_EDGE ? &l->edge_marks : &l->vertex_marks);
}

// --- statements -----------------------------------------------------------------------------

static Status open_group(Parser *p) {
    TRY(begin_term(p));
    Level inner = *top(p);
    inner.first_member = p->members.count;
    inner.first_term = p->terms.count;
    inner.pending = STMT_NONE;
    inner.at = p->r->s.at++;
    return VEC_PUSH(&p->levels, inner) ? OK : NOMEM;
}

static Status close_group(Parser *p) {
    TRY(flush(p, top(p)->edge_marks));
    Level inner = *top(p);
    p->levels.count--;
    p->r->s.at++;
    return add_term(p, inner.first_member, true, inner.at);
}

static Status skip_ports(Parser *p) {
    Span port;
    while (p->dialect->dot && scan_take(&p->r->s, ':')) {
        TRY(graph_stmt_skip(p->r));
        TRY(graph_stmt_name(p->r, &port));
    }
    return OK;
}

static Status read_variable(Parser *p, Span name, const char *at) {
    uint32_t v;
    bool fresh;
    if (!name.len) return scan_fault(&p->r->s, p->r->s.syntax, at, "this name is empty");
    TRY(begin_term(p));
    TRY(graph_reader_vertex(p->r, name, &v, &fresh));
    if (fresh) TRY(mark_vertex(p->r, v, top(p)->vertex_marks));
    if (!VEC_PUSH(&p->members, v)) return NOMEM;
    return add_term(p, p->members.count - 1, false, at);
}

// A variable, or an option of the whole graph as in rankdir=LR.
static Status read_named(Parser *p) {
    const char *at = p->r->s.at;
    Span name, value;
    TRY(graph_stmt_name(p->r, &name));
    TRY(skip_ports(p));
    const char *after = p->r->s.at;
    TRY(graph_stmt_skip(p->r));
    if (!scan_take(&p->r->s, '=')) {
        p->r->s.at = after;
        return read_variable(p, name, at);
    }
    TRY(begin_term(p));
    return read_value(p->r, &value);
}

static Status read_subgraph(Parser *p) {
    Span name;
    TRY(graph_stmt_skip(p->r));
    if (scan_peek(&p->r->s) != '{') TRY(graph_stmt_name(p->r, &name));
    TRY(graph_stmt_skip(p->r));
    return scan_peek(&p->r->s) == '{' ? OK : scan_expected(&p->r->s, "'{' after subgraph");
}

static Status read_statement(Parser *p) {
    Scan *s = &p->r->s;
    StmtArrow arrow;
    const char *at = s->at;
    bool done = false;
    if (scan_peek(s) == '{') return open_group(p);
    if (scan_peek(s) == '}') return close_group(p);
    if (scan_peek(s) == '[') return attributes_of_chain(p);
    TRY(p->dialect->arrow(p->r, &arrow));
    if (arrow) return read_arrow(p, arrow, at);
    if (p->dialect->dot) {
        if (graph_stmt_word(p->r, "subgraph")) return read_subgraph(p);
        TRY(read_defaults(p, &done));
    }
    return done ? OK : read_named(p);
}

static Status read_all(Parser *p, bool wrapped) {
    Scan *s = &p->r->s;
    Level file = {.at = s->at};
    if (!VEC_PUSH(&p->levels, file)) return NOMEM;
    for (;;) {
        TRY(graph_stmt_skip(p->r));
        bool outer = p->levels.count == 1;
        if (outer && scan_peek(s) == '}') {
            TRY(flush(p, top(p)->edge_marks));
            if (wrapped) return s->at++, OK;
            return scan_fault(s, s->syntax, s->at, "this '}' closes nothing");
        }
        if (s->at == s->end) {
            TRY(flush(p, top(p)->edge_marks));
            if (!wrapped && outer) return OK;
            return scan_fault(s, s->syntax, s->at, "a '}' is missing at the end");
        }
        TRY(read_statement(p));
    }
}

Status graph_stmt_read(GraphReader *r, const StmtDialect *dialect, bool wrapped) {
    Parser p = {.r = r, .dialect = dialect};
    Status status = read_all(&p, wrapped);
    VEC_FREE(&p.members);
    VEC_FREE(&p.terms);
    VEC_FREE(&p.levels);
    return status;
}

// --- writing names --------------------------------------------------------------------------

static bool is_keyword(const char *name) {
    static const char *const words[] = {"node", "edge", "graph", "digraph", "subgraph", "strict"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(words[i], name) == 0) return true;
    return false;
}

bool graph_stmt_add_name(const char *name, bool dots, Str *out) {
    bool bare = *name && (dots || (!is_digit(*name) && !is_keyword(name)));
    for (const char *p = name; *p; p++) {
        bool fits = is_bare(*p) && !((unsigned char)*p & 0x80) && (dots || *p != '.');
        bare = bare && fits;
        if (*p == '\\' && (p[1] == '"' || p[1] == '\n' || !p[1])) return false;
    }
    if (!bare) str_add_char(out, '"');
    for (const char *p = name; *p; p++) {
        if (*p == '"') str_add_char(out, '\\');
        str_add_char(out, *p);
    }
    if (!bare) str_add_char(out, '"');
    return true;
}

Status graph_stmt_refuse(const char *name, const char *format, Faults *faults) {
    Status status = fault_add(faults, FAULT_FILE_EXPRESS, 0,
                              "the name '%s' cannot be written in the %s format", name, format);
    return status == FAULT ? fault_hint(faults, "rename the variable") : status;
}

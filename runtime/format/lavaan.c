// Lavaan: reader and writer.
#include "runtime/format/lavaan.h"

#include <string.h>

#include "runtime/base/mem.h"

// --- words ----------------------------------------------------------------------------------

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool starts_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '.' ||
           ((unsigned char)c & 0x80);
}

// Blanks and comments; with `lines` also what separates statements.
static void skip(Scan *s, bool lines) {
    for (; s->at < s->end; s->at++) {
        char c = *s->at;
        if (c == '#' || c == '!') {
            const char *end = memchr(s->at, '\n', (size_t)(s->end - s->at));
            s->at = end ? end : s->end;
            if (s->at == s->end) return;
            c = *s->at;
        }
        bool separator = c == '\n' || c == ';';
        if (separator ? !lines : !scan_is_space(c)) return;
    }
}

static bool take(Scan *s, const char *text) {
    size_t n = strlen(text);
    if ((size_t)(s->end - s->at) < n || memcmp(s->at, text, n) != 0) return false;
    s->at += n;
    return true;
}

typedef enum AtomKind { ATOM_NAME, ATOM_NUMBER, ATOM_OTHER } AtomKind;

typedef struct Atom {
    AtomKind kind; // OTHER: a call or a text, which can only be a modifier
    Span text;
    bool zero; // the number 0
} Atom;

// Digits, a point, an exponent. Zero is what has no other digit before the exponent.
static void read_number(Scan *s, Atom *a) {
    bool exponent = false;
    a->zero = true;
    if (*s->at == '-') s->at++;
    for (; s->at < s->end; s->at++) {
        char c = *s->at;
        bool sign = (c == '-' || c == '+') && (s->at[-1] == 'e' || s->at[-1] == 'E');
        bool e = (c == 'e' || c == 'E') && !exponent;
        if (!is_digit(c) && c != '.' && !e && !sign) return;
        exponent = exponent || e;
        if (!exponent && c != '.' && c != '0') a->zero = false;
    }
}

// From an opening bracket or quote to its end.
static Status skip_enclosed(Scan *s) {
    const char *open = s->at;
    size_t depth = 0;
    bool quoted = false;
    for (; s->at < s->end; s->at++) {
        if (*s->at == '"') quoted = !quoted;
        if (quoted) continue;
        depth += *s->at == '(';
        depth -= *s->at == ')' && depth;
        if (depth == 0) return s->at++, OK;
    }
    s->at = open;
    return scan_fault(s, s->syntax, open, "this '%c' is not closed", *open);
}

static Status read_atom(Scan *s, Atom *a) {
    const char *start = s->at;
    char c = scan_peek(s), next = s->end - s->at > 1 ? s->at[1] : '\0';
    *a = (Atom){.kind = ATOM_OTHER};
    if (c == '"') {
        TRY(skip_enclosed(s));
    } else if (is_digit(c) || ((c == '-' || c == '.') && is_digit(next)) ||
               (c == '-' && next == '.')) {
        a->kind = ATOM_NUMBER;
        read_number(s, a);
    } else if (starts_name(c)) {
        while (s->at < s->end && (starts_name(*s->at) || is_digit(*s->at))) s->at++;
        a->kind = scan_peek(s) == '(' ? ATOM_OTHER : ATOM_NAME;
        if (a->kind == ATOM_OTHER) TRY(skip_enclosed(s));
    } else {
        return scan_expected(s, "a variable");
    }
    a->text = (Span){start, (size_t)(s->at - start)};
    return OK;
}

// --- statements -----------------------------------------------------------------------------

typedef enum Operator { NO_GRAPH, REGRESSION, COVARIANCE, FACTOR, COMPOSITE } Operator;

// Takes the operator at the cursor.
static bool take_operator(Scan *s, Operator *op) {
    static const struct {
        const char *text;
        Operator op;
    } operators[] = {
        {"~*~", NO_GRAPH}, {"~~", COVARIANCE}, {"=~", FACTOR}, {"<~", COMPOSITE},
        {"~", REGRESSION}, {":=", NO_GRAPH},   {"==", NO_GRAPH}, {"<", NO_GRAPH},
        {">", NO_GRAPH},   {"|", NO_GRAPH},
    };
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        *op = operators[i].op;
        if (take(s, operators[i].text)) return true;
    }
    return false;
}

// What kind of statement begins here: the first operator on the line tells.
static bool kind_of(const Scan *here, Operator *op) {
    for (Scan s = *here; s.at < s.end && !strchr("\n;#!", *s.at); s.at++)
        if (take_operator(&s, op)) return true;
    return false;
}

typedef struct Statement {
    GraphReader *r;
    Operator op;
    VertexVec left;
} Statement;

static Status read_left(Statement *st) {
    Scan *s = &st->r->s;
    do {
        Atom a;
        uint32_t v;
        const char *at = s->at;
        skip(s, false);
        TRY(read_atom(s, &a));
        if (a.kind != ATOM_NAME) return s->at = at, scan_expected(s, "a variable");
        TRY(graph_reader_vertex(st->r, a.text, &v, NULL));
        if (st->op == FACTOR) TRY(graph_latent(&st->r->draft, v));
        if (!VEC_PUSH(&st->left, v)) return NOMEM;
        skip(s, false);
    } while (scan_take(s, '+'));
    Operator op;
    return take_operator(s, &op) ? OK : scan_expected(s, "an operator such as ~");
}

static Status add_edges(Statement *st, uint32_t v, const char *at) {
    for (size_t i = 0; i < st->left.count; i++) {
        uint32_t left = st->left.items[i];
        bool out = st->op == FACTOR, both = st->op == COVARIANCE;
        if (both && left == v) continue;
        TRY(graph_reader_edge(st->r, out ? left : v, out ? v : left, both, at));
    }
    return OK;
}

// Modifiers, then a variable, or several joined by : (their product).
static Status read_term(Statement *st) {
    Scan *s = &st->r->s;
    bool fixed = false;
    for (;;) {
        Atom a;
        uint32_t v;
        skip(s, true);
        const char *at = s->at;
        TRY(read_atom(s, &a));
        skip(s, false);
        if (scan_take(s, '*') || scan_take(s, '?')) {
            fixed = fixed || (a.kind == ATOM_NUMBER && a.zero);
            continue;
        }
        if (a.kind == ATOM_NUMBER) return OK; // an intercept
        if (a.kind == ATOM_OTHER) return s->at = at, scan_expected(s, "a variable");
        TRY(graph_reader_vertex(st->r, a.text, &v, NULL));
        if (!fixed) TRY(add_edges(st, v, at));
        if (!scan_take(s, ':')) return OK;
    }
}

// A line that begins with + goes on with the statement before.
static bool take_plus(Scan *s) {
    skip(s, false);
    const char *here = s->at;
    skip(s, true);
    if (scan_take(s, '+')) return true;
    s->at = here;
    return false;
}

static Status read_sides(Statement *st) {
    Scan *s = &st->r->s;
    TRY(read_left(st));
    do TRY(read_term(st));
    while (take_plus(s));
    if (s->at == s->end || *s->at == '\n' || *s->at == ';') return OK;
    return scan_expected(s, "'+' or the end of the line");
}

static Status read_statement(GraphReader *r) {
    Statement st = {.r = r};
    Scan *s = &r->s;
    if (!kind_of(s, &st.op)) {
        while (s->at < s->end && !strchr("\n;#!", *s->at)) s->at++;
        return scan_expected(s, "an operator such as ~ on this line");
    }
    if (st.op == NO_GRAPH) {
        while (s->at < s->end && !strchr("\n;#!", *s->at)) s->at++;
        return OK;
    }
    Status status = read_sides(&st);
    VEC_FREE(&st.left);
    return status;
}

Status lavaan_read(GraphReader *r) {
    for (skip(&r->s, true); r->s.at < r->s.end; skip(&r->s, true)) TRY(read_statement(r));
    return OK;
}

// --- writing --------------------------------------------------------------------------------

static bool is_name(const char *name) {
    if (!starts_name(*name) || (*name == '.' && is_digit(name[1]))) return false;
    for (const char *p = name; *p; p++)
        if (!starts_name(*p) && !is_digit(*p)) return false;
    return true;
}

static Status check(const Graph *g, size_t v, Faults *faults) {
    bool latent = bits_has(g->latent, v), selected = bits_has(g->selected, v);
    if (!is_name(g->names[v])) {
        Status status =
            fault_add(faults, FAULT_FILE_EXPRESS, 0,
                      "the name '%s' cannot be written in the lavaan format", g->names[v]);
        return status == FAULT ? fault_hint(faults, "use letters, digits, '.' and '_' alone")
                               : status;
    }
    if (selected || (latent && !graph_degree(&g->children, v)))
        return fault_add(faults, FAULT_FILE_EXPRESS, 0,
                         selected ? "the lavaan format has no selected variables such as '%s'"
                                  : "the lavaan format has no latent variables without an effect "
                                    "such as '%s'",
                         g->names[v]);
    return OK;
}

static void add_term(const char *left, const char *op, const char *name, size_t n, Str *out) {
    if (n == 0) str_printf(out, "%s%s%s", left, op, name);
    else str_printf(out, " + %s", name);
}

// The children of a latent variable, and the observed parents of any.
static void write_lines(const Graph *g, size_t v, Str *out) {
    size_t n = 0;
    if (bits_has(g->latent, v))
        GRAPH_EACH(g, children, v, c)
            add_term(g->names[v], " =~ ", g->names[c], n++, out);
    if (n) str_add_char(out, '\n');
    n = 0;
    GRAPH_EACH(g, parents, v, p)
        if (!bits_has(g->latent, p))
            add_term(g->names[v], " ~ ", g->names[p], n++, out);
    if (n) str_add_char(out, '\n');
    GRAPH_EACH(g, spouses, v, s)
        if (v < s) str_printf(out, "%s ~~ %s\n", g->names[v], g->names[s]);
    if (!graph_degree(&g->parents, v) && !graph_degree(&g->children, v) &&
        !graph_degree(&g->spouses, v))
        str_printf(out, "%s ~~ %s\n", g->names[v], g->names[v]);
}

Status lavaan_write(const GraphFile *file, Str *out, Faults *faults) {
    for (size_t v = 0; v < file->graph->n; v++) TRY(check(file->graph, v, faults));
    for (size_t v = 0; v < file->graph->n; v++) write_lines(file->graph, v, out);
    return OK;
}

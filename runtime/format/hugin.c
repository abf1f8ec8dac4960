// Hugin: a reader of the .net language.
#include "runtime/format/hugin.h"

#include <string.h>

#include "runtime/base/num.h"
#include "runtime/format/netbuild.h"

typedef struct Hugin {
    Scan scan;
    NetBuild build;
    SpanVec names;              // of the list being read
    IdVec ids;                  // of the potential being read, the child last
    VEC(const char *) deferred; // potentials that came before their nodes
    bool last_chance;           // the deferred potentials are being read
    bool in_class;
} Hugin;

// --- tokens ---

static void skip(Hugin *f) {
    Scan *s = &f->scan;
    for (;;) {
        while (s->at < s->end && scan_is_space(*s->at)) s->at++;
        if (scan_peek(s) != '%') return;
        const char *end = memchr(s->at, '\n', (size_t)(s->end - s->at));
        s->at = end ? end : s->end;
    }
}

static Status need(Hugin *f, char c, const char *where) {
    skip(f);
    if (scan_take(&f->scan, c)) return OK;
    return scan_expected(&f->scan, "'%c' %s", c, where);
}

static bool in_name(char c) {
    return c != '\0' && !scan_is_space(c) && !strchr("{}()[]=;|,%\"", c);
}

static Status name(Hugin *f, Span *out, const char *what) {
    skip(f);
    Scan *s = &f->scan;
    const char *from = s->at;
    while (s->at < s->end && in_name(*s->at)) s->at++;
    *out = (Span){from, (size_t)(s->at - from)};
    return out->len ? OK : scan_expected(s, "%s", what);
}

static bool take_word(Hugin *f, const char *word) {
    skip(f);
    if (!scan_is_word(&f->scan, word)) return false;
    f->scan.at += strlen(word);
    return true;
}

// A text between quotes; a backslash takes the next character along.
static Status quoted(Hugin *f, Span *out) {
    Scan *s = &f->scan;
    const char *from = s->at, *p = from + 1;
    while (p < s->end && *p != '"') p += *p == '\\' && p + 1 < s->end ? 2 : 1;
    if (p >= s->end)
        return scan_fault(s, FAULT_HUGIN_SYNTAX, from, "the quote that begins here has no end");
    *out = (Span){from + 1, (size_t)(p - from - 1)};
    s->at = p + 1;
    return OK;
}

// --- attributes ---

// Skips a value up to its semicolon and gives its text.
static Status value(Hugin *f, Span *out) {
    Scan *s = &f->scan;
    skip(f);
    const char *from = s->at, *to = from;
    for (;; skip(f)) {
        Span text;
        char c = scan_peek(s);
        if (c == ';') break;
        if (c == '\0' || c == '{' || c == '}') return scan_expected(s, "';' after the value");
        if (c == '"')
            TRY(quoted(f, &text));
        else
            s->at++;
        to = s->at;
    }
    s->at++;
    *out = (Span){from, (size_t)(to - from)};
    return OK;
}

// An attribute that is kept as a property.
static Status property(Hugin *f, Span called) {
    Span text;
    TRY(value(f, &text));
    Str s = {0};
    str_add_n(&s, called.text, called.len);
    str_add(&s, " = ");
    str_add_n(&s, text.text, text.len);
    Status status = s.failed ? NOMEM : build_prop(&f->build, (Span){s.text, s.len});
    str_free(&s);
    return status;
}

static Status attribute_name(Hugin *f, Span *called) {
    TRY(name(f, called, "the name of an attribute or '}'"));
    return need(f, '=', "after the name of the attribute");
}

static bool is_word(Span name, const char *word) {
    return strlen(word) == name.len && memcmp(name.text, word, name.len) == 0;
}

static Status network_block(Hugin *f) {
    TRY(need(f, '{', "after 'net'"));
    for (skip(f); !scan_take(&f->scan, '}'); skip(f)) {
        Span called;
        TRY(attribute_name(f, &called));
        TRY(property(f, called));
    }
    return build_props(&f->build, &f->build.net.props);
}

// --- nodes ---

// The text of a state without its escapes, in the arena when it has any.
static Status unescape(Hugin *f, Span *text) {
    if (!memchr(text->text, '\\', text->len)) return OK;
    char *plain = arena_new(&f->build.net.arena, text->len + 1);
    if (!plain) return NOMEM;
    size_t n = 0;
    for (size_t i = 0; i < text->len; i++) {
        bool escape = text->text[i] == '\\' && i + 1 < text->len;
        if (escape) i++;
        plain[n++] = escape && text->text[i] == 'n' ? '\n' : text->text[i];
    }
    *text = (Span){plain, n};
    return OK;
}

static Status states(Hugin *f, uint32_t v) {
    f->names.count = 0;
    if (f->build.vars.items[v].var.nlevels)
        return scan_fault(&f->scan, FAULT_NET_TWICE, f->scan.at,
                          "the states of '%s' are given twice",
                          f->build.vars.items[v].var.name);
    TRY(need(f, '(', "before the states"));
    for (skip(f); !scan_take(&f->scan, ')'); skip(f)) {
        Span state;
        if (scan_peek(&f->scan) != '"') return scan_expected(&f->scan, "a quoted state or ')'");
        TRY(quoted(f, &state));
        TRY(unescape(f, &state));
        if (!VEC_PUSH(&f->names, state)) return NOMEM;
    }
    TRY(need(f, ';', "after the states"));
    if (f->names.count == 0)
        return scan_fault(&f->scan, FAULT_NET_COUNT, f->scan.at, "'%s' has no states",
                          f->build.vars.items[v].var.name);
    return build_levels(&f->build, v, f->names.items, f->names.count);
}

static Status node(Hugin *f) {
    Span called;
    uint32_t v;
    TRY(name(f, &called, "the name of a node"));
    TRY(build_var(&f->build, called, &v));
    TRY(need(f, '{', "after the name of the node"));
    for (skip(f); !scan_take(&f->scan, '}'); skip(f)) {
        TRY(attribute_name(f, &called));
        TRY(is_word(called, "states") ? states(f, v) : property(f, called));
    }
    NetVar *var = &f->build.vars.items[v].var;
    if (!var->nlevels)
        return scan_fault(&f->scan, FAULT_HUGIN_SYNTAX, f->build.vars.items[v].declared,
                          "the node '%s' has no states", var->name);
    TRY(build_props(&f->build, &var->props));
    build_position(var);
    return OK;
}

// --- potentials ---

// The numbers of nested lists; the nesting must close, the rest is their count.
static Status data(Hugin *f, uint32_t v, const char *at) {
    Scan *s = &f->scan;
    BuildVar *made = &f->build.vars.items[v];
    size_t count = 0, depth = 0;
    for (skip(f); scan_peek(s) != ';'; skip(f)) {
        double number;
        size_t n = num_read(s->at, (size_t)(s->end - s->at), &number);
        const char *after = s->at + n;
        if (n > 0 && (after == s->end || !in_name(*after))) {
            if (count < made->var.cells) made->table[count] = number;
            count++;
            s->at = after;
        } else if (scan_take(s, '(')) {
            depth++;
        } else if (depth > 0 && scan_take(s, ')')) {
            depth--;
        } else {
            return scan_expected(s, "a number of the data of '%s'", made->var.name);
        }
    }
    if (depth > 0) return scan_expected(s, "')' in the data of '%s'", made->var.name);
    s->at++;
    if (count != made->var.cells)
        return scan_fault(s, FAULT_NET_COUNT, at,
                          "the data of '%s' need %zu numbers and have %zu", made->var.name,
                          made->var.cells, count);
    return build_check_rows(&f->build, v, true, at);
}

static void uniform(BuildVar *made) {
    for (size_t i = 0; i < made->var.cells; i++) made->table[i] = 1.0 / made->var.nlevels;
}

static Status body(Hugin *f, const char *at) {
    uint32_t v = f->ids.items[f->ids.count - 1], nparents = (uint32_t)f->ids.count - 1;
    bool given = false, computed = false;
    Span called, text;
    TRY(build_table(&f->build, v, f->ids.items, nparents, NETFILE_CELLS, at));
    for (skip(f); !scan_take(&f->scan, '}'); skip(f)) {
        const char *from = f->scan.at;
        TRY(attribute_name(f, &called));
        if (is_word(called, "data") && given)
            return scan_fault(&f->scan, FAULT_NET_TABLE_TWICE, from, "'%s' has data twice",
                              f->build.vars.items[v].var.name);
        computed = computed || is_word(called, "model_data");
        given = given || is_word(called, "data");
        TRY(is_word(called, "data") ? data(f, v, from) : value(f, &text));
    }
    if (computed && !given)
        return scan_fault(&f->scan, FAULT_NET_UNSUPPORTED, at,
                          "the table of '%s' is given by 'model_data'; only 'data' can be read",
                          f->build.vars.items[v].var.name);
    if (!given) uniform(&f->build.vars.items[v]);
    return OK;
}

// The names in the parentheses, the child first; *before_bar counts those before the '|'.
static Status potential_names(Hugin *f, size_t *before_bar) {
    f->names.count = 0;
    *before_bar = 0;
    TRY(need(f, '(', "after 'potential'"));
    for (skip(f); !scan_take(&f->scan, ')'); skip(f)) {
        Span called;
        if (!*before_bar && f->names.count && scan_take(&f->scan, '|')) {
            *before_bar = f->names.count;
            continue;
        }
        TRY(name(f, &called, "the name of a node or ')'"));
        if (!VEC_PUSH(&f->names, called)) return NOMEM;
    }
    if (!*before_bar) *before_bar = f->names.count;
    return OK;
}

static Status potential_ids(Hugin *f, const Span **unknown) {
    f->ids.count = 0;
    *unknown = NULL;
    for (size_t i = 1; i <= f->names.count; i++) {
        const Span *called = &f->names.items[i % f->names.count];
        uint32_t id = build_find(&f->build, *called);
        if (id == NAMES_NONE) *unknown = called;
        if (!VEC_PUSH(&f->ids, id)) return NOMEM;
    }
    return OK;
}

static Status defer(Hugin *f, const char *at) {
    Span text;
    for (skip(f); !scan_take(&f->scan, '}'); skip(f)) {
        if (scan_peek(&f->scan) == '"')
            TRY(quoted(f, &text));
        else if (f->scan.at == f->scan.end)
            return scan_expected(&f->scan, "'}'");
        else
            f->scan.at++;
    }
    return VEC_PUSH(&f->deferred, at) ? OK : NOMEM;
}

static Status potential(Hugin *f, const char *at) {
    const Span *unknown;
    size_t before_bar;
    TRY(potential_names(f, &before_bar));
    if (before_bar != 1)
        return scan_fault(&f->scan, FAULT_NET_UNSUPPORTED, at,
                          "a potential is of one node given others, this one of %zu",
                          before_bar);
    TRY(potential_ids(f, &unknown));
    if (unknown && f->last_chance)
        return scan_fault(&f->scan, FAULT_NET_UNDECLARED, unknown->text,
                          "the node '%.*s' is not declared", SPAN_ARGS(*unknown));
    TRY(need(f, '{', "after the nodes of the potential"));
    return unknown ? defer(f, at) : body(f, at);
}

// --- the file ---

static Status refuse_node(Hugin *f) {
    static const char *const kinds[] = {"continuous", "decision", "utility", "function",
                                        "instance"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (scan_is_word(&f->scan, kinds[i]))
            return scan_fault(&f->scan, FAULT_NET_UNSUPPORTED, f->scan.at,
                              "%s nodes cannot be read, only discrete chance nodes", kinds[i]);
    return OK;
}

static Status class_head(Hugin *f) {
    Span called;
    TRY(name(f, &called, "the name of the class"));
    f->build.net.name = build_text(&f->build, called);
    f->in_class = true;
    return f->build.net.name ? need(f, '{', "after the name of the class") : NOMEM;
}

static Status element(Hugin *f) {
    const char *at = f->scan.at;
    if (take_word(f, "potential")) return potential(f, at);
    if (take_word(f, "node")) return node(f);
    if (take_word(f, "discrete") && !take_word(f, "node"))
        return scan_expected(&f->scan, "'node' after 'discrete'");
    if (f->scan.at != at) return node(f);
    if (take_word(f, "net")) return network_block(f);
    if (!f->in_class && take_word(f, "class")) return class_head(f);
    TRY(refuse_node(f));
    if (!f->in_class) return scan_expected(&f->scan, "'net', 'node' or 'potential'");
    Span called;
    TRY(attribute_name(f, &called));
    TRY(property(f, called));
    return build_props(&f->build, &f->build.net.props);
}

static Status elements(Hugin *f) {
    do {
        skip(f);
        TRY(element(f));
        skip(f);
        if (f->in_class && scan_take(&f->scan, '}')) break;
    } while (f->scan.at < f->scan.end || f->in_class);
    skip(f);
    return f->scan.at == f->scan.end ? OK : scan_expected(&f->scan, "the end of the file");
}

static Status whole_file(Hugin *f, NetFile *out) {
    TRY(elements(f));
    f->last_chance = true;
    for (size_t i = 0; i < f->deferred.count; i++) {
        f->scan.at = f->deferred.items[i] + strlen("potential");
        TRY(potential(f, f->deferred.items[i]));
    }
    return build_finish(&f->build, out);
}

Status hugin_read(const char *text, size_t len, const char *file, const Ctl *ctl, NetFile *out,
                  Faults *faults) {
    Hugin f = {.scan = {text, text, text + len, file, FAULT_HUGIN_SYNTAX, faults}};
    f.build.scan = &f.scan;
    f.build.net.arena.ctl = ctl;
    Status status = whole_file(&f, out);
    build_free(&f.build);
    VEC_FREE(&f.names);
    VEC_FREE(&f.ids);
    VEC_FREE(&f.deferred);
    return status;
}

// --- writing ---

static bool is_identifier(const char *name, size_t len) {
    for (size_t i = 0; i < len; i++) {
        char c = name[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9')) return false;
    }
    return len > 0;
}

static Status check_names(const NetFile *net, Faults *faults) {
    for (uint32_t v = 0; v < net->nvars; v++) {
        const char *called = net->vars[v].name;
        if (is_identifier(called, strlen(called))) continue;
        return fault_add(
            faults, FAULT_FILE_EXPRESS, 0,
            "the name '%s' cannot be written in a Hugin file: a name is a letter or '_' "
            "followed by letters, digits and '_'",
            called);
    }
    return OK;
}

static void add_quoted(Str *out, const char *text) {
    str_add_char(out, '"');
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\') str_add_char(out, '\\');
        if (*p == '\n')
            str_add(out, "\\n");
        else
            str_add_char(out, *p);
    }
    str_add_char(out, '"');
}

// Whether a text is one number, one quoted text or one list of numbers.
static bool is_value(const char *text) {
    size_t n = strlen(text);
    if (n == 0) return false;
    if (text[0] == '"') {
        size_t i = 1;
        while (i < n && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
        return i == n - 1;
    }
    if (text[0] == '(')
        return text[n - 1] == ')' && strspn(text + 1, "0123456789.+-eE \t") == n - 2;
    return is_identifier(text, n) || strspn(text, "0123456789.+-eE") == n;
}

static void add_property(Str *out, const char *text, unsigned number) {
    const char *equals = strchr(text, '=');
    size_t len = equals ? (size_t)(equals - text) : 0;
    while (len > 0 && scan_is_space(text[len - 1])) len--;
    bool states = len == 6 && memcmp(text, "states", 6) == 0;
    if (!equals || states || !is_identifier(text, len)) {
        str_printf(out, "    note_%u = ", number);
        add_quoted(out, text);
    } else {
        for (equals++; scan_is_space(*equals); equals++) continue;
        str_printf(out, "    %.*s = ", (int)len, text);
        if (is_value(equals))
            str_add(out, equals);
        else
            add_quoted(out, equals);
    }
    str_add(out, ";\n");
}

static bool is_position(const NetVar *var, const char *text) {
    return var->placed && strncmp(text, "position", strlen("position")) == 0;
}

static void add_node(Str *out, const NetVar *var) {
    str_printf(out, "\nnode %s\n{\n", var->name);
    if (var->placed) {
        str_add(out, "    position = (");
        num_add(out, var->x);
        str_add_char(out, ' ');
        num_add(out, var->y);
        str_add(out, ");\n");
    }
    str_add(out, "    states = (");
    for (uint32_t k = 0; k < var->nlevels; k++) {
        if (k) str_add_char(out, ' ');
        add_quoted(out, var->levels[k]);
    }
    str_add(out, ");\n");
    for (uint32_t i = 0; i < var->props.count; i++)
        if (!is_position(var, var->props.texts[i]))
            add_property(out, var->props.texts[i], i + 1);
    str_add(out, "}\n");
}

// How many dimensions, of the parents and from the last on, begin anew at a row.
static uint32_t dimensions_at(const NetFile *net, const NetVar *var, size_t row) {
    uint32_t n = 0;
    while (n < var->nparents) {
        size_t levels = net->vars[var->parents[var->nparents - 1 - n]].nlevels;
        if (row % levels != 0) break;
        row /= levels;
        n++;
    }
    return n;
}

static void add_data(Str *out, const NetFile *net, const NetVar *var) {
    size_t rows = netfile_rows(var);
    str_add(out, "    data = ");
    for (size_t row = 0; row < rows; row++) {
        if (row) str_add(out, "\n            ");
        str_fill(out, '(', dimensions_at(net, var, row) + 1u);
        for (uint32_t k = 0; k < var->nlevels; k++) {
            str_add_char(out, ' ');
            num_add(out, var->table[row * var->nlevels + k]);
        }
        str_add_char(out, ' ');
        str_fill(out, ')', dimensions_at(net, var, row + 1) + 1u);
    }
    str_add(out, ";\n");
}

static void add_potential(Str *out, const NetFile *net, const NetVar *var) {
    str_printf(out, "\npotential (%s", var->name);
    for (uint32_t i = 0; i < var->nparents; i++)
        str_printf(out, "%s %s", i ? "" : " |", net->vars[var->parents[i]].name);
    str_add(out, ")\n{\n");
    add_data(out, net, var);
    str_add(out, "}\n");
}

Status hugin_write(const NetFile *net, Str *out, Faults *faults) {
    if (net->markov)
        return fault_add(faults, FAULT_FILE_EXPRESS, 0,
                         "a Markov network cannot be written in a Hugin file; UAI files can "
                         "hold one");
    TRY(check_names(net, faults));
    str_add(out, "net\n{\n");
    for (uint32_t i = 0; i < net->props.count; i++)
        add_property(out, net->props.texts[i], i + 1);
    str_add(out, "}\n");
    for (uint32_t v = 0; v < net->nvars; v++) add_node(out, &net->vars[v]);
    for (uint32_t v = 0; v < net->nvars; v++) add_potential(out, net, &net->vars[v]);
    return out->failed ? NOMEM : OK;
}

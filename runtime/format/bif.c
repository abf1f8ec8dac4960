// Bif: a hand-written reader, one pass over the text, no allocation per token.
#include "runtime/format/bif.h"

#include <string.h>

#include "runtime/base/num.h"
#include "runtime/format/biflex.h"
#include "runtime/format/netbuild.h"

typedef struct Bif {
    BifLex lex;
    NetBuild build;
    SpanVec names;              // of the list being read
    IdVec ids, guesses;         // parents of the block being read; the last level met of each
    VEC(const char *) deferred; // blocks that came before their variables
    bool last_chance;           // the deferred blocks are being read
    bool named;                 // the network block was read
} Bif;

// --- properties ---

// A property that is one quoted text loses its quotes and the escapes \" \\ \n.
static Status unquote(NetBuild *b, Span text) {
    Str plain = {0};
    for (size_t i = 1; i + 1 < text.len; i++) {
        char c = text.text[i];
        char next = text.text[i + 1];
        bool escape =
            c == '\\' && i + 2 < text.len && (next == '"' || next == '\\' || next == 'n');
        if (escape) i++;
        str_add_char(&plain, !escape ? c : next == 'n' ? '\n' : next);
    }
    Status status = plain.failed ? NOMEM : build_prop(b, (Span){str_text(&plain), plain.len});
    str_free(&plain);
    return status;
}

static bool is_quoted(Span text) {
    if (text.len < 2 || text.text[0] != '"') return false;
    size_t i = 1;
    while (i < text.len && text.text[i] != '"') i += text.text[i] == '\\' ? 2 : 1;
    return i == text.len - 1;
}

static Status property(Bif *f) {
    Span text = biflex_property_text(&f->lex);
    return is_quoted(text) ? unquote(&f->build, text) : build_prop(&f->build, text);
}

// --- network and variable blocks ---

// An unquoted title may hold blanks: it goes up to the brace.
static Span title_text(Bif *f) {
    Scan *s = &f->lex.scan;
    const char *from = s->at;
    while (s->at < s->end && *s->at != '{' && *s->at != '\n' && !biflex_at_comment(s)) s->at++;
    return biflex_trim(from, s->at);
}

static Status network_block(Bif *f) {
    Scan *s = &f->lex.scan;
    if (f->named) return BIFLEX_EXPECTED(&f->lex, "'variable' or 'probability'");
    f->named = true;
    s->at += strlen("network");
    biflex_skip(&f->lex);
    Span title;
    if (scan_peek(s) == '"')
        TRY(biflex_quoted(&f->lex, &title));
    else
        title = title_text(f);
    f->build.net.name = build_text(&f->build, title);
    if (!f->build.net.name) return NOMEM;
    TRY(biflex_need(&f->lex, '{', "after 'network'"));
    while (biflex_take_word(&f->lex, "property")) TRY(property(f));
    TRY(biflex_need(&f->lex, '}', "at the end of the network block"));
    return build_props(&f->build, &f->build.net.props);
}

// How a list of states is taken apart: at the commas outside of brackets, at every comma, or at
// commas and blanks. Which one a file means shows in the number of states that it declares.
typedef enum Split { SPLIT_BALANCED, SPLIT_COMMAS, SPLIT_BLANKS, SPLIT_COUNT } Split;

static bool ends_state(const Bif *f, const char *p, Split split) {
    const Scan *s = &f->lex.scan;
    if (*p == ',' || *p == '}' || *p == ';') return true;
    if (*p == '/' && p + 1 < s->end && (p[1] == '/' || p[1] == '*')) return true;
    return split == SPLIT_BLANKS && scan_is_space(*p);
}

static Span list_state(Bif *f, Split split) {
    Scan *s = &f->lex.scan;
    const char *from = s->at, *p = from;
    while (p < s->end && !ends_state(f, p, split)) {
        bool opens = split == SPLIT_BALANCED && (*p == '(' || *p == '[');
        const char *close = opens ? biflex_bracket_end(s, p) : NULL;
        p = close ? close : p + 1;
    }
    s->at = p;
    return biflex_trim(from, p);
}

// Reads the states up to the closing brace into f->names.
static Status state_list(Bif *f, Split split) {
    f->names.count = 0;
    for (biflex_skip(&f->lex); scan_peek(&f->lex.scan) != '}'; biflex_skip(&f->lex)) {
        Span state;
        if (scan_peek(&f->lex.scan) == '"')
            TRY(biflex_quoted(&f->lex, &state));
        else if ((state = list_state(f, split)).len == 0)
            return BIFLEX_EXPECTED(&f->lex, "a state or '}'");
        if (!VEC_PUSH(&f->names, state)) return NOMEM;
        biflex_skip(&f->lex);
        scan_take(&f->lex.scan, ',');
    }
    f->lex.scan.at++;
    return OK;
}

// The states of a list of which `count` are declared (0: not declared).
static Status states(Bif *f, uint32_t v, size_t count) {
    const char *from = f->lex.scan.at;
    size_t found = 0;
    for (Split split = SPLIT_BALANCED; split < SPLIT_COUNT; split++) {
        f->lex.scan.at = from;
        TRY(state_list(f, split));
        if (split == SPLIT_BALANCED) found = f->names.count;
        bool fits = count ? f->names.count == count : found > 1 || split == SPLIT_BLANKS;
        if (fits && f->names.count > 0)
            return build_levels(&f->build, v, f->names.items, f->names.count);
    }
    return scan_fault(&f->lex.scan, FAULT_NET_COUNT, from,
                      "the variable '%s' declares %zu states and lists %zu",
                      f->build.vars.items[v].var.name, count, found);
}

static Status state_count(Bif *f, size_t *count) {
    *count = 0;
    biflex_skip(&f->lex);
    if (!scan_take(&f->lex.scan, '[')) return OK;
    biflex_skip(&f->lex);
    const char *from = f->lex.scan.at;
    while (scan_peek(&f->lex.scan) >= '0' && scan_peek(&f->lex.scan) <= '9' &&
           *count < UINT32_MAX / 10)
        *count = *count * 10 + (size_t)(*f->lex.scan.at++ - '0');
    if (f->lex.scan.at == from || *count == 0) {
        f->lex.scan.at = from;
        return BIFLEX_EXPECTED(&f->lex, "the number of states");
    }
    return biflex_need(&f->lex, ']', "after the number of states");
}

static Status type_entry(Bif *f, uint32_t v) {
    const NetVar *var = &f->build.vars.items[v].var;
    biflex_skip(&f->lex);
    if (var->nlevels)
        return scan_fault(&f->lex.scan, FAULT_NET_TWICE, f->lex.scan.at,
                          "the states of '%s' are given twice", var->name);
    if (scan_is_word(&f->lex.scan, "continuous") || scan_is_word(&f->lex.scan, "numeric"))
        return scan_fault(&f->lex.scan, FAULT_NET_UNSUPPORTED, f->lex.scan.at,
                          "'%s' is continuous; only discrete variables can be read", var->name);
    if (!biflex_take_word(&f->lex, "discrete"))
        return BIFLEX_EXPECTED(&f->lex, "'discrete' after 'type'");
    size_t count;
    TRY(state_count(f, &count));
    TRY(biflex_need(&f->lex, '{', "before the states"));
    TRY(states(f, v, count));
    biflex_skip(&f->lex);
    scan_take(&f->lex.scan, ';');
    return OK;
}

static Status variable_block(Bif *f) {
    Span called;
    uint32_t v;
    f->lex.scan.at += strlen("variable");
    TRY(biflex_name(&f->lex, &called, "the name of a variable"));
    TRY(build_var(&f->build, called, &v));
    Status status = biflex_need(&f->lex, '{', "after the name of the variable");
    if (status == FAULT)
        return fault_hint(f->lex.scan.faults, "put a name that holds blanks between quotes");
    for (;;) {
        TRY(status);
        if (biflex_take_word(&f->lex, "type"))
            status = type_entry(f, v);
        else if (biflex_take_word(&f->lex, "property"))
            status = property(f);
        else
            break;
    }
    NetVar *var = &f->build.vars.items[v].var;
    if (scan_peek(&f->lex.scan) != '}')
        return BIFLEX_EXPECTED(&f->lex, "'type', 'property' or '}'");
    if (!var->nlevels) return BIFLEX_EXPECTED(&f->lex, "the type of '%s'", var->name);
    f->lex.scan.at++;
    TRY(build_props(&f->build, &var->props));
    build_position(var);
    return OK;
}

// --- probability blocks ---

// Reads numbers up to the semicolon: number i of `count` goes to to[i % inner * stride + i /
// inner].
static Status numbers(Bif *f, double *to, size_t inner, size_t stride, size_t count,
                      size_t *given) {
    Scan *s = &f->lex.scan;
    size_t i = 0, column = 0;
    double *cell = to;
    for (;; i++) {
        if (i % 4096 == 0 && ctl_cancelled(f->build.net.arena.ctl)) return CANCELLED;
        while (s->at < s->end && (scan_is_space(*s->at) || *s->at == ',')) s->at++;
        if (biflex_at_comment(s)) biflex_skip_commas(&f->lex);
        double value;
        size_t n = num_read(s->at, (size_t)(s->end - s->at), &value);
        if (n == 0) break;
        const char *after = s->at + n;
        if (after < s->end && *after != ';' && !biflex_ends_name(s, after)) break;
        s->at = after;
        if (i >= count) continue;
        *cell = value;
        cell += stride;
        if ((i + 1) % inner == 0) cell = to + ++column;
    }
    *given = i;
    return OK;
}

// Numbers and their semicolon; `what` and the variable's name make the message.
static Status number_list(Bif *f, uint32_t v, const char *what, const char *at, double *to,
                          size_t inner, size_t stride, size_t count) {
    const char *called = f->build.vars.items[v].var.name;
    size_t given;
    TRY(numbers(f, to, inner, stride, count, &given));
    char c = scan_peek(&f->lex.scan);
    if (c != ';' && given < count)
        return BIFLEX_EXPECTED(&f->lex, "a number in the %s of '%s'", what, called);
    if (c != ';') return BIFLEX_EXPECTED(&f->lex, "';' after the %s of '%s'", what, called);
    if (given != count)
        return scan_fault(&f->lex.scan, FAULT_NET_COUNT, at,
                          "the %s of '%s' needs %zu number%s and has %zu", what, called, count,
                          count == 1 ? "" : "s", given);
    f->lex.scan.at++;
    return OK;
}

// A state of a row, up to the comma or, with SPLIT_BLANKS, the blank behind it.
static Span state_text(Bif *f, Split split) {
    Scan *s = &f->lex.scan;
    const char *from = s->at, *p = from;
    while (p < s->end && *p != ')' && *p != '\n' && !ends_state(f, p, split)) {
        const char *close = *p == '(' || *p == '[' ? biflex_bracket_end(s, p) : NULL;
        p = close ? close : p + 1;
    }
    return biflex_trim(from, p);
}

// The longest state of `parent` that stands at the cursor, for states that look like more than
// one, such as "a(" and ":)".
static uint32_t longest_state(Bif *f, uint32_t parent, Span *text) {
    const Scan *s = &f->lex.scan;
    const char *end = s->end - s->at > BIFLEX_BRACKET ? s->at + BIFLEX_BRACKET : s->end;
    uint32_t best = NAMES_NONE;
    for (const char *p = s->at; p < end && *p != '\n' && *p != ';'; p++) {
        if (*p != ',' && *p != ')' && !scan_is_space(*p)) continue;
        Span here = {s->at, (size_t)(p - s->at)};
        uint32_t found = names_find(&f->build.names, parent, here);
        if (found == NAMES_NONE) continue;
        *text = here;
        best = found;
    }
    return best;
}

static Status unknown_state(Bif *f, uint32_t parent, Span text) {
    const NetVar *var = &f->build.vars.items[parent].var;
    Status status = scan_fault(&f->lex.scan, FAULT_NET_STATE, text.text,
                               "'%.*s' is not a state of '%s'", SPAN_ARGS(text), var->name);
    if (status != FAULT) return status;
    Str list = {0};
    for (uint32_t k = 0; k < var->nlevels && k < 12; k++)
        str_printf(&list, "%s%s", k ? ", " : "", var->levels[k]);
    if (var->nlevels > 12) str_add(&list, ", ...");
    status = list.failed ? NOMEM
                         : fault_hint(f->lex.scan.faults, "its states are %s", str_text(&list));
    str_free(&list);
    return status;
}

static Status row_state(Bif *f, uint32_t parent, uint32_t *level) {
    Scan *s = &f->lex.scan;
    Span text;
    if (scan_peek(s) == '"') {
        TRY(biflex_quoted(&f->lex, &text));
        *level = build_level(&f->build, parent, text, *level);
        return *level != NAMES_NONE ? OK : unknown_state(f, parent, text);
    }
    Span whole = text = state_text(f, SPLIT_BALANCED);
    uint32_t found = build_level(&f->build, parent, text, *level);
    if (found == NAMES_NONE) {
        text = state_text(f, SPLIT_BLANKS);
        found = build_level(&f->build, parent, text, *level);
    }
    if (found == NAMES_NONE) found = longest_state(f, parent, &text);
    if (whole.len == 0 && found == NAMES_NONE) return BIFLEX_EXPECTED(&f->lex, "a state");
    if (found == NAMES_NONE) return unknown_state(f, parent, whole);
    *level = found;
    s->at = text.text + text.len;
    return OK;
}

static Status row_length(Bif *f, uint32_t v, const char *at, const char *how) {
    const NetVar *var = &f->build.vars.items[v].var;
    return scan_fault(&f->lex.scan, FAULT_NET_COUNT, at,
                      "this row names %s than '%s' has parents (%u)", how, var->name,
                      var->nparents);
}

// The combination of parents' states that a row begins with, as the number of the row.
static Status row_head(Bif *f, uint32_t v, const char *at, size_t *row) {
    uint32_t nparents = f->build.vars.items[v].var.nparents;
    *row = 0;
    for (uint32_t i = 0; i < nparents; i++) {
        biflex_skip(&f->lex);
        if (i > 0 && scan_take(&f->lex.scan, ',')) biflex_skip(&f->lex);
        if (scan_peek(&f->lex.scan) == ')') return row_length(f, v, at, "fewer states");
        uint32_t parent = f->ids.items[i];
        TRY(row_state(f, parent, &f->guesses.items[i]));
        *row = *row * f->build.vars.items[parent].var.nlevels + f->guesses.items[i];
    }
    biflex_skip(&f->lex);
    if (scan_take(&f->lex.scan, ')')) return OK;
    return row_length(f, v, at, "more states");
}

static Status row_entry(Bif *f, uint32_t v, const char *at) {
    size_t row;
    TRY(row_head(f, v, at, &row));
    if (!build_see(&f->build, row)) {
        Str text = {0};
        build_row_text(&f->build, v, row, &text);
        Status status = text.failed
                            ? NOMEM
                            : scan_fault(&f->lex.scan, FAULT_NET_ROW_TWICE, at,
                                         "the row %s of '%s' is given twice", str_text(&text),
                                         f->build.vars.items[v].var.name);
        str_free(&text);
        return status;
    }
    BuildVar *made = &f->build.vars.items[v];
    uint32_t n = made->var.nlevels;
    TRY(number_list(f, v, "row", at, made->table + row * n, n, 1, n));
    return build_check_row(&f->build, v, row, false, at);
}

// What a block has given so far.
typedef struct Block {
    const char *at;    // its place
    const char *table; // places of its `table` and `default`, or NULL
    const char *otherwise;
    double *defaults;
    size_t rows;   // rows given one by one
    bool function; // "property function ...": the parameters of a noisy function
} Block;

static Status once(Bif *f, uint32_t v, const char *before, const char *at, const char *what) {
    if (!before) return OK;
    return scan_fault(&f->lex.scan, FAULT_NET_TABLE_TWICE, at, "'%s' has two %s entries",
                      f->build.vars.items[v].var.name, what);
}

static Status table_entry(Bif *f, uint32_t v, Block *block, const char *at) {
    BuildVar *made = &f->build.vars.items[v];
    size_t rows = netfile_rows(&made->var);
    TRY(once(f, v, block->table, at, "'table'"));
    block->table = at;
    TRY(number_list(f, v, "table", at, made->table, rows, made->var.nlevels, made->var.cells));
    return build_check_rows(&f->build, v, false, at);
}

static Status default_entry(Bif *f, uint32_t v, Block *block, const char *at) {
    uint32_t n = f->build.vars.items[v].var.nlevels;
    TRY(once(f, v, block->otherwise, at, "'default'"));
    block->otherwise = at;
    block->defaults = ARENA_ARRAY(&f->build.net.arena, double, n);
    if (!block->defaults) return NOMEM;
    return number_list(f, v, "default row", at, block->defaults, n, 1, n);
}

static Status property_entry(Bif *f, Block *block) {
    biflex_skip(&f->lex);
    block->function = block->function || scan_is_word(&f->lex.scan, "function");
    return property(f);
}

static Status entry(Bif *f, uint32_t v, Block *block) {
    const char *at = f->lex.scan.at;
    if (scan_take(&f->lex.scan, '(')) {
        block->rows++;
        return row_entry(f, v, at);
    }
    if (biflex_take_word(&f->lex, "table")) return table_entry(f, v, block, at);
    if (biflex_take_word(&f->lex, "default")) return default_entry(f, v, block, at);
    if (biflex_take_word(&f->lex, "property")) return property_entry(f, block);
    return BIFLEX_EXPECTED(&f->lex, "a row, 'table', 'default' or '}' in the block of '%s'",
                           f->build.vars.items[v].var.name);
}

static Status missing_row(Bif *f, uint32_t v, const Block *block, size_t row) {
    const NetVar *var = &f->build.vars.items[v].var;
    if (block->function)
        return scan_fault(
            &f->lex.scan, FAULT_NET_UNSUPPORTED, block->at,
            "'%s' gives the parameters of a noisy function ('property function'), "
            "%zu rows of %zu; only full tables can be read",
            var->name, block->rows, netfile_rows(var));
    Str text = {0};
    build_row_text(&f->build, v, row, &text);
    Status status = NOMEM;
    if (text.failed) goto done;
    if (var->nparents)
        status = scan_fault(&f->lex.scan, FAULT_NET_ROW_MISSING, block->at,
                            "'%s' has no row for %s", var->name, str_text(&text));
    else
        status = scan_fault(&f->lex.scan, FAULT_NET_ROW_MISSING, block->at,
                            "the block of '%s' has no probabilities", var->name);
done:
    str_free(&text);
    return status;
}

// Puts the default row wherever no row was given.
static Status fill_rows(Bif *f, uint32_t v, const Block *block) {
    BuildVar *made = &f->build.vars.items[v];
    size_t rows = netfile_rows(&made->var), n = made->var.nlevels;
    if (block->rows == rows && !block->otherwise) return OK; // each is there: none came twice
    for (size_t row = 0; row < rows; row++) {
        if (build_seen(&f->build, row)) continue;
        if (!block->otherwise) return missing_row(f, v, block, row);
        memcpy(made->table + row * n, block->defaults, n * sizeof *block->defaults);
        TRY(build_check_row(&f->build, v, row, false, block->otherwise));
    }
    return OK;
}

static Status end_block(Bif *f, uint32_t v, Block *block) {
    BuildVar *made = &f->build.vars.items[v];
    if (block->table && (block->rows || block->otherwise))
        return scan_fault(&f->lex.scan, FAULT_NET_TABLE_TWICE, block->table,
                          "'%s' has a 'table' and rows besides", made->var.name);
    if (!block->table) TRY(fill_rows(f, v, block));
    made->provisional = block->otherwise && !block->rows;
    return build_props(&f->build, &made->var.props);
}

// The most cells that the rest of the text can fill: a number takes two characters; with a
// `default`, any.
static size_t cells_left(const Bif *f) {
    const char *end = memchr(f->lex.scan.at, '}', (size_t)(f->lex.scan.end - f->lex.scan.at));
    size_t len = (size_t)((end ? end : f->lex.scan.end) - f->lex.scan.at);
    return memmem(f->lex.scan.at, len, "default", 7)
               ? NETFILE_CELLS
               : (size_t)(f->lex.scan.end - f->lex.scan.at);
}

static Status block_body(Bif *f, const char *at) {
    Block block = {.at = at};
    uint32_t v = f->ids.items[f->ids.count - 1];
    uint32_t nparents = (uint32_t)f->ids.count - 1;
    TRY(build_table(&f->build, v, f->ids.items, nparents, cells_left(f), at));
    f->guesses.count = 0;
    for (uint32_t i = 0; i < nparents; i++)
        if (!VEC_PUSH(&f->guesses, 0)) return NOMEM;
    for (biflex_skip(&f->lex); scan_peek(&f->lex.scan) != '}'; biflex_skip(&f->lex))
        TRY(entry(f, v, &block));
    f->lex.scan.at++;
    return end_block(f, v, &block);
}

// The names in the parentheses, the child first; *before_bar counts those before the '|'.
static Status block_names(Bif *f, size_t *before_bar) {
    f->names.count = 0;
    *before_bar = 0;
    TRY(biflex_need(&f->lex, '(', "after 'probability'"));
    for (;;) {
        biflex_skip_commas(&f->lex);
        Span called;
        if (scan_take(&f->lex.scan, ')')) break;
        if (scan_take(&f->lex.scan, '|')) {
            if (*before_bar || !f->names.count)
                return BIFLEX_EXPECTED(&f->lex, "the name of a variable");
            *before_bar = f->names.count;
            continue;
        }
        TRY(biflex_name(&f->lex, &called, "the name of a variable or ')'"));
        if (!VEC_PUSH(&f->names, called)) return NOMEM;
    }
    return f->names.count ? OK : BIFLEX_EXPECTED(&f->lex, "the name of a variable before ')'");
}

// Turns f->names into f->ids, the child last; *unknown is a name that no variable has yet.
static Status block_ids(Bif *f, const Span **unknown) {
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

// Skips to the end of a block that has to wait for its variables.
static Status defer_block(Bif *f, const char *at) {
    Scan *s = &f->lex.scan;
    for (biflex_skip(&f->lex); s->at < s->end && *s->at != '}'; biflex_skip(&f->lex)) {
        Span text;
        if (*s->at == '"')
            TRY(biflex_quoted(&f->lex, &text));
        else
            s->at++;
    }
    TRY(biflex_need(&f->lex, '}', "at the end of the probability block"));
    return VEC_PUSH(&f->deferred, at) ? OK : NOMEM;
}

static Status undeclared(Bif *f, const Span *called) {
    if (called == f->names.items)
        return scan_fault(&f->lex.scan, FAULT_NET_UNDECLARED, called->text,
                          "the variable '%.*s' is not declared", SPAN_ARGS(*called));
    const Span child = f->names.items[0];
    return scan_fault(&f->lex.scan, FAULT_NET_UNDECLARED, called->text,
                      "'%.*s', a parent of '%.*s', is not declared", SPAN_ARGS(*called),
                      SPAN_ARGS(child));
}

static Status probability_block(Bif *f) {
    const char *at = f->lex.scan.at;
    const Span *unknown;
    size_t before_bar;
    f->lex.scan.at += strlen("probability");
    TRY(block_names(f, &before_bar));
    if (before_bar > 1)
        return scan_fault(&f->lex.scan, FAULT_NET_UNSUPPORTED, f->names.items[1].text,
                          "a probability block is of one variable, this one of %zu",
                          before_bar);
    TRY(block_ids(f, &unknown));
    if (unknown && f->last_chance) return undeclared(f, unknown);
    TRY(biflex_need(&f->lex, '{', "after the variables of the probability block"));
    return unknown ? defer_block(f, at) : block_body(f, at);
}

// --- the file ---

static Status block(Bif *f) {
    if (scan_is_word(&f->lex.scan, "probability")) return probability_block(f);
    if (scan_is_word(&f->lex.scan, "variable")) return variable_block(f);
    if (scan_is_word(&f->lex.scan, "network")) return network_block(f);
    if (!f->named && f->build.vars.count == 0)
        return BIFLEX_EXPECTED(&f->lex, "'network' or 'variable'");
    return BIFLEX_EXPECTED(&f->lex, "'variable' or 'probability'");
}

static Status deferred_blocks(Bif *f) {
    f->last_chance = true;
    for (size_t i = 0; i < f->deferred.count; i++) {
        f->lex.scan.at = f->deferred.items[i];
        TRY(probability_block(f));
    }
    return OK;
}

static Status whole_file(Bif *f, NetFile *out) {
    do {
        biflex_skip(&f->lex);
        TRY(block(f));
        biflex_skip(&f->lex);
    } while (f->lex.scan.at < f->lex.scan.end);
    if (f->lex.open_comment) return BIFLEX_EXPECTED(&f->lex, "the end of the comment");
    TRY(deferred_blocks(f));
    return build_finish(&f->build, out);
}

Status bif_read(const char *text, size_t len, const char *file, const Ctl *ctl, NetFile *out,
                Faults *faults) {
    Bif f = {.lex.scan = {text, text, text + len, file, FAULT_BIF_SYNTAX, faults}};
    f.build.scan = &f.lex.scan;
    f.build.net.arena.ctl = ctl;
    Status status = whole_file(&f, out);
    build_free(&f.build);
    VEC_FREE(&f.names);
    VEC_FREE(&f.ids);
    VEC_FREE(&f.guesses);
    VEC_FREE(&f.deferred);
    return status;
}

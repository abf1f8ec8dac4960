// NetBuild: declarations, tables and the checks that every format shares.
#include "runtime/format/netbuild.h"

#include <math.h>
#include <string.h>

#include "runtime/base/cycle.h"
#include "runtime/base/num.h"

void build_free(NetBuild *b) {
    netfile_free(&b->net);
    VEC_FREE(&b->vars);
    VEC_FREE(&b->factors);
    VEC_FREE(&b->props);
    names_free(&b->names);
    mem_free(b->seen);
    b->seen = NULL;
    b->seen_words = 0;
}

const char *build_text(NetBuild *b, Span text) {
    return arena_text(&b->net.arena, text.text, text.len);
}

// --- variables and levels ---

static bool add_name(NetBuild *b, uint32_t scope, const char *text, size_t len, uint32_t id) {
    return names_add(&b->names, scope, (Span){text, len}, id);
}

Status build_var(NetBuild *b, Span name, uint32_t *id) {
    if (build_find(b, name) != NAMES_NONE)
        return scan_fault(b->scan, FAULT_NET_TWICE, name.text,
                          "the variable '%.*s' is declared twice", SPAN_ARGS(name));
    const char *text = build_text(b, name);
    BuildVar made = {.var.name = text, .declared = name.text};
    *id = (uint32_t)b->vars.count;
    if (!text || !VEC_PUSH(&b->vars, made)) return NOMEM;
    return add_name(b, NAMES_NONE, text, name.len, *id) ? OK : NOMEM;
}

Status build_levels(NetBuild *b, uint32_t v, const Span *levels, size_t count) {
    const char **texts = ARENA_ARRAY(&b->net.arena, const char *, count);
    if (!texts) return NOMEM;
    NetVar *var = &b->vars.items[v].var;
    for (size_t i = 0; i < count; i++) {
        if (names_find(&b->names, v, levels[i]) != NAMES_NONE)
            return scan_fault(b->scan, FAULT_NET_TWICE, levels[i].text,
                              "the state '%.*s' of '%s' is listed twice", SPAN_ARGS(levels[i]),
                              var->name);
        texts[i] = build_text(b, levels[i]);
        if (!texts[i] || !add_name(b, v, texts[i], levels[i].len, (uint32_t)i)) return NOMEM;
    }
    var->levels = texts;
    var->nlevels = (uint32_t)count;
    return OK;
}

uint32_t build_find(const NetBuild *b, Span name) {
    return names_find(&b->names, NAMES_NONE, name);
}

static bool is_text(const char *text, Span name) {
    return strncmp(text, name.text, name.len) == 0 && text[name.len] == '\0';
}

uint32_t build_level(const NetBuild *b, uint32_t v, Span name, uint32_t guess) {
    const NetVar *var = &b->vars.items[v].var;
    if (is_text(var->levels[guess], name)) return guess;
    uint32_t next = guess + 1 < var->nlevels ? guess + 1 : 0;
    if (is_text(var->levels[next], name)) return next;
    return names_find(&b->names, v, name);
}

// --- tables ---

// Few ids are compared in pairs; many are marked in a set.
Status build_distinct(NetBuild *b, const uint32_t *ids, uint32_t n, uint32_t *twice) {
    *twice = NETFILE_NONE;
    if (n > 64) TRY(build_clear_seen(b, b->vars.count));
    for (uint32_t i = 0; i < n && *twice == NETFILE_NONE; i++) {
        if (n > 64 && !build_see(b, ids[i])) *twice = ids[i];
        for (uint32_t j = 0; n <= 64 && j < i; j++)
            if (ids[i] == ids[j]) *twice = ids[i];
    }
    return OK;
}

static Status check_parents(NetBuild *b, uint32_t v, const uint32_t *parents, uint32_t n,
                            const char *at) {
    const char *name = b->vars.items[v].var.name;
    uint32_t twice;
    for (uint32_t i = 0; i < n; i++)
        if (parents[i] == v)
            return scan_fault(b->scan, FAULT_NET_CYCLE, at, "'%s' is among its own parents",
                              name);
    TRY(build_distinct(b, parents, n, &twice));
    if (twice == NETFILE_NONE) return OK;
    return scan_fault(b->scan, FAULT_NET_TWICE, at,
                      "'%s' is listed twice among the parents of '%s'",
                      b->vars.items[twice].var.name, name);
}

Status build_clear_seen(NetBuild *b, size_t bits) {
    size_t words = bits_words(bits);
    if (words > b->seen_words) {
        Word *grown = mem_resize(b->seen, words, sizeof *grown);
        if (!grown) return NOMEM;
        b->seen = grown;
        b->seen_words = words;
    }
    bits_clear(b->seen, words);
    return OK;
}

// The cells of a table, or more than `max` when they are too many.
static size_t count_cells(const NetBuild *b, uint32_t v, const uint32_t *parents, uint32_t n,
                          size_t max) {
    size_t cells = b->vars.items[v].var.nlevels;
    for (uint32_t i = 0; i < n && cells <= max; i++) {
        size_t levels = b->vars.items[parents[i]].var.nlevels;
        cells = cells > max / levels ? max + 1 : cells * levels;
    }
    return cells;
}

static Status check_size(NetBuild *b, uint32_t v, size_t cells, size_t cells_max,
                         const char *at) {
    const char *name = b->vars.items[v].var.name;
    if (cells > NETFILE_CELLS - b->cells)
        return scan_fault(b->scan, FAULT_NET_TOO_LARGE, at,
                          "with the table of '%s' there would be more than %zu numbers", name,
                          NETFILE_CELLS);
    if (cells > cells_max)
        return scan_fault(b->scan, FAULT_NET_COUNT, at,
                          "the table of '%s' needs %zu numbers, more than the file has", name,
                          cells);
    return OK;
}

Status build_table(NetBuild *b, uint32_t v, const uint32_t *parents, uint32_t nparents,
                   size_t cells_max, const char *at) {
    BuildVar *made = &b->vars.items[v];
    if (made->block && !made->provisional)
        return scan_fault(b->scan, FAULT_NET_TABLE_TWICE, at, "'%s' has two probability tables",
                          made->var.name);
    TRY(check_parents(b, v, parents, nparents, at));
    size_t cells = count_cells(b, v, parents, nparents, NETFILE_CELLS);
    TRY(check_size(b, v, cells, cells_max, at));
    uint32_t *ids = ARENA_ARRAY(&b->net.arena, uint32_t, nparents);
    made->table = ARENA_ARRAY(&b->net.arena, double, cells);
    if (!ids || !made->table) return NOMEM;
    if (nparents) memcpy(ids, parents, nparents * sizeof *ids);
    made->var.parents = ids;
    made->var.nparents = nparents;
    made->var.table = made->table;
    made->var.cells = cells;
    b->cells += cells;
    made->block = at;
    made->provisional = false;
    return build_clear_seen(b, cells / made->var.nlevels);
}

bool build_seen(const NetBuild *b, size_t row) {
    return bits_has(b->seen, row);
}

bool build_see(NetBuild *b, size_t row) {
    if (bits_has(b->seen, row)) return false;
    bits_add(b->seen, row);
    return true;
}

void build_row_text(const NetBuild *b, uint32_t v, size_t row, Str *s) {
    const NetVar *var = &b->vars.items[v].var;
    if (var->nparents == 0) return;
    size_t below = netfile_rows(var);
    str_add_char(s, '(');
    for (uint32_t i = 0; i < var->nparents; i++) {
        const NetVar *parent = &b->vars.items[var->parents[i]].var;
        below /= parent->nlevels;
        str_printf(s, "%s%s", i ? ", " : "", parent->levels[row / below]);
        row %= below;
    }
    str_add_char(s, ')');
}

static Status bad_sum(NetBuild *b, uint32_t v, size_t row, double sum, const char *at) {
    const NetVar *var = &b->vars.items[v].var;
    Str text = {0};
    build_row_text(b, v, row, &text);
    if (text.len) str_add_char(&text, ' ');
    Status status = NOMEM;
    if (!text.failed)
        status = scan_fault(b->scan, FAULT_NET_SUM, at,
                            "the probabilities %s%sof '%s' sum to %.6g, not to 1",
                            var->nparents ? "in row " : "", str_text(&text), var->name, sum);
    str_free(&text);
    return status;
}

Status build_check_row(NetBuild *b, uint32_t v, size_t row, bool scale, const char *at) {
    const uint32_t n = b->vars.items[v].var.nlevels;
    double *cell = b->vars.items[v].table + row * n, sum = 0;
    for (uint32_t k = 0; k < n; k++) sum += cell[k];
    double miss = fabs(sum - 1);
    if (miss <= NETFILE_SLACK) {
        if (miss > NETFILE_EXACT) b->net.rounded_rows++;
        if (miss > b->net.largest_miss) b->net.largest_miss = miss;
        return OK;
    }
    if (!scale || !(sum > 0) || isinf(sum)) return bad_sum(b, v, row, sum, at);
    for (uint32_t k = 0; k < n; k++) cell[k] /= sum;
    b->net.scaled_rows++;
    return OK;
}

Status build_check_rows(NetBuild *b, uint32_t v, bool scale, const char *at) {
    size_t rows = netfile_rows(&b->vars.items[v].var);
    for (size_t row = 0; row < rows; row++) TRY(build_check_row(b, v, row, scale, at));
    return OK;
}

// --- properties ---

Status build_prop(NetBuild *b, Span text) {
    const char *copy = build_text(b, text);
    return copy && VEC_PUSH(&b->props, copy) ? OK : NOMEM;
}

Status build_props(NetBuild *b, NetProps *props) {
    size_t count = props->count + b->props.count;
    if (b->props.count == 0) return OK;
    const char **texts = ARENA_ARRAY(&b->net.arena, const char *, count);
    if (!texts) return NOMEM;
    if (props->count) memcpy(texts, props->texts, props->count * sizeof *texts);
    memcpy(texts + props->count, b->props.items, b->props.count * sizeof *texts);
    *props = (NetProps){.count = (uint32_t)count, .texts = texts};
    b->props.count = 0;
    return OK;
}

static double coordinate(const char **p, const char *end) {
    while (*p < end && (scan_is_space(**p) || **p == ',')) ++*p;
    bool negative = *p < end && **p == '-';
    if (negative) ++*p;
    double value = 0;
    *p += num_read(*p, (size_t)(end - *p), &value);
    return negative ? -value : value;
}

static void read_position(const char *text, NetVar *var) {
    const char *p = text, *end = text + strlen(text);
    if (strncmp(p, "position", 8) != 0) return;
    for (p += 8; p < end && (scan_is_space(*p) || *p == '='); p++) continue;
    if (p == end || *p++ != '(') return;
    var->x = coordinate(&p, end);
    var->y = coordinate(&p, end);
    while (p < end && scan_is_space(*p)) p++;
    var->placed = p < end && *p == ')';
}

void build_position(NetVar *var) {
    for (uint32_t i = 0; i < var->props.count; i++) read_position(var->props.texts[i], var);
}

// --- the end ---

static Status check_tables(NetBuild *b) {
    for (size_t v = 0; v < b->vars.count; v++) {
        const BuildVar *made = &b->vars.items[v];
        if (!made->block)
            return scan_fault(b->scan, FAULT_NET_TABLE_MISSING, made->declared,
                              "the variable '%s' has no probability table", made->var.name);
    }
    return OK;
}

// Depth-first search with an explicit stack. `next[v]` counts the parents of v already
// followed; state 1 is on the path, 2 is done.
typedef struct CycleSearch {
    uint32_t *path, *next;
    unsigned char *state;
    size_t depth;
} CycleSearch;

// Follows parents from the end of the path; true when one of them is on the path, *closing.
static bool step_to_parent(const NetBuild *b, CycleSearch *s, uint32_t *closing) {
    uint32_t v = s->path[s->depth - 1];
    const NetVar *var = &b->vars.items[v].var;
    if (s->next[v] == var->nparents) {
        s->state[v] = 2;
        s->depth--;
        return false;
    }
    uint32_t parent = var->parents[s->next[v]++];
    if (s->state[parent] == 1) {
        *closing = parent;
        return true;
    }
    if (s->state[parent] == 0) {
        s->state[parent] = 1;
        s->path[s->depth++] = parent;
    }
    return false;
}

static bool find_cycle(const NetBuild *b, CycleSearch *s, uint32_t *closing) {
    for (uint32_t root = 0; root < b->vars.count; root++) {
        if (s->state[root]) continue;
        s->state[root] = 1;
        s->path[0] = root;
        s->depth = 1;
        while (s->depth > 0)
            if (step_to_parent(b, s, closing)) return true;
    }
    return false;
}

// The path leads from effect to cause, so that it is printed from its end.
static Status report_cycle(NetBuild *b, const CycleSearch *s, uint32_t closing) {
    Str text = {0};
    size_t n = 1;
    while (n < s->depth && s->path[s->depth - n] != closing) n++;
    for (size_t i = 0; i < n; i++)
        cycle_add(&text, i, n, b->vars.items[s->path[s->depth - 1 - i]].var.name);
    // The last one printed closes the cycle: its parent is the first.
    str_add(&text, b->vars.items[s->path[s->depth - 1]].var.name);
    Status status = NOMEM;
    if (!text.failed)
        status = scan_fault(b->scan, FAULT_NET_CYCLE, b->vars.items[closing].block,
                            "the parents form a cycle: %s", str_text(&text));
    str_free(&text);
    return status;
}

static Status check_cycles(NetBuild *b) {
    size_t n = b->vars.count;
    CycleSearch s = {MEM_NEW(uint32_t, n), MEM_NEW(uint32_t, n), MEM_NEW(unsigned char, n), 0};
    uint32_t closing = 0;
    Status status = NOMEM;
    if (s.path && s.next && s.state)
        status = find_cycle(b, &s, &closing) ? report_cycle(b, &s, closing) : OK;
    mem_free(s.path);
    mem_free(s.next);
    mem_free(s.state);
    return status;
}

static Status hand_over(NetBuild *b, NetFile *out) {
    NetFile *net = &b->net;
    NetVar *vars = ARENA_ARRAY(&net->arena, NetVar, b->vars.count);
    NetPotential *factors = ARENA_ARRAY(&net->arena, NetPotential, b->factors.count);
    if (!vars || !factors) return NOMEM;
    for (size_t v = 0; v < b->vars.count; v++) vars[v] = b->vars.items[v].var;
    if (b->factors.count) memcpy(factors, b->factors.items, b->factors.count * sizeof *factors);
    net->vars = vars;
    net->nvars = (uint32_t)b->vars.count;
    net->factors = factors;
    net->nfactors = (uint32_t)b->factors.count;
    if (!net->name) net->name = "";
    *out = *net;
    b->net = (NetFile){0};
    build_free(b);
    return OK;
}

Status build_finish(NetBuild *b, NetFile *out) {
    if (!b->net.markov) {
        TRY(check_tables(b));
        TRY(check_cycles(b));
    }
    return hand_over(b, out);
}

// Uai: numbers separated by blanks.
#include "runtime/format/uai.h"

#include <math.h>
#include <string.h>

#include "runtime/base/num.h"
#include "runtime/format/netbuild.h"

// A variable that no function is about may have more levels than the file has numbers: so many.
enum { LEVELS_ANYWAY = 1000 };

typedef struct Uai {
    Scan scan;
    NetBuild build;
    uint32_t nvars, nfunctions;
    IdVec levels; // of each variable
    IdVec scopes; // for each function its length, then its variables
    const char *const *level_texts;
    bool evidence_inside; // a row of a conditional table has only zeros
} Uai;

typedef VEC(size_t) SizeVec;

static bool at_comment(const Scan *s) {
    if (*s->at == '#') return true;
    bool line_start = s->at == s->start || s->at[-1] == '\n';
    return *s->at == 'c' && line_start && (s->at + 1 == s->end || scan_is_space(s->at[1]));
}

static void skip(Scan *s) {
    while (s->at < s->end) {
        if (scan_is_space(*s->at)) {
            s->at++;
        } else if (at_comment(s)) {
            const char *end = memchr(s->at, '\n', (size_t)(s->end - s->at));
            s->at = end ? end : s->end;
        } else {
            return;
        }
    }
}

// A whole number; `what` says in a fault what was expected.
static Status whole(Scan *s, uint32_t *out, const char *what) {
    skip(s);
    const char *p = s->at;
    uint64_t n = 0;
    while (p < s->end && *p >= '0' && *p <= '9' && n < UINT32_MAX)
        n = n * 10 + (uint64_t)(*p++ - '0');
    bool ended = p == s->end || scan_is_space(*p) || *p == '#';
    if (p == s->at || !ended || n >= UINT32_MAX) return scan_expected(s, "%s", what);
    s->at = p;
    *out = (uint32_t)n;
    return OK;
}

// --- preamble ---

static Status network_type(Uai *f) {
    skip(&f->scan);
    if (scan_is_word(&f->scan, "MARKOV"))
        f->build.net.markov = true;
    else if (!scan_is_word(&f->scan, "BAYES"))
        return scan_expected(&f->scan, "'BAYES' or 'MARKOV'");
    f->scan.at += f->build.net.markov ? strlen("MARKOV") : strlen("BAYES");
    return OK;
}

// The texts "0", "1", ... up to the largest number of levels, shared by all variables.
static Status make_level_texts(Uai *f, uint32_t most) {
    const char **texts = ARENA_ARRAY(&f->build.net.arena, const char *, most);
    if (!texts) return NOMEM;
    Str s = {0};
    for (uint32_t k = 0; k < most && !s.failed; k++) {
        str_clear(&s);
        str_printf(&s, "%u", k);
        if (!s.failed) texts[k] = build_text(&f->build, (Span){s.text, s.len});
        s.failed = s.failed || !texts[k];
    }
    Status status = s.failed ? NOMEM : OK;
    str_free(&s);
    f->level_texts = texts;
    return status;
}

static Status add_variable(Uai *f, uint32_t v) {
    Str s = {0};
    str_printf(&s, "x%u", v);
    BuildVar made = {.declared = f->scan.start};
    made.var.nlevels = f->levels.items[v];
    made.var.levels = f->level_texts;
    if (!s.failed) made.var.name = build_text(&f->build, (Span){s.text, s.len});
    str_free(&s);
    return made.var.name && VEC_PUSH(&f->build.vars, made) ? OK : NOMEM;
}

static Status variables(Uai *f) {
    uint32_t most = 0;
    TRY(whole(&f->scan, &f->nvars, "the number of variables"));
    for (uint32_t v = 0; v < f->nvars; v++) {
        uint32_t n;
        skip(&f->scan);
        const char *at = f->scan.at;
        TRY(whole(&f->scan, &n, "the number of levels of a variable"));
        if (n == 0)
            return scan_fault(&f->scan, FAULT_UAI_SYNTAX, at, "variable %u has no levels", v);
        if (n > LEVELS_ANYWAY && n > (size_t)(f->scan.end - f->scan.start))
            return scan_fault(&f->scan, FAULT_NET_COUNT, at,
                              "variable %u has %u levels, more than the file has numbers", v,
                              n);
        if (n > most) most = n;
        if (!VEC_PUSH(&f->levels, n)) return NOMEM;
    }
    TRY(make_level_texts(f, most));
    for (uint32_t v = 0; v < f->nvars; v++) TRY(add_variable(f, v));
    return OK;
}

static Status scope(Uai *f, uint32_t function) {
    uint32_t n, v;
    TRY(whole(&f->scan, &n, "the number of variables of a function"));
    if (!VEC_PUSH(&f->scopes, n)) return NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        skip(&f->scan);
        const char *at = f->scan.at;
        TRY(whole(&f->scan, &v, "a variable of a function"));
        if (v >= f->nvars)
            return scan_fault(&f->scan, FAULT_NET_UNDECLARED, at,
                              "function %u is of variable %u, but there are only %u (from 0)",
                              function, v, f->nvars);
        if (!VEC_PUSH(&f->scopes, v)) return NOMEM;
    }
    return OK;
}

static Status scopes(Uai *f) {
    skip(&f->scan);
    const char *at = f->scan.at;
    TRY(whole(&f->scan, &f->nfunctions, "the number of functions"));
    if (!f->build.net.markov && f->nfunctions != f->nvars)
        return scan_fault(&f->scan, FAULT_NET_COUNT, at,
                          "a Bayesian network of %u variables has as many tables, not %u",
                          f->nvars, f->nfunctions);
    for (uint32_t i = 0; i < f->nfunctions; i++) TRY(scope(f, i));
    return OK;
}

// --- tables ---

static Status entries(Uai *f, uint32_t function, double *to, size_t cells) {
    Scan *s = &f->scan;
    for (size_t i = 0; i < cells; i++) {
        if (i % 4096 == 0 && ctl_cancelled(f->build.net.arena.ctl)) return CANCELLED;
        skip(s);
        size_t n = num_read(s->at, (size_t)(s->end - s->at), &to[i]);
        const char *after = s->at + n;
        bool ended = after == s->end || scan_is_space(*after) || *after == '#';
        if (n == 0 || !ended)
            return scan_expected(s, "entry %zu of the %zu of function %u", i + 1, cells,
                                 function);
        if (!isfinite(to[i]))
            return scan_fault(s, s->syntax, s->at, "this entry is too large a number");
        s->at = after;
    }
    return OK;
}

// The number that stands before a table, which must be that of its cells.
static Status entry_count(Uai *f, uint32_t function, size_t cells) {
    uint32_t n;
    skip(&f->scan);
    const char *at = f->scan.at;
    TRY(whole(&f->scan, &n, "the number of entries of a table"));
    if (n == cells) return OK;
    return scan_fault(&f->scan, FAULT_NET_COUNT, at,
                      "the table of function %u has %zu entries by its variables, not %u",
                      function, cells, n);
}

static bool has_zero_row(const NetVar *var) {
    for (size_t at = 0; at < var->cells; at += var->nlevels) {
        uint32_t k = 0;
        while (k < var->nlevels && var->table[at + k] == 0) k++;
        if (k == var->nlevels) return true;
    }
    return false;
}

static Status conditional_table(Uai *f, uint32_t function, const uint32_t *vars, uint32_t n) {
    if (n == 0)
        return scan_fault(&f->scan, FAULT_UAI_SYNTAX, f->scan.at,
                          "function %u of a Bayesian network has no variable", function);
    skip(&f->scan);
    uint32_t child = vars[n - 1];
    const char *at = f->scan.at;
    size_t left = (size_t)(f->scan.end - at);
    TRY(build_table(&f->build, child, vars, n - 1, left, at));
    BuildVar *made = &f->build.vars.items[child];
    TRY(entry_count(f, function, made->var.cells));
    TRY(entries(f, function, made->table, made->var.cells));
    f->evidence_inside = f->evidence_inside || has_zero_row(&made->var);
    return OK;
}

// The cells of a factor; more than `max` when they are more than the file can hold.
static size_t factor_cells(const Uai *f, const uint32_t *vars, uint32_t n, size_t max) {
    size_t cells = 1;
    for (uint32_t i = 0; i < n && cells <= max; i++) {
        size_t levels = f->levels.items[vars[i]];
        cells = cells > max / levels ? max + 1 : cells * levels;
    }
    return cells;
}

static Status check_distinct(Uai *f, uint32_t function, const uint32_t *vars, uint32_t n) {
    uint32_t twice;
    TRY(build_distinct(&f->build, vars, n, &twice));
    if (twice == NETFILE_NONE) return OK;
    return scan_fault(&f->scan, FAULT_NET_TWICE, f->scan.at,
                      "function %u lists variable %u twice", function, twice);
}

static Status factor(Uai *f, uint32_t function, const uint32_t *vars, uint32_t n) {
    Arena *arena = &f->build.net.arena;
    skip(&f->scan);
    TRY(check_distinct(f, function, vars, n));
    size_t left = (size_t)(f->scan.end - f->scan.at);
    size_t cells = factor_cells(f, vars, n, left);
    if (cells > left)
        return scan_fault(&f->scan, FAULT_NET_COUNT, f->scan.at,
                          "the table of function %u needs more numbers than the file has",
                          function);
    uint32_t *ids = ARENA_ARRAY(arena, uint32_t, n);
    double *values = ARENA_ARRAY(arena, double, cells);
    if (!ids || !values) return NOMEM;
    if (n) memcpy(ids, vars, n * sizeof *ids);
    TRY(entry_count(f, function, cells));
    TRY(entries(f, function, values, cells));
    NetPotential made = {.nvars = n, .vars = ids, .values = values, .cells = cells};
    return VEC_PUSH(&f->build.factors, made) ? OK : NOMEM;
}

static Status tables(Uai *f) {
    size_t at = 0;
    for (uint32_t i = 0; i < f->nfunctions; i++) {
        uint32_t n = f->scopes.items[at];
        const uint32_t *vars = f->scopes.items + at + 1;
        TRY(f->build.net.markov ? factor(f, i, vars, n) : conditional_table(f, i, vars, n));
        at += n + 1;
    }
    return OK;
}

// Turns conditional tables into factors of a Markov network.
static Status to_factors(Uai *f) {
    f->build.net.markov = true;
    for (uint32_t v = 0; v < f->nvars; v++) {
        NetVar *var = &f->build.vars.items[v].var;
        uint32_t *vars = ARENA_ARRAY(&f->build.net.arena, uint32_t, var->nparents + 1);
        if (!vars) return NOMEM;
        if (var->nparents) memcpy(vars, var->parents, var->nparents * sizeof *vars);
        vars[var->nparents] = v;
        NetPotential made = {var->nparents + 1, vars, var->table, var->cells};
        if (!VEC_PUSH(&f->build.factors, made)) return NOMEM;
        *var = (NetVar){.name = var->name, .nlevels = var->nlevels, .levels = var->levels};
    }
    return OK;
}

static Status check_conditionals(Uai *f) {
    if (f->evidence_inside) return to_factors(f);
    for (uint32_t v = 0; v < f->nvars; v++)
        TRY(build_check_rows(&f->build, v, false, f->build.vars.items[v].block));
    return OK;
}

static Status whole_file(Uai *f, NetFile *out) {
    TRY(network_type(f));
    TRY(variables(f));
    TRY(scopes(f));
    TRY(tables(f));
    if (!f->build.net.markov) TRY(check_conditionals(f));
    skip(&f->scan);
    if (f->scan.at < f->scan.end) return scan_expected(&f->scan, "the end of the file");
    return build_finish(&f->build, out);
}

Status uai_read(const char *text, size_t len, const char *file, const Ctl *ctl, NetFile *out,
                Faults *faults) {
    Uai f = {.scan = {text, text, text + len, file, FAULT_UAI_SYNTAX, faults}};
    f.build.scan = &f.scan;
    f.build.net.arena.ctl = ctl;
    Status status = whole_file(&f, out);
    build_free(&f.build);
    VEC_FREE(&f.levels);
    VEC_FREE(&f.scopes);
    return status;
}

// --- writing ---

static void add_table(Str *out, const double *values, size_t cells, size_t per_line) {
    str_printf(out, "\n%zu\n", cells);
    for (size_t i = 0; i < cells; i++) {
        str_add_char(out, ' ');
        num_add(out, values[i]);
        if ((i + 1) % per_line == 0 || i + 1 == cells) str_add_char(out, '\n');
    }
}

static void add_conditional_tables(Str *out, const NetFile *net) {
    str_printf(out, "%u\n", net->nvars);
    for (uint32_t v = 0; v < net->nvars; v++) {
        const NetVar *var = &net->vars[v];
        str_printf(out, "%u", var->nparents + 1);
        for (uint32_t i = 0; i < var->nparents; i++) str_printf(out, " %u", var->parents[i]);
        str_printf(out, " %u\n", v);
    }
    for (uint32_t v = 0; v < net->nvars; v++)
        add_table(out, net->vars[v].table, net->vars[v].cells, net->vars[v].nlevels);
}

static void add_factors(Str *out, const NetFile *net) {
    str_printf(out, "%u\n", net->nfactors);
    for (uint32_t i = 0; i < net->nfactors; i++) {
        const NetPotential *factor = &net->factors[i];
        str_printf(out, "%u", factor->nvars);
        for (uint32_t k = 0; k < factor->nvars; k++) str_printf(out, " %u", factor->vars[k]);
        str_add_char(out, '\n');
    }
    for (uint32_t i = 0; i < net->nfactors; i++) {
        const NetPotential *factor = &net->factors[i];
        size_t last = factor->nvars ? net->vars[factor->vars[factor->nvars - 1]].nlevels : 1;
        add_table(out, factor->values, factor->cells, last);
    }
}

Status uai_write(const NetFile *net, Str *out, Faults *faults) {
    (void)faults;
    str_printf(out, "%s\n%u\n", net->markov ? "MARKOV" : "BAYES", net->nvars);
    for (uint32_t v = 0; v < net->nvars; v++)
        str_printf(out, "%s%u", v ? " " : "", net->vars[v].nlevels);
    str_add_char(out, '\n');
    if (net->markov)
        add_factors(out, net);
    else
        add_conditional_tables(out, net);
    return out->failed ? NOMEM : OK;
}

// --- evidence ---

// A number of the file, and where it stands.
typedef struct Numeral {
    uint32_t n;
    const char *at;
} Numeral;

typedef VEC(Numeral) Numerals;

static Status all_numbers(Scan *s, Numerals *numbers) {
    for (skip(s); s->at < s->end; skip(s)) {
        Numeral number = {.at = s->at};
        TRY(whole(s, &number.n, "a number of the evidence"));
        if (!VEC_PUSH(numbers, number)) return NOMEM;
    }
    return OK;
}

// Where `nsamples` samples begin that stand from `at` on, each after its count; *fits tells
// whether they are all there is.
static Status find_samples(const Numerals *numbers, size_t at, uint32_t nsamples,
                           SizeVec *first, bool *fits) {
    uint32_t i = 0;
    for (first->count = 0; i < nsamples && at < numbers->count; i++) {
        if (!VEC_PUSH(first, at)) return NOMEM;
        at += 1 + 2 * (size_t)numbers->items[at].n;
    }
    *fits = i == nsamples && at == numbers->count;
    return OK;
}

static Status find_all(const Scan *s, const Numerals *numbers, SizeVec *first) {
    bool fits = numbers->count == 0;
    if (!fits) TRY(find_samples(numbers, 0, 1, first, &fits));
    if (!fits) TRY(find_samples(numbers, 1, numbers->items[0].n, first, &fits));
    if (fits) return OK;
    uint32_t n = numbers->items[0].n;
    return scan_fault(
        s, FAULT_NET_COUNT, numbers->items[0].at,
        "the %zu numbers that follow are neither %u observations, each a variable "
        "and its level, nor %u samples of observations",
        numbers->count - 1, n, n);
}

static Status evidence(Scan *s, Numerals *numbers, SizeVec *first, UaiEvidence *out) {
    TRY(all_numbers(s, numbers));
    TRY(find_all(s, numbers, first));
    size_t n = numbers->count ? first->count : 1;
    out->first = MEM_NEW(size_t, n + 1);
    out->vars = MEM_NEW(uint32_t, numbers->count / 2);
    out->levels = MEM_NEW(uint32_t, numbers->count / 2);
    if (!out->first || !out->vars || !out->levels) return NOMEM;
    for (size_t i = 0, to = 0; i < first->count; i++) {
        const Numeral *from = numbers->items + first->items[i];
        for (uint32_t k = 0; k < from->n; k++, to++) {
            out->vars[to] = from[1 + 2 * k].n;
            out->levels[to] = from[2 + 2 * k].n;
        }
        out->first[i + 1] = to;
    }
    out->nsamples = (uint32_t)n;
    return OK;
}

Status uai_read_evidence(const char *text, size_t len, const char *file, UaiEvidence *out,
                         Faults *faults) {
    Scan s = {text, text, text + len, file, FAULT_UAI_SYNTAX, faults};
    Numerals numbers = {0};
    SizeVec first = {0};
    *out = (UaiEvidence){0};
    Status status = evidence(&s, &numbers, &first, out);
    VEC_FREE(&numbers);
    VEC_FREE(&first);
    if (status != OK) uai_evidence_free(out);
    return status;
}

void uai_evidence_free(UaiEvidence *evidence) {
    mem_free(evidence->first);
    mem_free(evidence->vars);
    mem_free(evidence->levels);
    *evidence = (UaiEvidence){0};
}

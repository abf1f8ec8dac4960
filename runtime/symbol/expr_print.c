// Expr_print: text, LaTeX and source.
#include "runtime/symbol/expr_print.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/mem.h"
#include "runtime/graph/graph.h"

typedef struct Printer {
    const ExprPool *pool;
    const char *const *names;
    const char *const *values; // of variables that are not summed, or NULL
    ExprReserved *reserved;    // NULL: no word is
    ExprStyle style;
    Str *out;
    // Of each variable: how many meanings are visible here (0: none), and whether the innermost
    // is that of a sum.
    uint32_t *seen;
    bool *bound;
    uint32_t *order; // room for a set in print order
} Printer;

static void print_expr(Printer *p, const Expr *e);

// --- names ---

static void latex_name(const char *name, Str *out) {
    size_t letters = 0;
    while (isalpha((unsigned char)name[letters])) letters++;
    size_t digits = strspn(name + letters, "0123456789");
    if (letters && !name[letters + digits]) {
        str_printf(out, letters > 1 ? "\\mathit{%.*s}" : "%.*s", (int)letters, name);
        if (digits) str_printf(out, "_{%s}", name + letters);
        return;
    }
    str_add(out, "\\mathit{");
    for (const char *c = name; *c; c++) {
        if (strchr("_#$%&{}", *c)) str_add_char(out, '\\');
        str_add_char(out, *c);
    }
    str_add_char(out, '}');
}

void expr_print_name(const char *name, ExprStyle style, Str *out) {
    if (style == EXPR_LATEX)
        latex_name(name, out);
    else
        str_add(out, name);
}

static bool is_word(char c) {
    return isalnum((unsigned char)c) || c == '_';
}

// Whether the text has the word, neither as a part of a longer one nor within one.
static bool has_word(const char *text, const char *word) {
    size_t n = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at++)
        if ((at == text || !is_word(at[-1])) && !is_word(at[n])) return true;
    return false;
}

// A name in small letters, with _ for what is no letter of a word.
static void add_small(const char *name, Str *out) {
    size_t n = strlen(name), from = name[0] == '`' && n > 1;
    if (isdigit((unsigned char)name[from])) str_add_char(out, '_');
    for (size_t i = from; i < n - from; i++)
        str_add_char(out, is_word(name[i]) ? (char)tolower((unsigned char)name[i]) : '_');
}

// Whether the name of one of the first n variables, v left out, comes to this index.
static bool is_index(const Printer *p, size_t n, size_t v, const char *word) {
    bool found = false;
    for (size_t u = 0; u < n && !found; u++) {
        Str index = {0};
        if (u == v) continue;
        add_small(p->names[u], &index);
        p->out->failed |= index.failed;
        found = strcmp(str_text(&index), word) == 0;
        str_free(&index);
    }
    return found;
}

// Whether the word means something in the source besides being an index.
static bool is_taken(const Printer *p, const char *word) {
    if (strcmp(word, "sum") == 0 || strcmp(word, "levels") == 0) return true;
    if (p->reserved && p->reserved(word)) return true;
    for (size_t v = 0; v < p->pool->n; v++)
        if (has_word(p->names[v], word) ||
            (p->values && p->values[v] && has_word(p->values[v], word)))
            return true;
    return false;
}

// The index that runs over the levels of a summed variable: its name in small letters, with its
// number behind when that means something else too, and a count when it stands for an inner
// sum.
static void source_index(Printer *p, size_t v, Str *out) {
    Str index = {0};
    add_small(p->names[v], &index);
    bool other = is_taken(p, str_text(&index)) || is_index(p, v, v, str_text(&index));
    if (other) str_printf(&index, "_%zu", v);
    if (p->seen[v] > 1) str_printf(&index, "_%u", (unsigned)p->seen[v]);
    other |= p->seen[v] > 1;
    while (!index.failed && (is_taken(p, str_text(&index)) ||
                             (other && is_index(p, p->pool->n, v, str_text(&index)))))
        str_add_char(&index, '_');
    out->failed |= index.failed;
    str_add(out, str_text(&index));
    str_free(&index);
}

static void print_variable(Printer *p, size_t v) {
    expr_print_name(p->names[v], p->style, p->out);
    if (!p->bound[v]) {
        if (p->values && p->values[v]) str_add(p->out, p->values[v]);
        return;
    }
    if (p->style == EXPR_SOURCE) {
        str_add(p->out, " = ");
        source_index(p, v, p->out);
    } else {
        str_fill(p->out, '\'', p->seen[v] - 1);
    }
}

static int compare_down(const void *a, const void *b, void *rank) {
    const uint32_t *r = rank;
    uint32_t x = r[*(const uint32_t *)a], y = r[*(const uint32_t *)b];
    return (x < y) - (x > y);
}

// Lists a set, effects before causes. The list is good until the next call.
static size_t list_set(Printer *p, const Word *set) {
    size_t count = 0;
    SET_EACH(set, p->pool->words, v) p->order[count++] = (uint32_t)v;
    qsort_r(p->order, count, sizeof *p->order, compare_down, (void *)(uintptr_t)p->pool->rank);
    return count;
}

static void print_set(Printer *p, const Word *set, bool causes_first) {
    size_t count = list_set(p, set);
    for (size_t i = 0; i < count; i++) {
        if (i) str_add(p->out, ", ");
        print_variable(p, p->order[causes_first ? count - 1 - i : i]);
    }
}

// --- parts ---

// A law named by an equation, "Town = trial", stands as a condition; a plain name beside the P.
static bool law_is_condition(const Expr *e) {
    return e->law && strchr(e->law, '=');
}

static void print_law(Printer *p, const Expr *e, bool first) {
    if (!law_is_condition(e) || p->style == EXPR_LATEX) return;
    str_add(p->out, first ? " | " : ", ");
    str_add(p->out, e->law);
}

static void print_prob(Printer *p, const Expr *e) {
    bool has_dos = !bits_empty(e->dos, p->pool->words);
    bool has_given = !bits_empty(e->given, p->pool->words);
    bool latex = p->style == EXPR_LATEX;
    str_add_char(p->out, 'P');
    bool beside = e->law && (latex || (!law_is_condition(e) && p->style == EXPR_TEXT));
    if (beside) str_printf(p->out, latex ? "^{%s}" : "[%s]", e->law);
    str_add_char(p->out, '(');
    print_set(p, e->head, true);
    if (has_dos || has_given) str_add(p->out, latex ? " \\mid " : " | ");
    if (has_dos) {
        str_add(p->out, latex ? "\\mathrm{do}(" : "do(");
        print_set(p, e->dos, true);
        str_add_char(p->out, ')');
        if (has_given) str_add(p->out, ", ");
    }
    print_set(p, e->given, false);
    print_law(p, e, !has_dos && !has_given);
    str_add_char(p->out, ')');
}

static void print_indices(Printer *p, const Word *vars) {
    size_t count = list_set(p, vars);
    for (size_t i = count; i-- > 0;) {
        size_t v = p->order[i];
        str_add(p->out, " for ");
        source_index(p, v, p->out);
        str_printf(p->out, " in levels(%s)", p->names[v]);
    }
}

static void print_sum(Printer *p, const Expr *e) {
    size_t words = p->pool->words;
    bool *before = MEM_NEW(bool, p->pool->n);
    if (!before) {
        p->out->failed = true;
        return;
    }
    memcpy(before, p->bound, p->pool->n * sizeof *before);
    SET_EACH(e->head, words, v) p->seen[v]++, p->bound[v] = true;
    if (p->style == EXPR_SOURCE) {
        str_add(p->out, "sum(");
        print_expr(p, e->kids[0]);
        print_indices(p, e->head);
        str_add_char(p->out, ')');
    } else {
        str_add(p->out, p->style == EXPR_LATEX ? "\\sum_{" : "sum over ");
        print_set(p, e->head, true);
        str_add(p->out, p->style == EXPR_LATEX ? "} " : " of ");
        print_expr(p, e->kids[0]);
    }
    SET_EACH(e->head, words, v) p->seen[v]--;
    memcpy(p->bound, before, p->pool->n * sizeof *before);
    mem_free(before);
}

static void print_grouped(Printer *p, const Expr *e, bool group) {
    if (group) str_add(p->out, p->style == EXPR_LATEX ? "\\left(" : "(");
    print_expr(p, e);
    if (group) str_add(p->out, p->style == EXPR_LATEX ? "\\right)" : ")");
}

static void print_quotient(Printer *p, const Expr *e) {
    if (p->style == EXPR_LATEX) {
        str_add(p->out, "\\frac{");
        print_expr(p, e->kids[0]);
        str_add(p->out, "}{");
        print_expr(p, e->kids[1]);
        str_add_char(p->out, '}');
        return;
    }
    print_grouped(p, e->kids[0], e->kids[0]->kind != EXPR_PROB && e->kids[0]->kind != EXPR_ONE);
    str_add(p->out, " / ");
    print_grouped(p, e->kids[1], e->kids[1]->kind != EXPR_PROB);
}

// A sum reaches as far as it can, so only the last factor may be a bare one.
static void print_product(Printer *p, const Expr *e) {
    for (size_t i = 0; i < e->count; i++) {
        const Expr *kid = e->kids[i];
        if (i && p->style == EXPR_LATEX)
            str_add(p->out, "\\, ");
        else if (i && p->style == EXPR_TEXT && kid->kind == EXPR_PROB)
            str_add_char(p->out, ' ');
        else if (i)
            str_add(p->out, " * ");
        bool sum = kid->kind == EXPR_SUM && i + 1 < e->count && p->style != EXPR_SOURCE;
        print_grouped(p, kid, sum || (kid->kind == EXPR_QUOTIENT && p->style != EXPR_LATEX));
    }
}

static void print_expr(Printer *p, const Expr *e) {
    switch (e->kind) {
    case EXPR_ONE:
        str_add_char(p->out, '1');
        break;
    case EXPR_PROB:
        print_prob(p, e);
        break;
    case EXPR_QUOTIENT:
        print_quotient(p, e);
        break;
    case EXPR_SUM:
        print_sum(p, e);
        break;
    case EXPR_PRODUCT:
        print_product(p, e);
        break;
    }
}

// Prints the expression, as the mean of a variable when there is one of that number.
static void print_whole(Printer *p, const Expr *e, size_t mean) {
    const ExprPool *pool = p->pool;
    p->seen = MEM_NEW(uint32_t, pool->n);
    p->bound = MEM_NEW(bool, pool->n);
    p->order = MEM_NEW(uint32_t, pool->n);
    if (p->seen && p->bound && p->order) {
        SET_EACH(e->free, pool->words, v) p->seen[v] = 1;
        if (mean < pool->n) {
            p->bound[mean] = true;
            str_add(p->out, "sum(");
            source_index(p, mean, p->out);
            str_add(p->out, " * ");
            print_grouped(p, e, e->kind == EXPR_QUOTIENT);
            str_add(p->out, " for ");
            source_index(p, mean, p->out);
            str_printf(p->out, " in levels(%s))", p->names[mean]);
        } else {
            print_expr(p, e);
        }
    } else {
        p->out->failed = true;
    }
    mem_free(p->seen);
    mem_free(p->bound);
    mem_free(p->order);
}

void expr_print(const ExprPool *pool, const Expr *e, const char *const *names, ExprStyle style,
                Str *out) {
    Printer p = {.pool = pool, .names = names, .style = style, .out = out};
    print_whole(&p, e, pool->n);
}

void expr_print_source(const ExprPool *pool, const Expr *e, const char *const *names,
                       const char *const *values, size_t mean, ExprReserved *reserved, Str *out) {
    Printer p = {.pool = pool, .names = names, .values = values, .reserved = reserved,
                 .style = EXPR_SOURCE, .out = out};
    print_whole(&p, e, mean);
}

// Term: expressions as Rung text.
//
// Printing works through a stack of pieces, so that the depth of a term does not matter: a piece
// that is a term is replaced by its own pieces until only texts are left.
#include "runtime/model/term.h"

#include <math.h>
#include <string.h>

#include "runtime/base/num.h"
#include "runtime/base/vec.h"
#include "runtime/model/dist.h"
#include "runtime/model/math.h"
#include "runtime/model/name.h"
#include "runtime/model/rows.h"

// How tightly an expression binds, loosest first.
typedef enum Binding {
    BIND_ANY, BIND_OR, BIND_AND, BIND_NOT, BIND_COMPARE, BIND_SUM, BIND_PRODUCT, BIND_NEG,
    BIND_POWER, BIND_ATOM,
} Binding;

// What an operator between two operands looks like, and what its operands must bind like.
typedef struct Infix {
    const char *text; // NULL: not an infix operator
    Binding self, left, right;
} Infix;

static const Infix infix[TERM_COUNT] = {
    [TERM_ADD] = {" + ", BIND_SUM, BIND_SUM, BIND_PRODUCT},
    [TERM_SUB] = {" - ", BIND_SUM, BIND_SUM, BIND_PRODUCT},
    [TERM_MUL] = {"*", BIND_PRODUCT, BIND_PRODUCT, BIND_NEG},
    [TERM_DIV] = {"/", BIND_PRODUCT, BIND_PRODUCT, BIND_NEG},
    [TERM_MOD] = {" mod ", BIND_PRODUCT, BIND_PRODUCT, BIND_NEG},
    [TERM_POW] = {"^", BIND_POWER, BIND_ATOM, BIND_POWER},
    [TERM_EQ] = {" = ", BIND_COMPARE, BIND_SUM, BIND_SUM},
    [TERM_NE] = {" != ", BIND_COMPARE, BIND_SUM, BIND_SUM},
    [TERM_LT] = {" < ", BIND_COMPARE, BIND_SUM, BIND_SUM},
    [TERM_LE] = {" <= ", BIND_COMPARE, BIND_SUM, BIND_SUM},
    [TERM_GT] = {" > ", BIND_COMPARE, BIND_SUM, BIND_SUM},
    [TERM_GE] = {" >= ", BIND_COMPARE, BIND_SUM, BIND_SUM},
    [TERM_AND] = {" and ", BIND_AND, BIND_AND, BIND_NOT},
    [TERM_OR] = {" or ", BIND_OR, BIND_OR, BIND_AND},
};

// Exactly one of text, name and term is set.
typedef struct Piece {
    const char *text;
    Sym name;
    const Term *term;
    Binding least; // a term that binds less tightly needs parentheses
} Piece;

typedef struct Printer {
    Piece *items; // a stack
    size_t count, room;
    Str *out;
    size_t end; // no more than this is wanted
    int digits; // of numbers; 0: all
} Printer;

static void push(Printer *p, Piece piece) {
    if (!VEC_PUSH(p, piece)) p->out->failed = true;
}

static void add_text(Printer *p, const char *text) {
    push(p, (Piece){.text = text});
}

static void add_name(Printer *p, Sym name) {
    push(p, (Piece){.name = name});
}

static void add_term(Printer *p, const Term *t, Binding least) {
    push(p, (Piece){.term = t, .least = least});
}

// --- the pieces of one term, in reading order ---

static void add_list(Printer *p, const Term *t, const char *open, const char *close) {
    add_text(p, open);
    for (uint32_t i = 0; i < t->n; i++) {
        if (i) add_text(p, ", ");
        add_term(p, t->kid[i], BIND_ANY);
    }
    add_text(p, close);
}

static void add_map(Printer *p, const Term *t) {
    add_text(p, t->op == TERM_MIX ? "mix {" : "{");
    for (uint32_t i = 0; i + 1 < t->n; i += 2) {
        if (i) add_text(p, ", ");
        add_term(p, t->kid[i], BIND_ANY);
        add_text(p, ": ");
        add_term(p, t->kid[i + 1], BIND_ANY);
    }
    add_text(p, "}");
}

static void add_row(Printer *p, const Term *t, uint32_t first, uint32_t n) {
    add_text(p, "[");
    for (uint32_t i = 0; i < n; i++) {
        if (i) add_text(p, ", ");
        add_term(p, t->kid[first + i], BIND_ANY);
    }
    add_text(p, "]");
}

static void add_joint(Printer *p, const Term *t) {
    uint32_t n = 0;
    while (n * (n + 1) < t->n) n++;
    add_text(p, "mvnormal(");
    add_row(p, t, 0, n);
    add_text(p, ", [");
    for (uint32_t i = 1; i <= n; i++) {
        if (i > 1) add_text(p, ", ");
        add_row(p, t, i * n, n);
    }
    add_text(p, "])");
}

static void add_gumbel(Printer *p, const Term *t) {
    bool map = t->kid[0]->op == TERM_MAP;
    add_text(p, map ? "gumbel_max " : "gumbel_max(");
    add_term(p, t->kid[0], BIND_ANY);
    if (!map) add_text(p, ")");
}

// An optional parameter at its usual value is left out, if nothing unnamed follows it.
static bool is_missing(const Term *t, uint32_t i) {
    const DistParam *param = &t->family->params[i];
    bool usual = param->optional && t->kid[i]->op == TERM_NUMBER &&
                 t->kid[i]->number == param->missing;
    for (uint32_t k = i + 1; usual && k < t->n; k++)
        if (!t->family->params[k].named && !is_missing(t, k)) usual = false;
    return usual;
}

static void add_dist(Printer *p, const Term *t) {
    bool first = true;
    add_text(p, t->family->name);
    add_text(p, "(");
    for (uint32_t i = 0; i < t->n; i++) {
        if (is_missing(t, i)) continue;
        if (!first) add_text(p, ", ");
        first = false;
        if (t->family->params[i].named) {
            add_text(p, t->family->params[i].name);
            add_text(p, ": ");
        }
        add_term(p, t->kid[i], BIND_ANY);
    }
    add_text(p, ")");
}

// The bounds by name where one side is open.
static void add_truncate(Printer *p, const Term *t) {
    const Term *low = t->kid[1], *high = t->kid[2];
    bool open_low = low->op == TERM_NUMBER && low->number == -INFINITY;
    bool open_high = high->op == TERM_NUMBER && high->number == INFINITY;
    bool one = open_low || open_high;
    add_text(p, "truncate(");
    add_term(p, t->kid[0], BIND_ANY);
    if (!open_low) {
        add_text(p, one ? ", low: " : ", ");
        add_term(p, low, BIND_ANY);
    }
    if (!open_high) {
        add_text(p, one ? ", high: " : ", ");
        add_term(p, high, BIND_ANY);
    }
    add_text(p, ")");
}

static void add_number(const Printer *p, double x) {
    if (p->digits) num_add_digits(p->out, x, p->digits);
    else num_add(p->out, x);
}

// At once, like any leaf.
static void add_numbers(const Printer *p, const TermNumbers *numbers) {
    str_add(p->out, "empirical([");
    for (size_t i = 0; i < numbers->count && p->out->len <= p->end; i++) {
        if (i) str_add(p->out, ", ");
        add_number(p, numbers->items[i]);
    }
    str_add(p->out, p->out->len <= p->end ? "])" : "...");
}

static void add_if(Printer *p, const Term *cond, const Term *yes) {
    add_text(p, "if ");
    add_term(p, cond, BIND_ANY);
    add_text(p, " then ");
    add_term(p, yes, BIND_ANY);
    add_text(p, " else ");
}

static void add_pattern(Printer *p, const Rows *rows, const RowPattern *pattern) {
    static const char *const compare[TERM_COUNT] = {
        [TERM_LT] = "< ", [TERM_LE] = "<= ", [TERM_GT] = "> ", [TERM_GE] = ">= "};
    switch (pattern->kind) {
    case ROW_ANY: add_text(p, "_"); return;
    case ROW_TRUE: add_text(p, "true"); return;
    case ROW_FALSE: add_text(p, "false"); return;
    case ROW_COMPARE:
        add_text(p, compare[pattern->op]);
        add_term(p, rows->values.items[pattern->first], BIND_SUM);
        return;
    case ROW_RANGE:
        add_term(p, rows->values.items[pattern->first], BIND_SUM);
        add_text(p, "..");
        add_term(p, rows->values.items[pattern->first + 1], BIND_SUM);
        return;
    case ROW_VALUES:
        if (pattern->count > 1) add_text(p, "{");
        for (size_t i = 0; i < pattern->count; i++) {
            if (i) add_text(p, ", ");
            add_term(p, rows->values.items[pattern->first + i], BIND_SUM);
        }
        if (pattern->count > 1) add_text(p, "}");
        return;
    }
}

static void add_rows(Printer *p, const Term *t, const Rows *rows) {
    add_text(p, "case ");
    for (uint32_t i = 0; i < t->nselect; i++) {
        if (i) add_text(p, ", ");
        add_term(p, t->kid[i], BIND_OR);
    }
    add_text(p, " { ");
    for (uint32_t r = 0; r < rows->nrows; r++) {
        const RowPattern *patterns = &rows->patterns[(size_t)r * t->nselect];
        bool whole = rows_matches_all(rows, r);
        if (r) add_text(p, "; ");
        for (uint32_t i = 0; i < (whole ? 1 : t->nselect); i++) {
            if (i) add_text(p, ", ");
            add_pattern(p, rows, &patterns[i]);
        }
        add_text(p, " => ");
        add_term(p, t->kid[t->nselect + 2 * r + 1], BIND_ANY);
    }
    add_text(p, " }");
}

static bool is_true(const Term *t) {
    return t->op == TERM_NUMBER && t->is_bool && t->number != 0;
}

// Rows that are not made of patterns, as a chain of conditions.
static void add_chain(Printer *p, const Term *t) {
    for (uint32_t i = t->nselect; i + 1 < t->n; i += 2) {
        if (is_true(t->kid[i])) {
            add_term(p, t->kid[i + 1], BIND_ANY);
            return;
        }
        add_if(p, t->kid[i], t->kid[i + 1]);
    }
    add_text(p, "nan"); // no row is left
}

static void add_case(Printer *p, const Term *t) {
    Rows rows = {0};
    bool patterns = false;
    if (rows_read(t, &rows, &patterns) != OK) p->out->failed = true;
    if (patterns) {
        add_rows(p, t, &rows);
    } else {
        add_chain(p, t);
    }
    rows_free(&rows);
}

static void add_inputs(Printer *p, const Assign *a) {
    add_text(p, " = ?");
    if (a->kind != ASSIGN_POLICY) return;
    add_text(p, "(");
    for (uint32_t i = 0; i < a->ninputs; i++) {
        if (i) add_text(p, ", ");
        add_name(p, a->inputs[i]);
    }
    add_text(p, ")");
}

static void add_assign(Printer *p, const Assign *a) {
    if (a->source) {
        add_name(p, a->source);
        add_text(p, " -> ");
    }
    add_name(p, a->target);
    if (a->kind == ASSIGN_VALUE || a->kind == ASSIGN_DRAW) {
        add_text(p, a->kind == ASSIGN_DRAW ? " ~ " : " = ");
        add_term(p, a->value, BIND_ANY);
    } else {
        add_inputs(p, a);
    }
}

static void add_var(Printer *p, const Term *t) {
    add_name(p, t->sym);
    if (!t->world) return;
    add_text(p, "[");
    for (uint32_t i = 0; i < t->world->n; i++) {
        if (i) add_text(p, ", ");
        add_assign(p, &t->world->items[i]);
    }
    add_text(p, "]");
}

// P(a, b | c, do(X = 1))
static void add_ask(Printer *p, const Term *t) {
    bool square = strcmp(t->sym->text, "P") != 0;
    add_text(p, t->sym->text);
    add_text(p, square ? "[" : "(");
    for (uint32_t i = 0; i < t->n; i++) {
        if (i) add_text(p, i == t->nselect ? " | " : ", ");
        add_term(p, t->kid[i], BIND_ANY);
    }
    for (uint32_t i = 0; t->world && i < t->world->n; i++) {
        add_text(p, i ? ", " : t->n > t->nselect ? ", do(" : " | do(");
        add_assign(p, &t->world->items[i]);
    }
    if (t->world && t->world->n) add_text(p, ")");
    add_text(p, square ? "]" : ")");
}

static void add_leaf(Printer *p, const Term *t) {
    if (t->op == TERM_LEVEL)
        name_add_level(t->sym, p->out);
    else if (t->is_bool)
        str_add(p->out, t->number != 0 ? "true" : "false");
    else
        add_number(p, t->number);
}

static void add_prefix(Printer *p, const Term *t) {
    bool neg = t->op == TERM_NEG;
    add_text(p, neg ? "-" : "not ");
    // Two signs in a row would read as one token.
    bool sign = neg && (t->kid[0]->op == TERM_NEG || t->kid[0]->op == TERM_NUMBER);
    add_term(p, t->kid[0], sign ? BIND_POWER : neg ? BIND_NEG : BIND_NOT);
}

// What the cell of a table that is compared with 1 stands for.
static const Term *meaning_of(const Term *t) {
    bool looks = t->op == TERM_EQ && t->kid[0]->op == TERM_LOOKUP && t->kid[0]->table->meaning;
    return looks ? t->kid[0]->table->meaning : t;
}

static void add_pieces(Printer *p, const Term *written) {
    const Term *t = meaning_of(written);
    const Infix *in = &infix[t->op];
    if (in->text) {
        add_term(p, t->kid[0], in->left);
        add_text(p, in->text);
        add_term(p, t->kid[1], in->right);
        return;
    }
    switch ((TermOp)t->op) {
    case TERM_NUMBER:
    case TERM_LEVEL: add_leaf(p, t); return;
    case TERM_VAR: add_var(p, t); return;
    case TERM_ASK: add_ask(p, t); return;
    case TERM_FREE:
        add_term(p, t->kid[0], BIND_SUM);
        add_text(p, " = ?");
        return;
    case TERM_NEG:
    case TERM_NOT: add_prefix(p, t); return;
    case TERM_IF:
        add_if(p, t->kid[0], t->kid[1]);
        add_term(p, t->kid[2], BIND_ANY);
        return;
    case TERM_CASE: add_case(p, t); return;
    case TERM_MAP:
    case TERM_MIX: add_map(p, t); return;
    case TERM_DIST: add_dist(p, t); return;
    case TERM_TRUNCATE: add_truncate(p, t); return;
    case TERM_EMPIRICAL: add_numbers(p, t->numbers); return;
    case TERM_JOINT: add_joint(p, t); return;
    case TERM_GUMBEL: add_gumbel(p, t); return;
    case TERM_PART: add_term(p, t->kid[0], BIND_ANY); return;
    case TERM_CALL:
        add_text(p, t->function->name);
        add_list(p, t, "(", ")");
        return;
    default: add_list(p, t, "table(", ")"); return;
    }
}

static Binding binding(const Term *t) {
    if (infix[t->op].text) return infix[t->op].self;
    switch ((TermOp)t->op) {
    case TERM_NUMBER: return t->number < 0 ? BIND_NEG : BIND_ATOM;
    case TERM_NEG: return BIND_NEG;
    case TERM_NOT: return BIND_NOT;
    case TERM_FREE: return BIND_COMPARE;
    case TERM_IF:
    case TERM_CASE: return BIND_ANY;
    default: return BIND_ATOM;
    }
}

// Replaces a term by its pieces. They are collected in reading order, then turned around.
static void expand(Printer *p, const Term *t, Binding least) {
    bool closed = binding(t) < least;
    size_t start = p->count;
    if (closed && t->n == 0) str_add_char(p->out, '('); // leaves print themselves at once
    if (closed && t->n > 0) add_text(p, "(");
    add_pieces(p, t);
    if (closed) add_text(p, ")");
    for (size_t i = start, k = p->count; i + 1 < k; i++, k--) {
        Piece swap = p->items[i];
        p->items[i] = p->items[k - 1];
        p->items[k - 1] = swap;
    }
}

// Prints until `most` bytes were added; what is then left is three points.
static void print(const Term *t, size_t most, int digits, Str *out) {
    size_t start = out->len;
    Printer p = {.out = out,
                 .end = most < SIZE_MAX - start ? start + most : SIZE_MAX,
                 .digits = digits};
    add_term(&p, t, BIND_ANY);
    while (p.count && !out->failed && out->len - start <= most) {
        Piece piece = p.items[--p.count];
        if (piece.text)
            str_add(out, piece.text);
        else if (piece.name)
            name_add(piece.name, out);
        else
            expand(&p, piece.term, piece.least);
    }
    if (p.count) str_add(out, "...");
    VEC_FREE(&p);
}

void term_add(const Term *t, Str *out) {
    print(t, SIZE_MAX, 0, out);
}

void term_add_digits(const Term *t, int digits, Str *out) {
    print(t, SIZE_MAX, digits, out);
}

void term_add_brief(const Term *t, Str *out) {
    print(t, 120, 0, out);
}

// Rows: the conditions of a CASE taken apart.
#include "runtime/model/rows.h"

typedef struct Reader {
    const Term *t;
    Rows *rows;
    VEC(const Term *) conjuncts, choices; // what is still to be taken apart
    bool nomem;
} Reader;

static bool push_value(Reader *r, const Term *value) {
    if (!VEC_PUSH(&r->rows->values, value)) r->nomem = true;
    return !r->nomem;
}

// The selector that a term is, or nselect.
static uint32_t selector(const Reader *r, const Term *a) {
    uint32_t i = 0;
    while (i < r->t->nselect && !term_equal(r->t->kid[i], a)) i++;
    return i;
}

static uint32_t compared_selector(const Reader *r, const Term *a) {
    return a->n == 2 ? selector(r, a->kid[0]) : r->t->nselect;
}

// V = a, or a disjunction of such for one V.
static bool read_values(Reader *r, RowPattern *row, const Term *a) {
    uint32_t at = r->t->nselect;
    size_t first = r->rows->values.count;
    r->choices.count = 0;
    if (!VEC_PUSH(&r->choices, a)) return r->nomem = true, false;
    while (r->choices.count) {
        const Term *c = r->choices.items[--r->choices.count];
        if (c->op == TERM_OR) {
            bool both = VEC_PUSH(&r->choices, c->kid[1]) && VEC_PUSH(&r->choices, c->kid[0]);
            if (!both) return r->nomem = true, false;
            continue;
        }
        uint32_t i = compared_selector(r, c);
        if (c->op != TERM_EQ || i == r->t->nselect) return false;
        if (at != r->t->nselect && i != at) return false;
        at = i;
        if (!push_value(r, c->kid[1])) return false;
    }
    if (row[at].kind != ROW_ANY) return false;
    row[at] = (RowPattern){ROW_VALUES, TERM_EQ, first, r->rows->values.count - first};
    return true;
}

// V < a; and V >= a followed by V <= b, which is a..b.
static bool read_compare(Reader *r, RowPattern *row, const Term *a) {
    uint32_t i = compared_selector(r, a);
    if (i == r->t->nselect) return false;
    RowPattern *p = &row[i];
    size_t first = r->rows->values.count;
    bool closes = a->op == TERM_LE && p->kind == ROW_COMPARE && p->op == TERM_GE;
    if (p->kind != ROW_ANY && !(closes && p->first + 1 == first)) return false;
    if (!push_value(r, a->kid[1])) return false;
    if (closes)
        *p = (RowPattern){ROW_RANGE, TERM_LE, first - 1, 2};
    else
        *p = (RowPattern){ROW_COMPARE, (TermOp)a->op, first, 1};
    return true;
}

static bool read_bare(Reader *r, RowPattern *row, const Term *a) {
    bool no = a->op == TERM_NOT;
    uint32_t i = selector(r, no ? a->kid[0] : a);
    if (i == r->t->nselect || row[i].kind != ROW_ANY) return false;
    row[i].kind = no ? ROW_FALSE : ROW_TRUE;
    return true;
}

static bool read_conjunct(Reader *r, RowPattern *row, const Term *a) {
    switch ((TermOp)a->op) {
    case TERM_NUMBER: return a->is_bool && a->number != 0;
    case TERM_EQ:
    case TERM_OR: return read_values(r, row, a);
    case TERM_LT:
    case TERM_LE:
    case TERM_GT:
    case TERM_GE: return read_compare(r, row, a);
    default: return read_bare(r, row, a);
    }
}

static bool read_row(Reader *r, RowPattern *row, const Term *cond) {
    r->conjuncts.count = 0;
    if (!VEC_PUSH(&r->conjuncts, cond)) return r->nomem = true, false;
    while (r->conjuncts.count) {
        const Term *c = r->conjuncts.items[--r->conjuncts.count];
        if (c->op != TERM_AND) {
            if (!read_conjunct(r, row, c)) return false;
            continue;
        }
        bool both = VEC_PUSH(&r->conjuncts, c->kid[1]) && VEC_PUSH(&r->conjuncts, c->kid[0]);
        if (!both) return r->nomem = true, false;
    }
    return true;
}

Status rows_read(const Term *t, Rows *out, bool *patterns) {
    Reader r = {.t = t, .rows = out};
    *patterns = false;
    out->nselect = t->nselect;
    out->nrows = (t->n - t->nselect) / 2;
    out->patterns = MEM_NEW(RowPattern, (size_t)out->nrows * t->nselect);
    if (!out->patterns) return NOMEM;
    bool all = t->nselect > 0;
    for (uint32_t i = 0; all && i < out->nrows; i++)
        all = read_row(&r, &out->patterns[(size_t)i * t->nselect], t->kid[t->nselect + 2 * i]);
    *patterns = all;
    VEC_FREE(&r.conjuncts);
    VEC_FREE(&r.choices);
    return r.nomem ? NOMEM : OK;
}

bool rows_matches_all(const Rows *rows, uint32_t r) {
    for (uint32_t i = 0; i < rows->nselect; i++)
        if (rows->patterns[(size_t)r * rows->nselect + i].kind != ROW_ANY) return false;
    return true;
}

void rows_free(Rows *rows) {
    mem_free(rows->patterns);
    VEC_FREE(&rows->values);
    *rows = (Rows){0};
}

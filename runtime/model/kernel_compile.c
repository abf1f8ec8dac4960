// Kernel: from a term to a graph of values, bottom up.
#include "runtime/model/kernel_compile.h"

#include <math.h>

// --- shared with the other files ---

Status kernel_compile_code(KernelCompiler *c, KernelCode code, const uint32_t *args, uint32_t n,
                           uint32_t *value) {
    for (uint32_t i = 0; i < 4; i++) code.arg[i] = i < n ? args[i] : KERNEL_NONE;
    return kernel_value(c->graph, &code, value);
}

bool kernel_compile_constant(const KernelCompiler *c, uint32_t value, double *number) {
    const KernelCode *code = &c->graph->values.items[value];
    *number = code->number;
    return code->op == KERNEL_CONST;
}

Status kernel_compile_fault(KernelCompiler *c, FaultCode code, const Term *t,
                            const char *message) {
    Str s = {0};
    term_add_brief(t, &s);
    Status status = s.failed
                        ? NOMEM
                        : fault_add(c->faults, code, t->origin, "%s %s", str_text(&s), message);
    str_free(&s);
    return status;
}

// --- kinds ---

static KernelMeaning meaning_of(const KernelCompiler *c, const Term *t) {
    return c->meanings[term_order_find(&c->order, t)];
}

// Whether a value can be used as true or false: a bool, or the constants 0 and 1.
static bool is_truth(const KernelCompiler *c, const KernelMeaning *m) {
    double number;
    if (m->kind == VALUE_BOOL_KIND) return true;
    if (m->kind != VALUE_NUMBER_KIND || !kernel_compile_constant(c, m->value, &number))
        return false;
    return number == 0 || number == 1 || isnan(number);
}

static Status need_truth(KernelCompiler *c, const Term *t) {
    KernelMeaning m = meaning_of(c, t);
    if (is_truth(c, &m)) return OK;
    return kernel_compile_fault(c, FAULT_TERM_KIND, t, "must be true or false");
}

static Status need_number(KernelCompiler *c, const Term *t) {
    if (meaning_of(c, t).kind != VALUE_LEVEL_KIND) return OK;
    return kernel_compile_fault(c, FAULT_TERM_KIND, t, "is not a number");
}

// --- operators ---

static Status compile_operator(KernelCompiler *c, const Term *t, KernelMeaning *m) {
    bool truth = t->op == TERM_AND || t->op == TERM_OR || t->op == TERM_NOT;
    uint32_t args[2] = {KERNEL_NONE, KERNEL_NONE};
    for (uint32_t i = 0; i < t->n && i < 2; i++) {
        TRY(truth ? need_truth(c, t->kid[i]) : need_number(c, t->kid[i]));
        args[i] = meaning_of(c, t->kid[i]).value;
    }
    m->kind = truth ? VALUE_BOOL_KIND : VALUE_NUMBER_KIND;
    KernelCode code = {.op = KERNEL_TERM, .term = t->op};
    return kernel_compile_code(c, code, args, t->n, &m->value);
}

static Status compile_call(KernelCompiler *c, const Term *t, KernelMeaning *m) {
    uint32_t args[MATH_MAX_ARITY];
    if (t->n != t->function->arity)
        return kernel_compile_fault(c, FAULT_TERM_KIND, t,
                                    "has the wrong number of arguments for its function");
    for (uint32_t i = 0; i < t->n; i++) {
        TRY(need_number(c, t->kid[i]));
        args[i] = meaning_of(c, t->kid[i]).value;
    }
    m->kind = VALUE_NUMBER_KIND;
    KernelCode code = {.op = KERNEL_CALL, .function = t->function};
    if (c->kernel->real) code.block = math_block_find(t->function->name);
    return kernel_compile_code(c, code, args, t->n, &m->value);
}

static Status compile_comparison(KernelCompiler *c, const Term *t, KernelMeaning *m) {
    KernelMeaning a = meaning_of(c, t->kid[0]), b = meaning_of(c, t->kid[1]);
    if (t->op == TERM_EQ || t->op == TERM_NE) return kernel_compile_equal(c, t, a, b, m);
    return kernel_compile_less(c, t, a, b, m);
}

// --- choices ---

// What the branches of a choice are.
typedef struct Blend {
    bool levels, numbers, truths;
    bool bits; // constants 0 and 1, which go with numbers and with truths
} Blend;

static void blend(const KernelCompiler *c, Blend *b, const Term *t) {
    KernelMeaning m = meaning_of(c, t);
    if (m.kind == VALUE_LEVEL_KIND)
        b->levels = true;
    else if (m.kind == VALUE_BOOL_KIND)
        b->truths = true;
    else if (is_truth(c, &m))
        b->bits = true;
    else
        b->numbers = true;
}

static Status blended(KernelCompiler *c, const Term *t, const Blend *b, ValueKind *kind) {
    if (b->levels && (b->numbers || b->truths || b->bits))
        return kernel_compile_fault(c, FAULT_TERM_KIND, t,
                                    "chooses between a named value and a number");
    bool truth = b->truths && !b->numbers;
    *kind = b->levels ? VALUE_LEVEL_KIND : truth ? VALUE_BOOL_KIND : VALUE_NUMBER_KIND;
    return OK;
}

static Status select(KernelCompiler *c, const Term *cond, const Term *yes, uint32_t *rest) {
    uint32_t args[] = {meaning_of(c, cond).value, meaning_of(c, yes).value, *rest};
    return kernel_compile_code(c, (KernelCode){.op = KERNEL_SELECT}, args, 3, rest);
}

static Status compile_if(KernelCompiler *c, const Term *t, KernelMeaning *m) {
    Blend b = {0};
    TRY(need_truth(c, t->kid[0]));
    blend(c, &b, t->kid[1]);
    blend(c, &b, t->kid[2]);
    TRY(blended(c, t, &b, &m->kind));
    m->value = meaning_of(c, t->kid[2]).value;
    return select(c, t->kid[0], t->kid[1], &m->value);
}

// Choices from the last row to the first; below the last is nothing.
static Status compile_case(KernelCompiler *c, const Term *t, KernelMeaning *m) {
    Blend b = {0};
    for (uint32_t i = t->nselect; i + 1 < t->n; i += 2) {
        TRY(need_truth(c, t->kid[i]));
        blend(c, &b, t->kid[i + 1]);
    }
    bool done;
    TRY(blended(c, t, &b, &m->kind));
    TRY(kernel_compile_rows(c, t, m, &done));
    if (done) return OK;
    TRY(kernel_value_number(c->graph, NAN, &m->value));
    uint32_t rows = (t->n - t->nselect) / 2;
    while (rows-- > 0) {
        uint32_t i = t->nselect + 2 * rows;
        TRY(select(c, t->kid[i], t->kid[i + 1], &m->value));
    }
    return OK;
}

// --- the whole ---

static Status compile_leaf(KernelCompiler *c, const Term *t, KernelMeaning *m) {
    if (t->op == TERM_LEVEL) {
        m->level = t->sym;
        m->kind = VALUE_LEVEL_KIND;
        return kernel_value_number(c->graph, t->sym->id, &m->value);
    }
    m->kind = t->is_bool ? VALUE_BOOL_KIND : VALUE_NUMBER_KIND;
    return kernel_value_number(c->graph, t->number, &m->value);
}

static Status compile_term(KernelCompiler *c, const Term *t, KernelMeaning *m) {
    switch ((TermOp)t->op) {
    case TERM_NUMBER:
    case TERM_LEVEL:
        return compile_leaf(c, t, m);
    case TERM_VAR:
        return kernel_compile_var(c, t, m);
    case TERM_CALL:
        return compile_call(c, t, m);
    case TERM_IF:
        return compile_if(c, t, m);
    case TERM_CASE:
        return compile_case(c, t, m);
    case TERM_LOOKUP:
        return kernel_compile_lookup(c, t, m);
    case TERM_EQ:
    case TERM_NE:
    case TERM_LT:
    case TERM_LE:
    case TERM_GT:
    case TERM_GE:
        return compile_comparison(c, t, m);
    case TERM_DIST:
    case TERM_MAP:
    case TERM_MIX:
    case TERM_TRUNCATE:
    case TERM_EMPIRICAL:
    case TERM_JOINT:
    case TERM_PART:
        return kernel_compile_fault(c, FAULT_TERM_PLACE, t, "is a distribution");
    case TERM_GUMBEL:
        return kernel_compile_fault(c, FAULT_TERM_PLACE, t, "is no value of its own");
    case TERM_FREE:
        return kernel_compile_fault(c, FAULT_TERM_PLACE, t, "is free");
    default:
        return compile_operator(c, t, m);
    }
}

// A term with a fault inside is not looked at again, so that one slip is reported once.
static Status compile_next(KernelCompiler *c, size_t i, bool *bad) {
    const Term *t = c->order.items[i];
    KernelMeaning m = {.var = MODEL_NONE, .kind = VALUE_NUMBER_KIND};
    for (uint32_t k = 0; k < t->n; k++)
        if (meaning_of(c, t->kid[k]).bad) m.bad = true;
    Status status = m.bad ? OK : compile_term(c, t, &m);
    if (status == FAULT) m.bad = true;
    c->meanings[i] = m;
    *bad = *bad || m.bad;
    return status == FAULT ? OK : status;
}

static Status compile_all(KernelCompiler *c, const Term *term, uint32_t *root) {
    bool bad = false;
    TRY(term_order(term, &c->order));
    c->meanings = MEM_NEW(KernelMeaning, c->order.count);
    if (!c->meanings) return NOMEM;
    for (size_t i = 0; i < c->order.count; i++) TRY(compile_next(c, i, &bad));
    if (bad) return FAULT;
    *root = c->meanings[c->order.count - 1].value;
    c->kernel->kind = c->meanings[c->order.count - 1].kind;
    return OK;
}

Status kernel_compile(Kernel *k, const Model *model, const Term *term, KernelGraph *g,
                      uint32_t *root, Faults *faults) {
    KernelCompiler c = {.model = model, .kernel = k, .graph = g, .faults = faults};
    Status status = compile_all(&c, term, root);
    mem_free(c.meanings);
    term_order_free(&c.order);
    pairmap_free(&c.inputs);
    VEC_FREE(&c.loads);
    return status;
}

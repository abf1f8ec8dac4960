// Kernel: running instructions over blocks of lanes.
#include <math.h>
#include <string.h>

#include "runtime/base/lanes.h"
#include "runtime/model/kernel_code.h"
#include "runtime/model/scalar.h"

// One loop over the lanes of a block. Operands may be the output, lane by lane, which is all
// that the vectoriser needs to know.
#define LANES(expr)                                                                            \
    do {                                                                                       \
        LANES_FREE for (size_t l = 0; l < n; l++) out[l] = (expr);                   \
        return;                                                                                \
    } while (0)

// As num_same, without branches.
static inline bool same_number(double a, double b) {
    double x = fabs(a), y = fabs(b), size = x > y ? x : y;
    bool near = fabs(a - b) <= 1e-12 * size;
    bool finite = size < INFINITY;
    return (a == b) | (near & finite);
}

// NaN when a or b is, else x.
static inline double defined(double a, double b, double x) {
    return a == a && b == b ? x : NAN;
}

// The same, and NaN of equal infinities: numbers beyond all doubles, which of them is the larger
// is lost.
static inline double compared(double a, double b, bool x) {
    return ((a == b) & (fabs(a) == INFINITY)) ? NAN : defined(a, b, (double)x);
}

static inline double both(double a, double b) {
    double x = defined(a, b, 1);
    return a == 0 || b == 0 ? 0 : x;
}

static inline double either(double a, double b) {
    bool yes = (a == a && a != 0) || (b == b && b != 0);
    return yes ? 1 : defined(a, b, 0);
}

static inline double choose(double cond, double yes, double no) {
    double x = cond != 0 ? yes : no;
    return cond == cond ? x : NAN;
}

LANES_CLONES static void run_compare(TermOp op, size_t n, double *out, const double *a, const double *b) {
    switch (op) {
    case TERM_EQ:
        LANES(compared(a[l], b[l], same_number(a[l], b[l])));
    case TERM_NE:
        LANES(compared(a[l], b[l], !same_number(a[l], b[l])));
    case TERM_LT:
        LANES(compared(a[l], b[l], (a[l] < b[l]) & !same_number(a[l], b[l])));
    case TERM_LE:
        LANES(compared(a[l], b[l], (a[l] < b[l]) | same_number(a[l], b[l])));
    case TERM_GT:
        LANES(compared(a[l], b[l], (a[l] > b[l]) & !same_number(a[l], b[l])));
    default:
        LANES(compared(a[l], b[l], (a[l] > b[l]) | same_number(a[l], b[l])));
    }
}

LANES_CLONES static void run_term(TermOp op, size_t n, double *out, const double *a, const double *b) {
    switch (op) {
    case TERM_NEG:
        LANES(-a[l]);
    case TERM_NOT:
        LANES(a[l] == a[l] ? (double)(a[l] == 0) : NAN);
    case TERM_ADD:
        LANES(a[l] + b[l]);
    case TERM_SUB:
        LANES(a[l] - b[l]);
    case TERM_MUL:
        LANES(a[l] * b[l]);
    case TERM_DIV:
        LANES(b[l] == 0 ? NAN : a[l] / b[l]); // not inf: 1/0 has no value
    case TERM_AND:
        LANES(both(a[l], b[l]));
    case TERM_OR:
        LANES(either(a[l], b[l]));
    case TERM_MOD:
    case TERM_POW:
        LANES(scalar_apply(op, a[l], b[l]));
    default:
        run_compare(op, n, out, a, b);
    }
}

static void run_call(const KernelCode *c, size_t n, double *out, const double *const *arg) {
    const MathFunction *f = c->function;
    if (c->block) {
        c->block(n, out, arg[0]);
        return;
    }
    for (size_t l = 0; l < n; l++) {
        double args[MATH_MAX_ARITY];
        for (uint32_t i = 0; i < f->arity; i++) args[i] = arg[i][l];
        out[l] = math_apply(f, args);
    }
}

static void run_gather(const double *cells, size_t n, double *out, const double *at) {
    for (size_t l = 0; l < n; l++) out[l] = isnan(at[l]) ? NAN : cells[(size_t)at[l]];
}

LANES_CLONES static void run_levels(const KernelCode *c, size_t n, double *out,
                                    const uint32_t *level) {
    switch ((KernelOp)c->op) {
    case KERNEL_POSITION:
        LANES((double)level[l]);
    case KERNEL_OFFSET:
        LANES(c->number + (double)level[l]);
    case KERNEL_TABLE:
        LANES(c->cells[level[l]]);
    default:
        LANES((double)(level[l] == c->level));
    }
}

static void run_input(const KernelCode *c, size_t from, size_t n, double *out,
                      const void *input) {
    if (c->op == KERNEL_REAL)
        memcpy(out, (const double *)input + from, n * sizeof *out);
    else
        run_levels(c, n, out, (const uint32_t *)input + from);
}

LANES_CLONES static void run_select(size_t n, double *out, const double *cond,
                                    const double *yes, const double *no) {
    LANES(choose(cond[l], yes[l], no[l]));
}

static void run_code(const KernelCode *c, size_t n, double *out, const double *const *arg) {
    const double *a = arg[0], *b = arg[1], *d = arg[2];
    switch ((KernelOp)c->op) {
    case KERNEL_CONST:
        LANES(c->number);
    case KERNEL_SAME:
        LANES(defined(a[l], b[l], (double)(a[l] == b[l])));
    case KERNEL_SELECT:
        run_select(n, out, a, b, d);
        return;
    case KERNEL_GATHER:
        run_gather(c->cells, n, out, a);
        return;
    case KERNEL_CALL:
        run_call(c, n, out, arg);
        return;
    default:
        run_term((TermOp)c->term, n, out, a, b);
    }
}

double kernel_run_one(const KernelCode *code, const double *args) {
    const double *arg[] = {&args[0], &args[1], &args[2], &args[3]};
    double out;
    run_code(code, 1, &out, arg);
    return out;
}

static bool reads_input(const KernelCode *c) {
    return c->op >= KERNEL_POSITION && c->op <= KERNEL_REAL;
}

// At most KERNEL_BLOCK lanes, from lane `from` on; registers are `stride` doubles apart.
static void run_block(const Kernel *k, size_t from, size_t n, const void *const *inputs,
                      double *work, size_t stride) {
    for (size_t i = 0; i < k->code.count; i++) {
        const KernelCode *c = &k->code.items[i];
        double *out = work + c->out * stride;
        const double *arg[4];
        if (reads_input(c)) {
            run_input(c, from, n, out, inputs[c->input]);
            continue;
        }
        for (int j = 0; j < 4; j++)
            arg[j] = c->arg[j] == KERNEL_NONE ? NULL : work + c->arg[j] * stride;
        run_code(c, n, out, arg);
    }
}

static size_t block_of(size_t lanes) {
    return lanes < KERNEL_BLOCK ? lanes : KERNEL_BLOCK;
}

size_t kernel_work(const Kernel *k, size_t lanes) {
    return k->registers * block_of(lanes);
}

void kernel_run(const Kernel *k, size_t lanes, const void *const *inputs, double *out,
                double *work) {
    size_t stride = block_of(lanes);
    for (size_t from = 0; from < lanes; from += stride) {
        size_t n = lanes - from < stride ? lanes - from : stride;
        run_block(k, from, n, inputs, work, stride);
        memcpy(out + from, work + k->result * stride, n * sizeof *out);
    }
}

// --- tables ---

// Where the levels of one input come from as the combinations are counted through.
typedef struct Wheel {
    size_t stride, count; // combinations until it moves, levels
} Wheel;

static void spin(const Wheel *w, size_t start, size_t n, uint32_t *levels) {
    size_t level = start / w->stride % w->count, since = start % w->stride;
    for (size_t l = 0; l < n; l++) {
        levels[l] = (uint32_t)level;
        if (++since < w->stride) continue;
        since = 0;
        if (++level == w->count) level = 0;
    }
}

typedef struct Tabulation {
    size_t total, block;
    Wheel *wheels;    // of each input
    uint32_t *levels; // a block for each input
    const void **rows;
    double *work;
} Tabulation;

static void set_wheels(const Kernel *k, const Model *model, const uint32_t *vars,
                       uint32_t nvars, Tabulation *t) {
    for (uint32_t i = nvars; i-- > 0;) {
        size_t count = model->vars[vars[i]]->domain->count;
        for (uint32_t j = 0; j < k->inputs.count; j++)
            if (k->inputs.items[j] == vars[i]) t->wheels[j] = (Wheel){t->total, count};
        t->total *= count;
    }
}

static Status tabulate(const Kernel *k, const Ctl *ctl, Tabulation *t, double *out) {
    for (size_t from = 0; from < t->total; from += t->block) {
        size_t n = t->total - from < t->block ? t->total - from : t->block;
        if (ctl_cancelled(ctl)) return CANCELLED;
        for (size_t j = 0; j < k->inputs.count; j++)
            spin(&t->wheels[j], from, n, t->levels + j * t->block);
        kernel_run(k, n, t->rows, out + from, t->work);
    }
    return OK;
}

Status kernel_tabulate(const Kernel *k, const Model *model, const uint32_t *vars,
                       uint32_t nvars, const Ctl *ctl, double *out) {
    size_t inputs = k->inputs.count;
    Tabulation t = {.total = 1, .wheels = MEM_NEW(Wheel, inputs)};
    if (!t.wheels) return NOMEM;
    set_wheels(k, model, vars, nvars, &t);
    t.block = block_of(t.total);
    t.levels = MEM_NEW(uint32_t, inputs * t.block);
    t.rows = MEM_NEW(const void *, inputs);
    t.work = MEM_NEW(double, kernel_work(k, t.block));
    Status status = t.levels && t.rows && t.work ? OK : NOMEM;
    if (status == OK) {
        for (size_t j = 0; j < inputs; j++) t.rows[j] = t.levels + j * t.block;
        status = tabulate(k, ctl, &t, out);
    }
    mem_free(t.wheels);
    mem_free(t.levels);
    mem_free(t.rows);
    mem_free(t.work);
    return status;
}

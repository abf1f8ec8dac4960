// Condition: exact answers within the memory and the time allowed, case by case where needed.
#include "runtime/infer/condition.h"

#include <math.h>

#include "runtime/base/num.h"

enum { NAMED = 8 }; // variables named before "and N more"

// Cells visited in a second, nominally.
static const double RATE = 1e9;

static double seconds(double cells) {
    return cells / RATE;
}

// --- words ---

static void add_scaled(Str *s, double x, const char *const *units, const double *each,
                       size_t count) {
    size_t u = 0;
    for (; u + 1 < count && x >= fmin(each[u], 999.5); u++) x /= each[u];
    num_add_digits(s, x, 3);
    str_printf(s, " %s", units[u]);
}

static void add_bytes(Str *s, double bytes) {
    static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
    static const double each[] = {1024, 1024, 1024, 1024, 1024};
    add_scaled(s, bytes, units, each, sizeof units / sizeof *units);
}

static void add_time(Str *s, double time) {
    static const char *const units[] = {"ms", "s", "min", "h", "days", "years"};
    static const double each[] = {1000, 60, 60, 24, 365};
    add_scaled(s, time * 1000, units, each, sizeof units / sizeof *units);
}

static void add_names(Str *s, const Cutset *c) {
    for (uint32_t i = 0; i < c->count && i < NAMED; i++) {
        if (i) str_add(s, ", ");
        problem_name(c->task->net, c->vars[i], s);
    }
    if (c->count > NAMED) str_printf(s, " and %u more", (unsigned)(c->count - NAMED));
}

static Status refuse(Str *s, Faults *faults) {
    Status status =
        s->failed ? NOMEM : fault_add(faults, FAULT_ASK_TOO_LARGE, 0, "%s", str_text(s));
    str_free(s);
    return status;
}

static Status refuse_memory(const Plan *whole, const CutsetSize *size, const Cutset *c,
                            const Ctl *ctl, Faults *faults) {
    Str s = {0};
    double asked = 1, largest = whole->order.largest;
    uint32_t width = whole->order.width + 1;
    for (uint32_t i = 0; whole->kind == PLAN_JOINT && i < whole->nquery; i++)
        asked *= whole->net.cards[whole->query[i]];
    if (asked >= largest) {
        largest = asked;
        width = whole->nquery;
    }
    str_add(&s, "exact inference would need ");
    add_bytes(&s, size->bytes);
    str_printf(&s, " for its tables, the largest over %u variables with ", (unsigned)width);
    num_add_digits(&s, largest, 3);
    str_add(&s, " cells; the limit is ");
    add_bytes(&s, (double)ctl_memory(ctl));
    double cells = c->cases * c->size.cells;
    if (c->fits || cells > CUTSET_HOPELESS) {
        str_add(&s, "; case by case");
        if (c->fits)
            str_printf(&s, ", on the levels of %u variable%s,", (unsigned)c->count,
                       c->count > 1 ? "s" : "");
        str_add(&s, " it would take ");
        if (c->fits) add_bytes(&s, c->size.bytes);
        str_add(&s, c->fits ? " and about " : "more than ");
        add_time(&s, seconds(fmin(cells, CUTSET_HOPELESS)));
        str_add(&s, "; the budget is ");
        add_time(&s, ctl_budget(ctl));
    }
    return refuse(&s, faults);
}

Status condition_refuse(double bytes, const Ctl *ctl, Faults *faults) {
    Str s = {0};
    str_add(&s, "exact inference would need ");
    add_bytes(&s, bytes);
    str_add(&s, " for its tables, whose entries need exponents of their own; the limit is ");
    add_bytes(&s, (double)ctl_memory(ctl));
    return refuse(&s, faults);
}

static Status refuse_time(const CutsetSize *size, const Ctl *ctl, Faults *faults) {
    Str s = {0};
    str_add(&s, "exact inference would visit ");
    num_add_digits(&s, size->cells, 3);
    str_add(&s, " cells, which takes about ");
    add_time(&s, seconds(size->cells));
    str_add(&s, "; the budget is ");
    add_time(&s, ctl_budget(ctl));
    return refuse(&s, faults);
}

static Status explain(const Cutset *c, const CutsetSize *whole, Derivation *d) {
    Str s = {0};
    if (!d) return OK;
    add_names(&s, c);
    str_printf(&s, ": the tables would take ");
    add_bytes(&s, whole->bytes);
    str_add(&s, " at once, and take ");
    add_bytes(&s, c->size.bytes);
    str_add(&s, " when these are known; each of their ");
    num_add_digits(&s, c->cases, 15);
    str_add(&s, " joint levels is a case of its own");
    Status status = s.failed ? NOMEM : derivation_add(d, "conditioning", "%s", str_text(&s));
    str_clear(&s);
    num_add_digits(&s, c->cases * c->size.cells, 3);
    str_add(&s, " cells in all cases, about ");
    add_time(&s, seconds(c->cases * c->size.cells));
    if (status == OK) status = s.failed ? NOMEM : derivation_result(d, "%s", str_text(&s));
    str_free(&s);
    return status;
}

// --- answering ---

// How far all cases are, while the progress of one is told.
typedef struct Progress {
    const Ctl *ctl;
    double done, cases;
} Progress;

static void tell(void *user, const char *what, double done) {
    const Progress *p = user;
    (void)what;
    p->ctl->progress(p->ctl->user, "case by case", fmin((p->done + done) / p->cases, 1));
}

// The next joint level, the last variable changing fastest; false after the last.
static bool next(Cutset *c) {
    for (uint32_t i = c->count; i-- > 0;) {
        uint32_t v = c->vars[i];
        if (++c->evidence[v] < c->task->net->cards[v]) return true;
        c->evidence[v] = 0;
    }
    return false;
}

static Status answer_case(const ConditionTask *task, const Cutset *c, const Ctl *ctl) {
    Problem p;
    Status status = problem_bind(&c->plan->problem, c->task->net, c->evidence, &p);
    if (status == OK && p.constant > 0) status = task->answer(task->user, c->plan, &p, ctl);
    problem_free(&p);
    return status;
}

static Status answer_cases(const ConditionTask *task, Cutset *c, const Ctl *ctl) {
    Progress progress = {.ctl = ctl, .cases = c->cases};
    Ctl inner = ctl ? *ctl : (Ctl){0};
    Status status = OK;
    inner.memory = ctl_memory(ctl) - (size_t)task->counted.held;
    if (inner.progress) {
        inner.progress = tell;
        inner.user = &progress;
    }
    for (uint32_t v = 0; v < c->task->net->nvars; v++)
        if (c->task->evidence && c->task->evidence[v] != NET_NONE)
            c->evidence[v] = c->task->evidence[v];
    do {
        if (ctl_cancelled(ctl)) return CANCELLED;
        status = answer_case(task, c, &inner);
        progress.done++;
    } while (status == OK && next(c));
    return status;
}

static Status by_cases(const ConditionTask *task, const Plan *plan, const CutsetSize *size,
                       const Ctl *ctl, Derivation *d, Faults *faults) {
    Cutset c;
    Status status = cutset_choose(&task->counted, plan, *size, ctl, &c);
    bool may = c.fits && seconds(c.cases * c.size.cells) <= ctl_budget(ctl);
    if (status == OK && !may) status = refuse_memory(plan, size, &c, ctl, faults);
    if (status == OK) status = explain(&c, size, d);
    if (status == OK) status = answer_cases(task, &c, ctl);
    cutset_free(&c);
    return status;
}

Status condition_answer(ConditionTask *task, const Plan *plan, const Problem *problem,
                        const Ctl *ctl, Derivation *d, Faults *faults) {
    CutsetSize size;
    task->counted.limit = (double)ctl_memory(ctl);
    TRY(cutset_measure(&task->counted, plan, &size));
    if (size.bytes > (double)ctl_memory(ctl))
        return by_cases(task, plan, &size, ctl, d, faults);
    if (seconds(size.cells) > ctl_budget(ctl)) return refuse_time(&size, ctl, faults);
    return task->answer(task->user, plan, problem, ctl);
}

// Cutset: which variables to take level by level so that the rest fits the memory.
#include "runtime/infer/cutset.h"

#include <math.h>
#include <string.h>

#include "runtime/base/mem.h"

// Candidates that are compared by planning what is left without each.
enum { TRIED = 6 };

// Variables that are tried beyond those needed.
enum { MORE = 3 };

// Work in cells that each table costs beside the visits to its cells.
static const double EACH_TABLE = 400;

// Steps that a single look for an order may take, and all of them (as in triangulate.c).
static const double LOOK = 2e6, PATIENCE = 2e9;

// --- counting ---

static double table_cells(const Problem *p, const uint32_t *vars, size_t n) {
    double cells = 1;
    for (size_t i = 0; i < n; i++) cells *= p->cards[vars[i]];
    return cells;
}

// Cells of the clique that is made when number i of the order is eliminated.
static double clique_cells(const Problem *p, const Triangulation *t, uint32_t i) {
    return p->cards[t->order[i]] *
           table_cells(p, t->members + t->start[i], t->start[i + 1] - t->start[i]);
}

Status cutset_measure(const CutsetTask *task, const Plan *plan, CutsetSize *size) {
    const Problem *p = &plan->problem;
    const Triangulation *t = &plan->order;
    TRY(task->bytes(plan, task->limit, &size->bytes));
    size->cells = task->passes * t->cells + EACH_TABLE * ((double)p->nfactors + t->count);
    for (uint32_t f = 0; f < p->nfactors; f++)
        size->cells += table_cells(p, p->factors[f].vars, p->factors[f].nvars);
    return OK;
}

// --- choosing ---

// Plans what is left under c->evidence, looking for an order for about so many steps.
static Status look(Cutset *c, double steps, Plan **plan, CutsetSize *size) {
    TRY(plan_vary(c->whole, c->evidence, fmin(steps / c->size.cells, 1), c->ctl, plan));
    c->work += steps + 20 * (double)(*plan)->order.start[(*plan)->order.count];
    Status status = cutset_measure(c->task, *plan, size);
    size->bytes += c->task->held;
    if (status == OK) return OK;
    plan_drop(*plan);
    *plan = NULL;
    return status;
}

// What share of the cells of all cliques would go if each variable were known and all else
// stayed: in logarithms, to the base of its levels, so that 1 means that no work is added.
static void weigh(Cutset *c) {
    const Plan *plan = c->plan ? c->plan : c->whole;
    const Problem *p = &plan->problem;
    const Triangulation *t = &plan->order;
    const Net *net = c->task->net;
    double total = 0;
    memset(c->relief, 0, net->nvars * sizeof *c->relief);
    for (uint32_t i = 0; i < t->count; i++) {
        double cells = clique_cells(p, t, i);
        total += cells;
        c->relief[p->global[t->order[i]]] += cells;
        for (size_t k = t->start[i]; k < t->start[i + 1]; k++)
            c->relief[p->global[t->members[k]]] += cells;
    }
    for (uint32_t v = 0; v < net->nvars; v++) {
        if (!c->may[v]) c->relief[v] = 0;
        if (c->relief[v] == 0) continue;
        double kept = 1 - c->relief[v] / total * (1 - 1.0 / net->cards[v]);
        c->relief[v] = -log(kept) / log(net->cards[v]);
    }
}

static uint32_t most_relief(const Cutset *c) {
    uint32_t best = NET_NONE;
    for (uint32_t v = 0; v < c->task->net->nvars; v++)
        if (c->relief[v] > 0 && (best == NET_NONE || c->relief[v] > c->relief[best])) best = v;
    return best;
}

// The logarithm of the bytes saved by a variable, beside that of the work added.
static double merit(const Cutset *c, const CutsetSize *size, uint32_t v) {
    double card = c->task->net->cards[v];
    double saved = log(c->size.bytes / size->bytes);
    double added = log(card * size->cells / c->size.cells);
    return saved / (fmax(added, 0) + 0.1 * log(card));
}

static void take(Cutset *c, uint32_t v, Plan *plan, CutsetSize size) {
    c->evidence[v] = 0;
    c->vars[c->count++] = v;
    c->cases *= c->task->net->cards[v];
    plan_drop(c->plan);
    c->plan = plan;
    c->size = size;
}

// Chooses one more variable, unless there is none left: then *any is false.
static Status choose_one(Cutset *c, bool *any) {
    Plan *best_plan = NULL;
    CutsetSize best_size = {0};
    uint32_t best = NET_NONE, tried = c->work < PATIENCE / 2 ? TRIED : 1;
    double most = 0;
    weigh(c);
    for (; tried > 0; tried--) {
        uint32_t v = most_relief(c);
        Plan *plan;
        CutsetSize size;
        if (v == NET_NONE) break;
        c->relief[v] = 0;
        c->evidence[v] = 0;
        Status status = look(c, LOOK, &plan, &size);
        c->evidence[v] = NET_NONE;
        if (status != OK) {
            plan_drop(best_plan);
            return status;
        }
        bool better = best == NET_NONE || merit(c, &size, v) > most;
        plan_drop(better ? best_plan : plan);
        if (!better) continue;
        most = merit(c, &size, v);
        best = v;
        best_plan = plan;
        best_size = size;
    }
    *any = best != NET_NONE;
    if (*any) take(c, best, best_plan, best_size);
    return OK;
}

// What is planned with more patience is kept when it visits fewer cells.
static Status refine(Cutset *c) {
    Plan *plan;
    CutsetSize size;
    TRY(look(c, fmin(0.02 * c->cases * c->size.cells, PATIENCE / 20), &plan, &size));
    bool better = size.bytes <= c->limit && size.cells < c->size.cells;
    plan_drop(better ? c->plan : plan);
    if (!better) return OK;
    c->plan = plan;
    c->size = size;
    return OK;
}

static double all_cells(const Cutset *c) {
    return c->cases * c->size.cells;
}

// Takes the last variables back until `count` are left, for which `plan` is.
static void take_back(Cutset *c, uint32_t count, Plan *plan, CutsetSize size) {
    while (c->count > count) {
        uint32_t v = c->vars[--c->count];
        c->evidence[v] = NET_NONE;
        c->cases /= c->task->net->cards[v];
    }
    plan_drop(c->plan);
    c->plan = plan;
    c->size = size;
}

// A few variables more may save work, since the orders found are not the best.
static Status go_on(Cutset *c) {
    uint32_t count = c->count;
    Plan *plan = plan_keep(c->plan);
    CutsetSize size = c->size;
    double least = all_cells(c);
    Status status = OK;
    bool any = true;
    for (uint32_t i = 0; i < MORE && c->work < PATIENCE; i++) {
        status = choose_one(c, &any);
        if (status != OK || !any) break;
        if (all_cells(c) >= least || c->size.bytes > c->limit) continue;
        least = all_cells(c);
        count = c->count;
        size = c->size;
        plan_drop(plan);
        plan = plan_keep(c->plan);
    }
    take_back(c, count, plan, size);
    return status;
}

static Status choose(Cutset *c) {
    bool any = true;
    while (any && c->size.bytes > c->limit) {
        if (ctl_cancelled(c->ctl)) return CANCELLED;
        if (all_cells(c) > CUTSET_HOPELESS || c->work > PATIENCE) return OK;
        TRY(choose_one(c, &any));
    }
    c->fits = any;
    if (!any) return OK;
    TRY(go_on(c));
    return refine(c);
}

static Status start(const CutsetTask *task, const Plan *whole, CutsetSize size, const Ctl *ctl,
                    Cutset *c) {
    uint32_t n = task->net->nvars;
    *c = (Cutset){.task = task, .whole = whole, .ctl = ctl};
    c->limit = (double)ctl_memory(ctl);
    c->cases = 1;
    c->size = size;
    c->evidence = MEM_NEW(uint32_t, n);
    c->vars = MEM_NEW(uint32_t, n);
    c->may = MEM_NEW(bool, n);
    c->relief = MEM_NEW(double, n);
    if (!c->evidence || !c->vars || !c->may || !c->relief) return NOMEM;
    for (uint32_t v = 0; v < n; v++) {
        c->evidence[v] = whole->evidence[v];
        c->may[v] = whole->kind != PLAN_ARGMAX;
    }
    // A sum cannot be exchanged with a maximum around it.
    for (uint32_t i = 0; i < whole->nquery; i++) c->may[whole->query[i]] = true;
    return OK;
}

Status cutset_choose(const CutsetTask *task, const Plan *whole, CutsetSize size, const Ctl *ctl,
                     Cutset *out) {
    TRY(start(task, whole, size, ctl, out));
    return task->least + task->held <= out->limit ? choose(out) : OK;
}

void cutset_free(Cutset *c) {
    plan_drop(c->plan);
    mem_free(c->evidence);
    mem_free(c->vars);
    mem_free(c->may);
    mem_free(c->relief);
}

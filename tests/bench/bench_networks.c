// Speed of exact inference on the network of a file, in one process for each task.
//
//     bench_networks evidence FILE          the variables that are observed, one a line
//     bench_networks uai FILE               the network in the format of UAI, for peers
//     bench_networks TASK FILE [VARIABLE]...
//
// Each VARIABLE is observed at its first level. Tasks: `all` computes the marginals of all
// variables; `one` the posterior of each of five variables spread over the file. Prints, with
// tabs between: milliseconds (of the processor where RUNG_CPU is set, else of the clock) to
// load, to plan, and to plan and answer (the median of some repetitions; of `one` also over the
// five); the slowest of the five; peak megabytes; cells of the tree; cells that are swept, a
// clique counting once for each of its messages' directions. The task `again` prints the
// milliseconds to plan, to find the plan again, and to compute all marginals by it.
#include <math.h>
#include <sys/resource.h>
#include <time.h>

#include "tests/unit/model_make.h"

#include "runtime/base/vec.h"
#include "runtime/format/format.h"
#include "runtime/format/uai.h"
#include "runtime/infer/ask.h"
#include "runtime/infer/plans.h"
#include "runtime/model/model_import.h"

enum { MOST = 15, ASKED = 5 };

static const double PATIENCE = 200; // milliseconds after which nothing is repeated

typedef struct Bench {
    NetFile file;
    Model *model;
    Net net;
    uint32_t *evidence;
} Bench;

static double now(void) {
    struct timespec t;
    clock_gettime(getenv("RUNG_CPU") ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *times, size_t n) {
    qsort(times, n, sizeof *times, by_value);
    return times[n / 2];
}

// The median time of a task.
static double timed(void (*task)(Bench *b, uint32_t which), Bench *b, uint32_t which) {
    double times[MOST], begin = now();
    size_t n = 0;
    while (n < MOST && (n == 0 || now() - begin < PATIENCE)) {
        double start = now();
        task(b, which);
        times[n++] = now() - start;
    }
    return median(times, n);
}

// --- the network ---

static double load(Bench *b, const char *path) {
    double start = now();
    assert_int_equal(format_read(path, NULL, &b->file, &make.faults), OK);
    assert_int_equal(
        model_import(make.names, &b->file, sym("net"), NULL, &b->model, NULL, &make.faults), OK);
    return now() - start;
}

// The tables as they were printed, as `marginals` takes them.
static void to_net(Bench *b) {
    uint32_t n = b->file.nvars, *cards = MEM_NEW(uint32_t, n);
    NetFactor *factors = MEM_NEW(NetFactor, n);
    b->evidence = MEM_NEW(uint32_t, n);
    for (uint32_t v = 0; v < n; v++) {
        const NetVar *var = &b->file.vars[v];
        uint32_t *vars = MEM_NEW(uint32_t, var->nparents + 1);
        for (uint32_t i = 0; i < var->nparents; i++) vars[i] = var->parents[i];
        vars[var->nparents] = v;
        cards[v] = var->nlevels;
        factors[v] = net_factor(var->nparents + 1, vars, var->table, v);
        b->evidence[v] = NET_NONE;
    }
    b->net = (Net){.nvars = n, .cards = cards, .nfactors = n, .factors = factors};
}

static void net_done(Bench *b) {
    for (uint32_t v = 0; v < b->net.nvars; v++) mem_free((void *)b->net.factors[v].vars);
    mem_free((void *)b->net.factors);
    mem_free((void *)b->net.cards);
    mem_free(b->evidence);
}

static uint32_t find(const Bench *b, const char *name) {
    uint32_t v = 0;
    while (v < b->file.nvars && strcmp(b->file.vars[v].name, name) != 0) v++;
    if (v == b->file.nvars) fail_msg("no variable %s", name);
    return v;
}

// Variables 0, k, 2k, 3k and 4k of 5k or a few more, each but those that are impossible after
// those before.
static void choose(Bench *b) {
    for (uint32_t i = 0; i < 5; i++) {
        uint32_t v = i * (b->net.nvars / 5);
        NetTable table;
        b->evidence[v] = 0;
        assert_int_equal(engine_eliminate.joint(&b->net, b->evidence, NULL, 0, NULL, NULL,
                                                &table, &make.faults),
                         OK);
        if (table.values[0] > 0)
            printf("%s\n", b->file.vars[v].name);
        else
            b->evidence[v] = NET_NONE;
        net_table_free(&table);
    }
}

// --- tasks ---

static void plan(Bench *b, uint32_t which) {
    Plan *plan;
    (void)which;
    assert_int_equal(plan_find(&b->net, b->evidence, PLAN_MARGINALS, NULL, 0, NULL, &plan), OK);
    plan_drop(plan);
}

static void answer_all(Bench *b, uint32_t which) {
    size_t cells = 0;
    (void)which;
    for (uint32_t v = 0; v < b->net.nvars; v++) cells += b->net.cards[v];
    double *values = MEM_NEW(double, cells), **out = MEM_NEW(double *, b->net.nvars), log_z;
    double *at = values;
    for (uint32_t v = 0; v < b->net.nvars; at += b->net.cards[v++]) out[v] = at;
    assert_int_equal(net_marginals(&b->net, b->evidence, NULL, NULL, out, &log_z, &make.faults),
                     OK);
    assert_true(log_z > -(double)INFINITY);
    mem_free(out);
    mem_free(values);
}

// What the model keeps of earlier questions is given up.
static void forget(Bench *b) {
    plans_free(b->model->memo->data);
    b->model->memo->data = NULL;
}

// The question for P(variable | evidence), from its text's parts to the answer, as if it were
// the first.
static void answer_one(Bench *b, uint32_t which) {
    VEC(Cond) conds = {0};
    forget(b);
    for (uint32_t v = 0; v < b->net.nvars; v++) {
        const NetVar *var = &b->file.vars[v];
        if (b->evidence[v] == NET_NONE) continue;
        Cond cond = {.kind = COND_EVENT, .term = is(var->name, var->levels[0])};
        assert_true(VEC_PUSH(&conds, cond));
    }
    Term *asked = V(b->file.vars[which].name);
    Question q = {.head = ASK_P,
                  .args = &asked,
                  .nargs = 1,
                  .conds = conds.items,
                  .nconds = (uint32_t)conds.count};
    Answer answer;
    assert_int_equal(ask(b->model, &q, NULL, NULL, NULL, &answer, &make.faults), OK);
    answer_free(&answer);
    term_drop(asked);
    for (size_t i = 0; i < conds.count; i++) term_drop(conds.items[i].term);
    VEC_FREE(&conds);
}

// --- what is told ---

static void tell_uai(const Bench *b) {
    Str text = {0};
    assert_int_equal(uai_write(&b->file, &text, &make.faults), OK);
    fputs(str_text(&text), stdout);
    str_free(&text);
}

// The cells that are swept: each clique once downwards, and once more when it tells its parent.
static void tell_tree(const Bench *b) {
    Plan *plan;
    double swept = 0;
    assert_int_equal(plan_find(&b->net, b->evidence, PLAN_MARGINALS, NULL, 0, NULL, &plan), OK);
    for (uint32_t k = 0; k < plan->tree.count; k++) {
        const JointreeClique *c = &plan->tree.cliques[k];
        swept += c->unit || c->parent == NET_NONE ? c->cells : 2 * c->cells;
    }
    printf("\t%.0f\t%.0f\n", plan->tree.cells, swept);
    plan_drop(plan);
}

static double peak(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

static void tell_all(Bench *b, double loading) {
    double all = timed(answer_all, b, 0), most = peak();
    printf("%.4f\t%.4f\t%.4f\t%.4f\t%.2f", loading, timed(plan, b, 0), all, all, most);
    tell_tree(b);
}

// The first variable from `v` on, cyclically, that is not observed; all may be.
static uint32_t open_from(const Bench *b, uint32_t v) {
    for (uint32_t i = 0; i < b->net.nvars; i++, v = (v + 1) % b->net.nvars)
        if (b->evidence[v] == NET_NONE) return v;
    return v;
}

static void tell_one(Bench *b, double loading) {
    double times[ASKED];
    for (uint32_t i = 0; i < ASKED; i++)
        times[i] = timed(answer_one, b, open_from(b, b->net.nvars * (2 * i + 1) / (2 * ASKED)));
    double middle = median(times, ASKED);
    printf("%.4f\t0\t%.4f\t%.4f\t%.2f\t0\t0\n", loading, middle, times[ASKED - 1], peak());
}

// What it takes to plan, to find the plan again, and to answer with a plan that is kept.
static void tell_again(Bench *b) {
    double made = timed(plan, b, 0);
    for (uint32_t f = 0; f < b->net.nfactors; f++) {
        NetFactor *factor = (NetFactor *)&b->net.factors[f];
        factor->sums = net_sums_to_one(&b->net, factor) ? NET_SUMS_ONE : NET_SUMS_OTHER;
    }
    b->net.plans = plans_of(b->model);
    plan(b, 0);
    double found = timed(plan, b, 0);
    printf("%.4f\t%.4f\t%.4f\n", made, found, timed(answer_all, b, 0));
}

int main(int argc, char **argv) {
    Bench b = {.model = NULL};
    if (argc < 3) return 2;
    make_start();
    double loading = load(&b, argv[2]);
    to_net(&b);
    for (int i = 3; i < argc; i++) b.evidence[find(&b, argv[i])] = 0;
    if (strcmp(argv[1], "evidence") == 0)
        choose(&b);
    else if (strcmp(argv[1], "uai") == 0)
        tell_uai(&b);
    else if (strcmp(argv[1], "one") == 0)
        tell_one(&b, loading);
    else if (strcmp(argv[1], "again") == 0)
        tell_again(&b);
    else
        tell_all(&b, loading);
    net_done(&b);
    model_drop(b.model);
    netfile_free(&b.file);
    make_end();
    return 0;
}

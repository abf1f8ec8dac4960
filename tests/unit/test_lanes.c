// Tests of runtime/base/lanes: the loops of runtime/infer/kernel as they are chosen for this
// machine against the same loops without clones, bit for bit.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/rng.h"
#include "runtime/infer/kernel.h"

// The same functions once more, under other names.
__typeof__(kernel_set) plain_set, plain_set_log;
__typeof__(kernel_multiply) plain_multiply, plain_add_log;
__typeof__(kernel_set_product) plain_set_product, plain_sum_product;
__typeof__(kernel_sum) plain_sum, plain_max;
__typeof__(kernel_range) plain_range;
__typeof__(kernel_filled) plain_filled;
__typeof__(kernel_scale) plain_scale;
__typeof__(kernel_divide) plain_divide;
__typeof__(kernel_rows_scale) plain_rows_scale;
__typeof__(kernel_rows_fill) plain_rows_fill;
__typeof__(kernel_rows_set) plain_rows_set;
__typeof__(kernel_rows_set_product) plain_rows_set_product;
__typeof__(kernel_rows_multiply) plain_rows_multiply;
__typeof__(kernel_rows_sum) plain_rows_sum, plain_rows_sum_one;
__typeof__(kernel_rows_sum_product) plain_rows_sum_product;
__typeof__(kernel_rows_any) plain_rows_any;

static const struct {
    __typeof__(kernel_set) *set, *set_log;
    __typeof__(kernel_multiply) *multiply, *add_log;
    __typeof__(kernel_set_product) *set_product, *sum_product;
    __typeof__(kernel_sum) *sum, *max;
    __typeof__(kernel_range) *range;
    __typeof__(kernel_filled) *filled;
    __typeof__(kernel_scale) *scale;
    __typeof__(kernel_divide) *divide;
    __typeof__(kernel_rows_scale) *rows_scale;
    __typeof__(kernel_rows_fill) *rows_fill;
    __typeof__(kernel_rows_set) *rows_set;
    __typeof__(kernel_rows_set_product) *rows_set_product;
    __typeof__(kernel_rows_multiply) *rows_multiply;
    __typeof__(kernel_rows_sum) *rows_sum, *rows_sum_one;
    __typeof__(kernel_rows_sum_product) *rows_sum_product;
    __typeof__(kernel_rows_any) *rows_any;
} loops[] = {
    {kernel_set,           kernel_set_log,     kernel_multiply,     kernel_add_log,
     kernel_set_product,   kernel_sum_product, kernel_sum,          kernel_max,
     kernel_range,         kernel_filled,      kernel_scale,        kernel_divide,
     kernel_rows_scale,    kernel_rows_fill,   kernel_rows_set,     kernel_rows_set_product,
     kernel_rows_multiply, kernel_rows_sum,    kernel_rows_sum_one, kernel_rows_sum_product,
     kernel_rows_any},
    {plain_set,           plain_set_log,     plain_multiply,     plain_add_log,
     plain_set_product,   plain_sum_product, plain_sum,          plain_max,
     plain_range,         plain_filled,      plain_scale,        plain_divide,
     plain_rows_scale,    plain_rows_fill,   plain_rows_set,     plain_rows_set_product,
     plain_rows_multiply, plain_rows_sum,    plain_rows_sum_one, plain_rows_sum_product,
     plain_rows_any},
};

#define LANES_PLAIN
#define kernel_set plain_set
#define kernel_set_log plain_set_log
#define kernel_multiply plain_multiply
#define kernel_add_log plain_add_log
#define kernel_set_product plain_set_product
#define kernel_sum_product plain_sum_product
#define kernel_sum plain_sum
#define kernel_max plain_max
#define kernel_range plain_range
#define kernel_filled plain_filled
#define kernel_scale plain_scale
#define kernel_divide plain_divide
#define kernel_rows_scale plain_rows_scale
#define kernel_rows_fill plain_rows_fill
#define kernel_rows_set plain_rows_set
#define kernel_rows_set_product plain_rows_set_product
#define kernel_rows_multiply plain_rows_multiply
#define kernel_rows_sum plain_rows_sum
#define kernel_rows_sum_one plain_rows_sum_one
#define kernel_rows_sum_product plain_rows_sum_product
#define kernel_rows_any plain_rows_any
#include "runtime/infer/kernel.c"

enum { CELLS = 4096, LEVELS = 4 };

typedef struct Setting {
    Rng rng;
    double table[CELLS], other[CELLS], start[CELLS], scales[CELLS], room[CELLS];
    double made[2][CELLS];
    uint32_t index[CELLS];
    size_t offsets[CELLS];
    KernelLevel levels[LEVELS];
    KernelAccess access;
    KernelRows rows;
    size_t cells;
} Setting;

static uint32_t below(Setting *s, uint32_t n) {
    return (uint32_t)rng_below(&s->rng, n);
}

static void fill(Setting *s, double *values) {
    for (size_t i = 0; i < CELLS; i++) values[i] = below(s, 4) ? rng_unit(&s->rng) : 0;
}

// Random tiles and levels whose entries all lie within the table.
static void set_access(Setting *s) {
    KernelAccess *a = &s->access;
    uint32_t kind = below(s, 3);
    *a = (KernelAccess){.repeat = 1, .tile = 1, .levels = s->levels, .room = s->room};
    if (kind != 1) a->repeat = 1 + below(s, 10);
    if (kind != 0) a->tile = 1 + below(s, 20);
    if (kind == 1 && a->tile == 1) a->tile = 2;
    if (kind == 2) a->index = s->index;
    for (size_t i = 0; i < a->tile; i++) s->index[i] = (uint32_t)i * 3;
    s->cells = a->repeat * a->tile;
    for (size_t stride = 3 * a->tile; a->nlevels < LEVELS; a->nlevels++) {
        size_t count = 1 + below(s, 6);
        if (s->cells * count > CELLS || stride * count > CELLS) break;
        s->levels[a->nlevels] =
            (KernelLevel){.count = count, .stride = below(s, 3) ? stride : 0};
        s->cells *= count;
        stride *= count;
    }
}

// Random rows; `one`: of tables with an entry for each.
static void set_rows(Setting *s, bool indexed) {
    KernelRows *r = &s->rows;
    *r = (KernelRows){.width = 1 + below(s, 70), .table = s->table, .offsets = s->offsets};
    r->count = 1 + below(s, 30);
    r->step = 1 + below(s, 3);
    if (indexed) r->index = s->index;
    for (size_t i = 0; i < r->width; i++) s->index[i] = below(s, 70);
    for (size_t i = 0; i < r->count * r->step; i++)
        s->offsets[i] = i && below(s, 2) ? s->offsets[i - 1] : below(s, CELLS - 70);
}

static void check(Setting *s, uint64_t seed, const char *what) {
    if (memcmp(s->made[0], s->made[1], sizeof s->made[0]) != 0)
        fail_msg("seed %llu: %s", (unsigned long long)seed, what);
}

// Runs the call for both sets of loops, `l` and `to`, which starts as it always does.
#define BOTH(...)                                                                              \
    do {                                                                                       \
        for (size_t k = 0; k < 2; k++) {                                                       \
            double *to = memcpy(s->made[k], s->start, sizeof s->start);                        \
            loops[k].__VA_ARGS__;                                                              \
        }                                                                                      \
        check(s, seed, #__VA_ARGS__);                                                          \
    } while (0)

static void check_blocks(Setting *s, uint64_t seed) {
    set_access(s);
    BOTH(set(to, s->cells, &s->access, s->table, 0.7));
    BOTH(set_log(to, s->cells, &s->access, s->table, 0.7));
    BOTH(multiply(to, s->cells, &s->access, s->table));
    BOTH(add_log(to, s->cells, &s->access, s->table));
    BOTH(sum(s->table, s->cells, &s->access, to));
    BOTH(max(s->table, s->cells, &s->access, to));
    BOTH(set_product(to, s->cells, s->table, s->other, 0.7));
    BOTH(sum_product(to, s->cells, s->table, s->other, 0.7));
    BOTH(scale(to, s->cells, 0.7));
    BOTH(divide(to, s->other, s->cells));
    BOTH(rows_any(s->table, 1 + seed % 9, s->cells / (1 + seed % 9), (uint8_t *)to));
    double most[2], least[2];
    size_t filled[2];
    for (size_t k = 0; k < 2; k++)
        loops[k].range(s->table, s->cells, &most[k], &least[k], &filled[k]);
    assert_true(most[0] == most[1] && least[0] == least[1] && filled[0] == filled[1]);
    assert_true(filled[0] == loops[0].filled(s->table, s->cells));
    assert_true(filled[0] == loops[1].filled(s->table, s->cells));
}

static void check_rows(Setting *s, uint64_t seed) {
    set_rows(s, seed % 2);
    const KernelRows *rows = &s->rows;
    BOTH(rows_scale(to, rows));
    BOTH(rows_fill(to, rows->count, rows->width, s->scales));
    BOTH(rows_set(to, rows, s->scales));
    BOTH(rows_multiply(to, rows));
    BOTH(rows_sum(to, rows, s->other));
    BOTH(rows_sum_one(to, rows, s->other));
    set_rows(s, false);
    KernelRows beside = *rows;
    beside.offsets = s->offsets + rows->step - 1;
    BOTH(rows_set_product(to, rows, &beside, s->scales));
    BOTH(rows_sum_product(to, rows, s->other, &beside));
}

static void clones_do_the_same(void **state) {
    (void)state;
    static Setting setting;
    Setting *s = &setting;
    const char *text = getenv("RUNG_SEEDS");
    for (uint64_t seed = 1; seed <= (text ? strtoull(text, NULL, 10) : 200); seed++) {
        rng_seed(&s->rng, seed, 11);
        fill(s, s->table);
        fill(s, s->other);
        fill(s, s->start);
        fill(s, s->scales);
        check_blocks(s, seed);
        check_rows(s, seed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(clones_do_the_same)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

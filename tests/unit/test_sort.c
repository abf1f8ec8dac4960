// Tests of sort: the order, what is equal, and what an interruption leaves.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/mem.h"
#include "runtime/base/rng.h"
#include "runtime/base/sort.h"

typedef struct Item {
    uint32_t key, place;
} Item;

static int by_key(const void *a, const void *b) {
    const Item *x = a, *y = b;
    return (x->key > y->key) - (x->key < y->key);
}

static Item *random_items(Rng *rng, size_t n, uint32_t keys) {
    Item *items = MEM_NEW(Item, n);
    assert_non_null(items);
    for (size_t i = 0; i < n; i++) items[i] = (Item){(uint32_t)rng_below(rng, keys), (uint32_t)i};
    return items;
}

static void sorts_and_keeps_the_order_of_equals(void **state) {
    (void)state;
    static const size_t sizes[] = {0, 1, 2, 7, 8, 9, 16, 17, 63, 64, 65, 1000, 40000};
    Rng rng;
    rng_seed(&rng, 5, 1);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (uint32_t keys = 1; keys < 100000; keys *= 7) {
            size_t n = sizes[s];
            Item *items = random_items(&rng, n, keys);
            assert_int_equal(sort_items(items, n, sizeof *items, by_key, NULL), OK);
            for (size_t i = 1; i < n; i++) {
                assert_true(items[i - 1].key <= items[i].key);
                if (items[i - 1].key == items[i].key)
                    assert_true(items[i - 1].place < items[i].place);
            }
            mem_free(items);
        }
}

// Cancelled after so many looks.
static bool late(void *owner) {
    int *left = owner;
    return (*left)-- <= 0;
}

static void keeps_all_items_when_interrupted(void **state) {
    (void)state;
    enum { N = 100000 };
    bool *seen = MEM_NEW(bool, N);
    Rng rng;
    rng_seed(&rng, 5, 2);
    for (int looks = 0; looks < 90; looks += 3) {
        int left = looks;
        Ctl ctl = {.late = late, .owner = &left};
        Item *items = random_items(&rng, N, 1000);
        assert_int_equal(sort_items(items, N, sizeof *items, by_key, &ctl), CANCELLED);
        memset(seen, 0, N);
        for (size_t i = 0; i < N; i++) {
            assert_false(seen[items[i].place]);
            seen[items[i].place] = true;
        }
        mem_free(items);
    }
    mem_free(seen);
}

static void needs_memory(void **state) {
    (void)state;
    Item items[] = {{2, 0}, {1, 1}};
    mem_fail_after(0, 0);
    assert_int_equal(sort_items(items, 2, sizeof *items, by_key, NULL), NOMEM);
    mem_fail_after(-1, 0);
    assert_int_equal(items[0].key + items[1].key, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_and_keeps_the_order_of_equals),
        cmocka_unit_test(keeps_all_items_when_interrupted),
        cmocka_unit_test(needs_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

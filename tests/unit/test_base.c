// Tests of runtime/base: memory, arena, vectors, text, names, sets, random numbers,
// derivations.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/arena.h"
#include "runtime/base/bitset.h"
#include "runtime/base/ctl.h"
#include "runtime/base/cycle.h"
#include "runtime/base/derivation.h"
#include "runtime/base/fault.h"
#include "runtime/base/mem.h"
#include "runtime/base/rng.h"
#include "runtime/base/str.h"
#include "runtime/base/sym.h"
#include "runtime/base/vec.h"

// --- memory ---

static void new_memory_is_zeroed(void **state) {
    (void)state;
    uint64_t *block = MEM_NEW(uint64_t, 100);
    for (size_t i = 0; i < 100; i++) assert_int_equal(block[i], 0);
    mem_free(block);
    void *empty = mem_new(0, 8);
    assert_non_null(empty);
    mem_free(empty);
    mem_free(NULL);
}

static void overflowing_sizes_fail(void **state) {
    (void)state;
    assert_null(mem_new(SIZE_MAX / 2, 3));
    assert_null(mem_resize(NULL, SIZE_MAX, 2));
}

static void a_plan_fails_one_allocation(void **state) {
    (void)state;
    mem_fail_after(1, 0);
    void *a = mem_new(1, 1), *b = mem_new(1, 1), *c = mem_new(1, 1);
    assert_non_null(a);
    assert_null(b);
    assert_non_null(c);
    assert_int_equal(mem_count(), 3);
    mem_free(a);
    mem_free(c);
    mem_fail_after(-1, 0);
}

static void a_plan_fails_all_later_ones(void **state) {
    (void)state;
    char *kept = mem_new(4, 1);
    memcpy(kept, "abc", 4);
    mem_fail_after(0, 1);
    assert_null(mem_new(1, 1));
    assert_null(mem_resize(kept, 100, 1));
    assert_string_equal(kept, "abc");
    mem_fail_after(-1, 0);
    kept = mem_resize(kept, 100, 1);
    assert_string_equal(kept, "abc");
    mem_free(kept);
}

static void arena_blocks_do_not_overlap(void **state) {
    (void)state;
    Arena arena = {0};
    unsigned char *blocks[300];
    for (size_t i = 0; i < 300; i++) {
        blocks[i] = arena_new(&arena, i);
        assert_int_equal((uintptr_t)blocks[i] % _Alignof(max_align_t), 0);
        for (size_t k = 0; k < i; k++) assert_int_equal(blocks[i][k], 0);
        memset(blocks[i], (int)(i % 251), i);
    }
    for (size_t i = 0; i < 300; i++)
        for (size_t k = 0; k < i; k++) assert_int_equal(blocks[i][k], i % 251);
    double *large = ARENA_ARRAY(&arena, double, 1000000);
    for (size_t i = 0; i < 1000000; i++) assert_true(large[i] == 0);
    assert_string_equal(arena_text(&arena, "abcdef", 3), "abc");
    assert_null(arena_array(&arena, SIZE_MAX / 4, 8));
    arena_free(&arena);
    assert_non_null(arena_new(&arena, 1));
    arena_free(&arena);
}

static void arena_reports_exhaustion(void **state) {
    (void)state;
    Arena arena = {0};
    mem_fail_after(0, 1);
    assert_null(arena_new(&arena, 1));
    mem_fail_after(-1, 0);
    assert_non_null(arena_new(&arena, 1));
    arena_free(&arena);
}

static void vectors_grow(void **state) {
    (void)state;
    VEC(int) v = {0};
    for (int i = 0; i < 1000; i++) assert_true(VEC_PUSH(&v, i));
    assert_int_equal(v.count, 1000);
    for (int i = 0; i < 1000; i++) assert_int_equal(v.items[i], i);
    assert_true(VEC_RESERVE(&v, 5000));
    assert_true(v.room >= 5000);
    mem_fail_after(0, 1);
    assert_false(VEC_RESERVE(&v, 100000));
    mem_fail_after(-1, 0);
    assert_int_equal(v.count, 1000);
    assert_int_equal(v.items[999], 999);
    VEC_FREE(&v);
    assert_null(v.items);
}

// --- text ---

static void text_is_put_together(void **state) {
    (void)state;
    Str s = {0};
    assert_string_equal(str_text(&s), "");
    str_add(&s, "ab");
    str_add_char(&s, 'c');
    str_add_n(&s, "defg", 2);
    str_fill(&s, '-', 3);
    str_printf(&s, "%d %s", 42, "x");
    assert_string_equal(str_text(&s), "abcde---42 x");
    assert_int_equal(s.len, 12);
    for (int i = 0; i < 1000; i++) str_add(&s, "0123456789");
    assert_int_equal(s.len, 10012);
    char *text = str_take(&s);
    assert_int_equal(strlen(text), 10012);
    mem_free(text);
    assert_string_equal(str_text(&s), "");
    str_add(&s, "again");
    str_clear(&s);
    assert_string_equal(str_text(&s), "");
    str_free(&s);
}

static void taking_an_empty_text_gives_one(void **state) {
    (void)state;
    Str s = {0};
    char *text = str_take(&s);
    assert_string_equal(text, "");
    mem_free(text);
}

static void text_remembers_a_failure(void **state) {
    (void)state;
    Str s = {0};
    mem_fail_after(0, 0);
    str_add(&s, "lost");
    mem_fail_after(-1, 0);
    str_add(&s, "kept out");
    assert_true(s.failed);
    assert_null(str_take(&s));
    str_add(&s, "fresh");
    assert_string_equal(str_text(&s), "fresh");
    str_free(&s);
}

// What is made of a lost text is lost, whether it had a beginning or not.
static void what_has_a_lost_text_is_lost(void **state) {
    (void)state;
    for (int begun = 0; begun < 2; begun++) {
        Str part = {0}, whole = {0}, other = {0};
        if (begun) str_add(&part, "a beginning");
        mem_fail_after(0, 0);
        str_fill(&part, '-', 100);
        mem_fail_after(-1, 0);
        str_printf(&whole, "the part is %s, as said", str_text(&part));
        assert_true(whole.failed);
        str_add(&other, str_text(&part));
        assert_true(other.failed);
        str_clear(&other);
        str_add(&other, "\xFF is no reason");
        assert_false(other.failed);
        str_free(&part);
        str_free(&whole);
        str_free(&other);
    }
}

// A lost text is found among arguments of every kind; what it reads as, elsewhere, is text.
static void only_the_lost_text_itself_is_lost(void **state) {
    (void)state;
    Str part = {0}, whole = {0}, copy = {0};
    str_add(&part, "a beginning");
    mem_fail_after(0, 0);
    str_fill(&part, '-', 100);
    mem_fail_after(-1, 0);
    char like[64];
    (void)snprintf(like, sizeof like, "%s", str_text(&part));
    str_printf(&copy, "%s, %.3s", like, like);
    str_add(&copy, like);
    assert_false(copy.failed);
    str_printf(&copy, "%*d%% %-5u %.*f %zu %lld %c %#x %.2s", 4, 1, 2u, 1, 2.5, (size_t)3, 4LL, 'c',
               5u, "text");
    assert_false(copy.failed);
    assert_non_null(strstr(str_text(&copy), "   1% 2     2.5 3 4 c 0x5 te"));
    str_printf(&whole, "%*d%% %-5u %.*f %zu %lld %c %#x %.*s", 4, 1, 2u, 1, 2.5, (size_t)3, 4LL,
               'c', 5u, (int)part.len, str_text(&part));
    assert_true(whole.failed);
    str_free(&part);
    str_free(&whole);
    str_free(&copy);
}

// --- names ---

static void equal_names_are_the_same_pointer(void **state) {
    (void)state;
    Interner *in = intern_new();
    Sym first = intern_z(in, "X");
    assert_ptr_equal(first, intern(in, "XY", 1));
    assert_ptr_not_equal(first, intern_z(in, "XY"));
    assert_string_equal(first->text, "X");
    assert_int_equal(first->len, 1);
    assert_int_equal(first->id, 0);
    assert_int_equal(intern_count(in), 2);
    intern_free(in);
}

static void thousands_of_names_stay_apart(void **state) {
    (void)state;
    Interner *in = intern_new();
    char name[16];
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "v%u", (unsigned)i);
        assert_int_equal(intern_z(in, name)->id, i);
    }
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "v%u", (unsigned)i);
        assert_ptr_equal(intern_z(in, name), intern_at(in, i));
    }
    assert_int_equal(intern_count(in), 5000);
    intern_free(in);
}

static void interning_survives_any_failed_allocation(void **state) {
    (void)state;
    bool done = false;
    for (long n = 0; !done; n++) {
        mem_fail_after(n, 0);
        Interner *in = intern_new();
        done = in != NULL;
        char name[16];
        for (int i = 0; in && i < 100; i++) {
            snprintf(name, sizeof name, "v%d", i);
            if (!intern_z(in, name)) done = false;
        }
        mem_fail_after(-1, 0);
        if (in) {
            assert_string_equal(intern_z(in, "v99")->text, "v99");
            intern_free(in);
        }
        assert_true(n < 10000);
    }
}

// --- sets ---

static void sets_behave_like_flags(void **state) {
    (void)state;
    enum { N = 200 };
    Rng rng;
    rng_seed(&rng, 3, 0);
    Word a[4], b[4], both[4];
    bool in_a[N] = {false}, in_b[N] = {false};
    assert_int_equal(bits_words(N), 4);
    assert_int_equal(bits_words(64), 1);
    assert_int_equal(bits_words(0), 0);
    bits_clear(a, 4);
    bits_clear(b, 4);
    for (int k = 0; k < 2000; k++) {
        size_t i = rng_below(&rng, N);
        bool add = rng_below(&rng, 2);
        if (add)
            bits_add(a, i);
        else
            bits_drop(a, i);
        in_a[i] = add;
        i = rng_below(&rng, N);
        bits_add(b, i);
        in_b[i] = true;
        if (k % 50) continue;
        size_t count = 0, common = 0, from = 0;
        for (size_t v = 0; v < N; v++) {
            assert_int_equal(bits_has(a, v), in_a[v]);
            if (in_a[v]) {
                assert_int_equal(bits_next(a, 4, from), v);
                from = v + 1;
                count++;
            }
            common += in_a[v] && in_b[v];
        }
        assert_int_equal(bits_next(a, 4, from), 4 * 64);
        assert_int_equal(bits_count(a, 4), count);
        assert_int_equal(bits_meet(a, b, 4), common > 0);
        assert_int_equal(bits_within(a, b, 4), common == count);
        bits_copy(both, a, 4);
        bits_and(both, b, 4);
        assert_int_equal(bits_count(both, 4), common);
        bits_or(both, a, 4);
        assert_true(bits_equal(both, a, 4));
        bits_andnot(both, a, 4);
        assert_true(bits_empty(both, 4));
    }
}

// --- random numbers ---

static void streams_repeat_and_differ(void **state) {
    (void)state;
    Rng a, b, c, d;
    rng_seed(&a, 1, 0);
    rng_seed(&b, 1, 0);
    rng_seed(&c, 1, 1);
    rng_seed(&d, 2, 0);
    bool c_differs = false, d_differs = false;
    for (int i = 0; i < 100; i++) {
        uint64_t x = rng_next(&a);
        assert_int_equal(x, rng_next(&b));
        c_differs |= x != rng_next(&c);
        d_differs |= x != rng_next(&d);
    }
    assert_true(c_differs && d_differs);
}

// The reference output of xoshiro256** from the state 1, 2, 3, 4, by the definition: the first
// is rotl(2 * 5, 7) * 9 = 1280 * 9.
static void the_generator_is_xoshiro(void **state) {
    (void)state;
    Rng rng = {{1, 2, 3, 4}};
    assert_int_equal(rng_next(&rng), 11520);
    assert_int_equal(rng_next(&rng), 0);
    assert_int_equal(rng_next(&rng), 1509978240);
}

// With 40,000 draws, six standard deviations of a mean of uniforms are 0.009.
static void draws_are_uniform(void **state) {
    (void)state;
    Rng rng;
    rng_seed(&rng, 7, 0);
    double sum = 0;
    size_t counts[5] = {0};
    for (int i = 0; i < 40000; i++) {
        double u = rng_unit(&rng);
        assert_true(u >= 0 && u < 1);
        sum += u;
        counts[rng_below(&rng, 5)]++;
    }
    assert_true(fabs(sum / 40000 - 0.5) < 0.009);
    for (int k = 0; k < 5; k++) assert_true(counts[k] > 7500 && counts[k] < 8500);
    assert_int_equal(rng_below(&rng, 1), 0);
}

// --- derivations, faults, limits ---

static void derivations_collect_steps(void **state) {
    (void)state;
    Derivation d = {0};
    assert_int_equal(derivation_add(NULL, "nobody", "listens"), OK);
    assert_int_equal(derivation_result(&d, "nothing yet"), OK);
    assert_int_equal(derivation_add(&d, "pruned", "%s and %d more", "X", 3), OK);
    assert_int_equal(derivation_result(&d, "first"), OK);
    assert_int_equal(derivation_result(&d, "P(%s)", "Y"), OK);
    assert_int_equal(derivation_add(&d, "surgery", "cut"), OK);
    assert_int_equal(d.count, 2);
    assert_string_equal(d.items[0].rule, "pruned");
    assert_string_equal(d.items[0].text, "X and 3 more");
    assert_string_equal(d.items[0].result, "P(Y)");
    assert_null(d.items[1].result);
    derivation_free(&d);
    assert_int_equal(d.count, 0);
}

static void derivations_survive_any_failed_allocation(void **state) {
    (void)state;
    Status status = NOMEM;
    for (long n = 0; status != OK; n++) {
        Derivation d = {0};
        mem_fail_after(n, 0);
        status = derivation_add(&d, "rule", "text");
        if (status == OK) status = derivation_result(&d, "result");
        mem_fail_after(-1, 0);
        assert_true(status == OK || status == NOMEM);
        derivation_free(&d);
    }
}

static void faults_carry_code_place_and_hint(void **state) {
    (void)state;
    Faults faults = {0};
    assert_int_equal(fault_add(&faults, FAULT_MODEL_CYCLE, 7, "%s causes itself", "X"), FAULT);
    assert_int_equal(fault_hint(&faults, "remove %s", "X <- X"), FAULT);
    assert_int_equal(fault_hint(&faults, "reverse it"), FAULT);
    fault_also(&faults, 9);
    assert_int_equal(faults.count, 1);
    assert_string_equal(faults.items[0].message, "X causes itself");
    assert_string_equal(faults.items[0].hint, "reverse it");
    assert_int_equal(faults.items[0].origin, 7);
    assert_int_equal(faults.items[0].origin2, 9);
    assert_string_equal(fault_code(FAULT_MODEL_CYCLE), "E0401");
    assert_string_equal(fault_title(FAULT_MODEL_CYCLE), "a cycle in the graph");
    fault_free(&faults);
}

static void fault_codes_are_distinct(void **state) {
    (void)state;
    for (int a = 1; a < FAULT_COUNT; a++) {
        assert_int_equal(fault_code((FaultCode)a)[0], 'E');
        for (int b = 1; b < a; b++)
            assert_string_not_equal(fault_code((FaultCode)a), fault_code((FaultCode)b));
    }
}

// The names a, b, c, ... of n.
static void cycle_reads(size_t n, const char *want) {
    Str s = {0};
    for (size_t i = 0; i < n; i++) cycle_add(&s, i, n, (char[]){(char)('a' + i), 0});
    assert_string_equal(str_text(&s), want);
    str_free(&s);
}

static void long_cycles_lose_their_middle(void **state) {
    (void)state;
    cycle_reads(1, "a -> ");
    cycle_reads(3, "a -> b -> c -> ");
    cycle_reads(20, "a -> b -> c -> d -> e -> f -> g -> h -> i -> j -> k -> l -> m -> n -> o -> "
                    "p -> q -> r -> s -> t -> ");
    cycle_reads(21, "a -> b -> c -> d -> e -> f -> g -> h -> ... (9 more) ... -> r -> s -> t -> "
                    "u -> ");
}

static void limits_have_defaults(void **state) {
    (void)state;
    Ctl ctl = {0};
    assert_false(ctl_cancelled(NULL));
    assert_false(ctl_cancelled(&ctl));
    assert_true(ctl_memory(NULL) == (size_t)2 << 30);
    ctl.memory = 1000;
    assert_int_equal(ctl_memory(&ctl), 1000);
    volatile sig_atomic_t flag = 0;
    ctl.cancel = &flag;
    assert_false(ctl_cancelled(&ctl));
    flag = 1;
    assert_true(ctl_cancelled(&ctl));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_memory_is_zeroed),
        cmocka_unit_test(overflowing_sizes_fail),
        cmocka_unit_test(a_plan_fails_one_allocation),
        cmocka_unit_test(a_plan_fails_all_later_ones),
        cmocka_unit_test(arena_blocks_do_not_overlap),
        cmocka_unit_test(arena_reports_exhaustion),
        cmocka_unit_test(vectors_grow),
        cmocka_unit_test(text_is_put_together),
        cmocka_unit_test(taking_an_empty_text_gives_one),
        cmocka_unit_test(text_remembers_a_failure),
        cmocka_unit_test(what_has_a_lost_text_is_lost),
        cmocka_unit_test(only_the_lost_text_itself_is_lost),
        cmocka_unit_test(equal_names_are_the_same_pointer),
        cmocka_unit_test(thousands_of_names_stay_apart),
        cmocka_unit_test(interning_survives_any_failed_allocation),
        cmocka_unit_test(sets_behave_like_flags),
        cmocka_unit_test(streams_repeat_and_differ),
        cmocka_unit_test(the_generator_is_xoshiro),
        cmocka_unit_test(draws_are_uniform),
        cmocka_unit_test(derivations_collect_steps),
        cmocka_unit_test(derivations_survive_any_failed_allocation),
        cmocka_unit_test(faults_carry_code_place_and_hint),
        cmocka_unit_test(fault_codes_are_distinct),
        cmocka_unit_test(long_cycles_lose_their_middle),
        cmocka_unit_test(limits_have_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

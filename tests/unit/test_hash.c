// Tables of texts: names made to meet under FNV-1a, a hash that everybody can compute, do not meet.
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/base/hash.h"
#include "runtime/base/mem.h"
#include "runtime/base/sym.h"
#include "runtime/format/names.h"
#include "runtime/model/model_index.h"

enum { BLOCKS = 13, NAMES = 1 << BLOCKS, BLOCK = 7, LEN = BLOCKS * BLOCK };

// Different words of BLOCK letters by number, and FNV-1a continued over one.
static void word_at(uint32_t number, char *out) {
    number *= 2654435761u;
    for (int i = 0; i < BLOCK; i++, number /= 26) out[i] = (char)('a' + number % 26);
}

static uint32_t fnv(uint32_t hash, const char *text, size_t len) {
    for (size_t i = 0; i < len; i++) hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash;
}

// Two words after which FNV-1a is in the same state: expected after some 80,000
// (the birthday bound).
static uint32_t meeting_words(uint32_t state, char *a, char *b) {
    enum { ROOM = 1 << 20 };
    uint32_t *slots = MEM_NEW(uint32_t, ROOM), number = 0, hash = 0;
    assert_non_null(slots);
    for (bool met = false; !met; number++) {
        assert_true(number < ROOM / 2);
        word_at(number, a);
        hash = fnv(state, a, BLOCK);
        uint32_t i = hash % ROOM;
        for (; slots[i] && !met; i = (i + 1) % ROOM) {
            word_at(slots[i] - 1, b);
            met = fnv(state, b, BLOCK) == hash;
        }
        slots[i] = number + 1;
    }
    mem_free(slots);
    return hash;
}

static char names[NAMES][LEN + 1];

// 2^BLOCKS different texts of one hash (Joux 2004, multicollisions): one word of each pair.
static int make_names(void **unused) {
    (void)unused;
    char words[BLOCKS][2][BLOCK];
    uint32_t state = 2166136261u;
    for (int i = 0; i < BLOCKS; i++) state = meeting_words(state, words[i][0], words[i][1]);
    for (uint32_t n = 0; n < NAMES; n++) {
        for (uint32_t i = 0; i < BLOCKS; i++)
            memcpy(names[n] + i * BLOCK, words[i][n >> i & 1], BLOCK);
        names[n][LEN] = 0;
        assert_int_equal(fnv(2166136261u, names[n], LEN), state);
    }
    return 0;
}

// Appendix A of the paper: the bytes 0, 1, ..., 14 under the key of bytes 0, 1, ..., 15.
static void test_sip(void **state) {
    (void)state;
    HashKey key = {{0x0706050403020100u, 0x0f0e0d0c0b0a0908u}};
    char text[15];
    for (int i = 0; i < 15; i++) text[i] = (char)i;
    assert_true(hash_text(key, text, 15) == 0xa129ca6149be45e5u);
}

static void test_keys_differ(void **state) {
    (void)state;
    HashKey a = hash_key(), b = hash_key();
    assert_memory_not_equal(&a, &b, sizeof a);
}

// Steps from where an entry would like to be to where it is; 1.5 are expected in a table three
// quarters full (Knuth 1998, section 6.4), and half of all entries if all meet.
static void few(uint64_t steps, const char *table, HashKey key) {
    if (steps > 4 * NAMES)
        fail_msg("%s: %" PRIu64 " steps for %d names, key %" PRIx64 " %" PRIx64, table, steps,
                 NAMES, key.k[0], key.k[1]);
}

static void test_names(void **state) {
    (void)state;
    Names table = {0};
    uint64_t steps = 0;
    for (uint32_t n = 0; n < NAMES; n++)
        assert_true(names_add(&table, n % 3, (Span){names[n], LEN}, n));
    for (size_t i = 0; i < table.room; i++)
        if (table.slots[i].name.text) steps += (i - table.slots[i].hash) & (table.room - 1);
    few(steps, "names", table.key);
    for (uint32_t n = 0; n < NAMES; n++)
        assert_int_equal(names_find(&table, n % 3, (Span){names[n], LEN}), n);
    names_free(&table);
}

// The Interner and the index of a model both go by the hash of a name.
static void test_syms(void **state) {
    (void)state;
    Interner *in = intern_new();
    ModelIndex index = {0};
    uint64_t steps = 0;
    for (uint32_t n = 0; n < NAMES; n++)
        assert_int_equal(model_index_add(&index, intern(in, names[n], LEN), n), OK);
    for (uint32_t i = 0; i < index.room; i++)
        if (index.slots[i].name) steps += (i - index.slots[i].name->hash) & (index.room - 1);
    few(steps, "model index", (HashKey){{0}});
    for (uint32_t n = 0; n < NAMES; n++) {
        assert_int_equal(intern(in, names[n], LEN)->id, n);
        assert_int_equal(model_index_find(&index, intern_at(in, n)), n);
    }
    model_index_free(&index);
    intern_free(in);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sip),   cmocka_unit_test(test_keys_differ),
        cmocka_unit_test(test_names), cmocka_unit_test(test_syms),
    };
    return cmocka_run_group_tests(tests, make_names, NULL);
}

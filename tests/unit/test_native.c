// The tables of built-in functions.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "interp/library.h"
#include "interp/native.h"
#include "runtime/base/str.h"
#include "runtime/model/dist.h"
#include "runtime/model/math.h"

// Every family of distributions has a row, whose labels are the family's parameters in order and
// which takes by position exactly those that need no name.
static void test_families_have_rows(void **state) {
    (void)state;
    for (size_t i = 0; dist_list[i]; i++) {
        const DistFamily *f = dist_list[i];
        const Native *row = native_find(f->name);
        assert_non_null(row);
        Str labels = {0};
        uint32_t positional = 0;
        for (uint32_t k = 0; k < f->nparams; k++) {
            str_printf(&labels, k ? " %s" : "%s", f->params[k].name);
            positional += !f->params[k].named;
        }
        assert_string_equal(row->labels, str_text(&labels));
        assert_int_equal(row->most, positional);
        str_free(&labels);
    }
}

static void test_functions_of_numbers_have_rows(void **state) {
    (void)state;
    for (size_t i = 0; math_list[i]; i++) assert_non_null(native_find(math_list[i]->name));
}

static void test_rows_are_documented_once(void **state) {
    (void)state;
    for (size_t i = 0; native_tables[i]; i++)
        for (const Native *n = native_tables[i]; n->name; n++) {
            assert_ptr_equal(native_find(n->name), n);
            assert_true(strlen(native_doc(n)) > 10);
            assert_non_null(n->topic);
            assert_true(n->least <= n->most);
        }
}

// A name of the library stands once, and hides no built-in.
static void test_library_names_are_new(void **state) {
    (void)state;
    for (const LibraryName *l = library_names; l->name; l++) {
        assert_null(native_find(l->name));
        assert_ptr_equal(library_find(l->name), l);
    }
    assert_null(library_find("rian"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_families_have_rows),
        cmocka_unit_test(test_functions_of_numbers_have_rows),
        cmocka_unit_test(test_rows_are_documented_once),
        cmocka_unit_test(test_library_names_are_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

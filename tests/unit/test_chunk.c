// Chunks made by hand: what the verifier accepts and refuses, and how code is listed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "interp/disasm.h"
#include "interp/interp_inner.h"
#include "interp/verify.h"

// A chunk of the instructions given, with one number and one slot.
static Chunk *make(const Instr *code, size_t n) {
    Chunk *k = chunk_new();
    assert_non_null(k);
    k->slots = 1;
    assert_int_equal(chunk_constant(k, value_number(1.5)), 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(chunk_emit(k, (Code)code[i].op, code[i].a, code[i].b, code[i].c, 0), i);
    return k;
}

static void accepts(const Instr *code, size_t n, uint32_t depth) {
    Chunk *k = make(code, n);
    Str why = {0};
    if (!verify_chunk(k, &why)) fail_msg("%s", str_text(&why));
    assert_int_equal(k->depth, depth);
    str_free(&why);
    chunk_drop(k);
}

static void refuses(const Instr *code, size_t n, const char *because) {
    Chunk *k = make(code, n);
    Str why = {0};
    assert_false(verify_chunk(k, &why));
    if (!strstr(str_text(&why), because)) fail_msg("%s", str_text(&why));
    str_free(&why);
    chunk_drop(k);
}

#define ACCEPTS(depth, ...)                                                                    \
    accepts((const Instr[]){__VA_ARGS__}, sizeof((Instr[]){__VA_ARGS__}) / sizeof(Instr), depth)
#define REFUSES(because, ...)                                                                  \
    refuses((const Instr[]){__VA_ARGS__}, sizeof((Instr[]){__VA_ARGS__}) / sizeof(Instr), because)

#define I(op, ...) {CODE_##op, __VA_ARGS__}

static void good_code(void **state) {
    (void)state;
    ACCEPTS(1, I(CONST, 0, 0, 0), I(RETURN, 0, 0, 0));
    ACCEPTS(2, I(CONST, 0, 0, 0), I(CONST, 0, 0, 0), I(BINARY, OP_ADD, 0, 0), I(RETURN, 0, 0, 0));
    // if: condition, then, else, and the same depth on every path.
    ACCEPTS(3, I(CONST, 0, 0, 0), I(BRANCH, 4, 0, 0), I(CONST, 0, 0, 0), I(THEN, 5, 0, 0),
            I(CONST, 0, 0, 0), I(MERGE, 0, 0, 0), I(RETURN, 0, 0, 0));
    // [x for x in xs]
    ACCEPTS(3, I(COLLECT, 0, 0, 0), I(CONST, 0, 0, 0), I(ITERATE, 0, 0, 0), I(NEXT, 7, 0, 0),
            I(LOAD, 0, 0, 0), I(APPEND, 0, 0, 0), I(JUMP, 3, 0, 0), I(COLLECTED, 0, 0, 0),
            I(RETURN, 0, 0, 0));
}

static void operands_out_of_range(void **state) {
    (void)state;
    REFUSES("out of range", I(CONST, 1, 0, 0), I(RETURN, 0, 0, 0));
    REFUSES("out of range", I(LOAD, 1, 0, 0), I(RETURN, 0, 0, 0));
    REFUSES("out of range", I(NAME, 0, 0, 0), I(RETURN, 0, 0, 0));
    REFUSES("out of range", I(JUMP, 9, 0, 0), I(RETURN, 0, 0, 0));
    REFUSES("out of range", I(ASK, 0, 0, 0), I(RETURN, 0, 0, 0));
    REFUSES("out of range", I(LIST, UINT32_MAX, 0, 0), I(RETURN, 0, 0, 0));
    REFUSES("out of range", I(NOTHING, 1, 0, 0), I(RETURN, 0, 0, 0));
    REFUSES("does not fit", I(CONST, 0, 0, 0), I(DATA, 15, 1 << 28, 0), I(RETURN, 0, 0, 0));
    REFUSES("no such instruction", {CODE_COUNT, 0, 0, 0});
}

static void stacks_that_do_not_fit(void **state) {
    (void)state;
    REFUSES("too short", I(POP, 0, 0, 0), I(RETURN, 0, 0, 0));
    REFUSES("too short", I(CONST, 0, 0, 0), I(BINARY, OP_ADD, 0, 0), I(RETURN, 0, 0, 0));
    REFUSES("more than one", I(CONST, 0, 0, 0), I(CONST, 0, 0, 0), I(RETURN, 0, 0, 0));
    REFUSES("without a return", I(CONST, 0, 0, 0));
    // Round a loop the stack would grow.
    REFUSES("different stacks", I(CONST, 0, 0, 0), I(JUMP, 0, 0, 0));
}

static void scopes_left_open(void **state) {
    (void)state;
    REFUSES("still open", I(COLLECT, 0, 0, 0), I(CONST, 0, 0, 0), I(RETURN, 0, 0, 0));
    REFUSES("not open", I(CONST, 0, 0, 0), I(APPEND, 0, 0, 0), I(CONST, 0, 0, 0),
            I(RETURN, 0, 0, 0));
    REFUSES("not open", I(UNEXPECT, 0, 0, 0), I(CONST, 0, 0, 0), I(RETURN, 0, 0, 0));
    REFUSES("not open", I(CONST, 0, 0, 0), I(LEAVE, 0, 0, 0), I(RETURN, 0, 0, 0));
}

static void shapes_that_lie(void **state) {
    (void)state;
    const Instr code[] = {I(CONST, 0, 0, 0), I(ASK, 0, 0, 0), I(RETURN, 0, 0, 0)};
    Part *part = MEM_NEW(Part, 1);
    part->kind = PART_SOFT; // needs two values
    QueryShape shape = {.head = HEAD_P, .parts = part, .nparts = 1, .nvalues = 1};
    Chunk *k = make(code, 3);
    Str why = {0};
    assert_true(VEC_PUSH(&k->queries, shape));
    assert_false(verify_chunk(k, &why));
    assert_non_null(strstr(str_text(&why), "shape"));
    str_free(&why);
    chunk_drop(k);
}

static void listing(void **state) {
    (void)state;
    const Instr code[] = {I(CONST, 0, 0, 0), I(BRANCH, 3, 0, 0), I(LOAD, 0, 0, 0),
                          I(RETURN, 0, 0, 0)};
    Chunk *k = make(code, 4);
    Str out = {0};
    for (uint32_t i = 0; i < 4; i++) disasm_instr(k, i, &out);
    assert_non_null(strstr(str_text(&out), "const 1.5"));
    assert_non_null(strstr(str_text(&out), "branch @3"));
    assert_non_null(strstr(str_text(&out), "load $0"));
    assert_non_null(strstr(str_text(&out), "-1 +0  end with the value on top"));
    str_free(&out);
    chunk_drop(k);
}

static void keep(void *user, const char *text, size_t len) {
    str_add_n(user, text, len);
}

// Code that the verifier takes and the compiler never makes: it goes through nothing. The run is
// stopped, and the session says from then on that it is not to be trusted.
static void code_that_makes_no_sense(void **state) {
    (void)state;
    const Instr code[] = {I(COLLECT, 0, 0, 0), I(CONST, 0, 0, 0), I(NOTHING, 0, 0, 0),
                          I(NEXT, 7, 0, 0),    I(LOAD, 0, 0, 0),  I(APPEND, 0, 0, 0),
                          I(JUMP, 3, 0, 0),    I(COLLECTED, 0, 0, 0), I(RETURN, 0, 0, 0)};
    Str said = {0}, why = {0};
    Value out;
    const InterpOptions options = {.report = keep, .user = &said};
    Interp *in = interp_new(&options);
    Chunk *k = make(code, sizeof code / sizeof *code);
    assert_non_null(in);
    assert_int_equal(interp_run(in, "f", NULL, "1", 1), EXIT_OK);
    assert_true(verify_chunk(k, &why));
    assert_false(vm_run(in->vm, k, NULL, 0, &out));
    assert_int_equal(interp_flush(in), 1);
    assert_non_null(strstr(str_text(&said), "error E0901: an iteration without a list"));
    assert_int_equal(interp_run(in, "f", NULL, "1", 1), EXIT_INTERNAL);
    chunk_drop(k);
    interp_free(in);
    str_free(&said);
    str_free(&why);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_code),          cmocka_unit_test(operands_out_of_range),
        cmocka_unit_test(stacks_that_do_not_fit), cmocka_unit_test(scopes_left_open),
        cmocka_unit_test(shapes_that_lie),    cmocka_unit_test(listing),
        cmocka_unit_test(code_that_makes_no_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

// Tests of reading and writing whole files: gzip, encodings, faults.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <zlib.h>

#include "runtime/base/mem.h"
#include "runtime/format/gzfile.h"

static char folder[] = P_tmpdir "/rung-gzfile-XXXXXX";

static const char *in_folder(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *name, const void *bytes, size_t len) {
    FILE *out = fopen(in_folder(name), "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(bytes, 1, len, out), len);
    fclose(out);
}

static void expect(const char *name, const char *text, size_t len) {
    GzFile file;
    Faults faults = {0};
    assert_int_equal(gzfile_read(in_folder(name), NULL, &file, &faults), OK);
    assert_int_equal(file.len, len);
    assert_memory_equal(file.text, text, len + 1);
    gzfile_free(&file);
}

static void expect_fault(const char *name, FaultCode code) {
    GzFile file;
    Faults faults = {0};
    assert_int_equal(gzfile_read(in_folder(name), NULL, &file, &faults), FAULT);
    assert_string_equal(fault_code(faults.items[0].code), fault_code(code));
    assert_null(file.text);
    fault_free(&faults);
}

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int drop_folder(void **state) {
    (void)state;
    char command[300];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static void test_plain(void **state) {
    (void)state;
    put("plain", "one\r\ntwo", 8);
    expect("plain", "one\r\ntwo", 8);
    put("empty", "", 0);
    expect("empty", "", 0);
}

// The memory of the process, as Linux shows it: its first page cannot be read.
static void test_fails_while_read(void **state) {
    (void)state;
    GzFile file;
    Faults faults = {0};
    if (access("/proc/self/mem", R_OK) != 0) skip();
    assert_int_equal(gzfile_read("/proc/self/mem", NULL, &file, &faults), FAULT);
    assert_int_equal(faults.items[0].code, FAULT_FILE_READ);
    assert_non_null(strstr(faults.items[0].message, "cannot be read: Input/output error"));
    fault_free(&faults);
}

static void test_encodings(void **state) {
    (void)state;
    put("mark", "\xEF\xBB\xBFyes", 6);
    expect("mark", "yes", 3);
    put("utf8", "temp\xC3\xA9rature \xE2\x82\xAC \xF0\x9F\x98\x80", 21);
    expect("utf8", "temp\xC3\xA9rature \xE2\x82\xAC \xF0\x9F\x98\x80", 21);
    put("latin1", "temp\xE9rature", 11);
    expect("latin1", "temp\xC3\xA9rature", 12);
    put("surrogate", "\xED\xA0\x80", 3); // not UTF-8
    expect("surrogate", "\xC3\xAD\xC2\xA0\xC2\x80", 6);
    put("binary", "a\0b", 3);
    expect_fault("binary", FAULT_FILE_TEXT);
}

static void put_gzip(const char *name, const char *text, size_t len) {
    gzFile out = gzopen(in_folder(name), "wb");
    assert_non_null(out);
    assert_int_equal(gzwrite(out, text, (unsigned)len), len);
    gzclose(out);
}

// 300,000 bytes that compress a thousandfold, and two members one after the other.
static void test_gzip(void **state) {
    (void)state;
    size_t len = 300000;
    char *text = calloc(len + 1, 1);
    memset(text, 'x', len);
    put_gzip("long", text, len); // no .gz: the contents decide
    expect("long", text, len);
    free(text);

    put_gzip("one.gz", "abc", 3);
    gzFile out = gzopen(in_folder("one.gz"), "ab");
    assert_int_equal(gzwrite(out, "def", 3), 3);
    gzclose(out);
    expect("one.gz", "abcdef", 6);
}

static void test_damaged_gzip(void **state) {
    (void)state;
    const char text[] = "a text that is long enough to be compressed, compressed, compressed";
    put_gzip("good.gz", text, sizeof text - 1);
    char bytes[200];
    FILE *in = fopen(in_folder("good.gz"), "rb");
    size_t len = fread(bytes, 1, sizeof bytes, in);
    fclose(in);
    for (size_t n = 2; n < len; n++) {
        put("cut.gz", bytes, n);
        expect_fault("cut.gz", FAULT_FILE_GZIP);
    }
    bytes[len - 6] ^= 1; // the check sum
    put("sum.gz", bytes, len);
    expect_fault("sum.gz", FAULT_FILE_GZIP);
}

static void test_faults(void **state) {
    (void)state;
    expect_fault("nowhere", FAULT_FILE_MISSING);
    expect_fault("", FAULT_FILE_KIND);
    put("secret", "x", 1);
    expect_fault("secret/below", FAULT_FILE_MISSING);
    chmod(in_folder("secret"), 0);
    if (access(in_folder("secret"), R_OK) != 0) // not for root
        expect_fault("secret", FAULT_FILE_DENIED);
    else
        expect("secret", "x", 1);
}

static void test_write(void **state) {
    (void)state;
    Faults faults = {0};
    assert_int_equal(gzfile_write(in_folder("new"), "text", 4, &faults), OK);
    expect("new", "text", 4);
    assert_int_equal(gzfile_write(in_folder("new.gz"), "text", 4, &faults), OK);
    expect("new.gz", "text", 4);
    struct stat info;
    assert_int_equal(stat(in_folder("new.gz"), &info), 0);
    assert_true(info.st_size > 18); // it is gzip
    assert_int_equal(gzfile_write(in_folder("no/where"), "x", 1, &faults), FAULT);
    assert_int_equal(faults.items[0].code, FAULT_FILE_WRITE);
    fault_free(&faults);
}

static void test_write_keeps_links_and_rights(void **state) {
    (void)state;
    Faults faults = {0};
    struct stat info;
    char target[64];
    put("target", "old", 3);
    assert_int_equal(chmod(in_folder("target"), 0750), 0);
    assert_int_equal(symlink("target", in_folder("link")), 0);
    assert_int_equal(gzfile_write(in_folder("link"), "new", 3, &faults), OK);
    expect("target", "new", 3);
    assert_int_equal(lstat(in_folder("link"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(stat(in_folder("target"), &info), 0);
    assert_int_equal(info.st_mode & 07777, 0750);
    assert_int_equal(symlink("later", in_folder("ahead")), 0);
    assert_int_equal(gzfile_write(in_folder("ahead"), "x", 1, &faults), OK);
    expect("later", "x", 1);
    // A link that somebody laid where the new file is written.
    snprintf(target, sizeof target, "plain.%ld.tmp", (long)getpid());
    put("other", "kept", 4);
    assert_int_equal(symlink("other", in_folder(target)), 0);
    assert_int_equal(gzfile_write(in_folder("plain"), "x", 1, &faults), OK);
    expect("other", "kept", 4);
    expect("plain", "x", 1);
}

static void test_out_of_memory(void **state) {
    (void)state;
    put_gzip("small.gz", "temp\xE9rature", 11);
    Status status = NOMEM;
    for (long n = 0; status != OK; n++) {
        GzFile file;
        Faults faults = {0};
        mem_fail_after(n, 1);
        status = gzfile_read(in_folder("small.gz"), NULL, &file, &faults);
        mem_fail_after(-1, 0);
        assert_true(status == OK || (status == NOMEM && file.text == NULL));
        gzfile_free(&file);
        fault_free(&faults);
    }
}

// A file with a hole takes no room.
static void refuses_what_is_too_large(void **state) {
    (void)state;
    put("hole.bif", "", 0);
    assert_int_equal(truncate(in_folder("hole.bif"), (off_t)GZFILE_LARGEST + 1), 0);
    expect_fault("hole.bif", FAULT_FILE_LARGE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refuses_what_is_too_large),
        cmocka_unit_test(test_plain),         cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_fails_while_read),
        cmocka_unit_test(test_gzip),          cmocka_unit_test(test_damaged_gzip),
        cmocka_unit_test(test_faults),        cmocka_unit_test(test_write),
        cmocka_unit_test(test_write_keeps_links_and_rights),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}

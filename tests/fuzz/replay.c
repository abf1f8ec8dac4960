// Replay: runs a target on files, without a fuzzer.
// Usage: replay TARGET FILE...
#include <stdio.h>

#include "runtime/base/str.h"
#include "tests/fuzz/fuzz.h"

static bool read_file(const char *path, Str *out) {
    char buffer[4096];
    size_t n;
    FILE *f = fopen(path, "rb");
    if (!f) return false;
    while ((n = fread(buffer, 1, sizeof buffer, f)) > 0) str_add_n(out, buffer, n);
    fclose(f);
    return !out->failed;
}

int main(int argc, char **argv) {
    const FuzzTarget *target = argc > 1 ? fuzz_find(argv[1]) : NULL;
    if (!target) return fprintf(stderr, "usage: replay TARGET FILE...\n"), 2;
    for (int i = 2; i < argc; i++) {
        Str text = {0};
        if (!read_file(argv[i], &text)) return perror(argv[i]), 1;
        fprintf(stderr, "%s %s\n", argv[1], argv[i]);
        target->run((const uint8_t *)str_text(&text), text.len);
        str_free(&text);
    }
    return 0;
}

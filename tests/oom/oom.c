// Oom: runs programs with each allocation failing in turn, once and from then on. Nothing may
// crash or leak (build with AddressSanitizer), what is printed must be the beginning of what is
// printed with enough memory, less is printed only where an error is reported, and the session
// must go on.
// Usage: oom FILE... (RUNG_OOM_STEP=n: only each n-th allocation)
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interp/interp.h"
#include "runtime/base/mem.h"
#include "runtime/base/str.h"

typedef struct Said {
    char *text; // printed so far; of the C library, whose allocations do not fail
    size_t len;
    size_t errors;
} Said;

static void add(void *user, const char *text, size_t len) {
    Said *said = user;
    said->text = realloc(said->text, said->len + len + 1);
    if (!said->text) abort();
    memcpy(said->text + said->len, text, len);
    said->text[said->len += len] = '\0';
}

static void report(void *user, const char *text, size_t len) {
    Said *said = user;
    said->errors += len && strstr(text, "error ") != NULL;
}

static bool goes_on(Interp *in, Said *said) {
    bool incomplete;
    size_t before = said->len;
    return interp_line(in, "1 + 1", 5, &incomplete) == EXIT_OK && said->len == before + 2 &&
           strcmp(said->text + before, "2\n") == 0;
}

// What is wrong with a run whose allocation number `n` fails (negative: none), or NULL.
static const char *run(const char *path, const Str *program, long n, int after,
                       const Said *whole, Said *said, long *count) {
    const InterpOptions options = {.print = add, .report = report, .user = said,
                                   .ctl = {.threads = 1}, .budget = {.draws = 200}};
    const char *wrong = NULL;
    mem_fail_after(n, after);
    Interp *in = interp_new(&options);
    int status = in ? interp_run(in, path, path, str_text(program), program->len) : EXIT_FAILED;
    *count = mem_count();
    mem_fail_after(-1, 0);
    if (whole) {
        const char *text = said->text ? said->text : "";
        if (said->len > whole->len || memcmp(text, whole->text, said->len))
            wrong = "another answer";
        else if (in && !said->errors && said->len < whole->len) wrong = "output is cut short";
        else if (in && said->errors && status == EXIT_OK) wrong = "an error, and status 0";
    }
    if (!wrong && in && !goes_on(in, said)) wrong = "the session does not go on";
    interp_free(in);
    return wrong;
}

static bool read_file(const char *path, Str *out) {
    char buffer[4096];
    size_t n;
    FILE *f = fopen(path, "rb");
    if (!f) return false;
    while ((n = fread(buffer, 1, sizeof buffer, f)) > 0) str_add_n(out, buffer, n);
    fclose(f);
    return !out->failed;
}

static unsigned sweep(const char *path, long step) {
    Str program = {0};
    Said whole = {0};
    long count, used;
    unsigned failed = 0;
    if (!read_file(path, &program)) return fprintf(stderr, "%s cannot be read\n", path), 1;
    const char *wrong = run(path, &program, -1, 0, NULL, &whole, &count);
    if (wrong || whole.errors) failed = 1, printf("%s: %s\n", path, wrong ? wrong : "an error");
    whole.len -= 2; // of the line after it
    for (int after = 0; after < 2; after++)
        for (long n = 0; n < count; n += step) {
            Said said = {0};
            wrong = run(path, &program, n, after, &whole, &said, &used);
            if (wrong && ++failed < 20)
                printf("%s: allocation %ld of %ld fails%s: %s\n", path, n, count,
                       after ? " and all later" : "", wrong);
            free(said.text);
        }
    free(whole.text);
    str_free(&program);
    return failed;
}

int main(int argc, char **argv) {
    const char *step = getenv("RUNG_OOM_STEP");
    int passed = 0, failed = 0;
    for (int i = 1; i < argc; i++)
        if (sweep(argv[i], step ? atol(step) : 1)) failed++;
        else passed++;
    printf("oom: %d passed, %d failed\n", passed, failed);
    return failed > 0;
}

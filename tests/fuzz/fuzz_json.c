// Fuzz_json: a program's answers as JSON and as text say the same.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interp/interp_inner.h"
#include "runtime/base/vec.h"
#include "tests/fuzz/fuzz.h"

typedef VEC(Str) Answers;

typedef struct Told {
    Interp *in;
    bool json;
    Answers answers;
} Told;

// --- JSON ------------------------------------------------------------------------------------

static json_t *parse(const char *text, size_t len) {
    json_error_t error;
    json_t *all = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!json_is_object(all)) fprintf(stderr, "%s: %.*s\n", error.text, (int)len, text);
    fuzz_promise(json_is_object(all), "what is printed is JSON, an object a line");
    fuzz_promise(json_is_string(json_object_get(all, "kind")), "an object tells its kind");
    fuzz_promise(memchr(text, '\n', len) == text + len - 1, "an object is one line");
    return all;
}

static void take(void *user, const char *text, size_t len) {
    Told *told = user;
    Str copy = {0};
    fuzz_promise(len && text[len - 1] == '\n', "what is printed ends in a newline");
    str_add_n(&copy, text, len);
    fuzz_promise(VEC_PUSH(&told->answers, copy), "there is memory");
}

static void report(void *user, const char *text, size_t len) {
    Told *told = user;
    fuzz_report(told->in, text, len);
    if (told->json) json_decref(parse(text, len));
}

// --- numbers ---------------------------------------------------------------------------------

// The numbers in a list of lists; false when there is anything else.
static bool numbers_of(const json_t *value, Str *out) {
    if (json_is_number(value)) str_printf(out, "%.17g ", json_number_value(value));
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!numbers_of(json_array_get(value, i), out)) return false;
    return json_is_number(value) || json_is_array(value);
}

// Those of an answer that its text shows too; false: none that can be compared.
static bool numbers_told(const json_t *answer, const char *text, Str *out) {
    const char *kind = json_string_value(json_object_get(answer, "kind"));
    const json_t *value = json_object_get(answer, "value");
    if (strcmp(kind, "number") == 0) return numbers_of(value, out);
    if (strcmp(kind, "list") == 0 && *text == '[') return numbers_of(value, out); // no range
    if (strcmp(kind, "estimate") == 0) return json_is_number(value) && numbers_of(value, out);
    if (strcmp(kind, "bounds") != 0) return false;
    return numbers_of(json_object_get(answer, "low"), out) &&
           numbers_of(json_object_get(answer, "high"), out);
}

// As many numbers of a text, or all there are.
static void numbers_shown(const char *text, bool first, Str *out) {
    while (*text && !(first && out->len)) {
        char *end;
        double x = strtod(text, &end);
        if (end != text) str_printf(out, "%.17g ", x);
        text = end == text ? text + 1 : end;
    }
}

static void compare(const Str *object, const Str *text) {
    json_t *answer = parse(str_text(object), object->len);
    const char *kind = json_string_value(json_object_get(answer, "kind"));
    Str told = {0}, shown = {0};
    bool line = strchr(str_text(text), '\n') == text->text + text->len - 1; // no picture
    if (line && numbers_told(answer, str_text(text), &told)) {
        numbers_shown(str_text(text), *kind == 'e', &shown);
        fuzz_same(&told, &shown, "JSON and text show the same numbers");
    }
    str_free(&told);
    str_free(&shown);
    json_decref(answer);
}

// --- both ------------------------------------------------------------------------------------

static bool run(Told *told, const uint8_t *data, size_t size) {
    InterpOptions options = fuzz_options();
    options.json = told->json;
    options.digits = 17;
    options.print = take;
    options.report = report;
    options.lua_steps = 20000;
    told->in = fuzz_begin(&options);
    interp_options(told->in)->user = told;
    int status = interp_run(told->in, "f", NULL, (const char *)data, size);
    fuzz_promise(status != EXIT_INTERNAL, "there are no internal errors");
    bool whole = !fuzz_late;
    fuzz_alarm(0);
    interp_free(told->in);
    return whole;
}

static void release(Told *told) {
    for (size_t i = 0; i < told->answers.count; i++) str_free(&told->answers.items[i]);
    VEC_FREE(&told->answers);
}

void fuzz_json(const uint8_t *data, size_t size) {
    Told json = {.json = true}, text = {0};
    if (run(&json, data, size) && run(&text, data, size)) {
        // What explains an answer, and what Lua prints, is an object more or a text more.
        bool alike = json.answers.count == text.answers.count;
        for (size_t i = 0; i < json.answers.count; i++) {
            if (alike) compare(&json.answers.items[i], &text.answers.items[i]);
            else
                json_decref(parse(str_text(&json.answers.items[i]), json.answers.items[i].len));
        }
    }
    release(&json);
    release(&text);
}

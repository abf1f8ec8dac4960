// Native_text: strings and regular expressions.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "interp/diag.h"
#include "interp/native.h"

static bool compile_pattern(const char *pattern, size_t len, pcre2_code **out, Trouble *t) {
    int error;
    PCRE2_SIZE at;
    *out = pcre2_compile((PCRE2_SPTR)pattern, len, PCRE2_UTF | PCRE2_UCP, &error, &at, NULL);
    if (*out) return true;
    if (error == PCRE2_ERROR_HEAP_FAILED) return trouble_memory(t);
    PCRE2_UCHAR text[160];
    pcre2_get_error_message(error, text, sizeof text);
    return trouble(t, DIAG_REGEX, "the regular expression fails at character %zu: %s", at + 1,
                   (const char *)text);
}

// A bounded match: a pattern that backtracks without end is refused, not waited for.
bool native_text_matches(const char *text, size_t len, const char *pattern, size_t pattern_len,
                         bool *found, Trouble *t) {
    pcre2_code *code;
    if (!compile_pattern(pattern, pattern_len, &code, t)) return false;
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    int result = PCRE2_ERROR_NOMEMORY;
    if (data && context) {
        pcre2_set_match_limit(context, 1000000);
        result = pcre2_match(code, (PCRE2_SPTR)text, len, 0, 0, data, context);
    }
    pcre2_match_context_free(context);
    pcre2_match_data_free(data);
    pcre2_code_free(code);
    if (result == PCRE2_ERROR_NOMEMORY) return trouble_memory(t);
    if (result < 0 && result != PCRE2_ERROR_NOMATCH)
        return trouble(t, DIAG_REGEX, "the pattern takes too long on this text");
    *found = result >= 0;
    return true;
}

static bool is_text(Value v) {
    return v.tag == VALUE_STRING || v.tag == VALUE_LEVEL;
}

static bool call_matches(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                         Trouble *t) {
    (void)vm, (void)n, (void)origin;
    bool found = false;
    if (args[0].tag == VALUE_UNKNOWN) return *out = args[0], true;
    if (!is_text(args[0]) || (args[1].tag != VALUE_REGEX && !is_text(args[1])))
        return trouble(t, DIAG_KIND, "matches takes a string and a pattern re\"...\"");
    if (!native_text_matches(value_text(args[0]), args[0].sym->len, value_text(args[1]),
                             args[1].sym->len, &found, t))
        return false;
    *out = value_bool(found);
    return true;
}

static bool call_length(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                        Trouble *t) {
    (void)vm, (void)n, (void)origin;
    if (args[0].tag == VALUE_UNKNOWN) return *out = args[0], true;
    if (!is_text(args[0])) return trouble(t, DIAG_KIND, "length takes a string, not %s", value_kind(args[0]));
    size_t points = 0;
    for (const char *p = value_text(args[0]); *p; p++) points += ((unsigned char)*p & 0xC0) != 0x80;
    *out = value_number((double)points);
    return true;
}

const Native native_text[] = {
    {"length", "text", 1, 1, NULL, "text", "The number of characters of a string.", call_length},
    {"matches", "text, pattern", 2, 2, NULL, "text",
     "True when the pattern, re\"...\", is found in the text.", call_matches},
    {0},
};

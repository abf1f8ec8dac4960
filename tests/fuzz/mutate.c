// Mutate: changes inputs by tokens and statements, where bytes would mostly break them.
//
// Half of the inputs are left to libFuzzer's own changes. Not part of the replay.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/vec.h"
#include "tests/fuzz/fuzz.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t size, const uint8_t *other,
                                 size_t other_size, uint8_t *out, size_t most, unsigned seed);

typedef enum Kind { BLANK, WORD, NUMBER, STRING, MARK, STATEMENT } Kind;

typedef struct Piece {
    const char *text;
    size_t len;
    Kind kind;
} Piece;

typedef VEC(Piece) Pieces;

static uint32_t draw(uint32_t *state, size_t below) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return below ? (uint32_t)(*state % below) : 0;
}

// --- pieces ----------------------------------------------------------------------------------

static bool in_word(char c) {
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

static size_t token(const char *text, size_t len, Kind *kind) {
    size_t n = 1;
    if (isspace((unsigned char)*text)) {
        *kind = BLANK;
        while (n < len && isspace((unsigned char)text[n])) n++;
    } else if (isdigit((unsigned char)*text)) {
        *kind = NUMBER;
        while (n < len && (in_word(text[n]) || (text[n] == '.' && text[n - 1] != '.'))) n++;
    } else if (in_word(*text)) {
        *kind = WORD;
        while (n < len && in_word(text[n])) n++;
    } else if (*text == '"') {
        *kind = STRING;
        while (n < len && text[n] != '"' && text[n] != '\n') n += 1 + (text[n] == '\\');
        n = n < len ? n + 1 : len;
    } else {
        *kind = MARK;
        while (n < len && n < 3 && ispunct((unsigned char)text[n]) &&
               !strchr("()[]{}\"", text[n]) && !strchr("()[]{}", *text))
            n++;
    }
    return n;
}

static void tokens(const uint8_t *data, size_t size, Pieces *out) {
    const char *text = (const char *)data;
    for (size_t at = 0; at < size;) {
        Piece p = {.text = text + at};
        p.len = token(p.text, size - at, &p.kind);
        fuzz_promise(VEC_PUSH(out, p), "there is memory");
        at += p.len;
    }
}

// Lines, those together whose brackets are open.
static void statements(const uint8_t *data, size_t size, Pieces *out) {
    const char *text = (const char *)data;
    long open = 0;
    for (size_t at = 0, from = 0; at < size; at++) {
        if (text[at] && strchr("([{", text[at])) open++;
        if (text[at] && strchr(")]}", text[at]) && open) open--;
        if (at + 1 < size && (open || text[at] != '\n')) continue;
        Piece p = {text + from, at + 1 - from, STATEMENT};
        fuzz_promise(VEC_PUSH(out, p), "there is memory");
        from = at + 1;
    }
}

// --- putting them together -------------------------------------------------------------------

static void add(Str *out, const Pieces *p, size_t from, size_t to) {
    for (size_t i = from; i < to && i < p->count; i++)
        str_add_n(out, p->items[i].text, p->items[i].len);
}

// Another piece of the same kind, looked for from `from` on.
static size_t like(const Pieces *p, size_t piece, size_t from) {
    for (size_t i = 0; i < p->count; i++) {
        size_t at = (from + i) % p->count;
        if (at != piece && p->items[at].kind == p->items[piece].kind) return at;
    }
    return piece;
}

// Behind the bracket that closes the first one from `from` on, whose place is told.
static size_t group(const Pieces *p, size_t *from) {
    long open = 0;
    for (size_t i = *from; i < p->count; i++) {
        char c = p->items[i].kind == MARK ? *p->items[i].text : ' ';
        if (strchr("([{", c) && open++ == 0) *from = i;
        if (strchr(")]}", c) && open && --open == 0) return i + 1;
    }
    *from = p->count;
    return p->count;
}

static const char *awkward(Kind kind, uint32_t *rng) {
    static const char *const numbers[] = {"0",          "1",     "2",      "-1",  "0.5",
                                          "1/0",        "1e308", "1e-320", "64",  "65536",
                                          "4294967296", "0.1",   "1/3",    "inf", "1e15"};
    static const char *const words[] = {"x",   "true",      "false",    "if",  "in",
                                        "not", "sum",       "E",        "P",   "do",
                                        "a",   "not_there", "\xc3\xa9", "nan", "_"};
    static const char *const marks[] = {"(", ")", "[",  "]", "{",  "}", ",", "|",
                                        "=", "~", "->", ":", "..", ";", "*"};
    if (kind == NUMBER) return numbers[draw(rng, sizeof numbers / sizeof *numbers)];
    if (kind == WORD) return words[draw(rng, sizeof words / sizeof *words)];
    if (kind == STRING) return "\"\\n\"";
    return kind == MARK ? marks[draw(rng, sizeof marks / sizeof *marks)] : " ";
}

static void change(const Pieces *p, uint32_t *rng, Str *out) {
    size_t n = p->count, i = draw(rng, n), j = draw(rng, n), k = 1 + draw(rng, 3), end, other;
    switch (draw(rng, 7)) {
    case 0: // without some
        add(out, p, 0, i);
        add(out, p, i + k, n);
        break;
    case 1: // some twice
        add(out, p, 0, i);
        add(out, p, j, j + k);
        add(out, p, i, n);
        break;
    case 2: // two exchanged
        if (i > j) end = i, i = j, j = end;
        add(out, p, 0, i);
        add(out, p, j, j + 1);
        add(out, p, i + 1, j);
        add(out, p, i, i + 1);
        add(out, p, j + 1, n);
        break;
    case 3: // one for another of its kind
        other = like(p, i, j);
        add(out, p, 0, i);
        add(out, p, other, other + 1);
        add(out, p, i + 1, n);
        break;
    case 4:
        add(out, p, 0, i);
        str_add(out, awkward(p->items[i].kind, rng));
        add(out, p, i + 1, n);
        break;
    case 5: // what is in brackets, for what is in other brackets
        end = group(p, &i);
        other = group(p, &j);
        add(out, p, 0, i);
        add(out, p, j, other);
        add(out, p, end, n);
        break;
    case 6: // brackets without what is in them
        end = group(p, &i);
        add(out, p, 0, i + 1);
        add(out, p, end ? end - 1 : 0, n);
        break;
    }
}

// --- the doors of libFuzzer ------------------------------------------------------------------

static size_t take(Str *text, uint8_t *out, size_t most) {
    size_t n = text->len < most ? text->len : most;
    memcpy(out, str_text(text), n);
    str_free(text);
    return n;
}

// What comes behind a NUL is no text and is kept.
static size_t text_of(const uint8_t *data, size_t size) {
    const uint8_t *nul = memchr(data, 0, size);
    return nul ? (size_t)(nul - data) : size;
}

// One step more of what is done with the text.
static size_t add_edit(uint8_t *data, size_t size, size_t most, uint32_t *rng) {
    size_t nul = text_of(data, size) == size, more = nul + FUZZ_EDIT;
    if (size + more > most) return size;
    for (size_t i = 0; i < more; i++)
        data[size++] = i < nul ? 0 : (uint8_t)draw(rng, draw(rng, 2) ? 256 : 24);
    return size;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed) {
    const FuzzTarget *target = fuzz_find(getenv("RUNG_FUZZ"));
    uint32_t rng = seed * 2654435761u + 1;
    size_t len = text_of(data, size);
    if (target && target->input == FUZZ_EDITS && draw(&rng, 2))
        return add_edit(data, size, most, &rng);
    if (!target || target->input == FUZZ_BYTES || !len || draw(&rng, 2))
        return LLVMFuzzerMutate(data, size, most);
    Str now = {0}, next = {0};
    str_add_n(&now, (const char *)data, len);
    for (uint32_t times = 1 + draw(&rng, 3); times && now.len; times--) {
        Pieces p = {0};
        if (draw(&rng, 4)) tokens((const uint8_t *)str_text(&now), now.len, &p);
        else statements((const uint8_t *)str_text(&now), now.len, &p);
        change(&p, &rng, &next);
        VEC_FREE(&p);
        str_free(&now);
        now = next;
        next = (Str){0};
    }
    str_add_n(&now, (const char *)data + len, size - len);
    return take(&now, data, most);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *one, size_t size, const uint8_t *other,
                                 size_t other_size, uint8_t *out, size_t most, unsigned seed) {
    uint32_t rng = seed * 2654435761u + 1;
    Pieces a = {0}, b = {0};
    Str text = {0};
    bool fine = draw(&rng, 3) == 0;
    (fine ? tokens : statements)(one, text_of(one, size), &a);
    (fine ? tokens : statements)(other, text_of(other, other_size), &b);
    size_t i = draw(&rng, a.count + 1), j = draw(&rng, b.count), k = 1 + draw(&rng, 8);
    add(&text, &a, 0, i);
    add(&text, &b, j, j + k);
    add(&text, &a, draw(&rng, 2) ? i : i + k, a.count);
    size_t len = text_of(one, size);
    str_add_n(&text, (const char *)one + len, size - len);
    VEC_FREE(&a);
    VEC_FREE(&b);
    return take(&text, out, most);
}

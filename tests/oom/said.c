// Said: what a run printed and reported.
#include "tests/oom/said.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

// Of address space: pages that are not touched cost nothing.
#define TEXT_MOST ((size_t)1 << 28)
#define PIECES_MOST ((size_t)1 << 20)

static void *pages(size_t bytes) {
    void *made = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (made == MAP_FAILED) abort();
    return made;
}

Said said_new(void) {
    return (Said){.text = pages(TEXT_MOST), .pieces = pages(PIECES_MOST * sizeof(SaidPiece))};
}

void said_clear(Said *s) {
    s->len = s->count = 0;
}

void said_add(Said *s, SaidKind kind, const char *text, size_t len) {
    if (len > TEXT_MOST - s->len || s->count == PIECES_MOST) abort();
    memcpy(s->text + s->len, text, len);
    s->pieces[s->count++] = (SaidPiece){.at = s->len, .len = len, .kind = kind};
    s->len += len;
}

void said_status(Said *s, int status) {
    char text[16];
    int len = snprintf(text, sizeof text, "%d", status);
    said_add(s, SAID_STATUS, text, (size_t)len);
}

void said_show(const Said *s) {
    static const char *const kinds[] = {"answer", "report", "status", "--- ", "--- after"};
    for (size_t i = 0; i < s->count; i++)
        printf("%s| %.*s\n", kinds[s->pieces[i].kind], (int)s->pieces[i].len,
               s->text + s->pieces[i].at);
}

static bool contains(const Said *s, size_t i, const char *text) {
    return memmem(s->text + s->pieces[i].at, s->pieces[i].len, text, strlen(text)) != NULL;
}

static bool says_exhausted(const Said *s, size_t i) {
    static const char *const words[] = {"E0902", "out of memory", "Cannot allocate memory",
                                        "memory is exhausted", "not enough memory"};
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (contains(s, i, words[k])) return true;
    return false;
}

static bool same(const Said *a, size_t i, const Said *b, size_t j) {
    const SaidPiece *p = &a->pieces[i], *q = &b->pieces[j];
    return p->kind == q->kind && p->len == q->len &&
           memcmp(a->text + p->at, b->text + q->at, p->len) == 0;
}

// A step of each, from `i` and `j` on to before `end` and `stop`.
typedef struct Steps {
    const Said *whole, *said;
    size_t i, end, j, stop;
    bool exhausted; // that was reported in this step, or before
} Steps;

static size_t step_end(const Said *s, size_t from) {
    while (from < s->count && s->pieces[from].kind < SAID_STEP) from++;
    return from;
}

// Counts of tests, and pages: with errors they are others.
static bool tells_of_errors(const Said *s, size_t i) {
    return contains(s, i, " passed, ") || contains(s, i, "\"tests\"") || contains(s, i, "</html>");
}

static const char *compare_rest(Steps *s) {
    for (; s->j < s->stop; s->j++) {
        const SaidPiece *p = &s->said->pieces[s->j];
        if (p->kind == SAID_STATUS && s->said->text[p->at] == '0') return "an error, and status 0";
        if (p->kind != SAID_ANSWER || tells_of_errors(s->said, s->j)) continue;
        while (s->i < s->end && !same(s->said, s->j, s->whole, s->i)) s->i++;
        if (s->i++ == s->end) return "another answer after the error";
    }
    return NULL;
}

static bool is_note(const Said *s, size_t i) {
    return s->pieces[i].kind == SAID_REPORT && !contains(s, i, "error ") &&
           !contains(s, i, "\"error\"");
}

// Notes that come once in a session may have come before.
static void skip_notes(Steps *s) {
    while (s->i < s->end && is_note(s->whole, s->i)) s->i++;
    while (s->j < s->stop && is_note(s->said, s->j)) s->j++;
}

static const char *compare_after(Steps *s) {
    for (;; s->i++, s->j++) {
        skip_notes(s);
        if (s->i == s->end || s->j == s->stop) break;
        if (!same(s->said, s->j, s->whole, s->i)) return "the session does not go on";
    }
    return s->i < s->end || s->j < s->stop ? "the session does not go on" : NULL;
}

// Commands of a conversation tell of what is there, and that may be less than it would be.
static bool is_command(const Steps *s) {
    return s->said->text[s->said->pieces[s->j - 1].at] == ':';
}

static const char *compare_step(Steps *s) {
    if (s->exhausted && is_command(s)) return NULL;
    while (s->i < s->end && s->j < s->stop && same(s->said, s->j, s->whole, s->i)) s->i++, s->j++;
    if (s->i == s->end && s->j == s->stop) return NULL;
    if (s->j == s->stop) return "output is cut short";
    SaidKind kind = s->said->pieces[s->j].kind;
    if (kind == SAID_ANSWER) return "another answer";
    if (kind == SAID_STATUS) return "another status, or something is missing";
    // Others may be reported along with it.
    for (size_t j = s->j; j < s->stop && s->said->pieces[j].kind == SAID_REPORT; j++)
        if (says_exhausted(s->said, j)) s->exhausted = true;
    if (!s->exhausted) return "a report of something else";
    return compare_rest(s);
}

const char *said_compare(const Said *whole, const Said *said) {
    Steps s = {.whole = whole, .said = said};
    const char *wrong = NULL;
    while (!wrong && s.end < whole->count && s.stop < said->count) {
        bool after = said->pieces[s.stop].kind == SAID_AFTER;
        while (after && s.exhausted && s.end < whole->count &&
               whole->pieces[s.end].kind != SAID_AFTER)
            s.end = step_end(whole, s.end + 1);
        if (!same(whole, s.end, said, s.stop)) return "the steps are others";
        s.i = s.end + 1, s.j = s.stop + 1;
        s.end = step_end(whole, s.i);
        s.stop = step_end(said, s.j);
        wrong = after ? compare_after(&s) : compare_step(&s);
    }
    bool missing = s.stop < said->count || (s.end < whole->count && !s.exhausted);
    return !wrong && missing ? "steps are missing" : wrong;
}

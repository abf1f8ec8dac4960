// Source: the texts of a session, and places in them.
#include "interp/source.h"

#include <string.h>

#include "runtime/base/vec.h"

enum { STRIDE = 512 }; // bytes between marks

typedef struct SourceMark {
    uint32_t line, column;
} SourceMark;

static void free_one(SourceText *s) {
    if (!s) return;
    mem_free(s->name);
    mem_free(s->text);
    mem_free(s->marks);
    mem_free(s);
}

static char *copy_text(const char *text, size_t len) {
    char *copy = MEM_NEW(char, len + 1);
    if (copy && len) memcpy(copy, text, len);
    return copy;
}

// Moves a mark over the bytes [from, to).
static void walk(const SourceText *s, size_t from, size_t to, SourceMark *mark) {
    for (size_t i = from; i < to; i++) {
        if (s->text[i] == '\n') {
            mark->line++;
            mark->column = 1;
        } else if (((unsigned char)s->text[i] & 0xC0) != 0x80) {
            mark->column++;
        }
    }
}

static bool set_marks(SourceText *s) {
    size_t n = s->len / STRIDE + 1;
    s->marks = MEM_NEW(SourceMark, n);
    if (!s->marks) return false;
    SourceMark mark = {1, 1};
    for (size_t i = 0; i < n; i++) {
        s->marks[i] = mark;
        if (i + 1 < n) walk(s, i * STRIDE, (i + 1) * STRIDE, &mark);
    }
    return true;
}

uint32_t source_add(Sources *all, const char *name, const char *text, size_t len) {
    if (len >= UINT32_MAX || all->count >= UINT32_MAX - 1) return 0;
    SourceText *s = MEM_NEW(SourceText, 1);
    if (!s) return 0;
    s->name = copy_text(name, strlen(name));
    s->text = copy_text(text, len);
    s->len = len;
    if (!s->name || !s->text || !set_marks(s) || !VEC_PUSH(all, s)) {
        free_one(s);
        return 0;
    }
    return (uint32_t)all->count;
}

void source_take_back(Sources *all) {
    free_one(all->items[--all->count]);
}

const SourceText *source_get(const Sources *all, uint32_t number) {
    return number && number <= all->count ? all->items[number - 1] : NULL;
}

Span span_join(Span a, Span b) {
    if (!a.source) return b;
    if (!b.source || a.source != b.source) return a;
    if (b.start < a.start) a.start = b.start;
    if (b.end > a.end) a.end = b.end;
    return a;
}

// The slot of a span, or the empty one where it belongs.
static uint32_t *find_slot(const Sources *all, Span s) {
    uint64_t place = ((uint64_t)s.start << 32 | s.end) + s.source * 0xBF58476D1CE4E5B9u;
    uint64_t hash = place * 0x9E3779B97F4A7C15u;
    size_t mask = all->nslots - 1, i = (size_t)(hash ^ hash >> 32) & mask;
    for (;; i = (i + 1) & mask) {
        if (!all->slots[i]) return &all->slots[i];
        const Span *there = &all->places[all->slots[i] - 1];
        if (there->start == s.start && there->end == s.end && there->source == s.source)
            return &all->slots[i];
    }
}

static bool grow_slots(Sources *all) {
    if (2 * all->nplaces < all->nslots) return true;
    size_t n = all->nslots ? 2 * all->nslots : 64;
    uint32_t *slots = MEM_NEW(uint32_t, n);
    if (!slots) return false;
    mem_free(all->slots);
    all->slots = slots;
    all->nslots = n;
    for (size_t i = 0; i < all->nplaces; i++)
        *find_slot(all, all->places[i]) = (uint32_t)i + 1;
    return true;
}

uint32_t source_place(Sources *all, Span span) {
    if (!span.source || all->nplaces >= UINT32_MAX - 1 || !grow_slots(all)) return 0;
    uint32_t *slot = find_slot(all, span);
    if (*slot) return *slot;
    if (!vec_reserve((void **)&all->places, &all->placeroom, all->nplaces + 1,
                     sizeof *all->places))
        return 0;
    all->places[all->nplaces++] = span;
    return *slot = (uint32_t)all->nplaces;
}

Span source_span(const Sources *all, uint32_t place) {
    return place && place <= all->nplaces ? all->places[place - 1] : (Span){0};
}

void source_line_column(const SourceText *s, uint32_t offset, uint32_t *line, uint32_t *column) {
    size_t end = offset < s->len ? offset : s->len, near = end / STRIDE;
    SourceMark mark = s->marks[near];
    walk(s, near * STRIDE, end, &mark);
    // An offset within a code point has the column of that code point.
    bool within = end < s->len && ((unsigned char)s->text[end] & 0xC0) == 0x80;
    *line = mark.line;
    *column = mark.column - (within && mark.column > 1);
}

void source_free(Sources *all) {
    for (size_t i = 0; i < all->count; i++) free_one(all->items[i]);
    mem_free(all->places);
    mem_free(all->slots);
    VEC_FREE(all);
    *all = (Sources){0};
}

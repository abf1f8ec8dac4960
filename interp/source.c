// Source: the texts of a session, and places in them.
#include "interp/source.h"

#include <string.h>

#include "runtime/base/vec.h"

static void free_one(SourceText *s) {
    if (!s) return;
    mem_free(s->name);
    mem_free(s->text);
    mem_free(s);
}

static char *copy_text(const char *text, size_t len) {
    char *copy = MEM_NEW(char, len + 1);
    if (copy && len) memcpy(copy, text, len);
    return copy;
}

uint32_t source_add(Sources *all, const char *name, const char *text, size_t len) {
    if (len >= UINT32_MAX || all->count >= UINT32_MAX - 1) return 0;
    SourceText *s = MEM_NEW(SourceText, 1);
    if (!s) return 0;
    s->name = copy_text(name, strlen(name));
    s->text = copy_text(text, len);
    s->len = len;
    if (!s->name || !s->text || !VEC_PUSH(all, s)) {
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

uint32_t source_place(Sources *all, Span span) {
    if (!span.source || all->nplaces >= UINT32_MAX - 1) return 0;
    if (!vec_reserve((void **)&all->places, &all->placeroom, all->nplaces + 1,
                     sizeof *all->places))
        return 0;
    all->places[all->nplaces++] = span;
    return (uint32_t)all->nplaces;
}

Span source_span(const Sources *all, uint32_t place) {
    return place && place <= all->nplaces ? all->places[place - 1] : (Span){0};
}

void source_line_column(const SourceText *s, uint32_t offset, uint32_t *line, uint32_t *column) {
    size_t end = offset < s->len ? offset : s->len;
    *line = *column = 1;
    for (size_t i = 0; i < end; i++) {
        if (s->text[i] == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)s->text[i] & 0xC0) != 0x80) {
            ++*column;
        }
    }
    // An offset within a code point has the column of that code point.
    if (end < s->len && ((unsigned char)s->text[end] & 0xC0) == 0x80 && *column > 1) --*column;
}

void source_free(Sources *all) {
    for (size_t i = 0; i < all->count; i++) free_one(all->items[i]);
    mem_free(all->places);
    VEC_FREE(all);
    *all = (Sources){0};
}

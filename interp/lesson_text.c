// Lesson_text: what a lesson is made of.
#include "interp/lesson_text.h"

#include <stdlib.h>
#include <string.h>

typedef struct Reader {
    const SourceText *source;
    LessonText *out;
    Str *wrong;
    char kind;     // what is being read: a directive (`E` stands for ==), prose (`P`), or 0
    Str text;      // of it
    uint32_t end;  // where the comment before this one ends
    uint32_t seen, line; // bytes looked at, and the line there
} Reader;

static bool no_memory(Reader *r) {
    str_clear(r->wrong);
    str_add(r->wrong, "memory is exhausted");
    return false;
}

// The line of an offset; offsets come in order.
static uint32_t line_of(Reader *r, uint32_t offset) {
    for (; r->seen < offset; r->seen++) r->line += r->source->text[r->seen] == '\n';
    return r->line;
}

static LessonItem *last(const Reader *r) {
    return r->out->items.count ? &r->out->items.items[r->out->items.count - 1] : NULL;
}

static bool add(Reader *r, LessonItemKind kind) {
    LessonItem item = {.kind = kind, .question = {.within = -1, .line = r->line}};
    return VEC_PUSH(&r->out->items, item) || no_memory(r);
}

static bool complain(Reader *r, uint32_t line, const char *what) {
    str_printf(r->wrong, "%s:%u: %s", r->source->name, line, what);
    return false;
}

// --- directives -----------------------------------------------------------------------------

// `E within T` becomes E, and the T.
static void cut_within(LessonQuestion *q) {
    static const char word[] = " within ";
    char *found = NULL, *end;
    for (char *p = q->answer; (p = strstr(p, word)); p++) found = p;
    if (!found) return;
    double within = strtod(found + sizeof word - 1, &end);
    if (*end || !(within >= 0)) return;
    q->within = within;
    *found = '\0';
}

static bool put(Reader *r) {
    LessonQuestion *q = &last(r)->question;
    char *text = str_take(&r->text), **only = NULL;
    if (!text) return no_memory(r);
    switch (r->kind) {
    case 'P': return last(r)->text = text, true;
    case '?': only = &q->text; break;
    case '=': case 'E': only = &q->answer; break;
    case '@': return VEC_PUSH(&q->models, text) || (mem_free(text), no_memory(r));
    case '!': return VEC_PUSH(&q->hints, text) || (mem_free(text), no_memory(r));
    default: only = &q->accept; break; // ':'
    }
    if (*only) {
        mem_free(text);
        return complain(r, q->line, "a question has one text, one answer and one condition");
    }
    *only = text;
    if (r->kind == 'E') q->ask = true;
    if (only == &q->answer) cut_within(q);
    return true;
}

// Files what was read of a directive or of prose.
static bool end_directive(Reader *r) {
    if (!r->kind) return true;
    bool ok = put(r);
    r->kind = 0;
    return ok;
}

// Ends the question that was being read, when there is one.
static bool end_question(Reader *r) {
    if (!end_directive(r)) return false;
    LessonItem *item = last(r);
    if (!item || item->kind != LESSON_QUESTION || item->question.answer) return true;
    return complain(r, item->question.line, "a question needs its answer: a line `# = E`");
}

// What a comment's text begins with: a sign between spaces.
static char directive(const char *text, const char **rest) {
    if (*text != ' ') return 0;
    bool ask = text[1] == '=' && text[2] == '=';
    const char *after = text + 2 + ask;
    if (!text[1] || !strchr("?=:@!", text[1]) || *after != ' ') return 0;
    *rest = after + strspn(after, " ");
    return ask ? 'E' : text[1];
}

static bool begin_directive(Reader *r, char kind, const char *rest, uint32_t line) {
    if (kind == '?') {
        if (!end_question(r) || !add(r, LESSON_QUESTION)) return false;
        last(r)->question.line = line;
        r->out->questions++;
    } else {
        if (!end_directive(r)) return false;
        if (!last(r) || last(r)->kind != LESSON_QUESTION)
            return complain(r, line, "this belongs under a question, a line `# ? text`");
    }
    r->kind = kind;
    str_add(&r->text, rest);
    return true;
}

// --- prose and code -------------------------------------------------------------------------

// Whether nothing but the end of a line and what indents the next stands between two places.
static bool next_line(const Reader *r, uint32_t from, uint32_t to) {
    size_t lines = 0;
    for (uint32_t i = from; i < to; i++) {
        char c = r->source->text[i];
        if (!strchr(" \t\r\n", c)) return false;
        lines += c == '\n';
    }
    return lines == 1;
}

static bool take_comment(Reader *r, const Comment *c) {
    const char *rest;
    bool next = r->end && next_line(r, r->end, c->span.start);
    uint32_t line = line_of(r, c->span.start);
    char kind = directive(c->text, &rest);
    r->end = c->span.end;
    if (kind) return begin_directive(r, kind, rest, line);
    if (r->kind == 'P') {
        str_printf(&r->text, "%s%s", next ? "\n" : "\n\n", c->text + (*c->text == ' '));
        return true;
    }
    if (r->kind && next && strncmp(c->text, "   ", 3) == 0) {
        str_printf(&r->text, " %s", c->text + strspn(c->text, " "));
        return true;
    }
    if (!end_question(r) || !add(r, LESSON_PROSE)) return false;
    r->kind = 'P';
    str_add(&r->text, c->text + (*c->text == ' '));
    return true;
}

// The lines of a statement, comments at their ends included, but for expectations.
static bool take_task(Reader *r, const Task *task, size_t index) {
    const char *text = r->source->text;
    uint32_t from = task->node->span.start, end = task->node->span.end;
    while (end > from && strchr(" \t\r\n", text[end - 1])) end--;
    uint32_t stop = end;
    while (stop < r->source->len && text[stop] != '\n') stop++;
    const char *expect = memmem(text + end, stop - end, "#=>", 3);
    if (expect) stop = (uint32_t)(expect - text);
    while (stop > from && strchr(" \t\r;", text[stop - 1])) stop--;
    if (!end_question(r) || !add(r, LESSON_CODE)) return false;
    Str s = {0};
    str_add_n(&s, text + from, stop - from);
    last(r)->task = index;
    last(r)->apart = from >= 2 && text[from - 1] == '\n' && text[from - 2] == '\n';
    last(r)->text = str_take(&s);
    return last(r)->text || no_memory(r);
}

static bool read_all(Reader *r, const Program *p) {
    size_t task = 0;
    uint32_t covered = 0; // by the statements so far
    for (size_t i = 0; i <= p->ast.ncomments; i++) {
        const Comment *c = i < p->ast.ncomments ? &p->ast.comments[i] : NULL;
        for (; task < p->ntasks; task++) {
            if (c && p->tasks[task].node->span.start > c->span.start) break;
            covered = p->tasks[task].node->span.end;
            if (!take_task(r, &p->tasks[task], task)) return false;
        }
        if (!c || c->expect || !c->own_line || c->span.start < covered) continue;
        if (!take_comment(r, c)) return false;
    }
    return end_question(r) && (r->out->questions || complain(r, 1, "it asks no question"));
}

bool lesson_text_read(const Program *p, const SourceText *source, LessonText *out, Str *wrong) {
    Reader r = {.source = source, .out = out, .wrong = wrong, .line = 1};
    *out = (LessonText){0};
    bool ok = read_all(&r, p);
    str_free(&r.text);
    if (!ok) lesson_text_free(out);
    return ok;
}

void lesson_text_free(LessonText *t) {
    for (size_t i = 0; i < t->items.count; i++) {
        LessonItem *item = &t->items.items[i];
        LessonQuestion *q = &item->question;
        for (size_t k = 0; k < q->models.count; k++) mem_free(q->models.items[k]);
        for (size_t k = 0; k < q->hints.count; k++) mem_free(q->hints.items[k]);
        VEC_FREE(&q->models);
        VEC_FREE(&q->hints);
        mem_free(q->text);
        mem_free(q->answer);
        mem_free(q->accept);
        mem_free(item->text);
    }
    VEC_FREE(&t->items);
    t->questions = 0;
}

// Lesson: a lesson in the conversation.
#include "interp/lesson.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "interp/lesson_judge.h"
#include "interp/lesson_progress.h"
#include "interp/lesson_show.h"
#include "interp/module.h"
#include "interp/render.h"
#include "runtime/base/closest.h"

// What a name meant before the lesson.
typedef struct Saved {
    Sym name;
    Global before;
} Saved;

struct Lesson {
    Interp *in;
    char *name;
    Program *program;
    LessonText text;
    size_t at;      // the question that waits; as many as there are: none
    size_t hints;   // that were given to it
    size_t answers; // of the session, when the question was put
    Value model;    // the lesson's, as of this question
    Value before;   // the current model before the lesson
    VEC(Saved) saved;
};

// --- saying ---------------------------------------------------------------------------------

static void say(Interp *in, Str *text) {
    Str json = {0};
    if (in->options.json) {
        str_add(&json, "{\"kind\":\"lesson\",\"text\":");
        render_json_string(str_text(text), text->len, &json);
        str_add(&json, "}\n");
    }
    const Str *out = in->options.json && !text->failed ? &json : text;
    interp_print(&in->options, out);
    str_free(&json);
    str_free(text);
}

// Says, and frees.
static void say_made(Interp *in, Str *markdown) {
    if (markdown->failed) {
        say(in, markdown);
        return;
    }
    const RenderStyle style = {.color = in->options.color && !in->options.json,
                               .width = in->options.width};
    Str out = {0};
    lesson_show_prose(str_text(markdown), &style, &out);
    str_free(markdown);
    say(in, &out);
}

static void say_prose(Interp *in, const char *text) {
    Str markdown = {0};
    str_add(&markdown, text);
    say_made(in, &markdown);
}

// What a statement of a lesson prints is indented below it.
typedef struct Indent {
    void (*print)(void *user, const char *text, size_t len);
    void *user;
    const InterpOptions *options; // as they are outside
} Indent;

static void print_indented(void *user, const char *text, size_t len) {
    const Indent *to = user;
    Str out = {0};
    for (size_t i = 0; i < len;) {
        const char *end = memchr(text + i, '\n', len - i);
        size_t n = end ? (size_t)(end - text) - i + 1 : len - i;
        if (n > 1) str_add(&out, "    ");
        str_add_n(&out, text + i, n);
        i += n;
    }
    if (out.failed) interp_exhausted(to->options);
    else to->print(to->user, str_text(&out), out.len);
    str_free(&out);
}

static void say_code(Interp *in, const char *code) {
    Str out = {0};
    for (const char *p = code; *p;) {
        size_t n = strcspn(p, "\n");
        str_add(&out, "  ");
        str_add_n(&out, p, n);
        str_add_char(&out, '\n');
        p += n + (p[n] == '\n');
    }
    say(in, &out);
}

static void say_line(Interp *in, const char *line) {
    Str out = {0};
    str_printf(&out, "%s\n", line);
    say(in, &out);
}

// --- running statements ---------------------------------------------------------------------

static bool run_shown(Lesson *l, const LessonItem *item) {
    InterpOptions *o = &l->in->options;
    const InterpOptions outside = *o;
    Indent indent = {o->print, o->user, &outside};
    say_code(l->in, item->text);
    if (!o->json) {
        o->print = print_indented;
        o->user = &indent;
    }
    void (*report)(void *, const char *, size_t) = o->report;
    if (!o->json) o->report = print_indented;
    bool ok = program_step(l->in, &l->program->tasks[item->task]);
    o->print = indent.print;
    o->user = indent.user;
    o->report = report;
    return ok;
}

static bool defines(const Task *task) {
    switch ((NodeKind)task->node->kind) {
    case NODE_MODEL: case NODE_LET: case NODE_DEF: case NODE_USE: case NODE_ASSUME:
    case NODE_IMPORT: return true;
    default: return false;
    }
}

// Runs what defines something, of all that stands before an item.
static void run_definitions(Lesson *l, size_t end) {
    for (size_t i = 0; i < end; i++) {
        const LessonItem *item = &l->text.items.items[i];
        if (item->kind != LESSON_CODE) continue;
        Task *task = &l->program->tasks[item->task];
        if (defines(task) && !program_step(l->in, task)) return;
    }
}

// --- sections -------------------------------------------------------------------------------

// The item that question number `k` is, or the end.
static size_t item_of(const Lesson *l, size_t k) {
    size_t i = 0;
    for (; i < l->text.items.count; i++)
        if (l->text.items.items[i].kind == LESSON_QUESTION && k-- == 0) break;
    return i;
}

static const LessonQuestion *waiting(const Lesson *l) {
    return l->at < l->text.questions ? &l->text.items.items[item_of(l, l->at)].question : NULL;
}

static void put_question(Lesson *l, const LessonQuestion *q) {
    Str text = {0};
    str_printf(&text, "**Question %zu of %zu.** %s", l->at + 1, l->text.questions, q->text);
    say_made(l->in, &text);
}

static void put_end(Lesson *l) {
    Str text = {0};
    str_printf(&text, "That was the last question of `%s`. Look around as long as you like; "
               "`:lesson` lists the others, `:lesson off` puts your own definitions back.",
               l->name);
    say_made(l->in, &text);
}

// Prose stands apart from what surrounds it; statements as they do in the file.
static void show_items(Lesson *l, size_t from, size_t end) {
    LessonItemKind before = LESSON_QUESTION;
    for (size_t i = from; i < end; i++) {
        const LessonItem *item = &l->text.items.items[i];
        if (!l->in->options.json && (item->kind != before || item->apart))
            interp_say(l->in, "\n", 1);
        before = item->kind;
        if (item->kind == LESSON_PROSE) say_prose(l->in, item->text);
        else if (!run_shown(l, item)) break;
    }
}

// Shows what leads to the question `l->at`, and puts it.
static void show_section(Lesson *l) {
    size_t from = l->at ? item_of(l, l->at - 1) + 1 : 0, end = item_of(l, l->at);
    show_items(l, from, end);
    value_drop(l->model);
    l->model = vm_current(l->in->vm);
    l->hints = 0;
    l->answers = l->in->answers;
    if (!l->in->options.json) interp_say(l->in, "\n", 1);
    if (waiting(l)) put_question(l, waiting(l));
    else put_end(l);
}

static void go_on(Lesson *l) {
    l->at++;
    lesson_progress_set(l->name, (LessonProgress){.done = l->at, .of = l->text.questions});
    vm_set_current(l->in->vm, l->model);
    show_section(l);
}

// --- what the learner does ------------------------------------------------------------------

static void say_verdict(Lesson *l, Verdict v) {
    static const char *const words[] = {
        [VERDICT_RIGHT] = "Right.",
        [VERDICT_WRONG] = "No, that is not it. :hint helps, :skip shows the answer.",
        [VERDICT_ASK] = "The value is right. Now type the question that makes Rung find it.",
        [VERDICT_OTHER] = "That asks something else. :hint helps, :skip shows the answer.",
        [VERDICT_RUNG] = "The number is right, but this asks on another rung of the ladder.",
        [VERDICT_CHANCE] = "The number agrees by chance: with other mechanisms it would not.",
    };
    if (v < sizeof words / sizeof *words && words[v]) say_line(l->in, words[v]);
}

void lesson_entry(Lesson *l, const char *text, size_t len) {
    const LessonQuestion *q = waiting(l);
    bool answered = l->in->answers > l->answers;
    uint32_t rung = l->in->vm->rung;
    l->answers = l->in->answers;
    if (!q || !answered) return;
    l->in->exhausted = false;
    Verdict v = lesson_judge(l->in, q, l->model, text, len, rung);
    if (l->in->exhausted) interp_exhausted(&l->in->options);
    else say_verdict(l, v);
    if (v == VERDICT_RIGHT) go_on(l);
}

void lesson_hint(Lesson *l) {
    const LessonQuestion *q = waiting(l);
    if (!q) put_end(l);
    else if (l->hints < q->hints.count) say_prose(l->in, q->hints.items[l->hints++]);
    else say_line(l->in, "There is no further hint; :skip shows the answer.");
}

void lesson_skip(Lesson *l) {
    const LessonQuestion *q = waiting(l);
    if (!q) {
        put_end(l);
        return;
    }
    Value v;
    Str out = {0};
    const RenderStyle style = {.digits = l->in->options.digits};
    str_printf(&out, "An answer is %s", q->answer);
    if (interp_ask(l->in, q->answer, strlen(q->answer), l->model, &v)) {
        Str value = {0};
        render_value(v, &style, &value);
        bool same = strcmp(str_text(&value), q->answer) == 0;
        bool line = !strchr(str_text(&value), '\n');
        if (!same && line) str_printf(&out, ", which is %s", str_text(&value));
        str_free(&value);
        value_drop(v);
    }
    l->in->exhausted = false;
    interp_flush(l->in);
    if (l->in->exhausted) {
        str_free(&out);
        return;
    }
    str_add(&out, ".\n");
    say(l->in, &out);
    go_on(l);
}

void lesson_back(Lesson *l) {
    if (l->at) l->at--;
    run_definitions(l, l->at ? item_of(l, l->at - 1) + 1 : 0);
    show_section(l);
}

// --- the list -------------------------------------------------------------------------------

// The name without its number.
static const char *short_name(const char *name) {
    const char *p = name;
    while (isdigit((unsigned char)*p)) p++;
    return p > name && *p == '-' ? p + 1 : name;
}

// The heading that a lesson begins with.
static void add_title(const char *text, Str *out) {
    static const char mark[] = "# # ";
    if (strncmp(text, mark, sizeof mark - 1) != 0) return;
    text += sizeof mark - 1;
    str_add_n(out, text, strcspn(text, "\n"));
}

void lesson_list(Str *out) {
    str_add(out, "Lessons (:lesson NAME starts one or goes on with it):\n");
    for (size_t i = 0; lesson_files[i].name; i++) {
        const char *name = short_name(lesson_files[i].name);
        LessonProgress p = lesson_progress_get(name);
        Str title = {0};
        add_title(lesson_files[i].text, &title);
        str_printf(out, "  %2zu %-15s %-48s", i + 1, name, str_text(&title));
        if (p.of && p.done == p.of) str_add(out, " done");
        else if (p.of) str_printf(out, " %zu of %zu", p.done, p.of);
        while (out->len && out->text[out->len - 1] == ' ') out->text[--out->len] = '\0';
        str_add_char(out, '\n');
        str_free(&title);
    }
}

void lesson_names(void (*visit)(void *user, const char *name), void *user) {
    for (size_t i = 0; lesson_files[i].name; i++) visit(user, short_name(lesson_files[i].name));
}

// --- beginning ------------------------------------------------------------------------------

static const LessonFile *find(const char *which) {
    const LessonFile *found = NULL;
    char *end;
    unsigned long number = strtoul(which, &end, 10);
    for (size_t i = 0; lesson_files[i].name; i++) {
        const char *name = short_name(lesson_files[i].name);
        if (strcmp(name, which) == 0) return &lesson_files[i];
        if (isdigit((unsigned char)*which) && !*end && number == i + 1) return &lesson_files[i];
        if (strncmp(name, which, strlen(which)) != 0) continue;
        if (found) return NULL;
        found = &lesson_files[i];
    }
    return found;
}

static void say_unknown(const char *which, Str *wrong) {
    Closest closest;
    closest_start(&closest, which);
    for (size_t i = 0; lesson_files[i].name; i++)
        closest_offer(&closest, short_name(lesson_files[i].name));
    const char *best = closest_end(&closest);
    str_printf(wrong, "there is no lesson %s", which);
    if (best) str_printf(wrong, "; did you mean %s?", best);
    else str_add(wrong, "; :lesson lists them");
}

// Keeps what the lesson's names mean now.
static bool save(Lesson *l) {
    for (size_t i = 0; i < l->program->ntasks; i++) {
        Sym name = l->program->tasks[i].node->sym;
        if (!name) continue;
        Saved s = {.name = name, .before = globals_keep(&l->in->vm->globals, name)};
        if (VEC_PUSH(&l->saved, s)) continue;
        value_drop(s.before.value);
        value_drop(s.before.built);
        if (s.before.chunk) chunk_drop(s.before.chunk);
        return false;
    }
    return true;
}

static bool open_text(Lesson *l, const char *name, const char *path, const char *text,
                      size_t len, Str *wrong) {
    Interp *in = l->in;
    l->program = program_new(in, name, path, text, len, NULL);
    interp_flush(in);
    if (!l->program) return false;
    const SourceText *source = source_get(&in->sources, l->program->ast.source);
    return lesson_text_read(l->program, source, &l->text, wrong);
}

static bool open_file(Lesson *l, const char *path, Str *wrong) {
    char *text, *real = realpath(path, NULL);
    size_t len;
    Str name = {0};
    if (!real || !module_read(path, &interp_options(l->in)->ctl, &text, &len)) {
        str_printf(wrong, "%s: %s", path, strerror(errno));
        free(real);
        return false;
    }
    str_add(&name, real);
    free(real);
    l->name = str_take(&name);
    if (!l->name) str_add(wrong, "memory is exhausted");
    bool ok = l->name && open_text(l, path, path, text, len, wrong);
    mem_free(text);
    return ok;
}

static bool is_file(const char *which) {
    size_t len = strlen(which);
    return strchr(which, '/') || (len > 5 && strcmp(which + len - 5, ".rung") == 0);
}

static bool open_which(Lesson *l, const char *which, Str *wrong) {
    const LessonFile *t = is_file(which) ? NULL : find(which);
    Str name = {0};
    if (is_file(which)) return open_file(l, which, wrong);
    if (!t) return say_unknown(which, wrong), false;
    str_add(&name, short_name(t->name));
    l->name = str_take(&name);
    if (!l->name) str_add(wrong, "memory is exhausted");
    return l->name && open_text(l, t->name, NULL, t->text, strlen(t->text), wrong);
}

// Goes on behind the questions that were answered before; a finished lesson begins anew.
static void find_place(Lesson *l, bool anew) {
    LessonProgress p = lesson_progress_get(l->name);
    if (anew || p.of != l->text.questions || p.done == p.of) p.done = 0;
    l->at = p.done;
    lesson_progress_set(l->name, (LessonProgress){.done = l->at, .of = l->text.questions});
}

// Opens the lesson, with the session as it was before any lesson.
static bool start(Lesson *l, const char *which, Lesson **other, Str *wrong) {
    if (!open_which(l, which, wrong)) return false;
    lesson_end(*other);
    *other = NULL;
    l->before = vm_current(l->in->vm);
    if (save(l)) return true;
    str_add(wrong, "memory is exhausted");
    return false;
}

bool lesson_begin(Interp *in, const char *which, bool anew, Lesson **lesson, Str *wrong) {
    Lesson *l = MEM_NEW(Lesson, 1);
    if (!l) {
        str_add(wrong, "memory is exhausted");
        return false;
    }
    l->in = in;
    if (!start(l, which, lesson, wrong)) {
        lesson_end(l);
        return false;
    }
    *lesson = l;
    find_place(l, anew);
    run_definitions(l, l->at ? item_of(l, l->at - 1) + 1 : 0);
    show_section(l);
    return true;
}

static bool is_ours(const Lesson *l, Value model) {
    if (model.tag != l->model.tag) return false;
    return model.tag != VALUE_MODEL || model.model == l->model.model;
}

void lesson_end(Lesson *l) {
    if (!l) return;
    for (size_t i = l->saved.count; i-- > 0;)
        globals_put_back(&l->in->vm->globals, l->saved.items[i].name, l->saved.items[i].before);
    Value now = vm_current(l->in->vm);
    if (l->model.tag != VALUE_NOTHING && is_ours(l, now)) vm_set_current(l->in->vm, l->before);
    value_drop(now);
    value_drop(l->before);
    value_drop(l->model);
    VEC_FREE(&l->saved);
    lesson_text_free(&l->text);
    program_free(l->program);
    mem_free(l->name);
    mem_free(l);
}

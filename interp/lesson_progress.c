// Lesson_progress: how far the learner has come.
#include "interp/lesson_progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interp/state.h"

// Takes a line apart; NULL when it is none. The name lasts as long as the line.
static const char *read_row(char *line, LessonProgress *p) {
    char *of, *name;
    line[strcspn(line, "\n")] = '\0';
    p->done = strtoul(line, &of, 10);
    p->of = strtoul(of, &name, 10);
    if (of == line || name == of || name[0] != ' ' || !name[1]) return NULL;
    return p->of && p->done <= p->of ? name + 1 : NULL;
}

// Copies the rows of all lessons but one, and finds that one's.
static LessonProgress read_rows(const char *path, const char *name, Str *others) {
    LessonProgress found = {0}, p;
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    while (f && getline(&line, &room, f) >= 0) {
        const char *row = read_row(line, &p);
        if (row && strcmp(row, name) == 0) found = p;
        else if (row && others) str_printf(others, "%zu %zu %s\n", p.done, p.of, row);
    }
    free(line);
    if (f) fclose(f);
    return found;
}

LessonProgress lesson_progress_get(const char *name) {
    Str path = state_path("lessons");
    LessonProgress p = {0};
    if (path.len) p = read_rows(str_text(&path), name, NULL);
    str_free(&path);
    return p;
}

// Written beside and renamed, so that a session that ends early leaves the old file whole.
static void write_rows(const char *path, const Str *rows) {
    Str new = {0};
    str_printf(&new, "%s.new", path);
    FILE *f = rows->failed || new.failed ? NULL : fopen(str_text(&new), "w");
    if (f) {
        bool ok = fwrite(str_text(rows), 1, rows->len, f) == rows->len;
        ok = fclose(f) == 0 && ok;
        if (!ok || rename(str_text(&new), path) != 0) remove(str_text(&new));
    }
    str_free(&new);
}

void lesson_progress_set(const char *name, LessonProgress p) {
    Str path = state_path("lessons"), rows = {0};
    if (path.len && !strchr(name, '\n')) {
        read_rows(str_text(&path), name, &rows);
        str_printf(&rows, "%zu %zu %s\n", p.done, p.of, name);
        write_rows(str_text(&path), &rows);
    }
    str_free(&rows);
    str_free(&path);
}

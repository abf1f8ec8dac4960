// Help library: comments and definitions, found in the embedded texts.
//
// A definition's comment is the block of lines that begin with # just above it.
#include "interp/help_library.h"

#include <string.h>

#include "interp/library.h"

// One definition in a text.
typedef struct Entry {
    const char *comment, *def, *end;
} Entry;

static const char *next_line(const char *at) {
    const char *end = strchr(at, '\n');
    return end ? end + 1 : at + strlen(at);
}

// Whether the line defines the name.
static bool defines(const char *line, const LibraryName *l) {
    const char *word = l->model ? "model " : "def ";
    size_t skip = strlen(word), len = strlen(l->name);
    return strncmp(line, word, skip) == 0 && strncmp(line + skip, l->name, len) == 0 &&
           strchr("( =\n", line[skip + len]);
}

static bool goes_on(const char *line) {
    return *line == ' ' || *line == '}';
}

// Lines that go on are indented, and a brace that closes is not.
static bool find_entry(const char *name, Entry *e) {
    const LibraryName *l = library_find(name);
    const char *comment = NULL;
    for (const char *at = l ? library_texts[l->text].text : ""; *at; at = next_line(at)) {
        if (*at == '#') {
            if (!comment) comment = at;
        } else if (defines(at, l)) {
            *e = (Entry){comment ? comment : at, at, next_line(at)};
            while (goes_on(e->end)) e->end = next_line(e->end);
            return true;
        } else {
            comment = NULL;
        }
    }
    return false;
}

// The comment's lines, or as running text its first sentence.
static void add_comment(const Entry *e, bool brief, Str *out) {
    for (const char *at = e->comment; at < e->def; at = next_line(at)) {
        const char *text = at + (at[1] == ' ' ? 2 : 1), *end = next_line(at) - 1;
        const char *stop = brief ? strstr(text, ". ") : NULL;
        if (brief && at != e->comment) str_add_char(out, ' ');
        bool last = brief && (end[-1] == '.' || (stop && stop < end));
        str_add_n(out, text, (size_t)((stop && stop < end ? stop + 1 : end) - text));
        if (last) return;
        if (!brief) str_add_char(out, '\n');
    }
}

void help_library_each(void (*visit)(void *user, const char *name, const char *topic,
                                     const char *line),
                       void *user) {
    for (const LibraryName *l = library_names; l->name; l++) {
        Entry e;
        Str line = {0};
        if (find_entry(l->name, &e)) add_comment(&e, true, &line);
        visit(user, l->name, library_texts[l->text].topic, str_text(&line));
        str_free(&line);
    }
}

bool help_library_name(const char *name, Str *out) {
    Entry e;
    if (!find_entry(name, &e)) return false;
    str_add_n(out, e.def, (size_t)(e.end - e.def));
    add_comment(&e, false, out);
    return true;
}

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

static bool is_def(const char *line) {
    return strncmp(line, "def ", 4) == 0;
}

static size_t name_length(const char *def) {
    return strcspn(def + 4, "( =\n");
}

// The next definition from `from` on. Lines that go on are indented.
static bool next_entry(const char *from, Entry *out) {
    const char *comment = NULL;
    for (const char *at = from; *at; at = next_line(at)) {
        if (*at == '#') {
            if (!comment) comment = at;
        } else if (is_def(at)) {
            *out = (Entry){comment ? comment : at, at, next_line(at)};
            while (*out->end == ' ') out->end = next_line(out->end);
            return true;
        } else {
            comment = NULL;
        }
    }
    return false;
}

// The comment as running text: line by line, or up to its first full stop.
static void add_comment(const Entry *e, bool brief, Str *out) {
    for (const char *at = e->comment; at < e->def; at = next_line(at)) {
        const char *text = at + strspn(at, "# ");
        const char *end = next_line(at) - 1;
        const char *stop = brief ? strstr(text, ". ") : NULL;
        if (brief && at != e->comment) str_add_char(out, ' ');
        str_add_n(out, text, (size_t)((stop && stop < end ? stop + 1 : end) - text));
        if (stop && stop < end) return;
        if (!brief) str_add_char(out, '\n');
    }
}

static bool find_entry(const char *name, Entry *e) {
    for (const LibraryText *t = library_texts; t->name; t++)
        for (const char *at = t->text; next_entry(at, e); at = e->end) {
            size_t len = name_length(e->def);
            if (strlen(name) == len && strncmp(e->def + 4, name, len) == 0) return true;
        }
    return false;
}

void help_library_each(void (*visit)(void *user, const char *name, const char *topic,
                                     const char *line),
                       void *user) {
    for (size_t i = 0; library_names[i]; i++) {
        Entry e;
        Str line = {0};
        if (find_entry(library_names[i], &e)) add_comment(&e, true, &line);
        visit(user, library_names[i], "library", str_text(&line));
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

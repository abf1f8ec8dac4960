// Help: the documentation of every name.
#include "interp/help_library.h"
#include "interp/method.h"
#include "interp/help.h"

#include <stddef.h>
#include <string.h>

#include "interp/diag.h"
#include "interp/native.h"
#include "runtime/base/closest.h"

typedef struct Entry {
    const char *name, *topic, *form, *text;
} Entry;

static const Entry entries[] = {
#define HELP(name, topic, form, text) {name, topic, form, text},
#include "interp/help.def"
#undef HELP
};

#define ENTRIES (sizeof entries / sizeof *entries)

typedef void (*Visit)(void *user, const char *name, const char *topic, const char *line);

// Every name with its topic, in the order of the tables.
static void each_name(Visit visit, void *user) {
    for (size_t i = 0; i < ENTRIES; i++)
        visit(user, entries[i].name, entries[i].topic, entries[i].form);
    for (size_t i = 0; native_tables[i]; i++)
        for (const Native *n = native_tables[i]; n->name; n++)
            visit(user, n->name, n->topic, native_doc(n));
    for (const Method *m = method_table; m->name; m++) visit(user, m->name, "methods", m->doc);
    help_library_each(visit, user);
}

typedef struct Listing {
    Str *out;
    const char *topic; // the one listed, or the last one seen
    size_t found, column;
} Listing;

static void list_topic(void *user, const char *name, const char *topic, const char *line) {
    Listing *l = user;
    if (l->topic && strcmp(l->topic, topic) == 0) {
        l->column += strlen(name) + 1;
        if (l->column > 78) {
            str_add(l->out, "\n                ");
            l->column = 17 + strlen(name);
        }
        str_printf(l->out, " %s", name);
        return;
    }
    (void)line;
    str_printf(l->out, "%s  %-13s %s", l->topic ? "\n" : "", topic, name);
    l->topic = topic;
    l->column = 16 + strlen(name);
}

void help_topics(Str *out) {
    Listing l = {.out = out};
    str_add(out, ":help NAME tells about one of these, a topic, or a diagnostic's code.\n\n");
    each_name(list_topic, &l);
    str_add_char(out, '\n');
}

static void list_line(void *user, const char *name, const char *topic, const char *line) {
    Listing *l = user;
    if (strcmp(topic, l->topic) != 0) return;
    l->found++;
    str_printf(l->out, "  %-16s %s\n", name, line);
}

static bool language_help(const char *name, Str *out) {
    bool found = false;
    for (size_t i = 0; i < ENTRIES; i++) {
        if (strcmp(entries[i].name, name) != 0) continue;
        str_printf(out, "%s\n%s\n", entries[i].form, entries[i].text);
        found = true;
    }
    return found;
}

static void offer(void *user, const char *name, const char *topic, const char *line) {
    (void)topic;
    (void)line;
    closest_offer(user, name);
}

static void method_help(const Method *m, Str *out) {
    str_printf(out, "using %s\n%s\n", m->name, m->doc);
    for (const MethodOption *o = m->options; o && o->name; o++)
        str_printf(out, "  %-6s %s\n", o->name, o->doc);
}

bool help_name(const char *name, Str *out) {
    const Native *native = native_find(name);
    DiagCode code = diag_find(name);
    if (language_help(name, out)) return true;
    if (native) {
        str_printf(out, "%s(%s)\n%s\n", native->name, native->params, native_doc(native));
        return true;
    }
    if (help_library_name(name, out)) return true;
    if (method_find(name)) return method_help(method_find(name), out), true;
    if (code != DIAG_NONE) {
        str_printf(out, "%s: %s\n\n%s", diag_code(code), diag_title(code), diag_page(code));
        return true;
    }
    Listing l = {.out = out, .topic = name};
    each_name(list_line, &l);
    if (l.found) return true;
    Closest closest;
    closest_start(&closest, name);
    each_name(offer, &closest);
    const char *best = closest_end(&closest);
    str_printf(out, "there is no help on %s", name);
    if (best) str_printf(out, "; did you mean %s?", best);
    str_add(out, "\n:help lists everything\n");
    return false;
}

typedef struct Relay {
    void (*visit)(void *user, const char *name);
    void *user;
} Relay;

static void relay(void *user, const char *name, const char *topic, const char *line) {
    (void)topic;
    (void)line;
    const Relay *r = user;
    r->visit(r->user, name);
}

void help_each(void (*visit)(void *user, const char *name), void *user) {
    Relay r = {visit, user};
    each_name(relay, &r);
}

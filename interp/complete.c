// Complete: what Tab offers.
#include "interp/complete.h"

#include <ctype.h>
#include <string.h>

#include "interp/command.h"
#include "interp/lesson.h"
#include "interp/complete_place.h"
#include "interp/help.h"
#include "interp/method.h"
#include "runtime/model/name.h"

static const char *const statements[] = {
    "assert", "assume", "check", "def",  "evaluate", "explain", "import",
    "ladder", "let",    "lua",   "model", "show",    "test",    "use",    NULL,
};

static const char *const items[] = {"factor", "latent", "noise", "observed", "remove", "selected",
                                    NULL};

static const char *const words[] = {
    "and",  "argmax", "case", "do",   "else",  "false", "for",   "from", "if",
    "in",   "not",    "or",   "then", "true",  "under", "using", "where", "with", NULL,
};

static const char *const domains[] = {"bool", "int", "ordered", "positive", "real", "unit", NULL};

typedef struct Offer {
    Interp *interp;
    const Model *model; // whose variables are meant, or NULL
    const Place *place;
    const char *typed; // of the word
    size_t len;
    const char *kind;  // only names of this kind, or NULL
    Str scratch;
    void (*visit)(void *user, const char *word);
    void *user;
} Offer;

// A word fits when it begins as typed, whether or not its quote was typed.
static void offer(Offer *o, const char *word) {
    bool quoted = *word == '"' || *word == '`';
    bool fits = strncmp(word, o->typed, o->len) == 0 ||
                (quoted && strncmp(word + 1, o->typed, o->len) == 0);
    if (fits) o->visit(o->user, word);
}

static void offer_all(Offer *o, const char *const *list) {
    for (; *list; list++) offer(o, *list);
}

static void offer_sym(Offer *o, Sym name, void (*write)(Sym name, Str *out)) {
    str_clear(&o->scratch);
    write(name, &o->scratch);
    offer(o, str_text(&o->scratch));
}

static void offer_suffixed(Offer *o, const char *word, const char *suffix) {
    str_clear(&o->scratch);
    str_printf(&o->scratch, "%s%s", word, suffix);
    offer(o, str_text(&o->scratch));
}

// --- variables and levels -------------------------------------------------------------------

static const ModelVar *find_variable(const Model *m, const char *name) {
    for (uint32_t i = 0; m && i < m->nvars; i++) {
        const ModelVar *v = m->vars[i];
        if (strcmp(v->name->text, name) == 0 || (v->family && strcmp(v->family->text, name) == 0))
            return v;
    }
    return NULL;
}

static void offer_levels(Offer *o, const Domain *d) {
    enum { MOST = 200 };
    for (uint32_t i = 0; domain_finite(d) && i < d->count && i < MOST; i++) {
        str_clear(&o->scratch);
        domain_add_literal(d, i, &o->scratch);
        offer(o, str_text(&o->scratch));
    }
}

// The levels of a variable of the model, or of one that the text declares. False: none are known.
static bool offer_values(Offer *o, const char *name) {
    const ModelVar *v = find_variable(o->model, name);
    bool is_bool;
    const Token *t = complete_place_levels(o->place, name, &is_bool);
    if (is_bool) {
        offer(o, "false");
        offer(o, "true");
    } else if (t) {
        const Token *end = o->place->before.items + o->place->before.count;
        for (t++; t < end && t->kind != TOKEN_RBRACE; t++) {
            if (t->kind != TOKEN_NAME && t->kind != TOKEN_STRING && t->kind != TOKEN_NUMBER)
                continue;
            str_clear(&o->scratch);
            str_add_n(&o->scratch, o->place->text + t->start, t->end - t->start);
            offer(o, str_text(&o->scratch));
        }
    } else if (v && domain_finite(v->domain)) {
        offer_levels(o, v->domain);
    } else {
        return false;
    }
    return true;
}

static bool stands_in(const Token *from, const Token *end, const char *name) {
    for (; from < end; from++)
        if (from->kind == TOKEN_NAME && strcmp(from->sym->text, name) == 0) return true;
    return false;
}

// The variables of the model, without those that stand in the tokens.
static void offer_variables(Offer *o, const Token *from, const Token *end) {
    for (uint32_t i = 0; o->model && i < o->model->nvars; i++) {
        const ModelVar *v = o->model->vars[i];
        if (!v->anonymous && !stands_in(from, end, v->name->text))
            offer_sym(o, v->name, name_add);
    }
}

// --- names ----------------------------------------------------------------------------------

static void offer_name(void *user, const char *name, const char *kind) {
    Offer *o = user;
    if (o->kind && strcmp(o->kind, kind) != 0) return;
    str_clear(&o->scratch);
    if (lexer_needs_quotes(name)) name_add_quoted(name, &o->scratch);
    else str_add(&o->scratch, name);
    offer(o, str_text(&o->scratch));
}

static void offer_kind(Offer *o, const char *kind) {
    o->kind = kind;
    interp_names(o->interp, offer_name, o);
}

static void offer_help(void *user, const char *name) {
    offer(user, name);
}

static bool opens_statement(const char *word) {
    for (const char *const *each = statements; *each; each++)
        if (strcmp(word, *each) == 0) return true;
    return false;
}

// Heads of questions and the like; signs are not completed.
static void offer_word(void *user, const char *name) {
    if (isalpha((unsigned char)*name) && !opens_statement(name)) offer(user, name);
}

// In a text that is being written, what it has named so far.
static void offer_mentioned(Offer *o) {
    const Place *p = o->place;
    for (size_t i = 0; p->opener < p->before.count && i < p->before.count; i++)
        if (p->before.items[i].kind == TOKEN_NAME) offer_sym(o, p->before.items[i].sym, name_add);
}

static void offer_code(Offer *o) {
    interp_names(o->interp, offer_name, o);
    offer_all(o, words);
    help_each(offer_word, o);
    offer_variables(o, NULL, NULL);
    offer_mentioned(o);
    for (uint32_t i = 0; o->len && o->model && i < o->model->nvars; i++)
        offer_levels(o, o->model->vars[i]->domain);
}

// --- places ---------------------------------------------------------------------------------

static const Token *after_opener(const Place *p) {
    return p->before.items + p->opener + (p->opener < p->before.count);
}

static const Token *end_of(const Place *p) {
    return p->before.items + p->before.count;
}

static void offer_set(Offer *o) {
    const Place *p = o->place;
    if (p->name && !find_variable(o->model, p->name->sym->text)) offer_code(o);
    else offer_variables(o, p->opener < p->before.count ? after_opener(p) : p->before.items,
                         end_of(p));
}

static void offer_effects(Offer *o) {
    const Model *m = o->model;
    for (uint32_t i = 0; m && i < m->nedges; i++)
        if (!m->edges[i].both &&
            strcmp(m->vars[m->edges[i].from]->name->text, o->place->name->sym->text) == 0)
            offer_sym(o, m->vars[m->edges[i].to]->name, name_add);
}

// The variables of the arrow that ends here.
static void offer_arrow(Offer *o) {
    const Place *p = o->place;
    const Token *end = end_of(p), *from = end;
    while (from > p->before.items + 1 && from[-1].kind == TOKEN_ARROW) from -= 2;
    offer_variables(o, from, end);
}

static void offer_label(void *user, const char *label) {
    offer_suffixed(user, label, ":");
}

static void offer_argument(Offer *o) {
    interp_labels(o->interp, o->place->name->sym->text, offer_label, o);
    offer_code(o);
}

// `treated:` and its like: a level of one of the variables in the arrow.
static void offer_value(Offer *o) {
    const Place *p = o->place;
    bool any = false;
    for (const Token *t = after_opener(p); t + 1 < end_of(p); t++) {
        bool joined = t[1].kind == TOKEN_ARROW || t[-1].kind == TOKEN_ARROW;
        if (t->kind == TOKEN_NAME && joined) any |= offer_values(o, t->sym->text);
    }
    if (!any) offer_code(o);
}

static void offer_methods(Offer *o) {
    for (const Method *m = method_table; m->name; m++) offer(o, m->name);
}

static void offer_options(Offer *o) {
    const Method *m = method_find(o->place->name->sym->text);
    for (const MethodOption *each = m ? m->options : NULL; each && each->name; each++)
        offer_suffixed(o, each->name, ":");
}

static void offer_place(Offer *o) {
    switch (o->place->kind) {
    case PLACE_NOTHING: case PLACE_FILE: break;
    case PLACE_STATEMENT:
        offer_all(o, statements);
        if (o->place->opener < o->place->before.count) offer_all(o, items);
        offer_code(o);
        break;
    case PLACE_CODE: offer_code(o); break;
    case PLACE_LEVEL:
        if (!offer_values(o, o->place->name->sym->text)) offer_code(o);
        break;
    case PLACE_SET: offer_set(o); break;
    case PLACE_EDGE: offer_effects(o); break;
    case PLACE_ARROW: offer_arrow(o); break;
    case PLACE_ARGUMENT: offer_argument(o); break;
    case PLACE_VALUE: offer_value(o); break;
    case PLACE_SOURCE: offer_kind(o, "data"); offer_kind(o, "model"); break;
    case PLACE_MODEL: offer_kind(o, "model"); break;
    case PLACE_METHOD: offer_methods(o); break;
    case PLACE_OPTION: offer_options(o); break;
    case PLACE_DOMAIN: offer_all(o, domains); break;
    }
}

static void offer_at(Offer *o, const char *text, size_t len, size_t cursor, size_t *start) {
    Place place;
    if (complete_place(text, len, cursor, &place)) {
        *start = place.start;
        o->place = &place;
        o->model = place.under ? interp_find_model(o->interp, place.under->sym->text)
                               : interp_model(o->interp);
        o->typed = text + place.start;
        o->len = cursor - place.start;
        offer_place(o);
        o->place = NULL;
    }
    complete_place_free(&place);
}

// --- commands -------------------------------------------------------------------------------

static void offer_command(void *user, const char *name, const char *doc) {
    (void)doc;
    offer(user, name);
}

static void offer_commands(Offer *o) {
    for (const Command *c = command_list; c->name; c++) offer(o, c->name);
    interp_commands(o->interp, offer_command, o);
}

static void offer_topics(Offer *o) {
    help_each(offer_help, o);
    offer_commands(o);
}

static void offer_models(Offer *o) {
    offer_kind(o, "model");
}

static void offer_setting(void *user, const char *name, const char *value) {
    (void)value;
    offer(user, name);
}

static void offer_settings(Offer *o) {
    command_settings(interp_options(o->interp), offer_setting, o);
}

static void offer_lesson(void *user, const char *name) {
    offer(user, name);
}

static void offer_lessons(Offer *o) {
    lesson_names(offer_lesson, o);
    offer(o, "off");
}

static void offer_switch(Offer *o) {
    offer(o, "on");
    offer(o, "off");
}

// What a command takes that is not code.
static const struct {
    const char *command;
    void (*offer)(Offer *o);
} takes[] = {
    {"graph", NULL}, {"help", offer_topics},  {"lesson", offer_lessons}, {"load", NULL},
    {"model", offer_models}, {"quit", NULL}, {"set", offer_settings}, {"time", offer_switch},
    {"vars", NULL},
};

static bool is_named(const char *text, size_t len, const char *name) {
    return strlen(name) == len && memcmp(text, name, len) == 0;
}

typedef struct Setting {
    Offer *offer;
    const char *name;
    size_t len;
} Setting;

static void offer_setting_value(void *user, const char *name, const char *value) {
    const Setting *s = user;
    if (!is_named(s->name, s->len, name)) return;
    if (strcmp(value, "on") == 0 || strcmp(value, "off") == 0) offer_switch(s->offer);
    else offer(s->offer, value);
}

// The second word of `:set`.
static bool offer_second(Offer *o, const char *arg, size_t arg_len) {
    size_t n = strcspn(arg, " =\t");
    if (n >= arg_len) return false;
    Setting s = {o, arg, n};
    command_settings(interp_options(o->interp), offer_setting_value, &s);
    return true;
}

// Where the white space, or the rest, ends that begins there.
static size_t word_end(const char *line, size_t from, bool space) {
    return from + (space ? strspn(line + from, " \t") : strcspn(line + from, " \t"));
}

// A line that begins with a colon: the command, or what it takes.
static void complete_command(Offer *o, const char *line, size_t len, size_t cursor,
                             size_t *start) {
    size_t name = 1 + strcspn(line + 1, " \t"), at = cursor;
    size_t arg = word_end(line, name, true);
    if (arg > cursor) arg = cursor;
    while (at && !isspace((unsigned char)line[at - 1]) && !strchr(":=", line[at - 1])) at--;
    *start = at;
    o->typed = line + at;
    o->len = cursor - at;
    if (cursor <= name) {
        offer_commands(o);
        return;
    }
    for (size_t i = 0; i < sizeof takes / sizeof *takes; i++) {
        if (!is_named(line + 1, name - 1, takes[i].command)) continue;
        bool set = takes[i].offer == offer_settings;
        bool second = set && offer_second(o, line + arg, cursor > arg ? cursor - arg : 0);
        if (takes[i].offer && !second) takes[i].offer(o);
        return;
    }
    // What :svg draws stands behind its file.
    if (is_named(line + 1, name - 1, "svg")) {
        size_t file = word_end(line, arg, false);
        if (cursor <= file) return;
        arg = word_end(line, file, true);
        if (arg > cursor) arg = cursor;
    }
    offer_at(o, line + arg, len - arg, cursor - arg, start);
    *start += arg;
}

void complete_text(Interp *interp, const char *text, size_t len, size_t cursor, size_t *start,
                   void (*visit)(void *user, const char *word), void *user) {
    Offer o = {.interp = interp, .visit = visit, .user = user};
    size_t line = strspn(text, " \t");
    *start = cursor;
    if (text[line] == ':' && cursor > line) {
        complete_command(&o, text + line, len - line, cursor - line, start);
        *start += line;
    } else {
        offer_at(&o, text, len, cursor, start);
    }
    str_free(&o.scratch);
}

bool complete_wants_file(const char *text, size_t len, size_t cursor) {
    text += strspn(text, " \t");
    if (strncmp(text, ":load", 5) == 0) return true;
    Place place;
    bool wants = complete_place(text, len, cursor, &place) && place.kind == PLACE_FILE;
    complete_place_free(&place);
    return wants;
}

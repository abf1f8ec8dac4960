// Complete: what Tab offers.
#include "interp/complete.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/readline.h>

#include "interp/command.h"
#include "interp/help.h"
#include "runtime/base/mem.h"
#include "runtime/base/vec.h"

static const char *const keywords[] = {
    "and",  "argmax", "assert", "assume", "case",  "def",   "do",    "else",  "explain",
    "false", "for",   "from",   "if",     "import", "in",   "latent", "let",  "model",
    "noise", "not",   "or",     "show",   "test",  "then",  "true",  "under", "use",
    "using", "where", "with",   NULL,
};

typedef struct Offer {
    const char *word; // what was typed of it
    size_t len;
    const char *kind; // only names of this kind, or NULL
    void (*visit)(void *user, const char *word);
    void *user;
} Offer;

static void offer(const Offer *o, const char *name) {
    if (strncmp(name, o->word, o->len) == 0) o->visit(o->user, name);
}

static void offer_name(void *user, const char *name, const char *kind) {
    const Offer *o = user;
    if (!o->kind || strcmp(o->kind, kind) == 0) offer(o, name);
}

static void offer_help(void *user, const char *name) {
    offer(user, name);
}

// Heads of questions and the like; signs are not completed.
static void offer_word(void *user, const char *name) {
    if (isalpha((unsigned char)*name)) offer(user, name);
}

static bool in_word(char c) {
    return isalnum((unsigned char)c) || c == '_' || (unsigned char)c >= 0x80;
}

// The word that ends before `end`, skipping white space: its start, and its length in *len.
static size_t word_before(const char *text, size_t end, size_t *len) {
    while (end && isspace((unsigned char)text[end - 1])) end--;
    size_t start = end;
    while (start && in_word(text[start - 1])) start--;
    *len = end - start;
    return start;
}

static const Domain *domain_of(Interp *interp, const char *name, size_t len) {
    const Model *m = interp_model(interp);
    for (uint32_t i = 0; m && i < m->nvars; i++)
        if (m->vars[i]->name->len == len && memcmp(m->vars[i]->name->text, name, len) == 0)
            return m->vars[i]->domain;
    return NULL;
}

static void offer_levels(const Offer *o, const Domain *d) {
    Str level = {0};
    for (uint32_t i = 0; i < d->count; i++) {
        str_clear(&level);
        domain_add_literal(d, i, &level);
        offer(o, str_text(&level));
    }
    str_free(&level);
}

// After `V =`, `V !=` and inside `V in {`: the domain whose levels fit.
static const Domain *expected(Interp *interp, const char *text, size_t start) {
    size_t at = start, len;
    while (at && isspace((unsigned char)text[at - 1])) at--;
    if (!at || text[at - 1] != '=') return NULL;
    at--;
    while (at && strchr("=!<>", text[at - 1])) at--;
    size_t name = word_before(text, at, &len);
    return len ? domain_of(interp, text + name, len) : NULL;
}

static bool after_word(const char *text, size_t start, const char *word) {
    size_t len, at = word_before(text, start, &len);
    return len == strlen(word) && memcmp(text + at, word, len) == 0;
}

static void offer_everything(Interp *interp, Offer *o) {
    interp_names(interp, offer_name, o);
    for (size_t i = 0; keywords[i]; i++) offer(o, keywords[i]);
    help_each(offer_word, o);
    const Model *m = interp_model(interp);
    for (uint32_t i = 0; m && i < m->nvars; i++) {
        if (!m->vars[i]->anonymous) offer(o, m->vars[i]->name->text);
        if (o->len) offer_levels(o, m->vars[i]->domain);
    }
}

static void offer_command(void *user, const char *name, const char *doc) {
    (void)doc;
    offer(user, name);
}

static void offer_commands(Interp *interp, Offer *o) {
    for (const Command *c = command_list; c->name; c++) offer(o, c->name);
    interp_commands(interp, offer_command, o);
}

void complete_text(Interp *interp, const char *text, size_t len, size_t *start,
                   void (*visit)(void *user, const char *word), void *user) {
    size_t at = len;
    while (at && in_word(text[at - 1])) at--;
    *start = at;
    Offer o = {.word = text + at, .len = len - at, .visit = visit, .user = user};
    bool help = strncmp(text, ":help", 5) == 0 && at > 5;
    if (at == 1 && text[0] == ':') {
        offer_commands(interp, &o);
    } else if (help) {
        help_each(offer_help, &o);
        offer_commands(interp, &o);
    } else if (after_word(text, at, "under") || after_word(text, at, "use")) {
        o.kind = "model";
        interp_names(interp, offer_name, &o);
    } else {
        const Domain *d = expected(interp, text, at);
        if (d) offer_levels(&o, d);
        else offer_everything(interp, &o);
    }
}

// --- readline -------------------------------------------------------------------------------

// Readline's callbacks carry no argument: the session and the matches of the word at hand.
static Interp *session;
static VEC(char *) matches;
static size_t next_match;

static void collect(void *user, const char *word) {
    (void)user;
    for (size_t i = 0; i < matches.count; i++)
        if (strcmp(matches.items[i], word) == 0) return;
    char *copy = strdup(word);
    if (copy && !VEC_PUSH(&matches, copy)) free(copy);
}

static char *generate(const char *text, int state) {
    (void)text;
    if (state == 0) next_match = 0;
    return next_match < matches.count ? strdup(matches.items[next_match++]) : NULL;
}

static bool inside_quotes(const char *text, int end) {
    bool inside = false;
    for (int i = 0; i < end; i++) inside ^= text[i] == '"';
    return inside;
}

static char **attempt(const char *text, int start, int end) {
    (void)text;
    (void)start;
    if (inside_quotes(rl_line_buffer, end) || strncmp(rl_line_buffer, ":load", 5) == 0) return NULL;
    size_t at;
    for (size_t i = 0; i < matches.count; i++) free(matches.items[i]);
    matches.count = 0;
    complete_text(session, rl_line_buffer, (size_t)end, &at, collect, NULL);
    rl_attempted_completion_over = 1;
    rl_completion_append_character = rl_line_buffer[0] == ':' ? ' ' : '\0';
    return rl_completion_matches(text, generate);
}

void complete_install(Interp *interp) {
    session = interp;
    rl_attempted_completion_function = attempt;
    rl_completer_word_break_characters = " \t\n\"'`@$><=;|&{}()[]+-*/^,:.!?~";
    rl_basic_quote_characters = "\"";
}

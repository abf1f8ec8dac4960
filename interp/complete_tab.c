// Complete tab: readline's Tab key.
#include "interp/complete_tab.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/readline.h>

#include "interp/complete.h"
#include "runtime/base/vec.h"

// Readline's callbacks carry no argument: the session, the lines before, and the matches at hand.
static Interp *session;
static const Str *before;
static VEC(char *) matches;
static size_t next_match;

// What readline takes for the word may begin later than the one that is offered, as after a
// backquote.
static void collect(void *user, const char *word) {
    size_t typed = *(const size_t *)user;
    if (strlen(word) < typed) return;
    for (size_t i = 0; i < matches.count; i++)
        if (strcmp(matches.items[i], word + typed) == 0) return;
    char *copy = strdup(word + typed);
    if (copy && !VEC_PUSH(&matches, copy)) free(copy);
}

static char *generate(const char *text, int state) {
    (void)text;
    if (state == 0) next_match = 0;
    return next_match < matches.count ? strdup(matches.items[next_match++]) : NULL;
}

static void find_matches(const Str *text, size_t line, size_t start, size_t end) {
    size_t at = 0, typed = 0;
    for (size_t i = 0; i < matches.count; i++) free(matches.items[i]);
    matches.count = 0;
    // The first time, to learn where the word begins.
    complete_text(session, str_text(text), text->len, line + end, &at, collect, &typed);
    if (at >= line + start) return;
    for (size_t i = 0; i < matches.count; i++) free(matches.items[i]);
    matches.count = 0;
    typed = line + start - at;
    complete_text(session, str_text(text), text->len, line + end, &at, collect, &typed);
}

static char **attempt(const char *text, int start, int end) {
    Str all = {0};
    if (before->len) {
        str_add(&all, str_text(before));
        str_add_char(&all, '\n');
    }
    size_t line = all.len;
    str_add(&all, rl_line_buffer);
    bool file = complete_wants_file(str_text(&all), all.len, line + (size_t)end);
    rl_attempted_completion_over = !file;
    if (!file && !all.failed) find_matches(&all, line, (size_t)start, (size_t)end);
    str_free(&all);
    if (file) return NULL;
    rl_completion_suppress_quote = 1; // a word brings its own
    rl_completion_append_character = rl_line_buffer[0] == ':' ? ' ' : '\0';
    return rl_completion_matches(text, generate);
}

void complete_tab_install(Interp *interp, const Str *entry) {
    session = interp;
    before = entry;
    rl_attempted_completion_function = attempt;
    rl_completer_word_break_characters = " \t\n\"'`@$><=;|&{}()[]+-*/^,:.!?~";
    rl_basic_quote_characters = "\"";
}

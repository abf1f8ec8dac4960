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

// The entry so far; where the line begins that is being typed.
static Str entry_text(size_t *line) {
    Str all = {0};
    if (before->len) {
        str_add(&all, str_text(before));
        str_add_char(&all, '\n');
    }
    *line = all.len;
    str_add(&all, rl_line_buffer);
    return all;
}

static bool wants_file(void) {
    size_t line;
    Str all = entry_text(&line);
    bool file = complete_wants_file(str_text(&all), all.len, line + (size_t)rl_point);
    str_free(&all);
    return file;
}

// What ends the word to the left of the cursor: the names of files hold most signs.
static char *word_breaks(void) {
    static char of_files[] = "\"\t\n", of_words[] = " \t\n\"'`@$><=;|&{}()[]+-*/^,:.!?~";
    static char of_commands[] = " \t";
    bool command = rl_line_buffer[strspn(rl_line_buffer, " \t")] == ':';
    if (!wants_file()) return of_words;
    return command ? of_commands : of_files;
}

static char **attempt(const char *text, int start, int end) {
    size_t line;
    bool file = wants_file();
    Str all = entry_text(&line);
    rl_attempted_completion_over = !file;
    if (!file && !all.failed) find_matches(&all, line, (size_t)start, (size_t)end);
    str_free(&all);
    bool command = rl_line_buffer[strspn(rl_line_buffer, " \t")] == ':';
    rl_completion_append_character = command ? ' ' : file ? '"' : '\0';
    if (file) return NULL;
    return rl_completion_matches(text, generate);
}

void complete_tab_install(Interp *interp, const Str *entry) {
    session = interp;
    before = entry;
    rl_attempted_completion_function = attempt;
    rl_completion_word_break_hook = word_breaks;
    rl_basic_quote_characters = ""; // a word brings its own
}

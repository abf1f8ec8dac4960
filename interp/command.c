// Command: the commands of the REPL.
#include "interp/command.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interp/amount.h"
#include "interp/help.h"
#include "interp/lesson.h"
#include "interp/native.h"
#include "interp/picture.h"
#include "interp/render.h"
#include "runtime/base/closest.h"
#include "runtime/base/mem.h"
#include "runtime/format/gzfile.h"
#include "runtime/model/name.h"

static void say(Session *s, const Str *text) {
    if (!interp_print(interp_options(s->interp), text)) s->status = EXIT_INTERNAL;
}

static void say_free(Session *s, Str *text) {
    if (text->len && str_text(text)[text->len - 1] != '\n') str_add_char(text, '\n');
    say(s, text);
    str_free(text);
}

// Whether there was no memory for a text, which is then reported.
static bool is_lost(Session *s, const Str *text) {
    if (!text->failed) return false;
    interp_exhausted(interp_options(s->interp));
    s->status = EXIT_INTERNAL;
    return true;
}

static void complain(Session *s, Str *text) {
    const InterpOptions *o = interp_options(s->interp);
    Str json = {0};
    if (o->json) {
        str_add(&json, "{\"kind\":\"error\",\"message\":");
        render_json_string(str_text(text), text->len, &json);
        str_add_char(&json, '}');
    }
    Str *out = o->json ? &json : text;
    if (out->len && str_text(out)[out->len - 1] != '\n') str_add_char(out, '\n');
    interp_report(o, out);
    str_free(&json);
    str_free(text);
    s->status = EXIT_FAILED;
}

static void list_commands(Str *out) {
    str_add(out, "Commands:\n");
    for (const Command *c = command_list; c->name; c++) {
        Str form = {0};
        str_printf(&form, ":%s %s", c->name, c->args);
        str_printf(out, "  %-22s %s\n", str_text(&form), c->doc);
        str_free(&form);
    }
}

static void list_lua(void *user, const char *name, const char *doc) {
    str_printf(user, "  :%s   %s\n", name, doc);
}

static void run_help(Session *s, const char *arg) {
    Str out = {0};
    if (*arg == ':') arg++;
    if (*arg == '\0') {
        help_topics(&out);
        str_add_char(&out, '\n');
        list_commands(&out);
        interp_commands(s->interp, list_lua, &out);
        say_free(s, &out);
        return;
    }
    for (const Command *c = command_list; c->name; c++)
        if (strcmp(c->name, arg) == 0) str_printf(&out, ":%s %s\n%s\n", c->name, c->args, c->doc);
    bool command = out.len > 0;
    Str more = {0};
    bool known = interp_help(s->interp, arg, &more) || help_name(arg, &more);
    if (known || !command) str_add(&out, str_text(&more));
    str_free(&more);
    say_free(s, &out);
}

static bool eval(Session *s, const char *arg, Value *out) {
    if (interp_eval(s->interp, arg, strlen(arg), out)) return true;
    s->status = EXIT_FAILED;
    return false;
}

static void run_type(Session *s, const char *arg) {
    Value v;
    if (!eval(s, arg, &v)) return;
    Str out = {0};
    str_add(&out, value_kind(v));
    value_drop(v);
    say_free(s, &out);
}

static void run_entry(Session *s, const char *before, const char *arg) {
    Str text = {0};
    bool incomplete = false;
    str_printf(&text, "%s %s", before, arg);
    int status = EXIT_INTERNAL;
    if (!is_lost(s, &text))
        status = interp_line(s->interp, str_text(&text), text.len, &incomplete);
    if (incomplete) {
        Str out = {0};
        str_printf(&out, "the expression after %s is not complete", before);
        complain(s, &out);
    }
    if (status > s->status) s->status = status;
    str_free(&text);
}

static void run_explain(Session *s, const char *arg) {
    run_entry(s, "explain", arg);
}

static void run_rung(Session *s, const char *arg) {
    uint32_t rung = 0;
    Str out = {0};
    if (!interp_rung(s->interp, arg, strlen(arg), &rung)) {
        s->status = EXIT_FAILED;
        return;
    }
    static const char *const words[] = {
        "asks nothing of a model", "rung 1: seeing", "rung 2: doing", "rung 3: imagining"};
    str_add(&out, words[rung > 3 ? 3 : rung]);
    say_free(s, &out);
}

static const Model *current(Session *s) {
    const Model *m = interp_model(s->interp);
    if (m) return m;
    Str out = {0};
    str_add(&out, "there is no current model: declare one, or import a network");
    complain(s, &out);
    return NULL;
}

static RenderStyle style_of(const Session *s) {
    const InterpOptions *o = interp_options(s->interp);
    return (RenderStyle){.digits = o->digits, .color = o->color, .ascii = o->ascii,
                         .width = o->width};
}

static void show_model(Session *s, Model *m) {
    Str out = {.ctl = &interp_options(s->interp)->ctl};
    RenderStyle style = style_of(s);
    Value v = {.tag = VALUE_MODEL, .model = m};
    render_show(v, &style, &out);
    say_free(s, &out);
}

static void run_model(Session *s, const char *arg) {
    if (*arg) {
        run_entry(s, "use", arg);
        return;
    }
    if (current(s)) show_model(s, interp_model(s->interp));
}

static void run_graph(Session *s, const char *arg) {
    (void)arg;
    const Model *m = current(s);
    if (!m) return;
    Model *graph = NULL;
    Str out = {.ctl = &interp_options(s->interp)->ctl};
    RenderStyle style = style_of(s);
    if (model_graph(m, &graph) == OK) render_graph(graph, &style, &out);
    else out.failed = true;
    model_drop(graph);
    say_free(s, &out);
}

// Variables of the current model; /pattern/ keeps those that match.
static void run_vars(Session *s, const char *arg) {
    const Model *m = current(s);
    if (!m) return;
    size_t len = strlen(arg);
    if (len >= 2 && arg[0] == '/' && arg[len - 1] == '/') arg++, len -= 2;
    Str out = {.ctl = &interp_options(s->interp)->ctl};
    for (uint32_t i = 0; i < m->nvars; i++) {
        const ModelVar *v = m->vars[i];
        bool match = true;
        Trouble t = {0};
        if (v->anonymous) continue;
        if (len && !native_text_matches(v->name->text, v->name->len, arg, len, &match, &t)) {
            str_clear(&out);
            if (t.message) str_add(&out, t.message);
            else out.failed = true;
            trouble_free(&t);
            complain(s, &out);
            return;
        }
        if (!match) continue;
        str_printf(&out, "%s : ", v->name->text);
        domain_add(v->domain, &out);
        if (v->label) str_printf(&out, "   \"%s\"", v->label);
        str_add_char(&out, '\n');
    }
    say_free(s, &out);
}

static void run_time(Session *s, const char *arg) {
    Str out = {0};
    bool off = strcmp(arg, "off") == 0;
    if (*arg && !off && strcmp(arg, "on") != 0) {
        str_printf(&out, "timing is on or off, not %s", arg);
        complain(s, &out);
        return;
    }
    s->time = !off;
    str_printf(&out, "timing is %s", off ? "off" : "on");
    say_free(s, &out);
}

// --- :set -----------------------------------------------------------------------------------

typedef struct Setting {
    const char *name, *doc;
    bool (*set)(InterpOptions *o, const char *text); // false: the text does not fit
    void (*get)(const InterpOptions *o, Str *out);
} Setting;

static bool set_digits(InterpOptions *o, const char *text) {
    char *end;
    long n = strtol(text, &end, 10);
    if (*text == '\0' || *end || n < 1 || n > 17) return false;
    o->digits = (int)n;
    return true;
}

static void get_digits(const InterpOptions *o, Str *out) {
    str_printf(out, "%d", o->digits);
}

static bool set_budget(InterpOptions *o, const char *text) {
    return amount_seconds(text, &o->ctl.budget);
}

static void get_budget(const InterpOptions *o, Str *out) {
    amount_add_seconds(out, ctl_budget(&o->ctl));
}

static bool set_memory(InterpOptions *o, const char *text) {
    return amount_bytes(text, &o->ctl.memory);
}

static void get_memory(const InterpOptions *o, Str *out) {
    str_printf(out, "%.4gGB", (double)ctl_memory(&o->ctl) / 1e9);
}

static bool set_color(InterpOptions *o, const char *text) {
    bool on = strcmp(text, "on") == 0;
    if (!on && strcmp(text, "off") != 0) return false;
    o->color = on;
    return true;
}

static void get_color(const InterpOptions *o, Str *out) {
    str_add(out, o->color ? "on" : "off");
}

static bool set_seed(InterpOptions *o, const char *text) {
    char *end;
    errno = 0;
    unsigned long long seed = strtoull(text, &end, 10);
    if (*text == '\0' || *text == '-' || *end || errno || !seed) return false;
    o->budget.seed = seed;
    return true;
}

static void get_seed(const InterpOptions *o, Str *out) {
    str_printf(out, "%llu", (unsigned long long)(o->budget.seed ? o->budget.seed : 1));
}

static bool set_tolerance(InterpOptions *o, const char *text) {
    char *end;
    double x = strtod(text, &end);
    if (*text == '\0' || *end || !(x > 0 && x < 1)) return false;
    o->budget.tolerance = x;
    return true;
}

static bool set_threads(InterpOptions *o, const char *text) {
    char *end;
    unsigned long n = strtoul(text, &end, 10);
    if (*text == '\0' || *text == '-' || *end || n > INTERP_THREADS_MOST) return false;
    o->ctl.threads = (unsigned)n;
    return true;
}

static void get_threads(const InterpOptions *o, Str *out) {
    str_printf(out, "%u", o->ctl.threads);
}

static void get_tolerance(const InterpOptions *o, Str *out) {
    str_printf(out, "%.6g", o->budget.tolerance > 0 ? o->budget.tolerance : 1e-3);
}

static const Setting settings[] = {
    {"budget", "the time one exact answer may take, as predicted: 500ms, 10s, 2min, 1h",
     set_budget, get_budget},
    {"color", "on or off", set_color, get_color},
    {"digits", "significant digits shown, 1 to 17", set_digits, get_digits},
    {"memory", "what the tables of one question may take, as 4GB", set_memory, get_memory},
    {"seed", "of the random streams of sampled answers, 1 or more", set_seed, get_seed},
    {"threads", "that a computation may use, 0 (one for each processor) to 1024", set_threads,
     get_threads},
    {"tolerance", "the standard error that a sampled answer is to reach, relative to the spread",
     set_tolerance, get_tolerance},
};

void command_settings(const InterpOptions *o,
                      void (*visit)(void *user, const char *name, const char *value),
                      void *user) {
    Str value = {0};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        str_clear(&value);
        settings[i].get(o, &value);
        visit(user, settings[i].name, str_text(&value));
    }
    str_free(&value);
}

static void run_set(Session *s, const char *arg) {
    InterpOptions *o = interp_options(s->interp);
    size_t len = strcspn(arg, " =\t");
    const char *value = arg + len + strspn(arg + len, " =\t");
    Str out = {0};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const Setting *each = &settings[i];
        bool this_one = strlen(each->name) == len && memcmp(each->name, arg, len) == 0;
        if (len && !this_one) continue;
        if (len && *value && !each->set(o, value)) {
            str_printf(&out, "%s is %s, not %s", each->name, each->doc, value);
            complain(s, &out);
            return;
        }
        str_printf(&out, "%s = ", each->name);
        each->get(o, &out);
        str_printf(&out, "   # %s\n", each->doc);
    }
    if (!out.len) {
        str_printf(&out, "there is no setting %.*s; :set lists them", (int)len, arg);
        complain(s, &out);
        return;
    }
    say_free(s, &out);
}

// --- files and code -------------------------------------------------------------------------

static void run_load(Session *s, const char *arg) {
    size_t len = strlen(arg);
    if (len >= 2 && arg[0] == '"' && arg[len - 1] == '"') arg++, len -= 2;
    Str text = {0};
    bool incomplete;
    str_add(&text, "import ");
    name_add_text(arg, len, &text);
    int status = EXIT_INTERNAL;
    if (!is_lost(s, &text))
        status = interp_line(s->interp, str_text(&text), text.len, &incomplete);
    if (status > s->status) s->status = status;
    str_free(&text);
}

// Splits `"a b.svg" E` or `a.svg E` into the file, appended, and the rest.
static const char *take_file(const char *arg, Str *file) {
    bool quoted = *arg == '"';
    size_t n = strcspn(arg + quoted, quoted ? "\"" : " \t");
    str_add_n(file, arg + quoted, n);
    arg += n + quoted;
    if (quoted && *arg) arg++;
    return arg + strspn(arg, " \t");
}

static void write_picture(Session *s, Value v, const char *path) {
    RenderStyle style = style_of(s);
    const char *why = NULL;
    Str svg = {.ctl = &interp_options(s->interp)->ctl}, out = {0};
    Faults faults = {0};
    bool drawn = picture_svg(v, &style, &svg, &why);
    if (is_lost(s, &svg)) {
        str_free(&svg);
        return;
    }
    Status written = FAULT;
    if (drawn) written = gzfile_write(path, str_text(&svg), svg.len, &faults);
    if (written == OK) str_printf(&out, "written to %s", path);
    else if (faults.count) str_add(&out, faults.items[0].message);
    else str_add(&out, drawn ? "memory is exhausted" : why);
    fault_free(&faults);
    str_free(&svg);
    if (written == OK) say_free(s, &out);
    else complain(s, &out);
}

static bool is_svg(const char *path) {
    size_t len = strlen(path);
    return len > 4 && strcmp(path + len - 4, ".svg") == 0;
}

static void run_svg(Session *s, const char *arg) {
    Str file = {0}, out = {0};
    const char *text = take_file(arg, &file), *path = str_text(&file);
    Value v = {.tag = VALUE_MODEL, .model = NULL};
    if (!is_svg(path)) {
        str_printf(&out, "the name of the file ends in .svg, not as %s does", path);
        complain(s, &out);
    } else if (*text) {
        if (eval(s, text, &v)) write_picture(s, v, path), value_drop(v);
    } else if (current(s)) {
        v.model = interp_model(s->interp);
        write_picture(s, v, path);
    }
    str_free(&file);
}

static void run_disasm(Session *s, const char *arg) {
    Str out = {0};
    if (interp_disasm(s->interp, "<disasm>", arg, strlen(arg), &out)) say(s, &out);
    else s->status = EXIT_FAILED;
    str_free(&out);
}

// --- lessons --------------------------------------------------------------------------------

static void begin_lesson(Session *s, const char *arg) {
    static const char anew[] = " anew";
    Str which = {0}, wrong = {0};
    size_t len = strlen(arg), tail = sizeof anew - 1;
    bool again = len > tail && strcmp(arg + len - tail, anew) == 0;
    str_add_n(&which, arg, again ? len - tail : len);
    if (!lesson_begin(s->interp, str_text(&which), again, &s->lesson, &wrong))
        s->status = EXIT_FAILED;
    if (wrong.len || wrong.failed) complain(s, &wrong);
    else str_free(&wrong);
    str_free(&which);
}

static void run_lesson(Session *s, const char *arg) {
    Str out = {0};
    if (strcmp(arg, "off") == 0) {
        lesson_end(s->lesson);
        s->lesson = NULL;
    } else if (*arg) {
        begin_lesson(s, arg);
    } else {
        lesson_list(&out);
        say_free(s, &out);
    }
}

static bool has_lesson(Session *s) {
    Str out = {0};
    if (s->lesson) return true;
    str_add(&out, "there is no lesson going on; :lesson lists them");
    complain(s, &out);
    return false;
}

static void run_hint(Session *s, const char *arg) {
    (void)arg;
    if (has_lesson(s)) lesson_hint(s->lesson);
}

static void run_skip(Session *s, const char *arg) {
    (void)arg;
    if (has_lesson(s)) lesson_skip(s->lesson);
}

static void run_back(Session *s, const char *arg) {
    (void)arg;
    if (has_lesson(s)) lesson_back(s->lesson);
}

static void run_quit(Session *s, const char *arg) {
    (void)arg;
    s->quit = true;
}

const Command command_list[] = {
    {"back", "", "Back to the section of the lesson before this one.", run_back},
    {"disasm", "E", "The code that a text compiles to.", run_disasm},
    {"explain", "E", "Evaluates E and says how it was found.", run_explain},
    {"graph", "", "The graph of the current model.", run_graph},
    {"help", "[NAME]", "What Rung knows, or about one thing.", run_help},
    {"hint", "", "A hint to the question of the lesson.", run_hint},
    {"lesson", "[NAME|FILE [anew]]", "Lists the lessons; begins one, or goes on; `off` ends it.",
     run_lesson},
    {"load", "FILE", "Imports a program or a network.", run_load},
    {"model", "[NAME]", "The current model in full; with a name, makes that one current.",
     run_model},
    {"quit", "", "Ends the session; so does Ctrl-D.", run_quit},
    {"rung", "E", "Which rung of the ladder a question stands on.", run_rung},
    {"set", "[NAME VALUE]", "Shows or changes a setting.", run_set},
    {"skip", "", "The answer to the question of the lesson, and on to the next.", run_skip},
    {"svg", "FILE.svg [E]", "Draws E, a table or a model, into a file; without E the graph of the current model.",
     run_svg},
    {"time", "[on|off]", "Prints how long each entry takes.", run_time},
    {"type", "E", "What kind of value E has.", run_type},
    {"vars", "[/regex/]", "The variables of the current model.", run_vars},
    {0},
};

// The command that `name` is, or is the only beginning of; NULL otherwise.
static const Command *find(const char *name, size_t len) {
    const Command *found = NULL;
    for (const Command *c = command_list; c->name; c++) {
        if (strncmp(c->name, name, len) != 0) continue;
        if (strlen(c->name) == len) return c;
        if (!found) found = c;
    }
    return len ? found : NULL;
}

static void unknown(Session *s, const char *name, size_t len) {
    Str word = {0}, out = {0};
    Closest closest;
    str_add_n(&word, name, len);
    closest_start(&closest, str_text(&word));
    for (const Command *c = command_list; c->name; c++) closest_offer(&closest, c->name);
    const char *best = closest_end(&closest);
    str_printf(&out, "there is no command :%s", str_text(&word));
    if (best) str_printf(&out, "; did you mean :%s?", best);
    else str_add(&out, "; :help lists them");
    complain(s, &out);
    str_free(&word);
}

// Whether the command cannot do without an argument.
static bool wants(const Command *c) {
    return *c->args && *c->args != '[';
}

static void incomplete(Session *s, const Command *c) {
    Str out = {0};
    str_printf(&out, "write :%s %s. %s", c->name, c->args, c->doc);
    complain(s, &out);
}

// A command that Lua registered, by its whole name. False: there is none.
static bool run_lua(Session *s, const char *name, size_t len, const char *arg) {
    Str word = {0}, out = {0};
    bool found = false;
    str_add_n(&word, name, len);
    if (!interp_command(s->interp, str_text(&word), arg, &found, &out) && found)
        s->status = EXIT_FAILED;
    str_free(&word);
    if (out.len && out.text[out.len - 1] != '\n') str_add_char(&out, '\n');
    if (out.len || out.failed) say(s, &out);
    str_free(&out);
    return found;
}

void command_run(Session *s, const char *line) {
    const char *name = line + 1;
    size_t len = strcspn(name, " \t\n");
    Str arg = {0};
    const char *rest = name + len + strspn(name + len, " \t\n");
    size_t rest_len = strlen(rest);
    while (rest_len && isspace((unsigned char)rest[rest_len - 1])) rest_len--;
    str_add_n(&arg, rest, rest_len);
    const Command *command = find(name, len);
    bool whole = command && strlen(command->name) == len;
    bool done = is_lost(s, &arg) || (!whole && run_lua(s, name, len, str_text(&arg)));
    if (!command && !done) unknown(s, name, len);
    else if (!done && wants(command) && !arg.len) incomplete(s, command);
    else if (!done) command->run(s, str_text(&arg));
    str_free(&arg);
}

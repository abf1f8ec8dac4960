// Main: the command line.

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "interp/amount.h"
#include "interp/doc.h"
#include "interp/interp.h"
#include "interp/lsp.h"
#include "interp/main_model.h"
#include "interp/main_tools.h"
#include "interp/progress.h"
#include "interp/repl.h"
#include "interp/visible.h"
#include "runtime/base/closest.h"

enum { PRINTED_AT_ONCE = 1 << 16 };

// What the handler of Ctrl-C reads: it takes no argument.
static volatile sig_atomic_t cancel;
static struct timespec cancelled_at;
static struct termios terminal; // as it was found
static bool on_terminal;

// Ctrl-C that is not heeded for a second ends the program when it comes again. Whoever presses it
// several times at once wants the computation to end, and no more.
static void on_interrupt(int signal) {
    (void)signal;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!cancel) cancelled_at = now;
    double since = (double)(now.tv_sec - cancelled_at.tv_sec) +
                   1e-9 * (double)(now.tv_nsec - cancelled_at.tv_nsec);
    if (cancel && since >= 1) {
        if (on_terminal) tcsetattr(STDIN_FILENO, TCSANOW, &terminal);
        _exit(EXIT_INTERRUPTED);
    }
    cancel = 1;
}

// How much of a text is printed before Ctrl-C is looked for again: whole lines, or at least whole
// characters.
static size_t print_part(const char *text, size_t len) {
    if (len <= PRINTED_AT_ONCE) return len;
    const char *line = memrchr(text, '\n', PRINTED_AT_ONCE);
    if (line) return (size_t)(line - text) + 1;
    size_t n = PRINTED_AT_ONCE;
    while (n > PRINTED_AT_ONCE - 4 && ((unsigned char)text[n] & 0xC0) == 0x80) n--;
    return n;
}

// Names and texts come from files that others wrote: on a terminal they are shown, not obeyed.
// A terminal, or a pipe that nobody reads, may keep a long answer waiting: Ctrl-C gives up the rest.
static void print_text(void *user, const char *text, size_t len) {
    const InterpOptions *o = user;
    progress_clear();
    while (len > 0 && !cancel) {
        const char *shown = text;
        size_t n = print_part(text, len), taken = n;
        if (o->terminal) taken = visible_cut(text, n, o->color, &shown, &n);
        if (fwrite(shown, 1, n, stdout) < n) break;
        text += taken;
        len -= taken;
    }
    if (!cancel) return;
    if (errno == EINTR) clearerr(stdout);
    if (len) fputc('\n', stdout);
}

// What was printed comes before the error that stopped it, also in a pipe.
static void report_text(void *user, const char *text, size_t len) {
    const InterpOptions *o = user;
    FILE *to = o->json ? stdout : stderr;
    progress_clear();
    fflush(stdout);
    fwrite(text, 1, len, to);
}

static const char usage[] =
    "usage: rung [OPTIONS]                   a conversation (or a program from a pipe)\n"
    "       rung [OPTIONS] FILE...           run programs; - is standard input\n"
    "       rung [OPTIONS] -e TEXT           run a text\n"
    "       rung run FILE...                 the same as rung FILE...\n"
    "       rung test FILE...                run their tests, compare their #=> expectations\n"
    "       rung check FILE...               parse and check, run nothing\n"
    "       rung fmt [--check] FILE...       put programs into the house style\n"
    "       rung graph FILE [--format F]     the graph as text, svg, dot, dagitty, lavaan or tikz\n"
    "       rung convert FROM TO             between networks (.bif .net .xml .uai), graphs (.dag\n"
    "                                        .dot .lavaan, to .tikz) and .rung, .gz or not\n"
    "       rung doc FILE [-o PAGE]          a page of the program with its answers, as HTML\n"
    "       rung disasm FILE                 the code that a program compiles to\n"
    "       rung lsp                         serves an editor, over standard input and output\n"
    "options:\n"
    "  --json              one JSON object per answer and line\n"
    "  --echo              print the program along with its answers\n"
    "  --digits N          significant digits shown, 1 to 17\n"
    "  --seed N            of the random streams of sampled answers (1)\n"
    "  --tolerance T       the standard error that sampled answers are to reach (0.001)\n"
    "  --threads N         used by one computation at most; 0: one for each processor\n"
    "  --memory M          what the tables of one question may take (2GB)\n"
    "  --budget T          the time one exact answer may take, as predicted (1min)\n"
    "  --trust             lets Lua read files, run programs and take any time and memory\n"
    "  --lua-steps N       what Lua may take for a statement, in steps (1e9)\n"
    "  --lua-memory MB     what Lua may keep (64)\n"
    "  -o PAGE             where rung doc writes, - for standard output\n"
    "  --color WHEN        always, never or auto\n"
    "  --dump=WHAT         tokens, ast, code, trace (several with commas)\n"
    "  --explain CODE      what a diagnostic such as E0201 means\n"
    "  -V, --version\n"
    "  -h, --help\n";

typedef struct Arguments {
    InterpOptions options;
    const char *text;    // of -e
    const char *explain; // of --explain
    const char *format;  // of --format
    const char *output;  // of -o
    const char *color;
    bool check_only;     // fmt --check
    char **files;
    int nfiles;
} Arguments;

static int complain(const char *what, const char *which) {
    main_say("rung: %s%s%s\nrung --help tells what there is.\n", what, which ? ": " : "",
             which ? which : "");
    return EXIT_USAGE;
}

// Options with a value, as --name=value or --name value.
typedef struct ValueOption {
    const char *name;
    const char **to;
} ValueOption;

enum { NOT_TAKEN, TAKEN, NO_VALUE, TWICE };

static int value_option(const ValueOption *options, size_t n, char **argv, int argc, int *i) {
    for (size_t k = 0; k < n; k++) {
        size_t len = strlen(options[k].name);
        char after = strncmp(argv[*i], options[k].name, len) == 0 ? argv[*i][len] : 'x';
        if (after != '=' && after != '\0') continue;
        if (*options[k].to) return TWICE;
        if (after == '\0' && *i + 1 == argc) return NO_VALUE;
        *options[k].to = after == '=' ? argv[*i] + len + 1 : argv[++*i];
        return TAKEN;
    }
    return NOT_TAKEN;
}

static bool flag_option(const char *arg, Arguments *a) {
    if (strcmp(arg, "--json") == 0) a->options.json = true;
    else if (strcmp(arg, "--check") == 0) a->check_only = true;
    else if (strcmp(arg, "--trust") == 0) a->options.trust = true;
    else if (strcmp(arg, "--echo") == 0) a->options.echo = true;
    else return false;
    return true;
}

static bool known_stages(const char *text) {
    static const char *const stages[] = {"tokens", "ast", "code", "trace"};
    while (text && *text) {
        size_t len = strcspn(text, ","), i = 0;
        while (i < 4 && (strlen(stages[i]) != len || memcmp(stages[i], text, len) != 0)) i++;
        if (i == 4) return false;
        text += len + (text[len] == ',');
    }
    return true;
}

// How many threads a computation may use. Returns -1 to go on, else a status.
static int set_threads(Arguments *a, const char *text) {
    char *end;
    if (!text) return -1;
    unsigned long n = strtoul(text, &end, 10);
    if (*text == '-' || end == text || *end || n > INTERP_THREADS_MOST)
        return complain("--threads takes a whole number from 0 to 1024, not", text);
    a->options.ctl.threads = (unsigned)n;
    return -1;
}

static bool read_limit(const char *text, double most, double *x) {
    char *end;
    *x = strtod(text, &end);
    return end != text && !*end && *x >= 1 && *x <= most;
}

// What Lua may take. Returns -1 to go on, else a status.
static int set_lua(Arguments *a, const char *steps, const char *memory) {
    double x;
    if (steps && !read_limit(steps, 1e18, &x))
        return complain("--lua-steps takes a number, at least 1, not", steps);
    if (steps) a->options.lua_steps = (uint64_t)x;
    if (memory && !read_limit(memory, 1e9, &x))
        return complain("--lua-memory takes megabytes, at least 1, not", memory);
    if (memory) a->options.lua_memory = (size_t)(x * 1048576);
    return -1;
}

// How sampled answers are drawn. Returns -1 to go on, else a status.
static int set_budget(Arguments *a, const char *seed, const char *tolerance) {
    RealBudget *budget = &a->options.budget;
    char *end;
    if (seed) {
        errno = 0;
        budget->seed = strtoull(seed, &end, 10);
        if (*seed == '-' || end == seed || *end || errno || !budget->seed)
            return complain("--seed takes a whole number above 0, not", seed);
    }
    if (tolerance) {
        budget->tolerance = strtod(tolerance, &end);
        bool fits = budget->tolerance > 0 && budget->tolerance < 1;
        if (end == tolerance || *end || !fits)
            return complain("--tolerance takes a number between 0 and 1, not", tolerance);
    }
    return -1;
}

// How much one question may take. Returns -1 to go on, else a status.
static int set_limits(Arguments *a, const char *memory, const char *budget) {
    Ctl *ctl = &a->options.ctl;
    if (memory && !amount_bytes(memory, &ctl->memory))
        return complain("--memory takes an amount such as 500MB or 4GB, not", memory);
    if (budget && !amount_seconds(budget, &ctl->budget))
        return complain("--budget takes a time such as 10s or 2min, not", budget);
    return -1;
}

static bool is_either(const char *arg, const char *brief, const char *full) {
    return strcmp(arg, brief) == 0 || strcmp(arg, full) == 0;
}

// Options may stand anywhere; after -- everything is a file. Returns -1 to go on, else a status.
static int parse(int argc, char **argv, Arguments *a) {
    const char *digits = NULL, *seed = NULL, *tolerance = NULL, *threads = NULL;
    const char *memory = NULL, *budget = NULL, *lua_steps = NULL, *lua_memory = NULL;
    const ValueOption options[] = {
        {"--seed", &seed},        {"--tolerance", &tolerance},    {"--threads", &threads},
        {"--memory", &memory},    {"--budget", &budget},
        {"--lua-steps", &lua_steps}, {"--lua-memory", &lua_memory},
        {"-e", &a->text},         {"--digits", &digits},          {"--color", &a->color},
        {"--dump", &a->options.dump}, {"--explain", &a->explain}, {"--format", &a->format},
        {"-o", &a->output},
    };
    bool files_only = false;
    for (int i = 1; i < argc; i++) {
        char *arg = argv[i];
        if (files_only || arg[0] != '-' || strcmp(arg, "-") == 0) {
            a->files[a->nfiles++] = arg;
            continue;
        }
        if (strcmp(arg, "--") == 0) {
            files_only = true;
            continue;
        }
        if (is_either(arg, "-V", "--version")) return puts("rung " RUNG_VERSION), EXIT_OK;
        if (is_either(arg, "-h", "--help")) return fputs(usage, stdout), EXIT_OK;
        int taken = value_option(options, sizeof options / sizeof *options, argv, argc, &i);
        if (taken == NO_VALUE) return complain("a value is missing after", arg);
        if (taken == TWICE) return complain("given twice", arg);
        if (taken == NOT_TAKEN && !flag_option(arg, a)) return complain("unknown option", arg);
    }
    if (!known_stages(a->options.dump))
        return complain("--dump takes tokens, ast, code and trace, not", a->options.dump);
    if (a->text && a->nfiles) return complain("-e and a file do not go together", a->files[0]);
    if (digits) {
        char *end;
        long n = strtol(digits, &end, 10);
        a->options.digits = (int)n;
        if (end == digits || *end || n < 1 || n > 17)
            return complain("--digits takes a number from 1 to 17, not", digits);
    }
    int status = set_threads(a, threads);
    if (status < 0) status = set_limits(a, memory, budget);
    if (status < 0) status = set_lua(a, lua_steps, lua_memory);
    return status >= 0 ? status : set_budget(a, seed, tolerance);
}

// Whether the locale writes UTF-8, as LC_ALL, LC_CTYPE or LANG says.
static bool writes_utf8(void) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *locale = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !(locale && *locale); i++)
        locale = getenv(names[i]);
    return locale && (strcasestr(locale, "UTF-8") || strcasestr(locale, "utf8"));
}

static void set_terminal(Arguments *a) {
    struct winsize size;
    on_terminal = tcgetattr(STDIN_FILENO, &terminal) == 0;
    if (!isatty(STDOUT_FILENO)) return;
    a->options.terminal = true;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) a->options.width = size.ws_col;
    a->options.ascii = !writes_utf8();
}

static int set_color(Arguments *a) {
    if (!a->color || strcmp(a->color, "auto") == 0) {
        a->options.color = isatty(STDOUT_FILENO) && isatty(STDERR_FILENO) && !getenv("NO_COLOR");
        return -1;
    }
    a->options.color = strcmp(a->color, "always") == 0;
    if (a->options.color || strcmp(a->color, "never") == 0) return -1;
    return complain("--color takes always, never or auto, not", a->color);
}

static int out_of_memory(void) {
    fputs("rung: out of memory\n", stderr);
    return EXIT_INTERNAL;
}

static int run_files(Arguments *a, char **files, int n) {
    Interp *interp = interp_new(&a->options);
    if (!interp) return out_of_memory();
    int worst = EXIT_OK;
    progress_start();
    for (int i = 0; i < n && worst == EXIT_OK; i++) worst = interp_file(interp, files[i]);
    progress_stop();
    interp_free(interp);
    return worst;
}

static int run_text(Arguments *a) {
    Interp *interp = interp_new(&a->options);
    if (!interp) return out_of_memory();
    progress_start();
    int status = interp_run(interp, "<command line>", NULL, a->text, strlen(a->text));
    progress_stop();
    interp_free(interp);
    return status;
}

static int converse(Arguments *a) {
    Interp *interp = interp_new(&a->options);
    if (!interp) return out_of_memory();
    int status = repl_run(interp);
    interp_free(interp);
    return status;
}

static int command_run_files(Arguments *a) {
    return run_files(a, a->files + 1, a->nfiles - 1);
}

static int command_check(Arguments *a) {
    a->options.check = true;
    return run_files(a, a->files + 1, a->nfiles - 1);
}

static void print_counts(InterpCounts n, bool json) {
    if (json) {
        printf("{\"kind\":\"tests\",\"passed\":%u,\"failed\":%u,\"later\":%u}\n", n.passed,
               n.failures, n.later);
        return;
    }
    printf("%u passed, %u failed", n.passed, n.failures);
    if (n.later) printf(", %u come in a later version", n.later);
    putchar('\n');
}

// Each file in a session of its own, so that one does not lean on another.
static int command_test(Arguments *a) {
    InterpCounts total = {0};
    int worst = EXIT_OK;
    a->options.tests = a->options.quiet = true;
    for (int i = 1; i < a->nfiles && !cancel; i++) {
        Interp *interp = interp_new(&a->options);
        if (!interp) return out_of_memory();
        int status = interp_file(interp, a->files[i]);
        InterpCounts counts = interp_counts(interp);
        total.passed += counts.passed;
        total.failures += counts.failures;
        total.later += counts.later;
        if (status != EXIT_OK && counts.failures == 0) total.failures++;
        if (status > worst) worst = status;
        interp_free(interp);
    }
    print_counts(total, a->options.json);
    return worst;
}

static int command_fmt(Arguments *a) {
    return main_fmt(a->files + 1, a->nfiles - 1, a->check_only, &a->options);
}

static int command_graph(Arguments *a) {
    if (a->nfiles != 2) return complain("graph takes one file", NULL);
    return main_model_graph(a->files[1], a->format ? a->format : "text", &a->options);
}

static int command_convert(Arguments *a) {
    if (a->nfiles != 3) return complain("convert takes two files: FROM and TO", NULL);
    return main_model_convert(a->files[1], a->files[2], &a->options);
}

static int command_doc(Arguments *a) {
    if (a->nfiles != 2) return complain("doc takes one file", NULL);
    if (a->options.json) return complain("doc writes no JSON", NULL);
    return doc_file(a->files[1], a->output, &a->options);
}

static int command_disasm(Arguments *a) {
    if (a->nfiles != 2) return complain("disasm takes one file", NULL);
    return main_disasm(a->files[1], &a->options);
}

static const struct {
    const char *name;
    int (*run)(Arguments *a);
} commands[] = {
    {"run", command_run_files}, {"test", command_test},       {"check", command_check},
    {"fmt", command_fmt},       {"graph", command_graph},     {"convert", command_convert},
    {"disasm", command_disasm}, {"doc", command_doc},
};

// The command that a name which is no file was probably meant for, or NULL.
static const char *meant_command(const char *name) {
    Closest closest;
    if (strpbrk(name, "./") || access(name, F_OK) == 0) return NULL;
    closest_start(&closest, name);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        closest_offer(&closest, commands[i].name);
    closest_offer(&closest, "lsp");
    return closest_end(&closest);
}

static int dispatch(Arguments *a) {
    if (a->output && (a->nfiles == 0 || strcmp(a->files[0], "doc") != 0))
        return complain("-o goes with rung doc", NULL);
    if (a->explain) return main_explain(a->explain);
    if (a->text) return run_text(a);
    if (a->nfiles == 0) return converse(a);
    if (a->nfiles == 1 && strcmp(a->files[0], "lsp") == 0) return lsp_run(&a->options);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        if (strcmp(a->files[0], commands[i].name) != 0) continue;
        if (a->nfiles == 1) return complain("a file is missing after", commands[i].name);
        return commands[i].run(a);
    }
    const char *meant = meant_command(a->files[0]);
    if (!meant) return run_files(a, a->files, a->nfiles);
    main_say("rung: there is no command and no file %s; did you mean rung %s?\n", a->files[0],
             meant);
    return EXIT_USAGE;
}

int main(int argc, char **argv) {
    struct sigaction action = {.sa_handler = on_interrupt};
    Arguments a = {0};
    a.files = malloc(sizeof *a.files * (size_t)(argc + 1));
    if (!a.files) return out_of_memory();
    a.options.print = print_text;
    set_terminal(&a);
    sigaction(SIGINT, &action, NULL);
    a.options.report = report_text;
    a.options.user = &a.options;
    a.options.ctl.cancel = &cancel;
    a.options.ctl.progress = progress_report;
    int status = parse(argc, argv, &a);
    if (status < 0) status = set_color(&a);
    if (status < 0) status = dispatch(&a);
    if (cancel) status = EXIT_INTERRUPTED;
    free(a.files);
    bool written = fflush(stdout) == 0 && !ferror(stdout);
    if (written) return status;
    perror("rung: standard output");
    return status == EXIT_OK ? EXIT_IO : status;
}

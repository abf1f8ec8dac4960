// Interp: the facade of the language: a session that runs text.
#include "interp/interp.h"

#include <errno.h>
#include <string.h>

#include "interp/compiler.h"
#include "interp/disasm.h"
#include "interp/interp_inner.h"
#include "interp/library.h"
#include "interp/lua_bridge.h"
#include "interp/module.h"
#include "interp/render.h"
#include "runtime/model/name.h"

// Digits enough for an expectation to be rounded right.
#define EXPECT_DIGITS 12

// --- output ----------------------------------------------------------------------------------

void interp_say(Interp *in, const char *text, size_t len) {
    if (in->options.print) in->options.print(in->options.user, text, len);
}

// What is said when there is no memory to say what happened. Whoever is interrupted gets none.
void interp_exhausted(const InterpOptions *o) {
    static const char plain[] = "error E0902: memory is exhausted\n";
    static const char json[] =
        "{\"kind\":\"error\",\"code\":\"E0902\",\"message\":\"memory is exhausted\"}\n";
    static const char stop[] = "error E0307: interrupted\n";
    static const char stop_json[] =
        "{\"kind\":\"error\",\"code\":\"E0307\",\"message\":\"interrupted\"}\n";
    const char *text = o->json ? json : plain;
    if (ctl_cancelled(&o->ctl)) text = o->json ? stop_json : stop;
    if (o->report) o->report(o->user, text, strlen(text));
}

bool interp_print(const InterpOptions *o, const Str *text) {
    if (text->failed) return interp_exhausted(o), false;
    o->print(o->user, str_text(text), text->len);
    return true;
}

bool interp_report(const InterpOptions *o, const Str *text) {
    if (text->failed) return interp_exhausted(o), false;
    o->report(o->user, str_text(text), text->len);
    return true;
}

static bool report_one(Interp *in, const Diag *d) {
    Str s = {0};
    const InterpListener *listener = in->options.listener;
    if (d->code == DIAG_INTERNAL) in->broken = true;
    if (d->code == DIAG_MEMORY) in->exhausted = true;
    if (listener) listener->diagnostic(listener->user, d, &in->sources);
    if (in->options.json) diag_render_json(d, &in->sources, &s);
    else diag_render(d, &in->sources, in->options.color, &s);
    bool ok = !s.failed;
    if (ok && in->options.report) in->options.report(in->options.user, str_text(&s), s.len);
    str_free(&s);
    return ok;
}

size_t interp_flush(Interp *in) {
    size_t errors = in->diags.errors;
    bool complete = !in->diags.failed;
    for (size_t i = 0; i < in->diags.count; i++)
        complete = report_one(in, &in->diags.items[i]) && complete;
    if (!complete) interp_exhausted(&in->options);
    in->exhausted |= !complete;
    errors += !complete && !errors;
    in->counts.errors += (uint32_t)errors;
    diag_free(&in->diags);
    in->diags = (Diags){0};
    return errors;
}

// A feature that comes later, or a question that needs one.
static bool comes_later(const Diag *d) {
    return strncmp(diag_code(d->code), "E06", 3) == 0 ||
           (d->message && strstr(d->message, "in a later version"));
}

bool interp_only_later(const Interp *in) {
    for (size_t i = 0; i < in->diags.count; i++)
        if (in->diags.items[i].level == DIAG_ERROR && !comes_later(&in->diags.items[i]))
            return false;
    return in->diags.errors > 0 && !in->diags.failed;
}

void interp_forget_later(Interp *in) {
    Diags *d = &in->diags;
    size_t kept = 0;
    for (size_t i = 0; i < d->count; i++) {
        if (d->items[i].level == DIAG_ERROR && comes_later(&d->items[i])) {
            mem_free(d->items[i].message);
            mem_free(d->items[i].hint);
            d->errors--;
        } else {
            d->items[kept++] = d->items[i];
        }
    }
    d->count = kept;
}

static RenderStyle style_of(const Interp *in) {
    return (RenderStyle){.digits = in->options.digits,
                         .color = in->options.color,
                         .ascii = in->options.ascii,
                         .width = in->options.width};
}

// Prints one finished text, and a newline.
static bool say_line(Interp *in, Str *s) {
    str_add_char(s, '\n');
    if (s->failed) {
        str_free(s);
        return vm_memory(in->vm);
    }
    // Notes come before the answer that they are about, which is not given without them.
    bool noted = interp_flush(in) == 0;
    if (noted && !in->options.quiet) interp_say(in, str_text(s), s->len);
    str_free(s);
    return noted;
}

static void remember(Interp *in, Value v) {
    if (in->printed.len) str_add_char(&in->printed, '\n');
    if (in->options.tests)
        render_value(v, &(RenderStyle){.digits = EXPECT_DIGITS}, &in->printed);
}

static bool keep_answer(Interp *in, Value v) {
    Sym ans = in->keep_ans ? intern_z(in->names, "ans") : NULL;
    if (!in->keep_ans) return true;
    in->answers++;
    if (!ans) return vm_memory(in->vm);
    Global g = {.name = ans, .kind = GLOBAL_LET, .value = value_keep(v)};
    return globals_set(&in->vm->globals, g) || vm_memory(in->vm);
}

// A listener is told in place of printing. Notes come before the answer that they are about.
static bool told(Interp *in, InterpAnswer a, bool *ok) {
    const InterpListener *listener = in->options.listener;
    if (!listener) return false;
    interp_flush(in);
    *ok = listener->answer(listener->user, &a) || vm_memory(in->vm);
    return true;
}

static bool unknown(Interp *in) {
    Span nowhere = {0};
    if (in->counts.later)
        return vm_error(in->vm, DIAG_LATER_NEEDED, nowhere,
                        "what this uses comes in a later version");
    return vm_error(in->vm, DIAG_INTERNAL, nowhere, "an answer that only a check can have");
}

static bool host_print(void *user, Value v) {
    Interp *in = user;
    Str s = {.ctl = &in->options.ctl};
    RenderStyle style = style_of(in);
    bool ok;
    if (v.tag == VALUE_NOTHING) return true;
    if (v.tag == VALUE_UNKNOWN) return unknown(in);
    if (told(in, (InterpAnswer){.value = v}, &ok)) return ok;
    remember(in, v);
    ctl_report(&in->options.ctl, "printing", 0);
    if (in->options.json) render_json(v, &s);
    else render_value(v, &style, &s);
    return say_line(in, &s) && keep_answer(in, v);
}

static void add_text(Str *s, const char *name, const char *text) {
    str_printf(s, "\"%s\":", name);
    render_json_string(text ? text : "", text ? strlen(text) : 0, s);
}

static void derivation_json(const Derivation *d, Str *s) {
    str_add(s, "{\"kind\":\"derivation\",\"steps\":[");
    for (size_t i = 0; i < d->count; i++) {
        str_add(s, i ? ",{" : "{");
        add_text(s, "rule", d->items[i].rule);
        str_add_char(s, ',');
        add_text(s, "text", d->items[i].text);
        str_add_char(s, ',');
        add_text(s, "result", d->items[i].result);
        str_add_char(s, '}');
    }
    str_add(s, "]}");
}

static bool host_explained(void *user, Value v, const Derivation *d) {
    Interp *in = user;
    Str s = {.ctl = &in->options.ctl};
    RenderStyle style = style_of(in);
    bool ok;
    if (v.tag == VALUE_UNKNOWN) return unknown(in);
    if (told(in, (InterpAnswer){.value = v, .explained = d}, &ok)) return ok;
    if (!host_print(user, v)) return false;
    if (in->options.json) derivation_json(d, &s);
    else render_derivation(d, &style, &s);
    if (in->options.tests) str_printf(&in->printed, "\n%s", str_text(&s));
    if (s.len && s.text[s.len - 1] == '\n') s.text[--s.len] = '\0';
    if (s.len || s.failed) return say_line(in, &s);
    str_free(&s);
    return true;
}

static bool host_show(void *user, Value v) {
    Interp *in = user;
    Str s = {.ctl = &in->options.ctl};
    RenderStyle style = style_of(in);
    bool ok;
    if (told(in, (InterpAnswer){.value = v, .shown = true}, &ok)) return ok;
    if (in->options.json) return host_print(user, v);
    render_show(v, &style, &s);
    if (in->options.tests) str_add(&in->printed, str_text(&s));
    if (s.len && s.text[s.len - 1] == '\n') s.text[--s.len] = '\0';
    return say_line(in, &s);
}

static bool host_raised(void *user, Span span) {
    Interp *in = user;
    return lua_bridge_raised(in->lua, span);
}

static void host_trace(void *user, const Chunk *chunk, uint32_t at) {
    Interp *in = user;
    Str s = {0};
    if (in->vm->checking) return;
    disasm_instr(chunk, at, &s);
    interp_say(in, str_text(&s), s.len);
    str_free(&s);
}

// --- the standard library --------------------------------------------------------------------

static Program *open_library(Interp *in, const LibraryText *t) {
    const char *dump = in->options.dump;
    in->options.dump = NULL;
    Program *p = program_new(in, t->name, NULL, t->text, strlen(t->text), NULL);
    in->options.dump = dump;
    return p;
}

static bool define_library(Interp *in, const Program *p) {
    for (size_t i = 0; i < p->ntasks; i++) {
        Value out;
        if (!p->tasks[i].chunk) continue;
        if (!vm_run(in->vm, p->tasks[i].chunk, NULL, 0, &out)) return false;
        value_drop(out);
    }
    return true;
}

// Made when a name is not found otherwise: most programs start without any. The current model
// stays.
static bool host_library(void *user, Sym name) {
    Interp *in = user;
    const LibraryName *l = library_find(name->text);
    Program *p = l ? open_library(in, &library_texts[l->text]) : NULL;
    if (!p) return false;
    Value model = vm_current(in->vm);
    bool checking = in->vm->checking;
    in->vm->library = true;
    in->vm->checking = false;
    bool ok = define_library(in, p);
    in->vm->library = false;
    in->vm->checking = checking;
    vm_set_current(in->vm, model);
    value_drop(model);
    program_free(p);
    return ok;
}

// --- life ------------------------------------------------------------------------------------

Interp *interp_new(const InterpOptions *options) {
    Interp *in = MEM_NEW(Interp, 1);
    if (!in) return NULL;
    in->options = *options;
    if (!in->options.digits) in->options.digits = RENDER_DIGITS;
    in->names = intern_new();
    const VmHost host = {.user = in, .print = host_print, .explained = host_explained,
                         .show = host_show, .library = host_library, .call = lua_bridge_call,
                         .raised = host_raised,
                         .trace = options->dump && strstr(options->dump, "trace") ? host_trace
                                                                                 : NULL};
    if (in->names)
        in->vm = vm_new(in->names, &in->sources, &in->diags, &in->options.ctl,
                        &in->options.budget, &host);
    if (in->vm) {
        in->vm->plain = options->plain;
        return in;
    }
    interp_free(in);
    return NULL;
}

void interp_free(Interp *in) {
    if (!in) return;
    vm_free(in->vm);
    for (size_t i = 0; i < in->files.count; i++) program_free(in->files.items[i]);
    VEC_FREE(&in->files);
    lua_bridge_free(in->lua);
    diag_free(&in->diags);
    source_free(&in->sources);
    str_free(&in->printed);
    if (in->names) intern_free(in->names);
    mem_free(in);
}

// --- running ---------------------------------------------------------------------------------

int interp_run(Interp *in, const char *name, const char *path, const char *text, size_t len) {
    uint32_t failures = in->counts.failures;
    in->exhausted = false;
    Program *p = program_new(in, name, path, text, len, NULL);
    bool good = p && program_check(in, p);
    bool ran = good && (in->options.check || (interp_flush(in), program_run(in, p)));
    interp_flush(in);
    program_free(p);
    if (in->broken || in->exhausted) return EXIT_INTERNAL;
    if (!good) return EXIT_COMPILE;
    return ran && in->counts.failures == failures ? EXIT_OK : EXIT_FAILED;
}

// A program of Lua is run as one that imports it.
static int run_lua(Interp *in, const char *path) {
    Str s = {0};
    str_add(&s, "import ");
    name_add_text(path, strlen(path), &s);
    int status = EXIT_INTERNAL;
    if (s.failed) interp_exhausted(&in->options);
    else status = interp_run(in, "<lua>", NULL, str_text(&s), s.len);
    str_free(&s);
    return status;
}

int interp_file(Interp *in, const char *path) {
    if (module_kind(path) == MODULE_LUA) return run_lua(in, path);
    char *text;
    size_t len;
    bool standard = strcmp(path, "-") == 0;
    if (!module_read(path, &in->options.ctl, &text, &len)) {
        Span nowhere = {0};
        diag_error(&in->diags, DIAG_IMPORT_FILE, nowhere, "%s: %s", path, strerror(errno));
        interp_flush(in);
        return EXIT_IO;
    }
    int status = interp_run(in, standard ? "<stdin>" : path, standard ? NULL : path, text, len);
    mem_free(text);
    return status;
}

int interp_line(Interp *in, const char *text, size_t len, bool *incomplete) {
    *incomplete = false;
    Program *p = program_new(in, "<input>", NULL, text, len, incomplete);
    if (*incomplete) {
        diag_free(&in->diags);
        in->diags = (Diags){0};
        source_take_back(&in->sources);
        return EXIT_OK;
    }
    in->keep_ans = true;
    in->exhausted = false;
    in->vm->rung = 0;
    bool ok = p && program_run(in, p);
    in->keep_ans = false;
    interp_flush(in);
    program_free(p);
    if (in->exhausted) return EXIT_INTERNAL;
    if (!p) return EXIT_COMPILE;
    return ok ? EXIT_OK : EXIT_FAILED;
}

static bool evaluate(Interp *in, const Program *p, Value *out) {
    const CompilerEnv env = {.names = in->names, .sources = &in->sources, .diags = &in->diags};
    const Node *node = p->ntasks == 1 ? p->tasks[0].node : NULL;
    if (!node || node->kind != NODE_EXPRESSION) {
        Span nowhere = {0};
        return vm_error(in->vm, DIAG_MISPLACED, nowhere, "an expression is wanted here");
    }
    Chunk *chunk = compiler_expression(&env, node->kid[0]);
    bool ok = chunk && vm_run(in->vm, chunk, NULL, 0, out);
    chunk_drop(chunk);
    return ok;
}

bool interp_eval(Interp *in, const char *text, size_t len, Value *out) {
    Program *p = program_new(in, "<input>", NULL, text, len, NULL);
    lua_bridge_fresh(in->lua);
    bool ok = p && evaluate(in, p, out);
    interp_flush(in);
    program_free(p);
    return ok;
}

bool interp_ask(Interp *in, const char *text, size_t len, Value model, Value *out) {
    bool under = model.tag == VALUE_MODEL;
    Program *p = program_new(in, "<question>", NULL, text, len, NULL);
    bool ok = p && (!under || vm_enter(in->vm, model));
    if (ok) {
        ok = evaluate(in, p, out);
        if (under) vm_leave(in->vm);
    }
    program_free(p);
    return ok;
}

static bool make_model(Interp *in, const Task *task, Value *out) {
    Sym name = task->node->sym;
    Global before = globals_keep(&in->vm->globals, name);
    Value model = vm_current(in->vm), nothing;
    bool ok = vm_run(in->vm, task->chunk, NULL, 0, &nothing);
    if (ok) *out = value_keep(globals_find(&in->vm->globals, name)->value);
    vm_set_current(in->vm, model);
    value_drop(model);
    globals_put_back(&in->vm->globals, name, before);
    return ok;
}

bool interp_make_model(Interp *in, const char *text, size_t len, Value *out) {
    Program *p = program_new(in, "<lua>", NULL, text, len, NULL);
    bool one = p && p->ntasks == 1 && p->tasks[0].node->kind == NODE_MODEL;
    Span nowhere = {0};
    bool ok = one ? make_model(in, &p->tasks[0], out)
                  : p && vm_error(in->vm, DIAG_MISPLACED, nowhere, "items of a model are wanted");
    program_free(p);
    return ok;
}

bool interp_rung(Interp *in, const char *text, size_t len, uint32_t *rung) {
    Value v;
    in->vm->rung = 0;
    if (!interp_eval(in, text, len, &v)) return false;
    value_drop(v);
    *rung = in->vm->rung;
    return true;
}

static void disasm_tasks(Interp *in, const Task *tasks, size_t n, Str *out) {
    for (size_t i = 0; i < n; i++) {
        if (tasks[i].chunk) {
            if (out->len) str_add_char(out, '\n');
            disasm_chunk(tasks[i].chunk, &in->sources, out);
        }
        disasm_tasks(in, tasks[i].inner, tasks[i].ninner, out);
    }
}

bool interp_disasm(Interp *in, const char *name, const char *text, size_t len, Str *out) {
    Program *p = program_new(in, name, NULL, text, len, NULL);
    if (p) disasm_tasks(in, p->tasks, p->ntasks, out);
    interp_flush(in);
    program_free(p);
    return p != NULL;
}

// --- looking at it ---------------------------------------------------------------------------

bool interp_command(Interp *in, const char *name, const char *arg, bool *found, Str *out) {
    bool ok = lua_bridge_command(in, name, arg, found, out);
    interp_flush(in);
    return ok;
}

void interp_commands(const Interp *in,
                     void (*visit)(void *user, const char *name, const char *doc), void *user) {
    lua_bridge_commands(in, visit, user);
}

bool interp_export(Interp *in, const char *format, bool *found, Str *out) {
    bool ok = lua_bridge_export(in, format, found, out);
    interp_flush(in);
    return ok;
}

bool interp_help(Interp *in, const char *name, Str *out) {
    return lua_bridge_help(in, name, out);
}

InterpCounts interp_counts(const Interp *in) {
    return in->counts;
}

InterpOptions *interp_options(Interp *in) {
    return &in->options;
}

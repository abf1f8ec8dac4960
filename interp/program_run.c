// Program_run: checks and runs the statements of a program, one after the other.
#include <errno.h>
#include <string.h>

#include "interp/expect.h"
#include "interp/interp_inner.h"
#include "interp/lua_bridge.h"
#include "interp/module.h"
#include "interp/module_network.h"

typedef bool (*Each)(Interp *in, Task *task);

static bool no_memory(Interp *in) {
    return vm_memory(in->vm);
}

// --- what a test or an import must leave alone -----------------------------------------------

typedef struct Kept {
    Globals globals;
    Value model;
    int lua;        // the globals of Lua
} Kept;

static bool keep(Interp *in, Kept *k) {
    *k = (Kept){.model = vm_current(in->vm)};
    bool lua = lua_bridge_keep(in, &k->lua);
    if (lua && globals_copy(&in->vm->globals, &k->globals)) return true;
    value_drop(k->model);
    return lua && no_memory(in);
}

static void restore(Interp *in, Kept *k) {
    globals_free(&in->vm->globals);
    in->vm->globals = k->globals;
    vm_set_current(in->vm, k->model);
    value_drop(k->model);
    lua_bridge_restore(in, k->lua);
}

// --- one statement ---------------------------------------------------------------------------

static bool run_chunk(Interp *in, const Task *task) {
    Value out;
    in->vm->derivation = NULL;
    if (!vm_run(in->vm, task->chunk, NULL, 0, &out)) return false;
    value_drop(out);
    return true;
}

// Defines the model that was made before, and makes it current.
static bool define_made(Interp *in, const Task *task) {
    Global g = task->made;
    value_keep(g.value);
    value_keep(g.built);
    vm_set_current(in->vm, g.kind == GLOBAL_FAMILY ? g.built : g.value);
    return globals_set(&in->vm->globals, g) || no_memory(in);
}

// A model that the check has built, with nothing unknown in it, is the model.
static void keep_made(Interp *in, Task *task) {
    if (task->node->kind != NODE_MODEL) return;
    const Global *g = globals_find(&in->vm->globals, task->node->sym);
    if (!g || (g->kind == GLOBAL_FAMILY ? g->built : g->value).tag != VALUE_MODEL) return;
    task->kept = true;
    task->made = *g;
    value_keep(g->value);
    value_keep(g->built);
}

// By a reader that Lua registered.
static bool read_by_lua(Interp *in, const Task *task, Sym name, Value *out) {
    char *text;
    size_t len;
    if (!module_read(task->path, &in->options.ctl, &text, &len)) {
        diag_error(&in->diags, DIAG_IMPORT_FILE, task->node->span, "%s: %s", task->path,
                   strerror(errno));
        return false;
    }
    bool ok = lua_bridge_import(in, task->path, text, len, name->text, task->node->span, out);
    mem_free(text);
    return ok;
}

static bool read_model(Interp *in, const Task *task, Global *g) {
    Sym as = task->node->sym;
    if (lua_bridge_imports(in, task->path)) {
        g->name = as ? as : module_model_name(in->vm, task->path);
        return g->name ? read_by_lua(in, task, g->name, &g->value) : no_memory(in);
    }
    if (!module_network(in->vm, task->path, as, task->node->span, &g->value)) return false;
    g->name = as ? as : g->value.model->name;
    return true;
}

static bool import_network(Interp *in, Task *task) {
    if (!task->kept) {
        Global g = {.kind = GLOBAL_MODEL};
        if (!read_model(in, task, &g)) return false;
        if (g.value.tag == VALUE_UNKNOWN) {
            vm_set_current(in->vm, g.value);
            return globals_set(&in->vm->globals, g) || no_memory(in);
        }
        task->made = g;
        task->kept = true;
    }
    return define_made(in, task);
}

// An interruption between two statements is reported here.
static bool stopped(Interp *in) {
    if (!ctl_cancelled(&in->options.ctl)) return false;
    if (!in->diags.errors) no_memory(in);
    return true;
}

static bool go_through(Interp *in, Task *tasks, size_t n, Each each) {
    for (size_t i = 0; i < n; i++)
        if (!each(in, &tasks[i]) || stopped(in)) return false;
    return true;
}

// An imported program leaves the current model alone.
static bool import_file(Interp *in, Program *file, bool *done, Each each) {
    if (*done || file->ran) return true;
    *done = true;
    Value model = vm_current(in->vm);
    bool ok = go_through(in, file->tasks, file->ntasks, each);
    vm_set_current(in->vm, model);
    value_drop(model);
    return ok;
}

// --- checking --------------------------------------------------------------------------------

// What a failed statement would have defined is unknown from here on.
static bool forget(Interp *in, const Task *task) {
    NodeKind kind = (NodeKind)task->node->kind;
    Global g = {.name = task->node->sym, .kind = GLOBAL_LET, .value = value_unknown()};
    if (kind == NODE_MODEL || kind == NODE_USE || kind == NODE_IMPORT)
        vm_set_current(in->vm, value_unknown());
    if (kind == NODE_MODEL) g.kind = GLOBAL_MODEL;
    bool defines = kind == NODE_MODEL || kind == NODE_LET;
    return !defines || globals_set(&in->vm->globals, g) || no_memory(in);
}

static bool check_task(Interp *in, Task *task);

static bool check_test(Interp *in, Task *task) {
    Kept k;
    if (!keep(in, &k)) return false;
    bool ok = go_through(in, task->inner, task->ninner, check_task);
    restore(in, &k);
    return ok;
}

static bool check_one(Interp *in, Task *task) {
    if (task->inner) return check_test(in, task);
    lua_bridge_fresh(in->lua);
    if (task->lua) return lua_unit_run(in, task->lua, task->node->span);
    if (task->path) return import_network(in, task);
    if (task->file) return import_file(in, task->file, &task->file->checked, check_task);
    if (!run_chunk(in, task)) return false;
    keep_made(in, task);
    return true;
}

// Goes on after an error, so that several are found.
static bool check_task(Interp *in, Task *task) {
    return check_one(in, task) || forget(in, task);
}

bool program_check(Interp *in, Program *p) {
    Kept k;
    size_t errors = in->diags.errors;
    if (!keep(in, &k)) return false;
    for (size_t i = 0; i < in->files.count; i++) in->files.items[i]->checked = false;
    in->vm->checking = true;
    bool ok = go_through(in, p->tasks, p->ntasks, check_task);
    in->vm->checking = in->vm->partial = false;
    restore(in, &k);
    // What comes later is said when it is reached: what stands before it runs.
    if (!in->options.check) interp_forget_later(in);
    return ok && in->diags.errors == errors && !in->diags.failed;
}

void program_learn(Interp *in, Program *p) {
    in->vm->checking = true;
    go_through(in, p->tasks, p->ntasks, check_task);
    in->vm->checking = in->vm->partial = false;
}

// --- running ---------------------------------------------------------------------------------

static void compare(Interp *in, const Task *task) {
    if (in->printed.failed) {
        no_memory(in);
        in->counts.failures++;
        return;
    }
    if (expect_matches(task->expect, str_text(&in->printed))) {
        in->counts.passed++;
        return;
    }
    diag_error(&in->diags, DIAG_EXPECTATION, task->node->span, "expected %s", task->expect);
    diag_hint(&in->diags, "it is %s", str_text(&in->printed));
    diag_also(&in->diags, task->expect_span);
    in->counts.failures++;
}

static bool run_task(Interp *in, Task *task);

static bool run_test(Interp *in, Task *task) {
    Kept k;
    if (!in->options.tests) return true;
    if (!keep(in, &k)) return false;
    uint32_t failures = in->counts.failures;
    bool ok = go_through(in, task->inner, task->ninner, run_task);
    restore(in, &k);
    if (!ok) return false;
    if (in->counts.failures == failures) {
        in->counts.passed++;
        return true;
    }
    interp_flush(in);
    Str s = {0};
    str_printf(&s, "test \"%s\" failed\n", task->node->text);
    interp_report(&in->options, &s);
    str_free(&s);
    return true;
}

static bool run_one(Interp *in, Task *task) {
    if (task->inner) return run_test(in, task);
    lua_bridge_fresh(in->lua);
    if (task->lua) return lua_unit_run(in, task->lua, task->node->span);
    if (task->path) return import_network(in, task);
    if (task->file) return import_file(in, task->file, &task->file->ran, run_task);
    return task->kept ? define_made(in, task) : run_chunk(in, task);
}

// In a test run an error is a failure, and what stands after it is run all the same.
static bool failed(Interp *in, const Task *task) {
    if (!in->options.tests || ctl_cancelled(&in->options.ctl)) return false;
    if (interp_only_later(in)) {
        interp_forget_later(in);
        in->counts.later++;
        if (!forget(in, task)) return false;
    } else {
        in->counts.failures++;
    }
    interp_flush(in);
    return true;
}

static bool run_task(Interp *in, Task *task) {
    str_clear(&in->printed);
    if (!run_one(in, task)) return failed(in, task);
    if (in->options.tests && task->expect) compare(in, task);
    return interp_flush(in) == 0 || in->options.tests;
}

// The text from `from` to the end of the line that byte `end` is on; a #=> comment is left out, as
// the answer follows.
static uint32_t echo_text(Interp *in, const SourceText *source, uint32_t from, uint32_t end) {
    uint32_t stop = end;
    while (stop < source->len && source->text[stop] != '\n') stop++;
    const char *expect = memmem(source->text + end, stop - end, "#=>", 3);
    uint32_t last = expect ? (uint32_t)(expect - source->text) : stop;
    while (last > from && (source->text[last - 1] == ' ' || source->text[last - 1] == '\n')) last--;
    interp_say(in, source->text + from, last - from);
    interp_say(in, "\n", 1);
    return stop < source->len ? stop + 1 : stop;
}

// Each statement with what stands before it, then its answer.
static bool run_echoing(Interp *in, Program *p) {
    uint32_t at = 0;
    for (size_t i = 0; i < p->ntasks; i++) {
        Span span = p->tasks[i].node->span;
        if (span.end >= at) at = echo_text(in, source_get(&in->sources, span.source), at, span.end);
        if (!run_task(in, &p->tasks[i])) return false;
    }
    return true;
}

// Each is told before it runs.
static bool run_telling(Interp *in, Program *p) {
    const InterpListener *listener = in->options.listener;
    for (size_t i = 0; i < p->ntasks; i++) {
        listener->statement(listener->user, p->tasks[i].node->span);
        if (!run_task(in, &p->tasks[i])) return false;
    }
    return true;
}

bool program_run(Interp *in, Program *p) {
    if (in->options.listener) return run_telling(in, p);
    return in->options.echo ? run_echoing(in, p) : go_through(in, p->tasks, p->ntasks, run_task);
}

bool program_step(Interp *in, Task *task) {
    bool ok = run_task(in, task);
    return interp_flush(in) == 0 && ok;
}

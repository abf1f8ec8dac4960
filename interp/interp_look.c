// Interp_look: what names mean in a session, for completion and editors.
#include <string.h>

#include "interp/interp_inner.h"
#include "interp/library.h"

Model *interp_model(const Interp *in) {
    return in->vm->contexts.items[0].context.model;
}

static Value value_of(const Global *g) {
    return g->kind == GLOBAL_FAMILY ? g->built : g->value;
}

static const char *kind_of(const Global *g) {
    if (value_of(g).tag == VALUE_MODEL) return "model";
    if (value_of(g).tag == VALUE_DATA) return "data";
    switch (g->kind) {
    case GLOBAL_LET: return "let";
    case GLOBAL_MODEL: case GLOBAL_FAMILY: return "model";
    case GLOBAL_FUNCTION: case GLOBAL_QUESTION: break;
    }
    return "def";
}

void interp_names(const Interp *in,
                  void (*visit)(void *user, const char *name, const char *kind), void *user) {
    for (size_t i = 0; i < in->vm->globals.items.count; i++) {
        const Global *g = &in->vm->globals.items.items[i];
        visit(user, g->name->text, kind_of(g));
    }
    for (const LibraryName *l = library_names; l->name; l++)
        visit(user, l->name, l->model ? "model" : "def");
    for (const Native *const *table = native_tables; *table; table++)
        for (const Native *n = *table; n->name; n++) visit(user, n->name, "built-in");
}

// What a name means: for the user, else in the standard library, which is read when it must be.
static const Global *find(const Interp *in, const char *name) {
    Sym s = intern_z(in->names, name);
    const Global *g = s ? globals_find(&in->vm->globals, s) : NULL;
    if (!s || g || native_find(name)) return g;
    g = globals_find(&in->vm->standard, s);
    bool read = !g && in->vm->host.library(in->vm->host.user, s);
    return read ? globals_find(&in->vm->standard, s) : g;
}

Model *interp_find_model(const Interp *in, const char *name) {
    const Global *g = find(in, name);
    return g && value_of(g).tag == VALUE_MODEL ? value_of(g).model : NULL;
}

static void labels_of(const char *labels, void (*visit)(void *user, const char *label),
                      void *user) {
    Str label = {0};
    while (labels && *labels) {
        size_t n = strcspn(labels, " ");
        str_clear(&label);
        str_add_n(&label, labels, n);
        visit(user, str_text(&label));
        labels += n + strspn(labels + n, " ");
    }
    str_free(&label);
}

void interp_labels(const Interp *in, const char *function,
                   void (*visit)(void *user, const char *label), void *user) {
    const Global *g = find(in, function);
    const Native *n = g ? NULL : native_find(function);
    bool coded = g && g->value.tag == VALUE_FUNCTION;
    const FunctionObject *f = coded ? (const FunctionObject *)g->value.object : NULL;
    if (f && f->native) n = f->native;
    if (n) labels_of(n->labels, visit, user);
    for (size_t i = 0; f && f->chunk && i < f->chunk->params.count; i++)
        if (f->chunk->params.items[i].name)
            visit(user, f->chunk->params.items[i].name->text);
}

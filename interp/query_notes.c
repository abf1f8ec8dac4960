// Query_notes: likely confusions about a question.
#include "interp/query_notes.h"

#include <string.h>

#include "interp/diag.h"
#include "interp/vm.h"

// Marks the proper descendants of the marked variables; `order` is topological, so one pass does.
static void mark_descendants(const Model *m, bool *below, const bool *set) {
    for (uint32_t i = 0; i < m->nvars; i++) {
        const ModelVar *v = m->vars[m->order[i]];
        for (uint32_t j = 0; j < v->nparents; j++)
            if (below[v->parents[j]] || set[v->parents[j]]) below[m->order[i]] = true;
    }
}

typedef struct Search {
    const Model *m;
    const bool *below, *set;
    Sym found;
} Search;

static bool look(void *user, Sym name, const Term *at) {
    (void)at;
    Search *s = user;
    uint32_t v = model_find(s->m, name);
    if (v == MODEL_NONE || !s->below[v] || s->set[v]) return true;
    s->found = name;
    return false;
}

static Sym mark_set(const Model *m, const Question *q, bool *set) {
    Sym first = NULL;
    for (uint32_t i = 0; i < q->nconds; i++)
        for (uint32_t j = 0; j < q->conds[i].n; j++) {
            uint32_t v = model_find(m, q->conds[i].items[j].target);
            if (v != MODEL_NONE) set[v] = true;
            if (!first) first = q->conds[i].items[j].target;
        }
    return first;
}

void query_notes(Vm *vm, const Model *m, const Question *q, Span span) {
    bool any = false;
    for (uint32_t i = 0; i < q->nconds; i++) any = any || q->conds[i].kind == COND_DO;
    if (!any) return;
    bool *marks = MEM_NEW(bool, (size_t)m->nvars * 2);
    if (!marks) {
        vm_memory(vm);
        return;
    }
    bool *set = marks, *below = marks + m->nvars;
    Sym target = mark_set(m, q, set);
    mark_descendants(m, below, set);
    Search search = {m, below, set, NULL};
    for (uint32_t i = 0; i < q->nconds && !search.found; i++)
        if (q->conds[i].kind == COND_EVENT)
            term_variables(q->conds[i].term, false, look, &search);
    mem_free(marks);
    if (search.found && target)
        vm_note(vm, DIAG_AFTER_DO, span,
                "this conditions on %s as it is after %s was set; for the %s that was actually "
                "seen, put the intervention into the brackets of a world, as in P(Y[%s = ...] | "
                "%s = ...)",
                search.found->text, target->text, search.found->text, target->text,
                search.found->text);
}

void query_note_head(Vm *vm, const Model *m, Span span) {
    const SourceText *source = source_get(vm_sources(vm), span.source);
    if (!source) return;
    const char *head = source->text + span.start;
    size_t room = source->len - span.start, n = 0;
    while (n < room && head[n] >= 'A' && head[n] <= 'z' && head[n] != '[') n++;
    if (n == room || head[n] != '[') return;
    for (uint32_t i = 0; i < m->nvars; i++) {
        const ModelVar *v = m->vars[i];
        const char *name = v->family ? v->family->text : v->name->text;
        if (v->anonymous || strlen(name) != n || memcmp(name, head, n) != 0) continue;
        vm_note(vm, DIAG_HIDES, span,
                "%s[...] is the question here, not the variable %s in another world; that is "
                "written `%s`[...]",
                name, name, name);
        return;
    }
}

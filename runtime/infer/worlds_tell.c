// Worlds tell: worlds, abduction, action, prediction.
#include "runtime/infer/worlds_tell.h"

// So many names are listed in full.
#define TELL_MOST 6

static void add_items(const World *w, Str *out) {
    for (uint32_t i = 0; i < w->n; i++) {
        const Assign *a = &w->items[i];
        if (i) str_add(out, ", ");
        if (a->source) str_printf(out, "%s -> ", a->source->text);
        str_printf(out, "%s %s ", a->target->text, a->kind == ASSIGN_DRAW ? "~" : "=");
        term_add_brief(a->value, out);
    }
}

// A list of names that may be long.
typedef struct List {
    Str text;
    uint32_t n;
} List;

static void list_name(List *l, const char *name) {
    if (l->n < TELL_MOST) str_printf(&l->text, "%s%s", l->n ? ", " : "", name);
    l->n++;
}

static const char *list_text(List *l) {
    if (l->n > TELL_MOST) str_printf(&l->text, " and %u more", l->n - TELL_MOST);
    l->n = 0;
    return str_text(&l->text);
}

// One step that lists something; none when the list is empty. Frees the list.
static Status tell_list(Derivation *d, const char *rule, const char *format, List *l)
    __attribute__((format(printf, 3, 0)));
static Status tell_list(Derivation *d, const char *rule, const char *format, List *l) {
    bool any = l->n > 0;
    const char *text = list_text(l);
    Status st = l->text.failed ? NOMEM : any ? derivation_add(d, rule, format, text) : OK;
    str_free(&l->text);
    return st;
}

Status worlds_tell_do(const World *done, Derivation *d) {
    if (!d) return OK;
    Str text = {0};
    add_items(done, &text);
    Status st = text.failed ? NOMEM
                            : derivation_add(d, "surgery", "do(%s) holds in every world",
                                             str_text(&text));
    str_free(&text);
    return st;
}

static Status tell_worlds(const WorldNet *net, Derivation *d) {
    Str text = {0};
    str_add(&text, "the factual one");
    for (size_t i = 1; i < net->layers.count; i++) {
        str_add(&text, i + 1 < net->layers.count ? ", [" : " and [");
        add_items(net->layers.items[i].world, &text);
        str_add(&text, "]");
    }
    Status st = text.failed ? NOMEM : derivation_add(d, "worlds", "%s", str_text(&text));
    str_free(&text);
    return st;
}

static Status tell_nodes(const WorldNet *net, Derivation *d) {
    List shared = {0}, copied = {0};
    for (uint32_t i = 0; i < net->nodes.count; i++) {
        const WorldNode *n = &net->nodes.items[i];
        bool factual = i < net->m->nvars;
        if (n->needed && (factual || n->base != MODEL_NONE))
            list_name(factual ? &shared : &copied, n->name->text);
    }
    Status st = tell_list(d, "factual",
                          "%s: as they are, and the same in every world that "
                          "does not change them",
                          &shared);
    Status other = tell_list(
        d, "copied", "%s: descendants of what is set, with their mechanisms and noise kept",
        &copied);
    return st != OK ? st : other;
}

static Status tell_abduction(const Question *q, Derivation *d) {
    List seen = {0};
    for (uint32_t i = 0; i < q->nconds; i++) {
        Str text = {0};
        term_add_brief(q->conds[i].term, &text);
        list_name(&seen, str_text(&text));
        if (text.failed) seen.text.failed = true;
        str_free(&text);
    }
    return tell_list(d, "abduction",
                     "what is known (%s) updates the noise and all that the worlds share",
                     &seen);
}

static Status tell_action(const WorldNet *net, Derivation *d) {
    List set = {0};
    for (uint32_t i = net->m->nvars; i < net->nodes.count; i++)
        if (net->nodes.items[i].needed && net->nodes.items[i].base == MODEL_NONE)
            list_name(&set, net->nodes.items[i].name->text);
    return tell_list(d, "action", "%s: set, whatever their causes", &set);
}

static Status tell_prediction(const Question *q, Derivation *d) {
    List asked = {0};
    for (uint32_t i = 0; i < q->nargs; i++) {
        Str text = {0};
        term_add_brief(q->args[i], &text);
        list_name(&asked, str_text(&text));
        if (text.failed) asked.text.failed = true;
        str_free(&text);
    }
    return tell_list(d, "prediction",
                     "%s: asked in the network of all worlds (Balke & Pearl 1994)", &asked);
}

Status worlds_tell(const WorldNet *net, const Question *q, Derivation *d) {
    if (!d) return OK;
    TRY(tell_worlds(net, d));
    TRY(tell_nodes(net, d));
    TRY(tell_abduction(q, d));
    TRY(tell_action(net, d));
    return tell_prediction(q, d);
}

// Query ladder: one pair of variables on all three rungs.
#include "interp/query_ladder.h"

#include "interp/graph_value.h"
#include "interp/ladder_value.h"
#include "interp/query.h"
#include "interp/query_identify.h"
#include "interp/table.h"
#include "interp/vm.h"
#include "runtime/base/mem.h"
#include "runtime/graph/paths.h"
#include "runtime/graph/separation.h"
#include "runtime/graph/surgery.h"
#include "runtime/graph/walk.h"
#include "runtime/model/name.h"

typedef struct Pair {
    Vm *vm;
    Span span;
    Value y, x;
    const ModelVar *vy, *vx;
    bool mean; // of a number; else the probability of an event
    LadderObject *out;
} Pair;

// --- one question ---------------------------------------------------------------------------

// What is asked of one cell: Y at a level, or Y alone, with X at a level.
typedef struct Cell {
    Value event; // Y, Y = y
    Value level, other; // of X, when it has two
} Cell;

static bool compare(Pair *p, NodeOp op, Value a, Value b, Value *out) {
    Trouble t = {0};
    uint32_t origin = source_place(vm_sources(p->vm), p->span);
    return value_binary(op, a, b, origin, out, &t) || vm_trouble(p->vm, &t, p->span);
}

static bool put(Pair *p, Value event, PartKind kind, const Value *given, uint32_t n, Value *out) {
    Part parts[] = {{.kind = PART_ARG, .span = p->span},
                    {.kind = kind, .nassigns = kind == PART_DO, .span = p->span}};
    AssignShape set = {.op = ASSIGN_SET, .span = p->span};
    Value values[] = {event, given[0], n > 1 ? given[1] : value_nothing()};
    QueryShape shape = {.head = p->mean ? HEAD_E : HEAD_P, .parts = parts, .nparts = 2,
                        .assigns = &set, .nassigns = kind == PART_DO, .nvalues = 1 + n,
                        .span = p->span};
    return query_ask(p->vm, &shape, values, out);
}

static bool see(Pair *p, const Cell *c, Value y, Value *out) {
    Value seen;
    if (!compare(p, OP_EQ, p->x, c->level, &seen)) return false;
    bool ok = put(p, y, PART_EVENT, &seen, 1, out);
    value_drop(seen);
    return ok;
}

static bool set(Pair *p, const Cell *c, Value y, Value *out) {
    const Value given[] = {p->x, c->level};
    return put(p, y, PART_DO, given, 2, out);
}

static bool imagine(Pair *p, const Cell *c, Value y, Value *out) {
    bool two = c->other.tag != VALUE_NOTHING;
    Value seen;
    if (!compare(p, two ? OP_EQ : OP_NE, p->x, two ? c->other : c->level, &seen)) return false;
    bool ok = put(p, y, PART_EVENT, &seen, 1, out);
    value_drop(seen);
    return ok;
}

// Y, in the world where X is set when it is imagined.
static bool base(Pair *p, const Cell *c, int column, Value *out) {
    const AssignShape shape = {.op = ASSIGN_SET, .span = p->span};
    const Value values[] = {p->x, c->level};
    World *world;
    *out = value_keep(p->y);
    if (column != LADDER_IMAGINING) return true;
    value_drop(*out);
    return query_world(p->vm, &shape, 1, values, &world) &&
           query_in_world(p->vm, p->y, world, p->span, out);
}

// Whether the session goes on after the error that was reported last.
static bool may_go_on(const Diags *d, size_t before) {
    if (d->failed || d->count == before) return false;
    for (size_t i = before; i < d->count; i++) {
        DiagCode code = d->items[i].code;
        if (code == DIAG_INTERRUPTED || code == DIAG_INTERNAL || code == DIAG_MEMORY) return false;
    }
    return true;
}

// The cell stays empty, and its column says why.
static bool note_why(Pair *p, int column, size_t before) {
    Diags *d = vm_diags(p->vm);
    if (!may_go_on(d, before)) return false;
    char **why = &p->out->why[column];
    Str s = {0};
    for (size_t i = before; !*why && i < d->count; i++)
        if (d->items[i].level == DIAG_ERROR) {
            str_add(&s, d->items[i].message);
            *why = str_take(&s);
        }
    str_free(&s);
    diag_drop(d, before);
    return *why || vm_memory(p->vm);
}

static bool answer(Pair *p, const Cell *c, int column, Value *out) {
    static bool (*const ask[])(Pair *, const Cell *, Value, Value *) = {see, set, imagine};
    size_t before = vm_diags(p->vm)->count;
    Value y, event;
    if (!base(p, c, column, &y)) return false;
    bool level = c->event.tag != VALUE_NOTHING;
    bool ok = !level || compare(p, OP_EQ, y, c->event, &event);
    if (ok && level) {
        value_drop(y);
        y = event;
    }
    ok = ok && ask[column](p, c, y, out);
    value_drop(y);
    return ok || (*out = value_nothing(), note_why(p, column, before));
}

// --- rows -----------------------------------------------------------------------------------

static bool add_key(Pair *p, const Domain *d, uint32_t level, size_t at) {
    Str s = {0};
    domain_add_level(d, level, &s);
    p->out->keys[at] = str_take(&s);
    return p->out->keys[at] || vm_memory(p->vm);
}

// Row `row`: level i of X, level j of Y.
static bool add_row(Pair *p, size_t row, uint32_t i, uint32_t j) {
    const Domain *dx = p->vx->domain, *dy = p->vy->domain;
    LadderObject *l = p->out;
    Cell c = {0};
    bool ok = add_key(p, dx, i, row * l->nkeys) &&
              (l->nkeys < 2 || add_key(p, dy, j, row * l->nkeys + 1)) &&
              (table_level_value(dx, i, &c.level) || vm_memory(p->vm)) &&
              (dx->count != 2 || table_level_value(dx, 1 - i, &c.other) || vm_memory(p->vm)) &&
              (p->mean || table_level_value(dy, j, &c.event) || vm_memory(p->vm));
    for (int column = 0; ok && column < LADDER_COLUMNS; column++)
        ok = answer(p, &c, column, &l->cells[row * LADDER_COLUMNS + (size_t)column]);
    value_drop(c.level);
    value_drop(c.other);
    value_drop(c.event);
    return ok;
}

// A row for each level of X and, where no level of Y tells the others, for each of Y.
static bool add_rows(Pair *p) {
    const Domain *dy = p->vy->domain;
    bool each = p->out->nkeys == 2;
    uint32_t ny = each ? dy->count : 1;
    for (uint32_t i = 0; i < p->vx->domain->count; i++)
        for (uint32_t j = 0; j < ny; j++)
            if (!add_row(p, (size_t)i * ny + j, i, each ? j : dy->kind == DOMAIN_BOOL)) return false;
    return true;
}

// A graph alone has no numbers: what is seen is what data are to tell, the rest an estimand or
// why there is none. The levels are the first and last, or any x and x'.
static bool graph_levels(Pair *p, Value *level, Value *other) {
    const Domain *d = p->vx->domain;
    bool finite = domain_finite(d) && d->count > 1;
    Sym a = intern_z(vm_names(p->vm), "x"), b = intern_z(vm_names(p->vm), "x'");
    *level = *other = value_nothing();
    if (finite)
        return (table_level_value(d, d->count - 1, level) && table_level_value(d, 0, other)) ||
               vm_memory(p->vm);
    if (!a || !b) return vm_memory(p->vm);
    *level = value_level(a);
    *other = value_level(b);
    return true;
}

static bool add_graph_row(Pair *p, Cell *c) {
    Value free, *cells = p->out->cells;
    if (!value_list(VALUE_QUERY, NULL, 0, &free)) return vm_memory(p->vm);
    Cell all = {.level = free};
    bool ok = answer(p, &all, LADDER_DOING, &cells[LADDER_DOING]) &&
              answer(p, c, LADDER_IMAGINING, &cells[LADDER_IMAGINING]);
    value_drop(free);
    return ok;
}

// --- the questions --------------------------------------------------------------------------

static bool write_question(Pair *p, int column, const char *format, const char *y, const char *x,
                           const char *level, const char *other) {
    Str s = {0};
    bool graph = p->out->nkeys == 0;
    str_add(&s, p->mean ? "E[" : "P(");
    str_add(&s, y);
    if (column == LADDER_IMAGINING) str_printf(&s, "[%s = %s]", x, level);
    if (p->out->nkeys == 2) str_add(&s, " = y");
    str_add(&s, " | ");
    str_printf(&s, format, x);
    if (column == LADDER_IMAGINING) str_printf(&s, graph ? " = %s" : " != %s", other);
    else if (!graph) str_printf(&s, " = %s", level);
    if (column == LADDER_DOING) str_add_char(&s, ')');
    str_add(&s, p->mean ? "]" : ")");
    p->out->questions[column] = str_take(&s);
    str_free(&s);
    return p->out->questions[column] || vm_memory(p->vm);
}

static bool write_questions(Pair *p, const char *level, const char *other) {
    Str y = {0}, x = {0};
    name_add(p->out->y, &y);
    name_add(p->out->x, &x);
    bool ok = true;
    for (int c = 0; ok && c < LADDER_COLUMNS; c++)
        ok = write_question(p, c, c == LADDER_DOING ? "do(%s" : "%s", str_text(&y), str_text(&x),
                            level, other);
    str_free(&y);
    str_free(&x);
    return ok;
}

static bool graph_row(Pair *p) {
    Cell c = {0};
    Str level = {0}, other = {0};
    const RenderStyle plain = {.digits = RENDER_DIGITS};
    bool ok = graph_levels(p, &c.level, &c.other);
    if (ok) {
        render_value(c.level, &plain, &level);
        render_value(c.other, &plain, &other);
        ok = write_questions(p, str_text(&level), str_text(&other)) && add_graph_row(p, &c);
    }
    value_drop(c.level);
    value_drop(c.other);
    str_free(&level);
    str_free(&other);
    return ok;
}

// --- why they differ ------------------------------------------------------------------------

enum { PATHS_TRIED = 200, PATHS_NAMED = 3 };

// Names the open back-door paths, all when they are few; `witness` is one of them.
static Status name_paths(Vm *vm, const Graph *g, uint32_t x, uint32_t y, const Path *witness,
                         Str *out) {
    Paths paths = {0};
    Word *none = graph_set(g);
    PathJoint *joints = MEM_NEW(PathJoint, g->n);
    size_t open = 0;
    Str named = {0};
    Status status = none && joints ? paths_list(g, x, y, PATHS_BACKDOOR, NULL, PATHS_TRIED,
                                                vm_ctl(vm), &paths) : NOMEM;
    for (size_t i = 0; status == OK && i < paths.count; i++) {
        bool is_open = false;
        status = path_judge(g, &paths.items[i], none, joints, &is_open);
        if (!is_open || ++open > PATHS_NAMED) continue;
        if (open > 1) str_add(&named, ", ");
        graph_view_path(g, &paths.items[i], &named);
    }
    if (status == OK && !open) graph_view_path(g, witness, &named), open = 1;
    if (open > PATHS_NAMED) str_add(&named, ", ...");
    str_printf(out, open > 1 ? "The back-door paths %s are open" : "The back-door path %s is open",
               str_text(&named));
    str_free(&named);
    paths_free(&paths);
    mem_free(joints);
    mem_free(none);
    return status;
}

// One sentence: who is told of, and which open path makes them differ.
static Status reason(const Pair *p, const Graph *g, uint32_t x, uint32_t y, Str *out) {
    const char *cause = p->out->x->text, *effect = p->out->y->text;
    Word *from = graph_set(g), *to = graph_set(g), *after = graph_set(g);
    Graph *cut = NULL;
    Path witness = {0};
    bool separated = false;
    Status status = from && to && after ? OK : NOMEM;
    if (status == OK) {
        bits_add(from, x);
        bits_add(to, y);
        walk_descendants(g, from, NULL, after);
        status = surgery_cut(g, NULL, from, &cut);
    }
    if (status == OK) status = separation_test(cut, from, to, NULL, &separated, &witness);
    bool acts = status == OK && bits_has(after, y);
    if (status == OK && !separated) {
        status = name_paths(p->vm, g, x, y, &witness, out);
        str_printf(out, ": seeing tells of those with %s = x, imagining of the others, doing of "
                        "all.", cause);
        if (!acts) str_printf(out, " No directed path leads from %s to %s: doing changes nothing.",
                              cause, effect);
    } else if (status == OK && acts) {
        str_add(out, "No back-door path is open, so nothing confounds: seeing is doing here, and "
                     "imagining is, too.");
    } else if (status == OK) {
        str_printf(out, "No path between %s and %s is open: neither tells anything of the other.",
                   cause, effect);
    }
    path_free(&witness);
    graph_free(cut);
    mem_free(from);
    mem_free(to);
    mem_free(after);
    return status;
}

// Selection and factors join variables in ways that paths alone do not tell.
static bool told_by_paths(const Model *m) {
    for (uint32_t i = 0; i < m->nvars; i++)
        if (m->vars[i]->role == ROLE_VAR_SELECTED) return false;
    return m->nfactors == 0;
}

static bool add_reason(Pair *p) {
    GraphView view;
    Trouble t = {0};
    if (!graph_view_open(p->vm, &view, &t)) return vm_trouble(p->vm, &t, p->span);
    uint32_t x = model_find(view.model, p->out->x), y = model_find(view.model, p->out->y);
    Str s = {0};
    Status status = OK;
    if (x != MODEL_NONE && y != MODEL_NONE && told_by_paths(view.model))
        status = reason(p, view.graph, x, y, &s);
    if (s.failed) status = NOMEM;
    if (status == OK && s.len) p->out->because = str_take(&s);
    str_free(&s);
    graph_view_close(&view);
    if (status == CANCELLED) return vm_error(p->vm, DIAG_INTERRUPTED, p->span, "interrupted");
    return status == OK || vm_memory(p->vm);
}

// --- the whole ------------------------------------------------------------------------------

static bool refuse_form(Pair *p, const char *why) {
    vm_error(p->vm, DIAG_HEAD_FORM, p->span, "%s", why);
    diag_hint(vm_diags(p->vm), "it is asked as ladder Y, X: how Y depends on X");
    return false;
}

static bool is_graph(const Pair *p) {
    const Context *c = vm_context(p->vm);
    bool source = c->sources.tag != VALUE_NOTHING || c->data.tag != VALUE_NOTHING;
    return c->model && query_is_graph(c->model) && !source;
}

static bool refuse_levels(Pair *p, const ModelVar *v) {
    Str domain = {0};
    domain_add(v->domain, &domain);
    vm_error(p->vm, DIAG_HEAD_FORM, p->span, "ladder goes through the levels of %s, which is %s",
             v->name->text, str_text(&domain));
    diag_hint(vm_diags(p->vm), "ask for values of your own: E[Y | do(X = 1)]");
    str_free(&domain);
    return false;
}

static bool look_up(Pair *p) {
    Sym y = value_variable(p->y), x = value_variable(p->x);
    if (!y || !x) return refuse_form(p, "ladder is about two variables");
    if (y == x) return refuse_form(p, "ladder is about two variables, not one");
    p->vy = vm_variable(p->vm, y);
    p->vx = vm_variable(p->vm, x);
    if (!p->vy || !p->vx) return refuse_form(p, "ladder is about two variables of the model");
    if (is_graph(p)) return true;
    const Domain *dy = p->vy->domain;
    p->mean = dy->kind != DOMAIN_BOOL && (dy->numeric || !domain_finite(dy));
    if (!domain_finite(p->vx->domain)) return refuse_levels(p, p->vx);
    return dy->kind != DOMAIN_SYMBOLIC || refuse_levels(p, p->vy);
}

static bool fill(Pair *p) {
    p->out->y = value_variable(p->y);
    p->out->x = value_variable(p->x);
    bool rows = p->out->nkeys ? write_questions(p, "x", "x") && add_rows(p) : graph_row(p);
    return rows && add_reason(p);
}

bool query_ladder(Vm *vm, const Value values[2], Span span, Value *out) {
    Pair p = {.vm = vm, .span = span, .y = values[0], .x = values[1]};
    if (!look_up(&p)) return false;
    if (vm_checking(vm)) return *out = value_unknown(), true;
    bool graph = is_graph(&p), bare = p.mean || p.vy->domain->kind == DOMAIN_BOOL;
    size_t ny = bare || graph ? 1 : p.vy->domain->count;
    size_t rows = graph ? 1 : p.vx->domain->count * ny;
    Value made;
    if (!ladder_value(graph ? 0 : bare ? 1 : 2, rows, &made)) return vm_memory(vm);
    p.out = ladder_value_of(made);
    if (!fill(&p)) return value_drop(made), false;
    *out = made;
    return true;
}

// Mechanism: the nodes of a law.
//
// A choice between distributions of one family becomes that family with chosen parameters, so
// that one block of draws serves all lanes. What is left of a choice draws every part in every
// lane and selects.
#include "runtime/model/dist_family.h"
#include "runtime/model/dist_spine.h"
#include "runtime/model/term_order.h"
#include "runtime/sample/mechanism_code.h"

// What a part of the spine has become: a single family, or a node of its own.
typedef struct Part {
    Term *dist;    // a DIST that it equals, owned; or NULL
    uint32_t node; // once it has one
    bool needed;
} Part;

typedef struct Builder {
    Mechanism *m;
    const Model *model;
    Faults *faults;
    TermOrder order;
    Part *parts; // by position in the order
} Builder;

// As dist_spine; and what is truncated.
static bool on_spine(const Term *t, uint32_t i) {
    return dist_spine(t, i) || (t->op == TERM_TRUNCATE && i == 0);
}

static Part *part_of(Builder *b, const Term *t) {
    return &b->parts[term_order_find(&b->order, t)];
}

// --- one family ---

// The family that all branches of a choice have, or NULL.
static const DistFamily *common_family(Builder *b, const Term *t) {
    const DistFamily *family = NULL;
    for (uint32_t i = 0; i < t->n; i++) {
        if (!dist_spine(t, i)) continue;
        const Term *dist = part_of(b, t->kid[i])->dist;
        if (!dist || (family && dist->family != family)) return NULL;
        family = dist->family;
    }
    return t->op == TERM_MIX ? NULL : family;
}

// The choice between the branches' parameters number `param`.
static Term *chosen_param(Builder *b, const Term *t, uint32_t param, Term **kids) {
    for (uint32_t i = 0; i < t->n; i++)
        kids[i] = dist_spine(t, i) ? part_of(b, t->kid[i])->dist->kid[param] : t->kid[i];
    return term_with_kids(t, kids);
}

static Status merge(Builder *b, const Term *t, const DistFamily *family, Part *out) {
    Term **kids = MEM_NEW(Term *, t->n), **params = MEM_NEW(Term *, family->nparams);
    bool failed = !kids || !params;
    for (uint32_t i = 0; !failed && i < family->nparams; i++)
        failed = !(params[i] = chosen_param(b, t, i, kids));
    if (!failed) // takes the parameters
        out->dist = term_dist(family, params, family->nparams, t->origin);
    else
        for (uint32_t i = 0; params && i < family->nparams; i++) term_drop(params[i]);
    mem_free(kids);
    mem_free(params);
    return out->dist ? OK : NOMEM;
}

static Status find_dist(Builder *b, const Term *t, Part *out) {
    out->node = MECHANISM_NONE;
    if (t->op == TERM_DIST) {
        out->dist = term_keep(t);
        return OK;
    }
    if (t->op == TERM_MAP || t->op == TERM_TRUNCATE) return OK;
    const DistFamily *family = common_family(b, t);
    return family ? merge(b, t, family, out) : OK;
}

// --- nodes ---

static Status new_node(Builder *b, MechanismNodeKind kind, MechanismNode **out, uint32_t *at) {
    MechanismNode node = {.kind = kind};
    if (!VEC_PUSH(&b->m->nodes, node)) return NOMEM;
    *at = (uint32_t)(b->m->nodes.count - 1);
    *out = &b->m->nodes.items[*at];
    return OK;
}

static Status add_kernel(Builder *b, const Term *t, MechanismNode *node) {
    return mechanism_build_kernel(b->model, t, &node->kernels, b->faults);
}

static Status family_node(Builder *b, const Term *dist, uint32_t *at) {
    MechanismNode *node;
    TRY(new_node(b, NODE_FAMILY, &node, at));
    node->family = dist->family;
    for (uint32_t i = 0; i < dist->n; i++) TRY(add_kernel(b, dist->kid[i], node));
    return OK;
}

// The same choice between the numbers 0, 1, 2 ...
static Status choice_kernel(Builder *b, const Term *t, MechanismNode *node) {
    Term **kids = MEM_NEW(Term *, t->n);
    Status status = kids ? OK : NOMEM;
    double next = 0;
    for (uint32_t i = 0; status == OK && i < t->n; i++) {
        kids[i] = dist_spine(t, i) ? term_number(next++, 0) : term_keep(t->kid[i]);
        if (!kids[i]) status = NOMEM;
    }
    Term *choice = status == OK ? term_with_kids(t, kids) : NULL;
    for (uint32_t i = 0; kids && i < t->n; i++) term_drop(kids[i]);
    mem_free(kids);
    if (!choice) return NOMEM;
    // A choice of 0 and 1 is no bool, whatever it looks like.
    status = add_kernel(b, choice, node);
    term_drop(choice);
    return status;
}

// A value of a map is drawn as the family of one point.
static Status map_node(Builder *b, const Term *t, uint32_t *at) {
    MechanismNode *node;
    VEC(uint32_t) points = {0};
    Status status = OK;
    for (uint32_t i = 0; status == OK && i < t->n; i += 2) {
        uint32_t point;
        status = new_node(b, NODE_FAMILY, &node, &point);
        if (status != OK) break;
        node->family = &dist_discrete_point;
        status = add_kernel(b, t->kid[i], node);
        if (status == OK && !VEC_PUSH(&points, point)) status = NOMEM;
    }
    if (status == OK) status = new_node(b, NODE_MIX, &node, at);
    for (uint32_t i = 1; status == OK && i < t->n; i += 2)
        status = add_kernel(b, t->kid[i], node);
    for (size_t i = 0; status == OK && i < points.count; i++)
        if (!VEC_PUSH(&node->parts, points.items[i])) status = NOMEM;
    VEC_FREE(&points);
    return status;
}

static Status choice_node(Builder *b, const Term *t, uint32_t *at) {
    MechanismNode *node;
    TRY(new_node(b, t->op == TERM_MIX ? NODE_MIX : NODE_CHOICE, &node, at));
    for (uint32_t i = 0; i < t->n; i++)
        if (dist_spine(t, i) && !VEC_PUSH(&node->parts, part_of(b, t->kid[i])->node))
            return NOMEM;
    if (t->op != TERM_MIX) return choice_kernel(b, t, node);
    for (uint32_t i = 1; i < t->n; i += 2) TRY(add_kernel(b, t->kid[i], node));
    return OK;
}

static Status truncated_node(Builder *b, const Term *t, uint32_t *at) {
    const Term *dist = part_of(b, t->kid[0])->dist;
    if (!dist)
        return fault_add(b->faults, FAULT_DIST_KIND, t->origin,
                         "only a distribution of one family is drawn truncated");
    TRY(family_node(b, dist, at));
    b->m->nodes.items[*at].kind = NODE_TRUNCATED;
    TRY(add_kernel(b, t->kid[1], &b->m->nodes.items[*at]));
    return add_kernel(b, t->kid[2], &b->m->nodes.items[*at]);
}

static Status empirical_node(Builder *b, const Term *t, uint32_t *at) {
    MechanismNode *node;
    TRY(new_node(b, NODE_EMPIRICAL, &node, at));
    node->term = term_keep(t);
    return OK;
}

static Status fault_part(Builder *b, const Term *t) {
    return fault_add(b->faults, FAULT_DIST_KIND, t->origin,
                     "a number stands where a distribution is needed");
}

static Status make_node(Builder *b, const Term *t, Part *p) {
    if (p->dist) return family_node(b, p->dist, &p->node);
    if (t->op == TERM_MAP) return map_node(b, t, &p->node);
    if (t->op == TERM_TRUNCATE) return truncated_node(b, t, &p->node);
    if (t->op == TERM_EMPIRICAL) return empirical_node(b, t, &p->node);
    if (!term_is_dist(t)) return fault_part(b, t);
    return choice_node(b, t, &p->node);
}

static Status build(Builder *b, const Term *term) {
    TRY(term_order_some(term, on_spine, &b->order));
    size_t count = b->order.count;
    b->parts = MEM_NEW(Part, count);
    if (!b->parts) return NOMEM;
    for (size_t i = 0; i < count; i++) TRY(find_dist(b, b->order.items[i], &b->parts[i]));
    b->parts[count - 1].needed = true;
    for (size_t i = count; i-- > 0;) {
        const Term *t = b->order.items[i];
        for (uint32_t k = 0; b->parts[i].needed && !b->parts[i].dist && k < t->n; k++)
            if (dist_spine(t, k)) part_of(b, t->kid[k])->needed = true;
    }
    for (size_t i = 0; i < count; i++)
        if (b->parts[i].needed) TRY(make_node(b, b->order.items[i], &b->parts[i]));
    return OK;
}

Status mechanism_build_law(Mechanism *m, const Model *model, const Term *term, Faults *faults) {
    Builder b = {.m = m, .model = model, .faults = faults};
    Status status = build(&b, term);
    for (size_t i = 0; b.parts && i < b.order.count; i++) term_drop(b.parts[i].dist);
    mem_free(b.parts);
    term_order_free(&b.order);
    return status;
}

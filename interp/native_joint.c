// Native_joint: the constructors of laws of several values at once.
#include <math.h>

#include "interp/diag.h"
#include "interp/native.h"
#include "runtime/base/mem.h"
#include "runtime/model/dist.h"
#include "runtime/model/model_joint.h"

// --- mvnormal -------------------------------------------------------------------------------

static bool mvnormal_form(Trouble *t, const char *why) {
    trouble(t, DIAG_DIST, "%s", why);
    return trouble_hint(t, "noise U, V ~ mvnormal([0, 0], [[1, 0.5], [0.5, 1]])");
}

// Reads a list of `n` numbers as terms.
static bool read_numbers(Value list, size_t n, uint32_t origin, const char *why, Term **kids,
                         Trouble *t) {
    size_t count = 0;
    if (!value_count(list, &count) || count != n) return mvnormal_form(t, why);
    for (size_t i = 0; i < n; i++) {
        Value item;
        if (!value_at(list, i, &item)) return trouble_memory(t);
        bool number = item.tag == VALUE_NUMBER;
        kids[i] = number ? term_number(item.number, origin) : NULL;
        value_drop(item);
        if (!number) return mvnormal_form(t, "the means and covariances of mvnormal are numbers");
        if (!kids[i]) return trouble_memory(t);
    }
    return true;
}

static bool read_matrix(Value rows, size_t n, uint32_t origin, Term **kids, Trouble *t) {
    static const char why[] = "the covariances of mvnormal are a square matrix: as many lists as "
                              "there are means, each as long";
    size_t count = 0;
    if (!value_count(rows, &count) || count != n) return mvnormal_form(t, why);
    for (size_t i = 0; i < n; i++) {
        Value row;
        if (!value_at(rows, i, &row)) return trouble_memory(t);
        bool ok = read_numbers(row, n, origin, why, kids + i * n, t);
        value_drop(row);
        if (!ok) return false;
    }
    return true;
}

static bool check_matrix(const Term *joint, Trouble *t) {
    const char *why;
    if (model_joint_wrong(joint, &why) != OK) return trouble_memory(t);
    return why ? trouble(t, DIAG_DIST, "in mvnormal, %s", why) : true;
}

static bool make_joint(const Value *args, size_t n, uint32_t origin, Value *out, Trouble *t) {
    size_t room = n * (n + 1);
    Term **kids = MEM_NEW(Term *, room), *joint = NULL;
    if (!kids) return trouble_memory(t);
    bool ok = read_numbers(args[0], n, origin, "the means of mvnormal are a list", kids, t) &&
              read_matrix(args[1], n, origin, kids + n, t);
    if (ok) {
        joint = term_many(TERM_JOINT, kids, (uint32_t)room, origin);
        ok = joint ? check_matrix(joint, t) : trouble_memory(t);
    } else {
        for (size_t i = 0; i < room; i++) term_drop(kids[i]);
    }
    mem_free(kids);
    if (ok) return value_term(joint, out) || trouble_memory(t);
    term_drop(joint);
    return false;
}

static bool call_mvnormal(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                          Trouble *t) {
    (void)vm, (void)n;
    size_t count = 0;
    for (size_t i = 0; i < 2; i++)
        if (args[i].tag == VALUE_UNKNOWN) return *out = args[i], true;
    if (!value_count(args[0], &count) || count == 0)
        return mvnormal_form(t, "mvnormal takes a list of means and a list of lists, the matrix "
                                "of covariances");
    if (count > UINT16_MAX / 4) return mvnormal_form(t, "mvnormal of so many variables");
    return make_joint(args, count, origin, out, t);
}

// --- gumbel_max -----------------------------------------------------------------------------

// A number is the probability of true.
static Term *picked(Term *dist, uint32_t origin) {
    if (!term_is_dist(dist)) dist = term_dist(dist_find("bernoulli"), &dist, 1, origin);
    return term_unary(TERM_GUMBEL, dist, origin);
}

static bool call_gumbel_max(Vm *vm, const Value *args, size_t n, uint32_t origin, Value *out,
                            Trouble *t) {
    (void)vm, (void)n;
    Term *term;
    if (args[0].tag == VALUE_UNKNOWN) return *out = args[0], true;
    if (!value_to_term(args[0], origin, &term, t)) return false;
    return value_term(picked(term, origin), out) || trouble_memory(t);
}

const Native native_joint[] = {
    {"gumbel_max", "{level: p, ...}", 1, 1, NULL, "distributions",
     "After =: one of the levels, picked by Gumbel noise that is the same in every world.",
     call_gumbel_max},
    {"mvnormal", "[mean, ...], [[variance, ...], ...]", 2, 2, NULL, "distributions",
     "Several variables together, normal, with these means and covariances.", call_mvnormal},
    {0},
};

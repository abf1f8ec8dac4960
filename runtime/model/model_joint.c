// Model joint: Cholesky factors of covariance matrices, and functions of standard normal noise.
#include "runtime/model/model_joint.h"

#include <math.h>

#include "runtime/model/dist.h"
#include "runtime/model/model_noise.h"

uint32_t model_joint_size(const Term *joint) {
    uint32_t n = 0;
    while (n * (n + 1) < joint->n) n++;
    return n;
}

static double mean_at(const Term *joint, uint32_t i) {
    return joint->kid[i]->number;
}

static double covariance_at(const Term *joint, uint32_t n, uint32_t i, uint32_t j) {
    return joint->kid[n + i * n + j]->number;
}

// --- the factor -----------------------------------------------------------------------------

// What rounding leaves of a zero, relative to the variances.
static const double joint_slack = 1e-12;

static double dot(const double *a, const double *b, uint32_t n) {
    double sum = 0;
    for (uint32_t k = 0; k < n; k++) sum += a[k] * b[k];
    return sum;
}

// Column j of the factor; false when the matrix is not positive semidefinite. A pivot of zero
// leaves a column of zeros, since what is left of its row must be zero as well (Higham 2002,
// Accuracy and Stability of Numerical Algorithms, theorem 10.9).
static bool factor_column(const Term *joint, uint32_t n, uint32_t j, double *factor) {
    const double *row = factor + (size_t)j * n;
    double variance = covariance_at(joint, n, j, j);
    double pivot = variance - dot(row, row, j), root = 0;
    if (!(pivot >= -joint_slack * variance) || variance < 0) return false;
    if (pivot > joint_slack * variance) root = sqrt(pivot);
    factor[(size_t)j * n + j] = root;
    for (uint32_t i = j + 1; i < n; i++) {
        double *below = factor + (size_t)i * n;
        double spread = sqrt(variance * fmax(covariance_at(joint, n, i, i), 0));
        double rest = covariance_at(joint, n, i, j) - dot(below, row, j);
        bool zero = fabs(rest) <= joint_slack * spread;
        if (root == 0 && fabs(rest) > sqrt(joint_slack) * spread) return false;
        below[j] = root == 0 || zero ? 0 : rest / root;
    }
    return true;
}

static bool make_factor(const Term *joint, uint32_t n, double *factor) {
    for (uint32_t j = 0; j < n; j++)
        if (!factor_column(joint, n, j, factor)) return false;
    return true;
}

static bool is_symmetric(const Term *joint, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < i; j++) {
            double a = covariance_at(joint, n, i, j), b = covariance_at(joint, n, j, i);
            if (!(fabs(a - b) <= joint_slack * fmax(fabs(a), fabs(b)))) return false;
        }
    return true;
}

Status model_joint_wrong(const Term *joint, const char **why) {
    uint32_t n = model_joint_size(joint);
    *why = NULL;
    for (uint32_t i = 0; i < joint->n; i++)
        if (!isfinite(joint->kid[i]->number)) *why = "means and covariances are finite numbers";
    if (!*why && !is_symmetric(joint, n))
        *why = "the matrix of covariances must be symmetric: row i, column j as row j, column i";
    if (*why) return OK;
    double *factor = MEM_NEW(double, (size_t)n * n);
    if (!factor) return NOMEM;
    if (!make_factor(joint, n, factor))
        *why = "the matrix of covariances must be positive semidefinite: no variables have these";
    mem_free(factor);
    return OK;
}

// --- functions of noise ---------------------------------------------------------------------

static Status open_block(JointBlocks *blocks, const Term *joint, JointBlock **out) {
    uint32_t n = model_joint_size(joint), at = pairmap_get(&blocks->index, joint, NULL);
    bool fresh;
    if (at != UINT32_MAX) {
        *out = &blocks->items.items[at];
        return OK;
    }
    if (!VEC_PUSH(&blocks->items, (JointBlock){0})) return NOMEM;
    *out = &blocks->items.items[blocks->items.count - 1];
    (*out)->factor = MEM_NEW(double, (size_t)n * n);
    (*out)->noise = MEM_NEW(Sym, n);
    if (!(*out)->factor || !(*out)->noise) return NOMEM;
    make_factor(joint, n, (*out)->factor);
    return pairmap_add(&blocks->index, joint, NULL, (uint32_t)blocks->items.count - 1, &fresh);
}

void model_joint_free(JointBlocks *blocks) {
    for (size_t i = 0; i < blocks->items.count; i++) {
        mem_free(blocks->items.items[i].factor);
        mem_free(blocks->items.items[i].noise);
    }
    VEC_FREE(&blocks->items);
    pairmap_free(&blocks->index);
}

static Status standard_normal(ModelBuilder *b, uint32_t v, unsigned number, uint32_t origin,
                              Sym *name) {
    Term *kids[] = {term_number(0, origin), term_number(1, origin)}, *noise;
    Term *law = term_dist(dist_find("normal"), kids, 2, origin);
    if (!law) return NOMEM;
    Status st = model_noise_add(b, v, number, law, NULL, &noise);
    term_drop(law);
    if (st != OK) return st;
    *name = noise->sym;
    term_drop(noise);
    return OK;
}

// *sum + coef * name; takes *sum, which may be NULL for nothing.
static Status add_times(Term **sum, double coef, Sym name, uint32_t origin) {
    Term *t = term_var(name, NULL, origin);
    if (coef != 1) t = term_binary(TERM_MUL, term_number(coef, origin), t, origin);
    *sum = *sum ? term_binary(TERM_ADD, *sum, t, origin) : t;
    return *sum ? OK : NOMEM;
}

// The row of the factor as a function of the noise.
static Status linear(JointBlock *block, ModelBuilder *b, uint32_t v, const Term *part,
                     Term **out) {
    const Term *joint = part->kid[0];
    uint32_t n = model_joint_size(joint), i = (uint32_t)part->kid[1]->number;
    double mean = mean_at(joint, i);
    unsigned made = 0;
    *out = NULL;
    if (mean != 0 && !(*out = term_number(mean, joint->origin))) return NOMEM;
    for (uint32_t k = 0; k <= i; k++) {
        double coef = block->factor[(size_t)i * n + k];
        if (coef == 0) continue;
        if (!block->noise[k])
            TRY(standard_normal(b, v, ++made, joint->origin, &block->noise[k]));
        TRY(add_times(out, coef, block->noise[k], joint->origin));
    }
    if (!*out) *out = term_number(0, joint->origin);
    return *out ? OK : NOMEM;
}

Status model_joint_lower(JointBlocks *blocks, ModelBuilder *b, uint32_t v) {
    Term *part = b->vars.items[v].var->term, *value = NULL;
    JointBlock *block;
    TRY(open_block(blocks, part->kid[0], &block));
    Status st = linear(block, b, v, part, &value);
    ModelVar *var = b->vars.items[v].var;
    if (st == OK && !var->domain) {
        var->domain = domain_new(DOMAIN_REAL);
        var->inferred = true;
        if (!var->domain) st = NOMEM;
    }
    if (st != OK) {
        term_drop(value);
        return st;
    }
    var->mech = MECH_STRUCTURAL;
    var->written = part;
    var->term = value;
    return OK;
}

// --- in a finished model ----------------------------------------------------------------------

const Term *model_joint_of(const ModelVar *var) {
    return var->written && var->written->op == TERM_PART ? var->written->kid[0] : NULL;
}

static uint32_t place_of(const ModelVar *var) {
    return (uint32_t)var->written->kid[1]->number;
}

double model_joint_covariance(const ModelVar *a, const ModelVar *b) {
    const Term *joint = model_joint_of(a);
    return covariance_at(joint, model_joint_size(joint), place_of(a), place_of(b));
}

bool model_joint_shares(const Model *m, uint32_t from, uint32_t to) {
    return m->vars[from]->anonymous && model_joint_of(m->vars[to]);
}

Status model_joint_list(const Model *m, JointList *out) {
    Pairmap last = {0};
    Status st = OK;
    *out = (JointList){MEM_NEW(uint32_t, m->nvars), MEM_NEW(bool, m->nvars)};
    if (!out->next || !out->follows) return NOMEM;
    for (uint32_t v = 0; st == OK && v < m->nvars; v++) {
        const Term *joint = model_joint_of(m->vars[v]);
        out->next[v] = MODEL_NONE;
        if (!joint) continue;
        bool fresh;
        uint32_t before = pairmap_get(&last, joint, NULL);
        st = pairmap_add(&last, joint, NULL, v, &fresh);
        if (st != OK || fresh) continue;
        pairmap_set(&last, joint, NULL, v);
        out->next[before] = v;
        out->follows[v] = true;
    }
    pairmap_free(&last);
    return st;
}

void model_joint_list_free(JointList *list) {
    mem_free(list->next);
    mem_free(list->follows);
}

static Term *normal_of(const ModelVar *var) {
    const Term *joint = model_joint_of(var);
    double sd = sqrt(model_joint_covariance(var, var));
    Term *kids[] = {term_number(mean_at(joint, place_of(var)), 0), term_number(sd, 0)};
    if (sd > 0) return term_dist(dist_find("normal"), kids, 2, 0);
    term_drop(kids[1]);
    return term_dist(dist_find("point"), kids, 1, 0);
}

Term *model_joint_law(const Model *m, const JointList *list, uint32_t first) {
    size_t n = 0;
    uint32_t at = 0;
    for (uint32_t v = first; v != MODEL_NONE; v = list->next[v]) n++;
    if (n == 1) return normal_of(m->vars[first]);
    Term **kids = MEM_NEW(Term *, n * (n + 1));
    if (!kids) return NULL;
    for (uint32_t v = first; v != MODEL_NONE; v = list->next[v])
        kids[at++] = term_number(mean_at(model_joint_of(m->vars[v]), place_of(m->vars[v])), 0);
    for (uint32_t v = first; v != MODEL_NONE; v = list->next[v])
        for (uint32_t w = first; w != MODEL_NONE; w = list->next[w])
            kids[at++] = term_number(model_joint_covariance(m->vars[v], m->vars[w]), 0);
    Term *law = term_many(TERM_JOINT, kids, at, 0);
    mem_free(kids);
    return law;
}

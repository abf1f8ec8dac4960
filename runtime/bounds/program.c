// Linear programs, by GLPK.
#include "runtime/bounds/program.h"

#include <glpk.h>
#include <setjmp.h>

// Simplex iterations between two looks at the cancel flag and the budget, fewer where one takes
// long.
#define PROGRAM_SLICE 2000
#define PROGRAM_SLICE_LEAST 50
#define PROGRAM_SLICE_ENTRIES 1e9

// Nominal seconds: to set up an entry of the matrix, and to visit one, which an iteration does
// with all.
static const double SETUP = 2e-7, VISIT = 1e-9;

// Feasibility and optimality are judged to this, far below GLPK's own 1e-6.
#define PROGRAM_TOLERANCE 1e-10

Status program_row(Program *p, ProgramSense sense, const double *row, double rhs) {
    size_t before = p->entries.count;
    int number = (int)p->rows.count + 1;
    for (size_t j = 0; j < p->ncolumns; j++) {
        if (row[j] == 0) continue;
        ProgramEntry e = {number, (int)j + 1, row[j]};
        if (!VEC_PUSH(&p->entries, e)) {
            p->entries.count = before;
            return NOMEM;
        }
    }
    if (VEC_PUSH(&p->rows, ((ProgramRow){sense, rhs}))) return OK;
    p->entries.count = before;
    return NOMEM;
}

void program_cut(Program *p, size_t count) {
    p->rows.count = count;
    while (p->entries.count && p->entries.items[p->entries.count - 1].row > (int)count)
        p->entries.count--;
}

void program_close(Program *p) {
    VEC_FREE(&p->rows);
    VEC_FREE(&p->entries);
}

// --- to GLPK --------------------------------------------------------------------------------

// GLPK says what is wrong before it tells of it, whatever glp_term_out says.
static int hush(void *info, const char *text) {
    (void)info;
    (void)text;
    return 1;
}

// GLPK's way to report that memory is exhausted, or an error of its own: it must not return.
static void escape(void *info) {
    longjmp(*(jmp_buf *)info, 1);
}

// The three arrays of glp_load_matrix, counted from 1.
typedef struct Matrix {
    int *row, *column;
    double *value;
} Matrix;

static Status make_matrix(const Program *p, Matrix *m) {
    size_t n = p->entries.count;
    *m = (Matrix){MEM_NEW(int, n + 1), MEM_NEW(int, n + 1), MEM_NEW(double, n + 1)};
    if (!m->row || !m->column || !m->value) return NOMEM;
    for (size_t i = 0; i < n; i++) {
        m->row[i + 1] = p->entries.items[i].row;
        m->column[i + 1] = p->entries.items[i].column;
        m->value[i + 1] = p->entries.items[i].value;
    }
    return OK;
}

static void free_matrix(Matrix *m) {
    mem_free(m->row);
    mem_free(m->column);
    mem_free(m->value);
}

static glp_prob *load(const Program *p, const Matrix *m, const double *objective,
                      bool greatest) {
    glp_prob *lp = glp_create_prob();
    glp_set_obj_dir(lp, greatest ? GLP_MAX : GLP_MIN);
    if (p->rows.count) glp_add_rows(lp, (int)p->rows.count);
    glp_add_cols(lp, (int)p->ncolumns);
    for (size_t i = 0; i < p->rows.count; i++) {
        const ProgramRow *r = &p->rows.items[i];
        glp_set_row_bnds(lp, (int)i + 1, r->sense == PROGRAM_EQUAL ? GLP_FX : GLP_LO, r->rhs,
                         r->rhs);
    }
    for (size_t j = 0; j < p->ncolumns; j++) {
        glp_set_col_bnds(lp, (int)j + 1, GLP_LO, 0, 0);
        glp_set_obj_coef(lp, (int)j + 1, objective[j]);
    }
    glp_load_matrix(lp, (int)p->entries.count, m->row, m->column, m->value);
    return lp;
}

static Status spend(const Program *p, double seconds, const Ctl *ctl) {
    *p->spent += seconds;
    return *p->spent > ctl_budget(ctl) ? FAULT : OK;
}

static int slice_of(const Program *p) {
    double most = PROGRAM_SLICE_ENTRIES / (1 + (double)p->entries.count);
    return most > PROGRAM_SLICE ? PROGRAM_SLICE
                                : most < PROGRAM_SLICE_LEAST ? PROGRAM_SLICE_LEAST : (int)most;
}

static Status iterate(const Program *p, glp_prob *lp, int method, double tolerance,
                      const Ctl *ctl, int *code) {
    glp_smcp parm;
    glp_init_smcp(&parm);
    parm.msg_lev = GLP_MSG_OFF;
    parm.meth = method;
    parm.tol_bnd = parm.tol_dj = tolerance;
    parm.it_lim = slice_of(p);
    do {
        if (ctl_cancelled(ctl)) return CANCELLED;
        int before = glp_get_it_cnt(lp);
        *code = glp_simplex(lp, &parm);
        double steps = (double)(glp_get_it_cnt(lp) - before);
        TRY(spend(p, steps * (double)p->entries.count * VISIT, ctl));
    } while (*code == GLP_EITLIM);
    return OK;
}

static ProgramVerdict judge(glp_prob *lp, int code) {
    if (code != 0) return PROGRAM_FAILED;
    switch (glp_get_status(lp)) {
    case GLP_OPT: return PROGRAM_OPTIMAL;
    case GLP_NOFEAS: return PROGRAM_INFEASIBLE;
    case GLP_UNBND: return PROGRAM_UNBOUNDED;
    default: return glp_get_prim_stat(lp) == GLP_NOFEAS ? PROGRAM_INFEASIBLE : PROGRAM_FAILED;
    }
}

static Status run(const Program *p, const Matrix *m, const double *objective, bool greatest,
                  const Ctl *ctl, ProgramVerdict *verdict, double *x) {
    jmp_buf jump;
    if (glp_init_env() > 1) return NOMEM; // what comes next would end the program then
    glp_term_hook(hush, NULL);
    if (setjmp(jump)) {
        // It takes the problem with it; all but a block that GLPK was about to make larger, which
        // it no longer knows of.
        glp_free_env();
        return NOMEM;
    }
    glp_error_hook(escape, &jump);
    glp_prob *lp = load(p, m, objective, greatest);
    glp_adv_basis(lp, 0);
    int code;
    Status st = iterate(p, lp, GLP_PRIMAL, PROGRAM_TOLERANCE, ctl, &code);
    if (st == OK) *verdict = judge(lp, code);
    if (st == OK && *verdict == PROGRAM_FAILED) {
        // Another way through the same numbers, a little less strict.
        glp_std_basis(lp);
        st = iterate(p, lp, GLP_DUALP, 10 * PROGRAM_TOLERANCE, ctl, &code);
        if (st == OK) *verdict = judge(lp, code);
    }
    if (st == OK) {
        for (size_t j = 0; j < p->ncolumns; j++) {
            double v = glp_get_col_prim(lp, (int)j + 1);
            x[j] = v > 0 ? v : 0;
        }
    }
    glp_delete_prob(lp);
    glp_error_hook(NULL, NULL);
    return st;
}

Status program_solve(const Program *p, const double *objective, bool greatest, const Ctl *ctl,
                     ProgramVerdict *verdict, double *value, double *x) {
    Matrix m;
    TRY(spend(p, (double)p->entries.count * SETUP, ctl));
    Status st = make_matrix(p, &m);
    if (st == OK) st = run(p, &m, objective, greatest, ctl, verdict, x);
    free_matrix(&m);
    if (st != OK) return st;
    *value = 0;
    for (size_t j = 0; j < p->ncolumns; j++) *value += objective[j] * x[j];
    return OK;
}

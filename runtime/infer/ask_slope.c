// Slope: the best linear predictor, from covariances.
//
// Its coefficients solve Cov(x, x) b = Cov(x, y) (Pearl 2009, section 5.1; Cramer 1946, section
// 23.2).
#include <gsl/gsl_linalg.h>
#include <math.h>

#include "runtime/infer/ask_head.h"
#include "runtime/model/special.h"

// Covariances of all quantities, row by row of the answer: cov[(i * n + j) * rows + row].
static Status all_covariances(AskScene *s, size_t n, size_t rows, double *cov) {
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double *at = cov + (i * n + j) * rows, *mirror = cov + (j * n + i) * rows;
            TRY(ask_covariance(s, i, j, at));
            for (size_t r = 0; r < rows && i != j; r++) mirror[r] = at[r];
        }
    return OK;
}

// Scales the causes to variance 1; false when one of them, or a combination, does not vary.
static bool solve(const double *cov, size_t n, size_t rows, size_t row, gsl_matrix *a,
                  gsl_vector *b, double *slope) {
#define COV(i, j) cov[((i) * n + (j)) * rows + row]
    for (size_t i = 1; i < n; i++) {
        if (!(COV(i, i) > 0)) return false;
        gsl_vector_set(b, i - 1, COV(i, 0) / sqrt(COV(i, i)));
        for (size_t j = 1; j < n; j++)
            gsl_matrix_set(a, i - 1, j - 1, COV(i, j) / sqrt(COV(i, i) * COV(j, j)));
    }
    if (gsl_linalg_cholesky_decomp1(a) != GSL_SUCCESS) return false;
    for (size_t i = 0; i + 1 < n; i++)
        if (!(gsl_matrix_get(a, i, i) > 1e-7)) return false;
    gsl_linalg_cholesky_svx(a, b);
    *slope = gsl_vector_get(b, 0) / sqrt(COV(1, 1));
    return true;
#undef COV
}

Status ask_slope(AskScene *s, double *out) {
    size_t n = s->quantities.count, rows = ask_rows(s);
    double *cov = ARENA_ARRAY(&s->arena, double, n * n * rows);
    if (!cov) return NOMEM;
    TRY(all_covariances(s, n, rows, cov));
    double *left = ARENA_ARRAY(&s->arena, double, (n - 1) * (n - 1));
    double *right = ARENA_ARRAY(&s->arena, double, n - 1);
    if (!left || !right) return NOMEM;
    special_hush();
    gsl_matrix_view a = gsl_matrix_view_array(left, n - 1, n - 1);
    gsl_vector_view b = gsl_vector_view_array(right, n - 1);
    for (size_t r = 0; r < rows; r++)
        if (!solve(cov, n, rows, r, &a.matrix, &b.vector, &out[r])) out[r] = NAN;
    return OK;
}

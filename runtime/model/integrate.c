// Integrate: one-dimensional integrals by GSL's adaptive quadrature.
#include "runtime/model/integrate.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <math.h>

#include "runtime/model/special.h"

#define PIECES 400

// Singular ends are fine for QAGS, but it may meet them where x rounds to the end.
static int one_piece(gsl_function *g, double from, double to, gsl_integration_workspace *space,
                     double *value, double *error) {
    if (isinf(from) && isinf(to))
        return gsl_integration_qagi(g, 0, 1e-12, PIECES, space, value, error);
    if (isinf(to)) return gsl_integration_qagiu(g, from, 0, 1e-12, PIECES, space, value, error);
    if (isinf(from)) return gsl_integration_qagil(g, to, 0, 1e-12, PIECES, space, value, error);
    return gsl_integration_qags(g, from, to, 0, 1e-12, PIECES, space, value, error);
}

Status integrate_pieces(double (*f)(double x, void *user), void *user, const double *knots,
                        size_t n, double *value, double *error) {
    gsl_function g = {f, user};
    special_hush();
    gsl_integration_workspace *space = gsl_integration_workspace_alloc(PIECES);
    if (!space) return NOMEM;
    *value = *error = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        double part = 0, off = 0;
        if (!(knots[i] < knots[i + 1])) continue;
        int status = one_piece(&g, knots[i], knots[i + 1], space, &part, &off);
        if (status == GSL_EDIVERGE || !isfinite(part)) part = NAN;
        *value += part;
        *error += off;
    }
    gsl_integration_workspace_free(space);
    return OK;
}

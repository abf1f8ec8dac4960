// Integrate: one-dimensional integrals by GSL's adaptive quadrature.
#include "runtime/model/integrate.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdbool.h>

#include "runtime/model/special.h"

#define PIECES 400

// An integrand, in t = ln|x - end| where the piece spans several powers of ten beside an end,
// or goes to infinity, so that its scale does not matter.
typedef struct Integrand {
    double (*f)(double x, void *user);
    void *user;
    double end, side; // x = end + side * exp(t); side 0: x itself
} Integrand;

static double value_at(double t, void *user) {
    const Integrand *g = user;
    if (g->side == 0) return g->f(t, g->user);
    double step = exp(t), y = isinf(step) ? 0 : g->f(g->end + g->side * step, g->user);
    return y == 0 ? 0 : y * step;
}

static int one_piece(Integrand *g, double from, double to, gsl_integration_workspace *space,
                     double *value, double *error) {
    gsl_function f = {value_at, g};
    if (g->side != 0) {
        double a = log(fabs(from - g->end)), b = log(fabs(to - g->end));
        if (isinf(fmax(a, b)))
            return gsl_integration_qagiu(&f, fmin(a, b), 0, 1e-12, PIECES, space, value, error);
        return gsl_integration_qags(&f, fmin(a, b), fmax(a, b), 0, 1e-12, PIECES, space, value,
                                    error);
    }
    if (isinf(from) && isinf(to))
        return gsl_integration_qagi(&f, 0, 1e-12, PIECES, space, value, error);
    if (isinf(to)) return gsl_integration_qagiu(&f, from, 0, 1e-12, PIECES, space, value, error);
    if (isinf(from)) return gsl_integration_qagil(&f, to, 0, 1e-12, PIECES, space, value, error);
    return gsl_integration_qags(&f, from, to, 0, 1e-12, PIECES, space, value, error);
}

// Whether the integrand has died down, against a value of that size, where doubles still hold
// it: an integral that diverges, or converges too slowly, must not pass for what was seen of
// it.
static bool dies_down(Integrand *g, double value) {
    static const double far[] = {1e120, 1e140, 1e280};
    for (int i = 0; i < 3; i++)
        if (!(fabs(value_at(log(far[i]), g)) <= 1e-12 * fabs(value))) return false;
    return true;
}

// Whether near and far, measured from `end`, differ by more than a factor of ten.
static bool is_wide(double end, double near, double far) {
    return isfinite(end) && isfinite(far) && near != end && fabs(far - end) > 10 * fabs(near - end);
}

// GSL's workspace, on the stack, so that no integral fails for want of memory.
typedef struct Space {
    gsl_integration_workspace w;
    double low[PIECES], high[PIECES], value[PIECES], error[PIECES];
    size_t order[PIECES], level[PIECES];
} Space;

static void space_open(Space *s) {
    s->w = (gsl_integration_workspace){.limit = PIECES, .alist = s->low, .blist = s->high,
                                       .rlist = s->value, .elist = s->error,
                                       .order = s->order, .level = s->level};
}

void integrate_pieces(double (*f)(double x, void *user), void *user, const double *knots,
                      size_t n, double *value, double *error) {
    double low = n ? knots[0] : 0, high = n ? knots[n - 1] : 0, middle = n ? knots[n / 2] : 0;
    special_hush();
    Space space;
    space_open(&space);
    Integrand endless[2];
    int ends = 0;
    *value = *error = 0;
    for (size_t i = 0; i + 1 < n; i++) {
        double part = 0, off = 0, from = knots[i], to = knots[i + 1];
        Integrand g = {f, user, 0, 0};
        if (!(from < to)) continue;
        if (isinf(to) && from > middle) g = (Integrand){f, user, middle, 1};
        else if (isinf(from) && to < middle) g = (Integrand){f, user, middle, -1};
        else if (is_wide(low, from, to)) g = (Integrand){f, user, low, 1};
        else if (is_wide(high, to, from)) g = (Integrand){f, user, high, -1};
        int status = one_piece(&g, from, to, &space.w, &part, &off);
        if (status == GSL_EDIVERGE || !isfinite(part)) part = NAN;
        if (isinf(from) || isinf(to)) endless[ends++] = g;
        *value += part;
        *error += off;
    }
    for (int i = 0; i < ends; i++)
        if (endless[i].side != 0 && !dies_down(&endless[i], *value)) *value = NAN;
}

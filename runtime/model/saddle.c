// Saddle: binomial and Poisson weights by Loader's saddle-point expansion.
#include "runtime/model/saddle.h"

#include <math.h>

#define LOG_SQRT_2PI 0.918938533204672741780329736405618L
#define TWO_PI 6.28318530717958647692528676655900577

// ln(n!) - ln(sqrt(2 pi n) (n/e)^n), section 3: the Stirling series, whose first left-out term
// is below 1.2e-16 from n = 16 on; below that by its definition, in the wider type.
static double stirling_error(double n) {
    if (n < 16) {
        int sign;
        long double m = n;
        return (double)(lgammal_r(m + 1, &sign) - (m + 0.5L) * logl(m) + m - LOG_SQRT_2PI);
    }
    double s = 1 / (n * n);
    return (1. / 12 - (1. / 360 - (1. / 1260 - (1. / 1680 - 1. / 1188 * s) * s) * s) * s) / n;
}

// x ln(x / m) + m - x, without cancellation when x is near m (section 4).
static double deviance(double x, double m) {
    if (m < 1e-290) return x * (log(x) - log(m)) + m - x;
    if (!(fabs(x - m) < 0.1 * (x + m))) return x * log(x / m) + m - x;
    double v = (x - m) / (x + m), sum = (x - m) * v, term = 2 * x * v, before;
    double j = 1;
    do {
        before = sum;
        term *= v * v;
        sum += term / (2 * j++ + 1);
    } while (sum != before);
    return sum;
}

double saddle_log_binomial(double k, double n, double p, double q) {
    return stirling_error(n) - stirling_error(k) - stirling_error(n - k) -
           deviance(k, n * p) - deviance(n - k, n * q) +
           0.5 * log(n / (TWO_PI * k * (n - k)));
}

double saddle_log_poisson(double x, double mean) {
    return -stirling_error(x) - deviance(x, mean) - 0.5 * log(TWO_PI * x);
}

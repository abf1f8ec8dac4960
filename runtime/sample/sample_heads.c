// Sample heads: the delta method.
#include "runtime/sample/sample_heads.h"

#include <math.h>

#include "runtime/base/mem.h"

typedef struct Moments {
    const SampleSums *sums;
    uint32_t n;
    double factor[REAL_BATCHES];
    SampleBatch total;
    double *mean;   // from the pivots
    double *cov;    // n * n, symmetric
    double *spare;  // n * n + 3 * n
    double weight;  // of one batch, on average
} Moments;

double sample_heads_error(const double *influence) {
    double sum = 0, n = REAL_BATCHES;
    for (size_t b = 0; b < REAL_BATCHES; b++) sum += influence[b] * influence[b];
    return sqrt(sum / (n * (n - 1)));
}

static void find_moments(Moments *x) {
    uint32_t n = x->n;
    sample_sums_total(x->sums, &x->total, x->factor);
    x->weight = x->total.w / REAL_BATCHES;
    for (uint32_t i = 0; i < n; i++) x->mean[i] = x->total.m[i] / x->total.w;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j <= i; j++)
            x->cov[i * n + j] = x->cov[j * n + i] =
                x->total.mm[i * n + j] / x->total.w - x->mean[i] * x->mean[j];
}

// --- one batch ---

static double batch_weight(const Moments *x, size_t b) {
    return x->factor[b] * x->sums->batches[b].w / x->weight;
}

// The sum of w (x_i - mean_i), over the average weight.
static double batch_mean(const Moments *x, size_t b, uint32_t i) {
    double m = x->factor[b] * x->sums->batches[b].m[i] / x->weight;
    return m - x->mean[i] * batch_weight(x, b);
}

// The sum of w (x_i - mean_i) (x_j - mean_j), over the average weight.
static double batch_product(const Moments *x, size_t b, uint32_t i, uint32_t j) {
    if (j > i) return batch_product(x, b, j, i);
    const SampleBatch *s = &x->sums->batches[b];
    double f = x->factor[b] / x->weight, di = x->mean[i], dj = x->mean[j];
    return f * (s->mm[i * x->n + j] - di * s->m[j] - dj * s->m[i] + di * dj * s->w);
}

// The influence on cov[i][j].
static double on_cov(const Moments *x, size_t b, uint32_t i, uint32_t j) {
    return batch_product(x, b, i, j) - x->cov[i * x->n + j] * batch_weight(x, b);
}

// --- heads ---

static void estimate_p(const Moments *x, bool logarithm, SampleEstimate *out) {
    double p = x->sums->pivot[0] + x->mean[0], squares = x->total.sq[0];
    double yes = x->total.m[0], no = x->total.w - yes;
    double others = x->total.ww - squares;
    out->value = logarithm ? log(p) : p;
    out->spread = 1;
    out->hits = squares > 0 ? yes * yes / squares : 0;
    out->misses = others > 0 ? no * no / others : 0;
    for (size_t b = 0; b < REAL_BATCHES; b++)
        out->influence[b] = batch_mean(x, b, 0) / (logarithm ? p : 1);
}

static void estimate_e(const Moments *x, SampleEstimate *out) {
    out->value = x->sums->pivot[0] + x->mean[0];
    out->spread = sqrt(x->cov[0]);
    for (size_t b = 0; b < REAL_BATCHES; b++) out->influence[b] = batch_mean(x, b, 0);
}

// Of n draws the mean square around their own mean is too small by 1 / n.
static void estimate_cov(const Moments *x, uint32_t other, bool root, SampleEstimate *out) {
    double more = out->ess > 1 ? out->ess / (out->ess - 1) : 1;
    double c = more * x->cov[other];
    double scale = root ? 0.5 / sqrt(c) : 1;
    out->value = root ? sqrt(c) : c;
    out->spread = other ? sqrt(x->cov[0] * x->cov[other * x->n + other]) : out->value;
    for (size_t b = 0; b < REAL_BATCHES; b++)
        out->influence[b] = c == 0 ? 0 : more * scale * on_cov(x, b, 0, other);
}

static void estimate_cor(const Moments *x, SampleEstimate *out) {
    double vx = x->cov[0], vy = x->cov[3], s = sqrt(vx * vy), r = x->cov[1] / s;
    out->value = r;
    out->spread = 1;
    for (size_t b = 0; b < REAL_BATCHES; b++)
        out->influence[b] = on_cov(x, b, 0, 1) / s -
                            r / 2 * (on_cov(x, b, 0, 0) / vx + on_cov(x, b, 1, 1) / vy);
}

// Cholesky: solves a z = c in place, for a symmetric and positive a of order k, which is
// overwritten; false when it is not.
static bool factorise(double *a, uint32_t k) {
    for (uint32_t i = 0; i < k; i++)
        for (uint32_t j = 0; j <= i; j++) {
            double v = a[i * k + j], d = a[i * k + i];
            for (uint32_t l = 0; l < j; l++) v -= a[i * k + l] * a[j * k + l];
            if (i == j && !(v > 1e-12 * d)) return false;
            a[i * k + j] = i == j ? sqrt(v) : v / a[j * k + j];
        }
    return true;
}

static void solve(const double *a, uint32_t k, double *z) {
    for (uint32_t i = 0; i < k; i++) {
        for (uint32_t j = 0; j < i; j++) z[i] -= a[i * k + j] * z[j];
        z[i] /= a[i * k + i];
    }
    for (uint32_t i = k; i-- > 0;) {
        for (uint32_t j = i + 1; j < k; j++) z[i] -= a[j * k + i] * z[j];
        z[i] /= a[i * k + i];
    }
}

// The coefficient of the first cause in the regression of argument 0 on the others. A batch
// moves it by the product of its residuals with the causes (White 1980).
static void estimate_slope(Moments *x, SampleEstimate *out) {
    uint32_t k = x->n - 1, n = x->n;
    double *a = x->spare, *beta = a + (size_t)k * k, *row = beta + k;
    out->spread = sqrt(x->cov[0] / x->cov[n + 1]);
    for (uint32_t i = 0; i < k; i++) {
        for (uint32_t j = 0; j < k; j++) a[i * k + j] = x->cov[(i + 1) * n + j + 1];
        beta[i] = x->cov[i + 1];
        row[i] = i == 0;
    }
    if (!factorise(a, k)) {
        out->value = NAN;
        return;
    }
    solve(a, k, beta);
    solve(a, k, row);
    out->value = beta[0];
    for (size_t b = 0; b < REAL_BATCHES; b++) {
        out->influence[b] = 0;
        for (uint32_t i = 0; i < k; i++) {
            double r = batch_product(x, b, i + 1, 0);
            for (uint32_t j = 0; j < k; j++) r -= beta[j] * batch_product(x, b, i + 1, j + 1);
            out->influence[b] += row[i] * r;
        }
    }
}

static void widen_to(SampleEstimate *e, double least) {
    if (e->se >= least) return;
    for (size_t b = 0; b < REAL_BATCHES; b++)
        e->influence[b] = (b % 2 ? -1 : 1) * least * sqrt(REAL_BATCHES - 1);
    e->se = sample_heads_error(e->influence);
}

// The error of the mean of argument i.
static double mean_error(const Moments *x, uint32_t i) {
    double influence[REAL_BATCHES];
    for (size_t b = 0; b < REAL_BATCHES; b++) influence[b] = batch_mean(x, b, i);
    return sample_heads_error(influence);
}

// What the means are off enters a covariance by its square alone, which the delta method leaves
// out: all there is where the covariance is at its largest, as that of a fair coin.
static void widen_by_means(const Moments *x, RealHead head, SampleEstimate *out) {
    double square = mean_error(x, 0) * mean_error(x, head == REAL_COV ? 1 : 0);
    widen_to(out, M_SQRT2 * square * (head == REAL_SD ? 0.5 / out->value : 1));
}

// Draws of one number agree in its mean, and say nothing of values that were not met.
static bool is_alike(const Moments *x, RealHead head) {
    uint32_t n = head == REAL_COV ? 2 : 1;
    if (head != REAL_E && head != REAL_VAR && head != REAL_SD && head != REAL_COV) return false;
    for (uint32_t i = 0; i < n; i++) {
        double mean = x->sums->pivot[i] + x->mean[i];
        if (x->cov[i * x->n + i] <= 1e-26 * mean * mean) return true;
    }
    return false;
}

static void estimate(Moments *x, RealHead head, SampleEstimate *out) {
    find_moments(x);
    out->ess = x->total.ww > 0 ? x->total.w * x->total.w / x->total.ww : 0;
    switch (head) {
    case REAL_P:
    case REAL_LOGP:
        estimate_p(x, head == REAL_LOGP, out);
        break;
    case REAL_E:
        estimate_e(x, out);
        break;
    case REAL_VAR:
    case REAL_SD:
        estimate_cov(x, 0, head == REAL_SD, out);
        break;
    case REAL_COV:
        estimate_cov(x, 1, false, out);
        break;
    case REAL_COR:
        estimate_cor(x, out);
        break;
    default:
        estimate_slope(x, out);
    }
    out->alike = is_alike(x, head);
    out->se = sample_heads_error(out->influence);
    bool spreads = head == REAL_VAR || head == REAL_SD || head == REAL_COV;
    if (spreads && !out->alike) widen_by_means(x, head, out);
}

Status sample_heads_estimate(const SampleSums *sums, RealHead head, SampleEstimate *out) {
    size_t n = sums->n, room = 4 * n + 4 * n * n;
    double *r = MEM_NEW(double, room + 3 * n + n * n);
    if (!r) return NOMEM;
    Moments x = {.sums = sums, .n = sums->n, .mean = r, .cov = r + n, .spare = r + room};
    x.total.m = r + n + n * n;
    x.total.sq = x.total.m + n;
    x.total.mm = x.total.sq + n;
    *out = (SampleEstimate){0};
    estimate(&x, head, out);
    mem_free(r);
    return OK;
}

enum { FEW_MISSES = 20 };

void sample_heads_widen(SampleEstimate *e) {
    if (e->misses < FEW_MISSES) widen_to(e, sqrt(e->misses + 1) / e->ess);
}

// Saddle: binomial and Poisson weights without cancellation, also between whole numbers
// (Loader 2000, "Fast and accurate computation of binomial probabilities").
#ifndef RUNG_MODEL_SADDLE_H
#define RUNG_MODEL_SADDLE_H

// The logarithm of gamma(n+1) / (gamma(k+1) gamma(n-k+1)) p^k q^(n-k) for 0 < k < n and
// p + q = 1, both above 0; neither k nor n need be whole. Equation 5 of the paper. Its relative
// error is some 1e-15 times the larger of 1 and the deviance it contains.
double saddle_log_binomial(double k, double n, double p, double q);

// The logarithm of mean^x exp(-mean) / gamma(x+1), for x and mean above 0 (section 5).
double saddle_log_poisson(double x, double mean);

#endif

# The models of bench_sample.c in numpy, vectorised over draws: name, variables, ns per variable
# and draw.
import time

import numpy as np

DRAWS = 5000


def linear(rng, nodes):
    x = []
    for i in range(nodes):
        mean = 1.0 if i == 0 else 0.5 * x[i - 1]
        if i > 1:
            mean = mean + 0.3 * x[i // 2]
        if i > 2:
            mean = mean - 0.2 * x[i - 3]
        x.append(mean + rng.standard_normal(DRAWS))


def nonlinear(rng, nodes):
    x = []
    for i in range(nodes):
        mean = 0.0 if i == 0 else 1 / (1 + np.exp(-x[i - 1]))
        if i > 1:
            mean = mean + 0.5 * np.sqrt(np.abs(x[i // 2]))
        if i > 2:
            mean = mean - 0.2 * np.exp(-np.abs(x[i - 3]))
        x.append(mean + rng.standard_normal(DRAWS))


TABLES = {}


def discrete(rng, nodes):
    x = []
    for i in range(nodes):
        levels = 2 + i % 3
        causes = [i - b for b in range(1, 4) if b <= i][: i % 4]
        row = np.zeros(DRAWS, dtype=np.int64)
        rows = 1
        for c in causes:
            row = row * (2 + c % 3) + x[c]
            rows *= 2 + c % 3
        if i not in TABLES:
            p = np.random.default_rng(i).random((rows, levels))
            TABLES[i] = np.cumsum(p / p.sum(axis=1, keepdims=True), axis=1)
        u = rng.random(DRAWS)
        x.append((u[:, None] >= TABLES[i][row][:, :-1]).sum(axis=1))


for name, nodes, model in [
    ("linear", 10, linear),
    ("linear", 100, linear),
    ("nonlinear", 10, nonlinear),
    ("nonlinear", 100, nonlinear),
    ("discrete", 37, discrete),
]:
    rng = np.random.default_rng(1)
    best = float("inf")
    for _ in range(60):
        start = time.perf_counter()
        model(rng, nodes)
        best = min(best, time.perf_counter() - start)
    print(f"{name}\t{nodes}\t{best * 1e9 / DRAWS / nodes:.2f}")

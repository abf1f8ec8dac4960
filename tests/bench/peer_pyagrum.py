#!/usr/bin/env python3
"""The tasks of bench_networks by pyAgrum: the faster of its two algorithms, one thread.

Usage: peer_pyagrum.py TASK FILE [VARIABLE]...
Prints milliseconds to load, 0, to plan and answer, the slowest answer, and peak megabytes.
"""
import os
import re
import resource
import statistics
import sys
import tempfile
import time

import pyagrum as gum

clock = time.process_time if "RUNG_CPU" in os.environ else time.perf_counter
PATIENCE = 0.2
MOST = 15


def plain(states):
    return ", ".join(
        "s" + re.sub(r"\W", lambda c: f"_{ord(c.group())}_", state.strip())
        for state in states.split(",")
    )


def load(path):
    try:
        return gum.loadBN(path)
    except gum.GumException:
        # Its reader refuses states that are no words: they get other names.
        with open(path, encoding="utf-8") as file:
            text = file.read()
        text = re.sub(r"(\] *{)([^}]*)}", lambda m: f"{m[1]} {plain(m[2])} }}", text)
        text = re.sub(r"^( *\()([^)]*)\)", lambda m: f"{m[1]}{plain(m[2])})", text, flags=re.M)
        with tempfile.NamedTemporaryFile("w", suffix=".bif") as file:
            file.write(text)
            file.flush()
            return gum.loadBN(file.name)


def answer(kind, bn, evidence, targets):
    engine = kind(bn)
    engine.setNumberOfThreads(1)
    engine.setEvidence(evidence)
    if targets is not None:
        engine.setTargets(targets)
    engine.makeInference()
    for node in bn.nodes() if targets is None else targets:
        engine.posterior(node)


def timed(kind, bn, evidence, targets):
    times, begin = [], clock()
    while len(times) < MOST and (not times or clock() - begin < PATIENCE):
        start = clock()
        answer(kind, bn, evidence, targets)
        times.append(clock() - start)
    return statistics.median(times)


def main():
    task, path, *observed = sys.argv[1:]
    start = clock()
    bn = load(path)
    loading = clock() - start
    evidence = {name: 0 for name in observed}
    if task == "one":
        # The file's order, the first that is not observed; all may be.
        names = [bn.variable(node).name() for node in sorted(bn.nodes())]
        asked = [
            next((v for v in names[at:] + names[:at] if v not in evidence), names[at])
            for at in (len(names) * (2 * i + 1) // 10 for i in range(5))
        ]
        kinds = (gum.LazyPropagation, gum.VariableElimination)
        times = [[timed(kind, bn, evidence, {node}) for node in asked] for kind in kinds]
    else:
        kinds = (gum.LazyPropagation, gum.ShaferShenoyInference)
        times = [[timed(kind, bn, evidence, None)] for kind in kinds]
    best = min(times, key=statistics.median)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = (loading, 0, statistics.median(best), max(best))
    print(*(f"{x * 1e3:.4f}" for x in figures), f"{peak:.2f}", sep="\t")


main()

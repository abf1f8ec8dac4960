#!/usr/bin/env python3
"""The tasks of bench_networks by pgmpy's belief propagation and variable elimination.

Usage: peer_pgmpy.py TASK FILE [VARIABLE]...
Prints milliseconds to load, 0, to plan and answer, the slowest answer, and peak megabytes.
"""
import logging
import os
import resource
import statistics
import sys
import time
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
from pgmpy.inference import BeliefPropagation, VariableElimination  # noqa: E402
from pgmpy.readwrite import BIFReader  # noqa: E402

clock = time.process_time if "RUNG_CPU" in os.environ else time.perf_counter


def all_marginals(model, evidence):
    engine = BeliefPropagation(model)
    engine.calibrate()
    for node in model.nodes():
        if node not in evidence:
            engine.query([node], evidence=evidence, show_progress=False)


def timed(task, *arguments):
    start = clock()
    task(*arguments)
    return clock() - start


def one(model, evidence, node):
    VariableElimination(model).query([node], evidence=evidence, show_progress=False)


def main():
    task, path, *observed = sys.argv[1:]
    start = clock()
    reader = BIFReader(path)
    model = reader.get_model()
    loading = clock() - start
    names = list(reader.variable_names)
    evidence = {name: model.get_cpds(name).state_names[name][0] for name in observed}
    if task == "one":
        asked = [
            next((v for v in names[at:] + names[:at] if v not in evidence), None)
            for at in (len(names) * (2 * i + 1) // 10 for i in range(5))
        ]
        times = [timed(one, model, evidence, node) for node in asked]
    else:
        times = [timed(all_marginals, model, evidence)]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = (loading, 0, statistics.median(times), max(times))
    print(*(f"{x * 1e3:.4f}" for x in figures), f"{peak:.2f}", sep="\t")


main()

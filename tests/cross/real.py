#!/usr/bin/env python3
"""Random models over the reals: Rung's answers against linear algebra and quadrature in Python.

Usage: real.py RUNG [SEEDS [FIRST]] [--only KIND,...] [--questions N] [--print] [--verbose]
KIND: linear (normal noise and discrete parents), cells (thresholds), conjugate, nonlinear,
coverage. Exact answers are compared to about 1e-7; sampled ones count as outliers beyond four
standard errors, and at most one in a thousand may be (three for small numbers of questions).
Prints the program, the answer given and the right one of each disagreement.
"""
import argparse
import collections
import importlib
import json
import math
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
KINDS = {"linear": "reallinear", "cells": "realcells", "conjugate": "realconjugate",
         "nonlinear": "realnonlinear"}


def ask(rung, work, model, questions):
    """One JSON answer per question (None where the program stopped for another reason)."""
    got, left = {}, list(enumerate(questions))
    path = os.path.join(work, "p.rung")
    offset = model.count("\n")
    while left:
        with open(path, "w", encoding="utf-8") as f:
            f.write(model + "".join(q + "\n" for _, q in left))
        run = subprocess.run([rung, "--json", "--tolerance", "0.01", path], capture_output=True,
                             text=True, timeout=600, check=False)
        lines = [json.loads(x) for x in run.stdout.splitlines()]
        lines = [x for x in lines if x["kind"] != "note"]
        if run.returncode not in (0, 1, 65) or "Sanitizer" in run.stderr:
            return f"exit {run.returncode}: {run.stderr[-2000:]}"
        answers = [x for x in lines if x["kind"] != "error"]
        errors = [x for x in lines if x["kind"] == "error"]
        for (k, _), a in zip(left, answers):
            got[k] = a
        if not errors:
            return got if len(answers) == len(left) else "too few answers"
        at = {e["line"] - offset - 1: e for e in errors}
        if any(k < 0 for k in at):
            return f"model refused: {errors}"
        if run.returncode == 65:
            for k, e in at.items():
                got[left[k][0]] = e
            left = [x for k, x in enumerate(left) if k not in at]
        else:
            got[left[len(answers)][0]] = errors[0]
            left = left[len(answers) + 1:]
    return got


class Tally:
    def __init__(self):
        self.asked = self.exact = self.sampled = self.outliers = self.bad = self.loose = 0
        self.refused = collections.Counter()
        self.samples = {}

    def add(self, model, question, want, got, verbose):
        self.asked += 1
        kind = got["kind"] if got else "nothing"
        if kind == "error":
            self.refused[got["code"]] += 1
            self.samples.setdefault(got["code"], (model, question, want, got))
            return
        if kind == "number":
            self.exact += 1
            x = float(got["value"])
            if not abs(x - want) <= 2e-7 * abs(want) + 2e-9:
                self.bad += 1
                self.tell("differs", model, question, want, got)
        elif kind == "estimate":
            self.sampled += 1
            z = abs(got["value"] - want)
            se = got["se"]
            if not z <= 4 * se + 1e-9 * (1 + abs(want)):
                self.outliers += 1
                self.tell(f"{z / se if se else math.inf:.1f} standard errors off", model,
                          question, want, got)
            if verbose and se > 0.1 * abs(want) + 0.1:
                self.loose += 1
        else:
            self.bad += 1
            self.tell("unexpected", model, question, want, got)

    @staticmethod
    def tell(what, model, question, want, got):
        print(f"--- {what}\n{model}{question}\n# want {want!r}\n# got  "
              f"{json.dumps(got, ensure_ascii=False)[:600]}", flush=True)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("rung")
    p.add_argument("seeds", type=int, nargs="?", default=20)
    p.add_argument("first", type=int, nargs="?", default=1)
    p.add_argument("--only", default=",".join(KINDS))
    p.add_argument("--questions", type=int, default=10)
    p.add_argument("--print", action="store_true")
    p.add_argument("--verbose", action="store_true")
    a = p.parse_args()
    failed = False
    for kind in a.only.split(","):
        module = importlib.import_module(KINDS[kind])
        t = Tally()
        with tempfile.TemporaryDirectory() as work:
            for seed in range(a.first, a.first + a.seeds):
                model, items = module.make(random.Random(f"{kind} {seed}"), a.questions)
                if a.print:
                    print(model + "\n".join(f"{q}    # {w}" for q, w in items))
                    continue
                got = ask(a.rung, work, model, [q for q, _ in items])
                if isinstance(got, str):
                    t.bad += 1
                    print(f"=== {kind} seed {seed}: {got}\n{model}"
                          + "\n".join(q for q, _ in items), flush=True)
                    continue
                before = t.bad + t.outliers
                for k, (q, want) in enumerate(items):
                    t.add(model, q, want, got.get(k), a.verbose)
                if t.bad + t.outliers > before:
                    print(f"=== {kind} seed {seed}", flush=True)
        if a.verbose:
            for code, (model, q, want, got) in t.samples.items():
                t.tell(f"refused with {code}", model, q, want, got)
        print(f"real: {kind}: seeds {a.first} to {a.first + a.seeds - 1}: {t.asked} questions, "
              f"{t.exact} exact, {t.sampled} sampled, {dict(t.refused)} refused; {t.bad} wrong, "
              f"{t.outliers} outliers", flush=True)
        failed = failed or t.bad or t.outliers > max(3, t.sampled / 1000)
    raise SystemExit(1 if failed else 0)


if __name__ == "__main__":
    main()

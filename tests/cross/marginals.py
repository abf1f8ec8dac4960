#!/usr/bin/env python3
"""Marginals and ln P(evidence) of networks against reference answers, to 1e-9 relative.

Usage: marginals.py RUNG NETWORKS [NAME...]
NETWORKS holds bif/NAME.bif[.gz] and marginals/NAME.tsv (columns variable, state, prior, posterior;
the evidence in the header). With --program instead of RUNG prints a program of assertions.
"""
import json
import pathlib
import re
import subprocess
import sys

WORD = re.compile(r"[A-Za-z_]\w*\Z")


def name(text):
    return text if WORD.match(text) else f"`{text}`"


def read(path):
    evidence, log_p, rows = [], None, []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# evidence"):
            evidence = [item.split("=", 1) for item in line.split("\t")[1].split()]
        elif line.startswith("# ln_P_evidence"):
            log_p = float(line.split("\t")[1])
        elif not line.startswith("#") and not line.startswith("variable\t"):
            rows.append(line.split("\t"))
    return evidence, log_p, rows


def conditions(evidence):
    return ", ".join(f'{name(v)} = "{s}"' for v, s in evidence)


def ask(rung, bif, question):
    text = f'import "{bif}"\n{question}\n'
    run = subprocess.run([rung, "--json", "-e", text], capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(f"{bif}: {run.stdout}{run.stderr}")
    return json.loads(run.stdout.splitlines()[-1])


def close(got, want, digits=1e-9):
    # The references are printed with 12 significant digits.
    return abs(got - want) <= digits * max(abs(want), 1e-300) + 5e-13 * abs(want)


def compare(rung, bif, tsv):
    evidence, log_p, rows = read(tsv)
    prior = ask(rung, bif, "marginals()")["variables"]
    posterior = ask(rung, bif, f"marginals({conditions(evidence)})")["variables"]
    got = ask(rung, bif, f"logP({conditions(evidence)})")["value"]
    bad = 0 if close(got, log_p) else 1
    known = dict(evidence)
    for variable, state, before, after in rows:
        bad += not close(prior[variable][state], float(before))
        if variable not in known:
            bad += not close(posterior[variable][state], float(after))
    print(f"{tsv.stem}: {2 * len(rows) + 1 - bad} agree, {bad} differ")
    return bad


# Networks whose printed rows miss 1 by up to 3e-7. `marginals` and `logP` multiply the printed
# numbers as the references do; P(...) scales the rows, and drops what it does not depend on.
ROUNDED = {"alarm", "barley", "sachs", "water"}


def program(bif, tsv):
    evidence, log_p, rows = read(tsv)
    given = conditions(evidence)
    slack = 1e-6 if tsv.stem in ROUNDED else 1e-9
    print(f"# Reference marginals of {tsv.stem}, computed with an independent junction tree.")
    print(f'import "../data/networks/{bif.name}"\n')
    print(f"assert logP({given}) ~= {log_p!r} within {abs(log_p) * 2e-9:.3g}\n")
    known = dict(evidence)
    for variable, state, before, after in rows:
        event = f'{name(variable)} = "{state}"'
        print(f"assert P({event}) ~= {before} within {float(before) * slack + 1e-300:.3g}")
        if variable not in known:
            print(f"assert P({event} | {given}) ~= {after} within {float(after) * slack + 1e-300:.3g}")


def main():
    rung, root, names = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    bad = 0
    for tsv in sorted((root / "marginals").glob("*.tsv")):
        if names and tsv.stem not in names:
            continue
        bif = next(p for p in (root / "bif").glob(tsv.stem + ".bif*"))
        if rung == "--program":
            program(bif, tsv)
        else:
            bad += compare(rung, bif, tsv)
    raise SystemExit(1 if bad else 0)


main()

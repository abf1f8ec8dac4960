#!/usr/bin/env python3
"""Partition functions and marginals of UAI instances against reference answers.

Usage: uai.py RUNG FOLDER [NAME...]
FOLDER holds sets/NAME.uai, .evid, and .PR and .MAR, or the same with `.computed` behind them: log10
of the partition function, and the marginals given the evidence. Answers must agree to the printed
digits (6 significant ones in the competition's files, 9 in `.MAR.computed`), or to 1e-9 where there
are more. With --program instead of RUNG prints a program of assertions. Instances that the program refuses are counted and named; they are no failures.
RUNG_UAI_SECONDS (300) bounds each question.
"""
import json
import math
import os
import pathlib
import subprocess
import sys
import time

SECONDS = float(os.environ.get("RUNG_UAI_SECONDS", "300"))


class Refused(Exception):
    """The program said why there is no answer, or took too long."""


def ask(rung, uai, question):
    text = f'import "{uai}"\nlet e = read("{uai}.evid")\n{question}\n'
    start = time.monotonic()
    try:
        run = subprocess.run([rung, "--json", "-e", text], capture_output=True, text=True,
                             check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired as stop:
        raise Refused(f"more than {SECONDS:g} s") from stop
    seconds = time.monotonic() - start
    answer = json.loads(run.stdout.splitlines()[-1]) if run.stdout else {}
    if answer.get("code") == "E0502":
        raise Refused(answer["message"])
    if run.returncode or not answer:
        raise SystemExit(f"{uai}: {question}: exit {run.returncode}: {run.stdout}{run.stderr}")
    return answer, seconds


def reference(uai, kind):
    for end, digits in (("", 6), (".computed", 9)):
        path = uai.with_name(uai.name + "." + kind + end)
        if path.exists():
            return path.read_text().split()[1:], digits
    return None, 0


def slack(want, digits):
    printed = want.lower().split("e")[0].replace(".", "").lstrip("-0")
    want, digits = float(want), max(digits, len(printed))
    unit = 10.0 ** (math.floor(math.log10(abs(want))) - digits + 1) if want else 0
    return max(0.51 * unit, 1e-9 * max(abs(want), 1e-3))


def close(got, want, digits):
    return abs(got - float(want)) <= slack(want, digits)


def numbers(answer):
    value = answer["value"]
    return -math.inf if value == "-inf" else float(value)


def check_pr(rung, uai, row):
    want, digits = reference(uai, "PR")
    answer, row["PR seconds"] = ask(rung, uai, "logP(| e) using exact")
    got = numbers(answer) / math.log(10)
    row["log10"] = got
    row["PR"] = "agrees" if close(got, want[0], digits) else f"{got!r}, not {want[0]}"


def check_mar(rung, uai, row):
    want, digits = reference(uai, "MAR")
    if want is None:
        row["MAR"] = "no reference"
        return
    answer, row["MAR seconds"] = ask(rung, uai, "marginals(e) using exact")
    fields = (uai.with_name(uai.name + ".evid").read_text().split() + ["0"])
    pairs = fields[1:1 + 2 * int(fields[0])]
    known = dict(zip(pairs[::2], pairs[1::2]))
    laws = {v: list(law.values()) for v, law in answer["variables"].items()}
    at, bad, cells = 1, 0, 0
    for v in range(int(want[0])):
        count = int(want[at])
        law = laws.get(f"x{v}") or [float(str(k) == known[str(v)]) for k in range(count)]
        for k in range(count):
            bad += not close(law[k], want[at + 1 + k], digits)
        cells += count
        at += 1 + count
    row["MAR"] = f"{cells} agree" if not bad else f"{bad} of {cells} differ"


def program(uai):
    """The partition function, and some twenty marginals."""
    print(f"# Reference answers of {uai.parent.name}/{uai.stem}; see ../data/uai/SOURCES.md.")
    print(f'import "../data/uai/{uai.name}" as network\nlet e = read("../data/uai/{uai.name}.evid")\n')
    want, digits = reference(uai, "PR")
    within = slack(want[0], digits) * math.log(10)
    print(f"assert logP(| e) ~= {want[0]}*log(10) within {within:.3g}")
    want, digits = reference(uai, "MAR")
    at, n = 1, int(want[0])
    for v in range(n):
        if v % (n // 20) == 0:
            p = want[at + 1]
            print(f"assert P(x{v} = 0 | e) ~= {p} within {slack(p, digits):.3g}")
        at += 1 + int(want[at])


def compare(rung, uai):
    row = {}
    for kind, check in (("PR", check_pr), ("MAR", check_mar)):
        try:
            check(rung, uai, row)
        except Refused as why:
            row[kind] = f"refused: {why}"
    def seconds(kind):
        return f"{row[kind]:.2f} s" if kind in row else ""
    print(f"{uai.parent.name + '/' + uai.stem:32} log10 Z {row['PR']} {seconds('PR seconds')}; "
          f"marginals: {row['MAR']} {seconds('MAR seconds')}", flush=True)
    return row


def main():
    rung, root, names = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    bad, refused, done = 0, [], 0
    for uai in sorted(root.glob("*/*.uai")) + sorted(root.glob("*.uai")):
        if names and uai.stem not in names:
            continue
        if rung == "--program":
            program(uai)
            continue
        row = compare(rung, uai)
        done += 1
        bad += any("not " in row[k] or "differ" in row[k] for k in ("PR", "MAR")
                   if not row[k].startswith("refused"))
        refused += [uai.stem] if any(row[k].startswith("refused") for k in ("PR", "MAR")) else []
    if rung == "--program":
        return
    print(f"uai: {done} instances, {bad} differ, {len(refused)} refused: {' '.join(refused)}")
    raise SystemExit(1 if bad else 0)


main()

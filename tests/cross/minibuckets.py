#!/usr/bin/env python3
"""The error of draws from mini-buckets on UAI instances with reference answers.

Usage: minibuckets.py RUNG FOLDER [NAME...]
FOLDER holds sets/NAME.uai, .evid, .PR and .MAR as for uai.py. Each instance is answered with little
memory (RUNG_MINIBUCKETS_MEMORY, 20MB), so that tables are split, and its errors are compared with
those that the answers claim: ln Z, and marginals. Fails where one error is beyond 6 standard errors,
or where more than a tenth are beyond 1.96 of them. Answers that are refused are named.
"""
import json
import math
import os
import pathlib
import subprocess
import sys
import time

MEMORY = os.environ.get("RUNG_MINIBUCKETS_MEMORY", "20MB")
SECONDS = 300
NAMES = ["2bitcomp_5.cnf", "CSP_11", "CSP_13", "DBN_14", "Grids_15", "ObjectDetection_22",
         "Promedus_38", "Segmentation_14", "linkage_14", "linkage_23"]


def ask(rung, uai, question):
    text = f'import "{uai}"\nlet e = read("{uai}.evid")\n{question} using minibuckets\n'
    start = time.monotonic()
    try:
        run = subprocess.run([rung, "--json", "--memory", MEMORY, "-e", text], text=True,
                             capture_output=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return None, SECONDS
    seconds = time.monotonic() - start
    answer = json.loads(run.stdout.splitlines()[-1]) if run.stdout else {}
    if answer.get("code") in ("E0504", "E0502"):
        return None, seconds
    if run.returncode or not answer:
        raise SystemExit(f"{uai}: {question}: exit {run.returncode}: {run.stdout}{run.stderr}")
    return answer, seconds


def reference(uai, kind):
    for end in ("", ".computed"):
        path = uai.with_name(uai.name + "." + kind + end)
        if path.exists():
            return [float(x) for x in path.read_text().split()[1:]]
    return None


def compare_weight(rung, uai, zs):
    answer, seconds = ask(rung, uai, "logP(| e)")
    if not answer:
        return f"ln Z refused ({seconds:.1f} s)"
    printed = reference(uai, "PR")[0]
    error = float(answer["value"]) - printed * math.log(10)
    se = answer.get("se", 0)
    # References have six digits.
    rounding = 10.0 ** (math.floor(math.log10(abs(printed))) - 5) * math.log(10)
    zs.append(max(abs(error) - rounding, 0) / se if se else 0)
    return f"ln Z error {error:+.2g}, se {se:.2g}, {answer.get('n', 0)} draws, {seconds:.1f} s"


def compare_marginals(rung, uai, zs):
    want = reference(uai, "MAR")
    if want is None:
        return "no marginals"
    answer, seconds = ask(rung, uai, "marginals(e)")
    if not answer:
        return f"marginals refused ({seconds:.1f} s)"
    errors, most, own, at = [], 0, [], 1
    for v in range(int(want[0])):
        count = int(want[at])
        for k in range(count):
            law, se = answer["variables"].get(f"x{v}"), answer.get("se", {}).get(f"x{v}")
            if not law or count < 2:
                continue
            errors.append(abs(law[str(k)] - want[at + 1 + k]))
            if se and se[str(k)] > 0:
                most = max(most, se[str(k)])
                own.append(max(errors[-1] - 1e-6, 0) / se[str(k)])
        at += 1 + count
    zs += own
    beyond = sum(z > 1.96 for z in own) / max(len(own), 1)
    return (f"marginals error mean {sum(errors) / len(errors):.2g}, max {max(errors):.2g}, largest se "
            f"{most:.2g}, {100 * beyond:.1f}% beyond 1.96 se, worst {max(own, default=0):.1f} se, "
            f"{seconds:.1f} s")


def main():
    rung, root = sys.argv[1], pathlib.Path(sys.argv[2])
    names, zs = sys.argv[3:] or NAMES, []
    for uai in sorted(root.glob("*/*.uai")):
        if uai.stem not in names:
            continue
        print(f"{uai.stem:20} {compare_weight(rung, uai, zs)}; {compare_marginals(rung, uai, zs)}",
              flush=True)
    beyond = sum(z > 1.96 for z in zs) / max(len(zs), 1)
    worst = max(zs, default=0)
    print(f"minibuckets: {len(zs)} answers, {100 * beyond:.1f}% beyond 1.96 standard errors, the "
          f"worst {worst:.1f}")
    raise SystemExit(1 if worst > 6 or beyond > 0.1 else 0)


main()

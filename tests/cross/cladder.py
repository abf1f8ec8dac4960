#!/usr/bin/env python3
"""CLadder's questions as a Rung program of assertions, one model and one assertion a case.

Usage: cladder.py CASES.jsonl.gz [EVERY] > cladder.rung
Every EVERY-th case is taken. Source of the cases: CLadder (Jin et al. 2023), causalNLP/cladder, MIT
licence. The expected numbers are the file's `exact`, computed by enumeration in another program.
"""
import gzip
import json
import re
import sys

QUESTIONS = {
    "marginal": "P({Y} = 1)",
    "correlation": "P({Y} = 1 | {X} = 1) - P({Y} = 1 | {X} = 0)",
    "ate": "E[{Y} | do({X} = 1)] - E[{Y} | do({X} = 0)]",
    "exp_away": "P({Y} = 1 | {X} = 1, {C} = 1) - P({Y} = 1 | {C} = 1)",
    "collider_bias": "E[{Y} | do({X} = 1), {C} = 1] - E[{Y} | do({X} = 0), {C} = 1]",
}


def nested(case, direct, through):
    """E of Y with X = direct and the mediators as under X = through, against X = 0."""
    x, y = case["X"], case["Y"]
    sets = [f"{x} = {direct}"] + [f"{m} = {m}[{x} = {through}]" for m in case["mediators"]]
    return f"E[{y}[{', '.join(sets)}] - {y}[{x} = 0]]"


def twin(case):
    """Y_{X = action} = polarity given what was seen: the mechanisms are deterministic."""
    seen = ", ".join(f"{v} = {int(level)}" for v, level in case["given_info"].items())
    asked = f"{case['Y']}[{case['X']} = {case['action']}] = {int(case['polarity'])}"
    return f"P({asked}{' | ' if seen else ''}{seen})"


COUNTERFACTUALS = {
    "ett": lambda c: "E[{Y}[{X} = 1] - {Y}[{X} = 0] | {X} = {t}]".format(t=int(c["treated"]), **c),
    "nde": lambda c: nested(c, 1, 0),
    "nie": lambda c: nested(c, 0, 1),
    "det-counterfactual": twin,
}


def question(case):
    """The question in Rung, or None."""
    if case["query_type"] in COUNTERFACTUALS:
        return COUNTERFACTUALS[case["query_type"]](case)
    text = QUESTIONS.get(case["query_type"])
    return text and text.format(Y=case["Y"], X=case["X"], C=case.get("collider"))


def rows(parents, table, levels=()):
    """The rows of a `case`: the table is nested by the parents in the order written."""
    if len(levels) == len(parents):
        yield ", ".join(str(x) for x in levels) + " => " + repr(float(table))
        return
    for level in (0, 1):
        yield from rows(parents, table[level], levels + (level,))


def model(name, params):
    lines = [f"model {name} {{"]
    for key, table in params.items():
        match = re.fullmatch(r"p\((\w+)(?: \| ([\w, ]+))?\)", key)
        parents = match[2].split(", ") if match[2] else []
        if parents:
            body = "; ".join(rows(parents, table))
            lines.append(f"  {match[1]} : bool ~ case {', '.join(parents)} {{ {body} }}")
        else:
            table = table[0] if isinstance(table, list) else table
            lines.append(f"  {match[1]} : bool ~ {float(table)!r}")
    return "\n".join(lines + ["}"])


def main():
    every = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    taken = 0
    print("# Questions of CLadder (Jin et al. 2023; causalNLP/cladder, MIT licence) with exact answers,")
    print("# written by tests/cross/cladder.py.")
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as cases:
        for number, line in enumerate(cases):
            case = json.loads(line)
            text = question(case)
            if text is None or case["exact"] is None:
                continue
            taken += 1
            if taken % every:
                continue
            print(model(f"m{number}", case["params"]))
            print(f"assert {text} ~= {case['exact']!r} within 1e-9\n")


main()

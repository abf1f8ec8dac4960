#!/usr/bin/env python3
"""Random models and questions: Rung's answers against enumeration in Python.

Usage: reference.py RUNG [SEEDS [FIRST]] [--questions N] [--graphs] [--print]
--graphs asks only about graphs, and about models known through their graph and law.
Prints the seed and the smallest failing program of each disagreement.
"""
import argparse
import json
import math
import os
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from refengine import REFUSED, Tally, drawn, exact  # noqa: E402
from refask import Asker, Skip, Table, Undefined, random_question  # noqa: E402
import refgraph  # noqa: E402
from refmodel import Cycle, Outside, random_model  # noqa: E402


class Item:
    """One line of a program with its expected answer."""

    def __init__(self, text, want, draws=False):
        self.text, self.want, self.got, self.draws = text, want, None, draws


def expected(q, model):
    try:
        return q.fn(model)
    except Undefined:
        return "undefined"
    except Cycle:
        return "cycle"
    except Outside:
        return "outside"
    except Skip:
        return "skip"


def make(seed, n):
    rng = random.Random(seed)
    models = [random_model(rng, "m1"), random_model(rng, "m2")]
    head = "".join(m.text() for m in models) + "use m1\n"
    items = []
    for _ in range(n):
        m = models[rng.random() < 0.4]
        q = random_question(rng, Asker(rng, m))
        text = q.text
        want = expected(q, m)
        if want == "skip":
            continue
        r = rng.random()
        draws = r < 0.15 and can_draw(want)
        if draws:
            text += drawn(rng)
        elif r < 0.3 and " under " not in text:
            text += exact(rng)
        if " under " in text:
            pass
        elif m.name == "m2" or r > 0.9:
            text += f" under {m.name}"
        if r > 0.85:
            text = f"let q{len(items)} = {text}; q{len(items)}"
        elif 0.8 < r and " under " in text:
            text = f"def f{len(items)}() = {text}; f{len(items)}()"
        items.append(Item(text, want, draws))
    return head, items


def can_draw(want):
    return isinstance(want, (int, float, Table)) or want == "undefined"


# --- running ------------------------------------------------------------------------------------

def run_once(rung, head, items, work):
    path = os.path.join(work, "p.rung")
    with open(path, "w", encoding="utf-8") as f:
        f.write(head + "".join(i.text + "\n" for i in items))
    run = subprocess.run([rung, "--json", path], capture_output=True, text=True, timeout=120,
                         check=False)
    lines = [json.loads(x) for x in run.stdout.splitlines()]
    lines = [x for x in lines if x["kind"] != "note"]
    return run, lines, head.count("\n")


def run(rung, head, items, work):
    """Fills in `got` of every item; errors take their item out, and the rest runs again."""
    left = list(items)
    while left:
        done, lines, offset = run_once(rung, head, left, work)
        answers = [x for x in lines if x["kind"] != "error"]
        errors = [x for x in lines if x["kind"] == "error"]
        if done.returncode not in (0, 1, 65) or "Sanitizer" in done.stderr:
            return f"exit {done.returncode}: {done.stderr[-2000:]}"
        for item, got in zip(left, answers):
            item.got = got
        if not errors:
            if len(answers) != len(left):
                return f"{len(answers)} answers to {len(left)} questions: {done.stderr}"
            return None
        if done.returncode == 65:
            at = {e["line"] - offset - 1 for e in errors}
            for k in at:
                if k < 0 and any(e["code"] == "E0441" for e in errors):
                    return "skip"
                if not 0 <= k < len(left):
                    return f"model refused: {errors}"
                left[k].got = next(e for e in errors if e["line"] - offset - 1 == k)
            left = [i for k, i in enumerate(left) if k not in at]
        else:
            k = len(answers)
            if k >= len(left):
                return f"error after the end: {errors}"
            left[k].got = errors[0]
            left = left[k + 1:]
    return None


# --- comparing ----------------------------------------------------------------------------------

def close(got, want):
    if isinstance(got, bool) or isinstance(got, str) and got not in ("-inf", "inf"):
        return False
    if got is None or want is None:
        return got is want
    got, want = float(got), float(want)
    if math.isinf(got) or math.isinf(want):
        return got == want
    return abs(got - want) <= 1e-9 * abs(want) + 2e-11 * max(1, 0)


def same_level(got, want):
    if isinstance(got, str) and isinstance(want, bool):
        return got == ("true" if want else "false")
    if isinstance(got, bool) or isinstance(want, bool) or isinstance(want, str):
        return got == want and isinstance(got, bool) == isinstance(want, bool)
    return isinstance(got, (int, float)) and math.isclose(got, want, rel_tol=1e-12) or \
        isinstance(got, str) and got == f"{want:g}"


def agree_table(got, want, near=lambda row, x: close(row["value"], x)):
    if got["kind"] != "table" or set(got["variables"]) != set(want.axes):
        return False
    if len(got["rows"]) != len(want.cells):
        return False
    for row in got["rows"]:
        key = [k for k in want.cells
               if all(same_level(row[a], x) for a, x in zip(want.axes, k))]
        if len(key) != 1 or not near(row, want.cells[key[0]]):
            return False
    return True


ZERO = {"E0501", "E0519"}


def agree(got, want):
    kind = got["kind"]
    if kind == "error" and got["code"] in ("E0441", "E0425"):  # V is never 7; there is no such edge
        return True
    if want == "outside":
        return kind == "error"
    if want in ("undefined", "cycle"):
        if kind == "error" and got["code"] in ("E0401", "E0220"):
            return True
        if kind == "table":
            return all(r["value"] is None for r in got["rows"])
        if kind == "marginals":  # of no variable: all are set or observed
            return not got["variables"]
        if kind == "list":
            return any(x is None for x in got["value"])
        return kind == "undefined" or kind == "error" and got["code"] in ZERO
    if isinstance(want, Table):
        return agree_table(got, want)
    if isinstance(want, tuple):
        if want[0] == "assign":
            if kind != "assignment":
                return False
            best = max(want[1].values())
            hit = [p for k, p in want[1].items()
                   if all(same_level(got["value"][n], x) for n, x in zip(want[2], k))]
            return len(hit) == 1 and close(hit[0], best) and close(math.exp(got["log"]), best)
        if want[0] == "marginals":
            return agree_marginals(got, want[1])
        if want[0] == "policies":
            values = sorted(r["value"] for r in got["rows"]) if kind == "table" else []
            return len(values) == len(want[1]) and all(map(close, values, want[1]))
        return kind == "list" and len(got["value"]) == len(want[1]) and \
            all(map(close, got["value"], want[1]))
    return kind == "number" and close(got["value"], want)


def agree_drawn(got, want, tally):
    tally.asked += 1
    if got["kind"] == "error" and got["code"] in REFUSED | {"E0441", "E0425"}:
        tally.refused += 1
        return True
    if want == "undefined":
        return agree(got, want)
    if isinstance(want, Table):
        return agree_table(got, want, lambda row, x: tally.near(row, x, close))
    return got["kind"] in ("number", "estimate") and tally.near(got, want, close)


def agree_marginals(got, want):
    if got["kind"] != "marginals":
        return False
    for name, dist in got["variables"].items():
        if name not in want:
            return False
        for x, p in dist.items():
            q = [r for y, r in want[name].items()
                 if same_level(x, y) or x == str(y) or isinstance(y, float) and x == f"{y + 0:g}"]
            if not close(p, q[0] if q else 0):
                return False
    return True


def graph_seed(rung, seed, n, work, out):
    """One graph, and one model known through its graph and its law alone."""
    rng = random.Random(seed)
    asked = bad = numbers = 0
    g = refgraph.Graph(rng)
    m, seen = refgraph.random_law(rng)
    items, checks = [], []
    for _ in range(n):
        text, want, check = refgraph.ask_graph(rng, g)
        items.append(Item(text + " under g", want))
        checks.append(check)
    for _ in range(n):
        text, ask = refgraph.ask_law(rng, m, seen)
        try:
            want = ask(m)
        except Undefined:
            want = "undefined"
        items.append(Item(text, want))
        checks.append(lambda got, want=want: refgraph.fits(got, want, close, same_level))
    head = g.text + m.text()
    try:
        trouble = run(rung, head, items, work)
    except subprocess.TimeoutExpired:  # bounds, whose time depends on pivots
        print(f"reference: graph seed {seed} left out, it takes too long", file=out, flush=True)
        return 0, 0, 0
    if trouble:
        if trouble != "skip":
            shrink(rung, head, items, work, seed, trouble, out)
        return 0, trouble != "skip", 0
    for i, check in zip(items, checks):
        asked += 1
        numbers += " from " in i.text and i.got and i.got["kind"] in ("number", "table")
        if i.got is None or not check(i.got):
            bad += 1
            print(f"=== graph seed {seed}\n{head}{i.text}\n# want {show(i.want)}\n# got  "
                  f"{json.dumps(i.got, ensure_ascii=False)}", file=out, flush=True)
    return asked, bad, numbers


def show(want):
    if isinstance(want, Table):
        return f"{want.axes}: " + ", ".join(f"{k}: {v}" for k, v in want.cells.items())
    return str(want)


def one_seed(rung, seed, program, work, out, fits):
    """Runs (head, items); fits(item): whether what it got is right."""
    head, items = program
    trouble = run(rung, head, items, work)
    if trouble == "skip":
        return 0, 0
    if trouble:
        shrink(rung, head, items, work, seed, trouble, out)
        return 0, 1
    bad = 0
    for i in items:
        if i.got is None or not fits(i):
            bad += 1
            print(f"=== seed {seed}\n{head}{i.text}\n# want {show(i.want)}\n# got  "
                  f"{json.dumps(i.got, ensure_ascii=False)}", file=out, flush=True)
    return len(items), bad


def shrink(rung, head, items, work, seed, trouble, out):
    left = list(items)
    for i in list(left):
        less = [x for x in left if x is not i]
        if run(rung, head, less, work):
            left = less
    print(f"=== seed {seed}: {trouble}\n{head}" + "\n".join(i.text for i in left), file=out,
          flush=True)


def options():
    p = argparse.ArgumentParser()
    p.add_argument("rung")
    p.add_argument("seeds", type=int, nargs="?", default=100)
    p.add_argument("first", type=int, nargs="?", default=1)
    p.add_argument("--questions", type=int, default=20)
    p.add_argument("--print", action="store_true")
    return p


def print_program(head, items):
    print(head + "\n".join(f"{i.text}    # {show(i.want)}" for i in items))


def main():
    p = options()
    p.add_argument("--graphs", action="store_true")
    a = p.parse_args()
    if a.print:
        print_program(*make(a.first, a.questions))
        return
    asked = bad = 0
    tally = Tally()
    with tempfile.TemporaryDirectory() as work:
        for seed in range(a.first, a.first + (0 if a.graphs else a.seeds)):
            n, b = one_seed(a.rung, seed, make(seed, a.questions), work, sys.stdout,
                            lambda i: agree_drawn(i.got, i.want, tally) if i.draws
                            else agree(i.got, i.want))
            asked, bad = asked + n, bad + b
        numbers = 0
        for seed in range(a.first, a.first + a.seeds):
            n, b, k = graph_seed(a.rung, seed, a.questions // 2, work, sys.stdout)
            asked, bad, numbers = asked + n, bad + b, numbers + k
    print(f"reference: {numbers} questions to a graph and its law had a number")
    print(f"reference: {a.seeds} seeds from {a.first}, {asked} questions, {bad} differ")
    print(f"reference: {tally.line()}")
    raise SystemExit(1 if bad or not tally.fair() else 0)


if __name__ == "__main__":
    main()

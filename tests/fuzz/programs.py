"""Random well-typed programs, which must never crash, leak, hang or report an internal error.

Usage: programs.py RUNG FIRST COUNT [FOLDER]

Each seed is one program: models of finite and real random variables with mechanisms, functions,
comprehensions, surgery, and questions of every kind. Finite questions are also put
`using enumerate`, and the answers must agree. RUNG is best built with sanitizers. The program of a
finding is left in FOLDER (the working directory).
"""
import json
import random
import subprocess
import sys

LEVELS = {"bool": ["true", "false"], "set": ["a", "b", "c"], "range": ["0", "1", "2"]}


class Variable:
    def __init__(self, name, kind):
        self.name, self.kind = name, kind

    def level(self, r):
        return r.choice(LEVELS[self.kind])

    def domain(self):
        return {"bool": "bool", "set": "{a, b, c}", "range": "0..2"}[self.kind]


class Model:
    """Variables in causal order; `text` declares them. Only finite ones are in `finite`."""

    def __init__(self, r, name, real):
        self.r, self.name = r, name
        self.finite, self.real, rows = [], [], []
        for i in range(r.randint(2, 6)):
            v = Variable("ABCDFG"[i], r.choice(list(LEVELS)))
            rows.append("  " + self.declare(v))
            self.finite.append(v)
        for i in range(r.randint(1, 3) if real else 0):
            rows.append(f"  {'XYZ'[i]} {self.quantity()}")
            self.real.append(Variable("XYZ"[i], "real"))
        if r.random() < .1 and not real:
            rows.append(f"  factor {self.number()}*(1 + {self.truth(1)})")
        self.text = f"model {name} {{\n" + "\n".join(rows) + "\n}"

    def chance(self):
        return self.r.choice(["0.5", "0.1", "1/3", "0.25", "20%", "0", "1"])

    def number(self):
        return self.r.choice(["0", "1", "2", "0.5", "1/4", "3"])

    def row(self, kind):
        r = self.r
        if kind == "bool":
            return self.chance()
        a, b, c = LEVELS[kind]
        return r.choice([f"{{{a}: 0.2, {b}: 0.3}}", f"{{{a}: 1/2, {b}: 1/4, {c}: 1/4}}", f"{{{c}: 1}}",
                         f"uniform({{{a}, {b}}})" if kind == "set" else "binomial(2, 0.3)"])

    def declare(self, v):
        r = self.r
        head = r.choice(["", "", "", "latent ", "observed "]) + f"{v.name} : {v.domain()}"
        if not self.finite or r.random() < .2:
            return f"{head} ~ {self.row(v.kind)}"
        c = r.random()
        if v.kind == "bool" and c < .2:
            return f"{head} = {self.truth()}"
        if c < .7:
            return f"{head} ~ if {self.truth()} then {self.row(v.kind)} else {self.row(v.kind)}"
        p = r.choice(self.finite)
        rows = "; ".join(f"{k} => {self.row(v.kind)}" for k in LEVELS[p.kind])
        return f"{head} ~ case {p.name} {{ {rows} }}"

    def quantity(self):
        r = self.r
        terms = [f"{self.number()}*{v.name}" for v in self.real + [f for f in self.finite if f.kind != "set"]
                 if r.random() < .4]
        noise = r.choice(["normal(0, 1)", "normal(1, 2)", "uniform(0, 1)", "exponential(rate: 1)", "normal(0, 0.1)"])
        if r.random() < .2:
            return f"~ if {self.truth()} then normal(0, 1) else normal({self.number()}, 2)"
        return "= " + " + ".join(terms + [noise])

    def atom(self):
        v = self.r.choice(self.finite)
        if v.kind == "bool" and self.r.random() < .4:
            return v.name
        op = self.r.choice(["=", "!="] + (["<", ">="] if v.kind == "range" else []))
        return f"{v.name} {op} {v.level(self.r)}"

    def truth(self, depth=0):
        c = self.r.random()
        if depth > 2 or c < .6:
            return self.atom()
        if c < .7:
            return f"not ({self.truth(depth + 1)})"
        return f"({self.truth(depth + 1)}) {self.r.choice(['and', 'or'])} ({self.truth(depth + 1)})"

    def world(self):
        v, to = self.r.choice(self.finite), self.r.choice(self.finite)
        inner = f"{to.name} = {to.level(self.r)}"
        if self.r.random() < .2:
            w = self.r.choice(self.finite)
            inner = f"{to.name} = {to.name}[{w.name} = {w.level(self.r)}]"
        return f"{v.name}[{inner}] = {v.level(self.r)}"

    def event(self):
        c = self.r.random()
        return self.world() if c < .3 else self.truth() if c < .5 else self.atom()

    def expression(self):
        r = self.r
        numbers = [v.name for v in self.finite if v.kind != "set"] or ["1"]
        a, b = r.choice(numbers), r.choice(numbers)
        return r.choice([a, f"{a} + 2*{b}", f"{a}*{b}", f"if {self.truth()} then {a} else {b} - 1",
                         f"max({a}, {b})", f"({a} - {b})^2", f"abs({a} - 1)", f"{a} = {b}"])

    def conditions(self, do=True):
        r, parts = self.r, []
        for _ in range(r.choice([0, 0, 1, 1, 2])):
            v = r.choice(self.finite)
            c = r.random()
            if c < .3 and do:
                parts.append(f"do({v.name} = {v.level(r)})")
            elif c < .36 and do and v.kind == "bool":
                parts.append(f"do({v.name} ~ bernoulli({self.chance()}))")
            elif c < .4 and v.kind == "bool":
                parts.append(f"{v.name} ~ {{true: 0.3}}")
            else:
                parts.append(self.event())
        return " | " + ", ".join(parts) if parts else ""

    def finite_question(self):
        r, v = self.r, self.r.choice(self.finite)
        c = r.random()
        if c < .45:
            return f"P({', '.join(self.event() for _ in range(r.choice([1, 1, 2])))}{self.conditions()})"
        if c < .55:
            return f"P({v.name} = ?{self.conditions()})"
        if c < .8:
            return f"{r.choice(['E', 'E', 'Var'])}[{self.expression()}{self.conditions()}]"
        if c < .85:
            return f"Cov[{self.expression()}, {self.expression()}{self.conditions()}]"
        if c < .9:
            return f"H({v.name}{self.conditions()})"
        return f"logP({self.event()}{self.conditions()})"

    def other_question(self):
        r = self.r
        v, w, u = (r.choice(self.finite) for _ in range(3))
        x = r.choice(self.real).name if self.real else v.name
        return r.choice([
            f"argmax P({v.name}, {w.name}{self.conditions()})",
            f"I({v.name}; {w.name}{self.conditions(False)})",
            f"marginals({self.atom()})",
            f"sample({r.randint(1, 5)}{self.conditions(False)})",
            f"{v.name} _||_ {w.name} | {u.name}",
            f"explain P({v.name} = ? | do({w.name} = {w.level(r)}))",
            f"{r.choice(['causes', 'responsibility', 'blame'])}({v.name} = {v.level(r)} | {w.name})",
            f"[P({self.atom()} | do({v.name} = k)) for k in [{', '.join(LEVELS[v.kind])}]]",
            f"sum([i*P({self.atom()}) for i in 1..3 if i != 2])",
            f"P({v.name} = {v.level(r)}) using sampling(n: 200)",
            f"P({self.atom()} | do({v.name} = {v.level(r)})) using bounds",
            f"show {self.name}", f"E[{x}{self.conditions()}]", f"P({x} > 1{self.conditions()})",
            f"P({x}{self.conditions()})", f"E[{x} | {x} > 0.5]", f"Quantile[{x}, 0.5]",
            f"E[{x}[{v.name} = {v.level(r)}] - {x}]", f"Var[{x}] + Sd[{x}]^2",
            f"P({self.event()}) under {self.name} with {{ {v.name} ~ {self.row(v.kind)} }}",
            f"ATE({v.name} -> {w.name})", f"half(P({self.event()}))", f"pick({r.randint(0, 3)})",
            f"let q{r.randint(0, 3)} = P({self.atom()})", "test \"t\" { assert 1 = 1 }",
        ])


def program(seed):
    """Declarations, and the questions about them, with whether their answers are compared."""
    r = random.Random(seed)
    models = [Model(r, name, r.random() < .4) for name in "mn"[:r.randint(1, 2)]]
    head = ["def half(p, by: 2) = p/by", "def pick(i) = [x^2 for x in 0..3][i + 1]"]
    head = "\n".join(head + [m.text for m in models]) + "\n"
    questions = []
    for m in models:
        for _ in range(12):
            questions.append((f"{head}use {m.name}\n", m.finite_question(), True))
            questions.append((f"{head}use {m.name}\n", m.other_question(), False))
    return questions


def numbers(value, out):
    """The numbers in a piece of JSON, in order."""
    if isinstance(value, dict):
        for k in sorted(value):
            if k not in ("kind", "method", "rung"):
                numbers(value[k], out)
    elif isinstance(value, list):
        for v in value:
            numbers(v, out)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        out.append(value)
    return out


def differ(one, other):
    a, b = json.loads(one), json.loads(other)
    if "error" in (a["kind"], b["kind"]):
        # What enumeration refuses (too large, a real variable) the other may answer.
        return a["kind"] == "error" and b["kind"] != "error"
    a, b = numbers(a, []), numbers(b, [])
    return len(a) != len(b) or any(abs(x - y) > 1e-6*max(1, abs(x)) for x, y in zip(a, b))


def ask(rung, text):
    """Runs the lines of a session; returns what is wrong, or None, and what was printed."""
    try:
        p = subprocess.run([rung, "--json"], input=text, capture_output=True, text=True, timeout=100)
    except subprocess.TimeoutExpired:
        return "hang", ""
    if p.returncode not in (0, 1, 65) or "Sanitizer" in p.stderr or "runtime error" in p.stderr:
        return f"crash ({p.returncode})", p.stderr
    if "E0901" in p.stdout + p.stderr:
        return "internal error", p.stdout + p.stderr
    return None, p.stdout + p.stderr


def single(rung, models, line):
    wrong, said = ask(rung, models + line + "\n")
    said = [s for s in said.splitlines() if s.startswith("{") and '"kind":"note"' not in s]
    return wrong, said[-1] if said else '{"kind":"nothing"}'


def main():
    rung, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    folder = sys.argv[4] if len(sys.argv) > 4 else "."
    findings = answers = 0
    for seed in range(first, first + count):
        for i, (head, line, compared) in enumerate(program(seed)):
            wrong, said = single(rung, head, line)
            if not wrong and compared:
                wrong, other = single(rung, head, f"{line} using enumerate")
                if not wrong and differ(said, other):
                    wrong = f"two answers: {said} {other}"
            answers += '"error"' not in said
            if wrong:
                findings += 1
                print(f"seed {seed}: {line}: {wrong}", flush=True)
                with open(f"{folder}/program-{seed}-{i}.rung", "w") as out:
                    out.write(f"{head}{line}\n")
    print(f"programs: {count} programs, {answers} answers, {findings} findings")
    return findings > 0


if __name__ == "__main__":
    sys.exit(main())

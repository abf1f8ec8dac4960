"""Random well-typed programs, which must never crash, leak, hang or report an internal error.

Usage: programs.py RUNG FIRST COUNT [FOLDER]

Each seed is one program: models of finite and real random variables with mechanisms, functions,
Lua, comprehensions, surgery, data sets, and questions of every kind. What is well-typed must not be
refused as text that is not Rung or as a value of the wrong kind. Finite questions are also put
`using enumerate`, and the answers must agree; and the program in the house style must answer the
same. RUNG is best built with sanitizers. The program of a finding is left in FOLDER (the working
directory).
"""
import json
import random
import resource
import signal
import subprocess
import sys

LEVELS = {"bool": ["true", "false"], "set": ["a", "b", "c"], "range": ["0", "1", "2"]}

# Errors that no well-typed program has: of syntax, unknown names, kinds, calls, places.
TYPES = ["E01", "E0201", "E0220", "E0231", "E0232", "E0233", "E0234", "E0235", "E0236", "E0239", "E0240",
         "E0241", "E0242", "E0301", "E0302", "E0303", "E0304", "E0306", "E0323"]


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
            rows.append(f"  factor {self.number()}*(1 + ({self.truth(1)}))")
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
        if v.kind == "bool" and c < .25:
            return f"{head} = gumbel_max {{true: if {self.truth()} then 0.2 else 0.7}}"
        if v.kind == "range" and c < .2:
            numbers = [p.name for p in self.finite if p.kind != "set"]
            if numbers:
                return f"{head} = min(2, {r.choice(['', 'twice'])}({r.choice(numbers)}))"
        if c < .7:
            return f"{head} ~ if {self.truth()} then {self.row(v.kind)} else {self.row(v.kind)}"
        p = r.choice(self.finite)
        rows = "; ".join(f"{k} => {self.row(v.kind)}" for k in LEVELS[p.kind])
        return f"{head} ~ case {p.name} {{ {rows} }}"

    def quantity(self):
        r = self.r
        terms = [f"{self.number()}*{v.name}" for v in self.real + [f for f in self.finite if f.kind != "set"]
                 if r.random() < .4]
        noise = r.choice(["normal(0, 1)", "normal(1, 2)", "uniform(0, 1)", "exponential(rate: 1)", "normal(0, 0.1)",
                          "logistic(0, 1)", "laplace(0, 1)", "gumbel(0, 1)", "gamma(2, rate: 1)",
                          "lognormal(0, 0.5)"])
        if r.random() < .2:
            return f"~ if {self.truth()} then normal(0, 1) else normal({self.number()}, 2)"
        if r.random() < .2:
            return f"~ {law(r)}"
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

    def atom_of_point(self):
        v = self.r.choice(self.finite)
        return f"{v.name} = {v.level(self.r)}"

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

    def effect(self):
        """A call of the standard library about an effect, X on Y a number or a truth."""
        r = self.r
        truths = [v for v in self.finite if v.kind == "bool"]
        numbers = [v for v in self.finite if v.kind != "set"]
        v, w, u = (r.choice(self.finite).name for _ in range(3))
        calls = [f"variation_of_information({v}, {w})", f"information_gain({v} -> {w})",
                 f"uncertainty_coefficient({v} -> {w})", f"interaction_information({v}, {w}, {u})",
                 f"cramers_v({v}, {w})", f"gk_tau({v} -> {w})", f"gk_lambda({v} -> {w})",
                 f"total_correlation([{v}, {w}])",
                 f"{r.choice(['mode', 'gini', 'perplexity'])}(P({v} = ?))",
                 f"tv(P({v} = ?), P({v} = ? | {self.atom()}))"]
        if numbers:
            y = r.choice(numbers).name
            call = r.choice(["ATE", "ATT", "ATC", "TE", "standardized_effect", "confounding_bias"])
            calls += [f"{call}({v} -> {y})"] * 3 + [f"best_value({v}, {y})", f"values({v}, {y}, observing: {w})",
                      f"dose_response({v} -> {y}, levels({v}))", f"maximin({v}, {y}, {w})", f"median(P({y} = ?))",
                      f"{r.choice(['NDE', 'NIE', 'CDE', 'TIE'])}({v} -> {w} -> {y})",
                      f"slope({y} -> {r.choice(numbers).name})"]
        if truths:
            y = r.choice(truths).name
            call = r.choice(["PN", "PS", "PNS", "PD", "PE", "ERR", "AFE", "AFP", "RR", "RD", "OR", "NNT", "RRR"])
            calls += [f"{call}({v} -> {y})"] * 4
            z = r.choice(truths).name
            calls += [f"{r.choice(['odds_ratio', 'phi', 'yule_q', 'PMI'])}({y}, {z})",
                      f"{r.choice(['sensitivity', 'PPV', 'youden', 'DOR'])}({y} -> {z})"]
        return r.choice(calls)

    def graph_question(self):
        r = self.r
        v, w = r.sample(self.finite, 2) if len(self.finite) > 1 else self.finite*2
        pair = f"{v.name} -> {w.name}"
        return r.choice([
            f"adjustment({pair})", f"adjustment({pair}, {r.choice(['all', 'optimal', 'minimal'])}: true)",
            f"frontdoor({pair})", f"instruments({pair})", f"paths({pair})", f"backdoor_paths({pair})",
            f"parents({v.name}) union children({w.name})", f"markov_blanket({v.name})", "districts()",
            "implications()",
            "size(variables())", f"confounders({pair})", f"mediators({pair})", f"is_adjustment({pair}, {{}})",
            f"explain adjustment({pair})", f"P({w.name} = ? | do({v.name})) under graph({self.name})",
            f"P({w.name} = {w.level(r)} | do({v.name} = {v.level(r)})) under graph({self.name}) from {self.name}",
            f"remedies({pair})", f"equivalents() under graph({self.name})",
            f"latex(P({w.name} | do({v.name})) under graph({self.name}))",
            f"{v.name} _||_ {w.name}[{v.name} = {v.level(r)}]", f"ladder {w.name}, {v.name}",
        ])

    def other_question(self):
        r = self.r
        v, w, u = (r.choice(self.finite) for _ in range(3))
        x = r.choice(self.real).name if self.real else v.name
        if r.random() < .25:
            return self.effect()
        if r.random() < .2:
            return self.graph_question()
        if r.random() < .3:
            return Plain(r, self).any()
        if not self.real and v.kind == "set":
            x = "1"
        return r.choice([
            f"argmax P({v.name}, {w.name}{self.conditions()})",
            f"I({v.name}; {w.name}{self.conditions(False)})",
            f"marginals({self.atom()})",
            f"sample({r.randint(1, 5)}{self.conditions(False)})",
            f"{v.name} _||_ {w.name} | {u.name}",
            f"explain P({v.name} = ? | do({w.name} = {w.level(r)}))",
            f"{r.choice(['causes', 'responsibility', 'blame'])}({v.name} = {v.level(r)} | {w.name})".replace(
                "responsibility(", f"responsibility({u.name} = {u.level(r)} -> ").replace(
                "blame(", f"blame({u.name} = {u.level(r)} -> "),
            f"[P({self.atom()} | do({v.name} = k)) for k in levels({v.name})]",
            f"sum([i*P({self.atom()}) for i in 1..3 if i != 2])",
            f"P({v.name} = {v.level(r)}) using sampling(n: 200)",
            f"P({self.event()}{self.conditions(False)}) using minibuckets(size: {r.randint(1, 3)}, n: 500)",
            f"P({self.atom()} | do({v.name} = {v.level(r)})) using bounds",
            f"show {self.name}", f"show P({v.name} = ?)",
            *([f"E[{x}{self.conditions()}]", f"P({x} > 1{self.conditions()})", f"E[{x} | {x} > 0.5]",
               f"Quantile[{x}, 0.5]",
               f"Var[{x}] + Sd[{x}]^2", f"Cov[{x}, {x}^2]"] if x != "1" else []),
            *([f"E[{x}[{v.name} = {v.level(r)}] - {x}]", f"P({x}{self.conditions()})", f"P({x}, {self.atom()})",
               f"E[{x} | do({x} = 1), {self.atom()}]", f"P({self.event()} | {x} = 0.5)",
               f"E[{x}[{v.name} = {v.level(r)}] | {self.atom()}, {x} > 0]", f"pdf(P({x}), 0.3)",
               f"quantile(P({x}), 0.9)"] if self.real else []),
            f"P({self.event()}) under {self.name} with {{ {v.name} ~ {self.row(v.kind)} }}",
            f"P({self.event()}) under ({self.name} with do({v.name} = {v.level(r)}))",
            f"P(New{self.conditions(False)}) under {self.name} with {{ New : bool ~ if {self.truth()} then 0.2 else 0.9 }}",
            f"P({self.event()}) under {self.name} with {{ assume {w.name}[{v.name} = {v.level(r)}] = {w.level(r)} }}",
            f"{self.name} = ({self.name} with do({v.name} = {v.level(r)}))",
            f"max(P({w.name} = {w.level(r)} | do({v.name} = ?)))",
            f"argmax(P({w.name} = {w.level(r)} | do({v.name} = ?({u.name}))))",
            f"P({v.name} = ?) * P({w.name} = ?)", f"sum(P({v.name} = ?) * P({w.name} = {w.level(r)}))",
            f"sum(P({v.name} = {v.level(r)} | r) for r in sample({r.randint(1, 4)}))",
            f"[size(r) for r in data {v.name} {{ {v.level(r)} => 3; _ }}]",
            f"P({w.name} = {w.level(r)} | (data {v.name} {{ {v.level(r)} => 3; _ }})[{r.randint(1, 2)}])",
            f"half(P({self.event()}))", f"pick({r.randint(0, 3)})", f"lift({v.name} = {v.level(r)}, {self.atom()})",
            f"let q{r.randint(0, 3)} = P({self.atom()})", "test \"t\" { assert 1 = 1 }",
        ])


def law(r):
    """A distribution over real numbers."""
    a, b = r.choice(["0", "1", "2", "-1.5"]), r.choice(["1", "0.5", "2"])
    simple = r.choice([f"normal({a}, {b})", f"lognormal({a}, {b})", "uniform(-1, 2)", "triangular(0, 2, mode: 1)",
                       "beta(2, 3)",
                       f"exponential(rate: {b})", f"gamma(2, rate: {b})", f"weibull(shape: 2, scale: {b})",
                       f"logistic({a}, {b})", f"laplace({a}, {b})", f"gumbel({a}, {b})", f"student_t(5, {a}, {b})",
                       f"pareto(shape: 3, scale: {b})", f"cauchy({a}, {b})", "poisson(2)", "geometric(0.4)",
                       "negative_binomial(successes: 3, p: 0.5)", "empirical([1, 2.5, 2.5, -1])"])
    c = r.random()
    if c < .1:
        return f"truncate({simple}, low: 0.5, high: 5)"
    if c < .2:
        return f"mix {{{simple}: 0.3, normal(4, 1): 0.7}}"
    return simple


class Plain:
    """Expressions without variables, by their kinds; questions stand in them as numbers."""

    def __init__(self, r, model):
        self.r, self.m = r, model

    def any(self):
        kind = self.r.choice([self.number, self.number, self.truth, self.list, self.set, self.text, self.law])
        return kind(0)

    def number(self, depth):
        r, n, b = self.r, lambda: self.number(depth + 1), lambda: self.truth(depth + 1)
        xs = lambda: self.list(depth + 1)
        if depth > 2 or r.random() < .25:
            return r.choice(["0", "1", "2.5", "1e-3", "30%", "1_000", "pick(1)[1]", f"P({self.m.atom()})",
                             f"P({self.m.atom()} | do({self.m.atom_of_point()}))"])
        return r.choice([
            lambda: f"({n()} {r.choice('+-*')} {n()})", lambda: f"-{n()}" if r.random() < .5 else f"({n()})^2",
            lambda: f"{r.choice(['abs', 'exp', 'floor', 'cos', 'atan', 'logistic', 'half', 'twice', 'erf', 'sign'])}({n()})",
            lambda: f"sqrt(abs({n()}))", lambda: f"(if {b()} then {n()} else {n()})", lambda: f"max({n()}, {n()})",
            lambda: f"{r.choice(['sum', 'product', 'size', 'max'])}({xs()})",
            lambda: f"half({n()}, by: {r.randint(1, 5)})",
            lambda: f"case {r.randint(0, 5)} {{ 0 => {n()}; 1..3 => {n()}; _ => {n()} }}",
            lambda: f"length({self.text(depth + 1)})",
            lambda: f"({xs()})[1]", lambda: f"sum(i*{n()} for i in {xs()} if i < {n()})",
            lambda: f"size({self.set(depth + 1)})",
            lambda: f"cdf({law(r)}, {n()})", lambda: f"{r.choice(['mean', 'variance', 'sd', 'median'])}({law(r)})",
            lambda: f"quantile({law(r)}, 0.3)", lambda: "kl({1: 0.4, 2: 0.6}, {1: 0.1, 2: 0.9})",
            lambda: f"low({n()})",
            lambda: "entropy({1: 0.4, 2: 0.6}, base: 2)", lambda: f"brier(0.3, {r.choice(['0', '1'])})",
            lambda: f"({n()} + {n()}) mod 7",
            lambda: f"value({n()} using sampling(n: 100))" if r.random() < .2 else n(),
        ])()

    def truth(self, depth):
        r, n, b = self.r, lambda: self.number(depth + 1), lambda: self.truth(depth + 1)
        if depth > 2 or r.random() < .2:
            return r.choice(["true", "false", "1 < 2"])
        return r.choice([
            lambda: f"({n()} {r.choice(['<', '>=', '=', '!='])} {n()})", lambda: f"(not {b()})",
            lambda: f"({b()} and {b()})",
            lambda: f"({b()} or {b()})", lambda: f"({n()} in {self.set(depth + 1)})",
            lambda: f"({n()} ~= {n()} within 0.1)",
            lambda: f"matches({self.text(depth + 1)}, re\"^[a-c]+x?\")",
            lambda: f"all(x > {n()} for x in {self.list(depth + 1)})",
            lambda: f"any([{b()}, {b()}])",
        ])()

    def list(self, depth):
        r, n = self.r, lambda: self.number(depth + 1)
        if depth > 2:
            return "[1, 2, 3]"
        return r.choice([
            lambda: f"[{n()}, {n()}, {n()}]", lambda: f"[{n()} for i in 1..{r.randint(1, 4)}]",
            lambda: f"list({self.set(depth + 1)})",
            lambda: f"[i*x for i in 1..2 for x in {self.list(depth + 1)}]",
            lambda: f"{r.choice(['sort', 'reverse', 'ranks'])}({self.list(depth + 1)})",
            lambda: f"({self.list(depth + 1)} {r.choice('+*')} {n()})", lambda: "(pick(2) + 1)",
        ])()

    def set(self, depth):
        r, n = self.r, lambda: self.number(depth + 1)
        if depth > 2:
            return "{1, 2}"
        return r.choice([lambda: f"{{{n()}, {n()}}}",
                         lambda: f"({self.set(depth + 1)} {r.choice(['union', 'intersect', '-'])} {self.set(depth + 1)})",
                         lambda: f"set({self.list(depth + 1)})", lambda: "{1, 2.5}"])()

    def text(self, depth):
        return self.r.choice(['"abc"', '"a\\nb"', '"\\u{1F600} é"', '""',
                              'case 2 { 1 => "one"; _ => "many" }' if depth == 0 else '"x"'])

    def law(self, depth):
        return law(self.r)


LUA = 'lua {\n  rung.func{name = "twice", params = {{"x", "number"}}, call = function(x) return 2*x end}\n}'


def program(seed):
    """Declarations, and the questions about them, with whether their answers are compared."""
    r = random.Random(seed)
    head = ["def half(p, by: 2) = p/by", "def pick(i) = [x^2 for x in 0..3][i + 1] + [0, 0]",
            "def lift(A, B) = P(A | B)/P(A)"]
    head.append(LUA if r.random() < .3 else "def twice(x) = 2*x")
    models = [Model(r, name, r.random() < .4) for name in "mn"[:r.randint(1, 2)]]
    questions = []
    for m in models:
        for _ in range(12):
            questions.append((m, m.finite_question(), True))
            questions.append((m, m.other_question(), False))
    return "\n".join(head + [m.text for m in models]) + "\n", questions


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


def differ(a, b):
    if "error" in (a["kind"], b["kind"]):
        # What enumeration refuses (too large, a real variable) the other may answer.
        return a["kind"] == "error" and b["kind"] != "error"
    a, b = numbers(a, []), numbers(b, [])
    return len(a) != len(b) or any(abs(x - y) > 1e-6*max(1, abs(x)) for x, y in zip(a, b))


def limits():
    resource.setrlimit(resource.RLIMIT_CPU, (300, 310))


def ask(rung, text):
    """Runs a session; returns what is wrong, or None, and the objects printed."""
    command = [rung, "--json", "--memory", "300MB", "--budget", "2s", "--tolerance", "0.02"]
    p = subprocess.run(command, input=text, capture_output=True, text=True, preexec_fn=limits)
    if p.returncode == -signal.SIGXCPU:
        return "hang", []
    if p.returncode not in (0, 1, 65) or "Sanitizer" in p.stderr or "runtime error" in p.stderr:
        return f"crash ({p.returncode}) {p.stderr[-2000:]}", []
    if "E0901" in p.stdout + p.stderr:
        return "internal error", []
    return None, [json.loads(line) for line in p.stdout.splitlines() if line.startswith("{")]


def lines(questions):
    """Each question, and again by enumeration where that is compared, behind a text of its own."""
    out = []
    for i, (m, line, compared) in enumerate(questions):
        out += [f"use {m.name}", f'"@{i}"', line]
        if compared:
            out += [f'"@{i}+"', f"{line} using enumerate"]
    return "\n".join(out) + "\n"


def split(said):
    """What was said after each text of lines()."""
    parts, key = {}, "@"
    for s in said:
        if s["kind"] == "string" and s["value"].startswith("@"):
            key = s["value"]
        else:
            parts.setdefault(key, []).append(s)
    return parts


def wrong_answers(head, questions, parts):
    """Pairs of what is wrong and the program to show it."""
    refused = [s for s in parts.get("@", []) if s["kind"] == "error"]
    for s in refused:
        if s["code"].startswith(tuple(TYPES)):
            yield s["message"], head
    if refused:
        return
    for i, (m, line, compared) in enumerate(questions):
        one, other = ([s for s in parts.get(f"@{i}{end}", []) if s["kind"] != "note"] for end in ("", "+"))
        show = f"{head}use {m.name}\n{line}\n"
        for s in one:
            if s["kind"] == "error" and s["code"].startswith(tuple(TYPES)):
                yield f"{line}: {s['code']} {s['message']}", show
        if compared and one and other and differ(one[-1], other[-1]):
            yield f"{line}: two answers: {one[-1]} {other[-1]}", show


def bare(said):
    """What was said, without the places, which the house style changes."""
    return [{k: v for k, v in s.items() if k in ("kind", "value", "code", "rows", "low", "high")} for s in said]


def styled(rung, text):
    p = subprocess.run([rung, "fmt", "-"], input=text, capture_output=True, text=True, timeout=60)
    return p.stdout if p.returncode == 0 else None


def look_at(rung, seed):
    """Pairs of what is wrong and the program to show it; and how many answers there were."""
    head, questions = program(seed)
    text = head + lines(questions)
    wrong, said = ask(rung, text)
    if wrong:
        # Which question is it?
        for m, line, _ in questions:
            single = f"{head}use {m.name}\n{line}\n"
            alone = ask(rung, single)[0]
            if alone:
                return [(f"{line}: {alone}", single)], 0
        return [(wrong, text)], 0
    found = list(wrong_answers(head, questions, split(said)))
    again = styled(rung, text)
    if again is None or bare(ask(rung, again)[1]) != bare(said):
        found.append(("the house style changes what is answered", text))
    return found, sum(s["kind"] not in ("error", "note", "string") for s in said)


def main():
    rung, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    folder = sys.argv[4] if len(sys.argv) > 4 else "."
    findings = answers = 0
    for seed in range(first, first + count):
        found, n = look_at(rung, seed)
        answers += n
        for wrong, text in found:
            findings += 1
            print(f"seed {seed}: {wrong}", flush=True)
            with open(f"{folder}/program-{seed}-{findings}.rung", "w") as out:
                out.write(text)
    print(f"programs: {count} programs, {answers} answers, {findings} findings")
    return findings > 0


if __name__ == "__main__":
    sys.exit(main())

# A small reader of TextMate grammars: says where the pieces of a sample are not what they should be.
# Usage: textmate.py GRAMMAR SAMPLE PIECES
import json
import re
import sys

grammar = json.load(open(sys.argv[1]))


def flat(patterns):
    for p in patterns:
        name = p.get("include", "")
        if name.startswith("#"):
            yield grammar["repository"][name[1:]]
        elif not name:
            yield p


def scan(line, patterns, stack, scopes):
    at = 0
    while at <= len(line):
        if stack:
            end = re.compile(stack[-1]["end"]).search(line, at)
            inner = list(flat(stack[-1]["patterns"]))
        else:
            end, inner = None, list(flat(patterns))
        found = [(m.start(), i, m, p) for i, p in enumerate(inner)
                 for m in [re.compile(p.get("match") or p["begin"]).search(line, at)] if m]
        best = min(found, key=lambda f: f[:2], default=None)
        if end and (not best or end.start() <= best[0]):
            stack.pop()
            at = end.end()
            continue
        if not best:
            return
        _, _, m, p = best
        if "name" in p:
            scopes[m.start():m.end()] = [p["name"]] * (m.end() - m.start())
        for group, capture in (p.get("captures") or p.get("beginCaptures") or {}).items():
            a, b = m.span(int(group))
            scopes[a:b] = [capture["name"]] * (b - a)
        if "begin" in p:
            stack.append(p)
        at = max(m.end(), at + (m.end() == m.start()))


lines = open(sys.argv[2]).read().split("\n")
stack, all_scopes = [], []
for text in lines:
    scopes = ["none"] * len(text)
    scan(text, grammar["patterns"], stack, scopes)
    all_scopes.append(scopes)
failed = False
for row in open(sys.argv[3]):
    number, piece, _, scope = row.split()
    got = all_scopes[int(number) - 1][lines[int(number) - 1].index(piece)]
    if got != scope:
        print(f"TextMate: line {number}: {piece} is {got}, not {scope}")
        failed = True
sys.exit(failed)

"""Where a C file can be changed by one token or statement, and how."""
import re

TOKEN = re.compile(
    r"""(?P<skip>//[^\n]*|/\*.*?\*/|\s+|^[ \t]*\#(?:\\\n|[^\n])*)
      |(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')
      |(?P<num>(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[uUlLfF]*)
      |(?P<name>[A-Za-z_]\w*)
      |(?P<op><<=|>>=|\.\.\.|->|\+\+|--|&&|\|\||[<>=!+\-*/%&|^]=|<<|>>|[^\s\w])""",
    re.X | re.S | re.M)

# What may stand in place of an operator. Those of SIGNS only after a value.
OPERATORS = {
    "<": ["<=", ">"], "<=": ["<", ">"], ">": [">=", "<"], ">=": [">", "<"],
    "==": ["!="], "!=": ["=="], "&&": ["||"], "||": ["&&"], "++": ["--"], "--": ["++"],
    "+=": ["-="], "-=": ["+="], "*=": ["/="], "/=": ["*="],
    "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["*"],
    "<<": [">>"], ">>": ["<<"], "|=": ["&="], "&=": ["|="],
}
SIGNS = {"+", "-", "*", "&"}
NAMES = {
    "true": "false", "false": "true", "break": "continue", "continue": "break",
    "fmin": "fmax", "fmax": "fmin", "OK": "NOMEM", "NOMEM": "OK", "FAULT": "OK",
    "CANCELLED": "OK", "floor": "ceil", "ceil": "floor",
}
KEYWORDS = set("""if else for while do switch case default return break continue goto sizeof
    static const struct enum union typedef void int char double float long short unsigned
    signed bool inline extern volatile""".split())
TYPES = set("void char int double float long bool size_t const unsigned".split())
ASSIGN = {"=", "+=", "-=", "*=", "/=", "|=", "&=", "^=", "%=", "<<=", ">>=", "++", "--"}


class Site:
    """One change: text[start:end] becomes `new`. `line` says where, `kind` what sort."""

    def __init__(self, text, start, end, new, kind):
        self.start, self.end, self.new, self.kind = start, end, new, kind
        self.line = text.count("\n", 0, start) + 1
        self.column = start - (text.rfind("\n", 0, start) + 1) + 1
        old = " ".join(text[start:end].split())
        self.old = old if len(old) <= 60 else old[:57] + "..."

    def apply(self, text):
        lines = text.count("\n", self.start, self.end)
        return text[:self.start] + self.new + "\n" * lines + text[self.end:]

    def __str__(self):
        return f"{self.line}:{self.column}: {self.old}  ->  {self.new or '(nothing)'}"


class Token:
    def __init__(self, match):
        self.kind, self.text = match.lastgroup, match.group()
        self.start, self.end = match.span()


def tokens(text):
    return [Token(m) for m in TOKEN.finditer(text) if m.lastgroup != "skip"]


def is_value(token):
    """Whether an operator after this token takes it as its left side."""
    if token is None:
        return False
    if token.kind in ("num", "text"):
        return True
    if token.kind == "name":
        return token.text not in KEYWORDS | TYPES
    return token.text in (")", "]")


def numbers(literal):
    """What may stand in place of a number."""
    body = literal.rstrip("uUlL")
    tail = literal[len(body):]
    if body[:2] in ("0x", "0X"):
        return [f"({literal} ^ 1)"]
    if re.fullmatch(r"\d+", body):
        n = int(body)
        return [f"{n + 1}{tail}"] + ([f"{n - 1}{tail}"] if n > 0 else [])
    value = float(body.rstrip("fF"))
    return ["1.0"] if value == 0 else ["0.0", f"({literal} * 2)"]


def closing(toks, i):
    """The place of the bracket that closes the one at i, or None."""
    pairs = {"(": ")", "[": "]", "{": "}"}
    stack = []
    for k in range(i, len(toks)):
        if toks[k].kind != "op":
            continue
        if toks[k].text in pairs:
            stack.append(pairs[toks[k].text])
        elif stack and toks[k].text == stack[-1]:
            stack.pop()
            if not stack:
                return k
    return None


def statement(toks, i):
    """The last token of the expression statement that starts at i, or None."""
    first = toks[i]
    if first.kind == "name" and first.text in KEYWORDS | TYPES:
        return None
    if not (first.kind == "name" or first.text in ("*", "++", "--")):
        return None
    if first.kind == "name" and i + 1 < len(toks):
        after = toks[i + 1]
        if after.text not in ASSIGN | {"(", ".", "->", "["}:
            return None
    k, acts = i, False
    while k < len(toks):
        t = toks[k]
        if t.kind == "op" and t.text in ("(", "[", "{"):
            acts = acts or (t.text == "(" and k > i and toks[k - 1].kind == "name")
            k = closing(toks, k)
            if k is None:
                return None
        elif t.kind == "op" and t.text in ASSIGN:
            acts = True
        elif t.text == ";":
            return k if acts else None
        elif t.text in ("}", "?", ":", ",", ")"):
            if t.text in ("}", ")"):
                return None
        k += 1
    return None


def statement_starts(toks):
    """Places of tokens at which a statement may start."""
    depth, heads = 0, set()
    for i, t in enumerate(toks):
        if t.kind == "name" and t.text in ("if", "for", "while", "switch"):
            if i + 1 < len(toks) and toks[i + 1].text == "(":
                end = closing(toks, i + 1)
                if end is not None:
                    heads.add(end)
        if i and depth == 0:
            before = toks[i - 1]
            if before.text in (";", "{", "}", "else", "do") or i - 1 in heads:
                yield i
        if t.kind == "op" and t.text in "([":
            depth += 1
        elif t.kind == "op" and t.text in ")]":
            depth -= 1


def sites(text):
    """All changes of a file, in order."""
    toks, found = tokens(text), []

    def add(first, last, new, kind):
        found.append(Site(text, first.start, last.end, new, kind))

    for i, t in enumerate(toks):
        before = toks[i - 1] if i else None
        after = toks[i + 1] if i + 1 < len(toks) else None
        if t.kind == "num":
            for new in numbers(t.text):
                add(t, t, new, "constant")
        elif t.kind == "name" and t.text in NAMES:
            add(t, t, NAMES[t.text], "name")
        elif t.kind == "name" and t.text in ("if", "while") and after and after.text == "(":
            end = closing(toks, i + 1)
            if end is not None:
                inside = text[after.start:toks[end].end]
                add(after, toks[end], f"(!{inside})", "negation")
        elif t.kind == "name" and t.text == "return" and after and after.text not in (";", "{"):
            end = i
            while end < len(toks) and toks[end].text != ";":
                end += 1
            inside = toks[i + 1:end]
            words = {x.text for x in inside}
            if words & {"<", ">", "<=", ">=", "==", "!=", "&&", "||", "!"} and "?" not in words:
                value = text[after.start:inside[-1].end]
                add(after, inside[-1], f"!({value})", "return")
        elif t.kind == "op" and t.text == "!":
            add(t, t, "", "negation")
        elif t.kind == "op" and t.text in OPERATORS:
            if t.text in SIGNS and not is_value(before):
                continue
            if t.text == "*" and before.kind == "name" and re.fullmatch(
                    r"[A-Z]\w*[a-z]\w*|\w+_t", before.text):
                continue
            for new in OPERATORS[t.text]:
                add(t, t, new, "operator")
    for i in statement_starts(toks):
        end = statement(toks, i)
        if end is not None:
            add(toks[i], toks[end], "(void)0;", "statement")
    return sorted(found, key=lambda s: (s.start, s.end, s.new))

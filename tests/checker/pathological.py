"""Sources that nobody writes, in families: each makes one of a given size, in characters, from a random generator."""

import json

from .planting import REFERENCE

WORDS = [
    "def",
    "class",
    "print",
    "lambda",
    "not",
    "import",
    "raise E,",
    "except E, e:",
    "<>",
    "0777",
    "ur'a'",
    "xrange",
    "`a`",
]
SIGNS = "()[]{}`#'\"\\=,:-@%*.;!?$~^&|<>\n\t\x00\x0c\r\ud800\u2028\u00a0é\u202e\U0001f600"


def _nested(opening, closing, inner="1"):
    def make(draw, size):
        depth = max(1, int(size) // (len(opening) + len(closing)))
        return "x = " + opening * depth + inner + closing * depth + "\n"

    return make


def _repeated(*pieces, start="", end="\n"):
    def make(draw, size):
        piece = pieces[int(draw.integers(len(pieces)))]
        return start + piece * max(1, int(size) // len(piece)) + end

    return make


def _many(form):
    """A form that is filled with a number each time."""

    def make(draw, size):
        count = max(1, int(size) // len(form))
        return "".join(form.replace("#", str(n)) for n in range(count))

    return make


def _indented(draw, size):
    depth = min(99, max(2, int(size) // 20))
    return "".join(" " * n + "if x:\n" for n in range(depth)) + " " * depth + "pass\n"


def _noise(draw, size):
    return "".join(SIGNS[n] for n in draw.integers(len(SIGNS), size=max(1, int(size))))


def _words(draw, size):
    count = max(1, int(size) // 5)
    return "".join(WORDS[n] + (" ", "\n", "(")[n % 3] for n in draw.integers(len(WORDS), size=count))


def _mutated(draw, size):
    start = int(draw.integers(len(REFERENCE.text) // 2))
    text = list(REFERENCE.text[start : start + max(50, min(int(size), 20_000))])
    for place in draw.integers(len(text), size=int(draw.integers(1, 20))):
        text[place : place + int(draw.integers(3))] = [SIGNS[draw.integers(len(SIGNS))]]
    return "".join(text)


def _declared(draw, size):
    """A declaration of an encoding that is not the file's, or of none that exists."""
    name = ("utf-16", "latin-1", "utf-7", "punycode", "rot13", "hex", "no-such", "utf-8", "cp037", "idna")[
        draw.integers(10)
    ]
    return f"# -*- coding: {name} -*-\n".encode() + bytes(draw.integers(256, size=max(1, int(size)), dtype="u1"))


def _bytes(draw, size):
    return bytes(draw.integers(256, size=max(1, int(size)), dtype="u1"))


def _notebook(draw, size):
    cells = [{"cell_type": "code", "source": _words(draw, size // 4)} for _ in range(4)]
    text = json.dumps({"cells": cells})
    cut = int(draw.integers(len(text)))
    return text if draw.integers(2) else text[:cut] + SIGNS[draw.integers(len(SIGNS))] + text[cut + 1 :]


FAMILIES = {
    "parentheses": _nested("(", ")"),
    "brackets": _nested("[", "]"),
    "braces": _nested("{", "}"),
    "mixed brackets": _nested("([{", "}])"),
    "calls": _nested("f(", ")"),
    "subscripts": _nested("a[", "]"),
    "conditions": _nested("1 if x else ", ""),
    "lambdas": _nested("lambda: ", ""),
    "lambdas with arguments": _nested("lambda a=(", "): a"),
    "f-strings": _nested('f"{', '}"'),
    "comprehensions": _nested("[", " for a in b]"),
    "walruses": _nested("(a := ", ")"),
    "stars": _nested("*", ""),
    "unary signs": _repeated("-", "not ", "~", "+", "await ", start="x = ", end="1\n"),
    "sums": _repeated("1+", "1**", "1 if ", "a<", "a or ", "a and not ", "a@", "a,", start="x = ", end="1\n"),
    "attributes": _repeated(".a", "[0]", "()", "(a)[1].b", start="x", end="\n"),
    "assignments": _repeated("a=", "a:=", "a,b=", start="", end="1\n"),
    "unclosed": _repeated("(", "[", "{", "('", '"""', "f'{", "\\\n", "'''a", start="x = ", end=""),
    "closing": _repeated(")", "]", "}", '"', "'", start="x = ", end="\n"),
    "blank lines": _repeated("\n", " \n", "\r", "\r\n", "\x0c\n", "\t\n", "\\\n"),
    "spaces": _repeated(" ", "\t", "\x0c", "\u00a0", "\u2003", start="print a", end="b\n"),
    "indents": _indented,
    "spaces before words": _repeated(" " * 200 + "print x\n", "\t" * 50 + "print\n", " " * 300 + "except E, e:\n"),
    "comments": _repeated("#", "# print\n", "#(\n", "print #\n"),
    "digits": _repeated("1", "0", "9_", "0x", "1e", "0b1", ".1", "1j", "0o7", start="x = ", end="z\n"),
    "one integer": _repeated("1", "f", start="x = 0x", end="\n"),
    "one name": _repeated("a", "é", "\u0131", "\ufdfa", start="", end=" = 1\n"),
    "one string": _repeated("a", "\\n", "\\x41", "\\N{DIGIT ONE}", "{", "%s", start="x = '", end="'\n"),
    "one default": _repeated("1,", "[],", "{},", "a(),", start="def relu_forward(x, y=[", end="]): return x\n"),
    "defaults": _many("def f#(x=[#], *, y={#: #}): return x\n"),
    "functions": _many("def f#(x):\n    y = x\n    return y\n"),
    "classes": _many("class C#(A, B):\n    a = #\n"),
    "methods": _repeated("    def m(self):\n        self.params['W'] = 1\n", start="class TwoLayerNet:\n"),
    "same function": _repeated("def relu_forward(x):\n    return x\n", "class relu_forward: pass\n"),
    "statements": _repeated("    y = x\n", "    return x\n", "    x += 1; y = 2\n", start="def relu_forward(x):\n"),
    "statements on a line": _repeated("a=1;", "pass;", "def f():return 1;", start="def relu_forward(x): ", end="\n"),
    "one statement": _repeated("x + ", "x, ", "x.y(", start="def relu_forward(x):\n    out = ", end="1\n"),
    "decorators": _repeated("@f\n", "@f(x)\n", end="def relu_forward(x): return x\n"),
    "arguments": _many("a#=#,"),
    "parameters": lambda draw, size: "def relu_forward(" + _many("a#=[],")(draw, size) + "): pass\n",
    "matches": lambda draw, size: "match x:\n" + _many("    case [#, *_, {'a': #}] | C(a=#): y = #\n")(draw, size),
    "nested matches": lambda draw, size: "match x:\n  case " + "[" * (size // 2) + "a" + "]" * (size // 2) + ": pass\n",
    "a dictionary": lambda draw, size: "x = {" + _many("#: '#', ")(draw, size) + "}\n",
    "strings beside": _repeated("'a' ", 'f"{a}" ', "b'a' ", start="x = ", end="\n"),
    "prints": _repeated("print a,\n", "print >>f, a\n", "print('%d' % 3), 4\n", "print()()\n", "print,"),
    "print parentheses": _repeated("()", "%", "(,", ")%", " ,", start="print (", end="\n"),
    "raises": _repeated("raise E, 'a'\n", "raise a.b.", "except a.", "except (a)", "except (", ", e:"),
    "backticks": _repeated("`a", "`", "``", "`a` ", start="x = "),
    "old numbers": _repeated("0777 ", "1L ", "0", "00L,", "ur'a' ", "<>", "a <> b "),
    "imports": _repeated("from . import a\n", "from .. ", "import " + "a." * 30 + "b\n", "from . \n", "from\t"),
    "definitions in a text": _repeated("def relu_forward(x):\n", "class A", "def  ", start='"""\n', end='"""\n'),
    "words": _words,
    "noise": _noise,
    "mutated": _mutated,
    "declared encodings": _declared,
    "bytes": _bytes,
    "notebooks": _notebook,
}


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")

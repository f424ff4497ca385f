"""Parsing bombs: sources that are hard to read, none of them right. A function writes what is not one Python file."""

import json
import zlib

__all__ = ["PARSING"]

WRONG = "import numpy as np\ndef relu_forward(x):\n    return np.maximum(1, x), x\n"


def notebook(text, name="layers.ipynb"):
    def write(folder, right, secret):
        (folder / name).write_text(text)

    return write


def raw(data):
    def write(folder, right, secret):
        (folder / "layers.py").write_bytes(data)

    return write


def cells(*sources):
    return json.dumps({"cells": [{"cell_type": "code", "source": source} for source in sources]})


def many_files(folder, right, secret):
    (folder / "layers.py").write_text(WRONG)
    for number in range(1_500):
        (folder / f"m{number}.py").write_text(f"from m{number + 1} import *\n")


def many_definitions(folder, right, secret):
    for number in range(40):
        (folder / f"layers{number}.py").write_text(WRONG)


PARSING = {
    "signs": "x = " + "-" * 100_000 + "1\n" + WRONG,
    "nots": "x = " + "not " * 50_000 + "1\n" + WRONG,
    "tildes": "x = " + "~" * 90_000 + "1\n" + WRONG,
    "attributes": "x" + ".a" * 50_000 + "\n" + WRONG,
    "calls": "x" + "()" * 50_000 + "\n" + WRONG,
    "indices": "x" + "[0]" * 40_000 + "\n" + WRONG,
    "sums": "x = " + "1+" * 50_000 + "1\n" + WRONG,
    "powers": "x = " + "2**" * 50_000 + "2\n" + WRONG,
    "comparisons": "x = " + "1<" * 50_000 + "1\n" + WRONG,
    "conditions": "x = " + "1 if 1 else " * 20_000 + "1\n" + WRONG,
    "functions without a name": "x = " + "lambda: " * 20_000 + "1\n" + WRONG,
    "brackets": "x = " + "[" * 5_000 + "]" * 5_000 + "\n" + WRONG,
    "brackets, never closed": WRONG + "x = " + "(" * 100_000,
    "braces": "x = " + "{1:" * 90 + "1" + "}" * 90 + "\n" + WRONG,
    "texts in texts": "x = " + "f'{" * 50 + "1" + "}'" * 50 + "\n" + WRONG,
    "a large constant": WRONG + "x = 9**9**9\n",
    "a large text constant": WRONG + "x = 'a' * 10**10\n",
    "constants that are folded": WRONG + "x = " + "(" * 50 + "1" + " << 4000)" * 50 + "\n",
    "digits": WRONG + "x = " + "1" * 100_000 + "\n",
    "hexadecimal digits": WRONG + "def f(x=0x" + "f" * 200_000 + "): pass\n",
    "an exponent": WRONG + "x = 1e" + "9" * 10_000 + "\n",
    "blank lines": "\n" * 500_000 + WRONG,
    "spaces": "x = 1" + " " * 1_000_000 + "\n" + WRONG,
    "tabs": "if 1:\n" + "\t" * 500_000 + "pass\n" + WRONG,
    "comments": "# " + "a" * 1_000_000 + "\n" + WRONG,
    "statements": "x=1;" * 20_000 + "\n" + WRONG,
    "words": "a;" * 300_000 + "\n" + WRONG,
    "blocks in blocks": "".join(" " * n + "if x:\n" for n in range(99)) + " " * 99 + "pass\n" + WRONG,
    "functions in functions": "".join(" " * n + f"def f{n}():\n" for n in range(90)) + " " * 90 + "pass\n" + WRONG,
    "classes in classes": "".join(" " * n + f"class C{n}:\n" for n in range(90)) + " " * 90 + "pass\n" + WRONG,
    "loops in loops": "def f():\n"
    + "".join(" " * n + "for i in x:\n" for n in range(1, 60))
    + " " * 60
    + "pass\n"
    + WRONG,
    "functions": "".join(f"def f{n}(x): return x\n" for n in range(8_000)) + WRONG,
    "the function, many times": WRONG.replace("relu_forward(x)", "relu_forward(x, y=1)") * 3_000,
    "decorators": "@staticmethod\n" * 5_000 + "def f(): pass\n" + WRONG,
    "arguments": "def f(" + ",".join(f"a{n}" for n in range(30_000)) + "): pass\n" + WRONG,
    "patterns": "match x:\n" + "".join(f"    case [{n}, *a]: pass\n" for n in range(10_000)) + WRONG,
    "names": "a" * 1_500_000 + " = 1\n" + WRONG,
    "names in other scripts": "".join(f"\u0391{n} = {n}\n" for n in range(20_000)) + WRONG,
    "continued lines": "x = \\\n" * 1 + "\\\n" * 100_000 + "1\n" + WRONG,
    "zeros": raw(WRONG.encode() + b"\0" * 100),
    "another encoding": raw(b"# -*- coding: utf-7 -*-\n" + WRONG.encode()),
    "an encoding that runs code": raw(b"# -*- coding: zlib -*-\n" + zlib.compress(bytes(1 << 26))),
    "an encoding that does not exist": raw(b"# -*- coding: " + b"x" * 100_000 + b" -*-\n" + WRONG.encode()),
    "half of a character": raw(WRONG.encode() + b"x = '\xed\xa0\x80\xff'\n"),
    "two bytes a character": raw(WRONG.encode("utf-16")),
    "random bytes": raw(bytes((n * 7919 + n * n) % 256 for n in range(100_000))),
    "nothing": raw(b""),
    "a notebook of brackets": notebook("[" * 200_000),
    "a notebook of braces": notebook('{"a":' * 100_000),
    "a notebook with a number of many digits": notebook('{"cells": ' + "9" * 100_000 + "}"),
    "a notebook with infinite numbers": notebook('{"cells": [NaN, Infinity, -Infinity]}'),
    "a notebook with cells of the wrong type": notebook(
        '{"cells": [1, null, {"cell_type": "code", "source": {"a": 1}}]}'
    ),
    "a notebook of many cells": notebook(cells(*["x = 1"] * 20_000, WRONG)),
    "a notebook of magic": notebook(
        cells("%%bash\ntouch /tmp/pellucid-hostile\n", "!touch /tmp/pellucid-hostile\n", WRONG)
    ),
    "a notebook with nested signs": notebook(cells("x = " + "-" * 100_000 + "1", WRONG)),
    "many files that import one another": many_files,
    "many files of the same": many_definitions,
    "Python 2 with backticks": "x = " + "`" * 1001 + "1\nprint x\n" + WRONG,
    "Python 2 with long prints": "print " + "a, " * 30_000 + "b\n" + WRONG,
    "Python 2 with long divisions": "print 1\nx = " + "1/" * 20_000 + "1\n" + WRONG,
}

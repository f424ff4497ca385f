"""A submission's source is read in a worker: the checker's own process parses nothing of it."""

import ast
import builtins
import json
import tokenize

import pytest

import pellucid
from pellucid.checker import CheckError
from pellucid.checker.check_folder import check_folder
from pellucid.checker.request import request_for
from pellucid.checker.running.job import Limits
from pellucid.checker.running.outlines import read_outline
from pellucid.checker.running.sandbox import Workers
from pellucid.checker.running.worker import outline

from .planting import source_of

MARK = "a_name_of_the_learners"
WRONG_RELU = f"import numpy as np\ndef relu_forward(x):\n    {MARK} = np.maximum(1, x)\n    return {MARK}, x\n"


def notebook(*cells):
    return json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]})


@pytest.mark.parametrize("name", ["layers.py", "layers.ipynb"])
def test_nothing_of_a_submission_is_parsed_in_this_process(tmp_path, monkeypatch, name):
    text = notebook(WRONG_RELU) if name.endswith("ipynb") else WRONG_RELU
    (tmp_path / name).write_text(text)
    seen = []

    def watched(parse):
        def call(source, *arguments, **keywords):
            seen.append(source)
            return parse(source, *arguments, **keywords)

        return call

    for module, function in ((ast, "parse"), (builtins, "compile"), (json, "loads"), (tokenize, "generate_tokens")):
        monkeypatch.setattr(module, function, watched(getattr(module, function)))
    (report,) = check_folder(tmp_path, request_for())
    assert report.functions[0].verdict == "wrong"
    assert not [source for source in seen if isinstance(source, str) and MARK in source]
    source_of(WRONG_RELU)
    assert WRONG_RELU in seen  # so that this test would have seen it


def test_a_notebook_is_what_its_cells_define():
    with Workers(Limits(60.0)) as workers:
        text = notebook(
            "%matplotlib inline\nimport numpy as np\nprint(1 / 0)", "def f(x):\n    return x", "h = 3", "def broken("
        )
        source = read_outline(text, workers, is_notebook=True)
    assert source.text == "import numpy as np\n\ndef f(x):\n    return x\n\nh = 3\n"
    assert (source.names(), source.assigned) == (["f"], ["h"])


def test_a_worker_reads_what_this_process_would_read():
    text = 'def f(x, y=[]):\n    """Doc."""\n    a = xrange(3)\n    return a\n'
    text += 'class C:\n    def m(self):\n        self.p["W"] = 1\ng = f\nprint "old"\n'
    with Workers(Limits(60.0)) as workers:
        source = read_outline(text, workers, is_notebook=False)
        assert source == source_of(text)
    assert source.text.endswith('print("old")\n')
    assert (source.docstring("f"), source.shared_defaults("f"), source.names()) == ("Doc.", ["y=[]"], ["f", "C"])
    assert source.fills("C", "p")
    assert source.likely_line("f", "a = range(3)", "out") == 3


def test_reading_that_takes_too_long_is_said_and_ends():
    with Workers(Limits(1e-3)) as workers:
        source = read_outline("x = 1\n", workers, is_notebook=False)
    assert source.problem.startswith("reading the source did not end within 0.001 s (")


def test_reading_that_needs_too_much_memory_is_said():
    with Workers(Limits(60.0, memory=300 << 20)) as workers:
        assert not read_outline("x = 1\n", workers, is_notebook=False).problem
        source = read_outline("a = [" + "1,\n" * 600_000 + "]\n", workers, is_notebook=False)
    assert source.problem.startswith("reading the source ") or not source.names()


def test_an_unreadable_notebook_is_one_students_problem(tmp_path):
    for student, text in (("ann", "{"), ("bob", notebook(WRONG_RELU))):
        (tmp_path / student).mkdir()
        (tmp_path / student / "layers.ipynb").write_text(text)
    ann, bob = check_folder(tmp_path, request_for())
    assert ann.error == "could not be judged: not a readable notebook"
    assert bob.functions[0].verdict == "wrong"
    with pytest.raises(CheckError, match="ipynb: could not be judged: not a readable notebook"):
        pellucid.check(tmp_path / "ann" / "layers.ipynb")


def test_a_name_inside_a_text_makes_no_file_of_the_course(tmp_path):
    (tmp_path / "layers.py").write_text(WRONG_RELU)
    (tmp_path / "notes.py").write_text(f'NOTES = """\n{WRONG_RELU}"""\n')
    layers, notes = check_folder(tmp_path, request_for())
    assert (layers.file, layers.functions[0].verdict) == ("layers.py", "wrong")
    assert (notes.file, notes.unjudged) == ("notes.py", "defines no function of the pack cs231n-a2")


# Notebooks.


def cells(*sources):
    """What a notebook of these cells is judged as."""
    return outline.outline_of_notebook(notebook(*sources))["text"].strip()


KEPT = [
    "def f(x):\n    k = (7\n         % 2)\n    return k",
    "def f(x):\n    k = [\n        '(', 7  # )\n        % 2, {\n    }]\n    return k",
    'def f(x):\n    """It\'s\n    %d of 3 # "\n    !\n    """\n    return x',
    "def f(x):\n    k = 7 \\\n    % 2\n    return k",
    "def f(x):\n    s = 'it\\'s (' + \"'\"\n    return s",
    "def f(x):\n    s = 'a\\\n%b'\n    return s",
    "def f(x):  # (why?\n    return x",
    "MINUS = -1",
    "sigmoid = lambda z: 1 / (1 + unknown(z))",
    "A = (1,\n     -2)",
    "EPS: float = 1e-5",
    "if True:\n    A = 1\nelse:\n    pass",
    "try:\n    import numpy as np\nexcept ImportError:\n    np = None",
    "@staticmethod\ndef f(x):\n    return x",
    "async def f(x):\n    return x",
]


@pytest.mark.parametrize("text", KEPT)
def test_a_definition_in_a_notebook_is_kept_as_it_is(text):
    assert cells(text) == text


def test_a_value_in_a_notebook_may_need_what_was_kept_before():
    texts = ["import numpy as np", "A = (3, 4)", "B = A[0] + np.pi", "f = lambda x=B: x", "g = f"]
    assert cells(*texts) == "\n\n".join(texts)


@pytest.mark.parametrize(
    "text",
    [
        "x = load()",
        "x = y",
        "x = [f() for f in ()]",
        "x[0] = 1",
        "x = lambda y=z: y",
        "if x():\n    import a",
        "x: y = 1",
        "pass",
    ],
)
def test_what_does_work_or_needs_what_was_left_out_is_left_out(text):
    assert cells("y = load()", text) == ""


@pytest.mark.parametrize(
    "magic",
    [
        "%timeit x",
        "!ls",
        "?np.dot",
        "np.dot??",
        "files = !ls (",
        "%run a \\\n  --more '",
        "/f x",
        "x = %pwd",
        "    %time it's",
    ],
)
def test_a_magic_is_left_out_and_what_follows_is_read(magic):
    assert cells(f"{magic.strip()}\ndef f(x):\n    return x") == "def f(x):\n    return x"
    inside = "\n".join(f"    {line}" for line in magic.strip().split("\n"))
    source = outline.outline(cells(f"def f(x):\n{inside}\n    return x + 1\nB = 1"))
    assert [one["name"] for one in source["defined"]] == ["f"]
    assert (source["assigned"], source["invalid"], source["defined"][0]["is_stub"]) == (["B"], "", False)


@pytest.mark.parametrize(
    ("magic", "runs_here"),
    [
        ("time", True),
        ("capture out", True),
        ("writefile a.py", False),
        ("bash", False),
        ("isolated", False),
        ("timeit", False),
    ],
)
def test_a_cell_magic_takes_the_whole_cell(magic, runs_here):
    right, wrong = "def f(x):\n    return 1", "def f(x):\n    return 0"
    assert cells(right, f"\n%%{magic}\n{wrong}") == (f"{right}\n\n{wrong}" if runs_here else right)


def test_right_code_in_a_notebook_with_constants_lambdas_and_a_remainder_is_correct(tmp_path):
    text = "import numpy as np\nZERO = -0.0\nlarger = lambda a, b: np.maximum(a, b)"
    right = "def relu_forward(x):\n    k = (\n        7\n        % 2\n    )\n    return k * larger(ZERO, x), x\n"
    for divisor, verdict in ((2, "correct"), (7, "wrong")):
        path = tmp_path / "layers.ipynb"
        path.write_text(notebook(text, right.replace("% 2", f"% {divisor}"), "%%writefile a.py\n" + WRONG_RELU))
        assert [function.verdict for function in pellucid.check(path).functions] == [verdict]


# Functions that no `def` at the top defines.

BOUND = {
    "a lambda": "relu_forward = lambda x: (np.maximum(0, x), x)\n",
    "another name": "def f(x):\n    return np.maximum(0, x), x\nrelu_forward = f\n",
    "a pair": "relu_forward, other = (lambda x: (np.maximum(0, x), x)), 1\n",
    "with a type": "relu_forward: object = lambda x: (np.maximum(0, x), x)\n",
    "in parentheses": "(relu_forward := lambda x: (np.maximum(0, x), x))\n",
    "a condition": "if True:\n    def relu_forward(x):\n        return np.maximum(0, x), x\n",
    "a trial": "try:\n    import math\nfinally:\n    relu_forward = lambda x: (np.maximum(0, x), x)\n",
}


def test_a_class_s_report_has_every_file_that_is_judged_alone(tmp_path):
    """Also beside a file of the same student's that defines functions by `def`."""
    for name, text in BOUND.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "other.py").write_text(WRONG_RELU)
        (tmp_path / name / "mine.py").write_text("import numpy as np\n" + text)
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "layers.py").write_text(WRONG_RELU)
    (tmp_path / "ann" / "calls.py").write_text(
        "from layers import relu_forward\nprint(relu_forward(3), [relu_forward for x in ()])\n"
    )
    (tmp_path / "ann" / "broken.py").write_text("relu_forward = lambda x: (\n")
    found = {report.file: report for report in check_folder(tmp_path, request_for(only=["relu_forward"]))}
    assert [[f.verdict for f in found.pop(f"{name}/mine.py").functions] for name in BOUND] == [["correct"]] * len(BOUND)
    assert found.keys() == {"ann/layers.py", "ann/broken.py", *(f"{name}/other.py" for name in BOUND)}
    assert found["ann/broken.py"].error.startswith("cannot be parsed")


def test_a_coroutine_is_judged_and_is_no_answer(tmp_path):
    (tmp_path / "layers.py").write_text("async " + WRONG_RELU.partition("\n")[2])
    (report,) = check_folder(tmp_path, request_for())
    assert report.functions[0].is_bad


def test_the_last_line_that_sets_an_output_stands_behind_its_loop():
    """A walk through the tree comes to the body of a loop after what follows the loop in the text."""
    text = "def f(X, W, reg):\n    dW = 0 * W\n    for x in X:\n        dW += g(x)\n    dW = dW / len(X) + reg * W\n    return dW\n"
    assert source_of(text).likely_line("f", "    dW += reg * W", "dW") == 5

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
    assert source.problem == "reading the source did not end within 0.001 s (an endless loop?)"


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

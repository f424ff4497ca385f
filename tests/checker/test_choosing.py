"""Which built-in pack is used where none is named: the one whose functions a file, a notebook or a folder defines."""

import json
import sys
import types

import pytest

import pellucid
from pellucid.checker import Pack, PackFunction
from pellucid.checker.choosing import defined_in, pack_for
from pellucid.checker.packs import loading


def pack(name, functions, marks=(), common=()):
    made = [PackFunction(one, lambda draw, options: []) for one in functions]
    return Pack(name, name, (), made, marks=marks, common=common)


@pytest.fixture
def three_packs(monkeypatch):
    packs = [
        pack("first", ["f", "f_backward", "Net", "norm", "pool"]),
        pack("other", ["f", "f_backward", "Net", "Near.labels", "Near.distances"], marks=("old_size",)),
        pack("last", ["step", "steps", "sigmoid"], common=("sigmoid",)),
    ]
    names = {}
    for one in packs:
        module = types.ModuleType(f"pack_{one.name}")
        module.PACK = one
        monkeypatch.setitem(sys.modules, module.__name__, module)
        names[one.name] = module.__name__
    monkeypatch.setattr(loading, "BUILT_IN", names)


CHOICES = {
    "a name that many programs use": ("def sigmoid(x): pass", "first"),
    "such a name beside one of the pack's own": ("def sigmoid(x): pass\ndef step(): pass", "last"),
    "nothing that a pack knows": ("def g(x): pass", "first"),
    "functions that two packs know": ("def f(x): pass\ndef f_backward(d): pass", "first"),
    "one that a single pack knows": ("def f(x): pass\nclass Near:\n    def labels(self): pass", "other"),
    "a mark": ("class Net:\n    def __init__(self, old_size): pass", "other"),
    "a mark and no function": ("old_size = 3", "first"),
    "a whole small assignment beside a part of a larger": ("def step(): pass\ndef steps(): pass\ndef norm(): pass", "last"),
    "a name in a comment": ("def f(x): pass  # then class Near:", "first"),
}  # fmt: skip


@pytest.mark.parametrize("title", CHOICES)
@pytest.mark.usefixtures("three_packs")
def test_the_pack_of_a_file_a_notebook_and_a_folder(tmp_path, title):
    text, expected = CHOICES[title]
    (tmp_path / "one.py").write_text(text)
    cell = {"cell_type": "code", "source": [f"{line}\n" for line in text.split("\n")]}
    (tmp_path / "cells.ipynb").write_text(json.dumps({"cells": [cell]}))
    joined = {"cell_type": "code", "source": text}
    (tmp_path / "joined.ipynb").write_text(json.dumps({"cells": [joined]}))
    for path in (tmp_path / "one.py", tmp_path / "cells.ipynb", tmp_path / "joined.ipynb", tmp_path):
        assert pack_for(defined_in(path)) == expected, path.name


@pytest.mark.usefixtures("three_packs")
def test_the_functions_asked_for_decide(tmp_path):
    assert pack_for((["norm", "pool"], ()), ["Near.labels"]) == "other"


def test_what_cannot_be_read_defines_nothing(tmp_path):
    (tmp_path / "link.py").symlink_to(tmp_path / "nothing.py")
    assert defined_in(tmp_path / "link.py") == defined_in(tmp_path / "absent") == (set(), set())


@pytest.mark.usefixtures("three_packs")
def test_a_common_name_decides_where_it_is_asked_for():
    assert pack_for((["sigmoid"], ()), ["sigmoid"]) == "last"


def test_a_derivative_that_takes_the_output_is_no_mistake_of_a_course(tmp_path):
    path = tmp_path / "net.py"
    path.write_text(
        "import numpy as np\ndef sigmoid(x):\n    return 1 / (1 + np.exp(-x))\n"
        "def sigmoid_derivative(x):\n    return x * (1 - x)\n"
    )
    assert [row.verdict for row in pellucid.check(path).all] == ["correct", "convention"]

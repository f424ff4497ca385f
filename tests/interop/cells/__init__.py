"""Cells that make the calls of the course's notebooks, in their order and with their draws; written for these tests.

Each file is a notebook in percent form: `# %%` begins a cell. Two functions stand in for reading what a cell prints:
`within(what, error, bound)` with the bound the notebook states, and `published(what, value, printed)` with a number that
finished notebooks show, to the digits they show. `test_course_cells.py` runs them as plain code, `test_course_notebooks.py`
in a kernel, `bench/notebooks.py` on all of CIFAR-10.
"""

from pathlib import Path
from typing import Any

__all__ = ["SETUP", "TOPICS", "cells", "run"]

TOPICS = ("fully_connected", "batch_normalization", "dropout", "convolution")

# The first cell of every topic, except where `data` comes from.
SETUP = '''
import numpy as np

checked = []

def rel_error(x, y):
    """The course's relative error."""
    return np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)))

def within(what, error, bound):
    checked.append(what)
    assert error <= bound, f"{what}: {error:.3e} is above {bound:g}"

def published(what, value, printed, digits=1e-9):
    checked.append(what)
    difference = np.abs(np.asarray(value) - np.asarray(printed)).max()
    assert difference <= digits, f"{what}: {value}, where the notebooks print {printed}"

def numeric_errors(model, X, y, h=1e-5):
    """The relative error of every parameter's gradient against central differences of the loss."""
    from cs231n.gradient_check import eval_numerical_gradient

    _, grads = model.loss(X, y)
    loss = lambda _: model.loss(X, y)[0]
    return {
        name: rel_error(eval_numerical_gradient(loss, model.params[name], verbose=False, h=h), grads[name])
        for name in sorted(grads)
    }
'''


def cells(topic: str) -> list[str]:
    """Return a topic's cells, without the docstring above the first."""
    text = (Path(__file__).parent / f"{topic}.py").read_text(encoding="utf-8")
    return [f"# %%{cell.rstrip()}\n" for cell in text.split("\n# %%")[1:]]


def run(topic: str, names: dict[str, Any]) -> dict[str, Any]:
    """Run the cells of a topic in a namespace, and return it. A cell whose result is wrong raises AssertionError."""
    exec(compile(SETUP, "setup", "exec"), names)
    for cell in cells(topic):
        exec(compile(cell, f"{topic}: {cell.splitlines()[0]}", "exec"), names)
    return names

"""The learner's own code, changed at one place until every case passes: the line, the change, and what is left alone."""

import pytest

import pellucid
from pellucid.checker.check_command import run_check
from pellucid.checker.reading.source_files import SubmissionError
from pellucid.checker.running.edits import LineEdit, difference
from pellucid.checker.running.worker.editing.edits import edits_of

SOFTMAX = """import numpy as np


def softmax_loss(x, y):
    n = len(x)
    e = np.exp(x - x.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(n), y]).mean()
    d = p.copy()
    d[np.arange(n), y] -= 1
    return loss, d / n
"""
# What a learner wrote, and a correction of it that must be among those tried.
UNDONE = {
    "(x - m) / (np.sqrt(v) + eps)": "(x - m) / (np.sqrt(v + eps))",
    "x.var(axis=0, ddof=1)": "x.var(axis=0)",
    "np.sum(x, axis=0)": "np.sum(x, axis=1)",
    "np.sum(x)": "np.sum(x, axis=0)",
    "x.mean(axis=1)": "x.mean(axis=1, keepdims=True)",
    "m * (1 - b)": "(m / (1 - b))",
    "np.exp(x)": "np.exp(x - np.max(x, axis=1, keepdims=True))",
    "f(f(x))": "f(x)",
    "g * (c >= 0) * (c < 6)": "(g * (c >= 0))",
    "gamma[:, None] * x": "gamma * x",
    "dout @ w": "dout @ w.T",
    "w.T @ x": "w @ x",
    "-x * y": "x * y",
    "np.dot(x, w)": "np.dot(w, x)",
    "x + b": "(x - b)",
    "a > 0": "(a >= 0)",
    'p["pool_height"]': "p['pool_width']",
    "x ** 2": "x",
}


def made(lines, name="f"):
    """The texts after each edit of a function."""
    text = "\n".join(lines)
    return [LineEdit(*one).applied(text) for one in edits_of(text, [name])["edits"]]


@pytest.mark.parametrize("written", UNDONE)
def test_everyday_mistakes_are_undone(written):
    lines = ["def f(x, w, b, m, v, eps, c, g, a, y, p, gamma, dout):", f"    out = {written}", "    return out"]
    assert any(f"    out = {UNDONE[written]}\n" in text for text in made(lines))


def test_a_helper_that_is_called_is_changed_too_unless_it_is_closed():
    text = "def root(v, e):\n    return np.sqrt(v) + e\n\n\ndef f(x, e):\n    return x / root(x.var(0), e)\n"
    found = edits_of(text, ["f"])
    inside = [one for one in found["edits"] if one[2] == 2]
    assert any("np.sqrt(v + e)" in LineEdit(*one).applied(text) for one in inside)
    assert [text[first:last].partition("(")[0] for first, last in found["spans"]] == ["def f", "def root"]
    assert all(one[2] == 6 for one in edits_of(text, ["f"], closed=["root"])["edits"])


def test_the_step_of_a_loop_is_undone_in_all_places():
    lines = ["def f(x, h, s):", "    for i in range(3):", "        x[i * h : i * h + h] += x[i * h]", "    return x"]
    assert "        x[i * s : i * s + h] += x[i * s]" in "\n".join(made(lines))


def test_the_smaller_of_two_changes_is_the_one_that_leaves_less():
    text = "w[min(k, c - 1)]"
    fewer, other = LineEdit("", 0, 1, [(9, 14, "c")]), LineEdit("", 0, 1, [(2, 15, "k")])
    assert (fewer.applied(text), other.applied(text)) == ("w[min(k, c)]", "w[k]")
    assert other.size(text) < fewer.size(text)


def test_statements_are_undone():
    loop = [
        "def f(x):",
        "    d = x * 0",
        "    for i in range(3):",
        "        d[i] = x[i]",
        "        x -= 1",
        "        return d",
    ]
    texts = made(loop)
    assert "\n".join([*loop[:3], "        d[i] += x[i]", *loop[4:]]) in texts
    assert "\n".join([*loop[:4], "        pass", loop[5]]) in texts
    assert "\n".join([*loop[:5], "    return d"]) in texts


def test_one_kind_is_undone_in_all_places_at_once():
    lines = ["def f(x):", "    a = x.max(axis=0)", "    return a + x.sum(axis=0)"]
    assert "\n".join([lines[0], "    a = x.max(axis=1)", "    return a + x.sum(axis=1)"]) in made(lines)


def test_all_else_stays_as_it_was_written():
    lines = ["def f(x):  # é", "    é = 'ü'; out = np.sum( x )   # a remark", "    return out"]
    texts = [one.splitlines() for one in made(lines)]
    assert [lines[0], "    é = 'ü'; out = np.sum(x, axis=0)   # a remark", lines[2]] in texts
    assert all(one[0] == lines[0] for one in texts)
    changed = next(one for one in texts if "axis=0)" in one[1])
    assert difference("\n".join(lines), "\n".join(changed)) == ("@@ -2 +2 @@", f"-{lines[1]}", f"+{changed[1]}")


def test_places_beyond_the_text_are_left_out(monkeypatch):
    from pellucid.checker.running import edits

    inside, beyond = ["", 0, 1, [[0, 1, ""]]], [["", 0, 1, [[9, 9, ""]]], ["", 0, 1, [[2, 1, ""]]]]
    monkeypatch.setattr(edits, "run_on_text", lambda *_, **__: {"spans": [], "edits": [inside, *beyond]})
    assert [one.places for one in edits.read_edits("a\nb", ["f"], None).edits] == [[(0, 1, "")]]


def check(path, text, **more):
    path.write_text(text)
    (function,) = pellucid.check(path, **more).functions
    return function


def test_a_mistake_that_no_catalogue_names_has_its_line_and_its_change(tmp_path):
    path = tmp_path / "layers.py"
    wrong = SOFTMAX.replace("axis=1", "axis=0")
    function = check(path, wrong, fix=True)
    (cause,) = function.causes
    assert (cause.id, cause.line) == ("line-corrected", 6)
    removed = [line for line in cause.fix if line.startswith("-")]
    assert [line[1:] for line in removed] == wrong.splitlines()[5:7]


EPS = {
    "the training branch": ("norm = (x - mean) / (np.sqrt(var) + eps)", 12),
    "a line of its own": ("std = np.sqrt(var) + eps\n        norm = (x - mean) / std", 12),
    "written backwards": ("norm = (x - mean) * (1.0 / (eps + np.sqrt(var)))", 12),
}
BATCHNORM = """import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    mode, eps, momentum = bn_param["mode"], bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D, dtype=x.dtype))
    running_var = bn_param.get("running_var", np.zeros(D, dtype=x.dtype))
    cache = None
    if mode == "train":
        mean, var = x.mean(axis=0), x.var(axis=0)
        NORM
        out = gamma * norm + beta
        running_mean = momentum * running_mean + (1 - momentum) * mean
        running_var = momentum * running_var + (1 - momentum) * var
    else:
        norm = (x - running_mean) / np.sqrt(running_var + eps)
        out = gamma * norm + beta
    bn_param["running_mean"], bn_param["running_var"] = running_mean, running_var
    return out, cache
"""


@pytest.mark.parametrize("layout", EPS)
def test_the_line_is_that_of_the_mistake_in_every_layout(tmp_path, layout):
    norm, line = EPS[layout]
    function = check(tmp_path / "layers.py", BATCHNORM.replace("NORM", norm), fix=True)
    (cause,) = function.causes
    assert (cause.id, cause.line) == ("eps-outside-root", line)
    assert any("eps)" in one for one in cause.fix if one.startswith("+"))


def test_hints_never_show_the_change(tmp_path):
    path, out = tmp_path / "layers.py", tmp_path / "out.txt"
    path.write_text(BATCHNORM.replace("NORM", EPS["the training branch"][0]))
    for hint in (1, 2):
        with pytest.raises(SubmissionError, match=rf"--fix shows the answer, which --hint {hint} leaves out"):
            run_check(path, form="text", hint=hint, out=out, fix=True)
    change = "+        norm = (x - mean) / (np.sqrt(var + eps))"
    run_check(path, form="text", hint=None, out=out, fix=True)
    assert change in out.read_text()
    run_check(path, form="json", hint=2, out=out)
    assert "sqrt(var + eps)" not in out.read_text()


def test_an_edit_within_brackets_brings_none_of_its_own():
    text = "def f(h, d):\n    d[h >= 0] = g(d * (1 + h))\n    return d\n"
    new = "".join(made(text.splitlines()))
    assert "d[h < 0]" in new
    assert "* (1 - h))" in new
    assert "[(h < 0)]" not in new
    assert "((1 - h))" not in new


def test_an_edit_that_is_a_tuple_keeps_its_parentheses():
    text = "def f(x, a):\n    return g(h((3, 4)))\n"
    new = {place[2] for edit in edits_of(text, ["f"])["edits"] for place in edit[3]}
    assert "(3, 4)" in new

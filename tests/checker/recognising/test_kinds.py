"""Kinds of layers besides the everyday ones: planted mistakes beside healthy twins, and what a file tells of units."""

import numpy as np
import pytest

import pellucid
from pellucid.checker import CheckError
from pellucid.checker.asking.named import recognised
from pellucid.checker.recognising.diagnosis import both_sides
from pellucid.checker.recognising.form import Sizes, random_values
from pellucid.checker.recognising.readings import forms
from pellucid.checker.recognising.updating.everyday_rules import rules

LAYERS = """
import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


class RecurrentNet:
    def __init__(self, n_in, n_hidden):
        self.Wx, self.Wh = np.random.randn(n_in, n_hidden) * 0.3, np.random.randn(n_hidden, n_hidden) * 0.3
        self.b = np.zeros(n_hidden)

    def forward(self, x):
        h, self.x, self.hs = np.zeros((len(x), self.b.size)), x, [np.zeros((len(x), self.b.size))]
        for t in range(x.shape[1]):
            h = np.tanh(x[:, t] @ self.Wx + h @ self.Wh + self.b)
            self.hs.append(h)
        return np.stack(self.hs[1:], axis=1)

    def backward(self, dout, flows=1.0):
        self.dWx, self.dWh, self.db = np.zeros_like(self.Wx), np.zeros_like(self.Wh), np.zeros_like(self.b)
        dx, carried = np.zeros_like(self.x), 0.0
        for t in reversed(range(dout.shape[1])):
            da = (dout[:, t] + flows * carried) * (1 - self.hs[t + 1] ** 2)
            dx[:, t], carried = da @ self.Wx.T, da @ self.Wh.T
            self.dWx += self.x[:, t].T @ da
            self.dWh += self.hs[t].T @ da
            self.db += da.sum(axis=0)
        return dx


class ForgetfulRecurrentNet(RecurrentNet):
    def backward(self, dout):
        return RecurrentNet.backward(self, dout, 0.0)


class SelfAttention:
    def __init__(self, dim, num_heads):
        self.h = num_heads
        self.Wq, self.Wk, self.Wv, self.Wo = (np.random.randn(dim, dim) * 0.3 for _ in range(4))

    def forward(self, x):
        n, t, e = x.shape
        q, k, v = ((x @ w).reshape(n, t, self.h, -1).swapaxes(1, 2) for w in (self.Wq, self.Wk, self.Wv))
        p = softmax(q @ k.swapaxes(2, 3) / np.sqrt(e // self.h))
        y = (p @ v).swapaxes(1, 2).reshape(n, t, e)
        self.kept = x, q, k, v, p, y
        return y @ self.Wo

    def backward(self, g, common=1.0):
        x, q, k, v, p, y = self.kept
        n, t, e = x.shape
        dy = (g @ self.Wo.T).reshape(n, t, self.h, -1).swapaxes(1, 2)
        dp = dy @ v.swapaxes(2, 3)
        ds = p * (dp - common * (dp * p).sum(axis=-1, keepdims=True)) / np.sqrt(e // self.h)
        parts = (ds @ k, ds.swapaxes(2, 3) @ q, p.swapaxes(2, 3) @ dy)
        dq, dk, dv = (one.swapaxes(1, 2).reshape(n, t, e) for one in parts)
        self.dWq, self.dWk, self.dWv = (np.einsum("nte,ntf->ef", x, one) for one in (dq, dk, dv))
        self.dWo = np.einsum("nte,ntf->ef", y, g)
        return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T


class UnevenSelfAttention(SelfAttention):
    def backward(self, g):
        return SelfAttention.backward(self, g, 0.0)


class LeastMaxPool:
    def forward(self, x):
        n, c, h, w = x.shape
        self.windows = x.reshape(n, c, h // 2, 2, w // 2, 2)
        self.out = self.windows.max(axis=(3, 5))
        return self.out

    def backward(self, dout):
        won = self.windows == self.out[:, :, :, None, :, None]
        won &= won.sum(axis=(3, 5), keepdims=True) == 1
        n, c, h, _, w, _ = won.shape
        return (won * dout[:, :, :, None, :, None]).reshape(n, c, 2 * h, 2 * w)


class Parameter:
    def __init__(self, data):
        self.data, self.grad = data, np.zeros_like(data)


class DenseOfParameters:
    def __init__(self, n_in, n_out):
        self.W, self.b = Parameter(np.random.randn(n_in, n_out)), Parameter(np.zeros(n_out))
        self.all = [self.W, self.b]

    def forward(self, x):
        self.x = x
        return x @ self.W.data + self.b.data

    def backward(self, g):
        self.W.grad, self.b.grad = self.x.T @ g, g.sum(axis=0)
        return g @ self.W.data.T


def adamw_step(w, dw, m, v, t, lr=0.01, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.02):
    dw = dw + weight_decay * w
    m, v = beta1 * m + (1 - beta1) * dw, beta2 * v + (1 - beta2) * dw**2
    return w - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def clip_grads_by_norm(grads, max_norm):
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    return {name: g * max_norm / norm for name, g in grads.items()}
"""


def without_lines(monkeypatch):
    """Leave out the search of lines, which takes seconds: what a unit is shows without it."""
    monkeypatch.setattr(both_sides, "find_lines", lambda *_: {})
    monkeypatch.setattr(both_sides, "by_name", lambda *_: None)
    monkeypatch.setattr(both_sides, "by_backward", lambda *_: None)


def test_mistakes_of_further_kinds_are_named_and_their_healthy_twins_are_correct(tmp_path, monkeypatch):
    without_lines(monkeypatch)  # what it is, not where
    path = tmp_path / "mine.py"
    path.write_text(LAYERS, encoding="utf-8")
    rows = {row.name: row for row in pellucid.check(path).units}
    named = {name: [cause.id for cause in row.causes] for name, row in rows.items() if row.is_bad}
    assert named == {
        "ForgetfulRecurrentNet.backward": ["state-gradient-dropped"], "UnevenSelfAttention.backward": ["softmax-sum"],
        "LeastMaxPool.backward": ["fails-at-ties"], "adamw_step": ["coupled-decay"], "clip_grads_by_norm": ["scales-up"],
    }  # fmt: skip
    kinds = {name: row.conventions[0]["title"] for name, row in rows.items() if row.conventions}
    assert kinds["RecurrentNet.forward"] == "RNN over time, x (N, T, D), returns all hidden states"
    assert kinds["SelfAttention.forward"] == "multi-head attention, of a batch, 2 heads"
    assert kinds["DenseOfParameters.forward"] == "linear layer, a sample in each row"
    assert {rows[f"{name}.backward"].verdict for name in ("RecurrentNet", "SelfAttention", "DenseOfParameters")} == {
        "correct"
    }


def test_every_form_reads_its_own_numbers():
    """A form without a reading is never recognised, and one whose reading raises is left out without a word."""
    from pellucid.checker.recognising.form import Hints

    shared = {"eps": 1e-5, "reg": 0.3}
    for sizes in (Sizes(), Sizes(n=3, d=4, m=6, c=3, f=2, k=2, h=5, w=7, stride=2, pad=1, t=7), Sizes(n=1)):
        for form in forms(sizes):
            if form.is_random:
                continue
            first = next(iter(form.readings(random_values(form, 0), Hints({**shared, **form.settings}, (), ()))), None)
            assert first is not None, (form.kind, form.layout)
            assert all(np.isfinite(one).all() for one in first.outputs), (form.kind, form.layout)


def test_every_mistake_of_a_relative_of_adam_has_a_code():
    rng = np.random.default_rng(0)
    w, grads = rng.normal(size=(3, 2)), [rng.normal(size=(3, 2)) for _ in range(2)]
    known = {"lr": 0.1, "beta1": 0.9, "beta2": 0.99, "decay": 0.8, "eps": 1e-6, "wd": 0.05}
    paths = [one for name in ("adamw", "lion", "adadelta", "sgd") for one in rules(w, grads, known, [], name)]
    paths = [one for one in paths if one.mistake and one.kind in ("AdamW", "Lion", "Adadelta", "SGD")]
    assert {"coupled-decay", "no-sign", "decay-sign"} <= {one.id for one in paths}
    assert {(one.kind, one.id) for one in paths if not recognised(one.id, one.kind, "forward")[0]} == set()


VALVE = """
import numpy as np


class Valve:
    def __init__(self, width, sharp):
        self.scale, self.sharp = np.ones(width), sharp

    def open(self, x, allowed, which):
        self.x, self.allowed, self.which = x, allowed, which
        return (allowed @ x) * self.scale + self.sharp * x * which[:, None]

    def close(self, g):
        self.dscale = (g * (self.allowed @ self.x)).sum(axis=0)
        return self.allowed.T @ (g * self.scale) + self.sharp * g{factor}
"""
TOLD = """
[unit.Valve]
forward = "open"
backward = "close"
width = "D"
sharp = 0.5
x = "N, D"
allowed = "bool N, N"
which = "int N in 1..3"
"""


def test_a_file_tells_how_a_layer_is_called(tmp_path, monkeypatch):
    without_lines(monkeypatch)
    (tmp_path / "pellucid.toml").write_text(TOLD, encoding="utf-8")
    verdicts = []
    for name, factor in (("right", " * self.which[:, None]"), ("wrong", "")):
        path = tmp_path / f"{name}.py"
        path.write_text(VALVE.replace("{factor}", factor), encoding="utf-8")
        (row,) = pellucid.check(path).units
        verdicts.append((row.name, row.is_bad))
    assert verdicts == [("Valve.close", False), ("Valve.close", True)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[unit", "is not TOML"),
        ("title = 1", r"needs a table for each unit: \[unit.Name\]"),
        ("[unit]\nValve = 3", "must be a table; got 3"),
        ("[unit.Valve]\nforward = 3", "forward must be a name in quotes; got 3"),
        ('[unit.Valve]\nx = "N, "', "x must be a number, a text or an array like"),
        ('[unit.Valve]\nx = "N, 99"', "sizes must lie in 1 to 64"),
        ('[unit.Valve]\nids = "int N, T in 9..1"', "the range must go up; got 9..1"),
        ('[unit.Valve]\nx = "bool N, D in 0..3"', "a range is for whole numbers"),
        ('[unit.Valve]\nforward = "opens"', "names the method 'opens', which the source does not define; did you mean 'open'"),
        ('[unit.Vavle]\nx = "N, D"', "names the class or function 'Vavle', which the source does not define"),
    ],
)  # fmt: skip
def test_a_file_that_tells_nothing_gets_one_clear_line(tmp_path, text, said):
    (tmp_path / "mine.py").write_text(VALVE.replace("{factor}", ""), encoding="utf-8")
    (tmp_path / "units.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CheckError, match=said) as caught:
        pellucid.check(tmp_path / "mine.py", units=[str(tmp_path / "units.toml")])
    assert "\n" not in str(caught.value)

"""Parameters of layers whose kind has none: no gradient by name passes unchecked."""

import pytest

import pellucid

SOURCE = """
import numpy as np


class PReLU:
    def __init__(self, n):
        self.alpha = np.full(n, 0.25)

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * x)

    def backward(self, g):
        self.dalpha = (g * self.x * (self.x <= 0)).sum(axis=0)
        return np.where(self.x > 0, g, self.alpha * g)


class Inverted(PReLU):
    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * x)

    def backward(self, g):
        self.dalpha = (g * self.x * (self.x > 0)).sum(axis=0)
        return np.where(self.x > 0, g, self.alpha * g)


class ELU:
    def __init__(self):
        self.a, self.grads = np.array([1.0]), {}

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.a * (np.exp(x) - 1))

    def backward(self, g):
        self.grads["a"] = np.array([(g * (self.x > 0) * (np.exp(self.x) - 1)).sum()])
        return np.where(self.x > 0, g, g * self.a * np.exp(self.x))


class Number:
    def __init__(self):
        self.w = 2.0

    def forward(self, x):
        self.x = x
        return x**2 * self.w

    def backward(self, g):
        self.dw = float((g * self.x).sum())
        return 2 * g * self.w * self.x


class Listed:
    def __init__(self):
        self.b = [1.0]

    def forward(self, x):
        self.x, self.s = x, 1 / (1 + np.exp(-self.b[0] * x))
        return x * self.s

    def backward(self, g):
        self.db = (g * self.x * self.s * (1 - self.s)).sum()
        return g * (self.s + self.b[0] * self.x * self.s * (1 - self.s))


def swish_forward(x, beta):
    s = 1 / (1 + np.exp(-beta * x))
    return x * s, (x, s, beta)


def swish_backward(dout, cache):
    x, s, beta = cache
    return dout * (s + beta * x * s * (1 - s)), (dout * x * x * s * (1 - s)).sum()
"""


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    path = tmp_path_factory.mktemp("parameters") / "mine.py"
    path.write_text(SOURCE, encoding="utf-8")
    return {row.name: row for row in pellucid.check(path).units}


def test_gradients_of_parameters_are_compared_with_the_derivative_of_the_forward(rows):
    verdicts = {name: row.verdict for name, row in rows.items() if name.endswith(".backward")}
    assert verdicts == {
        "PReLU.backward": "correct", "Inverted.backward": "wrong", "ELU.backward": "wrong", "Number.backward": "wrong",
        "Listed.backward": "wrong",
    }  # fmt: skip
    wrong = {"Inverted.backward": "alpha", "ELU.backward": "a", "Number.backward": "w"}
    for name, parameter in wrong.items():
        assert rows[name].causes[0].title == f"the gradient of {parameter} is not the derivative of its own forward"
    assert rows["Inverted.backward"].causes[0].line == SOURCE[: SOURCE.index("self.x > 0)).sum")].count("\n") + 1


def test_a_parameter_that_is_one_number_has_one_number_as_its_gradient(rows):
    assert rows["swish_backward"].verdict == "correct", rows["swish_backward"].causes


def test_a_parameter_in_a_list_is_compared_too(rows):
    assert "the gradient of b" in rows["Listed.backward"].causes[0].title


SEVERAL = """
import numpy as np


class Swishy:
    def __init__(self):
        self.b = 1.0

    def forward(self, x):
        self.x, self.s = x, 1 / (1 + np.exp(-self.b * x))
        return x * self.s

    def backward(self, g):
        x, s = self.x, self.s
        self.db = np.sum(g * x * s * (1 - s))
        return g * (s + self.b * x * s * (1 + s))


class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b, self.grads = np.random.randn(n_in, n_out) * 0.1, np.zeros(n_out), {}

    def __call__(self, x):
        self.x = x
        self.z = x @ self.W + self.b
        return np.tanh(self.z)

    def backprop(self, dy):
        dz = dy * (1 - self.z**2)
        self.grads["W"], self.grads["b"] = self.x.T @ dz, dz.sum(axis=0)
        return dz @ self.W.T
"""


def test_a_change_is_said_to_correct_what_it_corrects(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(SEVERAL, encoding="utf-8")
    rows = {row.name: row for row in pellucid.check(path).units}
    first, second = rows["Swishy.backward"].causes
    told = first.explanation
    assert "in place of `1 + s` in line 16, the gradient of x is correct." in told
    assert "the gradient of b" in second.title
    assert "it is correct" not in told
    cause = rows["Dense.backprop"].causes[0]
    assert (cause.line, "`np.tanh(self.z)` in place of `self.z` it is correct" in cause.explanation) == (29, True)


AVERAGED_BIAS = """import numpy as np
class Affine:
    def forward(self, x, w, b):
        self.c = x, w
        return x @ w + b
    def backward(self, dout):
        x, w = self.c
        return dout @ w.T, x.T @ dout, dout.mean(axis=0)
"""
SUMMED_BIAS = """import numpy as np
class Low:
    def __init__(self, d, r, h):
        self.W, self.V, self.b = np.random.randn(d, r), np.random.randn(r, h), np.zeros(h)
    def forward(self, x):
        self.x = x
        return x @ self.W @ self.V + self.b
    def backward(self, dout):
        m = len(dout)
        self.dW, self.dV = self.x.T @ dout @ self.V.T / m, self.W.T @ self.x.T @ dout / m
        self.db = dout.sum(axis=0)
        return dout @ self.V.T @ self.W.T
"""


def test_of_exact_gradients_and_one_averaged_the_averaged_is_wrong(tmp_path):
    (tmp_path / "affine.py").write_text(AVERAGED_BIAS, encoding="utf-8")
    (row,) = (row for row in pellucid.check(tmp_path / "affine.py", fix=True).units if row.is_bad)
    assert row.causes[0].id == "averaged-twice"
    assert "the gradient of b is divided" in row.causes[0].title
    assert row.causes[0].fix[-1].endswith("return dout @ w.T, x.T @ dout, dout.sum(axis=0)")


def test_of_averaged_gradients_and_one_exact_the_exact_is_wrong(tmp_path):
    (tmp_path / "low.py").write_text(SUMMED_BIAS, encoding="utf-8")
    (row,) = (row for row in pellucid.check(tmp_path / "low.py", fix=True).units if row.is_bad)
    assert row.causes[0].id == "average-missing"
    assert "the gradient of b is not divided" in row.causes[0].title

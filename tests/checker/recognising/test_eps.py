"""`sqrt(var) + eps` for `sqrt(var + eps)`: named at its line, in every layout of the code, in functions and classes."""

import re

import pytest

import pellucid

# x is the input, g and b scale and shift, AXIS the axis of the statistics; the mistaken line ends with `# here`.
LAYOUTS = (
    "out = g * (x - x.mean(AXIS)) / (np.sqrt(x.var(AXIS)) + eps) + b  # here",
    """mu = x.mean(AXIS)
xc = x - mu
var = np.mean(xc ** 2, AXIS)
out = (
    g
    * xc
    / (np.sqrt(var) + eps)  # here
    + b
)""",
    """mu = np.mean(x, AXIS)
std = x.std(AXIS)
out = g * ((x - mu) / (std + eps)) + b  # here""",
    """mu, var = x.mean(AXIS), x.var(AXIS)
x_hat = (x - mu) / (var ** 0.5 + eps)  # here
out = g * x_hat + b""",
    """var = np.var(x, AXIS)
x_hat = (x - np.mean(x, AXIS)) / (np.power(var, 0.5) + eps)  # here
out = b + x_hat * g""",
    """mu = x.mean(AXIS)
var = ((x - mu) ** 2).mean(AXIS)
inv = 1.0 / (np.sqrt(var) + eps)  # here
out = (x - mu) * inv * g + b""",
    """mu = x.mean(AXIS)
var = ((x - mu) ** 2).mean(AXIS)
out = (x - mu) * (np.sqrt(var) + eps) ** -1 * g + b  # here""",
    """mu = x.mean(AXIS)
sd = np.sqrt(((x - mu) ** 2).mean(AXIS))
sd = sd + eps  # here
out = (x - mu) / sd * g + b""",
    """mu = x.mean(AXIS)
sd = np.sqrt(((x - mu) ** 2).mean(AXIS))
sd += eps  # here
out = (x - mu) / sd * g + b""",
    """mu = x.mean(AXIS)
sd = np.sqrt(((x - mu) ** 2).mean(AXIS))
below = np.add(sd, eps)  # here
out = np.divide(x - mu, below) * g + b""",
    """mu = x.mean(AXIS)
s = eps + np.sqrt(np.mean(np.square(x - mu), AXIS))  # here
out = g * (x - mu) / s + b""",
    """mu = x.mean(AXIS)
out = g * (x - mu) / spread_of(x.var(AXIS), eps) + b""",
)
HELPER = "import numpy as np\n\n\ndef spread_of(v, e):\n    return np.sqrt(v) + e  # here\n\n\n"
AXES = {"batch": "axis=0", "layer": "axis=-1, keepdims=True"}
STYLES = ("argument", "number", "attribute")  # where eps comes from
EVERY = [(number, kind, style) for number in range(len(LAYOUTS)) for kind in AXES for style in STYLES]
FEW = [(number, ("batch", "layer")[number % 2], STYLES[number % 3]) for number in (0, 1, 3, 5, 8, 9, 10, 11)]


def _indented(text, count):
    return "\n".join(" " * count + line for line in text.splitlines())


def _unit(number, kind, style):
    """Return one normalization, as a function or a class."""
    body = LAYOUTS[number].replace("AXIS", AXES[kind])
    name = f"{kind}_norm_{number}_{style}"
    if style == "argument":
        return f"def {name}(x, g, b, eps=1e-5):\n{_indented(body, 4)}\n    return out\n"
    if style == "number":
        return f"def {name}(x, g, b):\n{_indented(body.replace('eps', '1e-8'), 4)}\n    return out\n"
    for argument, attribute in (("eps", "eps"), ("g", "gamma"), ("b", "beta")):
        body = re.sub(rf"\b{argument}\b", f"self.{attribute}", body)
    made = "        self.gamma, self.beta, self.eps = np.ones(d), np.zeros(d), eps\n"
    ahead = f"    def forward(self, x):\n{_indented(body, 8)}\n        return out\n"
    return f"class {name.title()}:\n    def __init__(self, d, eps=1e-6):\n{made}\n{ahead}"


def _check(units, tmp_path):
    text = HELPER + "\n\n".join(_unit(*unit) for unit in units)
    path = tmp_path / "mine.py"
    path.write_text(text, encoding="utf-8")
    lines = text.splitlines()
    rows = [row for row in pellucid.check(path).units if "norm" in row.name.lower()]
    assert len(rows) == len(units)
    for row in rows:
        told = [(cause.title, lines[cause.line - 1]) for cause in row.causes]
        assert told, row
        assert "eps stands outside the square root" in told[0][0], (row.name, told)
        assert told[0][1].endswith("# here"), (row.name, told)


def test_eps_outside_the_root_is_named_at_its_line(tmp_path):
    _check(FEW, tmp_path)


@pytest.mark.slow
def test_eps_outside_the_root_is_named_in_every_layout_and_wherever_it_comes_from(tmp_path):
    _check([unit for unit in EVERY if unit not in FEW], tmp_path)


BACKWARDS = """
import numpy as np


def bn_forward(x, gamma, beta, eps=1e-5):
    mu, var = x.mean(axis=0), x.var(axis=0)
    x_hat = (x - mu) / np.sqrt(var + eps)
    return gamma * x_hat + beta, (x_hat, var, gamma, eps)


def bn_backward(dout, cache):
    x_hat, var, gamma, eps = cache
    dgamma = dout.sum(axis=0)  # here
    dbeta = dout.sum(axis=0)
    g = dout * gamma
    dx = (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0)) / np.sqrt(var + eps)
    return dx, dgamma, dbeta


class LayerNorm:
    def __init__(self, d, eps=1e-6):
        self.gamma, self.beta, self.eps = np.ones(d), np.zeros(d), eps

    def forward(self, x):
        self.var = x.var(-1, keepdims=True)
        self.x_hat = (x - x.mean(-1, keepdims=True)) / np.sqrt(self.var + self.eps)
        return self.gamma * self.x_hat + self.beta

    def backward(self, dout):
        self.dgamma, self.dbeta = (dout * self.x_hat).sum(0), dout.sum(0)
        g = dout * self.gamma
        inv = 1 / (np.sqrt(self.var) + self.eps)  # here
        return inv * (g - g.mean(-1, keepdims=True) - self.x_hat * (g * self.x_hat).mean(-1, keepdims=True))


class OutsideInBoth:
    def __init__(self, d, eps=1e-6):
        self.gamma, self.beta, self.eps = np.ones(d), np.zeros(d), eps

    def forward(self, x):
        self.std = np.sqrt(x.var(0)) + self.eps  # here
        self.x_hat = (x - x.mean(0)) / self.std
        return self.gamma * self.x_hat + self.beta

    def backward(self, dout):
        self.dgamma, self.dbeta = (dout * self.x_hat).sum(0), dout.sum(0)
        g = dout * self.gamma
        return (g - g.mean(0) - self.x_hat * (g * self.x_hat).mean(0)) / self.std
"""


def test_backwards_of_norms_are_named_at_their_lines(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(BACKWARDS, encoding="utf-8")
    rows = {row.name: row for row in pellucid.check(path).units}
    assert [name for name, row in rows.items() if row.is_bad] == [
        "bn_backward",
        "LayerNorm.backward",
        "OutsideInBoth.forward",
    ]
    causes = {name: row.causes[0] for name, row in rows.items() if row.causes}
    assert "is that of beta: the factor x_hat" in causes["bn_backward"].title
    assert "eps outside the square root" in causes["LayerNorm.backward"].title
    here = [number for number, line in enumerate(BACKWARDS.splitlines(), 1) if line.endswith("# here")]
    assert [cause.line for cause in causes.values()] == here

"""Layers that no pack names: what they are, their conventions, their mistakes, and the line of these."""

import numpy as np
import pytest
from tests.checker.recognising.scoring import UNITS, score

import pellucid
from pellucid.checker import CheckError

EVERYDAY = '''
import numpy as np


class Embankment:
    """A linear layer that nobody would call so."""

    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out) * 0.01, np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW = self.x.T @ grad / len(grad)
        self.db = grad.mean(axis=0)
        return grad @ self.W.T


def squash(z):
    return np.tanh(z), z


def squash_backward(dz, cache):
    return dz * (1 - np.tanh(cache))


class Odd:
    def forward(self, x):
        self.x = x
        return x * np.arctan(x)

    def backward(self, g):
        return 2 * g * (np.arctan(self.x) + self.x / (1 + self.x**2))


def adam_step(w, dw, m, v, t, lr=1e-3, beta1=0.9, beta2=0.999, eps=1e-8):
    m = beta1 * m + (1 - beta1) * dw
    v = beta2 * v + (1 - beta2) * dw**2
    return w - lr * m / (np.sqrt(v) + eps), m, v
'''


@pytest.fixture(scope="module")
def everyday(tmp_path_factory):
    path = tmp_path_factory.mktemp("units") / "mine.py"
    path.write_text(EVERYDAY, encoding="utf-8")
    return pellucid.check(path)


def test_layers_of_no_pack_are_recognised_and_judged(everyday):
    rows = {row.name: row for row in everyday.units}
    told = {name: [note["title"] for note in row.conventions] for name, row in rows.items()}
    assert {name: row.verdict for name, row in rows.items()} == {
        "Embankment.forward": "correct", "Embankment.backward": "convention", "squash": "correct", "squash_backward": "wrong",
        "Odd.backward": "wrong", "adam_step": "wrong",
    }  # fmt: skip
    assert told["Embankment.forward"] == ["linear layer, a sample in each row"]
    assert "batch's size" in told["Embankment.backward"][0]
    assert told["squash"] == ["tanh"]
    assert "lacks the square" in rows["squash_backward"].causes[0].title
    assert "2 times what it should be" in rows["Odd.backward"].causes[0].title
    assert "bias correction is missing" in rows["adam_step"].causes[0].title


def test_the_line_of_a_mistake_is_the_one_whose_change_makes_it_right(everyday):
    lines = {row.name: row.causes[0].line for row in everyday.units if row.causes}
    assert lines["squash_backward"] == EVERYDAY[: EVERYDAY.index("return dz")].count("\n") + 1
    assert lines["Odd.backward"] == EVERYDAY[: EVERYDAY.index("return 2 * g")].count("\n") + 1


def test_the_report_shows_them_in_every_format(everyday):
    from pellucid.checker.telling.files import as_json, as_junit
    from pellucid.checker.telling.html import as_html

    assert "Embankment.backward" in str(everyday)
    assert '"units"' in as_json([everyday], folder=False)
    assert 'failures="3"' in as_junit([everyday])
    assert "squash_backward" in as_html([everyday])


class Upside:
    def __init__(self, n):
        self.scale = np.ones(n)

    def run(self, x):
        self.x = x
        return x * self.scale

    def undo(self, d):
        self.dscale = (d * self.x).sum(axis=1)
        return d * self.scale


def test_a_layer_whose_names_say_nothing_is_named_by_its_user():
    report = pellucid.check(Upside, units=["Upside(5).run(x) / undo(d)"])
    (row,) = [row for row in report.units if row.is_bad]
    assert row.name == "Upside.undo"
    assert "scale" in row.causes[0].title
    with pytest.raises(CheckError, match="--unit must look like"):
        pellucid.check(Upside, units=["Upside(5).run(x) -> undo"])
    with pytest.raises(CheckError, match="does not define"):
        pellucid.check(Upside, units=["Upside(5).run(x) / redo(d)"])


def test_a_folder_of_layers_that_no_pack_names_is_checked(tmp_path):
    from pellucid.checker.check_folder import check_folder
    from pellucid.checker.request import request_for

    (tmp_path / "mine.py").write_text(
        "import numpy as np\ndef sig(z): return 1 / (1 + np.exp(-z))\ndef sig_prime(z): return sig(z)\n"
    )
    reports = {report.file: report for report in check_folder(tmp_path, request_for())}
    assert {row.name: row.verdict for row in reports["mine.py"].units} == {"sig": "correct", "sig_prime": "wrong"}


def test_another_function_with_a_name_of_the_course_is_told_as_that(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "def sgd(params, lr, batch_size):\n    for p in params:\n        p['value'] -= lr * p['grad'] / batch_size\n"
    )
    (row,) = pellucid.check(path).functions
    assert row.verdict == "convention"
    assert "takes other arguments: no w, dw, config, instead params, lr, batch_size" in row.conventions[0]["title"]


APART = """
import numpy as np


class Loss:
    def forward(self, pred, target):
        self.d = pred - target
        return (self.d**2).mean()

    def backward(self):
        return 2 * self.d / self.d.shape[0]


class Dense:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out) * 0.1, np.zeros(n_out)

    def forward(self, x):
        self.x, self.z = x, x @ self.W + self.b
        return np.tanh(self.z)

    def backward(self, dy):
        dz = dy * (1 - np.tanh(self.z) ** 2)
        self.dW, self.db = self.x.T @ dz, dz.sum(axis=0)
        return dz @ self.W.T
"""


def test_a_mean_over_all_numbers_and_a_name_of_another_layer_are_told(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(APART, encoding="utf-8")
    rows = {row.name: row for row in pellucid.check(path).units}
    assert (
        "divided by 4, the number of samples (N); the loss's mean is over all" in rows["Loss.backward"].causes[0].title
    )
    assert "a layer that the checker does not know" in rows["Dense.forward"].conventions[0]["title"]
    assert (rows["Dense.backward"].verdict, rows["Dense.backward"].passed) == ("correct", rows["Dense.backward"].total)


def test_a_class_whose_methods_have_no_known_names_is_pointed_out(tmp_path):
    path = tmp_path / "gates.py"
    path.write_text(
        "class Gate:\n    def __init__(self, n): self.n = n\n    def run(self, x): return x\n    def undo(self, d): return d\n"
    )
    assert 'name them: --unit "Gate(5).run(x) / undo(d)"' in pellucid.check(path).error
    with pytest.raises(CheckError, match=r"does not define; like 'Name\(5\)"):
        pellucid.check(path, units=["Gate"])


def test_what_a_forward_stores_is_not_taken_for_a_gradient(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def lin(x, w, b):\n    return x @ w + b, (x, w, b)\ndef apart(z):\n    return 1 / z, z\n")
    assert [row.verdict for row in pellucid.check(path).units if row.is_bad] == []


def test_why_a_source_cannot_be_loaded_is_said(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "import multiprocessing\nclass A:\n    def forward(self, x): return x\n    def backward(self, g): return g\n"
    )
    assert "does not let code import multiprocessing" in pellucid.check(path).error


# How many mistakes of each file are shown at their line: 67 in all files. The search for a line ends after some seconds, so
# that a busy machine may miss one.
AT_LINE = {
    "attention": 1, "context_functions": 2, "convolutions": 3, "eps_layouts": 10, "everyday_classes": 3, "from_scratch_book": 1,
    "from_scratch_classes": 2, "further_losses": 4, "further_rules": 0, "further_styles": 4, "helper_functions": 2,
    "helper_functions_wrong": 2, "named_mistakes": 14, "norms_over_axes": 2,
    "optimizers": 2, "other_layouts": 4, "recurrent": 2, "sequences": 0,
    "public_styles": 5,
    "tiny_functions": 2, "torch_functions": 1, "update_rules": 1,
}  # fmt: skip


def test_every_file_of_units_has_its_level():
    assert {path.stem for path in UNITS.glob("*.py")} == set(AT_LINE)


@pytest.mark.slow
@pytest.mark.parametrize("name", AT_LINE)
def test_units_in_everyday_styles_hold_the_level_that_was_reached(name):
    result = score([UNITS / f"{name}.py"])
    assert result.counts["false_alarms"] == 0, result.remarks
    assert result.counts["recognised"] == result.counts["known"], result.remarks
    assert result.counts["found"] == result.counts["wrong"], result.remarks
    assert result.counts["named"] == result.counts["wrong"], result.remarks
    assert result.counts["at_line"] >= AT_LINE[name] - 1, result.remarks


BESIDE = """
import numpy as np


def relu_forward(x):
    return np.maximum(0, x), x


def squash(a, options):
    return np.tanh(a) * options["k"], (a, options)


def squash_backward(d, cache):
    a, options = cache
    return d * options["none"]


def softmax_loss(W, X, y, reg):
    s = X @ W
    p = np.exp(s - s.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(X)), y]).mean() + reg * (W * W).sum()
    p[np.arange(len(X)), y] -= 1
    return loss, X.T @ p / len(X) + 2 * reg * W


class Tanh:
    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, d):
        a, b, c = self.out.shape
        return d * (1 - self.out**2)
"""


def test_beside_functions_of_a_pack_only_a_call_that_is_sure_can_crash(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(BESIDE, encoding="utf-8")
    report = pellucid.check(path)
    rows = {row.name: row for row in report.all}
    assert (rows["relu_forward"].verdict, rows["Tanh.backward"].verdict) == ("correct", "crashes")
    assert "could not be called" in rows["squash_backward"].conventions[0]["title"]
    note = rows["softmax_loss"].conventions[0]["title"]
    assert (rows["softmax_loss"].verdict, rows["softmax_loss"].total) == ("convention", 0)
    assert "takes other arguments: no x, instead W, X, reg; not judged" in note


SEVERAL = """
import numpy as np


class Twice:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, d):
        self.dW = self.x.T @ d * 2
        self.db = d.sum(0)
        return d @ self.W


class Unpacks:
    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)

    def forward(self, x):
        self.cache = (x, self.W)
        return x @ self.W + self.b

    def backward(self, d):
        x, W, b = self.cache
        self.dW, self.db = x.T @ d, d.sum(0)
        return d @ W.T


class Behind:
    def __init__(self, d, eps=1e-5):
        self.gamma, self.beta, self.eps = np.ones(d), np.zeros(d), eps

    def forward(self, x):
        self.std = np.sqrt(x.var(0)) + self.eps
        self.x_hat = (x - x.mean(0)) / self.std
        return self.gamma * self.x_hat + self.beta

    def backward(self, dout):
        self.dgamma, self.dbeta = dout.sum(0), dout.sum(0)
        g = dout * self.gamma
        return (g - g.mean(0) - self.x_hat * (g * self.x_hat).mean(0)) / self.std


class Adam:
    def __init__(self, lr=0.001, beta1=0.9, beta2=0.999):
        self.lr, self.beta1, self.beta2, self.t = lr, beta1, beta2, 0
        self.m = self.v = 0.0

    def update(self, w, dw):
        self.t += 1
        self.m = self.beta1 * self.m + (1 - self.beta1) * dw
        self.v = self.beta2 * self.v + (1 - self.beta2) * dw**2
        m_hat, v_hat = self.m / (1 - self.beta1), self.v / (1 - self.beta2**self.t)
        return w - self.lr * m_hat / (np.sqrt(v_hat) + 1e-8)
"""


def test_crashes_two_mistakes_and_a_mistake_behind_another_get_causes_and_lines(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(SEVERAL, encoding="utf-8")
    rows = {row.name: row for row in pellucid.check(path, fix=True).units if row.is_bad}
    lines, causes = SEVERAL.splitlines(), {name: row.causes[0] for name, row in rows.items()}
    quoted = {name: lines[cause.line - 1].strip() for name, cause in causes.items()}
    assert quoted == {
        "Twice.backward": "return d @ self.W",
        "Unpacks.backward": "x, W, b = self.cache",
        "Behind.forward": "self.std = np.sqrt(x.var(0)) + self.eps",
        "Behind.backward": "self.dgamma, self.dbeta = dout.sum(0), dout.sum(0)",
        "Adam.update": "m_hat, v_hat = self.m / (1 - self.beta1), self.v / (1 - self.beta2**self.t)",
    }
    assert "it runs, and the gradient of x is correct; another gradient is not" in causes["Twice.backward"].explanation
    assert causes["Unpacks.backward"].fix[-1] == "+        x, W = self.cache"
    assert "the factor x_hat" in causes["Behind.backward"].title
    assert any("self.beta1 ** self.t" in line for line in causes["Adam.update"].fix)


HELPERS = """
import numpy as np


def whitened(x, eps):
    middle = x - x.mean(axis=0)
    spread = np.sqrt((middle * middle).mean(axis=0) + eps)
    return middle / spread, spread


def whitened_grad(d, even, spread):
    columns = [d[:, k] - d[:, k].mean() - even[:, k] * (d[:, k] * even[:, k]).mean() for k in range(d.shape[1])]
    return np.stack(columns, axis=1) / spread
"""


def test_a_backward_that_takes_parts_of_the_forwards_results_is_not_called_wrong_where_it_raises(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(HELPERS)
    rows = {row.name: row for row in pellucid.check(path).units}
    assert not any(row.is_bad for row in rows.values()), rows
    assert rows["whitened"].verdict == "correct"

"""`pellucid port`: a folder with right, wrong, broken, empty and missing functions in every file; code that must not run free."""

from pathlib import Path

import pytest

import pellucid
from pellucid.interop import InteropError
from pellucid.interop.port import port_folder, port_report

LAYERS = """
import numpy as np
print("a line on the way")
try:
    open({marker!r}, "w").write("I was here")
except OSError:
    pass
def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)
def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.mean(axis=0)
def relu_forward(x):
    return np.maximum(0, x), x
def relu_backward(dout, x):
    return dout * (x > 0)
def batchnorm_forward(x, gamma, beta, bn_param):
    raise NotImplementedError("later")
def layernorm_forward(x, gamma, beta, ln_param):
    out, cache = None, None
    return out, cache
def softmax_loss(x, y):
    p = np.exp(x - x.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    loss = -np.log(p[np.arange(len(y)), y]).mean()
    p[np.arange(len(y)), y] -= 1
    return loss, p / len(y)
"""
LAYER_UTILS = """
from .layers import *
def affine_relu_forward(x, w, b):
    a, fc = affine_forward(x, w, b)
    out, relu = relu_forward(a)
    return out, (fc, relu)
"""
OPTIM = """
import numpy as np
def sgd(w, dw, config=None):
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    return w - config["learning_rate"] * dw, config
def sgd_momentum(w, dw, config=None):
    raise NotImplementedError("later")
def rmsprop(w, dw, config=None):
    return w - dw / config["no such key"], config
"""
FC_NET = """
import numpy as np
from ..layers import *
from ..layer_utils import *
class TwoLayerNet:
    def __init__(self, input_dim=3 * 32 * 32, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.params, self.reg = {}, reg
        self.params["W1"] = weight_scale * np.random.randn(input_dim, hidden_dim)
        self.params["b1"] = np.zeros(hidden_dim)
        self.params["W2"] = weight_scale * np.random.randn(hidden_dim, num_classes)
        self.params["b2"] = np.zeros(num_classes)
    def loss(self, X, y=None):
        p = self.params
        x = X.reshape(len(X), -1)
        hidden = np.maximum(0, x @ p["W1"] + p["b1"])
        scores = hidden @ p["W2"] + p["b2"]
        if y is None:
            return scores
        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * ((p["W1"] ** 2).sum() + (p["W2"] ** 2).sum())
        dhidden = (dscores @ p["W2"].T) * (hidden > 0)
        return loss, {
            "W2": hidden.T @ dscores + self.reg * p["W2"], "b2": dscores.sum(axis=0),
            "W1": x.T @ dhidden + self.reg * p["W1"], "b1": dhidden.sum(axis=0),
        }
"""


@pytest.fixture(scope="module")
def assignment(tmp_path_factory):
    folder = tmp_path_factory.mktemp("port")
    package = folder / "assignment2" / "cs231n"
    (package / "classifiers").mkdir(parents=True)
    for name, text in {
        "__init__": "",
        "classifiers/__init__": "",
        "layers": LAYERS.replace("{marker!r}", repr(str(folder / "marker"))),
        "layer_utils": LAYER_UTILS,
        "optim": OPTIM,
        "classifiers/fc_net": FC_NET,
    }.items():
        (package / f"{name}.py").write_text(text)
    return folder


@pytest.fixture(scope="module")
def found(assignment):
    return {one.name: one for one in port_folder(assignment)}


def test_each_function_of_each_file_gets_its_verdict(found):
    assert {name for name, one in found.items() if one.usable} == {
        "affine_forward",
        "relu_forward",
        "relu_backward",
        "softmax_loss",
        "affine_relu_forward",
        "sgd",
        "TwoLayerNet",
    }
    verdicts = {name: one.verdict for name, one in found.items()}
    assert verdicts["affine_backward"] == "wrong"
    assert "mean" in found["affine_backward"].detail
    assert verdicts["batchnorm_forward"] in ("crashes", "missing")
    assert verdicts["layernorm_forward"] == "missing"
    assert verdicts["sgd_momentum"] == "missing"
    assert verdicts["rmsprop"] == "crashes"
    assert verdicts["dropout_forward"] == verdicts["ThreeLayerConvNet"] == "absent"
    assert found["TwoLayerNet"].file == "fc_net.py"


def test_the_code_has_no_rights(found, assignment):
    assert not (assignment / "marker").exists()


def test_the_command_prints_the_usable_ones_first_and_the_checkers_words_last(assignment, monkeypatch, capsys):
    from pellucid import cli
    from pellucid.interop import port

    monkeypatch.setattr(port, "FILES", ("layers.py", "classifiers/cnn.py"))
    monkeypatch.setattr("sys.argv", ["pellucid", "port", str(assignment)])
    with pytest.raises(SystemExit):
        cli.main()
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert " 4 of 3" in lines[0]
    assert lines[1].split()[:5] == ["affine_forward", "layers.py", "can", "be", "used"]
    assert "  classifiers/cnn.py: not checked, file not found" in lines
    assert text.index("not found") < text.rindex("affine_backward")


def test_folders_that_cannot_be_ported(tmp_path):
    with pytest.raises(InteropError, match="is not a folder"):
        port_report(tmp_path / "nowhere")
    with pytest.raises(InteropError, match=r"contains no cs231n/layers\.py"):
        port_report(tmp_path)
    (tmp_path / "cs231n").mkdir()
    (tmp_path / "cs231n" / "layers.py").write_text("def relu_forward(:\n")
    assert "0 of " in port_report(tmp_path)
    assert "SyntaxError" in port_report(tmp_path)


def test_what_pellucid_installs_agrees_with_what_port_asks_for():
    from pellucid.checker import load_pack

    package = Path(pellucid.__file__).parent / "interop" / "cs231n"
    text = "".join(file.read_text() for file in package.rglob("*.py"))
    for function in load_pack("cs231n-a2").functions:
        assert f"def {function.name}(" in text or f"class {function.name}:" in text

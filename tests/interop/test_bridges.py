"""Bridges: every layer has one or says why not, none imports a framework, layers from outside the package can be given one."""

import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from typing import ClassVar

import numpy as np
import pytest

import pellucid.nets
from pellucid.interop import InteropError, bridges
from pellucid.interop.bridges import (
    Bridge,
    NoCounterpart,
    OnnxNode,
    Read,
    TorchArray,
    all_bridges,
    bridge_for,
    register_bridge,
)
from pellucid.interop.state_dict import adopt_state_dict, state_dict, torch_name
from pellucid.layers import REFERENCE, Pair, sandwich
from pellucid.nets import Affine, Description, Function, LayerNorm, Network, ReLU, Residual, Tanh

SIDES = ("to_torch", "from_torch", "to_onnx", "from_onnx")
KINDS = [
    field.name
    for field in fields(REFERENCE)
    if isinstance(getattr(REFERENCE, field.name), Pair) and f"{field.name}_forward" not in sandwich.__all__
]
DESCRIPTIONS = [
    value
    for name in pellucid.nets.__all__
    if isinstance(value := getattr(pellucid.nets, name), type)
    and issubclass(value, Description)
    and value is not Description
]


def python(code):
    """Run code in a fresh interpreter; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120, env=os.environ, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# ---- no layer without a bridge ----


@pytest.mark.parametrize("kind", [*KINDS, "function"])
def test_every_layer_of_the_table_has_a_bridge(kind):
    assert bridge_for(kind) is not None, f"{kind} needs src/pellucid/interop/bridges/{kind}.py with a BRIDGE"


def test_sandwiches_are_not_taken_for_layers():
    assert {"affine", "conv", "add"} <= set(KINDS)
    assert "conv_relu" not in KINDS


@pytest.mark.parametrize("description", DESCRIPTIONS)
def test_every_description_has_a_bridge(description):
    assert description in [bridge.description for bridge in all_bridges()]


def incomplete(bridge):
    """The sides of a bridge that neither translate nor say why not."""
    sides = {side: getattr(bridge, side) for side in SIDES}
    return [
        name
        for name, side in sides.items()
        if (len(side.reason.split()) < 4 if isinstance(side, NoCounterpart) else not side)
    ]


@pytest.mark.parametrize("bridge", all_bridges(), ids=lambda bridge: bridge.kinds[0])
def test_a_side_without_a_counterpart_gives_a_reason(bridge):
    assert incomplete(bridge) == []


def test_a_bridge_without_reasons_is_found():
    empty = Bridge(NoCounterpart(""), {}, NoCounterpart("not done"), {})
    assert incomplete(empty) == list(SIDES)


def test_no_two_bridges_read_the_same_module_or_operator():
    for side in ("from_torch", "from_onnx"):
        readings = [getattr(bridge, side) for bridge in all_bridges()]
        names = [name for reading in readings if not isinstance(reading, NoCounterpart) for name in reading]
        assert len(names) == len(set(names))


# ---- frameworks stay away until they are used ----


def test_bridges_import_no_framework():
    code = """
import sys
from pellucid.interop.bridges import all_bridges
assert len(all_bridges()) > 15
print(sorted({name.partition(".")[0] for name in sys.modules} & {"torch", "onnx", "google", "onnxruntime"}))
"""
    assert python(code) == "[]"


@pytest.mark.parametrize(
    ("package", "wanted"),
    [("torch", "from pellucid.interop.torch import to_torch"), ("onnx", "import pellucid.interop.onnx")],
)
def test_a_missing_framework_names_what_to_install(package, wanted):
    code = f"""
import sys
sys.modules["{package}"] = None
from pellucid.interop import InteropError
try:
    {wanted}
except ImportError as error:
    print(error, isinstance(error, InteropError), error.name, error.__suppress_context__, sep="\\n")
"""
    message, *rest = python(code).splitlines()
    assert message == (f'pellucid.interop.{package}: {package} is not installed; run pip install "pellucid[{package}]"')
    assert rest == ["True", package, "True"]


# ---- a layer of somebody else's ----


def scaled(x, factor):
    return x * factor, (x, factor)


def scaled_backward(dout, cache):
    x, factor = cache
    return dout * factor, (dout * x).sum(axis=0)


@dataclass(frozen=True)
class Scale(Description):
    """out = factor * x, a number for each column."""

    prefix: ClassVar[str] = "scale"

    def lowered(self, shape):
        return Function(scaled, scaled_backward, {"factor": np.arange(1, 1 + shape[0], dtype=np.float32)}).lowered(
            shape
        )


def scale_module():
    """A module as its author writes it: the same numbers under another name, as a row."""
    import torch

    class ScaleModule(torch.nn.Module):
        def __init__(self, width):
            super().__init__()
            self.row = torch.nn.Parameter(torch.ones(1, width))

        def forward(self, x):
            return x * self.row

    return ScaleModule


def by_its_pair(layer):
    from pellucid.interop.torch_modules import FunctionModule

    return FunctionModule(scaled, scaled_backward, layer.name, layer.arrays)


ROW = TorchArray("row", outward=lambda ours: ours[None], inward=lambda theirs: theirs[0])
SCALE = Bridge(
    to_torch=by_its_pair,
    from_torch=NoCounterpart("this test gives it none"),
    to_onnx=lambda graph, layer, inputs: graph.node("Mul", inputs + graph.arrays(layer.name, layer.arrays), layer.name),
    from_onnx={"Mul": lambda node: Read(Scale(), (node.needed(1),))},
)
X = np.random.default_rng(0).standard_normal((4, 3)).astype(np.float32)


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(bridges, "_registered", {})


@pytest.fixture
def net():
    return Network([Scale()], (3,))


@contextmanager
def no_bridges():
    """The package without its own bridges, in which a layer may lack one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bridges, "_of_this_folder", tuple)
        yield


def test_a_layer_without_a_bridge_says_what_to_do(net):
    with (
        no_bridges(),
        pytest.raises(
            InteropError, match=r"state_dict: the layer scale1 \(function\) has no bridge.*adding-a-layer"
        ) as found,
    ):
        state_dict(net)
    assert "\n" not in str(found.value)


def test_names_and_layouts_of_a_registered_layer(net):
    register_bridge(Scale, replace(SCALE, arrays={"factor": ROW}, extra=("calls",)))
    arrays = state_dict(net)
    assert {name: array.shape for name, array in arrays.items()} == {"scale1.row": (1, 3)}
    assert torch_name("scale1.factor") == "scale1.row"
    adopt_state_dict(net, {"scale1.row": arrays["scale1.row"] + 1, "scale1.calls": np.array(3)})
    np.testing.assert_array_equal(net.params["scale1.factor"], [2, 3, 4])
    with pytest.raises(InteropError, match=r"has no scale1\.other"):
        adopt_state_dict(net, arrays | {"scale1.other": np.array(3)})


def test_names_that_only_batch_norm_renames_stay_in_other_layers():
    net = Network([Function(scaled, scaled_backward, {"gamma": np.ones(3, np.float32)}, name="mine")], (3,))
    assert list(state_dict(net)) == ["mine1.gamma"]
    assert torch_name("mine1.gamma") == "mine1.gamma"


def test_what_is_registered_comes_first_and_is_replaced():
    register_bridge("relu", SCALE)
    assert bridge_for("relu").kinds == ("relu",)
    register_bridge("relu", replace(SCALE, extra=("calls",)))
    assert [bridge.extra for bridge in all_bridges() if "relu" in bridge.kinds] == [(), ("calls",)]
    assert bridge_for("relu").extra == ("calls",)
    register_bridge(Scale, SCALE)
    assert bridge_for("relu", Scale).description is Scale
    assert bridge_for("relu", Affine).extra == ("calls",)
    assert bridge_for("unheard-of", Scale).description is Scale
    assert bridge_for("unheard-of", Affine) is None
    with pytest.raises(InteropError, match="a class of descriptions, or a kind"):
        register_bridge(Scale(), SCALE)


def test_branches_are_walked_in_the_order_of_lowering():
    layers = [Residual([Affine(3), Residual([ReLU()], [Scale()])], [Tanh()]), Affine(2)]
    found = bridges.bridges_of(Network(layers, (3,)))
    names = [(operation.name.rstrip("0123456789"), type(layer).prefix) for operation, layer, _ in found]
    assert len(names) == 7
    assert all(operation == prefix for operation, prefix in names)


@pytest.mark.peers
def test_a_registered_layer_goes_to_pytorch_and_back(net):
    torch = pytest.importorskip("torch")
    from pellucid.interop.torch import from_torch, to_torch

    with no_bridges(), pytest.raises(InteropError, match=r"to_torch: the layer scale1 .* no bridge"):
        to_torch(net)
    with pytest.raises(InteropError, match="scale1 must be a Function; got a Scale"):
        to_torch(net)
    register_bridge(Scale, SCALE)
    module = to_torch(net)
    np.testing.assert_allclose(module(torch.from_numpy(X)).detach().numpy(), X * [1, 2, 3], rtol=1e-6)
    kind = scale_module()
    whole = replace(SCALE, to_torch=lambda layer: kind(*layer.shape), from_torch={kind: lambda name, module: Scale()})
    register_bridge(Scale, replace(whole, arrays={"factor": ROW}))
    module = to_torch(net)
    np.testing.assert_allclose(module(torch.from_numpy(X)).detach().numpy(), X * [1, 2, 3], rtol=1e-6)
    again = from_torch(torch.nn.Sequential(module.scale1, torch.nn.Linear(3, 2)), (3,))
    assert list(again.layers) == [Scale(), Affine(2)]
    np.testing.assert_array_equal(again.params["scale1.factor"], [1, 2, 3])
    register_bridge(Scale, whole)
    with pytest.raises(InteropError, match=r"to_torch: scale1\.factor, scale1\.row must be in"):
        to_torch(net)
    register_bridge(Scale, replace(SCALE, to_torch=NoCounterpart("a test says so")))
    with pytest.raises(InteropError, match=r"no counterpart of scale1 \(function\): a test says so"):
        to_torch(net)


@pytest.mark.peers
def test_our_own_modules_are_read_in_a_sequential():
    torch = pytest.importorskip("torch")
    from pellucid.interop.torch import from_torch
    from pellucid.interop.torch_modules import AffineModule, GlobalAveragePool, VanillaDropoutModule

    module = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 1), VanillaDropoutModule(0.5), GlobalAveragePool()).eval()
    for head in ([], [AffineModule(3, 2)]):
        whole = torch.nn.Sequential(*module, *head)
        x = np.random.default_rng(1).standard_normal((2, 2, 4, 3)).astype(np.float32)
        expected = whole(torch.from_numpy(x)).detach().numpy()
        np.testing.assert_allclose(from_torch(whole, (2, 4, 3)).predict(x), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.interop
def test_a_registered_layer_goes_to_onnx_and_back(net):
    runtime = pytest.importorskip("onnxruntime")
    from pellucid.interop.onnx import load, to_onnx

    with no_bridges(), pytest.raises(InteropError, match=r"to_onnx: the layer scale1 .* no bridge"):
        to_onnx(net)
    with pytest.raises(InteropError, match=r"no operator for scale1 \(function\): only its Python functions"):
        to_onnx(net)
    register_bridge(Scale, SCALE)
    model = to_onnx(net)
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    np.testing.assert_allclose(session.run(None, {"x": X})[0], X * [1, 2, 3], rtol=1e-6)
    loaded = load(model)
    assert list(loaded.net.layers) == [Scale()]
    np.testing.assert_array_equal(loaded.net.params["scale1.factor"], [1, 2, 3])
    register_bridge(Scale, replace(SCALE, from_onnx={"Mul": lambda node: Read(Scale())}))
    with pytest.raises(InteropError, match=r"scale1 needs scale1\.factor; its bridge read 0 arrays"):
        load(model)


@pytest.mark.interop
def test_a_layer_norm_of_rows_is_not_filled_into_one_of_images():
    pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    from pellucid.interop.onnx.graph import filling

    layer, arrays = LayerNorm(), (np.ones(4, np.float32), np.zeros(4, np.float32))
    filled = filling(OnnxNode("LayerNormalization", "norm", {}, [], []), Read(layer, arrays, kind="layernorm"), ())
    assert len(filled(Network([layer], (4,)).program.operations[0])) == 2
    with pytest.raises(InteropError, match="layernorm1 would be computed as groupnorm, not as layernorm"):
        filled(Network([layer], (4, 3, 4)).program.operations[0])

"""The pack: which functions, in which order, with which roles, limits, cases, known mistakes and conventions."""

import ast
from pathlib import Path
from typing import Any

from pellucid.checker.asking.pack import Pack, PackFunction, Role
from pellucid.checker.packs.cs231n_a2.cases import CASES
from pellucid.checker.packs.cs231n_a2.editions import EDITIONS, adam_meaning, dropout_meaning
from pellucid.checker.packs.cs231n_a2.mistakes import KNOWN
from pellucid.checker.packs.cs231n_a2.telltales import MODE_NOT_SET_BACK, TIES, divides_by_gamma

__all__ = ["PACK"]

HERE = Path(__file__).parent
LAYERS = tuple(HERE / "reference" / f"{name}.py" for name in ("layers", "normalization", "images"))
RULES, NETWORKS = (HERE / "reference" / f"{name}.py" for name in ("rules", "networks"))
LOOPS: dict[str, Any] = {"time_factor": 200.0}  # functions that the course asks for in plain loops
NORMS: list[dict[str, Any]] = [{"telltales": (divides_by_gamma(code),)} for code in ("BN224", "LN224", "GN224")]
BATCH, LAYER, GROUP = NORMS


def _function(name: str, role: Role, **settings: Any) -> PackFunction:
    return PackFunction(name, CASES[name], KNOWN.get(name, ()), role, **settings)


def _pair(forward: str, backward: str, *, aliases: tuple[str, ...] = (), lend: bool = False, **settings: Any) -> tuple[PackFunction, PackFunction]:  # fmt: skip
    """Return a layer's forward and backward. lend: the cache is the course's own, so the backward can borrow a forward."""
    lent = _source(forward) if lend else ""
    return (
        _function(forward, "forward", **settings),
        _function(backward, "backward", forward=forward, aliases=aliases, lend=lent, **settings),
    )


def _source(name: str) -> str:
    """Return a reference function as a module of its own."""
    for path in LAYERS:
        text = path.read_text(encoding="utf-8")
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef) and node.name == name:
                return "import numpy as np\n\n\n" + (ast.get_source_segment(text, node) or "") + "\n"
    raise LookupError(f"the references define no {name}")


def _network(name: str) -> PackFunction:
    return _function(name, "network", uses_layers=True, parameters="params", telltales=(MODE_NOT_SET_BACK,))


FUNCTIONS = (
    *_pair("affine_forward", "affine_backward", lend=True),
    *_pair("relu_forward", "relu_backward", lend=True),
    *_pair("batchnorm_forward", "batchnorm_backward", aliases=("batchnorm_backward_alt",), **BATCH),
    *_pair("layernorm_forward", "layernorm_backward", **LAYER),
    *_pair("conv_forward_naive", "conv_backward_naive", lend=True, **LOOPS),
    *_pair("max_pool_forward_naive", "max_pool_backward_naive", lend=True, telltales=(TIES,), **LOOPS),
    *_pair("spatial_batchnorm_forward", "spatial_batchnorm_backward", **BATCH),
    *_pair("spatial_groupnorm_forward", "spatial_groupnorm_backward", **GROUP),
    *_pair("affine_relu_forward", "affine_relu_backward", uses_layers=True),
    *_pair("conv_relu_forward", "conv_relu_backward", uses_layers=True),
    *_pair("conv_bn_relu_forward", "conv_bn_relu_backward", uses_layers=True),
    *_pair("conv_relu_pool_forward", "conv_relu_pool_backward", uses_layers=True),
    _function("softmax_loss", "loss"),
    _function("svm_loss", "loss"),
    _function("sgd", "update rule"),
    _function("sgd_momentum", "update rule"),
    _function("rmsprop", "update rule"),
    _function("adam", "update rule", meaning=adam_meaning),
    _function("dropout_forward", "forward", meaning=dropout_meaning),
    _function("dropout_backward", "backward", forward="dropout_forward"),
    _network("TwoLayerNet"),
    _network("FullyConnectedNet"),
    _network("ThreeLayerConvNet"),
)

PACK = Pack(
    name="cs231n-a2",
    title="CS231n, assignment 2 (2016 to 2026)",
    reference=(*LAYERS, RULES, NETWORKS),
    functions=FUNCTIONS,
    editions=tuple(EDITIONS),
    framework_files=("rnn_layers_pytorch", "rnn_pytorch"),
    compiled={"cs231n/im2col_cython.py": (HERE / "reference" / "im2col_cython.py",)},
    stand_ins={f"cs231n/{name}.py": LAYERS for name in ("layers", "layer_utils", "fast_layers")},
    package="cs231n",
    subpackages=("classifiers",),
    supplied_files=("data_utils", "gradient_check", "vis_utils", "solver", "im2col"),
    public=True,
)

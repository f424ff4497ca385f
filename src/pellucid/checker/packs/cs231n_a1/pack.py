"""The pack: which functions, in which order, with which roles, limits, cases, known mistakes and conventions.

What assignment 2 has too (layers, update rules, the fully connected network) is taken from there, with its cases and mistakes.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case
from pellucid.checker.asking.pack import Options, Pack, PackFunction, Role
from pellucid.checker.packs.cs231n_a1.cases import CASES
from pellucid.checker.packs.cs231n_a1.editions import linear_meaning, net_meaning
from pellucid.checker.packs.cs231n_a1.mistakes import KNOWN
from pellucid.checker.packs.cs231n_a2.pack import PACK as A2

__all__ = ["PACK"]

HERE = Path(__file__).parent
NEAREST, LINEAR, CLASSIFIERS, NETWORK, PAST = (
    HERE / "reference" / f"{name}.py" for name in ("nearest", "linear", "classifiers", "two_layer", "past_builtins")
)
LAYERS, A2_NETWORKS = A2.stand_ins["cs231n/layers.py"], A2.reference[-1]
LOOPS: dict[str, Any] = {"time_factor": 200.0}  # functions that the course asks for in plain loops
LATER = {"batch norm", "layer norm", "dropout"}  # in the fully connected network from assignment 2 on
OF_LATER = ("batchnorm", "mode-", "dropout", "gamma", "reg-on-gamma")  # the mistakes in them


def _function(name: str, role: Role, **settings: Any) -> PackFunction:
    return PackFunction(name, CASES[name], KNOWN.get(name, ()), role, **settings)


def _method(name: str, **settings: Any) -> PackFunction:
    """Return a method of a class, judged by itself; what it calls is the class's."""
    return _function(name, "network", needs=settings.pop("needs", ()), **settings)


def _shared(name: str) -> PackFunction:
    """Return a function that assignment 2 has in the same form."""
    return next(function for function in A2.functions if function.name == name)


def _plain_network() -> PackFunction:
    """Return the fully connected network without what assignment 2 adds to it."""
    network = _shared("FullyConnectedNet")
    known = [one for one in network.known if not one.id.startswith(OF_LATER)]
    return replace(network, cases=_without(network.cases), known=known, telltales=())


def _without(cases: Callable[[np.random.Generator, Options], list[Case]]) -> Any:
    def make(draw: np.random.Generator, options: Options) -> list[Case]:
        made = cases(draw, options)
        names = ("gamma", "batchnorm", "layernorm")
        return [
            case for case in made if not case.tags & LATER and not any(name in str(case.steps[0]) for name in names)
        ]

    return make


DISTANCES = [f"KNearestNeighbor.compute_distances_{way}" for way in ("two_loops", "one_loop", "no_loops")]
TRAINED: dict[str, Any] = {"needs": ("LinearSVM", "Softmax"), "uses_layers": True}
FUNCTIONS = (
    _method(DISTANCES[0], **LOOPS),
    _method(DISTANCES[1], **LOOPS),
    _method(DISTANCES[2]),
    _method("KNearestNeighbor.predict_labels"),
    _function("svm_loss_naive", "loss", meaning=linear_meaning, **LOOPS),
    _function("svm_loss_vectorized", "loss", meaning=linear_meaning),
    _function("softmax_loss_naive", "loss", meaning=linear_meaning, **LOOPS),
    _function("softmax_loss_vectorized", "loss", meaning=linear_meaning),
    _method("LinearClassifier.train", **TRAINED),
    _method("LinearClassifier.predict", **TRAINED),
    *(_shared(name) for name in ("affine_forward", "affine_backward", "relu_forward", "relu_backward")),
    *(_shared(name) for name in ("softmax_loss", "svm_loss", "affine_relu_forward", "affine_relu_backward")),
    _function("TwoLayerNet", "network", uses_layers=True, parameters="params", meaning=net_meaning),
    _method("TwoLayerNet.train", uses_layers=True),
    _method("TwoLayerNet.predict", uses_layers=True),
    _plain_network(),
    *(_shared(name) for name in ("sgd", "sgd_momentum", "rmsprop", "adam")),
)

PACK = Pack(
    name="cs231n-a1",
    title="CS231n, assignment 1 (2016 to 2026)",
    reference=(*A2.reference, NEAREST, LINEAR, CLASSIFIERS, NETWORK),  # the last TwoLayerNet is the one that counts
    functions=FUNCTIONS,
    editions=A2.editions,
    stand_ins={
        **{f"cs231n/{name}.py": LAYERS for name in ("layers", "layer_utils")},
        **{f"cs231n/classifiers/{name}.py": (LINEAR,) for name in ("linear_svm", "softmax")},
    },
    compiled={"past/builtins.py": (PAST,)},
    package=A2.package,
    subpackages=A2.subpackages,
    supplied_files=("data_utils", "gradient_check", "vis_utils", "solver", "features"),
    marks=("input_size", "X_train", "num_loops"),
    public=True,
)

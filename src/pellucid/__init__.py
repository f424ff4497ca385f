"""Pellucid: neural networks you can see through.

Every forward and backward pass is written out. `pellucid.layers` is the mathematics, `pellucid.nets` and `pellucid.Trainer` train
networks, `pellucid.gradcheck` says whether a backward is the gradient of its forward. Names are imported on first use.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pellucid import data, gradients, kernels, layers, nets, optim, train
    from pellucid.gradients import gradcheck, numerical_gradient, relative_error
    from pellucid.nets import Network
    from pellucid.train import Trainer

__all__ = [
    "Network",
    "Trainer",
    "__version__",
    "data",
    "gradcheck",
    "gradients",
    "kernels",
    "layers",
    "nets",
    "numerical_gradient",
    "optim",
    "relative_error",
    "train",
]

_HOMES = {
    "Network": "pellucid.nets",
    "Trainer": "pellucid.train",
    "gradcheck": "pellucid.gradients",
    "numerical_gradient": "pellucid.gradients",
    "relative_error": "pellucid.gradients",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("pellucid")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name in __all__:
        return importlib.import_module(f"pellucid.{name}")
    raise AttributeError(f"module 'pellucid' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__

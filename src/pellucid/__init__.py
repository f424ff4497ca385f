"""Pellucid: neural networks you can see through.

Every forward and backward pass is written out. `pellucid.layers` is the mathematics, `pellucid.nets` and `pellucid.Trainer` train
networks, `pellucid.gradcheck` says whether a backward is the gradient of its forward. Names are imported on first use.
"""

import importlib
import sys
from typing import TYPE_CHECKING, Any

from pellucid.examining import examine_with

if TYPE_CHECKING:
    from pellucid import data, derive, doctor, gradients, kernels, layers, metrics, nets, optim, studies, testing, train
    from pellucid.checker import check
    from pellucid.gradients import gradcheck, numerical_gradient, relative_error
    from pellucid.nets import Network
    from pellucid.screens import explain
    from pellucid.train import Model, Trainer, load

__all__ = [
    "Model",
    "Network",
    "Trainer",
    "__version__",
    "check",
    "data",
    "derive",
    "doctor",
    "explain",
    "gradcheck",
    "gradients",
    "kernels",
    "layers",
    "load",
    "metrics",
    "nets",
    "numerical_gradient",
    "optim",
    "relative_error",
    "studies",
    "testing",
    "train",
]

_HOMES = {
    "Model": "pellucid.train",
    "Network": "pellucid.nets",
    "Trainer": "pellucid.train",
    "check": "pellucid.checker",
    "explain": "pellucid.screens",
    "gradcheck": "pellucid.gradients",
    "load": "pellucid.train",
    "numerical_gradient": "pellucid.gradients",
    "relative_error": "pellucid.gradients",
}

HABITS = {  # what other packages have, and what to write here
    "nn": "write pellucid.nets",
    "models": "write pellucid.nets",
    **dict.fromkeys(("optimizers", "optimisers"), "write pellucid.optim"),
    "datasets": "write pellucid.data",
    "load_model": "write pellucid.load(path)",
    "save": "write trainer.model.save(path)",
    "Sequential": "write pellucid.Network([layers], input_shape)",
    "tensor": "write a NumPy array",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("pellucid")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    if name in __all__:
        return importlib.import_module(f"pellucid.{name}")
    from pellucid.habits import attribute_error

    raise attribute_error("module 'pellucid'", name, __all__, HABITS)


def load_ipython_extension(shell: Any) -> None:
    """Register displays and magics: IPython calls this on `%load_ext pellucid`."""
    from pellucid.interop.notebook import load_extension

    load_extension(shell)


def unload_ipython_extension(_: Any) -> None:
    """Stop the live curves: IPython calls this on `%unload_ext pellucid`."""
    from pellucid.interop.notebook import unload_extension

    unload_extension()


def __dir__() -> list[str]:
    return __all__


def _doctor() -> Any:
    return importlib.import_module("pellucid.doctor").Doctor(record=True)


def _greet_a_notebook() -> None:
    """In a notebook's kernel, load the extension: displays and live curves come by themselves."""
    shell: Any = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if getattr(shell, "kernel", None) is not None and "pellucid" not in shell.extension_manager.loaded:
        shell.extension_manager.load_extension("pellucid")


examine_with(_doctor)
_greet_a_notebook()

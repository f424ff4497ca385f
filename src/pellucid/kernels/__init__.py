"""The same functions as `layers/`, fast. Which table of layers is used, and why, is decided here.

What lives here: the native module and the choice of a table. What does not: mathematics (`layers/`) or policy on training.
The native kernels are not written yet; the native module reports the build and the processor.
"""

import importlib
from typing import NamedTuple

from pellucid.layers import REFERENCE, Layers

__all__ = ["NativeBuild", "fastest_layers", "native_build"]


class NativeBuild(NamedTuple):
    """What is known of the compiled module."""

    available: bool
    compiler: str  # the compiler that built it, "" where it is missing
    instruction_set: str  # the widest one this processor has, "" where the module is missing
    reason: str  # one line for a person


def native_build() -> NativeBuild:
    """Say whether the compiled module is there and what it was built with."""
    try:
        _native = importlib.import_module("pellucid.kernels._native")
    except ImportError as error:
        return NativeBuild(False, "", "", f"no compiled module ({error}); install with a C++ compiler to build it")
    return NativeBuild(True, _native.compiler(), _native.instruction_set(), "compiled module found")


def fastest_layers() -> Layers:
    """Return the fastest table of layers installed."""
    return REFERENCE

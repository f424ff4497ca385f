"""The same functions as `layers/`, fast. Which table is used is decided here.

What lives here: the native kernels, the shims that pass dense arrays to them, and the tables `NATIVE`, `NATIVE_RULES` and
`NATIVE_TRANSFORMS`, which are the reference with entries replaced. What does not: mathematics (`layers/`) or how to train.
A layer without a native kernel keeps the reference's entry. Read `tables.py`, then `conv.py`; `native/kernels.h` lists what
C++ does.
"""

from typing import NamedTuple

from pellucid.data import REFERENCE_TRANSFORMS, ImageTransforms
from pellucid.kernels import affine, batchnorm, conv, dropout, groupnorm, layernorm, losses, pool, sandwich  # noqa: F401
from pellucid.kernels.activations import (  # noqa: F401
    elu,
    gelu,
    gelu_tanh,
    hard_sigmoid,
    hard_swish,
    leaky_relu,
    mish,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    softplus,
    tanh,
)
from pellucid.kernels.convolutions import conv1d, general_conv  # noqa: F401
from pellucid.kernels.joining import add, concat, multiply  # noqa: F401
from pellucid.kernels.normalizations import instancenorm  # noqa: F401
from pellucid.kernels.resizing import adaptive_avgpool  # noqa: F401

# isort: split
# The files above declare what they make fast; the tables below are made of that.
from pellucid.kernels.binding import native
from pellucid.kernels.memory import as_logical, fill_images
from pellucid.kernels.planned import planned_layers
from pellucid.kernels.planned_layer import Arrays, GradientArrays, LayerContext, PlannedLayer
from pellucid.kernels.tables import NATIVE, NATIVE_RULES, NATIVE_TRANSFORMS
from pellucid.kernels.threads import default_threads
from pellucid.layers import REFERENCE, Layers

__all__ = [
    "NATIVE",
    "NATIVE_RULES",
    "NATIVE_TRANSFORMS",
    "Arrays",
    "GradientArrays",
    "LayerContext",
    "NativeBuild",
    "PlannedLayer",
    "as_logical",
    "default_threads",
    "fastest_layers",
    "fastest_transforms",
    "fill_images",
    "native",
    "native_build",
    "planned_layers",
]


class NativeBuild(NamedTuple):
    """Whether the compiled module is there, and how it was built."""

    available: bool
    compiler: str  # the compiler that built it, "" where it is missing
    instruction_set: str  # the one in use, "" where the module is missing
    reason: str  # one line for people


def native_build() -> NativeBuild:
    """Return whether the compiled module is available, and how it was built. Raises ShapeError for a setting it does not know."""
    try:
        module = native()
    except ModuleNotFoundError as error:
        return NativeBuild(False, "", "", f"no compiled module ({error}); install with a C++ compiler to build it")
    except ImportError as error:
        return NativeBuild(False, "", "", f"the compiled module does not load: {error}")
    return NativeBuild(True, module.compiler(), module.instruction_set(), "compiled module found")


def fastest_layers() -> Layers:
    """Return the fastest table of layers installed: NATIVE where the compiled module is available, else REFERENCE."""
    return NATIVE if native_build().available else REFERENCE


def fastest_transforms() -> ImageTransforms:
    """Return the fastest table of image transforms installed, chosen as `fastest_layers` does."""
    return NATIVE_TRANSFORMS if native_build().available else REFERENCE_TRANSFORMS

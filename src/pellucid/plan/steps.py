"""The kinds of steps that a plan is made of, the values they read and write, and the list of them.

    Step --- GroupStep --- ForwardStep ---- NativeForward, OpaqueForward, Copy
      |          |-------- BackwardStep --- NativeBackward, OpaqueBackward, CopyBackward
      |          `-------- Recompute
      |----- Loss
      `----- Accumulate -- NativeAccumulate, OpaqueAccumulate

A native step is bare calls of the compiled module. An opaque one calls a function of the table, of NumPy or of the user, and copies
what it returns to where the plan wants it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from pellucid.kernels import LayerContext, PlannedLayer
from pellucid.layers.description import Shape
from pellucid.plan.arena import Buffer
from pellucid.plan.fusion import Group

__all__ = [
    "Accumulate",
    "BackwardStep",
    "Copy",
    "CopyBackward",
    "ForwardStep",
    "GroupStep",
    "Loss",
    "NativeAccumulate",
    "NativeBackward",
    "NativeForward",
    "NativeLayer",
    "OpaqueAccumulate",
    "OpaqueBackward",
    "OpaqueForward",
    "Recompute",
    "Shape",
    "Step",
    "StepList",
    "Value",
]


@dataclass(frozen=True, eq=False)
class Value:
    """What an operation reads or writes: a buffer, and the shape of one sample in it."""

    buffer: Buffer
    shape: Shape  # in memory order: (H, W, C) for an image, else the logical shape
    pixels: int = 1  # of a row that is a flattened channels-last image: its columns are (pixel, channel)


@dataclass(frozen=True, eq=False)
class NativeLayer:
    """A layer of the compiled module in its place: shared by its forward, backward and recomputation."""

    planned: PlannedLayer
    context: LayerContext
    saved: Mapping[str, Buffer]  # what the forward saves for the backward


@dataclass(frozen=True, eq=False, kw_only=True)
class Step:
    """What every step has. FLOPs and bytes are those of one sample."""

    phase: ClassVar[str]  # forward, loss, recompute or backward
    native: ClassVar[bool] = True

    name: str
    kind: str  # "conv_relu", "copy", "accumulate", ...
    flops: int = 0
    moved: int = 0  # bytes read and written
    copied: int = 0  # bytes moved without computing with them


@dataclass(frozen=True, eq=False, kw_only=True)
class GroupStep(Step):
    """A step that computes or differentiates a group of operations."""

    group: Group
    inputs: tuple[Value, ...]  # of the group, also in the backward
    output: Value  # of the group, also in the backward


@dataclass(frozen=True, eq=False, kw_only=True)
class ForwardStep(GroupStep):
    """Writes a group's output."""

    phase = "forward"


@dataclass(frozen=True, eq=False, kw_only=True)
class NativeForward(ForwardStep):
    """The forward of a native layer."""

    layer: NativeLayer
    workspace: Buffer | None


@dataclass(frozen=True, eq=False, kw_only=True)
class OpaqueForward(ForwardStep):
    """A forward that the plan cannot look into."""

    native = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Copy(ForwardStep):
    """A flattened image copied into logical order."""

    native = False
    kind: str = "copy"


@dataclass(frozen=True, eq=False, kw_only=True)
class Recompute(GroupStep):
    """Computes a native layer's output again in the backward pass, because it was not kept."""

    phase = "recompute"

    layer: NativeLayer
    workspace: Buffer | None


@dataclass(frozen=True, eq=False, kw_only=True)
class BackwardStep(GroupStep):
    """Writes the gradients of a group's inputs and parameters."""

    phase = "backward"

    dout: Buffer
    input_gradients: tuple[Buffer | None, ...]  # None: nobody needs it


@dataclass(frozen=True, eq=False, kw_only=True)
class NativeBackward(BackwardStep):
    """The backward of a native layer."""

    layer: NativeLayer
    private: Buffer  # shaped like dout and free to be written: dout itself where nobody else reads it
    workspace: Buffer | None
    partial: tuple[Buffer, ...]  # gradients of parameters, if they are then added to those of another call of the layer


@dataclass(frozen=True, eq=False, kw_only=True)
class OpaqueBackward(BackwardStep):
    """A backward that the plan cannot look into."""

    native = False

    adds: bool  # whether the gradients of its parameters are added to those of another call of the layer


@dataclass(frozen=True, eq=False, kw_only=True)
class CopyBackward(BackwardStep):
    """The gradient of a flattened image copied back into the image's order."""

    native = False
    kind: str = "copy"


@dataclass(frozen=True, eq=False, kw_only=True)
class Loss(Step):
    """Turns scores into the loss and the scores' gradient."""

    phase = "loss"

    kind: str = "loss"
    scores: Value
    dscores: Buffer


@dataclass(frozen=True, eq=False, kw_only=True)
class Accumulate(Step):
    """Adds two gradients of a value that several operations read."""

    phase = "backward"

    kind: str = "accumulate"
    first: Buffer
    second: Buffer
    total: Buffer  # a buffer of its own, or one of the two


@dataclass(frozen=True, eq=False, kw_only=True)
class NativeAccumulate(Accumulate):
    """Adds by the compiled module."""


@dataclass(frozen=True, eq=False, kw_only=True)
class OpaqueAccumulate(Accumulate):
    """Adds by NumPy."""

    native = False


@dataclass(frozen=True, eq=False)
class StepList:
    """All steps of one pass, in order, and the buffers they share."""

    groups: tuple[Group, ...]
    steps: tuple[Step, ...]
    buffers: tuple[Buffer, ...]
    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]  # the scores first
    input_gradients: tuple[Buffer | None, ...]  # None: not computed

"""What a schedule is made of: values, steps, and the list of them."""

from dataclasses import dataclass, field

from pellucid.kernels import Site
from pellucid.plan.arena import Buffer
from pellucid.plan.fusion import Group

__all__ = ["Schedule", "Shape", "Step", "Value"]

Shape = tuple[int, ...]


@dataclass(eq=False)
class Value:
    """What an operation reads or writes: a buffer and how one sample lies in it."""

    buffer: Buffer
    lying: Shape  # (H, W, C) for an image, else the logical shape
    pixels: int = 1  # of a row that is a flattened channels-last image: its columns are (pixel, channel)


@dataclass(eq=False)
class Step:
    """One entry of the plan."""

    name: str
    phase: str  # forward, loss or backward
    kind: str  # "conv_relu", "copy", "accumulate", ...
    group: Group | None
    native: bool
    inputs: tuple[Value, ...] = ()
    output: Value | None = None  # of the group; in the backward too
    gradient: Buffer | None = None  # dout
    private: Buffer | None = None  # like dout, free to be written
    input_gradients: tuple[Buffer | None, ...] = ()
    saved: dict[str, Buffer] = field(default_factory=dict)
    workspace: Buffer | None = None
    site: Site | None = None
    flops: int = 0  # for one sample
    copied: int = 0  # bytes for one sample that are moved and not computed with
    moved: int = 0  # bytes read and written for one sample


@dataclass(eq=False)
class Schedule:
    """All steps of a pass, and the buffers they share."""

    samples: int
    groups: tuple[Group, ...]
    steps: list[Step]
    buffers: list[Buffer]
    input: Value
    scores: Value
    dscores: Buffer | None
    input_gradient: Buffer | None

"""A part of one axis."""

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import IMAGE
from pellucid.derive.explanation import Explanation
from pellucid.shapes import Array

__all__ = ["ALIASES", "DERIVATIONS", "EXPLANATION", "slice_of"]


def slice_of(x: Array) -> Array:
    """Every row of an image but the first, as an example of a part."""
    return x[:, :, 1:]


DERIVATIONS = (Derivation("slice", slice_of, "x=N,C,H,W", pair_by_hand("slice", axis=1, start=1), numbers=(IMAGE,)),)
ALIASES = {"chunk": "slice", "split": "slice", "crop": "slice"}
EXPLANATION = Explanation(
    name="slice",
    title="Slice",
    formula=(
        "out[..., i, ...] = x[..., start + i * step, ...]",
        "dx[..., start + i * step, ...] = dout[..., i, ...], and 0 elsewhere",
    ),
    shapes="x (N, ..., D, ...), out (N, ..., ceil((stop - start) / step), ...)",
    why="What is read is passed on unchanged, so it receives its gradient unchanged; what is not read has no influence. "
    "The parts of a chunk are several slices of one value, whose gradients are summed: each fills its own place.",
    mistakes=("the gradient of the part returned as it is, without the zeros around it",),
    source="the chain rule",
)

"""The derivations that come along: each layer's definition, an example, the same example in small whole numbers, and what the
library's hand-written backward gives for it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pellucid import layers
from pellucid.derive import definitions
from pellucid.derive.by_hand import (
    ByHand,
    batchnorm_by_hand,
    dropout_by_hand,
    labels_for,
    loss_by_hand,
    mask_for,
    mse_by_hand,
    pair_by_hand,
    sandwich_with_dropout_by_hand,
    smoothed_loss,
    weighted_labels_for,
)
from pellucid.derive.graph import Graph
from pellucid.derive.names import plain
from pellucid.derive.trace import trace
from pellucid.shapes import Array, ShapeError

__all__ = ["DERIVATIONS", "Derivation", "derivation", "largest_difference"]


class Derivation(NamedTuple):
    """One layer's derivation."""

    name: str
    function: Callable[..., Any]
    shapes: str  # of the arrays that learn, as in "x=N,D gamma=D"
    by_hand: ByHand
    extra: Callable[[dict[str, int]], tuple[Array, ...]] = lambda sizes: ()  # labels, masks: the inputs after those
    numbers: tuple[Array, ...] = ()  # small whole numbers, for all inputs
    numbers_function: Callable[..., Any] | None = None  # where the small example needs other settings, such as eps 0
    numbers_note: str = ""

    def graph(self) -> Graph:
        """Trace the definition on the example: normal draws, each size with a letter of its own."""
        return trace(self.function, *self.example(), title=self.name, letters={v: k for k, v in SIZES.items()})

    def example(self) -> tuple[Array, ...]:
        """Return the inputs: float64."""
        rng = np.random.default_rng(0)
        shapes = [part.partition("=")[2].split(",") for part in self.shapes.split()]
        drawn = tuple(rng.standard_normal([SIZES[letter] for letter in shape]) for shape in shapes)
        return (*drawn, *self.extra(SIZES))

    def small(self) -> Graph:
        """Trace the small whole numbers."""
        return trace(self.numbers_function or self.function, *self.numbers, title=self.name)


# Every size has a letter and every letter another (4 is left to 2 x 2 windows), also padded by 1, in windows (H', W') or pools.
SIZES = {
    **{"N": 10, "C": 12, "D": 3, "M": 5, "F": 7, "H": 22, "W": 30, "HH": 6, "WW": 8},
    **{"H+2": 24, "W+2": 32, "H'": 19, "W'": 25, "H/2": 11, "W/2": 15, "H-1": 21, "W-1": 29},
}


def _whole(*rows: Any) -> tuple[Array, ...]:
    return tuple(np.array(row, dtype=np.float64) for row in rows)


def _image(rows: list[list[int]]) -> Array:
    return np.array(rows, dtype=np.float64)[None, None]


NORM_X = [[1, 2], [1, 8], [3, 8], [3, 2]]  # means 2 and 5, deviations 1 and 3
IMAGE = _image([[1, 2, 0], [4, 3, 1], [0, 2, 5]])
KERNEL = _image([[1, 2], [0, -1]])
SMALL_MASK = np.array([[True, False], [False, True]])
EPS_NOTE = "eps is 0 here, so that the numbers stay whole"
ONE_CHANNEL = np.ones(1)


def _without_eps(f: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    def exact(x: Array, gamma: Array, beta: Array) -> Any:
        return f(x, gamma, beta, eps=0.0, **options)

    return exact


def _two_groups(x: Array, gamma: Array, beta: Array) -> Any:
    return definitions.groupnorm(x, gamma, beta, 2, 0.0)


AFFINE_NUMBERS = _whole([[1, 2], [3, 4]], [[1, 0, 2], [-1, 3, 1]], [1, 2, 3])

DERIVATIONS: dict[str, Derivation] = {
    each.name: each
    for each in (
        Derivation("affine", definitions.affine, "x=N,D w=D,M b=M", pair_by_hand("affine"), numbers=AFFINE_NUMBERS),
        Derivation("relu", definitions.relu, "x=N,D", pair_by_hand("relu"), numbers=_whole([[1, -2], [-3, 4]])),
        Derivation(
            "leaky_relu",
            definitions.leaky_relu,
            "x=N,D",
            pair_by_hand("leaky_relu"),
            numbers=_whole([[1, -2], [-3, 4]]),
        ),
        Derivation("sigmoid", definitions.sigmoid, "x=N,D", pair_by_hand("sigmoid"), numbers=_whole([[0, 1], [-1, 2]])),
        Derivation("tanh", definitions.tanh, "x=N,D", pair_by_hand("tanh"), numbers=_whole([[0, 1], [-1, 2]])),
        Derivation("gelu", definitions.gelu, "x=N,D", pair_by_hand("gelu"), numbers=_whole([[0, 1], [-1, 2]])),
        Derivation(
            "batchnorm",
            definitions.batchnorm,
            "x=N,D gamma=D beta=D",
            batchnorm_by_hand,
            numbers=_whole(NORM_X, [1, 2], [0, 1]),
            numbers_function=_without_eps(definitions.batchnorm),
            numbers_note=EPS_NOTE,
        ),
        Derivation(
            "spatial_batchnorm",
            definitions.spatial_batchnorm,
            "x=N,C,H,W gamma=C beta=C",
            pair_by_hand("spatial_batchnorm"),
            numbers=(_image([[1, 3], [3, 1]]), np.array([2.0]), ONE_CHANNEL),
            numbers_function=_without_eps(definitions.spatial_batchnorm),
            numbers_note=EPS_NOTE,
        ),
        Derivation(
            "layernorm",
            definitions.layernorm,
            "x=N,D gamma=D beta=D",
            pair_by_hand("layernorm"),
            numbers=_whole([[1, 1, 3, 3], [2, 8, 8, 2]], [1, 2, 1, 2], [0, 1, 0, 1]),
            numbers_function=_without_eps(definitions.layernorm),
            numbers_note=EPS_NOTE,
        ),
        Derivation(
            "groupnorm",
            definitions.groupnorm,
            "x=N,C,H,W gamma=C beta=C",
            pair_by_hand("groupnorm", groups=2),
            numbers=(np.array([[1.0, 1, 3, 3], [2, 8, 8, 2]]).reshape(1, 2, 1, 4), np.array([1.0, 2]), np.zeros(2)),
            numbers_function=_two_groups,
            numbers_note=EPS_NOTE,
        ),
        Derivation(
            "dropout",
            definitions.dropout,
            "x=N,D",
            dropout_by_hand("dropout"),
            mask_for("N", "D"),
            numbers=(np.array([[1.0, 2], [3, 4]]), SMALL_MASK),
        ),
        Derivation(
            "vanilla_dropout",
            definitions.vanilla_dropout,
            "x=N,D",
            dropout_by_hand("vanilla_dropout"),
            mask_for("N", "D"),
            numbers=(np.array([[1.0, 2], [3, 4]]), SMALL_MASK),
        ),
        Derivation(
            "conv",
            definitions.conv,
            "x=N,C,H,W w=F,C,HH,WW b=F",
            pair_by_hand("conv", stride=1, pad=1),
            numbers=(IMAGE, KERNEL, ONE_CHANNEL),
            numbers_function=lambda x, w, b: definitions.conv(x, w, b, 1, 0),
        ),
        Derivation(
            "maxpool",
            definitions.maxpool,
            "x=N,C,H,W",
            pair_by_hand("maxpool", size=2),
            numbers=(IMAGE,),
            numbers_function=lambda x: definitions.maxpool(x, 2, 1),
        ),
        Derivation(
            "avgpool",
            definitions.avgpool,
            "x=N,C,H,W",
            pair_by_hand("avgpool", size=2),
            numbers=(IMAGE,),
            numbers_function=lambda x: definitions.avgpool(x, 2, 1),
        ),
        Derivation(
            "global_avgpool",
            definitions.global_avgpool,
            "x=N,C,H,W",
            pair_by_hand("global_avgpool"),
            numbers=(_image([[1, 2], [3, 6]]),),
        ),
        Derivation(
            "flatten", definitions.flatten, "x=N,C,H,W", pair_by_hand("flatten"), numbers=(_image([[1, 2], [3, 4]]),)
        ),
        Derivation("add", definitions.add, "a=N,D b=N,D", pair_by_hand("add"), numbers=_whole([[1, 2]], [[3, 4]])),
        Derivation(
            "softmax",
            definitions.softmax,
            "scores=N,M",
            loss_by_hand(layers.softmax_loss),
            labels_for("N", "M"),
            numbers=(np.array([[1.0, 2, 3], [3, 0, 0]]), np.array([2, 0])),
        ),
        Derivation(
            "softmax_smoothed",
            definitions.softmax_smoothed,
            "scores=N,M",
            loss_by_hand(smoothed_loss),
            weighted_labels_for("N", "M"),
            numbers=(np.array([[1.0, 2, 3], [3, 0, 0]]), np.array([2, 0]), np.array([1, 3])),
        ),
        Derivation(
            "svm",
            definitions.svm,
            "scores=N,M",
            loss_by_hand(layers.svm_loss),
            labels_for("N", "M"),
            numbers=(np.array([[1.0, 2, 3], [1, 3, 0]]), np.array([2, 0])),
        ),
        Derivation(
            "mse",
            definitions.mse,
            "scores=N,M targets=N,M",
            mse_by_hand,
            numbers=_whole([[1, 2], [3, 4]], [[0, 2], [1, 5]]),
        ),
        Derivation(
            "affine_relu",
            definitions.affine_relu,
            "x=N,D w=D,M b=M",
            pair_by_hand("affine_relu"),
            numbers=AFFINE_NUMBERS,
        ),
        Derivation(
            "affine_norm_relu_dropout",
            definitions.affine_norm_relu_dropout,
            "x=N,D w=D,M b=M gamma=M beta=M",
            sandwich_with_dropout_by_hand,
            mask_for("N", "M"),
            numbers=(*_whole([[1, 2], [3, 4]], [[1, 0], [-1, 3]], [1, 2], [1, 2], [0, 1]), SMALL_MASK),
        ),
        Derivation(
            "conv_relu",
            definitions.conv_relu,
            "x=N,C,H,W w=F,C,HH,WW b=F",
            pair_by_hand("conv_relu", stride=1, pad=1),
            numbers=(IMAGE, KERNEL, ONE_CHANNEL),
        ),
        Derivation(
            "conv_bn_relu",
            definitions.conv_bn_relu,
            "x=N,C,H,W w=F,C,HH,WW b=F gamma=F beta=F",
            pair_by_hand("conv_bn_relu", stride=1, pad=1),
            numbers=(IMAGE, KERNEL, ONE_CHANNEL, ONE_CHANNEL * 2, ONE_CHANNEL),
        ),
        Derivation(
            "conv_relu_pool",
            definitions.conv_relu_pool,
            "x=N,C,H,W w=F,C,HH,WW b=F",
            pair_by_hand("conv_relu_pool", stride=1, pad=1),
            numbers=(IMAGE, KERNEL, ONE_CHANNEL),
        ),
    )
}


def derivation(name: str) -> Derivation:
    """Return a derivation by name ('-' and '_' are alike; batch_norm is batchnorm). Raises ShapeError where there is none."""
    found = plain(name)
    if found not in DERIVATIONS:
        raise ShapeError(f"derive: NAME must be one of {', '.join(DERIVATIONS)}, or FILE.py:FUNCTION; it is {name!r}")
    return DERIVATIONS[found]


def largest_difference(each: Derivation) -> float:
    """Return how far the derived gradients are from the hand-written ones on the example, relative to the largest entry."""
    graph = each.graph()
    dout = np.random.default_rng(1).standard_normal(graph.out.shape)
    derived = [gradient for gradient in graph.gradients(dout) if gradient is not None]
    by_hand = each.by_hand(dout, *each.example())
    worst = 0.0
    for ours, theirs in zip(derived, by_hand, strict=True):
        worst = max(worst, float(np.abs(ours - theirs).max() / max(1.0, np.abs(theirs).max())))
    return worst

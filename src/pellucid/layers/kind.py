"""What the rest of the library must know of a layer, declared once, beside the layer's mathematics.

    TANH = declare(LayerKind("tanh", Pair(tanh_forward, tanh_backward)))

Tables, lowering, execution, plans, comparison and the exhaustive tests read these declarations; none of them knows a layer by name.
A layer from outside the package is declared in the same way (see `docs/adding-a-layer.md`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pellucid.layers.pair import Pair
from pellucid.shapes import Array

__all__ = ["KINDS", "Infer", "LayerKind", "Running", "declare"]

Infer = Callable[..., Array]


class Running(NamedTuple):
    """Statistics that a layer moves in training and reads at inference."""

    pack: Callable[..., Any]  # the state's arrays -> what `infer` takes as its last array argument
    update: Callable[..., Any]  # (packed, cache, decay) -> packed: decay * packed + (1 - decay) * the batch's own


@dataclass(frozen=True)
class LayerKind:
    """A layer as it is computed: a pair of functions, and how they take part in a network."""

    name: str  # of its entry in a table: "vanilla_dropout"; the entry for inference is "vanilla_dropout_infer"
    pair: Pair  # plain NumPy, the reference for every other table
    # Of a layer from outside: faster pairs, by the name of their table.
    tables: Mapping[str, Pair] = field(default_factory=dict)
    infer: Infer | None = None  # what inference computes, where that differs from the forward
    identity_at_inference: bool = False  # inference passes its input on
    takes_key: bool = False  # the forward takes key=(seed, operation, step), its only randomness
    running: Running | None = None  # running statistics, of a layer whose description declares state
    fuses_relu: bool = False  # a table may compute a ReLU that follows in the same kernel
    fuses_relu6: bool = False  # and a ReLU6
    # At inference, a scale and a shift that joins the weights of these layers before it.
    folds_into: tuple[str, ...] = ()
    flattens: bool = False  # reads a sample of any shape as one row of numbers
    reshapes: bool = False  # moves no numbers: the same entries under another shape
    sums_inputs: bool = False  # adds its inputs, so that each receives the whole upstream gradient


KINDS: dict[str, LayerKind] = {}


def declare(kind: LayerKind) -> LayerKind:
    """Make a layer known by its name, and return it. Declaring a name again replaces it, as a notebook's cell does."""
    KINDS[kind.name] = kind
    return kind

"""The table of layers: every name a network may use, with the functions that compute it.

`REFERENCE` is plain NumPy, made of what the files of this room declare. A faster table is `dataclasses.replace(REFERENCE, name=...,
conv=Pair(...), ...)`: the same signatures, the same results within stated tolerances, forward and backward replaced together. Code
that composes layers takes a `Layers`; there is no global switch.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import make_dataclass
from typing import Any

from pellucid.layers import sandwich
from pellucid.layers.kind import KINDS, Infer, LayerKind
from pellucid.layers.losses import LOSS_KINDS
from pellucid.layers.pair import Pair
from pellucid.shapes import Array

__all__ = ["FUSIONS", "LIBRARY", "REFERENCE", "Layers"]

LossEntry = Callable[..., tuple[float, Array]]

FUSIONS = {
    name: Pair(getattr(sandwich, f"{name}_forward"), getattr(sandwich, f"{name}_backward"))
    for name in ("affine_relu", "affine_norm_relu_dropout", "conv_relu", "conv_bn_relu", "conv_relu_pool")
}


def _entries() -> Iterator[tuple[str, Any, Any]]:
    """Yield (name, type, the reference's function or pair) of each entry: layers, inference, losses, fusions."""
    for kind in KINDS.values():
        yield kind.name, Pair, kind.pair
        if kind.infer is not None:
            yield f"{kind.name}_infer", Infer, kind.infer
    for loss in LOSS_KINDS.values():
        yield loss.entry, LossEntry, loss.function
    for name, pair in FUSIONS.items():
        yield name, Pair, pair


ENTRIES = tuple(_entries())
_Entries: Any = make_dataclass("_Entries", [("name", str), *((n, t) for n, t, _ in ENTRIES)], frozen=True)


class Layers(_Entries):  # type: ignore[misc]  # its fields are the declared layers
    """One implementation of every layer. Layers: a `Pair` each; `NAME_infer`: an inference of its own; `NAME_loss`; fusions."""

    def __repr__(self) -> str:
        """Return the name alone: a page of addresses of functions tells nobody anything."""
        return f"Layers({self.name!r})"

    def pair(self, kind: str) -> Pair:
        """Return the (forward, backward) of a layer by name. Raises KeyError for a name that is not a layer of the table."""
        found = getattr(self, kind, None)
        if not isinstance(found, Pair):
            raise KeyError(f"the table {self.name!r} has no layer {kind!r}")
        return found

    def pair_of(self, layer: LayerKind) -> Pair:
        """Return this table's (forward, backward) of a layer, or the layer's own, where the table does not know it."""
        return getattr(self, layer.name) if self.knows(layer) else layer.tables.get(self.name, layer.pair)

    def infer_of(self, layer: LayerKind) -> Infer | None:
        """Return this table's inference of a layer, or None where inference computes what the forward does."""
        return getattr(self, f"{layer.name}_infer", layer.infer) if self.knows(layer) else layer.infer

    @staticmethod
    def knows(layer: LayerKind) -> bool:
        """Whether a layer is one of the library's; one from outside is computed by its own pair."""
        return layer.name in LIBRARY

    def loss(self, name: str) -> LossEntry:
        """Return a loss by name."""
        return getattr(self, LOSS_KINDS[name].entry)


LIBRARY: Mapping[str, LayerKind] = dict(KINDS)
REFERENCE = Layers("reference", **{name: entry for name, _, entry in ENTRIES})

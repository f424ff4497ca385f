"""A network put together from what a reader found: layers called on values, each with its arrays, shared where they were shared."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pellucid.interop import InteropError
from pellucid.layers import Node
from pellucid.nets import Description, Network, Operation
from pellucid.shapes import Array, ShapeError

__all__ = ["Arrays", "Assembly", "Filled", "Roots"]

Roots = tuple[tuple[str, Array], ...]  # parameters there, by name, and the part of each that an array is or comes from


class Filled(NamedTuple):
    """What one array of a layer starts with."""

    array: Array | None  # None: its first value
    learns: bool = True
    roots: Roots = ()  # what learns there and is this array here; an array of the same numbers in another layer is refused
    computed: str = ""  # where it is computed from its roots, in whose place it learns here


Arrays = Callable[[Operation], Mapping[str, Filled]]  # what each array of an operation starts with, by its full name


@dataclass
class Assembly:
    """Layers and the arrays that they start with."""

    who: str  # for messages: "from_torch"
    arrays: dict[int, tuple[Description, Arrays]] = field(
        default_factory=dict
    )  # by the layer's identity, which it keeps
    shared: dict[Hashable, Description] = field(default_factory=dict)
    made: list[Node] = field(default_factory=list)  # kept, so that no later layer takes the identity of an unused one
    folded: list[str] = field(default_factory=list)  # learned arrays that are computed there, and where
    owners: dict[str, list[tuple[Array, str]]] = field(
        default_factory=dict
    )  # by a root's name: its parts and their arrays

    def call(self, layer: Description, inputs: Sequence[Node], arrays: Arrays, key: Hashable = None) -> Node:
        """Return the value that a layer makes of others. The same key means the same layer: its parameters are shared."""
        if key is not None:
            layer = self.shared.setdefault((key, layer), layer)
        self.arrays.setdefault(id(layer), (layer, arrays))
        node = layer(*inputs)
        self.made.append(node)
        return node

    def network(self, inputs: Sequence[Node], outputs: Sequence[Node], dtype: npt.DTypeLike) -> Network:
        """Return the network between these values, its arrays filled in: a list of layers where it is a chain."""
        try:
            net = self._built(inputs, outputs, dtype)
        except ShapeError as error:
            raise InteropError(f"{self.who}: {error}") from None
        frozen = set()
        for operation in net.program.operations:
            if operation.is_repeated:
                continue
            _, arrays = self.arrays[id(operation.description)]
            for name, filled in arrays(operation).items():
                into = net.params if name in operation.params else net.state
                if filled.array is not None and filled.array.shape != into[name].shape:
                    raise InteropError(
                        f"{self.who}: {name} must have shape {into[name].shape}; got {filled.array.shape}"
                    )
                if filled.array is not None:
                    into[name] = filled.array
                if not filled.learns and name in operation.params:
                    frozen.add(name)
                elif name in operation.params:
                    self._own(name, filled)
        if frozen:
            net.freeze(*frozen)
        return net

    def _own(self, name: str, filled: Filled) -> None:
        """Note what a learned array is there. Raises InteropError where another array is the same."""
        if filled.computed:
            self.folded.append(f"{name} ({filled.computed})")
        for root, part in filled.roots:
            others = self.owners.setdefault(root, [])
            tied = next((own for array, own in others if own != name and np.shares_memory(array, part)), None)
            if tied is not None:
                raise InteropError(
                    f"{self.who}: {root} is {tied} and, in another form, {name}; two layers share all of their arrays in one "
                    "form, or none (what does not learn, requires_grad=False, may be shared)"
                )
            others.append((part, name))

    def _built(self, inputs: Sequence[Node], outputs: Sequence[Node], dtype: npt.DTypeLike) -> Network:
        chain = _chain(inputs, outputs)
        if chain is None:
            return Network(list(inputs), list(outputs), dtype=dtype)
        return Network(chain, inputs[0].shape, dtype=dtype)


def _chain(inputs: Sequence[Node], outputs: Sequence[Node]) -> list[Description] | None:
    """Return the layers between one input and one output; None where they are not a chain, or one is shared."""
    if len(inputs) != 1 or len(outputs) != 1:
        return None
    layers, node = [], outputs[0]
    while node.layer is not None:
        if len(node.inputs) != 1:
            return None
        layers.append(node.layer)
        node = node.inputs[0]
    if not layers or node is not inputs[0] or len({id(layer) for layer in layers}) < len(layers):
        return None
    return layers[::-1]

"""Networks that are not a chain: values that several layers read, several inputs or outputs, layers used twice.

    image, table = Input((3, 8, 8)), Input((5,))
    features = Flatten()(ReLU()(Conv(8, 3)(image)))
    scores = Affine(10)(Concat()(features, table))
    net = Network([image, table], scores)

A `NetworkGraph` is what `Network` makes of the nodes: plain data, which is lowered, saved and drawn. It is a description itself, so
that a network may stand in another.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple, Protocol

from pellucid.layers import Description, Node
from pellucid.layers.description import Shape
from pellucid.nets.arguments import checked_shape
from pellucid.shapes import Array, ShapeError

__all__ = ["Call", "Input", "NetworkGraph", "as_description", "chain_graph", "graph_of", "inner_arrays"]


class Input(Node):
    """What goes into a network that is a graph: `Input((3, 32, 32))`, the shape of one sample. `name` is for messages."""

    def __init__(self, shape: Sequence[int], *, name: str = "") -> None:
        super().__init__(checked_shape(shape, "Input: shape"), name=name)


class Call(NamedTuple):
    """One layer of a graph, called on values."""

    layer: (
        int  # its place among the graph's layers; a layer that is called twice has one place, and one set of parameters
    )
    inputs: tuple[int, ...]  # numbers of values: the graph's inputs come first, then the result of each call


class HoldsArrays(Protocol):
    """A network whose arrays a graph starts with, where it stands in another network."""

    frozen: frozenset[str]

    def named_tensors(self) -> dict[str, Array]: ...


@dataclass(frozen=True)
class NetworkGraph(Description):
    """Layers, and which values each is called on."""

    inputs: tuple[Shape, ...]  # the shape of one sample of each
    layers: tuple[Description, ...]
    calls: tuple[Call, ...]  # each reads only what came before
    outputs: tuple[int, ...]  # numbers of values
    name: str = ""  # of the layer, where it stands in another network; else network1, network2, ...
    arrays: HoldsArrays | None = field(default=None, compare=False, repr=False)
    prefix: ClassVar[str] = "network"
    takes_several = True

    def __post_init__(self) -> None:
        for place, call in enumerate(self.calls):
            known = len(self.inputs) + place
            if not 0 <= call.layer < len(self.layers) or not all(0 <= value < known for value in call.inputs):
                raise ShapeError(
                    f"NetworkGraph: call {place} must name one of its layers, and values made before it; got {call}"
                )
        if not self.outputs or not all(0 <= value < len(self.inputs) + len(self.calls) for value in self.outputs):
            raise ShapeError(f"NetworkGraph: outputs must be numbers of its values; got {self.outputs}")

    def shape_after(self, *shapes: Shape) -> Shape:
        self.check_as_layer(shapes)
        found = list(shapes)
        for call in self.calls:
            found.append(self.layers[call.layer].shape_after(*(found[value] for value in call.inputs)))
        return found[self.outputs[0]]

    def check_as_layer(self, shapes: Sequence[Shape]) -> None:
        """Raise ShapeError where the graph cannot be a layer of another network, on inputs of these shapes."""
        who = f"the network {self.name}" if self.name else "a network"
        if len(self.outputs) != 1:
            raise ShapeError(f"Network: {who} with {len(self.outputs)} outputs cannot be a layer; it needs one output")
        if tuple(shapes) != self.inputs:
            expected, received = (", ".join(map(str, sizes)) for sizes in (self.inputs, shapes))
            raise ShapeError(f"Network: {who} takes samples of shape {expected}; got {received}")


def as_description(layer: Any) -> Any:
    """Return what stands for a layer in a list: a network's description for a network, and anything else as it is."""
    return getattr(layer, "as_layer", layer)


def chain_graph(layers: Sequence[Description], input_shape: Shape, name: str) -> NetworkGraph:
    """Return a list of layers as a graph."""
    calls = tuple(Call(place, (place,)) for place in range(len(layers)))
    return NetworkGraph((input_shape,), tuple(layers), calls, (len(layers),), name)


def inner_arrays(networks: Mapping[str, NetworkGraph]) -> Iterator[tuple[str, str, Array, bool]]:
    """Yield (group, name, array, whether it is frozen) of the networks that stand in another under these names.

    group is "params" or "state".
    """
    for network, graph in networks.items():
        if graph.arrays is not None:
            for key, array in graph.arrays.named_tensors().items():
                group, _, name = key.partition("/")
                yield group, f"{network}.{name}", array, name in graph.arrays.frozen


def graph_of(inputs: Any, outputs: Any, name: str) -> NetworkGraph:
    """Return the graph between these nodes. Raises ShapeError for an input that is not used, or not listed."""
    entries, ends = _nodes("inputs", inputs), _nodes("outputs", outputs)
    places = {id(node): place for place, node in enumerate(entries)}
    if len(places) < len(entries):
        raise ShapeError("Network: inputs lists the same Input twice")
    for node in entries:
        if node.layer is not None:
            raise ShapeError(f"Network: inputs must be Inputs, such as Input((3, 32, 32)); got {node!r}")
    reached = {id(node): node for node in _reached(ends)}
    for number, node in enumerate(entries, start=1):
        if id(node) not in reached:
            raise ShapeError(f"Network: no output depends on input {number}, {_named(node)}; leave it out of inputs")
    computed = sorted((node for node in reached.values() if node.layer is not None), key=lambda node: node.number)
    for node in reached.values():
        if node.layer is None and id(node) not in places:
            raise ShapeError(f"Network: an output depends on {_named(node)}, which inputs does not list")
    if any(node.layer is None for node in ends):
        raise ShapeError("Network: an output must be what a layer makes; one of the outputs is an Input")
    layers: dict[int, Description] = {}
    for node in computed:
        layers.setdefault(id(node.layer), node.layer)  # type: ignore[arg-type]
        places[id(node)] = len(places)
    numbers = {key: place for place, key in enumerate(layers)}
    calls = tuple(Call(numbers[id(node.layer)], tuple(places[id(n)] for n in node.inputs)) for node in computed)
    shapes = tuple(node.shape for node in entries)
    return NetworkGraph(shapes, tuple(layers.values()), calls, tuple(places[id(node)] for node in ends), name)


def _nodes(who: str, given: Any) -> tuple[Node, ...]:
    nodes = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    if not nodes or not all(isinstance(node, Node) for node in nodes):
        wrong = next((node for node in nodes if not isinstance(node, Node)), given)
        raise ShapeError(
            f"Network: {who} must be nodes, as in x = Input((4,)); y = Affine(3)(x); Network(x, y); got {wrong!r}"
        )
    return nodes


def _reached(ends: Sequence[Node]) -> Iterator[Node]:
    """Yield every node that these depend on, and these."""
    seen: set[int] = set()
    waiting = list(ends)
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            waiting += node.inputs
            yield node


def _named(node: Node) -> str:
    return f"{node!r} named {node.name!r}" if node.name else repr(node)

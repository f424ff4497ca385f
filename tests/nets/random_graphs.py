"""Random graphs: values that several layers read, sums and concatenations, layers called twice, networks within, several inputs."""

import numpy as np
from hypothesis import strategies as st
from tests.nets.random_networks import Draw

from pellucid.layers import Node
from pellucid.nets import Add, Affine, Concat, Flatten, Input, Network, Tanh


class GraphDraw(Draw):
    """Draws nodes of a growing graph."""

    def __init__(self, seed, images):
        super().__init__(seed)
        size = (self.size(4), self.size(4))
        shapes = [(self.size(), *size) if images else (self.size(4),) for _ in range(self.size(2))]
        self.inputs = [Input(shape) for shape in shapes]
        self.nodes: list[Node] = list(self.inputs)

    def grow(self):
        """Add one value."""
        ways = [self.plain_layer, self.plain_layer, self.sum, self.joined, self.again, self.network]
        self.nodes.append(self.rng.choice(ways)())

    def node(self):
        return self.rng.choice(self.nodes)

    def plain_layer(self):
        node = self.node()
        return self.plain(node.shape)(node)

    def sum(self):
        node = self.node()
        alike = [other for other in self.nodes if other.shape == node.shape]
        return Add()(node, *self.rng.choices(alike, k=self.size(2)))

    def joined(self):
        node = self.node()
        axis = self.between(0, len(node.shape) - 1)
        rest = node.shape[:axis] + node.shape[axis + 1 :]
        alike = [
            o for o in self.nodes if len(o.shape) == len(node.shape) and o.shape[:axis] + o.shape[axis + 1 :] == rest
        ]
        return Concat(axis)(node, *self.rng.choices(alike, k=self.size(2)))

    def again(self):
        """A layer that was called before, on another value or the same one."""
        called = [node for node in self.nodes if node.layer is not None and len(node.inputs) == 1]
        if not called:
            return self.plain_layer()
        node = self.rng.choice(called)
        fitting = [other for other in self.nodes if other.shape == node.inputs[0].shape]
        return node.layer(self.rng.choice(fitting))

    def network(self):
        """A network within the network."""
        node = self.node()
        x = Input(node.shape)
        inner = self.shape_preserving(node.shape)
        return Network(x, Add()(inner(x), Tanh()(x)), dtype=np.float64)(node)

    def scores(self):
        """Affine scores of everything that nothing reads yet."""
        read = {id(node) for value in self.nodes for node in value.inputs}
        ends = [node for node in self.nodes if id(node) not in read]
        rows = [Flatten()(node) if len(node.shape) == 3 else node for node in ends]
        return Affine(3)(Concat()(*rows) if len(rows) > 1 else rows[0])


def random_graph(seed, length, images):
    """A network in float64 of `length` random steps and its head, every parameter moved away from its first value."""
    draw = GraphDraw(seed, images)
    for _ in range(length):
        draw.grow()
    outputs = [draw.scores()]
    extra = [node for node in draw.nodes if node.layer is not None]
    if extra and draw.either(True, False):
        outputs.append(Tanh()(draw.rng.choice(extra)))
    net = Network(draw.inputs, outputs, dtype=np.float64, seed=seed % 2**16)
    rng = np.random.default_rng(seed)
    for array in (*net.params.values(), *net.state.values()):
        array += 0.2 * np.abs(rng.standard_normal(array.shape))
    return net


graphs = st.builds(random_graph, seed=st.integers(0, 2**32 - 1), length=st.integers(1, 7), images=st.booleans())

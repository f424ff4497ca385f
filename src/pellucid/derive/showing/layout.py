"""Where the nodes of a graph stand in its picture: rows from the inputs down to the output, few crossings, lines that run straight.

The method is Sugiyama's: nodes get ranks; a line across several ranks gets a place in each rank that it passes; the order within
a rank follows the mean of the neighbours; then places move towards their neighbours as far as the rank has room.
"""

from dataclasses import dataclass, field
from itertools import pairwise

from pellucid.derive.tracing.graph import Graph

__all__ = ["Layout", "Line", "arrange"]


@dataclass
class Place:
    """A spot in a rank: a node, or where a long line passes."""

    rank: int
    width: float
    node: int | None = None  # None: a line passes
    weight: float = 1.0  # how strongly it holds its preferred x where places collide
    x: float = 0.0
    above: list["Place"] = field(default_factory=list)
    below: list["Place"] = field(default_factory=list)


@dataclass
class Line:
    """One use of a value: from its node to the operation that reads it, with the places between."""

    source: int
    target: int
    operand: int  # which operand of the target
    path: list[Place]


@dataclass
class Layout:
    """Places of nodes, by number, and the lines between them."""

    nodes: dict[int, Place]
    lines: list[Line]
    ranks: list[list[Place]]


def arrange(graph: Graph, node_width: float, line_width: float, gap: float) -> Layout:
    """Return the layout; x grows to the right from 0, ranks count from 0 at the top."""
    ranks = _ranks(graph)
    # Inputs yield: they have one neighbour, and would push whole chains aside.
    weights = {node.number: 1.0 if node.primitive else 0.01 for node in graph.alive()}
    nodes = {number: Place(rank, node_width, number, weights[number]) for number, rank in ranks.items()}
    rows: list[list[Place]] = [[] for _ in range(max(ranks.values()) + 1)]
    for place in nodes.values():
        rows[place.rank].append(place)
    lines = []
    for node in graph.alive():
        for operand, source in enumerate(node.operands):
            if not isinstance(source, int):
                continue
            path = [nodes[source]]
            for rank in range(ranks[source] + 1, ranks[node.number]):
                passing = Place(rank, line_width)
                rows[rank].append(passing)
                path.append(passing)
            path.append(nodes[node.number])
            for upper, lower in pairwise(path):
                upper.below.append(lower)
                lower.above.append(upper)
            lines.append(Line(source, node.number, operand, path))
    _order(rows)
    _spread(rows, gap)
    return Layout(nodes, lines, rows)


def _ranks(graph: Graph) -> dict[int, int]:
    """A node stands below everything it reads; an input right above its first reader."""
    ranks: dict[int, int] = {}
    for node in graph.alive():
        before = [ranks[o] for o in node.operands if isinstance(o, int)]
        ranks[node.number] = 1 + max(before, default=-1)
    for node in graph.alive():
        readers = [ranks[user.number] for user in graph.uses(node)]
        if node.primitive is None and readers:
            ranks[node.number] = min(readers) - 1
    lowest = min(ranks.values())
    return {number: rank - lowest for number, rank in ranks.items()}


def _order(rows: list[list[Place]]) -> None:
    """Sort each rank by the mean place of the neighbours, down and up, several times."""
    at = {id(place): float(i) for row in rows for i, place in enumerate(row)}
    for sweep in range(12):
        downwards = sweep % 2 == 0
        for row in rows if downwards else rows[::-1]:
            preferred = {}
            for place in row:
                neighbours = place.above if downwards else place.below
                preferred[id(place)] = _mean([at[id(n)] for n in neighbours], at[id(place)])
            row.sort(key=lambda place: preferred[id(place)])
            for i, place in enumerate(row):
                at[id(place)] = float(i)


def _spread(rows: list[list[Place]], gap: float) -> None:
    for row in rows:
        x = 0.0
        for place in row:
            place.x = x + place.width / 2
            x += place.width + gap
    for sweep in range(600):
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            preferred = [_middle([*place.above, *place.below], place.x) for place in row]
            _settle(row, preferred, gap)
    left = min(place.x - place.width / 2 for row in rows for place in row)
    for row in rows:
        for place in row:
            place.x -= left


def _settle(row: list[Place], preferred: list[float], gap: float) -> None:
    """Move places to their preferred x, as near as order and width allow: blocks that collide share their mean."""
    blocks: list[_Block] = []
    for place, x in zip(row, preferred, strict=True):
        block = _Block([(place, place.width / 2)], place.width, place.weight * (x - place.width / 2), place.weight)
        while blocks and blocks[-1].start + blocks[-1].width + gap > block.start:
            block = blocks.pop().joined(block, gap)
        blocks.append(block)
    for block in blocks:
        for place, offset in block.members:
            place.x = block.start + offset


@dataclass
class _Block:
    """Neighbours that touch and move together."""

    members: list[tuple[Place, float]]  # with their offsets from the block's left end
    width: float
    pull: float  # the sum of weight * where the left end would have to be
    weight: float

    @property
    def start(self) -> float:
        """Where the left end stands."""
        return self.pull / self.weight

    def joined(self, other: "_Block", gap: float) -> "_Block":
        """This block with another to the right of it."""
        shift = self.width + gap
        members = self.members + [(place, offset + shift) for place, offset in other.members]
        return _Block(
            members, shift + other.width, self.pull + other.pull - shift * other.weight, self.weight + other.weight
        )


def _middle(neighbours: list[Place], otherwise: float) -> float:
    """The mean of the neighbours' places, each by its weight."""
    total = sum(place.weight for place in neighbours)
    return sum(place.weight * place.x for place in neighbours) / total if neighbours else otherwise


def _mean(values: list[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise

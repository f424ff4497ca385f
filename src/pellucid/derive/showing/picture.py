"""A graph as a picture (SVG): values flow down, gradients flow up next to them.

A line's width grows with the number of entries; its label is the shape, and what broadcasting does to it. A dot marks where a value
splits (is read several times), a plus where its gradients merge on the way back.
"""

import math
from collections.abc import Iterator
from html import escape

from pellucid.derive.showing.layout import Layout, Line, arrange
from pellucid.derive.showing.svg import BACKWARD, FORWARD, INK, PAPER, Point, arrow, beside, dot, label, plus, text
from pellucid.derive.tracing.backward import Contribution
from pellucid.derive.tracing.computation import GraphNode
from pellucid.derive.tracing.graph import Graph

__all__ = ["picture"]

NODE_WIDTH, NODE_HEIGHT, ROW, GAP, MARGIN, SIDE = 206.0, 52.0, 122.0, 34.0, 30.0, 105.0
BESIDE = 13.0  # between a line forward and its line backward


def picture(graph: Graph) -> str:
    """Return the SVG."""
    layout = arrange(graph, NODE_WIDTH, 96.0, GAP)
    steps = {(step.node.number, step.target.number): step for step in graph.backward()}
    end = max(place.x + place.width / 2 for row in layout.ranks for place in row)
    width = max(end + 2 * SIDE, 660.0)
    height = MARGIN * 2 + 62 + (len(layout.ranks) - 1) * ROW + NODE_HEIGHT + 34
    shift = (width - end) / 2
    body = [*_lines(graph, layout, steps, shift), *_nodes(graph, layout, shift)]
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="DejaVu Sans, Verdana, sans-serif">'
    )
    title = f"<title>{escape(graph.title)}: forward and backward</title>"
    arrows = "".join(
        f'<marker id="{name}" markerUnits="userSpaceOnUse" markerWidth="11" markerHeight="11" refX="9" refY="5.5" '
        f'orient="auto"><path d="M0,0 L11,5.5 L0,11 z" fill="{colour}"/></marker>'
        for name, colour in (("forward", FORWARD), ("backward", BACKWARD))
    )
    back = f'<rect width="100%" height="100%" fill="{PAPER}"/>'
    return "\n".join([head, title, f"<defs>{arrows}</defs>", back, *_legend(graph, width), *body, "</svg>"]) + "\n"


def _legend(graph: Graph, width: float) -> Iterator[str]:
    yield f'<text x="{MARGIN}" y="30" font-size="17" font-weight="bold" fill="{INK}">{escape(graph.title)}</text>'
    entries = ((FORWARD, "values, downwards", ""), (BACKWARD, "gradients, upwards", ' stroke-dasharray="7 4"'))
    x = MARGIN
    for colour, words, dashes in entries:
        yield f'<path d="M{x:.0f},50 h34" stroke="{colour}" stroke-width="3"{dashes}/>'
        yield text(x + 42, 54, words, 11.5, INK)
        x += 190
    yield dot(x + 6, 50)
    yield text(x + 18, 54, "split", 11.5, INK)
    yield from plus(x + 66, 50)
    yield text(x + 78, 54, "merge: gradients add", 11.5, INK)


def _nodes(graph: Graph, layout: Layout, shift: float) -> Iterator[str]:
    for number, place in layout.nodes.items():
        node = graph.nodes[number]
        x, y = place.x + shift, _top(place.rank)
        fill, stroke = _style(graph, node)
        yield (
            f'<rect x="{x - NODE_WIDTH / 2:.1f}" y="{y:.1f}" width="{NODE_WIDTH}" height="{NODE_HEIGHT}" rx="7" '
            f'fill="{fill}" stroke="{stroke}" stroke-width="1.4"/>'
        )
        yield text(x, y + 19, node.name, 13.5, INK, anchor="middle", weight="bold")
        yield text(
            x, y + 35, _fitted(_what(graph, node)), 10.5, INK, anchor="middle", family="DejaVu Sans Mono, monospace"
        )
        uses = [line for line in layout.lines if line.source == number]
        if len(uses) > 1:
            bottom = y + NODE_HEIGHT
            yield dot(x - 20, bottom)
            if node.learns:
                yield from plus(x + 20, bottom)
        if number == graph.output:
            yield from _ends(graph, node, x, y + NODE_HEIGHT)


def _ends(graph: Graph, node: GraphNode, x: float, y: float) -> Iterator[str]:
    """The result leaves below the last node, its gradient enters there."""
    width = _width(node)
    yield arrow([(x - BESIDE / 2, y), (x - BESIDE / 2, y + 30)], "forward", width)
    yield arrow([(x + BESIDE / 2, y + 30), (x + BESIDE / 2, y + 2)], "backward", width)
    yield text(x - 16, y + 22, graph.shape_text(node.shape), 11, FORWARD, anchor="end")
    yield text(x + 18, y + 22, "dout", 11, BACKWARD)


def _lines(graph: Graph, layout: Layout, steps: dict[tuple[int, int], Contribution], shift: float) -> Iterator[str]:
    for line in layout.lines:
        source = graph.nodes[line.source]
        points = _points(layout, line, shift)
        step = steps.get((line.target, line.source)) if source.learns else None
        aside = BESIDE / 2 if step else 0.0
        yield arrow([(x - aside, y) for x, y in points], "forward", _width(source))
        yield from _labels(graph, layout, line, points, step)
        if step:
            yield arrow([(x + aside, y) for x, y in reversed(points)], "backward", _width(source))


def _labels(graph: Graph, layout: Layout, line: Line, points: list[Point], step: Contribution | None) -> Iterator[str]:
    """The labels of a line, on its last stretch, which it shares with no other line."""
    target = graph.nodes[line.target]
    entering = sorted(
        (other for other in layout.lines if other.target == line.target), key=lambda other: other.path[-2].x
    )
    on_the_right = len(entering) > 1 and line is entering[-1]  # away from the other lines
    aside = BESIDE / 2 if step else 0.0
    left, right, y = beside(points[-2], points[-1], 0.36)
    forward = _forward_label(graph, graph.nodes[line.source], target)
    if on_the_right:
        yield from label(right + aside + 10, y + 4, forward, FORWARD, "start")
    else:
        yield from label(left - aside - 10, y + 4, forward, FORWARD, "end")
    _, x, y = beside(points[-2], points[-1], 0.7)
    if step and step.summed:
        yield from label(x + aside + 7, y + 4, f"Σ axis {', '.join(map(str, step.summed))}", BACKWARD, "start")
    elif step and target.primitive is not None and target.primitive.kind in ("sum", "mean"):
        yield from label(x + aside + 7, y + 4, "broadcast", BACKWARD, "start")


def _forward_label(graph: Graph, source: GraphNode, target: GraphNode) -> str:
    shape = graph.shape_text(source.shape)
    if target.primitive is not None and target.primitive.broadcasts and source.shape != target.shape:
        return f"{shape} → {graph.shape_text(target.shape)}"
    return shape


def _points(layout: Layout, line: Line, shift: float) -> list[Point]:
    """The line's corners: from a port at the bottom of its source, past other nodes, to a port at the top of its target."""
    source, target = layout.nodes[line.source], layout.nodes[line.target]
    leaving = sorted(
        (other for other in layout.lines if other.source == line.source), key=lambda other: other.path[1].x
    )
    entering = sorted(
        (other for other in layout.lines if other.target == line.target), key=lambda other: other.path[-2].x
    )
    start = source.x + shift + _port(leaving.index(line), len(leaving))
    end = target.x + shift + _port(entering.index(line), len(entering))
    points: list[Point] = [(start, _top(source.rank) + NODE_HEIGHT)]
    for place in line.path[1:-1]:
        points += [(place.x + shift, _top(place.rank) - 4), (place.x + shift, _top(place.rank) + NODE_HEIGHT + 4)]
    return [*points, (end, _top(target.rank) - 1)]


def _port(place: int, count: int) -> float:
    return (place - (count - 1) / 2) * min(84.0, NODE_WIDTH * 0.8 / max(count - 1, 1))


def _width(node: GraphNode) -> float:
    """One entry: 1.4; ten times as many: 0.9 more; at most 6."""
    return min(6.0, 1.4 + 0.9 * math.log10(max(node.value.size, 1)))


def _style(graph: Graph, node: GraphNode) -> tuple[str, str]:
    if node.primitive is not None:
        return ("#E8F1F8", FORWARD) if node.number == graph.output else ("#F7F7F7", "#777777")
    return ("#FFF4DC", "#E69F00") if node.learns else ("#EEEEEE", "#999999")


def _what(graph: Graph, node: GraphNode) -> str:
    if node.primitive is None:
        kind = "input" if node.is_input else "constant"
        return f"{kind} {graph.shape_text(node.shape)}" if node.learns else f"{kind}, no gradient"
    return graph.forward_code(node).replace("np.lib.stride_tricks.", "").replace("np.", "")


def _fitted(code: str) -> str:
    return code if len(code) <= 31 else code[:30] + "…"


def _top(rank: int) -> float:
    return MARGIN + 62 + rank * ROW

"""The marks of a picture in SVG: arrows, dots, plus signs, labels.

Colours are Okabe and Ito's, which colour-blind readers can tell apart; forward and backward differ in dashing too.
"""

from collections.abc import Iterator
from html import escape
from itertools import pairwise

__all__ = ["BACKWARD", "FORWARD", "INK", "PAPER", "Point", "arrow", "beside", "dot", "label", "plus", "text"]

FORWARD, BACKWARD, INK, PAPER = "#0072B2", "#D55E00", "#222222", "#FFFFFF"
Point = tuple[float, float]


def arrow(points: list[Point], kind: str, width: float) -> str:
    """A curve through the points with an arrowhead: solid blue for "forward", dashed orange for "backward"."""
    colour = FORWARD if kind == "forward" else BACKWARD
    dashes = "" if kind == "forward" else ' stroke-dasharray="7 4"'
    path = f"M{points[0][0]:.1f},{points[0][1]:.1f}"
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (y0 + y1) / 2
        path += f" C{x0:.1f},{middle:.1f} {x1:.1f},{middle:.1f} {x1:.1f},{y1:.1f}"
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="{width:.1f}"{dashes} marker-end="url(#{kind})"/>'
    )


def dot(x: float, y: float) -> str:
    """The mark where a value splits."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{FORWARD}"/>'


def plus(x: float, y: float) -> Iterator[str]:
    """The mark where gradients merge."""
    yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="{PAPER}" stroke="{BACKWARD}" stroke-width="2"/>'
    yield f'<path d="M{x - 4.5:.1f},{y:.1f} h9 M{x:.1f},{y - 4.5:.1f} v9" stroke="{BACKWARD}" stroke-width="2"/>'


def _along(start: Point, end: Point, share: float) -> Point:
    """The point of a curve of `arrow` at a share of its way."""
    rest = 1 - share
    middle = (start[1] + end[1]) / 2
    x = start[0] + (3 * share**2 - 2 * share**3) * (end[0] - start[0])
    return x, rest**3 * start[1] + 3 * rest * share * middle + share**3 * end[1]


def beside(start: Point, end: Point, share: float) -> tuple[float, float, float]:
    """The smallest and the largest x of a curve near a label at a share of its way, and the label's y."""
    _, y = _along(start, end, share)
    passed = [_along(start, end, step / 50) for step in range(51)]
    near = [x for x, other in passed if abs(other - y) <= 9]
    return min(near), max(near), y


def label(x: float, y: float, words: str, colour: str, anchor: str) -> Iterator[str]:
    """A label with a halo under it, so that a line behind does not make it unreadable."""
    place = f'<text x="{x:.1f}" y="{y:.1f}" font-size="11" text-anchor="{anchor}"'
    yield f'{place} stroke="{PAPER}" stroke-width="4" stroke-linejoin="round" fill="{PAPER}">{escape(words)}</text>'
    yield f'{place} fill="{colour}">{escape(words)}</text>'


def text(
    x: float,
    y: float,
    words: str,
    size: float,
    colour: str,
    *,
    anchor: str = "start",
    weight: str = "normal",
    family: str = "",
) -> str:
    """A line of text."""
    font = f' font-family="{family}"' if family else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}"{font} '
        f'fill="{colour}">{escape(words)}</text>'
    )

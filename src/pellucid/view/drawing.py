"""The layers of a network as a drawing: a row for each layer, in order, and the lines between them.

Neighbours are joined by a straight line. A link that passes over rows runs in a lane beside them; links that would meet get lanes
of their own.
"""

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["drawing"]

MOST_LANES = 6  # beside the rows; further links share the last one


def drawing(layers: Sequence[Mapping[str, str]], links: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Return rows {"name", "kind"} and links {"from", "to", "lane"}: numbers of rows, -1 for the input; lane 0 is straight."""
    places = {layer["name"]: number for number, layer in enumerate(layers)} | {"input": -1}
    known = sorted({(places[first], places[last]) for first, last in links if first in places and last in places})
    lanes: list[int] = []  # the row at which each lane is free again
    drawn = []
    for first, last in known:
        lane = 0
        if last - first != 1:
            free = next((number for number, until in enumerate(lanes) if until <= first), len(lanes))
            if free == len(lanes) < MOST_LANES:
                lanes.append(last)
            free = min(free, MOST_LANES - 1)
            lanes[free] = max(lanes[free], last)
            lane = free + 1
        drawn.append({"from": first, "to": last, "lane": lane})
    return {
        "rows": [{"name": layer["name"], "kind": layer["kind"]} for layer in layers],
        "links": drawn,
        "lanes": len(lanes),
    }

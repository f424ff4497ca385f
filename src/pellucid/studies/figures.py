"""Figures of studies.

The colours of `style`, which colour-blind readers can tell apart, every series with a marker of its own, SVG and PNG.
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.studies.table import Table
from pellucid.style import SERIES, make_logarithmic, png_of, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["COLOURS", "curve", "figure_files", "finish", "legend", "new_figure"]

COLOURS = SERIES
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))


def new_figure(panels: int = 1) -> "Figure":
    """Return an empty figure with room for this many panels side by side."""
    from matplotlib.figure import Figure

    return Figure(figsize=(4.6 * panels + 0.8, 3.9))


def curve(axes: Any, table: Table, x: str, y: str, *, label: str, place: int) -> None:
    """Draw the median of y over the seeds against x, with a band from the smallest to the largest seed."""
    settings = table.settings(x)
    rows = [[float(row[y]) for row in table.where(**{x: setting})] for setting in settings]
    style: dict[str, Any] = {"color": COLOURS[place], "marker": MARKERS[place], "linestyle": DASHES[place]}
    axes.plot(settings, [np.median(r) for r in rows], markersize=4, label=label, **style)
    axes.fill_between(
        settings, [min(r) for r in rows], [max(r) for r in rows], color=COLOURS[place], alpha=0.15, linewidth=0
    )


def finish(
    axes: Any,
    xlabel: str,
    ylabel: str,
    *,
    title: str = "",
    logx: bool = False,
    logy: bool = False,
    ticks: Sequence[float] = (),
) -> None:
    """Label the axes."""
    axes.set(xlabel=xlabel, ylabel=ylabel, title=title)
    if logx:
        make_logarithmic(axes, "x")
    if logy:
        make_logarithmic(axes, "y")
    if ticks:
        axes.set_xticks(list(ticks), [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    axes.grid(visible=True)


def legend(figure: "Figure") -> None:
    """Draw one legend for all panels, above them, where it covers nothing."""
    named: dict[str, Any] = {}
    for axes in figure.axes:
        handles, labels = axes.get_legend_handles_labels()
        named |= dict(zip(labels, handles, strict=True))
    if named:
        figure.legend(named.values(), named.keys(), loc="outside upper center", ncols=len(named))


def figure_files(figure: "Figure") -> dict[str, bytes]:
    """Return the figure as SVG and PNG; equal figures give equal bytes."""
    import matplotlib as mpl

    buffer = io.BytesIO()
    with styled(), mpl.rc_context({"svg.fonttype": "path"}):  # the same letters whatever fonts the reader has
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return {"svg": buffer.getvalue(), "png": png_of(figure, dpi=130)}

"""The figure: peer's time / ours for every case, with the goals."""

from pathlib import Path
from typing import Any

from bench.results import Results

SECTIONS = {"steps": "step, ", "convs": "conv ", "inference": "inference, ", "memory": "memory, "}


def bars(results: Results) -> list[tuple[str, float, float | None]]:
    """Return label, ratio and goal of every case that has a ratio."""
    made = []
    for section, prefix in SECTIONS.items():
        for name, record in results.sections.get(section, {}).items():
            for peer, group in record.get("groups", {}).items():
                if "ratio" in group:
                    label = f"{prefix}{name}" + (f" / {peer}" if peer != "PyTorch" else "")
                    made.append((label, group["ratio"], group.get("goal")))
    return made


def figure(results: Results, path: Path) -> None:
    """Write the figure. A case without a ratio is not drawn."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    found = bars(results)
    made: Any = Figure(figsize=(7.5, 0.6 + 0.26 * max(1, len(found))), layout="constrained")
    FigureCanvasSVG(made)
    axes = made.add_subplot()
    places = range(len(found), 0, -1)
    axes.barh(places, [ratio for _, ratio, _ in found], height=0.62, color="#3b6ea5")
    for place, (_, ratio, goal) in zip(places, found, strict=True):
        axes.text(ratio, place, f" {ratio:.1f}", va="center", fontsize=8)
        if goal:
            axes.plot([goal, goal], [place - 0.42, place + 0.42], color="#c8553d", linewidth=2)
    axes.axvline(1, color="#444444", linewidth=0.8)
    axes.set_yticks(list(places), [label for label, _, _ in found], fontsize=8)
    axes.set_xscale("log")
    axes.set_xticks([0.5, 1, 2, 3, 5, 10], ["0.5", "1", "2", "3", "5", "10"])
    axes.minorticks_off()
    axes.set_xlabel("time of the best peer / Pellucid; above 1 Pellucid is faster; red: the goal")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    made.savefig(path, metadata={"Date": None})

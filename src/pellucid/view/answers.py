"""What the page asks for, as JSON documents: curves in a window, settings that differ, layers and their vitals, findings."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from pellucid.doctor import ailment_of
from pellucid.shapes import Array
from pellucid.view.curves import title_of
from pellucid.view.drawing import drawing
from pellucid.view.runs import ShownRun
from pellucid.view.series import Columns, Series, edges_of
from pellucid.view.vitals import VITALS

__all__ = ["CurveCache", "about", "differing", "evidence", "findings", "flow"]

EXACT = 2.0  # times the width: of as few places, each is drawn by itself
CACHED = 4096  # windows of curves
MOST_SHADED = 24  # lines; the shades of more would cover each other

BOUNDED = ("softmax", "log_softmax", "sigmoid", "hard_sigmoid")  # whose outputs may well lie close together
EVIDENCE = {  # what an ailment reads: the curve or the vital that shows it
    "loss": "loss",
    "learned": "loss",
    "train_loss": "train_loss",
    "val_loss": "val_loss",
    "train_accuracy": "train_accuracy",
    "val_accuracy": "val_accuracy",
    "gradient_norm": "gradient_norm",
    "learning_rate": "learning_rate",
}


class CurveCache:
    """Curves as they are drawn. What was computed is kept until its run changes."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Any, ...], Columns] = {}

    def curves(
        self, runs: Sequence[ShownRun], names: Sequence[str], start: float | None, stop: float | None, width: int
    ) -> dict[str, Any]:
        """Return curves of runs in a window, over one x (W,): for each run and name mean, low and high (W,), None without a value.

        Where few places are in the window, each is drawn by itself ("exact"), and there is a mean alone.
        """
        shown = [(run, name, run.curves.series[name]) for run in runs for name in names if name in run.curves.series]
        shown = [(run, name, series) for run, name, series in shown if len(series)]
        lines: list[dict[str, Any]] = []
        if not shown:
            return {"x": [], "exact": True, "lines": lines}
        ends = [series.ends for *_, series in shown]
        low = min(first for first, _ in ends) if start is None else start
        high = max(last for _, last in ends) if stop is None else stop
        points = _few_points([series for *_, series in shown], low, high, int(EXACT * width))
        if points is not None:
            x = np.unique(np.concatenate([at for at, _ in points]))
            for (run, name, _), (at, values) in zip(shown, points, strict=True):
                lines.append(_line_of(run, name) | {"mean": _listed(_spread_out(x, at, values))})
            return {"x": x.tolist(), "exact": True, "lines": lines}
        edges = edges_of(low, high, width)
        parts = Columns._fields if len(shown) <= MOST_SHADED else ("mean",)
        for run, name, series in shown:
            columns = self._columns(run, name, series, edges)
            lines.append(_line_of(run, name) | {part: _listed(getattr(columns, part)) for part in parts})
        return {"x": ((edges[1:] + edges[:-1]) / 2).tolist(), "exact": False, "lines": lines}

    def _columns(self, run: ShownRun, name: str, series: Series, edges: Array) -> Columns:
        key = (run.name, run.curves.file.begun, run.curves.version, name, len(edges), float(edges[0]), float(edges[-1]))
        if key not in self._kept:
            if len(self._kept) >= CACHED:
                self._kept.clear()
            self._kept[key] = series.window(edges)
        return self._kept[key]


def differing(runs: Sequence[ShownRun]) -> dict[str, Any]:
    """Return the settings that differ between runs: a row each, with a value for each run ("" where it is not set)."""
    settings = [run.settings() for run in runs]
    names = dict.fromkeys(name for one in settings for name in one)
    rows = [{"name": name, "values": [one.get(name, "") for one in settings]} for name in names]
    several = len(runs) > 1
    shown = [row for row in rows if not several or len(set(row["values"])) > 1]
    return {"runs": [run.name for run in runs], "rows": shown, "equal": len(rows) - len(shown)}


def flow(run: ShownRun, name: str) -> dict[str, Any]:
    """Return a run's layers as a drawing, and one of their vitals over time."""
    layers, measured = run.layers(), run.vitals.measured()
    names = [layer["name"] for layer in layers]
    vital = next((one for one in VITALS if one.name == name and name in measured), None)
    vital = vital or next((one for one in VITALS if one.name in measured), VITALS[0])
    return {
        "run": run.name,
        "vital": vital._asdict(),
        "vitals": [{"name": one.name, "title": one.title} for one in VITALS if one.name in measured],
        "drawing": drawing(layers, run.links()),
        "bounded": [layer["kind"] in BOUNDED for layer in layers],
        **run.vitals.shown(vital.name, names),
    }


def findings(run: ShownRun) -> dict[str, Any]:
    """Return a run's findings, causes first; None where no doctor looked."""
    found: list[dict[str, Any]] | None = run.findings.value
    layers = {layer["name"] for layer in run.layers()}
    shown = None if found is None else [one | {"layer": one["where"] in layers} | _shown_by(run, one) for one in found]
    watched = run.setup.value is not None
    return {"run": run.name, "findings": shown, "live": run.state == "live", "watched": watched}


def evidence(run: ShownRun, code: str) -> dict[str, Any] | None:
    """Return the curve that a finding is about, with the usual range where there is one; None where nothing can be drawn."""
    for one in run.findings.value or ():
        if one["code"] == code and (found := _drawn(run, one)) is not None:
            return found | {"since": one["since_step"]}
    return None


@lru_cache(maxsize=256)
def about(code: str) -> Mapping[str, Any] | None:
    """Return the page of an ailment as paragraphs and items; None for a code that is not known."""
    ailment = ailment_of(code)
    if ailment is None:
        return None
    blocks: list[dict[str, str]] = []
    for paragraph in ailment.page().split("\n\n"):
        if paragraph.startswith("- "):
            blocks += [{"kind": "item", "text": line.removeprefix("- ")} for line in paragraph.splitlines()]
        else:
            blocks.append({"kind": "text", "text": " ".join(paragraph.split())})
    return {"code": ailment.code, "name": ailment.name, "title": ailment.title, "blocks": blocks}


def _shown_by(run: ShownRun, finding: Mapping[str, Any]) -> dict[str, Any]:
    drawn = _drawn(run, finding)
    return {"drawn": drawn is not None, "vital": None if drawn is None else drawn["vital"]}


def _drawn(run: ShownRun, finding: Mapping[str, Any]) -> dict[str, Any] | None:
    ailment = ailment_of(finding["code"])
    reads = () if ailment is None else ailment.reads
    layers = {layer["name"] for layer in run.layers()}
    for vital in VITALS:
        if vital.name in reads and finding["where"] in layers:
            shown = run.vitals.shown(vital.name, [finding["where"]])
            if any(value is not None for value in shown["values"][0]):
                title = f"{vital.title} of {finding['where']}"
                usual = {"low": vital.low, "high": vital.high, "logarithmic": vital.logarithmic}
                return {"title": title, "x": shown["steps"], "y": shown["values"][0], "vital": vital.name, **usual}
    for read in (*reads, "loss"):
        name = EVIDENCE.get(read, "")
        if name in run.curves.series and len(run.curves.series[name]):
            drawn = CurveCache().curves([run], [name], None, None, 200)
            usual = {"vital": None, "low": None, "high": None, "logarithmic": False}
            return {"title": title_of(name), "x": drawn["x"], "y": drawn["lines"][0]["mean"], **usual}
    return None


def _line_of(run: ShownRun, name: str) -> dict[str, str]:
    return {"run": run.name, "name": name, "title": title_of(name)}


def _few_points(series: Sequence[Series], low: float, high: float, most: int) -> list[tuple[Array, Array]] | None:
    """Return the points of each series in a window, where together they have few places."""
    found = []
    for one in series:
        if one.count(low, high) > most:
            return None
        found.append(one.points(low, high))
    return found if len(np.unique(np.concatenate([at for at, _ in found]))) <= most else None


def _spread_out(x: Array, at: Array, values: Array) -> Array:
    """Return values at places as values at x (W,), which holds those places; NaN elsewhere."""
    found = np.full(len(x), np.nan)
    found[np.searchsorted(x, at)] = values
    return found


def _listed(values: Array) -> list[float]:
    """Return numbers to six digits, as many as a drawing needs; what is not finite becomes null in JSON."""
    with np.errstate(all="ignore"):
        size = np.where(np.isfinite(values) & (values != 0), np.abs(values), 1.0)
        scale = 10.0 ** np.clip(5 - np.floor(np.log10(size)), -300, 300)
        rounded = np.where(scale >= 1, np.rint(values * scale) / scale, values)
    listed: list[float] = rounded.tolist()
    return listed

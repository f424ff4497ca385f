"""How the checker does on the units of `units/`, whose first lines say the truth."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

import pellucid
from pellucid.checker.recognising.records import Outline
from pellucid.checker.recognising.units import units_in
from pellucid.checker.running.worker.unit_outline import units_of

UNITS = Path(__file__).parent / "units"
KINDS = {
    "batchnorm": "batch norm", "layernorm": "layer norm", "svm": "hinge", "mse": "squared error", "bce": "binary cross-entropy",
    "maxpool": "max pooling", "avgpool": "average pooling", "conv": "convolution", "matmul": "matrix product",
}  # fmt: skip


@dataclass
class Score:
    """How many units there are, and how many are right in each respect; what is not right, in words."""

    counts: Counter = field(default_factory=Counter)
    remarks: list = field(default_factory=list)

    def share(self, part, whole):
        """Return the share of one count in another."""
        return self.counts[part] / max(1, self.counts[whole])


def truth_of(path):
    """Return what a file says of its units, and the numbers of its mistaken lines."""
    lines = path.read_text(encoding="utf-8").splitlines()
    units = [
        [part.strip() for part in line.removeprefix("# unit:").split("|")]
        for line in lines
        if line.startswith("# unit:")
    ]
    return units, [number for number, line in enumerate(lines, 1) if line.endswith("# here")]


def score(paths):
    """Check files and compare with what they say of their units."""
    result = Score()
    for path in paths:
        report = pellucid.check(path)
        assert not report.error or not report.all, report.error
        outline = msgspec.convert(units_of(path.read_text(encoding="utf-8")), Outline)
        units = {unit.name: unit for unit in units_in(outline)}
        truth, here = truth_of(path)
        for name, *rest in truth:
            _score_one(result, report, units.get(name), (name, *rest), here)
    return result


def _score_one(result, report, unit, truth, here):
    name, kind, verdict, *words = truth
    mine = [one for one in report.all if unit and one.name in (unit.shown("forward"), unit.shown("backward"))]
    told = " ".join(note["title"].lower() for one in mine for note in one.conventions if note["id"] == "recognised")
    by_pack = [one for one in report.functions if one in mine]
    if kind != "none":
        is_recognised = KINDS.get(kind, kind).lower() in told or bool(by_pack)
        result.counts.update(known=1, recognised=is_recognised)
        result.remarks += [] if is_recognised else [f"{name}: not recognised ({told})"]
    bad = [one for one in mine if one.is_bad]
    if verdict == "correct":
        result.counts.update(right=1, false_alarms=bool(bad))
        result.remarks += [f"{name}: false alarm: {cause.title}" for one in bad for cause in one.causes]
        return
    said = " ".join(f"{cause.title} {cause.explanation} {cause.formula}".lower() for one in bad for cause in one.causes)
    is_named = any(word in said for word in words[0].split("/"))
    first, last = (unit.owner.line, unit.owner.end) if unit and unit.owner else _span(unit)
    marked = [number for number in here if first <= number <= last]
    is_at_line = is_named and any(cause.line in marked for one in bad for cause in one.causes)
    result.counts.update(wrong=1, found=bool(bad), named=is_named, at_line=is_at_line)
    result.remarks += (
        [] if is_at_line else [f"{name}: found {bool(bad)}, named {is_named}, at the line {is_at_line}: {said[:200]}"]
    )


def _span(unit):
    return (0, 0) if unit is None else (unit.forward.line, (unit.backward or unit.forward).end)

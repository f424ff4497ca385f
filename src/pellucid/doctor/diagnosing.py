"""From a chart to findings: every ailment looks, causes come before what they explain."""

from collections.abc import Iterable
from dataclasses import replace

from pellucid.doctor.ailment import Ailment
from pellucid.doctor.ailments import AILMENTS
from pellucid.doctor.chart import Chart
from pellucid.doctor.finding import AilmentFinding

__all__ = ["diagnose"]

SURENESS = {"high": 0, "medium": 1, "low": 2}


def diagnose(chart: Chart, ailments: Iterable[Ailment] | None = None) -> tuple[AilmentFinding, ...]:
    """Return the findings: causes first, each followed by what it explains; of causes, the surest first."""
    looked = AILMENTS.values() if ailments is None else ailments
    found = {each.name: finding for each in looked if (finding := each.finding(chart)) is not None}
    return _ordered(found)


def _ordered(found: dict[str, AilmentFinding]) -> tuple[AilmentFinding, ...]:
    causes = {name: _causes(name, found) for name in found}
    roots = sorted((name for name in found if not causes[name]), key=lambda name: SURENESS[found[name].confidence])
    order: list[AilmentFinding] = []
    placed: set[str] = set()

    def place(name: str, because: str) -> None:
        if name in placed:
            return
        placed.add(name)
        order.append(replace(found[name], because=because))
        for other in found:
            if name in causes[other]:
                place(other, found[name].code)

    for name in roots or list(found):
        place(name, "")
    return tuple(order)


def _causes(name: str, found: dict[str, AilmentFinding]) -> set[str]:
    """Return the found ailments that explain this one: those that are at least as sure."""
    sure = SURENESS[found[name].confidence]
    return {
        each.name
        for each in AILMENTS.values()
        if each.name in found and name in each.explains and SURENESS[found[each.name].confidence] <= sure
    }

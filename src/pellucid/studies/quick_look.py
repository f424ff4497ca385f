"""A quick run beside the stored result of the full one: what the full run found, what the quick one gave, what it cannot decide."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pellucid.studies.results import findings_of, measured
from pellucid.studies.statistics import Finding, seeds_needed
from pellucid.studies.study import Config, Study
from pellucid.studies.wording import conclusion, number, wording_of

__all__ = ["Beside", "beside_the_full_run", "cannot_decide"]


class Beside(NamedTuple):
    """A statement: the result of the full run, and what a quick run gave."""

    full: str
    quick: str


def beside_the_full_run(study: Study, findings: Sequence[Finding]) -> list[Beside]:
    """Put each finding of a quick run beside that of the full run; statements that only the full run tests come last."""
    result = measured(study)
    full = {finding.statement: finding for finding in findings_of(result)} if result else {}
    tested = {finding.statement for finding in findings}
    lines = [_beside(finding, full.get(finding.statement)) for finding in findings]
    missing = [finding for statement, finding in full.items() if statement not in tested and finding.decides]
    return lines + [Beside(conclusion(finding), "not tried by a quick run") for finding in missing]


def _beside(quick: Finding, full: Finding | None) -> Beside:
    """Word one statement: in the direction of the full result, so that a quick effect can never be read as the result."""
    worded = wording_of(quick)
    if full is None:
        return Beside(worded.statement + " ...: not part of the full run", worded.size)
    effect = quick.effect.estimate
    if quick.kind == "within":
        return Beside(conclusion(full), worded.size)
    against = effect * full.effect.estimate < 0
    if not against:
        return Beside(conclusion(full), "no difference" if effect == 0 else f"{worded.size}, in the same direction")
    clear = full.effect.low > 0 or full.effect.high < 0
    opposite = "the small sizes do this; the full result counts" if clear else "the full run leaves the direction open"
    return Beside(conclusion(full), f"{worded.size} in the opposite direction: {opposite}")


def cannot_decide(study: Study, about: Mapping[str, Any], findings: Sequence[Finding]) -> str:
    """Say in one line why a quick run decides nothing: too few seeds, smaller sizes, other data."""
    reasons = []
    needed = max((seeds_needed(finding.effect.level) for finding in findings), default=0)
    if about["seeds"] < needed:
        seeds = f"{about['seeds']} seed{' gives' if about['seeds'] == 1 else 's give'}"
        reasons.append(f"{seeds} no interval (that takes {needed})")
    if smaller := reductions(study):
        reasons.append(f"it runs {', '.join(smaller)}")
    result = measured(study)
    if result and result["about"]["data"] != about["data"]:
        reasons.append(f"its data are {about['data']}, not {result['about']['data']}")
    return "; ".join(reasons)


def reductions(study: Study) -> list[str]:
    """Say what a quick grid leaves out of the full one: "samples 200 instead of 1,000", "5 values of scale instead of 20"."""
    full, quick = _values(study.grid(False)), _values(study.grid(True))
    found = []
    for name, values in full.items():
        some = quick.get(name, [])
        if some == values:
            continue
        label = name.replace("_", " ")
        if len(some) == len(values) == 1:
            found.append(f"{label} {_shown(some[0])} instead of {_shown(values[0])}")
        elif len(some) != len(values):
            found.append(f"{len(some)} value{'' if len(some) == 1 else 's'} of {label} instead of {len(values)}")
        else:
            found.append(f"{label} {', '.join(map(_shown, some))} instead of {', '.join(map(_shown, values))}")
    return found


def _values(grid: Sequence[Config]) -> dict[str, list[Any]]:
    """Return the values that each setting takes in a grid."""
    names = dict.fromkeys(name for config in grid for name in config)
    return {name: list(dict.fromkeys(config[name] for config in grid if name in config)) for name in names}


def _shown(value: Any) -> str:
    return number(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)

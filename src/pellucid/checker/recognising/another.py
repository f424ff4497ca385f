"""A function that has the name of a pack's function and is another one: it takes other arguments, or has another layout."""

import inspect
from dataclasses import replace

from pellucid.checker.asking.pack import Pack
from pellucid.checker.judging.verdicts import FunctionReport
from pellucid.checker.recognising.units import Unit
from pellucid.checker.running.reference import load_reference

__all__ = ["as_another", "as_other_signature", "other_arguments", "takes_more", "takes_others"]

LAYOUTS = ("(N, H, W, C)", "column", "(T, N, D)")


def takes_others(unit: Unit, pack: Pack) -> bool:
    """Whether a function takes other arguments than the pack's function of its name: more, fewer, a number for a dictionary."""
    known = pack.function(unit.forward.name)
    reference = load_reference(pack).namespace.get(known.name) if known is not None else None
    if not callable(reference):
        return False
    known_arguments = list(inspect.signature(reference).parameters.values())
    required = [one for one in known_arguments if one.default is one.empty]
    if len(required) != sum(argument.is_required for argument in unit.forward.args):
        return True
    pairs = zip(known_arguments, unit.forward.args, strict=False)
    return any(theirs.name.endswith("_param") and own.name not in unit.forward.keys for theirs, own in pairs)


def takes_more(unit: Unit, pack: Pack) -> bool:
    """Whether a call as the pack's leaves arguments of a function without a value, one of them of another name than the pack's."""
    known = pack.function(unit.forward.name)
    reference = load_reference(pack).namespace.get(known.name) if known is not None else None
    if not callable(reference):
        return False
    theirs = list(inspect.signature(reference).parameters)
    required = [one.name for one in unit.forward.args if one.is_required]
    return len(required) > len(theirs) and not set(required) <= set(theirs)


def other_arguments(unit: Unit, pack: Pack) -> str:
    """Return which arguments of the pack's function a function lacks, and which others it takes; "" where the names agree."""
    known = pack.function(unit.forward.name)
    reference = load_reference(pack).namespace.get(known.name) if known is not None else None
    if not callable(reference):
        return ""
    theirs, own = list(inspect.signature(reference).parameters), [one.name for one in unit.forward.args]
    missing, more = [name for name in theirs if name not in own], [name for name in own if name not in theirs]
    parts = [f"{word}{', '.join(names)}" for word, names in (("no ", missing), ("instead ", more)) if names]
    return ", ".join(parts)


def as_other_signature(report: FunctionReport, pack: Pack, arguments: str) -> FunctionReport:
    """Return the report on a function that cannot be called as the pack's, and is no layer that is known here: not judged."""
    title = f"not {pack.name}'s {report.name}: it takes other arguments: {arguments}; not judged"
    note = {"id": "another-function", "title": title, "explanation": "Check its gradient with pellucid.gradcheck."}
    return FunctionReport(report.name, "convention", 0, 0, conventions=[note])


def as_another(
    report: FunctionReport, pack: Pack, *, has_other_arguments: bool, forward: str | None = None, arguments: str = ""
) -> FunctionReport | None:
    """Return the report on a function as one that the pack does not ask for; None where it may be the pack's own.

    forward: of a backward, its forward, where that is another function; arguments: how its arguments differ.
    """
    what = next((one["title"] for one in report.conventions if one["id"] == "recognised"), "")
    is_another = what and (has_other_arguments or any(layout in what for layout in LAYOUTS))
    if forward is None and not is_another:
        return None
    how = (
        f"takes other arguments{f': {arguments}' if arguments else ''}" if has_other_arguments else "has another layout"
    )
    how = f"belongs to this {forward}" if forward is not None else how
    note = {"id": "another-function", "title": f"not {pack.name}'s {report.name}: it {how}", "explanation": ""}
    verdict = "convention" if report.verdict == "correct" else report.verdict
    return replace(report, verdict=verdict, conventions=[note, *report.conventions])

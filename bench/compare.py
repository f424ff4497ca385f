"""One case: every variant of a peer is tried briefly, the best few then take turns with ours; the best of those counts.

If the sides do not compute the same (their guards are compared first), there is no ratio.
"""

import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from bench.case import Case
from bench.side import Side, SideError, options_of, side_name

SETTLE_SECONDS = (
    0.02  # OpenMP's threads spin for some milliseconds after their work, which must not disturb the next side
)


class Effort(NamedTuple):
    """How long to measure."""

    rounds: int
    seconds: float  # of a side's turn
    trial_seconds: float  # of a variant's trial
    start_seconds: float  # time limit for the start; torch.compile is slow
    finalists: int  # variants of a peer that are measured in full
    compiled: bool  # whether torch.compile is tried
    libraries: dict[str, str]  # allocators that can be preloaded


def compare(case: Case, effort: Effort, say: Callable[[str], None], chosen: dict[str, list[str]] | None = None) -> Any:
    """Measure a case; return its record. `chosen` names the finalists of an earlier run, which skips the trials."""
    failed: dict[str, str] = {}
    trials: dict[str, float] = {}
    finalists: dict[str, list[str]] = {}
    for group, variants in case.peers.items():
        if chosen and chosen.get(group):
            finalists[group] = chosen[group]
        else:
            finalists[group] = select(case, group, variants, effort, say, trials, failed)
    names = [case.ours, *case.others, *(name for group in finalists.values() for name in group)]
    sides = _in_turns(case, list(dict.fromkeys(names)), effort, say, failed)
    return _record(case, sides, finalists, trials, failed)


def select(
    case: Case,
    group: str,
    variants: list[str],
    effort: Effort,
    say: Callable[[str], None],
    trials: dict[str, float],
    failed: dict[str, str],
) -> list[str]:
    """Return the fastest variants in a short trial, one process after another."""
    if len(variants) <= 1:
        return variants
    found: dict[str, float] = {}

    def tried(name: str) -> None:
        try:
            found[name] = trial(case, name, effort)
            say(f"    trial {name}: {found[name]:.3f} ms")
        except SideError as error:
            failed[name] = str(error)
            say(f"    {error}")

    for name in variants:
        tried(name)
    if found and case.compiled and effort.compiled:
        best = options_of(min(found, key=found.__getitem__))
        for name in compiled_variants(variants, best, case.compiled):
            tried(name)
    trials.update(found)
    return sorted(found, key=found.__getitem__)[: effort.finalists]


def compiled_variants(variants: list[str], best: dict[str, str], ways: tuple[str, ...]) -> list[str]:
    """Return the compiled variants to try: the best eager variant, in every memory format."""
    formats = dict.fromkeys(options_of(name).get("memory") for name in variants)
    made = []
    for way in ways:
        for memory in formats:
            options = best | ({} if memory is None else {"memory": memory}) | {"compile": way}
            made.append(side_name("torch", **options))
    return made


def trial(case: Case, name: str, effort: Effort) -> float:
    """Return the milliseconds per step of a side in a short run: the minimum of three turns."""
    side = Side(case.section, case.name, name, start_seconds=effort.start_seconds, libraries=effort.libraries)
    try:
        first = sum(side.run(1).values())
        steps = max(1, int(effort.trial_seconds / 3 * 1000 / max(first, 1e-3)))
        return min(sum(side.run(steps).values()) for _ in range(3))
    finally:
        side.close()


def _in_turns(
    case: Case, names: list[str], effort: Effort, say: Callable[[str], None], failed: dict[str, str]
) -> list[Side]:
    """Start every side, and give each one turn per round."""
    sides: list[Side] = []
    try:
        for name in names:
            try:
                sides.append(
                    Side(case.section, case.name, name, start_seconds=effort.start_seconds, libraries=effort.libraries)
                )
            except SideError as error:
                failed[name] = str(error)
                say(f"    {error}")
        steps = {}
        for side in sides:
            first = sum(side.run(1).values())
            steps[side.name] = max(1, int(effort.seconds * 1000 / max(first, 1e-3)))
        for _ in range(min(effort.rounds, case.maximum_rounds)):
            for side in sides:
                time.sleep(SETTLE_SECONDS)
                side.turns.append(side.run(steps[side.name]))
    finally:
        for side in sides:
            side.close()
    return sides


def agree(ours: list[float], theirs: list[float], tolerance: float) -> bool:
    """Whether two guards agree: the same number of finite values, each within the tolerance times the largest."""
    if len(ours) != len(theirs) or not ours:
        return False
    largest = max(abs(value) for value in ours)
    return all(abs(a - b) <= tolerance * largest for a, b in zip(ours, theirs, strict=True))


def _record(
    case: Case,
    sides: list[Side],
    finalists: dict[str, list[str]],
    trials: dict[str, float],
    failed: dict[str, str],
) -> dict[str, Any]:
    """Return the record: medians with minimum and maximum, the best of each group, ratios if the guards agree."""
    timed = {side.name: summary(side.turns) for side in sides if side.turns}
    by_name = {side.name: side for side in sides}
    groups: dict[str, Any] = {}
    for group, names in finalists.items():
        measured = [name for name in names if name in timed]
        if not measured or case.ours not in timed:
            continue
        mine = by_name[case.ours]
        wrong = [
            n for n in measured if not agree(mine.guard, by_name[n].guard, max(mine.tolerance, by_name[n].tolerance))
        ]
        for name in wrong:
            failed[name] = f"{name}: computes something different from {case.ours}: no ratio"
        best = best_of(timed, measured)
        groups[group] = {"best": best["name"], "median": best["median"], "finalists": names, "same": not wrong}
        if not wrong:
            ours = timed[case.ours]["median"]
            groups[group] |= {"ratio": best["median"] / ours, "goal": case.goals.get(group)}
            groups[group]["ratio_range"] = ratio_range(by_name[case.ours].turns, by_name[best["side"]].turns)
    return {"ours": case.ours, "sides": timed, "groups": groups, "trials": trials, "failed": failed}


def best_of(timed: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Return the best of a peer's variants. If parts are timed separately, each part counts with its own best variant."""
    side = min(names, key=lambda name: timed[name]["median"])
    parts = timed[side].get("parts")
    if not parts:
        return {"name": side, "side": side, "median": timed[side]["median"]}
    best = {part: min(names, key=lambda name: timed[name]["parts"][part]) for part in parts}
    called = side if len(set(best.values())) == 1 else "; ".join(f"{part}: {name}" for part, name in best.items())
    return {"name": called, "side": side, "median": sum(timed[name]["parts"][part] for part, name in best.items())}


def summary(turns: list[dict[str, float]]) -> dict[str, Any]:
    """Return median, minimum and maximum of the milliseconds per step, and the medians of the parts if there are several."""
    whole = [sum(turn.values()) for turn in turns]
    made: dict[str, Any] = {"median": statistics.median(whole), "min": min(whole), "max": max(whole), "turns": whole}
    if len(turns[0]) > 1:
        made["parts"] = {part: statistics.median(turn[part] for turn in turns) for part in turns[0]}
    return made


def ratio_range(ours: list[dict[str, float]], theirs: list[dict[str, float]]) -> tuple[float, float]:
    """Return the smallest and the largest ratio between turns of the same round."""
    ratios = [sum(b.values()) / sum(a.values()) for a, b in zip(ours, theirs, strict=True)]
    return min(ratios), max(ratios)

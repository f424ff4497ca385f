"""DR505: every step leaves something in memory."""

import itertools

from pellucid.doctor.ailment import Ailment, Sign
from pellucid.doctor.chart import Chart
from pellucid.doctor.thresholds import LEAKED_BYTES, STEADY_GROWTH
from pellucid.doctor.vitals import MemoryVitals

__all__ = ["AILMENT"]

FEWEST = 4  # samples of memory in the second half of a run


def look(chart: Chart) -> Sign | None:
    """Memory grew steadily through the second half of the steps."""
    late = _second_half(chart)
    if len(late) < FEWEST:
        return None
    first, last = late[0], late[-1]
    grown, steps = last.bytes - first.bytes, last.step - first.step
    if grown < LEAKED_BYTES or not _is_steady(late, grown / steps):
        return None
    evidence = (
        f"the process has {first.bytes / 1e6:,.0f} MB at step {first.step} and {last.bytes / 1e6:,.0f} MB at step {last.step}: "
        f"{_size(grown / steps)} more with each step"
    )
    return Sign(evidence, "process", values={"each": _size(grown / steps)})


def _second_half(chart: Chart) -> list[MemoryVitals]:
    """Return the samples of the second half, and after the first epoch, in which data may be kept as they are read."""
    if not chart.memory:
        return []
    begin = chart.memory[-1].step / 2
    if len(chart.epochs) > 1:
        begin = max(begin, chart.epochs[0].step)
    return [one for one in chart.memory if one.step >= begin]


def _is_steady(samples: list[MemoryVitals], rate: float) -> bool:
    """Whether memory grew in every interval, nearly as fast as on the whole."""
    pairs = itertools.pairwise(samples)
    return all(b.bytes - a.bytes >= STEADY_GROWTH * rate * (b.step - a.step) for a, b in pairs)


def _size(count: float) -> str:
    return f"{count / 1e6:.2g} MB" if count >= 1e5 else f"{count / 1e3:.2g} kB"


AILMENT = Ailment(
    code="DR505",
    name="memory-grows",
    title="Every step leaves something in memory",
    reads=("memory",),
    look=look,
    cures={
        "": "Look for a list that grows with each step: keep numbers, not arrays or graphs ({each} are left by each step).",
        "pellucid": "Look for a list that grows with each step, often in a callback of on_event: keep numbers, not arrays ({each} "
        "are left by each step).",
        "torch": "Add loss.item() to sums and lists, not loss, which keeps the graph of its step; detach() what is kept ({each} "
        "are left by each step).",
        "keras": "Look for a list that grows in a callback, and for layers or functions that are made in each step ({each} are "
        "left by each step).",
    },
    about="""A list collects arrays, or a sum collects losses with all that they were computed from: memory grows until the
process is killed.

How it is found: the memory of the process that belongs to no file is read as it trains. Through the second half of the steps it
grew by 32 MiB or more in all, and in every interval that was looked at at least half as fast as on the whole. Where data are kept
as they are first read, memory grows within the first epoch only, which is left out.

In health: memory stays as it is after the first steps.""",
)

"""How to check: the settings of one run, from whoever asks for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pellucid.checker.asking.pack import Pack
from pellucid.checker.packs import PackError, load_pack
from pellucid.checker.packs.loading import DEFAULT, in_a_line
from pellucid.checker.reading.source_files import SubmissionError
from pellucid.checker.recognising.unit_files import UnitFile, parted
from pellucid.checker.recognising.units import check_asked
from pellucid.checker.running.job import Limits
from pellucid.checker.running.reference import load_reference
from pellucid.shapes import did_you_mean

__all__ = ["Request", "request_for"]


@dataclass(frozen=True)
class Request:
    """How to check."""

    pack: Pack
    only: Sequence[str] = ()
    edition: int | None = None
    limits: Limits = field(default_factory=Limits)
    workers: int = 2
    seed: int = 0
    recognise: bool = True  # judge layers of no pack too
    told: Sequence[UnitFile] = ()  # units that files tell
    units: Sequence[str] = ()  # of these, some by name: "Gate(5).run(x) / undo(dout)"
    is_package: bool = False  # a folder is one learner's: its files may import each other
    on_progress: Callable[[str], None] = lambda line: None

    @property
    def nothing_defined(self) -> str:
        """Return what is said of a source that defines nothing to judge."""
        functions = ", ".join(self.only)
        return f"defines none of {functions}" if functions else f"defines no function of the pack {self.pack.name}"


def request_for(
    *,
    pack: str | Path | Pack = DEFAULT,
    only: Sequence[str] = (),
    edition: int | str | None = None,
    timeout: float = 10.0,
    memory: float = 4.0,
    seed: int = 0,
    units: Sequence[str] = (),
    allow_weak_sandbox: bool = False,
    **more: Any,
) -> Request:
    """Return the request that these settings make. Raises SubmissionError or PackError for an invalid one."""
    if not 0 < timeout <= 3600:
        raise SubmissionError(f"--timeout must lie in (0, 3600] seconds; got {timeout:g}")
    if not 0.25 <= memory <= 1024:
        raise SubmissionError(f"--memory must lie in [0.25, 1024] GiB; got {memory:g}")
    if seed < 0:
        raise SubmissionError(f"--seed must be a whole number of at least 0; got {seed}")
    named, told = parted(units)
    check_asked(named)
    loaded = _runnable(load_pack(pack))
    year = _edition(edition, loaded)
    for name in only:
        if loaded.function(name) is None:
            names = [function.name for function in loaded.functions]
            known, hint = ", ".join(names), did_you_mean(name, names)
            raise SubmissionError(f"--only must name functions of {loaded.name} ({known}); got {name}{hint}")
    limits = Limits(timeout, int(memory * 2**30), allow_weak_sandbox)
    return Request(loaded, tuple(only), year, limits, seed=seed, units=tuple(named), told=tuple(told), **more)


def _runnable(pack: Pack) -> Pack:
    """Return a pack whose reference runs. Raises PackError for another."""
    try:
        load_reference(pack)
    except BaseException as error:  # code of the pack's: whatever it raises, one line
        raise PackError(f"the reference of the pack {pack.name} cannot be run: {in_a_line(error)}") from error
    return pack


def _edition(edition: int | str | None, pack: Pack) -> int | None:
    """Return the year of an edition that the pack has; the command line passes what was typed."""
    if edition is None:
        return None
    if not pack.editions:
        raise SubmissionError(f"--edition: the pack {pack.name} has no editions; leave it out (got {edition!r})")
    if not isinstance(edition, bool) and str(edition) in map(str, pack.editions):
        return int(edition)
    years = f"{min(pack.editions)} to {max(pack.editions)}"
    raise SubmissionError(f"--edition must be a year of {pack.name}, {years}; got {str(edition)!r}")

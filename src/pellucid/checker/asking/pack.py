"""What a pack is made of: functions with their roles and limits, and edits of the reference that make known mistakes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from pellucid.checker.asking.cases import Case
from pellucid.codes import check_code

__all__ = ["Edit", "Known", "Options", "Pack", "PackFunction", "Role", "Telltale"]

Role = Literal["forward", "backward", "loss", "update rule", "network"]


@dataclass(frozen=True)
class Edit:
    """A change of the reference's source: `old` becomes `new` in one of its forms."""

    old: str
    new: str
    form: str = ""  # "closed" for the reference function `f__closed`
    of: str = ""  # another function than the judged one, for example the forward whose cache is used
    every: bool = False  # replace every occurrence, not the only one


@dataclass(frozen=True)
class Known:
    """A known mistake, convention or hazard: the reference with an edit.

    code: letters for the kind of layer and three digits, such as "BN103" (`docs/adding-a-mistake.md`); the id is its name. Entries
    of several functions and packs that are the same mistake share both.
    """

    id: str
    title: str
    explanation: str
    edits: Sequence[Sequence[Edit]]  # alternatives; the edits of one are made together
    lesson: str = ""
    nudge: str = ""
    formula: str = ""
    kind: str = "mistake"  # or "convention", "hazard"
    code: str = ""  # required in built-in packs; a pack of your own may leave it out

    def __post_init__(self) -> None:
        if self.code:
            check_code(self.code)


@dataclass(frozen=True)
class Telltale:
    """What it means when only the cases with one tag fail."""

    tag: str
    id: str
    title: str
    explanation: str
    nudge: str
    confidence: float
    code: str = ""  # as of a `Known`

    def __post_init__(self) -> None:
        if self.code:
            check_code(self.code)


@dataclass(frozen=True)
class Options:
    """The settings of one check that a pack's cases may depend on."""

    edition: int | None = None
    docstrings: Mapping[str, str] = field(default_factory=dict)  # of what the file defines; methods as "Class.method"
    # of each function that the file defines: the names of its arguments, and its assignments and returns
    arguments: Mapping[str, Sequence[str]] = field(default_factory=dict)
    statements: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PackFunction:
    """One function that a course asks for: its role, its cases, its limits, and what is known about it."""

    name: str
    cases: Callable[[np.random.Generator, Options], list[Case]]
    known: Sequence[Known] = ()
    role: Role = "forward"
    forward: str = ""  # of a backward: the forward whose cache it takes
    aliases: Sequence[str] = ()  # other names that are judged in the same way
    needs: Sequence[str] = ()  # other functions of the same file that the cases call
    shapes_may_differ: bool = True  # axes of size 1 may be added or lost: a convention
    made_of: Sequence[
        str
    ] = ()  # functions that it usually calls, as a sequence calls a step: their mistakes are in it too
    uses_layers: bool = False  # calls other functions of the learner's, such as a network calls its layers
    parameters: str = ""  # of a class: the attribute that holds its parameters; one that fills it is not a stub
    lend: str = ""  # source of a reference forward that a backward may borrow where the learner has none
    time_factor: float = 50.0  # times the reference's time from which a function is reported as slow
    memory_factor: float = 4.0  # times the reference's memory from which it is reported as wasteful
    telltales: Sequence[Telltale] = ()  # causes that only this function's cases can name
    calls: Sequence[Path] = ()  # sources of functions that it may call: defined where a submission lacks them
    # of functions that share a name, as an alias: whether a file's function of that name is this one; the first that fits is judged
    fits: Callable[[str, Options], bool] | None = None
    # a known form's id -> its kind here, or "required", "unwanted", "usual" (accepted without a remark)
    meaning: Callable[[Options], Mapping[str, str]] | None = None

    def __post_init__(self) -> None:
        if (self.role == "backward") != bool(self.forward):
            raise ValueError(
                f'{self.name}: role="backward" and forward="..." go together: a backward names its forward'
            )


@dataclass(frozen=True)
class Pack:
    """A course's functions, and the files with the references."""

    name: str
    title: str
    reference: Sequence[Path]  # plain sources, executed in order in one namespace
    functions: Sequence[PackFunction]
    stand_ins: Mapping[str, Sequence[Path]] = field(default_factory=dict)  # module path -> sources, for networks alone
    compiled: Mapping[str, Sequence[Path]] = field(default_factory=dict)  # what the course compiles -> plain sources
    package: str = ""  # the package that submissions belong to, also where it has no __init__.py
    subpackages: Sequence[str] = ()  # folders inside it; a lone file that imports from `..` is placed in the first
    supplied_files: Sequence[str] = ()  # names of files that the course hands out complete: not judged in a folder
    # names of files for another framework's arrays, which define the pack's names too
    framework_files: Sequence[str] = ()
    editions: Sequence[int] = ()  # the years that --edition may name
    marks: Sequence[
        str
    ] = ()  # words of a source that speak for this pack where another has functions of the same names
    common: Sequence[str] = ()  # names that many programs use: they alone do not choose the pack
    # Anyone may read the references: then layers are loaded beside a submission, which is faster than lending them.
    public: bool = False
    file: Path | None = None  # that defines it; `load_pack` sets it

    @property
    def sources(self) -> list[Path]:
        """Return the files with its references and its cases; not those that a course hands out."""
        texts = [*self.reference, *(path for paths in self.stand_ins.values() for path in paths)]
        return [*dict.fromkeys([*texts, *([self.file] if self.file else [])])]

    @property
    def names(self) -> list[str]:
        """Return the names at the top of a file that it knows: functions with their aliases, classes."""
        every = (name for function in self.functions for name in (function.name, *function.aliases))
        return [*dict.fromkeys(name.partition(".")[0] for name in every)]

    def function(self, name: str) -> PackFunction | None:
        """Return the function with that name, or with that alias."""
        for function in self.functions:
            if name == function.name or name in function.aliases:
                return function
        return None

"""What a worker says of a source's functions and classes (`running/worker/unit_outline.py`), as plain records."""

from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["Argument", "Class", "FunctionRecord", "Outline"]

Name = Annotated[str, Meta(max_length=1_000)]
Names = Annotated[list[Name], Meta(max_length=400)]
Line = Annotated[int, Meta(ge=0, le=100_000_000)]


class Argument(msgspec.Struct, frozen=True, array_like=True):
    """An argument of a function."""

    name: Name
    default: Name | None  # as text
    kind: Name  # plain, array, keyword, rest

    @property
    def is_required(self) -> bool:
        """Whether a call must give it."""
        return self.default is None and self.kind != "rest"


class FunctionRecord(msgspec.Struct, frozen=True):
    """A function or a method."""

    name: Name
    line: Line = 0
    end: Line = 0
    args: Annotated[list[Argument], Meta(max_length=100)] = []
    keys: dict[Name, Names] = {}  # by which an argument is looked up
    items: dict[Name, Name] = {}  # how an argument is gone through: dict, list
    attributes: dict[Name, Names] = {}  # of an argument that are used
    returns: Annotated[int, Meta(ge=0, le=10_000)] = 0  # values; 0 where nothing is returned
    constants: Annotated[list[float], Meta(max_length=100)] = []
    calls: Names = []
    answers: Names = []  # what it returns in a tuple, as texts
    pullbacks: Annotated[list[tuple["FunctionRecord", int]], Meta(max_length=4)] = []  # made and returned, and where

    def without_first(self) -> "FunctionRecord":
        """Return the function without `self` or `ctx`."""
        return msgspec.structs.replace(self, args=self.args[1:])


class Class(msgspec.Struct, frozen=True):
    """A class."""

    name: Name
    line: Line
    end: Line
    bases: Names
    methods: Annotated[list[FunctionRecord], Meta(max_length=100)]
    static: Names
    constants: Annotated[list[float], Meta(max_length=100)] = []  # set in its body

    def method(self, *names: str) -> FunctionRecord | None:
        """Return the first of some methods that the class defines."""
        return next((one for name in names for one in self.methods if one.name == name), None)

    @property
    def own(self) -> set[str]:
        """Names of its methods and of what they set or use of `self`."""
        mine = [one for one in self.methods if one.args and one.name not in self.static]
        used = [one.attributes.get(one.args[0].name, ()) for one in mine]
        return {name for names in used for name in names} | {one.name for one in self.methods}


class Outline(msgspec.Struct, frozen=True):
    """All functions and classes at the top of a source, and what its comments ask for."""

    functions: Annotated[list[FunctionRecord], Meta(max_length=400)] = []
    classes: Annotated[list[Class], Meta(max_length=400)] = []
    asked: Annotated[list[tuple[Line, Name]], Meta(max_length=400)] = []

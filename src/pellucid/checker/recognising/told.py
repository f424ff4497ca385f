"""Units that a TOML file tells: which methods they are, what a constructor gets, and what arrays the arguments are.

    [unit.Gate]                      # a class, or a function
    forward = "run"                  # for a class; a function is its own forward
    backward = "undo"
    width = "D"                      # any other key: an argument of the constructor or of the forward
    x = "N, D"                       # an array of numbers
    mask = "bool T, T"               # true and false; "int N, T in 0..9" whole numbers, "positive D" above 0

A letter is one size, the same wherever it stands; an argument that is one letter alone is that size as a number.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pellucid.checker.reading.source_files import SubmissionError
from pellucid.checker.recognising.form import LayerForm, Role
from pellucid.escaping import printable
from pellucid.files import read_plain
from pellucid.shapes import did_you_mean

__all__ = ["DEFAULT_FILE", "Told", "beside", "parted", "read_told"]

DEFAULT_FILE = "pellucid.toml"
LARGEST_FILE = 2**14
SIZES = (4, 5, 3, 2, 6, 7, 8, 9)  # of letters, in the order in which they appear
SPEC = re.compile(
    r"\s*(?:(?P<content>bool|int|positive|float)\s+)?(?P<sides>(?:[A-Za-z]\w*|\d+)(?:\s*,\s*(?:[A-Za-z]\w*|\d+))*)"
    r"(?:\s+in\s+(?P<low>\d{1,6})\s*\.\.\s*(?P<high>\d{1,6}))?\s*"
)
CONTENTS = {"bool": "bool", "positive": "positive", "float": "weights", None: "weights"}
EXAMPLE = 'x = "N, D", mask = "bool T, T" or ids = "int N, T in 0..9"'


@dataclass(frozen=True)
class Told:
    """What a file says of one unit."""

    name: str
    forward: str = ""
    backward: str = ""
    where: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)  # of arguments: numbers, texts
    shapes: Mapping[str, Role] = field(default_factory=dict)  # of arguments that are arrays
    is_required: bool = True  # a file that is named; one that only lies there may tell of other files

    @property
    def form(self) -> LayerForm:
        """Return the form that its arrays make: a layer that is known by nothing but its shapes."""
        return LayerForm("layer", "", tuple(self.shapes.values()), lambda v, h: iter(()), "", is_told=True, outputs=1)


def beside(path: Path) -> list[str]:
    """Return the file of units that lies in a folder, or beside a file: None where no such file lies there, or it names no unit."""
    file = (path if path.is_dir() else path.absolute().parent) / DEFAULT_FILE
    try:
        tells = file.is_file() and isinstance(tomllib.loads(_text(file)).get("unit"), dict)
    except (OSError, ValueError, RecursionError):
        return []
    return [f"beside:{file}"] if tells else []


def parted(units: Sequence[str]) -> tuple[list[str], list[Told]]:
    """Return the units that are named by a text, and those that files tell, whose names end with `.toml`."""
    files = [one for one in units if one.strip().lower().endswith(".toml")]
    told = [one for file in files for one in read_told(file)]
    return [one for one in units if one not in files], told


def read_told(file: str) -> list[Told]:
    """Return the units that a file tells. Raises SubmissionError with one line for a file that is not as it has to be."""
    is_required = not file.startswith("beside:")
    path = Path(file.removeprefix("beside:"))
    shown = printable(str(path)[:200])
    try:
        document = tomllib.loads(_text(path))
    except OSError as error:
        raise SubmissionError(f"--units: cannot read {shown}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:
        raise SubmissionError(f"--units: {shown} is not TOML: {printable(str(error)[:200])}") from None
    tables = document.get("unit")
    if not isinstance(tables, dict) or not tables:
        raise SubmissionError(f"--units: {shown} needs a table for each unit: [unit.Name]")
    return [
        _told(name, table, f"{shown}: [unit.{printable(name[:50])}]", is_required) for name, table in tables.items()
    ]


def _text(path: Path) -> str:
    return read_plain(path, limit=LARGEST_FILE).decode("utf-8-sig")


def _told(name: str, table: Any, where: str, is_required: bool) -> Told:
    if not isinstance(table, dict):
        raise SubmissionError(f"--units: {where} must be a table; got {printable(repr(table)[:50])}")
    for key in ("forward", "backward"):
        if not isinstance(table.get(key, ""), str):
            raise SubmissionError(
                f"--units: {where} {key} must be a name in quotes; got {printable(repr(table[key])[:50])}"
            )
    given = {key: value for key, value in table.items() if key not in ("forward", "backward")}
    letters = list(_letters(given))
    if len(set(letters)) > len(SIZES):
        raise SubmissionError(f"--units: {where} has more than {len(SIZES)} letters for sizes")
    sizes = dict(zip(dict.fromkeys(letters), SIZES, strict=False))
    values: dict[str, Any] = {}
    shapes: dict[str, Role] = {}
    for key, value in given.items():
        if isinstance(value, str) and value in sizes:
            is_array = key in ("x", "X") or not letters.count(value)
            values[key] = sizes[value]
            if is_array:
                values.pop(key)
                shapes[key] = Role(key, ((sizes[value],),), "weights")
        elif isinstance(value, str) and _is_spec(value):
            shapes[key] = _role(key, value, sizes, where)
        elif (
            isinstance(value, (bool, int, float))
            or (isinstance(value, list) and all(isinstance(one, (int, float)) for one in value))
            or (isinstance(value, str) and not value.startswith((" ", ",")) and "," not in value and " " not in value)
        ):
            values[key] = value
        else:
            raise SubmissionError(
                f"--units: {where} {printable(key[:50])} must be a number, a text or an array like {EXAMPLE}; "
                f"got {printable(repr(value)[:60])}"
            )
    return Told(name, table.get("forward", ""), table.get("backward", ""), where, values, shapes, is_required)


def _is_spec(value: str) -> bool:
    return bool(SPEC.fullmatch(value)) and ("," in value or " " in value.strip())


def _letters(given: Mapping[str, Any]) -> Iterator[str]:
    for value in given.values():
        found = SPEC.fullmatch(value) if isinstance(value, str) else None
        if found and _is_spec(value):
            yield from (side for side in re.split(r"\s*,\s*", found["sides"]) if not side.isdigit())


def _role(key: str, value: str, sizes: Mapping[str, int], where: str) -> Role:
    found = SPEC.fullmatch(value)
    assert found is not None
    sides = tuple(int(side) if side.isdigit() else sizes[side] for side in re.split(r"\s*,\s*", found["sides"]))
    content = found["content"]
    if any(not 0 < side <= 64 for side in sides):
        raise SubmissionError(f"--units: {where} {key}: sizes must lie in 1 to 64; got {printable(value[:60])!r}")
    if content == "int":
        low, high = int(found["low"] or 0), int(found["high"] or 9)
        if low > high:
            raise SubmissionError(f"--units: {where} {key}: the range must go up; got {low}..{high}")
        return Role(key, (sides,), f"integers {low} {high}")
    if found["low"]:
        raise SubmissionError(f'--units: {where} {key}: a range is for whole numbers: "int {found["sides"]} in 0..9"')
    return Role(key, (sides,), CONTENTS[content])


def unknown_name(told: Told, kind: str, name: str, names: Sequence[str]) -> SubmissionError:
    """Return the error for a name that a source does not define."""
    hint = did_you_mean(name, names)
    return SubmissionError(
        f"--units: {told.where} names {kind} {printable(name[:50])!r}, which the source does not define{hint}"
    )

"""`pellucid port DIR`: which functions of a finished assignment (a `cs231n/` package) can be used with Pellucid unchanged.

The checker judges every file of the assignment: each function runs in the checker's sandbox, with limited time and memory, and
is compared with the reference. Correct functions can be used next to the installed names, and a forward-backward pair as a layer
of a network (`pellucid.nets.Function`).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from pellucid.checker import FileReport, FunctionReport, check, load_pack
from pellucid.interop import InteropError

__all__ = ["FILES", "Ported", "find_package", "port_folder", "port_report"]

FILES = ("layers.py", "layer_utils.py", "optim.py", "classifiers/fc_net.py", "classifiers/cnn.py")

MEANINGS = {
    "correct": "can be used unchanged",
    "convention": "can be used unchanged",
    "wrong": "computes something else",
    "crashes": "raises an error",
    "missing": "not implemented yet",
    "absent": "not found",
}
USABLE = ("correct", "convention")


class Ported(NamedTuple):
    """The result for one function or class."""

    name: str  # "batchnorm_forward"
    file: str  # "layers.py"; "" if it was not found
    verdict: str  # a key of MEANINGS
    detail: str  # the cause, the convention or the error

    @property
    def usable(self) -> bool:
        """Whether it can be used unchanged."""
        return self.verdict in USABLE


def find_package(folder: Path) -> Path:
    """Return the folder with `layers.py`: DIR itself, DIR/cs231n or DIR/*/cs231n. Raises InteropError if it is not found."""
    if not folder.is_dir():
        raise InteropError(f"port: {folder} is not a folder")
    places = [folder, folder / "cs231n", *sorted(path / "cs231n" for path in folder.iterdir() if path.is_dir())]
    for place in places:
        if (place / "layers.py").is_file():
            return place
    raise InteropError(f"port: {folder} contains no cs231n/layers.py; give the folder of the assignment")


def port_folder(folder: Path) -> list[Ported]:
    """Check every file of an assignment folder; return the result for each function."""
    return _ported([report for _, report in _reports(find_package(Path(folder)))])


def port_report(folder: Path) -> str:
    """Return the results as text, usable functions first, then the checker's report on each file with mistakes."""
    package = find_package(Path(folder))
    reports = dict(_reports(package))
    found = _ported(list(reports.values()))
    order = list(MEANINGS)
    lines = [f"{package}: {sum(one.usable for one in found)} of {len(found)} can be used unchanged"]
    for one in sorted(found, key=lambda one: order.index(one.verdict)):
        detail = f" ({one.detail})" if one.detail else ""
        lines.append(f"  {one.name:<28} {one.file:<22} {MEANINGS[one.verdict]}{detail}")
    lines += [f"  {file}: not checked, file not found" for file in FILES if file not in reports]
    wrong = [report for report in reports.values() if not report.is_clean]
    return "\n".join(lines) + "".join(f"\n\n{report}" for report in wrong)


def _reports(package: Path) -> Iterator[tuple[str, FileReport]]:
    for name in FILES:
        if (package / name).is_file():
            yield name, check(package / name, pack="cs231n-a2")


def _ported(reports: list[FileReport]) -> list[Ported]:
    found = {
        function.name: Ported(function.name, Path(report.file).name, *_verdict(function))
        for report in reports
        for function in report.functions
    }
    expected = load_pack("cs231n-a2").functions
    absent = [f.name for f in expected if not {f.name, *f.aliases} & found.keys()]
    return [*found.values(), *(Ported(name, "", "absent", "") for name in absent)]


def _verdict(function: FunctionReport) -> tuple[str, str]:
    titles = [cause.title for cause in function.causes] + [convention["title"] for convention in function.conventions]
    verdict = function.verdict if function.verdict in MEANINGS else "wrong"
    return verdict, "; ".join(titles[:1])

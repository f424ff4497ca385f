"""The report on one file: the verdicts on its functions, and how they are printed."""

import io
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.text import Text

from pellucid.checker.judging.verdicts import FunctionReport, on_one_line
from pellucid.checker.reading.marks import Marks
from pellucid.checker.telling.escaping import for_terminal
from pellucid.checker.telling.text import function_paragraph, function_table, hanging

__all__ = ["FileReport", "explained_by", "print_report", "remarks"]


@dataclass
class FileReport:
    """The verdicts on one file."""

    file: str
    pack: str
    seconds: float
    functions: list[FunctionReport]
    error: str = ""  # why the file could not be judged at all
    unjudged: str = ""  # why there is nothing to judge, which is no mistake
    sandbox: dict[str, str] = field(default_factory=dict)
    units: list[FunctionReport] = field(default_factory=list)  # layers of no pack, recognised by what they compute
    marks: Marks = field(default_factory=Marks)  # comments for the checker, and where functions begin
    ignored: int = 0  # findings that an option or a comment leaves out
    unused: list[str] = field(default_factory=list)  # comments that ignore nothing

    def __str__(self) -> str:
        """The report as plain text of 100 columns."""
        stream = io.StringIO()
        print_report(self, Console(file=stream, width=100, color_system=None))
        return stream.getvalue()

    @property
    def all(self) -> list[FunctionReport]:
        """The functions of the pack, then the layers of no pack."""
        return [*self.functions, *self.units]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return not self.error and not any(function.is_bad for function in self.all)

    @property
    def is_judged(self) -> bool:
        """Whether there is a verdict on at least one function; a missing one has none."""
        return any(function.verdict != "missing" for function in self.all)

    def as_json(self) -> dict[str, Any]:
        """Return the record as JSON shows it."""
        return (
            {
                "file": self.file,
                "pack": self.pack,
                "seconds": round(self.seconds, 3),
                "functions": [function.as_json() for function in self.functions],
                "sandbox": self.sandbox,
            }
            | ({"units": [unit.as_json() for unit in self.units]} if self.units else {})
            | {key: text for key, text in (("error", self.error), ("unjudged", self.unjudged)) if text}
            | ({"ignored": self.ignored} if self.ignored else {})
            | ({"unused_ignores": self.unused} if self.unused else {})
        )


def remarks(report: FileReport) -> list[str]:
    """Return what is said below a report: how many findings are ignored, and which comments ignore nothing."""
    return [*([f"{report.ignored} ignored"] if report.ignored else []), *report.unused]


def explained_by(report: FileReport) -> str:
    """Return the command that shows the page of a report's first mistake; "" where no mistake has a code."""
    codes = dict.fromkeys(cause.code for function in report.all if function.is_bad for cause in function.causes)
    first = next((code for code in codes if code), "")
    return f"More on a mistake: pellucid explain {first}" if first else ""


def print_report(report: FileReport, console: Console) -> None:
    """Print a report: a table, then a paragraph for each function with a mistake or a hazard."""
    report = for_terminal(report)
    if report.unjudged:
        _print_line(console, f"{report.file}: nothing was judged: {on_one_line(report.unjudged)}", "yellow")
        return
    against = f" against {report.pack}" if report.functions or not report.units else ""
    _print_line(console, f"{report.file}{against}, {report.seconds:.1f} s", "bold")
    if report.error:
        _print_line(console, on_one_line(report.error), "red")
    if report.functions:
        console.print(function_table(report.functions))
    if report.units:
        if report.functions:
            _print_line(console, "Recognised by what they compute:", "bold")
        console.print(function_table(report.units))
    if report.sandbox.get("missing"):
        missing = report.sandbox["missing"]
        console.print(Text(f"Layers of protection that this system lacks: {missing}.", style="yellow"))
    for function in report.all:
        for line in function_paragraph(function):
            console.print(hanging(line, console))
    for remark in (*remarks(report), explained_by(report)):
        if remark:
            _print_line(console, remark, "dim")


def _print_line(console: Console, text: str, style: str) -> None:
    console.print(hanging(Text(text, style=style), console))

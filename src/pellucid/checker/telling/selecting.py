"""Which findings a report shows: those that were asked for, without those that an option or a comment ignores."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from pellucid.checker.judging.verdicts import Cause, FunctionReport, Hazard
from pellucid.checker.reading.marks import IgnoreComment
from pellucid.checker.telling.file_report import FileReport
from pellucid.codes import is_selected

__all__ = ["IGNORED", "Selection", "selected"]

IGNORED = "ignored"  # the verdict on a function whose mistakes are all ignored


@dataclass(frozen=True)
class Selection:
    """What was asked for: codes, or what they begin with."""

    select: Collection[str] = ()  # none: everything
    ignore: Collection[str] = ()
    comments: bool = True  # whether comments in the source count

    def hides(self, code: str) -> bool:
        """Whether the options leave a finding out; what has no code is left out where codes are asked for."""
        return (bool(self.select) and not is_selected(code, self.select)) or is_selected(code, self.ignore)


def selected(report: FileReport, selection: Selection) -> FileReport:
    """Return a report without what is ignored, with the number of findings left out and the comments that ignore nothing."""
    comments = report.marks.ignores if selection.comments else ()
    used: set[IgnoreComment] = set()
    sieve = _Sieve(selection, comments, used)
    functions, units = ([sieve.function(one) for one in part] for part in (report.functions, report.units))
    unused = [f"line {one.line}: {one} ignores nothing" for one in comments if one not in used]
    return replace(report, functions=functions, units=units, ignored=sieve.count, unused=unused)


@dataclass
class _Sieve:
    """Leaves findings out, and counts them."""

    selection: Selection
    comments: Sequence[IgnoreComment]
    used: set[IgnoreComment]
    count: int = 0

    def function(self, report: FunctionReport) -> FunctionReport:
        """Return the report on a function without what is ignored; the verdict "ignored" where no mistake remains."""
        causes = [one for one in report.causes if not self._is_hidden(one, report)]
        hazards = [one for one in report.hazards if not self._is_hidden(one, report)]
        is_unnamed = report.is_bad and not report.causes
        if report.is_bad and not causes and (report.causes or self._is_hidden(None, report)):
            return replace(
                report, verdict=IGNORED, causes=[], hazards=hazards, failing=[], known=[], pattern=None
            )  # fmt: skip
        return report if is_unnamed else replace(report, causes=causes, hazards=hazards)

    def _is_hidden(self, finding: Cause | Hazard | None, report: FunctionReport) -> bool:
        """Whether a finding is left out. None: a mistake that nothing names."""
        matching = [comment for comment in self.comments if _speaks_of(comment, finding, report.name)]
        self.used.update(matching)
        hidden = bool(matching) or self.selection.hides(finding.code if finding is not None else "")
        self.count += hidden
        return hidden


def _speaks_of(comment: IgnoreComment, finding: Cause | Hazard | None, function: str) -> bool:
    """Whether a comment is at a finding, on its line or where its function or class begins, and names it."""
    at_line = isinstance(finding, Cause) and finding.line == comment.line
    at_start = comment.name != "" and (function == comment.name or function.startswith(f"{comment.name}."))
    if not (at_line or at_start):
        return False
    if not comment.codes:
        return True
    return finding is not None and (finding.id in comment.codes or is_selected(finding.code, comment.codes))

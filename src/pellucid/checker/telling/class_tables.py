"""Tables about a class: a row for each student, a row for each mistake."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pellucid.checker.judging.verdicts import FunctionReport, on_one_line
from pellucid.checker.telling.file_report import FileReport

__all__ = ["class_tables", "mistakes_table", "students_table"]


def class_tables(reports: Sequence[FileReport]) -> list[tuple[str, tuple[str, ...], list[tuple[Any, ...]]]]:
    """Return a class's tables: heading, columns, rows."""
    return [
        ("By student", ("student", "correct", "wrong", "what is wrong"), [*students_table(reports)]),
        ("By mistake", ("function", "mistake", "files"), [*mistakes_table(reports)]),
    ]


def students_table(reports: Sequence[FileReport]) -> list[tuple[str, int, int, str]]:
    """Return a row for each student (the folder below the root, or the file): name, correct, wrong, what is wrong."""
    rows: dict[str, list[FunctionReport]] = {}
    problems: dict[str, list[str]] = {}
    for report in reports:
        name, _, rest = report.file.partition("/")
        rows.setdefault(name, []).extend(report.all)
        reasons = [f"{rest or 'the file'} was not judged"] if report.error else []
        reasons += [f"nothing was judged: {report.unjudged}"] if report.unjudged else []
        problems.setdefault(name, []).extend(reasons)
    return [
        (
            name,
            sum(f.verdict in ("correct", "convention") for f in functions),
            sum(f.is_bad for f in functions),
            ", ".join([*(f.name for f in functions if f.is_bad), *problems[name]]),
        )
        for name, functions in rows.items()
    ]


def mistakes_table(reports: Sequence[FileReport]) -> list[tuple[str, str, int]]:
    """Return a row for each mistake, the most common first: the function, the mistake, how many files make it."""
    count = Counter(
        (f.name, on_one_line(cause.heading)) for report in reports for f in report.all for cause in f.causes[:1]
    )
    return [(function, title, number) for (function, title), number in count.most_common()]

"""The report as files for machines: JSON, JUnit XML, Gradescope's results.json."""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from pellucid.checker.judging.verdicts import FunctionReport
from pellucid.checker.telling.escaping import for_file
from pellucid.checker.telling.file_report import FileReport
from pellucid.checker.telling.text import failure_lines

__all__ = ["as_gradescope", "as_json", "as_junit"]


def as_json(reports: Sequence[FileReport], *, folder: bool) -> str:
    """Return one object for one file; {"files": [...]} for a folder."""
    objects = [report.as_json() for report in for_file(list(reports))]
    return json.dumps({"files": objects} if folder else objects[0], indent=2, allow_nan=False) + "\n"


def as_junit(reports: Sequence[FileReport]) -> str:
    """Return a test suite for each file, a test case for each function; missing functions are skipped."""
    root = ElementTree.Element("testsuites")
    for report in for_file(list(reports)):
        bad = sum(function.is_bad for function in report.all) + bool(report.error)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=report.file,
            tests=str(len(report.all) + bool(report.error or report.unjudged)),
            failures=str(bad),
            time=f"{report.seconds:.3f}",
        )
        if report.error:
            case = ElementTree.SubElement(suite, "testcase", name="file", classname=report.file)
            ElementTree.SubElement(case, "failure", message=report.error)
        if report.unjudged:
            case = ElementTree.SubElement(suite, "testcase", name="file", classname=report.file)
            ElementTree.SubElement(case, "skipped", message=f"nothing was judged: {report.unjudged}")
        for function in report.all:
            case = ElementTree.SubElement(suite, "testcase", name=function.name, classname=report.file)
            if function.is_bad:
                ElementTree.SubElement(
                    case, "failure", message=_headline(function), type=function.verdict
                ).text = _details(function)
            elif function.verdict == "missing":
                ElementTree.SubElement(case, "skipped", message="missing")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def as_gradescope(reports: Sequence[FileReport], names: Mapping[str, str]) -> str:
    """Return Gradescope's results.json for one submission: one point for each function that is correct.

    names: what a function is called by the course, where it has other names. A function counts once: of several files that
    implement it, the one nearest to the top of the folder counts, then the first by name; the others are listed, with no points.
    """
    reports = for_file(list(reports))
    counting = _counting(reports, names)
    tests: list[dict[str, Any]] = []
    for report in reports:
        if problem := report.error or (report.unjudged and f"nothing was judged: {report.unjudged}"):
            tests.append(_gradescope_test(report.file, 0, 0, problem, "failed" if report.error else ""))
        for function in report.functions:
            name = function.name if len(reports) == 1 else f"{report.file}: {function.name}"
            file, counted = counting[names.get(function.name, function.name)]
            passes = function.verdict in ("correct", "convention")
            output = "; ".join(c["title"] for c in function.conventions) if passes else _details(function)
            if counted is not function:
                place = file if counted.name == function.name else f"{counted.name} in {file}"
                output = f"does not count: a function counts once, and that of {place} does. {output}".strip()
            points = int(counted is function)
            tests.append(_gradescope_test(name, points * passes, points, output, "passed" if passes else "failed"))
    summary = {
        "score": sum(test["score"] for test in tests), "tests": tests, "visibility": "visible",
        "execution_time": round(sum(r.seconds for r in reports)),
    }  # fmt: skip
    return json.dumps(summary, indent=2) + "\n"


def _counting(reports: Sequence[FileReport], names: Mapping[str, str]) -> dict[str, tuple[str, FunctionReport]]:
    """Return, for each function of the course, the file and the report that count."""
    counting: dict[str, tuple[str, FunctionReport]] = {}
    found = [(report.file, function) for report in reports for function in report.functions]
    for file, function in sorted(found, key=lambda one: _rank(*one)):
        counting.setdefault(names.get(function.name, function.name), (file, function))
    return counting


def _rank(file: str, function: FunctionReport) -> tuple[bool, int, list[str]]:
    """Return what files are sorted by, where several have a function: "layers.py" comes before "layers copy.py"."""
    path = PurePosixPath(file)
    return function.verdict == "missing", len(path.parts), [*path.parts[:-1], path.stem, path.suffix]


def _gradescope_test(name: str, score: int, most: int, output: str, status: str) -> dict[str, Any]:
    test = {"name": name, "score": score, "max_score": most, "output": output, "visibility": "visible"}
    return test | ({"status": status} if status else {})


def _headline(function: FunctionReport) -> str:
    return "; ".join(dict.fromkeys(cause.heading for cause in function.causes)) or (
        function.known[0] if function.known else function.verdict
    )


def _details(function: FunctionReport) -> str:
    if function.verdict == "missing":
        return "missing"
    lines = []
    for cause in function.causes:
        confidence = f" (confidence {cause.confidence:.0%})." if cause.evidence else ""
        lines.append(f"{cause.heading}{confidence} {cause.explanation}".rstrip())
        if cause.quoted:
            lines.append(f"line {cause.line}: {cause.quoted}")
    lines += [sentence + "." for sentence in function.known]
    lines += failure_lines(function)[:10]
    return "\n".join(lines)

"""The report as files for machines: JSON, JUnit XML, Gradescope's results.json."""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from typing import Any

from pellucid.checker.judging.verdicts import FunctionReport
from pellucid.checker.telling.file_report import FileReport

__all__ = ["as_gradescope", "as_json", "as_junit"]


def as_json(reports: Sequence[FileReport], *, folder: bool) -> str:
    """Return one object for one file; {"files": [...]} for a folder."""
    objects = [report.as_json() for report in reports]
    return json.dumps({"files": objects} if folder else objects[0], indent=2, allow_nan=False) + "\n"


def as_junit(reports: Sequence[FileReport]) -> str:
    """Return a test suite for each file, a test case for each function; missing functions are skipped."""
    root = ElementTree.Element("testsuites")
    for report in reports:
        bad = sum(function.is_bad for function in report.functions) + bool(report.error)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=report.file,
            tests=str(len(report.functions) + bool(report.error)),
            failures=str(bad),
            time=f"{report.seconds:.3f}",
        )
        if report.error:
            case = ElementTree.SubElement(suite, "testcase", name="file", classname=report.file)
            ElementTree.SubElement(case, "failure", message=_clean(report.error))
        for function in report.functions:
            case = ElementTree.SubElement(suite, "testcase", name=function.name, classname=report.file)
            if function.is_bad:
                ElementTree.SubElement(
                    case, "failure", message=_clean(_headline(function)), type=function.verdict
                ).text = _clean(_details(function))
            elif function.verdict == "missing":
                ElementTree.SubElement(case, "skipped", message="missing")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def as_gradescope(reports: Sequence[FileReport]) -> str:
    """Return Gradescope's results.json: one point for each function; a missing or wrong function scores 0."""
    tests: list[dict[str, Any]] = []
    for report in reports:
        if report.error:
            tests.append({"name": report.file, "score": 0, "max_score": 1, "status": "failed", "output": report.error})
        for function in report.functions:
            passes = function.verdict in ("correct", "convention")
            note = "; ".join(c["title"] for c in function.conventions)
            tests.append({
                "name": function.name if len(reports) == 1 else f"{report.file}: {function.name}",
                "score": int(passes), "max_score": 1, "status": "passed" if passes else "failed",
                "output": note if passes else _details(function), "visibility": "visible",
            })  # fmt: skip
    score = sum(test["score"] for test in tests)
    return (
        json.dumps(
            {
                "score": score,
                "tests": tests,
                "visibility": "visible",
                "execution_time": round(sum(r.seconds for r in reports)),
            },
            indent=2,
        )
        + "\n"
    )


def _headline(function: FunctionReport) -> str:
    return "; ".join(dict.fromkeys(cause.title for cause in function.causes)) or (
        function.known[0] if function.known else function.verdict
    )


def _details(function: FunctionReport) -> str:
    if function.verdict == "missing":
        return "missing"
    lines = []
    for cause in function.causes:
        confidence = f" (confidence {cause.confidence:.0%})." if cause.evidence else ""
        lines.append(f"{cause.title}{confidence} {cause.explanation}".rstrip())
        if cause.quoted:
            lines.append(f"line {cause.line}: {cause.quoted}")
    lines += [sentence + "." for sentence in function.known]
    lines += [f"{f.case}: {f.output}: {f}" for f in function.failing[:10]]
    return "\n".join(lines)


def _clean(text: str) -> str:
    """Leave out characters that XML cannot represent: a learner's exception may contain any."""
    return "".join(
        c
        for c in text
        if c in "\t\n" or (ord(c) >= 32 and not 0xD800 <= ord(c) <= 0xDFFF and ord(c) not in (0xFFFE, 0xFFFF))
    )

"""The report as SARIF 2.1.0, which editors and code hosts show at the lines: a rule for each code, a result for each finding."""

import importlib.metadata
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from pellucid.checker.judging.verdicts import Cause, FunctionReport, on_one_line
from pellucid.checker.telling.escaping import for_file
from pellucid.checker.telling.file_report import FileReport
from pellucid.checker.telling.text import failure_lines
from pellucid.codes import Coded

__all__ = ["Explained", "as_sarif"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
PAGES = "urn:pellucid:mistake:"  # where a page has no address: `pellucid explain` shows it
UNNAMED = "wrong"  # the rule of a mistake without a code
RULES_WITHOUT_CODE = {
    UNNAMED: (
        "a function is wrong",
        "A function computes wrong numbers or raises an exception, and no known mistake explains it.",
    ),
    "not-judged": ("a file could not be judged", "Nothing in the file could be checked."),
}


class Explained(Coded, Protocol):
    """A mistake with a code, a page, and an explanation in a sentence."""

    @property
    def explanation(self) -> str:
        """What it is, in a sentence or two."""


def as_sarif(reports: Sequence[FileReport], known: Mapping[str, Explained], base: Path | None = None) -> str:
    """Return one run with all findings. known: mistakes by code; base: the folder of files, where the paths do not begin here."""
    results = [result for report in for_file(list(reports)) for result in _results(report, base or Path())]
    ids = list(dict.fromkeys(result["ruleId"] for result in results))
    for result in results:
        result["ruleIndex"] = ids.index(result["ruleId"])
    driver = {
        "name": "pellucid",
        "semanticVersion": importlib.metadata.version("pellucid"),
        "rules": [_rule(id, known.get(id)) for id in ids],
    }
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(id: str, known: Explained | None) -> dict[str, Any]:
    if known is None:
        title, explanation = RULES_WITHOUT_CODE.get(id, RULES_WITHOUT_CODE[UNNAMED])
        return {
            "id": id,
            "shortDescription": {"text": title},
            "fullDescription": {"text": explanation},
            "helpUri": PAGES + id,
        }
    page = known.page()
    return {
        "id": id,
        "name": known.name,
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": known.explanation},
        "helpUri": PAGES + id,
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": _level(id)},
    }


def _level(id: str) -> str:
    return "warning" if id.startswith("HZ") or id[-3:-2] == "8" else "error"


def _results(report: FileReport, base: Path) -> Iterator[dict[str, Any]]:
    """Yield what is said of one file: mistakes as errors, hazards as warnings."""
    if report.error:
        yield _result("not-judged", "error", report.error, report, base)
    for function in report.all:
        for cause in function.causes if function.is_bad else ():
            yield _result(cause.code or UNNAMED, "error", _message(function, cause), report, base, function, cause.line)
        if function.is_bad and not function.causes:
            said = "; ".join([*function.known, *failure_lines(function)[:1]])
            yield _result(UNNAMED, "error", f"{function.name} is wrong: {said}", report, base, function)
        for hazard in function.hazards:
            yield _result(
                hazard.code or UNNAMED, "warning", f"{function.name}: {hazard.detail}", report, base, function
            )


def _message(function: FunctionReport, cause: Cause) -> str:
    parts = [cause.explanation, cause.lesson, f"Correct: {cause.formula}" if cause.formula else ""]
    return f"{function.name}: {cause.title}. {' '.join(part for part in parts if part)}".strip()


def _result(
    id: str,
    level: str,
    message: str,
    report: FileReport,
    base: Path,
    function: FunctionReport | None = None,
    line: int = 0,
) -> dict[str, Any]:
    name = function.name if function is not None else ""
    line = line or report.marks.definitions.get(name, 0) or report.marks.definitions.get(name.partition(".")[0], 0) or 1
    place: dict[str, Any] = {"artifactLocation": {"uri": _address(report.file, base), "uriBaseId": "%SRCROOT%"}}
    if not report.file.endswith(".ipynb"):  # lines are those of its code cells, not of the file
        place["region"] = {"startLine": line}
    location: dict[str, Any] = {"physicalLocation": place}
    if name:
        location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "function"}]
    return {"ruleId": id, "level": level, "message": {"text": on_one_line(message)}, "locations": [location]}


def _address(file: str, base: Path) -> str:
    """Return the path of a file as a relative address: from the current folder, its name alone where it is not below it."""
    path = os.path.relpath((base / file).expanduser())
    return quote((Path(file).name if path.startswith("..") else path).replace(os.sep, "/"))

"""Finished results of a folder (`--resume`): each is stored under a hash of everything that it depends on."""

import contextlib
import functools
import hashlib
import json
import os
import sys
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.checker.asking.fingerprint import fingerprint
from pellucid.checker.judging.verdicts import Cause, Failure, FunctionReport, Hazard
from pellucid.checker.reading.marks import IgnoreComment, Marks
from pellucid.checker.reading.submission import Submission
from pellucid.checker.request import Request
from pellucid.checker.telling.file_report import FileReport

__all__ = ["FinishedResults"]


@dataclass(frozen=True)
class FinishedResults:
    """A folder of results, for one request."""

    folder: Path
    settings: str  # a hash of what all results depend on: the pack, the options, this library

    @classmethod
    def of(cls, folder: Path, request: Request) -> "FinishedResults":
        """Return the results in a folder that a request may use."""
        limits = request.limits
        options: list[Any] = [list(request.only), request.edition, request.seed, request.is_package]
        options += [limits.seconds, limits.memory, limits.allow_weak_sandbox]
        pack = fingerprint(request.pack, request.seed, request.edition)
        return cls(folder, json.dumps([pack, *options, _library(), sys.version, np.__version__]))

    def read(self, submission: Submission, name: str) -> FileReport | None:
        """Return the stored report on a submission; None where nothing is stored, or it cannot be read."""
        try:
            record = json.loads(self._place(submission, name).read_text(encoding="utf-8"))
            functions = [_function(function) for function in record["functions"]]
            error, sandbox = record.get("error", ""), record["sandbox"]
            units = [_function({"pattern": None, **unit}) for unit in record.get("units", ())]
            return FileReport(
                record["file"], record["pack"], record["seconds"], functions, error, sandbox=sandbox, units=units,
                marks=_marks(record["marks"]),
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    def store(self, submission: Submission, name: str, report: FileReport) -> None:
        """Store a report. On a full disk nothing is stored, and nothing left: the next run judges this file again."""
        place = self._place(submission, name)
        part = place.with_suffix(f".{os.getpid()}.part")
        record = report.as_json()
        for function, stored in zip(report.functions, record["functions"], strict=True):
            stored["pattern"] = function.pattern and {key: _listed(value) for key, value in function.pattern.items()}
        record["marks"] = asdict(report.marks)
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(json.dumps(record), encoding="utf-8")
            os.replace(part, place)
        except OSError:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)

    def _place(self, submission: Submission, name: str) -> Path:
        text = json.dumps([name, submission.main, submission.files, submission.skipped, self.settings])
        return self.folder / f"{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.json"


@functools.cache
def _library() -> str:
    """Return a hash of the checker's own sources: results of another version are judged again."""
    parts = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        parts.update(path.read_bytes())
    return parts.hexdigest()


def _listed(value: Any) -> Any:
    """Return an array as JSON can hold it; what is drawn is its real part."""
    return np.real(value).astype(float).tolist() if isinstance(value, np.ndarray) else value


def _function(record: dict[str, Any]) -> FunctionReport:
    names = {field.name for field in fields(Cause)}
    return FunctionReport(
        record["name"],
        record["verdict"],
        record["cases"]["passed"],
        record["cases"]["total"],
        record["max_error"],
        [_failure(failure) for failure in record["failing"]],
        [
            Cause(**{"code": "", **{key: value for key, value in cause.items() if key in names}})
            for cause in record["causes"]
        ],
        record["conventions"],
        [Hazard(hazard["id"], hazard["detail"], hazard.get("code", "")) for hazard in record["hazards"]],
        record["own_gradient_check"],
        record["known"],
        record["pattern"],
    )


def _marks(record: dict[str, Any]) -> Marks:
    ignores = [IgnoreComment(one["line"], tuple(one["codes"]), one["name"]) for one in record["ignores"]]
    return Marks(tuple(ignores), record["definitions"])


def _failure(record: dict[str, Any]) -> Failure:
    error = float("inf") if record["error"] is None else record["error"]
    return Failure(record["case"], record["output"], error, record.get("detail", ""))

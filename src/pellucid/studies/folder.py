"""A study's folder: what was run, the trials, and their results.

study.json   which study, data, seeds; what a resumed run needs      data.npz     the samples that trials draw from
trials/      a file a trial, named by the hash of its configuration
report.html  claim, design, verdict, figure, tables; nothing outside it is needed
figure.svg, figure.png, findings.json, findings.csv, trials.csv, trials.parquet (with pyarrow)
"""

import csv
import importlib.util
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pellucid.files import read_plain
from pellucid.kernels import fastest_layers
from pellucid.nets import write_atomically
from pellucid.studies.catalogue import study_named
from pellucid.studies.figures import figure_files, legend, new_figure
from pellucid.studies.report import report_page
from pellucid.studies.samples import make_pool, read_pool
from pellucid.studies.statistics import UNDECIDED, Finding, overall
from pellucid.studies.study import Study, StudyError, trials_of
from pellucid.studies.table import Table
from pellucid.studies.trials import read_results, run_trials
from pellucid.studies.wording import finding_line
from pellucid.style import styled
from pellucid.train import CheckpointFolder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Reported", "report_study", "run_study"]


@dataclass(frozen=True)
class Reported:
    """A report in short, for the terminal."""

    study: Study
    about: dict[str, Any]  # study.json
    findings: tuple[Finding, ...]
    verdict: str
    done: int
    trials: int
    page: Path


def run_study(
    name: str,
    folder: Path,
    *,
    data: str,
    seeds: int | None,
    quick: bool,
    workers: int,
    progress: Callable[[int, int], None],
) -> Reported:
    """Run the missing trials of a study, then report. Raises StudyError, DataError or StorageError.

    A folder that another call writes to, in this process or another, is refused (RunLockedError).
    """
    study = study_named(name)
    default = study.quick_seeds if quick else study.full_seeds
    count = default if seeds is None else seeds
    for flag, number, largest in (("--seeds", count, MOST_SEEDS), ("--workers", workers, MOST_WORKERS)):
        if number < 1:
            raise StudyError(f"{flag} must be at least 1; got {number}")
        if number > largest:
            raise StudyError(f"{flag} must be at most {largest:,}; got {number}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError(f"cannot create the folder {folder}: {error.strerror or error}") from None
    try:
        if seeds is None:  # a run that was begun with more seeds than the default keeps them
            count = max(count, _about(folder).get("seeds", 0))
        about = _begin(study, folder, data=data, count=count, quick=quick)
    finally:
        if not any(folder.iterdir()):
            folder.rmdir()  # nothing was written
    with CheckpointFolder(folder).held():
        run_trials(study, _configs(study, about), folder, workers, progress)
        return report_study(folder)


def _begin(study: Study, folder: Path, *, data: str, count: int, quick: bool) -> dict[str, Any]:
    """Write the pool and study.json, or check that those in the folder belong to the same study; return study.json."""
    about = _about(folder)
    if about and (about["study"] != study.name or about["source"] != data or about["quick"] != quick):
        kind = "quick" if about["quick"] else "full"
        raise StudyError(
            f"{folder} contains a {kind} run of {about['study']} on {about['source']}; choose another --out"
        )
    pool = read_pool((folder / "data.npz").resolve()) if about else make_pool(data, (folder / "data.npz").resolve())
    about = {
        "study": study.name,
        "source": data,
        "data": pool.name,
        "digest": pool.digest,
        "quick": quick,
        "seeds": count,
        "layers": about.get("layers", fastest_layers().name),
        "pool": [len(pool.images), len(pool.val_images)],
    }
    if about["layers"] != fastest_layers().name:
        raise StudyError(
            f"{folder} was started with the layers {about['layers']!r}, but here they are {fastest_layers().name!r}; "
            "choose another --out"
        )
    write_atomically(folder / "study.json", json.dumps(about, indent=1).encode())
    return about


def report_study(folder: Path) -> Reported:
    """Write every product of the finished trials. Raises StudyError where there are none."""
    about = _about(folder)
    if not about:
        raise StudyError(f"{folder} contains no study (study.json is missing)")
    study = study_named(about["study"])
    table = read_results(_configs(study, about), folder)
    if not len(table):
        raise StudyError(
            f"{folder} contains no finished trial yet; continue with: pellucid study run {study.name} --out {folder}"
        )
    findings = tuple(study.findings(table))
    # a quick run decides nothing, however many seeds it has
    verdict = overall(findings) if len(table) == table.expected and not about["quick"] else UNDECIDED
    figure = _drawn(study, table)
    files = figure_files(figure)
    result = {
        "study": study.name,
        "claim": study.claim,
        "verdict": verdict,
        "trials": len(table),
        "expected": table.expected,
        "about": about,
        "findings": [asdict(f) | {"verdict": f.verdict, "line": finding_line(f)} for f in findings],
    }
    products = {
        "figure.svg": files["svg"],
        "figure.png": files["png"],
        "findings.json": (json.dumps(result, indent=1, allow_nan=True) + "\n").encode(),
        "findings.csv": _csv([_finding_row(f) for f in findings]),
        "trials.csv": _csv([_trial_row(row.config, row.values) for row in table]),
        "report.html": report_page(study, about, table, findings, verdict, figure).encode(),
    }
    if importlib.util.find_spec("pyarrow"):
        products["trials.parquet"] = _parquet(table)
    for name, content in products.items():
        write_atomically(folder / name, content)
    return Reported(study, about, findings, verdict, len(table), table.expected, folder / "report.html")


@styled()
def _drawn(study: Study, table: Table) -> "Figure":
    figure = new_figure(study.panels)
    study.draw(figure, table)
    legend(figure)
    return figure


LARGEST_FILE = 2**20  # bytes
MOST_SEEDS, MOST_WORKERS = 1000, 1024
KINDS = {"study": str, "source": str, "digest": str, "quick": bool, "seeds": int, "layers": str}


def _about(folder: Path) -> dict[str, Any]:
    """Return the contents of study.json, empty where there is no such file. Raises StudyError where it is not valid."""
    path = folder / "study.json"
    if not path.exists():
        return {}
    try:
        about = json.loads(read_plain(path, limit=LARGEST_FILE))
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or error
        raise StudyError(f"cannot read {path}: {reason}") from None
    if not isinstance(about, dict) or any(type(about.get(key)) is not kind for key, kind in KINDS.items()):
        raise StudyError(f"{path} is not valid: it must contain {', '.join(KINDS)}")
    return about


def _configs(study: Study, about: dict[str, Any]) -> list[dict[str, Any]]:
    return trials_of(study, quick=about["quick"], seeds=about["seeds"], data=about["digest"], table=about["layers"])


def _finding_row(finding: Finding) -> dict[str, Any]:
    effect = asdict(finding.effect)
    return {
        "statement": finding.statement,
        **effect,
        "unit": finding.unit,
        "matters": finding.matters,
        "kind": finding.kind,
        "decides": finding.decides,
        "verdict": finding.verdict,
    }


def _trial_row(config: Any, values: Any) -> dict[str, Any]:
    """One flat row: lists as JSON text."""
    return {key: json.dumps(value) if isinstance(value, list) else value for key, value in {**config, **values}.items()}


def _csv(rows: Sequence[dict[str, Any]]) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _parquet(table: Table) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    rows = [{**row.config, **row.values} for row in table]
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: [row.get(name) for row in rows] for name in names}
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()

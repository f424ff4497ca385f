"""The page docs/studies.md, written from the folders of full runs: python -m pellucid.studies.page DOCS MEASURED FOLDER...

DOCS gets studies.md and studies/NAME.svg, .png, .csv; MEASURED (src/pellucid/studies/measured) gets what `pellucid
explain` quotes. A study
whose folder is missing, quick or incomplete is listed as not yet run in full. Only the remarks (`remarks.py`) are written by hand.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pellucid.nets import write_atomically
from pellucid.studies.catalogue import STUDIES
from pellucid.studies.remarks import remark_on
from pellucid.studies.report import command_of, data_line
from pellucid.studies.study import Study, StudyError

__all__ = ["main", "page_text"]

HEAD = """# Studies

What is said about networks, tested: each claim with seeds, an interval, a figure and a verdict. `pellucid study run
NAME` repeats one; killed at any moment it goes on where it was, and `--quick` shows in seconds how it works. A
verdict follows one rule, fixed beforehand: a claim **holds** where the whole interval of the effect lies beyond the
smallest effect that would matter, it **does not hold** where the whole interval lies short of it, and is
**undecided** otherwise. That smallest effect stands in each study's file, written before it was run. Intervals are
exact (Wilcoxon's signed ranks over the seeds, Hodges-Lehmann estimate), widened where several statements are tested.

CIFAR-10 here means JPEG copies of its images, not the originals. Pixels are standardized by channel, so scales of
weights are not comparable with the course's, which only subtracts the mean image. In figures, lines are medians over
the seeds (means in those of init-scale, learning-rate and eps-place, which were drawn earlier) and bands reach from the
smallest to the largest. This page is written by `python -m pellucid.studies.page`; the paragraph under each figure says
what its numbers do not.
"""


def page_text(results: dict[str, dict[str, Any]]) -> str:
    """Return the page for the results of full, complete runs, by study."""
    rows = ["| study | claim | verdict |", "|---|---|---|"]
    for name, study in STUDIES.items():
        verdict = f"**{results[name]['verdict']}**" if name in results else "not yet run in full"
        rows.append(f"| {f'[{name}](#{name})' if name in results else name} | {study.claim} | {verdict} |")
    done = [_section(study, results[name]) for name, study in STUDIES.items() if name in results]
    waiting = [f"- `pellucid study run {name} --data cifar10`" for name in STUDIES if name not in results]
    rest = (
        ["## Not yet run in full", "", "Each is one command; these have no verdict yet.", "", *waiting, ""]
        if waiting
        else []
    )
    return "\n".join([HEAD, *rows, "", *done, *rest])


def _section(study: Study, result: dict[str, Any]) -> str:
    about = result["about"]
    lines = [f"## {study.name}", "", f"*{study.claim}*", "", f"**Verdict: {result['verdict']}.**", ""]
    lines += ["| statement | effect | interval | to matter | verdict |", "|---|---|---|---|---|"]
    for finding in result["findings"]:
        effect = finding["effect"]
        wanted = (
            f"within ±{finding['matters']:g}" if finding["kind"] == "within" else f"at least {finding['matters']:g}"
        )
        beside = "" if finding["decides"] else " (told beside)"
        size = f"{effect['estimate']:.3g} {finding['unit']}".rstrip()
        interval = f"{effect['low']:.3g} to {effect['high']:.3g} ({effect['level']:.1%})"
        lines.append(f"| {finding['statement']}{beside} | {size} | {interval} | {wanted} | {finding['verdict']} |")
    lines += ["", f"![{study.name}](studies/{study.name}.svg)", ""]
    if remark := remark_on(study.name, result["verdict"]):
        lines += [remark, ""]
    reduced = f" Reduced before the run: {study.reduced}." if study.reduced else ""
    lines += [f"- Design: {study.design}.{reduced}", f"- Measure: {study.measure}.", f"- Statistic: {study.statistic}."]
    lines += [
        f"- The smallest effect that would matter: {study.matters}.",
        f"- Data: {data_line(about)}; {result['trials']:,} trials.",
    ]
    lines += [f"- Source of the claim: {study.source}.", f"- Repeat it: `{command_of(study, about)}`", ""]
    return "\n".join(lines)


def main(docs: Path, measured: Path, folders: Sequence[Path]) -> None:
    """Write the page, the figures and tables of complete full runs, and the results that come with the package."""
    (docs / "studies").mkdir(parents=True, exist_ok=True)
    measured.mkdir(parents=True, exist_ok=True)
    results: dict[str, dict[str, Any]] = {}
    for folder in folders:
        path = folder / "findings.json"
        if not path.exists():
            print(f"{folder}: no findings yet, left out", file=sys.stderr)
            continue
        result = json.loads(path.read_text())
        name = result["study"]
        if (
            result["about"]["quick"]
            or result["trials"] < result["expected"]
            or result["about"]["seeds"] < STUDIES[name].full_seeds
        ):
            print(f"{folder}: a quick or incomplete run, left out", file=sys.stderr)
            continue
        if name in results:
            raise StudyError(f"{name} is there twice")
        results[name] = result
        for product, place in (("figure.svg", "svg"), ("figure.png", "png"), ("findings.csv", "csv")):
            write_atomically(docs / "studies" / f"{name}.{place}", (folder / product).read_bytes())
        write_atomically(measured / f"{name}.json", path.read_bytes())
    write_atomically(docs / "studies.md", page_text(results).encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), [Path(argument) for argument in sys.argv[3:]])

"""The commands of `study`: `list`, `run`, `report`."""

from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli.arguments import Quiet, user_path
from pellucid.cli.ending import say

__all__ = ["study_list", "study_report", "study_run"]


def study_list() -> None:
    """List every study and its claim."""
    from pellucid.studies.catalogue import STUDIES

    say("\n".join(f"{study.name:<16} {study.claim}" for study in STUDIES.values()))


def study_run(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name from `pellucid study list`.", show_default=False)],
    data: Annotated[
        str | None,
        typer.Option(
            "--data", metavar="TEXT", help="Data set. [dim](cifar10; digits with --quick)[/dim]", show_default=False
        ),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            "--seeds", metavar="N", help="Number of seeds. [dim](10; 3 with --quick)[/dim]", show_default=False
        ),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A short trial run; gives no verdict.")] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers", metavar="N", help="Number of processes. [dim](one per core)[/dim]", show_default=False
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            parser=user_path,
            help="The study's folder. [dim](studies/NAME)[/dim]",
            show_default=False,
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Run the missing trials of a study, then report. A study that was killed resumes where it stopped."""
    from pellucid.studies.terminal import run_in_terminal

    say(run_in_terminal(name, data=data, seeds=seeds, quick=quick, workers=workers, out=out, quiet=quiet))


def study_report(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", parser=user_path, help="A study's folder.", show_default=False)
    ],
) -> None:
    """Rewrite the figure, tables and page from the finished trials."""
    from pellucid.studies.folder import report_study
    from pellucid.studies.terminal import summary

    say(summary(report_study(folder)))

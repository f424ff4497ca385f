"""The command `check`."""

from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli.arguments import user_path
from pellucid.cli.ending import fail

__all__ = ["check"]


def check(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH", parser=user_path, help="A Python file, a notebook, or a folder.", show_default=False
        ),
    ],
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="Check only this function (repeatable).", show_default=False),
    ] = None,
    pack: Annotated[
        str | None,
        typer.Option(
            "--pack",
            metavar="NAME",
            help="A built-in course pack, or a file; by default the built-in one whose functions are defined.",
            show_default=False,
        ),
    ] = None,
    units: Annotated[
        list[str] | None,
        typer.Option(
            "--unit",
            "--units",
            metavar="TEXT",
            help="A layer whose names say nothing: 'Gate(5).run(x) / undo(dout)', or a TOML file that tells them (repeatable).",
            show_default=False,
        ),
    ] = None,
    edition: Annotated[
        str | None,
        typer.Option(
            "--edition", metavar="YEAR", help="Year of the course: 2016 to 2026 for CS231n.", show_default=False
        ),
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            "--format", metavar="NAME", help="text | json | html | junit | sarif | gradescope (one submission)"
        ),
    ] = "text",
    hint: Annotated[
        int | None,
        typer.Option(
            "--hint", metavar="1|2|3", help="How much to reveal: 1 a nudge, 2 also the line, 3 all.", show_default=False
        ),
    ] = None,
    fix: Annotated[
        bool, typer.Option("--fix", help="Also show corrected lines, where a small change makes every case pass.")
    ] = False,
    select: Annotated[
        list[str] | None,
        typer.Option(
            "--select",
            metavar="CODES",
            help="Report only mistakes with these codes, or codes that begin so: BN103,LN (repeatable).",
            show_default=False,
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            "--ignore",
            metavar="CODES",
            help="Leave out mistakes with these codes; in a file: # pellucid: ignore[BN103] (repeatable).",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", parser=user_path, help="Write the report to this file.", show_default=False
        ),
    ] = None,
    timeout: Annotated[float, typer.Option("--timeout", metavar="S", help="Time limit per function, seconds.")] = 10.0,
    memory: Annotated[float, typer.Option("--memory", metavar="GIB", help="Memory limit per function, GiB.")] = 4.0,
    resume_from: Annotated[
        Path | None,
        typer.Option(
            "--resume",
            metavar="DIR",
            parser=user_path,
            help="Save a folder's results here; continue from them.",
            show_default=False,
        ),
    ] = None,
    one_learner: Annotated[
        bool | None,
        typer.Option(
            "--one-learner/--class",
            help="The folder is one learner's package, whose files may import each other, or a class, whose files and "
            "folders are judged each as if it were alone. A folder with the name of the pack's package is a learner's.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Seed of the random inputs.")] = 0,
    allow_weak_sandbox: Annotated[
        bool,
        typer.Option(
            "--allow-weak-sandbox", help="Run the code even if this system cannot confine it: for code you trust."
        ),
    ] = False,
) -> None:
    """Find the mistakes in layers that you or your students wrote; the code runs in a sandbox.

    Exit code: 0 if nothing is wrong, 1 if something is or nothing is implemented, 3 if nothing could be judged.
    """
    from pellucid.checker import CheckError, PackError
    from pellucid.checker.check_command import InterruptedCheckError, run_check
    from pellucid.checker.telling.destination import UnwritableReportError
    from pellucid.escaping import printable

    try:
        code = run_check(
            path, form=form, hint=hint, out=out, fix=fix, resume=resume_from, only=only or (), pack=pack,
            edition=edition, units=units or (), select=select or (), ignore=ignore or (),
            timeout=timeout, memory=memory, seed=seed, is_package=one_learner, allow_weak_sandbox=allow_weak_sandbox,
        )  # fmt: skip
    except (InterruptedCheckError, UnwritableReportError) as error:
        fail(printable(str(error)), 1)
    except (CheckError, PackError) as error:
        fail(printable(str(error)), 2)
    raise typer.Exit(code)

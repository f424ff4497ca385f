"""The command `doctor`: what is wrong with a training run, and what helps."""

import json
import math
import shlex
from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli.arguments import Folder, user_path
from pellucid.cli.ending import fail, note, say

__all__ = ["doctor"]

FORMATS = ("text", "json", "html")
SECONDS = 30.0  # as in `doctor/treating/engine.py`, which is imported only when the command runs


def doctor(
    folder: Folder,
    form: Annotated[
        str, typer.Option("--format", metavar="NAME", help="text | json | html", show_default=False)
    ] = "text",
    treat: Annotated[
        bool, typer.Option("--treat", help="Try cures on short copies of the run, and say what helped.")
    ] = False,
    seconds: Annotated[
        float | None,
        typer.Option("--seconds", metavar="N", help="About how long --treat may try (30).", show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            parser=user_path,
            help="Write the result to this file instead of printing it.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Say why the run in a folder does not learn: causes with their evidence and cures; nothing in the folder changes."""
    if form not in FORMATS:
        fail(f"--format must be one of {', '.join(FORMATS)}; got {form!r}", 2)
    if seconds is not None and not treat:
        fail("--seconds only applies with --treat", 2)
    if seconds is not None and not (math.isfinite(seconds) and seconds > 0):
        fail(f"--seconds must be a number above 0; got {seconds:g}", 2)
    shown = _treated(folder, form, seconds or SECONDS) if treat else _found(folder, form)
    if out is None:
        say(shown)
        return
    from pellucid.nets import write_atomically

    write_atomically(out, f"{shown}\n".encode())
    note(f"written to {out}")


def _found(folder: Path, form: str) -> str:
    """Return the findings in a format."""
    from pellucid.doctor import examine_run
    from pellucid.doctor.telling import as_page, as_text

    findings = examine_run(folder)
    if form == "json":
        return json.dumps([finding.to_dict() for finding in findings], indent=2)
    return as_page(findings, folder.name) if form == "html" else as_text(findings)


def _treated(folder: Path, form: str, seconds: float) -> str:
    """Return what treating has shown, in a format."""
    from pellucid.doctor import doctor_of
    from pellucid.doctor.treating import as_lines

    result = doctor_of(folder).treat(seconds=seconds, watch=lambda words: note(f"trying: {words}"))
    command = ""
    if result.settings.flags:
        command = f"pellucid train --config {shlex.quote(str(folder / 'config.toml'))} {result.settings.flags}"
    if form == "json":
        return json.dumps(result.to_dict() | {"command": command}, indent=2)
    return result.to_html(folder.name, command) if form == "html" else as_lines(result, command)

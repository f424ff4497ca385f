"""The command `doctor`: what is wrong with a training run."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli.arguments import Folder
from pellucid.cli.ending import fail, say

__all__ = ["doctor"]

FORMATS = ("text", "json", "html")


def doctor(
    folder: Folder,
    form: Annotated[
        str, typer.Option("--format", metavar="NAME", help="text | json | html", show_default=False)
    ] = "text",
) -> None:
    """Say why the run in a folder does not learn: causes with their evidence and cures; nothing in the folder changes."""
    from pellucid.doctor import examine_run
    from pellucid.doctor.telling import as_page, as_text

    if form not in FORMATS:
        fail(f"--format must be one of {', '.join(FORMATS)}; got {form!r}", 2)
    findings = examine_run(Path(folder))
    if form == "json":
        say(json.dumps([finding.to_dict() for finding in findings], indent=2))
    else:
        say(as_page(findings, folder.name) if form == "html" else as_text(findings))

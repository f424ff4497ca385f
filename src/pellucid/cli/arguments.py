"""Arguments shared by several commands."""

from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli.panels import OUTPUT
from pellucid.files import expanded

__all__ = ["Examined", "Folder", "Logs", "Quiet", "user_path"]


def user_path(text: str) -> Path:
    """Return the path that a user gave, with `~` replaced. Raises BadParameter for an empty one: it would mean this folder."""
    if not text:
        raise typer.BadParameter("the path must not be empty; '.' is the current folder")
    try:
        return expanded(text)
    except OSError as error:
        raise typer.BadParameter(f"{text}: {error.strerror}") from None


Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors, no progress.")]
Examined = Annotated[
    bool,
    typer.Option(
        "--doctor/--no-doctor", help="Say at the end what is wrong with the run, if anything. [dim](on)[/dim]"
    ),
]
Logs = Annotated[
    list[str],
    typer.Option(
        "--log",
        metavar="NAME",
        help="Log to csv, tensorboard or mlflow, too; may be repeated. CSV and TensorBoard's files lie in the run folder.",
        show_default=False,
        rich_help_panel=OUTPUT,
    ),
]
Folder = Annotated[
    Path,
    typer.Argument(metavar="DIR", parser=user_path, help="A run folder written by `train`.", show_default=False),
]

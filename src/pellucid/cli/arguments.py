"""Arguments shared by several commands."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Folder", "Quiet"]

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only errors, no progress.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A run folder written by `train`.", show_default=False)]

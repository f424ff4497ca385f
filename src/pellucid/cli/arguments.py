"""Arguments that several commands take."""

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["Folder", "Quiet"]

Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress; errors only.")]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A run folder that `train` made.", show_default=False)]

"""Commands that exchange models and code with other programs: `export`, `port`."""

from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli.arguments import Folder, user_path
from pellucid.cli.ending import say

__all__ = ["export", "port"]


def export(
    folder: Folder,
    out: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", parser=user_path, help="MODEL.onnx, MODEL.keras, or MODEL.safetensors.", show_default=False
        ),
    ],
    preprocessing: Annotated[
        bool,
        typer.Option(
            "--preprocessing/--no-preprocessing",
            help="Include standardization: raw pixel values in (ONNX, Keras).",
        ),
    ] = True,
) -> None:
    """Export a run's best network as ONNX, for Keras, or as safetensors with PyTorch's parameter names."""
    from pellucid.interop.export import export_file

    say(export_file(folder, out, preprocessing=preprocessing))


def port(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", parser=user_path, help="The folder of a finished assignment.", show_default=False
        ),
    ],
) -> None:
    """Report which functions of a finished cs231n assignment can be used unchanged."""
    from pellucid.interop.port import port_report

    say(port_report(folder))

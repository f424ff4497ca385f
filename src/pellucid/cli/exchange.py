"""The commands to and from other programs: `export`, `port`."""

from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli.arguments import Folder

__all__ = ["export", "port"]


def export(
    folder: Folder,
    out: Annotated[Path, typer.Argument(metavar="FILE", help="MODEL.onnx, or MODEL.safetensors.", show_default=False)],
    preprocessing: Annotated[
        bool, typer.Option("--preprocessing/--no-preprocessing", help="Take pixel values as they are (ONNX).")
    ] = True,
) -> None:
    """Write a run's best network for other programs: ONNX, or safetensors with PyTorch's names."""
    from pellucid.interop.export import export_file

    print(export_file(folder, out, preprocessing=preprocessing))


def port(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A finished assignment.", show_default=False)],
) -> None:
    """Say what of an assignment folder (cs231n) can be used as it is."""
    from pellucid.interop.port import port_report

    print(port_report(folder))

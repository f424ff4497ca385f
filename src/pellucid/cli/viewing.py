"""The command `view`: training runs in a browser, live."""

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli.arguments import user_path
from pellucid.cli.ending import fail, note, say

__all__ = ["view"]

NEEDED = ("starlette", "uvicorn")


def view(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[RUNS]...",
            parser=user_path,
            help="Run folders, or folders that hold some. [dim](runs)[/dim]",
            show_default=False,
        ),
    ] = None,
    port: Annotated[
        int,
        typer.Option(
            "--port", min=0, max=65535, metavar="N", help="The port. [dim](a free one)[/dim]", show_default=False
        ),
    ] = 0,
    browser: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
) -> None:
    """Show training runs in a browser as they go: curves, layers, findings. Only this machine can reach the page."""
    if any(importlib.util.find_spec(name) is None for name in NEEDED):
        fail("pellucid view needs starlette and uvicorn: pip install 'pellucid[view]'", 1)
    from pellucid.view.serving import serve

    def on_start(address: str, count: int) -> None:
        say(address)
        note(f"{count} {'run' if count == 1 else 'runs'}; Ctrl-C ends the page")
        if browser:
            import webbrowser

            webbrowser.open(address)

    serve(runs or [Path("runs")], port=port, on_start=on_start)

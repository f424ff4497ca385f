"""The commands about one layer: `derive`, `explain`."""

from pathlib import Path
from typing import Annotated

import typer

from pellucid.cli.arguments import user_path
from pellucid.cli.ending import fail, say

__all__ = ["derive", "explain"]


def derive(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A layer, or FILE.py:FUNCTION.", show_default=False)],
    latex: Annotated[bool, typer.Option("--latex", help="Print the derivation in LaTeX.")] = False,
    svg: Annotated[
        Path | None,
        typer.Option("--svg", metavar="FILE", parser=user_path, help="Draw the graph as SVG.", show_default=False),
    ] = None,
    numbers: Annotated[bool, typer.Option("--numbers", help="Work through it with small numbers.")] = False,
    python: Annotated[bool, typer.Option("--python", help="Print the backward pass as NumPy code.")] = False,
    jacobian: Annotated[
        bool, typer.Option("--jacobian", help="The full Jacobian, and how much memory it would need.")
    ] = False,
    shapes: Annotated[
        str,
        typer.Option("--shapes", metavar="TEXT", help='Shapes of its arguments: "x=4,3 w=3,2".', show_default=False),
    ] = "",
) -> None:
    """Derive a backward pass node by node, with reasons, and check it."""
    from pellucid.derive.views import derivation_views

    say(derivation_views(name, shapes, latex=latex, svg=svg, numbers=numbers, python=python, jacobian=jacobian))


def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="[NAME]",
            help="A layer, an update rule, a topic: overfitting; a known mistake: BN103.",
            show_default=False,
        ),
    ] = "",
    listed: Annotated[
        bool, typer.Option("--list", help="List the known mistakes; NAME is what their codes begin with: BN.")
    ] = False,
) -> None:
    """Explain a layer, a topic or a mistake on one screen.

    Of a layer: formula, shapes, the reason for its backward, common mistakes, measurements. Of a mistake: what is wrong, an
    example, the right form, how it shows itself.
    """
    from pellucid.screens import explain as explained
    from pellucid.screens import listing

    if not listed and not name:
        fail(
            "explain: NAME is missing: a layer, an update rule, a topic, or the code of a mistake (--list lists them)",
            2,
        )
    say(listing(name) if listed else explained(name))

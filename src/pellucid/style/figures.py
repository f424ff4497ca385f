"""Matplotlib figures in the one style: as PNG on white paper, or as SVG in a page, with the page's colours."""

import contextlib
import io
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from pellucid.escaping import printable_lines
from pellucid.style.markup import Markup, text
from pellucid.style.palette import LIGHT

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["SHEET", "inline_svg", "on_any_paper", "png_of", "styled"]

SHEET = Path(__file__).with_name("pellucid.mplstyle")
NEUTRAL = "#777777"  # text and lines of a picture that lies on paper of unknown colour: readable on white and on black


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """Draw and save figures with the style sheet, whatever the user's own settings; also a decorator."""
    import matplotlib as mpl

    with mpl.rc_context(fname=SHEET), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a character missing from the font is drawn as a box
        yield


@styled()
def png_of(figure: "Figure", *, dpi: int = 120, transparent: bool = False) -> bytes:
    """Return a figure as PNG; equal figures give equal bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, transparent=transparent, metadata={"Software": None})
    return buffer.getvalue()


def on_any_paper(figure: "Figure") -> "Figure":
    """Return the figure with its text, grid and frames in a grey that can be read on light and on dark paper."""
    for axes in figure.axes:
        texts = [axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label, *axes.texts]  # type: ignore[attr-defined]
        legend = axes.get_legend()
        for written in texts + ([] if legend is None else legend.get_texts()):
            written.set_color(NEUTRAL)
        axes.tick_params(labelcolor=NEUTRAL)
        axes.grid(visible=axes.xaxis.get_gridlines()[0].get_visible(), color=NEUTRAL, alpha=0.25)
        axes.spines[:].set_color(NEUTRAL)
    return figure


@styled()
def inline_svg(figure: "Figure", name: str, alt: str) -> Markup:
    """Return a figure for a page: no paper, text as text, and its colours are the page's, light or dark.

    `name` sets its identifiers apart from those of other figures of the page; `alt` says what it shows.
    """
    buffer = io.StringIO()
    figure.savefig(
        buffer, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
    )
    return recoloured_svg(buffer.getvalue(), name, alt)


def recoloured_svg(svg: str, name: str, alt: str) -> Markup:
    """Return Matplotlib's SVG for a page, as `inline_svg` does."""
    drawn = re.sub(r"\s+<defs>\s*<style.*?</defs>", "", printable_lines(svg[svg.index("<svg") :]), flags=re.DOTALL)
    opening, rest = drawn.split(">", 1)
    box = re.search(r'viewBox="([^"]*)"', opening)
    assert box is not None
    width, height = (float(side) * 96 / 72 for side in box[1].split()[2:])
    rest = re.sub(r'(\bid="|url\(#|href="#)', rf"\1{name}-", rest)
    rest = re.sub(r'style="[^"]*"', _restyled, rest)
    size = f'viewBox="{box[1]}" width="{width:.0f}" height="{height:.0f}"'
    return Markup(f'<svg class="figure" role="img" aria-label="{text(alt)}" {size}>{rest.strip()}')


def _restyled(found: re.Match[str]) -> str:
    """Return a style attribute with the page's font and colours; text of others is never touched."""
    style = re.sub(r"('DejaVu Sans'|\bDejaVu Sans)[^;\"]*", "system-ui, sans-serif", found[0])
    for colour, value in LIGHT.items():
        style = style.replace(value, f"var(--{colour})")
    return style

"""The one visual style of pages and figures: palette, type, spacing.

    page("Title", "<h1>Title</h1>...")      a page that needs nothing outside it, light or dark, on screens of any width
    table(("epoch", "loss"), [(1, 0.5)])    cells with padding, numbers in columns
    with styled(): ...                      Matplotlib figures with `pellucid.mplstyle`; `inline_svg` puts one into a page

What lives here: the palette, one stylesheet (`page.css`), one Matplotlib style sheet, the parts of a page that every room needs,
and the rules for axes. What does not: what a page says. All text goes through `text`, or `sentence`, which marks code.
Reading order: palette, markup, page, figures, axes.
"""

from pellucid.style.axes import draw_amounts_axis, draw_epochs_axis, draw_shares_axis, make_logarithmic, thinned
from pellucid.style.figures import inline_svg, on_any_paper, png_of, styled
from pellucid.style.images import as_png, sheet_of
from pellucid.style.markup import FIGURE, Markup, notebook_table, picture, sentence, share_bar, table, text
from pellucid.style.page import page
from pellucid.style.palette import DARK, LIGHT, SERIES

__all__ = [
    "DARK",
    "FIGURE",
    "LIGHT",
    "SERIES",
    "Markup",
    "as_png",
    "draw_amounts_axis",
    "draw_epochs_axis",
    "draw_shares_axis",
    "inline_svg",
    "make_logarithmic",
    "notebook_table",
    "on_any_paper",
    "page",
    "picture",
    "png_of",
    "sentence",
    "share_bar",
    "sheet_of",
    "styled",
    "table",
    "text",
    "thinned",
]

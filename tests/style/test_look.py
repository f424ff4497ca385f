"""Tests of the look: contrasts, one palette in all sheets, tables, escaped text, figures with the page's colours."""

import re

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image
from tests.page_checks import checked_page

from pellucid.style import (
    DARK,
    LIGHT,
    SERIES,
    Markup,
    as_png,
    inline_svg,
    notebook_table,
    page,
    picture,
    png_of,
    sentence,
    share_bar,
    sheet_of,
    styled,
    table,
    text,
)
from pellucid.style.figures import NEUTRAL, SHEET
from pellucid.style.page import stylesheet
from pellucid.style.palette import contrast

TEXTS = ("ink", "quiet", "good", "bad", "doubt", "link")
MARKS = ("blue", "vermilion", "green", "purple", "orange", "sky", "grey")


def blended(colour, paper, share):
    """Return a colour that covers a share of the paper."""
    mixed = (round(share * int(colour[i : i + 2], 16) + (1 - share) * int(paper[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{value:02x}" for value in mixed)


def test_contrast_is_that_of_the_rule():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_and_marks_have_enough_contrast(colours):
    for paper in (colours["paper"], colours["raised"]):
        assert {name for name in TEXTS if contrast(colours[name], paper) < 4.5} == set()
        assert {name for name in MARKS if contrast(colours[name], paper) < 3} == set()


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("name", ["blue", "vermilion"])
def test_numbers_can_be_read_on_the_darkest_shade_of_the_matrix(colours, name):
    share = float(
        re.search(r"\.hit\{background:rgb\(var\(--blue-rgb\)/calc\(var\(--share\)\*([\d.]+)\)\)", stylesheet())[1]
    )
    assert contrast(colours["ink"], blended(colours[name], colours["paper"], share)) >= 4.5


def test_both_palettes_have_the_same_names_and_the_sheets_use_no_other_colours():
    assert set(LIGHT) == set(DARK)
    used = set(re.findall(r"var\(--([\w]+)\)", stylesheet()))
    assert used <= set(LIGHT) | {"share"}
    rules = stylesheet().split("\n", 1)[1]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", rules) == []  # all through variables
    sheet = {f"#{colour}" for colour in re.findall(r"\b[0-9a-f]{6}\b", SHEET.read_text())}
    assert sheet <= set(LIGHT.values())


def test_figures_cycle_through_the_palette_whatever_the_users_settings():
    with mpl.rc_context({"axes.facecolor": "red", "svg.fonttype": "path", "axes.grid": False}):
        with styled():
            cycle = [each["color"] for each in mpl.rcParams["axes.prop_cycle"]]
            assert [f"#{colour.removeprefix('#')}" for colour in cycle] == list(SERIES)
            assert mpl.rcParams["axes.facecolor"].removeprefix("#") == "ffffff"
        assert mpl.rcParams["axes.facecolor"] == "red"


@styled()
def drawn(name="plain"):
    figure = Figure(figsize=(3, 2))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=LIGHT["vermilion"], label=name)
    axes.set(xlabel="<b>&amp; $x$", ylabel="DejaVu Sans\x1b[31m")
    axes.legend()
    return figure


def test_a_figure_in_a_page_has_the_pages_colours_and_no_paper():
    svg = inline_svg(drawn(), "first", "a <line>")
    assert 'aria-label="a &lt;line&gt;"' in svg
    assert "var(--vermilion)" in svg
    assert "var(--quiet)" in svg
    assert not re.search("#[0-9a-f]{6}", svg)  # every colour is a variable
    assert "&lt;b&gt;&amp;amp; $x$" in svg  # text as text, and no formula
    assert "\x1b" not in svg
    assert svg.count("DejaVu") == 1  # the label, not the font
    assert "http" not in svg
    assert "<style" not in svg  # it would hold for the whole page
    checked_page(page("t", f"<h1>t</h1>{svg}{inline_svg(drawn(), 'second', 'b')}"))  # no identifier twice


def test_equal_figures_give_equal_bytes():
    assert inline_svg(drawn(), "a", "b") == inline_svg(drawn(), "a", "b")
    assert png_of(drawn()) == png_of(drawn())


def test_the_neutral_grey_can_be_read_on_white_and_on_black():
    assert contrast(NEUTRAL, "#ffffff") > 4.4
    assert contrast(NEUTRAL, "#111111") > 3.9


def test_text_is_harmless():
    assert text("<script>'\"&\x1b[31m\u202e") == "&lt;script&gt;&#x27;&quot;&amp;\\x1b[31m\\u202e"
    assert sentence("run `a <b>` now") == "run <code>a &lt;b&gt;</code> now"
    evil = "</td><script>alert(1)</script>"
    for made in (table((evil,), [(evil,)], caption=evil, name=evil), notebook_table((evil,), [(evil,)], evil)):
        assert "<script" not in made
    assert "<script" not in page(evil, "")


def test_columns_of_numbers_are_right_aligned_and_long_text_has_room():
    rows = [("a", 12345, "1.5%", "x" * 30, Markup("<b>1</b>")), ("b", "", "-", "", "")]
    made = table(("name", "count", "share", "why", "made"), rows)
    assert "<td class='n'>12,345</td><td class='n'>1.5%</td><td class='w'>" in made
    assert "<td>a</td>" in made
    assert "<td><b>1</b></td>" in made
    assert "<td class='n'></td><td class='n'>-</td>" in made


def test_cells_of_a_notebooks_table_have_padding_of_their_own():
    made = notebook_table(("epoch", "loss"), [(1, "0.5")])
    cells = re.findall(r"<t[hd] style='([^']*)'", made)
    assert len(cells) == 4
    assert all("padding:.3em 1em .3em 0" in style for style in cells)
    assert "color" not in made.replace("border-collapse", "").replace("rgba", "")  # the notebook's own, light or dark


def test_a_bar_stays_in_its_cell():
    assert "width:0.0%" in share_bar(-0.3)
    assert "width:100.0%" in share_bar(7)


def test_a_picture_says_its_size():
    png = as_png(np.zeros((1, 3, 5)), enlarged=4)
    assert 'width="20" height="12"' in picture(png, "p")
    assert 'width="10" height="6"' in picture(png, "p", scale=2)
    assert 'alt="a &quot;b&quot;"' in picture(png, 'a "b"')


def test_pixels_are_exact(tmp_path):
    (tmp_path / "p.png").write_bytes(as_png(np.array([[[0.0, 0.5, 2.0]]]), enlarged=2))
    with Image.open(tmp_path / "p.png") as image:
        assert np.asarray(image).tolist() == [[0, 0, 128, 128, 255, 255]] * 2


def test_a_sheet_sets_images_apart():
    sheet = sheet_of([np.full((1, 2, 2), 0.25), np.full((1, 2, 2), 0.75), np.ones((1, 2, 2))], 2)
    assert sheet.shape == (4, 5, 5)
    assert sheet[3, 2].tolist() == [0] * 5  # between the rows
    assert sheet[3, :, 2].tolist() == [0] * 5  # between the columns
    assert sheet[:3, 0, 3].tolist() == [0.75] * 3
    assert sheet[3, 3:, 3:].sum() == 0  # nothing in the last place

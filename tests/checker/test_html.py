"""Tests of the page of `check`: the pattern of an error is drawn in the page's colours, and its text is escaped."""

import numpy as np
from tests.page_checks import checked_page

from pellucid.checker.judging.verdicts import FunctionReport
from pellucid.checker.telling.file_report import FileReport
from pellucid.checker.telling.html import as_html


def test_the_pattern_of_an_error_is_drawn():
    expected = np.zeros((2, 3))
    got = np.array([[0, 1, 2], [np.nan, 0, 0]])
    pattern = {"output": "dx", "case": "<b>plain</b>", "got": got, "expected": expected}
    function = FunctionReport("f<script>", "wrong", 1, 2, pattern=pattern)
    text = as_html([FileReport("a&b.py", "pack", 1.0, [function, FunctionReport("g", "correct", 2, 2)])])
    page = checked_page(text)
    assert page.pictures == ["dx of shape (2, 3) in the case <b>plain</b>"]
    assert "<script" not in text
    shades = [part.split('"')[0] for part in text.split('style="fill:')[1:]]
    assert shades[:3] == [f"rgb(var(--vermilion-rgb)/{share})" for share in ("0.00", "0.50", "1.00")]
    assert shades[3] == "var(--ink)"  # NaN
    assert '<span class="bad">wrong</span>' in text
    assert '<span class="good">correct</span>' in text

"""Every row of the gathered list of mistakes, planted in another style than the reference's: all found, nearly all named first."""

import pytest

from pellucid.checker.asking.pack import Options

from .planting import REFERENCE, functions_from, judged_pair
from .rows_of_mistakes import ROWS, TEXTS


def planted(row):
    """The functions of a style with a row's mistake in it, and their source."""
    text = TEXTS[row.style]
    for old, new in row.changes:
        assert text.count(old) >= 1, f"{row.told}: {old!r} does not stand in {row.style!r}"
        text = text.replace(old, new)
    return functions_from(text, on=REFERENCE.namespace if "Net" in row.function else None), text


def test_a_sample_of_rows_is_found_and_named():
    """Every ninth row; `pytest -m slow` plants all."""
    rows = ROWS[::9]
    named, others = planted_rows(rows)
    assert named == len(rows), others


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_row_is_found_and_named():
    named, others = planted_rows(ROWS)
    print(f"rows of the list: {len(ROWS)}, all found; named first {named}; otherwise: {others}")
    assert named >= 0.95 * len(ROWS)


def planted_rows(rows):
    """Plant rows; every one must be found. Return how many are named first, and what was said of the others."""
    found, named, missed, others = 0, 0, [], []
    for row in rows:
        functions, text = planted(row)
        options = Options(2020) if row.told == "p read as drop" else Options()
        report = judged_pair(row.function, functions, text=text, options=options)
        if row.shows_as == "hazard":
            seen = not report.is_bad and any(hazard.id in row.named for hazard in report.hazards)
            found, named = found + seen, named + seen
            missed += [] if seen else [row.told]
            continue
        found += report.is_bad
        missed += [] if report.is_bad else [row.told]
        first = report.causes[0].id if report.causes else "no cause"
        named += first in row.named
        others += [] if first in row.named else [f"{row.told}: {first}"]
    assert not missed
    return named, others


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_styles_are_right_before_anything_is_planted():
    for style, function in sorted({(row.style, row.function) for row in ROWS}):
        functions = functions_from(TEXTS[style], on=REFERENCE.namespace if "network" in style else None)
        assert not judged_pair(function, functions, text=TEXTS[style]).is_bad, (style, function)

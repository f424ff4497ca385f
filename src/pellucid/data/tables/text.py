"""Columns of text, as a CSV file holds them, read as numbers, dates or categories.

A column is a column of numbers if every value that is not missing is one, else of dates if every value is a date, else of
categories. Where nine in ten values or more are numbers, the others are taken for mistakes and the column is not used until
they are corrected, or the column is declared a category. Whole numbers with a leading zero ("00501") are categories.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.tables.column import Column, ColumnKind, category_column, date_column, number_column
from pellucid.data.tables.dates import dates_of, iso_dates_of

__all__ = ["MISSING", "column_of_strings", "column_of_text"]

MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "<na>", "null", "none", "?"})  # in lower case
MOSTLY = 0.9

_PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE)
_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?")  # 1.234,56
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})*(\.\d+)?")  # 1,234.56
_CODE = re.compile(r"0\d+")
_WHOLE = re.compile(r"[+-]?\d+")

Place = Callable[[int], str]  # the place of a row, for messages: "row 17 (line 19)"
Numbers = Mapping[str, float]


def column_of_text(
    name: str, texts: Sequence[str], place: Place, *, kind: ColumnKind | None = None, decimal_comma: bool = False
) -> Column:
    """Return the column of these texts; `kind` is given or inferred.

    `decimal_comma` says whether "1,5" is one and a half (where the delimiter is no comma); otherwise "1,500" is 1500.
    Raises DataError for a value that is not of the given kind.
    """
    distinct = {text: text.strip() for text in set(texts)}
    distinct = {text: stripped for text, stripped in distinct.items() if stripped.lower() not in MISSING}
    values = set(distinct.values())
    numbers, note = _numbers(values, decimal_comma)
    if kind is None:
        kind = _kind(values, numbers)
    if kind is ColumnKind.NUMBER:
        return _number_column(name, texts, distinct, numbers, note, place)
    if kind is ColumnKind.DATE:
        dates = dates_of(values)
        if dates.problem:
            raise DataError(f'column "{name}": {dates.problem}')
        found = [np.datetime64("NaT") if text not in distinct else dates.values[distinct[text]] for text in texts]
        return date_column(name, np.array(found, dtype="datetime64[us]"), note=dates.note)
    if {value.lower() for value in values} <= {"true", "false"}:
        distinct = {text: value.lower() for text, value in distinct.items()}
    dates = dates_of(values)
    unclear = f"{dates.problem}, or declare the column a category" if dates.unclear else ""
    problem = _problem(texts, distinct, numbers, place) or unclear
    return category_column(name, (distinct.get(text) for text in texts), problem=problem)


def column_of_strings(name: str, texts: Iterable[str | None]) -> Column:
    """Return the column of strings, as frames and lists hold them: of dates where all are ISO dates, else of categories."""
    texts = list(texts)
    dates = iso_dates_of({text for text in texts if text is not None})
    if not dates:
        return category_column(name, texts)
    missing = np.datetime64("NaT")
    found = [missing if text is None else dates[text] for text in texts]
    return date_column(name, np.array(found, dtype="datetime64[us]"))


def _kind(values: set[str], numbers: Numbers) -> ColumnKind:
    if len(numbers) == len(values) and not any(_CODE.fullmatch(value) for value in values):
        return ColumnKind.NUMBER
    dates = dates_of(values)
    return ColumnKind.DATE if dates.values and not dates.problem else ColumnKind.CATEGORY


def _numbers(values: set[str], decimal_comma: bool) -> tuple[Numbers, str]:
    """Return those of the values that are numbers, and how they were read."""
    plain = {value: float(value) for value in values if _PLAIN.fullmatch(value)}
    if len(plain) == len(values):
        return plain, ""
    if decimal_comma:
        found = {v: float(v.replace(".", "").replace(",", ".")) for v in values if _COMMA.fullmatch(v)}
        note = "decimal comma"
    else:
        found = {v: float(v.replace(",", "")) for v in values if _THOUSANDS.fullmatch(v)}
        note = "comma between thousands"
    return (found, note) if len(found) > len(plain) else (plain, "")


def _number_column(
    name: str, texts: Sequence[str], distinct: Mapping[str, str], numbers: Numbers, note: str, place: Place
) -> Column:
    known = {text: numbers[value] for text, value in distinct.items() if value in numbers}
    if len(known) < len(distinct):
        row = next(row for row, text in enumerate(texts) if text in distinct and text not in known)
        raise DataError(f'column "{name}": {place(row)}: expected a number; got {texts[row]!r}')
    values = np.array([known.get(text, np.nan) for text in texts])
    whole = all(_WHOLE.fullmatch(value) for value in distinct.values())
    return number_column(name, values, whole=whole, note=note)


def _problem(texts: Sequence[str], distinct: Mapping[str, str], numbers: Numbers, place: Place) -> str:
    """Return what to say of text among numbers, or ''."""
    present = [row for row, text in enumerate(texts) if text in distinct]
    wrong = [row for row in present if distinct[texts[row]] not in numbers]
    if not wrong or len(wrong) > (1 - MOSTLY) * len(present):
        return ""
    return (
        f"{place(wrong[0])}: {texts[wrong[0]]!r} is not a number, and {len(present) - len(wrong)} of {len(present)} values are; "
        "correct it or leave it empty, or declare the column a category"
    )

"""Dates written as text.

Read are ISO dates and times (2024-03-31, 2024-03-31 17:05, 2024-03-31T17:05:09+02:00, which becomes UTC), 2024/03/31, 31.03.2024
and, where the values show which number is the day, 31/03/2024 or 03/31/2024.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np

__all__ = ["Dates", "dates_of", "iso_dates_of"]

_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})([ T].+)?")
_POINTS = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})([ T].+)?")
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})([ T].+)?")


class Dates(NamedTuple):
    """Texts read as dates; with a problem, they are not dates."""

    values: Mapping[str, Any]  # datetime64[us]
    note: str = ""
    problem: str = ""
    unclear: bool = False  # dates, but day and month could be exchanged


def dates_of(texts: Collection[str]) -> Dates:
    """Read texts as dates, all in the same way."""
    for pattern, order, note in ((_ISO, (1, 2, 3), ""), (_POINTS, (3, 2, 1), "day.month.year")):
        if all(pattern.fullmatch(text) for text in texts):
            return _read(texts, pattern, order, note)
    matches = [_SLASHES.fullmatch(text) for text in texts]
    parts = [match for match in matches if match is not None]
    if len(parts) < len(texts):
        odd = next(text for text, match in zip(texts, matches, strict=True) if match is None)
        return Dates({}, problem=f"expected a date such as 2024-03-31; got {odd!r}")
    first, second = (max((int(match[place]) for match in parts), default=0) for place in (1, 2))
    if first <= 12 and second <= 12:
        example = min(texts, default="")
        return Dates(
            {}, problem=f"{example!r}: which number is the day, and which the month? write 2024-03-31", unclear=True
        )
    if first > 12:
        return _read(texts, _SLASHES, (3, 2, 1), "day/month/year")
    return _read(texts, _SLASHES, (3, 1, 2), "month/day/year")


def iso_dates_of(texts: Collection[str]) -> Mapping[str, Any]:
    """Return texts that are all ISO dates (2024-03-31, with or without a time) as datetime64[us], else nothing."""
    return dates_of(texts).values if texts and all(_ISO.fullmatch(text) for text in texts) else {}


def _read(texts: Iterable[str], pattern: re.Pattern[str], order: tuple[int, int, int], note: str) -> Dates:
    found = {}
    for text in texts:
        match = pattern.fullmatch(text)
        assert match is not None
        year, month, day = (int(match[place]) for place in order)
        try:
            moment = datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}{(match[4] or '').rstrip()}")
        except ValueError as error:
            return Dates({}, problem=f"{text!r} is not a date ({error})")
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        found[text] = np.datetime64(moment, "us")
    return Dates(found, note)

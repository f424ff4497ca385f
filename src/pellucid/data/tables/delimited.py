"""CSV and TSV files.

The first line names the columns. The delimiter is a tab in .tsv files, else whichever of comma, semicolon, tab and bar is most
frequent in the first line. Text is UTF-8, UTF-16 with a byte order mark, or else Windows-1252. Quoting follows RFC 4180: fields
may hold delimiters and line ends between double quotes. Empty lines are skipped.
"""

import codecs
import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from pellucid.data.checks import DataError
from pellucid.data.tables.column import ColumnKind
from pellucid.data.tables.table import DataTable
from pellucid.data.tables.text import column_of_text

__all__ = ["read_delimited"]

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_delimited(path: Path, kinds: Mapping[str, ColumnKind] | None = None) -> DataTable:
    """Read a CSV or TSV file; `kinds` gives the kind of some columns. Raises DataError, naming the line."""
    text, encoding = _decoded(path)
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(text)
    rows = _rows(path.name, text, delimiter)
    first_line, header = next(rows, (0, []))
    names = _names(path.name, header, first_line, delimiter)
    lines: list[int] = []
    fields: list[list[str]] = []
    for line, row in rows:
        if len(row) != len(names):
            raise DataError(
                f"{path.name}: line {line} has {len(row)} fields, and the first line names {len(names)} columns; "
                f"the delimiter is a {_DELIMITERS[delimiter]}; put quotes around fields that hold one"
            )
        lines.append(line)
        fields.append(row)
    if not fields:
        raise DataError(f"{path.name}: the table has no rows, only the names of columns")
    columns = dict(zip(names, zip(*fields, strict=True), strict=True))
    notes = [f"read as {encoding}"] if encoding != "UTF-8" else []
    notes += [f"delimiter: {_DELIMITERS[delimiter]}"] if delimiter != "," else []
    if _is_index(names[0], columns[names[0]]):
        del columns[names[0]]
        notes.append("the first column, which has no name and counts the rows, is left out")
    numbers, places = np.arange(len(lines)), np.array(lines)

    def place(row: int) -> str:
        return f"row {row} (line {places[row]})"

    try:
        read = [
            column_of_text(name, texts, place, kind=(kinds or {}).get(name), decimal_comma=delimiter != ",")
            for name, texts in columns.items()
        ]
    except DataError as error:
        raise DataError(f"{path.name}: {error}") from None
    return DataTable(path.name, tuple(read), numbers, places, tuple(notes))


def _decoded(path: Path) -> tuple[str, str]:
    """Return the text of the file and its encoding."""
    content = path.read_bytes()
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _strict(path, content, encoding), "UTF-8" if mark == codecs.BOM_UTF8 else "UTF-16"
    try:
        return content.decode(), "UTF-8"
    except UnicodeDecodeError:
        return _strict(path, content, "cp1252"), "Windows-1252, because it is not UTF-8"


def _strict(path: Path, content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path.name}: byte {error.start} is neither UTF-8 nor {'Windows-1252' if encoding == 'cp1252' else 'UTF-16'}; "
            "save the file as UTF-8"
        ) from None


def _delimiter(text: str) -> str:
    """Return the delimiter that is most frequent in the first line, outside quotes."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    outside = "".join(first.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _rows(who: str, text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (line, fields) of every row that is not empty; the line is that of its first field."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise DataError(f"{who}: line {line}: {error}; check the quotes there") from None
        if row is None:
            return
        if row and not (len(row) == 1 and row[0].isspace()):
            yield line, row
        line = reader.line_num + 1


def _names(who: str, header: list[str], line: int, delimiter: str) -> list[str]:
    """Return the names of the columns, checked."""
    names = [name.strip() for name in header]
    if not names:
        raise DataError(f"{who}: the file is empty; its first line must name the columns")
    if all(_is_number(name) for name in names):
        raise DataError(
            f"{who}: line {line} must name the columns; got numbers: {(delimiter + ' ').join(names[:4])}; "
            "add a first line with a name for each column"
        )
    for place, name in enumerate(names):
        if not name and place:
            raise DataError(f"{who}: line {line}: column {place + 1} has no name; give it one")
        if names.count(name) > 1:
            raise DataError(f'{who}: line {line}: two columns are called "{name}"; rename one')
    return names


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_index(name: str, texts: tuple[str, ...]) -> bool:
    """Whether a column without a name counts the rows from 0 or 1, as pandas writes it."""
    return not name and any(all(text == str(row) for row, text in enumerate(texts, first)) for first in (0, 1))

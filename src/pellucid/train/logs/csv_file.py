"""A row an epoch in a CSV file, for spreadsheets."""

import csv
import io
from os import PathLike
from pathlib import Path

from pellucid.files import open_plain
from pellucid.nets import StorageError, write_atomically
from pellucid.train.events import EpochDone, Event, Started
from pellucid.train.logs.values import epoch_values

__all__ = ["CSV"]


class CSV:
    """A reader of events that writes a row for each epoch: `trainer.fit(data, 10, on_event=CSV("run.csv"))`.

    The columns are step, loss/train, loss/val, ... A resumed run goes on in its file; rows of later epochs are replaced, and those
    of an earlier run by a new one. Raises StorageError where the file cannot be written, or holds something else.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.path = Path(path).expanduser()
        self._rows: list[dict[str, str]] = []

    def __call__(self, event: Event) -> None:
        """Write the row of an epoch."""
        if isinstance(event, Started):
            self._rows = [row for row in self._read() if int(row["step"]) <= event.first_step]
        elif isinstance(event, EpochDone):
            numbers = {name: f"{value:.6g}" for name, value in epoch_values(event).items()}
            self._rows.append({"step": str(event.step)} | numbers | {"epoch": str(event.epoch)})
            self._write()

    def _read(self) -> list[dict[str, str]]:
        """Return the rows that are there. Raises StorageError for a file that is no log: it would be overwritten."""
        try:
            with open_plain(self.path) as file:
                rows = list(csv.DictReader(io.TextIOWrapper(file, encoding="utf-8", newline=""), restval=""))
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StorageError(f"cannot read {self.path}: {error.strerror or error}") from None
        except (UnicodeDecodeError, csv.Error):
            rows = [{}]
        if not all(None not in row and row.get("step", "").isdecimal() for row in rows):
            raise StorageError(f"{self.path} is not the log of a run, and would be overwritten; choose another name")
        return rows

    def _write(self) -> None:
        columns = dict.fromkeys(name for row in self._rows for name in row)
        text = io.StringIO()
        writer = csv.DictWriter(text, list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(self._rows)
        write_atomically(self.path, text.getvalue().encode())

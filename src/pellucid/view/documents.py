"""The small files of a run: its set-up, settings and findings. Each is read again when it changes; damage is a line of text."""

import json
import os
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pellucid.files import read_plain

__all__ = ["Document", "findings_in", "settings_in", "settings_of", "setup_in"]

LARGEST = 4 * 2**20  # bytes
LONGEST_SETTING = 120  # characters
NESTED = 4


class Document:
    """A file as `read` understands it: `value`, None where it is missing or damaged; `trouble` says why in words."""

    def __init__(self, path: Path, read: Callable[[bytes], Any]) -> None:
        self.path, self._read = path, read
        self.value: Any = None
        self.trouble = ""
        self.version = 0
        self._state: tuple[int, int, int] | None = None

    def refresh(self) -> None:
        """Read the file where it is another than before."""
        try:
            found = os.stat(self.path)
            state = (found.st_ino, found.st_mtime_ns, found.st_size)
        except OSError:
            state = None
        if state == self._state:
            return
        self._state = state
        self.version += 1
        self.value, self.trouble = None, ""
        if state is None:
            return
        try:
            self.value = self._read(read_plain(self.path, limit=LARGEST))
        except OSError as error:
            self.trouble = f"{self.path.name} cannot be read: {error.strerror or error}"
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            self.trouble = f"{self.path.name} is damaged, and left out"


def setup_in(content: bytes) -> dict[str, Any]:
    """Return the set-up of a recording: at least its layers, each with a name and a kind."""
    document = json.loads(content)
    layers = [{"name": str(layer["name"]), "kind": str(layer["kind"])} for layer in document["layers"]]
    links = document.get("links")
    pairs = None if links is None else [(str(first), str(second)) for first, second in links]
    return dict(document) | {"layers": layers, "links": pairs}


def findings_in(content: bytes) -> list[dict[str, Any]]:
    """Return the findings of a run; what a study calls findings is none."""
    document = json.loads(content)
    if not isinstance(document, list):
        return []
    return [_finding(one) for one in document]


def settings_in(content: bytes) -> dict[str, str]:
    """Return the settings of a configuration."""
    return _flat(tomllib.loads(content.decode("utf-8")))


def settings_of(setup: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings of a set-up: optimizer and loss by their names, their own settings beside them."""
    chosen: dict[str, Any] = {}
    for part in ("optimizer", "loss"):
        if isinstance(setup.get(part), Mapping):
            own = {name: value for name, value in setup[part].items() if name != "name"}
            chosen |= {part: setup[part].get("name", "")} | own
    chosen |= {name: setup[name] for name in ("batch_size", "epochs", "schedule") if name in setup}
    chosen["layers"] = [layer["kind"] for layer in setup.get("layers", ())]
    further = setup.get("settings")
    return (_flat(further) if isinstance(further, Mapping) else {}) | _flat(chosen)


def _flat(values: Mapping[str, Any], before: str = "", depth: int = 0) -> dict[str, str]:
    """Return settings as text by name; those within others as "optimizer.momentum"."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping) and value and depth < NESTED:
            found |= _flat(value, f"{before}{name}.", depth + 1)
        else:
            found[f"{before}{name}"] = _shown(value)
    return found


def _finding(one: Mapping[str, Any]) -> dict[str, Any]:
    texts = {name: str(one[name]) for name in ("code", "ailment", "where", "evidence", "confidence", "cure")}
    since = one.get("since_step")
    return texts | {"since_step": since if isinstance(since, int) else None, "because": str(one.get("because") or "")}


def _shown(value: Any) -> str:
    if value is None or isinstance(value, bool):
        text = "none" if value is None else "yes" if value else "no"
    elif isinstance(value, float):
        text = f"{value:g}"
    elif isinstance(value, (list, tuple)):
        text = ", ".join(map(_shown, value))
    else:
        text = str(value)
    return text if len(text) <= LONGEST_SETTING else text[: LONGEST_SETTING - 1] + "…"

"""The runs that are shown: folders below those given, found again and again, and what each of them holds."""

import itertools
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pellucid.files import expanded, shown
from pellucid.nets import StorageError
from pellucid.view.curves import RunCurves
from pellucid.view.documents import Document, findings_in, settings_in, settings_of, setup_in
from pellucid.view.vitals import RunVitals

__all__ = ["Runs", "ShownRun"]

SIGNS = ("metrics.jsonl", "vitals.jsonl", "setup.json", "config.toml")  # one of them makes a folder a run's
READ = (*SIGNS, "findings.json", "best.safetensors", "summary.json")
DEPTH = 3  # of folders below one that is given
MOST_RUNS = 1000
MOST_FOLDERS = 20_000  # that are looked into
SEARCH_SECONDS = 3.0
READ_SECONDS = 0.5  # of one reading
GROWING_SECONDS = 15.0  # after the last growth, a run that did not say that it ended is no longer called live


class ShownRun:
    """One run folder. `refresh` reads what has come; nothing is read that lies outside the folder given."""

    def __init__(self, name: str, folder: Path, root: Path) -> None:
        self.name, self.folder, self._root = name, folder, root
        self.curves = RunCurves(folder / "metrics.jsonl")
        self.vitals = RunVitals(folder / "vitals.jsonl")
        self.setup = Document(folder / "setup.json", setup_in)
        self.config = Document(folder / "config.toml", settings_in)
        self.findings = Document(folder / "findings.json", findings_in)
        self._outside: list[str] = []

    def refresh(self) -> bool:
        """Read what has come, at most a piece of each file; return whether more may be there at once."""
        lost = self._leads_out(self.folder)
        self._outside = [name for name in READ if lost or self._is_link_out(self.folder / name)]
        more = False
        for name, growing in (("metrics.jsonl", self.curves), ("vitals.jsonl", self.vitals)):
            if name not in self._outside:
                more |= growing.refresh()
        for name, document in self._documents():
            if name not in self._outside:
                document.refresh()
        return more

    def path(self, name: str) -> Path | None:
        """Return the path of one of the run's files; None where a link leads out of the folder given."""
        path = self.folder / name
        return None if self._leads_out(self.folder) or self._is_link_out(path) else path

    @property
    def version(self) -> tuple[int, ...]:
        """Changes whenever something of the run does."""
        documents = (document.version for _, document in self._documents())
        begun = (self.curves.file.begun, self.vitals.file.begun)
        return (*begun, self.curves.version, self.vitals.version, *documents)

    @property
    def state(self) -> str:
        """Return "ended" where a summary came last, "live" where lines came within GROWING_SECONDS, else "still"."""
        touched = max(map(self._touched, SIGNS[:2]))
        if 0 < touched <= self._touched("summary.json"):
            return "ended"
        return "live" if time.time() - touched < GROWING_SECONDS else "still"

    def settings(self) -> dict[str, str]:
        """Return the settings by name: those of the configuration, else those of the set-up, under the same names."""
        setup = self.setup.value or {}
        framework = {"framework": str(setup["framework"])} if "framework" in setup else {}
        if self.config.value:
            return framework | self.config.value
        return framework | settings_of(setup)

    def layers(self) -> list[dict[str, str]]:
        """Return the layers in order; those of the vitals where there is no set-up."""
        if self.setup.value is not None:
            found: list[dict[str, str]] = self.setup.value["layers"]
            return found
        return [{"name": name, "kind": ""} for name in self.vitals.names()]

    def links(self) -> list[tuple[str, str]]:
        """Return which layer reads which; a chain where it is not known."""
        setup = self.setup.value
        if setup is not None and setup["links"] is not None:
            links: list[tuple[str, str]] = setup["links"]
            return links
        names = ["input", *(layer["name"] for layer in self.layers())]
        return list(itertools.pairwise(names))

    def troubles(self) -> list[str]:
        """Return what could not be read, in words."""
        said = [document.trouble for _, document in self._documents() if document.trouble]
        for name, growing in (("metrics.jsonl", self.curves), ("vitals.jsonl", self.vitals)):
            if growing.file.trouble:
                said.append(f"{name} cannot be read: {growing.file.trouble}")
            if growing.damaged:
                lines = "line" if growing.damaged == 1 else "lines"
                said.append(f"{name}: {growing.damaged:,} damaged {lines} left out")
        return said + [f"{name} is a link out of the folder, and not read" for name in self._outside]

    def summary(self) -> dict[str, Any]:
        """Return what the list of runs shows."""
        return {
            "name": self.name,
            "framework": (self.setup.value or {}).get("framework", "pellucid" if self.config.value else ""),
            "state": self.state,
            "step": self.curves.step,
            "epoch": self.curves.epoch,
            "last": self.curves.last,
            "curves": list(self.curves.series),
            "samples": len(self.vitals.steps),
            "findings": None if self.findings.value is None else len(self.findings.value),
            "troubles": self.troubles(),
            "version": ".".join(map(str, self.version)),
        }

    def _is_link_out(self, path: Path) -> bool:
        return os.path.islink(path) and self._leads_out(path)

    def _leads_out(self, path: Path) -> bool:
        return os.path.commonpath([os.path.realpath(path), self._root]) != str(self._root)

    def _touched(self, name: str) -> float:
        try:
            return os.stat(self.folder / name).st_mtime
        except OSError:
            return 0.0

    def _documents(self) -> Iterable[tuple[str, Document]]:
        return (("setup.json", self.setup), ("config.toml", self.config), ("findings.json", self.findings))


class Runs:
    """The runs in the folders given, by name. Raises StorageError for a folder that is missing."""

    def __init__(self, folders: Sequence[str | os.PathLike[str]]) -> None:
        self._roots = [Path(os.path.realpath(expanded(folder))) for folder in folders]
        for root, folder in zip(self._roots, folders, strict=True):
            if not root.is_dir():
                raise StorageError(
                    f"{shown(folder)}: {'not a folder' if root.exists() else 'no such folder'}; name a folder with runs"
                )
        self._runs: dict[str, ShownRun] = {}
        self._known: dict[Path, ShownRun] = {}
        self._searched = -SEARCH_SECONDS
        self._left = ""  # the run that the next reading begins with
        self._more = False  # whether a run of this round may have more at once

    def __iter__(self) -> Iterator[ShownRun]:
        return iter(list(self._runs.values()))

    def __len__(self) -> int:
        return len(self._runs)

    def get(self, name: str) -> ShownRun | None:
        """Return a run by its name; None for another: a name is never made into a path."""
        return self._runs.get(name)

    def refresh(self) -> bool:
        """Search for runs where it is time, and read what has come; return whether more may be there at once.

        Takes about READ_SECONDS at most: the next call goes on with the runs that were left.
        """
        if time.monotonic() - self._searched >= SEARCH_SECONDS:
            self.search()
        begin, names = time.monotonic(), list(self._runs)
        left = names[names.index(self._left) :] if self._left in names else names
        for name, following in itertools.zip_longest(left, left[1:], fillvalue=""):
            self._more |= self._runs[name].refresh()
            self._left = following
            if following and time.monotonic() - begin > READ_SECONDS:
                return True
        more, self._more = self._more, False
        return more

    def search(self) -> None:
        """Find the runs that there are now."""
        self._searched = time.monotonic()
        found: dict[str, ShownRun] = {}
        for root in self._roots:
            for folder in _run_folders(root):
                name = _name_of(folder, root, several=len(self._roots) > 1)
                while name in found:
                    name += "'"
                run = self._known.get(folder)
                if run is None or run.name != name:
                    run = self._known[folder] = ShownRun(name, folder, root)
                found[name] = run
                if len(found) == MOST_RUNS:
                    break
        self._runs = dict(sorted(found.items(), key=lambda pair: _natural(pair[0])))


def _run_folders(root: Path) -> Iterator[Path]:
    """Yield the run folders at and below a folder; links are not followed."""
    for looked, (place, folders, files) in enumerate(os.walk(root, followlinks=False)):
        depth = len(Path(place).relative_to(root).parts)
        if set(SIGNS) & set(files):
            yield Path(place)
            folders.clear()
        elif depth == DEPTH or looked > MOST_FOLDERS:
            folders.clear()
        folders[:] = [name for name in folders if not name.startswith(".")]


def _name_of(folder: Path, root: Path, *, several: bool) -> str:
    relative = folder.relative_to(root)
    parts = relative.parts if relative.parts and not several else (root.name, *relative.parts)
    return shown("/".join(parts))


def _natural(name: str) -> list[tuple[int, int, str]]:
    """Return a key that puts run-2 before run-10."""
    digits = ""
    key: list[tuple[int, int, str]] = []
    for character in f"{name}\0":
        if character.isascii() and character.isdigit():
            digits += character
            continue
        if digits:
            key.append((0, int(digits), ""))
            digits = ""
        key.append((1, 0, character))
    return key

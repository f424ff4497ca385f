"""ARCHITECTURE.md names every room, and every file that it names exists."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "pellucid"
PAGE = (ROOT / "ARCHITECTURE.md").read_text()

IS_PATH = re.compile(r"[\w.*-]+/[\w./*-]*|[\w*-]+\.(?:py|h|cpp|md|toml)")
NOT_ROOMS = {"__init__.py", "__main__.py", "py.typed"}


def named_paths(page: str) -> Iterator[tuple[str, str]]:
    """Yield (folder, path) of every path in backticks; in a row of a table that starts with a folder, that folder, else ''."""
    for line in page.splitlines():
        row = re.match(r"\| `([\w/]+/)` \|", line)
        for quoted in re.findall(r"`([^`]+)`", line):
            if IS_PATH.fullmatch(quoted):
                yield (row.group(1) if row else ""), quoted


def missing_paths(page: str) -> list[str]:
    """Return the paths that exist neither in the repository, nor in the package, nor in the folder of their row."""
    return [
        path
        for folder, path in named_paths(page)
        if not any(next(base.glob(path), None) for base in (ROOT, PACKAGE, PACKAGE / folder))
    ]


def rooms_of_table(page: str) -> set[str]:
    """Return the first cells of the tables, without those of sub-rooms."""
    return {room.rstrip("/") for room in re.findall(r"^\| `(\w+(?:/|\.py))` \|", page, re.MULTILINE)}


def test_every_path_exists():
    assert len(list(named_paths(PAGE))) > 60
    assert missing_paths(PAGE) == []


def test_every_room_is_in_the_table():
    folders = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    files = {path.name for path in PACKAGE.glob("*.py")} - NOT_ROOMS
    assert rooms_of_table(PAGE) == folders | files


def test_every_sub_room_of_the_checker_is_in_its_table():
    folders = {path.name for path in (PACKAGE / "checker").iterdir() if (path / "__init__.py").exists()}
    assert set(re.findall(r"^\| `checker/(\w+)/` \|", PAGE, re.MULTILINE)) == folders


def test_the_arrows_are_those_that_lint_imports_checks():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if "containers" not in contract and "layers" in contract)
    assert " -> ".join(layers).replace("pellucid.", "") in PAGE


def test_a_missing_path_is_found():
    page = "`layers/affine.py`, `layers/nowhere.py`\n| `plan/` | steps | `steps.py`, `affine.py` |\n`net.params`"
    assert missing_paths(page) == ["layers/nowhere.py", "affine.py"]
    assert rooms_of_table(page) == {"plan"}

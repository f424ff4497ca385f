"""Installed size with all dependencies: bytes of site-packages after `pip install` into a new environment.

If pip cannot install (no network), the files of the installed distribution and its requirements are added up instead.
"""

import re
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from bench.side import SideError

ROOT = Path(__file__).resolve().parents[1]


def measure() -> dict[str, Any]:
    """Return bytes and method for this project and for the installed version of PyTorch's CPU build."""
    return {"pellucid": size_of(str(ROOT), "pellucid"), "torch": size_of(f"torch=={_version('torch')}", "torch")}


def size_of(requirement: str, name: str) -> dict[str, Any]:
    """Return the size of a requirement with its dependencies."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = Path(folder) / "bin" / "pip"
        before = _bytes(Path(folder))
        done = subprocess.run([pip, "install", "-q", requirement], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return {"bytes": _bytes(Path(folder)) - before, "how": "pip install into a new environment"}
        why = done.stderr.strip().splitlines()[-1:]
    return {"bytes": listed(name), "how": f"files of installed distributions (pip: {' '.join(why)[:200]})"}


def listed(name: str) -> int:
    """Return the bytes of an installed distribution's files and of those it requires."""
    seen: set[str] = set()
    waiting, total = [name], 0
    while waiting:
        one = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if one in seen:
            continue
        seen.add(one)
        try:
            found = distribution(one)
        except PackageNotFoundError:
            continue
        total += sum(path.stat().st_size for file in found.files or [] if (path := Path(file.locate())).is_file())
        for requirement in found.requires or []:
            needed, _, marker = requirement.partition(";")
            if "extra" not in marker:
                waiting.append(re.split(r"[ <>=!~\[(]", needed.strip())[0])
    if total == 0:
        raise SideError(f"install: pip cannot install {name}, and no installed distribution has it; check the network")
    return total


def _version(name: str) -> str:
    try:
        return distribution(name).version
    except PackageNotFoundError:
        return "2.13.0"


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())

"""The results file: one JSON document, section -> case -> record, rewritten after every case so that nothing is lost."""

import json
import os
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("pellucid", "numpy", "torch", "onnxruntime", "scikit-learn")


class Results:
    """The results so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.sections: dict[str, dict[str, Any]] = {}
        if path.exists():
            self.sections = json.loads(path.read_text())["sections"]

    def get(self, section: str, case: str) -> Any:
        """Return a record, or None."""
        return self.sections.get(section, {}).get(case)

    def put(self, section: str, case: str, record: dict[str, Any]) -> None:
        """Store a record with the time and conditions of its measurement, and write the file."""
        self.sections.setdefault(section, {})[case] = record | {"measured": moment()}
        text = json.dumps({"sections": self.sections}, indent=1) + "\n"
        temporary = self.path.with_name(self.path.name + ".new")
        temporary.write_text(text)
        temporary.replace(self.path)


def moment() -> dict[str, Any]:
    """Return time, machine, load and versions."""
    return {
        "when": time.strftime("%Y-%m-%d %H:%M"),
        "load": round(os.getloadavg()[0], 1),
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
    }


def processor() -> str:
    """Return the name of the processor and its widest vector instructions."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    facts = {line.split(":")[0].strip(): line.split(":", 1)[1].strip() for line in lines if ":" in line}
    flags = facts.get("flags", "").split()
    vectors = "AVX-512" if "avx512f" in flags else "AVX2" if "avx2" in flags else "no AVX2"
    return f"{facts.get('model name', platform.machine())}, {vectors}"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None

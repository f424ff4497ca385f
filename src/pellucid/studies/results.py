"""Results of full runs that come with the package: what `pellucid explain` quotes."""

import json
from importlib import resources
from typing import Any

__all__ = ["answers"]


def answers() -> dict[str, str]:
    """Return, for each study that was run in full, its verdict, the claim, and the finding on which the verdict rests."""
    folder = resources.files("pellucid.studies") / "measured"
    if not folder.is_dir():
        return {}
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".json")), key=lambda each: each.name)
    results = [json.loads(file.read_text()) for file in files]
    return {result["study"]: _answer(result) for result in results}


def _answer(result: dict[str, Any]) -> str:
    about, verdict = result["about"], result["verdict"]
    deciding = [finding for finding in result["findings"] if finding["decides"]]
    telling = [finding for finding in deciding if finding["verdict"] == verdict]
    head = f"{verdict.upper()} ({about['data']}, {about['seeds']} seeds): {result['claim']}"
    return " ".join([head, *(_short(finding) for finding in telling[:1])])


def _short(finding: dict[str, Any]) -> str:
    effect = finding["effect"]
    size = f"{effect['estimate']:.2g} [{effect['low']:.2g}, {effect['high']:.2g}]"
    return f"Measured: {finding['statement']} {size} {finding['unit']}".rstrip() + "."

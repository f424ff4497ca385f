"""Results of full runs that come with the package: what `pellucid explain` quotes."""

import json
from importlib import resources
from typing import Any, NamedTuple

from pellucid.studies.statistics import FAILS, HOLDS, UNDECIDED, Effect, Finding
from pellucid.studies.study import Study
from pellucid.studies.wording import conclusion

__all__ = ["Answer", "answer_to", "answers", "findings_of"]


class Answer(NamedTuple):
    """What a study asks, and what its full run found."""

    question: str
    answer: str


def answers() -> dict[str, Answer]:
    """Return question and answer for every study; one that was not run in full is answered by the command that runs it."""
    from pellucid.studies.catalogue import STUDIES  # here, so that importing the package does not import every study

    return {name: Answer(study.question, answer_to(study)) for name, study in STUDIES.items()}


def answer_to(study: Study) -> str:
    """Return verdict and claim of a study's full run, and the finding on which the verdict rests."""
    file = resources.files("pellucid.studies") / "measured" / f"{study.name}.json"
    if not file.is_file():
        return f"not measured in full yet: pellucid study run {study.name}"
    result = json.loads(file.read_text(encoding="utf-8"))
    about, verdict = result["about"], result["verdict"]
    deciding = [finding for finding in findings_of(result) if finding.decides]
    parts = {HOLDS: "Measured", FAILS: "The part that fails", UNDECIDED: "The part that is open"}
    label = parts[verdict] if len(deciding) > 1 else "Measured"
    rests_on = next((f" {label}: {conclusion(finding)}" for finding in deciding if finding.verdict == verdict), "")
    return f"{verdict.upper()} ({about['data']}, {about['seeds']} seeds): {result['claim']}{rests_on}"


def findings_of(result: dict[str, Any]) -> list[Finding]:
    """Return the findings that a study's findings.json holds."""
    keys = ("statement", "unit", "matters", "kind", "decides")
    return [Finding(effect=Effect(**each["effect"]), **{key: each[key] for key in keys}) for each in result["findings"]]

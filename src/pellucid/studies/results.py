"""Results of full runs that come with the package: what `pellucid explain` quotes."""

import json
from collections.abc import Sequence
from importlib import resources
from typing import Any, NamedTuple

from pellucid.studies.statistics import FAILS, HOLDS, UNDECIDED, Effect, Finding
from pellucid.studies.study import Study
from pellucid.studies.wording import conclusion

__all__ = ["Answer", "answer_to", "answers", "findings_of", "measured"]


WORDS = {
    HOLDS: ("holds", "hold"),
    FAILS: ("fails", "fail"),
    UNDECIDED: ("is open", "are open"),
}  # of one part, of several


class Answer(NamedTuple):
    """What a study asks, and what its full run found."""

    question: str
    answer: str


def answers() -> dict[str, Answer]:
    """Return question and answer for every study; one that was not run in full is answered by the command that runs it."""
    from pellucid.studies.catalogue import STUDIES  # here, so that importing the package does not import every study

    return {name: Answer(study.question, answer_to(study)) for name, study in STUDIES.items()}


def measured(study: Study) -> dict[str, Any] | None:
    """Return the stored result of a study's full run, or None where no full run was stored."""
    file = resources.files("pellucid.studies") / "measured" / f"{study.name}.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None


def answer_to(study: Study) -> str:
    """Return verdict and claim of a study's full run, how many of its parts hold, and the findings on which the verdict rests."""
    result = measured(study)
    if result is None:
        return f"not measured in full yet: pellucid study run {study.name}"
    about, verdict = result["about"], result["verdict"]
    deciding = [finding for finding in findings_of(result) if finding.decides]
    word = f"{verdict} as a whole" if verdict == FAILS and len(deciding) > 1 else verdict
    rests_on = [conclusion(finding) for finding in deciding if finding.verdict == verdict]
    if len(rests_on) == len(deciding):
        all_alike = f"{'Both' if len(deciding) == 2 else f'All {len(deciding)}'} parts {WORDS[verdict][1]}; the first: "
        quoted = f"{all_alike if len(deciding) > 1 else 'Measured: '}{''.join(rests_on[:1])}"
    else:
        without = [
            conclusion(finding) for word in (FAILS, UNDECIDED) for finding in deciding if finding.verdict == word
        ]
        quoted = " ".join([_counted(deciding), *(f"{each[0].upper()}{each[1:]}" for each in without[:3])])
    return f"{word.upper()} ({about['data']}, {about['seeds']} seeds): {result['claim']} {quoted}"


def _counted(deciding: Sequence[Finding]) -> str:
    """Say how many parts of a claim hold, fail and are open, where not all have the same verdict."""
    verdicts = [finding.verdict for finding in deciding]
    counts = [(verdicts.count(verdict), forms) for verdict, forms in WORDS.items() if verdict in verdicts]
    parts = [f"{count} {forms[count > 1]}" for count, forms in counts]
    return f"Of its {len(deciding)} parts {', '.join(parts[:-1])} and {parts[-1]}."


def findings_of(result: dict[str, Any]) -> list[Finding]:
    """Return the findings that a study's findings.json holds."""
    keys = ("statement", "unit", "matters", "kind", "decides")
    return [Finding(effect=Effect(**each["effect"]), **{key: each[key] for key in keys}) for each in result["findings"]]

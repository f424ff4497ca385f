"""Check one function: judge the results of its cases and, where something is wrong, explain why."""

from collections.abc import Mapping, Sequence
from typing import Any

from pellucid.checker.asking.cases import Case
from pellucid.checker.asking.pack import Options, PackFunction
from pellucid.checker.judging.judge import judge
from pellucid.checker.judging.verdicts import Judged
from pellucid.checker.reading.learner_source import LearnerSource
from pellucid.checker.running.reference import Reference
from pellucid.checker.telling.explain import Search, explain

__all__ = ["check_function"]


def check_function(
    function: PackFunction,
    reference: Reference,
    cases: Sequence[Case],
    results: Mapping[int, Mapping[str, Any]],
    learner: LearnerSource,
    *,
    name: str = "",
    options: Options | None = None,
    forward: Judged | None = None,
    parts: Mapping[str, Judged] | None = None,
    seconds: float = 3.0,
) -> Judged:
    """Return the verdict on a function from its results, with causes. seconds: processor time for finding them.

    parts: the wrong ones among the functions that it is made of.
    """
    judgement = judge(function, reference, cases, results, learner, name=name, options=options)
    report = judgement.report
    if not report.is_bad:
        return Judged(report, judgement.start)
    sources = explain(report, Search(function, reference, judgement, learner, forward, seconds, parts or {}))
    return Judged(report, sources, judgement.evidence)

"""Plant a mistake and judge it in this process: the same judgement as behind the sandbox, a hundred times quicker."""

import ast

import msgspec
import numpy as np

from pellucid.checker.asking.pack import Options
from pellucid.checker.check_function import check_function
from pellucid.checker.packs import load_pack
from pellucid.checker.reading.learner_source import LearnerSource
from pellucid.checker.running.reference import load_reference
from pellucid.checker.running.worker import outline, steps

PACK = load_pack("cs231n-a2")
REFERENCE = load_reference(PACK)
OPTIONS = Options()


def source_of(text):
    """What a worker would say of a source."""
    return msgspec.convert(outline.outline(text), LearnerSource)


def cases_of(function, options=OPTIONS):
    """The cases that `check` would make."""
    return function.cases(np.random.default_rng([0, *function.name.encode()]), options)


def results_with(functions, cases):
    """What a worker would send back for these functions."""
    results = {}
    for number, case in enumerate(cases):
        np.random.seed(0)
        try:
            with np.errstate(all="ignore"):
                results[number] = {**steps.run_case(functions, case.as_job(of_learner=True)), "seconds": 0.0}
        except Exception as error:
            described = {"type": type(error).__name__, "message": str(error), "line": 0, "file": "", "function": ""}
            results[number] = {"error": described, "seconds": 0.0}
    return results


def judged(name, functions, *, text="", options=OPTIONS, seconds=4.0, pack=PACK):
    """The report on one function of a namespace."""
    function = pack.function(name)
    cases = cases_of(function, options)
    return check_function(
        function,
        load_reference(pack),
        cases,
        results_with(functions, cases),
        source_of(text),
        options=options,
        seconds=seconds,
    ).report


def judged_pair(name, functions, *, text="", options=OPTIONS, seconds=4.0, pack=PACK):
    """The report on one function; a backward is judged after its forward, as `check` does it."""
    function, before = pack.function(name), None
    for asked in [f for f in (function.forward, name) if f]:
        made = cases_of(pack.function(asked), options)
        results = results_with(functions, made)
        source = source_of(text)
        before = check_function(
            pack.function(asked),
            load_reference(pack),
            made,
            results,
            source,
            options=options,
            forward=before,
            seconds=seconds,
        )
    return before.report


def functions_from(text, on=None):
    """Run a learner's source on top of nothing but NumPy, or of other layers."""
    namespace = {"np": np} | dict(on or {})
    exec(compile(text, "<planted>", "exec"), namespace)
    return namespace


def defined(text):
    return [node.name for node in ast.parse(text).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]

"""Judge one function of a file in this process, as `check` does: chosen by the file, with what the exercises hand out."""

from pathlib import Path

import msgspec
import numpy as np

from pellucid.checker.asking.pack import Options
from pellucid.checker.check_function import check_function
from pellucid.checker.packs import load_pack
from pellucid.checker.reading.learner_source import LearnerSource
from pellucid.checker.running.reference import load_reference
from pellucid.checker.running.worker import outline, steps

PACK = load_pack("deeplearning-ai")
REFERENCE = load_reference(PACK)
RIGHT = Path(__file__).with_name("right")


def judgeable(text):
    """The names that a file defines and the pack's functions that they stand for, as `check` chooses them."""
    source = msgspec.convert(outline.outline(text), LearnerSource)
    options = Options(None, source.docstrings, source.arguments, source.assignments)
    chosen = {}
    for function in PACK.functions:
        for name in (function.name, *function.aliases):
            if (
                name in source.names()
                and name not in chosen
                and (function.fits is None or function.fits(name, options))
            ):
                chosen[name] = function
    return chosen, source, options


def judged(text, name, seconds=4.0):
    """The report on one function of a file; a backward is judged after its forward."""
    chosen, source, options = judgeable(text)
    function, forward = chosen[name], None
    if function.forward in chosen:
        forward = _judged(text, function.forward, chosen[function.forward], source, options, None, seconds)
    return _judged(text, name, function, source, options, forward, seconds).report


def _judged(text, name, function, source, options, forward, seconds):
    namespace = _namespace(text, function)
    cases = function.cases(np.random.default_rng([0, *function.name.encode()]), options)
    functions = {**namespace, function.name: namespace[name]}
    results = results_with(functions, cases)
    return check_function(
        function, REFERENCE, cases, results, source, name=name, options=options, forward=forward, seconds=seconds
    )


def _namespace(text, function):
    """What a file defines, on top of what it may call; without the imports of modules that are not there."""
    lines = [line for line in text.splitlines() if not line.startswith(("from ", "import ")) or _is_there(line)]
    handed = {}
    for path in function.calls:
        exec(path.read_text(encoding="utf-8"), handed)
    if function.lend:
        lent = {}
        exec(function.lend, lent)
        handed.setdefault(function.forward, lent[function.forward])
    exec(compile("\n".join(lines), "<planted>", "exec"), handed)
    return handed


def _is_there(line):
    return line.split()[1].split(".")[0] in ("numpy", "math", "copy")


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

"""Judge one function of a file in this process, as `check` does: chosen by the file, with what the exercises hand out."""

from pathlib import Path

from pellucid.checker.asking.pack import Options
from pellucid.checker.check_file import functions_in
from pellucid.checker.check_function import check_function
from pellucid.checker.packs import load_pack
from pellucid.checker.running.reference import load_reference

from ..planting import cases_of, results_with, source_of

PACK = load_pack("deeplearning-ai")
REFERENCE = load_reference(PACK)
RIGHT = Path(__file__).with_name("right")


def judgeable(text):
    """The names that a file defines and the pack's functions that they stand for, as `check` chooses them."""
    source = source_of(text)
    options = Options(None, source.docstrings, source.arguments, source.assignments)
    return functions_in(PACK, source.names(), options), source, options


def judged(text, name, seconds=4.0):
    """The report on one function of a file; a backward is judged after its forward."""
    chosen, source, options = judgeable(text)
    function, forward = chosen[name], None
    if function.forward in chosen:
        forward = _judged(text, function.forward, chosen[function.forward], source, options, None, seconds)
    return _judged(text, name, function, source, options, forward, seconds).report


def _judged(text, name, function, source, options, forward, seconds):
    namespace = _namespace(text, function)
    cases = cases_of(function, options)
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

"""The worker process: load what a learner wrote, run cases with it, send the arrays back. It judges nothing.

Forked from the template (`template.py`), with the job on standard input. It has the inputs, never an expected answer. Results
leave through one pipe as messages with a nonce that only the job contains (`frames.py`).
"""

import builtins
import functools
import os
import sys
import time
import traceback
import tracemalloc
import types
import warnings
from collections.abc import Collection
from typing import Any

import numpy as np

__all__ = ["MODULES", "main"]

# Of this folder: the template imports them once, and a worker forgets them before it loads a submission.
MODULES = (
    "confine",
    "namespaces",
    "system_calls",
    "frames",
    "importing",
    "lending",
    "repair",
    "scipy_stand_in",
    "steps",
)
HIDDEN = ("site-packages", "dist-packages", "test", "ctypes")  # of the standard library


def main(results: int, entered: Collection[str] = ()) -> None:
    """Read the job, take rights away, load the source, run every case; results go into the pipe `results`.

    entered: the namespaces that the template has entered.
    """
    import confine
    import frames
    import importing
    import lending
    import repair
    import scipy_stand_in
    import steps

    received = sys.stdin.buffer
    nonce = received.read(16)
    job = frames.read(received, nonce)
    write = os.fdopen(results, "wb", buffering=0).write

    def send(message: Any) -> None:
        data = memoryview(frames.pack(message, nonce))
        while len(data):
            data = data[write(data) :]

    readable = [*READABLE, *job["readable"]]

    def ask(message: Any) -> Any:
        send(message)
        return frames.read(received, nonce)

    limits = confine.confine(job["memory"], job["seconds"], FOLDER, readable, entered)
    confine.forget(("ctypes", "_ctypes"))
    written = [] if "mount namespace" in limits["missing"] else [FOLDER]
    confine.deny_in_python([*written, *readable], job["blocked"])
    sys.path += job["readable"]
    for name in ("harness", *MODULES):
        sys.modules.pop(name, None)
    send({"kind": "confined", "limits": limits})
    if job["lends"]:
        _lend(job, send, lambda: frames.read(received, nonce), lending, importing)
    elif job["weak"] or not limits["lacks"]:
        fill = functools.partial(lending.fill, names=job["lent"], ask=ask)
        _work(job, send, importing, repair, steps, fill, scipy_stand_in.KNOWN)


def _lend(job: Any, send: Any, receive: Any, lending: types.ModuleType, importing: types.ModuleType) -> None:
    """Answer calls of the pack's functions, for another worker that does not hold them."""
    sys.meta_path.insert(0, importing.SubmissionFinder(job["files"], False, None))
    np.seterr(all="ignore")
    warnings.simplefilter("ignore")

    def find(place: str, name: str) -> Any:
        if name not in job["names_of"].get(place, ()):
            raise LookupError(f"no such function: {name}")
        return getattr(__import__(importing.module_name(place), fromlist=["*"]), name)

    while (call := receive()) is not None:
        send(lending.answer(call, find))


def _readable() -> list[str]:
    """Return what may be read, links resolved: the standard library without site-packages, NumPy, what every process needs."""
    library = os.path.dirname(os.path.realpath(os.__file__))
    entries = [os.path.join(library, name) for name in os.listdir(library)]
    entries = [path for path in entries if os.path.basename(path) not in HIDDEN]
    package = os.path.dirname(os.path.realpath(np.__file__))
    others = [package, package + ".libs", "/dev/null", "/dev/urandom", "/usr/share/zoneinfo"]
    return [os.path.realpath(path) for path in (*entries, *others)]


FOLDER = os.path.dirname(os.path.realpath(__file__))  # any that exists will do: a worker covers it, for itself alone
READABLE = _readable()  # once, in the template: resolving hundreds of paths takes longer than starting a worker


def _work(
    job: Any,
    send: Any,
    importing: types.ModuleType,
    repair: types.ModuleType,
    steps: types.ModuleType,
    fill: Any,
    known: Any,
) -> None:
    """Load the submission and run every case."""
    if job["repair"]:
        repair.old_names()
        builtins.__divide_as_python2__ = repair.divide_as_python2  # type: ignore[attr-defined]
    if job["old_numbers"]:
        builtins.__old_number__ = repair.old_number  # type: ignore[attr-defined]
    finder = importing.SubmissionFinder(
        job["files"],
        job["repair"],
        repair,
        job["lent"],
        fill,
        old_numbers=job["old_numbers"],
        compiled=job["compiled"],
    )
    sys.meta_path.insert(0, finder)
    sys.meta_path.append(importing.MissingFinder([*job["files"], *job["lent"]], known))
    importing.stand_in_for_frameworks(job["blocked"])
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    send({"kind": "loading"})
    try:
        module = __import__(job["module"], fromlist=["*"])
    except BaseException as error:
        send({"kind": "failed to load", "error": _error(error, job["files"])})
        return
    functions = {name: getattr(module, name) for name in job["names"] if importing.is_there(module, name)}
    for stand_in in job["stand_ins"]:
        source = __import__(stand_in["from"], fromlist=["*"])
        fills = stand_in.get("fills", False)  # it also defines what the submission lacks
        replaces = stand_in.get("replaces", True)
        others = {name: getattr(source, name) for name in stand_in["names"]}
        functions = functions | others if replaces else {**others, **functions}
        for target in list(sys.modules.values()):
            if getattr(target, "__file__", None) == "<submission>" and target is not source:
                for name in stand_in["names"]:
                    is_wanted = replaces if importing.is_there(target, name) else fills or hasattr(target, name)
                    if is_wanted and hasattr(source, name):
                        setattr(target, name, getattr(source, name))
    send({"kind": "loaded", "functions": sorted(functions), "stubbed": sorted(set(importing.STUBBED))})
    for number in job["numbers"]:
        copy, place = divmod(number, len(job["cases"]))
        called = _copy_of(functions, job["copied"], copy) if job["copied"] else functions
        send({"kind": "case", "number": number})
        send({"kind": "result", "number": number, **_run(called, job["cases"][place], job, steps)})
    send({"kind": "done"})


def _copy_of(functions: dict[str, Any], names: Any, copy: int) -> dict[str, Any]:
    """Return the functions with what some names stand for in one copy; without a name that this copy does not define."""
    others = {name: one for name, one in functions.items() if name not in names}
    return others | {name: functions[f"{name}__{copy}"] for name in names if f"{name}__{copy}" in functions}


def _run(functions: Any, case: Any, job: Any, steps: types.ModuleType) -> dict[str, Any]:
    np.random.seed(0)
    start = time.perf_counter()
    try:
        answer = steps.run_case(functions, case)
    except BaseException as error:
        return {"error": _error(error, job["files"]), "seconds": time.perf_counter() - start}
    seconds = time.perf_counter() - start
    peak = 0
    if seconds < case.get("trace_below", 0.0):  # once more: tracing slows the code that is traced
        tracemalloc.start()
        try:
            steps.run_case(functions, case)
            peak = tracemalloc.get_traced_memory()[1]
        except BaseException:
            peak = 0
        tracemalloc.stop()
    return {**answer, "seconds": seconds, "peak": peak}


def _error(error: BaseException, files: Any) -> dict[str, Any]:
    """Return an exception in words: its type, its message, and the learner's own line that it came from."""
    line, name, file, entered = 0, "", "", ""
    sizes: dict[str, int] = {}
    for frame, number in traceback.walk_tb(error.__traceback__):
        if frame.f_code.co_filename in files:
            line, file, name = number, frame.f_code.co_filename, frame.f_code.co_name
            entered = entered or name
            sizes = {key: value for key, value in frame.f_locals.items() if type(value) is int and value > 1}
    if isinstance(error, SyntaxError) and error.filename in files:
        line, file = error.lineno or 0, error.filename
    try:
        message = str(error)[:2000]
    except Exception:
        message = ""
    kind = "MemoryError" if isinstance(error, MemoryError) else type(error).__name__
    if isinstance(error, MemoryError) and hasattr(error, "shape"):
        message = _requested(error, line, files.get(file, ""), sizes)
    return {"type": kind, "message": message, "line": line, "file": file, "function": name, "entered": entered}


def _requested(error: Any, line: int, text: str, sizes: dict[str, int]) -> str:
    """Say how much memory a line requested, and for what: "line 41 requested 38 GiB (x_cols: N*C*HH float64)"."""
    count = 1
    factors = []
    for size in error.shape:
        count *= int(size)
        factors.append(next((name for name, value in sizes.items() if value == size), str(size)))
    lines = text.splitlines()
    source = lines[line - 1] if 0 < line <= len(lines) else ""
    assigned = source.partition("=")[0].strip() if "=" in source else ""
    target = assigned if assigned.isidentifier() else "an array"
    gib = count * error.dtype.itemsize / 2**30
    amount = f"{gib:.3g} GiB" if gib >= 1 else f"{gib * 1024:.3g} MiB"
    return f"line {line} requested {amount} ({target}: {'*'.join(factors)} {error.dtype})"

"""`%%isolated`: run a cell in a separate process with limited memory and time. If it crashes, the kernel survives.

    %%isolated --memory 2000 --seconds 60 --in x,w --out dx
    dx = risky_backward(x, w)

The cell runs in the checker's sandbox (docs/security.md), with every layer of protection that the system offers. It sees only the
arrays named by --in, and returns those named by --out: arrays of numbers, 256 MiB in all. It may import what the notebook may
import, and read those folders; it may not start processes, use the network, or write files but in a temporary folder. Its output
is shown when it ends. A cell that fails, is stopped or exits early returns nothing: the notebook's variables keep their values.
"""

import argparse
import os
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.checker.running.conversation import OUTPUT_SHOWN
from pellucid.checker.running.job import Job, JobResult, Limits
from pellucid.checker.running.sandbox import OUTPUT_LIMIT, run_job
from pellucid.checker.telling.escaping import for_file
from pellucid.interop import InteropError
from pellucid.shapes import Array

__all__ = ["Ended", "isolated_magic", "run_isolated"]

LARGEST = 256 << 20  # bytes of arrays, each way
NO_LIMIT = 10_000_000  # seconds, and MB: where --seconds or --memory sets none
RUNNER = "runner_of_the_cell"  # what the worker calls the module cell.py


@dataclass(frozen=True)
class Ended:
    """How an isolated cell ended."""

    ok: bool
    reason: str  # one line; "" on success
    output: str  # stdout and stderr together, without codes that could steer a terminal
    arrays: Mapping[str, Array]  # what --out named


def run_isolated(
    code: str,
    arrays: Mapping[str, Array] | None = None,
    out: Sequence[str] = (),
    *,
    memory: int = 4000,
    seconds: float | None = None,
) -> Ended:
    """Run code in the sandbox with at most `memory` MB of address space (0: no limit) and `seconds` of time.

    Raises InteropError for arrays that are not numbers or too large, and for limits that are none.
    """
    if not hasattr(os, "fork"):
        raise InteropError("%%isolated: this system cannot fork a process; it needs Linux or macOS")
    if memory < 0 or (seconds is not None and not 0 < seconds <= NO_LIMIT):
        raise InteropError(
            f"%%isolated: --memory must be at least 0 and --seconds more than 0; got {memory}, {seconds}"
        )
    given = {name: _plain(name, value) for name, value in (arrays or {}).items()}
    if (size := sum(array.nbytes for array in given.values())) > LARGEST:
        raise InteropError(f"%%isolated: --in may pass at most {LARGEST >> 20} MiB; got {size >> 20} MiB")
    limits = Limits(
        seconds or NO_LIMIT, (memory or NO_LIMIT) << 20, allow_weak_sandbox=True
    )  # the code is the user's own
    return _ended(run_job(_job(code, given, list(dict.fromkeys(out))), limits), memory)


def _job(code: str, given: Mapping[str, Array], out: Sequence[str]) -> Job:
    """Return the worker's job: one call of `cell.run`."""
    arguments = [{"$": [name]} for name in ("code", "given", "out")]
    step = {"do": "call", "function": "run", "args": arguments, "unpack": ["made"]}
    case = {"values": {"code": code, "given": given, "out": out}, "steps": [step], "outputs": {"made": ["made"]}}
    files = {f"{RUNNER}.py": Path(__file__).with_name("cell.py").read_text(encoding="utf-8")}
    folders = [os.path.realpath(path) for path in sys.path if os.path.isdir(path or ".")]
    return Job(files, RUNNER, ["run"], [case], readable=folders, blocked=(), largest_results=LARGEST + (1 << 20))


def _ended(result: JobResult, memory: int) -> Ended:
    """Return how the cell ended, from what the worker sent, or from how it died."""
    output = for_file(result.printed.decode(errors="replace"))
    if result.wrote > OUTPUT_SHOWN:
        output = f"... ({result.wrote - OUTPUT_SHOWN} bytes omitted)\n{output}"
    answer = result.answers.get(0, {})
    made = answer.get("outputs", {}).get("made")
    if isinstance(made, dict) and isinstance(made.get("problem"), str) and result.wrote < OUTPUT_LIMIT:
        reason = f"the cell needed more than {memory} MB (--memory)" if made["problem"] == "memory" else made["problem"]
        return Ended(False, reason, output, {})
    received = made.get("arrays") if isinstance(made, dict) else None
    if isinstance(received, dict):
        arrays = {name: value for name, value in received.items() if isinstance(value, np.ndarray)}
        large = [name for name in received if name not in arrays]
        if large:
            return Ended(False, f"--out may return at most {LARGEST >> 20} MiB; {large[0]} is larger", output, {})
        return Ended(True, "", output, arrays)
    return Ended(False, _death(result, answer), output, {})


def _death(result: JobResult, answer: Mapping[str, Any]) -> str:
    """Say how a cell ended that sent no answer of its own."""
    if result.wrote >= OUTPUT_LIMIT:
        return f"the cell printed more than {OUTPUT_LIMIT >> 20} MiB"
    if result.death:
        return f"the cell {result.death}"
    error = result.load_error or answer.get("error") or {"type": "no answer", "message": ""}
    return f"the cell's process failed: {error['type']} {error['message']}".strip()


def isolated_magic(shell: Any) -> Callable[[str, str], None]:
    """Return the cell magic for a shell."""

    def isolated(line: str, cell: str) -> None:
        """Run the cell in a separate process: %%isolated [--memory MB] [--seconds S] [--in NAME,...] [--out NAME,...]."""
        options = _parser().parse_args(_words(line))
        given = [name for name in options.given.split(",") if name]
        if missing := [name for name in given if name not in shell.user_ns]:
            raise InteropError(f"%%isolated: --in names {missing[0]}, which the notebook does not define")
        out = [name for name in options.out.split(",") if name]
        ended = run_isolated(
            cell, {name: shell.user_ns[name] for name in given}, out, memory=options.memory, seconds=options.seconds
        )
        print(ended.output, end="")
        if not ended.ok:
            print(f"%%isolated: {ended.reason}; the kernel is still running", file=sys.stderr)
        shell.user_ns.update({name: ended.arrays[name] for name in out if name in ended.arrays})

    return isolated


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise InteropError(f"%%isolated: the line cannot be read: {error}") from None


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> Any:
        raise InteropError(f"%%isolated: {message}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="%%isolated", add_help=False)
    parser.add_argument("--memory", type=int, default=4000)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--in", dest="given", default="")
    parser.add_argument("--out", default="")
    return parser


def _plain(name: str, value: Any) -> Array:
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "biufc":
        raise InteropError(f"%%isolated: --in {name} must be an array of numbers; got {type(value).__name__}")
    return array

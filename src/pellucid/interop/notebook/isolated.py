"""`%%isolated`: run a cell in a separate process with limited memory and time. If it crashes, the kernel survives.

    %%isolated --memory 2000 --seconds 60 --in x,w --out dx
    dx = risky_backward(x, w)

The cell sees only the arrays named by --in, and returns those named by --out; both are NumPy arrays of numbers, exchanged as .npz
files, which cannot contain code. Its output is shown when it ends. A cell that fails, is stopped or exits early returns nothing:
the variables of the notebook keep their values. Processes started by the cell are ended with it.
"""

import argparse
import contextlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.interop import InteropError
from pellucid.shapes import Array

__all__ = ["Ended", "isolated_magic", "run_isolated"]

MAXIMUM_OUTPUT = 1_000_000  # bytes of a cell's output that are shown

# Runs in the other process. Memory and the size of files and output are limited (not on Windows).
PROLOGUE = """
import sys
import numpy as np
folder, memory, outputs = sys.argv[1], int(sys.argv[2]), [name for name in sys.argv[3].split(",") if name]
with np.load(folder + "/in.npz", allow_pickle=False) as given:
    names = {name: given[name] for name in given.files}
if memory:
    try:
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (memory * 2**20, memory * 2**20))
        resource.setrlimit(resource.RLIMIT_FSIZE, (memory * 2**20, memory * 2**20))
    except (ImportError, ValueError) as error:
        print("note: memory is not limited on this system:", error, file=sys.stderr)
with open(folder + "/cell.py") as file:
    code = compile(file.read(), "<isolated cell>", "exec")
names["__name__"] = "__main__"
exec(code, names)
missing = [name for name in outputs if name not in names]
if missing:
    sys.exit(f"--out names {missing[0]}, which the cell did not define")
np.savez(folder + "/out.npz", **{name: np.asarray(names[name]) for name in outputs})
"""


@dataclass(frozen=True)
class Ended:
    """How an isolated cell ended."""

    ok: bool
    reason: str  # one line; "" on success
    output: str  # stdout and stderr together
    arrays: Mapping[str, Array]  # what --out named


def run_isolated(
    code: str,
    arrays: Mapping[str, Array] | None = None,
    out: Sequence[str] = (),
    *,
    memory: int = 4000,
    seconds: float | None = None,
) -> Ended:
    """Run code in a fresh interpreter with at most `memory` MB of address space (0: no limit) and `seconds` of time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "cell.py").write_text(code, encoding="utf-8")
        np.savez(folder / "in.npz", **{key: _plain(key, value) for key, value in (arrays or {}).items()})  # type: ignore[arg-type]
        command = [sys.executable, "-c", PROLOGUE, name, str(memory), ",".join(out)]
        exit_code = _run(command, folder / "output", seconds)
        output = _last(folder / "output")
        if exit_code is None:
            return Ended(False, f"the cell was stopped after {seconds:g} s (--seconds)", output, {})
        if memory and (folder / "output").stat().st_size >= memory * 2**20:
            return Ended(False, f"the cell printed more than {memory} MB (--memory)", output, {})
        if exit_code:
            return Ended(False, _reason(exit_code, output, memory), output, {})
        if not (folder / "out.npz").is_file():
            return Ended(False, "the cell's process exited early and returned nothing", output, {})
        with np.load(folder / "out.npz", allow_pickle=False) as made:
            return Ended(True, "", output, {key: made[key] for key in made.files})


def _run(command: Sequence[str], output: Path, seconds: float | None) -> int | None:
    """Run a command with its output in a file; return its exit code, or None after the time limit. Its children are ended too."""
    with output.open("wb") as file:
        process = subprocess.Popen(
            command, stdout=file, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True
        )
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:  # also on the stop button's KeyboardInterrupt
            _end(process)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a process and its children."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def isolated_magic(shell: Any) -> Callable[[str, str], None]:
    """Return the cell magic for a shell."""

    def isolated(line: str, cell: str) -> None:
        """Run the cell in a separate process: %%isolated [--memory MB] [--seconds S] [--in NAME,...] [--out NAME,...]."""
        options = _parser().parse_args(shlex.split(line))
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
        shell.user_ns.update(ended.arrays)

    return isolated


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
    array = np.asarray(value)
    if array.dtype.hasobject:
        raise InteropError(f"%%isolated: --in {name} must be an array of numbers or text; got {type(value).__name__}")
    return array


def _reason(code: int, output: str, memory: int) -> str:
    if code < 0:
        names = {number.value: number.name for number in signal.Signals}  # not every signal has one
        return f"the cell's process was killed by {names.get(-code, f'signal {-code}')}"
    if "MemoryError" in output:
        return f"the cell needed more than {memory} MB (--memory)"
    return "the cell failed" if "Traceback" in output else f"the cell's process exited with code {code}"


def _last(path: Path) -> str:
    """Return the output of a process, or the end of it if it is long."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - MAXIMUM_OUTPUT))
        text = file.read().decode(errors="replace")
    return text if size <= MAXIMUM_OUTPUT else f"... ({size - MAXIMUM_OUTPUT} bytes omitted)\n{text}"

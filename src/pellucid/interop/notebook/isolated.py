"""`%%isolated`: a cell's code in a process of its own, with bounded memory and time. If it dies, the kernel lives.

    %%isolated --memory 2000 --seconds 60 --in x,w --out dx
    dx = risky_backward(x, w)

The cell begins with nothing but the arrays named by --in, and gives back those named by --out; both are NumPy arrays of
numbers, which travel as an .npz that cannot hold code. Whatever it prints is shown when it ends. A cell that fails, is ended or
leaves early gives nothing back: the notebook's names stay as they were. Processes it started end with it.
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

MOST_OUTPUT = 1_000_000  # bytes of what a cell printed that are shown

# Runs in the other process. Memory, and the size of a file or of what is printed, are bounded (not on Windows).
PROLOGUE = """
import sys
import numpy as np
folder, memory, wanted = sys.argv[1], int(sys.argv[2]), [name for name in sys.argv[3].split(",") if name]
with np.load(folder + "/in.npz", allow_pickle=False) as given:
    names = {name: given[name] for name in given.files}
if memory:
    try:
        import resource
        resource.setrlimit(resource.RLIMIT_AS, (memory * 2**20, memory * 2**20))
        resource.setrlimit(resource.RLIMIT_FSIZE, (memory * 2**20, memory * 2**20))
    except (ImportError, ValueError) as error:
        print("note: memory is not bounded here:", error, file=sys.stderr)
with open(folder + "/cell.py") as file:
    code = compile(file.read(), "<isolated cell>", "exec")
names["__name__"] = "__main__"
exec(code, names)
missing = [name for name in wanted if name not in names]
if missing:
    sys.exit(f"--out names {missing[0]}, which the cell did not make")
np.savez(folder + "/out.npz", **{name: np.asarray(names[name]) for name in wanted})
"""


@dataclass(frozen=True)
class Ended:
    """How an isolated cell ended."""

    ok: bool
    reason: str  # one line; "" where it ended well
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
    """Run code in a fresh interpreter with at most `memory` MB of address space (0: no bound) and `seconds` of time."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "cell.py").write_text(code, encoding="utf-8")
        np.savez(folder / "in.npz", **{key: _plain(key, value) for key, value in (arrays or {}).items()})  # type: ignore[arg-type]
        command = [sys.executable, "-c", PROLOGUE, name, str(memory), ",".join(out)]
        code_of_end = _run(command, folder / "output", seconds)
        output = _last(folder / "output")
        if code_of_end is None:
            return Ended(False, f"the cell was ended after {seconds:g} s", output, {})
        if memory and (folder / "output").stat().st_size >= memory * 2**20:
            return Ended(False, f"the cell printed more than {memory} MB (--memory)", output, {})
        if code_of_end:
            return Ended(False, _reason(code_of_end, output, memory), output, {})
        if not (folder / "out.npz").is_file():
            return Ended(False, "the cell's process ended early and gave nothing back", output, {})
        with np.load(folder / "out.npz", allow_pickle=False) as made:
            return Ended(True, "", output, {key: made[key] for key in made.files})


def _run(command: Sequence[str], output: Path, seconds: float | None) -> int | None:
    """Run a command with its output in a file; return its code, or None where the time was up. Its children end with it."""
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
    """End a process and those it started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def isolated_magic(shell: Any) -> Callable[[str, str], None]:
    """Return the cell magic for a shell."""

    def isolated(line: str, cell: str) -> None:
        """Run the cell in a process of its own: %%isolated [--memory MB] [--seconds S] [--in NAME,...] [--out NAME,...]."""
        options = _parser().parse_args(shlex.split(line))
        given = [name for name in options.given.split(",") if name]
        if missing := [name for name in given if name not in shell.user_ns]:
            raise InteropError(f"%%isolated: --in names {missing[0]}, which the notebook does not have")
        out = [name for name in options.out.split(",") if name]
        ended = run_isolated(
            cell, {name: shell.user_ns[name] for name in given}, out, memory=options.memory, seconds=options.seconds
        )
        print(ended.output, end="")
        if not ended.ok:
            print(f"%%isolated: {ended.reason}; the kernel goes on", file=sys.stderr)
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
        raise InteropError(f"%%isolated: --in {name} must be an array of numbers or text; it is {type(value).__name__}")
    return array


def _reason(code: int, output: str, memory: int) -> str:
    if code < 0:
        names = {number.value: number.name for number in signal.Signals}  # not every signal has one
        return f"the cell's process was ended by {names.get(-code, f'signal {-code}')}"
    if "MemoryError" in output:
        return f"the cell needed more than {memory} MB (--memory)"
    return "the cell failed" if "Traceback" in output else f"the cell's process ended with code {code}"


def _last(path: Path) -> str:
    """Return what a process printed, or the end of it."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - MOST_OUTPUT))
        text = file.read().decode(errors="replace")
    return text if size <= MOST_OUTPUT else f"... ({size - MOST_OUTPUT} bytes before this)\n{text}"

"""Cells of `%%isolated`, without IPython: whatever a cell does, this process goes on and says in words what happened."""

import time
from pathlib import Path

import numpy as np
import pytest

from pellucid.interop import InteropError
from pellucid.interop.notebook import run_isolated
from pellucid.interop.notebook.cell import run

SECONDS = 120  # generous: the tests run on busy machines


def isolated(code, arrays=None, out=(), **settings):
    return run_isolated(code, arrays, out, **{"seconds": SECONDS, **settings})


def test_a_cell_gives_arrays_back():
    given = {"x": np.arange(3.0), "w": np.float32([[1, 2]]), "mask": np.array([True, False])}
    ended = isolated("z = x * 2\nn = 5\nv = w\nm = ~mask\nlost = 1\nprint('inside')", given, ["z", "n", "v", "m"])
    assert (ended.ok, ended.reason, ended.output) == (True, "", "inside\n")
    assert sorted(ended.arrays) == ["m", "n", "v", "z"]
    np.testing.assert_array_equal(ended.arrays["z"], [0, 2, 4])
    np.testing.assert_array_equal(ended.arrays["m"], [False, True])
    assert ended.arrays["v"].dtype == np.float32
    assert ended.arrays["n"] == 5


REFUSED = {
    "a dictionary": ("z = {'a': 1}", "dict"),
    "a text": ("z = 'a'", "str"),
    "nothing": ("z = None", "NoneType"),
    "lists of different lengths": ("z = [[1], [1, 2]]", "list"),
    "an array of objects": ("import numpy as np\nz = np.array([{}])", "ndarray"),
    "a function": ("def z(): pass", "function"),
    "an object that refuses": ("class C:\n    def __array__(self, *a, **k): raise RuntimeError\nz = C()", "C"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_array_is_refused_in_words(kind):
    """In this process: what runs in the worker is the same function."""
    code, name = REFUSED[kind]
    assert run(code, {}, ["z"])["problem"] == f"--out z must be an array of numbers or a number; got {name}"


def test_the_worker_says_what_is_no_array():
    ended = isolated("z = {'a': 1}", out=["z"])
    assert (ended.ok, ended.arrays) == (False, {})
    assert ended.reason == "--out z must be an array of numbers or a number; got dict"
    assert isolated("1", out=["z"]).reason == "--out names z, which the cell did not define"


ENDS = {
    "SystemExit": ("raise SystemExit(3)", "the cell exited early (SystemExit: 3) and returned nothing"),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", "the cell failed: KeyboardInterrupt"),
    "an error": ("1 / 0", "the cell failed: ZeroDivisionError"),
    "no Python": ("def (", "the cell failed: SyntaxError"),
    "recursion": ("def f(): f()\nf()", "the cell failed: RecursionError"),
    "ends the process": ("import os\nos._exit(0)", "the cell ended the process itself (exit code 0)"),
    "a crash": ("import faulthandler\nfaulthandler._sigsegv()", "the cell crashed with a segmentation fault"),
    "kills itself": (
        "import signal\nsignal.raise_signal(9)",
        "the cell was killed by signal 9 (the system sends it where memory runs out)",
    ),
    "a signal without a name": ("import signal\nsignal.raise_signal(40)", "the cell was ended by signal 40"),
    "an endless loop": ("while True: pass", "the cell did not end within 3 s"),
    "a flood": ("while True: print('x' * 100_000)", "the cell printed more than 16 MiB"),
    "too much memory": (
        "import numpy as np\nnp.ones((40_000, 40_000))",
        "the cell needed more than 2000 MB (--memory)",
    ),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_cell_that_fails_says_how_and_returns_nothing(end):
    code, reason = ENDS[end]
    seconds = 3 if end == "an endless loop" else SECONDS
    ended = isolated(f"print('before', flush=True)\nz = 1\n{code}", out=["z"], memory=2000, seconds=seconds)
    assert (ended.ok, ended.arrays) == (False, {})
    # Why it may not have ended depends on how busy the machine is.
    assert (ended.reason.partition(" (")[0] if end == "an endless loop" else ended.reason) == reason
    assert ended.output.startswith("... (" if end == "a flood" else "" if end == "no Python" else "before\n")
    assert len(ended.output) < 1_200_000


def test_a_traceback_shows_the_cells_lines_only():
    output = isolated("x = 1\n1 / (x - 1)  # this one").output
    assert "1 / (x - 1)  # this one" in output
    assert output.count("File ") == 1
    assert "Traceback" not in isolated("raise SystemExit").output


def test_a_cell_that_deletes_its_folder_still_answers():
    code = "import os, shutil\nshutil.rmtree(os.getcwd(), ignore_errors=True)\nopened = os.listdir('.')\nz = 3"
    assert isolated(code, out=["z"]).arrays["z"] == 3


def test_a_child_in_a_session_of_its_own_does_not_outlive_the_cell():
    code = (
        "import os, time\ntry:\n    child = os.fork()\nexcept OSError:\n    child = -1\n"
        "if not child:\n    os.setsid()\n    time.sleep(600)\nz = child"
    )
    ended = isolated(code, out=["z"])
    assert ended.ok
    child, start = int(ended.arrays["z"]), time.monotonic()
    assert child == -1 or _has_ended(child, start)


def _has_ended(process, start):
    stat = Path(f"/proc/{process}/stat")
    while stat.exists() and stat.read_text().rpartition(") ")[2][0] not in "ZX":
        if time.monotonic() - start > 60:
            return False
        time.sleep(0.05)
    return True


def test_files_of_the_user_are_out_of_reach(tmp_path):
    """With Landlock or seccomp by the kernel, else by Python."""
    kept, made = tmp_path / "kept", tmp_path / "made"
    kept.write_text("as it was")
    code = f"for work in (lambda: open({str(made)!r}, 'w'), lambda: __import__('os').unlink({str(kept)!r})):\n"
    isolated(code + "    try:\n        work()\n    except OSError:\n        pass")
    assert kept.read_text() == "as it was"
    assert not made.exists()


def test_a_cell_imports_what_this_process_can_import(tmp_path, monkeypatch):
    (tmp_path / "of_mine.py").write_text("def double(x):\n    return 2 * x\n")
    monkeypatch.syspath_prepend(tmp_path)
    code = "import of_mine, pellucid\nz = of_mine.double(x)\nout, _ = pellucid.layers.relu_forward(-z)"
    ended = isolated(code, {"x": np.ones(2)}, ["z", "out"])
    assert ended.ok, ended.output
    np.testing.assert_array_equal(ended.arrays["z"], [2, 2])
    np.testing.assert_array_equal(ended.arrays["out"], [0, 0])


def test_codes_for_a_terminal_are_shown_not_sent():
    assert isolated("print('\\x1b[2Ja\\u202e')\nprint('line two')").output == "\\x1b[2Ja\\u202e\nline two\n"


def test_arrays_that_are_too_large_do_not_go_in():
    with pytest.raises(InteropError, match="--in may pass at most 256 MiB; got 300 MiB"):
        run_isolated("1", {"x": np.zeros(300 << 20, np.int8)})


@pytest.mark.slow
def test_arrays_that_are_too_large_do_not_come_back():
    ended = isolated("import numpy as np\nz = np.zeros(257 << 20, np.int8)", out=["z"])
    assert ended.reason == "--out may return at most 256 MiB; z is larger"
    assert isolated("import numpy as np\nz = np.zeros(200 << 20, np.int8)", out=["z"]).arrays["z"].size == 200 << 20


@pytest.mark.parametrize("value", [lambda: 1, "text", [[1], [1, 2]], None, {"a": 1}])
def test_only_numbers_go_in(value):
    with pytest.raises(InteropError, match=f"--in f must be an array of numbers; got {type(value).__name__}"):
        run_isolated("1", {"f": value})


@pytest.mark.parametrize("settings", [{"memory": -1}, {"seconds": 0}, {"seconds": float("nan")}])
def test_limits_that_are_none_are_refused(settings):
    with pytest.raises(InteropError, match="--memory must be at least 0 and --seconds more than 0"):
        run_isolated("1", **settings)


def test_a_forged_answer_is_refused_or_an_array():
    """The code can write into its own pipe: nothing but arrays of numbers arrives."""
    code = (
        "import os, sys\nfor number in range(3, 64):\n    try:\n        os.write(number, b'PLC1' + bytes(40))\n"
        "    except OSError:\n        pass\nz = 1"
    )
    ended = isolated(code, out=["z"])
    assert not ended.ok
    assert "wrote into the checker's own pipe" in ended.reason

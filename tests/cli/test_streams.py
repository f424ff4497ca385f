"""Standard output and error that are full, closed or broken: one line, an exit code, and never a lost training run."""

import io
import json
import subprocess
import sys

import pytest

from .commands import TINY, command, environment, in_a_process

ONE_EPOCH = (*TINY, "--epochs", "1")


def full_stream():
    return io.TextIOWrapper(open("/dev/full", "wb"), encoding="utf-8", line_buffering=True)


def broken_pipe():
    """A pipe whose reader has gone."""
    process = subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.PIPE, text=True)
    process.wait(timeout=60)
    return process.stdin


STREAMS = {
    "full": (full_stream, "pellucid: standard output cannot be written: No space left on device\n"),
    "closed": (lambda: None, "pellucid: standard output is closed\n"),
    "broken": (broken_pipe, ""),
}
COMMANDS = ["evaluate", "describe", "info", "derive", "explain", "study-list", "version", "predict", "export", "check"]


@pytest.fixture
def words(run_folder, tmp_path):
    """What someone types for each command."""
    from PIL import Image

    Image.new("L", (8, 8)).save(tmp_path / "image.png")
    (tmp_path / "layers.py").write_text("def relu_forward(x):\n    return x * (x > 0), x\n")
    return {
        "evaluate": ["evaluate", run_folder, "--json"],
        "describe": ["describe", "vgg6-bn"],
        "info": ["info"],
        "derive": ["derive", "relu"],
        "explain": ["explain", "relu"],
        "study-list": ["study", "list"],
        "version": ["--version"],
        "predict": ["predict", run_folder, tmp_path / "image.png"],
        "export": ["export", run_folder, tmp_path / "net.safetensors"],
        "check": ["check", tmp_path / "layers.py", "--allow-weak-sandbox"],
    }


@pytest.mark.parametrize("state", STREAMS)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_result_that_cannot_be_written(words, monkeypatch, capsys, name, state):
    from pellucid.cli import main

    make, line = STREAMS[state]
    monkeypatch.setattr(sys, "stdout", make())
    monkeypatch.setattr(sys, "argv", ["pellucid", *map(str, words[name])])
    with pytest.raises(SystemExit) as end:
        main()
    error = capsys.readouterr().err
    if name == "check":  # which has words of its own, and refuses before it checks
        assert end.value.code in (1, 2)
        assert len(error.splitlines()) <= 1
    else:
        assert (end.value.code, error) == (1, line)


SLOW = [">/dev/full 2>/dev/full", ">&- 2>&-"]


@pytest.mark.parametrize(
    "redirection", [*(pytest.param(one, marks=pytest.mark.slow) for one in SLOW), ">&- 2>&- <&-", "2>&1 | head -c 10"]
)
def test_a_training_is_never_lost(tmp_path, redirection):
    """Whatever happens to its lines, the run is written to its folder."""
    words = " ".join(command("train", *ONE_EPOCH, "--out", tmp_path / "run"))
    subprocess.run(["sh", "-c", f"({words}) {redirection}"], env=environment(), timeout=120, check=False)
    wait_for_the_run(tmp_path / "run")
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["steps"] == 21


def wait_for_the_run(folder):
    """`head` ends before the training does, and the shell with it; the lock tells when the training has ended."""
    import fcntl

    with open(folder / ".lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)


def test_a_help_text_that_cannot_be_written():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            command("--help"),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.endswith("No space left on device\n")
    assert len(done.stderr.splitlines()) == 1


def test_an_error_that_cannot_be_written_keeps_its_code():
    for redirection in ("2>/dev/full", "2>&-"):
        words = " ".join(command("train", "--epochs", "0"))
        done = subprocess.run(
            ["sh", "-c", f"{words} {redirection}"],
            capture_output=True,
            text=True,
            env=environment(),
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


def test_names_that_the_encoding_lacks_do_not_lose_the_report(tmp_path):
    """A C locale without Python's coercion to UTF-8: files are UTF-8 all the same, the line on stdout is escaped."""
    import numpy as np

    rng = np.random.default_rng(0)
    classes = np.array(["Hündin", "犬", "$\\frac$"])
    np.savez(
        tmp_path / "d.npz",
        images=rng.integers(0, 256, (60, 1, 4, 4), dtype=np.uint8),
        labels=np.arange(60) % 3,
        classes=classes,
    )
    given = environment() | {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = in_a_process(
        "train", *ONE_EPOCH, "--data", "d.npz", "--quiet", "--out", "Läufe", cwd=tmp_path, env=given, encoding="ascii"
    )
    assert (done.code, done.err) == (0, "")
    assert done.out.isascii()
    folder = tmp_path / "Läufe"
    assert (folder / "report.html").is_file()
    assert (folder / "confusion.png").is_file()
    (folder / "report.html").read_text(encoding="utf-8")


def test_what_a_long_job_shows_must_not_end_it(monkeypatch):
    from pellucid.progress import job

    for make in (full_stream, broken_pipe, lambda: None):
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stderr", make())
            with job("reading", delay=-1) as show:
                for done in range(3):
                    show(done, 3)

"""Where `check --out` may put a report, and that Ctrl-C ends a class at once."""

import os
import signal
import stat
import subprocess
import sys
import time

import pytest
from tests.cli.commands import in_process

from pellucid.files import write_whole

RELU = "def relu_forward(x):\n    return x * (x > 0), x\n"
HANGS = (
    "import time\n"
    + "def wait(*a):\n    while True:\n        time.sleep(1)\n"
    + "".join(f"def {name}(*a):\n    wait()\n" for name in ("relu_forward", "relu_backward", "affine_forward"))
)
posix = pytest.mark.skipif(os.name == "nt", reason="needs POSIX files and signals")


@pytest.fixture
def layers(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(RELU)
    return path


def check(*words):
    return in_process("check", *words)


def pipe(out):
    os.mkfifo(out)


def link(out):
    (out.parent / "precious").write_text("precious")
    out.symlink_to("precious")


def dangling_link(out):
    out.symlink_to("nowhere")


@posix
@pytest.mark.parametrize(("make", "kind"), [(pipe, "a named pipe"), (link, "a link"), (dangling_link, "a link")])
def test_nothing_but_a_file_is_replaced_by_a_report(layers, make, kind):
    out = layers.with_name("report.txt")
    make(out)
    before = out.lstat()
    done = check(layers, "--out", out)
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert f"is {kind}, which the report would replace" in done.err
    assert out.lstat() == before


def test_a_submission_is_not_replaced_by_the_report_on_it(layers):
    for path in (layers, layers.parent):
        done = check(path, "--out", layers)
        assert done.code == 2
        assert "is one of the files to check" in done.err
        assert layers.read_text() == RELU


@posix
def test_a_report_keeps_the_permissions_of_the_one_before(layers):
    out = layers.with_name("grades.txt")
    out.write_text("old")
    out.chmod(0o600)
    assert check(layers, "--out", out).code == 0
    assert "relu_forward" in out.read_text()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can make a device")
@pytest.mark.parametrize("through_a_link", [False, True])
def test_a_device_is_never_replaced(tmp_path, through_a_link):
    device = tmp_path / "null"
    try:
        os.mknod(device, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("this system lets nobody make a device")
    path = device
    if through_a_link:
        path = tmp_path / "stdout"
        path.symlink_to(device)
    with pytest.raises(OSError, match="a device, not a plain file"):
        write_whole(path, b"content")
    assert stat.S_ISCHR(device.stat().st_mode)
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted({device.name, path.name})


@posix
@pytest.mark.parametrize("what", ["class", "class/one.py"])
def test_ctrl_c_ends_workers_that_hang(tmp_path, what):
    """Where it waited for them, it would take a minute for each function, and again for each try."""
    (tmp_path / "class").mkdir()
    for name in ("one.py", "two.py"):
        (tmp_path / "class" / name).write_text(HANGS)
    words = [sys.executable, "-m", "pellucid", "check", str(tmp_path / what), "--timeout", "60"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(4)  # it hangs by now; where it does not, it ends the sooner
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=50)
    finally:
        process.kill()
    assert process.returncode != 0
    assert time.monotonic() - began < 50

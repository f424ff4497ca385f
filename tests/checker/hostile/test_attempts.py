"""Everything a submission could do beyond itself is tried, as machine code would try it, and must be refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from .attempts import ATTEMPTS

HERE = Path(__file__).parent
# Without Landlock files can be read: such a system runs only code that is trusted, and says so.
READING = {
    "files: read",
    "files: list",
    "files: passwd",
    "files: kernel's settings",
    "other processes: descriptors of the grader",
}
NAMESPACES = "user namespace, process namespace, network namespace, IPC namespace, mount namespace"


def environment(home):
    return {**os.environ, "HOME": str(home), "TMPDIR": str(home)}


def attempted(home, user, layers):
    command = [
        sys.executable,
        HERE / "without.py",
        layers,
        sys.executable,
        HERE / "grader.py",
        home / "beside" / "canary",
    ]
    done = user.run(command, env=environment(home), timeout=240)
    assert done.returncode == 0, done.stderr  # the grader lives
    return json.loads(done.stdout)


def plant(home, user):
    (home / "beside" / "empty").mkdir(parents=True)
    canary = home / "beside" / "canary"
    canary.write_text("untouched")
    os.utime(canary, ns=(10**18, 10**18))
    for path in (home / "beside", home / "beside" / "empty", canary):
        path.chmod(0o700)
        user.own(path)
    return canary


def state(canary):
    """What an attempt could change: the canary, what lies beside it, System V IPC, and shared memory."""
    about = canary.stat()
    files = sorted(path.name for path in canary.parent.iterdir())
    ipc = [line for kind in ("shm", "sem", "msg") for line in Path(f"/proc/sysvipc/{kind}").read_text().splitlines()]
    ipc = [line for line in ipc if line.split()[0] == "4242"]  # their key: others may come and go
    left = [folder for folder in ("/tmp", "/var/tmp", "/dev/shm") if os.path.exists(f"{folder}/pellucid-hostile")]
    return canary.read_text(), about.st_mode, about.st_mtime_ns, os.listxattr(canary), files, ipc, left


@pytest.mark.parametrize("layers", ["", "namespaces", "user namespace", "Landlock"])
def test_every_attempt_is_refused(home, user, layers):
    canary = plant(home, user)
    before = state(canary)
    answer = attempted(home, user, layers)
    assert answer["attempts"] == sum(map(len, ATTEMPTS.values())) == len(answer["outcomes"])
    through = {name for name, outcome in answer["outcomes"].items() if outcome != "refused"}
    if "Landlock" in answer["limits"]["missing"]:
        assert through <= READING
        assert answer["limits"]["lacks"] == "Landlock"
    else:
        assert not through
        assert not answer["limits"]["lacks"]
    if layers == "user namespace" and user.number == 0:
        assert answer["limits"]["missing"] == layers
    elif "namespace" in layers:
        assert answer["limits"]["missing"].endswith(NAMESPACES)
    assert state(canary) == before
    assert sorted(path.name for path in home.iterdir()) == ["beside"]  # no temporary folder either


@pytest.mark.parametrize("layers", ["Landlock", "seccomp", "namespaces,Landlock,seccomp"])
def test_a_file_is_not_run_without_a_necessary_layer(home, user, layers):
    path = home / "layers.py"
    leaves_a_trace = f"open({str(home / 'ran')!r}, 'w').close()"
    path.write_text(f"import numpy as np\n{leaves_a_trace}\ndef relu_forward(x):\n    return np.maximum(x, 0), x\n")
    command = [sys.executable, HERE / "without.py", layers, sys.executable, "-m", "pellucid", "check", path]
    done = user.run(command, env=environment(home), timeout=120)
    assert done.returncode == 2, done.stderr
    assert not (home / "ran").exists()
    said = " ".join(done.stderr.split())
    assert "cannot confine the code: it lacks" in said
    assert all(layer in said for layer in layers.split(",") if layer != "namespaces")
    assert "--allow-weak-sandbox" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("layers", ["namespaces", "Landlock", "namespaces,Landlock,seccomp"])
def test_the_report_names_missing_layers_in_one_line(home, user, layers):
    path = home / "layers.py"
    path.write_text("import numpy as np\ndef relu_forward(x):\n    return np.maximum(x, 0), x\n")
    program = [sys.executable, "-m", "pellucid", "check", path, "--allow-weak-sandbox"]
    command = [sys.executable, HERE / "without.py", layers, *program]
    done = user.run(command, env=environment(home), timeout=120)
    assert done.returncode == 0, done.stderr
    (line,) = [line for line in done.stdout.splitlines() if "Layers of protection that this system lacks" in line]
    for layer in layers.split(","):
        assert ("process namespace" if layer == "namespaces" else layer) in " ".join(done.stdout.split())
    assert line


def test_info_lists_the_layers():
    command = [sys.executable, HERE / "without.py", "Landlock", sys.executable, "-m", "pellucid", "info"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    said = " ".join(done.stdout.split())
    assert "sandbox lacks Landlock" in said
    assert "check refuses files: it needs Landlock" in said


@pytest.mark.parametrize("layers", ["seccomp", "namespaces,Landlock,seccomp"])
def test_what_a_worker_started_ends_with_it_even_in_a_weak_sandbox(home, user, layers):
    """Grandchildren in sessions of their own are gone when the job has ended, not merely signalled."""
    command = [sys.executable, HERE / "without.py", layers, sys.executable, HERE / "starts_a_process.py"]
    done = user.run(command, env=environment(home), timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "0\n"


def test_a_path_that_the_user_may_not_reach_is_refused_in_one_line(home, user):
    if user.number == 0:
        pytest.skip("root may pass every folder")
    closed = home / "closed"
    (closed / "in").mkdir(parents=True)
    (closed / "in" / "layers.py").write_text("def relu_forward(x): return x, x\n")
    closed.chmod(0o700 if user.prefix else 0)  # root's, or nobody's
    inside = closed / "in"
    for arguments in (
        [inside / "layers.py"],
        [inside],
        [inside, "--resume", home / "state"],
        [home, "--resume", inside / "state"],
        [home, "--out", inside / "report"],
        [home, "--pack", inside / "pack.py"],
    ):
        command = [sys.executable, "-m", "pellucid", "check", *map(str, arguments)]
        done = user.run(command, env=environment(home), timeout=120)
        assert done.returncode == 2, done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
    closed.chmod(0o700)

"""How many threads are used unless someone says so: cgroup quotas, old and new, planted in a folder of the test's own."""

import os
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

from pellucid.kernels import native_build, threads
from pellucid.nets import build
from pellucid.plan import Plan


def planted(tmp_path, membership, files):
    (tmp_path / "membership").write_text(membership)
    for name, text in files.items():
        path = tmp_path / "cgroups" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "cgroups", tmp_path / "membership"


def test_a_cgroup_whose_name_is_no_text(tmp_path):
    (tmp_path / "membership").write_bytes(b"0::/j\xff\xfeb\n")
    (tmp_path / "cpu.max").write_text("200000 100000\n")
    assert threads._quota(16, tmp_path, tmp_path / "membership") == 2


@pytest.mark.parametrize(
    ("membership", "files", "cores"),
    [
        ("0::/\n", {"cpu.max": "200000 100000\n"}, 2),
        ("0::/\n", {"cpu.max": "max 100000\n"}, 16),
        ("0::/\n", {"cpu.max": "350000 100000\n"}, 3),  # three threads, not four that wait for one another
        ("0::/\n", {"cpu.max": "50000 100000\n"}, 1),
        ("0::/\n", {"cpu.max": "9900000 100000\n"}, 16),
        ("0::/\n", {}, 16),
        ("0::/\n", {"cpu.max": "rubbish\n"}, 16),
        ("0::/\n", {"cpu.max": "100000 0\n"}, 16),
        (
            "0::/user/job\n",
            {"user/job/cpu.max": "max 100000\n", "user/cpu.max": "500000 100000\n"},
            5,
        ),  # the one around it
        ("0::/user/job\n", {"user/job/cpu.max": "300000 100000\n", "user/cpu.max": "500000 100000\n"}, 3),
        ("0::/not/here\n", {"cpu.max": "400000 100000\n"}, 4),  # a container sees its own cgroup as the root
        ("0::/../..\n", {"cpu.max": "400000 100000\n"}, 4),
        (
            "4:cpu,cpuacct:/job\n",
            {"cpu,cpuacct/job/cpu.cfs_quota_us": "250000", "cpu,cpuacct/job/cpu.cfs_period_us": "50000"},
            5,
        ),
        ("4:cpu,cpuacct:/job\n", {"cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 2),
        ("4:cpu:/\n", {"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 16),
        ("4:cpuset:/\n", {"cpuset/cpu.cfs_quota_us": "100000\n", "cpuset/cpu.cfs_period_us": "100000\n"}, 16),
        ("", {"cpu.max": "200000 100000\n"}, 2),
        ("rubbish", {}, 16),
    ],
)
def test_cgroup_quotas(tmp_path, membership, files, cores):
    assert threads._quota(16, *planted(tmp_path, membership, files)) == cores


def test_the_quota_and_the_affinity_both_bound_the_default(tmp_path, monkeypatch):
    places = planted(tmp_path, "0::/\n", {"cpu.max": "200000 100000\n"})
    monkeypatch.delenv("PELLUCID_THREADS", raising=False)
    monkeypatch.setattr(threads._quota, "__defaults__", places)
    counted = {}
    for available in (1, 2, 64):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, n=available: set(range(n)), raising=False)
        threads.default_threads.cache_clear()
        counted[available] = threads.default_threads()
    threads.default_threads.cache_clear()
    assert counted == {1: 1, 2: 2, 64: 2}


@pytest.mark.skipif(not native_build().available, reason="the compiled module is not built")
def test_the_threads_sleep_when_a_step_has_ended():
    """No spinning beside the user's other work: processor time in the 50 ms that begin a millisecond after a step, when what the
    threads spent on the step is booked. Ten steps, and the median, so that one interruption by the machine does not count."""
    net = build("three-layer-convnet", (3, 16, 16), 10)
    plan = Plan.training(net, 32, threads=3)
    x, y = np.random.default_rng(0).standard_normal((32, 3, 16, 16), np.float32), np.arange(32) % 10
    spent = []
    for _ in range(10):
        plan.loss(x, y)
        time.sleep(0.001)
        before = time.process_time()
        time.sleep(0.05)
        spent.append(time.process_time() - before)
    assert np.median(spent) < 0.005, spent  # two threads that spun would spend up to 0.1


@pytest.mark.skipif(not native_build().available, reason="the compiled module is not built")
def test_light_kernels_let_python_run():
    """Each call releases the interpreter: another thread's counter moves while it runs."""
    script = """
        import threading, time
        import numpy as np
        from pellucid.kernels import _native as native
        x = np.ones((4000, 2500), np.float32)
        gamma, out = np.ones(2500, np.float32), np.empty_like(x)
        mean, mask, step = np.empty((2, 4000)), np.empty(x.shape, np.uint8), np.zeros(1, np.uint64)
        calls = {
            "layernorm": lambda: native.layernorm_forward(x, gamma, gamma.copy(), 1e-5, False, out, *mean, 1),
            "dropout": lambda: native.dropout_forward(x, 0.5, True, 1, 2, step, out, mask, 1),
            "gelu": lambda: native.gelu_forward(x, out, 1),
            "rmsprop": lambda: native.rmsprop(1e-3, x.copy(), x, out, 0.9, 1e-8, 1),
        }
        ticks, stop = [0], False
        def tick():
            while not stop:
                ticks[0] += 1
                time.sleep(0)
        thread = threading.Thread(target=tick, daemon=True)
        thread.start()
        for name, call in calls.items():
            call()
            maximum = 0
            for _ in range(20):  # a busy machine may give the other thread no core for a while
                before = ticks[0]
                call()
                maximum = max(maximum, ticks[0] - before)
            # The interpreter would have to be handed over in the middle of the call for more than the odd tick.
            assert maximum > 20, (name, maximum)
        stop = True
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr

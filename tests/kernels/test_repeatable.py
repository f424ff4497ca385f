"""The same bits for the same number of threads, whatever else uses them; and threads that sleep when there is nothing to do."""

import os
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pytest

from .instruction_sets import module
from .kernel_calls import run  # noqa: F401 (its import skips where the module is missing)


def convolve(threads, seed=0):
    rng = np.random.default_rng(seed)
    x, w = (rng.standard_normal(shape).astype(np.float32) for shape in ((6, 14, 14, 24), (3, 3, 24, 40)))
    b, dout = np.zeros(40, np.float32), rng.standard_normal((6, 14, 14, 40)).astype(np.float32)
    out, dx, dw, db = np.empty_like(dout), np.empty_like(x), np.empty_like(w), np.empty_like(b)
    module.conv_forward(x, w, b, [1, 1], [1, 1], False, True, out, threads)
    module.conv_backward(dout, x, w, [1, 1], [1, 1], True, False, dx, dw, db, threads)
    return out, dx, dw, db


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_the_same_number_of_threads_gives_the_same_bits(threads):
    first = convolve(threads)
    for _ in range(5):
        assert all(np.array_equal(a, b) for a, b in zip(first, convolve(threads), strict=True))


def test_another_number_of_threads_gives_nearly_the_same():
    for a, b in zip(convolve(1), convolve(3), strict=True):
        np.testing.assert_allclose(a, b, atol=4e-6 * np.abs(b).max(), rtol=0)


def multiply(rows, threads, room=None):
    """The first rows of a product that is cut along k: small, of many terms."""
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((700, 4000)).astype(np.float32), rng.standard_normal((4000, 100)).astype(np.float32)
    out = np.full((700, 100), np.nan, np.float32)
    module.bound.affine_forward(room, x, w, np.ones(100, np.float32), 1, True, out, threads)(rows)
    return out


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_a_product_of_many_terms_gives_the_same_bits(threads):
    """Whichever rows a call is for, in a workspace that was made for all of them."""
    room = np.full(module.affine_workspace_float32(700, 4000, 100, threads) + 64, 0xAB, np.uint8)
    room = room[-room.ctypes.data % 64 :]
    expected = multiply(700, 1)
    for rows in (700, 650, 200, 100, 20, 13, 1):
        first = multiply(rows, threads, room)
        np.testing.assert_allclose(first[:rows], expected[:rows], atol=4e-6 * np.abs(expected).max(), rtol=0)
        assert np.isnan(first[rows:]).all()
        assert all(np.array_equal(first, multiply(rows, threads), equal_nan=True) for _ in range(3))


def test_a_busy_core_does_not_make_two_threads_slower_than_one():
    """Another program holds a core: what its thread does not get to, the caller does."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
    try:
        time.sleep(0.3)
        tries = [{t: np.median([_seconds(t) for _ in range(40)]) for t in (1, 2)} for _ in range(4)]
    finally:
        for process in busy:
            process.kill()
            process.wait()
    # Waiting for the other's turn took four to seven times as long. The least of some tries: the machine may have others on it.
    assert min(spent[2] / spent[1] for spent in tries) < 2.5, tries


def _seconds(threads):
    start = time.perf_counter()
    convolve(threads)
    return time.perf_counter() - start


def test_many_python_threads_at_once_get_the_bits_of_one_alone():
    """While one caller has the threads, another does every part of its own work itself: the same parts, the same bits."""
    alone = {seed: convolve(2, seed) for seed in range(8)}
    wrong = []

    def work(seed):
        same = [np.array_equal(a, b) for _ in range(20) for a, b in zip(alone[seed], convolve(2, seed), strict=True)]
        wrong.extend([seed] * same.count(False))

    workers = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)
    assert wrong == []


def test_python_goes_on_while_a_kernel_runs():
    count, stop = 0, threading.Event()

    def tick():
        nonlocal count
        while not stop.is_set():
            count += 1
            time.sleep(0.001)

    ticker = threading.Thread(target=tick, daemon=True)
    a = np.ones((3000, 3000), np.float32)
    out, b = np.empty_like(a), np.zeros(3000, np.float32)
    ticker.start()
    time.sleep(0.01)
    before = count
    start = time.perf_counter()
    module.affine_forward(a, a, b, 1, False, out, 1)
    seconds, during = time.perf_counter() - start, count - before
    stop.set()
    ticker.join()
    assert during > 5, f"{during} ticks in {seconds:.3f} s"


def test_nothing_spins_after_a_kernel():
    convolve(2)
    before = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - before < 0.1  # a thread that spun would spend 0.3


def test_a_forked_child_computes_too():
    if not hasattr(os, "fork"):
        pytest.skip("this system has no fork")
    script = """
        import os, sys
        import numpy as np
        from pellucid.kernels import _native
        x = np.random.default_rng(0).standard_normal((400, 300)).astype(np.float32)
        def product():
            out = np.empty((400, 400), np.float32)
            _native.affine_forward(x, np.ascontiguousarray(x.T), np.zeros(400, np.float32), 1, False, out, 2)
            return out
        before = product()
        child = os.fork()
        if child == 0:
            os._exit(0 if np.array_equal(before, product()) else 1)
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    """
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", textwrap.dedent(script)], timeout=60, check=False)
    assert done.returncode == 0

"""Kernels' threads beside what else a process does: it ends, forks, waits for signals, has no room for a thread."""

import os
import subprocess
import sys
import textwrap

import pytest

from pellucid.kernels import native_build

pytestmark = pytest.mark.skipif(not native_build().available, reason="the compiled module is not built")

START = """
    import os, resource, signal, sys, threading, time
    import numpy as np
    from pellucid.kernels import _native as native
    x, bias = np.random.default_rng(0).standard_normal((300, 300), np.float32), np.ones(300, np.float32)
    def multiply(threads=3):
        out = np.empty_like(x)
        native.affine_forward(x, x, bias, 1, False, out, threads)
        return out
    expected = multiply(1)
    def is_right(out):
        return np.allclose(out, expected, atol=1e-3)
"""


def run(script):
    """Return the script's exit status and what it said."""
    text = textwrap.dedent(START) + textwrap.dedent(script)
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, timeout=100, check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_a_process_ends_while_daemon_threads_run_kernels():
    """They come back while the interpreter ends; before Python 3.14, to be unwound, which aborted the process."""
    script = """
        def work():
            while True:
                multiply()
                native.sgd(1e-3, np.ones(99999), np.ones(99999), 3)
        for _ in range(3):
            threading.Thread(target=work, daemon=True).start()
        time.sleep(0.2)
        class Late:
            def __del__(self, sleep=time.sleep):
                sleep(0.3)
        late = Late()  # the interpreter's end takes a while
    """
    assert run(script) == (0, "")


TRAINER = """
    from pellucid import Trainer
    from pellucid.nets import Affine, Function, Network, ReLU
    from pellucid.train import StepDone
    x, y = np.zeros((64, 30), np.float32), np.arange(64) % 10
    def trainer_of(*layers):
        return Trainer(Network([Affine(40), *layers, ReLU(), Affine(10)], (30,)), batch_size=64)
"""
ENDS = {
    "a daemon thread makes steps": """
        trainer, going = trainer_of(), threading.Event()
        def work():
            while True:
                trainer.step(x, y)
                going.set()
        threading.Thread(target=work, daemon=True).start()
        going.wait(60)
    """,
    "a daemon thread reads events": """
        going = threading.Event()
        def work():
            for _ in trainer_of().events((x, y), 10**6):
                going.set()
        threading.Thread(target=work, daemon=True).start()
        going.wait(60)
    """,
    "sys.exit in on_event": """
        trainer_of().fit((x, y), 2, on_event=lambda event: isinstance(event, StepDone) and sys.exit(0))
    """,
    "sys.exit within a pass": """
        trainer_of(Function(lambda x: sys.exit(0), None)).step(x, y)
    """,
    "Ctrl-C in a step": """
        trainer, main = trainer_of(), threading.get_ident()
        threading.Timer(0.3, lambda: signal.pthread_kill(main, signal.SIGINT)).start()
        try:
            while True: trainer.step(x, y)
        except KeyboardInterrupt as error:
            sys.last_value = error  # as an interactive interpreter keeps it, and all that its frames hold
    """,
    "an exception that holds a plan": """
        trainer = trainer_of()
        try:
            trainer.plan.loss(x[:1], y)
        except ValueError as error:
            error.plan, sys.last_value = trainer.plan, error
    """,
    "a stream of events that is not read to its end": """
        stream = trainer_of().events((x, y), 9)
        next(stream), next(stream)
    """,
}


@pytest.mark.parametrize("end", ENDS)
def test_no_warning_of_leaks_whenever_a_process_ends(end):
    assert run(textwrap.dedent(TRAINER) + textwrap.dedent(ENDS[end])) == (0, "")


def test_a_real_leak_is_reported():
    """The warning is off only beside a thread that never gives back what it holds."""
    script = """
        import ctypes
        call = native.bound.affine_forward(None, x, x, bias, 1, False, np.empty_like(x), 2)
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(call))
        thread = threading.Thread(target=multiply, daemon=True)
        thread.start()
        thread.join()
    """
    status, said = run(script)
    assert status == 0
    assert "nanobind: leaked 1 instance" in said


def test_signals_are_left_to_pythons_threads():
    """A signal that Python's threads block and wait for; a kernel's thread that took it would end the process."""
    script = """
        multiply()
        time.sleep(0.05)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        os.kill(os.getpid(), signal.SIGUSR1)
        print(signal.sigwait([signal.SIGUSR1]).name)
    """
    assert run(script) == (0, "SIGUSR1\n")


def test_where_there_is_no_room_for_a_thread_the_caller_does_all():
    script = """
        used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + (4 << 20), used + (4 << 20)))  # less than a thread's stack
        print(is_right(multiply()), len(os.listdir("/proc/self/task")))
    """
    assert run(script) == (0, "True 1\n")


def test_children_forked_while_kernels_run_have_threads_of_their_own():
    script = """
        stop = False
        def work():
            while not stop:
                multiply(4)
        thread = threading.Thread(target=work)
        thread.start()
        for _ in range(30):
            child = os.fork()
            if not child:
                good = all(is_right(multiply(threads)) for threads in (2, 5, 3))
                os._exit(0 if good and len(os.listdir("/proc/self/task")) == 5 else 1)
            assert os.waitpid(child, 0)[1] == 0
        stop = True
        thread.join()
    """
    assert run(script) == (0, "")


def test_callers_at_once_with_other_numbers_of_threads():
    """Whoever comes second does all parts itself; numbers of threads that change from call to call."""
    script = """
        wrong = []
        def work(seed):
            numbers = np.random.default_rng(seed)
            for _ in range(200):
                if not is_right(multiply(int(numbers.integers(1, 9)))):
                    wrong.append(seed)
        callers = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
        for caller in callers: caller.start()
        for caller in callers: caller.join()
        print(wrong)
    """
    assert run(script) == (0, "[]\n")


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity here")
def test_one_core_and_many_threads():
    script = """
        os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
        print(all(is_right(multiply(threads)) for threads in (2, 9, 300, 1024)))
    """
    assert run(script) == (0, "True\n")

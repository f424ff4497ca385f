"""A worker that runs out of time: what is said of it is what is known, and a busy machine is no endless loop."""

import os
import subprocess
import sys
import time

import pytest

from pellucid.checker.judging.verdicts import Failure, FunctionReport
from pellucid.checker.running.job import Limits
from pellucid.checker.running.processes import Times, Worker
from pellucid.checker.running.sandbox import _guess, _starved, run_job
from pellucid.checker.telling.causes import death_cause, load_cause
from pellucid.checker.telling.text import function_paragraph

from .test_sandbox import job

OWN_TEMPLATES = True
needs_proc = pytest.mark.skipif(not os.path.exists("/proc/self/schedstat"), reason="no /proc/PID/schedstat")
LOOP, WAIT, BUSY = "an endless loop?", "does it wait for something?", "the machine is busy"


@pytest.mark.parametrize(
    ("times", "guess"),
    [
        (None, LOOP),  # the system does not say
        (Times(4.0, 0.0), LOOP),
        (Times(3.1, 0.9), LOOP),
        (Times(1.6, 2.4), BUSY),
        (Times(0.1, 3.9), BUSY),
        (Times(2.0, 2.0), BUSY),
        (Times(12.0, 3.0), LOOP),  # threads of its own that kept it from a processor
        (Times(0.02, 0.01), WAIT),
        (Times(1.6, 0.1), LOOP),
    ],
)
def test_the_guess_follows_from_how_long_it_ran_and_waited(times, guess):
    assert _guess(times, 4.0) == guess
    assert bool(_starved(times, 4.0)) == (guess == BUSY)


def test_the_cause_on_a_busy_machine_is_not_certain_and_says_what_is_known():
    starved = _starved(Times(1.6, 2.4), 4.0)
    error = {"message": f"did not end within 4 s ({BUSY})", "starved": starved}
    cause = death_cause(error, "a case")
    assert (cause.id, cause.confidence) == ("not-in-time", 0.5)
    assert cause.title == "could not be judged in time: the code did not end within 4 s (the machine is busy)"
    assert cause.evidence == "it ran for 1.6 s and waited 2.4 s for a processor, in the case a case"
    failure = Failure("a", "out", float("inf"), f"the code {error['message']}")
    report = FunctionReport("f", "crashes", failing=[failure], causes=[cause])
    said = "\n".join(line.plain for line in function_paragraph(report))
    assert said.count("did not end") == 1
    assert "confidence 50%" in said
    assert "with a longer --timeout" in said
    assert "100%" not in said


def test_a_file_that_loads_too_slowly_on_a_busy_machine_is_not_said_to_be_wrong():
    assert load_cause(None, "did not end within 4 s (the machine is busy)", {}, "it ran").confidence == 0.5
    assert load_cause(None, f"did not end within 4 s ({LOOP})", {}).confidence == 1.0
    assert death_cause({"message": f"did not end within 4 s ({LOOP})"}, "a").confidence == 1.0


@needs_proc
def test_the_times_are_those_of_the_process():
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass
    before = time.process_time()
    times = Worker(None, os.getpid()).times()
    assert before - 0.1 <= times.ran <= time.process_time() + 0.1  # in ticks of 1/100 s
    assert times.waited >= 0


@needs_proc
def test_the_name_of_a_process_does_not_change_its_times():
    code = "open('/proc/self/comm', 'w').write(') R 7 7 7 (x'); print(flush=True); input()"
    process = subprocess.Popen([sys.executable, "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        process.stdout.readline()
        times = Worker(None, process.pid).times()
    finally:
        process.communicate(b"\n")
    assert 0 <= times.ran < 60
    assert process.returncode == 0


def test_a_process_that_does_not_exist_has_no_times():
    assert Worker(None, 0).times() is None


@needs_proc
def test_a_worker_that_is_late_is_measured_before_it_is_killed():
    result = run_job(job("while True: pass"), Limits(1.0))
    said = result.death.removeprefix("did not end within 1 s ").strip("()")
    assert said in (LOOP, BUSY, WAIT)  # which of them depends on what else runs
    assert (said == BUSY) == bool(result.starved)
    assert all(answer["error"]["type"] == "Death" for answer in result.answers.values())

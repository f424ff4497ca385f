"""A grader whose worker starts processes in sessions of their own: prints how many of them are left.

They are many, and each holds memory, so that all are gone only if the checker has waited for their end. They are found by their
name, which a process keeps until its end has been noticed.
"""

import os
import sys
from pathlib import Path

from pellucid.checker.running.job import Job, Limits
from pellucid.checker.running.sandbox import Workers

SOURCE = """
import time
def f(x):
    call(157, 167, 15, NAME.encode(), 0, 0, 0)
    for _ in range(40):
        if call(57, 220, 17, 0, 0, 0, 0) == 0:
            call(112, 157)  # setsid
            if call(57, 220, 17, 0, 0, 0, 0) == 0:
                kept = b"x" * (8 << 20)
                time.sleep(600)
            os._exit(0)
    time.sleep(0.3)
    return 1.0
"""
STEPS = [{"do": "call", "function": "f", "args": [1.0], "unpack": ["out"]}]
CASE = {"values": {}, "steps": STEPS, "outputs": {"out": ["out"]}}


def named(place):
    try:
        return place.read_text().strip()
    except OSError:  # it has ended meanwhile
        return ""


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    from native import NATIVE

    name = f"hostile{os.getpid()}"
    with Workers(Limits(20.0, allow_weak_sandbox=True)) as workers:
        result = workers.run(Job({"a.py": f"{NATIVE}{SOURCE}NAME = {name!r}\n"}, "a", ["f"], [CASE]))
        assert result.answers[0].get("outputs", {}).get("out") == 1.0, (result.answers, result.limits)
        print(sum(named(place) == name for place in Path("/proc").glob("[0-9]*/comm")))

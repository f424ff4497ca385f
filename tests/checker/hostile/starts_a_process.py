"""A grader whose worker starts a process in a session of its own: prints how many of the checker's processes run afterwards."""

import os
import sys
from pathlib import Path

from pellucid.checker.running.job import Job, Limits
from pellucid.checker.running.sandbox import Workers

SOURCE = """
import time
def f(x):
    if call(57, 220, 17, 0, 0, 0, 0) == 0:
        call(112, 157)  # setsid
        if call(57, 220, 17, 0, 0, 0, 0) == 0:
            time.sleep(600)
        os._exit(0)
    time.sleep(0.3)
    return 1.0
"""
STEPS = [{"do": "call", "function": "f", "args": [1.0], "unpack": ["out"]}]
CASE = {"values": {}, "steps": STEPS, "outputs": {"out": ["out"]}}

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    from native import NATIVE

    with Workers(Limits(20.0, allow_weak_sandbox=True)) as workers:
        result = workers.run(Job({"a.py": NATIVE + SOURCE}, "a", ["f"], [CASE]))
        assert result.answers[0].get("outputs", {}).get("out") == 1.0, (result.answers, result.limits)
        mark = b"\0%d\0" % os.getpid()  # a template's last argument, which its children show, too
        print(sum(place.read_bytes().endswith(mark) for place in Path("/proc").glob("[0-9]*/cmdline")))

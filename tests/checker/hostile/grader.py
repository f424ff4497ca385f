"""A grader to attack, as a program of its own: `grader.py CANARY` prints the outcome of every attempt as JSON.

Outcome: "refused", "died: ..." or "got through".
"""

import json
import os
import sys
from pathlib import Path

import numpy as np

from pellucid.checker.running.job import Job, Limits
from pellucid.checker.running.sandbox import Workers

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    from attempts import ATTEMPTS
    from native import NATIVE

STEPS = [{"do": "call", "function": "f", "args": [{"$": ["x"]}], "unpack": ["out"]}]


def source(canary):
    """A submission that evaluates the expression it is given a number for."""
    places = {"grader": os.getpid(), "canary": canary, "beside": os.path.dirname(canary)}
    lines = [NATIVE, "ATTEMPTS = ["]
    for family in ATTEMPTS.values():
        for expression in family.values():
            filled = expression.replace("{canary!r}", repr(canary)).replace("{beside!r}", repr(places["beside"]))
            for name, value in places.items():
                filled = filled.replace("{" + name + "}", str(value))
            lines.append(f"    lambda: {filled},")
    return "\n".join([*lines, "]", "def f(x):", "    ATTEMPTS[int(x)]()", "    return 1.0", ""])


def main():
    canary = sys.argv[1]
    names = [f"{family}: {name}" for family, attempts in ATTEMPTS.items() for name in attempts]
    outcomes, limits = {}, {}
    with Workers(Limits(20.0, allow_weak_sandbox=True)) as workers:
        for first in range(0, len(names), 10):  # a worker for ten of them
            numbers = range(first, min(first + 10, len(names)))
            cases = [{"values": {"x": np.float64(n)}, "steps": STEPS, "outputs": {"out": ["out"]}} for n in numbers]
            result = workers.run(Job({"a.py": source(canary)}, "a", ["f"], cases))
            limits = dict(result.limits)
            for number, answer in result.answers.items():
                error = answer.get("error", {})
                death = error.get("type") == "Death" and f"died: {error['message']}"
                outcomes[names[first + number]] = death or ("refused" if error else "got through")
            if result.load_error:
                outcomes[names[first]] = str(result.load_error)
    print(json.dumps({"outcomes": outcomes, "limits": limits, "attempts": len(names)}))


if __name__ == "__main__":
    main()

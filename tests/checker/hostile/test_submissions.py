"""Classes of hostile submissions are graded to the end: none is called right, the grader lives, and nothing is left behind."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from .submissions import FAMILIES
from .test_attempts import HERE, environment, plant, state

# With PELLUCID_HOSTILE=whole, every submission is graded in every setting; that takes minutes.
WHOLE = os.environ.get("PELLUCID_HOSTILE") == "whole"
MISTAKES = ("NameError", "TypeError", "AttributeError", "SyntaxError", "IndentationError", "UnboundLocalError")
HARMLESS = [  # nothing of these would harm the system that the tests run on
    "files: reads by number",
    "files: lists the root",
    "IPC: a pair of sockets",
    "IPC: a datagram",
    "signals and limits: reads the grader's limits",
    "memory: a file that lies in memory",
    "surviving processes: adopts orphans",
]


def graded(home, user, layers, which, *more):
    """Grade a class as a user, without some layers; return what the grader says of it."""
    program = [sys.executable, HERE / "grade_class.py", home / "class", home / "beside" / "canary", which, *more]
    command = [sys.executable, HERE / "without.py", layers, *program]
    done = user.run(command, env=environment(home), timeout=1500)
    assert done.returncode == 0, done.stderr  # the grader lives
    assert not done.stderr
    return json.loads(done.stdout)


def outcomes(answer):
    """What became of each submission: its first function's report, or why it has none."""
    found = dict.fromkeys(answer["names"])
    for report in answer["reports"]:
        number = report["file"].partition("/")[0]
        if number.isdigit():
            found[answer["names"][int(number)]] = report
    return found


def of_grader(process):
    """Processes that this grader has started: a template's last argument is its grader, and its children show the same."""
    mark = b"\0%d\0" % process
    lines = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(place.read_bytes())
        except OSError:  # it has ended meanwhile
            continue
    return [line for line in lines if line.endswith(mark)]


def check_class(home, user, layers, which):
    """Grade a class; assert that all are contained and that nothing is left."""
    canary = plant(home, user)
    before = state(canary)
    answer = graded(home, user, layers, which)
    right = [report["file"] for report in answer["reports"] if "correct" in [f["verdict"] for f in report["functions"]]]
    assert {*right} <= {"neighbour/layers.py"}
    assert answer["afterwards"] == "correct"  # the neighbour again, with time enough
    found = outcomes(answer)
    assert not [name for name, report in found.items() if report is None]  # each has a line
    assert answer["MiB"] < 2_000
    assert all(len(json.dumps(report)) < 500_000 for report in found.values())
    for name, report in found.items():
        assert "checker's own error" not in json.dumps(report), (name, report)
        if name.partition(":")[0] not in ("parsing bombs", "forged results", "escapes in text"):
            details = [failing.get("detail", "") for function in report["functions"] for failing in function["failing"]]
            assert not any(detail.startswith(MISTAKES) for detail in details), (name, details)
    assert state(canary) == before
    assert sorted(path.name for path in home.iterdir()) == ["beside", "class"]
    assert [path.name for path in (home / "class").rglob("*pellucid*")] == []
    end = time.monotonic() + 60
    while (alive := of_grader(answer["grader"])) and time.monotonic() < end:
        time.sleep(0.05)
    assert not alive


def test_the_families_are_as_large_as_they_should_be():
    assert len(FAMILIES) == 10
    assert all(len(family) >= 30 for family in FAMILIES.values())
    texts = [text for family in FAMILIES.values() for text in family.values() if isinstance(text, str)]
    assert len({*texts}) == len(texts)


def test_a_sample_is_contained(home, user):
    check_class(home, user, "", "0/19" if user.prefix else "1/19")


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("layers", ["", "namespaces", "user namespace"])
def test_every_submission_is_contained(home, user, layers):
    # Together, every submission at least once.
    shares = {"": ("0/4", "1/4"), "namespaces": ("2/8", "3/8"), "user namespace": ("6/8", "7/8")}
    check_class(home, user, layers, "0/1" if WHOLE else shares[layers][bool(user.prefix)])


@pytest.mark.parametrize("layers", ["Landlock", "seccomp", "Landlock,seccomp"])
def test_without_a_necessary_layer_a_class_is_refused(home, user, layers):
    canary = plant(home, user)
    before = state(canary)
    answer = graded(home, user, layers, "0/20")
    assert f"lacks {layers.replace(',', ', ')}" in answer["refused"]
    assert state(canary) == before


def test_without_protection_submissions_get_through(home, user):
    """Harmless ones: so that the other tests are known to be able to fail."""
    plant(home, user)
    answer = graded(home, user, "namespaces,Landlock,seccomp", ";".join(HARMLESS), "--weak")
    verdicts = {name: report["functions"][0]["verdict"] for name, report in outcomes(answer).items()}
    assert verdicts == dict.fromkeys(HARMLESS, "correct")

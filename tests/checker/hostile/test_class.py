"""A class of 60 with ten hostile submissions, one of each family, is graded to the end in every format."""

import json
import os
import xml.etree.ElementTree as ElementTree

import pytest

from ..test_unlucky import RELU, WRONG_RELU, command
from .submissions import FAMILIES, source_text
from .submissions.escapes import MARK

FORMS = ("json", "text", "html", "junit", "gradescope")
HOSTILE = {  # one of each family
    "signals and limits": "ignores every signal and never ends",
    "memory": "answers with one number, many times over",
    "disk": "a flood past Python",
    "IPC": "an abstract socket",
    "files": "changes a classmate's file",
    "links": "to a classmate's file",
    "parsing bombs": "calls",
    "forged results": "sends an array that is not there",
    "escapes in text": "the end of a test suite",
    "surviving processes": "leaves many threads",
}


def hand_in(folder, with_hostile):
    """Write 50 honest submissions, every other one right, and the hostile ones."""
    for number in range(50):
        (folder / f"s{number:02}").mkdir(parents=True)
        (folder / f"s{number:02}" / "layers.py").write_text(RELU if number % 2 else WRONG_RELU)
    neighbour = folder / "s01" / "layers.py"
    places = {"neighbour": neighbour, "class": folder, "canary": neighbour, "beside": folder, "grader": os.getpid()}
    for number, (family, name) in enumerate(HOSTILE.items() if with_hostile else ()):
        place = folder / f"h{number}"
        place.mkdir()
        submission = FAMILIES[family][name]
        if callable(submission):
            submission(place, neighbour, neighbour)
        else:
            (place / "layers.py").write_text(source_text(submission, places))


def reports(folder, state, forms):
    """Grade a class in several formats, and return the reports as text."""
    found = {}
    for form in forms:
        done = command(folder, "--format", form, "--resume", state, "--timeout", 3, "--only", "relu_forward")
        assert done.returncode == 1, done.stderr
        told = [
            line for line in done.stderr.splitlines() if not line.startswith(b"checked files: ")
        ]  # that is progress
        assert told == [], form
        found[form] = done.stdout.decode()
    return found


def of_students(text):
    """The reports of a class by student, without the time they took."""
    files = json.loads(text)["files"]
    return {file["file"].partition("/")[0]: {**file, "seconds": 0.0} for file in files}


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_hostile_submissions_change_nothing_for_the_other_fifty(tmp_path):
    assert HOSTILE.keys() == FAMILIES.keys()
    hand_in(tmp_path / "all", with_hostile=True)
    hand_in(tmp_path / "honest", with_hostile=False)
    found = reports(tmp_path / "all", tmp_path / "state", FORMS)
    students = of_students(found["json"])
    assert len(students) == 60
    honest = {name: report for name, report in students.items() if name[0] == "s"}
    assert honest == of_students(reports(tmp_path / "honest", tmp_path / "state2", ["json"])["json"])
    verdicts = {name: report["functions"][0]["verdict"] for name, report in honest.items()}
    assert verdicts == {f"s{number:02}": "correct" if number % 2 else "wrong" for number in range(50)}
    for name in students.keys() - honest.keys():
        functions = students[name]["functions"]
        assert students[name].get("error") or functions[0]["verdict"] in ("wrong", "crashes"), name
        assert "the checker's own error" not in json.dumps(students[name])
    for form, text in found.items():
        assert all(name in text for name in students), form
        assert not {"\x1b", "\x00", "\u202e"} & {*text}, form
    assert sum(test["max_score"] for test in json.loads(found["gradescope"])["tests"]) == 1
    suites = {suite.get("name").partition("/")[0]: suite for suite in ElementTree.fromstring(found["junit"])}
    assert suites.keys() == students.keys()
    assert sum(int(suite.get("failures")) == 0 for suite in suites.values()) == 25
    assert not any(MARK in suite.get("name") for suite in suites.values())

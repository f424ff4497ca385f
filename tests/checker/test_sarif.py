"""SARIF 2.1.0: the properties that the schema requires, and that editors and code hosts read."""

import json
import re
from urllib.parse import urlparse

import pytest

from pellucid.checker.catalogue import mistakes
from pellucid.checker.judging.verdicts import Cause, FunctionReport, Hazard
from pellucid.checker.reading.marks import marks_of
from pellucid.checker.telling.file_report import FileReport
from pellucid.checker.telling.hints import cut_to_hint
from pellucid.checker.telling.sarif import as_sarif

KNOWN = {one.code: one for one in mistakes()}
LEVELS = {"none", "note", "warning", "error"}
TEXT = "import numpy as np\n\n\ndef batchnorm_forward(x):\n    pass\n\n\nclass Norm:\n    def backward(self):\n        pass\n"
REPORTS = [
    FileReport(
        "my layers.py",
        "cs231n-a2",
        0.1,
        [
            FunctionReport(
                "batchnorm_forward",
                "wrong",
                causes=[
                    Cause(
                        "eps-outside-root",
                        "eps outside the square root",
                        "x",
                        0.9,
                        "",
                        formula="f",
                        line=5,
                        code="BN103",
                    )
                ],
                hazards=[Hazard("float64", "float32 inputs give float64 outputs: out")],
            ),
            FunctionReport("relu_forward", "correct"),
        ],
        units=[
            FunctionReport("Norm.backward", "wrong", causes=[Cause("sign", "the wrong\nsign", "", 0.9, "")]),
            FunctionReport("odd", "wrong", known=["wrong in every case"]),
        ],
        marks=marks_of(TEXT),
    ),
    FileReport("lab/notes.ipynb", "cs231n-a2", 0.1, [], error="cannot be parsed"),
]


def check_schema(log):
    """Hold the rules of the schema for what is written: required properties, types, closed lists, indices."""
    assert re.fullmatch(r"2\.1\.0", log["version"])
    assert urlparse(log["$schema"]).scheme == "https"
    assert set(log) == {"$schema", "version", "runs"}
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        assert driver["name"] == "pellucid"
        ids = [rule["id"] for rule in driver["rules"]]
        assert len(ids) == len(set(ids))
        for rule in driver["rules"]:
            assert all(rule[key]["text"] for key in ("shortDescription", "fullDescription"))
            assert urlparse(rule["helpUri"]).scheme
            assert rule.get("defaultConfiguration", {"level": "error"})["level"] in LEVELS
            assert set(rule.get("help", {"text": ""})) <= {"text", "markdown"}
        assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
        for result in run["results"]:
            assert result["message"]["text"]
            assert "\n" not in result["message"]["text"]
            assert result["level"] in LEVELS
            assert ids[result["ruleIndex"]] == result["ruleId"]
            for location in result["locations"]:
                place = location["physicalLocation"]
                uri = place["artifactLocation"]["uri"]
                assert uri == uri.strip().replace(" ", "%20").replace("\\", "/")
                assert not urlparse(uri).scheme
                assert not uri.startswith("/")
                assert place.get("region", {"startLine": 1})["startLine"] >= 1


@pytest.fixture(scope="module")
def log():
    return json.loads(as_sarif(REPORTS, KNOWN))


def test_the_log_is_what_the_schema_requires(log):
    check_schema(log)
    check_schema(json.loads(as_sarif([], KNOWN)))
    for hint in (1, 2):
        told = as_sarif(cut_to_hint(REPORTS, hint), KNOWN)
        check_schema(json.loads(told))
        assert "BN103" not in told


def test_each_finding_is_a_result_at_its_line_with_its_code(log):
    (run,) = log["runs"]
    found = [
        (
            result["ruleId"],
            result["level"],
            result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            result["locations"][0]["physicalLocation"].get("region", {}).get("startLine"),
        )
        for result in run["results"]
    ]
    assert found == [
        ("BN103", "error", "my%20layers.py", 5),
        ("HZ102", "warning", "my%20layers.py", 4),
        ("GR102", "error", "my%20layers.py", 9),
        ("wrong", "error", "my%20layers.py", 1),
        ("not-judged", "error", "lab/notes.ipynb", None),
    ]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert rules["BN103"]["name"] == "eps-outside-root"
    assert rules["BN103"]["shortDescription"]["text"] == "eps outside the square root"
    assert "np.sqrt(var + eps)" in rules["BN103"]["help"]["markdown"]


def test_paths_begin_at_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "class").mkdir()
    report = FileReport("amy/layers.py", "cs231n-a2", 0.1, [], error="cannot be parsed")

    def uri(base):
        place = json.loads(as_sarif([report], KNOWN, base))["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
        return place["artifactLocation"]["uri"]

    assert uri(tmp_path / "class") == "class/amy/layers.py"
    assert uri(None) == "amy/layers.py"
    assert uri(tmp_path.parent) == "layers.py"  # outside of what an editor has open

"""The fifth blind set: what is reached on some of its files is held. All of them take minutes: the README has their figures."""

import json
import re
import tomllib
from pathlib import Path

import pytest

import pellucid

SET = Path(__file__).parent / "blind5"
TRUTH = tomllib.loads((SET / "truth.toml").read_text(encoding="utf-8"))["unit"]


def lines_of(unit):
    text = (SET / unit["file"]).read_text(encoding="utf-8")
    if "cell" in unit:
        text = "".join(json.loads(text)["cells"][unit["cell"] - 1]["source"])
    return text.splitlines()


def test_the_truth_names_lines_that_the_files_have():
    for unit in TRUTH:
        lines = lines_of(unit) if unit["verdict"] == "wrong" else []
        assert [lines[number - 1].strip() for number in unit.get("lines", ())] == unit.get("code", []), unit["name"]
        assert (unit["verdict"] == "wrong") == ("mistake" in unit), unit["name"]


@pytest.mark.slow
@pytest.mark.parametrize("file", ["nnfromscratch.py", "dnn_utils.py"])
def test_units_are_recognised_mistakes_found_and_nothing_else(file):
    rows = pellucid.check(SET / file).all
    for unit in (one for one in TRUTH if one["file"] == file):
        own = [row for row in rows if re.fullmatch(rf"{re.escape(unit['name'])}([._].*)?", row.name)]
        titles = " ".join(note["title"] for row in own for note in row.conventions)
        assert own, unit["name"]
        assert "unknown" in unit["kind"] or re.search(unit["kind"], titles, re.IGNORECASE), (unit["name"], titles)
        assert any(row.is_bad for row in own) == (unit["verdict"] == "wrong"), (unit["name"], titles)

"""The fourth blind set: what is reached on some of its files is held. All of them take minutes: the README has their figures."""

import re
import tomllib
from pathlib import Path

import pytest

import pellucid

SET = Path(__file__).parent / "blind4"
TRUTH = tomllib.loads((SET / "truth.toml").read_text(encoding="utf-8"))["unit"]


def test_the_truth_names_lines_that_the_files_have():
    for unit in TRUTH:
        text = (SET / unit["file"]).read_text(encoding="utf-8")
        assert re.search(rf"\b{unit['name']}", text), unit["name"]
        if "lines" in unit and "cell" not in unit:
            lines = text.splitlines()
            assert [lines[number - 1].strip() for number in unit["lines"]] == unit["code"], unit["name"]


@pytest.mark.slow
@pytest.mark.parametrize("file", ["tinygraph.py", "week3_columns.py", "scratch_book.py"])
def test_units_are_recognised_mistakes_found_and_nothing_else(file):
    rows = pellucid.check(SET / file).all
    for unit in (one for one in TRUTH if one["file"] == file):
        own = [row for row in rows if re.fullmatch(rf"(d_)?{unit['name']}([._].*)?", row.name)]
        told = " ".join(note["title"] for row in own for note in row.conventions)
        assert own, unit["name"]
        assert "unknown" in unit["kind"] or re.search(unit["kind"], told, re.IGNORECASE), (unit["name"], told)
        assert any(row.is_bad for row in own) == (unit["verdict"] == "wrong"), (unit["name"], told)

"""The fifth blind set: what is reached on some of its files is held. All of them take minutes: the README has their figures."""

import json
import tomllib
from pathlib import Path

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

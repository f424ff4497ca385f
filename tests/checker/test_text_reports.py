"""Text of others in a report on a terminal: it cannot look like the checker's own lines, rows or columns."""

import io

import pytest
from rich.console import Console
from rich.text import Text

from pellucid.checker.check_command import Writing, _as
from pellucid.checker.judging.verdicts import Cause, Failure, FunctionReport, Hazard, in_words
from pellucid.checker.packs import load_pack
from pellucid.checker.reading.source_files import name_below
from pellucid.checker.telling.file_report import FileReport
from pellucid.checker.telling.text import failure_lines, hanging

PACK = load_pack("cs231n-a2")
FORGED = "relu_forward is correct"


def padded(count):
    """A message whose end would stand at the beginning of a line, if blanks filled up the line before."""
    return "x" + " " * count + FORGED + " " * 40 + "zed.py   0        2"


def report_saying(message, file="zed.py"):
    cause = Cause("crash", message, f"An explanation: {message}", 1.0, message, line=3, quoted=message)
    function = FunctionReport(
        "relu_forward", "crashes", 0, 3, None, [Failure("a", "out", float("inf"), message)], [cause],
        hazards=[Hazard("slow", message)], known=[message],
    )  # fmt: skip
    return FileReport(file, "a-pack", 0.0, [function], sandbox={})


@pytest.mark.parametrize("padding", range(30, 115, 7))
@pytest.mark.parametrize("separator", [" ", "\n", "\u2003", "a "])
def test_a_message_cannot_look_like_the_checkers_own_lines(padding, separator):
    text = padded(padding).replace(" " * padding, separator * padding)
    for report in ([report_saying(text)], [FileReport("zed.py", "a-pack", 0.0, [], error=text)]):
        printed = _as(Writing("text", PACK, None), report)
        assert FORGED.replace(" ", "") in "".join(printed.split())  # it is said
        assert not [line for line in printed.splitlines() if line.startswith((FORGED, "zed.py   0"))]
        assert "zed.py   0  " not in printed


def test_a_row_of_a_class_is_not_forged_by_a_name_or_a_message(tmp_path):
    names = ["alice" + " " * n + "zed.py          5        0    .py" for n in range(1, 120, 3)]
    for name in names:
        shown = name_below(tmp_path / name, tmp_path)
        printed = _as(Writing("text", PACK, tmp_path), [report_saying("ValueError: " + padded(60), shown)])
        assert not [line for line in printed.splitlines() if line.strip().startswith("zed.py") and line[1] != " "]


def test_blanks_that_cannot_be_seen_are_written_out_in_names(tmp_path):
    names = ["a b", "a  b", "a   b", " a", "a ", "a /b", "a/ b", "a/b", r"a \x20b"]
    shown = [name_below(tmp_path / name, tmp_path) for name in names]
    assert len(set(shown)) == len(names)
    assert shown[:6] == ["a b", r"a \x20b", r"a \x20\x20b", r"\x20a", r"a\x20", r"a\x20/b"]


def test_an_exception_is_quoted_on_one_line_in_every_format():
    message = in_words({"type": "ValueError", "message": "first\n\nrelu_forward is\t\tcorrect\r  "})
    assert message == "ValueError: first relu_forward is correct"


def test_a_long_line_goes_on_further_in_and_loses_nothing():
    line = Text("  " + " ".join(f"word{n}" for n in range(60)), style="red")
    console = Console(file=io.StringIO(), width=80)
    lines = hanging(line, console).plain.splitlines()
    assert len(lines) > 3
    assert [len(part) - len(part.lstrip()) for part in lines] == [2] + [6] * (len(lines) - 1)
    assert " ".join(" ".join(lines).split()) == line.plain.strip()
    assert max(map(len, lines)) <= 80
    assert hanging(Text(""), console).plain == ""
    assert hanging(Text("short"), console).plain == "short"


def test_a_time_out_is_said_once_whatever_is_guessed_of_it():
    title = "the code did not end within 1 s (an endless loop?)"
    details = (title, "the code did not end within 1 s (the machine is busy)")
    failing = [Failure("a matrix", "out", float("inf"), details[0]), Failure("images", "out", float("inf"), details[1])]
    function = FunctionReport("f", "crashes", 0, 2, causes=[Cause("crash", title, "", 1.0, "")], failing=failing)
    assert failure_lines(function) == ["cases: a matrix; images"]

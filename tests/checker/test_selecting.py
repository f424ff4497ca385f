"""Codes chosen on the command line and in comments: what is reported, what is ignored, what is counted, what the exit code is."""

import json

import pytest

from pellucid.checker import CheckError, check
from pellucid.checker.check_command import run_check
from pellucid.checker.judging.verdicts import Cause, FunctionReport, Hazard
from pellucid.checker.reading.marks import IgnoreComment, marks_of
from pellucid.checker.telling.file_report import FileReport
from pellucid.checker.telling.hints import cut_to_hint
from pellucid.checker.telling.selecting import Selection, selected

SOURCE = """import numpy as np

def affine_forward(x, w, b):
    return x.reshape(len(x), -1) @ w + b, (x, w, b)

def affine_backward(dout, cache):{on_def}
    x, w, b = cache
    rows = x.reshape(len(x), -1)
    return (dout @ w.T).reshape(x.shape), rows.T @ dout, dout.sum(){on_line}
"""
CAUSE = Cause(
    "eps-outside-root", "eps outside the square root", "x", 0.9, "", nudge="Try eps = 0.1.", line=3, code="BN103"
)


def write(folder, on_def="", on_line=""):
    path = folder / "layers.py"
    path.write_text(SOURCE.format(on_def=on_def, on_line=on_line))
    return path


def report(*functions, text=""):
    return FileReport("layers.py", "cs231n-a2", 0.1, list(functions), marks=marks_of(text))


def wrong(*causes, name="batchnorm_forward", hazards=()):
    return FunctionReport(
        name, "wrong", 1, 2, causes=list(causes), hazards=list(hazards), known=["wrong in every case"]
    )


@pytest.mark.parametrize(
    ("selection", "verdict", "ignored"),
    [
        (Selection(), "wrong", 0),
        (Selection(select=["BN103"]), "wrong", 0),
        (Selection(select=["LN", "BN1"]), "wrong", 0),
        (Selection(select=["LN"]), "ignored", 1),
        (Selection(ignore=["BN103"]), "ignored", 1),
        (Selection(ignore=["B"]), "ignored", 1),
        (Selection(select=["BN"], ignore=["BN103"]), "ignored", 1),
        (Selection(ignore=["LN103"]), "wrong", 0),
    ],
)
def test_a_code_is_selected_or_ignored_by_its_beginning(selection, verdict, ignored):
    found = selected(report(wrong(CAUSE)), selection)
    assert (found.functions[0].verdict, found.ignored) == (verdict, ignored)
    assert found.is_clean == (verdict == "ignored")
    assert bool(found.functions[0].known) == (verdict == "wrong")


def test_one_of_two_causes_remains_and_the_function_stays_wrong():
    found = selected(report(wrong(CAUSE, Cause("sign", "the wrong sign", "x", 0.9, ""))), Selection(ignore=["GR"]))
    assert [cause.code for cause in found.functions[0].causes] == ["BN103"]
    assert found.functions[0].verdict == "wrong"
    assert "1 ignored" in str(found)


def test_a_mistake_that_nothing_names_is_ignored_only_where_codes_are_asked_for():
    unnamed = report(wrong())
    assert selected(unnamed, Selection(ignore=["BN"])).functions[0].verdict == "wrong"
    assert selected(unnamed, Selection(select=["BN"])).functions[0].verdict == "ignored"


def test_a_hazard_is_ignored_without_a_change_of_the_verdict():
    found = selected(
        report(FunctionReport("f", "correct", hazards=[Hazard("float64", "wide")])), Selection(ignore=["HZ"])
    )
    assert found.functions[0].hazards == []
    assert (found.functions[0].verdict, found.ignored) == ("correct", 1)


@pytest.mark.parametrize(
    ("text", "verdict", "used"),
    [
        ("a\nb\nx = 1  # pellucid: ignore[BN103]", "ignored", True),
        ("a\nb\nx = 1  # pellucid: ignore[LN103, BN1]", "ignored", True),
        ("a\nb\nx = 1  #pellucid:ignore [eps-outside-root]", "ignored", True),
        ("a\nb\nx = 1  # pellucid: ignore", "ignored", True),
        ("a\nb\nx = 1  # pellucid: ignore[LN103]", "wrong", False),
        ("a\nx = 1  # pellucid: ignore[BN103]", "wrong", False),
        ("def batchnorm_forward(x):  # pellucid: ignore[BN]", "ignored", True),
        ("def batchnorm(x):  # pellucid: ignore[BN]", "wrong", False),
        ("a\nb\nx = 1  # pellucid: ignored", "wrong", None),
    ],
)
def test_a_comment_counts_on_the_line_of_the_mistake_and_of_the_definition(text, verdict, used):
    found = selected(report(wrong(CAUSE), text=text), Selection())
    assert found.functions[0].verdict == verdict
    assert bool(found.unused) == (used is False)
    if used is False:
        assert found.unused[0].endswith("ignores nothing")
        assert found.unused[0] in str(found)
    assert selected(report(wrong(CAUSE), text=text), Selection(comments=False)).functions[0].verdict == "wrong"


def test_a_class_and_a_method_have_their_own_lines():
    text = (
        "class Norm(Layer):  # pellucid: ignore[GR]\n    def forward(self):\n        pass\n\n"
        "    def backward(self):  # pellucid: ignore\n        pass\n\n\ndef f():\n    pass\n"
    )
    marks = marks_of(text)
    assert marks.definitions == {"Norm": 1, "Norm.forward": 2, "Norm.backward": 5, "f": 9}
    assert marks.ignores == (IgnoreComment(1, ("GR",), "Norm"), IgnoreComment(5, (), "Norm.backward"))
    sign = Cause("sign", "the wrong sign", "x", 0.9, "")
    for name, verdict in (("Norm.backward", "ignored"), ("Norm.forward", "ignored"), ("Normal.forward", "wrong")):
        assert selected(report(wrong(sign, name=name), text=text), Selection()).functions[0].verdict == verdict


def test_hints_that_do_not_tell_what_is_right_have_no_code():
    for cause in (CAUSE, Cause("sign", "the wrong sign", "x", 0.9, "")):
        full = report(wrong(cause))
        assert cut_to_hint([full], 3)[0].functions[0].causes[0].code == cause.code != ""
        for hint in (1, 2):
            (told,) = cut_to_hint([full], hint)
            assert told.functions[0].causes[0].code == ""
            assert cause.code not in str(told) + json.dumps(told.as_json())
            assert "pellucid explain" not in str(told)


def test_the_command_counts_what_is_ignored_and_exits_with_0(tmp_path, capsys):
    settings = {"hint": None, "only": ["affine_backward"]}
    path = write(tmp_path, on_def="  # pellucid: ignore[AF205]")
    assert run_check(path, form="text", out=None, **settings) == 1
    told = capsys.readouterr().out
    assert "AF204 db sums over everything" in told
    assert "line 6: # pellucid: ignore[AF205] ignores nothing" in told
    assert "pellucid explain AF204" in told
    path = write(tmp_path, on_line="  # pellucid: ignore[AF204]")
    assert run_check(path, form="text", out=None, **settings) == 0
    assert "1 ignored" in capsys.readouterr().out
    out = tmp_path / "results.json"
    assert run_check(path, form="gradescope", out=out, **settings) == 1  # no student decides what counts
    assert "AF204" in out.read_text()


def test_unknown_codes_are_refused_before_anything_runs(tmp_path):
    path = write(tmp_path)
    for flag in ("select", "ignore"):
        with pytest.raises(CheckError, match=f"--{flag} must name codes.*got 'BN1O3'; did you mean"):
            check(path, **{flag: ["AF204,BN1O3"]})
    assert check(path, ignore=["bias-gradient-one-number"], only=["affine_backward"]).is_clean

"""The command and its outputs: exit codes, formats, folders that are taken up again, and refusals in one line."""

import json
import re
import xml.etree.ElementTree as ElementTree

import pytest
from tests.cli.commands import in_process
from tests.page_checks import checked_page

import pellucid
from pellucid.checker import CheckError, check_command

RIGHT = "import numpy as np\ndef relu_forward(x):\n    return np.maximum(0, x), x\ndef relu_backward(dout, cache):\n    return dout * (cache > 0)\n"
WRONG = "import numpy as np\ndef affine_forward(x, w, b):\n    return x.reshape(len(x), -1) @ w + b, (x, w, b)\n" + (
    "def affine_backward(dout, cache):\n    x, w, b = cache\n    rows = x.reshape(len(x), -1)\n    return (dout @ w.T).reshape(x.shape), rows.T @ dout, dout.sum()\n"
)
STUB = "def softmax_loss(x, y):\n    loss, dx = None, None\n    return loss, dx\n"


def check(*arguments):
    return in_process("check", *arguments)


@pytest.fixture
def wrong(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(WRONG + RIGHT.replace("import numpy as np\n", "") + STUB)
    return path


def test_a_relative_path_into_a_package(tmp_path, monkeypatch):
    folder = tmp_path / "cs231n" / "classifiers"
    folder.mkdir(parents=True)
    (tmp_path / "cs231n" / "layers.py").write_text(RIGHT)
    for place, path in ((tmp_path, "cs231n/layers.py"), (tmp_path / "cs231n", "layers.py"), (folder, "../layers.py")):
        monkeypatch.chdir(place)
        done = check(path, "--only", "relu_backward")
        assert done.code == 0, done.err
        assert "relu_backward" in done.out


def test_json_is_the_record_that_the_documentation_shows(wrong):
    done = check(wrong, "--format", "json")
    assert done.code == 1
    report = json.loads(done.out)
    functions = {function["name"]: function for function in report["functions"]}
    assert {name: f["verdict"] for name, f in functions.items()} == {
        "affine_forward": "correct", "affine_backward": "wrong", "relu_forward": "correct", "relu_backward": "correct", "softmax_loss": "missing",
    }  # fmt: skip
    found = functions["affine_backward"]
    assert set(found) >= {
        "name",
        "verdict",
        "cases",
        "max_error",
        "failing",
        "causes",
        "conventions",
        "hazards",
        "own_gradient_check",
    }
    assert found["causes"][0]["id"] == "bias-gradient-one-number"
    assert set(found["causes"][0]) >= {"id", "title", "explanation", "confidence", "evidence"}
    assert {failure["output"] for failure in found["failing"]} == {"db"}
    assert found["cases"]["passed"] < found["cases"]["total"]
    assert functions["relu_backward"]["own_gradient_check"] == "passes"


def test_text_quotes_the_line(wrong):
    done = check(wrong)
    assert done.code == 1
    assert "db sums over everything" in done.out
    assert "dout.sum()" in done.out
    assert done.err == ""


def test_a_nudge_does_not_give_the_answer_away(wrong):
    done = check(wrong, "--hint", 1)
    assert "What is the shape of db?" in done.out
    assert "axis=0" not in done.out.split("is wrong")[1]


def test_a_nudge_is_a_nudge_in_every_format(wrong, monkeypatch):
    kept = []

    def checked_once(submission, request, check=check_command.check_submission):
        kept.append(kept[0] if kept else check(submission, request))
        return kept[0]

    monkeypatch.setattr(check_command, "check_submission", checked_once)
    for form in ("text", "json", "html", "junit", "gradescope"):
        for hint in (1, 2, 3):
            done = check(wrong, "--only", "affine_backward", "--format", form, "--hint", hint)
            assert done.code == 1
            assert ("What is the shape of db?" in done.out) == (hint < 3 or form == "json")
            assert ("db sums over everything" in done.out) == (hint > 1)
            assert ("dout.sum()" in done.out) == (hint > 1)
            assert ("all biases move together" in done.out) == (hint > 2)
    assert len(kept) == 15


def test_a_mistake_without_a_cause_still_has_a_nudge(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text("import numpy as np\ndef relu_forward(x):\n    return np.cos(x) * 3 + x**2 / 7, x\n")
    assert "look at the case" in check(path, "--hint", 1).out


def test_exit_code_0_where_nothing_is_wrong(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(RIGHT)
    assert check(path).code == 0


@pytest.mark.parametrize("text", [STUB, "x = 1\n"])
@pytest.mark.parametrize("form", ["text", "json", "junit"])
def test_exit_code_where_nothing_could_be_judged(tmp_path, text, form):
    path = tmp_path / "layers.py"
    path.write_text(text)
    done = check(path, "--format", form)
    assert done.code == (1 if text == STUB else 3)
    nothing = "defines no function of the pack cs231n-a2, and no layer with a backward was found"
    reason = "nothing is implemented yet (softmax_loss)" if text == STUB else nothing
    assert done.err == f"pellucid: {path}: nothing was judged: {reason}\n"
    assert done.out


def test_stubs_beside_a_correct_function_are_not_wrong(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(RIGHT + STUB)
    done = check(path)
    assert (done.code, done.err) == (0, "")


def test_a_syntax_error_shows_its_line(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(RIGHT + "def sgd(w, dw):\n    return w - (dw\n")
    done = check(path, "--only", "relu_forward")
    assert done.code == 1
    assert "line 7: return w - (dw" in done.out


def test_a_death_is_described_once(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text("def relu_forward(x):\n    while True: pass\n")
    text = check(path, "--timeout", 1).out
    assert text.split("relu_forward crashes")[1].count("did not end within 1 s") == 1
    assert "cases: a matrix; a second call; " in text


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("np.maximum(0, x) + 1e6 * np.cos(x)", r"largest error \d\.\de5 times the largest value: probably diverging"),
        (
            "np.where(np.abs(x) > 100, np.cos(x), np.maximum(0, x))",
            r"wrong only for very large or very small inputs\.\n",
        ),
        ("np.where(np.abs(x) > 100, np.cos(x), np.maximum(0, x))", r"out: \d+% of the entries are wrong"),
    ],
)
def test_failures_that_no_known_mistake_explains_are_described_plainly(tmp_path, line, words):
    path = tmp_path / "layers.py"
    path.write_text(f"import numpy as np\ndef relu_forward(x):\n    return {line}, x\n")
    assert re.search(words, check(path).out)


def test_junit_gradescope_and_html(wrong, tmp_path):
    suite = ElementTree.fromstring(check(wrong, "--format", "junit").out).find("testsuite")
    assert (suite.get("tests"), suite.get("failures")) == ("5", "1")
    told = json.loads(check(wrong, "--format", "gradescope").out)
    assert told["score"] == 3
    assert [test["score"] for test in told["tests"]].count(0) == 2
    page = tmp_path / "report.html"
    assert check(wrong, "--format", "html", "--out", page).code == 1
    text = page.read_text()
    assert "db sums over everything" in text
    assert "http" not in text
    checked_page(text)
    assert not list(tmp_path.glob(".report*"))


def test_a_class_is_checked_in_a_folder_and_taken_up_again(tmp_path):
    for student, text in (("ann", RIGHT), ("bob", WRONG), ("eve", "def relu_forward(x):\n    raise SystemExit\n")):
        place = tmp_path / "class" / student / "cs231n"
        place.mkdir(parents=True)
        (place / "layers.py").write_text(text)
        (place / "__init__.py").write_text("")
    kept = tmp_path / "kept"
    first = json.loads(check(tmp_path / "class", "--format", "json", "--resume", kept).out)
    assert [file["file"] for file in first["files"]] == [f"{name}/cs231n/layers.py" for name in ("ann", "bob", "eve")]
    verdicts = [[f["verdict"] for f in file["functions"]] for file in first["files"]]
    assert verdicts == [["correct", "correct"], ["correct", "wrong"], ["crashes"]]
    assert len(list(kept.iterdir())) == 3
    for place in kept.iterdir():  # what is kept is used: change it and see
        place.write_text(place.read_text().replace("cs231n-a2", "from-the-state"))
    again = json.loads(check(tmp_path / "class", "--format", "json", "--resume", kept).out)
    assert {file["pack"] for file in again["files"]} == {"from-the-state"}
    assert "By student" in check(tmp_path / "class", "--resume", kept).out
    page = check(tmp_path / "class", "--resume", kept, "--format", "html").out
    assert "<h1>By student</h1>" in page
    assert "<tr><td>bob</td><td class='n'>1</td><td class='n'>1</td><td>affine_backward</td></tr>" in page
    checked_page(page)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere.py"], "PATH must be"),
        (["--format", "pdf"], "--format must be one of"),
        (["--hint", "4"], "--hint must be 1, 2 or 3"),
        (["--only", "sofmax"], "got sofmax"),
        (["--pack", "cs999"], "--pack must be one of"),
        (["--timeout", "0"], "--timeout must lie in"),
        (["--seed", "-1"], "--seed must be a whole number of at least 0; got -1"),
        (["--resume", "kept"], "--resume stores the results of a folder"),
        (["--memory", "0.001"], "--memory must lie in"),
        (["--edition", "7"], "--edition must be a year of cs231n-a2, 2016 to 2026; got '7'"),
        (["--edition", "2015"], "--edition must be a year of cs231n-a2, 2016 to 2026; got '2015'"),
        (["--edition", "2030"], "--edition must be a year of cs231n-a2, 2016 to 2026; got '2030'"),
        (["--edition", "abc"], "--edition must be a year of cs231n-a2, 2016 to 2026; got 'abc'"),
        (["--out", "nowhere/report.json"], "--out: there is no folder"),
    ],
)
def test_wrong_usage_is_one_line(wrong, arguments, told):
    done = check(*([] if arguments[0].endswith(".py") else [wrong]), *arguments)
    assert done.code == 2
    assert told in done.err
    assert len(done.err.strip().splitlines()) == 1
    assert done.out == ""


def test_results_that_cannot_be_kept_are_refused_before_anything_is_checked(wrong, tmp_path):
    done = check(tmp_path, "--resume", wrong)
    assert (done.code, done.out) == (2, "")
    assert done.err == f"pellucid: --resume: the folder {wrong} cannot be made: File exists\n"


@pytest.mark.parametrize("nothing", [None, [], 3, ["layers.py"]])
def test_the_function_refuses_what_is_no_path_and_no_function(nothing):
    with pytest.raises(CheckError, match="check: expected a path, a function, a layer or a list of these"):
        pellucid.check(nothing)


def test_what_is_left_out_of_a_folder_is_named(tmp_path):
    (tmp_path / "functions.py").write_text("def zero_pad(x, pad):\n    return x\n")
    (tmp_path / "layers.py").write_text("class Twice:\n    def forward(self, x):\n        return 2 * x\n")
    (tmp_path / "notes.py").write_text("x = 1\n")
    lines = [line for line in check(tmp_path).err.splitlines() if line.startswith("pellucid:")]
    assert (
        lines[0] == f"pellucid: {tmp_path}: zero_pad: judged as the course deeplearning-ai asks; --pack names another"
    )
    assert lines[1] == f"pellucid: {tmp_path}: other layers in layers.py were not judged; check these files one by one"

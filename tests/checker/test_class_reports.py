"""The report on a class: every student has a line in every format, under a name of their own, and a function counts once."""

import json
import os
import xml.etree.ElementTree as ElementTree
from pathlib import Path, PurePosixPath

import pytest

from pellucid.checker import CheckError
from pellucid.checker.check_command import Writing, _as, run_check
from pellucid.checker.check_folder import check_folder
from pellucid.checker.judging.verdicts import FunctionReport
from pellucid.checker.reading.source_files import name_below
from pellucid.checker.request import request_for
from pellucid.checker.telling.class_tables import mistakes_table, students_table
from pellucid.checker.telling.escaping import for_file
from pellucid.checker.telling.file_report import FileReport
from pellucid.checker.telling.files import as_gradescope

from .planting import PACK
from .test_unlucky import RELU, WRONG_RELU

FORMS = ("text", "json", "html", "junit", "gradescope")
WORDS = "a;" * 200_000


def hand_in(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def reported(folder, **settings):
    """The reports on a class by name; `only` is set, as a course does."""
    return {report.file: report for report in check_folder(folder, request_for(only=["relu_forward"], **settings))}


def written(folder, form, capsys):
    run_check(folder, form=form, hint=None, out=folder.parent / "report", only=["relu_forward"])
    capsys.readouterr()
    return (folder.parent / "report").read_text()


UNJUDGED = {  # what a student hands in -> the name in the report, and what is said
    "bob/layers.PY": ("bob", "layers.PY is not read: its name must end in .py, in small letters"),
    "bob/.git/layers.py": ("bob", ".git is not read: its name begins with a dot"),
    "bob/__pycache__/layers.py": ("bob", "__pycache__ is not read: its name begins with two underscores"),
    "bob/deep/.hidden.py": ("bob", "deep/.hidden.py is not read: its name begins with a dot"),
    "bob/layers.txt": ("bob", "layers.txt is not read: no Python file (.py) and no notebook (.ipynb)"),
    "bob/other.py": ("bob", "other.py defines none of relu_forward"),
    "solver/setup.py": ("solver", "setup.py is not judged: by its name it is no submission"),
    ".bob/layers.py": (".bob", "is not read: its name begins with a dot"),
    "bob.PY": ("bob.PY", "is not read: its name must end in .py, in small letters"),
    "bob.py": ("bob.py", "defines none of relu_forward"),
    "bob.pdf": ("bob.pdf", "is not read: no Python file (.py) and no notebook (.ipynb)"),
    "solver.py": ("solver.py", "is not judged: by its name it is no submission"),
}


@pytest.mark.parametrize("place", UNJUDGED)
def test_a_student_of_whom_nothing_can_be_judged_has_a_line_that_says_why(tmp_path, place):
    hand_in(
        tmp_path,
        {
            "ann/layers.py": RELU,
            place: RELU.replace("relu_forward", "relu") if "other" in place or place == "bob.py" else RELU,
        },
    )
    found = reported(tmp_path)
    name, words = UNJUDGED[place]
    assert found.keys() == {"ann/layers.py", name}
    assert (found[name].unjudged, found[name].error, found[name].functions) == (words, "", [])
    assert found[name].is_clean  # nothing of it is wrong
    assert students_table([found[name]]) == [(name, 0, 0, f"nothing was judged: {words}")]


def test_layers_that_no_pack_names_count_in_the_tables_of_a_class(tmp_path):
    sign = "def sig(z): return 1 / (1 + np.exp(-z))\ndef sig_prime(z): return {}\n"
    texts = {"ann.py": sign.format("sig(z) * (1 - sig(z))"), "bob.py": sign.format("sig(z)")}
    for name, text in texts.items():
        (tmp_path / name).write_text(f"import numpy as np\n{text}")
    reports = [*check_folder(tmp_path, request_for())]
    assert sorted(students_table(reports)) == [("ann.py", 2, 0, ""), ("bob.py", 1, 1, "sig_prime")]
    assert [(function, files) for function, _, files in mistakes_table(reports)] == [("sig_prime", 1)]


BROKEN = {
    "a bracket": ("x = (\n", "could not be judged: cannot be parsed (SyntaxError in line 1: '(' was never closed)"),
    "an indented function": ("if 1:\n  def relu_forward(x):\n return x\n", "cannot be parsed (IndentationError in line 3: "),
    "a NUL byte": (RELU + "\0", "could not be judged: holds a NUL byte, which no Python source may; save it as UTF-8 text"),
    "two bytes a character": (RELU.encode("utf-16"), "could not be judged: holds a NUL byte"),
    "an encoding that decompresses": ("# coding: zip\n" + RELU, "could not be judged: declares the encoding zip, which"),
    "rot13": ("\n# -*- coding: rot_13 -*-\n" + RELU, "could not be judged: declares the encoding rot-13, which"),
    "utf-7": ("#vim: set fileencoding=utf-7 :\r" + RELU, "could not be judged: declares the encoding utf-7, which"),
    "too many words": (WORDS + RELU, "has more than 200000 words and signs"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_source_that_cannot_be_read_is_named_with_the_reason(tmp_path, kind):
    text, words = BROKEN[kind]
    hand_in(tmp_path, {"ann/layers.py": RELU, "bob/layers.py": text})
    bob = reported(tmp_path)["bob/layers.py"]
    assert words in bob.error
    assert str(tmp_path) not in bob.error
    assert not bob.is_clean


def test_a_file_with_a_syntax_error_alone_is_called_one(tmp_path):
    hand_in(tmp_path, {"layers.py": "if 1:\n  def relu_forward(x):\n return x\n"})
    run = run_check(tmp_path / "layers.py", form="json", hint=None, out=tmp_path / "out.json", only=["relu_forward"])
    error = json.loads((tmp_path / "out.json").read_text())["error"]
    assert run == 3
    assert error.startswith("cannot be parsed (IndentationError in line 3: ")


@pytest.mark.parametrize(
    "cookie", ["utf-8", "UTF-8", "utf8", "latin-1", "iso-8859-15", "cp1252", "gbk", "utf-8-unix", "ascii"]
)
def test_usual_encodings_are_read(tmp_path, cookie):
    hand_in(tmp_path, {"ann/layers.py": f"# -*- coding: {cookie} -*-\n{RELU}"})
    assert reported(tmp_path)["ann/layers.py"].functions[0].verdict == "correct"


def test_a_text_that_speaks_of_coding_declares_nothing(tmp_path):
    hand_in(tmp_path, {"ann/layers.py": f"x = 1  # coding: zip\n\n# coding: zip\n{RELU}"})
    assert reported(tmp_path)["ann/layers.py"].functions[0].verdict == "correct"


def test_a_source_is_read_in_the_encoding_that_it_declares(tmp_path):
    text = "# coding: latin-1\nimport numpy as np\ndef relu_forward(x):\n    raise ValueError('caf\xe9')\n"
    hand_in(tmp_path, {"ann/layers.py": text.encode("latin-1")})
    assert "ValueError: caf\xe9" in reported(tmp_path)["ann/layers.py"].functions[0].causes[0].title


def test_no_message_shows_where_the_class_lies(tmp_path):
    """Nor of a package's other files."""
    package = {"ann/cs231n/layers.py": RELU, "ann/cs231n/more.py": b"# coding: zip\n", "ann/cs231n/__init__.py": ""}
    hand_in(tmp_path / "class", {**package, "bob/layers.py": WORDS + RELU})
    (tmp_path / "class" / "eve").mkdir()
    (tmp_path / "class" / "eve" / "layers.py").symlink_to(tmp_path / "class" / "ann")
    found = reported(tmp_path / "class")
    assert found.keys() == {"ann/cs231n/layers.py", "ann/cs231n/more.py", "bob/layers.py", "eve/layers.py"}
    hazards = [hazard.detail for hazard in found["ann/cs231n/layers.py"].functions[0].hazards]
    assert [detail.partition(": ")[0] for detail in hazards] == ["cs231n/more.py"]
    assert str(tmp_path) not in repr(found)


def test_every_student_is_in_every_format(tmp_path):
    students = [f"student{number}" for number in range(7)]
    files = ["layers.py", "layers.PY", ".git/layers.py", "layers.txt", "broken.py"]
    texts = [RELU, RELU, RELU, RELU, "x = (\n"]
    hand_in(tmp_path, {f"{s}/{f}": t for s, f, t in zip(students, files, texts, strict=False)})
    (tmp_path / students[5]).mkdir()
    hand_in(tmp_path, {f"{students[6]}/nothing.py": "x = 1\n"})
    hand_in(tmp_path, {".git/hooks/hook.py": "x = 1\n"})  # of the class's own repository: no student
    reports = [*reported(tmp_path).values()]
    texts = {form: _as(Writing(form, PACK, Path("class")), reports) for form in FORMS}
    for form, text in texts.items():
        assert all(student in text for student in students), form
        assert "hook" not in text
    suites = ElementTree.fromstring(texts["junit"]).findall("testsuite")
    assert [PurePosixPath(suite.get("name")).parts[0] for suite in suites] == students
    assert [suite.get("failures") for suite in suites] == ["0", "0", "0", "0", "1", "0", "0"]
    assert all(suite.get("tests") == "1" for suite in suites)
    assert len(json.loads(texts["json"])["files"]) == len(students)


def test_where_nothing_is_judged_the_refusal_says_what_was_found(tmp_path):
    hand_in(tmp_path, {"layers.PY": RELU})
    with pytest.raises(
        CheckError, match=r"no file in it defines a function of the pack cs231n-a2; layers\.PY: is not read: its"
    ):
        reported(tmp_path)


# Names.

ALIKE = [
    (b"b\xff", b"b\\xff"),
    (b"x\x1b[2J", b"x\\x1b[2J"),
    (b"a\x85", "a\x85".encode()),
    (b"y\nz", b"y z"),
    (b"y\nz", b"y\\nz"),
    ("\u202ea".encode(), b"\\u202ea"),
    (b"\\\\", b"\\"),
]


@pytest.mark.parametrize("pair", ALIKE)
def test_no_two_names_are_shown_alike(tmp_path, pair):
    shown = [name_below(tmp_path / os.fsdecode(name), tmp_path) for name in pair]
    assert shown[0] != shown[1]
    assert all(name.isprintable() for name in shown)


def test_students_whose_names_look_alike_keep_their_own_verdicts(tmp_path):
    try:
        for name, text in (("b\x1b", RELU), ("b\\x1b", WRONG_RELU)):
            hand_in(tmp_path, {f"{name}/layers.py": text})
    except OSError:
        pytest.skip("this file system has no such names")
    found = reported(tmp_path)
    verdicts = {name.partition("/")[0]: report.functions[0].verdict for name, report in found.items()}
    assert verdicts == {"b\\x1b": "correct", "b\\\\x1b": "wrong"}
    reports = [*found.values()]
    assert len({file["file"] for file in json.loads(_as(Writing("json", PACK, Path("class")), reports))["files"]}) == 2
    assert (
        len(
            {suite.get("name") for suite in ElementTree.fromstring(_as(Writing("junit", PACK, Path("class")), reports))}
        )
        == 2
    )
    assert (
        len({test["name"] for test in json.loads(_as(Writing("gradescope", PACK, Path("class")), reports))["tests"]})
        == 2
    )
    assert len({*students_table(for_file(reports))}) == 2
    assert all(f">{name}/layers.py<" in _as(Writing("html", PACK, Path("class")), reports) for name in verdicts)


# Points.


def points(folder, capsys):
    told = json.loads(written(folder, "gradescope", capsys))
    assert told["score"] == sum(test["score"] for test in told["tests"])
    assert told["score"] <= sum(test["max_score"] for test in told["tests"])
    return told["score"], {test["name"]: (test["score"], test["max_score"], test["output"]) for test in told["tests"]}


@pytest.mark.parametrize("place", ["{}.py", "copy{}/layers.py"])
def test_copies_of_a_function_count_once(tmp_path, capsys, place):
    hand_in(tmp_path / "class", {place.format(number): RELU for number in range(9)})
    score, tests = points(tmp_path / "class", capsys)
    assert score == 1
    assert sum(most for _, most, _ in tests.values()) == 1
    counts = place.format(0)
    assert tests[f"{counts}: relu_forward"] == (1, 1, "")
    said = f"does not count: a function counts once, and that of {counts} does."
    assert all(output == said for name, (_, _, output) in tests.items() if not name.startswith(counts))


def test_the_file_nearest_to_the_top_counts_then_the_first_by_name(tmp_path, capsys):
    stub = "def relu_forward(x):\n    pass\n"
    files = {"a/layers.py": RELU, "layers.py": WRONG_RELU, "layers copy.py": RELU, "early.py": stub}
    hand_in(tmp_path / "class", files)
    score, tests = points(tmp_path / "class", capsys)
    assert score == 0
    assert [name for name, (_, most, _) in tests.items() if most] == ["layers.py: relu_forward"]


def test_another_name_of_a_function_is_no_second_function():
    functions = [FunctionReport(name, "correct", 1, 1) for name in ("batchnorm_backward_alt", "batchnorm_backward")]
    report = FileReport("layers.py", "cs231n-a2", 0.0, functions)
    told = json.loads(as_gradescope([report], {"batchnorm_backward_alt": "batchnorm_backward"}))
    assert told["score"] == 1
    assert sum(test["max_score"] for test in told["tests"]) == 1
    assert "that of batchnorm_backward_alt in layers.py does" in told["tests"][1]["output"]


# Messages.


def test_a_long_exception_is_shown_once_and_shortened(tmp_path):
    hand_in(tmp_path, {"layers.py": "def relu_forward(x):\n    raise ValueError('q' * 5000)\n"})
    reports = [*reported(tmp_path).values()]
    for form in FORMS:
        count = _as(Writing(form, PACK, Path("class")), reports).count("q" * 60) * 60
        most = 1 + len(reports[0].functions[0].failing) if form == "json" else 3  # a table, a title, a list of mistakes
        assert 0 < count <= 300 * most, form

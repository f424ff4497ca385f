"""The steps of docs/adding-a-mistake.md work as printed: without the entry the mistake has no name, with it it has."""

import re
from pathlib import Path

import pytest

import pellucid

GUIDE = Path(__file__).resolve().parents[1] / "docs" / "adding-a-mistake.md"
ID = "relu-of-centred-input"
CORRECT = "import numpy as np\n\ndef relu_forward(x):\n    return np.where(x > 0, x, 0.0), x\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The guide's code blocks, each in the file that its first line names."""
    folder = tmp_path_factory.mktemp("guide")
    for name, code in re.findall(r"```python\n# (\S+)\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL):
        (folder / name).write_text(code)
    return folder


def relu_forward(file, pack):
    (function,) = pellucid.check(file, pack=pack).functions
    return function


def test_without_the_entry_the_mistake_has_no_name(folder):
    function = relu_forward(folder / "learner.py", "cs231n-a2")
    assert function.verdict == "wrong"
    assert ID not in [cause.id for cause in function.causes]


def test_with_the_entry_it_is_named_first(folder):
    report = pellucid.check(folder / "learner.py", pack=folder / "my_pack.py")
    (function,) = report.functions
    assert function.verdict == "wrong"
    assert (function.causes[0].id, function.causes[0].code) == (ID, "AC151")
    assert function.causes[0].title == "the mean is subtracted first"
    assert "AC151 the mean is subtracted first" in str(report)


def test_the_second_alternative_is_named_too(folder):
    text = (folder / "learner.py").read_text()
    assert "np.mean(x)" in text
    (folder / "by_column.py").write_text(text.replace("np.mean(x)", "np.mean(x, axis=0)"))
    assert relu_forward(folder / "by_column.py", folder / "my_pack.py").causes[0].id == ID


def test_correct_code_stays_correct(folder):
    (folder / "correct.py").write_text(CORRECT)
    function = relu_forward(folder / "correct.py", folder / "my_pack.py")
    assert function.verdict == "correct"
    assert not function.causes


def test_the_files_that_the_guide_names_exist():
    text = GUIDE.read_text(encoding="utf-8")
    root = GUIDE.parents[1]
    pack = root / "src/pellucid/checker/packs/cs231n_a2"
    assert "cs231n_a2/mistakes/<layer>.py" in text
    assert (pack / "mistakes" / "relu.py").is_file()
    for path in set(re.findall(r"tests/checker/\w+\.py", text)):
        assert (root / path).is_file(), path
    assert "cs231n_a2/cases/*.py" in text
    assert list((pack / "cases").glob("*.py"))

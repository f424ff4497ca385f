"""Every submission of a class is judged as if it were alone, whatever others hand in and whatever its files are called."""

import json
import sys
from dataclasses import replace

import pytest
from tests.cli.commands import in_process

import pellucid
from pellucid.checker.check_folder import check_folder
from pellucid.checker.reading.module_names import BLOCKED
from pellucid.checker.reading.submission import read_submission
from pellucid.checker.request import request_for

from .planting import PACK
from .test_class_reports import hand_in
from .test_unlucky import RELU, WRONG_RELU

PUTS_OFF = "raise RuntimeError('put off')\n"
HELPER = "def positive(x):\n    return x > 0\n"
WITH_HELPER = "from .layers import positive\ndef relu_backward(dout, cache):\n    return dout * positive(cache)\n"
BORROWS = "from {module} import relu_forward as theirs\ndef relu_forward(x):\n    return theirs(x)\n"


def verdicts(folder, **settings):
    reports = check_folder(folder, request_for(only=["relu_forward"], **settings))
    return {report.file: [function.verdict for function in report.functions] for report in reports}


def files_of(path, folder, **settings):
    return sorted(read_submission(path, PACK, within=folder, **settings).files)


@pytest.mark.parametrize("top", ["class", "cs231n"])
def test_what_a_student_puts_at_the_top_of_a_class_is_nobody_else_s(tmp_path, top):
    """An `__init__.py` that raises, in a folder that has the name of the pack's package, too."""
    folder = tmp_path / top
    hand_in(
        folder, {"__init__.py": PUTS_OFF, "ann.py": RELU, "bob.py": WRONG_RELU, "eve.py": BORROWS.format(module=".ann")}
    )
    hand_in(folder, {"fay/__init__.py": "", "fay/layers.py": RELU, "gus/layers.py": RELU})
    assert verdicts(folder) == {
        "ann.py": ["correct"], "bob.py": ["wrong"], "eve.py": ["crashes"], "fay/layers.py": ["correct"],
        "gus/layers.py": ["correct"],
    }  # fmt: skip


@pytest.mark.parametrize("name", ["eve.py", "eve/layers.py", "classifiers/layers.py", "classifiers/deep/layers.py"])
def test_no_submission_gets_files_of_another_or_from_above_the_class(tmp_path, name):
    folder = tmp_path / "class"
    hand_in(tmp_path, {"__init__.py": "", "secret.py": ""})
    hand_in(folder, {"__init__.py": "", "ann.py": RELU, "ann/layers.py": RELU, "ann/__init__.py": "", name: RELU})
    hand_in(folder, {f"{place}/__init__.py": "" for place in ("eve", "classifiers", "classifiers/deep")})
    others = [file for file in files_of(folder / name, folder) if "ann" in file or "secret" in file]
    assert others == []
    assert all(text in (RELU, "") for text in read_submission(folder / name, PACK, within=folder).files.values())


def test_a_student_s_own_package_is_whole(tmp_path):
    hand_in(
        tmp_path,
        {"ann/layers.py": RELU, "ann/classifiers/__init__.py": "", "ann/classifiers/net.py": "from ..layers import *"},
    )
    hand_in(tmp_path, {"bob/work/cs231n/layers.py": RELU, "bob/work/cs231n/more.py": "", "bob/other.py": ""})
    net = read_submission(tmp_path / "ann" / "classifiers" / "net.py", PACK, within=tmp_path)
    assert (net.module, sorted(net.files)) == (
        "ann.classifiers.net",
        ["ann/classifiers/__init__.py", "ann/classifiers/net.py", "ann/layers.py"],
    )
    assert files_of(tmp_path / "bob/work/cs231n/layers.py", tmp_path) == ["cs231n/layers.py", "cs231n/more.py"]


def test_the_folder_of_one_learner_is_a_package_where_the_grader_says_so(tmp_path):
    """And nothing above it."""
    folder = tmp_path / "mine"
    hand_in(tmp_path, {"__init__.py": "", "secret.py": ""})
    hand_in(folder, {"layers.py": "from .more import relu_forward as f\nrelu_forward = f\n", "more.py": RELU})
    hand_in(folder, {"classifiers/net.py": "from ..layers import *\n"})
    assert verdicts(folder) == {"layers.py": ["crashes"], "more.py": ["correct"], "classifiers": []}
    assert verdicts(folder, is_package=True) == {"layers.py": ["correct"], "more.py": ["correct"], "classifiers": []}
    net = read_submission(folder / "classifiers" / "net.py", PACK, within=folder, is_package=True)
    assert net.module == "cs231n.classifiers.net"
    assert sorted(net.files) == ["cs231n/classifiers/net.py", "cs231n/layers.py", "cs231n/more.py"]


@pytest.mark.parametrize("is_public", [True, False])
def test_a_pack_that_lies_in_a_package_is_no_part_of_it_unless_it_is_public(tmp_path, is_public):
    hand_in(tmp_path, {f"mine/{name}.py": f"# {name}" for name in ("__init__", "layers", "pack", "reference", "more")})
    places = {name: tmp_path / "mine" / f"{name}.py" for name in ("pack", "reference", "more")}
    pack = replace(PACK, public=is_public, file=places["pack"], reference=[places["reference"]])
    pack = replace(pack, stand_ins={"course/layers.py": [places["more"]]})
    files = read_submission(tmp_path / "mine" / "layers.py", pack).files
    assert len(files) == (5 if is_public else 2)
    assert all(f"mine/{name}.py" in files for name in ("__init__", "layers"))


# Names of files and folders.

TAKEN = [
    "random",
    "math",
    "json",
    "numpy",
    "builtins",
    "types",
    "sys",
    "torch",
    "pellucid",
    "steps",
    "frames",
    "a.b",
    "1st",
    "cs231n",
]


def test_a_file_may_be_called_like_any_module(tmp_path):
    """What the file imports under that name is the library's."""
    imports = "import random, math, json\nimport numpy as np\nassert random.random and math.pi and json.loads\n"
    hand_in(tmp_path, {f"{name}.py": imports + RELU for name in TAKEN})
    assert verdicts(tmp_path) == {f"{name}.py": ["correct"] for name in TAKEN}


def test_a_package_may_be_called_like_any_module(tmp_path):
    names = ["random", "numpy", "torch", "a.b", "1 st"]
    hand_in(tmp_path, {f"{name}/__init__.py": "" for name in names})
    hand_in(tmp_path, {f"{name}/v1.2/lay.ers.py": RELU for name in names[:2]})
    hand_in(tmp_path, {f"{name}/v1.2/__init__.py": "" for name in names[:2]})
    hand_in(tmp_path, {f"{name}/layers.py": "from .more import *\n" + RELU for name in names})
    hand_in(tmp_path, {f"{name}/more.py": "import random\nassert random.random\n" for name in names})
    found = verdicts(tmp_path)
    assert len(found) == 7
    assert {*map(tuple, found.values())} == {("correct",)}


@pytest.mark.parametrize("name", sorted({*BLOCKED, *sys.builtin_module_names, "numpy"}))
def test_no_lone_file_has_the_name_of_a_module_that_is_another(tmp_path, name):
    hand_in(tmp_path, {f"{name}.py": RELU})
    assert read_submission(tmp_path / f"{name}.py", PACK).module not in {*BLOCKED, *sys.stdlib_module_names, "numpy"}


@pytest.mark.parametrize("name", ["lent_forward", "layers_of_the_pack"])
def test_a_file_may_be_called_like_a_module_that_the_checker_adds(tmp_path, name):
    """A backward that borrows a forward; a network on wrong layers of its own, which is judged on the pack's."""
    backward = "def relu_backward(dout, x):\n    return dout * (x > 0)\n"
    both = "def affine_forward(x, w, b):\n    return x, None\n"
    both += "def affine_relu_forward(x, w, b):\n    a, c = affine_forward(x, w, b)\n    return a * (a > 0), (c, a)\n"
    hand_in(tmp_path, {f"{name}.py": backward if name == "lent_forward" else both})
    (function,) = pellucid.check(
        tmp_path / f"{name}.py", only=["relu_backward" if name == "lent_forward" else "affine_relu_forward"]
    ).functions
    if name == "lent_forward":
        assert function.verdict == "correct"
    else:
        assert [cause.id for cause in function.causes] == ["follows-from-layers"]


@pytest.mark.parametrize(
    ("name", "flags", "alone"), [("cs231n", [], False), ("cs231n", ["--class"], True), ("class", [], True)]
)
def test_a_folder_with_the_packages_name_is_one_learners(tmp_path, name, flags, alone):
    hand_in(tmp_path, {f"{name}/layers.py": RELU + HELPER, f"{name}/more.py": WITH_HELPER})
    done = in_process("check", tmp_path / name, "--format", "json", *flags)
    verdicts_of = {each["file"]: [f["verdict"] for f in each["functions"]] for each in json.loads(done.out)["files"]}
    assert verdicts_of["layers.py"] == ["correct"]
    assert (verdicts_of["more.py"] == ["correct"]) is not alone
    assert ("read as one learner's package" in done.err) is (name == "cs231n" and not flags)

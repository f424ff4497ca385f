"""The checker's house: the engine knows no course, one place shortens hints, no room is crowded."""

import ast
import re
from pathlib import Path

import pytest

import pellucid.checker
from pellucid.checker import PackFunction

from .planting import PACK

CHECKER = Path(pellucid.checker.__file__).parent
NAMES_A_PACK = {"check.py", "request.py"}  # the default pack, by its name
ENGINE = [
    path
    for path in sorted(CHECKER.rglob("*.py"))
    if not {"packs", "recognising", "named", "letters.py"}
    & set(path.relative_to(CHECKER).parts)  # layers are what these are about
    and path.name not in (*NAMES_A_PACK, "torch_stand_in.py", "scipy_stand_in.py")
]
STEMS = {
    "naive",
    "affine",
    "relu",
    "batchnorm",
    "layernorm",
    "groupnorm",
    "dropout",
    "conv",
    "max_pool",
    "softmax",
    "svm",
}
COURSE_WORDS = (
    {name for function in PACK.functions for name in (function.name, *function.aliases)}
    | {PACK.package, *PACK.subpackages, *PACK.supplied_files, *PACK.framework_files}
    | {Path(module).stem for module in (*PACK.stand_ins, *PACK.compiled)} - {"layers"}
)
TEXT_TESTS = {"startswith", "endswith", "find", "index", "count", "removeprefix", "removesuffix", "partition", "split"}


def course_words(source):
    """The course's words in a source's identifiers and strings; docstrings may give examples."""
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, documented)}
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    texts = [text for text in texts if text not in docstrings]
    texts += [n.id for n in ast.walk(tree) if isinstance(n, ast.Name)]
    texts += [n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)]
    found = set()
    for text in texts:
        found |= {word for word in STEMS if re.search(rf"(?<![a-zA-Z]){word}(?![a-zA-Z])", text)}
        found |= {word for word in COURSE_WORDS if re.search(rf"\b{re.escape(word)}\b", text)}
    return found


def name_tests(source):
    """Places that decide something by the text of a function's name."""

    def is_name(node):
        return isinstance(node, ast.Attribute) and node.attr == "name" and "function" in ast.unparse(node.value)

    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
            found += [ast.unparse(node)] if isinstance(node.left, ast.Constant) and is_name(node.comparators[0]) else []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in TEXT_TESTS:
            found += [ast.unparse(node)] if is_name(node.func.value) else []
    return found


@pytest.mark.parametrize("path", ENGINE, ids=lambda path: path.relative_to(CHECKER).as_posix())
def test_the_engine_knows_no_course(path):
    source = path.read_text()
    assert course_words(source) == set()
    assert name_tests(source) == []


@pytest.mark.parametrize(
    ("source", "words", "tests"),
    [
        ("x = 200 if 'naive' in function.name else 50", {"naive"}, 1),
        ("if self.function.name.endswith('backward'): pass", set(), 1),
        ("root = folder if folder.name == 'classifiers' else None", {"classifiers"}, 0),
        ("def f():\n    '''as conv_forward_naive does'''\n    return name in names", set(), 0),
    ],
)
def test_a_course_in_the_engine_is_found(source, words, tests):
    assert course_words(source) == words
    assert len(name_tests(source)) == tests


def test_every_function_of_the_pack_has_the_role_that_its_name_says():
    """The pack declares roles; the course's names happen to tell them too."""
    for function in PACK.functions:
        assert (function.role == "backward") == ("backward" in function.name) == bool(function.forward)
        assert (function.role == "network") == function.name.endswith("Net")
        assert (function.role == "loss") == function.name.endswith("_loss")
        assert (function.time_factor > 50) == function.name.endswith("_naive")
        assert not function.forward or PACK.function(function.forward).role == "forward"


@pytest.mark.parametrize("settings", [{"role": "backward"}, {"forward": "f"}, {"role": "loss", "forward": "f"}])
def test_a_backward_names_its_forward(settings):
    with pytest.raises(ValueError, match=r'^g: role="backward" and forward=".*" go together'):
        PackFunction("g", lambda draw, options: [], **settings)


def test_only_one_place_shortens_hints():
    reads_hints = [path.name for path in (CHECKER / "telling").glob("*.py") if re.search(r"\bhint\b", path.read_text())]
    reads_hints.remove("__init__.py")
    assert reads_hints == ["hints.py"]


def test_no_room_is_crowded():
    rooms = {path.parent for path in CHECKER.rglob("*.py")}
    assert {room.name: count for room in rooms if (count := len([*room.glob("*.py")])) > 20} == {}


def test_every_room_says_what_lives_there_and_what_does_not():
    for room in ("asking", "reading", "running", "judging", "searching", "telling", "packs", "running/worker"):
        docstring = ast.get_docstring(ast.parse((CHECKER / room / "__init__.py").read_text()))
        assert "What lives here:" in docstring
        assert "What does not:" in docstring

"""A name means one thing: no two classes of the package have the same name."""

import ast
from collections import defaultdict
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "pellucid"
COURSE = ("interop/cs231n/", "checker/packs/")  # these hold a course's own names, which others may have, too


def classes_of(sources: dict[str, str]) -> dict[str, list[str]]:
    """Where each public or private class is defined, by name; those inside functions are local names and left out."""
    found = defaultdict(list)
    for file, text in sources.items():
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(file)
    return found


def doubled(sources: dict[str, str]) -> dict[str, list[str]]:
    return {name: files for name, files in classes_of(sources).items() if len(files) > 1}


def test_no_two_classes_have_the_same_name():
    sources = {path.relative_to(SOURCE).as_posix(): path.read_text() for path in SOURCE.rglob("*.py")}
    own = {file: text for file, text in sources.items() if not file.startswith(COURSE)}
    assert len(own) > 200
    assert doubled(own) == {}


def test_no_two_files_are_called_command():
    assert len(list(SOURCE.rglob("command.py"))) <= 1


def test_a_doubled_name_is_found():
    sources = {"a.py": "class Node:\n    pass\n", "b.py": "class Node(int):\n    pass\n", "c.py": "class Edge: pass\n"}
    assert doubled(sources) == {"Node": ["a.py", "b.py"]}

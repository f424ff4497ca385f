"""No circle of imports between modules, wherever the import stands, and no folder with more modules than a reader can survey."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src"
MAXIMUM_MODULES = 20  # in one folder, without its __init__


def sources_of(root: Path) -> dict[str, str]:
    """The text of every module below `root`; a package by the name of its folder, followed by '.__init__'."""
    return {".".join(path.relative_to(root).with_suffix("").parts): path.read_text() for path in root.rglob("*.py")}


def imports_of(name: str, text: str, modules: Mapping[str, str]) -> Iterator[str]:
    """What a module imports of these modules, also inside functions and under TYPE_CHECKING.

    `from package import part` imports the module `package.part` where there is one, else the package's __init__.
    """

    def module(dotted: str) -> str | None:
        return next((each for each in (dotted, f"{dotted}.__init__") if each in modules), None)

    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (found for alias in node.names if (found := module(alias.name)))
        elif isinstance(node, ast.ImportFrom):
            above = name.split(".")[: -node.level] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:
                found = module(f"{base}.{alias.name}") or module(base)
                if found and found != name:
                    yield found


def circles_in(sources: Mapping[str, str]) -> list[list[str]]:
    """Sets of modules that import each other, directly or through others: strongly connected components (Tarjan)."""
    imported = {name: sorted(set(imports_of(name, text, sources))) for name, text in sources.items()}
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_modules: list[str] = []
    circles = []

    def visit(name: str) -> None:
        order[name] = lowest[name] = len(order)
        open_modules.append(name)
        for other in imported[name]:
            if other not in order:
                visit(other)
            if other in open_modules:
                lowest[name] = min(lowest[name], lowest[other])
        if lowest[name] == order[name]:
            start = open_modules.index(name)
            component = open_modules[start:]
            del open_modules[start:]
            if len(component) > 1:
                circles.append(sorted(component))

    for name in sources:
        if name not in order:
            visit(name)
    return circles


def test_no_modules_import_each_other():
    sources = sources_of(SOURCE)
    del sources["pellucid.__init__"]  # the face of the whole package; nothing in it is needed by its rooms
    circles = circles_in(sources)
    assert not circles, "\n".join(" <-> ".join(circle) for circle in circles)


def large_folders(modules: Iterable[str]) -> dict[str, int]:
    counts = Counter(name.rpartition(".")[0] for name in modules if not name.endswith("__init__"))
    return {folder: count for folder, count in counts.items() if count > MAXIMUM_MODULES}


def test_no_folder_has_too_many_modules():
    assert large_folders(sources_of(SOURCE)) == {}


# ---- the tester is shown circles that it must find, and imports that are none ----

CIRCLES = {
    "two modules": {"p.a": "import p.b", "p.b": "from p.a import f"},
    "three modules": {"p.a": "from p.b import f", "p.b": "from p.c import f", "p.c": "from p.a import f"},
    "inside a function": {"p.a": "from p.b import f", "p.b": "def f():\n    from p.a import g"},
    "for types only": {"p.a": "from p.b import f", "p.b": "if TYPE_CHECKING:\n    from p.a import g"},
    "through the package": {"p.__init__": "from p.a import f", "p.a": "from p import g"},
    "relative": {"p.a": "from . import b", "p.b": "from .a import f"},
    "between two packages": {"p.q.__init__": "from p.q.a import f", "p.q.a": "import p.r.b", "p.r.b": "import p.q"},
}
NO_CIRCLES = {
    "a chain": {"p.a": "from p.b import f", "p.b": "import p.c", "p.c": ""},
    "a module of the package": {"p.__init__": "from p.a import f", "p.a": "from p import b", "p.b": ""},
    "two ways to one": {"p.a": "import p.b, p.c", "p.b": "import p.d", "p.c": "import p.d", "p.d": "import numpy"},
    "a name that looks like itself": {"p.a": "from p.b import a", "p.b": "a = 1"},
}


@pytest.mark.parametrize("sources", CIRCLES.values(), ids=CIRCLES)
def test_a_planted_circle_is_found(sources):
    assert circles_in(sources) == [sorted(sources)]


@pytest.mark.parametrize("sources", NO_CIRCLES.values(), ids=NO_CIRCLES)
def test_no_circle_is_found_where_there_is_none(sources):
    assert circles_in(sources) == []


def test_a_circle_planted_in_the_package_is_found():
    sources = {name: text for name, text in sources_of(SOURCE).items() if name.startswith("pellucid.derive.tracing")}
    assert circles_in(sources) == []
    sources["pellucid.derive.tracing.primitives"] += "\ndef f():\n    from pellucid.derive.tracing.graph import Graph\n"
    (circle,) = circles_in(sources)
    assert {"pellucid.derive.tracing.primitives", "pellucid.derive.tracing.graph"} <= {*circle}


def test_a_folder_of_too_many_modules_is_found():
    names = ["p.q.__init__", *(f"p.q.m{i}" for i in range(MAXIMUM_MODULES + 1)), "p.__init__", "p.r"]
    assert large_folders(names) == {"p.q": MAXIMUM_MODULES + 1}
    assert large_folders(names[:-3]) == {}

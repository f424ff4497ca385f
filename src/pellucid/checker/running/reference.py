"""The reference as text and as functions: run it, edit it, and run the edited source."""

import ast
import functools
import textwrap
import types
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pellucid.checker.asking.pack import Edit, Pack

__all__ = ["Reference", "load_reference"]


class Reference:
    """The functions of a pack's reference files, with the source of each."""

    def __init__(self, paths: Sequence[Path]) -> None:
        self.text = ""  # of all files
        self.needs: dict[bytes, Any] = {}  # filled by needs.py
        self.sources: dict[str, str] = {}
        self.namespace: dict[str, Any] = {}
        for path in paths:
            text = path.read_text(encoding="utf-8")
            self.text += text + "\n"
            self.namespace["__file__"] = str(path)
            exec(compile(text, str(path), "exec"), self.namespace)
            for node in ast.parse(text).body:
                if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                    self.sources[node.name] = ast.get_source_segment(text, node) or ""
                    self.sources |= _methods(node, text)

    def forms(self, name: str) -> dict[str, str]:
        """Return the sources of a function's forms: "" is the plain one."""
        forms = {key.partition("__")[2]: text for key, text in self.sources.items() if key.split("__")[0] == name}
        return {form: _renamed(text, f"{name}__{form}", name) if form else text for form, text in forms.items()}

    def with_sources(self, changed: Mapping[str, str]) -> dict[str, Any]:
        """Return the functions with some of them replaced by other sources. Raises SyntaxError for an invalid one."""
        namespace = dict(self.namespace)
        for name, text in sorted(changed.items(), key=lambda pair: "." in pair[0]):  # a class before its methods
            holder, _, method = name.rpartition(".")
            if not holder:
                exec(_compiled(text), namespace)
                continue
            inner = dict(namespace)
            exec(_compiled(text), inner)
            _replace_method(namespace, holder, method, inner[method])
        return namespace

    def edited(self, name: str, edits: Sequence[Edit], start: Mapping[str, str] | None = None) -> dict[str, str] | None:
        """Return the changed sources after edits to `name` (or the function an edit names); None where one does not fit."""
        changed = dict(start or {})
        for edit in edits:
            target = edit.of or name
            text = changed.get(target)
            if text is None:  # otherwise an edit of another form can follow only where it happens to fit
                text = self.forms(target).get(edit.form)
            if text is None or edit.old not in text:
                return None
            if not edit.every and text.count(edit.old) != 1:
                return None
            changed[target] = text.replace(edit.old, edit.new)
            if target != name:  # so that it calls the changed one
                changed.setdefault(name, self.forms(name)[""])
        return changed


@functools.lru_cache(maxsize=4096)
def _compiled(text: str) -> Any:
    return compile(textwrap.dedent(text), "<variant>", "exec")


def _methods(node: ast.stmt, text: str) -> dict[str, str]:
    """Return the sources of a class's methods as "Class.method", as if each stood at the top."""
    if not isinstance(node, ast.ClassDef):
        return {}
    inside = [inner for inner in node.body if isinstance(inner, ast.FunctionDef)]
    sources = {inner.name: ast.get_source_segment(text, inner, padded=True) or "" for inner in inside}
    return {f"{node.name}.{name}": textwrap.dedent(source) for name, source in sources.items()}


def _replace_method(namespace: dict[str, Any], holder: str, method: str, function: Any) -> None:
    """Put a method into a class and into the classes that inherit it, as new classes: others use the old ones."""
    owner = namespace[holder]
    old = getattr(owner, method)
    made = {method: _bound_to(function, namespace)}
    for name, value in list(namespace.items()):
        if isinstance(value, type) and issubclass(value, owner) and getattr(value, method) is old:
            namespace[name] = type(name, (value,), made)


def _bound_to(function: Any, namespace: dict[str, Any]) -> Any:
    """Return a function that finds other functions in a namespace, where later ones are changed too."""
    return types.FunctionType(function.__code__, namespace, function.__name__, function.__defaults__)


def _renamed(text: str, old: str, new: str) -> str:
    return text.replace(f"def {old}(", f"def {new}(", 1)


@functools.lru_cache(maxsize=8)
def _load(paths: tuple[Path, ...], texts: tuple[bytes, ...]) -> Reference:
    return Reference(paths)


def load_reference(pack: Pack) -> Reference:
    """Return the reference of a pack, made once for each content of its files."""
    return _load(tuple(pack.reference), tuple(path.read_bytes() for path in pack.reference))

"""Variants of a source, made systematically by one small change each, so that a mistake that nobody listed is still described.

A term or factor dropped, a sign flipped, an axis changed, keepdims lost, mean for sum, N for N - 1, H for W, `=` for `+=`, a
constant doubled or halved, stride or pad ignored, a call skipped. Each comes with a sentence that completes "equals the
reference with ...".
"""

import ast
import functools
from typing import NamedTuple

from pellucid.checker.searching.node_changes import changes

__all__ = ["Variant", "variants"]


class Variant(NamedTuple):
    """One changed source."""

    id: str
    sentence: str  # completes "equals the reference with ..."
    source: str
    line: str  # the reference's line after the change


@functools.lru_cache(maxsize=256)
def variants(source: str) -> tuple[Variant, ...]:
    """Return every variant of a function's source, each source once."""
    tree = ast.parse(source)
    plain = ast.unparse(tree)
    seen, lines = {plain}, set(plain.splitlines())
    found: list[Variant] = []
    for number, node in enumerate(ast.walk(tree)):
        for kind, sentence, change in changes(node):
            other: ast.AST = ast.parse(source)  # faster than a copy
            target = next(n for i, n in enumerate(ast.walk(other)) if i == number)
            replacement = change(target)
            if replacement is not None:
                other = _Replace(target, replacement).visit(other)
            try:
                text = ast.unparse(other)
                compile(text, "<variant>", "exec")
            except (SyntaxError, ValueError, TypeError):
                continue
            if text in seen:
                continue
            seen.add(text)
            line = next((line.strip() for line in text.splitlines() if line not in lines), "")
            found.append(Variant(f"{kind}-{getattr(node, 'lineno', 0)}-{len(found)}", sentence, text, line))
    return tuple(found)


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.AST, replacement: ast.AST) -> None:
        self.target, self.replacement = target, replacement

    def visit(self, node: ast.AST) -> ast.AST:
        return self.replacement if node is self.target else self.generic_visit(node)

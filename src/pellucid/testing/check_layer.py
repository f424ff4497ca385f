"""check_layer: does a layer keep the contract that networks, plans, files and exports rely on?"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from pellucid.layers import Description, LayerKind
from pellucid.shapes import ShapeError
from pellucid.testing import declaration_checks, function_checks, network_checks
from pellucid.testing.subject import Broken, Skipped, Subject

__all__ = ["LayerCheckError", "LayerReport", "check_layer"]

SHAPES = ((7,), (1,), (4, 5, 7), (6, 3, 3), (1, 8, 6))  # tried unless given: odd, not square, a single number
SEQUENCES = ((4, 9),)  # for a layer that takes none of those
CHECKS: tuple[Callable[[Subject], None], ...] = (
    *declaration_checks.CHECKS,
    *function_checks.CHECKS,
    *network_checks.CHECKS,
)
FOUNDATIONS = (
    "settings",
    "declaration",
    "inputs_unchanged",
    "shapes_and_dtypes",
    "repeatable",
)  # all else rests on these


class LayerCheckError(AssertionError):
    """A layer does not keep the contract; a line for each check that failed."""


@dataclass(frozen=True)
class LayerReport:
    """What was checked of a layer that kept the contract."""

    layer: str  # as it is written: "PReLU(slope=0.25, shared=False)"
    shapes: tuple[tuple[int, ...], ...]  # of the input samples tried
    passed: tuple[str, ...]  # the checks, by name
    skipped: tuple[str, ...]  # checks that did not apply, with the reason

    def __str__(self) -> str:
        head = f"{self.layer}: {len(self.passed)} checks passed on inputs {', '.join(map(str, self.shapes))}"
        return "\n".join([head, *(f"  skipped {reason}" for reason in self.skipped)])


def check_layer(
    layer: Description | type[Description], *, shapes: Sequence[tuple[int, ...]] | None = None, seed: int = 0
) -> LayerReport:
    """Run the contract on a layer: its description, or the class of one that needs no settings.

    Shapes and dtypes, inputs left unchanged, any memory order, repeatability, gradients against central differences, inference row
    by row, running statistics, other tables it claims, a plan against the eager loss, saving and loading, tables and drawings, and,
    where its bridge and the framework are there, PyTorch and ONNX. `shapes` are those of input samples, such as [(10,), (3, 8, 8)];
    without them a few are tried, and those that the layer refuses are left out.

    Returns what was checked. Raises LayerCheckError, a line for each check that failed, and ShapeError where `layer` is not a
    layer or no shape fits.

    >>> from pellucid.nets import PReLU
    >>> print(check_layer(PReLU(0.1), shapes=[(3,)]).layer)
    PReLU(slope=0.1, shared=False)
    """
    description = _described(layer)
    try:
        subjects = _subjects(description, shapes, seed)
    except Broken as finding:
        raise _failure(description, [f"declaration: {finding}"], finished=False) from finding
    passed, skipped, broken = [], [], []
    for check in CHECKS:
        name = check.__name__.removeprefix("check_")
        try:
            for subject in subjects:
                check(subject)
            passed.append(name)
        except Skipped as reason:
            skipped.append(f"{name}: {reason}")
        except Broken as finding:
            broken.append(f"{name}: {finding}")
        except Exception as error:  # the layer's own code ran: whatever it raises is its finding
            broken.append(f"{name}: input {subject.shape}: {type(error).__name__}: {' '.join(str(error).split())}")
        if broken and name in FOUNDATIONS:
            raise _failure(description, broken, finished=False)
    if broken:
        raise _failure(description, broken, finished=True)
    return LayerReport(repr(description), tuple(s.shape for s in subjects), tuple(passed), tuple(skipped))


def _failure(description: Description, broken: list[str], *, finished: bool) -> LayerCheckError:
    count = "1 check" if len(broken) == 1 else f"{len(broken)} checks"
    rest = "" if finished else " (those after it, which rely on it, were not run)"
    return LayerCheckError("\n  ".join([f"{description!r} fails {count} of {len(CHECKS)}{rest}:", *broken]))


def _described(layer: Description | type[Description]) -> Description:
    if isinstance(layer, type) and issubclass(layer, Description):
        try:
            return layer()
        except TypeError as error:
            name = layer.__name__
            raise ShapeError(f"check_layer: pass {name} with its settings, such as {name}(...): {error}") from None
    if not isinstance(layer, Description):
        shown = (
            "a LayerKind: pass the description that is lowered to it" if isinstance(layer, LayerKind) else repr(layer)
        )
        raise ShapeError(f"check_layer: layer must be a description such as ReLU(); got {shown}")
    return layer


def _subjects(description: Description, shapes: Sequence[tuple[int, ...]] | None, seed: int) -> list[Subject]:
    """Return the layer at each shape that it takes; every shape given must be one."""
    if shapes is not None:
        if not shapes or not all(isinstance(shape, (tuple, list)) for shape in shapes):
            raise ShapeError(
                f"check_layer: shapes must be a list of shapes of samples, such as [(10,), (3, 8, 8)]; it is {shapes!r}"
            )
        return [_subject(description, tuple(shape), seed) for shape in shapes]
    found: list[Subject] = []
    refusals = []
    for shapes_tried in (SHAPES, SEQUENCES):
        for shape in () if found else shapes_tried:
            try:
                found.append(_subject(description, shape, seed))
            except ShapeError as error:
                refusals.append(f"{shape}: {error}")
    if not found:
        raise ShapeError(
            f"check_layer: {description!r} takes none of the shapes tried ({refusals[-1]}); pass shapes=[...] that it takes"
        )
    return found


def _subject(description: Description, shape: tuple[int, ...], seed: int) -> Subject:
    lowered = declaration_checks.lowered_for(description, shape)
    return Subject(description, shape, lowered, np.random.default_rng(seed))

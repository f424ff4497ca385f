"""Targets: what the outputs of a network mean, and the way there and back.

    target = target_of(y)                 Classes, Binary, Multilabel or Numbers
    encoded = target.encode(y)            what a loss takes: class numbers, 0 and 1, standardized numbers
    target.decode(scores)                 labels by name, or values in the target's own units

What lives here: the four kinds of target, and the rule that chooses one. What does not: losses and metrics, which read encoded
targets (`layers/losses/`, `metrics/`), and the preparation of inputs. Reading order: target, classes, numbers, choice.
"""

from collections.abc import Mapping
from typing import Any

from pellucid.data.checks import DataError
from pellucid.data.targets.binary import Binary
from pellucid.data.targets.choice import DEFAULT_LOSSES, TASKS, target_of
from pellucid.data.targets.classes import Classes
from pellucid.data.targets.multilabel import Multilabel
from pellucid.data.targets.numbers import Numbers
from pellucid.data.targets.target import Target

__all__ = [
    "DEFAULT_LOSSES",
    "TASKS",
    "Binary",
    "Classes",
    "Multilabel",
    "Numbers",
    "Target",
    "target_from_document",
    "target_of",
]

KINDS: dict[str, Any] = {kind.kind: kind for kind in (Classes, Binary, Multilabel, Numbers)}


def target_from_document(document: Mapping[str, Any]) -> Target:
    """Return the target that `to_document` described. Raises DataError for a kind that does not exist."""
    kind = document.get("kind")
    if kind not in KINDS:
        raise DataError(f"target: kind must be one of {', '.join(KINDS)}; got {kind!r}")
    target: Target = KINDS[kind].from_document(document)
    return target

"""The layers, activations, losses, update rules and sandwiches that are derived or explained: one file each.

What lives here: in each file, what is particular to its subject. `DERIVATIONS` holds the derivations (the formula of the forward,
an example, the hand-written backward to compare with), `EXPLANATION` what `pellucid explain` says, `ALIASES` other names for it.
Files are found by walking the folder: a new one needs no entry in a list. What does not: anything that two subjects share, which
stands in the room above (`examples.py`, `by_hand.py`, `windows.py`). Read `layers/affine.py`, then `layers/batchnorm.py`.
"""

import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from types import MappingProxyType

from pellucid.derive.derivation import Derivation
from pellucid.derive.explanation import Explanation
from pellucid.shapes import ShapeError, meant, nearest

__all__ = ["DERIVATIONS", "EXPLANATIONS", "derivation", "explanation", "is_explained"]

NONE: Mapping[str, str] = MappingProxyType({})
_MODULES = [
    import_module(module.name) for module in pkgutil.walk_packages(__path__, f"{__name__}.") if not module.ispkg
]
DERIVATIONS: dict[str, Derivation] = {
    each.name: each for module in _MODULES for each in getattr(module, "DERIVATIONS", ())
}
EXPLANATIONS: dict[str, Explanation] = {
    module.EXPLANATION.name: module.EXPLANATION for module in _MODULES if hasattr(module, "EXPLANATION")
}
_SCREENS = {name: each for each in EXPLANATIONS.values() for name in (each.name, *each.covers)}
_ALIASES: dict[str, str] = {
    alias: name for module in _MODULES for alias, name in getattr(module, "ALIASES", {}).items()
}


def derivation(name: str) -> Derivation:
    """Return a derivation by name: 'Batch-Norm' and batch_norm are batchnorm. Raises ShapeError for an unknown name."""
    return DERIVATIONS[_known("derive", name, DERIVATIONS, ", or FILE.py:FUNCTION")]


def explanation(name: str, topics: Sequence[str] = (), more: Mapping[str, str] = NONE) -> Explanation:
    """Return an explanation by name, written as for `derivation`. Raises ShapeError for an unknown name.

    topics: what is explained elsewhere; more: their other names, which may have been meant.
    """
    otherwise = f"; or a topic: {', '.join(topics)}" if topics else ""
    return _SCREENS[_known("explain", name, _SCREENS, otherwise, more)]


def is_explained(name: str) -> bool:
    """Whether there is an explanation of this name."""
    return meant(name, _names(_SCREENS)) is not None


def _names(known: Iterable[str]) -> dict[str, str]:
    """Return every name under which one of `known` is looked up."""
    names = {each: each for each in known}
    names |= {alias: each for alias, each in _ALIASES.items() if each in names and alias not in names}
    return names


def _known(who: str, name: str, known: Iterable[str], otherwise: str, more: Mapping[str, str] = NONE) -> str:
    names = _names(known)
    found = meant(name, names)
    if found is None:
        close = nearest(name, [*names, *more])
        hint = "" if close is None else f"; did you mean {(names | dict(more))[close]!r}?"
        raise ShapeError(f"{who}: NAME must be one of {', '.join(known)}{otherwise}; got {name!r}{hint}")
    return names[found]

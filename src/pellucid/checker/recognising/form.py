"""What a kind of layer takes, and how its forward may be meant: forms and readings."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pellucid.shapes import Array

__all__ = ["Held", "Hints", "LayerForm", "Reading", "Role", "Sizes", "Values", "names", "random_values"]

Values = Mapping[str, Array]
NOT_DIFFERENTIATED = (
    "bool",
    "onehot",
    "onehot columns",
    "binary",
    "signs",
    "ids",
    "causal mask",
    "hidden mask",
    "additive mask",
    "class weights",
)


@dataclass(frozen=True)
class Sizes:
    """The sizes of one probe, all different so that a mix-up shows."""

    n: int = 4  # samples
    d: int = 5  # features
    m: int = 3  # outputs, classes, hidden units
    c: int = 2  # channels
    f: int = 3  # filters
    k: int = 2  # window
    h: int = 7
    w: int = 5
    stride: int = 1
    pad: int = 0
    t: int = 3  # steps of a sequence
    hidden: int = 2  # of a recurrent net over time


@dataclass(frozen=True)
class Role:
    """An array that a layer takes."""

    name: str
    shapes: tuple[tuple[int, ...], ...]  # the usual one first
    content: str = "spread"

    @property
    def is_differentiated(self) -> bool:
        """Whether a gradient with respect to it means something."""
        return self.content not in NOT_DIFFERENTIATED and not self.content.startswith(("labels", "integers"))


@dataclass(frozen=True)
class Hints:
    """One call: the settings it was given, numbers in the code, and what came out."""

    settings: Mapping[str, float]
    constants: Sequence[float]
    outputs: Sequence[Array]

    def eps(self) -> Sequence[float]:
        """Return small numbers that may be an eps."""
        given = [self.settings["eps"]] if "eps" in self.settings else []
        small = [number for number in self.constants if 0 < number <= 0.1]
        return list(dict.fromkeys([*given, *small, 1e-5, 1e-8, 1e-7, 1e-6, 1e-3, 1e-12, 1e-10, 1e-9, 1e-4]))

    def setting(self, name: str, *usual: float) -> Sequence[float]:
        """Return the values that a setting may have: the given one alone, or numbers in the code, then the usual ones."""
        return [self.settings[name]] if name in self.settings else list(dict.fromkeys([*usual]))


@dataclass(frozen=True)
class Reading:
    """A forward with one choice of conventions, and its outputs."""

    outputs: tuple[Array, ...]
    told: tuple[str, ...] = ()  # conventions, in words
    mistake: str = ""  # what is wrong with it, where that is known
    id: str = ""
    correct: str = ""  # the right formula

    @property
    def key(self) -> tuple[tuple[str, ...], str]:
        """What tells it from the other readings of its form."""
        return self.told, self.mistake


@dataclass(frozen=True)
class Held:
    """A forward in which a part is held fixed: a backward that leaves out that part's path is its derivative."""

    id: str
    title: str  # after "the gradient of x"
    forward: Callable[[Values], tuple[Array, ...]]
    correct: str = ""


@dataclass(frozen=True)
class LayerForm:
    """A kind of layer in one layout."""

    kind: str
    layout: str
    roles: tuple[Role, ...]
    readings: Callable[[Values, Hints], Iterator[Reading]]
    names: str  # what such a layer is called, as a regular expression of its words
    sizes: Mapping[str, Any] = field(default_factory=dict)  # what a constructor may ask for, in the usual order
    settings: Mapping[str, float] = field(default_factory=dict)
    outputs: int = 1
    is_loss: bool = False
    is_random: bool = False
    batch_axis: int | None = 0  # of the first role; None for one sample
    is_by_name: bool = False  # tried only where a unit is called so, or like no kind at all
    is_told: bool = False  # by a file: which argument is which
    is_constant: bool = False  # it takes no array: its output follows from its settings
    held: Callable[[Values, Reading], Iterator[Held]] | None = None
    needs: str = ""  # a regular expression: some argument has to be called so

    @property
    def is_over_time(self) -> bool:
        """Whether it takes a sequence, step by step."""
        return self.kind.endswith("over time")

    def role(self, name: str) -> Role:
        """Return one of its roles."""
        return next(role for role in self.roles if role.name == name)

    def is_called(self, words: str) -> bool:
        """Whether names, as words in small letters, say that a unit is of this kind."""
        return bool(re.search(self.names, words.replace(" ", ""))) if self.names else False


def random_values(form: LayerForm, seed: int, choice: int = 0) -> dict[str, Array]:
    """Return a value for each role. choice: which of several shapes a role has."""
    rng = np.random.default_rng(seed)
    return {
        role.name: _value(rng, role.shapes[min(choice, len(role.shapes) - 1)], role.content, form)
        for role in form.roles
    }


def _value(rng: Any, shape: tuple[int, ...], content: str, form: LayerForm) -> Array:
    classes = form.sizes.get("classes", 3)
    if content.startswith("labels"):
        labels = (np.arange(int(np.prod(shape))) * 2 + 1) % classes
        if ignored := content.removeprefix("labels").removeprefix(" with "):
            labels = np.maximum(labels, 1)
            labels[1::3] = int(ignored)
        return np.asarray(labels.reshape(shape))
    if content == "onehot":
        return np.asarray(np.eye(shape[-1])[(np.arange(shape[0]) * 2 + 1) % shape[-1]])
    if content == "onehot columns":
        return np.asarray(np.eye(shape[0])[:, (np.arange(shape[1]) * 2 + 1) % shape[0]])
    if content == "binary":
        return np.asarray((np.arange(int(np.prod(shape))) % 3 > 0).astype(float).reshape(shape))
    if content == "signs":
        return np.asarray(np.where(np.arange(int(np.prod(shape))) % 3 > 0, 1.0, -1.0).reshape(shape))
    if content == "ids":
        return np.asarray((np.arange(int(np.prod(shape))) * 2 % max(2, classes - 1)).reshape(shape))
    if content in ("probabilities", "probabilities columns", "log probabilities"):
        raw = rng.uniform(0.2, 1.0, shape)
        shares = np.asarray(raw / raw.sum(axis=0 if content == "probabilities columns" else -1, keepdims=True))
        return np.log(shares) if content == "log probabilities" else shares
    if content in ("causal mask", "hidden mask", "additive mask"):
        return _mask(shape, content)
    if content == "bool":
        return np.asarray(np.tril(np.ones(shape, bool)) if len(shape) > 1 else np.arange(shape[0]) % 3 > 0)
    if content.startswith("integers "):
        low, high = (int(part) for part in content.split()[1:])
        return np.asarray(rng.integers(low, high + 1, shape))
    if content == "unit":
        return np.asarray(rng.uniform(0.1, 0.9, shape))
    if content in ("positive", "class weights"):
        return np.asarray(rng.uniform(0.5, 2.0, shape))
    if content == "weights":
        return np.asarray(rng.normal(0.0, 0.7, shape))
    size = int(np.prod(shape))  # far from each other and from 0, so that small changes meet no kink
    spread = np.linspace(-2.0, 2.0, size + (size % 2)) if size > 1 else np.array([0.7])
    return np.asarray((rng.permutation(spread)[:size] + 0.003).reshape(shape))


def _mask(shape: tuple[int, ...], content: str) -> Array:
    """Return a mask for attention: of later steps, or of the last step of each sample where it has no axis of queries."""
    is_padding = len(shape) < 3 and shape[0] != shape[-1] and shape[0] != shape[-1] - 1
    kept = np.tril(np.ones(shape, bool))
    if is_padding:
        kept = np.ones(shape, bool)
        kept[:, -1] = False
    return kept if content == "causal mask" else np.where(kept, 0.0, -1e9) if content == "additive mask" else ~kept


def names(*words: str) -> str:
    """Return a pattern that finds any of several words."""
    return "|".join(words)

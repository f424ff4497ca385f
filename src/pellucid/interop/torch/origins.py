"""What constants are computed from: those that come from parameters learn, and two that come from one parameter are tied."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import nn

__all__ = ["ArrayOrigin", "Origins"]

ELSEWHERE = "in place"  # computed by what is not followed
REARRANGING = (
    frozenset(("t", "T", "mT", "transpose", "permute", "swapaxes", "movedim", "numpy_T", "adjoint"))
    | frozenset(("view", "reshape", "flatten", "unflatten", "ravel", "squeeze", "unsqueeze", "view_as", "reshape_as"))
    | frozenset(("__getitem__", "narrow", "select", "chunk", "split", "tensor_split", "unbind", "__iter__"))
    | frozenset(("contiguous", "clone", "to", "float", "double", "type", "type_as", "cpu", "expand", "expand_as"))
)


class ArrayOrigin(NamedTuple):
    """What a constant comes from."""

    key: Hashable  # the same for what is computed by the same calls from the same tensors
    roots: tuple[tuple[str, torch.Tensor], ...] = ()  # parameters that learn, by name, and which part of each
    computed: str = ""  # where it is computed; "" for a parameter, or its entries in another order

    @property
    def learns(self) -> bool:
        """Whether it changes in training."""
        return bool(self.roots)


class Origins:
    """The origins of the constants of one run."""

    def __init__(self, names: Mapping[int, str]) -> None:
        self.names = names  # of the module's parameters, by identity
        self.found: dict[int, ArrayOrigin] = {}

    def of(self, x: torch.Tensor) -> ArrayOrigin:
        """Return what a constant comes from."""
        if id(x) in self.found:
            return self.found[id(x)]
        if not x.requires_grad:
            return ArrayOrigin(("tensor", id(x)))
        name = self.names.get(id(x), "a parameter of none of its modules")
        return ArrayOrigin(("tensor", id(x)), ((name, x),), "" if isinstance(x, nn.Parameter) else ELSEWHERE)

    def note(self, call: Any, sources: Sequence[torch.Tensor], out: Iterator[torch.Tensor], where: str) -> None:
        """Note that a call (its name, arguments and keywords) made constants out of others."""
        name, args, keywords = call
        settings = repr([a for a in args if not isinstance(a, torch.Tensor)]), repr(keywords)
        before = [self.of(t) for t in sources]
        for place, made in enumerate(out):
            if any(made is t for t in sources):
                continue
            key = (name, tuple(each.key for each in before), settings, place)
            self.found[id(made)] = self._made(key, name, sources, before, made, where)

    def note_turned(self, matrix: torch.Tensor, turned: torch.Tensor) -> None:
        """Note the transpose of a matrix that the module does not turn itself."""
        origin = self.of(matrix)
        self.found[id(turned)] = origin._replace(key=("t", (origin.key,), (repr([]), repr({})), 0))

    def _made(
        self,
        key: Hashable,
        name: str,
        sources: Sequence[torch.Tensor],
        before: Sequence[ArrayOrigin],
        made: torch.Tensor,
        where: str,
    ) -> ArrayOrigin:
        roots = tuple({id(part): (root, part) for each in before for root, part in each.roots}.values())
        if not roots or not made.requires_grad:
            return ArrayOrigin(key)
        earlier = next((each.computed for each in before if each.computed), "")
        if name not in REARRANGING or earlier or _repeats(made, sources[0]):
            return ArrayOrigin(key, roots, earlier or where)
        is_view = len(roots) == 1 and made.untyped_storage().data_ptr() == roots[0][1].untyped_storage().data_ptr()
        return ArrayOrigin(key, ((roots[0][0], made),) if is_view else roots)


def _repeats(made: torch.Tensor, source: torch.Tensor) -> bool:
    """Whether numbers were repeated, except for each sample."""
    samples = made.shape[0] if made.ndim > 1 and source.shape[:1] != made.shape[:1] else 1
    return made.numel() > source.numel() * samples

"""Tape: what was computed between the outputs of a model and its loss, so that it can be computed again of other rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import torch
from torch.utils import _pytree as pytree

from pellucid.doctor.torch.observing.arrays import leaves_of, tensors_in

__all__ = ["LossCall", "LossPath", "Tape", "loss_path"]


@dataclass(eq=False)
class LossCall:
    """A loss of PyTorch that was called."""

    name: str  # "softmax", "bce", "mse", ...
    reads: str  # "scores", "probabilities", "log-probabilities"
    scores: torch.Tensor
    target: torch.Tensor
    value: torch.Tensor
    options: Mapping[str, Any]
    last_activation: str = ""  # the kind of the function that made the scores; "" where none did
    activation_line: Any = None

    @property
    def reduction(self) -> str:
        """How rows are put together: "mean", "sum", "none"."""
        return str(self.options.get("reduction", "mean"))


class Call(NamedTuple):
    """One call of a function: what went in and came out. It keeps its tensors, so that none takes another's place."""

    func: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    result: Any


@dataclass(eq=False)
class Tape:
    """The calls since the model's outputs were made, in their order."""

    calls: list[Call] = field(default_factory=list)

    def add(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Any) -> None:
        """Note a call."""
        self.calls.append(Call(func, args, kwargs, result))


class Ref(NamedTuple):
    """In place of a tensor: where its value comes from."""

    kind: str  # "output", "target", "extra", "parameter", "made"
    key: Any


@dataclass(frozen=True, eq=False)
class LossPath:
    """From outputs to scores and loss: functions, with references in place of tensors."""

    calls: tuple[tuple[Callable[..., Any], Any, Any, tuple[int, ...]], ...]
    loss: Ref
    scores: Ref | None
    extras: int  # further tensors by row, which follow the inputs

    def run(
        self,
        outputs: Any,
        target: torch.Tensor,
        extras: tuple[torch.Tensor, ...],
        parameters: Mapping[str, torch.Tensor],
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the loss and the scores."""
        made: dict[int, torch.Tensor] = {}
        leaves = leaves_of(outputs)

        def value(leaf: Any) -> Any:
            if not isinstance(leaf, Ref):
                return leaf.clone() if isinstance(leaf, torch.Tensor) else leaf
            match leaf.kind:
                case "output":
                    return leaves[leaf.key]
                case "target":
                    return target
                case "extra":
                    return extras[leaf.key]
                case "parameter":
                    return parameters[leaf.key]
                case _:
                    return made[leaf.key]

        def filled(tree: Any) -> Any:
            return pytree.tree_map(value, tree, is_leaf=lambda leaf: isinstance(leaf, Ref))

        for func, args, kwargs, keys in self.calls:
            result = func(*filled(args), **filled(kwargs))
            made |= dict(zip(keys, tensors_in(result), strict=False))
        loss = value(self.loss)
        return loss, loss if self.scores is None else value(self.scores)


def loss_path(
    tape: Tape,
    loss: torch.Tensor,
    outputs: Any,
    target: torch.Tensor | None,
    scores: torch.Tensor | None,
    parameters: Mapping[int, str],
) -> tuple[LossPath, torch.Tensor | None, tuple[torch.Tensor, ...]] | None:
    """Return the path from outputs to loss, the target, and further tensors by row; None where the loss is not made of the outputs.

    Without a target, the first tensor with as many rows that the outputs did not make is taken for it. parameters are the names of
    the model's, by id.
    """
    output_leaves = leaves_of(outputs)
    known = {
        id(leaf): Ref("output", place) for place, leaf in enumerate(output_leaves) if isinstance(leaf, torch.Tensor)
    }
    if not known:
        return None
    rows = _rows_of(output_leaves)
    made = {id(tensor) for call in tape.calls for tensor in tensors_in(call.result)}
    used = _used(tape, loss, set(known) | ({id(target)} if target is not None else set()))
    extras: list[torch.Tensor] = []
    found = [] if target is None else [target]
    if target is not None:
        known[id(target)] = Ref("target", 0)
    reaches = id(loss) in known

    def reference(leaf: Any) -> Any:
        nonlocal reaches
        if not isinstance(leaf, torch.Tensor):
            return leaf
        if id(leaf) in known:
            reaches = reaches or known[id(leaf)].kind == "output"
            return known[id(leaf)]
        if id(leaf) in made:
            return Ref("made", id(leaf))
        if id(leaf) in parameters:
            return Ref("parameter", parameters[id(leaf)])
        if leaf.ndim == 0 or leaf.shape[0] != rows or rows == 1:
            return leaf.detach().clone()
        if not found:
            found.append(leaf)
            known[id(leaf)] = Ref("target", 0)
        else:
            known[id(leaf)] = Ref("extra", len(extras))
            extras.append(leaf)
        return known[id(leaf)]

    calls = tuple(
        (
            call.func,
            pytree.tree_map(reference, call.args),
            pytree.tree_map(reference, dict(call.kwargs)),
            tuple(id(tensor) for tensor in tensors_in(call.result)),
        )
        for call in used
    )
    end = reference(loss)
    at = None if scores is None else reference(scores)
    if not reaches or not isinstance(end, Ref):
        return None
    return LossPath(calls, end, at, len(extras)), (found or [None])[0], tuple(extras)


def _rows_of(leaves: list[Any]) -> int:
    tensors = [leaf for leaf in leaves if isinstance(leaf, torch.Tensor)]
    return next((tensor.shape[0] for tensor in tensors if tensor.ndim), -1)


def _used(tape: Tape, loss: torch.Tensor, ends: set[int]) -> list[Call]:
    """Return the calls that the loss was made by, in their order."""
    needed, used = {id(loss)}, []
    for call in reversed(tape.calls):
        if any(id(tensor) in needed and id(tensor) not in ends for tensor in tensors_in(call.result)):
            used.append(call)
            needed |= {id(tensor) for tensor in tensors_in((call.args, dict(call.kwargs)))}
    return used[::-1]

"""One call of the watched model: what went in, what came out, and the losses that were computed of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.utils import _pytree as pytree

from pellucid.doctor.torch.observing.arrays import leaves_of, tensor_like, tensors_in
from pellucid.doctor.torch.observing.tape import LossCall, Tape
from pellucid.shapes import Array

__all__ = ["CallForm", "ModelCall", "call_form", "first_output", "inputs_in", "parted", "rows_in", "target_in"]

NODES = 3000  # of a graph that are looked at
LABELS = ("labels", "label", "targets", "target", "y")


@dataclass(eq=False)
class ModelCall:
    """A call of the model."""

    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    training: bool  # the model's mode
    with_gradient: bool
    output: Any = None
    losses: list[LossCall] = field(default_factory=list)
    tape: Tape = field(default_factory=Tape)
    derived: dict[int, torch.Tensor] = field(default_factory=dict)  # what was made of the outputs, in an evaluation
    answered: tuple[torch.Tensor, torch.Tensor] | None = None  # predictions and labels that were compared

    @property
    def inputs(self) -> list[torch.Tensor]:
        """The tensors that hold one row for each sample."""
        return rows_in(self.args, self.kwargs)

    @property
    def rows(self) -> int:
        """How many samples there are; 0 where that cannot be seen."""
        return len(self.inputs[0]) if self.inputs else 0


def rows_in(args: Any, kwargs: Any) -> list[torch.Tensor]:
    """Return the tensors with as many rows as the first tensor has."""
    tensors = [tensor for tensor in tensors_in((args, dict(kwargs))) if tensor.ndim > 0]
    return [tensor for tensor in tensors if tensor.shape[0] == tensors[0].shape[0]]


@dataclass(frozen=True, eq=False)
class CallForm:
    """How the model is called: the arguments, and which of them are the inputs' rows and which the targets."""

    leaves: tuple[Any, ...]  # a tensor where rows go, which says their dtype and device
    spec: Any
    inputs: tuple[int, ...]  # places of the leaves
    target: int | None  # the place of the targets, where the model itself takes them
    extras: tuple[torch.Tensor, ...]  # examples of further tensors by row, which the loss reads
    example: torch.Tensor  # of the targets

    def parts(self, arrays: Any, targets: Array) -> tuple[Any, Any, torch.Tensor, tuple[torch.Tensor, ...]]:
        """Return args, kwargs, targets and further tensors for rows."""
        given = arrays if isinstance(arrays, tuple) else (arrays,)
        leaves = list(self.leaves)
        for place, array in zip(self.inputs, given, strict=False):
            leaves[place] = tensor_like(array, self.leaves[place])
        target = tensor_like(targets, self.example)
        if self.target is not None:
            leaves[self.target] = target
        args, kwargs = pytree.tree_unflatten(leaves, self.spec)
        more = given[len(self.inputs) :]
        return args, kwargs, target, tuple(tensor_like(a, e) for a, e in zip(more, self.extras, strict=True))


def call_form(forward: ModelCall, target: torch.Tensor, extras: tuple[torch.Tensor, ...]) -> CallForm | None:
    """Return how the model was called; None where no argument has a row for each sample."""
    leaves, spec = pytree.tree_flatten((forward.args, dict(forward.kwargs)))
    rows = {id(tensor) for tensor in forward.inputs}
    places = [place for place, leaf in enumerate(leaves) if id(leaf) in rows]
    own = _target_place(leaves, places, target, forward) if len(places) > 1 else None
    inputs = tuple(place for place in places if place != own)
    if not inputs:
        return None
    example = leaves[own] if own is not None else target
    kept = tuple(
        _emptied(leaf) if isinstance(leaf, torch.Tensor) and n in places else leaf for n, leaf in enumerate(leaves)
    )
    return CallForm(kept, spec, inputs, own, tuple(_emptied(extra) for extra in extras), _emptied(example))


def target_in(forward: ModelCall, form: CallForm, target: torch.Tensor | None) -> torch.Tensor | None:
    """Return the targets of a call: the model's own argument, or what the loss was given."""
    if form.target is None:
        return target
    leaves = pytree.tree_leaves((forward.args, dict(forward.kwargs)))
    return leaves[form.target] if form.target < len(leaves) else None


def inputs_in(forward: ModelCall, form: CallForm) -> list[torch.Tensor] | None:
    """Return the inputs of a call; None where it was called in another way."""
    leaves = pytree.tree_leaves((forward.args, dict(forward.kwargs)))
    if len(leaves) != len(form.leaves):
        return None
    found = [leaves[place] for place in form.inputs]
    return found if all(isinstance(leaf, torch.Tensor) for leaf in found) else None


def _emptied(tensor: torch.Tensor) -> torch.Tensor:
    return torch.empty((0, *tensor.shape[1:]), dtype=tensor.dtype, device=tensor.device)


def _target_place(leaves: list[Any], places: list[int], target: torch.Tensor, forward: ModelCall) -> int | None:
    """Return which argument holds the targets: the same tensor, one with the same numbers, or one with such a name."""
    for place in places:
        if leaves[place] is target or leaves[place].data_ptr() == target.data_ptr():
            return place
    named = [forward.kwargs[name] for name in LABELS if isinstance(forward.kwargs.get(name), torch.Tensor)]
    return next((place for place in places if any(leaves[place] is one for one in named)), None)


def first_output(output: Any) -> torch.Tensor | None:
    """Return the first tensor of the outputs that has rows; logits where they are named."""
    logits = getattr(output, "logits", None)
    if isinstance(logits, torch.Tensor):
        return logits
    return next((leaf for leaf in leaves_of(output) if isinstance(leaf, torch.Tensor) and leaf.ndim > 0), None)


def parted(calls: Sequence[ModelCall], loss: torch.Tensor) -> tuple[list[ModelCall], list[ModelCall]]:
    """Return the calls that a loss was made of, and the others."""
    if len(calls) < 2 and all(call.with_gradient for call in calls):
        return list(calls), []
    reached = _nodes_of(loss)
    own, others = list[ModelCall](), list[ModelCall]()
    for call in calls:
        output = first_output(call.output)
        is_own = call.with_gradient and output is not None and (output.grad_fn in reached or output is loss)
        (own if is_own else others).append(call)
    return own, others


def _nodes_of(loss: torch.Tensor) -> set[Any]:
    """Return the nodes of the graph that a loss was made by."""
    waiting, found = [loss.grad_fn], set[Any]()
    while waiting and len(found) < NODES:
        node = waiting.pop()
        if node is None or node in found:
            continue
        found.add(node)
        waiting += [parent for parent, _ in node.next_functions]
    return found

"""LossFollower: which loss a loop minimizes, and how it comes from rows, so that it can be computed of others."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import nn

from pellucid.doctor.patient import Rows
from pellucid.doctor.torch.observing.arrays import array_of, leaves_of, tensors_in
from pellucid.doctor.torch.observing.counting import EvaluatedBatch, agreement, answers_of
from pellucid.doctor.torch.observing.epochs import rows_of
from pellucid.doctor.torch.observing.forwards import Forward, call_form, first_output, inputs_in, target_in
from pellucid.doctor.torch.observing.kinds import ACTIVATIONS, LOSSES
from pellucid.doctor.torch.observing.lines import Line, users_line
from pellucid.doctor.torch.observing.replay import Replay
from pellucid.doctor.torch.observing.rows import codes_of
from pellucid.doctor.torch.observing.tape import LossCall, loss_path

__all__ = ["LossFollower", "follow_answers", "mean_loss"]

MOST_MADE = 64  # results of activations that are remembered in a step
EQUALITIES = (torch.eq, torch.Tensor.eq, torch.Tensor.__eq__, torch.ne, torch.Tensor.ne, torch.Tensor.__ne__)


class LossFollower:
    """Follows outputs to the loss."""

    def __init__(self) -> None:
        self.call: LossCall | None = None  # the first loss of PyTorch that was seen in training
        self.replay: Replay | None = None
        self.outputs: tuple[int, ...] | None = None  # the shape of what the loss reads
        self.line: Line | None = None  # where the loss is called
        self._made: dict[int, tuple[str, torch.Tensor, Line | None]] = {}  # by activations

    def forget_activations(self) -> None:
        """Forget what activations have made: a new forward begins."""
        self._made = {}

    def is_taping(self, *, sampled: bool, first_epoch: bool) -> bool:
        """Whether calls after the forward are needed: always, where only they say which tensor holds the targets."""
        reads_more = self.call is None or (self.replay is not None and bool(self.replay.form.extras))
        return sampled or (reads_more and first_epoch)

    def activation_called(self, func: Callable[..., Any], result: Any, *, sampled: bool) -> None:
        """Note what an activation made, in case it goes into a loss."""
        if func in ACTIVATIONS and isinstance(result, torch.Tensor) and len(self._made) < MOST_MADE:
            self._made[id(result)] = (ACTIVATIONS[func], result, users_line() if sampled else None)

    def loss_called(
        self, forward: Forward, func: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Any
    ) -> None:
        """Note a loss of PyTorch."""
        given = dict(zip(("input", "target"), args, strict=False)) | dict(kwargs)
        scores, target = given.get("input"), given.get("target")
        if not (isinstance(scores, torch.Tensor) and isinstance(target, torch.Tensor)):
            return
        name, reads = LOSSES[func]
        kind, _, line = self._made.get(id(scores), ("", scores, None))
        forward.losses.append(LossCall(name, reads, scores, target, result, kwargs, kind, line))
        if self.line is None and forward.with_gradient:
            self.line = users_line()

    def learn(
        self, forward: Forward, loss: torch.Tensor, model: nn.Module, parameters: Mapping[str, torch.Tensor]
    ) -> None:
        """Note how the loss was computed from the rows, so that it can be computed again."""
        call = forward.losses[0] if forward.losses else None
        names = {id(p): name for name, p in parameters.items()}
        inside = any(leaf is loss for leaf in tensors_in(leaves_of(forward.output)))
        target = None if call is None else call.target
        scores = first_output(forward.output) if call is None or inside else call.scores
        found = loss_path(forward.tape, loss, forward.output, target, scores, names)
        if found is None:
            return
        path, target, extras = found
        form = None if target is None else call_form(forward, target, extras)
        if form is None:
            return
        modes = {name: module.training for name, module in model.named_modules()}
        self.call = self.call or call
        self.outputs = None if scores is None else tuple(scores.shape)
        self.replay = Replay(form, path, modes, call is not None and call.reduction == "sum")

    def rows(self, forward: Forward, loss: torch.Tensor, parameters: Mapping[str, torch.Tensor]) -> Rows | None:
        """Return the rows of a training step; None where they cannot be seen."""
        form = None if self.replay is None else self.replay.form
        if form is None:
            return None
        call = forward.losses[0] if forward.losses else None
        target = None if call is None else call.target
        extras: tuple[torch.Tensor, ...] = ()
        if call is None or form.extras:
            names = {id(p): name for name, p in parameters.items()}
            found = loss_path(forward.tape, loss, forward.output, target, None, names)
            if found is not None:
                target, extras = found[1], found[2]
        target, inputs = target_in(forward, form, target), inputs_in(forward, form)
        if inputs is None or target is None or len(extras) != len(form.extras) or len(target) != forward.rows:
            return None
        return rows_of(tuple(array_of(one) for one in (*inputs, *extras)), array_of(target))

    def evaluated(self, forward: Forward, *, keeps: bool) -> EvaluatedBatch | None:
        """Return what an evaluation says; keeps: with its rows."""
        inputs = forward.inputs
        if not inputs:
            return None
        batch = EvaluatedBatch(forward.rows, codes_of(array_of(inputs[0])), forward.training)
        target: torch.Tensor | None = None
        if forward.losses:
            call = forward.losses[0]
            target, batch.loss, batch.correct = call.target, mean_loss(call, forward.rows), answers_of(call)
        if forward.answered is not None:
            predicted, labels = forward.answered
            batch.correct = agreement(predicted, labels) if batch.correct is None else batch.correct
            target = labels if target is None else target
        form = None if self.replay is None else self.replay.form
        if form is not None and not form.extras and keeps:
            target, arrays = target_in(forward, form, target), inputs_in(forward, form)
            if target is not None and arrays is not None and target.ndim and len(target) == forward.rows:
                y = array_of(target)
                fits = y.shape[1:] == tuple(form.example.shape[1:])
                kind = array_of(form.example).dtype
                batch.kept = rows_of(tuple(array_of(one) for one in arrays), y.astype(kind)) if fits else None
        return batch


def mean_loss(call: LossCall, rows: int) -> float | None:
    """Return the loss of a call as a mean over the rows; None where it gives one for each."""
    if call.value.numel() != 1:
        return None
    return float(call.value.detach()) / (rows if call.reduction == "sum" and rows else 1)


def follow_answers(forward: Forward, func: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Any) -> None:
    """In an evaluation, follow what is made of the outputs until it is compared with labels."""
    given = list(tensors_in((args, dict(kwargs))))
    made = [tensor for tensor in given if id(tensor) in forward.derived]
    if not made:
        return
    if func in EQUALITIES and len(given) == 2 and len(made) == 1:
        labels = given[0] if given[1] is made[0] else given[1]
        if made[0].shape == labels.shape and labels.ndim and labels.shape[0] == forward.rows:
            forward.answered = (made[0].detach(), labels.detach())
    if len(forward.derived) < MOST_MADE:
        forward.derived |= {id(tensor): tensor for tensor in tensors_in(result)}

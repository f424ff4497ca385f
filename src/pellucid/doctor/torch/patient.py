"""A training loop of PyTorch as a patient of examinations: copies of its model and optimizer, on the rows that were seen."""

import contextlib
import io
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import nn

from pellucid.doctor.patient import AS_IT_IS, Rows, Setup, Variation
from pellucid.doctor.torch.observing.arrays import array_of
from pellucid.doctor.torch.observing.copying import Beginning, copied
from pellucid.doctor.torch.observing.layers import LayerRecorder
from pellucid.doctor.torch.observing.listening import Listener
from pellucid.doctor.torch.observing.replay import Replay
from pellucid.doctor.torch.observing.rows import RowStore
from pellucid.doctor.torch.randomness import same_random_state
from pellucid.shapes import Array

__all__ = ["TorchPatient"]

AT_ONCE = 256  # rows of a forward in evaluation mode


class TorchPatient:
    """What a watched loop offers. The loop's own model and optimizer are copied, and never called."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        further: Mapping[str, torch.Tensor],
        replay: Replay,
        parts: Mapping[str, RowStore],
        counts: Mapping[str, int | None],
        beginning: Beginning,
        setup: Setup,
        cost: float,
    ) -> None:
        self.model, self.optimizer, self.further = model, optimizer, further
        self.replay, self.parts, self.counts, self.beginning = replay, parts, counts, beginning
        self.setup, self.cost = setup, cost
        self._clip_norm = setup.optimizer.clip_norm
        self._drawn: torch.Tensor | None = None  # the state of the random numbers

    def count(self, part: str) -> int | None:
        """Return how many rows a part holds, as far as they were seen."""
        return self.counts.get(part)

    def rows(self, part: str, count: int) -> Rows | None:
        """Return rows that the loop has shown to the model in training, or in evaluation."""
        return self.parts[part].rows(count)

    def copy(self, change: Variation = AS_IT_IS) -> "TorchPatient":
        """Return a copy, changed as asked."""
        model, optimizer, further = copied(self.model, self.optimizer, self.further)
        if change.initial:
            self.beginning.restore(model, optimizer)
        for group in optimizer.param_groups:
            group["lr"] = group["lr"] * change.rate
            if change.no_decay and "weight_decay" in group:
                group["weight_decay"] = 0 * group["weight_decay"]
            if change.no_momentum:
                _drop_momentum(group)
        if change.all_parameters:
            _let_all_learn(model, optimizer, further)
        if change.no_dropout:
            for module in model.modules():
                if type(module).__name__.endswith("Dropout") or "Dropout" in type(module).__name__:
                    module.p = 0.0
        twin = TorchPatient(
            model, optimizer, further, self.replay, self.parts, self.counts, self.beginning, self.setup, self.cost
        )
        twin._clip_norm = None if change.no_clipping else self._clip_norm
        return twin

    def weights(self) -> Mapping[str, Array]:
        """Return every parameter by name, as copies."""
        return {name: array_of(tensor) for name, tensor in self._parameters().items()}

    def load(self, weights: Mapping[str, Array]) -> None:
        """Put these values in place of the parameters of these names."""
        parameters = self._parameters()
        with torch.no_grad():
            for name, array in weights.items():
                parameters[name].copy_(torch.tensor(array))

    def outputs(self, x: Any, *, training: bool = False) -> Array:
        """Return what the loss reads of rows, (N, units, ...)."""
        with self._trial(training), torch.no_grad():
            return np.concatenate([array_of(scores) for _, scores, _ in self._parts_of(x, None, training)])

    def activations(self, x: Any, *, training: bool = False) -> Mapping[str, Array]:
        """Return the outputs of each layer."""
        recorder = LayerRecorder({id(p): name for name, p in self._parameters().items()})
        with self._trial(training), torch.no_grad(), Listener(_RecorderOnly(recorder)):
            recorder.start(self.model)
            self._run(x, self._targets(x))  # a model that is one layer has no layers within it
            recorder.stop()
        return {call.info.name: call.outputs for call in recorder.calls if call.outputs is not None}

    def loss(self, x: Any, y: Array, *, training: bool = False) -> float:
        """Return the loss on rows."""
        with self._trial(training), torch.no_grad():
            found = [(float(loss), size) for loss, _, size in self._parts_of(x, y, training)]
        return sum(loss * size for loss, size in found) / max(1, sum(size for _, size in found))

    def gradients(self, x: Any, y: Array) -> Mapping[str, Array]:
        """Return the gradient of every trained parameter on a batch."""
        with self._trial(True), torch.enable_grad():
            loss = self._run(x, y)[0]
            names = [name for name, p in self._parameters().items() if p.requires_grad and name in self.setup.trained]
            parameters = [self._parameters()[name] for name in names]
            found = torch.autograd.grad(loss, parameters, allow_unused=True)
        return {
            name: np.zeros(tuple(p.shape), np.float32) if one is None else array_of(one)
            for name, p, one in zip(names, parameters, found, strict=True)
        }

    def step(self, x: Any, y: Array) -> float:
        """Make one step of this copy; NaN, and no step, where loss or gradient are not finite."""
        with self._quietly(), torch.enable_grad():
            self._set_modes(True)

            def closure() -> torch.Tensor:
                self.optimizer.zero_grad()
                loss = self._run(x, y)[0]
                loss.backward()
                return loss.detach()

            loss = closure()
            parameters = [p for group in self.optimizer.param_groups for p in group["params"] if p.grad is not None]
            limit = math.inf if self._clip_norm is None else self._clip_norm
            norm = float(torch.nn.utils.clip_grad_norm_(parameters, limit)) if parameters else 0.0
            if not (math.isfinite(float(loss)) and math.isfinite(norm)):
                return math.nan
            if isinstance(self.optimizer, torch.optim.LBFGS):
                self.optimizer.step(closure)
            else:
                self.optimizer.step()
            return float(loss) / (len(y) if self.replay.sums else 1)

    def _parts_of(self, x: Any, y: Array | None, training: bool) -> Iterator[tuple[torch.Tensor, torch.Tensor, int]]:
        """Yield loss, scores and rows of each part; in training mode all rows, whose statistics belong together."""
        targets = self._targets(x) if y is None else y
        total = len(targets)
        size = total if training else AT_ONCE
        for start in range(0, total, size):
            part = tuple(a[start : start + size] for a in x) if isinstance(x, tuple) else x[start : start + size]
            chosen = targets[start : start + size]
            loss, scores = self._run(part, chosen)
            count = len(chosen)
            if scores.ndim and scores.shape[0] == count and scores.ndim == 1:
                scores = scores[:, None]
            yield loss / (count if self.replay.sums else 1), scores, count

    def _run(self, x: Any, y: Array) -> tuple[torch.Tensor, torch.Tensor]:
        return self.replay.run(self.model, self.further, x, y)

    def _targets(self, x: Any) -> Array:
        """Return targets in the form of the run's, for what needs outputs only."""
        rows = self.parts["training"].rows(1)
        assert rows is not None
        count = len(x[0]) if isinstance(x, tuple) else len(x)
        return np.repeat(rows.y, count, axis=0)

    def _parameters(self) -> dict[str, torch.Tensor]:
        return {**dict(self.model.named_parameters()), **self.further}

    def _set_modes(self, training: bool) -> None:
        self.model.train(False)
        if training:
            for name, module in self.model.named_modules():
                module.training = self.replay.modes.get(name, True)

    @contextlib.contextmanager
    def _quietly(self) -> Iterator[None]:
        """Draw from random numbers of the patient's own, one after the other, and print nothing."""
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"), same_random_state(seed=0):
            if self._drawn is not None:
                torch.set_rng_state(self._drawn)
            yield
            self._drawn = torch.get_rng_state()

    @contextlib.contextmanager
    def _trial(self, training: bool) -> Iterator[None]:
        """Set modes and gradients; running statistics and random state are put back."""
        buffers = {name: tensor.detach().clone() for name, tensor in self.model.named_buffers()} if training else {}
        self._set_modes(training)
        try:
            with self._quietly():
                yield
        finally:
            with torch.no_grad():
                for name, tensor in self.model.named_buffers():
                    if name in buffers:
                        tensor.copy_(buffers[name])


class _RecorderOnly:
    """Hears functions for a recorder."""

    deaf = False

    def __init__(self, recorder: LayerRecorder) -> None:
        self._recorder = recorder

    def backward_begins(self, loss: torch.Tensor) -> None:
        """Do nothing."""

    def backward_ended(self) -> None:
        """Do nothing."""

    def function_called(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        """Note it."""
        if self._recorder.is_on:
            self._recorder.function_called(func, args, kwargs, result)


def _drop_momentum(group: dict[str, Any]) -> None:
    if "momentum" in group:
        group["momentum"] = 0.0
        group["nesterov"] = False
    if isinstance(group.get("betas"), tuple):
        group["betas"] = (0.0, *group["betas"][1:])


def _let_all_learn(model: nn.Module, optimizer: torch.optim.Optimizer, further: Mapping[str, torch.Tensor]) -> None:
    given = {id(p) for group in optimizer.param_groups for p in group["params"]}
    missing = []
    for parameter in [*model.parameters(), *further.values()]:
        if parameter.is_floating_point():
            parameter.requires_grad_(True)
            missing += [] if id(parameter) in given else [parameter]
    if missing and not isinstance(optimizer, torch.optim.LBFGS):
        optimizer.add_param_group({**optimizer.param_groups[0], "params": missing})

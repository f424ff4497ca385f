"""The update as a step of a plan: a native rule bound to its buffers once, or the rule's own function."""

import math
from collections.abc import Sequence
from typing import Any

from pellucid.kernels import NATIVE_RULES, default_threads, native, native_build
from pellucid.nets import Network, ParameterRange
from pellucid.optim import Muon, Optimizer, Rule, global_norm
from pellucid.optim.orthogonal import update_matrix
from pellucid.shapes import Array

__all__ = ["Update", "bound_update"]


class Update:
    """Moves a network's parameters by gradients in a flat buffer; `moments` is the rule's state, arrays like that buffer."""

    def __init__(self, net: Network, optimizer: Optimizer, rule: Rule, gradients: Array, moments: Any) -> None:
        self.net, self.optimizer, self.rule = net, optimizer, rule
        self.gradients, self.moments = gradients, moments
        self.ranges = _joined(net.learning_ranges(), optimizer)
        native_sum = native_build().available and gradients.size
        self.squares = native().bound.sum_of_squares(None, gradients, default_threads()) if native_sum else None

    def gradient_norm(self) -> float:
        """Return the Euclidean length of all gradients together, summed in float64."""
        if self.squares is not None:
            total = self.squares(self.gradients.size)
            if math.isfinite(total) and (total > 0 or not self.gradients.any()):
                return math.sqrt(total)
        return global_norm(self.gradients)  # scales first where the squares do not fit into a float64

    def __call__(self, gradients: Array, step: int, learning_rate: float) -> None:
        """Make the update of step `step`, which counts from 1."""
        for part in self.ranges:
            span = slice(part.start, part.stop)
            self.rule.update(
                self.net.params.flat[span],
                gradients[span],
                type(self.moments)(*(moment[span] for moment in self.moments)),
                step=step,
                learning_rate=learning_rate,
                **self.optimizer.settings(decays=part.decays),
            )


class NativeRule(Update):
    """A rule whose settings, except the learning rate, stay the same from step to step, bound to its buffers once."""

    def __init__(self, net: Network, optimizer: Optimizer, rule: Rule, gradients: Array, moments: Any) -> None:
        super().__init__(net, optimizer, rule, gradients, moments)
        bind = getattr(native().bound, optimizer.rule_name)
        self.calls = []
        for part in self.ranges:
            span = slice(part.start, part.stop)
            arrays = (array[span] for array in (net.params.flat, gradients, *moments))
            self.calls.append(bind(*arrays, *optimizer.settings(decays=part.decays).values(), default_threads()))

    def __call__(self, gradients: Array, step: int, learning_rate: float) -> None:
        """Make the update; for `gradients` other than the bound ones, fall back to the rule's own function."""
        if gradients is not self.gradients:
            super().__call__(gradients, step, learning_rate)
            return
        for call in self.calls:
            call(learning_rate)


class NativeAdam(Update):
    """Adam or AdamW, bound to its buffers once."""

    def __init__(self, net: Network, optimizer: Optimizer, rule: Rule, gradients: Array, moments: Any) -> None:
        super().__init__(net, optimizer, rule, gradients, moments)
        settings = optimizer.settings(decays=True)
        self.betas = settings["beta1"], settings["beta2"]
        self.calls = []
        for part in self.ranges:
            span = slice(part.start, part.stop)
            arrays = (array[span] for array in (net.params.flat, gradients, *moments))
            call = native().bound.adam_update(None, *arrays, *self.betas, settings["eps"], default_threads())
            self.calls.append((call, optimizer.settings(decays=part.decays).get("weight_decay", 0.0)))

    def __call__(self, gradients: Array, step: int, learning_rate: float) -> None:
        """Make the update; for `gradients` other than the bound ones, fall back to the rule's own function."""
        if gradients is not self.gradients:
            super().__call__(gradients, step, learning_rate)
            return
        beta1, beta2 = self.betas
        rate, correction = learning_rate / (1 - beta1**step), (1 - beta2**step) ** 0.5
        for call, decay in self.calls:
            call(rate, correction, 1 - learning_rate * decay)


class MatrixUpdate(Update):
    """Muon: the weights of affine layers and convolutions, except the last layer's, as matrices; all else by AdamW's rule."""

    def __init__(self, net: Network, optimizer: Muon, rule: Rule, gradients: Array, moments: Any) -> None:
        super().__init__(net, optimizer, rule, gradients, moments)
        self.muon = optimizer
        dw, m = net.params.like(gradients), net.params.like(moments.m)
        self.views = {name: (net.params[name], dw[name], m[name]) for name in hidden_matrices(net)}
        self.ranges = _without(self.ranges, [net.params.ranges[name] for name in self.views])

    def __call__(self, gradients: Array, step: int, learning_rate: float) -> None:
        """Make the update of step `step`, which counts from 1."""
        super().__call__(gradients, step, learning_rate)
        own = self.net.params.like(gradients) if gradients is not self.gradients else None
        for name, (w, dw, m) in self.views.items():
            update_matrix(
                w,
                dw if own is None else own[name],
                m,
                learning_rate=learning_rate,
                momentum=self.muon.momentum,
                weight_decay=self.muon.weight_decay,
            )


def hidden_matrices(net: Network) -> list[str]:
    """Return the names of the parameters that Muon treats as matrices: weights that learn, of two or four axes, but the last."""
    weights = [name for name, array in net.params.items() if net.program.params[name].decays and array.ndim in (2, 4)]
    learning = net.learning_ranges()
    return [
        name for name in weights[:-1] if any(part.start <= net.params.ranges[name][0] < part.stop for part in learning)
    ]


def bound_update(net: Network, optimizer: Optimizer, rule: Rule, gradients: Array, moments: Any) -> Update:
    """Return the fastest update available for a rule."""
    if isinstance(optimizer, Muon):
        return MatrixUpdate(net, optimizer, rule, gradients, moments)
    kind = Update
    if rule in (NATIVE_RULES.adam, NATIVE_RULES.adamw):
        kind = NativeAdam
    elif rule == optimizer.rule(NATIVE_RULES):
        kind = NativeRule
    return kind(net, optimizer, rule, gradients, moments)


def _joined(ranges: Sequence[ParameterRange], optimizer: Optimizer) -> tuple[ParameterRange, ...]:
    """Join neighbouring ranges that are updated with the same settings."""
    joined: list[ParameterRange] = []
    for part in ranges:
        before = joined[-1] if joined else None
        if (
            before is not None
            and before.stop == part.start
            and optimizer.settings(decays=before.decays) == optimizer.settings(decays=part.decays)
        ):
            joined[-1] = ParameterRange(before.start, part.stop, before.decays)
        else:
            joined.append(part)
    return tuple(joined)


def _without(ranges: Sequence[ParameterRange], taken: Sequence[tuple[int, int]]) -> tuple[ParameterRange, ...]:
    """Return ranges without the parts that are taken; each lies in one range."""
    left = list(ranges)
    for start, stop in taken:
        left = [
            piece
            for part in left
            for piece in (
                (part,)
                if stop <= part.start or part.stop <= start
                else (
                    ParameterRange(part.start, start, part.decays),
                    ParameterRange(stop, part.stop, part.decays),
                )
            )
            if piece.start < piece.stop
        ]
    return tuple(left)

"""Optimisers: which update rule, with which settings. Plain descriptions; the arrays are the trainer's.

A learning rate here is the base rate; a schedule multiplies it. Weight decay (AdamW) applies to weights, never to biases or
normalisation parameters.
"""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from pellucid.optim.rules import Rule, UpdateRules
from pellucid.shapes import ShapeError

__all__ = ["OPTIMIZERS", "SGD", "AdaGrad", "Adam", "AdamW", "Momentum", "Nesterov", "Optimizer", "RMSProp"]


@dataclass(frozen=True)
class Optimizer:
    """What every optimiser has: a learning rate and the name of its rule."""

    learning_rate: float = 1e-3

    rule_name: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ShapeError(f"{type(self).__name__}: {name} must be a number; it is {value!r}")
            low_open = name in ("learning_rate", "eps")
            below_one = name in ("momentum", "decay", "beta1", "beta2")
            if not (value > 0 if low_open else value >= 0) or not value < (1 if below_one else float("inf")):
                rule = "positive and finite" if low_open else "in [0, 1)" if below_one else "finite and not negative"
                raise ShapeError(f"{type(self).__name__}: {name} must be {rule}; it is {value}")

    def rule(self, rules: UpdateRules) -> Rule:
        """Return the init/update pair of this optimiser in a table of rules."""
        found: Rule = getattr(rules, self.rule_name)
        return found

    def settings(self, *, decays: bool) -> dict[str, Any]:
        """Return the keyword arguments of `update` but for step and learning rate; `decays` is true of weights."""
        settings = {name: value for name, value in asdict(self).items() if name != "learning_rate"}
        if "weight_decay" in settings and not decays:
            settings["weight_decay"] = 0.0
        return settings


@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent."""

    learning_rate: float = 1e-2
    rule_name: ClassVar[str] = "sgd"


@dataclass(frozen=True)
class Momentum(Optimizer):
    """SGD with momentum."""

    learning_rate: float = 1e-2
    momentum: float = 0.9
    rule_name: ClassVar[str] = "momentum"


@dataclass(frozen=True)
class Nesterov(Optimizer):
    """SGD with Nesterov's momentum."""

    learning_rate: float = 1e-2
    momentum: float = 0.9
    rule_name: ClassVar[str] = "nesterov"


@dataclass(frozen=True)
class AdaGrad(Optimizer):
    """Rates that shrink with the sum of squared gradients."""

    learning_rate: float = 1e-2
    eps: float = 1e-8
    rule_name: ClassVar[str] = "adagrad"


@dataclass(frozen=True)
class RMSProp(Optimizer):
    """Rates that follow the running mean of squared gradients."""

    learning_rate: float = 1e-3
    decay: float = 0.99
    eps: float = 1e-8
    rule_name: ClassVar[str] = "rmsprop"


@dataclass(frozen=True)
class Adam(Optimizer):
    """RMSProp with momentum and bias correction."""

    learning_rate: float = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    rule_name: ClassVar[str] = "adam"


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with weight decay apart from the gradient."""

    weight_decay: float = 0.01
    rule_name: ClassVar[str] = "adamw"


OPTIMIZERS: dict[str, type[Optimizer]] = {
    kind.rule_name: kind for kind in (SGD, Momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW)
}

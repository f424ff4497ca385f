"""Optimisers: an update rule and its settings, without arrays; the trainer holds the state.

The learning rate is the base rate; a schedule multiplies it. Weight decay (AdamW) applies to weights, never to biases or
normalisation parameters.
"""

from dataclasses import KW_ONLY, InitVar, asdict, dataclass, fields
from typing import Any, ClassVar, Self

from pellucid.optim.rules import Rule, UpdateRules
from pellucid.shapes import ShapeError, check_number, did_you_mean, meant

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Momentum",
    "Muon",
    "Nesterov",
    "Optimizer",
    "RMSProp",
    "optimizer_of",
]


OTHER_SETTINGS = {  # of other libraries, and what stands for them here
    "weight_decay": "; AdamW decays weights apart from the gradient, and Trainer(reg=...) adds L2 to it",
    "betas": "; give beta1 and beta2",
    "momentum": "; Momentum and Nesterov have it",
    "alpha": "; did you mean 'decay'?",
}


@dataclass(frozen=True)
class Optimizer:
    """The base of all optimisers: a learning rate, which may be called `lr`, and the name of the update rule."""

    learning_rate: float = 1e-3
    _: KW_ONLY
    lr: InitVar[float | None] = None

    rule_name: ClassVar[str] = ""

    def __new__(cls, *values: Any, **settings: Any) -> Self:
        """Refuse a setting that the optimiser does not have, with what it might be called."""
        known = [setting.name for setting in fields(cls)]
        for name in settings:
            if name not in (*known, "lr"):
                hint = OTHER_SETTINGS.get(name) or did_you_mean(name, known) or f"; it has {', '.join(known)}"
                raise ShapeError(f"{cls.__name__}: there is no setting {name!r}{hint}")
        return super().__new__(cls)

    def __post_init__(self, lr: float | None) -> None:
        if lr is not None:
            if self.learning_rate != type(self).__dataclass_fields__["learning_rate"].default:
                raise ShapeError(f"{type(self).__name__}: lr is learning_rate: give one of them")
            object.__setattr__(self, "learning_rate", lr)
        who = type(self).__name__
        if isinstance(self.learning_rate, str) and self.learning_rate == "auto":  # the command line has it
            raise ShapeError(
                f"{who}: learning_rate must be a number; trainer.find_learning_rate(x, y).suggestion finds one, and so does "
                "pellucid train --learning-rate auto"
            )
        for name, value in asdict(self).items():
            if name in ("learning_rate", "eps"):
                read = check_number(who, name, value, above=0)
            elif name in ("momentum", "decay", "beta1", "beta2"):
                read = check_number(who, name, value, minimum=0, below=1)
            else:
                read = check_number(who, name, value, minimum=0)
            object.__setattr__(self, name, read)

    @property
    def name(self) -> str:
        """What `OPTIMIZERS` and settings call it."""
        return self.rule_name

    def rule(self, rules: UpdateRules) -> Rule:
        """Return the init/update pair of this optimiser from a table of rules."""
        if not self.rule_name:
            raise ShapeError("Optimizer: this base class has no update rule; use an optimiser such as Adam()")
        found: Rule = getattr(rules, self.rule_name)
        return found

    def settings(self, *, decays: bool) -> dict[str, Any]:
        """Return the keyword arguments of `update` except step and learning rate; `decays` is true for weights."""
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
    """Per-parameter rates that shrink with the sum of squared gradients."""

    learning_rate: float = 1e-2
    eps: float = 1e-8
    rule_name: ClassVar[str] = "adagrad"


@dataclass(frozen=True)
class RMSProp(Optimizer):
    """Per-parameter rates scaled by the running mean of squared gradients."""

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
    """Adam with decoupled weight decay."""

    weight_decay: float = 0.01
    rule_name: ClassVar[str] = "adamw"


@dataclass(frozen=True)
class Muon(AdamW):
    """Orthogonalized momentum for the matrices of hidden layers, AdamW for all else, at one learning rate.

    `pellucid.optim.orthogonal` has the step of a matrix; a plan finds the matrices. momentum: of the matrices' gradients.
    """

    learning_rate: float = 1e-2
    momentum: float = 0.95

    @property
    def name(self) -> str:
        """What `OPTIMIZERS` and settings call it; its rule is AdamW's."""
        return "muon"

    def settings(self, *, decays: bool) -> dict[str, Any]:
        """Return the settings of AdamW's update, for what is no matrix."""
        return {name: value for name, value in super().settings(decays=decays).items() if name != "momentum"}


OPTIMIZERS: dict[str, type[Optimizer]] = {
    kind().name: kind for kind in (SGD, Momentum, Nesterov, AdaGrad, RMSProp, Adam, AdamW, Muon)
}


def optimizer_of(who: str, given: Any) -> Any:
    """Return the optimiser that a name ('sgd') or a class (SGD) means, with its defaults; anything else unchanged.

    Raises ShapeError for an unknown name.
    """
    if isinstance(given, type) and issubclass(given, Optimizer):
        return given()
    if not isinstance(given, str):
        return given
    name = meant(given, OPTIMIZERS)
    if name is None:
        raise ShapeError(
            f"{who}: optimizer must be one of pellucid.optim, such as Adam(), or a name of {', '.join(OPTIMIZERS)}; "
            f"got {given!r}{did_you_mean(given, OPTIMIZERS)}"
        )
    return OPTIMIZERS[name]()

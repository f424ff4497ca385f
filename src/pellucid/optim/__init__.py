"""Optimisation: update rules, the optimisers built on them, learning-rate schedules, gradient clipping.

What lives here: functions on a flat buffer of parameters, and their settings. What does not: networks, and the loop that calls
these functions.
"""

from typing import Any

from pellucid.habits import attribute_error
from pellucid.optim.averaging import AVERAGES, EMA, SWA, Averaging, WeightAverage
from pellucid.optim.clipping import clip_by_global_norm, global_norm, scale_to_norm
from pellucid.optim.optimizers import (
    OPTIMIZERS,
    SGD,
    AdaGrad,
    Adam,
    AdamW,
    Momentum,
    Muon,
    Nesterov,
    Optimizer,
    RMSProp,
    optimizer_of,
)
from pellucid.optim.rules import (
    REFERENCE_RULES,
    AdamState,
    NoState,
    Rule,
    SquaresState,
    UpdateRules,
    VelocityState,
    adagrad_update,
    adam_init,
    adam_update,
    adamw_update,
    momentum_update,
    nesterov_update,
    no_state_init,
    rmsprop_update,
    sgd_update,
    squares_init,
    velocity_init,
)
from pellucid.optim.schedules import (
    SCHEDULES,
    Constant,
    Cosine,
    Exponential,
    OneCycle,
    ReduceOnPlateau,
    Schedule,
    StepDecay,
    WarmRestarts,
    WarmUp,
)

__all__ = [
    "AVERAGES",
    "EMA",
    "OPTIMIZERS",
    "REFERENCE_RULES",
    "SCHEDULES",
    "SGD",
    "SWA",
    "AdaGrad",
    "Adam",
    "AdamState",
    "AdamW",
    "Averaging",
    "Constant",
    "Cosine",
    "Exponential",
    "Momentum",
    "Muon",
    "Nesterov",
    "NoState",
    "OneCycle",
    "Optimizer",
    "RMSProp",
    "ReduceOnPlateau",
    "Rule",
    "Schedule",
    "SquaresState",
    "StepDecay",
    "UpdateRules",
    "VelocityState",
    "WarmRestarts",
    "WarmUp",
    "WeightAverage",
    "adagrad_update",
    "adam_init",
    "adam_update",
    "adamw_update",
    "clip_by_global_norm",
    "global_norm",
    "momentum_update",
    "nesterov_update",
    "no_state_init",
    "optimizer_of",
    "rmsprop_update",
    "scale_to_norm",
    "sgd_update",
    "squares_init",
    "velocity_init",
]

HABITS = {  # what other libraries have, and what to write here
    "lr_scheduler": "write a schedule, such as OneCycle()",
    "RMSprop": "write RMSProp()",
    "Adagrad": "write AdaGrad()",
}


def __getattr__(name: str) -> Any:
    """Raise AttributeError, which says what to write."""
    raise attribute_error("module 'pellucid.optim'", name, __all__, HABITS)

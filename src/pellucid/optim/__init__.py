"""Optimisation: update rules, the optimisers built on them, learning-rate schedules, gradient clipping.

What lives here: functions on a flat buffer of parameters, and their settings. What does not: networks, and the loop that calls
these functions.
"""

from pellucid.optim.clipping import clip_by_global_norm, global_norm, scale_to_norm
from pellucid.optim.optimizers import OPTIMIZERS, SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSProp
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
    Schedule,
    StepDecay,
    WarmUp,
)

__all__ = [
    "OPTIMIZERS",
    "REFERENCE_RULES",
    "SCHEDULES",
    "SGD",
    "AdaGrad",
    "Adam",
    "AdamState",
    "AdamW",
    "Constant",
    "Cosine",
    "Exponential",
    "Momentum",
    "Nesterov",
    "NoState",
    "OneCycle",
    "Optimizer",
    "RMSProp",
    "Rule",
    "Schedule",
    "SquaresState",
    "StepDecay",
    "UpdateRules",
    "VelocityState",
    "WarmUp",
    "adagrad_update",
    "adam_init",
    "adam_update",
    "adamw_update",
    "clip_by_global_norm",
    "global_norm",
    "momentum_update",
    "nesterov_update",
    "no_state_init",
    "rmsprop_update",
    "scale_to_norm",
    "sgd_update",
    "squares_init",
    "velocity_init",
]

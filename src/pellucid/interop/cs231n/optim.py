"""`cs231n.optim`: update rules (w, dw, config) -> (next_w, config). The state in config is updated; w and dw are not changed."""

from typing import Any

import numpy as np

from pellucid.interop.cs231n.arrays import of_one_dtype
from pellucid.optim.rules import (
    AdamState,
    NoState,
    SquaresState,
    VelocityState,
    adam_update,
    momentum_update,
    rmsprop_update,
    sgd_update,
)
from pellucid.shapes import Array

__all__ = ["adam", "rmsprop", "sgd", "sgd_momentum"]

Config = dict[str, Any]


def sgd(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    """w - learning_rate (1e-2) * dw."""
    config = _with_defaults(config, learning_rate=1e-2)
    w, dw = _moving(w, dw)
    sgd_update(w, dw, NoState(), step=1, learning_rate=config["learning_rate"])
    return w, config


def sgd_momentum(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    """Move by a velocity (config: learning_rate 1e-2, momentum 0.9, velocity)."""
    config = _with_defaults(config, learning_rate=1e-2, momentum=0.9, velocity=np.zeros_like(w))
    w, dw, velocity = _moving(w, dw, config["velocity"])
    settings = {"learning_rate": config["learning_rate"], "momentum": config["momentum"]}
    momentum_update(w, dw, VelocityState(velocity), step=1, **settings)
    config["velocity"] = velocity
    return w, config


def rmsprop(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    """Divide by a running root mean square (config: learning_rate 1e-2, decay_rate 0.99, epsilon 1e-8, cache)."""
    config = _with_defaults(config, learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8, cache=np.zeros_like(w))
    w, dw, squares = _moving(w, dw, config["cache"])
    rate, decay, eps = config["learning_rate"], config["decay_rate"], config["epsilon"]
    rmsprop_update(w, dw, SquaresState(squares), step=1, learning_rate=rate, decay=decay, eps=eps)
    config["cache"] = squares
    return w, config


def adam(w: Array, dw: Array, config: Config | None = None) -> tuple[Array, Config]:
    """Adam (config: learning_rate 1e-3, beta1 0.9, beta2 0.999, epsilon 1e-8, m, v, t). t is incremented before it is used."""
    defaults = {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 0}
    config = _with_defaults(config, **defaults, m=np.zeros_like(w), v=np.zeros_like(w))
    w, dw, m, v = _moving(w, dw, config["m"], config["v"])
    config["t"] += 1
    rate, eps = config["learning_rate"], config["epsilon"]
    betas = {"beta1": config["beta1"], "beta2": config["beta2"]}
    adam_update(w, dw, AdamState(m, v), step=config["t"], learning_rate=rate, eps=eps, **betas)
    config["m"], config["v"] = m, v
    return w, config


def _with_defaults(config: Config | None, **defaults: Any) -> Config:
    """Fill missing entries of a config in place."""
    config = {} if config is None else config
    for name, value in defaults.items():
        config.setdefault(name, value)
    return config


def _moving(*arrays: Array) -> tuple[Array, ...]:
    """Return copies with a common dtype, for a rule to change in place."""
    return tuple(array.copy() for array in of_one_dtype(*arrays))

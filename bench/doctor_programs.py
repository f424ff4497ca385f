"""Small programs that the benches of the doctor train: data, networks, and one training watched by a doctor."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import pellucid
from pellucid import optim
from pellucid.doctor import Doctor
from pellucid.nets import Affine, Network, ReLU
from pellucid.train import Trainer

__all__ = ["Run", "digits", "fitted", "mlp", "numbers"]


def digits(seed: int) -> tuple[Any, ...]:
    """Return standardized digits: training and validation rows, drawn by the seed."""
    data = pellucid.data.load("digits", seed=seed)
    x, held = (np.float32(part.images.reshape(len(part.images), -1)) for part in (data.train, data.validation))
    mean, spread = x.mean(axis=0), x.std(axis=0)
    spread[spread == 0] = 1  # else a pixel that is blank in training only would become a million in validation
    return (x - mean) / spread, data.train.labels, (held - mean) / spread, data.validation.labels


def numbers(seed: int, rows: int = 800) -> tuple[Any, ...]:
    """Return a regression with eight inputs and some noise."""
    draws = np.random.default_rng(seed)
    x = draws.standard_normal((rows + 200, 8)).astype(np.float32)
    y = (np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.5 * x[:, 3] + 0.1 * draws.standard_normal(len(x))).astype(
        np.float32
    )
    return x[:rows], y[:rows], x[rows:], y[rows:]


def mlp(
    *units: int,
    inputs: int = 64,
    outputs: int = 10,
    act: Any = ReLU,
    norm: Any = (),
    more: Any = (),
    end: Any = (),
    **options: Any,
) -> Network:
    """Return a fully connected network."""
    hidden = [layer for k in units for layer in (Affine(k), *(n() for n in norm), act(), *(m() for m in more))]
    return Network([*hidden, Affine(outputs), *(e() for e in end)], (inputs,), **options)


@dataclass
class Run:
    """One training: what it is, and how to make it."""

    name: str  # for a sick one, its ailment
    make: Callable[[int], Doctor]
    sick: bool = True
    also: tuple[str, ...] = field(default=())  # other ailments that may be named first


def fitted(
    net: Network, data: tuple[Any, ...], epochs: int = 6, optimizer: Any = None, *, also: Any = (), **options: Any
) -> Doctor:
    """Train, and return the doctor; `also` are further functions that events go to. Options are those of Trainer and of `fit`."""
    doctor = Doctor()
    x, y, held, held_y = data
    of_fit = {name: options.pop(name) for name in ("pipeline", "patience", "balanced") if name in options}
    trainer = Trainer(net, optim.Adam() if optimizer is None else optimizer, **options)
    validation = None if held is None else (held, held_y)
    with contextlib.suppress(ArithmeticError):
        trainer.fit((x, y), epochs, validation=validation, on_event=[doctor, *also], doctor=False, **of_fit)
    return doctor

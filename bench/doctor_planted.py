"""Further sick trainings and their healthy twins: weights made again, augmentation, losses and metrics, memory, leaks, scaling."""

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.doctor_programs import Run, digits, fitted, mlp, numbers
from pellucid import optim
from pellucid.data import Augmentation, Pipeline
from pellucid.doctor import Doctor
from pellucid.nets import Affine, Conv, Flatten, MaxPool, Network, ReLU, Sigmoid, Softmax
from pellucid.train.events import EpochDone, Event, StepDone

__all__ = ["healthy_twins", "planted"]


def planted() -> list[Run]:
    """Return the sick trainings."""
    made: list[tuple[str, Callable[[int], Doctor], tuple[str, ...]]] = [
        ("model-reset", lambda s: _reset(s, drawn_anew=False), ()),
        ("model-reset", lambda s: _reset(s, drawn_anew=True), ()),
        ("augmentation-too-strong", lambda s: _images(s, rotate=180, scale=3.0, cutout=6), ()),
        ("augmentation-too-strong", lambda s: _images(s, crop_pad=7), ()),
        ("loss-does-not-fit-output", lambda s: fitted(_net(s, Softmax), _one_hot(s), 6, loss="mse"), ()),
        ("loss-does-not-fit-output", lambda s: fitted(_net(s, Sigmoid), digits(s), 6), ()),
        ("metric-does-not-fit", lambda s: _rare(s), ()),
        ("memory-grows", lambda s: _leaking(s), ()),
        ("momentum-too-high", lambda s: _heavy(s, 0.03, 12), ()),
        ("momentum-too-high", lambda s: _heavy(s, 0.1, 6), ()),
        ("target-in-inputs", lambda s: _told(s), ()),
        ("target-in-inputs", lambda s: _told_class(s), ()),
        ("preprocessing-differs", lambda s: fitted(mlp(64, seed=s), _scaled_held(s, 1.0, 1.5)), ()),
        ("preprocessing-differs", lambda s: fitted(mlp(64, seed=s), _scaled_held(s, 2.0, 0.5)), ()),
        ("preprocessing-differs", lambda s: fitted(mlp(64, seed=s), _blank_column(s)), ()),
    ]
    return [Run(name, make, True, also) for name, make, also in made]


def healthy_twins() -> list[Run]:
    """Return the same trainings without the mistake."""
    made: dict[str, Callable[[int], Doctor]] = {
        "digits, best weights loaded again": _reloaded,
        "digits, warm restarts": lambda s: fitted(
            mlp(64, 64, seed=s), digits(s), 8, optimizer=optim.Momentum(0.05), schedule=lambda done: 1 - (4 * done) % 1
        ),
        "digits augmented": lambda s: _images(s, crop_pad=1, rotate=10),
        "digits augmented, mixed": lambda s: _images(s, crop_pad=1, mixup=0.4),
        "one-hot, linear, mse": lambda s: fitted(_net(s), _one_hot(s), 10, loss="mse"),
        "digits sigmoid, bce": lambda s: fitted(mlp(16, inputs=8, outputs=1, seed=s), _indicators(s), 10, loss="bce"),
        "rare class, F1": lambda s: _rare(s, metrics=["f1"]),
        "digits, losses kept": lambda s: _leaking(s, size=1),
        "momentum 0.999, small rate": lambda s: _heavy(s, 0.003, 12),
        "numbers, related column": lambda s: _told(s, noise=0.1),
        "digits, validation of other spread": lambda s: fitted(mlp(64, seed=s), _scaled_held(s, 0.1, 1.1)),
    }
    return [Run(name, make, False) for name, make in made.items()]


def _net(seed: int, *end: Any) -> Network:
    return mlp(64, seed=seed, end=end)


def _reset(seed: int, *, drawn_anew: bool) -> Doctor:
    """Train a network whose weights are made again at the end of each epoch."""
    net = mlp(64, 64, seed=seed)
    first = net.params.flat.copy()

    def again(event: Event) -> None:
        if isinstance(event, EpochDone):
            new = mlp(64, 64, seed=seed + 100 * event.epoch).params.flat if drawn_anew else first
            net.params.flat[...] = new

    return fitted(net, digits(seed), 6, also=[again])


def _reloaded(seed: int) -> Doctor:
    """Train, and go back to the weights of the epoch with the lowest training loss at the end of each other epoch."""
    net, best = mlp(64, 64, seed=seed), {}

    def again(event: Event) -> None:
        if isinstance(event, EpochDone):
            if not best or event.train_loss < min(best):
                best[event.train_loss] = net.params.flat.copy()
            net.params.flat[...] = best[min(best)]

    return fitted(net, digits(seed), 8, also=[again])


def _images(seed: int, **changes: Any) -> Doctor:
    x, y, held, held_y = digits(seed)
    images = tuple(part.reshape(-1, 1, 8, 8) for part in (x, held))
    net = Network([Conv(16, 3, pad=1), ReLU(), MaxPool(2), Flatten(), Affine(10)], (1, 8, 8), seed=seed)
    pipeline = Pipeline(augmentation=Augmentation(**changes))
    return fitted(net, (images[0], y, images[1], held_y), 8, pipeline=pipeline)


def _one_hot(seed: int) -> tuple[Any, ...]:
    x, y, held, held_y = digits(seed)
    rows = np.eye(10, dtype=np.float32)
    return x, rows[y], held, rows[held_y]


def _indicators(seed: int) -> tuple[Any, ...]:
    x, y, held, held_y = numbers(seed)
    return x, (y > 0).astype(np.int64), held, (held_y > 0).astype(np.int64)


def _rare(seed: int, **options: Any) -> Doctor:
    """Train on two classes that overlap; the second has a fiftieth of the rows."""
    draws = np.random.default_rng(seed)
    y = (np.arange(4000) % 50 == 0).astype(np.int64)
    x = draws.standard_normal((4000, 6)).astype(np.float32)
    x[:, 0] += 2.7 * y
    weights = {"class_weight": {0: 1.0, 1: 10.0}}
    parts = (x[:3000], y[:3000], x[3000:], y[3000:])
    return fitted(mlp(16, inputs=6, outputs=2, seed=seed), parts, 12, **weights, **options)


def _leaking(seed: int, size: int = 1_000_000) -> Doctor:
    """Train while a list keeps an array of `size` bytes from each step."""
    kept = []

    def keep(event: Event) -> None:
        if isinstance(event, StepDone):
            kept.append(np.ones(size, np.uint8))

    return fitted(mlp(64, seed=seed), digits(seed), 8, also=[keep])


def _heavy(seed: int, rate: float, epochs: int) -> Doctor:
    return fitted(mlp(64, 64, seed=seed), digits(seed), epochs, optimizer=optim.Momentum(rate, momentum=0.999))


def _told(seed: int, noise: float = 0.0) -> Doctor:
    """Train on numbers one of whose columns is the target in other units."""
    x, y, held, held_y = numbers(seed)
    draws = np.random.default_rng(seed)

    def with_target(rows: Any, targets: Any) -> Any:
        told = 3 * targets + 2 + noise * draws.standard_normal(len(targets))
        return np.column_stack([rows, told]).astype(np.float32)

    data = with_target(x, y), y, with_target(held, held_y), held_y
    return fitted(mlp(32, inputs=9, outputs=1, seed=seed), data, 20, loss="mse")


def _told_class(seed: int) -> Doctor:
    """Train on digits beside which the table still holds the label."""
    x, y, held, held_y = digits(seed)
    names = np.random.default_rng(seed).permutation(10)
    data = (np.column_stack([rows, names[labels]]).astype(np.float32) for rows, labels in ((x, y), (held, held_y)))
    told, told_held = data
    return fitted(mlp(64, inputs=65, seed=seed), (told, y, told_held, held_y), 6)


def _blank_column(seed: int) -> tuple[Any, ...]:
    """Return digits with a column that training rows lack, standardized with a spread of 1e-6."""
    x, y, held, held_y = digits(seed)
    x[:, 9], held[:, 9] = 0, np.where(held[:, 9] > 1.5, 4 / 1e-6, 0)
    return x, y, held, held_y


def _scaled_held(seed: int, shift: float, factor: float) -> tuple[Any, ...]:
    x, y, held, held_y = digits(seed)
    return x, y, factor * held + shift, held_y

"""Planted: short trainings made sick on purpose and their healthy twins; what the doctor finds in them.

    python -m bench.doctor [--seeds 3] [--only WORD] [--vitals] [--cures]

prints a line for each sick training (its ailment, what was found first) and each healthy one (what was found, which should be
nothing), then recall, precision of the first finding, and false alarms. --cures: `bench/doctor_cures.py`.
"""

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import pellucid
from bench.doctor_cost import show_cost
from bench.doctor_planted import healthy_twins, planted
from bench.doctor_programs import Run, digits, fitted, mlp, numbers
from bench.doctor_tally import Tally, learned, said
from bench.doctor_vitals import show_ranges, vitals_of
from pellucid import optim
from pellucid.data import table_splits
from pellucid.data.tables import read_table
from pellucid.data.targets import Numbers
from pellucid.doctor import Doctor
from pellucid.nets import Affine, BatchNorm, Conv, Dropout, Flatten, MaxPool, Network, ReLU, Sigmoid, Softmax, Tanh
from pellucid.train import Trainer

warnings.simplefilter("ignore")


def _sick() -> list[Run]:
    runs = []

    def sick(name: str, make: Callable[[int], Doctor], *also: str) -> None:
        runs.append(Run(name, make, True, also))

    def swapped(seed: int, **changes: Any) -> tuple[Any, ...]:
        parts = dict(zip(("x", "y", "held", "held_y"), digits(seed), strict=True))
        made = {name: change(parts) for name, change in changes.items()}
        return tuple((parts | made).values())

    sick("learning-rate-too-high", lambda s: fitted(mlp(64, 64, seed=s), digits(s), optimizer=optim.Adam(1.0)))
    sick("learning-rate-too-high", lambda s: fitted(mlp(64, 64, seed=s), digits(s), optimizer=optim.SGD(20.0)))
    sick(
        "learning-rate-too-high",
        lambda s: fitted(mlp(32, 32, inputs=8, outputs=1, seed=s), numbers(s), loss="mse", optimizer=optim.SGD(5.0)),
    )
    sick("learning-rate-too-low", lambda s: fitted(mlp(64, 64, seed=s), digits(s), optimizer=optim.Adam(1e-6)))
    sick("learning-rate-too-low", lambda s: fitted(mlp(64, 64, seed=s), digits(s), optimizer=optim.SGD(1e-5)))
    sick(
        "schedule-kills-learning-rate",
        lambda s: fitted(mlp(64, seed=s), digits(s), 8, schedule=lambda done: 1e-9 if done > 0.02 else 1.0),
    )
    sick(
        "momentum-too-high",
        lambda s: fitted(mlp(64, 64, seed=s), digits(s), optimizer=optim.Momentum(0.3, momentum=0.999)),
        "learning-rate-too-high",
    )
    sick(
        "weight-decay-too-high",
        lambda s: fitted(mlp(64, 64, seed=s), digits(s), optimizer=optim.AdamW(weight_decay=100.0)),
    )
    sick("weight-decay-too-high", lambda s: fitted(mlp(64, 64, seed=s), digits(s), optimizer=optim.SGD(0.1), reg=3.0))
    sick(
        "gradient-clipped-away",
        lambda s: fitted(mlp(64, 64, seed=s), digits(s), optimizer=optim.SGD(0.1), clip_norm=1e-4),
    )

    def frozen(seed: int, *patterns: str) -> Doctor:
        net = mlp(64, 64, seed=seed)
        net.freeze(*patterns)
        return fitted(net, digits(seed))

    sick("parameters-not-updated", lambda s: frozen(s, "*"))
    sick("loss-sign-wrong", lambda s: fitted(mlp(64, seed=s), digits(s), loss=_negative))
    sick(
        "batch-size",
        lambda s: fitted(mlp(64, 64, seed=s), digits(s), 4, batch_size=4096),
        "learning-rate-too-low",
        "too-few-epochs",
    )
    sick(
        "too-few-epochs",
        lambda s: fitted(mlp(64, 64, seed=s), digits(s), 1, optimizer=optim.Adam(2e-4)),
        "learning-rate-too-low",
    )
    sick(
        "collapse-after-best",
        lambda s: fitted(
            mlp(64, 64, seed=s),
            digits(s),
            10,
            optimizer=optim.Adam(1e-3),
            schedule=lambda done: 3e3 if 0.55 < done < 0.6 else 1.0,
        ),
    )
    sick(
        "inputs-not-scaled",
        lambda s: fitted(
            mlp(64, 64, seed=s),
            swapped(s, x=lambda p: 80 + 75 * p["x"], held=lambda p: 80 + 75 * p["held"]),
            optimizer=optim.SGD(0.05),
        ),
    )
    sick(
        "inputs-not-scaled",
        lambda s: fitted(
            mlp(32, 32, inputs=8, outputs=1, seed=s), _one_column(s), loss="mse", optimizer=optim.SGD(0.01)
        ),
    )
    sick(
        "inputs-broken",
        lambda s: fitted(mlp(64, seed=s), swapped(s, x=lambda p: 0 * p["x"], held=lambda p: 0 * p["held"])),
    )
    sick("inputs-broken", lambda s: fitted(mlp(64, seed=s), swapped(s, x=lambda p: 0 * p["x"] + 1)))
    sick(
        "targets-not-scaled",
        lambda s: fitted(
            mlp(32, 32, inputs=8, outputs=1, seed=s),
            _scaled_targets(s, 2e5, 5e4),
            loss="mse",
            target=Numbers.of(np.ones(1), standardize=False),
        ),
    )
    sick(
        "targets-not-scaled",
        lambda s: fitted(
            mlp(32, 32, inputs=8, outputs=1, seed=s),
            _scaled_targets(s, 500.0, 20.0),
            loss="mse",
            target=Numbers.of(np.ones(1), standardize=False),
        ),
    )
    sick(
        "labels-wrong",
        lambda s: fitted(mlp(128, seed=s), swapped(s, y=lambda p: np.random.default_rng(s).permutation(p["y"])), 12),
    )
    sick("labels-wrong", lambda s: fitted(mlp(64, seed=s), swapped(s, held_y=lambda p: (p["held_y"] + 1) % 10)))
    sick(
        "labels-wrong",
        lambda s: fitted(
            mlp(64, seed=s), swapped(s, held_y=lambda p: np.random.default_rng(s).permutation(p["held_y"]))
        ),
    )
    sick("label-noise", lambda s: fitted(mlp(128, seed=s), swapped(s, y=lambda p: _noisy(p["y"], 0.35, s)), 15))
    sick("constant-target", lambda s: fitted(mlp(64, seed=s), swapped(s, y=lambda p: 0 * p["y"] + 3)))
    sick("class-imbalance", lambda s: fitted(mlp(64, seed=s), _imbalanced(s), 12))
    sick(
        "too-little-data",
        lambda s: fitted(mlp(64, seed=s), swapped(s, x=lambda p: p["x"][:40], y=lambda p: p["y"][:40]), 60),
        "overfitting",
    )
    sick(
        "data-leak",
        lambda s: fitted(
            mlp(64, seed=s),
            swapped(
                s, x=lambda p: np.concatenate([p["x"], p["held"]]), y=lambda p: np.concatenate([p["y"], p["held_y"]])
            ),
        ),
    )
    sick("preprocessing-differs", lambda s: fitted(mlp(64, seed=s), swapped(s, held=lambda p: 78 + 75 * p["held"])))
    sick("preprocessing-differs", lambda s: fitted(mlp(64, seed=s), swapped(s, held=lambda p: p["held"] / 16)))
    sick("sorted-split", _sorted)
    sick("double-softmax", lambda s: fitted(mlp(64, seed=s, end=(Softmax,)), digits(s)))
    sick(
        "relu-on-output",
        lambda s: fitted(mlp(32, inputs=8, outputs=1, end=(ReLU,), seed=s), numbers(s), 10, loss="mse"),
    )
    sick(
        "output-activation-wrong",
        lambda s: fitted(mlp(32, inputs=8, outputs=1, end=(Sigmoid,), seed=s), numbers(s), 10, loss="mse"),
    )
    sick(
        "loss-shape-mismatch",
        lambda s: fitted(mlp(32, inputs=8, outputs=1, seed=s), numbers(s), 10, loss=_broadcast, check_loss=False),
    )
    sick("no-nonlinearity", lambda s: fitted(Network([Affine(64), Affine(64), Affine(10)], (64,), seed=s), digits(s)))
    sick("too-small-network", lambda s: fitted(mlp(1, seed=s), digits(s), 20))
    sick("dead-units", lambda s: _dead(s))
    sick(
        "saturated-hidden-units",
        lambda s: fitted(mlp(64, 64, act=Tanh, init=30.0, seed=s), digits(s)),
        "bad-initialisation",
    )
    sick(
        "vanishing-gradient",
        lambda s: fitted(mlp(*(64,) * 10, act=Sigmoid, seed=s), digits(s), optimizer=optim.SGD(0.1)),
    )
    sick("vanishing-gradient", lambda s: fitted(mlp(*(32,) * 8, act=Sigmoid, seed=s), digits(s)))
    sick("bad-initialisation", lambda s: fitted(mlp(64, 64, init=0.0, seed=s), digits(s)))
    sick(
        "bad-initialisation", lambda s: fitted(mlp(*(64,) * 4, init=3.0, seed=s), digits(s), optimizer=optim.SGD(0.01))
    )
    sick(
        "bad-initialisation",
        lambda s: fitted(mlp(*(64,) * 5, init=1e-4, seed=s), digits(s), optimizer=optim.SGD(0.1)),
        "vanishing-gradient",
    )
    sick("dropout-too-strong", lambda s: fitted(mlp(64, 64, more=(lambda: Dropout(keep=0.03),), seed=s), digits(s)))
    sick(
        "overfitting",
        lambda s: fitted(
            mlp(256, inputs=8, outputs=1, seed=s),
            _few_numbers(s),
            200,
            loss="mse",
            batch_size=16,
            optimizer=optim.Adam(0.01),
        ),
        "too-little-data",
    )
    sick(
        "batch-norm-tiny-batch",
        lambda s: fitted(
            mlp(64, norm=(BatchNorm,), seed=s),
            swapped(s, x=lambda p: p["x"][:200], y=lambda p: p["y"][:200]),
            3,
            batch_size=2,
        ),
    )
    return runs


def _negative(scores: Any, targets: Any) -> tuple[float, Any]:
    from pellucid.layers import softmax_loss

    loss, gradient = softmax_loss(scores, targets)
    return -loss, -gradient


def _broadcast(scores: Any, targets: Any) -> tuple[float, Any]:
    error = scores - targets.reshape(-1)[None]
    return float((error**2).mean()), (2 * error.mean(axis=1, keepdims=True) / len(scores)).astype(scores.dtype)


def _noisy(y: Any, share: float, seed: int) -> Any:
    draws = np.random.default_rng(seed)
    return np.where(draws.random(len(y)) < share, draws.integers(0, 10, len(y)), y)


def _one_column(seed: int) -> tuple[Any, ...]:
    x, y, held, held_y = numbers(seed)
    factors = np.ones(8, np.float32)
    factors[4] = 5000
    return x * factors, y, held * factors, held_y


def _scaled_targets(seed: int, mean: float, spread: float) -> tuple[Any, ...]:
    x, y, held, held_y = numbers(seed)
    return x, mean + spread * y, held, mean + spread * held_y


def _few_numbers(seed: int) -> tuple[Any, ...]:
    x, y, held, held_y = numbers(seed)
    return x[:40], y[:40], held, held_y


def _imbalanced(seed: int) -> tuple[Any, ...]:
    x, y, held, held_y = digits(seed)
    rows = np.concatenate([np.flatnonzero(y == 3), np.flatnonzero(y != 3)[:7]])
    return x[rows], y[rows], held, held_y


def _sorted(seed: int) -> Doctor:
    x, y, _, _ = digits(seed)
    order = np.argsort(y, kind="stable")
    first, last = np.split(order, [len(order) * 4 // 5])
    return fitted(mlp(64, seed=seed), (x[first], y[first], x[last], y[last]))


def _dead(seed: int) -> Doctor:
    net = mlp(64, 64, seed=seed)
    net.params["affine2.bias"] = np.full(64, -100, np.float32)
    return fitted(net, digits(seed))


def _healthy() -> list[Run]:
    runs = []

    def healthy(name: str, make: Callable[[int], Doctor]) -> None:
        runs.append(Run(name, make, False))

    for kind in (
        optim.SGD,
        optim.Momentum,
        optim.Nesterov,
        optim.AdaGrad,
        optim.RMSProp,
        optim.Adam,
        optim.AdamW,
        optim.Muon,
    ):
        healthy(
            f"digits {kind.__name__}", lambda s, kind=kind: fitted(mlp(64, 64, seed=s), digits(s), 8, optimizer=kind())
        )
    convnet = [Conv(16, 3, pad=1), BatchNorm(), ReLU(), MaxPool(2), Flatten(), Affine(10)]

    def images(seed: int) -> tuple[Any, ...]:
        x, y, held, held_y = digits(seed)
        return x.reshape(-1, 1, 8, 8), y, held.reshape(-1, 1, 8, 8), held_y

    healthy("digits convnet", lambda s: fitted(Network(convnet, (1, 8, 8), seed=s), images(s), 4))
    healthy("digits softmax regression", lambda s: fitted(mlp(seed=s), digits(s), 8))
    healthy("digits one epoch", lambda s: fitted(mlp(64, seed=s), digits(s), 1))
    healthy("digits long", lambda s: fitted(mlp(64, seed=s), digits(s), 60))
    healthy("digits deep", lambda s: fitted(mlp(*(64,) * 6, norm=(BatchNorm,), seed=s), digits(s), 8))
    healthy("digits tanh", lambda s: fitted(mlp(64, 64, act=Tanh, seed=s), digits(s), 8))
    healthy("digits sigmoid", lambda s: fitted(mlp(64, act=Sigmoid, seed=s), digits(s), 8))
    healthy("digits dropout", lambda s: fitted(mlp(128, more=(lambda: Dropout(keep=0.5),), seed=s), digits(s), 8))
    healthy("digits smoothed", lambda s: fitted(mlp(64, seed=s), digits(s), 8, label_smoothing=0.1, reg=1e-3))
    healthy(
        "digits one cycle",
        lambda s: fitted(
            mlp(64, seed=s), digits(s), 8, schedule=optim.OneCycle(), optimizer=optim.AdamW(3e-3), clip_norm=1.0
        ),
    )
    healthy("digits wide", lambda s: fitted(mlp(512, seed=s), digits(s), 5))
    healthy("digits narrow", lambda s: fitted(mlp(12, seed=s), digits(s), 20))
    healthy("digits bs 16", lambda s: fitted(mlp(64, norm=(BatchNorm,), seed=s), digits(s), 3, batch_size=16))
    healthy("digits bs 256", lambda s: fitted(mlp(64, seed=s), digits(s), 12, batch_size=256))
    healthy("digits without validation", lambda s: fitted(mlp(64, seed=s), (*digits(s)[:2], None, None), 8))
    healthy(
        "digits unscaled, batch norm first",
        lambda s: fitted(Network([BatchNorm(), Affine(64), ReLU(), Affine(10)], (64,), seed=s), _pixels(s), 8),
    )
    healthy("digits pixels 0..1", lambda s: fitted(mlp(64, seed=s), _pixels(s, 1 / 16), 10))
    healthy("digits pixels 0..16", lambda s: fitted(mlp(64, seed=s), _pixels(s), 8))
    healthy("numbers", lambda s: fitted(mlp(32, 32, inputs=8, outputs=1, seed=s), numbers(s), 30, loss="mse"))
    healthy(
        "numbers in thousands",
        lambda s: fitted(mlp(32, 32, inputs=8, outputs=1, seed=s), _scaled_targets(s, 2e5, 5e4), 30, loss="mse"),
    )
    healthy("numbers mae", lambda s: fitted(mlp(32, 32, inputs=8, outputs=1, seed=s), numbers(s), 30, loss="mae"))
    healthy("yes or no", lambda s: fitted(mlp(16, inputs=8, outputs=1, seed=s), _yes(s), 15, loss="bce"))
    healthy("two classes", lambda s: fitted(mlp(16, inputs=8, outputs=2, seed=s), _yes(s), 15))
    healthy("80 % of one class", lambda s: fitted(mlp(16, inputs=8, outputs=2, seed=s), _yes(s, 0.9), 20))
    healthy("nothing to learn", lambda s: fitted(mlp(16, inputs=8, outputs=2, seed=s), _nothing(s), 5))
    healthy("noisy numbers", lambda s: fitted(mlp(16, inputs=8, outputs=1, seed=s), _noisy_numbers(s), 8, loss="mse"))
    healthy("penguins", _penguins)
    healthy("few distinct rows", _discrete)
    return runs


def _pixels(seed: int, scale: float = 1.0) -> tuple[Any, ...]:
    data = pellucid.data.load("digits", seed=seed)
    x, held = (np.float32(part.images.reshape(len(part.images), -1)) * scale for part in (data.train, data.validation))
    return x, data.train.labels, held, data.validation.labels


def _yes(seed: int, threshold: float = 0.0) -> tuple[Any, ...]:
    x, y, held, held_y = numbers(seed)
    return x, (y > threshold).astype(np.int64), held, (held_y > threshold).astype(np.int64)


def _nothing(seed: int) -> tuple[Any, ...]:
    x, y, held, held_y = _yes(seed)
    draws = np.random.default_rng(seed + 100)
    return (
        draws.standard_normal(x.shape).astype(np.float32),
        y,
        draws.standard_normal(held.shape).astype(np.float32),
        held_y,
    )


def _noisy_numbers(seed: int) -> tuple[Any, ...]:
    x, y, held, held_y = numbers(seed)
    draws = np.random.default_rng(seed + 1)
    return (
        x,
        y + 3 * draws.standard_normal(len(y)).astype(np.float32),
        held,
        held_y + 3 * draws.standard_normal(len(held_y)).astype(np.float32),
    )


def _penguins(seed: int) -> Doctor:
    splits = table_splits(read_table("penguins"), target="species", seed=seed)
    doctor = Doctor()
    width = splits.preparation.sample_shape[0]
    Trainer(mlp(16, inputs=width, outputs=3, seed=seed), optim.Adam(0.01), batch_size=32).fit(
        splits, 20, on_event=doctor, doctor=False
    )
    return doctor


def _discrete(seed: int) -> Doctor:
    draws = np.random.default_rng(seed)
    x = draws.integers(0, 3, (1000, 4)).astype(np.float32) - 1
    y = ((x.sum(axis=1) > 0) ^ (x[:, 0] > 0)).astype(np.int64)
    return fitted(mlp(32, inputs=4, outputs=2, seed=seed), (x[:800], y[:800], x[800:], y[800:]), 20)


def main() -> None:
    """Run all, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument(
        "--vitals", action="store_true", help="print the range of each vital in health and for each ailment"
    )
    parser.add_argument("--cost", action="store_true", help="measure what watching costs, instead")
    parser.add_argument("--steps", type=int, default=100, help="of --cost")
    parser.add_argument("--rounds", type=int, default=3, help="of --cost")
    parser.add_argument("--cures", action="store_true", help="treat the sick ones, and count those that are cured")
    parser.add_argument("--margin", action="store_true", help="with --cures: what another seed alone changes")
    arguments = parser.parse_args()
    if arguments.cost:
        show_cost(arguments.steps, arguments.rounds)
        return
    if arguments.cures:
        from bench import doctor_cures

        doctor_cures.margin(arguments.seeds) if arguments.margin else doctor_cures.main(arguments.seeds, arguments.only)
        return
    tally, measured = Tally(), {}
    for run in [*_sick(), *planted(), *_healthy(), *healthy_twins()]:
        if arguments.only not in run.name:
            continue
        for seed in range(arguments.seeds):
            started = time.process_time()
            doctor = run.make(seed)
            measured.setdefault(run.name if run.sick else "healthy", []).append(vitals_of(doctor))
            _count(tally, run, doctor, seed, time.process_time() - started)
    if arguments.vitals:
        show_ranges(measured)
    print(tally)


def _count(tally: Tally, run: Run, doctor: Doctor, seed: int, seconds: float) -> None:
    mark = tally.count(doctor, (run.name,) if run.sick else (), run.also)
    print(
        f"{mark} {run.name:32} seed {seed}  learned {learned(doctor):>6}  {seconds:4.1f} s  {said(doctor)}", flush=True
    )


if __name__ == "__main__":
    main()

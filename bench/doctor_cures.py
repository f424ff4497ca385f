"""Whether cures cure: planted sick trainings are treated, and what they reach is compared with what their healthy twins reach.

    python -m bench.doctor --cures [--seeds 3] [--only WORD]
    python -m bench.doctor --cures --margin      what another seed alone changes, in healthy trainings

What a training reaches by its last epoch is, of classes, the validation accuracy above chance, of numbers the share of a constant
prediction's validation loss that is gone. A sick training is cured if something was kept and its treated copy reaches 0.9 of what
its twin reaches. Ailments without a treatment need the user's knowledge: they are listed, and not counted. A training whose ailment
was not found is counted as not cured. Trainings that reach 0.9 of their twin as they are have nothing to gain by this measure: the
last line leaves them out, the line before it does not.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from bench import doctor as planted
from bench import doctor_planted as further
from bench.doctor_programs import Run, digits, fitted, mlp, numbers
from pellucid import optim
from pellucid.doctor import AILMENTS, Chart, Doctor
from pellucid.doctor.prescription import Prescription
from pellucid.doctor.trainer.repeating import RepeatingWard
from pellucid.doctor.treating import MARGIN, Curve, TreatmentResult, curve_of
from pellucid.nets import BatchNorm, Tanh

__all__ = ["main", "margin"]

SHARE = 0.9  # of what the twin reaches: a treated training that reaches it is cured


def _deep(*units: int, **options: Any) -> Callable[[int], Doctor]:
    return lambda seed: fitted(mlp(*units, seed=seed), digits(seed), **options)


def _regression(*, epochs: int = 6, optimizer: Any = None) -> Callable[[int], Doctor]:
    return lambda seed: fitted(
        mlp(32, 32, inputs=8, outputs=1, seed=seed), numbers(seed), epochs, loss="mse", optimizer=optimizer
    )


def _small_regression(seed: int) -> Doctor:
    return fitted(mlp(32, inputs=8, outputs=1, seed=seed), numbers(seed), 10, loss="mse", optimizer=optim.Adam(0.01))


def _scaled(mean: float, spread: float) -> Callable[[int], Doctor]:
    return lambda seed: fitted(
        mlp(32, 32, inputs=8, outputs=1, seed=seed),
        planted._scaled_targets(seed, mean, spread),
        loss="mse",
        optimizer=optim.Adam(0.01),
    )


def _many_rows(seed: int) -> Doctor:
    net = mlp(256, inputs=8, outputs=1, seed=seed)
    return fitted(net, numbers(seed), 200, loss="mse", batch_size=16, optimizer=optim.Adam(0.01))


def _larger_batches(seed: int) -> Doctor:
    x, y, held, held_y = digits(seed)
    return fitted(mlp(64, norm=(BatchNorm,), seed=seed), (x[:200], y[:200], held, held_y), 24, batch_size=32)


def _lightly_augmented(seed: int) -> Doctor:
    return further._images(seed, crop_pad=1, rotate=10)


def _one_hot(seed: int) -> Doctor:
    return fitted(mlp(64, seed=seed), further._one_hot(seed), 6, loss="mse")


# Of regressions, twins have rates at which a healthy network learns something: the sick ones' own are too low for their few epochs.
TWINS: dict[
    str, list[Callable[[int], Doctor]]
] = {  # of each ailment's sick trainings, in the order of `bench/doctor.py`
    "learning-rate-too-high": [
        _deep(64, 64),
        _deep(64, 64, optimizer=optim.SGD(0.1)),
        _regression(optimizer=optim.SGD(0.05)),
    ],
    "learning-rate-too-low": [_deep(64, 64), _deep(64, 64, optimizer=optim.SGD(0.1))],
    "schedule-kills-learning-rate": [_deep(64, epochs=8)],
    "momentum-too-high": [
        _deep(64, 64, optimizer=optim.Momentum(0.03)),
        _deep(64, 64, epochs=12, optimizer=optim.Momentum(0.03)),
        _deep(64, 64, optimizer=optim.Momentum(0.1)),
    ],
    "augmentation-too-strong": [_lightly_augmented, _lightly_augmented],
    "loss-does-not-fit-output": [_one_hot, _deep(64)],
    "weight-decay-too-high": [_deep(64, 64, optimizer=optim.AdamW()), _deep(64, 64, optimizer=optim.SGD(0.1))],
    "gradient-clipped-away": [_deep(64, 64, optimizer=optim.SGD(0.1))],
    "parameters-not-updated": [_deep(64, 64)],
    "batch-size": [_deep(64, 64, epochs=4)],
    "too-few-epochs": [_deep(64, 64, epochs=12, optimizer=optim.Adam(2e-4))],
    "collapse-after-best": [_deep(64, 64, epochs=10)],
    "inputs-not-scaled": [_deep(64, 64, optimizer=optim.SGD(0.05)), _regression(optimizer=optim.SGD(0.1))],
    "targets-not-scaled": [_scaled(2e5, 5e4), _scaled(500.0, 20.0)],
    "class-imbalance": [_deep(64, epochs=12)],
    "double-softmax": [_deep(64)],
    "relu-on-output": [_small_regression],
    "output-activation-wrong": [_small_regression],
    "no-nonlinearity": [_deep(64, 64)],
    "too-small-network": [_deep(64, epochs=20)],
    "dead-units": [_deep(64, 64)],
    "saturated-hidden-units": [lambda seed: fitted(mlp(64, 64, act=Tanh, seed=seed), digits(seed))],
    "vanishing-gradient": [_deep(*(64,) * 10, optimizer=optim.SGD(0.1)), _deep(*(32,) * 8)],
    "bad-initialisation": [
        _deep(64, 64),
        _deep(*(64,) * 4, optimizer=optim.SGD(0.01)),
        _deep(*(64,) * 5, optimizer=optim.SGD(0.1)),
    ],
    "dropout-too-strong": [_deep(64, 64)],
    "overfitting": [_many_rows],
    "batch-norm-tiny-batch": [_larger_batches],
}


def reached(curve: Curve | None, chart: Chart) -> float:
    """Return what a training reached: 0 nothing, 1 all."""
    if curve is None or curve.not_finite:
        return 0.0
    if curve.val_accuracy:
        chance = 1 / (chart.setup.outputs or 2)
        return max(0.0, (curve.val_accuracy[-1] - chance) / (1 - chance))
    if not curve.val_loss or chart.constant_loss is None or not np.isfinite(curve.val_loss[-1]):
        return 0.0
    return max(0.0, 1 - curve.val_loss[-1] / chart.constant_loss)


def reached_by(doctor: Doctor) -> float:
    """Return what a training reached."""
    chart = doctor.chart
    if chart is None or chart.patient is None:
        return 0.0
    return reached(curve_of(chart.losses, chart.epochs, chart.patient, not_finite=bool(chart.not_finite)), chart)


class Outcome(NamedTuple):
    """What came of one training."""

    name: str
    sick: float
    treated: float
    twin: float
    kept: bool

    @property
    def is_cured(self) -> bool:
        """Whether the treated copy reaches enough."""
        return self.kept and self.treated >= SHARE * self.twin

    @property
    def has_to_gain(self) -> bool:
        """Whether the sick training reaches less than that."""
        return self.sick < SHARE * self.twin


def main(seeds: int, only: str) -> None:
    """Treat all, and print."""
    places: Counter[str] = Counter()
    outcomes: list[Outcome] = []
    left_to_users: list[str] = []
    for run in [*planted._sick(), *further.planted()]:
        place = places[run.name]
        places[run.name] += 1
        if only not in run.name:
            continue
        if AILMENTS[run.name].treatment is None:
            left_to_users.append(run.name)
            continue
        if place >= len(TWINS.get(run.name, [])):
            print(f"no twin is known of {run.name} {place}")
            continue
        outcomes += [_treat(run, place, seed) for seed in range(seeds)]
    print(f"left to the user, and not counted: {', '.join(dict.fromkeys(left_to_users))}")
    failed = Counter(one.name for one in outcomes if not one.is_cured)
    print(f"not cured: {', '.join(f'{name} ({count})' for name, count in failed.items())}")
    print(f"cured {_share(outcomes)}: {SHARE:.0%} of the twin or more")
    print(f"of those with something to gain {_share([one for one in outcomes if one.has_to_gain])}")


def _share(outcomes: list[Outcome]) -> str:
    cured = sum(one.is_cured for one in outcomes)
    return f"{cured} of {len(outcomes)} ({cured / max(1, len(outcomes)):.0%})"


def _treat(run: Run, place: int, seed: int) -> Outcome:
    """Treat one training, and print what came of it."""
    started = time.process_time()
    sick = run.make(seed)
    assert sick.chart is not None
    result = sick.treat()
    treated, twin = reached(result.treated, sick.chart), reached_by(TWINS[run.name][place](seed))
    outcome = Outcome(run.name, reached_by(sick), treated, twin, result.helped)
    print(
        f"{'cured' if outcome.is_cured else 'not  '} {run.name:30} seed {seed}  sick {outcome.sick:.2f}  "
        f"treated {outcome.treated:.2f}  twin {outcome.twin:.2f}  {time.process_time() - started:5.1f} s  {_said(result)}",
        flush=True,
    )
    return outcome


def _said(result: TreatmentResult) -> str:
    return result.settings.words or f"tried {len(result.tried)}, nothing helped"


def margin(seeds: int) -> None:
    """Print by how much losses at the end differ between two orders of rows, over the larger, in healthy trainings."""
    apart: dict[str, list[float]] = {"training": [], "validation": []}
    for run in planted._healthy():
        for seed in range(seeds):
            doctor = run.make(seed)
            ward = doctor._ward()
            assert isinstance(ward, RepeatingWard)
            first = ward.follow(Prescription()).curve
            ward.run = replace(ward.run, seed=1000 + seed)
            second = ward.follow(Prescription()).curve
            apart["training"].append(_apart(first.train_loss, second.train_loss))
            if first.val_loss:
                apart["validation"].append(_apart(first.val_loss, second.val_loss))
    for part, changes in apart.items():
        half, nine, nineteen, most = (f"{share:.1%}" for share in np.quantile(changes, [0.5, 0.9, 0.95, 1.0]))
        print(
            f"{part}: half of {len(changes)} below {half}, 9 of 10 below {nine}, 19 of 20 below {nineteen}, all below {most}"
        )
    print(f"the margin is {MARGIN:.0%}")


def _apart(first: Sequence[float], second: Sequence[float]) -> float:
    return abs(first[-1] - second[-1]) / max(first[-1], second[-1])

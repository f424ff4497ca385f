"""Mutants: DeepCrime's 24 operators, which imitate real faults, over four healthy programs; what the doctor finds in them.

    python -m bench.doctor_deepcrime [--seeds 5] [--only WORD]

A mutant counts as sick where it is really worse: judged on test rows that neither part of the training holds, over the same seeds
as the healthy program, its mean score (accuracy; R^2 of numbers) is lower by 0.02 or more, and an exact permutation test of the
difference has p < 0.05 (one-sided; DeepCrime asks for p < 0.05 and a difference of half a standard deviation). Other mutants are
counted apart: what is found in them is no alarm, since a mutant that does no harm here may still be a mistake. A first finding fits
if it is one of those named beside the operator, which were written down before the first run.

Source: N. Humbatova, G. Jahangirova, P. Tonella, DeepCrime: mutation testing of deep learning systems based on real faults, 2021.
"""

import argparse
import contextlib
import itertools
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

import pellucid
from bench.doctor_programs import numbers
from pellucid import optim
from pellucid.doctor import Doctor
from pellucid.nets import (
    Affine,
    BatchNorm,
    Conv,
    Description,
    Dropout,
    Flatten,
    MaxPool,
    Network,
    ReLU,
    Sigmoid,
    Softmax,
    Tanh,
)
from pellucid.train import Trainer

WORSE, LEVEL = 0.02, 0.05


@dataclass(frozen=True)
class Program:
    """A training in parts; an operator changes one of them."""

    name: str
    data: Callable[[int], tuple[Any, ...]]  # x, y of training, validation and test
    shape: tuple[int, ...]
    outputs: int
    hidden: tuple[int, ...] = (64, 64)
    front: tuple[Description, ...] = ()  # layers before the hidden ones
    act: Callable[[], Description] | None = ReLU
    end: tuple[Description, ...] = ()
    keep: float = 1.0
    init: str | float = "he"
    biases: bool = True
    loss: str = "softmax"
    optimizer: Any = field(default_factory=lambda: optim.Adam(3e-3))
    batch_size: int = 32
    epochs: int = 12
    options: dict[str, Any] = field(default_factory=dict)  # of Trainer
    patience: int | None = None
    validated: bool = True

    def network(self, seed: int) -> Network:
        """Return the network."""
        acts = () if self.act is None else (self.act,)
        dropped = (Dropout(keep=self.keep),) if self.keep < 1 else ()
        hidden = [layer for k in self.hidden for layer in (Affine(k), *(act() for act in acts), *dropped)]
        layers = [*self.front, *hidden, Affine(self.outputs), *self.end]
        net = Network(layers, self.shape, seed=seed, init=self.init)
        if not self.biases:
            net.freeze("*.bias")
        return net

    def run(self, seed: int) -> tuple[float, Doctor]:
        """Train; return the score on the test rows, and the doctor."""
        x, y, held, held_y, test, test_y = self.data(seed)
        doctor, net = Doctor(), self.network(seed)
        trainer = Trainer(net, self.optimizer, batch_size=self.batch_size, loss=self.loss, seed=seed, **self.options)
        validation = (held, held_y) if self.validated else None
        with contextlib.suppress(ArithmeticError):
            trainer.fit(
                (x, y), self.epochs, validation=validation, patience=self.patience, on_event=doctor, doctor=False
            )
            return _score(trainer, test, test_y), doctor
        return 0.0, doctor


def _score(trainer: Trainer, x: Any, y: Any) -> float:
    """Return accuracy, or R^2, at least 0."""
    predicted = np.asarray(trainer.predict(x)).reshape(len(y), -1)
    if not np.isfinite(predicted.astype(np.float64)).all():
        return 0.0
    if y.dtype.kind in "iu":
        answered = (
            predicted.argmax(axis=1) if predicted.shape[1] > 1 else np.round(predicted[:, 0])
        )  # of classes, or numbers
        return float((answered == y).mean())
    rest, spread = float(((predicted[:, 0] - y) ** 2).mean()), float(y.var())
    return max(0.0, 1 - rest / spread)


def _digits(seed: int) -> tuple[Any, ...]:
    data = pellucid.data.load("digits", seed=seed)
    parts = (data.train, data.validation, data.test)
    return tuple(array for part in parts for array in (np.float32(part.images.reshape(-1, 64)) / 8 - 1, part.labels))


def _images(seed: int) -> tuple[Any, ...]:
    return tuple(part.reshape(-1, 1, 8, 8) if part.ndim == 2 else part for part in _digits(seed))


def _numbers(seed: int) -> tuple[Any, ...]:
    x, y, held, held_y = numbers(seed, rows=1000)
    return x[:800], y[:800], x[800:], y[800:], held, held_y


def _yes(seed: int) -> tuple[Any, ...]:
    return tuple(part if part.ndim == 2 else (part > 0).astype(np.int64) for part in _numbers(seed))


CONV = (Conv(16, 3, pad=1), BatchNorm(), ReLU(), MaxPool(2), Flatten())
PROGRAMS = (
    Program("digits", _digits, (64,), 10, keep=0.8, options={"reg": 1e-4}, patience=6),
    Program("digits convnet", _images, (1, 8, 8), 10, hidden=(64,), front=CONV, keep=0.7, epochs=8),
    Program("numbers", _numbers, (8,), 1, loss="mse", epochs=40, patience=10),
    Program("yes or no", _yes, (8,), 1, loss="bce", epochs=30, biases=False, options={"clip_norm": 5.0}),
)


@dataclass(frozen=True)
class Operator:
    """One way to change a program; `fits` are the ailments that would be right to name first."""

    code: str  # DeepCrime's
    name: str
    change: Callable[[Program], Program | None]  # None: there is nothing to change in this program
    fits: tuple[str, ...]


def _with(**parts: Any) -> Callable[[Program], Program]:
    return lambda program: replace(program, **parts)


def _rows(change: Callable[..., tuple[Any, Any]]) -> Callable[[Program], Program]:
    """Change the training rows."""

    def changed(program: Program) -> Program:
        def data(seed: int) -> tuple[Any, ...]:
            x, y, *others = program.data(seed)
            return (*change(x.copy(), y.copy(), np.random.default_rng(seed)), *others)

        return replace(program, data=data)

    return changed


def _labels(share: float) -> Callable[[Program], Program]:
    def change(x: Any, y: Any, draws: Any) -> tuple[Any, Any]:
        chosen = draws.random(len(y)) < share
        y[chosen] = draws.permutation(y[chosen])
        return x, y

    return _rows(change)


def _portion(share: float) -> Callable[[Program], Program]:
    return _rows(lambda x, y, draws: (x[: int(len(x) * share)], y[: int(len(y) * share)]))


def _unbalanced(program: Program) -> Program | None:
    def change(x: Any, y: Any, draws: Any) -> tuple[Any, Any]:
        chosen = (y == y.min()) | (draws.random(len(y)) < 0.02)
        return x[chosen], y[chosen]

    return None if program.loss == "mse" else _rows(change)(program)


def _noise(x: Any, y: Any, draws: Any) -> tuple[Any, Any]:
    return (x + 3 * x.std() * draws.standard_normal(x.shape)).astype(x.dtype), y


def _overlap(program: Program) -> Program | None:
    """Give the rows of a class to the next one, as half of DeepCrime's overlapping classes have two labels."""

    def change(x: Any, y: Any, draws: Any) -> tuple[Any, Any]:
        taken = y < y.max()
        taken &= draws.random(len(y)) < 0.8
        return np.concatenate([x, x[taken]]), np.concatenate([y, y[taken] + 1])

    return None if program.loss == "mse" else _rows(change)(program)


def _rate(factor: float) -> Callable[[Program], Program]:
    return lambda program: replace(
        program, optimizer=replace(program.optimizer, learning_rate=program.optimizer.learning_rate * factor)
    )


def _option(**options: Any) -> Callable[[Program], Program]:
    return lambda program: replace(program, options={**program.options, **options})


def _without(option: str) -> Callable[[Program], Program | None]:
    def change(program: Program) -> Program | None:
        if option not in program.options:
            return None
        return replace(program, options={name: v for name, v in program.options.items() if name != option})

    return change


def _if(has: Callable[[Program], bool], change: Callable[[Program], Program]) -> Callable[[Program], Program | None]:
    return lambda program: change(program) if has(program) else None


def _other_loss(program: Program) -> Program:
    """Train classes by the squared error of one-hot numbers, yes or no by that of 0 and 1, numbers by the absolute error."""
    if program.loss == "mse":
        return replace(program, loss="mae")

    def coded(y: Any) -> Any:
        return y.astype(np.float32) if program.outputs == 1 else np.eye(program.outputs, dtype=np.float32)[y]

    def data(seed: int) -> tuple[Any, ...]:
        x, y, held, held_y, *test = program.data(seed)
        return x, coded(y), held, coded(held_y), *test

    return replace(program, data=data, loss="mse")


SLOW = ("learning-rate-too-low", "too-few-epochs", "batch-size")
GRADIENTS = ("vanishing-gradient", "exploding-gradient", "bad-initialisation", "saturated-hidden-units", "dead-units")
OUTPUT = ("relu-on-output", "output-activation-wrong", "double-softmax", "loss-does-not-fit-output", "saturated-output")
OPERATORS = (
    Operator("TCL", "change half of the labels", _labels(0.5), ("label-noise", "labels-wrong")),
    Operator("TCL", "change all labels", _labels(1.0), ("labels-wrong",)),
    Operator("TRD", "remove 95 % of the rows", _portion(0.05), ("too-little-data", "overfitting", *SLOW)),
    Operator("TUD", "unbalance", _unbalanced, ("class-imbalance", "sorted-split", "too-little-data")),
    Operator("TAN", "add noise", _rows(_noise), ("preprocessing-differs", "overfitting", "inputs-not-scaled")),
    Operator("TCO", "make classes overlap", _overlap, ("label-noise", "labels-wrong")),
    Operator(
        "HBS", "batches of 2", _with(batch_size=2), ("batch-norm-tiny-batch", "learning-rate-too-high", "batch-size")
    ),
    Operator("HBS", "batches of 512", _with(batch_size=512), SLOW),
    Operator("HLR", "a thousandth of the rate", _rate(1e-3), SLOW),
    Operator("HLR", "a tenth of the rate", _rate(0.1), SLOW),
    Operator("HLR", "a hundred times the rate", _rate(100), ("learning-rate-too-high",)),
    Operator("HNE", "one epoch", _with(epochs=1), SLOW),
    Operator("HDB", "disable batching", _with(batch_size=100_000), SLOW),
    Operator("ACH", "sigmoid instead of ReLU", _with(act=Sigmoid), (*GRADIENTS, *SLOW)),
    Operator("ACH", "softmax instead of ReLU", _with(act=Softmax), (*GRADIENTS, *SLOW)),
    Operator("ARM", "remove the activations", _with(act=None), ("no-nonlinearity",)),
    Operator("AAL", "ReLU after the last layer", _with(end=(ReLU(),)), OUTPUT),
    Operator("AAL", "tanh after the last layer", _with(end=(Tanh(),)), OUTPUT),
    Operator("AAL", "softmax after the last layer", _with(end=(Softmax(),)), (*OUTPUT, "softmax-on-one-unit")),
    Operator("RAW", "add L2 of 1", _if(lambda p: "reg" not in p.options, _option(reg=1.0)), ("weight-decay-too-high",)),
    Operator("RCW", "L2 of 1 instead", _if(lambda p: "reg" in p.options, _option(reg=1.0)), ("weight-decay-too-high",)),
    Operator("RRW", "remove L2", _without("reg"), ("overfitting",)),
    Operator("RCD", "drop 95 %", _if(lambda p: p.keep < 1, _with(keep=0.05)), ("dropout-too-strong",)),
    Operator("RCP", "patience of one epoch", _if(lambda p: p.patience is not None, _with(patience=1)), SLOW),
    Operator("WCI", "weights of zero", _with(init=0.0), ("bad-initialisation",)),
    Operator("WCI", "weights of spread 5", _with(init=5.0), ("bad-initialisation", "exploding-gradient", *OUTPUT)),
    Operator("WAB", "add biases", _if(lambda p: not p.biases, _with(biases=True)), ()),
    Operator("WRB", "remove biases", _if(lambda p: p.biases, _with(biases=False)), ("parameters-not-updated",)),
    Operator("LCH", "another loss", _other_loss, ("loss-does-not-fit-output",)),
    Operator("OCH", "SGD at the same rate", lambda p: replace(p, optimizer=optim.SGD(p.optimizer.learning_rate)), SLOW),
    Operator("OCH", "AdaGrad at a hundredth", _with(optimizer=optim.AdaGrad(1e-4)), SLOW),
    Operator(
        "OCG",
        "clip at 1e-6, with SGD",
        _with(optimizer=optim.SGD(0.1), options={"clip_norm": 1e-6}),
        ("gradient-clipped-away", *SLOW),
    ),
    Operator("OCG", "no clipping", _without("clip_norm"), ("exploding-gradient",)),
    Operator("VRM", "remove validation", _with(validated=False, patience=None), ("overfitting",)),
)


def p_value(worse: list[float], better: list[float]) -> float:
    """Return the one-sided p of an exact permutation test that the first mean is lower."""
    every, size = np.array([*worse, *better]), len(worse)
    differences = [
        every[np.setdiff1d(np.arange(len(every)), chosen)].mean() - every[list(chosen)].mean()
        for chosen in itertools.combinations(range(len(every)), size)
    ]
    return float(np.mean(np.array(differences) >= np.mean(better) - np.mean(worse) - 1e-12))


@dataclass
class Counts:
    """Mutants that are sick, and runs of them."""

    mutants: int = 0
    sick: int = 0
    runs: int = 0  # of sick mutants
    found: int = 0  # runs with a finding
    first: int = 0  # whose first finding fits
    anywhere: int = 0  # with a finding that fits
    harmless: int = 0  # runs of mutants that are not sick
    harmless_high: int = 0  # of them, with a finding of high confidence


def judge(program: Program, operator: Operator, healthy: list[float], seeds: int, counts: Counts) -> None:
    """Run a mutant, count, and print a line."""
    mutant = operator.change(program)
    if mutant is None:
        return
    results = [mutant.run(seed) for seed in range(seeds)]
    scores = [score for score, _ in results]
    fall, p = float(np.mean(healthy) - np.mean(scores)), p_value(scores, healthy)
    sick = fall >= WORSE and p < LEVEL
    named = [[finding.ailment for finding in doctor.findings] for _, doctor in results]
    counts.mutants += 1
    if sick:
        counts.sick += 1
        counts.runs += seeds
        counts.found += sum(map(bool, named))
        counts.first += sum(names[:1] != [] and names[0] in operator.fits for names in named)
        counts.anywhere += sum(bool(set(names) & set(operator.fits)) for names in named)
    else:
        counts.harmless += seeds
        counts.harmless_high += sum(any(one.confidence == "high" for one in doctor.findings) for _, doctor in results)
    said = " | ".join(names[0] if names else "-" for names in named)
    state = "sick" if sick else "fine"
    print(
        f"{state} {operator.code} {operator.name:28} {program.name:15} "
        f"{np.mean(healthy):.3f} -> {np.mean(scores):.3f} p {p:.3f}  {said}",
        flush=True,
    )


def main() -> None:
    """Run all mutants, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", default="", help="operators whose code or name holds this word")
    parser.add_argument("--program", default="", help="programs whose names hold this word")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    counts = Counts()
    for program in PROGRAMS:
        if arguments.program not in program.name:
            continue
        results = [program.run(seed) for seed in range(arguments.seeds)]
        healthy = [score for score, _ in results]
        said = [finding.ailment for _, doctor in results for finding in doctor.findings]
        print(f"healthy {program.name}: {np.mean(healthy):.3f}; {said or 'nothing found'}")
        for operator in OPERATORS:
            if arguments.only in f"{operator.code} {operator.name}":
                judge(program, operator, healthy, arguments.seeds, counts)
    print(counts)
    runs = max(1, counts.runs)
    print(
        f"{counts.sick} of {counts.mutants} mutants are sick; of their {counts.runs} runs "
        f"{counts.found / runs:.0%} have a finding, {counts.first / runs:.0%} one that fits first, "
        f"{counts.anywhere / runs:.0%} one that fits at all"
    )
    print(f"harmless mutants: {counts.harmless_high} of {counts.harmless} runs with a finding of high confidence")


if __name__ == "__main__":
    main()

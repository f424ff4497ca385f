"""Healthy programs as people write them: what the doctor says of them, which should be nothing.

    python -m bench.doctor_recipes [--seeds 3] [--models] [--cifar]

runs recipes (the README's and docs' examples, small data sets of scikit-learn where it is installed, good cells of the studies);
with --models every named model on digits, with --cifar on 2,000 images of CIFAR-10. A line for each, then how many had a finding.
"""

import argparse
import importlib.util
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

import pellucid
from bench.doctor_programs import digits, fitted, mlp, numbers
from pellucid import optim
from pellucid.data import Augmentation, Pipeline, table_splits
from pellucid.doctor import Doctor
from pellucid.nets import Affine, BatchNorm, Conv, Dropout, Flatten, LayerNorm, MaxPool, Network, ReLU, Tanh
from pellucid.nets.models import MODELS, build
from pellucid.optim import OPTIMIZERS
from pellucid.studies.training import fully_connected
from pellucid.train import Trainer

Recipe = Callable[[int], Doctor]


def watched(trainer: Trainer, *data: Any, **options: Any) -> Doctor:
    """Train with a doctor, and return it."""
    doctor = Doctor()
    trainer.fit(*data, on_event=doctor, doctor=False, **options)
    return doctor


def documented() -> dict[str, Recipe]:
    """Return the trainings that README and docs show."""
    return {
        "everyday: digits": lambda s: watched(
            Trainer(
                Network([Flatten(), Affine(64), ReLU(), Affine(10)], (1, 8, 8), seed=s), optim.Adam(0.01), batch_size=32
            ),
            "digits",
            epochs=5,
        ),
        "everyday: houses": _houses,
        "everyday: penguins": lambda s: _penguins(s, epochs=20),
        "readme: convnet": lambda s: watched(
            Trainer(Network(_convnet(), (1, 8, 8), seed=s), optim.Adam(1e-3), batch_size=64),
            pellucid.data.load("digits", seed=s),
            epochs=5,
        ),
        "readme: odd and even": lambda s: watched(
            Trainer(Network([Flatten(), Affine(64), ReLU(), Affine(2)], (1, 8, 8), seed=s), optim.Adam(0.01)),
            *_odd(s),
            epochs=4,
            validation=0.2,
        ),
    }


def _houses(seed: int) -> Doctor:
    draws = np.random.default_rng(seed)
    area = draws.uniform(30, 200, (300, 1))
    price = 3000 * area[:, 0] + draws.normal(0, 5000, 300)
    trainer = Trainer(Network([Affine(16), ReLU(), Affine(1)], (1,), seed=seed), optim.Adam(0.01), loss="mse")
    return watched(trainer, (area - 115) / 50, price, epochs=30, validation=0.2)


def _penguins(seed: int, *, epochs: int) -> Doctor:
    data = table_splits("penguins", target="species", seed=seed)
    net = Network([Affine(16), ReLU(), Affine(3)], data.sample_shape, seed=seed)
    return watched(Trainer(net, batch_size=32), data, epochs=epochs)


def _odd(seed: int) -> tuple[Any, Any]:
    data = pellucid.data.load("digits", seed=seed)
    return data.train.images, data.train.labels % 2


def _convnet() -> list[Any]:
    return [Conv(32, 3, pad=1), BatchNorm(), ReLU(), MaxPool(2), Flatten(), Affine(10)]


def habitual() -> dict[str, Recipe]:
    """Return recipes of the field: optimizers, schedules, dropout, small batches, early stopping."""
    dropped = (lambda: Dropout(keep=0.5),)
    return {
        "tiny batches": lambda s: fitted(mlp(64, seed=s), digits(s), 3, optim.SGD(0.01), batch_size=4),
        "SGD without momentum": lambda s: fitted(mlp(128, seed=s), digits(s), 20, optim.SGD(0.1), batch_size=32),
        "one sample a step": lambda s: fitted(mlp(32, seed=s), digits(s), 2, optim.SGD(0.005), batch_size=1),
        "momentum and cosine": lambda s: fitted(
            mlp(128, 64, seed=s), digits(s), 15, optim.Momentum(0.05), schedule=optim.Cosine()
        ),
        "warm-up and cosine": lambda s: fitted(
            mlp(128, 64, norm=(LayerNorm,), seed=s),
            digits(s),
            15,
            optim.AdamW(3e-3),
            schedule=optim.WarmUp(0.1, optim.Cosine()),
        ),
        "steps down": lambda s: fitted(mlp(64, seed=s), digits(s), 15, optim.Adam(5e-3), schedule=optim.StepDecay()),
        "dropout of a half, twice": lambda s: fitted(
            mlp(256, 128, more=dropped, seed=s), digits(s), 30, optim.Adam(1e-3)
        ),
        "early stopping": lambda s: fitted(mlp(64, seed=s), digits(s), 60, optim.Adam(3e-3), patience=5),
        "clipped at 1": lambda s: fitted(mlp(64, 64, seed=s), digits(s), 10, optim.Momentum(0.05), clip_norm=1.0),
        "smoothed, mixed up": lambda s: _augmented(s, mixup=0.2, crop_pad=1),
        "turned and moved": lambda s: _augmented(s, rotate=10, crop_pad=1, scale=0.1),
        "tanh, Xavier": lambda s: fitted(mlp(64, 64, act=Tanh, init="xavier", seed=s), digits(s), 12),
        "absolute error": lambda s: fitted(
            mlp(64, 64, inputs=8, outputs=1, seed=s), numbers(s), 40, optim.Adam(3e-3), loss="mae"
        ),
        "linear regression": lambda s: fitted(Network([Affine(1)], (8,), seed=s), _linear(s), 40, loss="mse"),
        "autoencoder": lambda s: fitted(mlp(32, 8, 32, outputs=64, seed=s), _itself(s), 40, loss="mse"),
        "a curve of one input": lambda s: fitted(
            mlp(32, 32, inputs=1, outputs=1, act=Tanh, seed=s), _curve(s), 200, optim.Adam(0.01), loss="mse"
        ),
        "exclusive or": lambda s: fitted(
            mlp(16, inputs=2, outputs=1, act=Tanh, seed=s), _xor(s), 60, optim.Adam(0.02), loss="bce"
        ),
        "50 images by heart": lambda s: fitted(
            mlp(100, 100, seed=s), (*(part[:50] for part in digits(s)[:2]), None, None), 20, optim.SGD(0.1)
        ),
    }


def _augmented(seed: int, **changes: Any) -> Doctor:
    x, y, held, held_y = digits(seed)
    data = (x.reshape(-1, 1, 8, 8), y, held.reshape(-1, 1, 8, 8), held_y)
    net = Network(_convnet(), (1, 8, 8), seed=seed)
    pipeline = Pipeline(augmentation=Augmentation(**changes))
    return fitted(net, data, 12, label_smoothing=0.1, pipeline=pipeline)


def _linear(seed: int) -> tuple[Any, ...]:
    x, _, held, _ = numbers(seed)
    weights = np.random.default_rng(seed).standard_normal(8).astype(np.float32)
    return x, x @ weights + 3, held, held @ weights + 3


def _itself(seed: int) -> tuple[Any, ...]:
    x, _, held, _ = digits(seed)
    return x, x, held, held


def _curve(seed: int) -> tuple[Any, ...]:
    x = np.random.default_rng(seed).uniform(-1, 1, (250, 1)).astype(np.float32)
    y = np.sin(4 * x[:, 0])
    return x[:200], y[:200], x[200:], y[200:]


def _xor(seed: int) -> tuple[Any, ...]:
    draws = np.random.default_rng(seed)
    bits = draws.integers(0, 2, (600, 2))
    x = (2 * bits - 1 + 0.2 * draws.standard_normal(bits.shape)).astype(np.float32)
    y = bits[:, 0] ^ bits[:, 1]
    return x[:500], y[:500], x[500:], y[500:]


def of_scikit_learn() -> dict[str, Recipe]:
    """Return its small data sets, standardized, as its users train them; nothing where it is not installed."""
    if importlib.util.find_spec("sklearn") is None:
        print("scikit-learn is not installed: its data sets are left out")
        return {}

    def classes(name: str, outputs: int, *units: int, epochs: int, **options: Any) -> Recipe:
        def make(seed: int) -> Doctor:
            x, y, held, held_y = _loaded(name, seed)
            net = mlp(*units, inputs=x.shape[1], outputs=outputs, seed=seed)
            return fitted(net, (x, y, held, held_y), epochs, optim.Adam(0.01), **options)

        return make

    return {
        "iris": classes("iris", 3, 16, epochs=50, batch_size=16),
        "iris, softmax regression": classes("iris", 3, epochs=60, batch_size=16),
        "wine": classes("wine", 3, 32, epochs=30, batch_size=16),
        "breast cancer": classes("breast_cancer", 1, 32, 16, epochs=20, batch_size=32, loss="bce"),
        "breast cancer, two outputs": classes("breast_cancer", 2, 32, epochs=20, batch_size=32),
        "diabetes": classes("diabetes", 1, 16, epochs=30, batch_size=32, loss="mse"),
        "diabetes, patience": classes("diabetes", 1, 32, 32, epochs=60, batch_size=32, loss="mse", patience=5),
    }


def _loaded(name: str, seed: int) -> tuple[Any, ...]:
    from sklearn import datasets

    x, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(x))
    x, y = x[order].astype(np.float32), y[order]
    cut = len(x) * 4 // 5
    mean, spread = x[:cut].mean(axis=0), x[:cut].std(axis=0)
    x = (x - mean) / spread
    y = y.astype(np.float32 if name == "diabetes" else np.int64)
    return x[:cut], y[:cut], x[cut:], y[cut:]


def of_studies() -> dict[str, Recipe]:
    """Return good cells of the studies: every rule at its usual rate, depths, norms, shares kept, sizes of batches."""

    def cell(*hidden: int, norm: str = "none", optimizer: Any = None, epochs: int = 8, **options: Any) -> Recipe:
        return lambda s: fitted(
            Network(fully_connected(hidden, 10, norm), (64,), seed=s), digits(s), epochs, optimizer, **options
        )

    cells = {f"study: {name}": cell(100, 100, optimizer=rule()) for name, rule in OPTIMIZERS.items()}
    cells |= {
        f"study: {norm} norm, depth {n}": cell(*(100,) * n, norm=norm) for norm in ("batch", "layer") for n in (3, 5)
    }
    cells |= {f"study: batches of {size}": cell(100, batch_size=size) for size in (8, 32, 128)}
    cells |= {f"study: depth {n}": cell(*(100,) * n) for n in (1, 2, 3, 4)}
    return cells


def named_models(data: Any, epochs: int, **options: Any) -> dict[str, Recipe]:
    """Return every named model on images."""

    def model(name: str) -> Recipe:
        def make(seed: int) -> Doctor:
            net = build(name, data.train.images.shape[1:], 10, seed=seed)
            return watched(Trainer(net, optim.Adam(1e-3), batch_size=50, seed=seed), data, epochs=epochs, **options)

        return make

    return {f"{name} on {len(data.train.labels)} images": model(name) for name in MODELS}


def _recipes(models: bool, cifar: bool) -> Iterator[tuple[str, Recipe]]:
    if models:
        yield from named_models(pellucid.data.load("digits"), 3).items()
    if cifar:
        from dataclasses import replace

        whole = pellucid.data.load("cifar10")
        parts = {}
        for name, rows in (("train", 2000), ("validation", 500)):
            part = getattr(whole, name)
            parts[name] = replace(part, images=part.images[:rows], labels=part.labels[:rows])
        yield from named_models(replace(whole, **parts), 3).items()
    if not (models or cifar):
        for part in (documented, habitual, of_scikit_learn, of_studies):
            yield from part().items()


def main() -> None:
    """Run them, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--models", action="store_true", help="the named models on digits")
    parser.add_argument("--cifar", action="store_true", help="the named models on a part of CIFAR-10")
    parser.add_argument("--only", default="", help="recipes whose names hold this word")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    runs = found = high = 0
    for name, recipe in _recipes(arguments.models, arguments.cifar):
        if arguments.only not in name:
            continue
        for seed in range(arguments.seeds):
            doctor = recipe(seed)
            learned = doctor.chart.learned if doctor.chart is not None else None
            said = "; ".join(f"{one.ailment} ({one.confidence}): {one.evidence}" for one in doctor.findings)
            runs, found = runs + 1, found + bool(said)
            high += any(one.confidence == "high" for one in doctor.findings)
            shown = "-" if learned is None else f"{learned:.2f}"
            print(f"{'ALARM' if said else 'ok   '} {name:34} seed {seed}  learned {shown:>6}  {said}", flush=True)
    print(f"{runs} healthy runs: {found} with a finding, {high} with one of high confidence")


if __name__ == "__main__":
    main()

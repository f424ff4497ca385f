"""Small tables that scikit-learn brings: the same network trained by Pellucid, scikit-learn and PyTorch; scores and seconds.

    python -m bench --only tables [--case digits]

Each side trains on the same rows (three quarters, by seed; inputs standardized by their statistics), with the same layers and
initial weights, batch size, epochs and Adam, without L2 or early stopping; the order of the rows is its own. Scores are on the
other rows: R2, or accuracy. Sides run in processes of their own and take turns, a few seeds in each turn after one fit that is not
counted. Scores are equal within noise if the mean of the differences, seed by seed, is at most two standard errors. Every side has
one thread: with two, such small networks are no faster in scikit-learn, and slower in PyTorch, on a machine that does other things.
"""

import itertools
import json
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from bench.side import SideError, environment, side_name

ROUNDS, SEEDS_PER_ROUND = 5, 4
PELLUCID, SKLEARN, PYTORCH = "Pellucid", "scikit-learn", "PyTorch"
PEERS = (SKLEARN, PYTORCH)


class TableCase(NamedTuple):
    """A data set of sklearn.datasets, the network for it, and how it is trained."""

    loader: str
    regression: bool
    hidden: tuple[int, ...]
    epochs: int
    learning_rate: float
    batch_size: int = 32


CASES = {
    "diabetes": TableCase("load_diabetes", True, (32,), 40, 2e-3),
    "breast cancer": TableCase("load_breast_cancer", False, (32,), 30, 2e-3),
    "wine": TableCase("load_wine", False, (32,), 40, 2e-3),
    "digits": TableCase("load_digits", False, (64,), 30, 1e-3),
}


class Parts(NamedTuple):
    """Training and test rows of one seed; inputs and, in a regression, training targets are standardized."""

    x: Any  # (N, D) float32
    y: Any  # (N,) class numbers, or float32
    x_test: Any
    y_test: Any


def parts_of(case: TableCase, seed: int) -> Parts:
    """Split by seed; equal proportions of the classes."""
    import sklearn.datasets
    from sklearn.model_selection import train_test_split

    x, y = getattr(sklearn.datasets, case.loader)(return_X_y=True)
    stratify = None if case.regression else y
    x, x_test, y, y_test = train_test_split(x, y, test_size=0.25, random_state=seed, stratify=stratify)
    mean, std = x.mean(axis=0), x.std(axis=0)
    std[std == 0] = 1
    if case.regression:
        center, spread = y.mean(), y.std()
        y, y_test = ((part - center) / spread for part in (y, y_test))
        y, y_test = y.astype(np.float32), y_test.astype(np.float32)
    x, x_test = (((part - mean) / std).astype(np.float32) for part in (x, x_test))
    return Parts(x, y, x_test, y_test)


def initial_weights(case: TableCase, parts: Parts, seed: int) -> list[Any]:
    """Return (D, M) float32 of each layer, Glorot's uniform draws; biases are 0. Two classes have one score, as in scikit-learn."""
    rng = np.random.default_rng(seed)
    outputs = 1 if case.regression or parts.y.max() == 1 else int(parts.y.max()) + 1
    sizes = itertools.pairwise([parts.x.shape[1], *case.hidden, outputs])
    return [(rng.uniform(-1, 1, size) * np.sqrt(6 / sum(size))).astype(np.float32) for size in sizes]


def fit_pellucid(case: TableCase, parts: Parts, seed: int) -> Callable[[], Any]:
    """Train; return what predicts the test rows."""
    from pellucid import Trainer
    from pellucid.nets import Affine, Network, ReLU
    from pellucid.optim import Adam

    layers = [layer for width in case.hidden for layer in (Affine(width), ReLU())]
    weights = initial_weights(case, parts, seed)
    net = Network([*layers, Affine(weights[-1].shape[1])], (parts.x.shape[1],), seed=seed)
    for number, weight in enumerate(weights, 1):
        net.params[f"affine{number}.weight"] = weight
    loss = "mse" if case.regression else "bce" if weights[-1].shape[1] == 1 else "softmax"
    trainer = Trainer(net, Adam(case.learning_rate), batch_size=case.batch_size, loss=loss, seed=seed)
    trainer.fit((parts.x, parts.y), case.epochs, progress=False)
    return lambda: trainer.predict(parts.x_test)


def fit_sklearn(case: TableCase, parts: Parts, seed: int) -> Callable[[], Any]:
    """Train; return what predicts the test rows."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    weights = initial_weights(case, parts, seed)
    kind: Any = MLPRegressor if case.regression else MLPClassifier

    class Started(kind):  # type: ignore[misc]
        """Starts from the given weights; scikit-learn calls this once for each layer."""

        def _init_coef(self, fan_in: int, fan_out: int, dtype: Any) -> tuple[Any, Any]:
            weight = next(w for w in weights if w.shape == (fan_in, fan_out))
            return weight.astype(dtype), np.zeros(fan_out, dtype)

    model = Started(
        hidden_layer_sizes=case.hidden,
        alpha=0,
        batch_size=case.batch_size,
        learning_rate_init=case.learning_rate,
        max_iter=case.epochs,
        tol=0,
        n_iter_no_change=case.epochs + 1,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # all epochs are wanted
        model.fit(parts.x, parts.y)
    return lambda: model.predict(parts.x_test)


def fit_torch(case: TableCase, parts: Parts, seed: int) -> Callable[[], Any]:
    """Train by a plain loop over index tensors, which is faster than a DataLoader; return what predicts the test rows."""
    import torch

    torch.manual_seed(seed)
    layers: list[Any] = []
    for weight in initial_weights(case, parts, seed):
        linear = torch.nn.Linear(*weight.shape)
        linear.weight.data = torch.from_numpy(weight.T.copy())
        linear.bias.data.zero_()
        layers += [linear, torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    functions, one_score = torch.nn.functional, layers[-2].out_features == 1
    x, y = torch.from_numpy(parts.x), torch.from_numpy(parts.y.astype(np.float32 if one_score else np.int64))
    y = y[:, None] if one_score else y
    loss_function = functions.binary_cross_entropy_with_logits if one_score else functions.cross_entropy
    loss_function = functions.mse_loss if case.regression else loss_function
    optimizer = torch.optim.Adam(net.parameters(), lr=case.learning_rate, fused=True)
    for _ in range(case.epochs):
        for rows in torch.randperm(len(x)).split(case.batch_size):
            optimizer.zero_grad()
            loss_function(net(x[rows]), y[rows]).backward()
            optimizer.step()

    def predict() -> Any:
        with torch.no_grad():
            scores = net(torch.from_numpy(parts.x_test)).numpy()
        if case.regression:
            return scores[:, 0]
        return scores[:, 0] > 0 if one_score else scores.argmax(axis=1)

    return predict


FITS = {PELLUCID: fit_pellucid, SKLEARN: fit_sklearn, PYTORCH: fit_torch}


def run_seeds(name: str, side: str, seeds: list[int]) -> dict[str, list[float]]:
    """Train and judge a side for each seed, after one fit that is not counted; return scores and seconds of the fits."""
    from sklearn.metrics import accuracy_score, r2_score

    case = CASES[name]
    fit, score = FITS[side], r2_score if case.regression else accuracy_score
    fit(case, parts_of(case, seeds[0]), seeds[0])
    scores, seconds = [], []
    for seed in seeds:
        parts = parts_of(case, seed)
        start = time.perf_counter()
        predict = fit(case, parts, seed)
        seconds.append(time.perf_counter() - start)
        scores.append(float(score(parts.y_test, predict())))
    return {"scores": scores, "seconds": seconds}


def measure(name: str, say: Callable[[str], None], *, rounds: int = ROUNDS) -> dict[str, Any]:
    """Let the sides take turns; return scores by seed and seconds of each side, and the comparison with each peer."""
    found: dict[str, dict[str, list[float]]] = {side: {"scores": [], "seconds": []} for side in FITS}
    for turn in range(rounds):
        seeds = list(range(turn * SEEDS_PER_ROUND, (turn + 1) * SEEDS_PER_ROUND))
        for side in FITS:
            for key, values in _in_a_process(name, side, seeds).items():
                found[side][key] += values
    for side in FITS:
        say(
            f"    {side}: {statistics.mean(found[side]['scores']):.3f} in {statistics.median(found[side]['seconds']):.2f} s"
        )
    return {
        "metric": "R2" if CASES[name].regression else "accuracy",
        "sides": found,
        "peers": {peer: compared(found, peer) for peer in PEERS},
    }


def compared(found: dict[str, dict[str, list[float]]], peer: str) -> dict[str, Any]:
    """Compare with a peer: scores seed by seed, and medians of the seconds."""
    ours, theirs = found[PELLUCID], found[peer]
    differences = [a - b for a, b in zip(ours["scores"], theirs["scores"], strict=True)]
    error = statistics.stdev(differences) / len(differences) ** 0.5
    mean = statistics.mean(differences)
    return {
        "difference": mean,
        "standard_error": error,
        "within_noise": abs(mean) <= 2 * error,
        "ratio": statistics.median(theirs["seconds"]) / statistics.median(ours["seconds"]),
    }


def rows(cases: dict[str, Any]) -> list[list[str]]:
    """Return the table: a row for each peer of each case."""
    head = [
        "table",
        "score",
        "Pellucid",
        "peer",
        "its score",
        "difference",
        "within noise",
        "seconds",
        "peer's",
        "peer / ours",
    ]
    table = [head]
    for name, record in cases.items():
        if "error" in record:
            table.append([name, "failed", record["error"], *[""] * (len(head) - 3)])
            continue
        ours = record["sides"][PELLUCID]
        for who, peer in record["peers"].items():
            theirs = record["sides"][who]
            table.append(
                [
                    name,
                    record["metric"],
                    _spread(ours["scores"]),
                    who,
                    _spread(theirs["scores"]),
                    f"{peer['difference']:+.4f} ± {2 * peer['standard_error']:.4f}",
                    "yes" if peer["within_noise"] else "no",
                    f"{statistics.median(ours['seconds']):.3f}",
                    f"{statistics.median(theirs['seconds']):.3f}",
                    f"{peer['ratio']:.1f}",
                ]
            )
    return table


def _spread(values: list[float]) -> str:
    return f"{statistics.mean(values):.3f} ± {statistics.stdev(values):.3f}"


def _in_a_process(name: str, side: str, seeds: list[int]) -> dict[str, list[float]]:
    command = [sys.executable, "-m", "bench.tables", name, side, *map(str, seeds)]
    env = environment(side_name(side, threads=1), {})
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, env=env)
    if done.returncode:
        raise SideError(f"{side}: {(done.stderr.strip().splitlines() or ['failed'])[-1]}")
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    print(json.dumps(run_seeds(sys.argv[1], sys.argv[2], [int(seed) for seed in sys.argv[3:]])))

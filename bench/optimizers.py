"""Do Lion and Muon pay? Each beside AdamW on the digits: learning rates chosen on other seeds, then paired test accuracies.

    OMP_NUM_THREADS=1 PELLUCID_THREADS=1 python -m bench.optimizers lion|muon [--seeds 20]

Lion (Chen et al. 2023, algorithm 2), with g the gradient:

    c = beta1 m + (1 - beta1) g        w -= rate (sign(c) + decay w)        m = beta2 m + (1 - beta2) g

Muon (Jordan et al. 2024), for the weight (D, M) of each affine layer but the last; AdamW at its own rate for all else:

    m = beta1 m + g        u = orthogonalized(g + beta1 m)        w -= rate (sqrt(max(1, M / D)) u + decay w)

Both take AdamW's place in a table of update rules, as any rule over a flat buffer can; Muon's finds the matrices in that buffer by
the network's slots.
"""

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from pellucid import Trainer
from pellucid.data import load
from pellucid.nets import Network, build
from pellucid.optim import REFERENCE_RULES, AdamW, OneCycle, Rule
from pellucid.optim.rules import AdamState, adam_init, adamw_update

EPOCHS, CHOICE_SEEDS = 20, range(100, 105)
ADAMW = AdamW(weight_decay=0.01)
ADAMW_RATES = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
NEWTON_SCHULZ = (
    3.4445,
    -4.7750,
    2.0315,
)  # the quintic that Muon's authors chose: singular values end between 0.7 and 1.2
STUDENT = {5: 2.776, 10: 2.262, 20: 2.093}  # 97.5 % quantile of Student's t, by seeds

Update = Callable[..., None]


@dataclass(frozen=True)
class Candidate:
    """A rule in AdamW's place."""

    optimizer: AdamW  # its settings
    rates: tuple[float, ...]
    update: Callable[[Network, float, float], Update]  # of a network, the candidate's rate and AdamW's


def lion_update(
    w: np.ndarray,
    dw: np.ndarray,
    state: AdamState,
    *,
    step: int,
    learning_rate: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
) -> None:
    """Step by the sign of the interpolated momentum, decay apart from it, in place; step and eps are not used."""
    m = state.m
    w *= 1 - learning_rate * weight_decay
    w -= learning_rate * np.sign(beta1 * m + (1 - beta1) * dw)
    m *= beta2
    m += (1 - beta2) * dw


def orthogonalized(matrix: np.ndarray, steps: int = 5) -> np.ndarray:
    """Return U V' of the matrix U S V', nearly: an odd polynomial that moves every singular value towards 1, a few times."""
    a, b, c = NEWTON_SCHULZ
    x = matrix / (np.linalg.norm(matrix) + 1e-7)
    wide = x if x.shape[0] <= x.shape[1] else x.T
    for _ in range(steps):
        square = wide @ wide.T
        wide = a * wide + (b * square + c * square @ square) @ wide
    return wide if x.shape[0] <= x.shape[1] else wide.T


def muon_update(
    hidden: list[tuple[int, int, tuple[int, ...]]],
    flat: np.ndarray,
    scale: float,
    w: np.ndarray,
    dw: np.ndarray,
    state: AdamState,
    *,
    learning_rate: float,
    beta1: float,
    weight_decay: float,
    **others: Any,
) -> None:
    """Update a part of the flat buffer in place: hidden matrices (start, stop, shape) by Muon, the rest by AdamW.

    scale: AdamW's rate over Muon's.
    """
    first, rest = (w.ctypes.data - flat.ctypes.data) // w.itemsize, np.ones(len(w), bool)
    for start, stop, shape in hidden:
        if not first <= start < stop <= first + len(w):
            continue
        part = slice(start - first, stop - first)
        rest[part] = False
        m, g = state.m[part], dw[part]
        m *= beta1
        m += g
        u = orthogonalized((g + beta1 * m).reshape(shape)) * max(1.0, shape[1] / shape[0]) ** 0.5
        w[part] *= 1 - learning_rate * weight_decay
        w[part] -= learning_rate * u.ravel()
    if not rest.any():
        return
    copies = w[rest], AdamState(state.m[rest], state.v[rest])
    settings = {"beta1": ADAMW.beta1, "weight_decay": ADAMW.weight_decay if weight_decay else 0.0}
    adamw_update(copies[0], dw[rest], copies[1], learning_rate=scale * learning_rate, **settings, **others)
    w[rest], state.m[rest], state.v[rest] = copies[0], *copies[1]


def muon_of(net: Network, rate: float, adamw_rate: float) -> Update:
    """Return Muon for the matrices of a network."""
    params = net.params
    matrices = [(*params.ranges[name], slot.shape) for name, slot in params.slots.items() if len(slot.shape) == 2]
    return partial(muon_update, matrices[:-1], params.flat, adamw_rate / rate)


CANDIDATES = {
    # The decay in relation to the rate, as the paper has it: three to ten times AdamW's, with a rate as much smaller.
    "lion": Candidate(
        AdamW(beta1=0.9, beta2=0.99, weight_decay=0.1),
        (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1),
        lambda net, rate, adamw_rate: lion_update,
    ),
    "muon": Candidate(AdamW(beta1=0.95, weight_decay=0.01), (3e-3, 1e-2, 3e-2, 1e-1, 3e-1), muon_of),
}


def accuracies(candidate: Candidate | None, rate: float, seed: int, adamw_rate: float = 0.0) -> tuple[float, float]:
    """Return validation and test accuracy of the best epoch of a run; without a candidate, of AdamW."""
    splits = load("digits", seed=seed)
    net = build("fully-connected", splits.sample_shape, 10, seed=seed, hidden=(64,))
    rules, optimizer = REFERENCE_RULES, ADAMW
    if candidate is not None:
        rules = replace(rules, name="candidate", adamw=Rule(adam_init, candidate.update(net, rate, adamw_rate)))
        optimizer = candidate.optimizer
    trainer = Trainer(net, replace(optimizer, learning_rate=rate), rules=rules, schedule=OneCycle(), seed=seed)
    history = trainer.fit(splits, EPOCHS, progress=False)
    assert history.best_epoch is not None
    best = history.val_accuracy[history.best_epoch - 1]
    assert best is not None
    return best, trainer.evaluate(splits.test).accuracy


def chosen_rate(rates: tuple[float, ...], candidate: Candidate | None, adamw_rate: float = 0.0) -> float:
    """Return the rate with the best validation accuracy on seeds that are not measured."""

    def validated(rate: float) -> float:
        return float(np.mean([accuracies(candidate, rate, seed, adamw_rate)[0] for seed in CHOICE_SEEDS]))

    return max(rates, key=validated)


def main() -> None:
    """Choose rates, train every seed with both, print the paired difference with its 95 % interval."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=CANDIDATES)
    parser.add_argument("--seeds", type=int, choices=STUDENT, default=20)
    given = parser.parse_args()
    candidate, seeds = CANDIDATES[given.name], range(given.seeds)
    adamw_rate = chosen_rate(ADAMW_RATES, None)
    rate = chosen_rate(candidate.rates, candidate, adamw_rate)
    test = {
        "adamw": np.array([accuracies(None, adamw_rate, seed)[1] for seed in seeds]),
        given.name: np.array([accuracies(candidate, rate, seed, adamw_rate)[1] for seed in seeds]),
    }
    for name, found in test.items():
        used = adamw_rate if name == "adamw" else rate
        print(f"{name:6} rate {used:g}  test accuracy {found.mean():.2%} (deviation {found.std(ddof=1):.2%})")
    difference = test[given.name] - test["adamw"]
    half = STUDENT[given.seeds] * difference.std(ddof=1) / len(difference) ** 0.5
    low, high = difference.mean() - half, difference.mean() + half
    print(f"{given.name} - adamw: {difference.mean():+.2%}, 95 % interval {low:+.2%} to {high:+.2%}")


if __name__ == "__main__":
    main()

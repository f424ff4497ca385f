"""Do Lion and Muon pay? Each beside AdamW on the digits: learning rates chosen on other seeds, then paired test accuracies.

    OMP_NUM_THREADS=1 PELLUCID_THREADS=1 python -m bench.optimizers lion|muon [--seeds 20]

Lion (Chen et al. 2023, algorithm 2), with g the gradient, takes AdamW's place in a table of update rules, as any rule can:

    c = beta1 m + (1 - beta1) g        w -= rate (sign(c) + decay w)        m = beta2 m + (1 - beta2) g

Muon is `pellucid.optim.Muon`.
"""

import argparse
from dataclasses import replace

import numpy as np

from pellucid import Trainer
from pellucid.data import load
from pellucid.nets import build
from pellucid.optim import REFERENCE_RULES, AdamState, AdamW, Muon, OneCycle, Rule, UpdateRules, adam_init

EPOCHS, CHOICE_SEEDS = 20, range(100, 105)
STUDENT = {5: 2.776, 10: 2.262, 20: 2.093}  # 97.5 % quantile of Student's t, by seeds


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


LION = replace(REFERENCE_RULES, name="lion", adamw=Rule(adam_init, lion_update))
RATES = (1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
CANDIDATES: dict[
    str, tuple[AdamW, UpdateRules, tuple[float, ...]]
] = {  # (optimizer, its rules, learning rates to choose from)
    "adamw": (AdamW(weight_decay=0.01), REFERENCE_RULES, RATES),
    # The decay in relation to the rate, as the paper has it: three to ten times AdamW's, with a rate as much smaller.
    "lion": (AdamW(beta1=0.9, beta2=0.99, weight_decay=0.1), LION, (3e-4, *RATES)),
    "muon": (Muon(weight_decay=0.01), REFERENCE_RULES, RATES),
}


def accuracies(name: str, rate: float, seed: int) -> tuple[float, float]:
    """Return validation and test accuracy of the best epoch of a run."""
    optimizer, rules, _ = CANDIDATES[name]
    splits = load("digits", seed=seed)
    net = build("fully-connected", splits.sample_shape, 10, seed=seed, hidden=(64,))
    trainer = Trainer(net, replace(optimizer, learning_rate=rate), rules=rules, schedule=OneCycle(), seed=seed)
    history = trainer.fit(splits, EPOCHS, progress=False)
    assert history.best_epoch is not None
    best = history.val_accuracy[history.best_epoch - 1]
    assert best is not None
    return best, trainer.evaluate(splits.test).accuracy


def chosen_rate(name: str) -> float:
    """Return the rate with the best validation accuracy on seeds that are not measured."""

    def validated(rate: float) -> float:
        return float(np.mean([accuracies(name, rate, seed)[0] for seed in CHOICE_SEEDS]))

    return max(CANDIDATES[name][2], key=validated)


def main() -> None:
    """Choose rates, train every seed with both, print the paired difference with its 95 % interval."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=[name for name in CANDIDATES if name != "adamw"])
    parser.add_argument("--seeds", type=int, choices=STUDENT, default=20)
    given = parser.parse_args()
    test = {}
    for name in ("adamw", given.name):
        rate = chosen_rate(name)
        found = test[name] = np.array([accuracies(name, rate, seed)[1] for seed in range(given.seeds)])
        print(f"{name:6} rate {rate:g}  test accuracy {found.mean():.2%} (deviation {found.std(ddof=1):.2%})")
    difference = test[given.name] - test["adamw"]
    half = STUDENT[given.seeds] * difference.std(ddof=1) / len(difference) ** 0.5
    low, high = difference.mean() - half, difference.mean() + half
    print(f"{given.name} - adamw: {difference.mean():+.2%}, 95 % interval {low:+.2%} to {high:+.2%}")


if __name__ == "__main__":
    main()

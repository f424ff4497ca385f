"""Does Lion pay? AdamW and Lion on the digits: learning rates chosen on other seeds, then paired test accuracies.

    OMP_NUM_THREADS=1 PELLUCID_THREADS=1 python -m bench.lion

Lion (Chen et al. 2023, algorithm 2), with g the gradient:

    c = beta1 m + (1 - beta1) g        w -= rate (sign(c) + decay w)        m = beta2 m + (1 - beta2) g

It takes AdamW's place in a table of update rules, as any rule over a flat buffer can.
"""

from dataclasses import replace

import numpy as np

from pellucid import Trainer
from pellucid.data import load
from pellucid.nets import build
from pellucid.optim import REFERENCE_RULES, AdamW, OneCycle, Rule, UpdateRules
from pellucid.optim.rules import AdamState, adam_init

EPOCHS, CHOICE_SEEDS, SEEDS = 20, range(100, 105), range(20)
RATES = {"adamw": (1e-3, 3e-3, 1e-2, 3e-2, 1e-1), "lion": (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)}


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


TABLES: dict[str, UpdateRules] = {
    "adamw": REFERENCE_RULES,
    "lion": replace(REFERENCE_RULES, name="lion", adamw=Rule(adam_init, lion_update)),
}
# The decay in relation to the rate, as the paper has it: three to ten times AdamW's, with a rate as much smaller.
OPTIMIZERS = {"adamw": AdamW(weight_decay=0.01), "lion": AdamW(beta1=0.9, beta2=0.99, weight_decay=0.1)}


def accuracies(rule: str, rate: float, seed: int) -> tuple[float, float]:
    """Return validation and test accuracy of the best epoch of a run."""
    splits = load("digits", seed=seed)
    net = build("fully-connected", splits.sample_shape, 10, seed=seed, hidden=(64,))
    optimizer = replace(OPTIMIZERS[rule], learning_rate=rate)
    trainer = Trainer(net, optimizer, rules=TABLES[rule], schedule=OneCycle(), seed=seed)
    history = trainer.fit(splits, EPOCHS, progress=False)
    assert history.best_epoch is not None
    best = history.val_accuracy[history.best_epoch - 1]
    assert best is not None
    return best, trainer.evaluate(splits.test).accuracy


def main() -> None:
    """Choose rates, train every seed with both, print the paired difference with its 95 % interval."""
    chosen = {
        rule: max(rates, key=lambda rate: np.mean([accuracies(rule, rate, seed)[0] for seed in CHOICE_SEEDS]))
        for rule, rates in RATES.items()
    }
    test = {rule: np.array([accuracies(rule, rate, seed)[1] for seed in SEEDS]) for rule, rate in chosen.items()}
    for rule, rate in chosen.items():
        print(f"{rule:6} rate {rate:g}  test accuracy {test[rule].mean():.2%} (deviation {test[rule].std(ddof=1):.2%})")
    difference = test["lion"] - test["adamw"]
    half = 2.093 * difference.std(ddof=1) / len(difference) ** 0.5  # Student's t, 19 degrees of freedom
    print(
        f"lion - adamw: {difference.mean():+.2%}, 95 % interval {difference.mean() - half:+.2%} to {difference.mean() + half:+.2%}"
    )


if __name__ == "__main__":
    main()

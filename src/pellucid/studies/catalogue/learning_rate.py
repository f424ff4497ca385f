"""Does a learning rate that is too small look like a broken network, and does a range test tell them apart?"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.nets import Description, Function, Network
from pellucid.optim import SGD
from pellucid.shapes import Array
from pellucid.studies.figures import curve, finish
from pellucid.studies.samples import Pool, TrainingSet
from pellucid.studies.statistics import Finding, effect_of
from pellucid.studies.study import Config, Study
from pellucid.studies.table import Table
from pellucid.studies.training import fully_connected, judged, train
from pellucid.train import Trainer
from pellucid.train.not_finite import NotFiniteError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY"]


def grid(quick: bool) -> Sequence[Config]:
    """A sound and a broken network x learning rates over 12 decades, and a range test of each."""
    rates = np.logspace(-10, 2, 7 if quick else 25).tolist()
    steps = 40 if quick else 200
    parts: list[Config] = [
        {"part": "fixed", "broken": b, "learning_rate": r, "steps": steps} for b in (False, True) for r in rates
    ]
    return parts + [{"part": "range", "broken": b, "steps": steps} for b in (False, True)]


def _nothing_back(dout: Array, shape: tuple[int, ...]) -> Array:
    return np.zeros(shape, dout.dtype)


def network(config: Config, pool: Pool) -> Network:
    """Three layers; the broken one ends in a layer whose backward returns zeros, a forgotten term at its worst."""
    layers: list[Description] = fully_connected([100, 100], pool.classes)
    if config["broken"]:
        layers.append(Function(lambda x: (x.copy(), x.shape), _nothing_back))
    return Network(layers, pool.sample_shape, seed=config["seed"])


def trial(config: Config, pool: Pool) -> Mapping[str, Any]:
    """Train on 50 samples for a number of steps at one rate, or at rates that grow from step to step."""
    data, net = pool.draw(50, config["seed"]), network(config, pool)
    before, _ = judged(net, data.x, data.y)
    if config["part"] == "range":
        return {"fall": before - range_test(net, data, config)}
    done = train(
        net,
        data,
        epochs=config["steps"] // 2,
        batch_size=25,
        optimizer=SGD(config["learning_rate"]),
        seed=config["seed"],
        judge=False,
    )
    loss, accuracy = judged(net, data.x, data.y)
    return {
        "before": before,
        "loss": min(loss, 1e6) if np.isfinite(loss) else 1e6,
        "accuracy": accuracy,
        "diverged": done["diverged"],
    }


def range_test(net: Network, data: TrainingSet, config: Config) -> float:
    """The lowest loss met while the learning rate grows from 1e-10 to 100, a step each."""
    trainer = Trainer(net, SGD(1e-10), batch_size=50, seed=config["seed"])
    lowest = float("inf")
    for rate in np.logspace(-10, 2, config["steps"]):
        trainer.optimizer = SGD(float(rate))
        try:
            lowest = min(lowest, trainer.step(data.x, data.y))
        except NotFiniteError:
            break
    return lowest


def dead_decades(table: Table) -> float:
    """How many of the 12 decades, below the first rate that learns, leave the loss within 1 % of what it was."""
    rows = sorted(table.where(part="fixed", broken=False), key=lambda row: float(row["learning_rate"]))
    dead = 0
    for row in rows:
        if abs(row["loss"] - row["before"]) > 0.01 * row["before"]:
            break
        dead += 1
    return 12 * dead / (len(rows) - 1)


def difference_when_small(table: Table) -> float:
    """The loss of the sound network less that of the broken one after training at the largest rate of at most 1e-6."""
    rate = max(r for r in table.where(part="fixed").settings("learning_rate") if r <= 1.01e-6)
    rows = table.where(part="fixed", learning_rate=rate)
    return rows.where(broken=False).mean("loss") - rows.where(broken=True).mean("loss")


def range_test_difference(table: Table) -> float:
    """How much further the loss falls in a range test of the sound network."""
    rows = table.where(part="range")
    return rows.where(broken=False).mean("fall") - rows.where(broken=True).mean("fall")


def findings(table: Table) -> Sequence[Finding]:
    """Dead decades, likeness, and the range test."""
    return [
        Finding(
            "below the rates that learn, the loss of a sound network stays where it was over",
            "decades",
            3.0,
            effect_of(table.by_seed(dead_decades), 3),
        ),
        Finding(
            "at a rate of 1e-6 its loss differs from a broken network's by",
            "",
            0.01,
            effect_of(table.by_seed(difference_when_small), 3),
            kind="within",
        ),
        Finding(
            "in a range test its loss falls further than the broken one's by",
            "",
            0.5,
            effect_of(table.by_seed(range_test_difference), 3),
        ),
    ]


def draw(figure: "Figure", table: Table) -> None:
    """Loss after training against the learning rate."""
    axes = figure.subplots()
    for place, (broken, label) in enumerate(((False, "sound"), (True, "broken (backward returns 0)"))):
        curve(axes, table.where(part="fixed", broken=broken), "learning_rate", "loss", label=label, place=place)
    finish(axes, "learning rate (SGD)", "loss after training (1e6: no longer finite)", logx=True, logy=True)


STUDY = Study(
    name="learning-rate",
    question="Why does it not overfit 50 samples?",
    claim='"It would not overfit": a learning rate that is too small looks like a broken network; a range test tells them apart.',
    source="CS231n (2021), assignment 2, overfitting 50 samples; for the range test Smith 2017",
    design="a sound three-layer network and one whose last backward returns zeros x 25 learning rates from 1e-10 to "
    "100; 50 samples, 200 steps of SGD; "
    "a range test of each over the same 12 decades",
    measure="loss after the steps; lowest loss in the range test",
    statistic="one number per seed; signed-rank interval, three comparisons",
    matters="3 of 12 decades; a loss of 0.01; a fall of 0.5",
    grid=grid,
    trial=trial,
    findings=findings,
    draw=draw,
    remarks={
        "does not hold": "Two of three parts hold: below the rates that learn there are over four decades in which nothing "
        "happens, and a range test tells a sound network from a broken one at once. What fails is the similarity at "
        "1e-6: after 200 steps the sound network's loss has already moved by 0.02, twice the limit fixed "
        "beforehand. The effect of such small steps is proportional to the rate, so at 1e-7 it would be about "
        "0.002; rate and limit were left as they had been written.",
    },
)

"""Does batch norm regularise: better validation at the same training loss?"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.nets import Network
from pellucid.optim import Adam
from pellucid.studies.figures import COLOURS, DASHES, MARKERS, finish
from pellucid.studies.samples import Pool
from pellucid.studies.statistics import Finding, effect_of
from pellucid.studies.study import Config, Study
from pellucid.studies.table import Table
from pellucid.studies.training import fully_connected, train

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY"]

LEVELS = (1.0, 0.5, 0.2)  # of the training loss at inference, at which both are compared


def grid(quick: bool) -> Sequence[Config]:
    """With and without batch norm."""
    size = {"samples": 200, "epochs": 15} if quick else {"samples": 1000, "epochs": 40}
    return [{"norm": norm, "batch": 25} | size for norm in ("none", "batch")]


def trial(config: Config, pool: Pool) -> Mapping[str, Any]:
    """Train one network slowly; read validation accuracy where the training loss crosses each level."""
    data = pool.draw(config["samples"], config["seed"])
    net = Network(fully_connected([100] * 3, pool.classes, config["norm"]), pool.sample_shape, seed=config["seed"])
    done = train(
        net, data, epochs=config["epochs"], batch_size=config["batch"], optimizer=Adam(3e-4), seed=config["seed"]
    )
    at = {f"at_{level:g}": value_at(done["train_loss"], done["val_accuracy"], level) for level in LEVELS}
    return at | {"train_loss": done["train_loss"], "val_accuracy": done["val_accuracy"]}


def value_at(losses: Sequence[float], values: Sequence[float], level: float) -> float:
    """The value where the loss first falls to a level, between two epochs on a straight line; NaN where it never does."""
    for before, (loss, previous) in enumerate(zip(losses[1:], losses, strict=False)):
        if loss <= level < previous:
            share = (previous - level) / (previous - loss)
            return float(values[before] + share * (values[before + 1] - values[before]))
    return float(values[0]) if losses[0] <= level else float("nan")


def gain(table: Table) -> float:
    """Validation accuracy with batch norm less without, mean over the levels that both reached; NaN where none."""
    differences = [
        table.where(norm="batch").mean(f"at_{level:g}") - table.where(norm="none").mean(f"at_{level:g}")
        for level in LEVELS
    ]
    known = [difference for difference in differences if np.isfinite(difference)]
    return float(np.mean(known)) if known else float("nan")


def findings(table: Table) -> Sequence[Finding]:
    """The gain at equal training loss."""
    gains = [value for value in table.by_seed(gain) if np.isfinite(value)]
    return [
        Finding("at equal training loss, batch norm's validation accuracy is higher by", "", 0.01, effect_of(gains))
    ]


def draw(figure: "Figure", table: Table) -> None:
    """Validation accuracy against training loss: median and range of the seeds, where at least half of them come so far."""
    axes = figure.subplots()
    levels = np.logspace(np.log10(2.2), -2.5, 40)
    for place, (norm, label) in enumerate((("none", "without"), ("batch", "batch norm"))):
        rows = table.where(norm=norm)
        paths = np.array(
            [[value_at(row["train_loss"], row["val_accuracy"], level) for level in levels] for row in rows]
        )
        reached = np.isfinite(paths).mean(axis=0) >= 0.5
        at, paths = levels[reached], paths[:, reached]
        style: dict[str, Any] = {"color": COLOURS[place], "linestyle": DASHES[place], "marker": MARKERS[place]}
        axes.plot(at, np.nanmedian(paths, axis=0), markersize=3, label=label, **style)
        low, high = np.nanmin(paths, axis=0), np.nanmax(paths, axis=0)
        axes.fill_between(at, low, high, color=COLOURS[place], alpha=0.15, linewidth=0)
    for level in LEVELS:
        axes.axvline(level, color="black", linestyle=":", linewidth=1, label="compared here" if level == 1 else None)
    finish(axes, "training loss at inference (training runs to the right)", "validation accuracy", logx=True)
    axes.invert_xaxis()


STUDY = Study(
    name="bn-regularises",
    question="Does batch norm regularise?",
    claim="Batch norm has a regularising effect: at equal training loss, validation accuracy is better with it.",
    source="Ioffe & Szegedy 2015, section 3.4; CS231n lecture notes 6",
    design="with and without batch norm; three hidden layers of 100, 1,000 samples, 40 epochs, Adam 3e-4, batch 25",
    measure="validation accuracy where the training loss at inference first falls to 1, 0.5 and 0.2 (interpolated between epochs)",
    statistic="difference within each seed, mean over the levels that both reach; signed-rank interval",
    matters="0.01 of validation accuracy",
    grid=grid,
    trial=trial,
    findings=findings,
    draw=draw,
    reduced="one batch size instead of two",
    remarks={
        "undecided": "The lead is early and passes: 0.022 at a training loss of 1 (0.010 to 0.035), 0.008 at 0.5 and -0.002 at "
        "0.2, and the mean of the three, fixed beforehand, has an interval that just includes 0. Validation "
        "accuracy on 1,000 samples varies by 0.015 by chance alone, so more seeds and more validation samples "
        "would be needed to decide.",
    },
)

"""Batch, layer, group norm and none on a ConvNet: which is best at which batch size?"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from pellucid.nets import Network
from pellucid.studies.convnet import small_convnet
from pellucid.studies.figures import curve, finish
from pellucid.studies.samples import Pool
from pellucid.studies.statistics import Finding, effect_of
from pellucid.studies.study import Config, Study
from pellucid.studies.table import Table
from pellucid.studies.training import area, train

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY"]


def grid(quick: bool) -> Sequence[Config]:
    """Four norms x batches 2 and 64; quick: two batches."""
    batches = (8, 32) if quick else (2, 64)
    size = {"samples": 100, "epochs": 2} if quick else {"samples": 1000, "epochs": 5}
    return [{"norm": n, "batch": b} | size for n in ("none", "batch", "layer", "group") for b in batches]


def trial(config: Config, pool: Pool) -> Mapping[str, Any]:
    """Train one ConvNet."""
    data = pool.draw(config["samples"], config["seed"])
    net = Network(small_convnet(pool.classes, config["norm"]), pool.sample_shape, seed=config["seed"])
    done = train(net, data, epochs=config["epochs"], batch_size=config["batch"], seed=config["seed"])
    return {
        "rise": area(done["train_accuracy"]),
        "val_accuracy": done["val_accuracy"][-1],
        "best_val_accuracy": max(done["val_accuracy"]),
    }


def lead(table: Table, first: str, second: str, at: int) -> float:
    """Best validation accuracy of one norm less that of another, at the smallest (0) or largest (-1) batch."""
    rows = table.where(batch=table.settings("batch")[at])
    return rows.where(norm=first).mean("best_val_accuracy") - rows.where(norm=second).mean("best_val_accuracy")


def findings(table: Table) -> Sequence[Finding]:
    """The ends of the range of batches."""
    small = table.by_seed(lambda t: lead(t, "group", "batch", 0))
    found = [
        Finding(
            "at the smallest batch, group norm's validation accuracy is higher than batch norm's by",
            "",
            0.02,
            effect_of(small, 4),
        )
    ]
    for other in ("none", "layer", "group"):
        values = table.by_seed(partial(lead, first="batch", second=other, at=-1))
        name = "that without a norm" if other == "none" else f"{other} norm's"
        found.append(
            Finding(f"at the largest batch, batch norm's is higher than {name} by", "", 0.02, effect_of(values, 4))
        )
    return found


def draw(figure: "Figure", table: Table) -> None:
    """Validation accuracy and rise against batch size."""
    panels = figure.subplots(1, 2)
    for axes, key, ylabel in (
        (panels[0], "best_val_accuracy", "best validation accuracy"),
        (panels[1], "rise", "training accuracy, mean over the epochs"),
    ):
        for place, norm in enumerate(("none", "batch", "layer", "group")):
            curve(axes, table.where(norm=norm), "batch", key, label=norm, place=place)
        finish(axes, "batch size", ylabel, logx=True, ticks=table.settings("batch"))


STUDY = Study(
    name="norms",
    question="Which normalization suits images, at which batch size?",
    claim="On a ConvNet, batch norm is the best of batch, layer, group norm and none at large batches; at batch 2 "
    "group norm beats it.",
    source="CS231n (2021), assignment 2, group normalization; Wu & He 2018, figure 1",
    design="4 norms x batches 2 and 64; two 3x3 convolutions of 16 and 32 filters, 1,000 samples, 5 epochs, Adam 1e-3",
    measure="best validation accuracy after an epoch",
    statistic="differences within each seed; signed-rank interval, four comparisons",
    matters="0.02 of validation accuracy",
    grid=grid,
    trial=trial,
    findings=findings,
    draw=draw,
    reduced="batches 4, 8, 16, 32 and 128 left out",
    remarks={
        "undecided": "At batch 64 batch norm is ahead of the three others by 0.02 to 0.025, above 0 in each interval and about "
        "the 0.02 that would matter. Group norm does not win at batch 2: there no norm at all is as good as any, "
        "since five epochs of 1,000 samples are 2,500 steps at batch 2 and 80 at batch 64. Only these two batch "
        "sizes were run.",
    },
)

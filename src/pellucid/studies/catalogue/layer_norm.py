"""Is layer norm independent of the batch size, does it need a large hidden layer, and is it worse than batch norm on images?"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pellucid.nets import Network
from pellucid.studies.convnet import small_convnet
from pellucid.studies.figures import curve, finish
from pellucid.studies.samples import Pool
from pellucid.studies.statistics import Finding, effect_of
from pellucid.studies.study import Config, Study
from pellucid.studies.table import Table
from pellucid.studies.training import fully_connected, judged, train

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY"]


def grid(quick: bool) -> Sequence[Config]:
    """Three parts: batches (with batch norm, which does depend on them, for comparison), hidden sizes, and a ConvNet."""
    batches, hidden = ((5, 50), (5, 50)) if quick else ((5, 20, 100), (5, 20, 100))
    steps, samples, epochs = (40, 200, 2) if quick else (200, 1000, 5)
    both = ("none", "layer")
    parts: list[Config] = [
        {"part": "batch", "norm": n, "batch": b, "hidden": 100, "steps": steps, "samples": samples}
        for n in (*both, "batch")
        for b in batches
    ]
    parts += [
        {"part": "hidden", "norm": n, "batch": 50, "hidden": h, "steps": steps, "samples": samples}
        for n in both
        for h in hidden
    ]
    parts += [
        {"part": "image", "norm": n, "batch": 50, "epochs": epochs, "samples": samples} for n in ("batch", "layer")
    ]
    return parts


def trial(config: Config, pool: Pool) -> Mapping[str, Any]:
    """Train a fully connected network for a number of steps, or a ConvNet for a number of epochs."""
    data = pool.draw(config["samples"], config["seed"])
    if config["part"] == "image":
        net = Network(small_convnet(pool.classes, config["norm"]), pool.sample_shape, seed=config["seed"])
        epochs = config["epochs"]
    else:
        net = Network(
            fully_connected([config["hidden"]] * 4, pool.classes, config["norm"]),
            pool.sample_shape,
            seed=config["seed"],
        )
        epochs = max(1, round(config["steps"] * config["batch"] / len(data.x)))
    done = train(net, data, epochs=epochs, batch_size=config["batch"], seed=config["seed"], judge=False)
    return {
        "train_accuracy": judged(net, data.x, data.y)[1],
        "val_accuracy": judged(net, data.x_val, data.y_val)[1],
        "steps_done": len(done["step_losses"]),
    }


def gain(table: Table, norm: str, measure: str) -> float:
    """How much a norm adds to a measure."""
    return table.where(norm=norm).mean(measure) - table.where(norm="none").mean(measure)


def change(table: Table, setting: str, measure: str, norm: str = "layer") -> float:
    """What a norm adds at the largest value of a setting less what it adds at the smallest."""
    values = table.settings(setting)
    smallest, largest = (table.where(**{setting: value}) for value in (values[0], values[-1]))
    return gain(largest, norm, measure) - gain(smallest, norm, measure)


def findings(table: Table) -> Sequence[Finding]:
    """The three parts of the claim."""
    batches = table.where(part="batch").by_seed(lambda t: change(t, "batch", "val_accuracy"))
    control = table.where(part="batch").by_seed(lambda t: change(t, "batch", "val_accuracy", "batch"))
    hidden = table.where(part="hidden").by_seed(lambda t: change(t, "hidden", "train_accuracy"))
    images = table.where(part="image").by_seed(
        lambda t: t.where(norm="batch").mean("val_accuracy") - t.where(norm="layer").mean("val_accuracy")
    )
    return [
        Finding(
            "what layer norm adds to validation accuracy changes from the smallest to the largest batch by",
            "",
            0.05,
            effect_of(batches, 3),
            kind="within",
        ),
        Finding(
            "what it adds to training accuracy grows from the smallest to the largest hidden size by",
            "",
            0.03,
            effect_of(hidden, 3),
        ),
        Finding(
            "on a ConvNet, batch norm's validation accuracy is higher than layer norm's by",
            "",
            0.02,
            effect_of(images, 3),
        ),
        Finding(
            "for comparison, what batch norm adds to validation accuracy grows from the smallest to the largest batch by",
            "",
            0.05,
            effect_of(control),
            decides=False,
        ),
    ]


def draw(figure: "Figure", table: Table) -> None:
    """Accuracy against batch and hidden size; the ConvNet's two norms side by side."""
    panels = figure.subplots(1, 3)
    names = {"none": "without", "layer": "layer norm", "batch": "batch norm"}
    for axes, part, measure, words in (
        (panels[0], "batch", "val_accuracy", "validation"),
        (panels[1], "hidden", "train_accuracy", "training"),
    ):
        rows = table.where(part=part)
        for place, norm in enumerate(name for name in names if name in rows.settings("norm")):
            curve(axes, rows.where(norm=norm), part, measure, label=names[norm], place=place)
        finish(axes, f"{part} size", f"{words} accuracy, equal steps", logx=True, ticks=rows.settings(part))
    rows = table.where(part="image")
    kinds = rows.settings("norm")
    panels[2].boxplot(
        [[row["val_accuracy"] for row in rows.where(norm=n)] for n in kinds], tick_labels=[names[n] for n in kinds]
    )
    finish(panels[2], "", "validation accuracy, ConvNet")


STUDY = Study(
    name="layer-norm",
    question="When does layer norm work poorly?",
    claim="Layer norm does not depend on the batch size; it needs a larger hidden size; it is worse than batch norm on images.",
    source="CS231n (2021), assignment 2, layer normalization and inline question 4; Ba, Kiros & Hinton 2016",
    design="without a norm, with layer norm, with batch norm x batches 5, 20, 100; with and without layer norm x "
    "hidden sizes 5, 20, 100 at batch 50 (4 hidden layers, 200 steps each); a ConvNet with batch or layer norm, 5 epochs, "
    "batch 50; 1,000 samples, Adam 1e-3",
    measure="validation accuracy after equal steps (batches: training accuracy would reach 100 % at the largest), "
    "training accuracy after equal steps (hidden sizes), validation accuracy (ConvNet)",
    statistic="difference of differences within each seed; signed-rank interval, three comparisons",
    matters="0.05 of accuracy across batches; 0.03 across hidden sizes; 0.02 on images",
    grid=grid,
    trial=trial,
    findings=findings,
    draw=draw,
    reduced="three batch sizes and three hidden sizes; 5 epochs instead of 10 for the ConvNet",
    panels=3,
    version=2,
    remarks={
        "does not hold": "What fails is the part on images: batch norm is better by 0.012, with an interval entirely below the "
        "0.02 that would matter (and entirely above 0: the direction is that of the claim). The two other parts "
        "are open. Layer norm adds 0.05 less at batch 100 than at 5, where it helps most; the gain of batch norm, "
        "the control, did not change either, so 200 steps judged on validation are a weak test of dependence on "
        "the batch. The gain from hidden size 5 to 100 comes from size 5, where layer norm is worse; at 100 both "
        "reach 96 %.",
    },
)

"""Is a five-layer network harder to overfit on 50 samples than a three-layer one, and more sensitive to its first weights?"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.nets import Network
from pellucid.optim import SGD
from pellucid.studies.figures import finish
from pellucid.studies.samples import Pool
from pellucid.studies.statistics import Finding, effect_of
from pellucid.studies.study import Config, Study
from pellucid.studies.table import Table
from pellucid.studies.training import fully_connected, judged, train

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY"]


def grid(quick: bool) -> Sequence[Config]:
    """Two depths x learning rates x scales."""
    rates, scales = np.logspace(-4, 0, 3 if quick else 9).tolist(), np.logspace(-3, 0, 3 if quick else 10).tolist()
    return [
        {"layers_deep": depth, "learning_rate": rate, "scale": scale, "epochs": 20}
        for depth in (3, 5)
        for rate in rates
        for scale in scales
    ]


def trial(config: Config, pool: Pool) -> Mapping[str, Any]:
    """Try to overfit 50 samples in 20 epochs of SGD."""
    data = pool.draw(50, config["seed"])
    net = Network(
        fully_connected([100] * (config["layers_deep"] - 1), pool.classes),
        pool.sample_shape,
        seed=config["seed"],
        init=config["scale"],
    )
    done = train(
        net,
        data,
        epochs=config["epochs"],
        batch_size=25,
        optimizer=SGD(config["learning_rate"]),
        seed=config["seed"],
        judge=False,
    )
    loss, accuracy = judged(net, data.x, data.y)
    return {
        "accuracy": accuracy,
        "loss": loss,
        "reached": accuracy == 1.0 and not done["diverged"],
        "diverged": done["diverged"],
    }


def share(table: Table, depth: int) -> float:
    """The share of settings that reach 100 %."""
    return table.where(layers_deep=depth).mean("reached")


def share_of_scales(table: Table, depth: int) -> float:
    """The share of scales at which some learning rate reaches 100 %."""
    rows = table.where(layers_deep=depth)
    return float(np.mean([any(row["reached"] for row in rows.where(scale=scale)) for scale in rows.settings("scale")]))


def findings(table: Table) -> Sequence[Finding]:
    """Harder, and more sensitive."""
    harder = table.by_seed(lambda t: share(t, 3) - share(t, 5))
    sensitive = table.by_seed(lambda t: share_of_scales(t, 3) - share_of_scales(t, 5))
    return [
        Finding(
            "the share of settings that reach 100 % is larger for three layers by",
            "of the settings",
            0.05,
            effect_of(harder, 2),
        ),
        Finding(
            "the share of scales at which some learning rate reaches 100 % is larger for three layers by",
            "of the scales",
            0.1,
            effect_of(sensitive, 2),
        ),
    ]


def draw(figure: "Figure", table: Table) -> None:
    """For each depth, the share of seeds that reach 100 % at each setting."""
    panels = figure.subplots(1, 2)
    rates, scales = table.settings("learning_rate"), table.settings("scale")
    for axes, depth in zip(panels, (3, 5), strict=True):
        rows = table.where(layers_deep=depth)
        shares = [[rows.where(learning_rate=rate, scale=scale).mean("reached") for scale in scales] for rate in rates]
        image = axes.imshow(shares, origin="lower", aspect="auto", cmap="cividis", vmin=0, vmax=1)
        axes.set_xticks(range(len(scales)), [f"{s:.0e}" for s in scales], rotation=60, fontsize=7)
        axes.set_yticks(range(len(rates)), [f"{r:.0e}" for r in rates], fontsize=7)
        finish(axes, "scale of the first weights", "learning rate (SGD)", title=f"{depth} layers")
        axes.grid(visible=False)
    figure.colorbar(image, ax=panels, label="share of seeds at 100 %")


STUDY = Study(
    name="depth",
    question="Is a deeper network harder to train, and which one is more sensitive to its initial weights?",
    claim="A five-layer network is harder to overfit on 50 samples than a three-layer one, and more sensitive to "
    "its initialisation.",
    source="CS231n (2021), assignment 2, fully connected networks, inline question 1",
    design="2 depths (hidden layers of 100) x 9 learning rates from 1e-4 to 1 x 10 scales from 1e-3 to 1; 50 "
    "samples, 20 epochs of SGD, batch 25",
    measure="whether training accuracy reaches 100 %",
    statistic="difference of shares within each seed; signed-rank interval, two comparisons",
    matters="0.05 of the settings; 0.1 of the scales",
    grid=grid,
    trial=trial,
    findings=findings,
    draw=draw,
    remarks={
        "undecided": "The five-layer network reaches 100 % at fewer scales; that part holds. Over all settings the difference "
        "is about the 5 % that would matter, and ten seeds cannot say on which side of it. The numbers depend on "
        "the grid: where most settings are hopeless for both, the shares are close.",
    },
)

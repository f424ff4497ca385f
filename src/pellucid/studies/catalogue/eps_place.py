"""sqrt(var) + eps instead of sqrt(var + eps): does the error grow through the network, and where does it matter?"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from pellucid.nets import Affine, Description, Flatten, Function, Network, ReLU
from pellucid.shapes import Array
from pellucid.studies.figures import curve, finish
from pellucid.studies.samples import Pool
from pellucid.studies.statistics import Finding, effect_of
from pellucid.studies.study import Config, Study
from pellucid.studies.table import Table
from pellucid.train import Trainer
from pellucid.train.not_finite import NotFiniteError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["STUDY"]


def grid(quick: bool) -> Sequence[Config]:
    """Depths x eps; each trial trains both forms side by side from the same weights."""
    depths, eps = ((1, 4), (1e-5, 1e-2)) if quick else ((1, 2, 4, 8, 16), (1e-8, 1e-5, 1e-3, 1e-2, 1e-1))
    size = {"samples": 200, "steps": 10} if quick else {"samples": 1000, "steps": 200}
    return [{"depth": d, "eps": e} | size for d in depths for e in eps]


class _Cache(NamedTuple):
    centered: Array
    x_hat: Array
    gamma: Array
    std: Array  # sqrt(var), or sqrt(var + eps)
    divisor: Array  # what centered was divided by


def norm(eps: float, *, outside: bool, features: int) -> Function:
    """Batch normalization with eps inside the root, or outside; both exact derivatives of themselves."""

    def forward(x: Array, gamma: Array, beta: Array) -> tuple[Array, _Cache]:
        centered = x - x.mean(axis=0)
        var = (centered**2).mean(axis=0)
        # A feature that never varies has no derivative with eps outside; the smallest number keeps its root from 0.
        std = np.sqrt(np.maximum(var, np.finfo(x.dtype).tiny)) if outside else np.sqrt(var + x.dtype.type(eps))
        divisor = std + x.dtype.type(eps) if outside else std
        x_hat = centered / divisor
        return gamma * x_hat + beta, _Cache(centered, x_hat, gamma, std, divisor)

    def backward(dout: Array, cache: _Cache) -> tuple[Array, Array, Array]:
        centered, x_hat, gamma, std, divisor = cache
        g = dout * gamma
        # d(1 / divisor) = -d(std) / divisor**2, and d(std) = centered / (N std) in either form
        through_var = centered / std * (g * centered).mean(axis=0) / divisor**2
        centred_g = g / divisor - through_var
        return centred_g - centred_g.mean(axis=0), (dout * x_hat).sum(axis=0), dout.sum(axis=0)

    start = {"gamma": np.ones(features), "beta": np.zeros(features)}
    return Function(forward, backward, params=start, name="outside" if outside else "inside")


def network(config: Config, pool: Pool, *, outside: bool, dtype: type = np.float64) -> Network:
    """Hidden layers of 50, each normalized."""
    body: list[Description] = [
        layer
        for _ in range(config["depth"])
        for layer in (Affine(50), norm(config["eps"], outside=outside, features=50), ReLU())
    ]
    return Network([Flatten(), *body, Affine(pool.classes)], pool.sample_shape, seed=config["seed"], dtype=dtype)


def trial(config: Config, pool: Pool) -> Mapping[str, Any]:
    """Return how far apart the two forms' scores are before and after training, and the last training accuracies."""
    data = pool.draw(config["samples"], config["seed"])
    x, y = data.x.astype(np.float64), data.y
    sides = [
        Trainer(network(config, pool, outside=outside), batch_size=50, seed=config["seed"]) for outside in (False, True)
    ]
    distances = {0: distance(sides, x)}
    order = np.random.default_rng([config["seed"], 1])
    for step in range(1, config["steps"] + 1):
        rows = order.permutation(len(x))[:50]
        try:
            for side in sides:
                side.step(x[rows], y[rows])
        except NotFiniteError:
            break
        if step in (1, 10, 100, config["steps"]):
            distances[step] = distance(sides, x)
    accuracies = [float((side.net.training_pass(x, y).scores.argmax(axis=1) == y).mean()) for side in sides]
    return {
        "before": distances[0],
        "after_10": distances.get(10, math.nan),
        "after": distances[max(distances)],
        "inside": accuracies[0],
        "outside": accuracies[1],
        "accuracy_lost": accuracies[0] - accuracies[1],
    }


def distance(sides: Sequence[Trainer], x: Array) -> float:
    """The length of the difference of both networks' scores, relative to that of the scores."""
    labels = np.zeros(len(x), dtype=np.int64)
    inside, outside = (side.net.training_pass(x, labels).scores for side in sides)
    return float(np.linalg.norm(inside - outside) / np.linalg.norm(inside))


def growth(table: Table, eps: float, key: str = "before") -> float:
    """log10 of the distance in the deepest network over that in the shallowest."""
    rows = table.where(eps=eps)
    depths = rows.settings("depth")
    deep, shallow = rows.where(depth=depths[-1]).mean(key), rows.where(depth=depths[0]).mean(key)
    return math.log10(max(deep, 1e-300) / max(shallow, 1e-300))


def findings(table: Table) -> Sequence[Finding]:
    """Growth with depth decides; the effect on accuracy is also reported."""
    grown = table.by_seed(lambda t: growth(t, 1e-5))
    largest = max(table.settings("eps"), default=0.0)
    trained = table.by_seed(
        lambda t: math.log10(
            max(t.where(eps=1e-5).mean("after"), 1e-300) / max(t.where(eps=1e-5).mean("before"), 1e-300)
        )
    )
    usual = table.by_seed(lambda t: t.where(eps=1e-5).mean("accuracy_lost"))
    large = table.by_seed(lambda t: t.where(eps=largest).mean("accuracy_lost"))
    return [
        Finding(
            "at eps 1e-5 the error of the scores grows from the shallowest to the deepest network by",
            "decades",
            0.3,
            effect_of(grown),
        ),
        Finding("at eps 1e-5 training lets it grow by", "decades", 0.3, effect_of(trained), decides=False),
        Finding(
            "at eps 1e-5 it changes training accuracy by", "", 0.01, effect_of(usual), kind="within", decides=False
        ),
        Finding(
            f"at eps {largest:g} it changes training accuracy by",
            "",
            0.01,
            effect_of(large),
            kind="within",
            decides=False,
        ),
    ]


def draw(figure: "Figure", table: Table) -> None:
    """Error against depth, before and after training, by eps."""
    panels = figure.subplots(1, 2)
    for axes, key, title in ((panels[0], "before", "before training"), (panels[1], "after", "after training")):
        for place, eps in enumerate(table.settings("eps")):
            curve(axes, table.where(eps=eps), "depth", key, label=f"eps {eps:g}", place=place)
        finish(
            axes,
            "hidden layers",
            "relative difference of the scores",
            title=title,
            logx=True,
            logy=True,
            ticks=table.settings("depth"),
        )


STUDY = Study(
    name="eps-place",
    question="Does it matter whether eps is inside or outside the square root?",
    claim="sqrt(var) + eps instead of sqrt(var + eps) in batch norm: the error grows through the network.",
    source="CS231n (2021), assignment 2, batch normalization; a common mistake in public solutions",
    design="depths 1, 2, 4, 8, 16 (hidden layers of 50) x eps 1e-8, 1e-5, 1e-3, 1e-2, 1e-1; both forms trained side "
    "by side from the same weights "
    "on the same batches in float64, 200 steps of Adam 1e-3; 1,000 samples",
    measure="length of the difference of the scores, relative; training accuracy with the batch's statistics",
    statistic="log10 of the ratio of the deepest to the shallowest within each seed; signed-rank interval",
    matters="0.3 decades: twice the error (for the accuracies, which are also reported, 0.01)",
    grid=grid,
    trial=trial,
    findings=findings,
    draw=draw,
    remarks={
        "holds": "The error of the misplaced eps grows threefold from 1 to 16 layers, nearly all of it between 8 and 16. "
        "It does not matter for accuracy at 1e-5; at 0.1 ten seeds cannot say. After 200 steps the scores of the "
        "two networks differ by a fifth of their size or more from eps 1e-3 on, as those of any two networks do "
        "after a small initial difference: no harm by itself.",
    },
)

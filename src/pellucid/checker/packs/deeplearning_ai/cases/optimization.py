"""Cases of course 2's optimization: update rules over dictionaries, mini-batches, decay of the rate."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.deeplearning_ai.cases.deep import updates
from pellucid.checker.packs.deeplearning_ai.cases.making import Input, Maker, call, case, cases_of, layers

__all__ = ["OPTIMIZATION"]

Generator = np.random.Generator
Values = Mapping[str, Any]
SIZES = ((3, 2, 1), (2, 4, 3, 1), (3, 1))


def _networks(draw: Generator) -> list[Input]:
    return [(f"sizes {', '.join(map(str, one))}", {"parameters": layers(draw, *one)}, ()) for one in SIZES]


def _moved(draw: Generator, sizes: tuple[int, ...], **settings: float) -> dict[str, Any]:
    """Return parameters, gradients, averages that are not 0, and settings."""
    averages = {f"d{name}": value for name, value in layers(draw, *sizes).items()}
    return {
        "parameters": layers(draw, *sizes),
        "grads": {f"d{name}": value for name, value in layers(draw, *sizes).items()},
        "v": averages,
        "s": {name: value**2 + 0.1 for name, value in averages.items()},
        **settings,
    }


def _momentum(draw: Generator) -> list[Input]:
    settings = (("2 layers", 0.9, 0.01), ("3 layers", 0.7, 0.5), ("one layer", 0.0, 0.1))
    return [
        (f"{name}, beta {beta}", _moved(draw, sizes, beta=beta, rate=rate), ())
        for sizes, (name, beta, rate) in zip(SIZES, settings, strict=True)
    ]


def _adam(draw: Generator) -> list[Input]:
    def values(sizes: tuple[int, ...], t: int, **other: float) -> dict[str, Any]:
        return _moved(draw, sizes, **{"t": t, "rate": 0.01, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, **other})

    first = values((3, 2, 1), 1)
    first["v"], first["s"] = ({name: value * 0 for name, value in first[key].items()} for key in "vs")
    return [
        ("t = 2", values((3, 2, 1), 2), ()),
        ("the first step", first, ("first step",)),
        ("3 layers, t = 5, other settings", values((2, 4, 3, 1), 5, rate=0.3, beta1=0.8, beta2=0.95), ()),
        ("an epsilon of 0.2", values((3, 1), 3, epsilon=0.2), ("a large epsilon",)),
    ]


def _batches(draw: Generator, options: Options) -> list[Case]:
    """Return cases of mini-batches. What is compared are facts, whatever order was drawn."""
    made = []
    for samples, size, labels, tags in (
        (20, 6, 1, ("a rest",)),
        (24, 8, 1, ("no rest",)),
        (130, 64, 1, ("a rest",)),
        (5, 8, 1, ("fewer samples than a batch",)),
        (21, 8, 3, ("a rest", "several labels")),
    ):
        number = np.arange(1.0, samples + 1)
        X = np.stack([number, -number, 1000 + number])
        Y = np.stack([number + 5000 * (row + 1) for row in range(labels)])
        values = {"X": X, "Y": Y, "size": size, "seed": 3}
        step = call("random_mini_batches", ["X", "Y", "size", "seed"], ["batches"])
        name = f"{samples} samples in batches of {size}" + (f", {labels} rows of labels" if labels > 1 else "")
        made.append(case(name, values, [step], ["batches"], tags, derive=_facts, any_shape=True))
    return made


def _facts(values: Values, outputs: Values) -> dict[str, Any]:
    """Turn mini-batches into facts: how many, their shapes, that samples keep their labels, that each comes once, in another order."""
    batches = outputs["batches"]
    if not isinstance(batches, (list, tuple)) or any(not _is_pair(one) for one in batches):
        return {"batches": "not a list of pairs (X, Y) of matrices"}
    found: dict[str, Any] = {"number of batches": len(batches)}
    for number, (x, y) in enumerate(batches[:9], 1):
        found[f"shapes of batch {number}"] = [*x.shape, *y.shape]
    xs, ys = ([np.asarray(pair[k], float) for pair in batches] for k in (0, 1))
    columns = [column for x in xs for column in x.T]
    labels = [column for y in ys for column in y.T]
    found["samples that come"] = sorted(float(column[0]) for column in columns if column.size)
    known = {float(x[0]): (x, y) for x, y in zip(values["X"].T, values["Y"].T, strict=True)}
    kept = [_is(known.get(float(x[0])), x, y) for x, y in zip(columns, labels, strict=False) if x.size]
    found["share of samples with their own labels"] = round(float(np.mean(kept)), 2) if kept else 0.0
    order = [float(column[0]) for column in columns if column.size]
    found["samples are in another order"] = order != sorted(order)
    return found


def _is_pair(one: Any) -> bool:
    return (
        isinstance(one, (list, tuple)) and len(one) == 2 and all(isinstance(x, np.ndarray) and x.ndim == 2 for x in one)
    )


def _is(known: Any, x: Any, y: Any) -> bool:
    return known is not None and np.array_equal(known[0], x) and np.array_equal(known[1], y)


def _rates(draw: Generator) -> list[Input]:
    return [
        (f"epoch {epoch}, decay {decay}", {"rate": rate, "epoch": epoch, "decay": decay}, ())
        for rate, epoch, decay in ((0.5, 2, 1), (0.3, 10, 0.25), (0.1, 0, 0.5))
    ]


def _scheduled(draw: Generator) -> list[Input]:
    return [
        (f"epoch {epoch}, every {every}", {"rate": rate, "epoch": epoch, "decay": decay, "every": every}, ())
        for rate, epoch, decay, every in (
            (0.5, 8, 0.3, 10),
            (0.5, 10, 0.3, 3),
            (0.4, 100, 0.3, 100),
            (0.2, 2500, 1, 1000),
        )
    ]


OPTIMIZATION: dict[str, Maker] = {
    "update_parameters_with_gd": updates("update_parameters_with_gd"),
    "random_mini_batches": _batches,
    "initialize_velocity": cases_of("initialize_velocity", "parameters", "v", _networks),
    "update_parameters_with_momentum": cases_of(
        "update_parameters_with_momentum", "parameters grads v beta rate", "parameters v", _momentum
    ),
    "initialize_adam": cases_of("initialize_adam", "parameters", "v s", _networks),
    "update_parameters_with_adam": cases_of(
        "update_parameters_with_adam", "parameters grads v s t rate beta1 beta2 epsilon", "parameters v s", _adam
    ),
    "update_lr": cases_of("update_lr", "rate epoch decay", "learning_rate", _rates),
    "schedule_lr_decay": cases_of("schedule_lr_decay", "rate epoch decay every", "learning_rate", _scheduled),
}

"""Cases for the two-layer network in both of its forms: scores, loss, gradients and first parameters."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pellucid.checker.asking.cases import Case, ref
from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.cs231n_a1.cases.purposes import assert_has
from pellucid.checker.packs.cs231n_a1.editions import is_older_net

__all__ = ["new_network", "parameters", "two_layer"]

Generator = np.random.Generator
SIZES = {"input_dim": 6, "hidden_dim": 5, "num_classes": 3}


def parameters(draw: Generator, sizes: tuple[int, int, int] = (6, 5, 3)) -> dict[str, Any]:
    """Draw the parameters of a network."""
    d, h, c = sizes
    return {
        "W1": 0.6 * draw.normal(size=(d, h)),
        "b1": 0.3 * draw.normal(size=h),
        "W2": 0.6 * draw.normal(size=(h, c)),
        "b2": 0.3 * draw.normal(size=c),
    }


def new_network(options: Options, **settings: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the step that makes a network: for the reference, and for the learner's form of it."""
    keywords = {**SIZES, "weight_scale": 0.05, "reg": 0.0, **settings}
    new = {"do": "new", "class": "TwoLayerNet", "args": [], "keywords": keywords, "as": "model"}
    if not is_older_net(options):
        return new, new
    sizes = [keywords["input_dim"], keywords["hidden_dim"], keywords["num_classes"]]
    return new, new | {"args": sizes, "keywords": {"std": keywords["weight_scale"]}}


def _loss(older: bool, *arguments: Any, reg: float, unpack: tuple[str, ...]) -> dict[str, Any]:
    keywords = {"reg": reg} if older and len(arguments) > 1 else {}
    args = [ref(a) for a in arguments]
    return {
        "do": "method",
        "of": ["model"],
        "method": "loss",
        "args": args,
        "keywords": keywords,
        "unpack": list(unpack),
    }


def two_layer(draw: Generator, options: Options) -> list[Case]:
    """`TwoLayerNet`, as the file defines it: with reg of the network, or of each call."""
    older = is_older_net(options)
    x, y, plain = draw.normal(size=(5, 6)), np.array([0, 2, 1, 2, 0]), parameters(draw)
    square = parameters(draw, (4, 4, 4))

    def case(
        name: str, made: Mapping[str, Any], x: Any, y: Any, params: Mapping[str, Any], *tags: str, reg: float = 0.0
    ) -> Case:
        return _case(options, name, {**made, "reg": reg}, x, y, params, *tags)

    cases = [
        case("no regularisation", {}, x, y, plain, "reg 0", "hidden zeros"),
        case("reg = 3", {}, x, y, plain, "reg", reg=3.0),
        case("as many rows, features and units as classes", {"input_dim": 4, "hidden_dim": 4, "num_classes": 4},
             draw.normal(size=(4, 4)), np.array([3, 0, 2, 1]), square, reg=0.5),
        case("one row", {}, x[:1], y[:1], plain, "batch of 1"),
        _scores_case(options, x, plain),
        _start_case(options),
        _update_case(options, x, y, plain, older),
    ]  # fmt: skip
    if not older:
        cases.append(case("images as input", {}, x.reshape(5, 1, 2, 3), y, plain))
    assert_has(cases)
    return cases


def _steps(options: Options, settings: Mapping[str, Any], params: Mapping[str, Any], *then: Any) -> dict[str, Any]:
    """Return the steps of a case, for the reference and for the learner."""
    new, asked = new_network(options, **settings)
    put = [{"do": "set", "path": ["model", "params", name], "value": ref(name)} for name in params]
    return {"steps": [new, *put, *then], "asked": [asked, *put, *then] if asked is not new else ()}


def _case(
    options: Options, name: str, settings: Mapping[str, Any], x: Any, y: Any, params: Mapping[str, Any], *tags: str
) -> Case:
    loss = _loss(is_older_net(options), "X", "y", reg=settings["reg"], unpack=("loss", "grads"))
    outputs = {"loss": ["loss"], **{f"grads {key}": ["grads", key] for key in params}}
    return Case(
        name,
        {"X": x, "y": y, **params},
        outputs=outputs,
        tags=frozenset(tags),
        **_steps(options, settings, params, loss),
    )


def _scores_case(options: Options, x: Any, params: Mapping[str, Any]) -> Case:
    scores = _loss(False, "X", reg=0.0, unpack=("scores",))
    return Case("scores", {"X": x, **params}, outputs={"scores": ["scores"]}, **_steps(options, {}, params, scores))


def _start_case(options: Options) -> Case:
    settings = {"input_dim": 70, "hidden_dim": 60, "num_classes": 50}
    outputs = {"params": ["model", "params"]}
    return Case(
        "first parameters", {}, outputs=outputs, tags=frozenset({"initial"}), derive=_start_facts, any_shape=True,
        **_steps(options, settings, {}),
    )  # fmt: skip


def _start_facts(values: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Say of each parameter by itself its shape, and its size to within what chance allows."""
    facts: dict[str, Any] = {}
    for name, value in outputs.items():
        short, array = name.removeprefix("params "), np.asarray(value)
        facts[f"shape of {short}"] = np.asarray(array.shape, float)
        if short.startswith("W"):
            facts[f"scale of {short}"] = float(np.round(np.log2(array.std() / 0.05) / 2)) if array.std() > 0 else np.nan
        else:
            facts[f"start of {short}"] = float(array.mean())
    return facts


def _update_case(options: Options, x: Any, y: Any, params: Mapping[str, Any], older: bool) -> Case:
    """Loss, new arrays put into model.params, loss again: the network works with the parameters that it has now."""
    changed = {f"{key} after": value * 0.9 for key, value in params.items()}
    again = [{"do": "set", "path": ["model", "params", key], "value": ref(f"{key} after")} for key in params]
    first = _loss(older, "X", "y", reg=0.5, unpack=("loss", "grads"))
    second = _loss(older, "X", "y", reg=0.5, unpack=("loss after an update", "grads"))
    outputs = {"loss": ["loss"], "loss after an update": ["loss after an update"]}
    made = _steps(options, {"reg": 0.5}, params, first, *again, second)
    return Case("parameters replaced", {"X": x, "y": y, **params, **changed}, outputs=outputs, **made)

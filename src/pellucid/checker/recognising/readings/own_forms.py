"""Forms of a unit that nobody knows, made of its own arguments: what each is called says which shape it may have."""

import re
from collections.abc import Iterator

from pellucid.checker.recognising.form import Hints, LayerForm, Reading, Role, Sizes, Values
from pellucid.checker.recognising.lexicon import is_flag, is_rate, is_seed, setting_of, size_of
from pellucid.checker.recognising.units import Unit

__all__ = ["UNKNOWN", "own_forms"]

UNKNOWN = "layer"  # the kind of a form that no reading has
EVEN = 6  # features: some layers part them in halves or thirds
KINDS = (
    ("weight", re.compile(r"(w|u|theta|weights?|kernels?|filters?)[a-z]{0,2}\d?", re.IGNORECASE)),
    ("bias", re.compile(r"b[a-z]?\d?|bias\w*|gamma|beta|scale|shift|gain|offset|slope\w*", re.IGNORECASE)),
    ("label", re.compile(r"y|t|ys|y_?true|targets?|labels?|truth|ids", re.IGNORECASE)),
    ("state", re.compile(r"h|c|s|h_\w+|c_\w+|hidden\w*|state|prev_\w+|\w+_prev", re.IGNORECASE)),
)


def own_forms(unit: Unit, sizes: Sizes) -> list[LayerForm]:
    """Return the forms of a unit by its own required arguments, one for each way in which their shapes may belong together."""
    arguments = [argument.name for argument in unit.forward.args if argument.is_required]
    arguments = [name for name in arguments if not (is_flag(name) or is_rate(name) or is_seed(name))]
    arguments = [name for name in arguments if name not in unit.forward.keys and setting_of(name, ("eps",)) != "eps"]
    if not arguments or unit.style in ("rule", "optimiser"):
        return []
    kinds = {name: _kind(name) for name in arguments}
    kinds[arguments[0]] = "input" if kinds[arguments[0]] != "weight" else "weight"
    kinds = {**kinds, **_made_with(unit)}
    given = set(kinds.values())
    found = []
    for label, ways in _ways(sizes).items():
        is_needed = label == "rows" or len(given) == 1 or given & {"weight", "label", "state", "bias"}
        if not is_needed:
            continue
        roles = tuple(Role(name, (ways[kind][0],), ways[kind][1]) for name, kind in kinds.items())
        size = {"in": EVEN, "features": EVEN, "out": sizes.m, "hidden": sizes.m, "channels": sizes.c, "kernel": sizes.k}
        found.append(LayerForm(UNKNOWN, "", roles, _nothing, "", size, is_loss=unit.is_loss))
    return found


def _made_with(unit: Unit) -> dict[str, str]:
    """Return the arrays that a constructor takes, by what they are called or annotated as."""
    required = [one for one in (unit.maker.args if unit.maker else ()) if one.is_required]
    found = {one.name: _kind(one.name) for one in required}
    found |= {
        one.name: "bias" if one.name == "g" else "weight"
        for one in required
        if one.kind == "array" and found[one.name] == "input"
    }
    return {
        name: kind
        for name, kind in found.items()
        if kind in ("weight", "bias") and not size_of(name, ("in", "out", "features"))
    }


def _kind(name: str) -> str:
    return next((kind for kind, pattern in KINDS if pattern.fullmatch(name.strip("_"))), "input")


def _ways(s: Sizes) -> dict[str, dict[str, tuple[tuple[int, ...], str]]]:
    """Return the shape and content of each kind of argument, by how the samples lie."""
    rows, steps, images = (s.n, EVEN), (s.n, s.m, EVEN), (s.n, 2 * s.c, 4, EVEN)
    square = {"weight": ((EVEN, EVEN), "weights"), "bias": ((EVEN,), "positive")}

    def way(shape: tuple[int, ...], label: tuple[tuple[int, ...], str], **more: tuple[tuple[int, ...], str]):  # type: ignore[no-untyped-def]
        return {"input": (shape, "spread"), "state": (shape, "weights"), "label": label, **square, **more}

    narrow = {"weight": ((EVEN, s.m), "weights"), "bias": ((s.m,), "positive"), "state": ((s.n, s.m), "weights")}
    tall = {"weight": ((s.m, EVEN), "weights"), "bias": ((s.m, 1), "positive"), "state": ((s.m, s.n), "weights")}
    flat = {"weight": ((s.m, EVEN), "weights"), "bias": ((s.m,), "positive"), "state": ((s.m,), "weights")}
    return {
        "rows": way(rows, (rows, "binary")),
        "alike": dict.fromkeys(("input", "weight", "bias", "label", "state"), (rows, "weights")),
        "rows and classes": way(rows, ((s.n,), "labels"), **narrow),
        "steps": way(steps, ((s.n, s.m), "labels")),
        "images": way(images, (images, "binary"), weight=((2 * s.c,) * 2, "weights"), bias=((2 * s.c,), "positive")),
        "columns": way((EVEN, s.n), ((s.n,), "labels"), **tall),
        "one sample": way((EVEN,), ((EVEN,), "binary"), **flat),
        "one image": way((4, EVEN), ((4, EVEN), "binary")),
    }


def _nothing(v: Values, h: Hints) -> Iterator[Reading]:
    """Yield no reading: what such a layer computes is not known."""
    yield from ()

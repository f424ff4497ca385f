"""Candidate calls of a unit's backward: which argument gets which value."""

from collections.abc import Iterator, Mapping
from typing import Any

from pellucid.checker.recognising.calling.calls import RATE, Item, UnitCall
from pellucid.checker.recognising.lexicon import called_like, is_cache, is_derivative_flag, is_gradient, is_rate
from pellucid.checker.recognising.records import FunctionRecord

__all__ = ["backward_arguments"]


def backward_arguments(
    call: UnitCall, outputs: Mapping[int, tuple[Any, ...]], returned: int
) -> Iterator[tuple[list[Item], Mapping[str, Any]]]:
    """Yield arguments for a backward, the likely ones first, with {"rate": whether it takes a learning rate}.

    outputs: the paths of the forward's outputs; returned: how many values the forward returns in a tuple, 0 for one.
    """
    function = call.unit.backward
    assert function is not None
    seen = set()
    for way in ("names", "order", "prediction", "outputs", "input"):
        found = _by(way, function, call, outputs, returned)
        if found is not None and (key := repr(found)) not in seen:
            seen.add(key)
            yield found


def _by(
    way: str, function: FunctionRecord, call: UnitCall, outputs: Mapping[int, tuple[Any, ...]], returned: int
) -> tuple[list[Item], Mapping[str, Any]] | None:
    cache: Item = {"$": ["result", "@last"]} if returned > len(outputs) else {"$": list(outputs[0])}
    items: list[Item] = []
    facts: dict[str, Any] = {"rate": False, "dout": False, "out": False}
    given = 0
    required = [argument for argument in function.args if argument.kind != "rest"]
    if way == "input":  # a derivative of x, whatever its argument is called
        is_derivative = len(required) == 1 and not is_gradient(required[0].name) and len(call.items) == 1
        return ([*call.items.values()], facts) if is_derivative else None
    for number, argument in enumerate(required):
        name = argument.name
        is_plain_gradient = _is_plain_gradient(name)
        is_later = any(_is_plain_gradient(one.name) and one.name not in call.items for one in required[number + 1 :])
        if way == "prediction" and number == 0 and call.form.is_loss:
            items.append({"$": ["x"]})
        elif way == "outputs" and name in call.items and number == 0 and call.unit.style == "functions":
            items.append({"$": list(outputs[0])})
            facts["out"] = True
        elif way == "order" and number < len(outputs) and argument.is_required:
            items.append({"$": [f"dout {given}"]})
            given += 1
            facts["dout"] = True
        elif name in call.items:
            items.append(call.items[name])
        elif is_rate(name) and (argument.is_required or name not in ("alpha", "eta")):
            items.append(RATE)
            facts["rate"] = True
        elif function.name == call.unit.forward.name and is_derivative_flag(name):
            items.append(True)
        elif not argument.is_required:
            break
        elif is_cache(name) or way == "order":
            items.append(cache)
        elif is_plain_gradient and given < max(1, len(outputs)):
            items.append({"$": [f"dout {given}"]})
            given += 1
            facts["dout"] = True
        elif (
            role := next((r.name for r in call.form.roles if called_like(name, r.name) and r.name in call.roles), "")
        ) and (given or call.form.is_loss or number):
            items.append({"$": [role]})
        elif given == 0 and not is_later and not (call.form.is_loss and number):
            items.append({"$": ["dout 0"]})
            given += 1
            facts["dout"] = True
        else:
            items.append(cache)
    return items, facts


def _is_plain_gradient(name: str) -> bool:
    return is_gradient(name) and (len(name) > 1 or name in ("g", "d"))

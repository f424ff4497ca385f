"""Run one case: a list of steps over named values, the same for the learner's functions, the reference and its variants.

A case is data: {"values": {name: value}, "steps": [...], "outputs": {name: path}}. The steps:

    {"do": "call", "function": name, "args": [...], "keywords": {...}, "unpack": [names]}
    {"do": "new", "class": name, "args", "keywords", "as": name}       an object; keywords it does not take are left out,
                                                       unless the step has "exact": True
    {"do": "method", "of": name, "method": name, "args", "unpack"}
    {"do": "set", "path": path, "value": value}                        for example model.params["W1"]
    {"do": "slopes", "function", "args", "of": item, "wrt": [names], "dout": value, "unpack": [names]}
                                                       along the values "direction NAME"; one number each
    {"do": "each", "value": name, "over": {"$": [name]}, "steps": [...], "output": path, "as": name}
                                                       the output for every one of several values, stacked; the seed is the same
    {"do": "pack", "form": "dict", "keys": [...], "args": [...], "as": name}    also "list", "object", "same"
    {"do": "feed", "of": path, "as": name, "states": [names]}    results of an update rule become its next arguments
    {"do": "context", "as": name}                      the `ctx` of `forward(ctx, ...)`
    {"do": "snapshot", "of": path, "as": name}         a copy of the plain values in something: of an object, its attributes

A step "new" may say "needs": [keywords]: where the class takes none of them, it comes from an edition of the course that does not
have what the case tests. The case then ends with {"not_asked": True}: an answer, never an exception that code could raise itself.

"more": True in a step lets the function return more values than "unpack" names, after these.
"keep": [outputs] in a step copies those after the step, not at the end. "or_flat": [names] in a call or slopes step: where the
function raises, it is called once more with these arguments flattened. An argument {"$": path} is a named value,
{"dtype": "float64"} the type np.float64; a path is a list: a name, then keys, attributes or numbers.
"""

import contextlib
import copy
import functools
import inspect
import io
import types
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

__all__ = ["ReturnError", "prepare", "run_case"]

MOST_NUMBERS, MOST_ITEMS, DEEPEST = 20_000, 60, 4  # of a snapshot
CALLING = ("call", "new", "method", "slopes", "each")  # steps that run a learner's code, which may write into inputs
FEW_BYTES = 1 << 16


class ReturnError(TypeError):
    """A function returned another number of values than its description says."""


def prepare(case: Mapping[str, Any]) -> dict[str, Any]:
    """Return the case's values as fresh copies, laid out as the case asks ("read-only", "strided", "fortran")."""
    layout = case.get("layout", "")
    return {name: _laid_out(value, layout) for name, value in case["values"].items()}


def run_case(functions: Mapping[str, Any], case: Mapping[str, Any]) -> dict[str, Any]:
    """Return {"outputs": {name: value}, "changed": {input that was written to: function that did it}}, maybe "not_asked"."""
    values = prepare(case)
    inputs = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
    before = {name: value.copy() for name, value in inputs.items()}
    copied: dict[str, np.ndarray] = {}
    changed: dict[str, str] = {}
    for step in case["steps"]:
        if _is_not_asked(functions, step):
            return {"outputs": {}, "changed": {}, "not_asked": True}
        _step(functions, step, values)
        for name, value in inputs.items() if step["do"] in CALLING else ():
            if name not in changed and not _is_same(value, before[name]):
                changed[name] = step.get("function", "")
        for name in step.get("keep", ()):  # as it is now: the next step may change the same array again
            value = _found(values, case["outputs"][name])
            copied[name] = _copied(value)
    outputs = {
        name: copied.get(name) if name in copied else _found(values, path) for name, path in case["outputs"].items()
    }
    return {"outputs": {name: _copied(value) for name, value in outputs.items()}, "changed": changed}


def _is_same(value: np.ndarray, before: np.ndarray) -> bool:
    """Whether two arrays have equal numbers, NaN equal to NaN; most have the same bytes, which is seen sooner."""
    is_small = value.nbytes <= FEW_BYTES and value.shape == before.shape and value.dtype == before.dtype
    return (is_small and value.tobytes() == before.tobytes()) or np.array_equal(value, before, equal_nan=True)


def _copied(value: Any) -> Any:
    """Return a copy of an array. One of a subclass stays what it is: a copy would lose what makes it another answer."""
    return value.copy() if type(value) is np.ndarray else value


def _is_not_asked(functions: Mapping[str, Any], step: Mapping[str, Any]) -> bool:
    needs = step.get("needs", ())
    return bool(needs) and not _taken(functions[step["class"]], dict.fromkeys(needs, 0))


def _laid_out(value: Any, layout: str) -> Any:
    if isinstance(value, dict):
        return {key: _laid_out(item, "") for key, item in value.items()}
    if not isinstance(value, np.ndarray):
        return value
    if layout == "fortran":
        return np.array(value, order="F")
    if layout == "strided" and value.ndim:
        wide = np.full((*value.shape[:-1], 2 * value.shape[-1]), 7, value.dtype)
        wide[..., ::2] = value
        return wide[..., ::2]
    copy = value.copy()
    if layout == "read-only":
        copy.flags.writeable = False
    return copy


def _step(functions: Mapping[str, Any], step: Mapping[str, Any], values: dict[str, Any]) -> None:
    kind = step["do"]
    args = [_argument(values, item) for item in step.get("args", [])]
    keywords = {name: _argument(values, item) for name, item in step.get("keywords", {}).items()}
    if kind == "call":
        function = _or_flat(functions[step["function"]], step)
        _unpack(step, function(*args, **keywords), values)
    elif kind == "new":
        maker = functions[step["class"]]
        values[step["as"]] = maker(*args, **(keywords if step.get("exact") else _taken(maker, keywords)))
    elif kind == "method":
        holder = _look_up({**functions, **values}, step["of"])
        _unpack(step, getattr(holder, step["method"])(*args, **keywords), values)
    elif kind == "set":
        _set(values, step["path"], _argument(values, step["value"]))
    elif kind == "pack":
        values[step["as"]] = _packed(step["form"], step["keys"], args)
    elif kind == "feed":
        _feed(step, values)
    elif kind == "context":
        values[step["as"]] = _Context()
    elif kind == "each":
        values[step["as"]] = _each(functions, step, values)
    elif kind == "snapshot":
        values[step["as"]] = _snapshot(_found(values, step["of"]))
    elif kind == "slopes":
        _slopes(_or_flat(functions[step["function"]], step), step, values)
    else:
        raise ValueError(f"no such step: {kind}")


def _feed(step: Mapping[str, Any], values: dict[str, Any]) -> None:
    """Make what an update rule returned its next arguments: a parameter, then its states, in order."""
    result = _found(values, step["of"])
    if result is None:
        return
    parts = list(result) if isinstance(result, (tuple, list)) and not isinstance(values[step["as"]], list) else [result]
    values.update(zip((step["as"], *step["states"]), parts, strict=False))


class _Context:
    """What `forward(ctx, ...)` stores in, for `backward(ctx, ...)`."""

    saved_tensors: tuple[Any, ...] = ()
    needs_input_grad = (True,) * 10

    def save_for_backward(self, *arrays: Any) -> None:
        self.saved_tensors = self.saved_values = self.saved = arrays

    def mark_dirty(self, *arrays: Any) -> None:
        pass

    mark_non_differentiable = mark_dirty


def _packed(form: str, keys: list[str], items: list[Any]) -> Any:
    """Return values held as a dictionary, a list or attributes, or the only one itself."""
    if form == "dict":
        return dict(zip(keys, items, strict=True))
    if form == "object":
        return types.SimpleNamespace(**dict(zip(keys, items, strict=True)))
    return items[0] if form == "same" else list(items)


def _each(functions: Mapping[str, Any], step: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    """Return one output for each value that an input takes: inner steps start from fresh copies of the case's plain values."""
    outputs = []
    plain = (np.ndarray, np.generic, dict, list, tuple, int, float, str)
    for moved in _argument(values, step["over"]):
        np.random.seed(0)
        inner = {
            name: copy.deepcopy(value) for name, value in values.items() if isinstance(value, plain) or value is None
        }
        inner[step["value"]] = np.array(moved)
        for one in step["steps"]:
            _step(functions, one, inner)
        outputs.append(np.array(_look_up(inner, step["output"])))
    return np.stack(outputs)


def _snapshot(value: Any, depth: int = 0) -> Any:
    """Return a copy of plain values, containers and the attributes of objects, each a few levels deep; other things become None."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is np.ndarray or isinstance(value, np.generic):
        return np.array(value) if value.dtype.kind in "biufc" and value.size <= MOST_NUMBERS else None
    if isinstance(value, np.ndarray):  # of a subclass: its numbers need not be what it holds
        return _snapshot(np.asarray(value).view(np.ndarray), depth) if type(value).__module__ == "torch" else None
    if depth > DEEPEST:
        return None
    if isinstance(value, dict):
        return {str(key)[:200]: _snapshot(item, depth + 1) for key, item in list(value.items())[:MOST_ITEMS]}
    if isinstance(value, (list, tuple)):
        return [_snapshot(item, depth + 1) for item in list(value)[:MOST_ITEMS]]
    if isinstance(value, (type, types.ModuleType)) or (callable(value) and not hasattr(value, "__dict__")):
        return None
    inside = getattr(value, "__dict__", None)
    return _snapshot(inside, depth + 1) if type(inside) is dict else None


def _or_flat(function: Callable[..., Any], step: Mapping[str, Any]) -> Callable[..., Any]:
    """Return the function; where it raises, it is called again with the arguments that the step names flattened."""
    names = step.get("or_flat")
    if not names:
        return function

    def call(*args: Any, **keywords: Any) -> Any:
        try:
            return function(*args, **keywords)
        except (IndexError, TypeError, ValueError):
            given = zip(step["args"], args, strict=True)
            return function(
                *(np.ravel(value) if _is_named(item, names) else value for item, value in given), **keywords
            )

    return call


def _is_named(item: Any, names: list[str]) -> bool:
    return isinstance(item, dict) and str(item.get("$", [""])[0]).removeprefix("another ") in names


def _argument(values: Mapping[str, Any], item: Any) -> Any:
    if isinstance(item, dict) and "$" in item:
        return _look_up(values, item["$"])
    if isinstance(item, dict) and item.keys() == {"dtype"}:  # a class, as a course passes it: it may be called
        return np.dtype(item["dtype"]).type
    return item


def _look_up(values: Any, path: list[Any]) -> Any:
    for part in path:
        if part == "@last":
            values = values[-1]
        elif isinstance(part, str) and not isinstance(values, Mapping):
            values = getattr(values, part)
        else:
            values = values[part]
    return values


def _found(values: Any, path: list[Any]) -> Any:
    """Return what a path leads to, None where there is nothing."""
    try:
        return _look_up(values, path)
    except (KeyError, AttributeError, IndexError, TypeError):
        return None


def _set(values: Any, path: list[Any], value: Any) -> None:
    holder = _look_up(values, path[:-1])
    if isinstance(holder, (Mapping, list)):
        holder[path[-1]] = value  # type: ignore[index]
    else:
        setattr(holder, path[-1], value)


def _unpack(step: Mapping[str, Any], result: Any, values: dict[str, Any]) -> None:
    names = step["unpack"]
    if len(names) == 1:
        alone = isinstance(result, (tuple, list)) and len(result) == 1
        values[names[0]] = result[0] if alone else result
        return
    if not isinstance(result, (tuple, list)):
        kind = "None" if result is None else f"one {type(result).__name__}"
        raise ReturnError(f"expected {len(names)} return values ({', '.join(names)}), got {kind}")
    if len(result) != len(names) and not (step.get("more") and len(result) > len(names)):
        raise ReturnError(f"expected {len(names)} return values ({', '.join(names)}), got {len(result)}")
    values.update(zip(names, result, strict=False))


def _taken(maker: Any, keywords: dict[str, Any]) -> dict[str, Any]:
    """Return those keywords that a class takes: editions of a course name some differently."""
    try:
        parameters = inspect.signature(maker).parameters
    except (TypeError, ValueError):
        return keywords
    if any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
        return keywords
    return {name: value for name, value in keywords.items() if name in parameters}


def _slopes(function: Callable[..., Any], step: Mapping[str, Any], values: dict[str, Any]) -> None:
    """Differentiate sum(output * dout) along a direction of each named value, through the judged code.

    Exactly, by a complex step, if the code passes the imaginary part on and central differences agree; otherwise by central
    differences of two step sizes, extrapolated.
    """
    dout = np.asarray(_argument(values, step["dout"]))

    def total(name: str, moved: Any) -> Any:
        moved_values = {
            key: _laid_out(value, "")
            for key, value in values.items()
            if isinstance(value, (np.ndarray, dict, int, float, str, tuple)) or value is None
        }
        moved_values[name] = moved
        result = function(*(_argument(moved_values, item) for item in step["args"]))
        out = result[step["of"]] if isinstance(result, (tuple, list)) else result
        return (np.asarray(out) * dout).sum()

    for name, target in zip(step["wrt"], step["unpack"], strict=True):
        x = np.array(values[name], dtype=float)
        values[target] = _slope_along(functools.partial(total, name), x, np.asarray(values[f"direction {name}"]))


def _slope_along(total: Callable[[Any], Any], x: Any, direction: Any) -> float:
    scale = max(float(np.std(x)), 1e-3 * float(np.abs(x).max(initial=0.0)))
    h = 1e-5 * max(scale, 1e-12) if scale else 1e-5  # a first state of zeros

    def central(step: float) -> float:
        return float((total(x + step * direction) - total(x - step * direction)) / (2 * step))

    plain = central(h)
    try:
        with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            moved = total(x + 1e-30j * direction)
    except Exception:
        moved = 0.0
    if np.iscomplexobj(moved) and abs(moved.imag / 1e-30 - plain) <= 1e-4 * (abs(plain) + 1e-3):
        return float(moved.imag / 1e-30)
    return (4 * central(h / 2) - plain) / 3

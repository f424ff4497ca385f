"""What a caller may rely on from every layer of every table, one function a promise: plain assertions on one example call.

The dtype that comes in goes out; inputs, upstream gradient and cache stay as they are; memory order does not matter; the same
call gives the same bits; wrong arguments are refused in words; gradients are those of the forward; a fusion is its parts; a
table computes what REFERENCE computes in float64, with the same signatures.
"""

import inspect
import re
from collections.abc import Callable
from functools import partial

import numpy as np
from tests.layer_calls import arguments_of, as_tuple, assert_close, cast, run
from tests.layer_cases import Call, LayerCases, Part

from pellucid.gradients import gradcheck
from pellucid.layers import REFERENCE, Layers, Pair
from pellucid.shapes import ShapeError

TOLERANCE = {np.dtype(np.float32): 5e-5, np.dtype(np.float64): 1e-11}  # of max(1, the largest entry)


def check_dtype(call: Call, layers: Layers, dtype) -> None:
    """What comes out has the dtype that came in, and each gradient the shape of its array."""
    arguments = arguments_of(call, dtype)
    values = run(layers, call, arguments).values
    for name, value in values.items():
        assert type(value) is float if name == "loss" else value.dtype == dtype, f"{name} is {type(value)} {value!r}"
    expected = [array.shape for array in arguments[0] if isinstance(array, np.ndarray) and array.dtype.kind == "f"]
    shapes = [value.shape for name, value in values.items() if "gradient" in name]
    assert not shapes or shapes == expected, f"the gradients have shapes {shapes}, expected {expected}"


def check_agreement(call: Call, layers: Layers, dtype) -> None:
    """The table computes what REFERENCE computes in float64."""
    expected = run(REFERENCE, call, arguments_of(call)).values
    assert_close(run(layers, call, arguments_of(call, dtype)).values, expected, TOLERANCE[np.dtype(dtype)])


def check_memory_order(call: Call, layers: Layers, dtype, arrange: Callable) -> None:
    """The same numbers lying otherwise in memory give the same result."""
    arguments = arguments_of(call, dtype)
    expected = run(layers, call, arguments).values
    assert_close(run(layers, call, arguments, arrange).values, expected, TOLERANCE[np.dtype(dtype)])


class WithoutSize:
    """A generator of random numbers whose arrays have no entry along each axis of one size."""

    def __init__(self, size: int) -> None:
        self.rng, self.size = np.random.default_rng(5), size

    def __getattr__(self, name: str) -> Callable:
        draw = getattr(self.rng, name)
        return lambda *arguments: draw(*arguments[:-1], self.without(arguments[-1]))

    def without(self, shape):
        shape = shape if isinstance(shape, tuple) else (shape,)
        return tuple(0 if size == self.size else size for size in shape)


def check_empty(call: Call, layers: Layers, size: int) -> str | dict:
    """With no entry along the axes of one size, the table gives what REFERENCE gives, or refuses with its words."""
    arguments = cast(call.make(WithoutSize(size)), np.float64)
    found, expected = (outcome(partial(run, table, call, arguments)) for table in (layers, REFERENCE))
    if isinstance(found, str) or isinstance(expected, str):
        assert found == expected
    else:
        assert_close(found.values, expected.values, 1e-9)  # a constant column divides rounding by sqrt(eps)
    return expected


def outcome(action: Callable):
    """Return what the action returns, or the message of the ShapeError that it raises."""
    try:
        return action()
    except ShapeError as error:
        return str(error)


def check_repeats(call: Call, layers: Layers, dtype) -> None:
    """The same call gives the same bits."""
    first, second = (run(layers, call, arguments_of(call, dtype)).values for _ in range(2))
    for name in first:
        assert np.asarray(first[name]).tobytes() == np.asarray(second[name]).tobytes(), (
            f"{name} differs from call to call"
        )


def check_gradients(call: Call, layers: Layers) -> None:
    """Every gradient agrees with central differences in float64, under a random upstream gradient."""
    args, settings = arguments_of(call)
    entry = getattr(layers, call.layer)
    if isinstance(entry, Pair):
        forward, backward = partial(entry.forward, **settings), entry.backward
    else:  # a loss: of the scores alone, its gradient scaled by the upstream number
        scores, targets = args
        args = (scores,)
        forward, backward = partial(_loss, entry, targets, settings), lambda dout, dscores: dout * dscores
    names = [str(i) for i, value in enumerate(args) if isinstance(value, np.ndarray) and value.dtype.kind == "f"]
    report = gradcheck(forward, backward, *args, names=names)
    assert report, str(report)


def _loss(entry, targets, settings, scores):
    return entry(scores, targets, **settings)


def check_fusion(call: Call, case: LayerCases, layers: Layers, dtype) -> None:
    """A fusion gives the result and the gradients of its parts, one after the other."""
    args, settings = arguments_of(call, dtype)
    pair = layers.pair(call.layer)
    out, cache = pair.forward(*args, **settings)
    dout = np.random.default_rng(8).standard_normal(out.shape).astype(dtype)
    expected = composed(case.parts(layers, args, settings), args[0], dout)
    found = (out, *pair.backward(dout, cache))
    numbered = [{str(i): array for i, array in enumerate(arrays)} for arrays in (found, expected)]
    assert_close(*numbered, TOLERANCE[np.dtype(dtype)])


def composed(parts: list[Part], x, dout):
    """The output of the parts in order, and the gradients of x and of all parameters."""
    caches = []
    for pair, parameters, settings in parts:
        x, cache = pair.forward(x, *parameters, **settings)
        caches.append(cache)
    gradients = []
    for part, cache in zip(reversed(parts), reversed(caches), strict=True):
        dout, *of_parameters = as_tuple(part.pair.backward(dout, cache))
        gradients = of_parameters + gradients
    return (x, dout, *gradients)


# --- signatures


def as_functions(entry):
    return tuple(entry) if isinstance(entry, Pair) else (entry,)


def arguments_named(function):
    """Names, kinds and defaults of the arguments; a default Pair may be the table's own."""

    def default(parameter):
        return Pair if isinstance(parameter.default, Pair) else parameter.default

    return [(p.name, p.kind, default(p)) for p in inspect.signature(function).parameters.values()]


def check_signatures(layer: str, layers: Layers) -> None:
    """Functions, names, kinds and defaults of the arguments are those of REFERENCE."""
    ours, reference = (as_functions(getattr(table, layer)) for table in (layers, REFERENCE))
    assert len(ours) == len(reference), f"{layer} has {len(ours)} functions, expected {len(reference)}"
    for a, b in zip(ours, reference, strict=True):
        found, expected = arguments_named(a), arguments_named(b)
        assert found == expected, f"{layer}: the arguments are {found}, expected {expected}"


def check_backward_arguments(layer: str, layers: Layers) -> None:
    names = [name for name, _, _ in arguments_named(layers.pair(layer).backward)]
    assert names == ["dout", "cache"], f"{layer}: the backward takes {names}, expected dout and cache"


# --- what is refused


def refusal(action: Callable) -> str | None:
    """Return the message of the ShapeError that the action raises, or None where it raises none."""
    try:
        action()
    except ShapeError as error:
        return str(error)
    return None


def check_refused(action: Callable, pattern: str) -> None:
    """The action raises a ShapeError whose message matches."""
    message = refusal(action)
    assert message is not None, f"accepted, where a ShapeError like {pattern!r} was expected"
    assert re.search(pattern, message), f"the message {message!r} does not match {pattern!r}"


def check_wrong_arguments(call: Call, layers: Layers) -> None:
    """Each array in turn as a list, as whole numbers, and in the other float dtype is refused; a loss's targets have any dtype."""
    entry = as_functions(getattr(layers, call.layer))[0]
    args, settings = arguments_of(call)
    places = [i for i, array in enumerate(args) if isinstance(array, np.ndarray)]
    floats = [i for i in places if args[i].dtype.kind == "f" and not (i == 1 and call.layer.endswith("_loss"))]
    who = r"^\w+_(forward|infer|loss): "

    def with_argument(i, value):
        return lambda: entry(*args[:i], value, *args[i + 1 :], **settings)

    for i in places:
        check_refused(with_argument(i, args[i].tolist()), who + r"\w+ must be an? .*; got list$")
    for i in floats:
        check_refused(with_argument(i, np.ones(args[i].shape, np.int64)), who + r"\w+ must .*int64")
    for i in floats if len(floats) > 1 else []:
        single = args[i].astype(np.float32)
        check_refused(with_argument(i, single), r": \w+ must be float(32|64) like \w+; got float(64|32)$")


def check_wrong_upstream_gradient(call: Call, layers: Layers) -> None:
    """A dout of another shape or kind is refused; one in the other float dtype is refused or decides the gradients' dtype."""
    entry = layers.pair(call.layer)
    args, settings = arguments_of(call)
    out, cache = entry.forward(*args, **settings)
    longer = [(*out.shape[:-1], out.shape[-1] + 1), (len(out) + 1, *out.shape[1:])]
    for shape in [*longer, (*out.shape, 1), out.shape[1:]]:
        check_refused(partial(entry.backward, np.ones(shape), cache), r"^\w+_backward\w*: dout must ")
    for wrong in (out.tolist(), np.ones(out.shape, np.int64)):
        check_refused(partial(entry.backward, wrong, cache), r"^\w+_backward\w*: dout must be ")
    # Where a backward's cache knows no dtype, the gradients come in that of dout.
    other = partial(entry.backward, out.astype(np.float32), cache)
    message = refusal(other)
    if message is not None:
        assert "float32" in message, message
    else:
        dtypes = {gradient.dtype for gradient in as_tuple(other())}
        assert dtypes == {np.dtype(np.float32)}, f"the gradients of a float32 dout are {dtypes}"

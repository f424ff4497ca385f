"""A module as a network: it runs once on random numbers while its calls are recorded, and the network must compute the same."""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from pellucid.interop import InteropError
from pellucid.interop.state_dict import adopt_state_dict, entry_names, extra_entries, state_dict
from pellucid.interop.torch.admission import (
    EMBEDDINGS,
    UNREAD,
    check_module,
    check_numbers,
    custom_functions,
    without_hooks,
    without_wrappers,
)
from pellucid.interop.torch.building import network_of, readers
from pellucid.interop.torch.comparing import batches, check_equal, other_size, same_rows
from pellucid.interop.torch.functions import FUNCTIONS, arguments
from pellucid.interop.torch.modes import by_hand, staying
from pellucid.interop.torch.recording import CallRecorder, Recorded, tensors_in
from pellucid.interop.torch.standing_in import eager, filled_in, load, read_dtype, run, switch, unchanged
from pellucid.interop.torch.writing import structure_of
from pellucid.nets import Network

__all__ = ["from_torch"]

Shape = tuple[int, ...]
MOST_NAMED = 3  # arrays that one warning lists


def from_torch(
    module: nn.Module, input_shape: Any = None, *, state: Mapping[str, torch.Tensor] | None = None, strict: bool = True
) -> Network:
    """Return a network that computes what the module does in evaluation mode, with its arrays (those of `state` where given).

    Any module is read whose calls have counterparts among the layers: it runs once on random numbers, and is left as it was.
    `input_shape` is the shape of one sample, (3, 32, 32), or an example batch, a tensor (N, 3, 32, 32); of several inputs, a list
    of either. Only a module of `to_torch` has its own. `state`, a state_dict, must have the module's names unless strict=False.
    Arrays that do not learn there (`requires_grad=False`, a bias that is missing) are frozen. Half and bfloat16 become float32.
    Raises InteropError, naming the line of code, for what no layer computes, and where the network computes something else than
    the module. Warns where the module computes something else in training mode, which the network does not, and where weights
    are computed. An output (N,) becomes (N, 1).
    """
    if not isinstance(module, nn.Module):
        raise InteropError(f"from_torch: module must be an nn.Module; got {type(module).__name__}")
    module, state = without_wrappers(module, state)
    check_module(module)
    set_so = by_hand(module)
    with unchanged(module), torch.no_grad(), eager():
        if state is not None:
            load(module, state, strict)
        check_numbers(module)
        kept = staying(module)
        named = [name for one, name in set_so.items() if one not in kept]
        evaluating = frozenset((*kept, *set_so))
        if (structure := structure_of(module)) is not None:
            if not evaluating:
                return _own(module, *structure)
            input_shape = structure[1] if input_shape is None else input_shape
        net = _read(module, _shapes(input_shape), evaluating)
    if named:
        more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
        warnings.warn(
            f"from_torch: {', '.join(named[:MOST_NAMED])}{more} in evaluation mode while the module is in training mode: read as "
            "such, and so in training, too; call module.train() before for what shall train",
            stacklevel=2,
        )
    return net


def _own(module: nn.Module, structure: Any, input_shape: Shape) -> Network:
    """Return the network that `to_torch` was given, with the module's arrays."""
    dtype = np.float64 if read_dtype(module) == torch.float64 else np.float32
    net = Network(structure, input_shape, dtype=dtype)
    names = state_dict(net).keys() | extra_entries(net)
    arrays = {name: array.numpy() for name, array in module.state_dict().items()}
    if wrong := arrays.keys() - names:
        raise InteropError(f"from_torch: the module has {', '.join(sorted(wrong))}, which its network has not")
    adopt_state_dict(net, arrays)
    own = entry_names(net)
    if fixed := [own[name] for name, p in module.named_parameters() if not p.requires_grad and own[name] in net.params]:
        net.freeze(*fixed)
    check_equal(module, net, batches(net.program.inputs, torch.float64 if dtype == np.float64 else torch.float32))
    return net


def _read(module: nn.Module, shapes: Sequence[Shape], evaluating: frozenset[int]) -> Network:
    dtype = read_dtype(module)
    samples = batches(shapes, dtype)
    with filled_in(module) as filled:
        custom_functions(module, samples[0])
        without_hooks(module, samples[0])
        if filled and _runs(module, samples[0]):
            _compared(module, shapes, samples, evaluating, " with random numbers in the place of zeros")
    return _compared(module, shapes, samples, evaluating)


def _runs(module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> bool:
    try:
        run(module, inputs)
    except InteropError:
        return False
    return True


def _compared(
    module: nn.Module,
    shapes: Sequence[Shape],
    samples: Sequence[tuple[torch.Tensor, ...]],
    evaluating: frozenset[int],
    where: str = "",
) -> Network:
    """Return the network that computes what the module does on batches of several sizes."""
    first, *others = samples
    before = [(name, t, t.clone()) for name, t in module.named_parameters()]
    recorder, outputs = _record(module, first, evaluating)
    if recorder.refusal:
        raise InteropError(f"from_torch: {recorder.refusal}")
    for name, now, then in before:
        if not torch.equal(now, then):
            raise InteropError(f"from_torch: the module trains when it is called: its parameter {name} changes")
    net = network_of(recorder, shapes, outputs, np.float64 if read_dtype(module) == torch.float64 else np.float32)
    check_equal(module, net, [first], where)
    if (other := other_size(module, first)) is not None:
        raise InteropError(_of_size(recorder, _record(module, other)[0], len(first[0]), len(other[0])))
    check_equal(module, net, others, where)
    if where:
        return net
    _warn_of_training(module, first, recorder)
    if recorder.folded:
        named, more = recorder.folded[:MOST_NAMED], len(recorder.folded) - MOST_NAMED
        warnings.warn(
            "from_torch: weights that the module computes or repeats are read as plain arrays, whose entries learn by themselves: "
            f"{'; '.join(named)}{f'; and {more} more' if more > 0 else ''}",
            stacklevel=4,
        )
    return net


def _of_size(recorder: CallRecorder, other: CallRecorder, count: int, size: int) -> str:
    """Return the message that the size of a batch decides what is computed, with the first call that differs."""
    pairs = list(zip(recorder.calls, other.calls, strict=False))
    places = [now.place for then, now in pairs if not _is_same(then, count, now, size)]
    places += [call.place for call in (*recorder.calls[len(pairs) :], *other.calls[len(pairs) :])]
    return (
        f"from_torch: {places[0] if places else 'the module'}: the size of the batch decides what is computed: the same samples "
        f"give something else in a batch of {size} than in one of {count}"
    )


def _is_same(then: Recorded, count: int, now: Recorded, size: int) -> bool:
    outs = zip(tensors_in(now.out), tensors_in(then.out), strict=False)
    return then.name == now.name and all(same_rows(a, size, b, count) for a, b in outs)


def _record(
    module: nn.Module, inputs: tuple[torch.Tensor, ...], evaluating: frozenset[int] = frozenset()
) -> tuple[CallRecorder, list[int]]:
    """Run a module and record its calls; return the recorder, and the values that go out."""
    recorder = CallRecorder({id(p): name for name, p in module.named_parameters()}, evaluating)
    for x in inputs:
        recorder.enter(x)
    originals = _watch(module, recorder)
    try:
        out = recorded_run(module, inputs, recorder)
    finally:
        for m, forward in originals:
            if forward is None:
                vars(m).pop("forward", None)
            else:
                vars(m)["forward"] = forward
    found = list(tensors_in(out))
    for t in found:
        recorder.check_current(t)
    if not found or any(id(t) not in recorder.numbers for t in found):
        what = (
            "no tensor"
            if not found
            else "something that does not depend on its input, or that another library or torch.vmap computed"
        )
        raise InteropError(f"from_torch: the module returns {what}")
    return recorder, [recorder.numbers[id(t)] for t in found]


def recorded_run(module: nn.Module, inputs: tuple[torch.Tensor, ...], recorder: CallRecorder) -> Any:
    """Run a module while its calls are recorded; the recorder looks for the user's line above this frame."""

    def where() -> str:
        return f" (in {recorder.last})" if recorder.last else ""

    with recorder, torch.enable_grad():  # so that a call that cuts gradients off is seen
        return run(module, inputs, where)


def _watch(module: nn.Module, recorder: CallRecorder) -> list[tuple[nn.Module, Any]]:
    """Let every module note that it runs, and those that a bridge reads become one call; return what to put back."""
    known, originals = readers(), []
    for name, m in module.named_modules():
        originals.append((m, vars(m).get("forward")))
        leaf = type(m) in known or type(m) in (nn.Flatten, nn.Unflatten, nn.Identity) or type(m).__name__ in UNREAD
        vars(m)["forward"] = _watched(m, name, recorder, leaf, m.forward)
    return originals


def _watched(m: nn.Module, name: str, recorder: CallRecorder, leaf: bool, forward: Any) -> Any:
    def watched(*args: Any, **kwargs: Any) -> Any:
        with recorder.within(name, m):
            if isinstance(m, EMBEDDINGS) and any(id(t) in recorder.numbers for t in tensors_in((args, kwargs))):
                raise InteropError(
                    f"from_torch: no layer corresponds to {type(m).__name__} ({recorder.where()}): embeddings are not read"
                )
            return recorder.module_call(m, name, forward, args, kwargs) if leaf else forward(*args, **kwargs)

    return watched


def _warn_of_training(module: nn.Module, inputs: tuple[torch.Tensor, ...], evaluation: CallRecorder) -> None:
    """Warn where the module calls other functions in training mode: the network trains as it predicts."""
    switch(module, training=True)
    for m in module.modules():
        m.training = m.training and id(m) not in evaluation.evaluating
    calls = evaluation.calls
    try:
        recorder, _ = _record(module, inputs)
    except InteropError as error:
        reason = str(error).removeprefix("from_torch: ")
    else:
        now, then = ([call.name for call in each] for each in (recorder.calls, calls))
        still = next((call for call in recorder.calls if _stays(call)), None)
        if now == then and still is None:
            return
        place = next(
            (i for i, pair in enumerate(zip(now, then, strict=False)) if pair[0] != pair[1]), min(len(now), len(then))
        )
        call = [*recorder.calls, *calls[place:]][min(place, len(recorder.calls) + len(calls[place:]) - 1)]
        reason = f"at {call.place} it calls {call.name}"
        if now == then and still is not None:
            reason = f"at {still.place} {still.name} is called with training=False"
    finally:
        switch(module, training=False)
    warnings.warn(
        f"from_torch: in training mode the module computes something else ({reason}); the network trains as it predicts",
        stacklevel=5,
    )


def _stays(call: Recorded) -> bool:
    """Whether a function that has two modes is called in the mode of evaluation."""
    names = FUNCTIONS[call.name][0] if call.module is None and call.name in FUNCTIONS else ""
    return "training" in names.split() and not arguments(call, names).get("training", call.name != "batch_norm")


def _shapes(given: Any) -> tuple[Shape, ...]:
    """Return the shape of one sample of each input, given it or an example, or several."""
    several = isinstance(given, (list, tuple)) and len(given) > 0 and not _is_size(given[0])
    found = tuple(_shape(each) for each in given) if several else (_shape(given),)
    if any(shape is None for shape in found):
        raise InteropError(
            "from_torch: input_shape must be the shape of one sample, such as (3, 32, 32), or an example batch; of several "
            f"inputs, a list of either; got {given!r:.80}"
        )
    return found  # type: ignore[return-value]


def _shape(given: Any) -> Shape | None:
    if isinstance(given, (torch.Tensor, np.ndarray)):
        return tuple(given.shape[1:]) if given.ndim > 1 else None
    if isinstance(given, (list, tuple)) and given and all(_is_size(size) for size in given):
        return tuple(int(size) for size in given)
    return None


def _is_size(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and int(value) > 0

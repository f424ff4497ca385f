"""What a module computes, as a list of calls: every function of tensors that it calls on what depends on its inputs.

The module runs on numbers, under a mode of PyTorch that sees each call (`torch.overrides.TorchFunctionMode`). What depends on
parameters and constants only is computed on the way, which folds weight norm, pruning and the like. A module whose type a bridge
reads is one call.
"""

import sys
import sysconfig
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from pellucid.interop import InteropError
from pellucid.interop.torch.origins import Origins

__all__ = ["CallRecorder", "Recorded", "tensors_in"]

READ_AS_NUMBERS = frozenset(
    ("__bool__", "__float__", "__int__", "__index__", "__array__", "__complex__", "item", "tolist", "numpy", "equal")
) | {"allclose", "is_nonzero", "__contains__"}
FILLED = ("zeros", "ones", "full", "empty")
SHAPE_ALONE = frozenset((*(f"new_{like}" for like in FILLED), *(f"{like}_like" for like in FILLED)))
UNCHANGED = frozenset(("detach", "contiguous", "clone", "data", "cpu", "alias", "requires_grad_", "positive", "real"))
OWN_CODE = (str(Path(torch.__file__).parent), str(Path(__file__).parent), sysconfig.get_paths()["stdlib"])
CHECKPOINT = str(Path("torch", "utils", "checkpoint.py"))
SITE_PACKAGES = ("site-packages", "dist-packages")


@dataclass
class Recorded:
    """One call: a function by its name, or a module that a bridge reads."""

    name: str  # "conv2d", or the type of the module
    args: tuple[Any, ...]
    keywords: dict[str, Any]
    values: dict[int, int]  # of the tensors among the arguments that depend on the inputs: identity -> value
    out: Any  # a tensor, or several
    outputs: list[int]  # the values that it writes
    place: str  # "features.2 (ReLU), model.py line 12: x = F.relu(x)"
    module: nn.Module | None = None
    module_name: str = ""
    arrays: dict[str, torch.Tensor] = field(default_factory=dict)  # of the module
    function: Callable[..., Any] | None = None  # what was called, unless it was a module
    cuts: bool = False  # whether what it reads learns, and its result passes no gradient back to it

    @property
    def inputs(self) -> list[int]:
        """The values that it reads, in the order of its arguments."""
        return [self.values[id(t)] for t in tensors_in((self.args, self.keywords)) if id(t) in self.values]


class CallRecorder(TorchFunctionMode):
    """Records calls while it is entered."""

    def __init__(self, names: Mapping[int, str], evaluating: Collection[int] = ()) -> None:
        super().__init__()
        self.numbers: dict[int, int] = {}  # the value that a tensor holds, by identity
        self.calls: list[Recorded] = []
        self.origins = Origins(names)
        self.evaluating = evaluating  # modules that stay in evaluation mode, by identity
        self.folded: list[str] = []  # learned arrays of the network that the module computes, and where
        self.refusal = ""
        self.last = ""  # where the latest call was
        self.alive: list[Any] = []  # what has been seen, so that no identity is given twice
        self.inside: list[str] = []  # the modules that are running
        self.holders: dict[int, torch.Tensor] = {}  # the tensors of `numbers`, by identity
        self.stale: dict[int, str] = {}  # tensors whose numbers a call changed through another tensor, and that call
        self.quiet = 0
        self.count = 0

    def enter(self, x: torch.Tensor) -> int:
        """Give a tensor the next number of a value."""
        self.alive.append(x)
        self.numbers[id(x)], self.holders[id(x)] = self.count, x
        self.count += 1
        return self.count - 1

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Compute one call and record it."""
        kwargs = kwargs or {}
        if self.quiet:
            return func(*args, **kwargs)
        found = list(tensors_in((args, kwargs)))
        values = {id(t): self.numbers[id(t)] for t in found if id(t) in self.numbers}
        name = _name(func)
        if name == "backward" and not self.refusal:
            self.refusal = f"{self.where()} computes gradients in the forward (backward)"
            raise InteropError(self.refusal)
        if name == "register_hook" and not self.refusal:
            self.refusal = f"{self.where()} registers a hook that may change a gradient (register_hook); remove it"
            raise InteropError(f"from_torch: {self.refusal}")
        if values and name in READ_AS_NUMBERS and not self.refusal:
            self.refusal = f"{self.where()} makes what is computed depend on values of the input ({name})"
            raise InteropError(self.refusal)
        self.last = self.where() or self.last
        stale = [t for t in found if id(t) in self.stale]
        with self.changing(_target(name, args, kwargs), name):
            out = func(*args, **kwargs)
        if stale and next(tensors_in(out), None) is not None:
            self.check_current(stale[0])
        if not values or name in SHAPE_ALONE:
            if found:
                self.alive.append((args, kwargs, out))
                self.origins.note((name, args, kwargs), found, tensors_in(out), self.last)
            return out
        return self._note(func, name, args, kwargs, values, out)

    def _note(self, func: Any, name: str, args: Any, kwargs: Any, values: dict[int, int], out: Any) -> Any:
        written = list(tensors_in(out))
        target = _target(name, args, kwargs)
        if name == "__setitem__":
            written = [args[0]]
        if not written:
            return out
        cuts = _cuts(args, kwargs, written)
        if name in UNCHANGED and len(written) == 1 and not cuts:
            if id(written[0]) not in self.numbers:
                self.alive.append(written[0])
                self.numbers[id(written[0])], self.holders[id(written[0])] = values[id(args[0])], written[0]
            return out
        if target is None:
            out = self._apart(out, args, kwargs)
            written = list(tensors_in(out))
        args = tuple(list(each) if isinstance(each, list) else each for each in args)  # a list may grow afterwards
        self.alive.append((args, kwargs, out))
        call = Recorded(name, args, kwargs, values, out, [], self.where(), function=func, cuts=cuts)
        call.outputs = [self.enter(t) for t in written]
        self.calls.append(call)
        return out

    def _apart(self, out: Any, args: Any, kwargs: Any) -> Any:
        """Return the result of a call as a tensor of its own, where it is one of the arguments as it was."""
        if not any(out is t for t in tensors_in((args, kwargs))):
            return out
        self.quiet += 1
        try:
            return out.view_as(out)
        finally:
            self.quiet -= 1

    def module_call(self, module: nn.Module, name: str, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Run a module that a bridge reads, and record it as one call."""
        values = {id(t): self.numbers[id(t)] for t in tensors_in((args, kwargs)) if id(t) in self.numbers}
        changed = next(tensors_in(args), None) if getattr(module, "inplace", False) else None
        if not self.quiet:
            for t in tensors_in((args, kwargs)):
                self.check_current(t)
        self.quiet += 1
        try:
            with self.changing(changed if self.quiet == 1 else None, type(module).__name__):
                out = forward(*args, **kwargs)
        finally:
            self.quiet -= 1
        if self.quiet or not values:
            return out
        if not getattr(module, "inplace", False):
            out = self._apart(out, args, kwargs)
        self.alive.append((args, kwargs, out))
        call = Recorded(type(module).__name__, args, kwargs, values, out, [], self.where(), module, name)
        call.arrays = {key: value for key, value in _arrays(module).items() if value is not None}
        call.cuts = _cuts((args, list(call.arrays.values())), kwargs, list(tensors_in(out)))
        call.outputs = [self.enter(t) for t in tensors_in(out)]
        self.calls.append(call)
        return out

    @contextmanager
    def changing(self, target: torch.Tensor | None, name: str) -> Iterator[None]:
        """Note which values a call changes beside its target, because they are parts or views of the same numbers."""
        if target is None or target.is_meta:
            yield
            return
        self.quiet += 1
        others = [t for t in self.holders.values() if t is not target and _same_memory(t, target)]
        before = [t.detach().clone() for t in others]
        try:
            yield
            changed = [t for t, then in zip(others, before, strict=True) if not torch.equal(t.detach(), then)]
        finally:
            self.quiet -= 1
        for t in changed:
            self.stale[id(t)] = f"{self.where()} changes a value in place through a part or a view of it ({name})"

    def check_current(self, x: torch.Tensor) -> None:
        """Raise InteropError for a value that was changed through another one."""
        if id(x) in self.stale:
            self.refusal = self.refusal or f"{self.stale[id(x)]}, which is read afterwards; assign the result instead"
            raise InteropError(f"from_torch: {self.refusal}")

    @contextmanager
    def within(self, name: str, module: nn.Module) -> Iterator[None]:
        """Note which module is running."""
        self.inside.append(f"{name or 'the module'} ({type(module).__name__})")
        try:
            yield
        finally:
            self.inside.pop()

    def where(self) -> str:
        """Return the module that is running and the user's line of code."""
        frame = sys._getframe(1)
        line = ""
        while frame is not None and frame.f_code.co_name != "recorded_run":
            path = frame.f_code.co_filename
            if not path.startswith(OWN_CODE) or any(
                part in path[len(OWN_CODE[2]) :]
                for part in SITE_PACKAGES
                if path.startswith(OWN_CODE[2]) and not path.startswith(OWN_CODE[0])
            ):
                line = f"{Path(path).name} line {frame.f_lineno}{_source(path, frame.f_lineno)}"
                break
            frame = frame.f_back  # type: ignore[assignment]
        return ", ".join(part for part in (self.inside[-1] if self.inside else "", line) if part)


def _target(name: str, args: Any, kwargs: Any) -> torch.Tensor | None:
    """Return the tensor that a call changes in place; None where it changes none."""
    if kwargs.get("out") is not None:
        return next(tensors_in(kwargs["out"]), None)
    changes = name == "__setitem__" or (name.endswith("_") and not name.startswith("__")) or kwargs.get("inplace")
    if changes or (name.startswith("__i") and name not in ("__iter__", "__invert__", "__index__", "__int__")):
        return next(tensors_in((args, kwargs)), None)
    return None


def _same_memory(a: torch.Tensor, b: torch.Tensor) -> bool:
    return a.untyped_storage().data_ptr() == b.untyped_storage().data_ptr()


def _cuts(args: Any, kwargs: Any, written: Sequence[torch.Tensor]) -> bool:
    """Whether an argument learns, and a result that holds floats passes it no gradient: detach, x.data, torch.no_grad()."""
    if not any(t.requires_grad for t in tensors_in((args, kwargs))):
        return False
    return any(t.is_floating_point() and not t.requires_grad for t in written) and not _recomputed()


def _recomputed() -> bool:
    """Whether the call is within a checkpoint, which computes without gradients and computes again for them."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename.endswith(CHECKPOINT):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


def tensors_in(value: Any) -> Iterator[torch.Tensor]:
    """Yield every tensor in arguments or results, those in lists, tuples, dictionaries and dataclasses included."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from tensors_in(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from tensors_in(each)
    elif is_dataclass(value) and not isinstance(value, type):
        for part in fields(value):
            yield from tensors_in(getattr(value, part.name))


def _arrays(module: nn.Module) -> dict[str, Any]:
    """Return a module's own arrays as they are now, those that a hook or a parametrization computed included."""
    names = {
        *module._parameters,
        *module._buffers,
        *(n for n, v in vars(module).items() if isinstance(v, torch.Tensor)),
    }
    return {name: getattr(module, name) for name in names}


def _name(func: Any) -> str:
    """Return a function's name; of x.data and the like, the attribute's."""
    name = getattr(func, "__name__", str(func))
    return (
        str(getattr(getattr(func, "__self__", None), "__name__", name)) if name in ("__get__", "__set__") else str(name)
    )


def _source(path: str, line: int) -> str:
    import linecache

    text = linecache.getline(path, line).strip()
    return f": {text[:80]}" if text else ""

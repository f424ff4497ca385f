"""LayerRecorder: the layers of one forward in their order, modules and functions, with some rows of what they made."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn

from pellucid.doctor.patient import LayerInfo
from pellucid.doctor.torch.observing.arrays import first_rows, quiet, tensors_in
from pellucid.doctor.torch.observing.kinds import WEIGHTED, is_layer, kind_of_function, kind_of_module, units_axis
from pellucid.doctor.torch.observing.lines import SourceLine, users_line
from pellucid.shapes import Array

__all__ = ["LayerCallSeen", "LayerRecorder"]

ROWS = 16  # on which activations are measured
MOST_LAYERS = 400


@dataclass(eq=False)
class LayerCallSeen:
    """One layer as it was called."""

    info: LayerInfo
    outputs: Array | None  # (rows, units, ...)
    multiply_adds: float = 0.0  # of a row
    line: SourceLine | None = None  # where a function was called


@dataclass(eq=False)
class LayerRecorder:
    """Hooks on modules while a forward runs; functions are reported by the listener."""

    names: dict[int, str]  # of parameters, by id
    calls: list[LayerCallSeen] = field(default_factory=list)
    unregistered: dict[str, torch.Tensor] = field(
        default_factory=dict
    )  # parameters that were used and are not the model's
    is_on: bool = False
    _within: int = 0  # how many layers are being computed
    _handles: list[Any] = field(default_factory=list)
    _counts: dict[str, int] = field(default_factory=dict)
    _modules: dict[int, str] = field(default_factory=dict)
    _root: nn.Module | None = None

    def start(self, model: nn.Module) -> None:
        """Listen to one forward; what was recorded before is forgotten."""
        self.stop()
        self.calls, self._counts, self.is_on = [], {}, True
        self._modules = {id(module): _shown(name, module) for name, module in model.named_modules()}
        self._root = model if is_layer(model) else None  # its own hooks come too late: it is being called
        self._within = 1 if self._root is not None else 0
        for module in _outermost_layers(model):
            self._handles.append(module.register_forward_pre_hook(self._enter))
            self._handles.append(module.register_forward_hook(self._leave))

    def stop(self) -> None:
        """Remove the hooks."""
        for handle in self._handles:
            handle.remove()
        self._handles, self.is_on = [], False

    def root_ended(self, output: Any) -> None:
        """Note a model that is one layer."""
        if self._root is not None and self.is_on:
            self._leave(self._root, (), output)

    def function_called(
        self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], result: Any
    ) -> None:
        """Note a function that was called outside the modules that count as layers."""
        kind = kind_of_function(func)
        if kind is None or self._within or len(self.calls) >= MOST_LAYERS:
            return
        if func in WEIGHTED:
            parameters = [t for t in tensors_in((args, dict(kwargs))) if isinstance(t, nn.Parameter)]
            if not parameters and kind == "affine":
                kind = "function"  # a product of two results
        else:
            parameters = []
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        weight = next((p for p in parameters if p.ndim > 1), parameters[0] if parameters else None)
        named = None if weight is None else self._name_of(weight)
        bias = next((self._name_of(p) for p in parameters if p is not weight and p.ndim == 1), None)
        name = named.rpartition(".")[0] if named and "." in named else f"{kind} call {count}"
        name = name if all(call.info.name != name for call in self.calls) else f"{kind} call {count}"
        axis = units_axis(
            kind, matmul=getattr(func, "__name__", "") in ("matmul", "__matmul__", "mm", "addmm", "einsum")
        )
        drops = _dropped(args, kwargs) if kind == "dropout" else None
        self._add(LayerInfo(name, kind, named, bias, axis, drops), weight, result, users_line())

    def _enter(self, _module: nn.Module, _args: Any) -> None:
        self._within += 1

    def _leave(self, module: nn.Module, _args: Any, output: Any) -> None:
        self._within = max(0, self._within - 1)
        if self._within or not self.is_on or len(self.calls) >= MOST_LAYERS:
            return
        kind, name = kind_of_module(module), self._modules.get(id(module), type(module).__name__)
        count = self._counts[name] = self._counts.get(name, 0) + 1
        weight = bias = None
        if count == 1:
            own = [(own_name, p) for own_name, p in module.named_parameters() if isinstance(p, torch.Tensor)]
            weight = next((p for own_name, p in own if "weight" in own_name or "original" in own_name), None)
            found = next((p for own_name, p in own if "bias" in own_name), None)
            bias = None if found is None else self._name_of(found)
        named = None if weight is None else self._name_of(weight)
        drops = float(getattr(module, "p", 0.0)) if kind == "dropout" else None
        info = LayerInfo(name if count == 1 else f"{name}:{count}", kind, named, bias, units_axis(kind), drops)
        self._add(info, weight, output, None)

    def _name_of(self, parameter: torch.Tensor) -> str:
        if id(parameter) not in self.names and parameter.requires_grad:
            name = f"unregistered {len(self.unregistered) + 1}"
            self.names[id(parameter)] = name
            self.unregistered[name] = parameter
        return self.names.get(id(parameter), "constant")

    def _add(self, info: LayerInfo, weight: torch.Tensor | None, output: Any, line: SourceLine | None) -> None:
        outputs = first_rows(output, ROWS)
        with quiet():
            made = next(tensors_in(output), None)
            places = (
                1 if made is None or made.ndim < 3 else math.prod(made.shape[2:] if made.ndim > 3 else made.shape[1:2])
            )
            work = 0.0 if weight is None or info.kind == "embedding" else float(weight.numel() * places)
        self.calls.append(LayerCallSeen(info, outputs, work, line))


def _shown(name: str, module: nn.Module) -> str:
    """Return a module's name; where that is but a number, with what it is: "Softmax 3"."""
    return f"{type(module).__name__} {name}" if name.rpartition(".")[2].isdigit() else name or "model"


def _outermost_layers(model: nn.Module) -> list[nn.Module]:
    """Return the modules that count as layers, and those of no known kind that hold neither modules nor functions' parameters."""
    return [found for child in model.children() for found in ([child] if is_layer(child) else _outermost_layers(child))]


def _dropped(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> float:
    value = kwargs.get("p", args[1] if len(args) > 1 else 0.5)
    return float(value) if isinstance(value, (int, float)) else 0.5

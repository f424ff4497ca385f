"""What must be the same for a run to be resumed: settings as JSON, and what differs between those of two runs.

Not compared are settings that change nothing in the steps to come (patience, when to save), first values (the checkpoint brings
the values), the code of a Function, and the data themselves, except for the number of samples.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from pellucid.data import Pipeline, Preparation
from pellucid.data.targets import Target
from pellucid.layers import loss_name
from pellucid.nets import Network
from pellucid.optim import OPTIMIZERS, Schedule
from pellucid.shapes import Array
from pellucid.train.objective import ClassWeights, Monitor
from pellucid.train.stepper import Stepper

__all__ = ["changed_settings", "run_settings", "settings_line"]

Document = dict[str, Any]
LAYERS_NAMED = 3  # of a network that differs in more
VALUES_SHOWN = 8  # of a mean or standard deviation; of more values, a hash


def run_settings(
    stepper: Stepper,
    *,
    schedule: Schedule,
    seed: int,
    class_weight: ClassWeights,
    pipeline: Preparation | None,
    target: Target | None = None,
    monitor: Monitor | None = None,
    balanced: bool = False,
) -> Document:
    """Return, as JSON, what must be equal for a run to go on bit for bit."""
    net = stepper.net
    settings = {
        "optimizer": stepper.optimizer.name,
        **asdict(stepper.optimizer),
        "batch_size": stepper.batch_size,
        "loss": loss_name(stepper.loss),
        "label_smoothing": stepper.label_smoothing,
        "reg": stepper.reg,
        "schedule": _without_addresses(repr(schedule)),
        "clip_norm": stepper.clip_norm,
        "average": None if stepper.average is None else repr(stepper.average.rule),
        "accumulate": stepper.accumulate,
        "seed": seed,
        "layers": stepper.layers.name,
        "class_weight": None if class_weight is None else repr(class_weight),
        "network_seed": net.seed,
        "dtype": net.dtype.name,
        "frozen": sorted(net.frozen),
        "parameters": {name: list(slot.shape) for name, slot in net.params.slots.items()},
        "network": _network_document(net),
        "pipeline": None if pipeline is None else _pipeline_document(pipeline),
        "balanced": balanced,
        "target": None if target is None else _target_document(target),
        "metrics": [] if monitor is None else [metric.name for metric in monitor.metrics],
        "monitor": None if monitor is None else monitor.watched,
    }
    read: Document = json.loads(json.dumps(settings, default=_as_json))
    return read


def settings_line(settings: Mapping[str, Any]) -> str:
    """Return the settings that decide how a run learns, in one line; those that are off are left out."""
    kind = settings["optimizer"]
    own = [field.name for field in fields(OPTIMIZERS[kind]) if field.name in settings] if kind in OPTIMIZERS else []
    always = [f"{name.replace('_', ' ')} {settings[name]}" for name in (*own, "batch_size", "schedule", "loss")]
    others = ("label_smoothing", "reg", "clip_norm", "class_weight", "monitor", "average")
    on = [f"{name.replace('_', ' ')} {settings[name]}" for name in others if settings[name]]
    on += [f"in {settings['accumulate']} parts"] if settings["accumulate"] > 1 else []
    return ", ".join([kind, *always, *on, f"seed {settings['seed']}"])


def changed_settings(saved: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    """Name each setting that differs: "learning_rate 0.1 -> 0.2", "layer 3 ReLU -> Tanh", "layer 4 (Dropout) keep 0.5 -> 0.9".

    What the saved settings do not hold, because an earlier version wrote them, is not compared.
    """
    network = _changed_network(saved["network"], current["network"]) if "network" in saved else []
    changed: list[str] = []
    for name, value in current.items():
        if name not in saved:
            continue
        if name == "network":
            changed += network
        elif name == "schedule":
            changed += _changed(name, _without_addresses(saved[name]), value)
        elif name != "parameters" or not network:  # other layers have other parameters: once is enough
            changed += _changed(name, saved[name], value)
    return changed


def _network_document(net: Network) -> Document:
    """Return what the network is made of; for a graph, also which layer is called on which values."""
    document = net.to_document()
    graph = document.get("graph")
    if graph is None:
        return {name: document[name] for name in ("input_shape", "layers")}
    return {"input_shape": graph["inputs"]} | {name: graph[name] for name in ("layers", "calls", "outputs")}


def _pipeline_document(pipeline: Preparation) -> Document:
    if not isinstance(pipeline, Pipeline):
        text = json.dumps(pipeline.to_document(), sort_keys=True)
        return {"table": f"columns as prepared ({hashlib.sha256(text.encode()).hexdigest()[:12]})"}
    standardization = pipeline.standardization
    return {
        "mean": None if standardization is None else _summary(standardization.mean),
        "std": None if standardization is None else _summary(standardization.std),
        **asdict(pipeline.augmentation),
        "dtype": np.dtype(pipeline.dtype).name,
        "transforms": pipeline.transforms.name,
    }


def _target_document(target: Target) -> Document:
    document = target.to_document()
    return document | {name: _summary(np.array(document[name])) for name in ("mean", "std") if name in document}


def _summary(values: Array) -> str:
    """Six digits of each value: another machine may sum the same data in another order."""
    digits = [f"{value:.6g}" for value in np.ravel(values)]
    if len(digits) <= VALUES_SHOWN:
        return f"[{', '.join(digits)}]"
    return f"{len(digits)} values ({hashlib.sha256(' '.join(digits).encode()).hexdigest()[:12]})"


def _changed_network(saved: Document, current: Document) -> list[str]:
    layers = _changed_layers(saved["layers"], current["layers"], "layer")
    if len(layers) > LAYERS_NAMED:
        layers = [*layers[:LAYERS_NAMED], f"and {len(layers) - LAYERS_NAMED} more"]
    return [
        *_changed("input_shape", saved["input_shape"], current["input_shape"]),
        *layers,
        *_changed("connections", _connections(saved), _connections(current)),
    ]


def _connections(document: Document) -> Any:
    """Return which layer of a graph is called on which values; the same for every list of layers."""
    return [[layer, list(values)] for layer, values in document.get("calls", ())], list(document.get("outputs", ()))


def _changed_layers(saved: list[Document], current: list[Document], path: str) -> list[str]:
    """Compare layer by layer, counted from 1; within a branch of a residual layer "layer 2 body 1 ReLU -> Tanh"."""
    changed: list[str] = []
    for i in range(max(len(saved), len(current))):
        old, new = (layers[i] if i < len(layers) else None for layers in (saved, current))
        where = f"{path} {i + 1}"
        if old is None or new is None or old["layer"] != new["layer"]:
            changed += _changed(where, old and old["layer"], new and new["layer"])
            continue
        for name in new:
            if name not in old or name in ("layer", "init"):
                continue
            if name in ("body", "shortcut"):
                changed += _changed_layers(old[name], new[name], f"{where} {name}")
            else:
                changed += _changed(f"{where} ({new['layer']}) {name}", old[name], new[name])
    return changed


def _changed(name: str, saved: Any, current: Any) -> list[str]:
    """Name what differs in a value, or in the entries of two objects."""
    if saved == current:
        return []
    if isinstance(saved, dict) and isinstance(current, dict):
        names = [*current, *(key for key in saved if key not in current)]
        return [line for key in names for line in _changed(f"{name} {key}", saved.get(key), current.get(key))]
    return [f"{name} {_shown(saved)} -> {_shown(current)}"]


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{name} {_shown(entry)}" for name, entry in value.items()) + ")"
    return "none" if value is None else str(value)


def _without_addresses(text: str) -> str:
    """Remove the memory address from a function's repr: it differs in the next process."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)


def _as_json(value: Any) -> Any:
    """Stand in for a setting that JSON cannot hold: the value of a NumPy number, the type of anything else."""
    return value.item() if isinstance(value, np.generic) else f"<{type(value).__qualname__}>"

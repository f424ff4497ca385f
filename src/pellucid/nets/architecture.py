"""Architectures as JSON: layer descriptions to a document and back, without running any code from the file."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from pellucid.layers import DESCRIPTIONS, Description
from pellucid.nets.function import Function
from pellucid.nets.graph import Call, NetworkGraph
from pellucid.nets.residual import Residual
from pellucid.nets.storage import StorageError

__all__ = ["check_document", "from_document", "graph_from_document", "graph_to_document", "to_document"]


def to_document(layers: Sequence[Description]) -> list[dict[str, Any]]:
    """Return one JSON object a layer."""
    return [_layer_to_document(layer) for layer in layers]


def from_document(document: list[dict[str, Any]]) -> list[Description]:
    """Return the layers of a document. Raises StorageError for a layer this version does not know, or a Function."""
    return [_layer_from_document(entry) for entry in document]


SAVED = {"seed": (int,), "init": (str, int, float), "dtype": (str,), "frozen": (list,)}
GRAPH = {"inputs": (list,), "layers": (list,), "calls": (list,), "outputs": (list,)}


def check_document(saved: Any) -> None:
    """Raise StorageError unless a saved network has every key, in its type."""
    _check_keys("the saved network", saved, SAVED)
    if saved["dtype"] not in ("float32", "float64"):
        raise StorageError(f"the saved network is not valid: dtype must be float32 or float64; got {saved['dtype']!r}")
    if "graph" in saved:
        _check_keys("the saved graph", saved["graph"], GRAPH)
    else:
        _check_keys("the saved network", saved, {"layers": (list,), "input_shape": (list,)})


def _check_keys(what: str, saved: Any, kinds: Mapping[str, tuple[type, ...]]) -> None:
    if not isinstance(saved, Mapping):
        raise StorageError(f"{what} is not valid: it is not an object of JSON")
    for key, kind in kinds.items():
        if not isinstance(saved.get(key), kind):
            raise StorageError(f"{what} is not valid: {key} is missing, or of another type")


def graph_to_document(graph: NetworkGraph) -> dict[str, Any]:
    """Return the inputs' shapes, the layers, [layer, values] for each call, and the values that go out."""
    return {
        "inputs": [list(shape) for shape in graph.inputs],
        "layers": to_document(graph.layers),
        "calls": [[call.layer, list(call.inputs)] for call in graph.calls],
        "outputs": list(graph.outputs),
    }


def graph_from_document(
    document: dict[str, Any], name: str = "", *, layers: Sequence[Description] | None = None
) -> NetworkGraph:
    """Return the graph of a document. Raises StorageError for a layer this version does not know, or a Function.

    layers: those of the document, if they hold a Function; in the order of `Network.layers`.
    """
    return NetworkGraph(
        inputs=tuple(map(tuple, document["inputs"])),
        layers=tuple(from_document(document["layers"]) if layers is None else layers),
        calls=tuple(Call(layer, tuple(values)) for layer, values in document["calls"]),
        outputs=tuple(document["outputs"]),
        name=name,
    )


def _layer_to_document(layer: Description) -> dict[str, Any]:
    kind = type(layer).__name__
    if _home(DESCRIPTIONS[kind]) != _home(type(layer)):
        raise StorageError(
            f"two layers are called {kind}: a file names a layer by its class, so rename one of the classes"
        )
    if isinstance(layer, Function):
        return {"layer": kind, "name": layer.name}
    if isinstance(layer, Residual):
        return {"layer": kind, "body": to_document(layer.body), "shortcut": to_document(layer.shortcut)}
    if isinstance(layer, NetworkGraph):
        return {"layer": kind, "name": layer.name} | graph_to_document(layer)
    settings = {field.name: getattr(layer, field.name) for field in fields(layer)}
    for field in fields(layer):
        if field.metadata.get("later") and settings[field.name] == field.default:
            del settings[field.name]
    for name, value in settings.items():
        if not _fits_a_file(value):
            raise StorageError(
                f"the setting {name} of {kind} is a {type(value).__name__}: "
                "a file holds numbers, texts, True, False, None, and tuples of them"
            )
    return {"layer": kind} | settings


def _layer_from_document(entry: dict[str, Any]) -> Description:
    if not isinstance(entry, dict):
        raise StorageError(f"the file holds a layer {entry!r}, which is not an object of JSON")
    settings = dict(entry)
    kind = settings.pop("layer", None)
    if kind == "Function":
        raise StorageError(
            f"the layer {settings.get('name')!r} is a Function, whose code is not saved: pass layers=[...] as it was built"
        )
    if kind == "Residual":
        if any(not isinstance(settings.get(branch), list) for branch in ("body", "shortcut")):
            raise StorageError("the file's Residual needs a body and a shortcut, both lists of layers")
        return Residual(from_document(settings["body"]), from_document(settings["shortcut"]))
    if kind == "NetworkGraph":
        return graph_from_document(settings, settings["name"])
    if not isinstance(kind, str) or kind not in DESCRIPTIONS:
        raise StorageError(
            f"the file holds a layer {kind!r}, which this version does not know; "
            "if it is your own, import its module before you load"
        )
    description = DESCRIPTIONS[kind]
    known = {field.name for field in fields(description)}
    if unknown := set(settings) - known:
        raise StorageError(f"the file's {kind} has a setting {min(unknown)!r}, which this version does not know")
    try:
        return description(**{name: _with_tuples(value) for name, value in settings.items()})
    except TypeError as error:  # a setting is missing
        raise StorageError(f"the file's {kind} is not valid: {error}") from None


def _fits_a_file(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return all(map(_fits_a_file, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and _fits_a_file(entry) for key, entry in value.items())
    return value is None or isinstance(value, (bool, int, float, str))


def _with_tuples(value: Any) -> Any:
    """Return a setting with tuples where the file, which has none, holds lists."""
    return tuple(map(_with_tuples, value)) if isinstance(value, list) else value


def _home(description: type[Description]) -> tuple[str, str]:
    """Where a class is defined; a notebook's cell that runs again defines it again in the same place."""
    return description.__module__, description.__qualname__

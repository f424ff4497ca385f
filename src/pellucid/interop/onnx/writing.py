"""A network as an ONNX graph for inference: each layer's bridge appends one node or a few. Every batch size fits; weights are in
PyTorch's layout."""

import json
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from pellucid.data import Pipeline, Standardization
from pellucid.data.targets import Numbers
from pellucid.interop import InteropError
from pellucid.interop.bridge import NoCounterpart
from pellucid.interop.bridges import placed_layers
from pellucid.interop.onnx_graph import OnnxGraph
from pellucid.nets import Network, write_atomically
from pellucid.train.model import Model

__all__ = ["OPSET", "export_onnx", "save", "to_onnx"]

OPSET = 23  # the newest that both onnx >= 1.18 and ONNX Runtime >= 1.23 know
IR_VERSION = 11


def to_onnx(
    net: Network,
    *,
    classes: Sequence[str] = (),
    standardization: Standardization | None = None,
    about: Mapping[str, Any] | None = None,
    units: Numbers | None = None,
) -> onnx.ModelProto:
    """Return the network as an ONNX model with the input `x` (batch, ...) and the output `scores` (batch, C).

    Several inputs are called x1, x2, ..., and outputs after the first output2, output3, ...

    With a standardization, x is pixel values as they are and the graph subtracts the mean and divides by the standard
    deviation. With `units`, the scores are values in the target's units. The metadata holds the classes, and what `about` says, as
    JSON. The model is checked before it is returned.
    Raises InteropError for a layer that ONNX has no operator for (a Function).
    """
    graph, inputs = OnnxGraph(), net.program.inputs
    if standardization is not None and len(inputs) > 1:
        raise InteropError("to_onnx: a standardization is that of one input; this network has several")
    entries = ["x"] if len(inputs) == 1 else [f"x{number}" for number in range(1, len(inputs) + 1)]
    outputs = {"scores": net.output_shape} | {
        f"output{number}": net.program.shape_of(value) for number, value in enumerate(net.program.outputs[1:], start=2)
    }
    read = entries if standardization is None else [_standardize(graph, net, standardization)]
    made = _add_layers(graph, net, read)
    if units is not None:
        made[net.program.outputs[0]] = _in_units(graph, net, made[net.program.outputs[0]], units)
    renamed = _names_of_outputs(graph, [made[value] for value in net.program.outputs], list(outputs), read)
    kind = TensorProto.DOUBLE if net.dtype == np.float64 else TensorProto.FLOAT
    nodes = [
        helper.make_node(
            n.operator,
            [renamed.get(name, name) for name in n.inputs],
            [renamed.get(n.output, n.output)],
            name=f"{n.operator}:{n.output}",
            **n.attributes,
        )
        for n in graph.nodes
    ]
    model = helper.make_model(
        helper.make_graph(
            nodes,
            "pellucid",
            [
                helper.make_tensor_value_info(name, kind, ["batch", *shape])
                for name, shape in zip(entries, inputs, strict=True)
            ],
            [helper.make_tensor_value_info(name, kind, ["batch", *shape]) for name, shape in outputs.items()],
            [numpy_helper.from_array(array, name) for name, array in graph.constants.items()],
        ),
        producer_name="pellucid",
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
    )
    facts = {"classes": list(classes)} | dict(about or {}) | {"preprocessing_included": standardization is not None}
    helper.set_model_props(model, {name: json.dumps(value) for name, value in facts.items()})
    onnx.checker.check_model(model, full_check=True)
    return model


def save(net: Network, path: str | PathLike[str], **options: Any) -> None:
    """Write `to_onnx(net, **options)` to a file, whole or not at all."""
    write_atomically(Path(path), to_onnx(net, **options).SerializeToString())


def export_onnx(
    model: Model, path: str | PathLike[str], *, preprocessing: bool = True, test_accuracy: float | None = None
) -> onnx.ModelProto:
    """Write a trained model to an ONNX file; return the ONNX model.

    With `preprocessing` the input is raw, such as pixel values (0 to the data's white), else as the network reads it; values to
    predict come out in their units. The metadata hold classes, the meaning of the outputs, data, and mean and std either way.
    Raises InteropError where the preparation of the inputs has no counterpart in ONNX.
    """
    preparation = model.preparation
    if preprocessing and not isinstance(preparation, Pipeline | None):
        raise InteropError(
            "export: the preparation of a table's columns has no counterpart in ONNX; export with preprocessing=False "
            "(--no-preprocessing), and prepare the rows with model.preparation.prepare"
        )
    standardization = preparation.standardization if isinstance(preparation, Pipeline) else None
    about: dict[str, Any] = {"data": model.origin.data, "white": model.origin.white}
    about["target"] = model.target.to_document()
    if standardization is not None:
        about |= {"mean": standardization.mean.tolist(), "std": standardization.std.tolist()}
    if test_accuracy is not None:
        about["test_accuracy"] = test_accuracy
    made = to_onnx(
        model.net,
        classes=model.classes,
        standardization=standardization if preprocessing else None,
        about=about,
        units=model.target if isinstance(model.target, Numbers) else None,
    )
    write_atomically(Path(path), made.SerializeToString())
    return made


def _standardize(graph: OnnxGraph, net: Network, standardization: Standardization) -> str:
    """Append (x - mean) / std; return the name of what the first layer reads."""
    mean, std = (array.astype(net.dtype) for array in standardization)
    if standardization.mean.ndim == 1:
        shape = (-1, *(1,) * (len(net.input_shape) - 1))
        mean, std = mean.reshape(shape), std.reshape(shape)
    centred = graph.node("Sub", ["x", graph.constant("preprocessing.mean", mean)], "centred")
    return graph.node("Div", [centred, graph.constant("preprocessing.std", std)], "standardized")


def _in_units(graph: OnnxGraph, net: Network, scores: str, units: Numbers) -> str:
    """Append scores * std + mean; return the name of the values."""
    std, mean = (np.array(values, net.dtype) for values in (units.std, units.mean))
    scaled = graph.node("Mul", [scores, graph.constant("target.std", std)], "scaled")
    return graph.node("Add", [scaled, graph.constant("target.mean", mean)], "values")


def _add_layers(graph: OnnxGraph, net: Network, entries: Sequence[str]) -> dict[int, str]:
    """Append the nodes of every operation, which reads the inputs under these names; return every value's name."""
    values = dict(enumerate(entries))
    for bridge, layer in placed_layers("to_onnx", net):
        operation = layer.operation
        if isinstance(bridge.to_onnx, NoCounterpart):
            reason = bridge.to_onnx.reason
            raise InteropError(f"to_onnx: ONNX has no operator for {layer.name} ({operation.kind}): {reason}")
        values[operation.output] = bridge.to_onnx(graph, layer, [values[value] for value in operation.inputs])
    return values


def _names_of_outputs(
    graph: OnnxGraph, values: Sequence[str], outputs: Sequence[str], entries: Sequence[str]
) -> dict[str, str]:
    """Return the new name of each value that goes out; append a node for one that is an input, or goes out twice."""
    renamed: dict[str, str] = {}
    for value, name in zip(values, outputs, strict=True):
        if value in renamed or value in entries:
            graph.node("Identity", [value], name)
        else:
            renamed[value] = name
    return renamed

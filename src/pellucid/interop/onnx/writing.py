"""A network as an ONNX graph: one node (or a few) an operation, at inference. Every batch size fits; weights are as PyTorch
lays them."""

import json
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from pellucid.data import Standardization
from pellucid.interop import InteropError
from pellucid.nets import Network, Operation, write_atomically
from pellucid.shapes import Array

__all__ = ["OPSET", "export_run", "save", "to_onnx"]

OPSET = 23  # the newest that both onnx >= 1.18 and ONNX Runtime >= 1.23 know
IR_VERSION = 11


def to_onnx(
    net: Network,
    *,
    classes: Sequence[str] = (),
    standardization: Standardization | None = None,
    about: Mapping[str, Any] | None = None,
) -> onnx.ModelProto:
    """Return the network as an ONNX model with the input `x` (batch, ...) and the output `scores` (batch, C).

    With a standardization, x is pixel values as they are and the graph subtracts the mean and divides by the standard
    deviation. The metadata holds the classes, and what `about` says, as JSON. The model is checked before it is returned.
    Raises InteropError for a layer that ONNX has no operator for (a Function).
    """
    graph = _Graph(net)
    if standardization is not None:
        graph.standardize(standardization)
    for operation in net.program.operations:
        graph.add(operation)
    kind = TensorProto.DOUBLE if net.dtype == np.float64 else TensorProto.FLOAT
    graph.nodes[-1].output[0] = "scores"
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "pellucid",
            [helper.make_tensor_value_info("x", kind, ["batch", *net.input_shape])],
            [helper.make_tensor_value_info("scores", kind, ["batch", *net.output_shape])],
            graph.initializers,
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


def export_run(
    folder: str | PathLike[str], path: str | PathLike[str], *, preprocessing: bool = True
) -> onnx.ModelProto:
    """Write a run's best network to an ONNX file; return the model.

    With `preprocessing` the input is pixel values (0 to the data's white), else standardized ones; the metadata holds classes, test
    accuracy, data, and mean and std either way.
    """
    from pellucid.train.run import load_model

    model = load_model(Path(folder))
    standardization = model.pipeline.standardization
    assert standardization is not None
    about: dict[str, Any] = {"data": model.data, "white": model.white}
    about |= {"mean": standardization.mean.tolist(), "std": standardization.std.tolist()}
    summary = Path(folder) / "summary.json"
    if summary.exists():
        about["test_accuracy"] = json.loads(summary.read_text())["test_accuracy"]
    made = to_onnx(
        model.net, classes=model.classes, standardization=standardization if preprocessing else None, about=about
    )
    write_atomically(Path(path), made.SerializeToString())
    return made


class _Graph:
    """Nodes and initializers as they come; value 0 of the program is the input `x`, or what standardization made of it."""

    def __init__(self, net: Network) -> None:
        self.net = net
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self.values = {0: "x"}
        self.shapes = {0: net.input_shape} | {o.output: o.shape for o in net.program.operations}

    def constant(self, name: str, array: Array) -> str:
        self.initializers.append(numpy_helper.from_array(np.array(array, order="C"), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=f"{kind}:{output}", **attributes))
        return output

    def standardize(self, standardization: Standardization) -> None:
        shape = (-1, *(1,) * (len(self.net.input_shape) - 1)) if standardization.mean.ndim == 1 else None
        mean, std = (a.astype(self.net.dtype) for a in standardization)
        if shape is not None:
            mean, std = mean.reshape(shape), std.reshape(shape)
        centred = self.node("Sub", ["x", self.constant("preprocessing.mean", mean)], "centred")
        self.values[0] = self.node("Div", [centred, self.constant("preprocessing.std", std)], "standardized")

    def add(self, operation: Operation) -> None:
        inputs = [self.values[value] for value in operation.inputs]
        shape = self.shapes[operation.inputs[0]]
        self.values[operation.output] = self.emit(operation, inputs, shape)

    def emit(self, operation: Operation, inputs: list[str], shape: tuple[int, ...]) -> str:
        """Append the nodes of one operation whose input sample has this shape; return the output's name."""
        out, options = operation.name, operation.options
        constants = [self.constant(name, self.array(operation, name)) for name in operation.params + operation.state]
        match operation.kind:
            case "affine":
                flat = inputs if len(shape) == 1 else [self.node("Flatten", inputs, f"{out}.flat", axis=1)]
                return self.node("Gemm", flat + constants, out, transB=1)
            case "conv":
                stride, pad = options["stride"], options["pad"]
                return self.node("Conv", inputs + constants, out, strides=list(stride), pads=[*pad, *pad])
            case "batchnorm" | "spatial_batchnorm":
                return self.node("BatchNormalization", inputs + constants, out, epsilon=options["eps"])
            case "layernorm":
                return self.node("LayerNormalization", inputs + constants, out, axis=-1, epsilon=options["eps"])
            case "groupnorm":
                eps, groups = options["eps"], options["groups"]
                return self.node("GroupNormalization", inputs + constants, out, epsilon=eps, num_groups=groups)
            case "maxpool" | "avgpool":
                kind = "MaxPool" if operation.kind == "maxpool" else "AveragePool"
                size, stride = list(options["size"]), list(options["stride"])
                return self.node(kind, inputs, out, kernel_shape=size, strides=stride)
            case "global_avgpool":
                return self.node("Flatten", [self.node("GlobalAveragePool", inputs, f"{out}.mean")], out, axis=1)
            case "flatten":
                return self.node("Flatten", inputs, out, axis=1)
            case "leaky_relu":
                return self.node("LeakyRelu", inputs, out, alpha=options["slope"])
            case "dropout":
                return self.node("Identity", inputs, out)
            case "vanilla_dropout":
                keep = self.constant(f"{out}.keep", np.array(options["keep"], self.net.dtype))
                return self.node("Mul", [*inputs, keep], out)
            case "relu" | "sigmoid" | "tanh" | "gelu" | "add":
                return self.node(operation.kind.capitalize(), inputs, out)
        raise InteropError(f"to_onnx: ONNX has no operator for {operation.name} ({operation.kind})")

    def array(self, operation: Operation, name: str) -> Array:
        """Return a parameter or a running statistic as its operator takes it."""
        if name in operation.state:
            return self.net.state[name]
        array = self.net.params[name]
        return array.T if operation.kind == "affine" and array.ndim == 2 else array

"""The estimators in pipelines that skl2onnx converts: `register()` once, then `skl2onnx.to_onnx(pipeline, X[:1])`.

A classifier gives labels and probabilities, a regressor values in the units of y, as skl2onnx's own converters do.
"""

from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

from pellucid.data import Pipeline
from pellucid.data.targets import Binary, Multilabel, Numbers
from pellucid.interop import InteropError, MissingPackage
from pellucid.interop.onnx.writing import OPSET, to_onnx
from pellucid.interop.sklearn.classifier import NetworkClassifier
from pellucid.interop.sklearn.regressor import NetworkRegressor
from pellucid.shapes import Array

__all__ = ["register"]

OPTIONS = {"zipmap": [True, False, "columns"], "nocl": [True, False], "output_class_labels": [False, True]}


def register() -> None:
    """Tell skl2onnx how NetworkClassifier and NetworkRegressor are written. Registering again changes nothing."""
    try:
        from skl2onnx import update_registered_converter
    except ModuleNotFoundError as error:
        if error.name != "skl2onnx":
            raise
        raise MissingPackage("pellucid.interop.sklearn.onnx", "skl2onnx", "onnx") from None
    update_registered_converter(
        NetworkClassifier, "PellucidNetworkClassifier", _shape_classifier, _convert_classifier, options=OPTIONS
    )
    update_registered_converter(NetworkRegressor, "PellucidNetworkRegressor", _shape_regressor, _convert_regressor)


def _shape_classifier(operator: Any) -> None:
    from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType

    rows, target = operator.inputs[0].get_first_dimension(), operator.raw_operator.model_.target
    several = isinstance(target, Multilabel)
    labels = StringTensorType if _labels(operator.raw_operator).dtype.kind in "UO" else Int64TensorType
    count = target.outputs if several else len(operator.raw_operator.classes_)
    operator.outputs[0].type = Int64TensorType([rows, count]) if several else labels([rows])
    operator.outputs[1].type = FloatTensorType([rows, count])


def _shape_regressor(operator: Any) -> None:
    from skl2onnx.common.data_types import FloatTensorType

    target = operator.raw_operator.model_.target
    operator.outputs[0].type = FloatTensorType([operator.inputs[0].get_first_dimension(), target.outputs])


def _convert_regressor(scope: Any, operator: Any, container: Any) -> None:
    values = _Nodes(scope, operator, container).network()
    container.add_node("Identity", [values], [operator.outputs[0].full_name], op_version=1)


def _convert_classifier(scope: Any, operator: Any, container: Any) -> None:
    nodes, estimator = _Nodes(scope, operator, container), operator.raw_operator
    scores, target = nodes.network(), estimator.model_.target
    label, probabilities = (output.full_name for output in operator.outputs)
    if isinstance(target, Multilabel):
        nodes.add("Sigmoid", [scores], probabilities)
        above = nodes.add("Greater", [scores, nodes.constant("zero", np.zeros((), np.float32))])
        nodes.add("Cast", [above], label, to=onnx.TensorProto.INT64)
        return
    if isinstance(target, Binary):
        second = nodes.add("Sigmoid", [scores])
        first = nodes.add("Sub", [nodes.constant("one", np.ones((), np.float32)), second])
        nodes.add("Concat", [first, second], probabilities, axis=1)
    else:
        nodes.add("Softmax", [scores], probabilities, axis=1)
    chosen = nodes.add("ArgMax", [probabilities], axis=1, keepdims=0)
    nodes.add("Gather", [nodes.constant("classes", _labels(estimator)), chosen], label, axis=0)


def _labels(estimator: Any) -> Array:
    """Return the classes as ONNX can hold them: texts, or whole numbers."""
    classes: Array = estimator.classes_
    if classes.dtype.kind in "UO":
        return classes.astype(object)
    return classes.astype(np.int64)


class _Nodes:
    """Nodes added to what skl2onnx writes, under names of their own."""

    def __init__(self, scope: Any, operator: Any, container: Any) -> None:
        self.scope, self.operator, self.container = scope, operator, container
        self.version = min(container.target_opset, OPSET)

    def add(self, kind: str, inputs: list[str], output: str | None = None, **attributes: Any) -> str:
        """Add a node; return its output's name."""
        made = self.scope.get_unique_variable_name(kind.lower()) if output is None else output
        version = onnx.defs.get_schema(kind, self.version).since_version
        name = self.scope.get_unique_operator_name(kind)
        self.container.add_node(kind, inputs, [made], op_version=version, name=name, **attributes)
        return str(made)

    def constant(self, name: str, array: Array) -> str:
        """Add a constant; return its name."""
        own = self.scope.get_unique_variable_name(name)
        kind = onnx.TensorProto.STRING if array.dtype == object else onnx.helper.np_dtype_to_tensor_dtype(array.dtype)
        values = [text.encode() for text in array] if array.dtype == object else array.reshape(-1).tolist()
        self.container.add_initializer(own, kind, list(array.shape), values)
        return str(own)

    def network(self) -> str:
        """Add the preparation of the columns and the network; return the name of its scores, or of values in their units."""
        model, preparation = self.operator.raw_operator.model_, self.operator.raw_operator.model_.preparation
        if not isinstance(preparation, Pipeline | None):
            raise InteropError(
                "to_onnx: an estimator that was trained on a table prepares its columns itself, which has no counterpart in "
                "ONNX; encode the columns in the pipeline, and pass it an array"
            )
        made = to_onnx(
            model.net,
            standardization=None if preparation is None else preparation.standardization,
            units=model.target if isinstance(model.target, Numbers) else None,
        )
        self.check(made)
        given = self.add("Cast", [self.operator.inputs[0].full_name], to=onnx.TensorProto.FLOAT)
        shape = np.array([-1, *model.net.input_shape], np.int64)
        names = {"x": self.add("Reshape", [given, self.constant("sample", shape)]), "": ""}
        for tensor in made.graph.initializer:
            names[tensor.name] = self.constant(tensor.name, numpy_helper.to_array(tensor))
        for node in made.graph.node:
            attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
            names[node.output[0]] = self.add(node.op_type, [names[name] for name in node.input], **attributes)
        return names["scores"]

    def check(self, made: onnx.ModelProto) -> None:
        """Refuse a version of ONNX's operators in which the network's nodes mean something else."""
        made.opset_import[0].version = self.version
        try:
            onnx.checker.check_model(made, full_check=True)
        except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError):
            raise InteropError(
                f"to_onnx: this network needs a newer version of ONNX's operators than {self.version}; pass "
                f"target_opset={OPSET}"
            ) from None

"""What stands behind the scores of a model: a softmax, the choice of a class and its label, lists of probabilities by class.

A network gives scores; what follows them in the file is kept as steps, which `LoadedModel.results` takes.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import onnx

from pellucid.interop.onnx.running import Observed
from pellucid.shapes import Array

__all__ = ["SQUASHES", "EndingStep", "ReadOutput", "ending", "softmax_axes"]

ONE_AXIS = 13  # the version of ONNX's operators from which a softmax is one of a single axis
SQUASHES = {"Softmax": "softmax", "LogSoftmax": "log-softmax"}
IDLE = ("Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten")  # of labels; of scores the first two
LISTS = ("classlabels_strings", "classlabels_int64s")  # a ZipMap's


@dataclass(frozen=True)
class EndingStep:
    """One step behind the scores."""

    kind: str  # "softmax", "log-softmax", "class" (the place of the largest), "label" or "above" (0 or 1)
    axes: tuple[int, ...] = ()  # of a softmax, or of the choice of a class
    labels: Any = None  # an array: of a label, all of them; of "above", the threshold

    def taken(self, values: Array) -> Array:
        """Return what the step makes of values, whose first axis is that of samples."""
        if self.kind == "class":
            return values.argmax(axis=self.axes[0])
        if self.kind == "label":
            return np.asarray(self.labels.reshape(-1)[values])
        if self.kind == "above":
            return (values > self.labels).astype(np.int64)
        moved = values - values.max(axis=self.axes, keepdims=True)
        logarithms = moved - np.log(np.exp(moved).sum(axis=self.axes, keepdims=True))
        return logarithms if self.kind == "log-softmax" else np.exp(logarithms)


@dataclass(frozen=True)
class ReadOutput:
    """An output of the file: the value that the network gives for it, and the steps from there."""

    name: str
    scores: str  # the value's name in the file
    steps: tuple[EndingStep, ...] = ()
    classes: tuple[str, ...] = ()  # that a list by class, or the choice of a label, names
    place: int = 0  # of the value among the network's outputs
    shape: tuple[int, ...] = ()  # of a sample of the scores in the file
    ends_as: tuple[int, ...] | None = None  # the shape of a sample of the output; None of lists
    whole: Any = None  # the type of its labels, where they are whole numbers or truth values

    def in_file(self, values: Array) -> Array:
        """Return the network's scores with the axes that they have in the file."""
        return values.reshape(len(values), *self.shape)

    def result(self, scores: Array) -> Array:
        """Return what the file's output holds, by scores with the file's axes; a list by class as columns."""
        for step in self.steps:
            scores = step.taken(scores)
        if self.whole is not None:
            scores = scores.astype(self.whole)
        return scores if self.ends_as is None else scores.reshape(len(scores), *self.ends_as)


def ending(graph: onnx.GraphProto, observed: Observed, output: str, version: int) -> ReadOutput:
    """Return where the scores of an output are, and what stands behind them."""
    makers = {name: node for node in graph.node for name in node.output}
    shape = observed.shapes.get(output)
    ends = observed.values.get(output)
    whole = ends.dtype if ends is not None and ends.dtype.kind in "iub" else None
    found = ReadOutput(output, output, ends_as=None if shape is None else shape[1:], whole=whole)
    name, steps, classes = output, list[EndingStep](), tuple[str, ...]()
    for _ in graph.node:
        node = makers.get(name)
        if node is None or name in observed.constants:
            break
        step = _step(node, observed, version)
        of_choice = node.op_type == "Cast" and node.input[0] in makers and makers[node.input[0]].op_type == "Binarizer"
        if step is None and not of_choice and not _is_idle(node, observed):
            break
        steps += [step] if step is not None else []
        classes = classes or _names(node, step)
        name = node.input[1] if step is not None and step.kind == "label" else node.input[0]
        if node.op_type not in IDLE and (step is None or step.kind != "label"):
            found = replace(found, scores=name, steps=tuple(steps[::-1]), classes=classes)
    return found


def softmax_axes(node: onnx.NodeProto, rank: int, version: int) -> tuple[int, ...]:
    """Return the axes that a softmax is taken over: from the one that it names to the last, before version 13."""
    axis = next((a.i for a in node.attribute if a.name == "axis"), -1 if version >= ONE_AXIS else 1) % max(rank, 1)
    return (axis,) if version >= ONE_AXIS else tuple(range(axis, rank))


def _step(node: onnx.NodeProto, observed: Observed, version: int) -> EndingStep | None:
    """Return the step that a node is; None for any other, and for one that does nothing."""
    attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    rank = len(observed.shapes.get(node.input[0], ())) if node.input else 0
    if node.op_type in SQUASHES:
        axes = softmax_axes(node, rank, version)
        return EndingStep(SQUASHES[node.op_type], axes) if 0 not in axes else None
    if node.op_type == "ArgMax":
        axis = attributes.get("axis", 0) % max(rank, 1)
        return EndingStep("class", (axis,)) if axis and not attributes.get("select_last_index") else None
    if node.op_type in ("ArrayFeatureExtractor", "Gather") and node.input[0] in observed.constants:
        labels = observed.constants[node.input[0]]
        return EndingStep("label", labels=labels) if labels.size == max(labels.shape, default=1) else None
    if (
        node.op_type == "Greater"
        and node.input[1] in observed.constants
        and observed.constants[node.input[1]].size == 1
    ):
        return EndingStep("above", labels=observed.constants[node.input[1]].reshape(()))
    if node.op_type == "Binarizer":
        return EndingStep("above", labels=np.float32(attributes.get("threshold", 0.0)))
    return None


def _is_idle(node: onnx.NodeProto, observed: Observed) -> bool:
    """Whether a node passes scores or labels on."""
    if node.op_type == "ZipMap":
        return True
    if not node.input:
        return False
    before, after = (observed.values.get(name) for name in (node.input[0], node.output[0]))
    of_labels = before is not None and before.dtype.kind != "f"
    if node.op_type == "Cast":
        return after is not None and of_labels == (after.dtype.kind != "f")
    return node.op_type == "Identity" or (node.op_type in IDLE and of_labels)


def _names(node: onnx.NodeProto, step: EndingStep | None) -> tuple[str, ...]:
    """Return the classes that a node names."""
    if step is not None and step.kind == "label":
        labels = step.labels.reshape(-1).tolist()
    else:
        lists = [onnx.helper.get_attribute_value(a) for a in node.attribute if a.name in LISTS]
        labels = next(iter(lists), []) if node.op_type == "ZipMap" else []
    return tuple(label.decode() if isinstance(label, bytes) else str(label) for label in labels)

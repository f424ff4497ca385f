"""The ONNX standard's own node tests, for every operator that a layer implements: which pass, and why the others do not apply.

Each test is one operator with its inputs and outputs. Its parameters become constants, `load` reads it, and the layer
computes it: by the reference table and by the fastest one. What belongs to training (batch norm's training mode, the
softmax loss) is no part of a classifier that `load` reads: there the functions are called.
"""

from functools import cache

import numpy as np
import pytest
from tests.cases import CASES

from pellucid.interop import InteropError
from pellucid.kernels import fastest_layers
from pellucid.layers import REFERENCE, RunningStats, update_running_stats
from pellucid.shapes import ShapeError

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from pellucid.interop.onnx import load  # noqa: E402 (after the skip)

pytestmark = pytest.mark.interop

JOINING = ("Add", "Concat", "Max", "Min", "Mul", "Sub", "Sum")  # of several values, none of them constant
STRUCTURE = {  # read without a layer of their own, or as several
    *JOINING,
    *("Abs", "DepthToSpace", "Div", "GlobalMaxPool", "Neg", "Pad", "ReduceMax", "ReduceMean", "ReduceSum", "Reshape"),
    *("RMSNormalization", "Slice", "SpaceToDepth", "Squeeze", "Transpose", "Unsqueeze"),
}
LEAST = 169  # tests that pass
OPERATORS = {"Identity", *STRUCTURE, *(operator for case in CASES.values() for operator in case.onnx_operators)}

# Why a test does not apply: what no layer here does.
REASONS = (
    "an array along the axis that is that of samples here",
    "not float32 or float64 arrays",
    "only pooling of images is supported",
    "training_mode must be 0",  # see TRAINING
    "axis must be",
    "must be at most half of size",  # PyTorch's rule
    "must cut at 0 and 6",
    "only transposed convolutions of images",
    "size of its output must follow",
    "auto_pad must be",
    "group must be 1",
    "must be [1, 1]",
    "alpha must be 1/6",
    "as published",
    "one number for each column",
    "one number, or one for each channel",
    "its matrix must have two axes",
    "which mixes samples",
    "one of the outputs is an Input",  # nothing but an operator that does nothing
    "ONNX Runtime cannot run the model",  # elements made rows by this test
    "transposed convolutions of images",
    "the size of its output must follow",
    "auto_pad must be NOTSET",
    "group must be 1",
    "transA must be 0",
    "same on both sides",
    "has no layer",
    "over their last axis",
    "must have shape",
    "must be features (D,) or an image",
    "it joins samples",
    "it is taken over samples",
    "not of one size",
    "does not belong to samples",
    "the larger or the smaller of two values",
    "cuts at an array of shape",
    "a division by a value",
    "it must normalize rows of features",
    "it must read parts of a sample, forward",
    "where it begins and ends is computed",
    "it moves the axis of samples",
    "has one axis; a network's has that of samples",
    "as many samples",
    "it adds samples",
    "in front of the samples",
    "the lower end above the higher",
    "must be an array",
    "a part of a value without entries",
    "it pads by",
    "of a value's own lines around it",
    "in the file",  # a shape that this test changed
)
ROUGH = {"test_averagepool_2d_ceil_last_window_starts_on_pad": 5e-4}  # its numbers are given to four digits
PASS = {name for case in CASES.values() for name in case.onnx_node_tests}


@cache
def node_tests():
    """All of the standard's tests of single nodes."""
    import warnings

    from onnx.backend.test.loader import load_model_tests

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return load_model_tests(kind="node")


def cases():
    """(test, node) of every test that is one operator of ours."""
    for case in node_tests():
        nodes = case.model.graph.node
        if len(nodes) == 1 and nodes[0].op_type in OPERATORS and nodes[0].domain == "":
            yield case, nodes[0]


def outcome(case, node):
    """Return '' where the layers give the test's output, else why the test does not apply. A wrong output fails."""
    inputs, outputs = ([np.asarray(array) for array in arrays] for arrays in case.data_sets[0])
    if inputs[0].dtype not in (np.float32, np.float64) or not inputs[0].ndim:
        return "not float32 or float64 arrays"
    joins = node.op_type in JOINING and len({array.ndim for array in inputs}) == 1
    joins = joins and (inputs[0].ndim > 1 or node.op_type != "Concat")
    values = [array[:, None] if array.ndim == 1 else array for array in (inputs if joins else inputs[:1])]
    graph = onnx.GraphProto()
    graph.CopyFrom(case.model.graph)
    names = [name for name in node.input if name]
    count = len(values)
    del graph.input[count:]
    del graph.output[1:]  # a layer keeps means and winners in its cache
    rest = zip(names[count:], inputs[count:], strict=True)
    graph.initializer.extend(onnx.numpy_helper.from_array(array, name) for name, array in rest)
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    model.graph.CopyFrom(graph)
    try:
        loaded = load(model, input_shape=[value.shape[1:] for value in values])
    except (InteropError, ShapeError) as refused:
        return str(refused)
    for table in (REFERENCE, fastest_layers()):
        x = values[0] if count == 1 else tuple(values)
        found = loaded.net.predict(x, layers=table)
        if inputs[0].ndim == 1 and found.size != outputs[0].size:
            return "an array along the axis that is that of samples here"
        found, rtol = found.reshape(outputs[0].shape), ROUGH.get(case.name, 1e-4)
        np.testing.assert_allclose(found, outputs[0], rtol=rtol, atol=1e-6, err_msg=case.name)
    return ""


def test_every_node_test_passes_or_does_not_apply(capsys):
    table = {case.name: outcome(case, node) for case, node in cases()}
    passed = {name for name, why in table.items() if not why}
    assert len(passed) >= LEAST
    with capsys.disabled():
        print(f"\nONNX node tests of our operators: {len(passed)} pass, {len(table) - len(passed)} do not apply")
        for name, why in table.items():
            print(f"  {name:<60} {why[:150] or 'pass'}")
    missing = PASS - {name.removeprefix("test_") for name in passed}
    assert not missing, sorted(missing)
    unexplained = {name: why for name, why in table.items() if why and not any(reason in why for reason in REASONS)}
    assert not unexplained


def training_cases():
    """(name, node, inputs, outputs) of the tests of training that are of float numbers."""
    for case in node_tests():
        nodes = case.model.graph.node
        if len(nodes) == 1 and nodes[0].op_type in TRAINING:
            yield case.name.removeprefix("test_"), nodes[0], *case.data_sets[0]


def batchnorm_training(attributes, inputs, outputs):
    """Training mode: the batch's own statistics, and the running ones moved."""
    if not attributes.get("training_mode"):
        return "training_mode must be 1"
    x, gamma, beta, mean, var = inputs
    for table in (REFERENCE, fastest_layers()):
        out, cache = table.spatial_batchnorm.forward(x, gamma, beta, eps=attributes.get("epsilon", 1e-5))
        stats = update_running_stats(RunningStats(mean, var), cache, attributes.get("momentum", 0.9))
        for found, expected in zip((out, *stats), outputs, strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)
    return ""


def softmax_loss(attributes, inputs, outputs):
    """The mean over rows of scores; weights are a class's, and the mean is weighted."""
    scores, labels, *weight = inputs
    reduction = attributes.get("reduction", b"mean").decode()
    if scores.ndim != 2 or reduction != "mean" or "ignore_index" in attributes or len(outputs) > 1:
        return "only the mean over rows (N, C), nothing ignored, the loss alone"
    rows = {"weights": weight[0][labels]} if weight else {}
    for table in (REFERENCE, fastest_layers()):
        np.testing.assert_allclose(table.softmax_loss(scores, labels, **rows)[0], outputs[0], rtol=1e-5)
    return ""


TRAINING = {"BatchNormalization": batchnorm_training, "SoftmaxCrossEntropyLoss": softmax_loss}
TRAINING_PASS = {"batchnorm_example_training_mode", "batchnorm_epsilon_training_mode", "sce_mean", "sce_mean_weight"}


def test_the_tests_of_training_pass_or_do_not_apply(capsys):
    table = {}
    for name, node, inputs, outputs in training_cases():
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        table[name] = TRAINING[node.op_type](attributes, inputs, outputs)
    with capsys.disabled():
        print(f"\nONNX node tests of training: {sum(not why for why in table.values())} of {len(table)} pass")
        for name, why in table.items():
            print(f"  {name:<60} {why or 'pass'}")
    assert {name for name, why in table.items() if not why} >= TRAINING_PASS

"""Files as other programs write them: channels last, rounded to whole numbers, every version of the operators, several outputs."""

import numpy as np
import pytest

from pellucid.interop import InteropError

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")
from onnx import helper, numpy_helper  # noqa: E402 (after the skip)

from pellucid.interop.onnx import load  # noqa: E402

pytestmark = pytest.mark.interop
node = helper.make_node


class Maker:
    """A graph put together node by node."""

    def __init__(self, shape, opset=17, kind=1):
        self.shape, self.opset, self.kind = shape, opset, kind
        self.nodes, self.constants, self.rng = [], [], np.random.default_rng(0)

    def add(self, operator, *inputs, outputs=1, **attributes):
        names = [f"{operator}{len(self.nodes)}.{place}" for place in range(outputs)]
        self.nodes.append(node(operator, list(inputs), names, name=f"n{len(self.nodes)}", **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, array, kind=np.float32):
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(array, kind), name))
        return name

    def weight(self, *shape):
        return self.constant(self.rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:])))

    def axes(self, operator, x, axes, **attributes):
        """Axes were an attribute before they were an input."""
        since = {"ReduceMean": 18, "Squeeze": 13, "Unsqueeze": 13}[operator]
        if self.opset < since:
            return self.add(operator, x, axes=axes, **attributes)
        return self.add(operator, x, self.constant(axes, np.int64), **attributes)

    def model(self, *outputs):
        graph = helper.make_graph(
            self.nodes,
            "made",
            [helper.make_tensor_value_info("x", self.kind, ["N", *self.shape])],
            [onnx.ValueInfoProto(name=name) for name in outputs],
            self.constants,
        )
        imports = [helper.make_opsetid("", self.opset), helper.make_opsetid("ai.onnx.ml", 1)]
        return helper.make_model(graph, opset_imports=imports, ir_version=8)


def check(model, shape, tolerance=1e-5, **options):
    """The network gives what ONNX Runtime gives."""
    x = np.random.default_rng(1).standard_normal((4, *shape)).astype(np.float32)
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    loaded = load(model, **options)
    found = loaded.results(x)
    for name, theirs in zip(names, session.run(None, {"x": x}), strict=True):
        np.testing.assert_allclose(found[name], theirs, rtol=0, atol=tolerance * np.abs(theirs).max(), err_msg=name)
    return loaded


def by_converter(m, x, filters, stride=1, norm=False):
    """A convolution of channels last, as tf2onnx writes it: turned at both ends, then bias and activation."""
    before = m.channels
    turned = m.add("Transpose", x, perm=[0, 3, 1, 2])
    made = m.add("Conv", turned, m.weight(filters, before, 3, 3), strides=[stride, stride], auto_pad="SAME_UPPER")
    if norm:
        arrays = [m.constant(m.rng.uniform(0.5, 2, filters)) for _ in range(4)]
        made = m.add("BatchNormalization", made, *arrays)
    m.channels = filters
    return m.add("Relu", m.add("Add", m.add("Transpose", made, perm=[0, 2, 3, 1]), m.weight(filters)))


def channels_last(opset):
    """A residual network with squeeze-and-excitation, whose image output comes last in channels, too."""
    m = Maker((8, 8, 3), opset)
    m.channels = 3
    x = by_converter(m, "x", 4, norm=True)
    y = by_converter(m, by_converter(m, x, 6, 2), 6)
    pooled = m.add("Transpose", y, perm=[0, 3, 1, 2])
    pooled = m.add("MaxPool", pooled, kernel_shape=[2, 2], strides=[2, 2])
    pooled = m.add("Transpose", pooled, perm=[0, 2, 3, 1])
    gate = m.axes("ReduceMean", pooled, [1, 2], keepdims=1)
    gate = m.add("Sigmoid", m.add("MatMul", gate, m.weight(6, 6)))
    weighed = m.add("Mul", pooled, gate)
    pixels = m.add("Add", m.add("MatMul", weighed, m.weight(6, 5)), m.weight(5))
    rows = m.add("Reshape", weighed, m.constant([-1, 24], np.int64))
    scores = m.add("Softmax", m.add("Add", m.add("MatMul", rows, m.weight(24, 3)), m.weight(3)), axis=1)
    return m.model(scores, pixels)


@pytest.mark.parametrize("opset", [7, 11, 13, 18, 23])
def test_channels_last(opset):
    loaded = check(channels_last(opset), (8, 8, 3))
    assert [output.place for output in loaded.outputs] == [0, 1]
    check_one = load(channels_last(opset), output=1)
    assert len(check_one.outputs) == 1


def classic(opset):
    """Operators whose form changed: Clip, Dropout, Pad, Slice, Split, ReduceMean, Squeeze, Softmax, Upsample."""
    m = Maker((3, 8, 8), opset)
    pads = [0, 0, 1, 1, 0, 0, 1, 1]
    x = m.add("Pad", "x", pads=pads) if opset < 11 else m.add("Pad", "x", m.constant(pads, np.int64))
    x = m.add("Conv", x, m.weight(4, 3, 3, 3), m.weight(4), kernel_shape=[3, 3])
    ends = {"min": -0.5, "max": 0.75}
    x = m.add("Clip", x, **ends) if opset < 11 else m.add("Clip", x, *map(m.constant, ends.values()))
    x = m.add("Dropout", x)
    part = [[0], [3], [1]]
    if opset < 10:
        x = m.add("Slice", x, starts=[0], ends=[3], axes=[1])
    else:
        x = m.add("Slice", x, *(m.constant(numbers, np.int64) for numbers in part))
    if opset < 13:
        left, right = m.add("Split", x, outputs=2, axis=2, split=[5, 3])
    else:
        left, right = m.add("Split", x, m.constant([5, 3], np.int64), outputs=2, axis=2)
    x = m.add("Concat", right, left, axis=2)
    x = m.add("AveragePool", x, kernel_shape=[2, 2], strides=[2, 2])
    mean = m.axes("Unsqueeze", m.axes("Squeeze", m.axes("ReduceMean", x, [2, 3], keepdims=1), [2, 3]), [2])
    scores = m.add("Gemm", m.add("Flatten", mean), m.weight(3, 5), m.weight(5))
    return m.model(m.add("Softmax", scores, axis=1))


@pytest.mark.parametrize("opset", range(7, 24))
def test_every_version_from_7_on(opset):
    check(classic(opset), (3, 8, 8))


def rounded(m, x, scale, zero, kind):
    numbers = m.constant(scale), m.constant(zero, kind)
    return m.add("DequantizeLinear", m.add("QuantizeLinear", x, *numbers), *numbers)


def quantized(opset, kind=np.uint8, zero=0):
    """Weights as whole numbers, values rounded and cut: what is negative is cut off where a ReLU is left out."""
    m = Maker((3, 6, 6), opset)
    kernel = m.constant(m.rng.integers(-100, 100, (4, 3, 3, 3)), np.int8)
    kernel = m.add("DequantizeLinear", kernel, m.constant(0.004), m.constant(0, np.int8))
    x = rounded(m, m.add("Conv", "x", kernel), 0.02, zero, kind)
    weight = m.constant(m.rng.integers(-100, 100, (64, 3)), np.int8)
    weight = m.add("DequantizeLinear", weight, m.constant(0.003), m.constant(0, np.int8))
    return m.model(m.add("MatMul", m.add("Flatten", x), weight))


@pytest.mark.parametrize(("opset", "kind", "zero"), [(10, np.uint8, 0), (13, np.uint8, 100), (21, np.int8, -128)])
def test_quantized_values_are_cut_and_not_rounded(opset, kind, zero):
    loaded = check(quantized(opset, kind, zero), (3, 6, 6), tolerance=0.03)  # of a step of 1/50
    assert type(loaded.net.layers[0]).__name__ == "Conv"


def test_what_computes_with_whole_numbers_is_refused():
    m = Maker((4,), 13)
    x, scale, zero = m.add("DynamicQuantizeLinear", "x", outputs=3)
    whole = m.add("MatMulInteger", x, m.constant(np.ones((4, 2)), np.int8), zero)
    made = m.model(m.add("Mul", m.add("Cast", whole, to=1), scale))
    with pytest.raises(InteropError, match=r"'n0' \(DynamicQuantizeLinear\) is quantized; pass the model from before"):
        load(made)
    m = Maker((4,), 13)
    scale, zero = m.constant([0.1, 0.2, 0.3, 0.4]), m.constant([0] * 4, np.uint8)
    each = m.add("DequantizeLinear", m.add("QuantizeLinear", "x", scale, zero, axis=1), scale, zero, axis=1)
    with pytest.raises(InteropError, match=r"'n1' \(DequantizeLinear\) cannot be read: only one scale"):
        load(m.model(each))


def test_formulas_are_put_together():
    """Layer norm, RMS norm and both forms of GELU as files before their operators spell them out."""
    m = Maker((6,), 12)
    x = m.add("MatMul", "x", m.weight(6, 6))
    centred = m.add("Sub", x, m.axes("ReduceMean", x, [-1], keepdims=1))
    square = m.add("Pow", centred, m.constant(2.0))
    spread = m.add("Sqrt", m.add("Add", m.axes("ReduceMean", square, [-1], keepdims=1), m.constant(1e-3)))
    x = m.add("Add", m.add("Mul", m.add("Div", centred, spread), m.weight(6)), m.weight(6))
    erf = m.add("Add", m.add("Erf", m.add("Div", x, m.constant(np.sqrt(2)))), m.constant(1.0))
    x = m.add("Mul", m.add("Mul", x, m.constant(0.5)), erf)
    x = m.add("MatMul", x, m.weight(6, 6))
    mean = m.axes("ReduceMean", m.add("Mul", x, x), [-1], keepdims=1)
    x = m.add("Div", x, m.add("Sqrt", m.add("Add", mean, m.constant(1e-2))))
    cube = m.add("Mul", m.add("Mul", x, x), m.add("Mul", x, m.constant(0.044715)))
    inner = m.add("Mul", m.add("Add", x, cube), m.constant(np.sqrt(2 / np.pi)))
    made = m.model(m.add("Mul", m.add("Mul", x, m.add("Add", m.add("Tanh", inner), m.constant(1.0))), m.constant(0.5)))
    loaded = check(made, (6,))
    assert [type(layer).__name__ for layer in loaded.net.layers] == [
        "Affine",
        "LayerNorm",
        "GELU",
        "Affine",
        "RMSNorm",
        "GELU",
    ]


def test_norms_over_channels_or_pixels_are_put_together_with_their_factors():
    """A layer norm of the channels of each pixel and an instance norm, as classes of one's own spell them out."""
    m = Maker((4, 5, 6), 13)
    x = m.add("Tanh", "x")
    for axes in ([1], [2, 3]):
        centred = m.add("Sub", x, m.axes("ReduceMean", x, axes, keepdims=1))
        variance = m.axes("ReduceMean", m.add("Mul", centred, centred), axes, keepdims=1)
        normed = m.add("Div", centred, m.add("Sqrt", m.add("Add", variance, m.constant(1e-3))))
        x = m.add("Tanh", m.add("Add", m.add("Mul", normed, m.weight(4, 1, 1)), m.weight(4, 1, 1)))
    net = check(m.model(x), (4, 5, 6)).net
    kinds = ["Tanh", "Transpose", "LayerNorm", "Transpose", "Tanh", "InstanceNorm", "Tanh"]
    assert [type(layer).__name__ for layer in net.layers] == kinds
    assert not net.frozen
    assert {name: array.shape for name, array in net.params.items()} == dict.fromkeys(net.params, (4,))


def test_a_choice_that_is_decided_is_taken():
    inner = {
        name: helper.make_graph(
            [node(operator, ["x"], [f"{name}.out"])], name, [], [helper.make_tensor_value_info(f"{name}.out", 1, None)]
        )
        for name, operator in (("then", "Tanh"), ("other", "Relu"))
    }
    m = Maker((4,))
    rank = m.add("Equal", m.add("Size", m.add("Shape", "x")), m.constant(2, np.int64))
    made = m.model(m.add("If", rank, then_branch=inner["then"], else_branch=inner["other"]))
    assert [type(layer).__name__ for layer in check(made, (4,)).net.layers] == ["Tanh"]


def test_values_around_and_parts_of_images():
    m = Maker((4, 6, 6), 13)
    edge = m.add("Pad", "x", m.constant([0, 0, 1, 0, 0, 0, 0, 2], np.int64), mode="edge")
    mirrored = m.add("Pad", edge, m.constant([0, 0, 0, 1, 0, 0, 2, 0], np.int64), mode="reflect")
    filled = m.add("Pad", mirrored, m.constant([0, 0, 1, 1, 0, 0, 1, -1], np.int64), m.constant(1.5))
    every_other = m.add("Gather", filled, m.constant([0, 2], np.int64), axis=1)
    blocks = m.add("DepthToSpace", "x", blocksize=2)
    check(m.model(every_other, blocks, m.add("SpaceToDepth", "x", blocksize=3)), (4, 6, 6))

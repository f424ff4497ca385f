"""ONNX files of other makers: older versions, shapes that are computed, channels last; and what is refused, in one line."""

import numpy as np
import pytest

from pellucid.interop import InteropError

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from pellucid.interop.onnx import load, save, to_onnx  # noqa: E402 (after the skip)
from pellucid.nets import Affine, BatchNorm, Conv, Flatten, Network, ReLU  # noqa: E402

pytestmark = pytest.mark.interop
node = onnx.helper.make_node
RNG = np.random.default_rng(0)
W, B = RNG.standard_normal((10, 3)).astype(np.float32), RNG.standard_normal(3).astype(np.float32)
K = RNG.standard_normal((4, 3, 3, 3)).astype(np.float32)


def model(nodes, constants, shape, *, opset=17, outputs=("y",), domains=(), kind=1):
    h = onnx.helper
    made = h.make_graph(
        nodes,
        "g",
        [h.make_tensor_value_info("x", kind, ["N", *shape])],
        [h.make_tensor_value_info(name, kind, None) for name in outputs],
        [onnx.numpy_helper.from_array(np.asarray(array), name) for name, array in constants.items()],
    )
    imports = [h.make_opsetid("", opset), *(h.make_opsetid(*each) for each in domains)]
    return h.make_model(made, opset_imports=imports, ir_version=8)


def check(made, x, expected, **options):
    found = load(made, **options).predict(x)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


X = RNG.standard_normal((4, 10)).astype(np.float32)
IMAGES = RNG.standard_normal((4, 3, 6, 6)).astype(np.float32)


@pytest.mark.parametrize("opset", [7, 9, 11, 12, 13, 17, 20])
def test_versions_from_7_on(opset):
    if opset < 13:
        there_and_back = [node("Unsqueeze", ["a"], ["b"], axes=[2]), node("Squeeze", ["b"], ["c"], axes=[2])]
    else:
        there_and_back = [node("Unsqueeze", ["a", "two"], ["b"]), node("Squeeze", ["b", "two"], ["c"])]
    nodes = [
        node("MatMul", ["x", "W"], ["a"]),
        *there_and_back,
        node("Add", ["c", "B"], ["d"]),
        node("Relu", ["d"], ["y"]),
    ]
    two = {"two": np.array([2])} if opset >= 13 else {}
    check(model(nodes, {"W": W, "B": B, **two}, (10,), opset=opset), X, np.maximum(X @ W + B, 0))


def test_a_shape_that_is_computed_is_folded():
    nodes = [
        node("Relu", ["x"], ["a"]),
        node("Shape", ["a"], ["s"]),
        node("Gather", ["s", "zero"], ["n"]),
        node("Unsqueeze", ["n", "first"], ["n1"]),
        node("Concat", ["n1", "rest"], ["shape"], axis=0),
        node("Reshape", ["a", "shape"], ["y"]),
    ]
    constants = {"zero": np.array(0), "first": np.array([0]), "rest": np.array([-1])}
    check(model(nodes, constants, (3, 6, 6)), IMAGES, np.maximum(IMAGES, 0).reshape(4, -1))


def test_a_mean_over_an_image_and_a_cast_that_does_nothing():
    nodes = [
        node("Cast", ["x"], ["a"], to=1),
        node("Relu", ["a"], ["b"]),
        node("ReduceMean", ["b"], ["c"], axes=[2, 3], keepdims=1),
        node("Flatten", ["c"], ["d"]),
        node("Identity", ["d"], ["e"]),
        node("Gemm", ["e", "V"], ["y"]),
    ]
    V = RNG.standard_normal((3, 2)).astype(np.float32)
    check(model(nodes, {"V": V}, (3, 6, 6)), IMAGES, np.maximum(IMAGES, 0).mean((2, 3)) @ V)


def test_channels_last():
    """As converters from frameworks with channels last write it: turned at both ends, and rows that list pixels first."""
    V = RNG.standard_normal((4 * 16, 5)).astype(np.float32)
    nodes = [
        node("Transpose", ["x"], ["a"], perm=[0, 3, 1, 2]),
        node("Conv", ["a", "K"], ["b"]),
        node("Transpose", ["b"], ["c"], perm=[0, 2, 3, 1]),
        node("Add", ["c", "bias"], ["d"]),
        node("Reshape", ["d", "rows"], ["e"]),
        node("MatMul", ["e", "V"], ["y"]),
    ]
    bias = RNG.standard_normal(4).astype(np.float32)
    made = model(nodes, {"K": K, "bias": bias, "V": V, "rows": np.array([-1, 64])}, (6, 6, 3))
    loaded = load(made)
    assert loaded.net.input_shape == (3, 6, 6)
    assert loaded.order == (2, 0, 1)
    conv = Network([Conv(4, 3)], (3, 6, 6))
    conv.params["conv1.weight"], conv.params["conv1.bias"] = K, bias
    expected = conv.predict(IMAGES).transpose(0, 2, 3, 1).reshape(4, -1) @ V
    np.testing.assert_allclose(loaded.predict(IMAGES.transpose(0, 2, 3, 1)), expected, rtol=1e-3, atol=1e-4)


def test_outputs_are_kept_or_chosen():
    nodes = [node("MatMul", ["x", "W"], ["y"]), node("Relu", ["y"], ["z"])]
    made = model(nodes, {"W": W}, (10,), outputs=("y", "z"))
    both = load(made).predict(X)
    np.testing.assert_allclose(both[1], np.maximum(X @ W, 0), rtol=1e-4, atol=1e-5)
    check(made, X, np.maximum(X @ W, 0), output="z")
    check(made, X, np.maximum(X @ W, 0), output=1)
    for wrong in ("w", 2, True):
        with pytest.raises(InteropError, match="output must be one of y, z, or its place"):
            load(made, output=wrong)


RELU = node("Relu", ["x"], ["y"], name="here")
REFUSED = {
    "another domain": (
        model(
            [node("LinearRegressor", ["x"], ["y"], name="here", domain="ai.onnx.ml")],
            {},
            (10,),
            domains=[("ai.onnx.ml", 1)],
        ),
        r"'here' is the operator LinearRegressor of the domain ai\.onnx\.ml",
    ),
    "an operator that is none": (
        model([node("Relo", ["x"], ["y"], name="here")], {}, (10,)),
        "'here' is the operator Relo",
    ),
    "no layer": (model([node("Erf", ["x"], ["y"], name="here")], {}, (10,)), r"operator Erf \(node 'here'\)"),
    "a formula that is none": (
        model([node("Abs", ["x"], ["a"]), node("Sqrt", ["a"], ["y"], name="here")], {}, (10,)),
        r"operator Sqrt \(node 'here'\): it is read within a norm or a GELU, and the nodes around it compute none$",
    ),
    "no layer, and where the list stands": (
        model([node("Sin", ["x"], ["y"], name="here")], {}, (10,)),
        r"operator Sin \(node 'here'\); docs/adding-a-layer.md shows how to add one; supported are Abs, Add, ",
    ),
    "a local norm of an even size": (
        model(
            [
                node("Mul", ["x", "x"], ["a"]),
                node("Unsqueeze", ["a", "one"], ["b"]),
                node("Pad", ["b", "pads"], ["c"]),
                node("AveragePool", ["c"], ["d"], kernel_shape=[2, 1, 1]),
                node("Squeeze", ["d", "one"], ["e"]),
                node("Mul", ["e", "alpha"], ["f"]),
                node("Add", ["f", "k"], ["g"]),
                node("Pow", ["g", "beta"], ["h"], name="here"),
                node("Div", ["x", "h"], ["y"]),
            ],
            {
                "one": np.array([1]),
                "pads": np.array([0, 0, 1, 0, 0, 0, 0, 0, 0, 0]),
                **{name: np.float32(number) for name, number in (("alpha", 1e-4), ("k", 1), ("beta", 0.75))},
            },
            (3, 6, 6),
        ),
        r"load: the node 'here' \(Pow\) cannot be read: LocalResponseNorm: size must be odd",
    ),
    "quantized": (
        model([node("DynamicQuantizeLinear", ["x"], ["y", "s", "z"], name="here")], {}, (10,)),
        "'here' .* is quantized",
    ),
    "random": (
        model([node("RandomNormalLike", ["x"], ["a"], name="here"), node("Add", ["a", "x"], ["y"])], {}, (10,)),
        "RandomNormalLike",
    ),
    "samples mixed": (
        model([node("Reshape", ["x", "s"], ["y"], name="here")], {"s": np.array([-1, 5])}, (10,)),
        r"'here' \(Reshape\) cannot be read: .* mixes samples",
    ),
    "an open size": (model([RELU], {}, ("M",)), "pass input_shape"),
    "a shape that does not fit": (
        model([node("MatMul", ["x", "W"], ["y"])], {"W": W}, (9,)),
        "ONNX Runtime cannot run",
    ),
    "nothing of the input": (model([node("Relu", ["W"], ["y"])], {"W": W}, (10,)), "has no layer"),
    "a version that is not known": (model([RELU], {}, (10,), opset=99), "ONNX Runtime cannot run"),
    "a product with a matrix from the left": (
        model([node("MatMul", ["W", "x"], ["y"], name="here")], {"W": W.T.copy()}, (10, 10)),
        "here",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_are_one_line(name):
    made, words = REFUSED[name]
    with pytest.raises(InteropError, match=words) as caught:
        load(made)
    assert "\n" not in str(caught.value)


def branch(name, operator, inputs):
    value = onnx.helper.make_tensor_value_info(f"{name}_y", 1, None)
    return onnx.helper.make_graph([node(operator, inputs, [f"{name}_y"])], name, [], [value])


def test_what_depends_on_the_size_of_the_batch_is_refused():
    """Sizes are folded at one size of the batch; ONNX Runtime says what the file computes at others."""
    start = [node("MatMul", ["x", "W"], ["a"]), node("Shape", ["a"], ["s"])]
    first = [*start, node("Gather", ["s", "zero"], ["n"]), node("Cast", ["n"], ["f"], to=1)]
    largest = [*start, node("ReduceMax", ["s"], ["n"], keepdims=0), node("Cast", ["n"], ["f"], to=1)]
    twice = {"then_branch": branch("then", "Add", ["a", "a"]), "else_branch": branch("else", "Identity", ["a"])}
    chosen = [*first[:-1], node("Greater", ["n", "ten"], ["many"]), node("If", ["many"], ["y"], **twice)]
    rows = [*first[:-1], node("Reshape", ["n", "one"], ["n1"]), node("Concat", ["n1", "rest"], ["shape"], axis=0)]
    constants = {"W": W, "zero": np.array(0), "ten": np.array(10), "one": np.array([1]), "rest": np.array([-1])}
    for nodes in ([*first, node("Div", ["a", "f"], ["y"])], [*largest, node("Div", ["a", "f"], ["y"])], chosen):
        with pytest.raises(InteropError, match="load: the value 'y' depends on how many samples there are") as caught:
            load(model(nodes, constants, (10,)))
        assert "\n" not in str(caught.value)
    check(model([*rows, node("Reshape", ["a", "shape"], ["y"])], constants, (10,)), X, X @ W)


@pytest.fixture
def file(tmp_path):
    save(Network([Conv(4, 3), BatchNorm(), ReLU(), Flatten(), Affine(3)], (3, 6, 6)), tmp_path / "net.onnx")
    return tmp_path / "net.onnx"


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_a_truncated_file_is_one_line(file, part):
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * part)])
    with pytest.raises(InteropError, match=r"net\.onnx cannot be read") as caught:
        load(file)
    assert "\n" not in str(caught.value)


def test_arrays_of_another_file_that_is_missing(file, tmp_path):
    made = onnx.load(file)
    onnx.save(made, tmp_path / "parts.onnx", save_as_external_data=True, location="parts.data", size_threshold=0)
    load(tmp_path / "parts.onnx")
    alone = onnx.load(tmp_path / "parts.onnx", load_external_data=False)
    with pytest.raises(InteropError, match="is in another file, which was not read; pass the model's path"):
        load(alone)
    (tmp_path / "parts.data").unlink()
    with pytest.raises(
        InteropError, match=r"'conv1.weight' of .*parts\.onnx is in 'parts\.data', which cannot"
    ) as caught:
        load(tmp_path / "parts.onnx")
    assert "\n" not in str(caught.value)


def test_a_wrong_reader_is_found_out():
    """`load` compares with ONNX Runtime: a bridge that reads something else is never believed."""
    from pellucid.interop import bridges
    from pellucid.interop.bridges import Bridge, NoCounterpart, Read, register_bridge, registered_bridges
    from pellucid.nets import Tanh

    made, before = to_onnx(Network([Affine(3), ReLU()], (4,))), dict(bridges._registered)
    no = NoCounterpart("of a test")
    try:
        register_bridge(
            "wrong", Bridge(to_torch=no, from_torch=no, to_onnx=no, from_onnx={"Relu": lambda node: Read(Tanh())})
        )
        assert registered_bridges()
        with pytest.raises(InteropError, match="computes something else than ONNX Runtime"):
            load(made)
    finally:
        bridges._registered.clear()
        bridges._registered.update(before)


def apart(folder, location, **entries):
    """A file whose only array is said to be in another file."""
    made = model([node("MatMul", ["x", "W"], ["y"])], {"W": W}, (10,))
    made.graph.output[0].CopyFrom(onnx.helper.make_tensor_value_info("y", 1, ["N", 3]))
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in ({"location": location} | entries).items():
        tensor.external_data.add(key=key, value=str(value))
    (folder / "apart.onnx").write_bytes(made.SerializeToString())
    return folder / "apart.onnx"


def test_arrays_are_read_of_the_model_s_own_folder_only(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    for folder in (tmp_path, inside):
        (folder / "w.bin").write_bytes(W.tobytes())
    np.testing.assert_allclose(load(apart(inside, "w.bin")).predict(X), X @ W, rtol=1e-4, atol=1e-5)
    (inside / "link.bin").symlink_to(tmp_path / "w.bin")
    for location in ("../w.bin", str(tmp_path / "w.bin"), "link.bin", ""):
        with pytest.raises(InteropError, match=r"'W' of .* outside the model's folder"):
            load(apart(inside, location))
    for entries, words in (
        ({"offset": 100}, "bytes 100 to"),
        ({"length": 9}, "cannot be read"),
        ({"offset": "x"}, "invalid literal"),
    ):
        with pytest.raises(InteropError, match=words) as caught:
            load(apart(inside, "w.bin", **{"length": W.nbytes, **entries}))
        assert "\n" not in str(caught.value)


def test_shapes_that_do_not_fit_are_one_line():
    several = model([RELU], {}, (3, "H", "W"))
    for shape, words in (
        ((4, 8, 8), r"that of one sample of 'x', in the file \(3, 'any', 'any'\); got \(4, 8, 8\)"),
        ((3, 8), "that of one sample"),
        ((3, 0, 8), "that of one sample"),
        ("ab", "one shape for each of 1 inputs"),
        ((3, "8", 8), "one shape for each of 1 inputs"),
    ):
        with pytest.raises(InteropError, match=words):
            load(several, input_shape=shape)
    assert load(several, input_shape=(3, 5, 7)).net.input_shape == (3, 5, 7)
    check(model([RELU], {}, (5, 7, 3)), np.ones((2, 5, 7, 3), np.float32), 1)
    sizes = (5, 7, 3, 11, 13)  # every size that a batch has else
    assert load(model([RELU], {}, sizes)).net.input_shape == sizes


def test_what_is_no_file_and_no_shape_is_one_line():
    for source in (None, 3, b"model"):
        with pytest.raises(InteropError, match=r"load: source must be a path or an onnx\.ModelProto; got"):
            load(source)
    with pytest.raises(InteropError, match=r"load: input_shape must be a shape, .*; got 10"):
        load(model([RELU], {}, (10,)), input_shape=10)


def test_a_model_of_two_gigabytes_is_one_line(tmp_path):
    with (tmp_path / "giant.onnx").open("wb") as file:
        file.truncate(2**31 + 1)
    with pytest.raises(InteropError, match=r"cannot be read as an ONNX model .*larger than 2 GiB"):
        load(tmp_path / "giant.onnx")

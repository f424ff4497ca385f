"""Every named model and every layer to ONNX: the checker, ONNX Runtime against predict, back again; runs; refusals."""

import json

import numpy as np
import pytest
from tests.bridge_checks import check_onnx, check_onnx_read
from tests.interop.networks import networks
from tests.network_checks import shaken

from pellucid.data import Standardization
from pellucid.interop import InteropError
from pellucid.nets import Affine, Function, Network, ReLU, build

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")
from pellucid.interop import onnx as interop  # noqa: E402 (after the skip)

pytestmark = pytest.mark.interop


def run(model, x):
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: x})[0]


def close(found, expected, bound=1e-5):
    np.testing.assert_allclose(found, expected, rtol=0, atol=bound * np.abs(expected).max())


NETWORKS = networks("onnx")


@pytest.mark.parametrize("name", NETWORKS)
def test_runtime_agrees(name):
    check_onnx(NETWORKS[name]())


@pytest.mark.parametrize("name", NETWORKS)
def test_the_file_comes_back(name):
    check_onnx_read(NETWORKS[name]())


@pytest.mark.parametrize("shape", [(3, 4, 4), (5,)])
def test_preprocessing_is_included_where_asked(tmp_path, shape):
    pixels = np.random.default_rng(0).integers(0, 256, (20, *shape)).astype(np.float32)
    net = shaken(Network([Affine(4), ReLU(), Affine(2)], shape))
    standardization = Standardization.of(pixels)
    interop.save(net, tmp_path / "m.onnx", classes=("cat", "dog"), standardization=standardization)
    mean, std = (a.reshape(-1, 1, 1) if len(shape) == 3 else a for a in standardization)
    expected = net.predict(((pixels - mean) / std).astype(np.float32))
    close(run(onnx.load(tmp_path / "m.onnx"), pixels), expected)
    loaded = interop.load(tmp_path / "m.onnx")
    assert loaded.classes == ("cat", "dog")
    close(loaded.predict(pixels), expected)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    from pellucid.train.config import TrainConfig
    from pellucid.train.run import start_run

    folder = tmp_path_factory.mktemp("run") / "r"
    start_run(TrainConfig(data="digits", epochs=1), folder, lambda event: None)
    return folder


def test_export_on_the_command_line(trained, tmp_path, monkeypatch, capsys):
    from pellucid import cli
    from pellucid.data import load
    from pellucid.train.model import load as load_model

    model, images = load_model(trained), load("digits").test.images
    expected = model.scores(images)
    accuracy = json.loads((trained / "summary.json").read_text())["test_accuracy"]
    for flags, x in (([], images.astype(np.float32)), (["--no-preprocessing"], model.preparation.batch(images))):
        out = tmp_path / f"m{len(flags)}.onnx"
        monkeypatch.setattr("sys.argv", ["pellucid", "export", str(trained), str(out), *flags])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 0
        assert str(out) in capsys.readouterr().out
        file = onnx.load(out)
        close(run(file, x), expected)
        facts = {entry.key: json.loads(entry.value) for entry in file.metadata_props}
        assert facts["classes"] == [str(digit) for digit in range(10)]
        assert facts["test_accuracy"] == accuracy
        assert facts["data"] == "digits"
        assert facts["preprocessing_included"] is not bool(flags)
        assert file.graph.input[0].type.tensor_type.shape.dim[0].dim_param == "batch"


def test_a_regression_is_exported_in_its_units(tmp_path):
    from pellucid import Trainer

    x = np.random.default_rng(0).standard_normal((40, 3)).astype(np.float32)
    trainer = Trainer(Network([Affine(2)], (3,)), loss="mse")
    trainer.fit(x, np.stack([1000 * x[:, 0] + 5000, x[:, 1]], axis=1), 2)
    assert trainer.model.export(tmp_path / "prices.onnx").startswith(str(tmp_path / "prices.onnx"))
    found = run(onnx.load(tmp_path / "prices.onnx"), x)
    np.testing.assert_allclose(found, trainer.predict(x), rtol=1e-5)
    assert found[:, 0].mean() > 1000


def test_a_loaded_model_can_be_trained_further():
    from pellucid import Trainer

    net = shaken(build("vgg6-bn", (1, 8, 8), 3))
    loaded = interop.load(interop.to_onnx(net)).net
    x, y = np.random.default_rng(0).standard_normal((12, 1, 8, 8)).astype(np.float32), np.arange(12) % 3
    ours, theirs = (Trainer(n, batch_size=6).fit((x, y), 2).step_losses for n in (net, loaded))
    np.testing.assert_allclose(ours, theirs, rtol=1e-4)


def graph(nodes, constants, shape=("batch", 4), out=("batch", 2)):
    h = onnx.helper
    return h.make_model(
        h.make_graph(
            nodes,
            "g",
            [h.make_tensor_value_info("x", 1, list(shape))],
            [h.make_tensor_value_info("y", 1, list(out))],
            [onnx.numpy_helper.from_array(array.astype(np.float32), name) for name, array in constants.items()],
        ),
        opset_imports=[h.make_opsetid("", 20)],
        ir_version=9,
    )


def test_what_other_exporters_write():
    """MatMul and Add for an affine layer, preprocessing as Mul and Add, a Softmax at the end."""
    node = onnx.helper.make_node
    generator = np.random.default_rng(0)
    constants = {
        "s": np.array(0.5),
        "t": np.array(-1.0),
        "w": generator.standard_normal((4, 2)),
        "b": np.array([1.0, -2.0]),
    }
    nodes = [
        node("Mul", ["x", "s"], ["a"]),
        node("Add", ["a", "t"], ["c"]),
        node("MatMul", ["c", "w"], ["d"]),
        node("Add", ["d", "b"], ["e"]),
        node("Softmax", ["e"], ["y"]),
    ]
    loaded = interop.load(graph(nodes, constants))
    x = generator.standard_normal((5, 4)).astype(np.float32)
    close(loaded.predict(x), (0.5 * x - 1) @ constants["w"] + constants["b"])


def test_refusals_name_the_node(tmp_path):
    node = onnx.helper.make_node
    weight = {"w": np.ones((2, 4, 3, 3))}
    image = {"shape": ("batch", 4, 5, 5), "out": ("batch", 2, 3, 3)}
    cases = [
        ([node("Erf", ["x"], ["y"])], {}, {}, r"no layer corresponds to the operator Erf"),
        ([node("MaxPool", ["x"], ["y"], kernel_shape=[2, 2], pads=[0, 0, 1, 1])], {}, image, "same on both sides"),
        ([node("Conv", ["x", "w"], ["y"], pads=[0, 0, -1, 1])], weight, image, "must not contain negative values"),
        (
            [node("MaxPool", ["x"], ["y"], kernel_shape=[2, 2], dilations=[2, 2])],
            {},
            image,
            r"dilations must be \[1, 1\]; got \[2, 2\]",
        ),
        ([node("Relu", ["x"], ["y"])], {}, {"shape": ("batch", "n")}, "pass input_shape"),
    ]
    for nodes, constants, shapes, problem in cases:
        with pytest.raises(InteropError, match=problem):
            interop.load(graph(nodes, constants, **shapes))
    (tmp_path / "no.onnx").write_bytes(b"not a model")
    with pytest.raises(InteropError, match="cannot be read as an ONNX model"):
        interop.load(tmp_path / "no.onnx")
    net = Network([Function(lambda x: (x, None), lambda dout, cache: dout, name="mine")], (4,))
    with pytest.raises(InteropError, match="no operator for mine1"):
        interop.to_onnx(net)

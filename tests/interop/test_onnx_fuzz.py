"""Damaged ONNX files: each is read, or refused in one line; no traceback, no hang, no blow-up of memory."""

import os
import warnings

import numpy as np
import pytest
from tests.fuzz.mutations import complaint, limits, make_giant, mutated

from pellucid.interop import InteropError
from pellucid.nets import Affine, BatchNorm, Conv, Flatten, MaxPool, Network, ReLU, Residual

onnx = pytest.importorskip("onnx", reason="needs the extra [onnx]")
pytestmark = pytest.mark.interop

COUNT = 300
DAMAGED = 200


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Two networks: a convolutional one with a residual, and one of affine layers."""
    from pellucid.interop.onnx import save

    folder = tmp_path_factory.mktemp("onnx")
    conv = [
        Conv(3, 3, pad=1),
        BatchNorm(),
        ReLU(),
        Residual([Conv(3, 3, pad=1), ReLU()]),
        MaxPool(2),
        Flatten(),
        Affine(3),
    ]
    save(Network(conv, (1, 6, 6)), folder / "conv.onnx", classes=("a", "b", "c"))
    save(Network([Affine(4), ReLU(), Affine(2)], (5,)), folder / "affine.onnx", classes=("ü", "b"))
    return [path.read_bytes() for path in sorted(folder.iterdir())]


def used(path):
    from pellucid.interop.onnx import load

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # damaged weights overflow
        model = load(path)
        model.predict(np.zeros((1, *model.net.input_shape), model.net.dtype))


def test_every_mutation(sound, tmp_path):
    path = tmp_path / "model.onnx"
    refused = 0
    with limits():
        for seed in range(COUNT):
            path.write_bytes(mutated(sound[seed // 10 % 2], seed))
            try:
                refused += complaint(lambda: used(path)) is not None
            except BaseException as error:
                error.add_note(f"mutation {seed}")
                raise
    assert 20 < refused < COUNT


def damaged(model, rng):
    """A model whose graph was changed as a careless tool might: nodes lost, moved, renamed, inputs and attributes mixed up."""
    graph = model.graph
    nodes = list(graph.node)
    place = int(rng.integers(len(nodes)))
    match int(rng.integers(8)):
        case 0:
            del graph.node[place]
        case 1:
            graph.node.insert(int(rng.integers(len(nodes))), nodes[place])
        case 2:
            nodes[place].op_type = str(
                rng.choice(["Relu", "Gemm", "Softmax", "Clip", "Pad", "Slice", "Split", "ArgMax", "Foo"])
            )
        case 3:
            names = [name for node in nodes for name in (*node.input, *node.output)]
            nodes[place].input[:] = [str(name) for name in rng.permutation(names)[: len(nodes[place].input)]]
        case 4:
            del nodes[place].attribute[:]
        case 5:
            for attribute in nodes[place].attribute:
                attribute.ints[:] = rng.integers(-3, 9, int(rng.integers(1, 7))).tolist()
        case 6:
            tensor = graph.initializer[int(rng.integers(len(graph.initializer)))]
            tensor.dims[:] = rng.integers(0, 9, int(rng.integers(0, 5))).tolist()
        case _:
            model.opset_import[0].version = int(rng.integers(0, 30))
    return model


def test_damaged_graphs_are_read_or_refused_in_one_line(sound):
    from tests.interop.test_onnx_makers import channels_last, classic, quantized

    from pellucid.interop.onnx import load

    makers = [channels_last(13).SerializeToString(), classic(12).SerializeToString(), quantized(13).SerializeToString()]
    refused = 0
    with limits():
        for seed in range(DAMAGED):
            model = damaged(onnx.load_from_string([*sound, *makers][seed % 5]), np.random.default_rng(seed))
            try:
                with np.errstate(all="ignore"):
                    refused += complaint(lambda model=model: load(model)) is not None
            except BaseException as error:
                error.add_note(f"graph {seed}")
                raise
    assert DAMAGED / 4 < refused < DAMAGED


def test_bad_utf8_is_one_line(tmp_path):
    """In a name or a class: the parser of the file lets it pass, what reads the text does not."""
    from pellucid.interop.onnx import to_onnx

    path = tmp_path / "model.onnx"
    for name in (b"scores", b"preprocessing_included", b'["'):
        content = to_onnx(Network([Affine(2)], (3,)), classes=("a", "b")).SerializeToString()
        assert name in content
        path.write_bytes(content.replace(name, b"\xff" * len(name)))
        assert "cannot be read as an ONNX model" in complaint(lambda: used(path))


def test_what_is_no_plain_file_is_not_waited_for(tmp_path):
    from pellucid.interop.onnx import load

    os.mkfifo(tmp_path / "pipe.onnx")
    for path, kind in ((tmp_path / "pipe.onnx", "a named pipe"), (tmp_path, "a folder"), ("/dev/zero", "a device")):
        with pytest.raises(InteropError, match=f"{kind}, not a plain file"):
            load(path)


def test_a_giant_file_is_not_read(sound, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(sound[0])
    make_giant(path)
    with limits():
        assert "larger than 2 GiB" in complaint(lambda: used(path))

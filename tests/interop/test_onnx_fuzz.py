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

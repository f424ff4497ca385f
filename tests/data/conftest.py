"""Small stand-ins for the real files: CIFAR-10 batches as Python 2 pickled them, Parquet files, folders of pictures."""

import io
import os
import struct
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROWS = 20  # in a tiny batch, instead of 10,000


def python2_batch(data, labels, *, shape=None):
    """Pickle a batch the way the published files are: protocol 2, Python 2 strings, an array by `_reconstruct`."""

    def text(value):
        return b"T" + struct.pack("<i", len(value)) + value

    def number(value):
        return b"J" + struct.pack("<i", value)

    rows, columns = shape or data.shape
    dtype = (
        b"cnumpy\ndtype\n" + text(b"u1") + b"K\x00K\x01\x87R(K\x03" + text(b"|") + b"NNN" + number(-1) * 2 + b"K\x00tb"
    )
    state = b"(K\x01" + number(rows) + number(columns) + b"\x86" + dtype + b"\x89" + text(data.tobytes()) + b"t"
    array = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85" + text(b"b") + b"\x87R" + state + b"b"
    listed = b"](" + b"".join(number(label) for label in labels) + b"e"
    title = text(b"batch_label") + text(b"training batch 1 of 5")
    return b"\x80\x02}(" + title + text(b"labels") + listed + text(b"data") + array + b"u."


@pytest.fixture
def make_batch():
    return python2_batch


@pytest.fixture
def tiny_batches(monkeypatch):
    """Six batches of 20 rows: {file name: (data, labels, bytes)}; the reader is set to expect 20."""
    monkeypatch.setattr("pellucid.data.cifar_batches._ROWS", ROWS)
    rng = np.random.default_rng(0)
    batches = {}
    for name in [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch"]:
        data = rng.integers(0, 256, (ROWS, 3072), dtype=np.uint8)
        labels = [n % 10 for n in range(ROWS)]
        batches[name] = data, labels, python2_batch(data, labels)
    return batches


@pytest.fixture
def batches_folder(tmp_path, tiny_batches):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name, (_, _, content) in tiny_batches.items():
        (folder / name).write_bytes(content)
    return folder


def tar_of(path, contents):
    with tarfile.open(path, "w:gz") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def make_tar():
    return tar_of


@pytest.fixture
def batches_tar(tmp_path, tiny_batches):
    contents = {f"cifar-10-batches-py/{name}": content for name, (_, _, content) in tiny_batches.items()}
    return tar_of(tmp_path / "cifar-10-python.tar.gz", {"cifar-10-batches-py/readme.html": b"<p>", **contents})


def picture_bytes(pixels, kind="PNG"):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


@pytest.fixture
def encode():
    return picture_bytes


def parquet_of(path, images, labels):
    """Write encoded images (bytes or None) and labels as the Hugging Face hub does."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    rows = [None if image is None else {"bytes": image, "path": f"{n}.png"} for n, image in enumerate(images)]
    kind = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    table = pyarrow.table({"img": pyarrow.array(rows, kind), "label": pyarrow.array(labels, pyarrow.int64())})
    parquet.write_table(table, path)
    return path


@pytest.fixture
def make_parquet():
    return parquet_of


@pytest.fixture
def parquet_folder(tmp_path):
    """train.parquet with 40 rows and test.parquet with 20, real PNGs; the pixels stand beside them as .npy."""
    folder = tmp_path / "parquet"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for name, rows in (("train", 40), ("test", 20)):
        pixels = rng.integers(0, 256, (rows, 32, 32, 3), dtype=np.uint8)
        np.save(tmp_path / f"{name}.npy", pixels)
        parquet_of(folder / f"{name}.parquet", [picture_bytes(p) for p in pixels], [n % 10 for n in range(rows)])
    return folder


@pytest.fixture
def picture_folder(tmp_path):
    """Two classes, ant and bee, of ten 6 x 5 colour pictures each; the pixel values tell class and number."""
    folder = tmp_path / "insects"
    for label, name in enumerate(("ant", "bee")):
        (folder / name).mkdir(parents=True)
        for n in range(10):
            pixels = np.full((6, 5, 3), 100 * label + n, dtype=np.uint8)
            (folder / name / f"{n}.png").write_bytes(picture_bytes(pixels))
    return folder


@pytest.fixture(scope="session")
def cifar_folder():
    """The folder with real CIFAR-10 images; the tests that need it say so when it is missing."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data" / "cifar10-jpeg"
    folder = os.environ.get("PELLUCID_DATA") or (beside if beside.is_dir() else None)
    if folder is None:
        pytest.skip("CIFAR-10 is missing: name a folder that holds it in PELLUCID_DATA")
    return folder

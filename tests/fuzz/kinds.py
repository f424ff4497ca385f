"""The kinds of files that Pellucid reads: a small sound sample of each, and the public way that reads it.

Configuration, metrics, checkpoint, best network, NumPy archive, Parquet, CIFAR-10 batches, image. The ninth, ONNX, needs its extra:
`tests/interop/test_onnx_fuzz.py`.
"""

import contextlib
import gzip
import io
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from tests.data.conftest import ROWS, python2_batch

from pellucid.data import load
from pellucid.nets import StorageError
from pellucid.train.config import TrainConfig, build_config, read_config
from pellucid.train.readers.metrics import read_metrics
from pellucid.train.run import resume_run, start_run

from .mutations import GIANT

BATCHES = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch")


@dataclass(frozen=True)
class Kind:
    """A kind of file."""

    name: str
    make: Callable[[Path], list[Path]]  # sound files in a folder, to be mutated in turn
    use: Callable[[Path], object]  # reads a folder, with one of them mutated
    pack: Callable[[Path, bytes], bytes] = lambda path, content: content  # puts mutated content into its container
    unpack: Callable[[Path], bytes] = Path.read_bytes


# ---- a run ----


def make_run(folder: Path) -> None:
    """A run of one epoch on an archive: config.toml, metrics.jsonl, one checkpoint, best.safetensors."""
    rng = np.random.default_rng(0)
    np.savez(folder / "data.npz", images=rng.integers(0, 256, (40, 1, 4, 4), dtype=np.uint8), labels=np.arange(40) % 2)
    data = str(folder / "data.npz")
    settings = {"model": "fully-connected", "hidden": (4,), "norm": "batch", "keep": 0.9, "learning_rate": 0.01}
    start_run(TrainConfig(data=data, epochs=1, batch_size=8, **settings), folder / "run", lambda event: None)


def in_run(name: str) -> Callable[[Path], list[Path]]:
    """Return what makes a run and gives the path of one of its files."""

    def make(folder: Path) -> list[Path]:
        make_run(folder)
        return sorted((folder / "run").glob(name))

    return make


@contextlib.contextmanager
def refuses_nothing() -> Iterator[None]:
    """Make a refusal an error that no reader may raise."""
    try:
        yield
    except StorageError as error:
        raise AssertionError("a resume is refused for its metrics") from error


def resume(folder: Path) -> None:
    resume_run(folder / "run", lambda event: None)


def resume_in_spite_of_metrics(folder: Path) -> None:
    """Bad lines of metrics must not end a run whose checkpoint is sound."""
    if (folder / "run" / "metrics.jsonl").stat().st_size < GIANT:
        with refuses_nothing():
            resume(folder)
    else:
        resume(folder)
    assert len(read_metrics(folder / "run" / "metrics.jsonl")) < 1000


def evaluate(folder: Path) -> None:
    """As `pellucid evaluate` does it."""
    from pellucid.cli.networks import evaluate as command

    command(folder / "run", data=str(folder / "data.npz"), as_json=True)


# ---- data ----


def make_npz(folder: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (20, 1, 4, 4), dtype=np.uint8)
    np.savez(folder / "stored.npz", images=images, labels=np.arange(20) % 2)
    np.savez_compressed(folder / "small.npz", images=images, labels=np.arange(20) % 2, classes=np.array(["a", "b"]))
    return [folder / "stored.npz", folder / "small.npz"]


def only_file(folder: Path) -> object:
    (path,) = folder.iterdir()
    return load(path)


def first_member(path: Path) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read("images.npy")


def with_first_member(path: Path, content: bytes) -> bytes:
    """Return the archive with other images, whose checksum is right: a damaged array, not a damaged archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(made, "w") as changed:
        for name in archive.namelist():
            changed.writestr(name, content if name == "images.npy" else archive.read(name))
    return made.getvalue()


def encoded(pixels: np.ndarray, form: str = "PNG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form)
    return buffer.getvalue()


def make_parquet(folder: Path) -> list[Path]:
    import pyarrow
    import pyarrow.parquet

    rng = np.random.default_rng(0)
    paths = [folder / "train.parquet", folder / "test.parquet"]
    for path in paths:
        images = [{"bytes": encoded(rng.integers(0, 256, (32, 32, 3), dtype=np.uint8))} for _ in range(20)]
        pyarrow.parquet.write_table(pyarrow.table({"img": images, "label": list(range(10)) * 2}), path)
    return paths[:1]


def make_batches(folder: Path) -> list[Path]:
    rng = np.random.default_rng(0)
    for name in BATCHES:
        pixels = rng.integers(0, 256, (ROWS, 3072), dtype=np.uint8)
        (folder / name).write_bytes(python2_batch(pixels, [row % 10 for row in range(ROWS)]))
    return [folder / "data_batch_2"]


def make_archive(folder: Path) -> list[Path]:
    files = folder / "files"
    files.mkdir()
    make_batches(files)
    path = folder / "cifar-10-python.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in BATCHES:
            archive.add(files / name, f"cifar-10-batches-py/{name}")
            (files / name).unlink()
    files.rmdir()
    return [path]


def make_images(folder: Path) -> list[Path]:
    """Two classes; the first images of the first, one of each form, are mutated."""
    rng = np.random.default_rng(0)
    mutable = []
    for name in ("cat", "dog"):
        (folder / name).mkdir()
        for number in range(9):
            form = ("png", "jpeg", "bmp", "gif", "ppm")[number % 5]
            pixels = rng.integers(0, 256, (12, 10), dtype=np.uint8)
            path = folder / name / f"{number}.{form}"
            path.write_bytes(encoded(pixels, form))
            mutable += [path] if name == "cat" and number < 5 else []
    return mutable


KINDS = (
    Kind("configuration", in_run("config.toml"), lambda folder: build_config(
        read_config(folder / "run" / "config.toml"), where="config.toml")),
    Kind("metrics", in_run("metrics.jsonl"), resume_in_spite_of_metrics),
    Kind("checkpoint", in_run("checkpoint-*.safetensors"), resume),
    Kind("best-network", in_run("best.safetensors"), evaluate),
    Kind("npz", make_npz, only_file),
    Kind("npz-member", make_npz, only_file, with_first_member, first_member),
    Kind("parquet", make_parquet, lambda folder: load(folder)),
    Kind("cifar-batch", make_batches, lambda folder: load(folder)),
    Kind("cifar-archive", make_archive, lambda folder: load(folder)),
    Kind("cifar-tar", make_archive, lambda folder: load(folder), lambda path, content: gzip.compress(content, 1),
         lambda path: gzip.decompress(path.read_bytes())),
    Kind("image", make_images, lambda folder: load(folder, size=8)),
)  # fmt: skip

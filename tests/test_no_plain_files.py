"""Pipes and devices where a file is expected: refused in one line wherever Pellucid opens a path, never waited for."""

import os
import shutil
import warnings
from pathlib import Path

import pytest
from tests.fuzz.kinds import evaluate, make_batches, make_images, make_parquet, make_run
from tests.fuzz.mutations import complaint

from pellucid.checker import CheckError, PackError, check, load_pack
from pellucid.data import load, load_cifar10, load_npz, read_table
from pellucid.data.decode import Form
from pellucid.data.loading.pictures import PictureRows
from pellucid.data.parquet import parquet_file
from pellucid.data.tables.delimited import read_delimited
from pellucid.derive.user_function import derivation_of_file
from pellucid.interop.state_dict import load_safetensors
from pellucid.nets import Affine, ModelFile, Network, write_atomically
from pellucid.studies.folder import report_study
from pellucid.studies.samples import read_pool
from pellucid.train import CheckpointFolder
from pellucid.train.config import read_config
from pellucid.train.run import resume_run


def pipe(path: Path) -> Path:
    """Put a named pipe in a file's place."""
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("pellucid.train.results._pictures", lambda facts: {})
        make_run(folder)
    return folder


@pytest.fixture
def copied(run, tmp_path, monkeypatch):
    monkeypatch.setattr("pellucid.train.results._pictures", lambda facts: {})
    shutil.copytree(run, tmp_path / "copy")
    return tmp_path / "copy"


def resumed(folder):
    return resume_run(folder / "run", lambda event: None)


IN_A_RUN = [
    ("config.toml", resumed),
    ("metrics.jsonl", resumed),
    ("checkpoint-000000004.safetensors", resumed),
    ("best.safetensors", evaluate),
]


@pytest.mark.parametrize(("name", "use"), IN_A_RUN, ids=[row[0] for row in IN_A_RUN])
def test_in_a_run(copied, name, use):
    assert (copied / "run" / name).exists()
    pipe(copied / "run" / name)
    assert "named pipe" in complaint(lambda: use(copied))


@pytest.mark.parametrize("name", [".lock", ".summary.json.part", "summary.json", "report.html"])
def test_where_a_run_writes(copied, name):
    """What is in the way is replaced, whatever it is; a lock that is a pipe can be held like any other."""
    pipe(copied / "run" / name)
    assert complaint(lambda: resumed(copied)) is None
    assert (copied / "run" / "summary.json").is_file()


def test_a_link_in_the_place_of_a_temporary_file_is_not_followed(tmp_path):
    (tmp_path / "precious").write_text("precious")
    for name in (".file.part", ".lock"):
        (tmp_path / name).symlink_to("precious")
    write_atomically(tmp_path / "file", b"content")
    assert "cannot write" in complaint(lambda: CheckpointFolder(tmp_path).held().__enter__())
    assert (tmp_path / "precious").read_text() == "precious"
    assert (tmp_path / "file").read_bytes() == b"content"


def test_in_folders_of_data(tmp_path):
    """Among images, a pipe is left out as everything is that is no image; a named file of a data set is refused."""
    makers = {"images": make_images, "parquet": make_parquet, "batches": make_batches}
    for name, make in makers.items():
        (tmp_path / name).mkdir()
        first, *_ = make(tmp_path / name)
        pipe(first)
    for name in ("parquet", "batches"):
        assert complaint(lambda name=name: load(tmp_path / name)), name
    with pytest.warns(UserWarning, match=r"left out: cat/0\.png"):
        assert complaint(lambda: load(tmp_path / "images")) is None
    rows = PictureRows(tmp_path, [tmp_path / "images" / "cat" / "0.png"], Form(12, 10, "L"), convert=False)
    assert "a named pipe, not a plain file" in complaint(lambda: rows.decode_row(0))  # it took an image's place


def test_as_data(tmp_path):
    for name in ("data.npz", "cifar-10-python.tar.gz", "data"):
        pipe(tmp_path / name)
    (tmp_path / "link.npz").symlink_to("data.npz")
    for name in ("data.npz", "link.npz", "cifar-10-python.tar.gz", "data"):
        assert complaint(lambda name=name: load(tmp_path / name)), name
    assert "named pipe" in complaint(lambda: load_npz(tmp_path / "data.npz"))
    assert complaint(lambda: load_cifar10(tmp_path))
    for device in ("/dev/zero", "/dev/stdin"):
        assert complaint(lambda device=device: load(device)), device


def test_as_other_arguments(tmp_path):
    net = Network([Affine(2)], (3,))
    for name in ("file.safetensors", "file.toml", "study.json", "data.npz", "t.csv", "t.parquet", "net.toml"):
        pipe(tmp_path / name)
    for use in (
        lambda: Network.load(tmp_path / "file.safetensors"),
        lambda: load_safetensors(net, tmp_path / "file.safetensors"),
        lambda: read_config(tmp_path / "file.toml"),
        lambda: report_study(tmp_path),
        lambda: read_pool(tmp_path / "data.npz"),
        lambda: parquet_file(tmp_path / "t.parquet").__enter__(),
        lambda: read_delimited(tmp_path / "t.csv"),
        lambda: ModelFile.of(f"{tmp_path}/net.toml").content(),
    ):
        words = complaint(use)
        assert words
        assert "named pipe" in words
    for name in ("t.csv", "t.parquet"):
        assert complaint(lambda name=name: read_table(tmp_path / name)), name


def test_as_code(tmp_path):
    """Code is found by its name first; a pipe is no file of that name."""
    code = pipe(tmp_path / "code.py")
    assert "no such file" in complaint(lambda: derivation_of_file(f"{code}:f", ""))
    with pytest.raises(PackError, match="must be one of"):
        load_pack(code)
    with pytest.raises(CheckError, match="not a regular file"):
        check(code)


def test_as_an_image_to_predict(run, tmp_path, monkeypatch, capsys):
    from pellucid.cli import main

    picture = pipe(tmp_path / "picture.png")
    monkeypatch.setattr("sys.argv", ["pellucid", "predict", str(run / "run"), str(picture)])

    def predict():
        with warnings.catch_warnings(), pytest.raises(SystemExit) as end:
            main()
        assert end.value.code == 1

    assert complaint(predict) is None
    assert "picture.png" in capsys.readouterr().err

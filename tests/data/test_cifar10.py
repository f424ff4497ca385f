"""CIFAR-10 is found where it was put, in the order promised: the path or PELLUCID_DATA, the cache, the download."""

import hashlib

import numpy as np
import pytest

from pellucid.data import CIFAR10_CLASSES, DataError, find_cifar10, load, load_cifar10


@pytest.fixture(autouse=True)
def nowhere(tmp_path, monkeypatch):
    """No PELLUCID_DATA, an empty cache, no network."""
    monkeypatch.delenv("PELLUCID_DATA", raising=False)
    monkeypatch.setattr("pooch.os_cache", lambda _: tmp_path / "cache")
    monkeypatch.setattr("pellucid.data.cifar10.URL", "http://127.0.0.1:9/none")
    monkeypatch.setattr("pellucid.data.download.time.sleep", lambda _: None)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.mark.parametrize("source", ["parquet_folder", "batches_folder", "batches_tar"])
def test_it_is_found_by_itself_and_one_level_down(request, tmp_path, source):
    found = request.getfixturevalue(source)
    assert find_cifar10(found) == found
    assert find_cifar10(tmp_path) == found  # one level down, or the archive in the folder itself
    assert find_cifar10(str(tmp_path)) == found


def test_an_archive_is_found_one_level_down(tmp_path, batches_tar):
    (tmp_path / "here" / "inside").mkdir(parents=True)
    archive = batches_tar.rename(tmp_path / "here" / "inside" / batches_tar.name)
    assert find_cifar10(tmp_path / "here") == archive
    assert find_cifar10(tmp_path) is None  # two levels are too deep


def test_nothing_is_found_where_nothing_is(tmp_path):
    (tmp_path / "file").write_text("")
    assert [find_cifar10(path) for path in (tmp_path, tmp_path / "none", tmp_path / "file")] == [None] * 3


@pytest.mark.parametrize("source", ["parquet_folder", "batches_folder", "batches_tar"])
def test_both_sets_are_read(request, source):
    train, test = load_cifar10(request.getfixturevalue(source))
    assert train.sample_shape == test.sample_shape == (3, 32, 32)
    assert train.classes == test.classes == CIFAR10_CLASSES
    assert len(train) == (40 if source == "parquet_folder" else 100)
    assert len(test) == 20


def test_parquet_pixels_come_as_stored(tmp_path, parquet_folder):
    _, test = load_cifar10(parquet_folder)
    np.testing.assert_array_equal(test.images.transpose(0, 2, 3, 1), np.load(tmp_path / "test.npy"))


def test_half_of_it_is_refused_by_what_is_missing(parquet_folder):
    (parquet_folder / "test.parquet").unlink()
    with pytest.raises(DataError, match=r"test\.parquet: no such file"):
        load_cifar10(parquet_folder)


def test_a_path_without_it_is_refused_even_if_the_cache_has_it(tmp_path):
    with pytest.raises(DataError, match=r"no CIFAR-10 found; put cifar-10-python\.tar\.gz, or cifar-10-batches-py, or"):
        load_cifar10(tmp_path)


def test_pellucid_data_is_searched_first(tmp_path, monkeypatch, parquet_folder):
    monkeypatch.setenv("PELLUCID_DATA", str(tmp_path))
    train, _ = load_cifar10()
    assert len(train) == 40


def test_then_the_cache(tmp_path, monkeypatch, batches_tar):
    content = batches_tar.read_bytes()
    (tmp_path / "cache").mkdir()
    (tmp_path / "elsewhere").mkdir()
    batches_tar.rename(tmp_path / "cache" / "cifar-10-python.tar.gz")
    monkeypatch.setattr("pellucid.data.cifar10.SHA256", hashlib.sha256(content).hexdigest())
    monkeypatch.setenv("PELLUCID_DATA", str(tmp_path / "elsewhere"))  # holds no CIFAR-10
    train, _ = load_cifar10()
    assert len(train) == 100


def test_with_no_network_one_line_says_what_to_put_where():
    with pytest.raises(DataError, match=r"^cifar10: cannot download .*no connection") as refusal:
        load_cifar10()
    assert "put cifar-10-python.tar.gz, or cifar-10-batches-py, or train.parquet and test.parquet" in str(refusal.value)
    assert "PELLUCID_DATA" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_pellucid_data_that_does_not_exist_is_a_mistake(monkeypatch, tmp_path):
    monkeypatch.setenv("PELLUCID_DATA", str(tmp_path / "none"))
    with pytest.raises(
        DataError, match=r"PELLUCID_DATA: folder .*none does not exist; correct the variable or unset it"
    ):
        load_cifar10()


@pytest.mark.cifar
def test_real_cifar_10_loads_whole(cifar_folder):
    splits = load(cifar_folder, seed=1)
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [45_000, 5_000, 10_000]
    assert splits.sample_shape == (3, 32, 32)
    for part in (splits.train, splits.validation, splits.test):
        assert (np.bincount(part.labels) == len(part) // 10).all()
    mean = splits.train.images.mean(axis=(0, 2, 3)) / 255
    np.testing.assert_allclose(mean, [0.491, 0.482, 0.447], atol=0.002)  # as published everywhere for these images

"""The six batches come together in order, from the folder or straight from the archive."""

import numpy as np
import pytest

from pellucid.data import DataError
from pellucid.data.cifar_batches import read_batches


@pytest.mark.parametrize("source", ["batches_folder", "batches_tar"])
def test_training_batches_come_in_order_and_the_test_batch_apart(request, source, tiny_batches):
    (images, labels), (test_images, test_labels) = read_batches(request.getfixturevalue(source))
    expected = np.concatenate([tiny_batches[f"data_batch_{n}"][0] for n in range(1, 6)])
    np.testing.assert_array_equal(images.reshape(100, -1), expected)
    np.testing.assert_array_equal(test_images.reshape(20, -1), tiny_batches["test_batch"][0])
    assert labels.tolist() == [n % 10 for n in range(20)] * 5
    assert test_labels.tolist() == [n % 10 for n in range(20)]


def test_the_archive_is_never_extracted(tmp_path, batches_tar, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    read_batches(batches_tar)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_missing_batch_is_refused(tmp_path, batches_folder, tiny_batches, make_tar):
    (batches_folder / "data_batch_3").unlink()
    with pytest.raises(DataError, match="cifar-10-batches-py: data_batch_3 is missing; all six files"):
        read_batches(batches_folder)
    archive = make_tar(tmp_path / "some.tar.gz", {"test_batch": tiny_batches["test_batch"][2]})
    with pytest.raises(DataError, match=r"some\.tar\.gz: data_batch_1 is missing"):
        read_batches(archive)


def test_a_bad_batch_is_refused_by_archive_and_name(tmp_path, tiny_batches, make_tar, make_batch):
    contents = {name: content for name, (_, _, content) in tiny_batches.items()}
    data, labels, _ = tiny_batches["data_batch_4"]
    contents["data_batch_4"] = make_batch(data[:7], labels[:7])
    archive = make_tar(tmp_path / "some.tar.gz", contents)
    with pytest.raises(DataError, match=r"^some\.tar\.gz: data_batch_4: data must have shape \(20, 3072\)"):
        read_batches(archive)


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.3, 0.9, 0.9999])
def test_a_truncated_archive_is_refused(batches_tar, kept):
    batches_tar.write_bytes(batches_tar.read_bytes()[: int(kept * batches_tar.stat().st_size)])
    with pytest.raises(DataError, match=r"^cifar-10-python\.tar\.gz: (not a readable|.* is missing)"):
        read_batches(batches_tar)


def test_what_is_no_archive_is_refused(tmp_path):
    (tmp_path / "a.tar.gz").write_bytes(b"<html>not found</html>")
    with pytest.raises(DataError, match=r"a\.tar\.gz: not a readable \.tar\.gz"):
        read_batches(tmp_path / "a.tar.gz")


@pytest.mark.parametrize("source", ["batches_folder", "batches_tar"])
def test_a_file_that_is_far_too_large_is_not_read(request, source, monkeypatch):
    monkeypatch.setattr("pellucid.data.cifar_batches._LARGEST", 1000)
    with pytest.raises(DataError, match=r"data_batch_1 has [\d,]+ bytes; a CIFAR-10 batch has at most"):
        read_batches(request.getfixturevalue(source))

"""`load` finds the right reader, keeps the test set fixed, and lists what it accepts when it finds none."""

import numpy as np
import pytest

from pellucid.data import DataError, load


def sizes(splits):
    return [len(part) for part in (splits.train, splits.validation, splits.test)]


def test_digits():
    splits = load("digits")
    assert (splits.name, splits.sample_shape, splits.white) == ("digits", (1, 8, 8), 16)
    assert sizes(splits) == [1294, 144, 359]


def test_the_seed_moves_the_validation_set_and_never_the_test_set():
    one, same, two = (load("digits", seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.test.images, two.test.images)
    np.testing.assert_array_equal(one.validation.images, same.validation.images)
    assert (one.validation.images != two.validation.images).any()


def test_the_parts_together_are_the_whole():
    splits = load("digits", validation=100)
    assert len(splits.validation) == 100
    total = sum(int(part.images.sum(dtype=int)) for part in (splits.train, splits.validation, splits.test))
    assert total == 561_718


@pytest.mark.parametrize("source", ["parquet_folder", "batches_folder", "batches_tar"])
def test_cifar_paths_keep_the_official_test_set(request, source):
    path = request.getfixturevalue(source)
    splits = load(path, validation=0.25)
    train = 40 if source == "parquet_folder" else 100
    assert sizes(splits) == [train * 3 // 4, train // 4, 20]
    assert splits.name == "cifar10"
    assert sizes(load(str(path.parent), validation=0.25)) == sizes(splits)


def test_cifar10_by_name_reads_pellucid_data(monkeypatch, parquet_folder):
    monkeypatch.setenv("PELLUCID_DATA", str(parquet_folder))
    assert sizes(load("cifar10", validation=0.25)) == [30, 10, 20]


def test_npz(tmp_path):
    np.savez(tmp_path / "mine.npz", x=np.arange(80.0).reshape(40, 2), y=np.arange(40) % 4)
    splits = load(tmp_path / "mine.npz", validation=0.25)
    assert (splits.name, sizes(splits), splits.sample_shape) == ("mine", [24, 8, 8], (2,))


def test_a_folder_of_images(picture_folder):
    splits = load(picture_folder, validation=0.25)
    assert (splits.name, sizes(splits), splits.classes) == ("insects", [12, 4, 4], ("ant", "bee"))
    assert load(picture_folder, size=9).sample_shape == (3, 9, 9)


@pytest.fixture
def parted(tmp_path, picture_folder):
    folder = tmp_path / "parted"
    for part in ("train", "test"):
        for name in ("ant", "bee"):
            (folder / part / name).mkdir(parents=True)
            for file in sorted((picture_folder / name).iterdir()):
                (folder / part / name / file.name).write_bytes(file.read_bytes())
    return folder


def test_a_folder_with_train_and_test(parted):
    assert sizes(load(parted, validation=0.2)) == [16, 4, 20]
    (parted / "train").rename(parted / "validation")
    with pytest.raises(DataError, match=r"this class has no images \(it holds 'ant'\)"):
        load(parted)  # without train/ these are class folders


def test_a_folder_with_all_three_parts(parted, picture_folder):
    (picture_folder).rename(parted / "validation")
    assert sizes(load(parted)) == [20, 20, 20]


def test_parts_that_do_not_fit_are_refused(parted):
    (parted / "test" / "bee").rename(parted / "test" / "wasp")
    with pytest.raises(DataError, match=r"parted: test must have the same classes as train, \('ant', 'bee'\)"):
        load(parted)
    for file in (parted / "test" / "ant").iterdir():
        file.write_bytes(b"broken")
    with pytest.raises(DataError, match=r"parted/test/ant: none of the images of this class can be decoded"):
        load(parted)
    (parted / "extra").mkdir()
    with pytest.raises(DataError, match="only validation/ and test/ are allowed; found 'extra'"):
        load(parted)


def test_train_without_test_is_refused(parted):
    (parted / "test").rename(parted / "validation")
    with pytest.raises(DataError, match="there is train/ but no test/"):
        load(parted)


def test_a_class_may_be_called_train(tmp_path, picture_folder):
    (picture_folder / "ant").rename(picture_folder / "train")
    assert load(picture_folder).classes == ("bee", "train")


def test_a_folder_without_permission_is_one_line(tmp_path, monkeypatch):
    def refuse(_):
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr("pathlib.Path.iterdir", refuse)
    with pytest.raises(DataError, match=r"load: .* cannot be read \(.*Permission denied"):
        load(tmp_path)


@pytest.mark.parametrize("source", ["cifr10", "none.npz", "", "none/none"])
def test_what_is_unknown_is_refused_with_what_is_accepted(source, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError) as refusal:
        load(source)
    assert "\n" not in str(refusal.value)
    if source != "none.npz":
        assert all(word in str(refusal.value) for word in ("digits", "cifar10", ".npz", "folder", "train.parquet"))


def test_files_and_folders_that_are_no_data_set_are_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(DataError, match=r"notes\.txt' is not a readable data set; expected digits, cifar10"):
        load(tmp_path / "notes.txt")
    with pytest.raises(DataError, match="contains no data set; expected digits, cifar10"):
        load(tmp_path)


def test_size_belongs_to_folders_of_images(tmp_path, parquet_folder):
    for source in ("digits", "cifar10", str(parquet_folder), str(tmp_path / "x.npz")):
        with pytest.raises(DataError, match="load: size only applies to a folder of images"):
            load(source, size=8)

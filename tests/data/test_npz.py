"""An .npz is read with either pair of keys, and refused by name, key or row."""

import zipfile

import numpy as np
import pytest

from pellucid.data import DataError, load_npz

X = np.arange(12, dtype=np.float32).reshape(4, 3)
Y = np.array([0, 1, 1, 0])


@pytest.fixture
def save(tmp_path):
    def save(**arrays):
        np.savez(tmp_path / "mine.npz", **arrays)
        return tmp_path / "mine.npz"

    return save


@pytest.mark.parametrize("keys", [("images", "labels"), ("x", "y"), ("images", "y")])
def test_both_names_of_each_key_are_read(save, keys):
    data = load_npz(save(**dict(zip(keys, (X, Y), strict=True))))
    np.testing.assert_array_equal(data.images, X)
    np.testing.assert_array_equal(data.labels, Y)
    assert data.classes == ("0", "1")


def test_class_names_are_read_and_may_outnumber_the_labels(save):
    assert load_npz(save(x=X, y=Y, classes=["a", "b", "c"])).classes == ("a", "b", "c")


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((4, 3, 6, 5), (3, 6, 5)), ((4, 6, 5, 3), (3, 6, 5)), ((4, 6, 5), (1, 6, 5)), ((4, 1, 6, 3), (1, 6, 3))],
)
def test_pictures_are_viewed_as_channels_height_width(save, shape, expected):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    data = load_npz(save(images=pixels, labels=Y))
    assert data.sample_shape == expected
    assert data.white == 255
    at = (2, 0, 4, 1) if shape[1:] == expected else (2, 4, 1, 0)[: len(shape)]
    assert data.images[2, 0, 4, 1] == pixels[at]


def test_white_is_one_for_pictures_scaled_to_one(save):
    assert load_npz(save(images=np.full((4, 1, 2, 2), 0.5), labels=Y)).white == 1
    assert load_npz(save(images=np.full((4, 1, 2, 2), 200.0), labels=Y)).white == 255


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "neither 'images' nor 'x'"),
        ({"x": X}, "neither 'labels' nor 'y'; exactly one"),
        ({"x": X, "images": X, "y": Y}, "both 'images' and 'x'"),
        ({"x": X, "y": Y.astype(float)}, "labels must be an array of whole numbers; got float64"),
        ({"x": X, "y": Y[:3]}, r"labels must have shape \(N,\) = \(4,\)"),
        ({"x": X, "y": Y[:, None]}, r"labels must have shape \(N,\) = \(4,\)"),
        ({"x": X, "y": np.zeros(0, int)}, r"labels must have shape \(N,\) = \(4,\)"),
        ({"x": X, "y": Y - 1}, r"row 0: label -1 is not in 0\.\.0"),
        ({"x": X, "y": Y * 10**9}, "row 1: label 1000000000 with only 4 images"),
        ({"x": X, "y": Y * 0}, "at least two classes"),
        ({"x": X, "y": Y, "classes": ["a"]}, "at least two classes"),
        ({"x": X, "y": Y * 2, "classes": ["a", "b"]}, r"row 1: label 2 is not in 0\.\.1"),
        ({"x": X, "y": Y, "classes": [1, 2]}, "classes must be an array of names"),
        ({"x": X[:0], "y": Y[:0]}, "there are no images"),
        ({"x": X.astype(np.int64), "y": Y}, "got int64"),
        ({"x": np.where(X == 7, np.nan, X), "y": Y}, "row 2: the image holds nan"),
        ({"x": X.astype(object), "y": Y}, "'x' contains Python objects"),
        ({"x": X, "y": Y.astype(object)}, "'y' contains Python objects"),
    ],
)
def test_what_does_not_fit_is_refused_by_the_files_name(save, arrays, message):
    with pytest.raises(DataError, match=message) as refusal:
        load_npz(save(**arrays))
    assert str(refusal.value).startswith("mine.npz: ")
    assert "\n" not in str(refusal.value)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"none\.npz: no such file; save one with numpy\.savez"):
        load_npz(tmp_path / "none.npz")
    with pytest.raises(DataError, match="a folder, not a plain file"):
        load_npz(tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 nothing more", b"\x80\x04K\x01."])
def test_a_file_that_is_no_archive_is_refused(tmp_path, content):
    (tmp_path / "bad.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"bad\.npz: not an? (readable )?\.npz file"):
        load_npz(tmp_path / "bad.npz")


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.9, 0.999])
def test_a_truncated_archive_is_refused(save, kept):
    path = save(x=np.zeros((500, 50)), y=np.arange(500) % 2)
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    with pytest.raises(DataError, match=r"mine\.npz: .*(truncated|not a readable)"):
        load_npz(path)


def test_a_changed_byte_is_noticed(save):
    path = save(x=np.zeros((500, 50)), y=np.arange(500) % 2)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(DataError, match=r"mine\.npz: .*truncated \(Bad CRC"):
        load_npz(path)


def test_a_single_array_and_a_zip_of_something_else_are_refused(tmp_path):
    with (tmp_path / "one.npz").open("wb") as file:
        np.save(file, X)
    with pytest.raises(DataError, match="it contains a single array"):
        load_npz(tmp_path / "one.npz")
    with zipfile.ZipFile(tmp_path / "zip.npz", "w") as archive:
        archive.writestr("x", "text")
    with pytest.raises(DataError, match="'x' is not a NumPy array"):
        load_npz(tmp_path / "zip.npz")


@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_with_channels_last_are_turned_in_every_dtype(tmp_path, dtype, channels):
    """As Keras keeps them: taken as they lie, 8 rows would be 8 channels, and a network would learn nothing from them."""
    images = np.arange(4 * 8 * 6 * channels).reshape(4, 8, 6, channels).astype(dtype)
    np.savez(tmp_path / "d.npz", images=images, labels=[0, 1, 1, 0])
    read = load_npz(tmp_path / "d.npz").images
    assert read.dtype == dtype
    assert np.array_equal(read, images.transpose(0, 3, 1, 2))


def test_pictures_with_channels_first_stay_and_so_do_other_samples(tmp_path):
    for shape in ((4, 3, 8, 3), (4, 1, 8, 1), (4, 5, 6, 7), (4, 8, 3), (4, 2, 2, 2, 3)):
        images = np.random.default_rng(0).random(shape)
        np.savez(tmp_path / "d.npz", images=images, labels=[0, 1, 1, 0])
        assert np.array_equal(load_npz(tmp_path / "d.npz").images, images)

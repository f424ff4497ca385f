"""Parquet: pixels and labels row by row; the first bad row is named with its reason."""

import builtins

import numpy as np
import pytest

from pellucid.data import DataError
from pellucid.data.decode import Form
from pellucid.data.parquet import read_parquet

pyarrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

FORM = Form(32, 32, "RGB")


def read(path):
    return read_parquet(path, form=FORM, classes=10)


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (200, 32, 32, 3), dtype=np.uint8)


@pytest.fixture
def encoded(pixels, encode):
    return [encode(p) for p in pixels]


def test_pixels_and_labels_are_read_in_order(tmp_path, make_parquet, encoded, pixels):
    labels = np.arange(200) % 10
    images, read_labels = read(make_parquet(tmp_path / "train.parquet", encoded, labels))
    np.testing.assert_array_equal(images, pixels.transpose(0, 3, 1, 2))
    np.testing.assert_array_equal(read_labels, labels)
    assert read_labels.dtype == np.int64
    assert images.transpose(0, 2, 3, 1).flags.c_contiguous  # decoded without a copy


def test_several_row_groups_and_small_integers_are_read(tmp_path, encoded, pixels):
    table = pyarrow.table({"img": [{"bytes": e} for e in encoded], "label": pyarrow.array([1] * 200, pyarrow.uint8())})
    parquet.write_table(table, tmp_path / "t.parquet", row_group_size=30)
    images, labels = read(tmp_path / "t.parquet")
    np.testing.assert_array_equal(images, pixels.transpose(0, 3, 1, 2))
    assert (labels == 1).all()


def test_a_jpeg_is_read_too(tmp_path, make_parquet, encode):
    image = encode(np.full((32, 32, 3), 90, np.uint8), "JPEG")
    images, _ = read(make_parquet(tmp_path / "t.parquet", [image], [0]))
    assert abs(images.astype(int) - 90).max() <= 2


@pytest.mark.parametrize(
    ("row", "bad", "reason"),
    [
        (17, lambda e, encode: e[:-200], r"the image cannot be decoded \(truncated PNG\)"),
        (199, lambda e, encode: b"text", r"the image cannot be decoded \(none of JPEG"),
        (0, lambda e, encode: b"", r"the image cannot be decoded"),
        (64, lambda e, encode: None, r"the image is missing \(img.bytes is empty\)"),
        (5, lambda e, encode: encode(np.zeros((28, 32, 3), np.uint8)), "the image is 28x32 RGB, expected 32x32 RGB"),
        (6, lambda e, encode: encode(np.zeros((32, 32), np.uint8)), "the image is 32x32 L, expected 32x32 RGB"),
    ],
)
def test_a_bad_image_is_refused_by_its_row(tmp_path, make_parquet, encode, encoded, row, bad, reason):
    encoded[row] = bad(encoded[row], encode)
    path = make_parquet(tmp_path / "train.parquet", encoded, np.arange(200) % 10)
    with pytest.raises(DataError, match=rf"^train\.parquet: row {row}: {reason}") as refusal:
        read(path)
    assert "\n" not in str(refusal.value)


def test_a_jpeg_cut_short_is_refused(tmp_path, make_parquet, encode, pixels):
    content = encode(pixels[0], "JPEG")
    path = make_parquet(tmp_path / "train.parquet", [content, content[: len(content) // 2]], [0, 1])
    with pytest.raises(DataError, match=r"train\.parquet: row 1: the image cannot be decoded \(truncated JPEG\)"):
        read(path)


@pytest.mark.parametrize("label", [11, 10, -1])
def test_a_label_out_of_range_is_refused_by_its_row(tmp_path, make_parquet, encoded, label):
    path = make_parquet(tmp_path / "train.parquet", encoded[:5], [0, 1, 2, label, 4])
    with pytest.raises(DataError, match=rf"^train\.parquet: row 3: label {label} is not in 0\.\.9"):
        read(path)


def test_a_missing_label_is_refused_by_its_row(tmp_path, make_parquet, encoded):
    with pytest.raises(DataError, match="row 2: the label is missing"):
        read(make_parquet(tmp_path / "t.parquet", encoded[:4], [0, 1, None, 3]))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"image": [b"x"], "label": [0]}, r"columns img.bytes.*and label.*it has image, label"),
        ({"img": [{"bytes": b"x"}]}, "it has img"),
        ({"img": [b"x"], "label": [0]}, "img is binary and label is int64"),
        ({"img": [{"path": "x"}], "label": [0]}, "img is struct<path: string>"),
        ({"img": [{"bytes": "text"}], "label": [0]}, "img is struct<bytes: string>"),
        ({"img": [{"bytes": b"x"}], "label": [0.0]}, "label is double"),
    ],
)
def test_other_columns_are_refused(tmp_path, columns, message):
    parquet.write_table(pyarrow.table(columns), tmp_path / "t.parquet")
    with pytest.raises(DataError, match=rf"^t\.parquet: .*{message}"):
        read(tmp_path / "t.parquet")


def test_no_rows_are_refused(tmp_path, make_parquet):
    with pytest.raises(DataError, match=r"t\.parquet: the table has no rows"):
        read(make_parquet(tmp_path / "t.parquet", [], []))


@pytest.mark.parametrize("kept", [0.0, 0.3, 0.99])
def test_a_truncated_file_is_refused(tmp_path, make_parquet, encoded, kept):
    path = make_parquet(tmp_path / "t.parquet", encoded, [0] * 200)
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    with pytest.raises(DataError, match=r"^t\.parquet: not a readable Parquet file, or truncated") as refusal:
        read(path)
    assert "\n" not in str(refusal.value)


def test_a_corrupt_page_is_refused(tmp_path, make_parquet, encoded):
    path = make_parquet(tmp_path / "t.parquet", encoded, [0] * 200)
    content = bytearray(path.read_bytes())
    content[4:2000] = bytes(1996)
    path.write_bytes(bytes(content))
    with pytest.raises(DataError, match=r"^t\.parquet: "):
        read(path)


def test_without_pyarrow_one_line_says_what_to_install(tmp_path, monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(DataError, match=r'reading Parquet needs pyarrow; pip install "pellucid\[parquet\]"$'):
        read(tmp_path / "t.parquet")

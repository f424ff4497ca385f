"""Folders of pictures: names give classes and order; what does not fit is refused by its file."""

import numpy as np
import pytest
from PIL import Image

from pellucid.data import DataError, load_folder


def grey(value, shape=(6, 5)):
    return np.full(shape, value, dtype=np.uint8)


def test_classes_and_files_come_in_the_order_of_their_names(picture_folder):
    data = load_folder(picture_folder)
    assert data.classes == ("ant", "bee")
    assert data.labels.tolist() == [0] * 10 + [1] * 10
    assert data.images[:, 0, 0, 0].tolist() == [*range(10), *range(100, 110)]
    assert data.sample_shape == (3, 6, 5)
    assert data.images.transpose(0, 2, 3, 1).flags.c_contiguous  # decoded without a copy


def test_pixels_are_not_transposed(picture_folder, encode):
    pixels = np.random.default_rng(0).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    (picture_folder / "ant" / "0.png").write_bytes(encode(pixels))
    np.testing.assert_array_equal(load_folder(picture_folder).images[0], pixels.transpose(2, 0, 1))


def test_many_pictures_in_threads_keep_their_places(tmp_path, encode):
    for name in "ab":
        (tmp_path / name).mkdir()
        for n in range(150):
            (tmp_path / name / f"{n:03}.png").write_bytes(encode(grey(n)))
    data = load_folder(tmp_path)
    assert data.images[:, 0, 3, 2].tolist() == [*range(150)] * 2
    assert data.sample_shape == (1, 6, 5)


def test_hidden_files_and_notes_beside_the_classes_are_passed_over(picture_folder):
    (picture_folder / ".DS_Store").write_bytes(b"x")
    (picture_folder / "ant" / ".DS_Store").write_bytes(b"x")
    (picture_folder / ".cache").mkdir()
    (picture_folder / "README.txt").write_text("notes")
    assert len(load_folder(picture_folder)) == 20


def test_size_resizes_and_makes_all_colour(picture_folder, encode):
    (picture_folder / "ant" / "0.png").write_bytes(encode(grey(50, (20, 30))))
    (picture_folder / "bee" / "0.jpg").write_bytes(encode(np.full((9, 9, 3), 80, np.uint8), "JPEG"))
    data = load_folder(picture_folder, size=(4, 8))
    assert data.sample_shape == (3, 4, 8)
    assert (data.images[0] == 50).all()
    assert load_folder(picture_folder, size=7).sample_shape == (3, 7, 7)


def test_size_keeps_grey_where_all_is_grey(tmp_path, encode):
    for n, name in enumerate("ab"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.png").write_bytes(encode(grey(n, (6 + n, 5))))
    assert load_folder(tmp_path, size=3).sample_shape == (1, 3, 3)


@pytest.mark.parametrize(
    ("name", "pixels", "message"),
    [
        (
            "x.png",
            np.zeros((6, 6, 3), np.uint8),
            r"bee/x\.png: the image is 6x6 RGB, expected 6x5 RGB like ant/0\.png; make all images the same size and mode",
        ),
        (
            "x.png",
            grey(1),
            r"bee/x\.png: the image is 6x5 L, expected 6x5 RGB like ant/0\.png; make all images the same size and mode",
        ),
        ("x.png", np.zeros((6, 5, 4), np.uint8), r"bee/x\.png: the image is 6x5 RGBA, expected 6x5 RGB"),
    ],
)
def test_another_size_or_mode_is_refused_by_name(picture_folder, encode, name, pixels, message):
    (picture_folder / "bee" / name).write_bytes(encode(pixels))
    with pytest.raises(DataError, match=message):
        load_folder(picture_folder)


@pytest.mark.parametrize("size", [None, 8])
def test_what_is_no_image_is_refused_by_name(picture_folder, size):
    (picture_folder / "bee" / "notes.txt").write_text("not an image")
    with pytest.raises(DataError, match=r"^bee/notes\.txt: the image cannot be decoded \(none of JPEG, PNG"):
        load_folder(picture_folder, size=size)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("size", [None, 8])
def test_a_truncated_image_is_refused_by_name(picture_folder, encode, size, kind):
    noise = np.random.default_rng(0).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    content = encode(noise, kind)
    (picture_folder / "ant" / "5.png").write_bytes(content[: len(content) - 60])
    with pytest.raises(DataError, match=r"^ant/5\.png: the image cannot be decoded \(truncated (PNG|JPEG|file)\)"):
        load_folder(picture_folder, size=size)


def test_a_mode_that_is_read_only_by_conversion_needs_size(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        Image.new("P", (4, 4)).save(tmp_path / name / "x.png")
    with pytest.raises(DataError, match=r"a/x\.png: the image is 4x4 P; its mode must be L \(grey\) or RGB"):
        load_folder(tmp_path)
    assert load_folder(tmp_path, size=4).sample_shape == (3, 4, 4)


def test_sixteen_bit_pictures_are_refused_even_with_size(picture_folder):
    """Pillow would clip them to white without a word."""
    Image.fromarray(np.full((6, 5), 40_000, np.uint16)).save(picture_folder / "bee" / "x.png")
    with pytest.raises(
        DataError, match=r"bee/x\.png: the image is 6x5 I;16, expected 5x5 RGB; save it with 8 bits per channel"
    ):
        load_folder(picture_folder, size=5)


def test_folders_that_hold_no_data_set_are_refused(tmp_path, picture_folder, encode):
    with pytest.raises(DataError, match="no such folder"):
        load_folder(tmp_path / "none")
    with pytest.raises(DataError, match="no such folder"):
        load_folder(picture_folder / "ant" / "0.png")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DataError, match="at least two folders of images, one for each class; found none"):
        load_folder(empty)
    (empty / "one").mkdir()
    with pytest.raises(DataError, match="found only 'one'"):
        load_folder(empty)
    (picture_folder / "cat").mkdir()
    with pytest.raises(DataError, match="cat: this class has no images"):
        load_folder(picture_folder)
    (picture_folder / "cat" / "more").mkdir()
    with pytest.raises(DataError, match="more: a class folder may contain only images"):
        load_folder(picture_folder)
    (picture_folder / "stray.PNG").write_bytes(encode(grey(0)))
    with pytest.raises(DataError, match=r"stray\.PNG: this image is not in a class folder"):
        load_folder(picture_folder)


@pytest.mark.parametrize("size", [0, -1, (4,), (4, 0), 2.5, True, "8"])
def test_a_size_that_is_none_is_refused(picture_folder, size):
    with pytest.raises(DataError, match="size must be a number of pixels or"):
        load_folder(picture_folder, size=size)

"""Folders of pictures: names give classes and order; what does not fit is changed, left out or refused, and named."""

import numpy as np
import pytest
from PIL import Image

from pellucid.data import DataError, load_folder
from pellucid.data.lazy import LazyArray


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


def test_hidden_files_and_notes_beside_the_classes_are_skipped_silently(picture_folder, recwarn):
    (picture_folder / ".DS_Store").write_bytes(b"x")
    (picture_folder / "ant" / ".DS_Store").write_bytes(b"x")
    (picture_folder / ".cache").mkdir()
    (picture_folder / "README.txt").write_text("notes")
    assert len(load_folder(picture_folder)) == 20
    assert not recwarn


def test_what_is_left_out_is_named(picture_folder, encode):
    (picture_folder / "stray.PNG").write_bytes(encode(grey(0)))
    (picture_folder / "bee" / "notes.txt").write_text("not an image")
    (picture_folder / "ant" / "more").mkdir()
    expected = r"insects: left out: stray\.PNG, ant/more, bee/notes\.txt \(3 in all\), because only images inside a class folder"
    with pytest.warns(UserWarning, match=expected):
        data = load_folder(picture_folder)
    assert data.labels.tolist() == [0] * 10 + [1] * 10


def test_a_few_other_sizes_are_resized_to_that_of_most(picture_folder, encode):
    (picture_folder / "bee" / "x.png").write_bytes(encode(np.full((12, 9, 3), 7, np.uint8)))
    with pytest.warns(UserWarning, match="1 of 21 images are resized to 6x5; give a size to choose another"):
        data = load_folder(picture_folder)
    assert data.sample_shape == (3, 6, 5)
    assert (data.images[20] == 7).all()


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [([(10, 20), (20, 20), (30, 20)], (20, 20)), ([(1000, 500), (2000, 1000), (3000, 10)], (128, 32))],
)
def test_mixed_sizes_become_the_median_but_never_large(tmp_path, encode, shapes, expected):
    for name in "ab":
        (tmp_path / name).mkdir()
        for n, shape in enumerate(shapes):
            (tmp_path / name / f"{n}.png").write_bytes(encode(grey(50, shape)))
    with pytest.warns(UserWarning, match="are resized to {}x{}".format(*expected)):
        data = load_folder(tmp_path)
    assert data.sample_shape == (1, *expected)
    assert (data.images == 50).all()


def test_grey_and_colour_become_colour(picture_folder, encode):
    (picture_folder / "ant" / "0.png").write_bytes(encode(grey(50)))
    (picture_folder / "bee" / "0.png").write_bytes(encode(np.full((6, 5, 4), 80, np.uint8)))
    with pytest.warns(UserWarning, match="1 grey, 1 RGBA images are converted to RGB"):
        data = load_folder(picture_folder)
    assert (data.images[0] == 50).all()
    assert (data.images[10] == 80).all()


@pytest.mark.parametrize("size", [None, (3, 4)])
def test_lazy_images_are_the_same_images(picture_folder, size):
    eager, lazy = (load_folder(picture_folder, size=size, lazy=lazy) for lazy in (False, True))
    assert isinstance(lazy.images, LazyArray)
    assert (lazy.images.shape, lazy.images.dtype) == (eager.images.shape, eager.images.dtype)
    rows = np.array([13, 2, 2])
    assert lazy.images[rows].tobytes() == eager.images[rows].tobytes()
    part = lazy.subset(np.arange(20) % 2 == 1)
    assert isinstance(part.images, LazyArray)
    assert part.images[2:4].tobytes() == eager.images[[5, 7]].tobytes()
    assert part.labels.tolist() == [0] * 5 + [1] * 5


def test_large_folders_are_lazy_by_themselves(picture_folder, monkeypatch):
    assert isinstance(load_folder(picture_folder).images, np.ndarray)
    monkeypatch.setattr("pellucid.data.folder.MOST_BYTES", 20 * 6 * 5 * 3 - 1)
    assert isinstance(load_folder(picture_folder).images, LazyArray)


def test_a_lazy_image_that_is_damaged_is_named_when_it_is_read(picture_folder, encode):
    noise = np.random.default_rng(0).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    (picture_folder / "ant" / "5.png").write_bytes(encode(noise)[:-60])
    images = load_folder(picture_folder, lazy=True).images
    images[0:5]
    with pytest.raises(DataError, match=r"^ant/5\.png: the image cannot be decoded"):
        images[4:7]


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


@pytest.mark.parametrize("size", [None, 8])
def test_images_that_cannot_be_decoded_are_left_out_and_counted(picture_folder, encode, size):
    """In the header, in the pixels, or no image at all; the others keep their labels and pixels."""
    expected = load_folder(picture_folder, size=size)
    noise = np.random.default_rng(0).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    (picture_folder / "bee" / "notes.png").write_text("not an image")
    for name, kind in (("00.png", "PNG"), ("5a.jpg", "JPEG")):
        content = encode(noise, kind)
        (picture_folder / "ant" / name).write_bytes(content[: len(content) - 60])
    says = r"insects: left out: ant/00\.png, ant/5a\.jpg, bee/notes\.png \(3 in all\): the image cannot be decoded \(truncated"
    with pytest.warns(UserWarning, match=says):
        data = load_folder(picture_folder, size=size)
    np.testing.assert_array_equal(data.images, expected.images)
    np.testing.assert_array_equal(data.labels, expected.labels)
    assert data.images.transpose(0, 2, 3, 1).flags.c_contiguous
    with pytest.warns(UserWarning, match="left out: .*bee/notes"):
        assert len(load_folder(picture_folder, size=size, lazy=True)) > 20  # pixels are not read yet
    for file in (picture_folder / "bee").iterdir():
        file.write_text("not an image")
    with pytest.raises(
        DataError, match=r"bee: none of the images of this class can be decoded; replace or remove them"
    ):
        load_folder(picture_folder, size=size)


def test_other_modes_are_converted(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        Image.new("P", (4, 4)).save(tmp_path / name / "x.png")
    with pytest.warns(UserWarning, match="2 P images are converted to RGB"):
        assert load_folder(tmp_path).sample_shape == (3, 4, 4)


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
    with pytest.raises(DataError, match=r"cat: this class has no images \(it holds 'more'\)"):
        load_folder(picture_folder)


@pytest.mark.parametrize("size", [0, -1, (4,), (4, 0), 2.5, True, "8"])
def test_a_size_that_is_none_is_refused(picture_folder, size):
    with pytest.raises(DataError, match="size must be a number of pixels or"):
        load_folder(picture_folder, size=size)

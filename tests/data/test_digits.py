"""The embedded digits are the whole UCI set, untouched."""

import hashlib
from importlib import resources

import numpy as np
import pytest

from pellucid.data import load_digits


def test_the_digits_are_all_there():
    digits = load_digits()
    assert digits.images.shape == (1797, 1, 8, 8)
    assert digits.images.dtype == np.uint8
    assert (digits.images.min(), digits.images.max(), digits.white) == (0, 16, 16)
    assert np.bincount(digits.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert digits.classes == tuple("0123456789")
    content = digits.images.tobytes() + digits.labels.astype(np.uint8).tobytes()
    assert hashlib.sha256(content).hexdigest() == PINNED


PINNED = "87ff0c9e40dc7e2c0e34e7257799c2e3f3aec1a016363bb11cad869ec428a826"


def test_they_are_those_of_scikit_learn():
    theirs = pytest.importorskip("sklearn.datasets").load_digits()
    ours = load_digits()
    np.testing.assert_array_equal(ours.images[:, 0], theirs.images)
    np.testing.assert_array_equal(ours.labels, theirs.target)


def test_the_file_is_small_and_says_where_it_comes_from():
    room = resources.files("pellucid.data")
    assert len((room / "digits.npz").read_bytes()) < 80_000
    text = (room / "DIGITS.md").read_text(encoding="utf-8")
    assert all(word in text for word in ("Alpaydin", "Kaynak", "UCI", "CC BY 4.0", "What was changed"))

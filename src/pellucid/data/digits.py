"""The built-in data set: 1,797 handwritten digits, 8 x 8 pixels of 0..16.

Source: Alpaydin & Kaynak 1998, Optical Recognition of Handwritten Digits, UCI, CC BY 4.0; see DIGITS.md in this folder.
"""

from importlib import resources

import numpy as np

from pellucid.data.dataset import Dataset

__all__ = ["load_digits"]


def load_digits() -> Dataset:
    """Return all 1,797 digits: images (1797, 1, 8, 8) uint8, white 16, ten classes.

    >>> load_digits().sample_shape
    (1, 8, 8)
    """
    with (resources.files("pellucid.data") / "digits.npz").open("rb") as file, np.load(file) as arrays:
        images, labels = arrays["images"], arrays["labels"]
    return Dataset(images, labels.astype(np.int64), tuple("0123456789"), white=16)
